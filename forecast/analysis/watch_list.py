"""The watch list: which indicators to look for, and what each would say if it came or did not.

For one indicator and one target with probability ``J`` of yes, seeing it (probability ``q``) would
make it ``J1`` and looking in vain ``J0``. Indicators are ranked by

* expected shift ``q |J1 - J| + (1 - q) |J0 - J|``
* expected information ``q KL(J1 || J) + (1 - q) KL(J0 || J)`` in bits, which for certain reports is
  the mutual information of seeing and yes.

`look_ahead` finds these. Over a window of W steps in which somebody looks for one indicator and
nothing else is known, let ``m_t(z)`` be the mass of the paths on which it was not seen by the end
of step t (`carry` with a `Fewer`), and ``b_t(z)`` the probability of yes from there on (`message`
with the placed part of the target). Then

``S_t = sum_z m_t(z)``, ``Y_t = sum_z m_t(z) b_t(z)``                  not seen so far; and yes
``c (S_0 - S_W) + (1 - c) d a_bar (S_0 + ... + S_W-1)``              a first report of credibility c

and the same sum over ``Y`` for a first report and yes, since ``d (c a(z) + (1 - c) a_bar)`` is what
such a report says of a step that ends in z. With c = 1 the two outcomes share out the forecast.
Where something is announced, a' with ``1 - a' = (1 - a) (1 - g_t)`` stands in the place of a.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from forecast.analysis.answering import Band, band_of
from forecast.analysis.placing import PlacedPart, foreseen_ahead, place, place_question
from forecast.beliefs.question_language import Asked, Is
from forecast.inference.encoding import Encoding
from forecast.inference.observations import date_of_step, steps_until
from forecast.network import (
    Avoid,
    Course,
    Evidence,
    Fewer,
    Foreseen,
    Parameters,
    Whole,
    carry,
    each_batch,
    message,
    none_of,
)

__all__ = [
    "Looking",
    "Outlook",
    "Target",
    "WatchList",
    "Watched",
    "bits",
    "look_ahead",
    "open_targets",
    "watch_list",
]


Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """Something to be known later: a judgement at the end of the window, or an open question.

    Attributes
    ----------
    kind : {"judgement", "question"}
    name : str
        The node, or the question.
    node, states
        What it is about.
    on : datetime.date
        The day its truth is settled.
    looked : int
        Steps of the window that end before `on`.
    part : PlacedPart
        The same on the grid.
    """

    kind: Literal["judgement", "question"]
    name: str
    node: str
    states: tuple[str, ...]
    on: dt.date
    looked: int
    part: PlacedPart


@dataclass(frozen=True)
class Looking:
    """What one indicator may say about one target.

    Attributes
    ----------
    indicator : str
    target : Target
    seen : float
        Probability that it is seen while it is looked for.
    if_seen, if_not_seen : Band
        Probability of yes after one report, and after looking in vain.
    shift : float
        Expected absolute change of the probability.
    information : float
        Expected information in bits.
    effective_draws : float
        Effective number of draws behind the rarer of the two; below a few hundred, sample more.
    """

    indicator: str
    target: Target
    seen: float
    if_seen: Band
    if_not_seen: Band
    shift: float
    information: float
    effective_draws: float


@dataclass(frozen=True)
class Watched:
    """One target and every indicator that may say something about it."""

    target: Target
    expected: float
    looking: Sequence[Looking]

    def ranked(self, by: Literal["shift", "information"]) -> list[Looking]:
        """Put the indicators in order of what they are expected to bring, the most first."""
        return sorted(self.looking, key=lambda each: (-getattr(each, by), each.indicator))


@dataclass(frozen=True)
class WatchList:
    """Every target with its indicators.

    Attributes
    ----------
    as_of, until : datetime.date
        The window in which somebody looks.
    targets : list of Watched
        Judgements in the order of the file, then open questions.
    left_out : dict of str to str
        Indicators that cannot be watched for, with the reason.
    """

    as_of: dt.date
    until: dt.date
    targets: Sequence[Watched]
    left_out: dict[str, str]


def bits(probability: float, reference: float) -> float:
    """Kullback-Leibler divergence of one yes-or-no from another, in bits.

    ``p log2(p / q) + (1 - p) log2((1 - p) / (1 - q))``

    Examples
    --------
    >>> bits(1.0, 0.5), bits(0.3, 0.3)
    (1.0, 0.0)
    """
    pairs = ((probability, reference), (1.0 - probability, 1.0 - reference))
    return math.fsum(p * math.log2(p / q) for p, q in pairs if p > 0.0 and q > 0.0)


def watch_list(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    *,
    as_of: dt.date,
    until: dt.date,
    credibility: Mapping[str, float],
    weights: Floats | None = None,
    targets: Sequence[Target] | None = None,
) -> WatchList:
    """Rank what to look for in the steps after the evidence.

    Parameters
    ----------
    encoding, parameters, evidence
        The model, D posterior draws of its rates, and all that is known.
    as_of : datetime.date
        Date of the evidence.
    until : datetime.date
        Last day on which each indicator is looked for, with its own detection.
    credibility : mapping of str to float
        c of the report that would be seen, of each indicator.
    weights : (D,), optional
        Of the draws; equal by default.
    targets : sequence of Target, optional
        Some of `open_targets`; all of them by default.

    Returns
    -------
    WatchList
    """
    weight = np.full(parameters.draws, 1.0) if weights is None else weights
    weight = weight / weight.sum()
    watched, left_out = _watchable(encoding, evidence)
    if targets is None:
        targets = open_targets(encoding, evidence, as_of=as_of, until=until)
    names = [encoding.indicators[k] for k in watched]
    weighed = [credibility[name] for name in names]
    found = look_ahead(
        encoding, parameters, evidence, targets, indicators=watched, credibility=weighed
    )
    return WatchList(
        as_of=as_of,
        until=max(until, date_of_step(encoding, evidence.steps + 1)),
        targets=[_watched(*pair, names, weight) for pair in zip(targets, found, strict=True)],
        left_out=left_out,
    )


def _watchable(encoding: Encoding, evidence: Evidence) -> tuple[list[int], dict[str, str]]:
    """Tell indicators that can be seen or not seen from those that cannot, and say why."""
    out, left_out = [], {}
    for number, (name, indicator) in enumerate(encoding.beliefs.indicators.items()):
        if indicator.kind != "presence":
            left_out[name] = f"a {indicator.kind} is always seen; it has no absence"
        elif indicator.detection == 0.0:
            left_out[name] = "its detection is 0"
        elif not indicator.recurs and (evidence.cell_indicator == number).any():
            left_out[name] = "a milestone that has happened"
        else:
            out.append(number)
    return out, left_out


def _watched(target: Target, found: Outlook, names: Sequence[str], weight: Floats) -> Watched:
    expected = float(np.clip(weight @ found.expected, 0.0, 1.0))
    looking = [
        _looking(target, name, found, row, weight, expected)
        for row, name in enumerate(names)
        if not np.isnan(found.silent[row, 0])
    ]
    return Watched(target, expected, looking)


def _looking(
    target: Target, name: str, found: Outlook, row: int, weight: Floats, expected: float
) -> Looking:
    told, quiet = weight * found.seen[row], weight * found.silent[row]
    seen = 1.0 - float(quiet.sum())
    after = band_of(np.clip(found.seen_yes[row] / found.seen[row], 0.0, 1.0), told / told.sum())
    without = band_of(
        np.clip(found.silent_yes[row] / found.silent[row], 0.0, 1.0), quiet / quiet.sum()
    )
    outcomes = ((seen, after.probability), (1.0 - seen, without.probability))
    return Looking(
        indicator=name,
        target=target,
        seen=seen,
        if_seen=after,
        if_not_seen=without,
        shift=math.fsum(q * abs(p - expected) for q, p in outcomes),
        information=math.fsum(q * bits(p, expected) for q, p in outcomes),
        effective_draws=min(float(w.sum() ** 2 / (w @ w)) for w in (told, quiet)),
    )


@dataclass(frozen=True, eq=False)
class Outlook:
    """What looking for each indicator may bring for one target, draw by draw.

    Attributes
    ----------
    expected : (D,)
        Probability of yes with nothing known about the window.
    silent, silent_yes : (I, D)
        Probability of not seeing each indicator, and of that together with yes.
    seen, seen_yes : (I, D)
        Weight of one report of it, and of that together with yes; with c = 1 the complement of
        `silent`.
    """

    expected: Floats
    silent: Floats
    silent_yes: Floats
    seen: Floats
    seen_yes: Floats


def open_targets(
    encoding: Encoding, evidence: Evidence, *, as_of: dt.date, until: dt.date
) -> list[Target]:
    """List what can still be learnt about: judgements at the window's end, and open questions.

    Parameters
    ----------
    encoding : Encoding
        The model.
    evidence : Evidence
        All that is known; the window begins after it.
    as_of : datetime.date
        Date of the evidence.
    until : datetime.date
        Last day that is looked ahead, at least to the end of the next step.

    Returns
    -------
    list of Target
        Questions that have not opened, or are settled before a whole step has passed, are left
        out.
    """
    beliefs, steps = encoding.beliefs, evidence.steps
    end = max(until, date_of_step(encoding, steps + 1))
    window = (end - beliefs.brief.as_of).days // encoding.step - steps
    out = []
    for name, node in beliefs.nodes.items():
        asked = Asked("", (Is(name, node.headline, end),))
        (part,) = place(encoding, evidence, asked, as_of=as_of).head
        out.append(Target("judgement", name, name, node.headline, end, window, part))
    for name, question in beliefs.questions.items():
        if not question.of_states:
            continue  # the record is no state that could be learnt about
        last, day = steps_until(encoding, question.by) - 1, question.by
        if last <= steps or day <= as_of or steps_until(encoding, question.opens) > steps:
            continue
        (part,) = place_question(encoding, evidence, question, as_of=as_of).head
        looked = min(window, last - steps)
        out.append(Target("question", name, question.node, question.states, day, looked, part))
    return out


class _Aim:
    """One target in one component with one batch of draws.

    Attributes
    ----------
    looked : int
        Steps of the window.
    left : Avoid or None
        What leaves the states unreached, if it asks for reaching.
    start : (1, S, D)
        Mass at the end of the evidence, of the paths that have not reached them.
    messages : (looked + 1, S, D)
        Probability of yes (of not yet, if it asks for reaching) by the state after each step.
    """

    def __init__(self, course: Course, whole: Whole, target: Target) -> None:
        part, now, self.looked = target.part, whole.evidence.steps, target.looked
        self.left = part.condition if isinstance(part.condition, Avoid) else None
        self.start = whole.probability[now][None]
        if self.left is not None:
            self.start = carry(course, whole, [self.left], steps=now)[now]
        self.messages = np.zeros((target.looked + 1, *self.start.shape[1:]))
        ends = {part.ends: part.share, part.ends - 1: 1.0 - part.share}
        for end in [end for end, share in ends.items() if share > 0.0]:
            kept = [part.condition.ending(end)]
            found = message(course, whole, kept, steps=end, first=now)
            none_of(course, found[end], kept, end)
            self.messages += ends[end] * found[now : now + target.looked + 1, 0]

    def yes(self, silent: Floats, mass: Floats) -> Floats:
        """Read ``Y_t`` off the mass that goes with the messages: (n, D)."""
        read = np.einsum("tzd,tzd->td", self.messages[: len(mass)], mass)
        return np.asarray(read if self.left is None else silent[: len(mass)] - read)


def look_ahead(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    targets: Sequence[Target],
    *,
    indicators: Sequence[int],
    credibility: Sequence[float],
) -> list[Outlook]:
    """Work out, for every target and indicator, the two ways the looking may end.

    Parameters
    ----------
    encoding, parameters
        The model and D draws of its rates.
    evidence : Evidence
        All that is known; the window begins after it.
    targets : sequence of Target
        What is asked.
    indicators : sequence of int
        I presence indicators; each is looked for with its own detection, by itself.
    credibility : sequence of float
        c of the report that would be seen, of each of these indicators.

    Returns
    -------
    list of Outlook
        One for each target; an indicator of another component says nothing about it.

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    shape = (len(indicators), parameters.draws)
    out = [
        Outlook(np.empty(parameters.draws), *(np.full(shape, np.nan) for _ in range(4)))
        for _ in targets
    ]
    for number, component in enumerate(encoding.components):
        pairs = zip(targets, out, strict=True)
        mine = [(t, view) for t, view in pairs if t.part.component == number]
        own = {row: k for row, k in enumerate(indicators) if component.tables.slot[k] >= 0}
        look = partial(
            _look,
            encoding,
            number,
            parameters=parameters,
            evidence=evidence,
            found=mine,
            indicators=own,
            credibility=credibility,
        )
        if mine:
            each_batch(parameters.draws, look)
    return out


