"""The doors through which input of others comes, each with good input to start from."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from tests.fuzz.damage import (
    damaged,
    damaged_archive,
    damaged_cells,
    damaged_lines,
    damaged_values,
)

__all__ = ["DOORS", "FILES", "Door"]

Good = Callable[[Path], bytes]
Damage = Callable[[bytes], st.SearchStrategy[bytes]]


@dataclass(frozen=True)
class Door:
    """One way in.

    Attributes
    ----------
    arguments : tuple of str
        The command; ``{}`` stands for a text that is tried on the command line.
    good : callable
        Input that is taken, from the folder of a project that was run.
    damage : callable
        What is tried instead.
    file : str
        Where it is written, in the project; empty for standard input or the command line.
    variable : str
        The variable of the environment that it is put in, if any.
    examples : int
        How many are tried in a quick run.
    """

    arguments: tuple[str, ...]
    good: Good
    damage: Damage
    file: str = ""
    variable: str = ""
    examples: int = 60


def _held(file: str) -> Good:
    return lambda project: (project / file).read_bytes()


def _said(text: str) -> Good:
    return lambda _: text.encode()


def _cells(held: bytes) -> st.SearchStrategy[bytes]:
    table = damaged_cells(held.decode())
    semicolons = damaged_cells(held.decode().replace(",", ";"), delimiter=";")
    return st.one_of(table, table, semicolons, damaged(held))


def _tabs(held: bytes) -> st.SearchStrategy[bytes]:
    return st.one_of(damaged_cells(held.decode(), delimiter="\t"), damaged(held))


def _yaml(held: bytes) -> st.SearchStrategy[bytes]:
    return st.one_of(damaged_lines(held.decode()), damaged(held))


def _json_lines(held: bytes) -> st.SearchStrategy[bytes]:
    deep = st.sampled_from([b"[", b'{"a":']).map(lambda opening: opening * 100_000)
    values = damaged_values([json.loads(line) for line in held.splitlines()])
    return st.one_of(values, values, damaged(held), deep)


def _text(*others: str) -> Damage:
    def tried(held: bytes) -> st.SearchStrategy[bytes]:
        seeds = (held, *(text.encode() for text in others))
        return damaged(*seeds).map(
            lambda one: one.decode("utf-8", "ignore").replace("\0", "").encode()
        )

    return tried


def _reports_as_lines(project: Path) -> bytes:
    with (project / "events" / "reports.csv").open(encoding="utf-8", newline="") as stream:
        rows = [{key: cell for key, cell in row.items() if cell} for row in csv.DictReader(stream)]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _reports_as_workbook(project: Path) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    with (project / "events" / "reports.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream):
            book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_GDELT = "\t".join(
    [
        *("1", "20240304", "202403", "2024", "2024.17", "PRK", "NORTH", "PRK", *[""] * 7),
        *("RUS", "SOUTH", "RUS", *[""] * 7, "1", "042", "042", "04", "1", "1.9", "10", "1", "10"),
        *("0.5", *[""] * 24, "20240304000000", "https://example.org/a"),
    ]
)
_ACLED = """\
event_id_cnty,event_date,year,event_type,sub_event_type,actor1,actor2,country,source,notes,fatalities
INV1,2024-03-04,2024,Battles,Armed clash,Army of North,Army of South,Nowhere,Herald,Invented.,3
INV2,05 March 2024,2024,Protests,Peaceful protest,Protesters,,Nowhere,Herald,Invented.,0
"""
_ICEWS = (
    "Event ID\tEvent Date\tSource Name\tSource Sectors\tSource Country\tEvent Text\tCAMEO Code\t"
    "Intensity\tTarget Name\tTarget Sectors\tTarget Country\tStory ID\tSentence Number\tPublisher\t"
    "City\tDistrict\tProvince\tCountry\tLatitude\tLongitude\n"
    "1\t2024-03-04\tNorth\tGovernment\tNorth Korea\tMake a visit\t042\t1.9\tSouth\tGovernment\t"
    "Russian Federation\t5\t1\tInvented\t\t\t\tRussia\t1\t2\n"
)
_MAPPING = """format: {format}
grade: C3
lineage: article
most_days_late: 31
actors:
  north: [{north}]
  south: [{south}]
