"""The examples and the messages of docs/priors.md are those of the program."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from forecast.beliefs import log_rate, probability_within, scale
from forecast.issue.check import check_files, check_priors
from forecast.project.project import Project

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "priors.md").read_text("utf-8")
REPORTS, COVERAGE, ANNOUNCED, CROWD = re.findall(
    r"^```csv\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE
)
YAML = "\n".join(re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))

# What to change in which file, in the order of the table of mistakes.
MISTAKES = [
    (
        "priors.yaml",
        "    rationale: A first step at the border is what such talks are about.\n",
        None,
    ),
    ("priors.yaml", "states: [open]\n    mode: reaches", "states: [opne]\n    mode: reaches"),
    ("priors.yaml", "detection: 0.95", "detecton: 0.95\n    detection: 0.95"),
    ("priors.yaml", "probability: very likely", "probability: highly likely"),
    ("priors.yaml", "[0.45, 0.80]", "[0, 0.80]"),
    ("priors.yaml", "within: 3 months", "within: 3"),
    ("priors.yaml", "goods: 0.08", "goods: 0.06"),
    ("priors.yaml", "rarer: [3, 12]", "rarer: [0.1, 0.5]"),
    ("priors.yaml", "from: closed, to: goods}", "from: closed, to: open}"),
    ("priors.yaml", "from: goods, to: closed}", "from: closed, to: open}"),
    ("priors.yaml", "closed: 0.9, goods: 0.08, open: 0.02", "closed: 0.08, goods: 0.02, open: 0.9"),
    ("reports.csv", "B,1,prior", "B,1,evidence"),
    ("reports.csv", "evidence,3,1", "evidence,,1"),
    ("reports.csv", "R001,E-meeting-1,belmar-gov,2024-02-06", "R001,E-m,belmar-gov,2024-02-08"),
    ("reports.csv", "Example interview", None),
    ("reports.csv", "The minister denied it", "The minister denied it, again"),
]


def project(folder: Path, *, file: str = "", old: str = "", new: str | None = None) -> Project:
    """Write the example, with one change in one of its files."""
    texts = {"priors.yaml": YAML, "reports.csv": REPORTS, "coverage.csv": COVERAGE}
    texts |= {"announcements.csv": ANNOUNCED, "crowd.csv": CROWD}
    if file:
        assert texts[file].count(old) == 1, (file, old)
        texts[file] = texts[file].replace(old, new or "")
    (folder / "events").mkdir()
    for name, text in texts.items():
        place = folder if name == "priors.yaml" else folder / "events"
        (place / name).write_text(text, "utf-8")
    return Project(folder)


def messages() -> list[str]:
    """Read the messages of the table of mistakes."""
    section = PAGE.partition("## Common mistakes")[2]
    return re.findall(r"^\| .* \| `(.*)` \|$", section, re.MULTILINE)


def test_the_example_has_no_problem(tmp_path):
    """The YAML and CSV blocks together are a project that `forecast check` has nothing against."""
    assert check_files(project(tmp_path)) == []


def test_the_example_can_be_worked_with(tmp_path):
    """The model reads the example, and its priors imply what its brief says."""
    found = check_priors(project(tmp_path))
    assert [one.verdict for one in found.implied] == ["agrees"]
    assert {row.indicator for row in found.expected} == {
        "gates_opened",
        "deputies_meet",
        "reopening_denied",
    }


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_a_mistake_gets_the_message_that_is_printed(tmp_path, number):
    """Each listed mistake, made in the example, gives the listed message and no other."""
    file, old, new = MISTAKES[number]
    problems = check_files(project(tmp_path, file=file, old=old, new=new))
    said = [f"{p.came}; {p.allowed}" if p.allowed else p.came for p in problems]
    assert said == [messages()[number]]


def test_every_listed_mistake_is_made_above():
    """The table has no message that the test before does not provoke."""
    assert len(messages()) == len(MISTAKES)


def test_the_words_are_those_of_the_scale():
    """The table of ICD 203 is the one the program reads."""
    row = r"^\| ([a-z ]+) \| ([a-z, ]+) \| (\.\d\d) to (\.\d\d) \|$"
    printed = re.findall(row, PAGE, re.MULTILINE)
    rows = [(word, tuple(also.split(", ")), float(a), float(b)) for word, also, a, b in printed]
    assert rows == [(band.word, band.also, band.low, band.high) for band in scale("icd203").terms]


def test_the_table_of_quiet_years_follows_from_the_likelihood():
    """A quiet year weighs (1 - d a) to the number of its weeks, about (1 - p) to the power d."""
    rows = re.findall(r"^\| (0\.\d) \| (0\.\d\d) \|$", PAGE, re.MULTILINE)
    assert [float(d) for d, _ in rows] == [0.1, 0.5, 0.9]
    rate = log_rate(0.8, 0.9, within_days=365.25).interval[1]
    a = probability_within(rate, 7.0)
    for detection, printed in rows:
        d = float(detection)
        quiet = (1 - d * a) ** (365.25 / 7)
        assert f"{quiet:.2f}" == printed
        assert math.isclose(quiet, (1 - 0.9) ** d, rel_tol=0.05)
