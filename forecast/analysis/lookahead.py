"""Looking ahead: what one indicator, seen or looked for in vain, would say about a judgement.

For one indicator with detection ``d``, over a window of W steps in which somebody looks for it and
nothing else is known,

``s_t(z) = (1 - d a(z)) s~_t(z)``,  ``s~_t(z) = sum_z' s_t-1(z') P(z', z)``    not seen so far
``b_t-1(z) = sum_z' P(z, z') b_t(z')``                                        yes, from there on

so that yes without seeing it is ``sum_z b_W s_W``, and yes after a first report of credibility c
somewhere in the window ``sum_t sum_z b_t(z) d (c a(z) + (1 - c) a_bar) s~_t(z)``. The first is the
filter of the engine on silence, once for each indicator; the second is pulled back once for each
judgement. With c = 1 the two outcomes share out the forecast. An indicator of a move says the same
of the transition: its silence and its report are in P itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecast.analysis.targets import Target
from forecast.inference.encoding import Component, Encoding
from forecast.network import (
    MARK,
    Evidence,
    Parameters,
    Passes,
    Propagator,
    each_batch,
    passes,
    target_states,
)

__all__ = ["Outlook", "look_ahead"]

Floats = npt.NDArray[np.float64]

_LEAST = 1e-200  # of a silence, so that what it makes impossible can be taken out of it again


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


class _Aim:
    """One target in one component with one batch of draws.

    Attributes
    ----------
    inside : (S, 1) array of bool
        Joint states that the target is about.
    mover : Propagator
        Moves what counts: everything, or what has not been reached.
    messages : (looked + 1, S, D)
        Probability of yes (of not yet, if it asks for reaching) by the state after each step.
    """

    def __init__(
        self, component: Component, whole: Propagator, encoding: Encoding, target: Target
    ) -> None:
        t = component.tables
        position = component.nodes.index(encoding.nodes.index(target.node))
        wanted = encoding.state_numbers(target.node, target.states)
        self.target = target
        self.inside = target_states(t, {position: wanted})[:, None]
        self.reaches = target.opens is not None
        self.mover = whole
        if self.reaches:
            absorbing = np.zeros((len(t.sizes), int(t.sizes.max())), dtype=np.int64)
            absorbing[position, sorted(wanted)] = 1
            self.mover = Propagator(t, whole.parameters, step=whole.step, absorbing=absorbing)
        last = np.repeat(~self.inside if self.reaches else self.inside, whole.draws, axis=1)
        value = last.astype(np.float64)
        if target.share:
            value = (1.0 - target.share) * value + target.share * self._kept(value)
        for _ in range(target.beyond):
            value = self._kept(value)
        self.messages = np.empty((target.looked + 1, *value.shape))
        self.messages[-1] = value
        for step in range(target.looked, 0, -1):
            self.messages[step - 1] = self._kept(self.messages[step])

    def _kept(self, value: Floats) -> Floats:
        """Pull back, with nothing left to wait for where it has been reached."""
        back = self.mover.pull(value)
        return np.where(self.inside, 0.0, back) if self.reaches else back

    def start(self, known: Passes) -> Floats:
        """Return what has not been reached since the opening, by all that is known."""
        opens = self.target.opens
        if opens is None:
            return np.asarray(known.probability[-1])
        left = np.where(self.inside, 0.0, known.probability[min(opens, known.steps)])
        for step in range(opens, known.steps):
            moved = np.where(self.inside, 0.0, self.mover.move(left, known.evidence, step))
            left = moved * known.scaled[known.row[step]] / known.scale[step]
        # what has been reached stays where nothing counts it, and keeps the sum at one
        reached = (1.0 - left.sum(axis=0)) / self.inside.sum()
        return np.where(self.inside, reached, left)

    def yes(self, whole: Floats, read: Floats) -> Floats:
        """Turn what the messages read into the probability of yes."""
        return whole - read if self.reaches else read


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
    for component in encoding.components:
        names = [encoding.nodes[n] for n in component.nodes]
        mine = [(t, o) for t, o in zip(targets, out, strict=True) if t.node in names]
        own = {row: k for row, k in enumerate(indicators) if component.tables.slot[k] >= 0}
        look = partial(
            _look,
            encoding,
            component,
            parameters=parameters,
            evidence=evidence,
            found=mine,
            indicators=own,
            credibility=[credibility[row] for row in own],
        )
        if mine:
            each_batch(parameters.draws, look)
    return out


def _look(
    encoding: Encoding,
    component: Component,
    batch: slice,
    *,
    parameters: Parameters,
    evidence: Evidence,
    found: Sequence[tuple[Target, Outlook]],
    indicators: Mapping[int, int],
    credibility: Sequence[float],
) -> None:
    """Look ahead in one component with one batch of draws."""
    whole = Propagator(component.tables, parameters.take(batch), step=encoding.step)
    known = passes(whole, evidence)
    aims = [_Aim(component, whole, encoding, target) for target, _ in found]
    starts = [aim.start(known) for aim in aims]
    steps = max(target.looked for target, _ in found)
    for aim, start, (_, view) in zip(aims, starts, found, strict=True):
        read = np.einsum("zd,zd->d", aim.messages[0], start)
        view.expected[batch] = aim.yes(np.ones_like(read), read)
    quiets: list[_Quiet | _Moved] = list(
        _quiets(encoding, whole, list(indicators.values()), credibility)
    )
    for place, indicator in enumerate(indicators.values()):
        if component.tables.kinds[component.tables.slot[indicator]] == MARK:
            quiets[place] = _moved(encoding, indicator, credibility[place])
    for row, quiet in zip(indicators, quiets, strict=True):
        course = _Course(whole, known.probability[-1], quiet, steps)
        told = np.cumsum(course.told.sum(axis=1), axis=0)
        for aim, start, (target, view) in zip(aims, starts, found, strict=True):
            last = target.looked
            own = _Course(aim.mover, start, quiet, last) if aim.reaches else course
            silent, seen = course.mass[last], told[last - 1]
            missed = np.einsum("zd,zd->d", aim.messages[last], own.silent(last))
            caught = np.einsum("tzd,tzd->d", aim.messages[1:], own.told[:last])
            view.silent[row, batch], view.seen[row, batch] = silent, seen
            view.silent_yes[row, batch] = aim.yes(silent, missed)
            view.seen_yes[row, batch] = aim.yes(seen, caught)


class _Quiet(NamedTuple):
    """Looking for one indicator for one step.

    Attributes
    ----------
    scaled : (S, D)
        Probability of not seeing it, divided by its largest.
    shift : (D,)
        The log of that.
    odds : (S, D)
        Probability of a report over that of not seeing it.
    """

    scaled: Floats
    shift: Floats
    odds: Floats


class _Moved(NamedTuple):
    """Looking for one move for one step: evidence of one step each.

    Attributes
    ----------
    silence, report : Evidence
        Not seeing it, and a report of it.
    detection : float
        Probability that the move is seen.
    """

    silence: Evidence
    report: Evidence
    detection: float


def _moved(encoding: Encoding, indicator: int, credibility: float) -> _Moved:
    """Work out silence and report of an indicator of a move."""
    known = encoding.beliefs.indicators[encoding.indicators[indicator]]
    detection = getattr(known, "detection", 0.0)
    looked = np.zeros((1, len(encoding.indicators)))
    looked[0, indicator] = detection
    at, one = np.zeros(1, np.int64), np.ones(1)
    none, nowhere = np.zeros(0), np.zeros(0, np.int64)
    return _Moved(
        Evidence(at, looked, nowhere, nowhere, none, none),
        Evidence(at, looked, at, np.array([indicator]), credibility * one, one),
        detection,
    )


def _quiets(
    encoding: Encoding, whole: Propagator, indicators: Sequence[int], credibility: Sequence[float]
) -> list[_Quiet]:
    """Work out silence and report for every indicator, by joint state."""
    count = len(indicators)
    detection = np.zeros((count + 1, len(encoding.indicators)))
    for number, indicator in enumerate(indicators):
        known = encoding.beliefs.indicators[encoding.indicators[indicator]]
        detection[number, indicator] = getattr(known, "detection", 0.0)
    cells = Evidence(
        pattern=np.array([*range(count), *([count] * count)]),
        detection=detection,
        cell_step=np.arange(count, 2 * count),
        cell_indicator=np.array(indicators),
        cell_value=np.array(credibility),
        cell_exposure=np.ones(count),
    )
    row, scaled, shift = whole.emission(cells)
    out = []
    for number, indicator in enumerate(indicators):
        silence, report = row[number], row[count + number]
        quiet = np.maximum(scaled[silence], _LEAST).reshape(whole.joint_size, whole.draws)
        odds = scaled[report].reshape(quiet.shape) * np.exp(shift[report] - shift[silence])
        chance = detection[number, indicator]
        out.append(_Quiet(quiet, shift[silence], chance * odds / quiet))
    return out


class _Course:
    """Looking for one indicator in vain, step after step.

    Attributes
    ----------
    mass : (W + 1, D)
        Probability of not having seen it so far.
    told : (W, S, D)
        Weight of a first report in each step.
    """

    def __init__(
        self, mover: Propagator, start: Floats, quiet: _Quiet | _Moved, steps: int
    ) -> None:
        at = np.zeros(steps, np.int64)
        if isinstance(quiet, _Moved):
            found = passes(mover, replace(quiet.silence, pattern=at, step_weight=None), start=start)
        else:
            nothing = Evidence.empty(steps=steps, indicators=1)
            emission = (at, quiet.scaled[None], quiet.shift[None])
            found = passes(mover, nothing, start=start, emission=emission)
        self.mass = np.ones((steps + 1, mover.draws))
        np.exp(np.cumsum(found.step_logs, axis=0), out=self.mass[1:])
        self._probability = found.probability
        if isinstance(quiet, _Moved):
            told = [
                quiet.detection * mover.move(p, quiet.report, 0) for p in found.probability[:-1]
            ]
            self.told = np.asarray(told).reshape(steps, *start.shape) * self.mass[:-1, None]
        else:
            self.told = found.probability[1:] * quiet.odds * self.mass[1:, None]

    def silent(self, step: int) -> Floats:
        """Joint probability of the state and of not having seen it by a step: (S, D)."""
        return np.asarray(self._probability[step] * self.mass[step])
