"""Reliability learnt from outcomes, against closed forms, a grid, and PyMC."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forecast.inference.remembering import SPREAD, Letter, Tally, learn

COUNTS = st.integers(0, 12)
RECORDS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d"]), st.builds(Tally, COUNTS, COUNTS), max_size=4
)
LETTERS = st.sampled_from([0.95, 0.80, 0.60, 0.40, 0.20, 0.50])


def of_letter(records, mean=0.8, strength=10.0, letter_strength=40.0):
    return learn(records, mean=mean, strength=strength, letter_strength=letter_strength)


@given(LETTERS)
def test_without_outcomes_the_letter_stands(mean):
    assert of_letter({}, mean).expected("any") == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize(("confirmed", "refuted"), [(0, 1), (7, 2), (0, 15), (40, 3)])
def test_with_a_letter_known_for_certain_it_is_the_conjugate_beta(confirmed, refuted):
    """theta | y ~ Beta(mk + y, (1-m)k + n - y), when neither m nor k is learnt."""
    one = np.array([1.0])
    found = Letter(0.8 * one, 10 * one, one, {"a": Tally(confirmed, refuted)}).reliability("a")
    exact = stats.beta(8 + confirmed, 2 + refuted)
    assert found.mean == pytest.approx(exact.mean(), abs=1e-12)
    assert (found.lo80, found.hi80) == pytest.approx(exact.ppf([0.1, 0.9]), abs=1e-7)


@pytest.mark.parametrize("letter_strength", [4.0, 400.0])
@pytest.mark.parametrize("mean", [0.95, 0.5, 0.2])
def test_the_quadrature_has_the_moments_of_the_priors(mean, letter_strength):
    letter = of_letter({}, mean, letter_strength=letter_strength)
    exact = stats.beta(mean * letter_strength, (1 - mean) * letter_strength)
    assert letter.weight @ letter.mean == pytest.approx(exact.mean(), abs=1e-10)
    assert letter.weight @ letter.mean**2 == pytest.approx(exact.moment(2), abs=1e-10)
    log = np.log(letter.strength / 10.0)
    assert letter.weight @ log == pytest.approx(0.0, abs=1e-10)
    assert letter.weight @ log**2 == pytest.approx(SPREAD**2, abs=1e-10)


def by_grid(records, name, mean, strength, letter_strength):
    """The same by brute force: theta, m and log k on a fine grid, with SciPy's densities."""
    m = (np.arange(1500) + 0.5) / 1500
    scores = np.linspace(-6, 6, 161)
    k = strength * np.exp(SPREAD * scores)
    log = stats.beta.logpdf(m, mean * letter_strength, (1 - mean) * letter_strength)[:, None]
    log = log + stats.norm.logpdf(scores)[None, :]
    a, b = m[:, None] * k, (1 - m[:, None]) * k
    for tally in records.values():
        number = round(tally.number)
        log = log + stats.betabinom.logpmf(round(tally.confirmed), number, a, b)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    own = records.get(name, Tally())
    return float((weight * (a + own.confirmed) / (a + b + own.number)).sum())


@pytest.mark.parametrize("mean", [0.95, 0.6, 0.2])
@pytest.mark.parametrize(
    "records",
    [
        {"a": Tally(0, 1)},
        {"a": Tally(3, 0), "b": Tally(0, 9), "c": Tally(14, 2)},
        {"a": Tally(30, 1), "b": Tally(1, 30)},
    ],
    ids=["one report", "three sources", "opposites"],
)
def test_it_agrees_with_integration_on_a_grid(records, mean):
    letter = of_letter(records, mean)
    for name in [*records, "another"]:
        assert letter.expected(name) == pytest.approx(
            by_grid(records, name, mean, 10.0, 40.0), abs=2e-4
        )


def test_the_band_holds_four_fifths_of_draws_from_the_posterior():
    """Draws of m, k by weight, then of theta: 80 % lie in the band."""
    letter = of_letter({"a": Tally(2, 6), "b": Tally(9, 1)})
    rng = np.random.default_rng(1)
    at = rng.choice(len(letter.weight), size=200_000, p=letter.weight)
    m, k = letter.mean[at], letter.strength[at]
    theta = rng.beta(m * k + 2, (1 - m) * k + 6)
    found = letter.reliability("a")
    assert ((theta > found.lo80) & (theta < found.hi80)).mean() == pytest.approx(0.8, abs=0.005)
    assert theta.mean() == pytest.approx(found.mean, abs=0.003)


@settings(deadline=None)
@given(RECORDS, LETTERS, st.integers(2, 6))
def test_one_refutation_moves_less_than_several_and_a_confirmation_the_other_way(
    records, mean, more
):
    old = records.get("a", Tally())
    before = of_letter(records, mean).expected("a")

    def after(confirmed, refuted):
        new = Tally(old.confirmed + confirmed, old.refuted + refuted)
        return of_letter({**records, "a": new}, mean).expected("a")

    assert after(0, more) < after(0, 1) < before < after(1, 0) < after(more, 0)


@pytest.mark.parametrize(
    ("better", "worse"), list(itertools.pairwise([0.95, 0.80, 0.60, 0.40, 0.20]))
)
def test_one_bad_report_ruins_no_source_and_one_good_one_makes_none(better, worse):
    """Neither moves a source as far as the next letter."""
    assert of_letter({"a": Tally(0, 1)}, better).expected("a") > worse
    assert of_letter({"a": Tally(1, 0)}, worse).expected("a") < better


@settings(deadline=None)
@given(RECORDS, st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_sources_does_not_matter(records, order):
    shuffled = {name: records[name] for name in order if name in records}
    for name in "abcd":
        assert of_letter(records).expected(name) == of_letter(shuffled).expected(name)


def test_sources_of_a_letter_learn_from_each_other_less_than_from_themselves():
    letter = of_letter({"a": Tally(0, 10)})
    assert letter.expected("a") < letter.expected("another") < 0.8
    assert 0.8 - letter.expected("another") < (0.8 - letter.expected("a")) / 3


def test_as_if_an_outcome_had_not_been_is_the_record_without_it():
    records = {"a": Tally(3, 2), "b": Tally(0, 4)}
    found = of_letter(records).expected("a", tally=Tally(3, 2).without(confirmed=False, share=1.0))
    assert found == pytest.approx(of_letter({**records, "a": Tally(3, 1)}).expected("a"), abs=1e-12)


@pytest.mark.slow
def test_it_agrees_with_pymc():
    """The same model written in PyMC and sampled."""
    import pymc as pm

    records = {"a": Tally(3, 5), "b": Tally(11, 1), "c": Tally(0, 2)}
    with pm.Model():
        m = pm.Beta("m", 0.8 * 40, 0.2 * 40)
        k = pm.LogNormal("k", np.log(10.0), SPREAD)
        theta = pm.Beta("theta", m * k, (1 - m) * k, shape=3)
        number = np.array([round(t.number) for t in records.values()])
        seen = np.array([round(t.confirmed) for t in records.values()])
        pm.Binomial("y", number, theta, observed=seen)
        draws = pm.sample(
            4000, tune=1500, chains=2, cores=1, random_seed=1, progressbar=False, target_accept=0.95
        )
    sampled = draws.posterior["theta"].values.reshape(-1, 3)
    letter = of_letter(records)
    for column, name in enumerate(records):
        found = letter.reliability(name)
        assert found.mean == pytest.approx(sampled[:, column].mean(), abs=0.006)
        ends = np.quantile(sampled[:, column], [0.1, 0.9])
        assert (found.lo80, found.hi80) == pytest.approx(ends, abs=0.015)
