"""Interventions equal graph surgery by hand; conditions on paths equal products of matrices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.network import (
    PRESENCE,
    Avoid,
    Course,
    Evidence,
    Fewer,
    Network,
    Parameters,
    Regime,
    Within,
    carry,
    filtered,
    hindsight,
    message,
    tables,
)
from tests.network.enumeration import (
    all_states,
    emission_matrix,
    initial_vector,
    rate,
    step_matrix,
)
from tests.network.strategies import Case, cases, examples

AHEAD = 3
EXACT = {"rtol": 1e-9, "atol": 1e-12}


@st.composite
def some_regimes(draw: st.DrawFn, case: Case) -> list[Regime]:
    """One or two regimes, each holding a node, multiplying a hazard, or both."""
    last = case.evidence.steps + AHEAD - 1
    begins = sorted(draw(st.sets(st.integers(0, last), min_size=1, max_size=2)))
    sizes = case.network.sizes
    out = []
    for begin in begins:
        held, times = {}, {}
        if draw(st.booleans()):
            node = draw(st.integers(0, len(sizes) - 1))
            held[node] = draw(st.integers(0, int(sizes[node]) - 1))
        if len(case.network.hazards) and draw(st.booleans()):
            hazard = draw(st.integers(0, len(case.network.hazards) - 1))
            times[hazard] = draw(st.sampled_from([-1.0, 0.7, 2.0]))
        out.append(Regime(begin, held, times))
    return out


class Surgery:
    """The same by hand: S x S matrices of the network with the edges into held nodes cut."""

    def __init__(self, case: Case, regimes: list[Regime], d: int) -> None:
        self.case, self.p, self.regimes = case, case.draw(d), [Regime(-1), *regimes]
        self.states = all_states(case.network)
        self.seen = emission_matrix(case.network, self.p, case.evidence, case.step)
        self.start = initial_vector(case.network, self.p)

    def current(self, step: int) -> Regime:
        """The regime a step is taken in."""
        return [regime for regime in self.regimes if regime.begins <= step][-1]

    def put(self, step: int) -> Any:
        """Matrix that puts held nodes where they are held, as a regime begins."""
        regime, size = self.current(step), len(self.states)
        out = np.eye(size)
        if regime.begins == step:
            out = np.zeros((size, size))
            for z, state in enumerate(self.states):
                moved = tuple(regime.held.get(n, s) for n, s in enumerate(state))
                out[z, self.states.index(moved)] = 1.0
        return out

    def matrix(self, step: int, stopped: dict[int, frozenset[int]] | None = None) -> Any:
        """Transition of a step: held nodes have no hazards of their own, others feel them."""
        regime = self.current(step)
        p = replace(self.p, log_hazard=self.p.log_hazard.copy())
        for hazard, more in regime.log_times.items():
            p.log_hazard[hazard] += more
        kept = [row for row in range(len(self.case.network.hazards))
                if int(self.case.network.hazards[row, 0]) not in regime.held]  # fmt: skip
        number = {old: new for new, old in enumerate(kept)}
        links = [(number[h], c, parent, s) for h, c, parent, s in self.case.network.links.tolist()
                 if h in number]  # fmt: skip
        cut = replace(self.case.network, hazards=self.case.network.hazards[kept], links=links)
        p = replace(p, log_hazard=p.log_hazard[kept])
        return step_matrix(cut, p, self.case.step, stopped)

    def seen_at(self, step: int) -> Any:
        """Likelihood of a step; 1 beyond the evidence."""
        return self.seen[step] if step < len(self.seen) else np.ones(len(self.states))


def course_of(case: Case, regimes: list[Regime]) -> Course:
    """The engine's."""
    return Course(case.tables, case.parameters, step=case.step, regimes=regimes)


