"""A project on disk: what is read, what day it reaches to, and what its ledger is."""

import datetime as dt

import pytest

from forecast.errors import BeliefsError, EvidenceError, LedgerError, ReportsError
from forecast.project.project import Project, Record, as_of_day, today
from tests.cli.projects import edit, rewrite


@pytest.fixture
def record(fresh):
    """Read a project into its ledger; what is called gives beliefs and record."""

    def read():
        beliefs = fresh.beliefs()
        with fresh.ledger() as ledger:
            return beliefs, Record.synchronise(fresh, beliefs, ledger)

    return read


def test_the_default_day_is_the_last_anybody_looked_or_reported(fresh, record):
    beliefs, found = record()
    assert as_of_day(beliefs, found, None) == dt.date(2024, 6, 30)
    edit(fresh.events / "coverage.csv", "2024-06-30", "2024-03-31")
    assert as_of_day(*record(), None) == dt.date(2024, 4, 18)


def test_the_default_day_is_never_after_today(fresh, record):
    edit(fresh.events / "coverage.csv", "2024-06-30", "2999-12-31")
    assert as_of_day(*record(), None) == today()


def test_the_default_day_without_any_evidence_is_the_briefs(fresh, record):
    rewrite(fresh.events / "reports.csv", lambda row: {**row, "use": "prior"})
    edit(fresh.events / "coverage.csv", "2024-01-01,2024-06-30", "2023-01-01,2023-06-30")
    assert as_of_day(*record(), None) == dt.date(2024, 1, 1)


@pytest.mark.parametrize("day", [dt.date(2023, 12, 31), dt.date(2999, 1, 1)])
def test_a_day_outside_is_refused(day, record):
    with pytest.raises(EvidenceError, match=f"--as-of {day}"):
        as_of_day(*record(), day)


@pytest.mark.parametrize("days", [0, 180])
def test_the_first_and_the_last_day_are_inside(days, record):
    day = dt.date(2024, 1, 1) + dt.timedelta(days)
    assert as_of_day(*record(), day) == day


def test_reading_tells_new_revised_withdrawn_and_restored(fresh, record):
    assert record()[1].changes.new == ("R001", "R002", "R003")
    whole = (fresh.events / "reports.csv").read_bytes()
    edit(fresh.events / "reports.csv", "A,1,evidence", "A,2,evidence")
    assert record()[1].changes.revised == ("R001",)
    rewrite(fresh.events / "reports.csv", lambda row: row if row["report_id"] > "R001" else None)
    assert record()[1].changes.withdrawn == ("R001",)
    (fresh.events / "reports.csv").write_bytes(whole)
    assert record()[1].changes.restored == ("R001",)
    assert not record()[1].changes.changed


def test_one_bad_row_stores_none(fresh, record):
    edit(fresh.events / "reports.csv", "D,4,evidence", "D,9,evidence")
    with pytest.raises(ReportsError, match="credibility"):
        record()
    with fresh.ledger() as ledger:
        assert ledger.reports.latest() == []
        assert ledger.coverage.latest() == []


def test_every_report_dated_after_today_is_told(fresh):
    rewrite(fresh.events / "reports.csv", lambda row: {**row, "reported_on": "2999-01-01"})
    with pytest.raises(ReportsError) as caught:
        fresh.reported(fresh.beliefs())
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4]


def test_today_is_not_after_today(fresh):
    day = today().isoformat()
    rewrite(fresh.events / "reports.csv", lambda row: {**row, "reported_on": day})
    assert len(fresh.reported(fresh.beliefs())[0]) == 3


def test_a_ledger_that_has_to_be_there_is_not_made(fresh):
    with pytest.raises(LedgerError, match="there is no ledger here"):
        fresh.ledger(create=False)
    assert not fresh.memory.exists()


def test_the_ledger_named_in_code_goes_before_the_one_of_the_environment(
    fresh, tmp_path, monkeypatch
):
    monkeypatch.setenv("FORECAST_LEDGER", str(tmp_path / "theirs.sqlite"))
    with Project(fresh.root, ledger_url=str(tmp_path / "ours.sqlite")).ledger() as ledger:
        assert ledger.place == str(tmp_path / "ours.sqlite")
    assert not (tmp_path / "theirs.sqlite").exists()


def test_a_missing_brief_says_how_to_start(tmp_path):
    with pytest.raises(BeliefsError, match="forecast init"):
        Project(tmp_path).beliefs()
