"""What is announced, as commands show it: run, ask, watch and check."""

import json

import openpyxl
import pytest

from forecast.analysis.explanation import decibans
from tests.cli.projects import edit

QUESTION = """questions:
  envoys_by_august:
    text: Will the envoys meet again by 31 August 2024?
    node: talks
    states: [moving]
    mode: reported
    indicator: envoys_meet
    share: 0.5
    by: 2024-08-31
    opens: 2024-06-30
    criteria: Yes if a meeting is reported.
    fallback: No if none is.
    source: Invented.
"""
HEADING = (
    "announcement_id,indicator,question,class,told_on,from,to,reliability,credibility,source_title"
)


@pytest.fixture
def asked(project):
    edit(project / "priors.yaml", "questions:\n", QUESTION)
    return project


def announce(project, *rows, heading=HEADING):
    table = "\n".join([heading, *rows])
    (project / "events" / "announcements.csv").write_text(f"{table}\n")


KEPT = "N1,envoys_meet,,dated,2024-01-20,2024-02-05,2024-02-09,A,1,Gazette,kept,2024-02-07"


@pytest.mark.parametrize("since", [(), ("--since", "2024-02-05"), ("--since-issue",)])
def test_a_meeting_that_was_announced_says_less_and_an_explanation_still_adds_up(
    project, forecast, monkeypatch, since
):
    """Without a fit: the draws are weighed anew, and the judgement falls."""

    def refuse(*_arguments, **_options):
        raise AssertionError("sampled")

    monkeypatch.setattr("forecast.inference.sampling.fit", refuse)
    issued = json.loads(forecast("run", "--no-charts", "--json").out)["judgements"]
    before = {one["node"]: one["probability"] for one in issued}
    announce(project, KEPT, heading=f"{HEADING},status,known_on")
    found = json.loads(forecast("update", "--issue", "--json").out)
    assert found["method"] == "reweighted"
    after = {move["node"]: move["after"] for move in found["judgements"]}
    assert after["talks"] < before["talks"] - 0.05
    told = json.loads(forecast("explain", "talks", *since, "--no-charts", "--json").out)
    total = sum(part["decibans"] for part in told["parts"])
    assert total == pytest.approx(decibans(told["before"], told["after"]), abs=0.01)
    assert told["parts"][-1]["probability"] == pytest.approx(told["after"], abs=1e-6)
    assert "announced" in {part["kind"] for part in told["parts"]}


def test_run_ask_and_watch_say_that_it_is_announced(asked, forecast):
    """The fit stays, and only the question about the record moves."""
    before = json.loads(forecast("run", "--json", "--no-charts").out)
    announce(
        asked, "N1,envoys_meet,envoys_by_august,dated,2024-06-30,2024-07-10,2024-07-20,A,1,Gazette"
    )
    after = json.loads(forecast("run", "--json", "--no-charts").out)
    assert after["judgements"][0]["probability"] == before["judgements"][0]["probability"]
    assert after["issue"]["evidence_fingerprint"] != before["issue"]["evidence_fingerprint"]
    plain, told = (
        next(q for q in each["questions"] if q["question"] == "envoys_by_august")
        for each in (before, after)
    )
    assert "announced" not in plain
    either = 1.0 - (1.0 - plain["probability"]) * (1.0 - told["announced"])
    assert told["probability"] == pytest.approx(either, abs=5e-6)
    assert "announced" in forecast("run", "--no-charts").out
    done = forecast("ask", "envoys_by_august", "--no-charts")
    assert "Announced: that alone brings it with" in done.out
    (row,) = json.loads(forecast("watch", "--json").out)["calendar"]
    assert (row["announcement_id"], row["question"]) == ("N1", "envoys_by_august")
    assert "Announced, and open on 2024-06-30:" in forecast("watch").out


def test_check_points_at_plans_coded_as_done_and_at_what_may_have_been_kept(asked, forecast):
    assert forecast("check").out == "0 errors, 0 warnings\n"
    announce(
        asked,
        "N1,envoys_meet,,undated,2024-01-02,,,A,1,Gazette",
        "N2,envoys_meet,,invited,2024-06-29,,,A,1,Gazette",
    )
    edit(asked / "events" / "reports.csv", "Envoys met for", "Envoys will meet for")
    said = " ".join(forecast("check").out.split())
    assert "status: 'N1' is open, but R001 tells of envoys_meet since" in said
    assert "summary: R001 says 'will', and is coded as done; if it is still to come" in said
    assert "'N2' and 'N1' are open and count as two things; one thing is one row" in said


