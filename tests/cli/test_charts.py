"""Charts: what a run writes, and what `forecast chart` draws from the ledger alone."""

import csv
import json
import shutil
import xml.etree.ElementTree as ET

import pytest

from tests.cli.projects import EARLY, END, files
from tests.cli.terminal import typed, without_traceback

STEMS = ["all__panel", "ceasefire__trajectory", "talks__trajectory"]

LOADED = """
import atexit, sys
heavy = {"pymc", "pytensor", "nutpie", "arviz_stats", "numba", "netCDF4"}
atexit.register(lambda: print("LOADED", *sorted(heavy & set(sys.modules)), file=sys.stderr))
from forecast.cli import main
main()
"""


def test_a_run_writes_every_chart_with_its_data_and_its_text(project):
    ends = (".svg", ".png", ".csv", ".alt.txt")
    expected = {f"{stem}{end}" for stem in STEMS for end in ends}
    assert set(files(project / "out")) == {*expected, "forecast.json"}
    assert all(files(project / "out").values())


def test_forecast_json_names_the_files_and_holds_what_json_prints(project, forecast):
    held = json.loads((project / "out" / "forecast.json").read_text("utf-8"))
    assert {*held.pop("files"), "forecast.json"} == set(files(project / "out"))
    assert held == json.loads(forecast("run", "--json").out)


def test_the_data_beside_a_chart_are_the_numbers_of_the_forecast(project):
    value = json.loads((project / "out" / "forecast.json").read_text("utf-8"))
    for curve in value["trajectories"]:
        path = project / "out" / f"{curve['node']}__trajectory.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert [row["date"] for row in rows] == curve["date"]
        assert [float(row["p"]) for row in rows] == curve["probability"]


def test_the_alternative_text_says_the_date_and_the_word(project):
    value = json.loads((project / "out" / "forecast.json").read_text("utf-8"))
    for row in value["judgements"]:
        text = (project / "out" / f"{row['node']}__trajectory.alt.txt").read_text("utf-8")
        assert row["word"] in text
        assert str(int(END[:4])) in text


def test_an_image_tells_its_text_to_a_screen_reader(project):
    for stem in STEMS:
        root = ET.parse(project / "out" / f"{stem}.svg").getroot()
        said = root.findtext("{http://www.w3.org/2000/svg}desc")
        alt = (project / "out" / f"{stem}.alt.txt").read_text("utf-8")
        assert said
        assert alt.startswith(said)


def test_charts_drawn_again_elsewhere_are_the_same_bytes(project, forecast):
    """Drawn in this process, against those that another process drew."""
    assert forecast("run", "--out", "again").code == 0
    assert files(project / "again") == files(project / "out")


def test_a_second_run_leaves_the_charts_alone(project, forecast):
    times = {path.name: path.stat().st_mtime_ns for path in (project / "out").iterdir()}
    assert "13 files in out/" in forecast("run").out
    assert {path.name: path.stat().st_mtime_ns for path in (project / "out").iterdir()} == times


@pytest.mark.parametrize("harm", ["removed", "drawn over", "emptied record"])
def test_a_run_mends_charts_that_are_not_of_its_forecast(harm, project, forecast):
    """A chart in the folder never goes stale unnoticed."""
    whole = files(project / "out")
    if harm == "removed":
        (project / "out" / "talks__trajectory.png").unlink()
    elif harm == "drawn over":
        assert forecast("chart", "trajectory", "talks", "--as-of", EARLY).code == 0
        assert files(project / "out") != whole
    else:
        (project / "out" / "forecast.json").write_text("{}", "utf-8")
    assert forecast("run").code == 0
    assert files(project / "out") == whole


def test_a_chart_is_drawn_from_the_ledger_without_pymc(project):
    shutil.rmtree(project / "out")
    done = typed("chart", "trajectory", "talks", "--format", "svg", cwd=project, program=LOADED)
    assert done.code == 0
    assert done.err.split() == ["LOADED"]
    assert done.out.splitlines() == [
        "out/talks__trajectory.svg",
        "out/talks__trajectory.csv",
        "out/talks__trajectory.alt.txt",
    ]
    assert set(files(project / "out")) == {line.removeprefix("out/") for line in done.out.split()}


