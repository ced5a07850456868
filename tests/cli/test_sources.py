"""`forecast sources`: what it lists, what it records, and what it refuses."""

import json
import sqlite3
from contextlib import closing

import pytest

SOURCES = """source_id,label,reliability,hosts,lineages,source,rationale
monitors,Example monitors,B,,monitors,Example desk,Usually right
mediator,Example mediator,A,,mediator,Example desk,A record
"""


@pytest.fixture
def sourced(fresh):
    (fresh / "events" / "sources.csv").write_text(SOURCES)
    return fresh


def listed(forecast, *options):
    done = forecast("sources", "--json", *options)
    assert done.code == 0, done.err
    shown = json.loads(done.out)
    return shown, {one["source_id"]: one for one in shown["sources"]}


def test_without_sources_it_says_where_they_would_be(fresh, forecast):
    done = forecast("sources")
    assert (done.code, done.out) == (
        0,
        "no sources: events/ holds no file of sources (see docs/sources.md)\n",
    )


def test_it_is_off_and_says_so_with_how_many_outcomes_there_are(sourced, forecast):
    said = " ".join(forecast("sources").out.split())
    assert "Source memory is off, with 0 of the 20 outcomes it needs" in said
    forecast("sources", "refute", "R002", "--source-title", "C", "--on", "2024-05-01",
             "--reason", "no")  # fmt: skip
    path = sourced / "priors.yaml"
    path.write_text(path.read_text() + "\nsource_memory: {on: true, least: 2}\n")
    assert "waits, with 1 of the 2 outcomes" in " ".join(forecast("sources").out.split())
    path.write_text(path.read_text().replace("least: 2", "least: 1"))
    assert "Source memory is on, with 1 of the 1" in " ".join(forecast("sources").out.split())


def test_what_is_recorded_is_listed_from_its_own_day_on(sourced, forecast):
    done = forecast("sources", "confirm", "R001", "--by", "R002", "--reason", "Seen", "--json")
    assert json.loads(done.out) == {
        "state": "new", "report_id": "R001", "verdict": "confirmed", "known_on": "2024-04-18",
        "by": ["R002"], "source_title": "", "source_url": "", "reason": "Seen",
        "source_id": "mediator",
    }  # fmt: skip
    shown, sources = listed(forecast)
    assert (shown["outcomes"], shown["in_use"]) == (1, False)
    assert list(sources) == ["mediator", "monitors"]
    assert (sources["mediator"]["confirmed"], sources["mediator"]["letter"]) == (1.0, "A")
    assert sources["mediator"]["reliability"] > 0.95
    assert listed(forecast, "--as-of", "2024-04-17")[0]["outcomes"] == 0


