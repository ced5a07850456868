"""How many steps to come bring a report: every path listed, and every way to be reported."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forecast.network import (
    PRESENCE,
    Course,
    Evidence,
    Fewer,
    Network,
    Parameters,
    Passes,
    Propagator,
    carry,
    passes,
)
from tests.network.enumeration import Enumeration, all_states, rate
from tests.network.strategies import Case, cases, examples

AHEAD = 2

Floats = npt.NDArray[np.float64]


with_presence = cases().filter(lambda case: PRESENCE in list(case.network.kinds))


def presence(case: Case) -> int:
    """The first presence indicator of a case."""
    return list(case.network.kinds).index(PRESENCE)


def report_counts(
    known: Passes,
    *,
    indicator: int,
    detection: Floats,
    begun: Floats,
    present: float = 0.0,
) -> Floats:
    """``f_h(n, z) = (1 - q_h(z)) g(n, z) + q_h(z) g(n - 1, z)``, ``g = f_h-1(n, .) P(., z)``.

    Probability of every number of steps with a report below a largest, (H + 1, N, D): at the end
    of the present step and of each to come, where `begun` were reported before it.
    """
    whole, now = known.propagator, known.probability[-1]
    chances, row = np.unique(detection, return_inverse=True)
    looked = np.zeros((len(chances), len(whole.tables.slot)))
    looked[:, indicator] = chances
    none, nowhere = np.zeros(0), np.zeros(0, np.int64)
    silence = Evidence(row.reshape(-1), looked, nowhere, nowhere, none, none)
    _, scaled, shift = whole.emission(silence)
    quiet = scaled.reshape(len(chances), *now.shape) * np.exp(shift)[:, None, :]
    joint = begun[:, None, None] * now
    out = np.empty((len(detection), len(begun), whole.draws))
    for ahead, number in enumerate(row.reshape(-1)):
        still = quiet[number] if ahead else (1.0 - present) * quiet[number]
        if ahead:
            joint = np.stack([whole.move(layer) for layer in joint])
        told = joint[:-1] * (1.0 - still)
        joint *= still
        joint[1:] += told
        out[ahead] = joint.sum(axis=1)
    return out


def counts(case: Case, evidence: Evidence, detection: Any, **given: Any) -> Any:
    whole = Propagator(case.tables, case.parameters, step=case.step)
    return report_counts(
        passes(whole, evidence),
        indicator=presence(case),
        detection=np.asarray(detection),
        **given,
    )


def short(case: Case) -> Evidence:
    """As much of the evidence as leaves few enough paths to list."""
    states = case.network.joint_size
    most = max((n for n in range(1, 9) if states**n <= 3000), default=0) - AHEAD - 1
    assume(most >= 0)
    return case.evidence.between(0, min(case.evidence.steps, most))


def listed(case: Case, d: int, evidence: Evidence, detection: Any, most: int) -> Any:
    """Sum over every path and every pattern of reports of the present step and those to come."""
    network, p, k = case.network, case.draw(d), presence(case)
    length = evidence.steps + AHEAD
    paths = Enumeration(network, p, evidence, case.step).paths(length)
    occurs = [1.0 - np.exp(-rate(network, p, k, z) * case.step) for z in all_states(network)]
    chance = np.array(detection) * np.array(occurs)[paths.path[:, evidence.steps :]]
    out = np.zeros(most)
    for pattern in product([False, True], repeat=AHEAD + 1):
        if sum(pattern) < most:
            each = np.where(pattern, chance, 1.0 - chance).prod(axis=1)
            out[sum(pattern)] += (paths.weight * each).sum() / paths.total
    return out


@examples(max_examples=40)
@given(with_presence, st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3), st.integers(1, 4))
def test_it_is_the_sum_over_all_paths(case: Case, detection: list[float], most: int) -> None:
    """Exact for every number of reports below the largest, in every draw."""
    evidence = short(case)
    none = np.eye(most)[0]
    found = counts(case, evidence, detection, begun=none)[-1]
    for d in range(case.parameters.draws):
        expected = listed(case, d, evidence, detection, most)
        np.testing.assert_allclose(found[:, d], expected, rtol=1e-9, atol=1e-12)


@examples(max_examples=25)
@given(with_presence, st.floats(0.0, 1.0), st.integers(1, 3))
def test_it_is_what_a_condition_on_the_paths_leaves(case: Case, chance: float, most: int) -> None:
    """Fewer reports than that, as questions with several parts count them."""
    course = Course(case.tables, case.parameters, step=case.step)
    now, end = case.evidence.steps, case.evidence.steps + AHEAD
    whole = course.whole(case.evidence, steps=end)
    fewer = Fewer(presence(case), most, now, end, (0.0, chance))
    expected = carry(course, whole, [fewer], steps=end)[end].sum(axis=1)
    found = counts(case, case.evidence, [0.0, chance, chance], begun=np.eye(most)[0])[-1]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@examples(max_examples=25)
@given(with_presence, st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3))
def test_numbers_are_probabilities_and_a_larger_one_is_reached_later(
    case: Case, detection: list[float]
) -> None:
    """With room for all of them they sum to one; that fewer were reported never gets likelier."""
    found = counts(case, case.evidence, detection, begun=np.eye(AHEAD + 2)[0])
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-9)
    fewer = found.cumsum(axis=1)
    assert (np.diff(fewer, axis=0) <= 1e-12).all()


@pytest.mark.parametrize("present", [0.0, 0.3])
def test_what_is_known_is_the_beginning(present: float) -> None:
    """One report for certain, and one of the present step: two more are the third and fourth."""
    case = _still(2)
    q = 1.0 - np.exp(-0.7)
    found = counts(
        case, case.evidence, [0.5, 1.0], begun=np.array([0.0, 1.0, 0.0, 0.0]), present=present
    )
    now = 1.0 - (1.0 - present) * (1.0 - 0.5 * q)
    np.testing.assert_allclose(found[0, :, 0], [0.0, 1.0 - now, now, 0.0], atol=1e-14)
    expected = [0.0, (1 - now) * (1 - q), now * (1 - q) + (1 - now) * q, now * q]
    np.testing.assert_allclose(found[1, :, 0], expected, atol=1e-14)


def _still(size: int) -> Case:
    """One node that does not move, and an indicator at 0.1 a day in every state."""
    network = Network(sizes=[size], hazards=[], kinds=[PRESENCE], points=[(0, 0, 0, 0)])
    none = np.zeros((0, 1))
    parameters = Parameters(
        initial=np.full((size, 1), 1.0 / size),
        log_hazard=none,
        log_hazard_ratio=none,
        log_rate=np.log([[0.1]]),
        rarity=np.zeros((1, 1)),
        log_dispersion=np.zeros((1, 1)),
        level=none,
        log_spread=np.zeros((1, 1)),
    )
    return Case(network, parameters, Evidence.empty(steps=1, indicators=1), 7.0)
