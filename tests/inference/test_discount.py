"""Rates that forget: discounted learning equals what is known of it elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.inference.laplace import approximate
from forecast.inference.reweighting import smooth_weights
from forecast.inference.tracking import appraise, appraise_each, lay_milestones, write_milestones
from tests.inference.samples import encoding_of, harbour, harbour_values, observe_days
from tests.inference.streams import counts, numbers, stream

KEEP = 0.9
NEVER = (1e-9, 1e-8)


def test_a_count_is_learnt_by_the_discounted_gamma_update() -> None:
    """West & Harrison: ``a_t = k a_t-1 + y_t, b_t = k b_t-1 + 1``; a flat prior on the log rate.

    The mode of the log rate is that of ``log(a / b)``, with the curvature a.
    """
    y = np.random.default_rng(1).poisson(np.repeat([3.0, 8.0], 60))
    a = b = 0.0
    for each in y:
        a, b = KEEP * a + each, KEEP * b + 1.0
    # in the state pointed at from the start and for good, nearly Poisson
    encoding = stream(counts((1e-6, 1e6), (1e3, 2e3), 1e9), moves=NEVER, first=1e-9)
    found = approximate(encoding, numbers(y).discounted(KEEP))
    rate = found.encoding.priors.rate_of.index(0)
    at = found.mode.size - 3 + rate  # log_rate, rarity score, log_dispersion
    spread = encoding.priors.log_rate.sd[0]
    assert np.exp(found.mode[at]) * 7 == pytest.approx(a / b, rel=2e-3)
    assert found.covariance[at, at] == pytest.approx(1.0 / (a + spread**-2), rel=5e-3)
    whole = approximate(encoding, numbers(y))
    assert np.exp(whole.mode[at]) * 7 == pytest.approx(y.mean(), rel=2e-3)


def test_a_value_is_learnt_as_a_local_level_filters_it() -> None:
    """The level is the last filtered level of statsmodels' local level model.

    In its steady state that is an exponentially weighted mean with the gain one less the weight
    kept, which a signal-to-noise ratio of ``gain^2 / (1 - gain)`` gives.
    """
    statespace = pytest.importorskip("statsmodels.tsa.statespace.structural")
    x = np.random.default_rng(2).normal(np.repeat([10.0, 30.0], 100), 2.0)
    gain = 1.0 - KEEP
    model = statespace.UnobservedComponents(x, "local level")
    level = model.smooth([4.0, 4.0 * gain**2 / (1.0 - gain)]).filtered_state[0, -1]
    value = {
        "kind": "value",
        "spread": [1.99, 2.01],
        "degrees_of_freedom": 1e8,
        "levels": {"node": "level", "states": {"low": [-1e5, 1e5], "high": [900.0, 1100.0]}},
    }
    encoding = stream(value, moves=NEVER, first=1.0 - 1e-9)
    found = approximate(encoding, numbers(x).discounted(KEEP))
    levels = found.mode[-3:-1]  # level of low and of high, log spread
    assert levels[0] == pytest.approx(level, rel=1e-4)
    assert levels[0] != pytest.approx(x.mean(), rel=0.1)


def test_a_half_life_halves() -> None:
    """In the file it is a period; a step that old counts half as much as the last."""
    values = harbour_values()
    said = {"source": "invented", "rationale": "invented"}
    values["learning"] = {"half_life": "2 weeks", **said}
    encoding = encoding_of(values)
    weights = observe_days(encoding, last=35).weights
    assert weights[-1] == 1.0
    np.testing.assert_allclose(weights[2:] / weights[:-2], 2.0)
    assert (observe_days(harbour(), last=35).weights == 1.0).all()


def test_weeks_in_which_nobody_looked_forget_nothing() -> None:
    """So that equal evidence is equal learning, to whatever day."""
    values = harbour_values()
    said = {"source": "invented", "rationale": "invented"}
    values["learning"] = {"half_life": "2 weeks", **said}
    encoding = encoding_of(values)
    rates = encoding.priors.draw(20, seed=1)
    now, later = (observe_days(encoding, last=28, until=until) for until in (28, 84))
    assert later.steps == now.steps + 8
    np.testing.assert_allclose(
        appraise(encoding, rates, now).log_likelihood,
        appraise(encoding, rates, later).log_likelihood,
        rtol=1e-12,
    )


def test_each_state_of_knowledge_is_discounted_from_its_own_end() -> None:
    """Appraised together or alone, before and after four more weeks: the same numbers.

    The ratio that reweights draws is therefore that of two posteriors, each to its own day.
    """
    values = harbour_values()
    said = {"source": "invented", "rationale": "invented"}
    values["learning"] = {"half_life": "3 weeks", **said}
    encoding = encoding_of(values)
    rates = encoding.priors.draw(50, seed=2)
    states = [observe_days(encoding, last=last, until=last) for last in (28, 56)]
    together = appraise_each(encoding, rates, states)
    for seen, found in zip(states, together, strict=True):
        alone = appraise(encoding, rates, seen)
        np.testing.assert_allclose(found.log_likelihood, alone.log_likelihood, rtol=1e-12)
        np.testing.assert_allclose(found.probability, alone.probability, rtol=1e-12)


def test_reweighted_draws_stand_for_the_discounted_posterior() -> None:
    """Draws learnt to one day, weighed to a later one, have the mean of a fit to that day."""
    rng = np.random.default_rng(3)
    encoding = stream(counts((1e-2, 1e4), (2.0, 3.0), 1e9), moves=NEVER, first=1e-9)
    y = rng.poisson(np.repeat([6.0, 8.0], [80, 8]))
    before, after = numbers(y[:80]).discounted(0.97), numbers(y).discounted(0.97)
    rates = approximate(encoding, before).draw(4000, seed=4)
    old, new = appraise_each(encoding, rates, [before, after])
    weights = smooth_weights(new.log_likelihood - old.log_likelihood)
    assert weights.sound
    fresh = approximate(encoding, after).draw(4000, seed=5)
    assert rates.log_rate[0] @ weights.weights == pytest.approx(fresh.log_rate[0].mean(), abs=0.01)
    assert rates.log_rate[0].mean() < fresh.log_rate[0].mean() - 0.03


@pytest.mark.parametrize("last", [20, 28, 56])
def test_milestones_of_a_discounted_fit_are_gone_on_from(tmp_path, last) -> None:
    """An update from them, to an earlier or a later day, is that from the start."""
    values = harbour_values()
    values["learning"] = {"half_life": "3 weeks", "source": "invented", "rationale": "invented"}
    encoding = encoding_of(values)
    rates = encoding.priors.draw(5, seed=6)
    fitted, seen = (observe_days(encoding, last=each) for each in (42, last))
    write_milestones(tmp_path / "fit.npz", lay_milestones(encoding, rates, fitted))
    found = appraise_each(encoding, rates, [fitted, seen], milestones=tmp_path / "fit.npz")
    for one, evidence in zip(found, (fitted, seen), strict=True):
        alone = appraise(encoding, rates, evidence)
        np.testing.assert_allclose(one.log_likelihood, alone.log_likelihood, rtol=1e-9)
        np.testing.assert_allclose(one.probability, alone.probability, rtol=1e-9)
