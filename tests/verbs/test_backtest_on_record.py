"""The record tests the forecasts itself: on what nobody chose by how it came out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from forecast.analysis.answering import chances_of_report
from forecast.inference.encoding import encode
from forecast.inference.reweighting import smooth_weights
from forecast.inference.tracking import appraise
from forecast.judge.record import (
    ARMS,
    AskedRecord,
    RecordQuestion,
    RecordResult,
    score_horizon,
    sentences,
)
from forecast.network import Evidence
from forecast.project.project import Record
from forecast.project.sampler import SamplerSettings
from forecast.validation.simulating import Design, draw_world
from forecast.validation.worlds import expected
from tests.inference.samples import harbour
from tests.inference.test_common_level import levelled
from tests.verbs.test_backtest_report import run_backtest

KNOWN, AHEAD, DETECTION = 12, 6, 0.6
DAY = dt.date(2024, 1, 1)


def row(indicator, p, outcome, day=DAY):
    return RecordQuestion(indicator, day, (p, 0.5, 0.5, 0.5), outcome)


def scored(rows, *, since=DAY):
    return score_horizon(rows, 4, 28.0, 0, since)


def test_every_date_asks_every_indicator_and_counts_what_is_not_covered(fresh):
    """Coverage of the template ends on 30 June: the last dates have no 13 weeks left."""
    last = dt.date(2024, 5, 1)
    done = run_backtest(fresh, first=DAY, last=last, every="1 month", horizons=(28, 91))
    month, quarter = done.record.horizons
    assert done.record.until == dt.date(2024, 6, 30)
    assert (month.steps, quarter.steps) == (4, 13)
    assert (month.questions, month.uncovered) == (10, 0)
    assert (quarter.questions, quarter.uncovered) == (8, 2)
    assert month.indicators == 2
    assert sum(one.number for one in month.bins) == month.questions
    assert [one.name for one in month.arms] == list(ARMS)
    # envoys met on 6 February, shelling came on 16 April
    assert month.found == 2
    assert quarter.found == sum(one.found for one in quarter.counts) == 5


def test_the_forecast_is_that_of_a_question_and_the_rates_are_counted(fresh):
    """By hand at the brief's date, when nobody had looked yet: rate 1.3 in 4 steps of each."""
    done = run_backtest(fresh, first=DAY, last=DAY, horizons=(28,))
    [month] = done.record.horizons
    encoding = encode(done.beliefs)
    drawn = encoding.priors.draw(800, seed=1)
    blank = Evidence.empty(steps=0, indicators=2)
    looked = np.tile([0.5, 0.9], (4, 1))
    said = [each[3] for each in chances_of_report(encoding, drawn, blank, looked).values()]
    assert month.expected == pytest.approx(sum(said), abs=1e-5)
    assert month.found == 0
    rate = 1.3 / 8
    prior, common, each = month.arms
    assert prior.brier == pytest.approx(month.brier, abs=1e-5)
    assert common.brier == pytest.approx((1.0 - np.exp(-4 * rate)) ** 2)
    assert each.brier == pytest.approx((1.0 - (1 / rate) / (1 / rate + 4)) ** 2)


def test_reports_that_may_be_false_are_expected_as_well(fresh):
    """With 4 of the mean of both added to the one of each."""
    beliefs = fresh.beliefs()
    with fresh.ledger() as ledger:
        record = Record.synchronise(fresh, beliefs, ledger)
    one = replace(record.reports[0], event_id="one", reported_on=DAY, use="prior")
    graded = [
        replace(one, report_id="a", indicator="envoys_meet", reliability="B", credibility=3),
        replace(
            one, report_id="b", event_id="two", indicator="shelling_reported", reliability="A",
            credibility=2,
        ),
    ]  # fmt: skip
    asked = AskedRecord(
        encode(beliefs), replace(record, reports=graded), SamplerSettings(draws=250), [28.0]
    )
    b3, a2 = (beliefs.weigh(report, DAY) for report in graded)
    mean = (b3 + a2) / 2
    found = dict(zip(asked.encoding.indicators, asked.credible(DAY), strict=True))
    assert found == pytest.approx(
        {"envoys_meet": (b3 + 4 * mean) / 5, "shelling_reported": (a2 + 4 * mean) / 5}
    )
    assert asked.credible(DAY - dt.timedelta(1)).tolist() == [1.0, 1.0]
    drawn, blank = asked.encoding.priors.draw(800, seed=1), Evidence.empty(steps=0, indicators=2)
    looked = asked.looking[: asked.ahead] / asked.credible(DAY)
    right = chances_of_report(asked.encoding, drawn, blank, np.minimum(1.0, looked))
    assert asked.chances(drawn, blank, DAY) == right
    assert (
        right["envoys_meet"][3]
        > chances_of_report(asked.encoding, drawn, blank, asked.looking[: asked.ahead])[
            "envoys_meet"
        ][3]
    )


