"""Rates with a common level: their joint prior is what the formula says, whoever asks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special
import scipy.stats

from forecast.inference.encoding import Encoding
from forecast.inference.laplace import _log_density, _Scale, approximate
from forecast.inference.model import build_model
from forecast.inference.priors import CommonLevel, common_level, log_prior_ratio
from forecast.inference.sampling import Sampler, Settings, fit, posterior_parameters
from forecast.issue.check import LevelFound
from forecast.network import Evidence, Parameters
from forecast.validation.assessing import holm, place_p_value, shape_p_value
from tests.inference.density import NORMAL, log_prior, network_log_likelihood, truncated
from tests.inference.samples import encoding_of, harbour, harbour_values, observed, report, window
from tests.inference.test_encoding import average_by_hand

SAID = {"source": "invented", "rationale": "invented"}
SHIFT, SLOPE = 0.8, 0.4


def levelled(of: str = "rates", **changes: Any) -> Encoding:
    """The harbour, whose four presences share a level; the count does not."""
    values = harbour_values()
    values["rates"] = {"common_level": {"shift": SHIFT, "slope": SLOPE, "of": of, **SAID}}
    for name, change in changes.items():
        values["indicators"][name] |= change
    return encoding_of(values)


def level_of(encoding: Encoding) -> CommonLevel:
    """Its common level."""
    assert encoding.priors.common_level is not None
    return encoding.priors.common_level


def reports(encoding: Encoding) -> Any:
    """Log of how often each presence was stated to be reported in a step, by hand; 0 of a count."""
    beliefs, names = encoding.beliefs, encoding.priors.log_rate.names
    out = np.zeros(len(names))
    for row, name in enumerate(names):
        if name in beliefs.levelled:
            detection: Any = getattr(beliefs.indicators[name], "detection", None)
            out[row] = np.log(detection * average_by_hand(beliefs, name, starting=True))
    return out


def joint(encoding: Encoding) -> Any:
    """SciPy's Normal of all log rates, with moments written out from the formula."""
    block, names = encoding.priors.log_rate, encoding.priors.log_rate.names
    part = np.array([name != "boardings" for name in names])
    mean, sd = np.array(block.mean), np.array(block.sd)
    place = mean if encoding.beliefs.rates.common_level.of == "rates" else reports(encoding)
    apart = (place - place[part].mean()) * part
    shared = SHIFT**2 * np.outer(part, part) + SLOPE**2 * np.outer(apart, apart)
    return scipy.stats.multivariate_normal(mean, np.diag(sd**2) + shared)


def rates_of(encoding: Encoding, parameters: Parameters) -> Any:
    """Draws of the log rates that there are parameters for."""
    return parameters.log_rate[encoding.priors.rate_of]


def seen() -> Evidence:
    """Some reports of every kind."""
    rows = [
        *(report("patrols", 3), report("accord", 10)),
        *(report("boardings", day, value=value) for day, value in ((4, 3.0), (11, 9.0))),
        *(report("freight", day, value=value) for day, value in ((5, 40.0), (12, 55.0))),
    ]
    return observed(rows, [window(1, 28)], until=28)


@pytest.mark.parametrize("of", ["rates", "reports"])
def test_draws_have_the_moments_of_the_formula(of: str) -> None:
    """The centre of every rate is what was stated; widths and covariances are those of the sum."""
    encoding = levelled(of)
    found, number = rates_of(encoding, encoding.priors.draw(40_000, seed=1)), 40_000
    exact = joint(encoding)
    error = np.sqrt(np.diag(exact.cov) / number)
    np.testing.assert_array_less(np.abs(found.mean(axis=1) - exact.mean), 5 * error)
    np.testing.assert_array_less(
        np.abs(np.cov(found) - exact.cov), 5 * np.sqrt(2) * number * np.outer(error, error) / 200
    )
    np.testing.assert_allclose(encoding.priors.sd("log_rate"), np.sqrt(np.diag(exact.cov)))