@examples(max_examples=16)
@given(cases(max_nodes=3), st.data())
def test_an_intervention_equals_graph_surgery_by_hand(case: Case, data: st.DataObject) -> None:
    """Filtered and forecast probabilities and the likelihood, with evidence before and after."""
    regimes = data.draw(some_regimes(case))
    steps = case.evidence.steps + AHEAD
    whole = course_of(case, regimes).whole(case.evidence, steps=steps)
    for d in range(case.parameters.draws):
        hand = Surgery(case, regimes, d)
        now, total = hand.start, 1.0
        for step in range(steps):
            now = (now @ hand.put(step) @ hand.matrix(step)) * hand.seen_at(step)
            total, now = total * now.sum(), now / now.sum()
            np.testing.assert_allclose(whole.probability[step + 1, :, d], now, **EXACT)
        assert whole.log_likelihood[d] == pytest.approx(np.log(total), rel=1e-9, abs=1e-9)


@examples(max_examples=16)
@given(cases(max_nodes=3), st.data())
def test_what_came_later_is_read_back_through_an_intervention(
    case: Case, data: st.DataObject
) -> None:
    """Smoothed probabilities: by hand, forwards and backwards through the cut network."""
    regimes = data.draw(some_regimes(case))
    course, steps = course_of(case, regimes), case.evidence.steps
    whole = course.whole(case.evidence, steps=steps)
    found = whole.probability * message(course, whole, [], steps=steps)[:, 0]
    for d in range(case.parameters.draws):
        hand = Surgery(case, regimes, d)
        ahead, back = [hand.start], [np.ones(len(hand.states))]
        for step in range(steps):
            ahead.append((ahead[-1] @ hand.put(step) @ hand.matrix(step)) * hand.seen_at(step))
        for step in reversed(range(steps)):
            back.append(hand.put(step) @ hand.matrix(step) @ (hand.seen_at(step) * back[-1]))
        for step, later in enumerate(reversed(back)):
            both = ahead[step] * later
            np.testing.assert_allclose(found[step, :, d], both / both.sum(), **EXACT)


@examples(max_examples=16)
@given(cases(max_nodes=3))
def test_without_an_intervention_it_is_the_filter_and_its_hindsight(case: Case) -> None:
    """A course without regimes is what the compiled passes compute."""
    course, steps = course_of(case, []), case.evidence.steps
    whole = course.whole(case.evidence, steps=steps)
    plain = filtered(case.propagator, case.evidence)
    np.testing.assert_allclose(whole.probability[1:], plain.probability, **EXACT)
    np.testing.assert_allclose(whole.log_likelihood, plain.log_likelihood, rtol=1e-9)
    later = message(course, whole, [], steps=steps)[:, 0]
    np.testing.assert_allclose(later, hindsight(case.propagator, case.evidence), **EXACT)


@examples(max_examples=16)
@given(cases(max_nodes=3), st.data())
def test_conditions_on_paths_equal_products_of_matrices(case: Case, data: st.DataObject) -> None:
    """Two avoidances, a presence in a state, and an intervention in the middle, all at once."""
    regimes = data.draw(some_regimes(case))
    steps, sizes = case.evidence.steps + AHEAD, case.network.sizes
    conditions = []
    for _ in range(2):
        node = data.draw(st.integers(0, len(sizes) - 1))
        opens = data.draw(st.integers(0, steps - 1))
        closes = data.draw(st.integers(opens, steps))
        state = data.draw(st.integers(0, int(sizes[node]) - 1))
        conditions.append(Avoid(node, frozenset({state}), opens, closes))
    node = data.draw(st.integers(0, len(sizes) - 1))
    inside = Within(node, frozenset({0, int(sizes[node]) - 1}), data.draw(st.integers(0, steps)))
    course = course_of(case, regimes)
    whole = course.whole(case.evidence, steps=steps)
    every = [*conditions, inside]
    found = carry(course, whole, every, steps=steps)[-1, 0].sum(axis=0)
    back = message(course, whole, every, steps=steps)[0, 0]
    first = carry(course, whole, every, steps=0)[0, 0]
    np.testing.assert_allclose((first * back).sum(axis=0), found, **EXACT)
    for d in range(case.parameters.draws):
        hand = Surgery(case, regimes, d)
        now, total = hand.start * _kept(hand, every, 0), hand.start
        for step in range(steps):
            active = [c for c in conditions if c.opens <= step < c.closes]
            stopped = {
                n: frozenset().union(*(c.states for c in active if c.node == n))
                for n in {c.node for c in active}
            }
            begun = now @ hand.put(step)
            if hand.current(step).begins == step:
                begun = begun * _away(hand, active)
            now = (begun @ hand.matrix(step, stopped)) * hand.seen_at(step)
            now = now * _kept(hand, every, step + 1)
            total = (total @ hand.put(step) @ hand.matrix(step)) * hand.seen_at(step)
        assert found[d] == pytest.approx(now.sum() / total.sum(), rel=1e-8, abs=1e-12)


