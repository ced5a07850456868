"""The most probable course is the best of all courses; a huge size is the Poisson."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
import scipy.stats
from hypothesis import given

from forecast.network import (
    PRESENCE,
    Evidence,
    ImpossibleEvidenceError,
    Network,
    Parameters,
    Propagator,
    most_probable_path,
    tables,
)
from forecast.network.densities import count_logp
from tests.network.enumeration import emission_matrix, initial_vector, step_matrix
from tests.network.strategies import Case, cases, examples


def every_course(case: Case) -> dict[tuple[int, ...], float]:
    """Probability of every course together with the evidence, in the first draw."""
    p = case.draw(0)
    matrix = step_matrix(case.network, p, case.step)
    start = initial_vector(case.network, p) @ matrix
    weight = emission_matrix(case.network, p, case.evidence, case.step)
    out = {}
    for course in product(range(len(start)), repeat=case.evidence.steps):
        moved = np.prod([matrix[a, b] for a, b in pairwise(course)])
        seen = np.prod([weight[step, z] for step, z in enumerate(course)])
        out[course] = float(start[course[0]] * moved * seen)
    return out


@examples(max_examples=30)
@given(case=cases(max_nodes=3))
def test_no_course_is_more_probable(case: Case) -> None:
    """Every course is listed: none beats the one found, and its probability is as stated."""
    listed = every_course(case)
    path, log_probability = most_probable_path(case.propagator, case.evidence)
    assert np.exp(log_probability[0]) == pytest.approx(max(listed.values()), rel=1e-9)
    assert listed[tuple(path[:, 0].tolist())] == pytest.approx(max(listed.values()), rel=1e-9)


def test_evidence_that_no_course_can_produce_is_refused() -> None:
    """A certain report of what cannot happen names its step."""
    network = Network(sizes=[2], hazards=[], kinds=[PRESENCE], points=[(0, 0, 0, 0)])
    none = np.zeros(0)
    p = Parameters([1.0, 0.0], none, none, [-2.0], [np.inf], [0.0], none, [0.0])
    seen = Evidence([0, 0], np.zeros((1, 1)), [1], [0], [1.0], [1.0])
    with pytest.raises(ImpossibleEvidenceError, match="step 1"):
        most_probable_path(Propagator(tables(network, [0]), p, step=7.0), seen)


@pytest.mark.parametrize("count", [0.0, 1.0, 12.0, 400.0])
@pytest.mark.parametrize("mean", [0.02, 3.0, 380.0])
def test_a_huge_size_is_the_poisson(count: float, mean: float) -> None:
    """In the limit the negative binomial is SciPy's Poisson, with no slope by size left."""
    for log_size in (60.0, 99.0, 500.0):
        value, by_mean, by_size = count_logp(count, np.log(mean), log_size)
        assert value == pytest.approx(scipy.stats.poisson.logpmf(count, mean), rel=1e-12)
        assert by_mean == pytest.approx(count - mean, rel=1e-12)
        assert by_size == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("count", [0.0, 2.0, 90.0])
def test_nothing_jumps_where_the_series_takes_over(count: float) -> None:
    """Value and slopes on the two sides of a size of 1000 differ by no more than the slope says."""
    edge = np.log(1000.0)
    below, above = (np.array(count_logp(count, 1.0, edge + d)) for d in (-1e-9, 1e-9))
    np.testing.assert_allclose(below, above, atol=1e-8)
    assert (count_logp(count, 1.0, 9.0)[0] - count_logp(count, 1.0, 9.0 - 1e-4)[0]) / 1e-4 == (
        pytest.approx(count_logp(count, 1.0, 9.0 - 5e-5)[2], rel=1e-5, abs=1e-9)
    )
