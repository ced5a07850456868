"""Every verb says what it said before: as JSON, and on a terminal of 80 columns."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.frozen.conftest import write_series
from tests.frozen.keep import commands, plain, spoken, typed

GIVEN = Path(__file__).parent / "given"
GDELT = "events import given/gdelt.CSV --format gdelt2 --mapping given/gdelt.yaml --out new.csv"
ADD = (
    "events add --indicator envoys_meet --occurred 2024-06-20 --reported 2024-06-21 --grade B2 "
    "--event E-9 --lineage mediator --summary 'Envoys met (invented)' --note Example --id N9"
)
RESOLVED = "resolve broken_by_end_2024 no --note Invented."


@dataclass(frozen=True)
class Verb:
    """A command line, and how it is tried.

    Attributes
    ----------
    line : str
        What is typed after ``forecast``.
    first : tuple of str
        What is typed before it, in the same project.
    changes : bool
        Whether it changes the project, so that JSON and text each need one of their own.
    only : {"", "json", "text"}
        The one kind that there is, or that is enough.
    stdin : str
        A file whose text it reads from standard input.
    """

    line: str
    first: tuple[str, ...] = ()
    changes: bool = False
    only: str = ""
    stdin: str = ""


def changing(line: str, *first: str, only: str = "", stdin: str = "") -> Verb:
    """Say that a command changes the project."""
    return Verb(line, first, changes=True, only=only, stdin=stdin)


TEMPLATE = {
    "run": Verb("run --no-charts --draws 250"),
    "run-past": Verb("run --no-charts --draws 250 --past", only="text"),
    "run-anew": changing("run --no-charts --draws 250 --seed 2 --horizon 18m --as-of 2024-05-31"),
    "run-history": Verb("run --no-charts --draws 250 --history"),
    "ask-named": Verb("ask broken_by_end_2024 --no-charts"),
    "ask-on": Verb("ask 'talks is moving on 2024-12-31' --no-charts"),
    "ask-from": Verb("ask 'ceasefire reaches broken from 2024-07-01 by 2024-12-31' --no-charts"),
    "ask-earlier-issue": Verb("ask broken_by_end_2024 --no-charts --as-of 2024-04-17"),
    "ask-before": Verb(
        "ask 'talks reaches moving before ceasefire reaches broken by 2024-12-31' --no-charts"
    ),
    "ask-given": Verb(
        "ask 'talks is moving on 2024-12-31 given ceasefire is holds on 2024-07-01' --no-charts"
    ),
    "ask-reports": Verb("ask 'at least 2 reports of envoys_meet by 2024-12-31' --no-charts"),
    "whatif-do": Verb("whatif --do talks=moving@2024-07-01..2024-12-31 --no-charts --draws 200"),
    "whatif-hazard": Verb(
        "whatif --do 'ceasefire:holds>broken*2@2024-08-01' --no-charts --draws 200", only="text"
    ),
    "whatif-observe": Verb("whatif --observe envoys_meet@2024-07-10/B2 --no-charts --draws 200"),
    "whatif-absent": Verb(
        "whatif --observe 'no envoys_meet@2024-07-10..2024-12-31' --no-charts --draws 200",
        only="text",
    ),
    "whatif-file": Verb("whatif given/held.yaml --no-charts --draws 200 --horizon 6m"),
    "whatif-belief": Verb("whatif given/believed.yaml --no-charts --draws 200"),
    "whatif-past": Verb("whatif given/past.yaml --no-charts --draws 200"),
    "whatif-stacked": Verb(
        "whatif --with given/believed.yaml --with given/held.yaml --no-charts --draws 200",
        only="text",
    ),
    "explain": Verb("explain ceasefire --no-charts"),
    "explain-since-day": Verb("explain talks --no-charts --since 2024-03-01"),
    "explain-since-issue": Verb("explain ceasefire --no-charts --since-issue"),
    "explain-question": Verb("explain broken_by_end_2024 --no-charts"),
    "watch": Verb("watch"),
    "watch-node": Verb("watch ceasefire --within 6m --by shift --grade certain --top 1"),
    "sensitivity": Verb("sensitivity ceasefire --no-charts"),
    "sensitivity-posterior": Verb("sensitivity talks --no-charts --range posterior --top 3"),
    "elicit": Verb("elicit --answers given/answers.csv"),
    "elicit-linear": Verb("elicit --answers given/answers.csv --pool linear --extremise 1.5"),
    "elicit-template": Verb("elicit --template", only="text"),
    "nodes": Verb("nodes"),
    "nodes-one": Verb("nodes talks"),
    "check": Verb("check"),
    "check-prior": Verb("check --prior --all"),
    "check-schema": Verb("check --schema", only="json"),
    "score": Verb("score --as-of 2025-12-31", (RESOLVED,)),
    "score-crowd": Verb("score --as-of 2025-12-31 --crowd given/crowd.csv --lead 45", (RESOLVED,)),
    "backtest": Verb(
        "backtest --from 2024-02-01 --to 2024-06-30 --every 2m --draws 250", (RESOLVED,)
    ),
    "events-list": Verb("events list"),
    "events-list-some": Verb("events list --node ceasefire --use all --as-of 2024-04-17"),
    "events-add": changing(ADD),
    "events-correct": changing("events add --correct R001 --grade C3"),
    "events-retract": changing("events retract R002 --reason Invented."),
    "events-restore": changing(
        "events restore R002 --reason Invented.", "events retract R002 --reason Invented."
    ),
    "events-announced": Verb("events list --announced"),
    "events-coverage": Verb("events coverage list"),
    "events-coverage-add": changing(
        "events coverage add --indicator envoys_meet --from 2024-07-01 --to 2024-07-31 "
        "--detection 0.4 --source Desk --rationale Invented."
    ),
    "events-coverage-end": changing(
        "events coverage end --indicator envoys_meet --on 2024-05-31 --reason Invented."
    ),
    "events-export": changing("events export all.csv"),
    "events-export-added": changing("events export added.csv --added", ADD),
    "events-import-gdelt": changing(GDELT),
    "events-import-acled": changing(
        "events import given/acled.csv --format acled --mapping given/acled.yaml --out new.csv "
        "--from 2024-03-01 --to 2024-03-31"
    ),
    "events-import-icews": changing(
        "events import given/icews.tab --format icews --mapping given/icews.yaml --out new.csv"
    ),
    "events-import-mapping": changing(
        "events import --format gdelt2 --write-mapping mapping.yaml", only="text"
    ),
    "sources-none": Verb("sources"),
    "resolve-list": Verb("resolve --as-of 2025-12-31"),
    "resolve-no": changing("resolve broken_by_end_2024 no --on 2024-12-31 --source Invented"),
    "resolve-void": changing("resolve broken_by_end_2024 void --note Invented. --on 2024-12-31"),
    "resolve-open": changing("resolve broken_by_end_2024 open --note Invented.", RESOLVED),
    "resolve-file": changing("resolve --from given/outcomes.csv"),
    "update": changing("update given/reports.csv"),
    "update-nothing": changing("update"),
    "update-issue": changing("update given/reports.csv --issue --as-of 2024-07-05"),
    "update-dry-run": Verb("update given/reports.csv --dry-run"),
    "update-lines": changing("update -", stdin="reports.jsonl"),
    "update-coverage": changing("update given/coverage.csv"),
    "update-twice": changing("update given/reports.csv", "update given/reports.csv"),
    "check-ledger": Verb("check --ledger"),
    "check-fit": Verb("check --fit"),
    "check-fit-block": Verb("check --fit --block log_hazard", only="text"),
    "update-watch": changing("update --watch given/inbox --once --settle 0"),
    "brief-check": Verb("brief check brief.md", ("brief new brief.md",)),
    "brief-check-stale": Verb(  # where a terminal breaks its lines depends on the day
        "brief check brief.md",
        ("brief new brief.md", ADD, "run --no-charts --draws 250"),
        only="json",
    ),
    "brief-provenance": Verb("brief provenance brief.md", ("brief new brief.md",), only="text"),
}
CASE = {
    "run": Verb("run --no-charts --draws 250"),
    "run-past": Verb("run --no-charts --draws 250 --past", only="text"),
    "ask-named": Verb("ask tech_advanced_by_end_2025 --no-charts"),
    "ask-and": Verb("ask 'tech_any_by_sep_2024 and sanctions_broken_by_sep_2024' --no-charts"),
    "ask-reports": Verb("ask 'at least 2 reports of unsc_veto by 2025-12-31' --no-charts"),
    "ask-given": Verb(
        "ask 'tech_transfer reaches advanced by 2025-12-31 given china_constraint is weak on "
        "2025-06-30' --no-charts",
        only="json",
    ),
    "whatif-list": Verb("whatif --list"),
    "whatif-do": Verb("whatif china_lifts_constraint china_enforces --no-charts --draws 100"),
    "whatif-observe": Verb("whatif russia_supplies_fighters --no-charts --draws 250"),
    "whatif-past": Verb("whatif china_weak_since_2024 --no-charts --draws 100"),
    "whatif-belief": Verb("whatif trade_pays_nothing --no-charts --draws 250"),
    "explain": Verb("explain tech_transfer --no-charts"),
    "watch": Verb("watch"),
    "elicit-template": Verb("elicit --template", only="text"),
    "check": Verb("check"),
    "check-prior": Verb("check --prior", only="json"),
    "score": Verb("score --as-of 2025-12-31"),
    "events-list": Verb("events list"),
    "sources": Verb("sources --as-of 2025-12-31"),
    "sources-refute": changing("sources refute F010 --by F092 --reason Invented."),
    "resolve-list": Verb("resolve --as-of 2025-12-31"),
    "update": changing("update given/case.csv"),
    "update-dry-run": Verb("update given/case.csv --dry-run", only="json"),
    "check-ledger": Verb("check --ledger", only="json"),
    "check-fit": Verb("check --fit", only="json"),
}
SERIES = {
    "run": Verb("run --no-charts --draws 400"),
    "ask-sum": Verb("ask 'sum of clashes over 2 weeks above 6 by 2024-03-10' --no-charts"),
    "half-life": Verb("half-life --try 1y --every 26"),
    "resolve-list": Verb("resolve --as-of 2024-12-31"),
    "events-list": Verb("events list", only="json"),
}
TRIED = [
    pytest.param(name, key, verb, id=f"{name}-{key}")
    for name, verbs in (("template", TEMPLATE), ("case", CASE), ("series", SERIES))
    for key, verb in verbs.items()
]


def prepared(project, name, verb):
    """Copy a project with the files that are given, and type what comes first."""
    folder = project(name)
    shutil.copytree(GIVEN, folder / "given")
    for line in verb.first:
        assert typed(line).code in {0, 4}
    return (GIVEN / verb.stdin).read_text("utf-8") if verb.stdin else ""


@pytest.mark.parametrize(("name", "key", "verb"), TRIED)
def test_a_verb_says_what_it_said(name, key, verb, project, keep):
    said = prepared(project, name, verb)
    if verb.only != "text":
        line = verb.line if "--schema" in verb.line else f"{verb.line} --json"
        keep.json(f"verbs/{name}/{key}.json", typed(line, said=said))
    if verb.only != "json":
        said = prepared(project, name, verb) if verb.changes and not verb.only else said
        done = typed(verb.line, screen=True, said=said)
        keep.text(f"verbs/{name}/{key}.txt", spoken(verb.line, done))


def test_every_command_explains_itself_as_before(keep):
    lines = [f"{words} --help".lstrip() for words in commands()]
    pages = [spoken(line, typed(line, screen=True)) for line in lines]
    keep.text("verbs/help.txt", "\n".join(pages))


def test_a_project_begins_as_before(tmp_path, monkeypatch, keep):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(GIVEN, tmp_path / "given")
    write_series(tmp_path / "series.csv")
    pages = []
    series = "--from-series series.csv"
    for line in ("init one", f"init two {series} --states 4", f"init three {series}"):
        pages.append(spoken(line, typed(line, screen=True)))
        folder = tmp_path / line.split()[1]
        pages += [
            f"=== {path.relative_to(tmp_path)}\n{plain(path.read_text('utf-8'))}"
            for path in sorted(folder.rglob("*.yaml" if folder.name == "three" else "*"))
            if path.is_file()
        ]
    keep.text("verbs/init.txt", "\n".join(pages))


def test_a_file_that_a_verb_writes_is_as_before(project, keep):
    """The CSV of reports from `export` and `import`, the mapping, and priors after `elicit`."""
    written = {
        "events export all.csv": "all.csv",
        GDELT: "new.csv",
        "elicit --answers given/answers.csv --write revised.yaml": "revised.yaml",
        "backtest --from 2024-02-01 --to 2024-06-30 --every 2m --draws 250 --report b.md": "b.md",
    }
    prepared(project, "template", Verb("", (RESOLVED,)))
    pages = []
    for line, name in written.items():
        pages += [spoken(line, typed(line)), f"=== {name}\n{plain(Path(name).read_text('utf-8'))}"]
    keep.text("verbs/written.txt", "\n".join(pages))


@pytest.mark.slow
def test_the_check_of_the_engine_says_what_it_said(tmp_path, monkeypatch, keep):
    monkeypatch.chdir(tmp_path)
    line = "validate --quick --method laplace --simulations 20 --steps 4 --out ."
    keep.json("slow/validate.json", typed(f"{line} --json"))
    page = plain(Path("validation.md").read_text("utf-8"))
    keep.text("slow/validate.txt", f"{spoken(line, typed(line, screen=True))}\n{page}")


def test_every_kept_file_of_a_verb_belongs_to_a_test(keep):
    names = {"help.txt", "init.txt", "written.txt"}
    for name, key, verb in (each.values for each in TRIED):
        names |= {f"{name}/{key}.{'txt' if verb.only == 'text' else 'json'}"}
        names |= set() if verb.only else {f"{name}/{key}.txt"}
    keep.none_left_over("verbs", names)
