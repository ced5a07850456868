"""Everything equals a sum over all paths."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecast.network import filtered, forecast, gradient
from tests.network.enumeration import Enumeration, assert_smoothed, emission_matrix
from tests.network.reaching import assert_reached
from tests.network.strategies import Case, cases, examples, random_evidence

EXACT = {"rtol": 1e-9, "atol": 1e-12}  # round-off of some hundred operations


@examples(max_examples=30)
@given(cases())
def test_filter_equals_the_sum_over_all_paths(case: Case) -> None:
    """Log-likelihood and filtered probabilities are sums over paths, for each draw."""
    result = filtered(case.propagator, case.evidence)
    by_gradient, _ = gradient(case.tables, case.parameters, case.evidence, step=case.step)
    for d in range(case.parameters.draws):
        every = Enumeration(case.network, case.draw(d), case.evidence, case.step)
        for step in range(case.evidence.steps):
            listed = every.paths(step + 1)
            np.testing.assert_allclose(
                result.probability[step, :, d], listed.marginal(step + 1), **EXACT
            )
        np.testing.assert_allclose(result.log_likelihood[d], np.log(listed.total), **EXACT)
        np.testing.assert_allclose(by_gradient[d], np.log(listed.total), **EXACT)


@examples(max_examples=30)
@given(cases())
def test_smoother_equals_the_sum_over_all_paths(case: Case) -> None:
    """Smoothed probabilities weigh every path by all of the evidence, for each draw."""
    assert_smoothed(case, rtol=EXACT["rtol"])


@examples(max_examples=30)
@given(cases(), st.data())
def test_forecast_equals_the_sum_over_all_paths(case: Case, data: st.DataObject) -> None:
    """A forecast is the end of all paths that the evidence so far has weighed."""
    known = data.draw(st.integers(0, case.evidence.steps - 1))
    ahead = case.evidence.steps - known
    evidence = case.evidence.between(0, known)
    p = case.propagator
    now = filtered(p, evidence).probability[-1] if known else p.start()
    result = forecast(p, now, steps=ahead)
    for d in range(case.parameters.draws):
        listed = Enumeration(case.network, case.draw(d), evidence, case.step).paths(known + ahead)
        for h in range(ahead):
            np.testing.assert_allclose(result[h, :, d], listed.marginal(known + h + 1), **EXACT)


@examples(max_examples=30)
@given(cases(max_nodes=3), st.data())
def test_first_passage_equals_the_sum_over_all_paths(case: Case, data: st.DataObject) -> None:
    """P(reached) is one less the weight of the paths that have not, under all evidence so far."""
    sizes = case.network.sizes
    node = data.draw(st.integers(0, len(sizes) - 1))
    states = st.sets(st.integers(0, int(sizes[node]) - 1), min_size=1, max_size=2)
    wanted = {node: data.draw(states)}
    length = case.evidence.steps
    known, opens = data.draw(st.integers(0, length)), data.draw(st.integers(0, length))
    assert_reached(case, wanted, known=known, opens=opens)


@examples(max_examples=30)
@given(cases(steps=6), st.integers(0, 2**32 - 1))
def test_emission_equals_the_densities_of_scipy(case: Case, seed: int) -> None:
    """Each row of log-likelihoods is the product over indicators of SciPy's densities."""
    evidence = random_evidence(case.network, np.random.default_rng(seed), 6, reports=0.6)
    row, scaled, shift = case.propagator.emission(evidence)
    wide = scaled.reshape(len(scaled), case.network.joint_size, -1)
    for d in range(case.parameters.draws):
        expected = emission_matrix(case.network, case.draw(d), evidence, case.step)
        for step in range(evidence.steps):
            found = wide[row[step], :, d] * np.exp(shift[row[step], d])
            np.testing.assert_allclose(found, expected[step], rtol=1e-9)
