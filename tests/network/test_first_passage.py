"""By when a state is first reached."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecast.network import (
    Evidence,
    Network,
    filtered,
    forecast,
    joint_states,
    tables,
)
from tests.network.enumeration import initial_vector, step_matrix
from tests.network.reaching import first_passage
from tests.network.strategies import Case, cases, examples, random_parameters

Wanted = dict[int, set[int]]
ROUND_OFF = 1e-12
BEYOND = 6


def curve_of(
    case: Case, wanted: Wanted, *, opens: int = 0, evidence: Evidence | None = None
) -> Any:
    """The curve from the opening to six steps beyond the evidence."""
    seen = case.evidence if evidence is None else evidence
    return first_passage(
        case.tables,
        case.parameters,
        seen,
        step=case.step,
        wanted=wanted,
        opens=opens,
        steps=case.evidence.steps - opens + BEYOND,
    )


def targets(draw: Any, case: Case) -> Wanted:
    """Some states of one node."""
    sizes = case.network.sizes
    node = draw(st.integers(0, len(sizes) - 1))
    return {node: draw(st.sets(st.integers(0, int(sizes[node]) - 1), min_size=1, max_size=2))}


def target_states(case: Case, wanted: Wanted) -> Any:
    """Mark the joint states in which the node is in one of them."""
    ((node, states),) = wanted.items()
    return np.isin(joint_states(case.tables.sizes)[:, node], sorted(states))


@examples(max_examples=30)
@given(cases(), st.data())
def test_the_curve_never_falls_beyond_the_evidence(case: Case, data: st.DataObject) -> None:
    """Past the last report, a later deadline is never less probable; all are probabilities."""
    opens = data.draw(st.integers(0, case.evidence.steps))
    curve = curve_of(case, targets(data.draw, case), opens=opens)
    assert ((curve >= 0.0) & (curve <= 1.0)).all()
    beyond = curve[case.evidence.steps - opens :]
    assert (np.diff(beyond, axis=0) >= -ROUND_OFF).all()


@examples(max_examples=30)
@given(cases(), st.data())
def test_without_evidence_it_is_a_power_of_the_absorbing_matrix(
    case: Case, data: st.DataObject
) -> None:
    """What has not arrived is p(z_0) times a power of SciPy's matrix without the target."""
    wanted = targets(data.draw, case)
    nothing = Evidence.empty(steps=0, indicators=len(case.network.kinds))
    curve = curve_of(case, wanted, evidence=nothing)
    outside = ~target_states(case, wanted)
    held = {n: frozenset(s) for n, s in wanted.items()}
    for d in range(case.parameters.draws):
        p = case.draw(d)
        waiting = step_matrix(case.network, p, case.step, held)[np.ix_(outside, outside)]
        start = initial_vector(case.network, p)[outside]
        expected = [
            1.0 - (start @ np.linalg.matrix_power(waiting, h)).sum() for h in range(len(curve))
        ]
        np.testing.assert_allclose(curve[:, d], expected, rtol=1e-9, atol=ROUND_OFF)


@examples(max_examples=40)
@given(cases(), st.data())
def test_a_wider_target_is_reached_no_later(case: Case, data: st.DataObject) -> None:
    """Adding a state to the target never lowers the curve."""
    narrow = targets(data.draw, case)
    node = next(iter(narrow))
    more = data.draw(st.integers(0, int(case.network.sizes[node]) - 1))
    wide = {**narrow, node: narrow[node] | {more}}
    below = curve_of(case, narrow)
    assert (curve_of(case, wide) >= below - ROUND_OFF).all()


@examples(max_examples=40)
@given(cases(), st.data())
def test_reached_by_a_date_is_no_less_than_being_there(case: Case, data: st.DataObject) -> None:
    """P(reached by t) is at least P(in it at t), under the same evidence."""
    wanted = targets(data.draw, case)
    curve = curve_of(case, wanted)
    p = case.propagator
    known = filtered(p, case.evidence).probability
    ahead = forecast(p, known[-1], steps=BEYOND)
    path = np.concatenate([p.start()[None], known, ahead])
    inside = path[:, target_states(case, wanted)].sum(axis=1)
    assert (curve >= inside - ROUND_OFF).all()


@examples(max_examples=40)
@given(cases(), st.data())
def test_a_union_is_no_more_than_the_sum_of_its_parts(case: Case, data: st.DataObject) -> None:
    """P(A or B reached) lies between the larger of P(A), P(B) and their sum."""
    node = data.draw(st.integers(0, len(case.network.sizes) - 1))
    a, b = curve_of(case, {node: {0}}), curve_of(case, {node: {1}})
    either = curve_of(case, {node: {0, 1}})
    assert (either <= a + b + ROUND_OFF).all()
    assert (either >= np.maximum(a, b) - ROUND_OFF).all()


@examples(max_examples=30)
@given(cases(max_nodes=2), st.integers(0, 2**32 - 1))
def test_exclusive_ends_share_no_more_than_certainty(case: Case, seed: int) -> None:
    """Two ends that are never left are reached with probabilities that sum to 1 - P(neither)."""
    size = len(case.network.sizes)
    network = Network(
        sizes=[*case.network.sizes, 3],
        hazards=[*case.network.hazards, (size, 0, 1), (size, 0, 2)],
        links=[*case.network.links, (len(case.network.hazards), case.network.couplings, 0, 1)],
        kinds=case.network.kinds,
        points=case.network.points,
        levels=case.network.levels,
        average=case.network.average,
    )
    parameters = random_parameters(network, np.random.default_rng(seed), 2)
    wider = replace(case, network=network, parameters=parameters)
    parts = [curve_of(wider, {size: {end}}) for end in (1, 2)]
    known = filtered(wider.propagator, wider.evidence).probability
    ahead = forecast(wider.propagator, known[-1], steps=BEYOND)
    path = np.concatenate([wider.propagator.start()[None], known, ahead])
    neither = path[:, target_states(wider, {size: {0}})].sum(axis=1)
    assert (parts[0] + parts[1] <= 1.0 + ROUND_OFF).all()
    np.testing.assert_allclose(parts[0] + parts[1], 1.0 - neither, atol=1e-10)


def test_a_node_already_there_has_arrived() -> None:
    """At the opening, probability in the target counts as reached."""
    network = Network(sizes=[2], hazards=[(0, 0, 1)])
    p = random_parameters(network, np.random.default_rng(0), 1)
    curve = first_passage(
        tables(network, [0]),
        p,
        Evidence.empty(steps=0, indicators=0),
        step=7.0,
        wanted={0: {1}},
        opens=0,
        steps=0,
    )
    np.testing.assert_allclose(curve, p.initial[1:], rtol=1e-12)
