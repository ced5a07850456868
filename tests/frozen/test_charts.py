"""The data and the alternative text of every kind of chart are those of before."""

import csv
import re
import shutil
from pathlib import Path

import pytest

from tests.frozen.keep import plain, spoken, typed
from tests.frozen.test_verbs import GIVEN

CASE = {
    "trajectory": "chart trajectory tech_transfer",
    "panel": "chart panel",
    "fan": "chart fan tech_transfer",
    "comparison": "chart comparison tech_transfer",
    "comparison-scenario": "chart comparison tech_transfer --scenario china_enforces",
    "scenarios": "chart scenarios tech_transfer --scenario china_enforces "
    "--scenario china_lifts_constraint",
    "side-by-side": "chart side-by-side tech_transfer --scenario china_enforces",
    "weights": "chart weights tech_transfer",
    "first-passage": "chart first-passage tech_advanced_by_end_2025",
    "icons": "chart icons tech_advanced_by_end_2025",
    "network": "chart network",
    "reliability": "chart reliability",
    "words": "chart words",
    "score": "chart score",
}
TEMPLATE = {
    "trajectory": "chart trajectory ceasefire --size a4-column",
    "tornado": "chart tornado ceasefire",
    "heat": "chart heat",
    "network-node": "chart network ceasefire",
    "heat-node": "chart heat talks",
    "ask": "ask 'talks reaches moving from 2024-07-01 by 2024-12-31' --out out",
    "explain": "explain ceasefire --since 2024-03-01 --out out",
    "whatif": "whatif given/believed.yaml --draws 200 --out out",
    "run": "run --draws 250 --out out",
}
SERIES = {
    "sum": "chart sum clashes_in_four_weeks",
    "trajectory": "chart trajectory clashes_level",
}
TRIED = [
    pytest.param(name, key, line, id=f"{name}-{key}")
    for name, lines in (("case", CASE), ("template", TEMPLATE), ("series", SERIES))
    for key, line in lines.items()
]


def read(cell):
    """Read a cell of a table: a number if it is one."""
    return float(cell) if re.fullmatch(r"-?\d+(\.\d+)?(e[+-]\d+)?", cell) else cell


def table(path):
    """Read the data of a chart: its columns, and its rows."""
    with path.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    return {
        "columns": head,
        "rows": [dict(zip(head, map(read, row), strict=True)) for row in rows],
    }


@pytest.mark.parametrize(("name", "key", "line"), TRIED)
def test_a_chart_shows_and_says_what_it_did(name, key, line, project, keep):
    shutil.copytree(GIVEN, project(name) / "given")
    typed_line = f"{line} --format svg" if line.startswith("chart") else line
    said = spoken(line, typed(typed_line))
    written = sorted(path for path in Path("out").rglob("*") if path.is_file())
    texts = [
        f"=== {path.name}\n{plain(path.read_text('utf-8'))}"
        for path in written
        if path.name.endswith(".alt.txt")
    ]
    names = "".join(f"{path}\n" for path in written)
    keep.text(f"charts/{name}-{key}.txt", "\n".join([said, f"=== files\n{names}", *texts]))
    data = {path.name: table(path) for path in written if path.suffix == ".csv"}
    assert data
    keep.values(f"charts/{name}-{key}.json", data)


def test_every_kept_chart_belongs_to_a_test(keep):
    names = {f"{each.id}.{ending}" for each in TRIED for ending in ("txt", "json")}
    keep.none_left_over("charts", names)
