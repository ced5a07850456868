"""A project of one judgement, without reports and without questions: no sentence outruns it."""

import json
import re
import shutil

import pytest

from tests.cli.projects import once
from tests.cli.terminal import typed
from tests.frozen.keep import no_sampler
from tests.frozen.keep import typed as spoken

_ALONE = ("\n  talks:", "\ncouplings:"), ("\ncouplings:", "\nindicators:")
_UNASKED = ("\n  envoys_meet:", None)


def build(folder):
    assert typed("init", "project", cwd=folder).code == 0
    priors = folder / "project" / "priors.yaml"
    text = priors.read_text("utf-8")
    for first, last in (*_ALONE, _UNASKED):
        head, _, rest = text.partition(first)
        text = head if last is None else f"{head}{last}{rest.partition(last)[2]}"
    priors.write_text(f"{text}\n", "utf-8")
    for name in ("reports", "coverage"):
        path = folder / "project" / "events" / f"{name}.csv"
        path.write_text(path.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    with no_sampler():
        done = spoken(f"run --project {folder / 'project'} --no-charts")
    assert done.code == 0, done.err
    (folder / "run.txt").write_text(done.out, "utf-8")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    return once("quiet", tmp_path_factory, build)


@pytest.fixture
def alone(quiet, tmp_path, monkeypatch):
    monkeypatch.chdir(shutil.copytree(quiet / "project", tmp_path / "project"))
    return tmp_path / "project"


def test_run_counts_no_report_instead_of_nothing_of_nothing(quiet):
    printed = (quiet / "run.txt").read_text("utf-8")
    assert "No report counts yet; changes in percentage points" in " ".join(printed.split())
    assert "0 reports" not in printed


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("events", "list"), "no reports"),
        (("resolve",), "no questions: priors.yaml asks none"),
        (("score",), "priors.yaml asks no question, so there is nothing to score."),
    ],
)
def test_no_headings_stand_over_nothing(alone, forecast, command, said):
    done = forecast(*command)
    assert (done.code, done.out.strip()) == (0, said)


def test_a_change_without_a_day_between_is_not_explained(alone, forecast):
    done = forecast("explain", "ceasefire", "--no-charts")
    assert done.code == 1
    assert "the day of the brief: nothing lies between" in done.err


def test_what_a_judgement_rests_on_is_no_report_where_there_is_none(alone, forecast):
    printed = forecast("sensitivity", "ceasefire", "--out", "sensitivity").out
    assert "its rates come from the priors alone" in " ".join(printed.split())
    alt = (alone / "sensitivity" / "ceasefire__tornado.alt.txt").read_text("utf-8")
    assert "inputs by less than a point" in alt
    assert not re.search(r"\b(\S+%) to \1", alt)


def test_charts_show_a_point_and_no_line_of_reports(alone, forecast):
    assert forecast("chart", "all", "--out", "charts").code == 0
    texts = {p.name.partition(".")[0]: p.read_text("utf-8") for p in alone.rglob("*.alt.txt")}
    trajectory = texts["ceasefire__trajectory"]
    assert trajectory.startswith("Probability that the ceasefire is broken, 1 Jan 2024. 5%")
    assert "Point: posterior mean on 1 Jan 2024; dashed" in trajectory
    assert "had no reports come" not in trajectory
    assert "no report yet" in texts["all__heat"]
    assert "ceasefire__weights" not in texts


def test_a_brief_says_that_nothing_was_reported(alone, forecast):
    assert forecast("brief", "new", "brief.md").code == 0
    text = (alone / "brief.md").read_text("utf-8")
    assert "No credible report is held" in text
    assert "No question is asked." in text
    assert not re.search(r"\| --- \|\n\n", text), "a heading over nothing"
    assert forecast("brief", "check", "brief.md").code == 0
    found = json.loads(forecast("nodes", "--json").out)
    assert len(found["nodes"]) == 1
