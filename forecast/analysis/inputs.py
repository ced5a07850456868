"""Inputs of a judgement: each number with its name, unit and range, and the model when it differs.

Inputs with a prior range over its central 80 %: from its 10th to its 90th percentile. Detection
and grades are stated without a distribution. The odds of a detection are taken ten times lower and
higher, for one that denies the record is denied itself at a third of its value; those of a grade
are halved and doubled (conventions of ours).

`Conditionals` gives the judgement if one parameter were known, exact up to sampling, from draws
that are there. Given that parameter ``phi`` is ``x``, the other parameters ``r`` have the density


after the importance-weighted marginal density estimation of Chen (1994). The weights vary least
where h is the posterior of phi given r; it is taken as Normal with the regression of phi on all
other parameters, cut off where phi is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, betaln, log_ndtr, ndtr, ndtri, xlog1py, xlogy

from forecast.beliefs import Beliefs, Report, probability_within, wording
from forecast.beliefs.indicators import CountIndicator, PresenceIndicator
from forecast.beliefs.reports import credibility
from forecast.inference.encoding import Component, Encoding
from forecast.inference.priors import NormalBlock
from forecast.network import Evidence, Parameters, Propagator, batches, filtered, joint_states

__all__ = [
    "EVERY",
    "Conditionals",
    "Input",
    "InputKind",
    "doubled",
    "evaluate",
    "graded",
    "held_at",
    "inputs_of",
    "log_prior",
    "plain",
    "rescaled_detection",
    "said",
    "total_log_prior",
    "values",
]


#: Label, unit, and how a value on the scale of the model is written in that unit.
Said = tuple[str, str, Callable[[float], float]]


def plain(name: str) -> str:
    """Write a name of the file as words."""
    return name.replace("_", " ")


def said(encoding: Encoding, block: str, name: str) -> Said:
    """Say what a parameter is, in which unit it was stated, and how to write it in that.

    Parameters
    ----------
    encoding : Encoding
        The model.
    block, name : str
        As the posterior names them.

    Returns
    -------
    label, unit : str
    shown : callable
        From the scale of the model to the unit.
    """
    beliefs = encoding.beliefs
    if block == "log_hazard":
        return _hazard(beliefs, name)
    if block == "motion":
        return _motion(beliefs, name)
    if block == "log_hazard_ratio":
        return f"Coupling: {plain(name)}", "hazard ratio", math.exp
    return _of_indicator(beliefs, block, name)


def _of_indicator(beliefs: Beliefs, block: str, name: str) -> Said:
    indicator, _, where = name.partition(" | ")
    label = beliefs.indicators[indicator].label
    if block == "log_rate":
        return _rate(beliefs, indicator)
    if block in {"rarity", "level"}:
        node, _, state = where.partition(".")
        alone = len(beliefs.pointed(indicator)) < 2
        there = plain(state) if alone else f"{beliefs.nodes[node].label} {plain(state)}"
        if block == "level":
            return f"{label}: level while {there}", "level", float
        return f"{label}: rarer while {there}", "times rarer", math.exp
    what = "Dispersion" if block == "log_dispersion" else "Spread"
    return f"{what} of {label}", what.lower(), math.exp


def _hazard(beliefs: Beliefs, name: str) -> Said:
    node, _, move = name.partition(": ")
    start, end = move.split(" > ")
    hazards = beliefs.nodes[node].hazards
    hazard = next(h for h in hazards if (h.from_state, h.to_state) == (start, end))
    label = f"{beliefs.nodes[node].label}: from {plain(start)} to {plain(end)}"
    return label, *_within(hazard.within)


def _motion(beliefs: Beliefs, name: str) -> Said:
    node, _, part = name.partition(": ")
    entry = beliefs.nodes[node]
    assert entry.level is not None
    if part == "mean":
        return f"{entry.label}: what it returns to", "level", entry.level.written
    units = {
        "volatility": ("change in a day", math.exp),
        "pull": ("days in which it returns", lambda x: math.exp(-x)),
        "jumps": ("days between jumps", lambda x: math.exp(-x)),
        "burst": ("size of a burst", math.exp),
        "fade": ("days in which a burst fades", math.exp),
    }
    return f"{entry.label}: {part}", *units[part]


def _rate(beliefs: Beliefs, name: str) -> Said:
    indicator = beliefs.indicators[name]
    label = f"How often: {indicator.label}"
    if isinstance(indicator, PresenceIndicator):
        return label, *_within(indicator.within)
    assert isinstance(indicator, CountIndicator)
    per = indicator.per
    return label, f"mean per {wording(per)}", lambda x: math.exp(x) * per


def _within(days: float) -> tuple[str, Callable[[float], float]]:
    return f"probability within {wording(days)}", lambda x: probability_within(x, days)


Floats = npt.NDArray[np.float64]

InputKind = Literal[
    "initial",
    "hazard",
    "coupling",
    "rate",
    "rarity",
    "dispersion",
    "level",
    "spread",
    "motion",
    "detection",
    "grade",
]
#: Name of the input that is the detection of every indicator, or the weight of every report.
EVERY = "*"
_TAILS = (0.1, 0.9)
#: What the odds of a detection are multiplied by, counted from no nearer to 0 and 1 than this.
_OF_DETECTION, _NEAREST = (0.1, 10.0), 0.01
_OF_GRADES = (0.5, 2.0)
_KINDS: dict[str, InputKind] = {
    "log_hazard": "hazard",
    "log_hazard_ratio": "coupling",
    "log_rate": "rate",
    "rarity": "rarity",
    "log_dispersion": "dispersion",
    "level": "level",
    "log_spread": "spread",
    "motion": "motion",
}


@dataclass(frozen=True)
class Input:
    """One number, and the two ends of its range.

    Attributes
    ----------
    kind : str
    name : str
        As the posterior names it; for detection the indicator, for a grade the grade.
    label : str
        As printed.
    low, high : float
        Ends of the range, on the scale of the model.
    shown_low, shown_high : float
        The same as the analyst stated it.
    unit : str
        What the shown numbers are, such as ``probability within 12 months``.
    block, row : str, int
        Where it stands among the parameters; no block for detection and grades.
    position : int
        Its number in its block of priors.
    """

    kind: InputKind
    name: str
    label: str
    low: float
    high: float
    shown_low: float
    shown_high: float
    unit: str
    block: str = ""
    row: int = -1
    position: int = -1


def doubled(probability: float, factor: float) -> float:
    """Multiply the odds of a probability.

    Examples
    --------
    >>> doubled(0.5, 2.0), doubled(0.2, 0.5)
    (0.6666666666666666, 0.1111111111111111)
    """
    odds = factor * probability
    return odds / (odds + 1.0 - probability)


def inputs_of(
    encoding: Encoding, component: Component, reports: Sequence[Report], evidence: Evidence
) -> list[Input]:
    """List every input that can bear on the nodes of one component.

    Parameters
    ----------
    encoding, component
        The model.
    reports : sequence of Report
        Those seen; their grades are inputs.
    evidence : Evidence
        Where nobody looked for an indicator, its detection is no input.

    Returns
    -------
    list of Input
        Initial probabilities, then block by block in the order of the file, detection, grades.
    """
    priors = encoding.priors
    out = _initial(encoding, component)
    for block, (_, normal) in priors.blocks.items():
        owners = {
            "log_rate": priors.rate_of,
            "log_dispersion": priors.dispersion_of,
            "log_spread": priors.spread_of,
        }.get(block, range(len(normal)))
        for position, name in enumerate(normal.names):
            if _belongs(encoding, component, block, name):
                low, high = _tails(normal, position, float(priors.sd(block)[position]))
                out.append(
                    _parameter(encoding, block, name, (low, high), (owners[position], position))
                )
    return [*out, *_detections(encoding, component, evidence), *_grades(encoding.beliefs, reports)]


def values(encoding: Encoding, given: Input, ends: tuple[float, float]) -> Input:
    """Give an input other ends than those of its prior."""
    if given.kind == "initial":
        low, high = ends
        return replace(given, low=low, high=high, shown_low=low, shown_high=high)
    return _parameter(encoding, given.block, given.name, ends, (given.row, given.position))


def _belongs(encoding: Encoding, component: Component, block: str, name: str) -> bool:
    """Tell whether a parameter acts on the nodes, or on indicators that point at them."""
    nodes = set(encoding.named(component))
    beliefs = encoding.beliefs
    if block in {"log_hazard", "motion"}:
        owner = name.partition(":")[0]
        return any(owner in {node, beliefs.nodes[node].moves_like} for node in nodes)
    if block == "log_hazard_ratio":
        return beliefs.couplings[name].child.node in nodes
    owner = name.partition(" | ")[0]
    return any(
        component.tables.slot[number] >= 0 and owner in {each, indicator.rates_like}
        for number, (each, indicator) in enumerate(beliefs.indicators.items())
    )


def _tails(block: NormalBlock, position: int, sd: float) -> tuple[float, float]:
    """Return the 10th and the 90th percentile of a Normal prior, truncated where it is."""
    mean = block.mean[position]
    below = 0.0 if block.floor is None else float(ndtr((block.floor - mean) / sd))
    low, high = (float(mean + sd * ndtri(below + (1.0 - below) * q)) for q in _TAILS)
    return low, high


def _initial(encoding: Encoding, component: Component) -> list[Input]:
    out = []
    weights, slices = np.array(encoding.priors.weights), encoding.priors.node_slices()
    for node, name in zip(component.nodes, encoding.named(component), strict=False):
        part = slices[node]
        entry = encoding.beliefs.nodes[name]
        if entry.level is not None:
            continue
        for place, state in enumerate(entry.states):
            row = int(part.start) + place
            rest = float(weights[part].sum() - weights[row])
            low, high = (float(betaincinv(weights[row], rest, q)) for q in _TAILS)
            label = f"{entry.label} {plain(state)} on the brief's date"
            unit = "probability"
            key = f"{name}.{state}"
            out.append(
                Input("initial", key, label, low, high, low, high, unit, "initial", row, row)
            )
            if len(entry.states) == 2:
                break  # the other state is the complement
    return out


def _parameter(
    encoding: Encoding, block: str, name: str, ends: tuple[float, float], place: tuple[int, int]
) -> Input:
    label, unit, shown = said(encoding, block, name)
    low, high = ends
    return Input(
        _KINDS[block], name, label, low, high, shown(low), shown(high), unit, block, *place
    )


def _detections(encoding: Encoding, component: Component, evidence: Evidence) -> list[Input]:
    looked = evidence.detection[evidence.pattern].max(axis=0, initial=0.0)
    out = []
    for number, (name, indicator) in enumerate(encoding.beliefs.indicators.items()):
        stated = float(looked[number])
        if component.tables.slot[number] >= 0 and stated > 0.0:
            low, high = (_moved(stated, factor) for factor in _OF_DETECTION)
            label = f"Detection: {indicator.label}"
            unit = "probability a step"
            out.append(Input("detection", name, label, low, high, low, high, unit, row=number))
    whole = _together("detection", "Detection of every indicator", _OF_DETECTION)
    return [*out, whole] if out else out


def _moved(detection: float, factor: float) -> float:
    """Multiply the odds of a detection, those of one near 0 or 1 from a little inside.

    Examples
    --------
    >>> [round(_moved(d, f), 3) for d, f in ((0.5, 0.1), (1.0, 0.1), (1.0, 10.0), (0.001, 10.0))]
    [0.091, 0.908, 1.0, 0.092]
    """
    inside = doubled(min(max(detection, _NEAREST), 1.0 - _NEAREST), factor)
    return min(detection, inside) if factor < 1.0 else max(detection, inside)


def _together(kind: InputKind, label: str, ends: tuple[float, float]) -> Input:
    return Input(kind, EVERY, label, *ends, *ends, "times the odds")


def graded(beliefs: Beliefs, report: Report) -> str:
    """Grade of a report, with a word more where it weighs otherwise because its act is open."""
    letter, digit = report.reliability, report.credibility
    open_act = beliefs.is_open(report.indicator)
    told = credibility(letter, digit, open_act=open_act) != credibility(letter, digit)
    return f"{report.grade} open" if told else report.grade


def _grades(beliefs: Beliefs, reports: Sequence[Report]) -> list[Input]:
    out = []
    for grade in sorted({graded(beliefs, one) for one in reports if one.use == "evidence"}):
        weight = credibility(grade[0], int(grade[1]), open_act=grade.endswith(" open"))
        if weight > 0.0:
            truth = (1.0 + weight) / 2.0
            low, high = (max(0.0, 2.0 * doubled(truth, f) - 1.0) for f in _OF_GRADES)
            label = f"Weight of {grade} reports"
            out.append(Input("grade", grade, label, low, high, low, high, "weight"))
    return [*out, _together("grade", "Weight of every report", _OF_GRADES)] if out else out


def held_at(encoding: Encoding, parameters: Parameters, given: Input, value: float) -> Parameters:
    """Hold one parameter at a value in every draw.

    The other states of an initial distribution keep their proportions.
    """
    names = parameters.__dataclass_fields__
    arrays = {name: getattr(parameters, name) for name in names}
    changed = arrays[given.block].copy()
    if given.block == "initial":
        part = next(s for s in encoding.priors.node_slices() if s.start <= given.row < s.stop)
        changed[part] *= (1.0 - value) / (1.0 - changed[given.row])
    changed[given.row] = value
    for row, original in encoding.priors.twins.get(given.block, ()):
        if original == given.row:
            changed[row] = value
    arrays[given.block] = changed
    if given.block == "motion":
        arrays |= encoding.priors.retied(arrays)
    return Parameters(**arrays)


def rescaled_detection(evidence: Evidence, given: Input, value: float) -> Evidence:
    """Let the detection of one indicator be another, wherever somebody looked for it.

    For every indicator at once, `value` multiplies the odds of each.
    """
    detection = evidence.detection.copy()
    columns = range(detection.shape[1]) if given.name == EVERY else [given.row]
    for column in columns:
        stated = float(detection[evidence.pattern, column].max())
        if stated > 0.0:
            new = _moved(stated, value) if given.name == EVERY else value
            detection[:, column] *= new / stated
    return replace(evidence, detection=np.minimum(detection, 1.0))


_LOG_ROOT_2PI = 0.5 * float(np.log(2.0 * np.pi))


def evaluate(
    encoding: Encoding,
    component: Component,
    parameters: Parameters,
    evidence: Evidence,
    *,
    node: str,
    states: tuple[str, ...],
) -> tuple[Floats, Floats]:
    """Log-likelihood of the evidence, and probability of the states after it, draw by draw.

    Parameters
    ----------
    encoding, component
        The model, and the component of the node; others tell nothing of it unless they share rates
        or a level.
    parameters : Parameters
        D draws.
    evidence : Evidence
        T steps.
    node, states
        What is judged.

    Returns
    -------
    log_likelihood, probability : (D,)

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    standing = joint_states(component.tables.sizes)[:, encoding.place(node)[1]]
    inside = np.isin(standing, sorted(encoding.state_numbers(node, states)))
    total, judged = np.zeros(parameters.draws), np.empty(parameters.draws)
    for batch in batches(parameters.draws):
        some = Propagator(component.tables, parameters.take(batch), step=encoding.step)
        last = some.start()
        if evidence.steps:
            found = filtered(some, evidence)
            total[batch], last = found.log_likelihood, found.probability[-1]
        judged[batch] = last[inside].sum(axis=0)
        apart = not (encoding.priors.twins or encoding.priors.common_level)
        for other in () if apart or not evidence.steps else encoding.components:
            if other is not component:
                there = Propagator(other.tables, parameters.take(batch), step=encoding.step)
                total[batch] += filtered(there, evidence).log_likelihood
    return total, np.clip(judged, 0.0, 1.0)