rules:
  - indicator: envoys_meet
    between: [north, south]
    codes: ["{code}"]
"""
_SCENARIO = """name: held
label: Held
description: The ceasefire is held for a year.
author: invented
rationale: Invented.
assumptions:
  - do: {node: ceasefire, state: holds, from: 2024-07-01, to: 2024-12-31}
    rationale: Invented.
  - observe: {indicator: envoys_meet, on: 2024-07-10, grade: B2}
    rationale: Invented.
"""
_SERIES = "date,incidents,도발\n" + "".join(
    f"2024-01-{day:02d},{day % 5},{day % 3 / 2}\n" for day in range(1, 29)
)
_ANSWERS = """expert,on,prior,answer,within,rationale
Ann,2024-01-02,ceasefire: holds > broken,10% to 30%,12 months,Invented.
Bo,2024-01-02,talks: stalled > moving,1:9 to 1:3,6 months,Invented.
Bo,2024-01-02,talks: moving > stalled,0.1 / 0.2 / 0.4,6 months,Invented.
Ann,2024-01-02,talks: moving > stalled,unlikely,6 months,Invented.
"""
_SOURCES = "source_id,label,reliability,source,rationale\nmon,Monitors,B,Invented,Invented.\n"
_OUTCOMES = """question,outcome,on,source_title,source_url,note,came
broken_by_end_2024,no,2024-12-31,Invented,https://example.org/a,,
"""
_CROWD = "question,date,probability,source\nbroken_by_end_2024,2024-05-01,0.3,Invented\n"
_TEMPLATE = """# {{ forecast.title() }} as of {{ forecast.as_of() }}

We put it at {{ forecast.probability("talks", "moving") }}. {{ forecast.sentence("ceasefire") }}

{{ forecast.judgements() }}

{{ forecast.evidence(most=3) }}