def test_one_by_hand_is_spelt_as_the_ledger_has_it_and_a_correction_has_no_other_id(
    asked, forecast
):
    add = ("events", "add", "--announced")
    announce(asked, "n1,envoys_meet,,undated,2024-06-01,,,A,1,Gazette")
    assert forecast("check").code == 0
    told = ("--indicator", "envoys_meet", "--class", "undated", "--told", "2024-06-01")
    same = forecast(*add, "--id", "N1", *told, "--grade", "A1", "--source-title", "Gazette")
    assert same.code == 0
    (row,) = json.loads(forecast("events", "list", "--json").out)["announcements"]
    assert row["announcement_id"] == "n1"
    both = forecast(*add, "--correct", "n1", "--id", "keepme", "--note", "x")
    assert (both.code, "give --id or --correct, not both" in both.err) == (2, True)
    assert "--correct needs what to change" in forecast(*add, "--correct", "n1").err


@pytest.mark.usefixtures("unfitted")
@pytest.mark.parametrize("form", ["commas", "semicolons", "lines", "workbook"])
def test_what_is_announced_comes_in_by_an_update_as_reports_do(form, asked, forecast, tmp_path):
    row = "n1,envoys_meet,envoys_by_august,dated,2024-06-25,2024-07-10,2024-07-20,A,1,Gazette"
    rows = [HEADING.split(","), row.split(",")]
    file = tmp_path / {"lines": "new.jsonl", "workbook": "new.xlsx"}.get(form, "new.csv")
    if form == "workbook":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(file)
    elif form == "lines":
        file.write_text(json.dumps(dict(zip(*rows, strict=True))))
    else:
        file.write_text("\n".join((";" if form == "semicolons" else ",").join(r) for r in rows))
    tried = forecast("update", str(file), "--dry-run", "--json")
    assert json.loads(tried.out)["announced"] == ["n1"]
    assert "announcements" not in json.loads(forecast("events", "list", "--json").out)
    done = forecast("update", str(file))
    assert (done.code, "Announced: n1." in done.out) == (0, True), done.err
    (row,) = json.loads(forecast("events", "list", "--announced", "--json").out)["announcements"]
    assert (row["announcement_id"], row["question"]) == ("n1", "envoys_by_august")
    assert "Announced: " not in forecast("update", str(file)).out


def test_a_row_of_an_update_that_cannot_be_is_named_and_nothing_of_the_file_is_stored(
    asked, forecast, tmp_path
):
    rows = ["N1,envoys_meet,,undated,2024-06-25,,,A,1,Gazette"]
    rows += ["N2,envoys_met,,undated,2024-06-25,,,A,1,Gazette"]
    file = tmp_path / "new.csv"
    file.write_text("\n".join([HEADING, *rows]))
    done = forecast("update", str(file))
    assert (done.code, "did you mean 'envoys_meet'?" in done.err) == (1, True)
    file.write_text("\n".join([HEADING, rows[0].replace("2024-06-25", "2999-06-25")]))
    done = forecast("update", str(file))
    assert (done.code, "told_on: 2999-06-25 is after today" in done.err) == (1, True)
    assert "announcements" not in json.loads(forecast("events", "list", "--json").out)


@pytest.mark.usefixtures("unfitted")
def test_an_indicator_that_is_gone_is_one_line_in_run_and_nothing_in_a_list(asked, forecast):
    """The ledger keeps a word by hand, and the beliefs have its indicator no longer."""
    told = ("--indicator", "envoys_meet", "--class", "undated", "--told", "2024-06-01")
    done = forecast("events", "add", "--announced", *told, "--grade", "A1", "--source-title", "X")
    assert done.code == 0
    for file in (asked / "priors.yaml", asked / "events" / "reports.csv"):
        file.write_text(file.read_text().replace("envoys_meet", "envoys_gather"))
    done = forecast("run", "--no-charts")
    assert done.code == 1
    assert "of 'envoys_meet', which priors.yaml does not have" in " ".join(done.err.split())
    assert "envoys_meet" not in forecast("events", "list", "--node", "talks").out


def test_a_crowd_that_says_something_else_leaves_the_forecast_behind(asked, forecast):
    crowd = asked / "events" / "crowd.csv"
    crowd.write_text("question,date,probability\nenvoys_by_august,2024-06-01,0.4\n")
    assert forecast("run", "--no-charts").code == 0
    assert forecast("brief", "new", "b.md").code == 0
    assert forecast("brief", "check", "b.md").code == 0
    crowd.write_text("question,date,probability\nenvoys_by_august,2024-06-01,0.5\n")
    done = forecast("brief", "check", "b.md")
    assert done.code == 1
    assert "events/crowd.csv says something else than it did" in " ".join(done.out.split())


def test_check_names_what_is_wrong_with_outcomes_and_with_a_crowd_at_once(asked, forecast):
    (asked / "resolutions").mkdir(exist_ok=True)
    (asked / "resolutions" / "bad.csv").write_text("question,outcome,on\nnone,yes,2024-01-01\n")
    crowd = asked / "events" / "crowd.csv"
    crowd.write_text("question,date,probability\nenvoys_by_august,2024-06-01,1.7\n")
    said = forecast("check").out
    assert "bad.csv" in said
    assert "crowd.csv" in said