@pytest.mark.parametrize("of", ["rates", "reports"])
def test_joint_and_conditional_densities_are_scipys(of: str) -> None:
    """Of all rates, and of each given the others by the formula of the conditional Normal."""
    encoding = levelled(of)
    level, exact = level_of(encoding), joint(encoding)
    rates = rates_of(encoding, encoding.priors.draw(30, seed=2))
    constant = 0.5 * len(rates) * np.log(2 * np.pi)
    np.testing.assert_allclose(level.log_density(rates) - constant, exact.logpdf(rates.T))
    for number in range(len(rates)):
        rest = [n for n in range(len(rates)) if n != number]
        pull = np.linalg.solve(exact.cov[np.ix_(rest, rest)], exact.cov[rest, number])
        mean = exact.mean[number] + pull @ (rates[rest] - exact.mean[rest, None])
        found, sd = level.given_others(rates, number)
        np.testing.assert_allclose(found, mean)
        assert sd**2 == pytest.approx(exact.cov[number, number] - pull @ exact.cov[rest, number])


def test_the_level_is_learnt_from_the_rates_by_conditioning() -> None:
    """Mean and covariance of shift and slope given the rates are those of the joint Normal."""
    encoding = levelled()
    level, exact = level_of(encoding), joint(encoding)
    rates = rates_of(encoding, encoding.priors.draw(5, seed=3))
    prior = np.diag([SHIFT**2, SLOPE**2])
    cross = prior @ np.array(level.loadings).T
    gain = cross @ np.linalg.inv(exact.cov)
    mean, covariance = level.learnt(rates)
    centre = np.array([[0.0], [1.0]])
    np.testing.assert_allclose(mean, centre + gain @ (rates - exact.mean[:, None]))
    np.testing.assert_allclose(covariance, prior - gain @ cross.T)


def test_a_rate_that_is_all_but_certain_is_no_trouble() -> None:
    """Widths of a millionth leave the density finite and the level known."""
    level = common_level([0.0, 1.0, 3.0], [1e-6] * 3, [True] * 3, shift=1.0, slope=0.3)
    rates = level.added(np.array([[0.7], [1.2]])) + np.array([[0.0], [1.0], [3.0]])
    mean, covariance = level.learnt(rates)
    np.testing.assert_allclose(mean.ravel(), [0.7, 1.2], rtol=1e-5)
    assert np.diag(covariance).max() < 1e-9
    assert np.isfinite(level.log_density(rates)).all()


def test_other_beliefs_weigh_draws_by_the_joint_densities() -> None:
    """Another stated rate moves the mean that all are apart from, and so all of them."""
    before, after = levelled(), levelled(patrols={"probability": [0.3, 0.7]})
    drawn = before.priors.draw(20, seed=4)
    rates = rates_of(before, drawn).T
    expected = joint(after).logpdf(rates) - joint(before).logpdf(rates)
    np.testing.assert_allclose(log_prior_ratio(before.priors, after.priors, drawn), expected)
    own = scipy.stats.norm(harbour().priors.log_rate.mean, harbour().priors.log_rate.sd)
    expected = joint(before).logpdf(rates) - own.logpdf(rates).sum(axis=1)
    found = log_prior_ratio(harbour().priors, before.priors, drawn)
    np.testing.assert_allclose(np.diff(found), np.diff(expected))


def test_a_level_of_reports_weighs_draws_by_detection_and_start() -> None:
    """Another detection, or another start, moves what was stated to be reported, and no rate."""
    before = levelled("reports")
    drawn = before.priors.draw(20, seed=4)
    rates = rates_of(before, drawn).T
    for changes in ({"patrols": {"detection": 0.2}}, {"communique": {"detection": 0.9}}):
        after = levelled("reports", **changes)
        expected = joint(after).logpdf(rates) - joint(before).logpdf(rates)
        np.testing.assert_allclose(log_prior_ratio(before.priors, after.priors, drawn), expected)
        assert np.ptp(expected) > 0.01


