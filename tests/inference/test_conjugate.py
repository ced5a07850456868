"""The posterior of a model in a known state equals quadrature, whichever sampler draws it."""

from __future__ import annotations

from typing import Any

import arviz_stats
import numpy as np
import pytest
import scipy.stats
import xarray as xr

from forecast.inference.diagnostics import diagnose, prior_against_posterior, require_sound
from forecast.inference.sampling import Sampler, Settings, posterior_parameters
from tests.inference.lighthouse import count_moments, lighthouse, lit, presence_moments

# Five Monte Carlo standard errors: one comparison in a million fails by chance.
ERRORS = 5.0


def exact() -> dict[tuple[str, int], tuple[float, float]]:
    """Posterior mean and standard deviation of each rate, by variable and number."""
    rate, size = count_moments()
    rarity = lighthouse().priors.rarity
    out = {
        ("log_rate", 0): presence_moments(),
        ("log_rate", 1): rate,
        ("log_dispersion", 0): size,
    }
    for number, (mean, sd) in enumerate(zip(rarity.mean, rarity.sd, strict=True)):
        prior = scipy.stats.truncnorm(-mean / sd, np.inf, mean, sd)
        out["rarity", number] = float(prior.mean()), float(prior.std())
    return out


def compare(posterior: Any) -> None:
    """Means and standard deviations agree with quadrature within Monte Carlo error."""
    for (name, number), (mean, sd) in exact().items():
        draws = posterior[name].isel({posterior[name].dims[-1]: number})
        error = float(arviz_stats.mcse(draws, method="mean"))
        assert error < 0.05 * sd
        assert float(draws.mean()) == pytest.approx(mean, abs=ERRORS * error)
        error = float(arviz_stats.mcse(draws, method="sd"))
        assert float(draws.std()) == pytest.approx(sd, abs=ERRORS * error)


def test_the_reports_are_informative() -> None:
    """Quadrature itself: the reports move the presence and narrow the count."""
    priors = lighthouse().priors
    (mean, sd), ((_, narrow), _) = presence_moments(), count_moments()
    assert abs(mean - priors.log_rate.mean[0]) > 0.3 * priors.log_rate.sd[0]
    assert sd < 0.95 * priors.log_rate.sd[0]
    assert narrow < 0.9 * priors.log_rate.sd[1]


def test_nutpie_draws_the_exact_posterior(fitted: xr.DataTree) -> None:
    """Reports, silence and counts; what nothing speaks of keeps its prior."""
    compare(fitted["posterior"].to_dataset())


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    """The lighthouse, compiled once."""
    return Sampler(lighthouse())


def test_chains_that_start_at_an_earlier_fit_draw_the_exact_posterior(
    fitted: xr.DataTree, settings: Settings, sampler: Sampler
) -> None:
    """With a fifth of the warm-up and longer steps."""
    assert settings.warm().tune == settings.tune / 5
    warm = sampler.fit(lit(), settings.warm(), start=fitted)
    compare(warm["posterior"].to_dataset())


def test_a_chain_starts_at_a_draw_of_the_earlier_fit(fitted: xr.DataTree, sampler: Sampler) -> None:
    """One and the same draw for every variable, and other draws for other seeds."""
    sampler._with(lit())
    start = sampler._starts(fitted)
    names = [variable.name for variable in sampler._model.free_RVs]
    posterior = fitted["posterior"].to_dataset()
    rows = np.concatenate([posterior[n].values.reshape(4000, -1) for n in names], axis=1)
    found = {int(np.flatnonzero((rows == start(seed)).all(axis=1))[0]) for seed in range(5)}
    assert len(found) == 5


def test_the_fit_passes_its_checks(fitted: xr.DataTree) -> None:
    """A posterior this plain is sound by the package's own standards."""
    found = diagnose(fitted)
    assert found.problems == []
    assert found.draws == 4000
    require_sound(found)


@pytest.mark.slow  # nutpie, which is what fits, does above
def test_pymc_draws_the_same_posterior(fitted: xr.DataTree) -> None:
    """The Op serves the sampler of PyMC too: exact, and equal to nutpie within error."""
    import pymc as pm

    from forecast.inference.model import build_model

    with build_model(lighthouse(), lit()):
        tree = pm.sample(
            400,
            tune=400,
            chains=2,
            cores=1,
            random_seed=3,
            nuts_sampler="pymc",
            progressbar=False,
            quiet=True,
            compute_convergence_checks=False,
        )
    found, other = tree["posterior"].to_dataset(), fitted["posterior"].to_dataset()
    compare(found)
    for name in found.data_vars:
        means = [each[name].mean(("chain", "draw")).values for each in (found, other)]
        errors = [arviz_stats.mcse(each[name], method="mean").values for each in (found, other)]
        assert (np.abs(means[0] - means[1]) < ERRORS * np.hypot(*errors)).all(), name


def test_what_was_learnt_is_the_change_from_prior_to_posterior(fitted: xr.DataTree) -> None:
    """Shift and contraction of each parameter follow from its moments."""
    posterior = posterior_parameters(lighthouse(), fitted)
    learnt = {
        (each.block, each.name): each for each in prior_against_posterior(lighthouse(), posterior)
    }
    rate = learnt["log_rate", "patrols"]
    prior = lighthouse().priors.log_rate
    mean, sd = presence_moments()
    assert rate.shift == pytest.approx((mean - prior.mean[0]) / prior.sd[0], abs=0.1)
    assert rate.contraction == pytest.approx(1 - (sd / prior.sd[0]) ** 2, abs=0.1)
    untouched = learnt["rarity", "patrols | lamp.dark"]
    assert abs(untouched.shift) < 0.1
    assert abs(untouched.contraction) < 0.1
    expected = {("initial", "lamp.dark"), ("initial", "lamp.lit"), ("log_rate", "boardings")}
    expected |= {("log_dispersion", "boardings"), ("rarity", "boardings | lamp.dark")}
    assert expected < set(learnt)
    assert len(learnt) == 7