def _kept(hand: Surgery, conditions: list[Any], step: int) -> Any:
    """1 for joint states that keep to all conditions at the end of a step."""
    out = np.ones(len(hand.states))
    for z, state in enumerate(hand.states):
        for c in conditions:
            there = state[c.node] in c.states
            if isinstance(c, Within):
                out[z] *= there or c.at != step
            else:
                out[z] *= not (there and c.opens <= step <= c.closes)
    return out


def _away(hand: Surgery, active: list[Avoid]) -> Any:
    return np.array([not any(s[c.node] in c.states for c in active) for s in hand.states], float)


@examples(max_examples=16)
@given(cases(max_nodes=2), st.integers(1, 3), st.sampled_from([0.3, 1.0]))
def test_counting_reports_equals_every_sequence_of_reports(
    case: Case, count: int, detection: float
) -> None:
    """Beyond the evidence, each of three steps has a report or not: all eight are summed."""
    if case.network.kinds[0] != PRESENCE:
        return
    known = case.evidence.steps
    course = course_of(case, [])
    whole = course.whole(case.evidence, steps=known + AHEAD)
    fewer = Fewer(0, count, known, known + AHEAD, (0.0, detection))
    found = carry(course, whole, [fewer], steps=known + AHEAD)[-1].sum(axis=(0, 1))
    begun = whole.probability[known]
    one = np.zeros((count, *begun.shape))
    one[0] = begun
    back = message(course, whole, [fewer], steps=known + AHEAD)[known]
    np.testing.assert_allclose((one * back).sum(axis=(0, 1)), found, **EXACT)
    for d in range(case.parameters.draws):
        p = case.draw(d)
        step = step_matrix(case.network, p, case.step)
        told = np.array([
            detection * -np.expm1(-rate(case.network, p, 0, z) * case.step)
            for z in all_states(case.network)
        ])  # fmt: skip
        total = 0.0
        for sequence in range(2**AHEAD):
            bits = [sequence >> n & 1 for n in range(AHEAD)]
            now = begun[:, d]
            for bit in bits:
                now = (now @ step) * (told if bit else 1.0 - told)
            total += now.sum() * (sum(bits) < count)
        assert found[d] == pytest.approx(total, rel=1e-9)


def sprinkler() -> tuple[Network, Parameters]:
    """Cloudy; a sprinkler on with .5 or .1, rain with .2 or .8; grass wet .99 of both, .9 of one.

    Within one step of 1 day the sprinkler and the rain start, given the cloud; none ever stops.
    """
    network = Network(
        sizes=[2, 2, 2],
        hazards=[(1, 0, 1), (2, 0, 1)],
        links=[(0, 0, 0, 1), (1, 1, 0, 1)],
        kinds=[PRESENCE],
        points=[(0, 1, 0, 0), (0, 2, 0, 1)],
    )
    hazard = np.log(-np.log1p(-np.array([[0.5, 0.1], [0.2, 0.8]])))
    values = {
        "initial": np.array([0.5, 0.5, 1.0, 0.0, 1.0, 0.0]),
        "log_hazard": hazard[:, 0],
        "log_hazard_ratio": hazard[:, 1] - hazard[:, 0],
        "log_rate": np.log(-np.log([0.01])),
        "rarity": np.log([2.0, 2.0]),
        "log_dispersion": np.zeros(1),
        "level": np.zeros(0),
        "log_spread": np.zeros(1),
    }
    return network, Parameters(**values)


