"""At every step the filter knows what had been reported by then, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import Report, load, read_events
from forecast.inference.encoding import Encoding, encode
from forecast.inference.observations import observe, steps_until
from forecast.inference.tracking import appraise, appraise_each, knowledge, log_likelihood, track
from forecast.network import (
    Evidence,
    ImpossibleEvidenceError,
    Parameters,
    Propagator,
    filtered,
    forecast,
    node_marginals,
)
from tests.inference.samples import (
    ROOT,
    day,
    harbour,
    report,
    some_reports,
    window,
)
from tests.network.enumeration import all_states, emission_matrix, initial_vector, step_matrix
from tests.network.strategies import examples

EXACT = {"rtol": 1e-9, "atol": 1e-12}
COVERAGE = [window(1, 60), window(20, 30, "patrols", 0.1)]


def oracle(
    encoding: Encoding, parameters: Parameters, known: Sequence[Evidence], horizon: int
) -> Any:
    """Slow and obvious: for every step, filter all that was known then from the beginning."""
    steps = len(known)
    out = np.full(
        (steps + 1 + horizon, int(encoding.network.sizes.sum()), parameters.draws), np.nan
    )
    first = np.concatenate([[0], np.cumsum(encoding.network.sizes)])
    for component in encoding.components:
        p = Propagator(component.tables, parameters, step=encoding.step)
        columns = [c for n in component.nodes for c in range(first[n], first[n + 1])]
        now = p.start()
        out[0, columns] = node_marginals(component.tables, now)
        for step, evidence in enumerate(known):
            assert evidence.steps == step + 1
            now = filtered(p, evidence).probability[-1]
            out[step + 1, columns] = node_marginals(component.tables, now)
        ahead = forecast(p, now, steps=horizon)
        out[steps + 1 :, columns] = node_marginals(component.tables, ahead)
    return out


def known_by(rows: Sequence[Report], until: int) -> list[Evidence]:
    """Knowledge about the harbour at the end of each step."""
    steps = steps_until(harbour(), day(until))
    return knowledge(harbour(), rows, COVERAGE, as_of=day(until), steps=steps)


@examples(max_examples=120)
@given(rows=some_reports(), until=st.integers(1, 42), horizon=st.integers(0, 3))
def test_tracking_equals_filtering_from_scratch_at_every_step(
    rows: list[Report], until: int, horizon: int
) -> None:
    """With any late reports, any as-of date and any horizon, for each draw."""
    parameters = harbour().priors.draw(2, seed=until)
    known = known_by(rows, until)
    found = track(harbour(), parameters, known, horizon=horizon)
    assert found.steps == len(known)
    expected = oracle(harbour(), parameters, known, horizon)
    np.testing.assert_allclose(found.probability, expected, **EXACT)


def test_tracking_the_bundled_case_equals_filtering_from_scratch() -> None:
    """All bundled reports, many of them late, four draws, and more draws than a batch holds."""
    beliefs = load(ROOT / "priors.yaml")
    rows, coverage = read_events(ROOT / "events", beliefs=beliefs)
    encoding, as_of = encode(beliefs), dt.date(2024, 12, 31)
    steps = steps_until(encoding, as_of)
    late = [
        steps_until(encoding, row.occurred_on) < steps_until(encoding, row.reported_on)
        for row in rows
        if row.use == "evidence"
    ]
    assert sum(late) > 5
    known = knowledge(encoding, rows, coverage, as_of=as_of, steps=steps)
    parameters = encoding.priors.draw(132, seed=4)
    found = track(encoding, parameters, known, horizon=4).probability
    some = np.array([0, 1, 127, 131])
    expected = oracle(encoding, parameters.take(some), known, 4)
    np.testing.assert_allclose(found[..., some], expected, **EXACT)


def test_knowledge_is_what_was_reported_by_the_end_of_each_step() -> None:
    """Item t has t + 1 steps and the reports of the days up to its last, or to the as-of date."""
    rows = [report("patrols", 2, reported=13), report("communique", 9, reported=16)]
    known = known_by(rows, 16)
    assert [each.steps for each in known] == [1, 2, 3]
    seen = [each.cell_step.tolist() for each in known]
    assert seen == [[], [0], [0, 1]]
    cut = observe(harbour(), rows, COVERAGE, as_of=day(16))
    for one, other in zip(known[-1].observed, cut.observed, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_late_report_rewrites_the_past_when_it_arrives_and_not_before() -> None:
    """Until its step the track is as without it; from then on it counts where it happened."""
    rows = [report("patrols", 12), report("accord", 20)]
    late = report("patrols", 3, reported=30, grade="A1")
    parameters = harbour().priors.draw(3, seed=9)
    without = track(harbour(), parameters, known_by(rows, 42), horizon=2).probability
    with_it = track(harbour(), parameters, known_by([*rows, late], 42), horizon=2).probability
    np.testing.assert_array_equal(with_it[:5], without[:5])
    in_time = report("patrols", 3, grade="A1")
    ideal = track(harbour(), parameters, known_by([*rows, in_time], 42), horizon=2).probability
    np.testing.assert_allclose(with_it[5:], ideal[5:], **EXACT)
    assert (np.abs(with_it[5:] - without[5:]).max(axis=(1, 2)) > 1e-4).all()


def test_silence_outside_coverage_moves_nothing() -> None:
    """Without reports and coverage, tracking for six steps is forecasting for six steps."""
    parameters = harbour().priors.draw(4, seed=2)
    known = knowledge(harbour(), [], [], as_of=day(42), steps=6)
    tracked = track(harbour(), parameters, known, horizon=3)
    ahead = track(harbour(), parameters, [], horizon=9)
    np.testing.assert_allclose(tracked.probability, ahead.probability, **EXACT)
    assert (tracked.steps, ahead.steps) == (6, 0)


def test_silence_inside_coverage_speaks_against_what_would_have_been_seen() -> None:
    """Six silent weeks of looking make a full blockade and open talks less probable."""
    parameters = harbour().priors.draw(50, seed=2)
    states = harbour().priors.node_states
    columns = [states.index("blockade.full"), states.index("talks.open")]
    looked = track(harbour(), parameters, known_by([], 42), horizon=0).probability[-1, columns]
    blank = track(harbour(), parameters, [], horizon=6).probability[-1, columns]
    assert (looked < blank).all()


@examples(max_examples=40)
@given(rows=some_reports(), until=st.integers(1, 42))
def test_states_of_a_node_sum_to_one(rows: list[Report], until: int) -> None:
    """At every step and in every draw."""
    parameters = harbour().priors.draw(2, seed=1)
    found = track(harbour(), parameters, known_by(rows, until), horizon=2).probability
    assert ((found >= 0.0) & (found <= 1.0 + 1e-12)).all()
    for part in harbour().priors.node_slices():
        np.testing.assert_allclose(found[:, part].sum(axis=1), 1.0, rtol=1e-12)


def dense_log_likelihood(encoding: Encoding, p: Parameters, evidence: Evidence) -> float:
    """Forward algorithm over all joint states of all components, with SciPy's matrices."""
    matrix = step_matrix(encoding.network, p, encoding.step)
    now, total = initial_vector(encoding.network, p), 0.0
    for row in emission_matrix(encoding.network, p, evidence, encoding.step):
        now = (now @ matrix) * row
        total += np.log(now.sum())
        now = now / now.sum()
    return float(total)