def log_prior(encoding: Encoding, parameters: Parameters, given: Input) -> Floats:
    """Log density of one parameter under its prior, given all others, in every draw: (D,).

    Only that of a rate with a common level depends on others.
    """
    value = getattr(parameters, given.block)[given.row]
    if given.kind == "initial":
        weights = np.array(encoding.priors.weights)
        part = next(s for s in encoding.priors.node_slices() if s.start <= given.row < s.stop)
        a, b = weights[given.row], weights[part].sum() - weights[given.row]
        return _log_beta(value, a, b)
    block: NormalBlock = encoding.priors.blocks[given.block][1]
    level = encoding.priors.common_level
    if given.block == "log_rate" and level is not None:
        rates = parameters.log_rate[encoding.priors.rate_of]
        centre, sd = level.given_others(rates, given.position)
        return _log_normal(value, centre, sd, None)
    mean, sd = block.mean[given.position], block.sd[given.position]
    return _log_normal(value, np.full_like(value, mean), sd, block.floor)


def total_log_prior(encoding: Encoding, parameters: Parameters, inputs: Sequence[Input]) -> Floats:
    """Log density of everything with a prior that bears on a judgement, up to a constant: (D,).

    Parameters
    ----------
    encoding, parameters
        The model and D draws.
    inputs : sequence of Input
        From `forecast.analysis.inputs.inputs_of`; an initial distribution counts as a whole.
    """
    out, level = np.zeros(parameters.draws), encoding.priors.common_level
    if level is not None:  # whatever one rate is learnt from bears on all
        out += level.log_density(parameters.log_rate[encoding.priors.rate_of])
    for given in inputs:
        together = given.block == "log_rate" and level is not None
        if given.block and given.kind != "initial" and not together:
            out += log_prior(encoding, parameters, given)
    rows = {given.row for given in inputs if given.kind == "initial"}
    for part in encoding.priors.node_slices():
        if rows & set(range(part.start, part.stop)):
            weights = np.array(encoding.priors.weights[part])[:, None]
            out += xlogy(weights - 1.0, parameters.initial[part]).sum(axis=0)
    return out


