"""A judgement with one input changed equals a fresh computation without any reweighting."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import scipy.stats

from forecast.analysis.inputs import (
    Conditionals,
    Input,
    doubled,
    evaluate,
    held_at,
    inputs_of,
    log_prior,
    total_log_prior,
)
from forecast.analysis.sensitivity import Study
from forecast.beliefs import credibility
from forecast.inference.observations import observe
from forecast.inference.reweighting import power_scaling
from forecast.inference.tracking import log_likelihood
from tests.inference.samples import day, encoding_of, harbour, harbour_values, report, window

ROWS = [
    report("patrols", 3, lineage="navy"),
    report("patrols", 24, grade="A1", lineage="navy"),
    report("patrols", 25, grade="B3", lineage="paper"),
    report("communique", 11, grade="A1", lineage="ministry"),
    report("boardings", 9, value=4.0, lineage="navy"),
    report("notices", 12, lineage="board"),
]
COVERAGE = [window(1, 40)]
UNTIL = day(35)


def study(draws: int = 20000, seed: int = 5, node: str = "blockade") -> Study:
    """Draws of the priors, weighed by the likelihood: a posterior without a sampler."""
    p = harbour().priors.draw(draws, seed=seed)
    seen = observe(harbour(), ROWS, COVERAGE, as_of=UNTIL)
    raw = log_likelihood(harbour(), p, seen)
    weights = np.exp(raw - raw.max())
    return Study(
        harbour(), p, ROWS, COVERAGE, as_of=UNTIL, node=node, weights=weights / weights.sum()
    )


@cache
def shared() -> Study:
    """One such posterior for all tests that only read it."""
    return study()


def given(name: str) -> Input:
    """One input of the blockade."""
    found = inputs_of(harbour(), shared().component, shared().reports, shared().evidence)
    return next(each for each in found if each.name == name)


def fresh(held: Input, value: float, *, draws: int = 20000, seed: int = 77) -> float:
    """All other rates from their priors, weighed by the likelihood with this one held."""
    p = held_at(harbour(), harbour().priors.draw(draws, seed=seed), held, value)
    likelihood, judged = evaluate(
        harbour(), shared().component, p, shared().evidence, node="blockade",
        states=("partial", "full"),
    )  # fmt: skip
    weights = np.exp(likelihood - likelihood.max())
    return float(np.average(judged, weights=weights))


@pytest.mark.parametrize(
    "name",
    [
        "blockade: none > partial",
        "talks_settle_on_some_blockade",
        "patrols",
        "patrols | blockade.none",
        "blockade.none",
        "boardings",
    ],
)
def test_a_parameter_held_at_an_end_is_a_fit_in_which_it_is_known(name: str) -> None:
    """Two unlike routes: other draws, no importance ratio between parameters."""
    held = given(name)
    every = np.arange(20000)
    for end in (held.low, held.high):
        found = shared().shifted(held, end, every)
        assert found.sound
        assert found.probability == pytest.approx(fresh(held, end), abs=0.012)


def test_the_ends_are_the_tenth_and_ninetieth_percentile_of_the_priors() -> None:
    """Against draws of the priors, in the unit the analyst stated."""
    prior = harbour().priors.draw(40000, seed=3)
    for each in inputs_of(harbour(), shared().component, ROWS, shared().evidence):
        if each.block:
            drawn = getattr(prior, each.block)[each.row]
            shares = [float((drawn <= end).mean()) for end in (each.low, each.high)]
            assert shares == pytest.approx([0.1, 0.9], abs=0.01), each.label
    hazard = given("blockade: none > partial")
    assert hazard.unit == "probability within 12 weeks"
    assert 0.2 < hazard.shown_low < hazard.shown_high < 0.6


def test_the_prior_density_is_scipys() -> None:
    """A Normal, a truncated Normal, a Beta."""
    p = harbour().priors.draw(50, seed=1)
    block = harbour().priors.rarity
    for name in ("patrols | blockade.none", "patrols | talks.open"):
        held = given(name)
        mean, sd = block.mean[held.position], block.sd[held.position]
        expected = scipy.stats.truncnorm.logpdf(p.rarity[held.row], -mean / sd, np.inf, mean, sd)
        np.testing.assert_allclose(log_prior(harbour(), p, held), expected, rtol=1e-9)
    start = given("blockade.partial")
    expected = scipy.stats.beta.logpdf(p.initial[start.row], 3.0, 7.0)
    np.testing.assert_allclose(log_prior(harbour(), p, start), expected, rtol=1e-9)


def test_the_prior_as_a_whole_is_scipys_up_to_a_constant() -> None:
    """Normals and whole Dirichlets of the two nodes that are tied, and of nothing else."""
    p = harbour().priors.draw(20, seed=1)
    found = inputs_of(harbour(), shared().component, ROWS, shared().evidence)
    expected = sum(
        log_prior(harbour(), p, each) for each in found if each.block and each.kind != "initial"
    )
    for part, weights in ((slice(0, 3), [5.0, 3.0, 2.0]), (slice(5, 7), [6.3, 2.7])):
        expected = expected + scipy.stats.dirichlet.logpdf(p.initial[part], weights)
    apart = total_log_prior(harbour(), p, found) - expected
    assert np.ptp(apart) == pytest.approx(0.0, abs=1e-9)


def test_another_detection_is_the_same_evidence_with_that_detection() -> None:
    """The weights of the posterior under the other number, from the priors."""
    held = given("patrols")
    detection = replace(held, kind="detection", block="", row=harbour().indicators.index("patrols"))
    found = shared().shifted(detection, 0.3, np.arange(20000))
    other = observe(harbour(), ROWS, [*COVERAGE, window(1, 40, "patrols", 0.3)], as_of=UNTIL)
    expected = by_likelihood(other)
    assert found.probability == pytest.approx(expected, abs=0.004)


def by_likelihood(evidence: object) -> float:
    """The judgement from the draws of the priors and the likelihood of other evidence."""
    likelihood, judged = shared().evaluate(shared().parameters, evidence)  # type: ignore[arg-type]
    return float(np.average(judged, weights=np.exp(likelihood - likelihood.max())))


def test_another_weight_of_a_grade_changes_those_reports_only() -> None:
    """B2 at the weight of C3: two unlike ways to the same evidence."""
    held = next(
        each
        for each in inputs_of(harbour(), shared().component, ROWS, shared().evidence)
        if each.kind == "grade" and each.name == "B2"
    )
    found = shared().shifted(held, credibility("C", 3), np.arange(20000))
    rows = [replace(r, reliability="C", credibility=3) if r.grade == "B2" else r for r in ROWS]
    expected = by_likelihood(observe(harbour(), rows, COVERAGE, as_of=UNTIL))
    assert found.probability == pytest.approx(expected, abs=0.004)


def test_reports_of_open_acts_are_an_input_of_their_own() -> None:
    """Such a report weighs otherwise than another of its grade; a poor one weighs the same."""
    values = harbour_values()
    values["indicators"]["patrols"]["open"] = True
    opened = encoding_of(values)
    found = {
        each.name: each.low
        for each in inputs_of(opened, opened.place("blockade")[0], ROWS, shared().evidence)
        if each.kind == "grade"
    }
    assert list(found) == ["A1", "A1 open", "B2", "B2 open", "B3", "*"]
    assert found["A1"] < found["A1 open"]


def test_halving_the_odds_of_every_report_is_done_one_report_at_a_time() -> None:
    """By hand: tau = .92 becomes .8519, and c = .84 becomes .7037."""
    assert 2 * doubled(0.92, 0.5) - 1 == pytest.approx(0.7037, abs=5e-5)
    held = next(each for each in shared().inputs("prior") if each.kind == "grade"
                and each.name == "*")  # fmt: skip
    found = shared().shifted(held, 1.0, np.arange(20000))
    assert found.probability == pytest.approx(shared().probability, abs=1e-3)


def test_a_lineage_taken_out_leaves_the_rest() -> None:
    """The judgement from the draws of the priors and the reports that are left."""
    found = {each.lineage: each for each in shared().removals(draws=20000)}
    assert set(found) == {"navy", "paper", "ministry"}  # the board told of the election
    for name, each in found.items():
        kept = [row for row in ROWS if row.lineage != name]
        expected = by_likelihood(observe(harbour(), kept, COVERAGE, as_of=UNTIL))
        assert each.without.probability == pytest.approx(expected, abs=0.006)
        assert each.change == pytest.approx(each.without.probability - shared().probability)


def test_all_evidence_at_a_quarter_of_its_weight_is_a_fit_with_a_quarter_of_the_decibans() -> None:
    """Other draws of the priors, the log ratios divided by four, weighed by the likelihood."""
    removals = shared().removals(draws=2000)
    quarter, sources = shared().stresses(removals, draws=20000)
    p = harbour().priors.draw(20000, seed=77)
    level = p.level.mean(axis=0) * 0.75 + p.level / 4  # of freight alone
    p = replace(p, rarity=p.rarity / 4, level=level)
    likelihood, judged = evaluate(
        harbour(), shared().component, p, shared().evidence, node="blockade",
        states=("partial", "full"),
    )  # fmt: skip
    weights = np.exp(likelihood - likelihood.max())
    assert (quarter.kind, quarter.share) == ("evidence weight", 0.25)
    assert quarter.left.probability == pytest.approx(
        float(np.average(judged, weights=weights)), abs=0.006
    )
    kept = [row for row in ROWS if row.lineage not in sources.lineages]
    assert sources.lineages == tuple(each.lineage for each in removals)
    assert sources.left.probability == pytest.approx(
        by_likelihood(observe(harbour(), kept, COVERAGE, as_of=UNTIL)), abs=0.006
    )


def test_inputs_of_a_node_that_stands_apart_are_left_out() -> None:
    """Nothing of the election is an input of the blockade, and the other way round."""
    of_blockade = {each.label for each in shared().inputs("prior")}
    of_election = {each.label for each in study(50, node="election").inputs("prior")}
    assert not any("Election" in label or "Notices" in label for label in of_blockade)
    assert {label for label in of_election if "Blockade" in label or "Talks" in label} == set()


def test_swings_are_in_order_and_small_ones_are_estimates() -> None:
    """The widest first; as many exact ones as asked for."""
    inputs = shared().inputs("posterior")
    found = shared().swings(inputs, draws=400, exact=6)
    assert [s.span for s in found] == sorted((s.span for s in found), reverse=True)
    assert sum(s.exact for s in found) == 6
    assert all(s.error is None for s in found if not s.exact)
    assert len(found) == len(inputs)


def test_a_regression_over_draws_finds_the_sign_and_size_of_a_linear_swing() -> None:
    """Over the posterior's own range the estimate is near the exact one."""
    inputs = [e for e in shared().inputs("posterior") if e.kind == "hazard"]
    for each in inputs:
        exact = shared().swings([each], draws=20000, exact=1)[0]
        estimate = shared().swings([each], draws=20000, exact=0)[0]
        change = exact.high.probability - exact.low.probability
        assert estimate.high.probability - estimate.low.probability == pytest.approx(
            change, abs=0.03
        )