@pytest.mark.parametrize("refit", [False, True])
def test_whoever_answers_expects_false_reports(fresh, monkeypatch, refit):
    """At the brief's date every forecast is that of the priors, with half of the reports false."""
    from tests.frozen.keep import no_sampler

    halves = lambda asked, _day: np.full(len(asked.encoding.indicators), 0.5)  # noqa: E731
    monkeypatch.setattr(AskedRecord, "credible", halves)
    with no_sampler():
        done = run_backtest(fresh, first=DAY, last=DAY, horizons=(28,), refit=refit)
    [month] = done.record.horizons
    assert month.brier == pytest.approx(month.arms[0].brier, abs=0.02)
    encoding = encode(done.beliefs)
    blank = Evidence.empty(steps=0, indicators=2)
    said = chances_of_report(encoding, encoding.priors.draw(800, seed=1), blank, np.ones((4, 2)))
    assert month.expected == pytest.approx(sum(each[3] for each in said.values()), abs=0.05)


def test_a_refit_asks_the_draws_that_were_issued(fresh, monkeypatch):
    from tests.frozen.keep import no_sampler

    with no_sampler():
        done = run_backtest(fresh, first=DAY, last=DAY, horizons=(28,), refit=True)
    [month] = done.record.horizons
    assert month.questions == 2
    assert month.brier == pytest.approx(month.arms[0].brier, abs=0.02)


def test_without_coverage_nothing_is_asked(fresh):
    file = fresh.root / "events" / "coverage.csv"
    file.write_text(file.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    done = run_backtest(fresh, first=DAY, last=DAY, horizons=(28,))
    [month] = done.record.horizons
    assert (done.record.until, month.questions, month.brier) == (None, 0, None)
    assert "not covered" in sentences(month)[0]
    assert RecordResult.model_validate(done.record).plain()["horizons"][0]["yes"] is None


def test_more_or_fewer_reports_than_expected_are_told_in_a_sentence():
    many = scored([row("a", 0.2, 1), row("a", 0.2, 0), row("b", 0.3, 1), row("b", 0.3, 0)])
    assert many.ratio == pytest.approx(2.0)
    assert "2.00 times as many" in sentences(many)[-1]
    assert "too low" in sentences(many)[-1]
    few = scored([row("a", 0.9, 1), row("a", 0.9, 0)])
    assert "too high" in sentences(few)[-1]
    right = scored([row("a", 0.5, 1), row("a", 0.5, 0)])
    assert right.fits
    assert not any("does not fit" in said for said in sentences(right))


def test_the_sixth_month_on_is_counted_apart():
    early, late = row("a", 0.5, 1), row("a", 0.25, 0, DAY + dt.timedelta(1))
    found = scored([early, late], since=DAY + dt.timedelta(1))
    assert (found.found, found.expected) == (1, 0.75)
    assert (found.found_later, found.expected_later) == (0, 0.25)


def of_worlds(*, told, worlds=60, encoding=None):
    """Ask simulated worlds, whose reports are found with 0.6, of an engine that is told so much."""
    encoding = encoding or harbour()
    presence = [
        number
        for number, name in enumerate(encoding.indicators)
        if (entry := encoding.beliefs.indicators[name]).kind == "presence" and entry.recurs
    ]
    looked = np.zeros((1, len(encoding.indicators)))
    looked[0, presence] = told
    drawn = encoding.priors.draw(600, seed=11)
    rows, apart = [], []
    for world in range(worlds):
        true = draw_world(encoding, Design(KNOWN, AHEAD, {}), seed=[7, world])
        rng = np.random.default_rng([8, world])
        came = np.zeros((KNOWN + AHEAD, len(encoding.indicators)), dtype=bool)
        for number in presence:
            name = encoding.indicators[number]
            for step in range(KNOWN + AHEAD):
                mean = expected(encoding.beliefs, true.rates, name, true.path[step + 1])
                came[step, number] = rng.random() < DETECTION * -np.expm1(-mean)
        step, number = came[:KNOWN].nonzero()
        ones = np.ones(len(step))
        known = Evidence(np.zeros(KNOWN, np.int64), looked, step, number, ones, ones)
        logs = appraise(encoding, drawn, known).log_likelihood
        weights = smooth_weights(logs).weights
        ahead = np.repeat(looked, AHEAD, axis=0)
        said = chances_of_report(encoding, drawn, known, ahead, weights=weights)
        mine = [
            row(
                encoding.indicators[k], said[encoding.indicators[k]][-1], int(came[KNOWN:, k].any())
            )
            for k in presence
        ]
        rows += mine
        apart.append(sum(one.outcome - one.said[0] for one in mine))
    return scored(rows), np.array(apart)


@pytest.mark.parametrize("of", [None, "rates", "reports"])
def test_in_worlds_of_the_model_as_many_reports_are_found_as_expected(of):
    """Within two standard errors of 1, over sixty worlds; with a level in common, too."""
    found, apart = of_worlds(told=DETECTION, encoding=of and levelled(of))
    error = apart.std(ddof=1) * np.sqrt(len(apart)) / found.expected
    assert abs(found.ratio - 1.0) < 2.0 * error
    assert error < 0.1
    assert found.fits


def test_a_detection_stated_at_half_is_flagged():
    found, _ = of_worlds(told=DETECTION / 2)
    assert found.ratio > 1.25
    assert "too low" in sentences(found)[-1]