def test_what_is_never_looked_for_has_no_part_in_a_level_of_reports() -> None:
    """With detection 0 no report is expected; as a rate it still takes part."""
    assert "patrols" not in levelled("reports", patrols={"detection": 0.0}).beliefs.levelled
    assert "patrols" in levelled("rates", patrols={"detection": 0.0}).beliefs.levelled
    level = level_of(levelled("reports", patrols={"detection": 0.0}))
    names = levelled().priors.log_rate.names
    assert level.loadings[names.index("patrols")] == (0.0, 0.0)


def exact_density(encoding: Encoding, values: dict[str, Any], evidence: Evidence) -> float:
    """Prior by prior with SciPy, and a dense forward pass at rates made by the formula."""
    block = encoding.priors.log_rate
    part = np.array([name != "boardings" for name in block.names])
    mean, sd = np.array(block.mean), np.array(block.sd)
    a, b = values["common_level"]
    middle = mean[part].mean()
    centre = np.where(part, middle + a + b * (mean - middle), mean)
    weight = np.exp(values["initial_score"])
    shares = [weight[p] / weight[p].sum() for p in encoding.priors.node_slices()]
    rarity = truncated(encoding).isf(scipy.stats.norm.sf(values["rarity_score"]))
    blocks = {name: values[name][:, None] for name in NORMAL if name != "log_rate"}
    blocks |= {"initial": np.concatenate(shares)[:, None], "rarity": rarity[:, None]}
    blocks["log_rate"] = (centre + sd * values["log_rate_score"])[:, None]
    total = network_log_likelihood(encoding, encoding.priors.parameters(blocks), evidence)
    independent = {**values, "log_rate": mean}
    total += log_prior(encoding, independent) - scipy.stats.norm.logpdf(mean, mean, sd).sum()
    total += scipy.stats.norm.logpdf(values["log_rate_score"]).sum()
    return float(total + scipy.stats.norm.logpdf([a, b - 1.0], scale=[SHIFT, SLOPE]).sum())


def test_the_model_is_the_formula_and_its_gradient_a_gradient() -> None:
    """At random points it equals SciPy's densities, and central differences of every coordinate."""
    encoding, evidence = levelled(), seen()
    model = build_model(encoding, evidence)
    whole = model.logp_dlogp_function(ravel_inputs=True)
    whole.set_extra_values({})
    rng = np.random.default_rng(5)
    for _ in range(3):
        values = {n: rng.normal(b.mean, b.sd) for n, (_, b) in encoding.priors.blocks.items()}
        values["rarity_score"] = rng.standard_normal(len(values.pop("rarity")))
        values["log_rate_score"] = rng.standard_normal(len(values.pop("log_rate")))
        values["initial_score"] = np.log(rng.gamma(encoding.priors.weights))
        values["common_level"] = rng.normal([0.0, 1.0], [SHIFT, SLOPE])
        assert not values.pop("motion").size  # no level moves here
        assert set(values) == {variable.name for variable in model.free_RVs}
        x = np.concatenate([values[variable.name] for variable in model.value_vars])
        found, gradient = whole(x)
        assert float(found) == pytest.approx(exact_density(encoding, values, evidence), rel=1e-9)
    steps = 1e-5 * np.eye(len(x))
    slopes = [(float(whole(x + h)[0]) - float(whole(x - h)[0])) / 2e-5 for h in steps]
    np.testing.assert_allclose(gradient, slopes, rtol=2e-6, atol=2e-6)


def test_the_quick_posterior_has_the_slopes_of_its_density() -> None:
    """By every coordinate, shift and slope among them."""
    encoding, evidence = levelled(), seen()
    scale = _Scale(encoding)
    x = scale.middle() + 0.1
    around = np.concatenate([x[:, None] + d * np.eye(scale.size) for d in (1e-5, -1e-5)], axis=1)
    value, _ = _log_density(scale, [evidence], around)
    expected = (value[: scale.size] - value[scale.size :]) / 2e-5
    _, slope = _log_density(scale, [evidence], x[:, None])
    np.testing.assert_allclose(slope[:, 0], expected, rtol=1e-4, atol=1e-5)
    rates = rates_of(encoding, scale.parameters(x[:, None])).ravel()
    without = x[scale.slices["log_rate"]]
    added = level_of(encoding).added(x[scale.common][:, None])
    np.testing.assert_allclose(rates, without + added.ravel())


