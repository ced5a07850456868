"""A series of ten thousand steps neither underflows nor overflows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forecast.network import (
    PRESENCE,
    Evidence,
    Network,
    Parameters,
    filtered,
    gradient,
    joint_states,
)
from tests.network.dense import split_matrix
from tests.network.strategies import Case, random_parameters

STEPS = 10_000

Long = np.longdouble


def long_case() -> Case:
    """Ten thousand weeks of two coupled nodes, with a report in a fifth of them."""
    rng = np.random.default_rng(11)
    network = Network(
        sizes=[3, 2],
        hazards=[(0, 0, 1), (0, 1, 2), (0, 2, 0), (1, 0, 1), (1, 1, 0)],
        links=[(0, 0, 1, 1), (3, 1, 0, 2)],
        kinds=[PRESENCE, PRESENCE],
        points=[(0, 0, 0, 0), (0, 0, 1, 1), (1, 1, 0, 2)],
        average=[0.05, 0.1],
    )
    cells = np.argwhere(rng.random((STEPS, 2)) < 0.1)
    evidence = Evidence(
        pattern=rng.integers(0, 2, STEPS),
        detection=[[0.5, 0.8], [0.0, 0.3]],
        cell_step=cells[:, 0],
        cell_indicator=cells[:, 1],
        cell_value=rng.uniform(0.1, 1.0, len(cells)),
        cell_exposure=np.ones(len(cells)),
    )
    return Case(network, random_parameters(network, rng, 1), evidence, 7.0)


def log_emission(case: Case) -> Any:
    """Log-likelihood of every step in every joint state, in long double."""
    network, p, evidence = case.network, case.parameters, case.evidence
    states = joint_states(network.sizes)
    out = np.zeros((evidence.steps, len(states)), dtype=Long)
    for k in range(len(network.kinds)):
        log_rate = np.full(len(states), p.log_rate[k, 0], dtype=Long)
        for indicator, node, at, ratio in network.points:
            log_rate -= Long(p.rarity[ratio, 0]) * ((indicator == k) & (states[:, node] == at))
        a = -np.expm1(-np.exp(log_rate) * Long(case.step))
        detection = evidence.detection[evidence.pattern, k]
        term = np.log1p(-detection[:, None] * a)
        mine = evidence.cell_indicator == k
        c = evidence.cell_value[mine].astype(Long)[:, None]
        term[evidence.cell_step[mine]] = np.log(c * a + (1 - c) * Long(network.average[k]))
        out += term
    return out


def log_space_filter(case: Case) -> tuple[Any, Any]:
    """Forward algorithm on logs in long double: (log-likelihood, filtered at the end)."""
    matrix = np.log(split_matrix(case.network, case.parameters, case.step).astype(Long))
    initial = np.log(case.parameters.initial[:, 0].astype(Long))
    states = joint_states(case.network.sizes)
    now = initial[states[:, 0]] + initial[3 + states[:, 1]]
    for row in log_emission(case):
        now = np.logaddexp.reduce(now[:, None] + matrix, axis=0) + row
    total = np.logaddexp.reduce(now)
    return total, np.exp(now - total)


def test_ten_thousand_steps_equal_the_log_space_filter() -> None:
    """Sums of logs of scales are the log-likelihood that long double logs find, to 1e-11."""
    case = long_case()
    result = filtered(case.propagator, case.evidence)
    total, ends = log_space_filter(case)
    assert np.exp(float(total)) == 0.0  # a plain product would have underflowed
    np.testing.assert_allclose(result.log_likelihood[0], float(total), rtol=1e-11)
    np.testing.assert_allclose(result.probability[-1, :, 0], ends.astype(float), rtol=1e-9)


def test_ten_thousand_steps_stay_probabilities() -> None:
    """Filtered and smoothed probabilities are finite, positive and sum to one in every step."""
    case = long_case()
    for found in (
        filtered(case.propagator, case.evidence).probability,
        case.smoothed(),
    ):
        assert found.shape == (STEPS, 6, 1)
        assert (found > 0.0).all()
        np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-10)


def test_ten_thousand_steps_have_a_finite_gradient() -> None:
    """The backward pass is finite, and right along the direction of all log rates."""
    case = long_case()
    total, slopes = gradient(case.tables, case.parameters, case.evidence, step=case.step)
    for name in slopes.__dataclass_fields__:
        assert np.isfinite(getattr(slopes, name)).all(), name
    h = 1e-5
    ends = [
        filtered(
            Case(case.network, moved_rates(case.parameters, way), case.evidence, 7.0).propagator,
            case.evidence,
        ).log_likelihood[0]
        for way in (h, -h)
    ]
    slope = (ends[0] - ends[1]) / (2 * h)
    assert np.isfinite(total).all()
    # a log-likelihood of 1e4 is known to 1e-12 of itself, so its difference quotient to 1e-3
    assert slopes.log_rate.sum() == pytest.approx(slope, abs=1e-2)


def moved_rates(p: Parameters, by: float) -> Parameters:
    """All log rates of indicators raised together."""
    values = {name: getattr(p, name) for name in p.__dataclass_fields__}
    return Parameters(**{**values, "log_rate": p.log_rate + by})
