"""`forecast events export`: what is in the ledger, as a file that reads back as the same."""

import csv
import datetime as dt
import json
import shutil
from dataclasses import fields, replace

import pytest

from forecast.beliefs import Report, content, read_events
from forecast.beliefs.event_files import REPORTS, read_report
from forecast.beliefs.tables import as_cells, as_csv
from forecast.ledger.hashing import content_hash
from tests.cli.projects import edit, ledger
from tests.cli.terminal import without_traceback
from tests.project.repository import ROOT

DAY = dt.date(2024, 1, 2)
REPORT = Report(
    report_id="r",
    event_id="e",
    lineage="l",
    occurred_on=DAY,
    reported_on=DAY,
    indicator="i",
    reliability="B",
    credibility=2,
    use="evidence",
    summary="s",
    note="n",
)
SAID = 'A comma, a "quote",\nanother line, and ünïcode; =1+1'


def add(forecast, **changes):
    options = {
        "indicator": "shelling_reported",
        "occurred": "2024-06-10",
        "reported": "2024-06-11",
        "grade": "B2",
        "event": "E-2",
        "lineage": "monitors",
        "summary": SAID,
        "note": "invented",
    } | changes
    words = [word for name, text in options.items() for word in (f"--{name}", text)]
    done = forecast("events", "add", *words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)["report"]["report_id"]


def hashes(project):
    """Return the fingerprint of every report that stands."""
    with ledger(project) as held:
        return {one.report_id: one.content_hash for one in held.reports.latest()}


def exported(forecast, *words):
    done = forecast("events", "export", *words)
    assert (done.code, done.err) == (0, "")
    return done.out


def test_the_file_reads_back_with_identical_fingerprints(fresh, tmp_path, forecast):
    """Added, corrected and retracted ones included, in a project that knows nothing else."""
    add(forecast)
    forecast("events", "add", "--correct", "R002", "--grade", "C3")
    forecast("events", "retract", "R003", "--reason", "x")
    assert exported(forecast, "all.csv") == "all.csv: 3 reports\n"
    other = shutil.copytree(fresh, tmp_path / "other", ignore=shutil.ignore_patterns(".forecast"))
    (other / "events" / "reports.csv").unlink()
    shutil.copy("all.csv", other / "events" / "all.csv")
    forecast("events", "list", "--project", str(other))
    assert hashes(other) == hashes(fresh)
    assert len(hashes(other)) == 3


def test_the_bundled_record_reads_back_as_it_is(tmp_path):
    reports, _ = read_events(ROOT / "events")
    (tmp_path / "all.csv").write_text(as_csv(reports), "utf-8", newline="")
    back, _ = read_events(tmp_path)
    assert len(back) == len(reports) > 100
    for one, other in zip(back, reports, strict=True):
        assert content_hash(content(one)) == content_hash(content(other))


def test_added_ones_go_into_the_folder_and_stand_once(fresh, forecast):
    report_id = add(forecast)
    before = hashes(fresh)
    exported(forecast, "events/added.csv", "--added")
    with (fresh / "events" / "added.csv").open(encoding="utf-8", newline="") as file:
        assert [(row["report_id"], row["summary"]) for row in csv.DictReader(file)] == [
            (report_id, SAID)
        ]
    forecast("events", "list")
    assert hashes(fresh) == before
    edit(fresh / "events" / "added.csv", "ünïcode", "more")
    forecast("events", "list")
    assert hashes(fresh)[report_id] != before[report_id]


def test_added_again_it_grows_and_leaves_out_what_another_file_says_otherwise(fresh, forecast):
    first = add(forecast)
    exported(forecast, "events/added.csv", "--added")
    second = add(forecast, summary="Another")
    forecast("events", "add", "--correct", "R002", "--grade", "C3")
    forecast("events", "add", "--correct", first, "--grade", "A1")
    before = hashes(fresh)
    said = exported(forecast, "events/added.csv", "--added", "--overwrite", "--json")
    assert json.loads(said)["corrected"] == ["R002"]
    assert set(json.loads(said)["reports"]) == {first, second}
    forecast("events", "list")
    assert hashes(fresh) == before


def test_a_file_that_is_there_is_replaced_only_on_request(fresh, forecast):
    reports = fresh / "events" / "reports.csv"
    before = reports.read_bytes()
    done = forecast("events", "export", "events/reports.csv")
    assert done.code == 1
    assert "is there already" in without_traceback(done)
    assert reports.read_bytes() == before
    exported(forecast, "events/reports.csv", "--overwrite")
    assert len(hashes(fresh)) == 3
    assert sorted(path.name for path in (fresh / "events").iterdir()) == [
        "coverage.csv",
        "reports.csv",
    ]


def test_a_place_that_is_not_there_is_refused(fresh, forecast):
    done = forecast("events", "export", "nowhere/all.csv")
    assert done.code == 1
    assert "nowhere/all.csv: cannot be written" in without_traceback(done)


def test_a_report_that_no_row_can_say_is_refused(fresh, forecast):
    """A reader takes blanks off both ends of a cell, so such a text would come back changed."""
    with ledger_of(fresh, forecast) as held:
        held.reports.add([replace(REPORT, summary=" s ")], origin="other")
    done = forecast("events", "export", "all.csv")
    assert done.code == 1
    assert "all.csv: r: no CSV row says the same" in without_traceback(done)
    assert not list(fresh.glob("*all.csv*")) + list(fresh.glob(".all*"))


def ledger_of(project, forecast):
    forecast("events", "list")
    return ledger(project)


@pytest.mark.parametrize("value", [None, 0.0, 3.0, -2.5, 1e22, 0.1 + 0.2, 1e-7])
@pytest.mark.parametrize("exposure", [1.0, 0.25, 1 / 3])
def test_numbers_read_back_exactly(value, exposure):
    report = replace(REPORT, value=value, exposure=exposure)
    assert read_report(as_cells(report)) == report


def test_every_field_of_a_report_has_its_column():
    """The columns are those the reader knows; the rare ones only where a report has them."""
    worked_out = {"inherits", "learnt"}
    names = {field.name for field in fields(Report)} - {"file", "line"} - worked_out
    rare = {"value": 2.0, "exposure": 0.5, "source_id": "a", "reliability_reason": "seen by us"}
    header = as_csv([replace(REPORT, **rare)]).splitlines()[0].split(",")
    assert set(header) == names == set(REPORTS.columns)
    assert set(header) - set(as_csv([REPORT]).splitlines()[0].split(",")) == set(rare)
