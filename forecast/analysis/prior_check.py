"""Checks before any posterior is believed: what the priors imply, and whether they fit the record.

What the priors imply for each judgement, as a probability an analyst can judge; per indicator and
state, how many reports they expect under the declared coverage against how many there are; and
what the model alone says of the questions for which a number is stated.

`contradictions` asks whether the model could have found what was found. For each node the numbers
of steps with a report, of each indicator that points at it and of all together, are compared with
what is found in simulations: rates drawn from their priors, coverage and detection as declared, and
the node in one state throughout, in each of its states in turn, or on the course that the posterior
finds for it. Nodes beside it are on their course. A report of weight c counts for between c and 1,
whichever is nearer. The smallest two-sided tail of these numbers is compared with that of every
simulation, so that one number that is far off and several that are off together count by the same
measure. If less than 1 % of the simulations are as far off, whatever the node does, the model
cannot produce the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import logit, pdtr, pdtrc

from forecast.analysis.anchoring import ENOUGH, Anchoring, Stated
from forecast.analysis.answering import Band, answer
from forecast.analysis.inputs import plain
from forecast.analysis.sensitivity import resampled
from forecast.beliefs import Beliefs, Judgement, Question, later, probability_within, wording
from forecast.beliefs.indicators import PresenceIndicator
from forecast.beliefs.words import counted, format_probability, step_word
from forecast.inference.encoding import Encoding
from forecast.network import Course, Evidence, Parameters
from forecast.network.intervention import walks

__all__ = [
    "Denial",
    "Expectation",
    "Implied",
    "Mismatch",
    "UnderState",
    "contradictions",
    "expected_reports",
    "expected_together",
    "implied_judgements",
    "questions_apart",
    "told",
]


Floats = npt.NDArray[np.float64]

_SURPRISE = 0.05
#: Beyond this on the log odds, one of two numbers for a question is hardly meant.
_APART = 2.0


@dataclass(frozen=True)
class Implied:
    """What the priors imply for one judgement of the brief.

    Attributes
    ----------
    node : str
    judgement : Judgement
    band : Band
        Implied probability: the mean over prior draws, and their spread.
    verdict : {"agrees", "below", "above"}
        Where the mean lies against the brief's own interval.
    """

    node: str
    judgement: Judgement
    band: Band
    verdict: Literal["agrees", "below", "above"]


@dataclass(frozen=True)
class Expectation:
    """Reports of one indicator, expected in one state of one node and found.

    Attributes
    ----------
    indicator, node, state : str
        The other nodes it points at are in the states pointed at.
    pointed : bool
        Whether the indicator points at this state.
    expected : float
        Mean number of steps with a report, over prior draws.
    found : int
        Steps with a credible report.
    more, fewer : float
        Prior probability of so many reports or more, and of so many or fewer.
    """

    indicator: str
    node: str
    state: str
    pointed: bool
    expected: float
    found: int
    more: float
    fewer: float

    @property
    def surprise(self) -> Literal["", "more than expected", "fewer than expected"]:
        """Whether the reports are surprising in this state."""
        if self.more < _SURPRISE:
            return "more than expected"
        return "fewer than expected" if self.fewer < _SURPRISE else ""


def implied_judgements(encoding: Encoding, *, seed: int = 1, draws: int = 2000) -> list[Implied]:
    """Work out what the priors imply for every judgement, with no report seen.

    Parameters
    ----------
    encoding : Encoding
        The model.
    seed, draws : int
        Of the sample from the priors.

    Returns
    -------
    list of Implied
        In the order of the file.
    """
    prior = encoding.priors.draw(draws, seed=seed)
    blank = Evidence.empty(steps=0, indicators=len(encoding.indicators))
    return [
        _implied(encoding, prior, blank, name, judgement)
        for name, node in encoding.beliefs.nodes.items()
        for judgement in node.judgements
    ]


def _implied(
    encoding: Encoding, prior: Parameters, blank: Evidence, node: str, judgement: Judgement
) -> Implied:
    opens = encoding.beliefs.brief.as_of
    question = Question(
        text=judgement.quote,
        node=node,
        states=judgement.states,
        mode="reaches" if judgement.mode == "by" else "is",
        by=later(opens, judgement.within),
        opens=opens,
        criteria="-",
        fallback="-",
        source=judgement.source,
    )
    band = answer(encoding, prior, blank, node, question, as_of=opens).band
    low, high = judgement.probability.interval
    verdict: Literal["agrees", "below", "above"] = "agrees"
    if not low <= band.probability <= high:
        verdict = "below" if band.probability < low else "above"
    return Implied(node, judgement, band, verdict)


def expected_reports(
    encoding: Encoding, evidence: Evidence, *, seed: int = 1, draws: int = 2000
) -> list[Expectation]:
    """Compare the reports the priors expect under the declared coverage with those there are.

    In a state in which the indicator has rate ``lambda`` per day, steps with a report number about
    Poisson with mean ``sum over steps of d (1 - exp(-lambda dt))``; a milestone at most once. What
    was announced brings it, too.

    Parameters
    ----------
    encoding : Encoding
        The model.
    evidence : Evidence
        Coverage and reports.
    seed, draws : int
        Of the sample from the priors.

    Returns
    -------
    list of Expectation
        By indicator, node and state; presence indicators only.
    """
    prior = encoding.priors.draw(draws, seed=seed)
    out = []
    for number, (name, indicator) in enumerate(encoding.beliefs.indicators.items()):
        if not isinstance(indicator, PresenceIndicator):
            continue
        cells = evidence.cell_indicator == number
        credible = cells & (evidence.cell_value > 0)
        steps = evidence.cell_step[credible]
        out += [
            _expectation(encoding, prior, (name, node, state), evidence, found=len(steps))
            for node in encoding.beliefs.pointed(name)
            for state in encoding.beliefs.nodes[node].states
        ]
    return out


def _expectation(
    encoding: Encoding,
    prior: Parameters,
    where: tuple[str, str, str],
    evidence: Evidence,
    *,
    found: int,
) -> Expectation:
    indicator, node, state = where
    ratios = encoding.priors.rarity.names
    label = f"{indicator} | {node}.{state}"
    number = encoding.indicators.index(indicator)
    log_rate = prior.log_rate[number]
    if label in ratios:
        log_rate = log_rate - prior.rarity[ratios.index(label)]
    alone = -np.expm1(-np.exp(log_rate) * encoding.step)
    looked = evidence.detection[evidence.pattern, number]
    mean = looked.sum() * alone
    if evidence.foreseen is not None:
        mean = looked @ evidence.foreseen.occurs(number, np.tile(alone, (len(looked), 1)))
    known = encoding.beliefs.indicators[indicator]
    once = isinstance(known, PresenceIndicator) and not known.recurs
    return Expectation(
        indicator=indicator,
        node=node,
        state=state,
        pointed=label not in ratios,
        expected=float((-np.expm1(-mean) if once else mean).mean()),
        found=found,
        more=float(pdtrc(found - 1, mean).mean()) if found else 1.0,
        fewer=1.0 if once and found else float(pdtr(found, mean).mean()),
    )


def questions_apart(anchoring: Anchoring) -> list[tuple[str, Stated, float, float]]:
    """List the questions whose prior is more than 2 off what the model alone says of that day.

    Off on the log odds. The model is read on draws of the priors, weighed by what was known then.

    Returns
    -------
    list of (str, Stated, float, float)
        Name, what was stated, the model's number, and how far they are apart; in the order of the
        file. Where nothing is left open there is nothing to compare.
    """
    encoding = anchoring.encoding
    asked = encoding.beliefs.questions
    said = {
        name: Stated.of(question.prior)
        for name, question in asked.items()
        if question.prior is not None and encoding.beliefs.scalable(question)
    }
    blank = Evidence.empty(steps=0, indicators=len(encoding.indicators))
    prior = encoding.priors.draw(ENOUGH, seed=anchoring.seed)
    model = anchoring.alone(prior, blank, said)
    out = []
    for name, one in said.items():
        if 0.0 < model[name] < 1.0:
            apart = abs(one.log_odds.mean - float(logit(model[name])))
            out += [(name, one, model[name], apart)] if apart > _APART else []
    return out


Ints = npt.NDArray[np.int64]

#: Share of simulations in which a model that holds would be called contradicted, of each state.
_LEVEL = 0.01
#: Simulations; the standard error of a share of .01 is then .0016.
_SIMULATIONS = 4000
#: Draws of the posterior whose paths they follow.
_DRAWS = 250
#: Indicators that are named, and how far in its tail one is that is named beside the first.
_NAMED, _FAR = 3, 0.05


@dataclass(frozen=True)
class UnderState:
    """Steps with a report in one state of a node: mean, and central 90 % over simulations."""

    state: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Mismatch:
    """An indicator whose reports the model cannot produce.

    Attributes
    ----------
    indicator : str
    found : int
        Steps with a report.
    expected : tuple of UnderState
        In each state of the node.
    detection : float
        The largest that was declared.
    state : str
        In which the least change reconciles it.
    fitting_detection : float or None
        With which as many are expected in that state; None where none would do.
    probability : float
        Of at least one within the indicator's period at the state pointed at: the prior median.
    fitting_probability : float or None
        In place of it, where no detection would do.
    """

    indicator: str
    found: int
    expected: tuple[UnderState, ...]
    detection: float
    state: str
    fitting_detection: float | None
    probability: float
    fitting_probability: float | None


@dataclass(frozen=True)
class Denial:
    """A node whose reports the model cannot produce in any of its states.

    Attributes
    ----------
    node : str
    share : float
        Of the simulations that are as far off, where it is largest.
    error : float
        Its Monte Carlo standard error.
    indicators : tuple of Mismatch
        The farthest off first.
    """

    node: str
    share: float
    error: float
    indicators: tuple[Mismatch, ...]


class _Record:
    """What was found, and simulations of it that follow given paths.

    Parameters
    ----------
    encoding : Encoding
    evidence : Evidence
        What was found.
    looked : (T, K)
        Detection in each step as declared.
    simulations : int
    rng : numpy.random.Generator
    """

    def __init__(
        self,
        encoding: Encoding,
        evidence: Evidence,
        looked: Floats,
        *,
        simulations: int,
        seed: int,
    ) -> None:
        self.encoding, self.looked, self.foreseen = encoding, looked, evidence.foreseen
        self.prior = encoding.priors.draw(simulations, seed=seed)
        self.rng = np.random.default_rng(seed)
        cells = zip(evidence.cell_step, evidence.cell_indicator, evidence.cell_value, strict=True)
        found: dict[int, list[float]] = {
            number: []
            for number, indicator in enumerate(encoding.beliefs.indicators.values())
            if isinstance(indicator, PresenceIndicator) and looked[:, number].any()
        }
        for step, number, credibility in cells:
            if number in found and looked[step, number] > 0.0 and credibility > 0.0:
                found[int(number)].append(float(credibility))
        self.most = {number: len(weights) for number, weights in found.items()}
        self.least = {number: round(sum(weights)) for number, weights in found.items()}

    def occurrence(self, number: int, paths: Ints) -> Floats:
        """Probability that an indicator occurs in each step, on paths (T, N, R): (T, R)."""
        name, names = self.encoding.indicators[number], self.encoding.priors.rarity.names
        log_rate = np.broadcast_to(self.prior.log_rate[number], paths[:, 0].shape).copy()
        for node in self.encoding.beliefs.indicators[name].nodes:
            states = self.encoding.beliefs.nodes[node].states
            labels = [f"{name} | {node}.{state}" for state in states]
            rarer = np.stack([
                self.prior.rarity[names.index(label)] if label in names
                else np.zeros(self.prior.draws)
                for label in labels
            ])  # fmt: skip
            log_rate -= np.take_along_axis(rarer, paths[:, self.encoding.nodes.index(node)], axis=0)
        alone = np.asarray(-np.expm1(-np.exp(log_rate) * self.encoding.step))
        return alone if self.foreseen is None else self.foreseen.occurs(number, alone)

    def numbers(self, number: int, paths: Ints) -> Ints:
        """Simulate the number of steps with a report, each found with ``d a``: (R,)."""
        chance = self.looked[:, number, None] * self.occurrence(number, paths)
        out = (self.rng.random(chance.shape) < chance).sum(axis=0)
        entry = self.encoding.beliefs.indicators[self.encoding.indicators[number]]
        once = isinstance(entry, PresenceIndicator) and not entry.recurs
        return np.minimum(out, 1) if once else np.asarray(out)


def _paths(
    encoding: Encoding, parameters: Parameters, evidence: Evidence, *, steps: int, each: int,
    seed: int,
) -> Ints:  # fmt: skip
    """States of the nodes at the end of each step on `each` paths of every draw: (T, N, R)."""
    rng = np.random.default_rng(seed)
    out = np.empty((steps, len(encoding.network.sizes), parameters.draws * each), np.int64)
    for component in encoding.components:
        for begin in range(0, parameters.draws, _DRAWS):
            some = parameters.take(slice(begin, begin + _DRAWS))
            course = Course(component.tables, some, step=encoding.step)
            found = walks(course, evidence, steps=steps, paths=each, rng=rng)
            part = found[1:].reshape(steps, len(component.nodes), -1)
            here = slice(begin * each, begin * each + part.shape[-1])
            out[:, list(component.nodes), here] = part
    return out


def expected_together(
    encoding: Encoding, evidence: Evidence, looked: Floats, *, seed: int = 1, draws: int = 2000
) -> tuple[Floats, int]:
    """Count the steps with a report of any indicator that priors expect, and that were found.

    Rates and states are drawn from the priors.

    Returns
    -------
    expected : (draws,)
        Their number in each simulation.
    found : int
    """
    record = _Record(encoding, evidence, looked, simulations=draws, seed=seed)
    blank = Evidence.empty(steps=0, indicators=len(encoding.indicators))
    paths = _paths(encoding, record.prior, blank, steps=len(looked), each=1, seed=seed)
    total = np.zeros(draws)
    for number in record.most:
        total += record.numbers(number, paths)
    return total, sum(record.most.values())


def contradictions(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    looked: Floats,
    *,
    weights: Floats | None = None,
    seed: int = 1,
) -> list[Denial]:
    """Name the nodes whose reports the model cannot produce in any of their states.

    Parameters
    ----------
    encoding, parameters, evidence
        The model, posterior draws, and what was found.
    looked : (T, K)
        Detection in each step as declared, from `forecast.inference.observations.declared`.
    weights : (D,), optional
        Of the draws, summing to one; equal by default.
    seed : int
        Of the simulations.

    Returns
    -------
    list of Denial
        In the order of the file; of nodes with a presence indicator that was looked for.
    """
    if not len(looked):
        return []
    even = np.full(parameters.draws, 1.0 / parameters.draws) if weights is None else weights
    chosen = resampled(even)[:: max(1, parameters.draws // _DRAWS)][:_DRAWS]
    each = -(-_SIMULATIONS // len(chosen))
    paths = _paths(
        encoding, parameters.take(chosen), evidence, steps=len(looked), each=each, seed=seed
    )
    record = _Record(encoding, evidence, looked, simulations=paths.shape[-1], seed=seed)
    own = {number: record.numbers(number, paths) for number in record.most}
    out = []
    for place, node in enumerate(encoding.nodes):
        numbers = [
            k for k in own if node in encoding.beliefs.indicators[encoding.indicators[k]].nodes
        ]
        if not numbers:
            continue
        under = {"": np.stack([own[k] for k in numbers])}
        for state, name in enumerate(encoding.beliefs.nodes[node].states):
            held = paths.copy()
            held[:, place] = state
            under[name] = np.stack([record.numbers(k, held) for k in numbers])
        found = np.array([[record.least[k], record.most[k]] for k in numbers])
        off = {name: _far(simulated, *found.T) for name, simulated in under.items()}
        best = max(off, key=lambda name: (off[name][0], float(np.log(off[name][1]).sum())))
        share, tails = off[best]
        if share < _LEVEL:
            error = float(np.sqrt(share * (1.0 - share) / paths.shape[-1]))
            order = [int(j) for j in np.argsort(tails[:-1], kind="stable")[:_NAMED]]
            named = [j for j in order if j == order[0] or tails[j] < _FAR]
            states = encoding.beliefs.nodes[node].states
            wrong = [
                _mismatch(record, numbers[j], {state: under[state][j] for state in states})
                for j in named
            ]
            out.append(Denial(node, share, error, tuple(wrong)))
    return out


def _far(simulated: Ints, least: Ints, most: Ints) -> tuple[float, Floats]:
    """Share of simulations (J, R) as far off as what was found, and the tail of each number found.

    The last number is the sum of all. A tail is two-sided, ``2 min(P(N <= n), P(N >= n))``; what
    was found is at least `least` and at most `most`, and is given the benefit of it.
    """
    every, low, high = (np.vstack([each, each.sum(axis=0)]) for each in
                        (simulated, least[:, None], most[:, None]))  # fmt: skip
    size = every.shape[1] + 1  # the record is one more
    own, tails = np.empty(len(every)), np.empty(every.shape)
    for row, values in enumerate(every):
        ordered = np.sort(values)

        def tail(few: Ints, many: Ints, ordered: Ints = ordered) -> Floats:
            below = np.searchsorted(ordered, many, side="right") + 1
            above = size - np.searchsorted(ordered, few, side="left")
            return np.asarray(np.minimum(2.0 * np.minimum(below, above) / size, 1.0))

        tails[row], own[row] = tail(values, values), tail(low[row], high[row])[0]
    as_far = (tails.min(axis=0) <= own.min()).sum() + 1
    return float(as_far / size), own


def _mismatch(record: _Record, number: int, under: dict[str, Ints]) -> Mismatch:
    """Say what was found of an indicator, what each state expects, and what would reconcile it."""
    name, found = record.encoding.indicators[number], record.most[number]
    expected = tuple(
        UnderState(state, float(n.mean()), *map(float, np.percentile(n, (5, 95))))
        for state, n in under.items()
    )
    change = {one.state: _times(one.mean, record.least[number], found) for one in expected}
    nearest = min(change, key=lambda state: abs(np.log(change[state])))
    times = change[nearest]
    detection = float(record.looked[:, number].max())
    entry = record.encoding.beliefs.indicators[name]
    assert isinstance(entry, PresenceIndicator)
    log_rate = float(np.median(record.prior.log_rate[number]))
    enough = times * detection <= 1.0
    return Mismatch(
        indicator=name,
        found=found,
        expected=expected,
        detection=detection,
        state=nearest,
        fitting_detection=times * detection if enough else None,
        probability=probability_within(log_rate, entry.within),
        fitting_probability=None
        if enough
        else probability_within(log_rate + float(np.log(times)), entry.within),
    )


def _times(mean: float, least: int, most: int) -> float:
    """How many times the expected number comes next to what was found."""
    return float(np.clip(mean, max(least, 0.5), max(most, 0.5)) / max(mean, 1e-9))


def told(beliefs: Beliefs, one: Denial) -> str:
    """Say in words what does not fit, and which inputs would reconcile it."""
    parts = [_told(beliefs, wrong) for wrong in one.indicators]
    return (
        f"The record contradicts the model of {beliefs.nodes[one.node].label}: in none of its "
        f"states would it bring these reports. {' '.join(parts)} Look at these first; until then "
        "the number is not to be relied on."
    )


def _told(beliefs: Beliefs, wrong: Mismatch) -> str:
    unit = step_word(beliefs.grid.step)
    entry = beliefs.indicators[wrong.indicator]
    expected = ", ".join(
        f"{_number(each.mean)} [{each.low:.0f}, {each.high:.0f}] while {plain(each.state)}"
        for each in wrong.expected
    )
    if wrong.fitting_detection is not None:
        instead = f"{wrong.fitting_detection:.2g} in place of {wrong.detection:.2g}"
        fits = f"a detection of {instead}"
    else:
        assert isinstance(entry, PresenceIndicator)
        assert wrong.fitting_probability is not None
        fits = (
            f"a probability of {format_probability(wrong.fitting_probability)} within "
            f"{wording(entry.within)} in place of {format_probability(wrong.probability)}"
        )
    return (
        f"{entry.label}: {counted(wrong.found, unit)} with a report, expected {expected}; {fits} "
        f"would fit {plain(wrong.state)}."
    )


def _number(mean: float) -> str:
    return f"{mean:.0f}" if mean >= 1.5 else f"{mean:.1g}"