{{ forecast.notes() }}
"""


def _mapping(layout: str, north: str, south: str, code: str) -> str:
    return _MAPPING.format(format=layout, north=north, south=south, code=code)


#: Other files that a project needs before its doors are tried.
FILES = {
    "scenarios/held.yaml": _SCENARIO,
    "gdelt.yaml": _mapping("gdelt2", "PRK", "RUS", "04"),
    "acled.yaml": _mapping("acled", "Army of North", "Army of South", "Battles"),
    "icews.yaml": _mapping("icews", "North", "South", "04"),
    "acled.csv": _ACLED,
    "inbox/.keep": "",
}


def _import(file: str, layout: str, mapping: str) -> tuple[str, ...]:
    return ("events", "import", file, "--format", layout, "--mapping", mapping, "--out", "o.csv")


_ADD = (
    *("events", "add", "--indicator", "envoys_meet", "--occurred", "2024-05-01", "--note", "x"),
    *("--reported", "2024-05-02", "--event", "E", "--lineage", "x"),
)
_WHATIF = ("whatif", "--no-charts", "--draws", "100")

#: The doors by name; a name is the end of a test's id.
DOORS: dict[str, Door] = {
    "priors": Door(("check",), _held("priors.yaml"), _yaml, "priors.yaml"),
    "reports": Door(("check",), _held("events/reports.csv"), _cells, "events/reports.csv"),
    "coverage": Door(("check",), _held("events/coverage.csv"), _cells, "events/coverage.csv"),
    "sources": Door(("check",), _said(_SOURCES), _cells, "events/sources.csv"),
    "update": Door(
        ("update", "new.csv", "--dry-run"), _held("events/reports.csv"), _cells, "new.csv"
    ),
    "lines": Door(
        ("update", "new.jsonl", "--dry-run"), _reports_as_lines, _json_lines, "new.jsonl"
    ),
    "stdin": Door(("update", "-", "--dry-run"), _reports_as_lines, _json_lines),
    "workbook": Door(
        ("update", "new.xlsx", "--dry-run"),
        _reports_as_workbook,
        damaged_archive,
        "new.xlsx",
        examples=40,
    ),
    "folder": Door(
        ("watch-folder", "inbox", "--once"),
        _reports_as_lines,
        _json_lines,
        "inbox/new.jsonl",
        examples=6,
    ),
    "outcomes": Door(("resolve", "--from", "new.csv"), _said(_OUTCOMES), _cells, "new.csv"),
    "crowd": Door(("score", "--crowd", "crowd.csv"), _said(_CROWD), _cells, "crowd.csv"),
    "answers": Door(("elicit", "--answers", "answers.csv"), _said(_ANSWERS), _cells, "answers.csv"),
    "series": Door(("init", "made", "--from-series", "s.csv"), _said(_SERIES), _cells, "s.csv"),
    "scenario": Door(("whatif", "--list"), _said(_SCENARIO), _yaml, "scenarios/held.yaml"),
    "gdelt": Door(_import("g.CSV", "gdelt2", "gdelt.yaml"), _said(_GDELT + "\n"), _tabs, "g.CSV"),
    "acled": Door(_import("a.csv", "acled", "acled.yaml"), _said(_ACLED), _cells, "a.csv"),
    "icews": Door(_import("i.tab", "icews", "icews.yaml"), _said(_ICEWS), _tabs, "i.tab"),
    "mapping": Door(
        _import("acled.csv", "acled", "m.yaml"), _said(FILES["acled.yaml"]), _yaml, "m.yaml"
    ),
    "markdown": Door(("brief", "render", "t.md", "t.html"), _said(_TEMPLATE), damaged, "t.md"),
    "word": Door(
        ("brief", "render", "t.docx", "u.docx"),
        _held("brief.docx"),
        damaged_archive,
        "t.docx",
        examples=30,
    ),
    "shown-markdown": Door(("brief", "check", "brief.md"), _held("brief.md"), damaged, "brief.md"),
    "shown-page": Door(
        ("brief", "check", "brief.html"), _held("brief.html"), damaged, "brief.html", examples=40
    ),
    "shown-word": Door(
        ("brief", "check", "brief.docx"),
        _held("brief.docx"),
        damaged_archive,
        "brief.docx",
        examples=30,
    ),
    "shown-pdf": Door(
        ("brief", "check", "brief.pdf"), _held("brief.pdf"), damaged, "brief.pdf", examples=30
    ),
    "question": Door(
        ("ask", "--no-charts", "--draws", "100", "--", "{}"),
        _said("ceasefire reaches broken by 2024-12-31 from 2024-07-01"),
        _text(
            "talks is moving on 2024-12-31 given ceasefire is holds on 2024-07-01",
            "at least 2 reports of envoys_meet by 2024-12-31",
            "talks reaches moving before ceasefire reaches broken by 2024-12-31",
        ),
    ),
    "intervention": Door(
        (*_WHATIF, "--do", "{}"),
        _said("talks=moving@2024-07-01..2024-09-01"),
        _text("ceasefire:holds>broken*2@2024-08-01"),
        examples=40,
    ),
    "observation": Door(
        (*_WHATIF, "--observe", "{}"),
        _said("envoys_meet@2024-07-03/B2"),
        _text("no shelling_reported@2024-07-01..2024-08-01"),
        examples=40,
    ),
    "day": Door(("events", "list", "--as-of", "{}"), _said("2024-06-30"), _text()),
    "period": Door(
        (*_WHATIF, "--do", "talks=moving@2024-07-01", "--horizon", "{}"),
        _said("12 months"),
        _text("90d", "1 year", "6m"),
    ),
    "grade": Door(
        (*_ADD, "--summary", "Invented", "--grade", "{}"),
        _said("B2"),
        _text("2", "F6"),
    ),
    "summary": Door(
        (*_ADD, "--grade", "B2", "--summary", "{}"),
        _said("Envoys met (invented)."),
        _text(),
    ),
    "chart": Door(
        ("chart", "trajectory", "--format", "svg", "--", "{}"), _said("talks"), _text("ceasefire")
    ),
    "address": Door(
        ("verify",),
        _said(".forecast/ledger.sqlite"),
        _text("postgresql://user:secret@127.0.0.1:1/db?password=secret", "sqlite:///x.sqlite"),
        variable="FORECAST_LEDGER",
        examples=30,
    ),
    "database": Door(
        ("verify",),
        _held(".forecast/ledger.sqlite"),
        damaged,
        ".forecast/ledger.sqlite",
        examples=40,
    ),
    "issue": Door(
        ("diagnose",),
        _held(".forecast/ledger.sqlite"),
        damaged,
        ".forecast/ledger.sqlite",
        examples=30,
    ),
}