def test_a_chart_needs_neither_priors_nor_events(project, forecast):
    """What was issued is drawn as it was, whatever happened to the files since."""
    before = (project / "out" / "all__panel.svg").read_bytes()
    shutil.rmtree(project / "events")
    (project / "priors.yaml").unlink()
    assert forecast("chart", "panel", "--format", "svg", "--out", "new").code == 0
    assert (project / "new" / "all__panel.svg").read_bytes() == before


def test_a_chart_of_an_earlier_issue_shows_that_day(project, forecast):
    done = forecast("chart", "trajectory", "talks", "--as-of", EARLY, "--out", "early")
    assert done.code == 0
    with (project / "early" / "talks__trajectory.csv").open(encoding="utf-8") as stream:
        assert {row["as_of"] for row in csv.DictReader(stream)} == {EARLY}


def test_a_chart_of_a_day_without_an_issue_says_what_to_run(project, forecast):
    done = forecast("chart", "panel", "--as-of", "2024-05-01")
    assert done.code == 1
    assert "forecast run --as-of 2024-05-01" in without_traceback(done)


def test_an_unknown_node_is_refused_with_the_known_ones(project, forecast):
    done = forecast("chart", "trajectory", "armistice", "--out", "new")
    assert done.code == 1
    assert "'armistice'" in without_traceback(done)
    assert "ceasefire, talks" in done.err
    assert not (project / "new").exists()


def test_a_chart_before_the_first_run_says_so_and_leaves_nothing_behind(fresh, forecast):
    before = files(fresh)
    done = forecast("chart", "panel")
    assert done.code == 1
    assert "run" in without_traceback(done)
    assert files(fresh) == before
    assert not (fresh / ".forecast").exists()


@pytest.mark.parametrize("size", ["a4", "a4-column", "letter", "slide", "web"])
def test_every_size_can_be_drawn(size, project, forecast):
    done = forecast("chart", "trajectory", "ceasefire", "--size", size, "--format", "pdf")
    assert (done.code, done.err) == (0, "")
    assert (project / "out" / "ceasefire__trajectory.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("kind", ["fan", "first-passage", "icons"])
def test_charts_of_one_node_or_question_are_drawn_without_pymc(kind, project):
    value = json.loads((project / "out" / "forecast.json").read_text("utf-8"))
    asked = next(q["question"] for q in value["questions"] if q["mode"] != "is")
    name = "talks" if kind == "fan" else asked
    done = typed(
        "chart", kind, name, "--format", "svg", "--out", "new", cwd=project, program=LOADED
    )
    assert (done.code, done.err.split()) == (0, ["LOADED"])
    stem = f"new/{name}__{kind.replace('-', '_')}"
    assert done.out.splitlines() == [f"{stem}{end}" for end in (".svg", ".csv", ".alt.txt")]


def test_an_unknown_question_is_refused_with_the_known_ones(project, forecast):
    done = forecast("chart", "icons", "armistice")
    assert done.code == 1
    assert "there is no question 'armistice'" in without_traceback(done)


def test_the_strip_of_indicators_tells_reports_silence_and_no_coverage_apart(project, forecast):
    assert forecast("chart", "heat", "--format", "svg", "--out", "once").code == 0  # works it out
    done = typed("chart", "heat", "--format", "svg", "--out", "new", cwd=project, program=LOADED)
    assert (done.code, done.err.split()) == (0, ["LOADED"])
    with (project / "new" / "all__heat.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    value = json.loads((project / "out" / "forecast.json").read_text("utf-8"))
    reported = {row["indicator"] for row in rows if float(row["credibility"]) > 0}
    assert len(reported) == value["evidence"]["indicators"]
    assert {"report", "silence"} <= {row["known"] for row in rows}
