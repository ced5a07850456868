"""A document stays in step: render, change one report, check, refresh, check."""

import csv
import json
import re

import pytest

from forecast.briefs.regions import scan, unfilled
from tests.cli.projects import files, rewrite
from tests.cli.terminal import without_traceback
from tests.docs.test_schema import assert_documented

AUTHORS = "\n## What we make of it\n\nThe author's own words; 68 % of them *true*.\n"


@pytest.fixture
def brief(project, forecast):
    """A follow-on brief with words of its author."""
    assert forecast("brief", "new", "brief.md").code == 0
    path = project / "brief.md"
    path.write_text(path.read_text("utf-8") + AUTHORS, "utf-8")
    return path


def first_report(project):
    with (project / "events" / "reports.csv").open(encoding="utf-8", newline="") as stream:
        return next(row["report_id"] for row in csv.DictReader(stream) if row["use"] == "evidence")


def regrade(project, report):
    changed = {"report_id": report, "reliability": "C", "credibility": "2"}
    path = project / "events" / "reports.csv"
    before = path.read_bytes()
    rewrite(path, lambda row: {**row, **changed} if row["report_id"] == report else row)
    assert path.read_bytes() != before


def test_a_fresh_brief_agrees(brief, forecast):
    done = forecast("brief", "check", "brief.md")
    assert (done.code, done.err) == (0, "")
    assert "regions agree with issue" in done.out
    assert "not looked at: a style sheet" in done.out


def test_render_change_check_refresh_check(project, brief, forecast):
    """The whole round: what changed is named, and the author's own text stays."""
    report = first_report(project)
    words = unfilled(brief.read_text("utf-8"), scan(brief.read_text("utf-8"), name="x"))
    regrade(project, report)
    stale = forecast("brief", "check", "brief.md")
    assert stale.code == 1
    assert f"report {report} was revised (reliability" in stale.out
    renewed = forecast("brief", "refresh", "brief.md")
    assert (renewed.code, renewed.err) == (0, "")
    assert "forecast.stamp()" in renewed.out
    again = forecast("brief", "check", "brief.md")
    assert (again.code, again.err) == (0, ""), again.out
    text = brief.read_text("utf-8")
    assert unfilled(text, scan(text, name="x")) == words
    assert text.endswith(AUTHORS)


def test_numbers_in_the_brief_are_those_of_the_run(brief, forecast):
    """Every row of the table of judgements, against `forecast run --json`."""
    value = json.loads(forecast("run", "--draws", 400, "--no-charts", "--json").out)
    rows = re.findall(r"^\| (.*) \|$", brief.read_text("utf-8"), re.MULTILINE)
    cells = {row.split(" | ")[0]: row.split(" | ") for row in rows}
    for judgement in value["judgements"]:
        row = cells[judgement["label"]]
        assert row[1].endswith(judgement["word"])
        assert shown(row[1].removesuffix(judgement["word"])) == rounded(judgement["probability"])
        assert shown(row[5]) == rounded(judgement["at_horizon"]["probability"])
    for question in value["questions"]:
        row = cells[question["text"]]
        assert shown(row[2].removesuffix(question["word"])) == rounded(question["probability"])


def shown(text):
    return text.strip().replace("above ", ">").replace("below ", "<")


def rounded(p):
    return "<1%" if p < 0.01 else ">99%" if p > 0.99 else f"{p:.0%}"


@pytest.mark.parametrize(
    ("old", "new"),
    [(r"\b\d\d% (very |un)?likely", "7% almost certain"), (r"confidence in this", "trust in that")],
)
def test_a_number_or_a_sentence_that_was_edited_is_found(old, new, brief, forecast):
    text = brief.read_text("utf-8")
    changed, count = re.subn(old, new, text, count=1)
    assert count == 1
    brief.write_text(changed, "utf-8")
    done = forecast("brief", "check", "brief.md", "--json")
    found = json.loads(done.out)
    assert (done.code, found["agrees"], len(found["changed"])) == (1, False, 1)
    assert new in found["changed"][0]["old"]
    assert new not in found["changed"][0]["new"]


