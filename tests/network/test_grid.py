"""The step is resolution, not an assumption: finer grids approach continuous time.

Continuous time is solved here by SciPy's expm of the joint generator: nothing heard of an
indicator with rate lambda that is noticed with probability d kills mass at rate d lambda (a
thinned Poisson process), and a report at an instant multiplies by c lambda + (1 - c) lambda_bar.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg

from forecast.network import (
    PRESENCE,
    Evidence,
    Network,
    Parameters,
    Propagator,
    filtered,
    tables,
)
from tests.network.dense import joint_generator
from tests.network.enumeration import all_states, initial_vector, rate
from tests.network.reaching import first_passage

DAYS = 364.0
DETECTION = np.array([0.4, 0.9])
REPORTS = [(59.5, 0, 0.8), (130.3, 1, 1.0), (246.1, 0, 0.5), (300.6, 1, 0.6)]  # day, indicator, c
AT_WEEKENDS = [(7.0 * np.ceil(day / 7.0), k, c) for day, k, c in REPORTS]  # a step ends on any grid
Reports = list[tuple[float, int, float]]
STRUCTURE: dict[str, Any] = {
    "sizes": [3, 2],
    "hazards": [(0, 0, 1), (0, 1, 2), (0, 2, 1), (1, 0, 1), (1, 1, 0)],
    "links": [(0, 0, 1, 1), (1, 0, 1, 1), (3, 1, 0, 2), (3, 1, 0, 1)],
    "kinds": [PRESENCE, PRESENCE],
    "points": [(0, 0, 0, 0), (0, 0, 1, 1), (1, 1, 0, 2), (1, 0, 0, 3)],
}


def rates_a_year() -> Parameters:
    """Hazards of about one a year, indicators of two or three a year where pointed at."""
    return Parameters(
        initial=np.array([0.6, 0.3, 0.1, 0.7, 0.3]),
        log_hazard=np.log(np.array([1.0, 1.5, 0.5, 1.0, 0.5]) / 365.25),
        log_hazard_ratio=np.log([3.0, 4.0]),
        log_rate=np.log(np.array([2.0, 3.0]) / 365.25),
        rarity=np.log([6.0, 3.0, 5.0, 2.0]),
        log_dispersion=np.zeros(2),
        level=np.zeros((0, 1)),
        log_spread=np.zeros(2),
    )


def state_rates(network: Network, p: Parameters) -> Any:
    """Rate per day of each indicator in each joint state."""
    return np.array([[rate(network, p, k, z) for z in all_states(network)] for k in range(2)])


def on_grid(step: float, reports: Reports = REPORTS) -> Any:
    """Filtered probabilities at the last day from a grid of that step."""
    p = rates_a_year()
    chances = 1.0 - np.exp(-state_rates(Network(**STRUCTURE), p) * step)
    network = Network(**STRUCTURE, average=chances.mean(axis=1))
    evidence = Evidence(
        pattern=np.zeros(round(DAYS / step)),
        detection=DETECTION[None],
        cell_step=[int(np.ceil(day / step)) - 1 for day, _, _ in reports],
        cell_indicator=[k for _, k, _ in reports],
        cell_value=[c for _, _, c in reports],
        cell_exposure=np.ones(len(reports)),
    )
    propagator = Propagator(tables(network, [0, 1]), p, step=step)
    return filtered(propagator, evidence).probability[-1, :, 0]


def in_continuous_time(reports: Reports = REPORTS) -> Any:
    """The same evidence without a grid."""
    network, p = Network(**STRUCTURE), rates_a_year()
    rates = state_rates(network, p)
    silent = joint_generator(network, p) - np.diag(DETECTION @ rates)
    now, day = initial_vector(network, p), 0.0
    for reported, k, c in reports:
        now = now @ scipy.linalg.expm(silent * (reported - day))
        now = now * (c * rates[k] + (1.0 - c) * rates[k].mean())
        day = reported
    now = now @ scipy.linalg.expm(silent * (DAYS - day))
    return now / now.sum()


def error(step: float) -> float:
    """Largest distance of a state's probability from that in continuous time."""
    return float(np.abs(on_grid(step, AT_WEEKENDS) - in_continuous_time(AT_WEEKENDS)).max())


def test_weekly_and_daily_grids_agree() -> None:
    """Seven-day and one-day grids agree as closely as a week is short.

    A step blurs a report by the occurrences expected within it, at most 3 a year, which moves
    log odds by as much and a probability by a quarter of that: 0.25 * 3 * 7 / 365.25 = 0.014.
    """
    np.testing.assert_allclose(on_grid(7.0), on_grid(1.0), atol=0.25 * 3.0 * 7.0 / 365.25)


@pytest.mark.parametrize("step", [7.0, 1.0])
def test_a_grid_is_near_continuous_time(step: float) -> None:
    """So are they to what needs no grid at all: the same bound, for the step at hand."""
    np.testing.assert_allclose(on_grid(step), in_continuous_time(), atol=0.25 * 3.0 * step / 365.25)


def test_halving_the_step_halves_the_error() -> None:
    """From 7 to 7/64 days the distance to continuous time shrinks at every halving, to a half."""
    errors = np.array([error(7.0 / 2**n) for n in range(7)])
    assert (np.diff(errors) < 0).all()
    np.testing.assert_allclose(errors[3:-1] / errors[4:], 2.0, atol=0.1)


@pytest.mark.parametrize("wanted", [{1}, {2}, {1, 2}])
def test_first_passage_of_a_free_node_knows_no_grid(wanted: set[int]) -> None:
    """A node without parents arrives as expm of the absorbing generator says, on any grid."""
    hazards = [(0, 0, 1), (0, 1, 2), (0, 2, 0), (0, 1, 0), (0, 0, 2)]
    network = Network(sizes=[3], hazards=hazards)
    p = Parameters(
        np.array([0.7, 0.2, 0.1]),
        np.log(np.array([3.0, 2.0, 1.0, 4.0, 0.5]) / 365.25),
        *[np.zeros((0, 1))] * 6,
    )
    q = np.zeros((3, 3))
    for (_, i, j), log_hazard in zip(hazards, p.log_hazard[:, 0], strict=True):
        if i not in wanted:
            q[i, j] = np.exp(log_hazard)
    q -= np.diag(q.sum(axis=1))
    target = sorted(wanted)
    for step, steps in ((91.0, 4), (7.0, 52), (1.0, 364)):
        curve = first_passage(
            tables(network, [0]),
            p,
            Evidence.empty(steps=0, indicators=0),
            step=step,
            wanted={0: wanted},
            opens=0,
            steps=steps,
        )
        exact = [
            (p.initial[:, 0] @ scipy.linalg.expm(q * step * h))[target].sum()
            for h in range(steps + 1)
        ]
        np.testing.assert_allclose(curve[:, 0], exact, rtol=1e-10)
