"""Every number a judgement is computed from: its name, its unit, and the model when it differs.

Inputs with a prior range over its central 80 %: from its 10th to its 90th percentile. Detection
and grades are stated without a distribution. The odds of a detection are taken ten times lower and
higher, for one that denies the record is denied itself at a third of its value; those of a grade
are halved and doubled (conventions of ours).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtr, ndtri

from forecast.beliefs import Beliefs, Report, probability_within, wording
from forecast.beliefs.grading import credibility
from forecast.beliefs.indicators import CountIndicator, PresenceIndicator
from forecast.inference.encoding import Component, Encoding
from forecast.inference.priors import NormalBlock
from forecast.network import Evidence, Parameters

__all__ = [
    "EVERY",
    "Input",
    "InputKind",
    "doubled",
    "graded",
    "held_at",
    "inputs_of",
    "plain",
    "rescaled_detection",
    "said",
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
    if block == "log_hazard_ratio":
        return f"Coupling: {plain(name)}", "hazard ratio", math.exp
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
    nodes = {encoding.nodes[n] for n in component.nodes}
    beliefs = encoding.beliefs
    if block == "log_hazard":
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
    for node in component.nodes:
        part = slices[node]
        name = encoding.nodes[node]
        entry = encoding.beliefs.nodes[name]
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
    return Parameters(**{**arrays, given.block: changed})


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
