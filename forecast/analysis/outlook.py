"""Outlook: judgements and questions under a scenario, draw by draw, of what comes and of what was.

Two outlooks on the same draws are compared draw by draw (common random numbers), so that their
difference is not the noise of sampling. What happened up to the as-of date is worked out once and
shared by all scenarios that leave it alone.

What might have been is worked out over paths that are walked again (`had_been`). The baseline is
known exactly, and the real paths are a control variate: a mean over paths walked again is corrected
by what the real ones miss of it, as far as the two go together.

`said` tells what kind of *if* each assumption is, and what it does not change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from forecast.analysis.answering import each_chance
from forecast.analysis.placing import PlacedPart, PlacedQuestion, place_question
from forecast.analysis.scenes import Past, Scene
from forecast.beliefs.reports import EVERY_INDICATOR
from forecast.beliefs.scenario_files import Placed
from forecast.beliefs.scenarios import Believe, Do, HazardName, Observe
from forecast.inference.encoding import Component, Encoding
from forecast.inference.observations import date_on_grid, share_of_step, steps_ahead
from forecast.network import (
    Avoid,
    Course,
    Evidence,
    Fewer,
    Parameters,
    Regime,
    Replay,
    batches,
    node_marginals,
    replay,
)

__all__ = [
    "Had",
    "Kind",
    "Outlook",
    "Said",
    "had_been",
    "look_ahead",
    "look_back",
    "place_all",
    "said",
]


Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Outlook:
    """Judgements and answers of every draw.

    Attributes
    ----------
    dates : list of date
        From the as-of date to the horizon.
    headline : dict of str to (n_dates, D) array
        Probability of each node's headline states, given everything that is supposed.
    answers : dict of str to (D,) array
        Probability of yes; questions about the record itself (mode ``reported``) are left out.
    log_likelihood : (D,)
        Of all the evidence, under the interventions.
    """

    dates: list[dt.date]
    headline: Mapping[str, Floats]
    answers: Mapping[str, Floats]
    log_likelihood: Floats


def place_all(
    encoding: Encoding, evidence: Evidence, *, as_of: dt.date
) -> dict[str, PlacedQuestion]:
    """Put the questions about states on the grid; those about the record are left out."""
    return {
        name: place_question(encoding, evidence, question, as_of=as_of).at_its_end()
        for name, question in encoding.beliefs.questions.items()
        if question.of_states
    }


def look_back(
    encoding: Encoding, parameters: Parameters, evidence: Evidence, *, as_of: dt.date
) -> Past:
    """Work out everything up to the as-of date that an outlook starts from.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates.
    evidence : Evidence
        To `as_of`.
    as_of : datetime.date

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    conditions = [
        (part.component, part.condition.ending(step))
        for placed in place_all(encoding, evidence, as_of=as_of).values()
        for part in placed.head
        for step in placed.steps
    ]
    return Past.of(encoding, parameters, evidence, conditions)