def test_a_parameter_given_all_others_is_the_conditional_normal() -> None:
    """Of correlated Normal draws: mean and variance by the textbook formula."""
    rng = np.random.default_rng(2)
    p = harbour().priors.draw(4000, seed=2)
    hazards = p.log_hazard.copy()
    hazards[1] = 0.8 * (hazards[0] - hazards[0].mean()) + 0.1 * rng.standard_normal(4000)
    changed = type(p)(**{n: getattr(p, n) for n in p.__dataclass_fields__ if n != "log_hazard"},
                      log_hazard=hazards)  # fmt: skip
    found = Conditionals.of(harbour(), changed, np.full(4000, 1 / 4000))
    density = found.log_density(changed, given("blockade: partial > full"))
    expected = scipy.stats.norm.logpdf(hazards[1], 0.8 * (hazards[0] - hazards[0].mean()), 0.1)
    assert np.abs(density - expected).mean() < 0.05


def test_power_scaling_finds_what_a_normal_mean_rests_on() -> None:
    """A vague prior and a sharp likelihood, and the other way round; the ends by conjugacy."""
    rng = np.random.default_rng(4)
    for prior_sd, data_sd, rests_on in ((10.0, 1.0, "reports"), (1.0, 10.0, "priors")):
        precision = prior_sd**-2 + data_sd**-2
        mean = 3.0 * data_sd**-2 / precision
        x = mean + rng.standard_normal(8000) / np.sqrt(precision)
        found = power_scaling(
            x,
            log_prior=-0.5 * (x / prior_sd) ** 2,
            log_likelihood=-0.5 * ((3.0 - x) / data_sd) ** 2,
        )
        assert found.rests_on == rests_on
        for end, alpha in zip(found.likelihood_ends, (0.8, 1.25), strict=True):
            scaled = 3.0 * alpha * data_sd**-2 / (prior_sd**-2 + alpha * data_sd**-2)
            assert end == pytest.approx(scaled, abs=0.05)


def test_before_any_report_a_judgement_rests_on_its_priors() -> None:
    """On the brief's date nothing is known: the likelihood is flat, and there are no sources."""
    p = harbour().priors.draw(2000, seed=1)
    bare = Study(
        harbour(), p, [], [], as_of=day(0), node="blockade", weights=np.full(2000, 1 / 2000)
    )
    found = bare.result(draws=2000, exact=3)
    assert (found.power.likelihood, found.power.rests_on) == (0.0, "priors")
    assert found.removals == []
    assert {swing.given.kind for swing in found.swings[:3]} == {"initial"}
    none = next(s for s in found.swings if s.given.name == "blockade.none")
    ends = scipy.stats.beta.ppf([0.1, 0.9], 5.0, 5.0)  # and the judgement is what is left
    assert none.low.probability == pytest.approx(1.0 - ends[0], abs=0.01)
    assert none.high.probability == pytest.approx(1.0 - ends[1], abs=0.01)
