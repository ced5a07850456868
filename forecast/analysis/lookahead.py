"""Looking ahead: what one indicator, seen or looked for in vain, would say about a judgement.

For one indicator with detection ``d``, over a window of W steps in which somebody looks for it and
nothing else is known,

``s_t(z) = (1 - d a(z)) sum_z' s_t-1(z') P(z', z)``                            not seen so far
``r_t(z) = sum_z' r_t-1(z') P(z', z) + d (c a(z) + (1 - c) a_bar) s~_t(z)``    seen once

where ``s~`` is s carried forward but not yet silent. The first is the filter of the engine on
silence; the second adds up what the engine would make of a first report of credibility c in each
step of the window. With c = 1 the two share out the forecast: ``s + r = p``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.analysis.targets import Target
from forecast.inference.encoding import Component, Encoding
from forecast.network import Evidence, Parameters, Propagator, each_batch, filtered, target_states

__all__ = ["Outlook", "look_ahead", "pull_back"]

Floats = npt.NDArray[np.float64]


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


def pull_back(propagator: Propagator, value: Floats) -> Floats:
    """Take the expected value after one step, by the joint state before it.

    ``out(z) = sum_z' P(z, z') value(z')``, node by node, the last first.

    Parameters
    ----------
    propagator : Propagator
        The component and the draws.
    value : (S, D)
        By the joint state after the step.

    Returns
    -------
    (S, D) array
    """
    p = propagator
    end, out = len(p.table), value
    for size in reversed([int(k) for k in p.tables.sizes]):
        begin = end - p.joint_size * size * p.draws
        table = p.table[begin:end].reshape(size, size, -1, p.draws)
        after = out.reshape(-1, size, p.draws)
        out = np.einsum("ijrd,rjd->ird", table, after).reshape(p.joint_size, p.draws)
        end = begin
    return out


class _Aim:
    """One target in one component with one batch of draws."""

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
        #: probability of yes (of not yet, if it asks for reaching) by the state after the looking
        self.value = value

    def _kept(self, value: Floats) -> Floats:
        """Pull back, with nothing left to wait for where it has been reached."""
        back = pull_back(self.mover, value)
        return np.where(self.inside, 0.0, back) if self.reaches else back

    def left(self, joint: Floats) -> Floats:
        """Carry what has not been reached one step on."""
        return np.where(self.inside, 0.0, self.mover.move(joint))

    def yes(self, joint: Floats, left: Floats) -> Floats:
        """Probability of yes: (D,)."""
        if self.reaches:
            return np.asarray(joint.sum(axis=0) - (left * self.value).sum(axis=0))
        return np.asarray((joint * self.value).sum(axis=0))

    def start(self, whole: Propagator, evidence: Evidence, now: Floats) -> Floats:
        """Return what of `now` has not been reached since the opening."""
        if not self.reaches:
            return now
        assert self.target.opens is not None
        row, scaled, _ = whole.emission(evidence)
        joint = left = whole.start()
        for step in range(evidence.steps):
            if step <= self.target.opens:
                left = np.where(self.inside, 0.0, joint)
            weight = scaled[row[step]].reshape(joint.shape)
            joint, left = whole.move(joint) * weight, self.left(left) * weight
            total = joint.sum(axis=0)
            joint, left = joint / total, left / total
        return left if self.target.opens < evidence.steps else np.where(self.inside, 0.0, now)


def look_ahead(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    targets: Sequence[Target],
    *,
    indicators: Sequence[int],
    credibility: float,
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
    credibility : float
        c of the report that would be seen.

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
        mine = [i for i, target in enumerate(targets) if target.node in names]
        own = [i for i, k in enumerate(indicators) if component.tables.slot[k] >= 0]

        def look(batch: slice, component: Component = component, mine: list[int] = mine,
                 own: list[int] = own) -> None:  # fmt: skip
            whole = Propagator(component.tables, parameters.take(batch), step=encoding.step)
            now = filtered(whole, evidence).probability[-1] if evidence.steps else whole.start()
            aims = [_Aim(component, whole, encoding, targets[i]) for i in mine]
            starts = [aim.start(whole, evidence, now) for aim in aims]
            found = [out[i] for i in mine]
            _forecast(whole, aims, now, starts, [each.expected[batch] for each in found])
            for i in own:
                chance = _chances(encoding, whole, indicators[i], credibility)
                views = [
                    (o.silent[i, batch], o.silent_yes[i, batch], o.seen[i, batch],
                     o.seen_yes[i, batch])
                    for o in found
                ]  # fmt: skip
                _watch(whole, aims, now, starts, chance, views)

        if mine:
            each_batch(parameters.draws, look)
    return out


def _forecast(
    whole: Propagator,
    aims: Sequence[_Aim],
    now: Floats,
    starts: Sequence[Floats],
    expected: Sequence[Floats],
) -> None:
    """Write the probability of yes with nothing known about the window."""
    lefts = list(starts)
    for step in range(1, max(aim.target.looked for aim in aims) + 1):
        now = whole.move(now)
        for number, aim in enumerate(aims):
            if step <= aim.target.looked:
                lefts[number] = aim.left(lefts[number]) if aim.reaches else now
            if step == aim.target.looked:
                expected[number][:] = aim.yes(now, lefts[number])


def _chances(
    encoding: Encoding, whole: Propagator, indicator: int, credibility: float
) -> tuple[Floats, Floats]:
    """Likelihood of a silent step, and of a report in it, by joint state: (S, D) each."""
    known = encoding.beliefs.indicators[encoding.indicators[indicator]]
    detection = np.zeros((2, len(encoding.indicators)))
    detection[0, indicator] = chance = float(getattr(known, "detection", 0.0))
    cell = Evidence(
        pattern=np.array([0, 1]),
        detection=detection,
        cell_step=np.array([1]),
        cell_indicator=np.array([indicator]),
        cell_value=np.array([credibility]),
        cell_exposure=np.ones(1),
    )
    row, scaled, shift = whole.emission(cell)
    silence, report = (
        scaled[r].reshape(whole.joint_size, whole.draws) * np.exp(shift[r]) for r in row
    )
    return silence, chance * report


def _watch(
    whole: Propagator,
    aims: Sequence[_Aim],
    now: Floats,
    starts: Sequence[Floats],
    chance: tuple[Floats, Floats],
    views: Sequence[tuple[Floats, Floats, Floats, Floats]],
) -> None:
    """Carry both outcomes of looking for one indicator through the window, for every target."""
    silence, report = chance
    silent, seen = now, np.zeros_like(now)
    lefts = [(start, np.zeros_like(now)) for start in starts]
    for step in range(1, max(aim.target.looked for aim in aims) + 1):
        silent = whole.move(silent)
        seen = whole.move(seen) + report * silent
        silent = silence * silent
        for number, aim in enumerate(aims):
            if step > aim.target.looked:
                continue
            if aim.reaches:
                quiet, told = lefts[number]
                quiet = aim.left(quiet)
                lefts[number] = (silence * quiet, aim.left(told) + report * quiet)
            if step == aim.target.looked:
                quiet, told = lefts[number]
                views[number][0][:] = silent.sum(axis=0)
                views[number][1][:] = aim.yes(silent, quiet)
                views[number][2][:] = seen.sum(axis=0)
                views[number][3][:] = aim.yes(seen, told)
