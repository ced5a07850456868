"""Evidence that no state can produce raises; it never becomes zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from forecast.errors import EvidenceError, ForecastError
from forecast.network import (
    PRESENCE,
    Evidence,
    ImpossibleEvidenceError,
    Network,
    Parameters,
    filtered,
    gradient,
)
from tests.network.reaching import first_passage
from tests.network.strategies import Case

NEVER = 800.0  # exp(-800) is zero
STEPS = 4


def one_node(
    *,
    log_rate: float,
    rarity: float,
    initial: tuple[float, float],
    detection: float = 0.0,
    reports: tuple[tuple[int, float], ...] = (),
    draws: int = 1,
) -> Case:
    """A node that stays where it starts, a second indicator nobody uses, and the one used."""
    network = Network(
        sizes=[2],
        hazards=[],
        kinds=[PRESENCE, PRESENCE],
        points=[(0, 0, 0, 0), (1, 0, 0, 1)],
        average=[0.1, 0.1],
    )
    nothing = np.zeros((0, draws))
    used = np.full((1, draws), log_rate), np.full((1, draws), rarity)
    parameters = Parameters(
        initial=np.repeat(np.array(initial)[:, None], draws, axis=1),
        log_hazard=nothing,
        log_hazard_ratio=nothing,
        log_rate=np.concatenate([np.full((1, draws), -3.0), used[0]]),
        rarity=np.concatenate([np.full((1, draws), 1.0), used[1]]),
        log_dispersion=np.zeros((2, draws)),
        level=nothing,
        log_spread=np.zeros((2, draws)),
    )
    evidence = Evidence(
        pattern=np.zeros(STEPS),
        detection=[[0.0, detection]],
        cell_step=[step for step, _ in reports],
        cell_indicator=[1] * len(reports),
        cell_value=[c for _, c in reports],
        cell_exposure=np.ones(len(reports)),
    )
    return Case(network, parameters, evidence, 7.0)


def passage(case: Case) -> Any:
    """First passage to state 1, over a question longer than the evidence."""
    return first_passage(
        case.tables,
        case.parameters,
        case.evidence,
        step=case.step,
        wanted={0: {1}},
        opens=1,
        steps=STEPS + 2,
    )


READINGS: dict[str, Callable[[Case], Any]] = {
    "filtered": lambda case: filtered(case.propagator, case.evidence).probability,
    "smoothed": lambda case: case.smoothed(),
    "gradient": lambda case: (
        gradient(case.tables, case.parameters, case.evidence, step=case.step)[1].log_rate
    ),
    "first passage": passage,
}
every_reading = pytest.mark.parametrize("read", READINGS.values(), ids=READINGS.keys())


@every_reading
def test_a_certain_event_that_cannot_be_raises(read: Callable[[Case], Any]) -> None:
    """A node stuck in a state where the reported event has rate zero is an error that says so."""
    case = one_node(log_rate=-3.0, rarity=NEVER, initial=(1.0, 0.0), reports=((2, 1.0),))
    with pytest.raises(ImpossibleEvidenceError, match="step 2") as caught:
        read(case)
    assert caught.value.step == 2
    assert caught.value.indicators == (1,)


@every_reading
def test_one_impossible_draw_in_a_batch_raises(read: Callable[[Case], Any]) -> None:
    """A batch is refused if a single one of its draws cannot produce the evidence."""
    case = one_node(log_rate=-3.0, rarity=2.0, initial=(1.0, 0.0), reports=((1, 1.0),), draws=3)
    assert np.isfinite(read(case)).all()
    case.parameters.rarity[1, 1] = NEVER
    with pytest.raises(ImpossibleEvidenceError, match="step 1"):
        read(case)


@every_reading
def test_certain_occurrence_certainly_noticed_cannot_be_silent(
    read: Callable[[Case], Any],
) -> None:
    """Detection 1 and an endless rate leave no room for silence: step 0, named."""
    case = one_node(log_rate=NEVER, rarity=0.0, initial=(0.5, 0.5), detection=1.0)
    with pytest.raises(ImpossibleEvidenceError, match="step 0") as caught:
        read(case)
    assert caught.value.indicators == (1,)


@every_reading
def test_evidence_impossible_in_one_state_excludes_it(read: Callable[[Case], Any]) -> None:
    """Where another state can produce the evidence, nothing is raised and nothing is NaN."""
    case = one_node(log_rate=-3.0, rarity=NEVER, initial=(0.5, 0.5), reports=((2, 1.0),))
    assert np.isfinite(read(case)).all()
    ends = filtered(case.propagator, case.evidence).probability[-1, :, 0]
    np.testing.assert_array_equal(ends, [0.0, 1.0])


@every_reading
def test_a_doubtful_report_of_the_impossible_is_no_contradiction(
    read: Callable[[Case], Any],
) -> None:
    """Credibility below one leaves room for a false report, so nothing is raised."""
    case = one_node(log_rate=-3.0, rarity=NEVER, initial=(1.0, 0.0), reports=((2, 0.95),))
    assert np.isfinite(read(case)).all()


@every_reading
def test_near_certain_occurrence_is_improbable_not_impossible(
    read: Callable[[Case], Any],
) -> None:
    """Fifty expected and all noticed: silence has probability exp(-50) a step, not zero."""
    case = one_node(log_rate=np.log(50.0 / 7.0), rarity=0.0, initial=(0.3, 0.7), detection=1.0)
    assert np.isfinite(read(case)).all()
    total = filtered(case.propagator, case.evidence).log_likelihood[0]
    np.testing.assert_allclose(total, -50.0 * STEPS, rtol=1e-12)


@every_reading
@pytest.mark.parametrize("expected", [5.0, 50.0, 1000.0])
def test_a_report_takes_the_place_of_silence(read: Callable[[Case], Any], expected: float) -> None:
    """However sure its notice was, a reported step says c a + (1 - c) a_bar and no more."""
    case = one_node(
        log_rate=np.log(expected / 7.0),
        rarity=np.log(expected * 10.0),
        initial=(0.5, 0.5),
        detection=1.0,
        reports=tuple((step, 0.6) for step in range(STEPS)),
    )
    assert np.isfinite(read(case)).all()
    a = -np.expm1(-np.array([0.1, expected]))
    by_state = 0.5 * (0.6 * a + 0.4 * 0.1) ** STEPS
    result = filtered(case.propagator, case.evidence)
    np.testing.assert_allclose(result.log_likelihood[0], np.log(by_state.sum()), rtol=1e-9)
    np.testing.assert_allclose(result.probability[-1, :, 0], by_state / by_state.sum(), rtol=1e-9)


def test_the_error_is_the_users() -> None:
    """It is caught as an error of the evidence, in one line."""
    error = ImpossibleEvidenceError(3, (1, 4))
    assert isinstance(error, EvidenceError | ForecastError)
    assert str(error) == "no state of the model can produce step 3 (indicators [1, 4])"