def test_a_verdict_is_corrected_and_taken_back_and_the_ledger_keeps_all(sourced, forecast):
    about = ("R002", "--source-title", "Correction", "--on", "2024-05-01", "--reason")
    assert "; recorded\n" in forecast("sources", "confirm", *about, "yes").out
    done = forecast("sources", "refute", *about, "no")
    assert "R002: refuted, known on 2024-05-01; corrected" in done.out
    assert "forecast events retract R002" in done.out
    assert "; known already\n" in forecast("sources", "refute", *about, "no").out
    forecast("sources", "reopen", "R002", "--on", "2024-06-01", "--reason", "another ship")
    assert listed(forecast)[0]["outcomes"] == 0
    assert listed(forecast, "--as-of", "2024-05-31")[1]["monitors"]["refuted"] == 1.0
    with closing(sqlite3.connect(sourced / ".forecast" / "ledger.sqlite")) as database:
        (number,) = database.execute("SELECT count(*) FROM verdict_version").fetchone()
    assert number == 3
    assert forecast("check", "--ledger").out.endswith("as it was recorded\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("refute", "R002", "--reason", "no"), 2, "say what says so: --by REPORT"),
        (("refute", "R002", "--by", "R001", "--reason", " "), 2, "--reason is missing"),
        (("refute", "R002", "--source-title", "t", "--reason", "no"), 2, "--on is missing"),
        (("refute",), 2, "REPORT is missing: which one to refute"),
        (("--by", "R001"), 2, "confirm, refute or reopen REPORT"),
        (("refute", "R002", "--as-of", "2024-05-01"), 2, "the day of a verdict is --on"),
        (("doubt", "R002"), 2, "'doubt' is not one of 'confirm', 'refute', 'reopen'"),
        (("refute", "R02", "--by", "R001", "--reason", "no"), 1, "did you mean 'R002'?"),
        (("refute", "R002", "--by", "R9", "--reason", "no"), 1, "by: there is no report 'R9'"),
        (("refute", "R002", "--by", "R002", "--reason", "no"), 1, "R002 cannot speak for itself"),
        (
            ("refute", "R002", "--by", "R001", "--reason", "no", "--on", "2024-02-08"),
            1,
            "known_on: 2024-02-08 is before the report (2024-04-18)",
        ),
        (
            ("confirm", "R001", "--by", "R002", "--reason", "yes", "--on", "2024-03-01"),
            1,
            "by: R002 was reported on 2024-04-18, after 2024-03-01",
        ),
        (("--as-of", "2999-01-01"), 1, "--as-of 2999-01-01 is after today"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(sourced, forecast, arguments, code, said):
    done = forecast("sources", *arguments)
    assert done.code == code
    assert said in done.err
    assert "Traceback" not in done.err
    assert listed(forecast)[0]["outcomes"] == 0


def test_a_copy_confirms_nothing(sourced, forecast):
    path = sourced / "events" / "reports.csv"
    path.write_text(path.read_text().replace(",party-a,", ",monitors,"))
    done = forecast("sources", "confirm", "R002", "--by", "R003", "--reason", "too")
    assert done.code == 1
    assert "R003 has the same lineage (monitors): a copy confirms nothing" in done.err
    assert (
        forecast("sources", "refute", "R002", "--by", "R003", "--reason", "took it back").code == 0
    )


def test_a_row_of_events_is_not_overruled_by_hand(sourced, forecast):
    (sourced / "events" / "verdicts.csv").write_text(
        "report_id,verdict,known_on,by,reason\nR002,refuted,2024-05-01,R001,no\n"
    )
    about = ("R002", "--by", "R001", "--on", "2024-05-01", "--reason")
    done = forecast("sources", "confirm", *about, "yes")
    assert done.code == 1
    assert "a row of events/ says refuted of R002 on 2024-05-01" in done.err
    assert "known already" in forecast("sources", "refute", *about, "no").out


def test_verdicts_that_cannot_be_are_told_by_check_and_stop_every_command(sourced, forecast):
    (sourced / "events" / "verdicts.csv").write_text(
        "report_id,verdict,known_on,by,reason\nR001,refuted,2024-01-31,R002,no\n"
        "R9,refuted,2024-05-01,R002,no\n"
    )
    done = forecast("check")
    assert done.code == 1
    assert "events/verdicts.csv:2: known_on: 2024-01-31 is before the report" in done.out
    assert "warning: events/verdicts.csv:3: report_id: there is no report 'R9'" in done.out
    done = forecast("sources")
    assert done.code == 1
    assert "events/verdicts.csv:3: report_id: there is no report 'R9'" in done.err


def test_a_report_added_by_hand_takes_the_letter_of_its_source(sourced, forecast):
    about = (
        "events", "add", "--indicator", "shelling_reported", "--occurred", "2024-05-10",
        "--reported", "2024-05-11", "--event", "E9", "--lineage", "monitors", "--summary", "More",
        "--source-title", "Example", "--id", "R900", "--source",
    )  # fmt: skip
    done = forecast(*about, "monitor", "--grade", "2")
    assert done.code == 1
    assert "--source: unknown source 'monitor'; did you mean 'monitors'?" in done.err
    done = forecast(*about, "monitors", "--grade", "C2")
    assert "--grade: C came, but source 'monitors' is B" in done.err
    done = forecast(*about, "monitors", "--grade", "2", "--json")
    report = json.loads(done.out)["report"]
    assert (report["reliability"], report["source_id"], report["inherits"]) == (
        "B",
        "monitors",
        True,
    )
    assert forecast("events", "export", "events/added.csv", "--added").code == 0
    assert ",,2,evidence," in (sourced / "events" / "added.csv").read_text()
    assert listed(forecast)[1]["monitors"]["reports"] == 2


def test_a_correction_keeps_the_source_unless_a_reason_is_given(sourced, forecast):
    forecast("events", "add", "--correct", "R002", "--source", "monitors")
    done = forecast("events", "add", "--correct", "R002", "--grade", "D2")
    assert "--grade: D came, but source 'monitors' is B" in done.err
    done = forecast("events", "add", "--correct", "R002", "--grade", "D2", "--reliability-reason",
                    "Hearsay")  # fmt: skip
    assert done.code == 0, done.err
    assert listed(forecast)[1]["monitors"]["own_letter"] == 1