def look_ahead(
    encoding: Encoding,
    parameters: Parameters,
    past: Past,
    *,
    evidence: Evidence,
    regimes: Sequence[Sequence[Regime]],
    as_of: dt.date,
    horizon: dt.date,
) -> Outlook:
    """Work out judgements to the horizon and the answers to all questions.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates.
    past : Past
        Of the same model, draws and evidence to the as-of date.
    evidence : Evidence
        That of `past`, and any that is supposed after it.
    regimes : sequence of sequence of Regime
        Interventions from the as-of date on, for each component.
    as_of : datetime.date
    horizon : datetime.date
        Last day; within a step, between its two ends.

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    now = past.now
    ahead = steps_ahead(encoding, horizon, now=now, as_of=as_of)
    dates = [date_on_grid(encoding, now + n, now=now, as_of=as_of) for n in range(ahead)]
    headline = {n: np.empty((ahead + 1, parameters.draws)) for n in encoding.nodes}
    placed = place_all(encoding, past.evidence, as_of=as_of)
    answers = {name: np.empty(parameters.draws) for name in placed}
    total = evidence.aged(past.evidence) * past.log_likelihood
    steps = max([now + ahead, evidence.steps, *(one.ends for one in placed.values())])
    for batch in batches(parameters.draws):
        scene = Scene(
            encoding, parameters.take(batch), evidence,
            steps=steps, regimes=regimes, past=past.take(batch),
        )  # fmt: skip
        for name, (values, _) in zip(
            placed, each_chance(scene, list(placed.values())), strict=True
        ):
            answers[name][batch] = values[-1]
        for number, component in enumerate(encoding.components):
            total[batch] += scene.whole(number).log_likelihood
            joint = scene.whole(number).probability[now : now + ahead + 1]
            # what is supposed later also tells of the time before it
            joint = joint * scene.later(number)[now : now + ahead + 1, 0]
            _headlines(encoding, component, joint, batch, headline)
    share = share_of_step(encoding, now + ahead, horizon, now=now, as_of=as_of)
    for values in headline.values():
        values[-1] = values[-2] + share * (values[-1] - values[-2])
    return Outlook([*dates, horizon], headline, answers, total)


def _headlines(
    encoding: Encoding,
    component: Component,
    joint: Floats,
    batch: slice,
    out: Mapping[str, Floats],
) -> None:
    marginal = node_marginals(component.tables, joint)
    first = 0
    for name in encoding.named(component):
        states = encoding.state_numbers(name, encoding.beliefs.nodes[name].headline)
        rows = [first + state for state in sorted(states)]
        out[name][:, batch] = np.clip(marginal[:, rows].sum(axis=1), 0.0, 1.0)
        first += len(encoding.beliefs.nodes[name].states)


#: Draws worked on at once: with their paths, as much as fits the processor's cache.
_AT_ONCE = 250


@dataclass(frozen=True, eq=False)
class Had:
    """A counterfactual.

    Attributes
    ----------
    outlook : Outlook
        As it would be.
    error : float
        Largest Monte Carlo standard error of a mean in it.
    paths : int
        Over all draws.
    """

    outlook: Outlook
    error: float
    paths: int


def had_been(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    baseline: Outlook,
    *,
    regimes: Sequence[Sequence[Regime]],
    as_of: dt.date,
    paths: int = 16,
    seed: int = 1,
) -> Had:
    """Work out what would be, had something been different in the past.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates, learnt from what was really reported.
    evidence : Evidence
        What was really reported.
    baseline : Outlook
        On the same draws.
    regimes : sequence of sequence of Regime
        For each component; some begin before the as-of date.
    as_of : datetime.date
    paths : int
        For each draw.
    seed : int

    Returns
    -------
    Had
    """
    headline = {name: values.copy() for name, values in baseline.headline.items()}
    answers = {name: values.copy() for name, values in baseline.answers.items()}
    errors = [0.0]
    for number, component in enumerate(encoding.components):
        if not regimes[number]:
            continue
        moved = _moved(
            encoding, parameters, evidence, component, regimes[number],
            as_of=as_of, dates=baseline.dates, sampling=(paths, seed),
        )  # fmt: skip
        for name, moments in moved.items():
            kind, _, key = name.partition(" ")
            into = headline if kind == "node" else answers
            into[key], error = _corrected(moments, into[key], paths)
            errors.append(error)
    for some in (headline, answers):
        for name in some:
            some[name] = np.clip(some[name], 0.0, 1.0)
    outlook = Outlook(baseline.dates, headline, answers, baseline.log_likelihood)
    return Had(outlook, max(errors), paths * parameters.draws)


def _corrected(moments: _Moments, exact: Floats, paths: int) -> tuple[Floats, float]:
    """Correct the means of each draw by the exact baseline; give the error of the overall mean.

    With b the slope of the paths walked again on the real ones, ``again + b (exact - real)``. What
    of its spread over the draws is sampling alone is taken out.
    """
    together = moments.covariance.mean(axis=-1, keepdims=True)
    spread = moments.real_variance.mean(axis=-1, keepdims=True)
    slope = np.divide(together, spread, out=np.zeros_like(together), where=spread > 0.0)
    value = moments.again + slope * (exact - moments.real)
    left = (
        moments.again_variance - 2.0 * slope * moments.covariance
        + slope**2 * moments.real_variance
    )  # fmt: skip
    noise = np.maximum(left, 0.0).mean(axis=-1, keepdims=True) / paths
    apart = value - exact
    middle = apart.mean(axis=-1, keepdims=True)
    wide = apart.var(axis=-1, keepdims=True)
    real = np.maximum(wide - noise, 0.0)
    kept = np.sqrt(np.divide(real, wide, out=np.zeros_like(wide), where=wide > 0.0))
    kept = np.where(noise > 0.0, kept, 1.0)
    shrunk = exact + middle + kept * (apart - middle)
    return np.asarray(shrunk), float(np.sqrt(noise.max() / value.shape[-1]))


def _moved(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    component: Component,
    regimes: Sequence[Regime],
    *,
    as_of: dt.date,
    dates: Sequence[dt.date],
    sampling: tuple[int, int],
) -> dict[str, _Moments]:
    """Give the moments of judgements and answers over the paths of each draw.

    `sampling` is the number of paths, and the seed.
    """
    now, (paths, seed) = evidence.steps, sampling
    number = encoding.components.index(component)
    asked = {
        question: placed.head[0]
        for question, placed in place_all(encoding, evidence, as_of=as_of).items()
        if placed.head[0].component == number
    }
    end = now + len(dates) - 1
    share_of_end = share_of_step(encoding, end, dates[-1], now=now, as_of=as_of)
    last = max([end, *(part.ends for part in asked.values())])
    parts: dict[str, list[_Moments]] = {}
    for begin in range(0, parameters.draws, _AT_ONCE):
        some = parameters.take(slice(begin, begin + _AT_ONCE))
        course = Course(component.tables, some, step=encoding.step, regimes=regimes)
        found = replay(course, evidence, steps=last, paths=paths, seed=seed + begin)
        for place, name in enumerate(encoding.named(component)):
            states = encoding.state_numbers(name, encoding.beliefs.nodes[name].headline)
            pair = _inside(found, place, states, slice(now, end + 1))
            for each in pair:
                each[-1] = (1.0 - share_of_end) * each[-2] + share_of_end * each[-1]
            parts.setdefault(f"node {name}", []).append(_Moments.of(*pair))
        for question, part in asked.items():
            pair = _answered(found, part)
            parts.setdefault(f"question {question}", []).append(_Moments.of(*pair))
    return {name: _Moments.joined(each) for name, each in parts.items()}


def _answered(found: Replay, part: PlacedPart) -> tuple[Floats, Floats]:
    """Answer a question on each path, walked again and as it was: from 0 to 1."""
    condition = part.condition
    assert not isinstance(condition, Fewer)
    again, real = _inside(found, condition.node, condition.states, slice(part.opens, part.ends + 1))
    if isinstance(condition, Avoid):
        again, real = (np.maximum.accumulate(each, axis=0) for each in (again, real))
    again, real = ((1.0 - part.share) * each[-2] + part.share * each[-1] for each in (again, real))
    return again, real


def _inside(
    found: Replay, place: int, states: Collection[int], steps: slice
) -> tuple[Floats, Floats]:
    """Whether each path is in some states, walked again and as it was: 1 or 0."""
    again, real = (
        np.isin(each[steps, place], sorted(states)).astype(np.float64)
        for each in (found.counterfactual, found.factual)
    )
    return again, real


@dataclass(frozen=True, eq=False)
class _Moments:
    """Moments over the paths of each draw: (..., D) each."""

    again: Floats
    real: Floats
    again_variance: Floats
    real_variance: Floats
    covariance: Floats

    @classmethod
    def of(cls, again: Floats, real: Floats) -> _Moments:
        """Take the moments over the last axis."""
        means = again.mean(axis=-1), real.mean(axis=-1)
        off = again - means[0][..., None], real - means[1][..., None]
        less = again.shape[-1] - 1
        products = ((off[0], off[0]), (off[1], off[1]), (off[0], off[1]))
        return cls(*means, *((a * b).sum(axis=-1) / less for a, b in products))

    @classmethod
    def joined(cls, parts: Sequence[_Moments]) -> _Moments:
        """Put batches of draws together."""
        names = cls.__dataclass_fields__
        return cls(*(np.concatenate([getattr(p, n) for p in parts], axis=-1) for n in names))


Kind = Literal["intervention", "counterfactual", "observation", "belief"]


@dataclass(frozen=True)
class Said:
    """An assumption in words.

    Attributes
    ----------
    kind : str
    what : str
        What is assumed.
    unchanged : str
        What it does not change.
    placed : Placed
    """

    kind: Kind
    what: str
    unchanged: str
    placed: Placed


def said(placed: Placed, *, past: bool) -> Said:
    """Say an assumption.

    Parameters
    ----------
    placed : Placed
    past : bool
        Whether an intervention begins before the as-of date.
    """
    one = placed.assumption
    if one.do is not None:
        return _do(placed, one.do, past=past)
    if one.observe is not None:
        return Said("observation", _observed(one.observe), _NOTHING_DONE, placed)
    assert one.belief is not None
    unchanged = _SAME_REPORTS if one.belief.reports is None else _SAME_PRIORS
    return Said("belief", _believed(one.belief), unchanged, placed)


_NOTHING_DONE = (
    "Nothing is acted on: it tells what was so anyway, so causes and rates are learnt from it too"
)
_SAME_REPORTS = "The reports stay as they are; states and all other rates are learnt anew from them"
_SAME_PRIORS = "The priors stay as they are; the events may have happened all the same"
_FREE_CAUSES = "What it acts on follows; its causes, the past and the learnt rates do not change"
_REPLAYED = (
    "The rates and the chances of the past are learnt from the real reports; only what follows "
    "from it is replayed, and no report is replayed"
)


def _do(placed: Placed, do: Do, *, past: bool) -> Said:
    span = f"from {do.starts_on} on" if do.ends_on is None else f"{do.starts_on} to {do.ends_on}"
    if do.node is not None:
        what = f"{do.node} is held in {do.state}, {span}"
        supposed = f"had {do.node} been {do.state}, {span}, given all that was reported"
    else:
        assert do.hazard is not None
        what = f"the hazard of {_hazard(do.hazard)} is multiplied by {do.times:g}, {span}"
        supposed = f"had {what.replace(' is ', ' been ')}, given all that was reported"
    if past:
        return Said("counterfactual", supposed, _REPLAYED, placed)
    return Said("intervention", what, _FREE_CAUSES, placed)


def _hazard(hazard: HazardName) -> str:
    return f"{hazard.node} from {hazard.from_state} to {hazard.to_state}"


def _observed(seen: Observe) -> str:
    if seen.absent:
        name = "any indicator" if seen.indicator == EVERY_INDICATOR else seen.indicator
        how = "" if seen.detection is None else f" (detection {seen.detection:g})"
        return (
            f"no report of {name}, {seen.starts_on} to {seen.ends_on}, though somebody looks{how}"
        )
    value = "" if seen.value is None else f" with {seen.value:g}"
    late = "" if seen.reported in {None, seen.on} else f", known on {_day(seen.reported)}"
    return f"{seen.indicator} is reported for {_day(seen.on)}{value} (grade {seen.grade}{late})"


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()


def _believed(belief: Believe) -> str:
    if belief.reports is not None:
        return _reports(belief)
    changes = []
    if belief.probability is not None:
        low, high = belief.probability.interval
        changes.append(f"probability {low:g} to {high:g}")
    if belief.within is not None:
        changes.append(f"within {belief.within:g} days")
    if belief.ratio is not None:
        changes.append(f"ratio {belief.ratio[0]:g} to {belief.ratio[1]:g}")
    if belief.detection is not None:
        changes.append(f"detection {belief.detection:g}")
    if belief.initial is not None:
        shares = belief.initial.probabilities.items()
        changes.append(", ".join(f"{state} {share:g}" for state, share in shares))
        subject = f"the start of {belief.initial.node}"
    elif belief.hazard is not None:
        subject = f"the hazard of {_hazard(belief.hazard)}"
    else:
        subject = belief.coupling or belief.indicator or ""
    return f"another belief about {subject}: {', '.join(changes)}"


def _reports(belief: Believe) -> str:
    assert belief.reports is not None
    wanted = belief.reports
    criteria = [
        f"{name.replace('_', ' ')} {_listed(values)}"
        for name in ("lineage", "source_type", "indicator", "event", "report")
        if (values := getattr(wanted, name))
    ]
    criteria += ["one lineage only"] if wanted.single_lineage else []
    wish = f"graded {belief.grade}" if belief.grade else "left out"
    return f"reports of {', '.join(criteria)} are {wish}"


def _listed(values: Sequence[str]) -> str:
    """List values, the first three of many."""
    if len(values) <= 4:
        return " or ".join(values)
    return f"{', '.join(values[:3])} or one of {len(values) - 3} more"
