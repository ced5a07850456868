"""Looking ahead: what one indicator, seen or looked for in vain, would say about a judgement.

Over a window of W steps in which somebody looks for one indicator and nothing else is known, let
``m_t(z)`` be the mass of the paths on which it was not seen by the end of step t (`carry` with a
`Fewer`), and ``b_t(z)`` the probability of yes from there on (`message` with the placed part of the
target). Then

``S_t = sum_z m_t(z)``, ``Y_t = sum_z m_t(z) b_t(z)``                  not seen so far; and yes
``c (S_0 - S_W) + (1 - c) d a_bar (S_0 + ... + S_W-1)``              a first report of credibility c

and the same sum over ``Y`` for a first report and yes, since ``d (c a(z) + (1 - c) a_bar)`` is what
such a report says of a step that ends in z. With c = 1 the two outcomes share out the forecast.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from forecast.analysis.placing import PlacedPart, place, place_question
from forecast.beliefs.question_language import Asked, Is
from forecast.inference.encoding import Encoding
from forecast.inference.observations import date_of_step, steps_until
from forecast.network import (
    Avoid,
    Course,
    Evidence,
    Fewer,
    Parameters,
    Whole,
    carry,
    each_batch,
    message,
    none_of,
)

__all__ = ["Outlook", "Target", "look_ahead", "open_targets"]

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
    every = whole.probability[now][None]
    for row, indicator in indicators.items():
        known = encoding.beliefs.indicators[encoding.indicators[indicator]]
        detection = getattr(known, "detection", 0.0)
        unseen = Fewer(indicator, 1, now, now + window, (0.0, detection))
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