def wet(course: Course, steps: int = 1) -> Any:
    """Joint probabilities once the grass is found wet, for certain, in the first step."""
    looked = Evidence([0], [[0.0]], [0], [0], [1.0], [1.0])
    return course.whole(looked, steps=steps).probability[-1, :, 0].reshape(2, 2, 2)


def test_an_intervention_with_evidence_conditions_on_all_of_it() -> None:
    """P(rain | do(sprinkler on), wet) = .99 * .5 / (.99 * .5 + .9 * .5) = 11 / 21 = .5238.

    A library that weighs only the cloud by the evidence gives 6 / 11 = .5455 (pgmpy, issue 3543).
    """
    network, p = sprinkler()
    held = Course(tables(network, [0, 1, 2]), p, step=1.0, regimes=[Regime(0, {1: 1})])
    joint = wet(held)
    assert joint[:, :, 1].sum() == pytest.approx(11 / 21, abs=1e-12)
    assert joint[:, :, 1].sum() != pytest.approx(6 / 11, abs=1e-3)
    assert joint[:, 1].sum() == pytest.approx(1.0, abs=1e-12)


def test_seeing_and_doing_differ_as_they_do_by_hand() -> None:
    """Seen running, the sprinkler speaks of the cloud and so of rain; set running, it does not.

    P(rain | on) = 5/6 * .2 + 1/6 * .8 = .3; with wet grass .297 / (.297 + .63). P(rain | do) = .5.
    """
    network, p = sprinkler()
    t = tables(network, [0, 1, 2])
    dry = Evidence.empty(steps=0, indicators=1)
    done = Course(t, p, step=1.0, regimes=[Regime(0, {1: 1})])
    rain = done.whole(dry, steps=1).probability[-1, :, 0].reshape(2, 2, 2)
    assert rain[:, :, 1].sum() == pytest.approx(0.5, abs=1e-12)
    assert rain[1].sum() == pytest.approx(0.5, abs=1e-12)
    free = Course(t, p, step=1.0)
    on = Within(1, frozenset({1}), 1)
    seen = carry(free, free.whole(dry, steps=1), [on], steps=1)[-1, 0, :, 0].reshape(2, 2, 2)
    seen /= seen.sum()
    assert seen[:, :, 1].sum() == pytest.approx(0.3, abs=1e-12)
    assert seen[1].sum() == pytest.approx(1 / 6, abs=1e-12)
    both = wet(free)[:, 1] / wet(free)[:, 1].sum()
    assert both[:, 1].sum() == pytest.approx(0.297 / 0.927, abs=1e-12)


def test_the_past_learns_nothing_from_an_intervention() -> None:
    """Held from the second step on, a node leaves everything before as it was, others too."""
    network, p = sprinkler()
    t, looked = tables(network, [0, 1, 2]), Evidence([0], [[0.0]], [0], [0], [1.0], [1.0])
    free = Course(t, p, step=1.0).whole(looked, steps=3)
    held = Course(t, p, step=1.0, regimes=[Regime(1, {1: 0})]).whole(looked, steps=3)
    np.testing.assert_array_equal(free.probability[:2], held.probability[:2])
    np.testing.assert_array_equal(free.log_likelihood, held.log_likelihood)
    cloud = [each[3].reshape(2, 4, -1).sum(axis=1) for each in (free.probability, held.probability)]
    np.testing.assert_allclose(cloud[0], cloud[1], rtol=1e-12)


def test_regimes_out_of_order_are_refused() -> None:
    """Two regimes cannot begin at once."""
    network, p = sprinkler()
    with pytest.raises(ValueError, match="one after the other"):
        Course(tables(network, [0, 1, 2]), p, step=1.0, regimes=[Regime(2), Regime(2)])
