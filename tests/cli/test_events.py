"""`forecast events list`: reading events/ into the ledger, once, with every version kept."""

import json

import pytest

from tests.cli.projects import edit, ledger, rewrite
from tests.cli.terminal import without_traceback


def listed(forecast, *options):
    """Return the reports that are listed."""
    done = forecast("events", "list", "--json", *options)
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)["reports"]


def ids(forecast, *options):
    return [row["report_id"] for row in listed(forecast, *options)]


def drop(report_id):
    """Leave out one row."""
    return lambda row: None if row["report_id"] == report_id else row


def test_reports_are_listed_by_the_day_they_were_reported(fresh, forecast):
    rows = listed(forecast)
    assert [row["report_id"] for row in rows] == ["R001", "R003", "R002"]
    assert [row["reported_on"] for row in rows] == sorted(row["reported_on"] for row in rows)


def test_the_table_has_grade_lineage_and_a_count(fresh, forecast):
    shown = forecast("events", "list").out
    assert "A1" in shown
    assert "party-a" in shown
    assert shown.splitlines()[-1] == "3 reports, 2 events"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--indicator", "envoys_meet"), ["R001"]),
        (("--node", "ceasefire"), ["R003", "R002"]),
        (("--node", "talks"), ["R001"]),
        (("--as-of", "2024-04-17"), ["R001", "R003"]),
        (("--as-of", "2024-01-01"), []),
        (("--node", "talks", "--indicator", "shelling_reported"), []),
        (("--use", "prior"), []),
        (("--use", "all"), ["R001", "R003", "R002"]),
    ],
    ids=" ".join,
)
def test_filters_leave_what_they_say(options, expected, fresh, forecast):
    assert ids(forecast, *options) == expected


def test_a_report_that_documents_the_prior_is_listed_only_on_request(fresh, forecast):
    rewrite(
        fresh / "events" / "reports.csv",
        lambda row: {**row, "use": "prior"} if row["report_id"] == "R001" else row,
    )
    assert ids(forecast) == ["R003", "R002"]
    assert ids(forecast, "--use", "prior") == ["R001"]


@pytest.mark.parametrize(
    ("options", "near"),
    [
        (("--indicator", "envoys_met"), "did you mean 'envoys_meet'?"),
        (("--node", "talk"), "did you mean 'talks'?"),
        (("--node", "xyz"), "there are: ceasefire, talks"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_an_unknown_name_is_refused_with_the_nearest(options, near, fresh, forecast):
    done = forecast("events", "list", *options)
    assert done.code == 1
    assert near in without_traceback(done)


def test_reading_the_same_files_again_adds_nothing(fresh, forecast):
    listed(forecast)
    with ledger(fresh) as held:
        before = held.recorded_until()
    listed(forecast)
    with ledger(fresh) as held:
        assert held.recorded_until() == before


def test_an_edited_row_is_a_new_version_and_the_old_one_stays(fresh, forecast):
    listed(forecast)
    edit(fresh / "events" / "reports.csv", "mediator,2024-02-06", "mediator-office,2024-02-06")
    assert listed(forecast, "--indicator", "envoys_meet")[0]["lineage"] == "mediator-office"
    with ledger(fresh) as held:
        lineages = [version.content["lineage"] for version in held.reports.versions("R001")]
        assert lineages == ["mediator", "mediator-office"]
        assert held.verify() == []


def test_a_removed_row_is_withdrawn_and_comes_back_with_its_row(fresh, forecast):
    listed(forecast)
    reports = fresh / "events" / "reports.csv"
    whole = reports.read_bytes()
    rewrite(reports, drop("R002"))
    assert ids(forecast) == ["R001", "R003"]
    with ledger(fresh) as held:
        assert len(held.reports.versions("R002")) == 1
    reports.write_bytes(whole)
    assert ids(forecast) == ["R001", "R003", "R002"]
    with ledger(fresh) as held:
        assert held.verify() == []


def test_a_row_in_another_file_of_the_folder_counts_as_well(fresh, forecast):
    text = (fresh / "events" / "reports.csv").read_text("utf-8")
    header, row, *_ = text.splitlines()
    more = row.replace("R001", "R004").replace("2024-02-0", "2024-03-0")
    (fresh / "events" / "march.csv").write_text(f"{header}\n{more}\n", "utf-8")
    assert ids(forecast) == ["R001", "R004", "R003", "R002"]


def test_brackets_in_a_summary_are_shown_as_they_are(fresh, forecast):
    edit(fresh / "events" / "reports.csv", "Envoys met for two days", "[red]Envoys[/red] [sic] met")
    assert "[red]Envoys[/red] [sic] met" in forecast("events", "list").out
