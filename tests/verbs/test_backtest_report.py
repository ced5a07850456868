"""A backtest's report hides nothing: dates, canaries, failures, every question, and its limits."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from forecast.beliefs.outcomes import Outcome
from forecast.errors import OutputError, StatisticsError
from forecast.issue.fit import Chain
from forecast.judge import backtest as backtesting
from forecast.judge.backtest import Plan, backtest
from forecast.judge.backtest_report import report_text, write_report
from forecast.ledger import evidence_fingerprint
from forecast.project.sampler import SamplerSettings
from forecast.record.resolutions import record_outcomes

ENVOYS = """
  envoys:
    text: Will the envoys meet by 31 July 2024?
    node: talks
    states: [moving]
    mode: reported
    indicator: envoys_meet
    by: 2024-07-31
    criteria: Yes if a meeting is announced.
    fallback: None needed.
    source: Example.
"""
QUESTION = "broken_by_end_2024"
FIRST, LAST = dt.date(2024, 2, 1), dt.date(2024, 4, 1)


@pytest.fixture
def resolved(fresh):
    outcome = Outcome(QUESTION, "yes", dt.date(2024, 4, 18), "a wire")
    record_outcomes(fresh, [outcome])
    return fresh


def run_backtest(project, *, crowd=None, horizons=(), **changes):
    plan = Plan(**({"first": FIRST, "last": LAST, "every": "30 days"} | changes))
    sampler = SamplerSettings(200, 200)
    return backtest(project, plan, sampler=sampler, crowd=crowd, horizons=horizons)


def test_dates_are_points_of_the_history_and_nothing_is_issued(resolved):
    done = run_backtest(resolved)
    assert [one.day for one in done.dates] == [FIRST, FIRST + dt.timedelta(30), LAST]
    assert {one.method for one in done.dates} == {"reweighted"}
    assert all(one.tight and one.issue is not None for one in done.dates)
    with resolved.ledger() as ledger:
        assert ledger.issues.all() == []
    again = run_backtest(resolved)
    assert again.forecasts == done.forecasts
    assert [one.issue.issued_at for one in again.dates] == [
        one.issue.issued_at for one in done.dates
    ]


def test_without_reports_and_coverage_it_scores_exactly_as_its_priors(fresh):
    """The priors lose time as the forecasts do: to the last digit nothing is left between them."""
    for name in ("reports", "coverage"):
        file = fresh.root / "events" / f"{name}.csv"
        file.write_text(file.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    fresh.priors.write_text(fresh.priors.read_text("utf-8") + ENVOYS, "utf-8")
    day = dt.date(2025, 1, 1)
    record_outcomes(fresh, [Outcome(n, "no", day, "a wire") for n in ("envoys", QUESTION)])
    done = run_backtest(fresh, first=dt.date(2024, 1, 1), last=dt.date(2024, 7, 1))
    assert {len(one.resolved.series.values) for one in done.card.scores} == {7}
    [said] = [
        one.resolved.series.values for one in done.card.scores if one.resolved.name == "envoys"
    ]
    assert list(said) == sorted(said, reverse=True)
    assert said[0] > said[-1] + 0.1
    prior = next(one for one in done.card.comparisons if one.baseline == "prior only")
    assert prior.ours == prior.theirs
    assert (prior.difference.low, prior.difference.high) == (0.0, 0.0)


def test_a_crowd_is_compared_with_in_a_backtest(resolved, tmp_path):
    file = tmp_path / "crowd.csv"
    file.write_text(f"question,date,probability\n{QUESTION},2024-02-01,0.9\n", "utf-8")
    done = run_backtest(resolved, crowd=file)
    crowd = next(one for one in done.card.comparisons if one.baseline == "crowd")
    assert crowd.theirs == pytest.approx(0.01)
    assert done.card.crowd.rows == 1
    assert "| crowd | 1 |" in report_text(done)


def test_a_month_is_one_of_the_calendar_and_the_command_says_nothing_was_issued(
    resolved, monkeypatch, capsys
):
    """Three months begin on the first; blocks of a quarter hold three dates of them."""
    from tests.cli.terminal import in_this_process

    assert run_backtest(resolved, every="1m").block == 3
    monkeypatch.chdir(resolved.root)
    words = ("--from", "2024-02-01", "--to", "2024-04-01", "--every", "1m", "--draws", "200")
    done = in_this_process(["backtest", *words, "--tune", "200"], capsys)
    assert done.code == 0, done.err
    assert [line.split()[0] for line in done.out.splitlines() if "held" in line] == [
        "2024-02-01", "2024-03-01", "2024-04-01",
    ]  # fmt: skip
    assert "3 forecasts as of past dates, none issued." in " ".join(done.out.split())
    assert "issued forecast" not in done.out


def test_the_report_shows_every_date_question_and_limit(resolved, tmp_path):
    done = run_backtest(resolved)
    text = report_text(done)
    for said in (
        *(str(one.day) for one in done.dates),
        "held",
        "yes, known 2024-04-18",
        "too few to judge",
        "prior only",
        "Hindsight in the coding",
        *done.beliefs.questions,
    ):
        assert said in text
    assert "LEAKED" not in text
    page_file = write_report(done, tmp_path / "new" / "b.html")
    page = page_file.read_text("utf-8")
    assert "<table" in page
    assert "http" not in page.partition("</style>")[2].replace("https://", "")
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(done, page_file / "b.md")


def test_a_date_that_fails_is_named_and_the_rest_goes_on(resolved, monkeypatch):
    point = Chain.point

    def failing(self, date, evidence):
        if date == LAST:
            raise StatisticsError("R-hat 1.2 is above 1.01")
        return point(self, date, evidence)

    monkeypatch.setattr(Chain, "point", failing)
    done = run_backtest(resolved)
    assert [bool(one.failure) for one in done.dates] == [False, False, True]
    assert "R-hat 1.2 is above 1.01" in report_text(done)
    assert "Dates that failed: 1." in report_text(done)


def test_a_leak_kills_the_canary(resolved, monkeypatch):
    """Were reports seen a month before they came, the report would say so."""

    def leaking(*known, as_of, **more):
        return evidence_fingerprint(*known, as_of=as_of + dt.timedelta(30), **more)

    monkeypatch.setattr(backtesting, "evidence_fingerprint", leaking)
    done = run_backtest(resolved)
    assert not any(one.tight for one in done.dates)
    assert "**LEAKED**" in report_text(done)


def test_no_canary_without_a_reading_of_the_arrays(resolved, monkeypatch):
    """A fingerprint that is blind to the leak does not save it."""
    from forecast.inference import observations

    observe = observations.observe

    def leaking(encoding, reports, coverage, *, as_of, **more):
        early = [
            replace(one, reported_on=min(one.reported_on, as_of))
            if one.occurred_on <= as_of
            else one
            for one in reports
        ]
        return observe(encoding, early, coverage, as_of=as_of, **more)

    monkeypatch.setattr(observations, "observe", leaking)
    assert not all(one.tight for one in run_backtest(resolved).dates)
