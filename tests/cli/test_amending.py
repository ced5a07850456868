"""`forecast events retract`, `restore` and `forecast check --ledger`."""

import json
import sqlite3

import pytest

from tests.cli.projects import edit, ledger, rewrite
from tests.cli.terminal import without_traceback


def ids(forecast):
    listed = json.loads(forecast("events", "list", "--json").out)
    return [row["report_id"] for row in listed["reports"]]


def retract(forecast, report_id="R002", reason="The agency withdrew it"):
    return forecast("events", "retract", report_id, "--reason", reason)


def test_a_retracted_report_stays_away_though_its_row_stays_and_is_corrected(fresh, forecast):
    assert retract(forecast).out == "R002: retracted\n"
    assert ids(forecast) == ["R001", "R003"]
    edit(fresh / "events" / "reports.csv", "counted a dozen impacts", "counted ten impacts")
    assert ids(forecast) == ["R001", "R003"]


def test_restored_it_stands_as_its_row_says_now(fresh, forecast):
    retract(forecast)
    edit(fresh / "events" / "reports.csv", "counted a dozen impacts", "counted ten impacts")
    done = forecast("events", "restore", "R002", "--reason", "Confirmed")
    assert (done.code, done.out) == (0, "R002: stands again\n")
    assert ids(forecast) == ["R001", "R003", "R002"]
    with ledger(fresh) as held:
        assert "ten impacts" in held.reports.versions("R002")[-1].content["summary"]
        assert held.verify() == []


@pytest.mark.parametrize("verb", ["retract", "restore"])
def test_a_second_time_writes_nothing(verb, fresh, forecast):
    retract(forecast)
    forecast("events", verb, "R002", "--reason", "x")
    with ledger(fresh) as held:
        before = held.recorded_until()
    done = forecast("events", verb, "R002", "--reason", "y")
    assert "already; nothing was written" in done.out
    with ledger(fresh) as held:
        assert held.recorded_until() == before


@pytest.mark.parametrize("verb", ["retract", "restore"])
@pytest.mark.parametrize(
    ("report_id", "reason", "said"),
    [("R020", "x", "unknown report 'R020'; did you mean"), ("R002", " ", "no reason came")],
)
def test_an_unknown_report_or_no_reason_is_refused(verb, report_id, reason, said, fresh, forecast):
    done = forecast("events", verb, report_id, "--reason", reason)
    assert done.code == 1
    assert said in without_traceback(done)


def test_a_report_whose_row_is_gone_is_not_restored_for_a_moment_only(fresh, forecast):
    retract(forecast)
    rewrite(
        fresh / "events" / "reports.csv",
        lambda row: None if row["report_id"] == "R002" else row,
    )
    done = forecast("events", "restore", "R002", "--reason", "x")
    assert done.code == 1
    assert "no longer in events; put it back there" in without_traceback(done)


def test_verify_says_what_it_looked_at(fresh, forecast):
    retract(forecast)
    done = forecast("check", "--ledger")
    assert (done.code, done.err) == (0, "")
    assert "3 versions of reports" in done.out
    assert "1 word on whether a report stands" in done.out
    assert done.out.splitlines()[-1] == "as it was recorded"


def test_verify_finds_a_row_that_was_changed_behind_the_guards(fresh, forecast):
    forecast("events", "list")
    with sqlite3.connect(fresh / ".forecast" / "ledger.sqlite") as connection:
        connection.execute("DROP TRIGGER report_version_no_update")
        connection.execute(
            "UPDATE report_version SET occurred_on = '2024-01-03' WHERE report_id = 'R001'"
        )
    connection.close()
    done = forecast("check", "--ledger")
    assert done.code == 1
    assert "report_version R001 1: the row was changed after it was recorded" in done.out
    assert done.out.splitlines()[-1] == "2 problems"
    found = json.loads(forecast("check", "--ledger", "--json").out)
    assert len(found["problems"]) == 2


def test_verify_without_a_ledger_makes_none(fresh, forecast):
    done = forecast("check", "--ledger")
    assert done.code == 1
    without_traceback(done)
    assert not (fresh / ".forecast").exists()
