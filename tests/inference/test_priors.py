"""Every belief of the file becomes the prior that its interval says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from forecast.beliefs import Beliefs, load
from forecast.inference.priors import NormalBlock, Priors, build_priors
from tests.inference.intervals import stated
from tests.inference.samples import HARBOUR, ROOT, harbour, harbour_values

DRAWS = 40_000
ENDS = (0.05, 0.95)
# The standard error of an empirical quantile at p is sqrt(p (1 - p) / n) in probability; five of
# them are allowed, so that one in a million comparisons would fail by chance.
SLACK = 5 * float(np.sqrt(0.05 * 0.95 / DRAWS))


@pytest.fixture(scope="module", params=[HARBOUR, ROOT / "priors.yaml"], ids=["harbour", "bundled"])
def beliefs(request: pytest.FixtureRequest) -> Beliefs:
    """The invented brief and the bundled one."""
    return load(request.param)


@pytest.fixture(scope="module")
def priors(beliefs: Beliefs) -> Priors:
    """Their priors."""
    return build_priors(beliefs)


def test_every_normal_has_the_stated_interval(beliefs: Beliefs, priors: Priors) -> None:
    """The 5 % and 95 % quantiles of SciPy's Normal are the ends in the file, name by name."""
    for name, expected in stated(beliefs).items():
        block = priors.blocks[name][1]
        assert sorted(block.names) == sorted(expected)
        assert len(block) == len(set(block.names)) == len(block.mean) == len(block.sd)
        for label, mean, sd in zip(block.names, block.mean, block.sd, strict=True):
            found = scipy.stats.norm.ppf(ENDS, mean, sd)
            np.testing.assert_allclose(found, expected[label], rtol=1e-9, atol=1e-12)


def test_a_probability_within_a_period_by_hand() -> None:
    """Between 20 % and 60 % within 84 days is a rate from 0.00266 to 0.01091 a day."""
    block = harbour().priors.log_hazard
    number = block.names.index("blockade: none > partial")
    ends = scipy.stats.norm.ppf(ENDS, block.mean[number], block.sd[number])
    np.testing.assert_allclose(np.exp(ends), [0.0026565, 0.0109082], rtol=1e-4)


def test_initial_weights_are_shares_of_the_effective_sample_size(
    beliefs: Beliefs, priors: Priors
) -> None:
    """The Dirichlet weight of a state is its probability times the effective sample size."""
    expected = {
        f"{name}.{state}": node.initial.probabilities[state] * node.initial.effective_sample_size
        for name, node in beliefs.nodes.items()
        for state in node.states
    }
    assert priors.node_states == list(expected)
    assert priors.weights == pytest.approx(list(expected.values()))
    parts = [priors.node_states[part] for part in priors.node_slices()]
    assert parts == [[f"{n}.{s}" for s in node.states] for n, node in beliefs.nodes.items()]


def test_only_rarities_are_truncated(priors: Priors) -> None:
    """A ratio says how much *rarer*: its log is at least 0. Nothing else has a floor."""
    floors = {name: block.floor for name, (_, block) in priors.blocks.items()}
    assert floors.pop("rarity") == 0.0
    assert set(floors.values()) == {None}


def test_draws_have_the_stated_quantiles(beliefs: Beliefs, priors: Priors) -> None:
    """Of 40,000 draws 5 % lie below each interval and 5 % above, within Monte Carlo error.

    Of rates with a level in common this holds of what is their own.
    """
    drawn = priors.draw(DRAWS, seed=3)
    if (level := priors.common_level) is not None:
        own = drawn.log_rate.copy()
        own[priors.rate_of] -= level.added(priors.draw_blocks(DRAWS, seed=3)["common_level"])
        drawn = replace(drawn, log_rate=own)
    rows = {
        "log_rate": priors.rate_of,
        "log_dispersion": priors.dispersion_of,
        "log_spread": priors.spread_of,
    }
    for name, (_, block) in priors.blocks.items():
        values = getattr(drawn, name)
        values = values[rows[name]] if name in rows else values
        for number, label in enumerate(block.names):
            low, high = stated(beliefs)[name][label]
            below = scipy.stats.norm.cdf(0.0, block.mean[number], block.sd[number])
            cut = below if block.floor == 0.0 else 0.0  # what truncation takes off the lower end
            expected = (np.array(ENDS) - cut) / (1.0 - cut)
            found = [(values[number] < low).mean(), (values[number] < high).mean()]
            np.testing.assert_allclose(found, expected, atol=SLACK, err_msg=label)


