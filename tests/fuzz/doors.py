"""The doors through which input of others comes, each with good input to start from."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from tests.fuzz import seeds
from tests.fuzz.damage import damaged, damaged_cells, damaged_lines
from tests.fuzz.structure import (
    damaged_archive,
    damaged_database,
    damaged_lines_of_json,
    damaged_page,
    damaged_pdf,
    damaged_yaml,
)

__all__ = ["DOORS", "LEDGER", "Door"]

LEDGER = ".forecast/ledger.sqlite"

Good = Callable[[Path], bytes]
Damage = Callable[[bytes], st.SearchStrategy[bytes]]
Command = tuple[str, ...]


@dataclass(frozen=True)
class Door:
    """One way in.

    Attributes
    ----------
    commands : tuple of tuple of str
        One of these is typed; ``{}`` in it stands for a text that is tried on the command line.
        The first takes the good input.
    good : callable
        Input that is taken, from the folder of a project that was run.
    damage : callable
        What is tried instead.
    file : str
        Where it is written, in the project: a name, or a pattern of which the first is meant;
        empty for standard input or the command line.
    variable : str
        The variable of the environment that it is put in, if any.
    writes : tuple of str
        How the names of files begin that the commands are asked to write.
    examples : int
        How many are tried in a quick run.
    """

    commands: tuple[Command, ...]
    good: Good
    damage: Damage
    file: str = ""
    variable: str = ""
    writes: tuple[str, ...] = ()
    examples: int = 20


def _held(file: str) -> Good:
    return lambda project: min(project.glob(file)).read_bytes()


def _said(text: str) -> Good:
    return lambda _: text.encode()


def _cells(held: bytes) -> st.SearchStrategy[bytes]:
    table = damaged_cells(held.decode())
    semicolons = damaged_cells(held.decode().replace(",", ";"), delimiter=";")
    return st.one_of(table, table, semicolons, damaged(held))


def _tabs(held: bytes) -> st.SearchStrategy[bytes]:
    return st.one_of(damaged_cells(held.decode(), delimiter="\t"), damaged(held))


def _packed(held: bytes) -> st.SearchStrategy[bytes]:
    return st.one_of(_tabs(held).map(gzip.compress), damaged(gzip.compress(held)))


_deep = st.sampled_from([b"[", b'{"a":', b"a: [", b"? "]).map(lambda opening: opening * 100_000)


def _yaml(held: bytes) -> st.SearchStrategy[bytes]:
    tree = damaged_yaml(held.decode())
    return st.one_of(tree, tree, damaged_lines(held.decode()), damaged(held))


def _json_lines(held: bytes) -> st.SearchStrategy[bytes]:
    values = damaged_lines_of_json([json.loads(line) for line in held.splitlines()])
    return st.one_of(*[values] * 5, *[damaged(held)] * 2, _deep)


def _json(held: bytes) -> st.SearchStrategy[bytes]:
    return st.one_of(damaged_lines_of_json([json.loads(held)]), damaged(held), _deep)


def _text(*others: str) -> Damage:
    """Damage a text that is typed: a shell passes on any bytes but NUL."""

    def tried(held: bytes) -> st.SearchStrategy[bytes]:
        return damaged(held, *(text.encode() for text in others)).map(
            lambda one: one.replace(b"\0", b"")
        )

    return tried


def _place(held: bytes) -> st.SearchStrategy[bytes]:
    """Damage a name of a file, below one folder: what is tried must not reach others."""

    def below(text: bytes) -> bytes:
        kept = text.replace(b"\0", b"").replace(b"..", b"__").replace(b"~", b"_").lstrip(b"/")
        return b"places/" + kept

    return damaged(held.removeprefix(b"places/"), b"sub/x.csv", b"x").map(below)


def _rows(project: Path) -> list[list[str]]:
    with (project / "events" / "reports.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def _reports_as_lines(project: Path) -> bytes:
    names, *rows = _rows(project)
    held = ({n: c for n, c in zip(names, row, strict=True) if c} for row in rows)
    return "".join(json.dumps(row) + "\n" for row in held).encode()


def _workbook(rows: list[list[str]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _as_workbook(text: str) -> Good:
    return lambda _: _workbook(list(csv.reader(io.StringIO(text))))


def _word_template(_: Path) -> bytes:
    from docx import Document

    document = Document()
    for text in seeds.PARAGRAPHS:
        document.add_paragraph(text)
    cells = document.add_table(rows=3, cols=1).columns[0].cells
    for cell, text in zip(
        cells,
        ["{%tr for row in forecast.judgements %}", "{{ row.judgement }}", "{%tr endfor %}"],
        strict=True,
    ):
        cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _import(file: str, layout: str, mapping: str) -> tuple[Command, ...]:
    command = ("events", "import", file, "--format", layout, "--mapping", mapping)
    return ((*command, "--out", "made.csv"), (*command, "--out", "made.csv", "--json"))


def _options(*commands: str) -> tuple[Command, ...]:
    return tuple(tuple(command.split()) for command in commands)


_ADD = (
    *("events", "add", "--indicator", "envoys_meet", "--occurred", "2024-05-01", "--note", "x"),
    *("--reported", "2024-05-02", "--event", "E", "--lineage", "x", "--id", "NEW"),
)
_ADDED = (*_ADD, "--grade", "B2", "--summary", "Invented")
_COVERED = ("events", "coverage", "add", "--from", "2024-07-01", "--to", "2024-07-31")
_WHATIF = ("whatif", "--no-charts", "--draws", "100")
_ASKED = ("ask", "--no-charts", "--draws", "100", "--json", "ceasefire is broken on 2024-12-31")
_CHECK = (("check",), ("check", "--prior", "--json"), ("check", "--prior"), ("nodes",))
_NAMES = _text("ceasefire", "broken_by_end_2024", "R002", "envoys_meet", "held", "panel", "moving")


def _shown(file: str, damage: Damage, *verbs: str, examples: int = 12) -> Door:
    commands = tuple(("brief", verb, file) for verb in ("check", *verbs))
    return Door((*commands, (*commands[0], "--json")), _held(file), damage, file, examples=examples)


#: The doors by name; a name is the end of a test's id.
DOORS: dict[str, Door] = {
    "priors": Door(
        (*_CHECK, *_options("elicit --template", "elicit --answers answers.csv", "resolve",
                            "whatif --list", "check --schema")),
        _held("priors.yaml"), _yaml, "priors.yaml", examples=26,
    ),
    "reports": Door(
        (("check",), ("events", "list"), ("check", "--prior")),
        _held("events/reports.csv"), _cells, "events/reports.csv", examples=20,
    ),
    "coverage": Door(_CHECK[:1], _held("events/coverage.csv"), _cells, "events/coverage.csv"),
    "sources": Door(_CHECK[:1], _said(seeds.SOURCES), _cells, "events/sources.csv"),
    "announcements": Door(
        _CHECK[:1], _said(seeds.ANNOUNCEMENTS), _cells, "events/announcements.csv"
    ),
    "verdicts": Door(
        (("sources", "--json"), ("check",)), _said(seeds.VERDICTS), _cells, "events/verdicts.csv"
    ),
    "events-workbook": Door(
        _CHECK[:1], _as_workbook(seeds.SOURCES), damaged_archive, "events/sources.xlsx"
    ),
    "update": Door(
        _options("update new.csv --dry-run", "update new.csv --dry-run --json"),
        _held("events/reports.csv"),
        _cells,
        "new.csv",
    ),
    "update-coverage": Door(
        _options("update new.csv --dry-run --json"), _held("events/coverage.csv"), _cells, "new.csv"
    ),
    "update-announced": Door(
        _options("update new.csv --dry-run --json"), _said(seeds.ANNOUNCEMENTS), _cells, "new.csv"
    ),
    "update-stored": Door(
        _options("update new.csv --json"), _held("events/reports.csv"), _cells, "new.csv",
        examples=10,
    ),
    "lines": Door(
        _options("update new.jsonl --dry-run"), _reports_as_lines, _json_lines, "new.jsonl"
    ),
    "stdin": Door(_options("update - --dry-run --json"), _reports_as_lines, _json_lines),
    "workbook": Door(
        _options("update new.xlsx --dry-run"),
        lambda project: _workbook(_rows(project)),
        damaged_archive,
        "new.xlsx",
    ),
    "folder": Door(
        _options("update --watch inbox --once --settle 0"),
        _reports_as_lines,
        _json_lines,
        "inbox/new.jsonl",
        examples=10,
    ),
    "folder-table": Door(
        _options("update --watch inbox --once --settle 0 --json"),
        _held("events/reports.csv"),
        _cells,
        "inbox/new.csv",
        examples=10,
    ),
    "outcomes": Door(
        _options("resolve --from new.csv", "resolve --from new.csv --json"),
        _said(seeds.OUTCOMES), _cells, "new.csv",
    ),
    "outcomes-found": Door(
        _options("resolve --json", "score --json", "check"),
        _said(seeds.OUTCOMES), _cells, "resolutions/resolutions.csv",
    ),
    "outcomes-workbook": Door(
        _options("resolve --from new.xlsx"),
        _as_workbook(seeds.OUTCOMES), damaged_archive, "new.xlsx", examples=15,
    ),
    "crowd": Door(
        _options("score --crowd crowd.csv", "score --crowd crowd.csv --json"),
        _said(seeds.CROWD), _cells, "crowd.csv",
    ),
    "crowd-found": Door(
        _options("check", "score --json"), _said(seeds.CROWD), _cells, "events/crowd.csv",
    ),
    "answers": Door(
        _options("elicit --answers answers.csv", "elicit --answers answers.csv --json",
                 "elicit --answers answers.csv --write made.yaml"),
        _said(seeds.ANSWERS), _cells, "answers.csv",
    ),
    "answers-workbook": Door(
        _options("elicit --answers answers.xlsx"),
        _as_workbook(seeds.ANSWERS), damaged_archive, "answers.xlsx", examples=15,
    ),
    "asked": Door(
        _options("elicit --expert Ann --answers answers.csv --node talks"),
        _said("10% to 30%\nInvented.\n\n0.1 / 0.2 / 0.4\nInvented.\n\n\n\n\n\n"), damaged,
        writes=("answers.csv",),
    ),
    "series": Door(
        _options("init made --from-series s.csv", "init made --from-series s.csv --pool"),
        _said(seeds.SERIES), _cells, "s.csv",
    ),
    "series-workbook": Door(
        _options("init made --from-series s.xlsx"),
        _as_workbook(seeds.SERIES), damaged_archive, "s.xlsx", examples=15,
    ),
    "scenario": Door(
        (("whatif", "--list"), (*_WHATIF, "--json", "held")),
        _said(seeds.SCENARIO), _yaml, "scenarios/held.yaml",
    ),
    "gdelt": Door(
        _import("g.CSV", "gdelt2", "gdelt.yaml"), _said(seeds.GDELT + "\n"), _tabs, "g.CSV"
    ),
    "gdelt1": Door(
        _import("g.CSV", "gdelt1", "gdelt1.yaml"), _said(seeds.GDELT1 + "\n"), _tabs, "g.CSV"
    ),
    "packed": Door(
        _import("g.gz", "gdelt2", "gdelt.yaml"),
        lambda _: (seeds.GDELT + "\n").encode(), _packed, "g.gz",
    ),
    "acled": Door(_import("a.csv", "acled", "acled.yaml"), _said(seeds.ACLED), _cells, "a.csv"),
    "acled-json": Door(
        _import("a.json", "acled", "acled.yaml"),
        _said("\n".join(map(json.dumps, seeds.ACLED_JSON)) + "\n"), _json_lines, "a.json",
    ),
    "acled-workbook": Door(
        _import("a.xlsx", "acled", "acled.yaml"), _as_workbook(seeds.ACLED), damaged_archive,
        "a.xlsx", examples=15,
    ),
    "icews": Door(_import("i.tab", "icews", "icews.yaml"), _said(seeds.ICEWS), _tabs, "i.tab"),
    "polecat": Door(
        _import("p.txt", "polecat", "polecat.yaml"), _said(seeds.POLECAT), _tabs, "p.txt"
    ),
    "mapping": Door(
        _import("acled.csv", "acled", "m.yaml"), _said(seeds.FILES["acled.yaml"]), _yaml, "m.yaml"
    ),
    "markdown": Door(
        _options("brief render t.md made.html", "brief render t.md made.md",
                 "brief render t.md made.docx"),
        _said(seeds.TEMPLATE), damaged, "t.md",
    ),
    "word": Door(
        _options("brief render t.docx made.docx"), _held("brief.docx"), damaged_archive, "t.docx",
        examples=12,
    ),
    "word-template": Door(
        _options("brief render t.docx made.docx"),
        _word_template, damaged_archive, "t.docx", examples=8,
    ),
    "word-styles": Door(
        _options("brief render one.md made.docx --template t.docx"),
        _word_template, damaged_archive, "t.docx", examples=12,
    ),
    "shown-markdown": _shown("brief.md", damaged, "provenance"),
    "shown-quarto": _shown("brief.qmd", damaged, "provenance"),
    "shown-page": _shown("brief.html", damaged_page, "provenance"),
    "shown-word": _shown("brief.docx", damaged_archive, "provenance", examples=15),
    "shown-pdf": _shown("brief.pdf", damaged_pdf, "provenance", examples=15),
    "refreshed": Door(
        _options("brief refresh brief.md"), _held("brief.md"), damaged, "brief.md",
        writes=("brief.md", "brief_files/"), examples=15,
    ),
    "refreshed-word": Door(
        _options("brief refresh brief.docx"), _held("brief.docx"), damaged_archive, "brief.docx",
        writes=("brief.docx",), examples=10,
    ),
    "question": Door(
        (("ask", "--no-charts", "--draws", "100", "--", "{}"),
         ("ask", "--no-charts", "--draws", "100", "--json", "--", "{}")),
        _said("ceasefire reaches broken by 2024-12-31 from 2024-07-01"),
        _text(
            "talks is moving on 2024-12-31 given ceasefire is holds on 2024-07-01",
            "at least 2 reports of envoys_meet by 2024-12-31",
            "talks reaches moving before ceasefire reaches broken by 2024-12-31",
        ),
        examples=13,
    ),
    "intervention": Door(
        ((*_WHATIF, "--do", "{}"), (*_WHATIF, "--json", "--do", "{}")),
        _said("talks=moving@2024-07-01..2024-09-01"),
        _text("ceasefire:holds>broken*2@2024-08-01"),
    ),
    "observation": Door(
        ((*_WHATIF, "--observe", "{}"), (*_WHATIF, "--json", "--observe", "{}")),
        _said("envoys_meet@2024-07-03/B2"),
        _text("no shelling_reported@2024-07-01..2024-08-01"),
    ),
    "day": Door(
        (
            *_options(
                "events list --as-of {}", "explain talks --no-charts --as-of {}",
                "explain talks --no-charts --since {}", "watch talks --as-of {}",
                "explain broken_by_end_2024 --no-charts --since {}",
                "score --as-of {}", "resolve --as-of {}", "sources --as-of {}",
                "update new.csv --dry-run --as-of {}", "brief check brief.md --as-of {}",
                "chart trajectory talks --format svg --as-of {}", "check --prior --as-of {}",
                "brief render one.md made.md --as-of {}", "sources confirm R002 --on {}",
                "resolve broken_by_end_2024 no --source x --on {}",
                "events coverage end --reason x --on {}",
                "events coverage add --source x --rationale x --from {} --to 2024-07-31",
                "events import acled.csv --format acled --mapping acled.yaml --out m.csv --from {}",
            ),
            (*_ASKED, "--as-of", "{}"),
            (*_WHATIF, "--do", "talks=moving@2024-07-01", "--as-of", "{}"),
            (*_ADDED, "--occurred", "{}"),
            (*_ADDED, "--reported", "{}"),
        ),
        _said("2024-06-30"),
        _text("2024-04-17", "2025-01-01"),
        examples=20,
    ),
    "period": Door(
        (
            (*_WHATIF, "--do", "talks=moving@2024-07-01", "--horizon", "{}"),
            *_options("watch talks --within {}", "watch talks --json --within {}"),
        ),
        _said("12 months"),
        _text("90d", "1 year", "6m", "45"),
        examples=13,
    ),
    "number": Door(
        (
            *_options(
                "watch talks --top {}", "sensitivity talks --no-charts --top {}",
                "score --lead {}", "elicit --answers answers.csv --extremise {}",
                "init made --from-series s.csv --states {}",
                "update --watch inbox --once --settle {}",
            ),
            (*_ADDED, "--value", "{}"),
            (*_ADDED, "--exposure", "{}"),
            (*_COVERED, "--source", "x", "--rationale", "x", "--detection", "{}"),
        ),
        _said("5"),
        _text("100", "0.5"),
        examples=13,
    ),
    "draws": Door(
        (("ask", "--no-charts", "--draws", "{}", "ceasefire is broken on 2024-12-31"),
         ("whatif", "--no-charts", "--do", "talks=moving@2024-07-01", "--draws", "{}")),
        _said("100"), _text("1000"),
    ),
    "grade": Door(
        (
            (*_ADD, "--summary", "Invented", "--grade", "{}"),
            ("watch", "talks", "--grade", "{}"),
        ),
        _said("B2"),
        _text("2", "F6", "certain"),
    ),
    "summary": Door(
        (
            (*_ADD, "--grade", "B2", "--summary", "{}"),
            *(
                (*_ADDED, option, "{}")
                for option in ("--note", "--event", "--lineage", "--id", "--actors", "--source",
                               "--source-title", "--source-url", "--use", "--verified")
            ),
            ("events", "retract", "R002", "--reason", "{}"),
            (*_COVERED, "--source", "{}", "--rationale", "{}"),
            ("events", "coverage", "end", "--on", "2024-05-31", "--reason", "{}"),
            ("sources", "confirm", "R002", "--on", "2024-06-30", "--reason", "{}"),
            ("resolve", "broken_by_end_2024", "yes", "--on", "2024-05-01", "--source", "{}"),
            ("resolve", "broken_by_end_2024", "yes", "--on", "2024-05-01", "--source", "x",
             "--url", "{}"),
        ),
        _said("Envoys met (invented)."),
        _text(),
        examples=20,
    ),
    "name": Door(
        _options(
            "explain --no-charts -- {}", "sensitivity --no-charts -- {}", "watch -- {}",
            "chart trajectory --format svg -- {}", "chart network --format svg -- {}",
            "chart heat --format svg -- {}", "chart fan --format svg -- {}",
            "chart first-passage --format svg -- {}", "chart icons --format svg -- {}",
            "chart --format svg -- {} talks", "whatif --no-charts --draws 100 -- {}",
            "resolve -- {} yes", "resolve --source x -- broken_by_end_2024 {}",
            "events list --node={}", "events list --indicator={}",
            "events retract --reason x -- {}", "events restore --reason x -- {}",
            "sources confirm --reason x -- {}", "sources -- {} R002", "events add --indicator={}",
            "events add --id={}", "events add --correct={}", "-- {}", "brief -- {}", "{}",
            "chart panel --size={}", "chart panel --format={}", "watch talks --by={}",
            "report made.html --no-watch --scenario={}", "elicit --answers answers.csv --pool={}",
        ),
        _said("talks"),
        _NAMES,
        examples=26,
    ),
    "place": Door(
        _options(
            "events export {}", "check --project={}", "run --project={}", "update --dry-run {}",
            "brief check {}", "brief new {}", "brief render one.md {}", "brief render {}",
            "init {}", "elicit --answers={}", "elicit --answers answers.csv --write={}",
            "whatif --with={}", "resolve --from={}", "score --crowd={}", "update --watch --once {}",
            "chart trajectory talks --format svg --out={}", "report --no-watch {}",
            "brief render one.md made.docx --template={}", "validate --quick --model={}",
            "events import {} --format acled --mapping acled.yaml --out made.csv",
            "events import acled.csv --format acled --mapping={} --out made.csv",
            "events import acled.csv --format acled --mapping acled.yaml --out={}",
            "events import --format acled --write-mapping={}",
        ),
        _said("places/x.csv"), _place, examples=20,
    ),
    "address": Door(
        (("check", "--ledger"), ("events", "list")),
        _said(LEDGER),
        _text("postgresql://user:secret@127.0.0.1:1/db?password=secret", "sqlite:///x.sqlite"),
        variable="FORECAST_LEDGER",
        examples=8,
    ),
    "case": Door(
        (("events", "list"),),
        _said('{"case": "case-0123456789abcdef", "folder": "/invented"}'),
        _json,
        ".forecast/case.json",
        variable="FORECAST_LEDGER",
    ),
    "database": Door(
        _options(
            "check --ledger", "check --fit", "events list", "resolve --json", "score --json",
            "sources",
            "chart panel --format svg", "brief check brief.md", "explain talks --no-charts",
            "check", "whatif --list", "watch talks", "events export made.csv",
        ),
        _held(LEDGER), damaged_database, LEDGER, examples=20,
    ),
    "posterior": Door(
        _options(
            "check --fit", "explain talks --no-charts", "watch talks", "check --ledger"
        ),
        _held(".forecast/posteriors/*.nc"), damaged, ".forecast/posteriors/*.nc", examples=15,
    ),
    "milestones": Door(
        _options("update new.csv --dry-run"),
        _held(".forecast/milestones/*"), damaged_archive, ".forecast/milestones/*", examples=10,
    ),
    "analysis": Door(
        _options("chart weights talks --format svg", "chart heat --format svg"),
        _held(".forecast/analyses/*"), _json, ".forecast/analyses/*", examples=10,
    ),
    "remembered": Door(
        _options("brief render one.md made.html"),
        _held(".forecast/analyses/*causes*"), _json, ".forecast/analyses/*causes*", examples=10,
    ),
}  # fmt: skip
