"""New reports move the judgements, once, and the change is explained in parts that add up."""

import csv
import io
import json
import math

import pytest

from forecast.analysis.explanation import decibans
from tests.cli.projects import edit, ledger
from tests.cli.test_explained import QUESTION

HEADER = (
    "report_id,event_id,lineage,occurred_on,reported_on,indicator,reliability,credibility,use,"
    "summary,source_title\n"
)


def row(number, *, indicator="envoys_meet", day="2024-06-10", grade="B2", lineage="wire"):
    return (
        f"N{number},E-N{number},{lineage},{day},{day},{indicator},{grade[0]},{grade[1]},evidence,"
        "Invented for a test,Invented\n"
    )


def write(project, *rows, name="new.csv"):
    path = project / name
    path.write_text(HEADER + "".join(rows), "utf-8")
    return str(path)


def told(forecast, *arguments):
    done = forecast(*arguments, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def after(update):
    return {move["node"]: move["after"] for move in update["judgements"]}


@pytest.fixture(autouse=True)
def _no_fit(monkeypatch):
    """Nothing here may sample: every update is to be reweighted."""

    def refuse(*_arguments, **_options):
        raise AssertionError("sampled")

    monkeypatch.setattr("forecast.inference.sampling.fit", refuse)


def test_an_update_stores_the_reports_and_moves_the_judgements(project, forecast):
    found = told(forecast, "update", write(project, row(1)))
    assert found["new"] == ["N1"]
    assert found["method"] == "reweighted"
    assert any(abs(m["after"] - m["before"]) > 0.001 for m in found["judgements"])
    again = told(forecast, "update", write(project, row(1)))
    assert (again["new"], again["known"]) == ([], ["N1"])
    assert after(again) == after(found)


def test_reports_that_were_added_stay_when_the_folder_is_read_again(project, forecast):
    told(forecast, "update", write(project, row(1)))
    listed = told(forecast, "events", "list")
    assert "N1" in [r["report_id"] for r in listed["reports"]]


ANNOUNCED = (
    "announcement_id,indicator,question,class,told_on,from,to,reliability,credibility,source_title\n"
    "A1,envoys_meet,,dated,{told},2024-07-02,2024-07-20,A,1,Invented\n"
)


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_what_is_announced_in_the_folder_alone_is_named_with_what_it_moved(project, forecast, dry):
    """Before is what was known when the folder was last read, and afterwards nothing is new."""
    edit(
        project / "priors.yaml",
        "questions:\n",
        QUESTION.format(name="met", by="2024-08-31", prior=""),
    )
    assert "announced" not in told(forecast, "update")
    plan = project / "events" / "announcements.csv"
    plan.write_text(ANNOUNCED.format(told="2024-06-20"), "utf-8")
    shown = told(forecast, "update", *dry)
    assert shown["announced"] == ["A1"]
    (moved,) = shown["questions"]
    assert moved["question"] == "met"
    assert moved["after"] > moved["before"] + 0.02
    again = told(forecast, "update")
    assert "announced" not in again
    assert "questions" not in again
    plan.write_text(ANNOUNCED.format(told="2024-06-21"), "utf-8")
    printed = forecast("update").out
    assert "Announced: A1." in printed
    assert "met: " in printed
    assert " before, " in printed


def test_a_report_that_was_put_into_the_folder_moves_the_judgements(project, forecast):
    """Without a file the effect is that of an update from one."""
    expected = told(forecast, "update", write(project, row(1)), "--dry-run")
    with (project / "events" / "reports.csv").open("a", encoding="utf-8", newline="") as file:
        columns = next(csv.reader(io.StringIO((project / "events" / "reports.csv").read_text())))
        cells = dict(zip(HEADER.strip().split(","), next(csv.reader([row(1)])), strict=True))
        csv.DictWriter(file, columns).writerow({name: cells.get(name, "") for name in columns})
    shown = told(forecast, "update")
    assert shown["new"] == ["N1"]
    assert shown["judgements"] == expected["judgements"]
    assert told(forecast, "update")["new"] == []


def test_a_dry_run_shows_the_effect_and_writes_nothing(project, forecast):
    with ledger(project) as book:
        before = book.recorded_until()
    dry = told(forecast, "update", write(project, row(1)), "--dry-run")
    with ledger(project) as book:
        assert book.recorded_until() == before
    assert after(told(forecast, "update", write(project, row(1)))) == after(dry)


def test_the_order_of_arrival_changes_nothing(project, forecast):
    one, two = row(1), row(2, indicator="shelling_reported", grade="A1")
    together = after(told(forecast, "update", write(project, one, two), "--dry-run"))
    told(forecast, "update", write(project, two))
    assert after(told(forecast, "update", write(project, one))) == pytest.approx(together, abs=1e-9)


def test_a_report_that_cannot_be_judged_and_a_copy_move_nothing(project, forecast):
    first = after(told(forecast, "update", write(project, row(1))))
    worthless = row(2, grade="F6")
    copy = row(3).replace("E-N3", "E-N1")
    assert after(told(forecast, "update", write(project, worthless, copy))) == first


def test_a_report_after_the_day_moves_nothing(project, forecast):
    plain = told(forecast, "update", write(project, row(1)), "--as-of", "2024-06-30", "--dry-run")
    late = write(project, row(1), row(2, day="2024-08-01"))
    found = told(forecast, "update", late, "--as-of", "2024-06-30", "--dry-run")
    assert after(found) == after(plain)


def test_json_lines_and_standard_input_say_the_same_as_csv(project, forecast, monkeypatch):
    by_csv = after(told(forecast, "update", write(project, row(1)), "--dry-run"))
    cells = dict(zip(HEADER.strip().split(","), row(1).strip().split(","), strict=True))
    cells["credibility"] = 2
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(cells) + "\n"))
    assert after(told(forecast, "update", "-", "--dry-run")) == by_csv


