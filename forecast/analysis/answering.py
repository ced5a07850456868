"""Answering: the probability of a placed question, draw by draw, and the bands of what draws say.

Whoever asks (a run, `forecast ask`, an alert, a scenario, a backtest) places the question first
(`forecast.analysis.placing`), and `chances` works it out. What is reached or counted is found by
what it leaves out (`forecast.network.conditions`), several parts by inclusion and exclusion:
``P(A and B) = 1 - P(not A) - P(not B) + P(neither)``. A condition after *given* acts on states and
rates: ``P(A | B) = E[P(A and B)] / E[P(B)]`` over the draws. All the evidence is used, also what
came after a date asked about, so that a later deadline is never less probable.

Every band of a posterior, wherever it is printed or drawn, is made here. On common draws a
difference is taken draw by draw, and its band is the spread of these; what a scenario teaches about
the rates moves all of them by one amount, the change of the baseline's mean under the scenario's
weights. So a scenario that changes nothing differs by exactly nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, product

import numpy as np
import numpy.typing as npt

from forecast.analysis.placing import (
    PlacedPart,
    PlacedQuestion,
    anchored,
    place,
    place_each_report,
    place_question,
)
from forecast.analysis.scenes import Conditions, Scene, SumForecast, sum_forecast
from forecast.beliefs import Question
from forecast.beliefs.question_language import Asked
from forecast.errors import EvidenceError
from forecast.inference.encoding import Encoding
from forecast.network import Evidence, Parameters, Within, each_batch

__all__ = [
    "Answer",
    "Band",
    "Curve",
    "Difference",
    "Drawn",
    "answer",
    "answers",
    "ask",
    "band_of",
    "chances_of_report",
    "difference",
    "drawn",
    "each_chance",
    "quantiles",
]


Floats = npt.NDArray[np.float64]


_NEXT_TO_NEVER = 1e-9


@dataclass(frozen=True)
class Band:
    """A probability with its 50 % and 80 % bands."""

    probability: float
    lo50: float
    hi50: float
    lo80: float
    hi80: float


@dataclass(frozen=True, eq=False)
class Curve:
    """A probability with its bands over the dates of a reading, (n_dates,) each."""

    probability: Floats
    lo50: Floats
    hi50: Floats
    lo80: Floats
    hi80: Floats

    @classmethod
    def of(cls, draws: Floats, weights: Floats | None = None) -> Curve:
        """Summarise draws (n_dates, D), with weights (D,) that sum to one if they differ."""
        mean = draws.mean(axis=-1) if weights is None else draws @ weights
        return cls(mean, *quantiles(draws, weights))

    def at(self, index: int) -> Band:
        """Return the band at one date."""
        return Band(*(float(getattr(self, name)[index]) for name in Band.__dataclass_fields__))


@dataclass(frozen=True, eq=False)
class Answer:
    """The answer to a question of the brief.

    Attributes
    ----------
    name : str
        The question.
    band : Band
        Probability of yes.
    dates, curve : list of date, Curve
        Probability of yes had the deadline been each of these dates.
    past : bool
        Whether the deadline has passed.
    states : dict of str to float, or None
        Probability of every state of the node on the date, for mode ``is``.
    total : SumForecast or None
        Distribution of the sum, for mode ``sum``.
    announced : float or None
        Probability that what is announced alone brings a yes by the deadline, where anything is.
    alone : float or None
        Probability of yes by the model alone, where the question is anchored.
    """

    name: str
    band: Band
    dates: list[dt.date]
    curve: Curve
    past: bool
    states: Mapping[str, float] | None = None
    total: SumForecast | None = None
    announced: float | None = None
    alone: float | None = None


@dataclass(frozen=True, eq=False)
class Drawn:
    """The answer to a question, draw by draw.

    Attributes
    ----------
    dates : list of date
        To the deadline; at each, every later deadline of the question is brought forward to it.
    probability : (n_dates, D) array
        Of yes, given the condition.
    weights : (D,) array
        Of the draws, given the condition; they sum to one. A sum may be answered with fewer draws
        than were given.
    given : float or None
        Probability of the condition, where there is one.
    total : SumForecast or None
        The whole distribution, where a sum is asked for.
    announced : float or None
        As in `Answer`.
    """

    dates: list[dt.date]
    probability: Floats
    weights: Floats
    given: float | None = None
    total: SumForecast | None = None
    announced: float | None = None


def answer(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    name: str,
    question: Question,
    *,
    as_of: dt.date,
) -> Answer:
    """Answer one question; see `answers`."""
    return answers(encoding, parameters, evidence, {name: question}, as_of=as_of)[0]


def answers(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    questions: Mapping[str, Question],
    *,
    as_of: dt.date,
    weights: Floats | None = None,
    kappa: Mapping[str, float] | None = None,
) -> list[Answer]:
    """Answer questions of the brief.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates.
    evidence : Evidence
        All that is known.
    questions : mapping
        The questions by name.
    as_of : datetime.date
        Date of the evidence.
    weights : (D,), optional
        Weights of the draws, summing to one; by default all weigh the same.
    kappa : mapping of str to float, optional
        What the hazard of a report counts in questions that are anchored, in place of once.

    Returns
    -------
    list of Answer
        In the order of the questions.
    """
    placed = {}
    for name, question in questions.items():
        placed[name, ""] = place_question(encoding, evidence, question, as_of=as_of)
        if question.mode == "is":
            placed |= _each_state(encoding, question, name, placed[name, ""])
    plain = {name: placed[name, ""] for name in questions if name in (kappa or {})}
    placed |= {(name, ""): anchored(one, (kappa or {})[name]) for name, one in plain.items()}
    each = drawn(
        encoding, parameters, evidence, [*placed.values(), *plain.values()], weights=weights
    )
    found = dict(zip(placed, each[: len(placed)], strict=True))
    alone = {
        name: Curve.of(one.probability[-1:], weights).at(0).probability
        for name, one in zip(plain, each[len(placed) :], strict=True)
    }
    out = []
    for name, question in questions.items():
        one = found[name, ""]
        curve = Curve.of(one.probability, weights if one.total is None else one.weights)
        states = {
            state: float(found[name, state].probability[-1] @ one.weights)
            for of, state in placed
            if of == name and state
        }
        past = question.by <= as_of
        out.append(
            Answer(
                *(name, curve.at(-1), one.dates, curve, past, states or None, one.total),
                announced=one.announced,
                alone=alone.get(name),
            )
        )
    return out


def _each_state(
    encoding: Encoding, question: Question, name: str, placed: PlacedQuestion
) -> dict[tuple[str, str], PlacedQuestion]:
    """Ask for every single state of the node on the date."""
    (part,) = placed.head
    assert isinstance(part.condition, Within)
    ends = placed.at_its_end()
    out = {}
    for number, state in enumerate(encoding.beliefs.nodes[question.node].states):
        single = replace(part.condition, states=frozenset([number]))
        out[name, state] = replace(ends, head=(replace(part, condition=single),))
    return out


def chances_of_report(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    detection: Floats,
    *,
    weights: Floats | None = None,
) -> dict[str, list[float]]:
    """Probability that each presence indicator is in the record within the next steps.

    ``1 - E[prod_t (1 - d_t a(z_t))]``, as for a question that opens at the end of the present step,
    with the detection d_t of the coder in the place of that of whoever resolves.

    Parameters
    ----------
    encoding, parameters, evidence, weights
        As in `answers`.
    detection : (H, K) array
        Of every indicator in each of the H steps after the present one.

    Returns
    -------
    dict of str to list of float
        H probabilities of each presence indicator, which never decrease.
    """
    placed = place_each_report(encoding, evidence, detection)
    found = drawn(encoding, parameters, evidence, list(placed.values()), weights=weights)
    return {
        name: (each.probability @ each.weights).tolist()
        for name, each in zip(placed, found, strict=True)
    }


def ask(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    asked: Asked,
    *,
    weights: Floats,
    as_of: dt.date,
    kappa: float | None = None,
) -> Drawn:
    """Answer a question in the language of questions; see `drawn`, and `answers` for kappa."""
    placed = anchored(place(encoding, evidence, asked, as_of=as_of), kappa)
    return drawn(encoding, parameters, evidence, [placed], weights=weights)[0]


def drawn(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    placed: Sequence[PlacedQuestion],
    *,
    weights: Floats | None = None,
    scenes: dict[int, Scene] | None = None,
) -> list[Drawn]:
    """Answer placed questions, draw by draw.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates.
    evidence : Evidence
        All that is known.
    placed : sequence of PlacedQuestion
        What is asked.
    weights : (D,), optional
        Weights of the draws, summing to one; by default all weigh the same.
    scenes : dict of int to Scene, optional
        What was worked out of each batch, by its first draw, for questions that are answered again
        on the same draws and evidence; none of them may end later than those of the first time.

    Raises
    ------
    EvidenceError
        If what is given is next to impossible.
    """
    even = np.full(parameters.draws, 1.0 / parameters.draws) if weights is None else weights
    steps = max([evidence.steps, *(one.ends for one in placed)])

    def work(batch: slice) -> list[tuple[Floats, Floats]]:
        scene = None if scenes is None else scenes.get(batch.start)
        if scene is None:
            scene = Scene(encoding, parameters.take(batch), evidence, steps=steps)
        if scenes is not None:
            scenes[batch.start] = scene
        return each_chance(scene, placed)

    parts = each_batch(parameters.draws, work)
    out = []
    for one, pairs in zip(placed, zip(*parts, strict=True), strict=True):
        if one.total is not None:
            total = sum_forecast(one.total, parameters, weights=weights)
            out.append(Drawn(list(one.dates), total.probability[None], total.weights, total=total))
            continue
        values, bottom = (np.concatenate(each, axis=-1) for each in zip(*pairs, strict=True))
        chance = float(even @ bottom) if one.given else None
        if chance is not None and chance < _NEXT_TO_NEVER:
            raise EvidenceError(f"question {one.text!r}: what is given is next to impossible")
        given = even if chance is None else even * bottom / chance
        out.append(Drawn(list(one.dates), values, given, chance, announced=one.announced))
    return out


def chances(scene: Scene, placed: PlacedQuestion) -> tuple[Floats, Floats]:
    """Probability of a placed question by each of its dates, and of what is given.

    Every answer to a question is worked out here.

    Returns
    -------
    (n_dates, D) array
        Of yes, given the condition.
    (D,) array
        Of the condition.
    """
    settled = np.repeat(np.array(placed.settled)[:, None], scene.draws, axis=1)
    if not placed.steps:
        return settled, np.ones(scene.draws)
    last = placed.steps[-1]
    late = [part for part in placed.head if part.ends == last]
    early = [part for part in placed.head if part.ends != last]
    top = np.zeros((len(placed.steps), scene.draws))
    bottom = np.zeros(scene.draws)
    for weight, corner in _corners([*early, *placed.given]):
        head, given = [*late, *corner[: len(early)]], corner[len(early) :]
        some, all_of_it = _inclusion(scene, placed, head, given)
        top += weight * some
        bottom += weight * all_of_it
    values = top / np.where(bottom > 0.0, bottom, 1.0)
    if len(values) > 1:
        values[-1] = values[-2] + placed.share * (values[-1] - values[-2])
    return np.concatenate([settled, np.clip(values, 0.0, 1.0)]), bottom


def each_chance(scene: Scene, placed: Sequence[PlacedQuestion]) -> list[tuple[Floats, Floats]]:
    """Give the `chances` of questions, the last deadline first: the others share its curves."""
    order = sorted(range(len(placed)), key=lambda number: -placed[number].ends)
    found = {number: chances(scene, placed[number]) for number in order}
    return [found[number] for number in range(len(placed))]


def _corners(parts: Sequence[PlacedPart]) -> Iterator[tuple[float, list[PlacedPart]]]:
    """Take each deadline within a step at both ends of the step, with its share."""
    choices = [
        [(p.share, p), (1.0 - p.share, p.ending(p.ends - 1))] if p.share < 1.0 else [(1.0, p)]
        for p in parts
    ]
    for choice in product(*choices):
        weight = float(np.prod([share for share, _ in choice])) if choice else 1.0
        if weight > 0.0:
            yield weight, [part for _, part in choice]


def _subsets(parts: Sequence[PlacedPart]) -> Iterator[tuple[float, list[PlacedPart]]]:
    """Give every set of parts that are left out, with its sign; what *is* is never left out."""
    out = [part for part in parts if not isinstance(part.condition, Within)]
    every = chain.from_iterable(combinations(out, n) for n in range(len(out) + 1))
    for some in every:
        yield (-1.0) ** len(some), list(some)


def _inclusion(
    scene: Scene, placed: PlacedQuestion, head: Sequence[PlacedPart], given: Sequence[PlacedPart]
) -> tuple[Floats, Floats]:
    """Probability of head and condition by every step (n, D), and of the condition (D,)."""
    top, bottom = np.zeros((len(placed.steps), scene.draws)), np.zeros(scene.draws)
    at = [part for part in head if isinstance(part.condition, Within)]
    given_at = [part for part in given if isinstance(part.condition, Within)]
    numbers = range(len(scene.courses))
    for sign, avoided in _subsets(given):
        kept = [_of([*avoided, *given_at], number) for number in numbers]
        begun = np.prod([scene.kept(n, (), kept[n], [0])[0] for n in numbers], axis=0)
        bottom += sign * begun
        if placed.order:
            top += sign * scene.ordered(
                [(part.component, part.condition) for part in head], kept, placed.steps
            )
            continue
        for other_sign, left_out in _subsets(head):
            if not left_out and not at:
                top += sign * other_sign * begun
                continue
            own = [_of([*left_out, *at], number) for number in numbers]
            curves = [scene.kept(n, own[n], kept[n], placed.steps) for n in numbers]
            top += sign * other_sign * np.prod(curves, axis=0)
    return top, bottom


def _of(parts: Sequence[PlacedPart], component: int) -> Conditions:
    return tuple(part.condition for part in parts if part.component == component)


_LEVELS = (0.25, 0.75, 0.10, 0.90)


@dataclass(frozen=True)
class Difference:
    """How far a scenario is from the baseline, with its 50 % and 80 % bands."""

    difference: float
    lo50: float
    hi50: float
    lo80: float
    hi80: float


def quantiles(draws: Floats, weights: Floats | None = None) -> Floats:
    """Quantiles .25, .75, .10 and .90 of draws.

    Draws of equal weight are interpolated (Hyndman & Fan's type 7, NumPy's ``linear``); of
    weighted ones a quantile is the smallest at or below which at least its share of the weight
    lies (``inverted_cdf``, the one definition that NumPy has for weights).

    Parameters
    ----------
    draws : (..., D) array
    weights : (D,) array, optional
        Summing to one; by default all weigh the same.

    Returns
    -------
    (4, ...) array

    Examples
    --------
    >>> quantiles(np.array([0.0, 1.0])).tolist()
    [0.25, 0.75, 0.1, 0.9]
    >>> quantiles(np.array([0.1, 0.2, 0.9]), np.array([0.25, 0.25, 0.5])).tolist()
    [0.1, 0.9, 0.1, 0.9]
    """
    if weights is None or np.ptp(weights) <= 1e-12 * weights.max():
        return np.asarray(np.quantile(draws, _LEVELS, axis=-1))
    order = np.argsort(draws, axis=-1)
    below = np.cumsum(weights[order], axis=-1)
    at = [np.minimum((below < q).sum(axis=-1), draws.shape[-1] - 1) for q in _LEVELS]
    ranked = np.take_along_axis(draws, order, axis=-1)
    return np.array([np.take_along_axis(ranked, n[..., None], axis=-1)[..., 0] for n in at])


def band_of(draws: Floats, weights: Floats) -> Band:
    """Mean and bands of draws (D,) with weights that sum to one."""
    return Curve.of(draws[None], weights).at(0)


def difference(
    scenario: Floats,
    baseline: Floats,
    *,
    weights: Floats,
    baseline_weights: Floats,
    common: bool = True,
) -> Difference:
    """Compare the draws of a scenario with those of the baseline.

    Parameters
    ----------
    scenario, baseline : (D,) arrays
    weights, baseline_weights : (D,) arrays
        Each summing to one.
    common : bool
        Whether draw d is the same in both; if not (after a new fit), the band is that of the
        quantiles against each other.

    Returns
    -------
    Difference

    Examples
    --------
    Half a point more in every draw, whatever the draws are:

    >>> even = np.full(3, 1 / 3)
    >>> found = difference(np.array([0.15, 0.35, 0.6]), np.array([0.1, 0.3, 0.55]),
    ...                    weights=even, baseline_weights=even)
    >>> round(found.difference, 3), round(found.lo80, 3), round(found.hi80, 3)
    (0.05, 0.05, 0.05)
    """
    moved = float(scenario @ weights - baseline @ baseline_weights)
    if common:
        shift = float(baseline @ weights - baseline @ baseline_weights)
        return Difference(moved, *(quantiles(scenario - baseline, weights) + shift).tolist())
    levels = np.linspace(0.005, 0.995, 100)
    pairs = [
        np.interp(levels, np.cumsum(w[order]) - 0.5 * w[order], values[order])
        for values, w in ((scenario, weights), (baseline, baseline_weights))
        for order in [np.argsort(values)]
    ]
    return Difference(moved, *quantiles(pairs[0] - pairs[1]).tolist())