def test_check_prints_what_the_schema_names(brief, forecast):
    text = brief.read_text("utf-8").replace("confidence in this", "trust in that", 1)
    brief.write_text(text + "\nAnd {{ forecast.issue() }}.\n", "utf-8")
    found = json.loads(forecast("brief", "check", "brief.md", "--json").out)
    assert len(found["changed"]) == len(found["waiting"]) == 1
    assert_documented(found, "`forecast brief check brief.md --json`")


@pytest.mark.parametrize("harm", ["gone", "other numbers", "other picture"])
def test_a_chart_that_is_gone_or_another_is_found(harm, project, brief, forecast):
    image = next((project / "brief_files").glob("*.png"))
    if harm == "gone":
        image.unlink()
    elif harm == "other numbers":
        with image.with_suffix(".csv").open("a") as stream:
            stream.write("talks,2030-01-01,0.5\n")
    else:
        done = forecast("chart", "panel", "--out", "elsewhere")
        assert done.code == 0
        image.write_bytes((project / "elsewhere" / "all__panel.png").read_bytes())
    done = forecast("brief", "check", "brief.md")
    assert done.code == 1
    assert str(image.name) in done.out


def test_reports_after_the_issue_are_named(project, brief, forecast):
    def later(row):
        if row["report_id"] != first_report(project):
            return row
        return {**row, "occurred_on": "2024-08-01", "reported_on": "2024-08-01"}

    rewrite(project / "events" / "reports.csv", later)
    done = forecast("brief", "check", "brief.md")
    assert done.code == 1
    assert "is gone" in done.out
    assert "the record goes on to 2024-08-01" in done.out


def test_a_corrected_summary_is_no_change_of_the_forecast(project, brief, forecast):
    rewrite(project / "events" / "reports.csv", lambda row: {**row, "note": row["note"] + " Seen."})
    assert forecast("brief", "check", "brief.md").code == 0


def test_a_template_of_ones_own_keeps_its_bytes(project, forecast):
    text = "\ufeff# Ours\r\n\r\nTalks: {{ forecast.probability('talks') }}\t\r\n"
    (project / "ours.md").write_bytes(text.encode())
    assert forecast("brief", "render", "ours.md", "out.md").code == 0
    done = (project / "out.md").read_bytes().decode()
    assert re.sub(r"<span.*</span>", "{{ forecast.probability('talks') }}", done) == text
    assert (project / "ours.md").read_bytes().decode() == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a {{ forecast.nope() }}", "ours.md:1: unknown placeholder forecast.nope"),
        ("a\n{{ forecast.word('talsk') }}", "ours.md:2: there is no judgement 'talsk'"),
        ("nothing", "ours.md: asks for nothing"),
    ],
)
def test_a_bad_template_is_one_line_and_nothing_is_written(text, said, project, forecast):
    (project / "ours.md").write_text(text, "utf-8")
    before = files(project)
    done = forecast("brief", "render", "ours.md", "out.md")
    assert done.code == 1
    assert said in without_traceback(done)
    assert files(project) == before


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"caf\xe9 {{ forecast.issue() }}", ":1: is not UTF-8"), ("x".encode("utf-16"), "UTF-16")],
)
def test_a_text_in_another_encoding_is_refused(body, said, project, forecast):
    (project / "ours.md").write_bytes(body)
    done = forecast("brief", "render", "ours.md", "out.md")
    assert done.code == 1
    assert said in without_traceback(done)
    assert not (project / "out.md").exists()


def test_a_brief_that_is_there_is_not_replaced(brief, forecast):
    before = brief.read_bytes()
    done = forecast("brief", "new", "brief.md")
    assert done.code == 1
    assert "--force" in without_traceback(done)
    assert brief.read_bytes() == before


def test_before_the_first_issue_it_says_what_to_run(tmp_path, forecast):
    assert forecast("init", tmp_path / "fresh").code == 0
    done = forecast("brief", "new", tmp_path / "b.md", "--project", tmp_path / "fresh")
    assert done.code == 1
    assert "first run" in without_traceback(done)
    assert not (tmp_path / "b.md").exists()
