"""A network seen through all-or-nothing indicators is a hidden Markov model: ask hmmlearn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg
from hmmlearn.hmm import CategoricalHMM
from hypothesis import given
from hypothesis import strategies as st

from forecast.network import PRESENCE, Evidence, Network, filtered
from tests.network.dense import split_matrix
from tests.network.enumeration import all_states, initial_vector, rate
from tests.network.strategies import Case, examples, random_parameters

DT = 7.0


def all_or_nothing(seen: Any) -> Evidence:
    """Where every occurrence is noticed and certain: reported with c = 1, or not at all."""
    cells = np.argwhere(seen)
    return Evidence(
        pattern=np.zeros(len(seen)),
        detection=np.ones((1, seen.shape[1])),
        cell_step=cells[:, 0],
        cell_indicator=cells[:, 1],
        cell_value=np.ones(len(cells)),
        cell_exposure=np.ones(len(cells)),
    )


def as_hmm(case: Case, matrix: Any) -> Any:
    """The same model for hmmlearn, a symbol for each combination of occurrences.

    hmmlearn's first state already emits; ours moves one step first, so its start is ours moved.
    """
    chances = np.array(
        [
            [
                1 - np.exp(-rate(case.network, case.draw(0), k, z) * DT)
                for z in all_states(case.network)
            ]
            for k in range(len(case.network.kinds))
        ]
    )
    symbols = np.ones((chances.shape[1], 1))
    for a in chances:
        symbols = np.concatenate([symbols * (1 - a[:, None]), symbols * a[:, None]], axis=1)
    model = CategoricalHMM(n_components=len(matrix), n_features=symbols.shape[1])
    model.startprob_ = initial_vector(case.network, case.draw(0)) @ matrix
    model.transmat_ = matrix
    model.emissionprob_ = symbols
    return model


def compare(case: Case, seen: Any, matrix: Any) -> None:
    """Score, posteriors, and the posterior at the end of every prefix, from both."""
    symbols = (seen * 2 ** np.arange(seen.shape[1])).sum(axis=1)[:, None].astype(int)
    score, posterior = as_hmm(case, matrix).score_samples(symbols)
    result = filtered(case.propagator, case.evidence)
    np.testing.assert_allclose(result.log_likelihood[0], score, rtol=1e-10)
    np.testing.assert_allclose(case.smoothed()[:, :, 0], posterior, atol=1e-10)
    for length in (1, len(seen) // 2, len(seen)):
        ends = as_hmm(case, matrix).predict_proba(symbols[:length])[-1]
        np.testing.assert_allclose(result.probability[length - 1, :, 0], ends, atol=1e-10)


@examples(max_examples=15)
@given(st.integers(2, 4), st.integers(0, 2**32 - 1))
def test_a_single_node_is_hmmlearns_model(size: int, seed: int) -> None:
    """One node with all transitions and one indicator: likelihood, filter and smoother agree."""
    rng = np.random.default_rng(seed)
    hazards = [(0, i, j) for i in range(size) for j in range(size) if i != j]
    points = [(0, 0, state, state) for state in range(size - 1)]
    network = Network(sizes=[size], hazards=hazards, kinds=[PRESENCE], points=points)
    p = random_parameters(network, rng, 1)
    seen = rng.random((60, 1)) < 0.3
    q = np.zeros((size, size))
    for h, (_, i, j) in enumerate(hazards):
        q[i, j] = np.exp(p.log_hazard[h, 0])
    q -= np.diag(q.sum(axis=1))
    compare(Case(network, p, all_or_nothing(seen), DT), seen, scipy.linalg.expm(q * DT))


@pytest.mark.parametrize("seed", range(4))
def test_a_coupled_network_is_hmmlearns_model_of_joint_states(seed: int) -> None:
    """Two coupled nodes with two indicators, one of them pointing at both, agree as well."""
    rng = np.random.default_rng(seed)
    network = Network(
        sizes=[2, 3],
        hazards=[(0, 0, 1), (0, 1, 0), (1, 0, 1), (1, 1, 2), (1, 2, 0)],
        links=[(0, 0, 1, 2), (2, 1, 0, 1), (3, 1, 0, 1)],
        kinds=[PRESENCE, PRESENCE],
        points=[(0, 0, 0, 0), (0, 1, 0, 1), (0, 1, 1, 2), (1, 1, 0, 3)],
    )
    p = random_parameters(network, rng, 1)
    seen = rng.random((120, 2)) < 0.2
    compare(Case(network, p, all_or_nothing(seen), DT), seen, split_matrix(network, p, DT))