def test_every_bad_row_is_listed_and_no_good_one_is_stored(project, forecast):
    bad = write(project, row(1), row(2, indicator="envoy_meets"), row(3, grade="B9"))
    done = forecast("update", bad)
    assert done.code == 1
    assert "new.csv:3: indicator: unknown indicator 'envoy_meets'; did you mean" in done.err
    assert "new.csv:4: credibility" in done.err
    assert "Traceback" not in done.err
    with ledger(project) as book:
        assert "N1" not in [r.report_id for r in book.reports.latest()]


def test_a_file_that_is_not_there_is_one_line(project, forecast):
    done = forecast("update", "nowhere.csv")
    assert done.code == 1
    assert done.err == "forecast: nowhere.csv: cannot be read (No such file or directory)\n"


def test_an_issue_from_weighted_draws_holds_the_judgements_of_the_update(project, forecast):
    found = told(forecast, "update", write(project, row(1)), "--issue")
    shown = told(forecast, "run", "--no-charts")
    assert shown["issue"]["id"] == found["issue"]
    now = {j["node"]: j["probability"] for j in shown["judgements"]}
    assert now == pytest.approx(after(found), abs=2e-6)


@pytest.mark.parametrize("since", [(), ("--since", "2024-05-01"), ("--since-issue",)])
def test_the_parts_of_an_explanation_add_up(project, forecast, since):
    told(forecast, "update", write(project, row(1), row(2, lineage="desk")), "--issue")
    node = told(forecast, "run", "--no-charts")["judgements"][0]["node"]
    found = told(forecast, "explain", node, *since, "--no-charts")
    total = sum(part["decibans"] for part in found["parts"])
    assert total == pytest.approx(found["decibans"], abs=0.01)
    assert total == pytest.approx(decibans(found["before"], found["after"]), abs=0.01)
    assert found["parts"][-1]["probability"] == pytest.approx(found["after"], abs=1e-6)
    lineages = {p["label"]: p["reports"] for p in found["parts"] if p["kind"] == "reports"}
    assert lineages["desk"] == 1
    assert 0.0 < found["effective_lineages"] <= len(lineages) + 1e-9


def test_an_explanation_names_its_silence_and_its_revisions(project, forecast):
    told(forecast, "update", write(project, row(1)), "--issue")
    told(forecast, "events", "retract", "N1", "--reason", "made up")
    told(forecast, "update", write(project, row(2)), "--issue")
    node = told(forecast, "run", "--no-charts")["judgements"][0]["node"]
    found = told(forecast, "explain", node, "--since-issue", "--no-charts")
    parts = {part["kind"]: part["decibans"] for part in found["parts"]}
    assert {"revised", "time", "silence"} <= set(parts)
    assert not math.isclose(parts["revised"], 0.0, abs_tol=1e-3)


def test_an_unknown_node_and_a_day_before_the_brief_are_one_line(project, forecast):
    assert forecast("explain", "nowhere").code == 1
    done = forecast("explain", told(forecast, "run", "--no-charts")["judgements"][0]["node"],
                    "--since", "1999-01-01")  # fmt: skip
    assert done.code == 1
    assert "is not between the brief" in done.err
    assert len(done.err.splitlines()) == 1


def test_an_update_that_starts_near_the_end_of_the_fit_gives_the_same(project, forecast):
    (kept,) = (project / ".forecast" / "milestones").glob("*.npz")
    near = told(forecast, "update", write(project, row(1)), "--dry-run")
    kept.unlink()
    far = told(forecast, "update", write(project, row(1)), "--dry-run")
    assert after(near) == pytest.approx(after(far), abs=1e-12)
    assert not kept.exists()


def test_coverage_that_ended_before_the_reports_that_come_is_said(project, forecast):
    """The template's record is covered to the end of June."""
    inside = told(forecast, "update", write(project, row(1, day="2024-06-29")), "--dry-run")
    assert inside["notes"] == []
    done = forecast("update", write(project, row(2, day="2024-07-09")), "--dry-run")
    assert done.code == 0
    said = "coverage of shelling_reported and 1 more ended on 2024-06-30, before 2024-07-09"
    assert said in done.out
    [note] = told(forecast, "update", write(project, row(2, day="2024-07-09")), "--dry-run")[
        "notes"
    ]
    assert note.startswith(said)