STEPS, SEEN = 60, 0.9


def beacons(number: int, of: str = "rates", seen: Any = SEEN) -> Encoding:
    """A lamp that is lit for good, and presences stated between .1 and .6 within four weeks."""
    initial = {"probabilities": {"dark": 1e-6, "lit": 1 - 1e-6}, "effective_sample_size": 1e6}
    lamp = {
        "label": "Lamp",
        "proposition": "It is lit.",
        "states": ["dark", "lit"],
        "headline": ["lit"],
    }
    middles = np.linspace(0.1, 0.6, number).round(3).tolist()
    noticed = np.broadcast_to(seen, number).tolist()
    indicators = {
        f"beacon_{n}": {
            "label": "Beacon", "description": "A beacon.", "within": "4 weeks",
            "probability": [0.8 * p, 1.25 * p], "detection": noticed[n],
            "points_at": [{"node": "lamp", "state": "lit", "rarer": [2.0, 8.0]}], **SAID,
        }
        for n, p in enumerate(middles)
    }  # fmt: skip
    return encoding_of(
        {
            "brief": harbour_values()["brief"],
            "nodes": {"lamp": lamp | {"initial": initial | SAID}},
            "indicators": indicators,
            "rates": {"common_level": {"shift": SHIFT, "slope": SLOPE, "of": of, **SAID}},
        }
    )


def looked(found: Any, seen: Any = SEEN) -> Evidence:
    """So many steps with a report of each, all of them sure; somebody looked at every step."""
    cells = [(step, number) for number, n in enumerate(found) for step in range(n)]
    step, indicator = np.array(sorted(cells), dtype=np.int64).reshape(-1, 2).T
    full, one = np.full((1, len(found)), seen, dtype=np.float64), np.ones(len(step))
    return Evidence(np.zeros(STEPS, dtype=np.int64), full, step, indicator, one, one)


def simulated(encoding: Encoding, log_rate: Any, seed: int, seen: Any = SEEN) -> Evidence:
    """Steps with a report of each, drawn by their chance in the lit state."""
    chance = np.array(seen) * -np.expm1(-np.exp(log_rate) * encoding.step)
    return looked(np.random.default_rng(seed).binomial(STEPS, chance), seen)


def exact_level(encoding: Encoding, found: Any) -> Any:
    """Moments of shift and slope by quadrature: the noise of each rate integrated by itself."""
    block = encoding.priors.log_rate
    mean, sd = np.array(block.mean), np.array(block.sd)
    a = SHIFT * np.linspace(-5, 5, 201)
    b = 1.0 + SLOPE * np.linspace(-5, 5, 101)
    z, w = np.polynomial.hermite_e.hermegauss(30)
    total = -0.5 * (a[:, None] / SHIFT) ** 2 - 0.5 * ((b - 1.0) / SLOPE) ** 2
    for m, s, n in zip(mean, sd, found, strict=True):
        centre = mean.mean() + a[:, None] + b * (m - mean.mean())
        chance = -np.expm1(-np.exp(centre[..., None] + s * z) * encoding.step)
        likely = n * np.log(chance) + (STEPS - n) * np.log1p(-SEEN * chance)
        total = total + scipy.special.logsumexp(likely, b=w, axis=-1)
    weight = np.exp(total - total.max())
    weight /= weight.sum()
    out = []
    for points, margin in ((a, weight.sum(axis=1)), (b, weight.sum(axis=0))):
        middle = margin @ points
        out.append((middle, np.sqrt(margin @ (points - middle) ** 2)))
    return np.array(out)


