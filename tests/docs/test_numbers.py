"""Numbers that the documents quote are those of the program and of the bundled case."""

from __future__ import annotations

import re

import pytest

from forecast.beliefs import Beliefs, credibility, load, read_events
from forecast.inference import diagnostics
from forecast.inference.encoding import encode
from forecast.inference.observations import happenings
from forecast.inference.sampling import Settings
from forecast.issue.check import check_priors
from forecast.project.project import Project
from tests.project.repository import ROOT

MODEL = (ROOT / "docs" / "model.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def beliefs() -> Beliefs:
    """The bundled case."""
    return load(ROOT / "priors.yaml")


def test_the_table_of_credibilities_is_the_one_in_use():
    """Section 6 of the model prints c for every grade, to two digits."""
    rows = re.findall(r"^\| ([A-F]) \| (.*) \|$", MODEL, re.MULTILINE)
    assert [letter for letter, _ in rows] == list("ABCDEF")
    for letter, cells in rows:
        printed = [float(cell) for cell in cells.split(" | ")]
        assert printed == [round(credibility(letter, digit), 2) for digit in range(1, 7)]


def test_the_thresholds_and_settings_of_sampling_are_those_in_use():
    """Section 11 of the model says when a fit is refused, and how it is sampled by default."""
    settings = Settings()
    for words in (
        f"{settings.chains} chains of {settings.draws:,} draws after {settings.tune:,} of warm-up",
        f"target acceptance {settings.target_accept}",
        f"R-hat [4] is at most {diagnostics.MAX_R_HAT}",
        f"are at least {diagnostics.MIN_ESS:.0f}",
    ):
        assert words in " ".join(MODEL.split()), words


def test_the_surprises_of_the_bundled_case_are_those_that_are_printed(tmp_path):
    """Section 15 lists every surprise at a pointed state, with its numbers."""
    project = Project(ROOT, ledger_url=str(tmp_path / "ledger.sqlite"))
    found = check_priors(project)
    surprises = {
        (row.indicator, f"{row.expected:.2g}", str(row.found))
        for row in found.expected
        if row.pointed and row.surprise
    }
    section = MODEL.partition("## 15.")[2].partition("## 16.")[0]
    rows = re.findall(r"^\| (\w+) \| ([\d.]+) \| (\d+) \|$", section, re.MULTILINE)
    assert set(rows) == surprises
    assert ("flags none" in section) is (surprises == set())
    assert f"to {found.as_of}," in section


def test_the_table_in_readme_is_of_the_bundled_case_as_it_stands(beliefs):
    """README.md counts the reports that are in events/ and names every judgement and open question.

    If this fails, the case was edited: run docs/refresh.py.
    """
    table = README.partition("```text\n")[2].partition("```")[0]
    encoding = encode(beliefs)
    reports, coverage = read_events(ROOT / "events", beliefs=beliefs)
    as_of = max(window.ends_on for window in coverage)
    events = happenings(encoding, reports, as_of=as_of)
    credible = [event for event in events if event.lineages]
    counted = (
        f"{sum(len(event.reports) for event in events)} reports of {len(credible)} events, "
        f"{len({event.indicator for event in credible})} indicators, "
        f"{len({name for event in credible for name in event.lineages})} lineages"
    )
    assert counted in table
    assert f"as of {as_of}," in table
    said = " ".join(re.sub(r" {2,}.*", "", line) for line in table.splitlines())
    for node in beliefs.nodes.values():
        assert f"{node.label}: {' or '.join(node.headline)}" in said
    past = [question for question in beliefs.questions.values() if question.by <= as_of]
    for question in beliefs.questions.values():
        assert (question.text in said) == (question not in past)
    assert f"{len(past)} past: --past" in said


def test_the_table_in_readme_is_of_a_sound_fit():
    """The fit behind README.md passes the checks that it quotes."""
    quoted = re.search(r"R-hat ([\d.]+), effective draws (\d+) .bulk. and (\d+) .tail.", README)
    assert quoted
    r_hat, bulk, tail = (float(number) for number in quoted.groups())
    assert r_hat <= diagnostics.MAX_R_HAT
    assert min(bulk, tail) >= diagnostics.MIN_ESS
    assert f"{quoted[0]}, 0 divergences" in README