def test_initial_draws_are_dirichlet(priors: Priors) -> None:
    """Each node's draws sum to 1; each share is Beta (Kolmogorov-Smirnov, p > 1e-6)."""
    drawn = priors.draw(4_000, seed=5).initial
    weights = np.array(priors.weights)
    for part in priors.node_slices():
        np.testing.assert_allclose(drawn[part].sum(axis=0), 1.0, rtol=1e-12)
        whole = weights[part].sum()
        for row in range(part.start, part.stop):
            beta = scipy.stats.beta(weights[row], whole - weights[row])
            assert scipy.stats.kstest(drawn[row], beta.cdf).pvalue > 1e-6


def test_the_same_seed_gives_the_same_draws(priors: Priors) -> None:
    """To the last bit; another seed gives others."""
    one, same, other = (priors.draw(50, seed=seed) for seed in (1, 1, 2))
    for name in ("initial", *priors.blocks):
        np.testing.assert_array_equal(getattr(one, name), getattr(same, name))
        if getattr(one, name).any():
            assert not np.array_equal(getattr(one, name), getattr(other, name))


def test_a_truncated_block_is_scipys_truncated_normal() -> None:
    """Even where the floor cuts most of the Normal away (Kolmogorov-Smirnov, p > 1e-6)."""
    block = NormalBlock(["far", "near"], [-1.5, 0.3], [0.5, 0.4], floor=0.0)
    drawn = block.draw(4_000, np.random.default_rng(8))
    for row, (mean, sd) in enumerate(zip(block.mean, block.sd, strict=True)):
        exact = scipy.stats.truncnorm(-mean / sd, np.inf, mean, sd)
        assert scipy.stats.kstest(drawn[row], exact.cdf).pvalue > 1e-6
    assert (drawn >= 0.0).all()


def test_parameters_stand_at_their_indicator() -> None:
    """Rates, dispersions and spreads fill one row per indicator, zeros where there is none."""
    encoding = harbour()
    drawn = encoding.priors.draw(3, seed=1)
    kinds = [each.kind for each in encoding.beliefs.indicators.values()]
    expected = {
        "log_rate": {"presence", "count"},
        "log_dispersion": {"count"},
        "log_spread": {"value"},
    }
    for name, have in expected.items():
        values = getattr(drawn, name)
        assert values.shape == (len(kinds), 3)
        assert [bool(row.any()) for row in values] == [kind in have for kind in kinds]


def test_a_pooled_probability_becomes_one_prior() -> None:
    """Experts are pooled by `beliefs`; the prior has the pooled interval."""
    values = harbour_values()
    answer = {"pool": "log_odds", "experts": {"one": "unlikely", "two": [0.3, 0.7]}}
    values["nodes"]["election"]["hazards"][0]["probability"] = answer
    beliefs = Beliefs.model_validate(values)
    pooled = beliefs.nodes["election"].hazards[0].probability
    block = build_priors(beliefs).log_hazard
    number = block.names.index("election: waiting > called")
    ends = scipy.stats.norm.ppf(ENDS, block.mean[number], block.sd[number])
    found = -np.expm1(-np.exp(ends) * 182)
    np.testing.assert_allclose(found, pooled.interval, rtol=1e-9)