@examples(max_examples=6)
@given(rows=some_reports(), seed=st.integers(0, 999))
def test_the_likelihood_is_the_product_over_components(rows: list[Report], seed: int) -> None:
    """It equals a dense forward pass over all 12 joint states at once, for each draw."""
    evidence = observe(harbour(), rows, COVERAGE, as_of=day(42))
    parameters = harbour().priors.draw(2, seed=seed)
    found = log_likelihood(harbour(), parameters, evidence)
    assert len(all_states(harbour().network)) == 12
    for d in range(2):
        expected = dense_log_likelihood(harbour(), parameters.take(slice(d, d + 1)), evidence)
        assert found[d] == pytest.approx(expected, rel=1e-9)


@examples(max_examples=60)
@given(
    rows=some_reports(),
    days=st.lists(st.integers(1, 42), min_size=1, max_size=3),
    late=st.booleans(),
)
def test_several_states_of_knowledge_are_appraised_as_each_alone(
    rows: list[Report], days: list[int], *, late: bool
) -> None:
    """Whatever steps they share: of any as-of dates in any order, with and without some reports."""
    parameters = harbour().priors.draw(2, seed=sum(days))
    states = [observe(harbour(), rows, COVERAGE, as_of=day(until)) for until in days]
    if late:
        states.append(observe(harbour(), rows[1:], COVERAGE, as_of=day(days[0])))
    for found, seen in zip(appraise_each(harbour(), parameters, states), states, strict=True):
        alone = appraise(harbour(), parameters, seen)
        np.testing.assert_allclose(found.log_likelihood, alone.log_likelihood, **EXACT)
        np.testing.assert_allclose(found.probability, alone.probability, **EXACT)


def test_evidence_that_no_state_can_produce_is_refused_with_its_step() -> None:
    """A sure observer, told late, silent about what must occur: step 2 of the grid, in any call."""
    encoding = harbour()
    parameters = encoding.priors.draw(2, seed=1)
    notices = encoding.indicators.index("notices")
    parameters.log_rate[notices] = 800.0  # endless
    parameters.rarity[encoding.priors.rarity.names.index("notices | election.waiting")] = 0.0
    rows = [report("patrols", 8, reported=16)]
    known = knowledge(encoding, rows, [window(15, 21, "notices", 1.0)], as_of=day(28), steps=4)
    for call in (
        lambda: track(encoding, parameters, known, horizon=0),
        lambda: log_likelihood(encoding, parameters, known[-1]),
        lambda: appraise_each(encoding, parameters, [known[0], known[-1]]),
    ):
        with pytest.raises(ImpossibleEvidenceError) as caught:
            call()
        assert caught.value.indicators == (notices,)
        assert caught.value.step == 2