def _log_beta(value: Floats, a: float, b: float) -> Floats:
    """Log density of a Beta."""
    return np.asarray(xlogy(a - 1.0, value) + xlog1py(b - 1.0, -value) - betaln(a, b))


def _log_normal(value: Floats, mean: Floats, sd: float, floor: float | None) -> Floats:
    """Log density of a Normal, truncated from below where there is a floor."""
    out = -0.5 * ((value - mean) / sd) ** 2 - np.log(sd) - _LOG_ROOT_2PI
    return np.asarray(out if floor is None else out - log_ndtr((mean - floor) / sd))


@dataclass(frozen=True, eq=False)
class Conditionals:
    """Every parameter given all others, as the draws show it.

    Attributes
    ----------
    encoding : Encoding
    order : dict
        Number of each (block, row) among the rows of `precision`.
    mean : (P,)
    precision : (P, P)
        Inverse of the covariance of the draws.
    """

    encoding: Encoding
    order: dict[tuple[str, int], int]
    mean: Floats
    precision: Floats

    @classmethod
    def of(cls, encoding: Encoding, parameters: Parameters, weights: Floats) -> Conditionals:
        """Regress every parameter with a Normal prior on all others.

        Parameters
        ----------
        encoding, parameters
            The model and D draws.
        weights : (D,)
            Of the draws, summing to one.
        """
        rows = [
            (block, row)
            for block, (_, normal) in encoding.priors.blocks.items()
            for row in _rows(encoding, block, len(normal))
        ]
        stacked = np.array([getattr(parameters, block)[row] for block, row in rows])
        mean = stacked @ weights
        apart = stacked - mean[:, None]
        covariance = (apart * weights) @ apart.T
        covariance[np.diag_indices_from(covariance)] *= 1.0 + 1e-6
        return cls(
            encoding, {key: n for n, key in enumerate(rows)}, mean, np.linalg.inv(covariance)
        )

    def log_density(self, parameters: Parameters, given: Input) -> Floats:
        """Log density of a parameter given all others, in every draw: (D,)."""
        value = getattr(parameters, given.block)[given.row]
        if given.kind == "initial":
            mean = float(value.mean())
            size = max(mean * (1.0 - mean) / float(value.var()) - 1.0, 1e-3)
            return _log_beta(value, mean * size, (1.0 - mean) * size)
        own = self.order[given.block, given.row]
        stacked = np.array([getattr(parameters, block)[row] for block, row in self.order])
        pull = self.precision[own] @ (stacked - self.mean[:, None])
        sd = 1.0 / np.sqrt(self.precision[own, own])
        centre = value - pull * sd**2
        return _log_normal(
            value, centre, float(sd), self.encoding.priors.blocks[given.block][1].floor
        )


def _rows(encoding: Encoding, block: str, length: int) -> list[int]:
    owners = {
        "log_rate": encoding.priors.rate_of,
        "log_dispersion": encoding.priors.dispersion_of,
        "log_spread": encoding.priors.spread_of,
    }
    return list(owners.get(block, range(length)))