@pytest.mark.slow
def test_the_sampled_level_is_that_of_quadrature() -> None:
    """Shift and slope as sampled, and as read off the rates, have the moments of the exact ones."""
    encoding, found = beacons(4), [9, 11, 20, 41]
    tree = fit(encoding, looked(found), Settings(draws=1000, tune=500, chains=2, seed=6))
    exact, draws = exact_level(encoding, found), tree["posterior"]["common_level"].values
    np.testing.assert_allclose(draws.mean(axis=(0, 1)), exact[:, 0], atol=0.15 * exact[:, 1].min())
    np.testing.assert_allclose(draws.std(axis=(0, 1)), exact[:, 1], rtol=0.12)
    mean, covariance = level_of(encoding).learnt(
        rates_of(encoding, posterior_parameters(encoding, tree))
    )
    np.testing.assert_allclose(mean.mean(axis=1), exact[:, 0], atol=0.15 * exact[:, 1].min())
    np.testing.assert_allclose(
        np.sqrt(mean.var(axis=1) + covariance.diagonal()), exact[:, 1], rtol=0.12
    )


def test_rates_that_are_stated_half_too_low_are_found_to_be() -> None:
    """The 90 % interval of how many times as often reports come holds two, and not one."""
    encoding = beacons(12)
    truth = np.array(encoding.priors.log_rate.mean) + np.log(2.0)
    draws = approximate(encoding, simulated(encoding, truth, 7)).draw(2000, seed=8)
    found = LevelFound.of(encoding, draws)
    assert found is not None
    assert 1.0 < found.times_lo90 < found.times < found.times_hi90 < 4.0
    assert found.times_lo90 < 2.0 < found.times_hi90
    assert found.slope_lo90 < 1.0 < found.slope_hi90
    assert LevelFound.of(harbour(), harbour().priors.draw(2, seed=1)) is None


def test_detections_stated_too_far_apart_are_found_to_be() -> None:
    """Where reports come of all alike, a level of reports expects them better than one of rates."""
    stated, chance = np.geomspace(0.1, 0.9, 16), np.full(16, 0.04)
    found = np.random.default_rng(9).binomial(STEPS, chance)
    missed = {}
    for of in ("rates", "reports"):
        encoding = beacons(16, of, stated)
        draws = approximate(encoding, looked(found, stated)).draw(2000, seed=8)
        rates = rates_of(encoding, draws)
        expected = stated[:, None] * -np.expm1(-np.exp(rates) * encoding.step)
        missed[of] = float(np.square(np.log(expected.mean(axis=1) / chance)).mean())
        level = LevelFound.of(encoding, draws)
        assert level is not None
        if of == "reports":
            assert level.slope_hi90 < 0.9
    assert missed["reports"] < 0.6 * missed["rates"]


@pytest.mark.slow
@pytest.mark.parametrize(("of", "seen"), [("rates", SEEN), ("reports", [0.9, 0.3, 0.6, 0.15, 0.8])])
def test_shift_slope_and_rates_are_calibrated(of: str, seen: Any) -> None:
    """Over simulated records the rank of each truth among 99 posterior draws is uniform."""
    encoding = beacons(5, of, seen)
    sampler = Sampler(encoding)
    ranks = []
    for seed in range(100):
        truth = encoding.priors.draw_blocks(1, seed=seed)
        evidence = simulated(encoding, truth["log_rate"][:, 0], seed, seen)
        tree = sampler.fit(evidence, Settings(draws=500, tune=300, chains=2, seed=seed), cores=1)
        kept = tree["posterior"].to_dataset().isel(draw=slice(None, None, 10))
        draws = np.concatenate(
            [kept[n].values.reshape(100, -1)[:99] for n in ("common_level", "log_rate")], axis=1
        )
        true = np.concatenate([truth["common_level"], truth["log_rate"]])[:, 0]
        ranks.append((draws < true).sum(axis=0))
    tests = [p(each) for each in np.array(ranks).T for p in (shape_p_value, place_p_value)]
    assert min(holm(tests)) > 0.001, tests