def _look(
    encoding: Encoding,
    component: int,
    batch: slice,
    *,
    parameters: Parameters,
    evidence: Evidence,
    found: Sequence[tuple[Target, Outlook]],
    indicators: Mapping[int, int],
    credibility: Sequence[float],
) -> None:
    """Look ahead in one component with one batch of draws."""
    tables, now = encoding.components[component].tables, evidence.steps
    course = Course(tables, parameters.take(batch), step=encoding.step)
    whole = course.whole(evidence, steps=max(target.part.ends for target, _ in found))
    aims = [_Aim(course, whole, target) for target, _ in found]
    for aim, (_, view) in zip(aims, found, strict=True):
        view.expected[batch] = aim.yes(np.ones((1, course.draws)), aim.start)[0]
    window = max(target.looked for target, _ in found)
    coming = foreseen_ahead(encoding, evidence, window)
    every = whole.probability[now][None]
    for row, indicator in indicators.items():
        known = encoding.beliefs.indicators[encoding.indicators[indicator]]
        detection = getattr(known, "detection", 0.0)
        unseen = Fewer(indicator, 1, now, now + window, (0.0, detection))
        if coming is not None:
            unseen = _unseen(unseen, coming, detection)
        plain = carry(course, whole, [unseen], steps=now + window, begin=(now, every))[now:, 0]
        silent = plain.sum(axis=1)
        c = credibility[row]
        chance = (1.0 - c) * detection * tables.average[tables.slot[indicator]]
        for aim, (_, view) in zip(aims, found, strict=True):
            last, mass = aim.looked, plain
            if aim.left is not None:
                begin, end = (now, aim.start), now + last
                mass = carry(course, whole, [unseen, aim.left], steps=end, begin=begin)[now:, 0]
            yes = aim.yes(silent, mass[: last + 1])
            for of, seen, quiet in (
                (silent, view.seen, view.silent),
                (yes, view.seen_yes, view.silent_yes),
            ):
                quiet[row, batch] = of[last]
                seen[row, batch] = c * (of[0] - of[last]) + chance * of[:last].sum(axis=0)


def _unseen(plain: Fewer, coming: Foreseen, detection: float) -> Fewer:
    """Let silence count what is announced: ``1 - d a' = (1 - d g_t) (1 - d'_t a)`` in each step."""
    looked = coming.looked(np.full_like(coming.hazard, detection))[:, plain.indicator]
    told = detection * coming.hazard[:, plain.indicator]
    return replace(plain, detection=(0.0, *looked.tolist()), announced=(0.0, *told.tolist()))
