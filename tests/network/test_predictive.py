"""Sums of future counts and values have the distribution that listing every course gives."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.stats

from forecast.network import COUNT, VALUE, Network, Parameters, Propagator, tables
from forecast.network.filtering import simulate_values, sum_distribution
from tests.network.enumeration import all_states, initial_vector, rate, step_matrix
from tests.network.strategies import random_parameters

DT = 7.0


def coupled() -> tuple[Network, Parameters]:
    """Two coupled nodes; a count points at both, a value has its levels in the second."""
    network = Network(
        sizes=[2, 3],
        hazards=[(0, 0, 1), (0, 1, 0), (1, 0, 1), (1, 1, 2), (1, 2, 0)],
        links=[(0, 0, 1, 2), (2, 1, 0, 1)],
        kinds=[COUNT, VALUE],
        points=[(0, 0, 0, 0), (0, 1, 0, 1), (0, 1, 1, 2)],
        levels=[(1, 1, 0, 0), (1, 1, 1, 1), (1, 1, 2, 2)],
        degrees_of_freedom=[1.0, 5.0],
    )
    return network, random_parameters(network, np.random.default_rng(7), 2)


def setting(draw: int) -> tuple[Network, Parameters, Propagator, Any, Any]:
    network, parameters = coupled()
    p = parameters.take(slice(draw, draw + 1))
    propagator = Propagator(tables(network, [0, 1]), parameters, step=DT)
    return network, p, propagator, initial_vector(network, p), step_matrix(network, p, DT)


@pytest.mark.parametrize("draw", [0, 1])
def test_a_sum_of_counts_is_that_of_every_course(draw: int) -> None:
    """Every course of three steps, every way to split the sum: SciPy's negative binomial."""
    network, p, propagator, start, matrix = setting(draw)
    size = np.exp(p.log_dispersion[0, 0])
    means = [rate(network, p, 0, state) * DT for state in all_states(network)]
    alone = [scipy.stats.nbinom.pmf(np.arange(5), size, size / (size + m)) for m in means]
    expected = np.zeros(5)
    for course in product(range(len(start)), repeat=3):
        weight = (start @ matrix)[course[0]]
        weight *= matrix[course[0], course[1]] * matrix[course[1], course[2]]
        pmf = np.convolve(np.convolve(alone[course[0]], alone[course[1]])[:5], alone[course[2]])
        expected += weight * pmf[:5]
    now = propagator.start()
    found = sum_distribution(propagator, now, 0, steps=3, size=4096)
    np.testing.assert_allclose(found[:5, draw], expected, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=0), 1.0)


def test_a_step_that_has_begun_is_counted_from_the_states_as_they_stand() -> None:
    """Without a first move the sum of one step is the mixture of SciPy's negative binomials."""
    network, p, propagator, start, matrix = setting(1)
    now = propagator.move(propagator.start())
    found = sum_distribution(propagator, now, 0, steps=1, size=4096, begun=True)
    size = np.exp(p.log_dispersion[0, 0])
    means = np.array([rate(network, p, 0, state) * DT for state in all_states(network)])
    counts = np.arange(20)[:, None]
    expected = scipy.stats.nbinom.pmf(counts, size, size / (size + means)) @ (start @ matrix)
    np.testing.assert_allclose(found[:20, 1], expected, atol=1e-9)


def test_sums_over_more_steps_are_no_smaller() -> None:
    """The chance of at most n falls with every further step."""
    *_, propagator, _, _ = setting(0)
    at_most = [
        sum_distribution(propagator, propagator.start(), 0, steps=n, size=4096)[:4].sum(axis=0)
        for n in range(1, 7)
    ]
    assert (np.diff(np.array(at_most), axis=0) < 0).all()


def test_drawn_values_have_the_mixture_of_student_t_distributions() -> None:
    """Shares of drawn values below a threshold are within four standard errors, at every step."""
    network, p, propagator, start, matrix = setting(0)
    spread = np.exp(p.log_spread[1, 0])
    levels = np.array([p.level[state[1], 0] for state in all_states(network)])
    below = scipy.stats.t.cdf(0.3, 5.0, loc=levels, scale=spread)
    drawn = simulate_values(propagator, propagator.start(), 1, steps=3, courses=20_000, seed=5)
    for step in range(3):
        start = start @ matrix
        chance = start @ below
        share = (drawn[step, :, 0] <= 0.3).mean()
        assert abs(share - chance) < 4 * np.sqrt(chance * (1 - chance) / 20_000)


def test_an_indicator_of_another_kind_is_refused() -> None:
    """A value has no sum of counts."""
    *_, propagator, _, _ = setting(0)
    with pytest.raises(ValueError, match="not such a stream"):
        sum_distribution(propagator, propagator.start(), 1, steps=1, size=2)
