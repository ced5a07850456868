"""docs/schema.md names exactly what the commands print and write."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from docs.refresh import schema_page
from forecast.cli import forecast
from forecast.inference.encoding import Encoding
from forecast.inference.sampling import Settings
from tests.cli.projects import without_alerts
from tests.importers.event_rows import MAPPING, gdelt

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schema.md"
ASKED = """
  shelling_by_june:
    text: Will shelling be reported by 30 June 2024?
    node: ceasefire
    states: [broken]
    mode: reported
    indicator: shelling_reported
    by: 2024-06-30
    criteria: Yes if it is reported.
    fallback: None needed.
    source: Example.
"""
HELD = """
  held_in_june:
    text: Will the ceasefire hold on 15 June 2024?
    node: ceasefire
    states: [holds]
    mode: is
    by: 2024-06-15
    criteria: Yes unless it is declared broken.
    fallback: None needed.
    source: Example.
"""
CROWD = "question,date,probability\nheld_in_june,2024-03-01,0.5\nelsewhere,2024-03-01,0.5\n"
SCORED = (
    "`forecast backtest --from 2024-03-01 --to 2024-06-30 --record --json`",
    "`forecast score --json`",
)
NODES = ("ceasefire", "talks")  # of the project that `forecast init` writes

Paths = dict[str, str]


def documented(section: str) -> Paths:
    """Read key and type of every row of the tables in a section."""
    text = SCHEMA.read_text("utf-8")
    found = re.search(rf"^## {re.escape(section)}$(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"docs/schema.md has no section {section!r}"
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]*?) \|", found[1], re.MULTILINE)
    assert len(dict(rows)) == len(rows), "a key stands twice"
    return dict(rows)


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    return is_integer(value) or isinstance(value, float)


def is_date(value: Any) -> bool:
    return is_text(value) and str(dt.date.fromisoformat(value)) == value


def is_moment(value: Any) -> bool:
    return is_text(value) and dt.datetime.fromisoformat(value).tzinfo is not None


KINDS = {
    "text": is_text,
    "integer": is_integer,
    "number": is_number,
    "date": is_date,
    "moment": is_moment,
    "yes/no": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
}


def fits(value: Any, kind: str) -> bool:
    """Tell whether a value is of a type as the tables write it."""
    kind = kind.removesuffix(" or absent")
    if kind.endswith(" or null"):
        return value is None or fits(value, kind.removesuffix(" or null"))
    if kind.startswith("list of "):
        return isinstance(value, list) and all(fits(v, kind[8:]) for v in value)
    return bool(KINDS[kind](value))


def walk(value: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give every path with each value found there, as the tables write paths."""
    for key, inner in value.items():
        name = "<node>.<state>" if prefix == "states." else key
        name = "<state>" if prefix.endswith("distribution.states.") else name
        path = f"{prefix}{name}"
        yield path, inner
        if isinstance(inner, dict):
            yield from walk(inner, f"{path}.")
        elif isinstance(inner, list):
            for item in inner:
                if isinstance(item, dict):
                    yield from walk(item, f"{path}[].")


def _general(path: str, named: set[str]) -> str:
    """Write `<name>` for a key that is a name itself."""
    above = path.rpartition(".")[0]
    return f"{above}.<name>" if above in named else path


def assert_documented(value: dict[str, Any], *sections: str) -> None:
    """Compare a result with its tables: the same keys, and every value of the type promised."""
    promised = {path: kind for section in sections for path, kind in documented(section).items()}
    named = {path.rpartition(".")[0] for path in promised if path.endswith(".<name>")}
    found = [(_general(path, named), inner) for path, inner in walk(value)]
    absent = {path for path, kind in promised.items() if kind.endswith(" or absent")}
    nothing = {path for path, it in found if it is None and "null" in promised.get(path, "")}
    below = tuple(f"{path}{end}" for path in absent | nothing for end in (".", "[]."))
    optional = absent | {path for path in promised if path.startswith(below)}
    assert {path for path, _ in found} | optional == set(promised)
    wrong = [(path, promised[path], v) for path, v in found if not fits(v, promised[path])]
    assert not wrong, wrong[:3]


def priors_as_posterior(
    encoding: Encoding, evidence: object, settings: Settings, **_: object
) -> xr.DataTree:
    """Stand in for the sampler: draws from the priors, in the shape of a fit."""
    priors = encoding.priors
    chains = (settings.chains, settings.draws)
    drawn = priors.draw(settings.chains * settings.draws, seed=settings.seed)
    rows = {
        "log_rate": priors.rate_of,
        "log_dispersion": priors.dispersion_of,
        "log_spread": priors.spread_of,
    }
    blocks = {"initial": "node_state"}
    blocks |= {name: dim for name, (dim, block) in priors.blocks.items() if len(block)}
    values = {}
    for name, dim in blocks.items():
        block = getattr(drawn, name)
        block = block[rows[name]] if name in rows else block
        values[name] = (("chain", "draw", dim), block.T.reshape(*chains, -1))
    posterior = xr.Dataset(values, coords=priors.coords())
    calm = xr.Dataset({"diverging": (("chain", "draw"), np.zeros(chains, bool))})
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": calm})


def told(*arguments: object) -> dict[str, Any]:
    """Run a command and read the JSON it prints."""
    result = CliRunner().invoke(forecast, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code in {0, 1}, result.output
    value: dict[str, Any] = json.loads(result.stdout)
    return value


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of `forecast init`."""
    folder = tmp_path_factory.mktemp("docs") / "project"
    CliRunner().invoke(forecast, ["init", str(folder)], catch_exceptions=False)
    without_alerts(folder / "priors.yaml")
    with (folder / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(HELD)
    came = ("yes", "--came", "holds", "--on", "2024-06-16", "--source", "a wire", "--json")
    told("resolve", "held_in_june", *came, "--project", folder)
    return folder


@pytest.fixture(scope="module")
def issued(project: Path) -> dict[str, Any]:
    """Its second issue, so that there is one before it; everything real but the sampler."""
    common = ("run", "--project", project, "--draws", 400, "--json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forecast.inference.sampling.fit", priors_as_posterior)
        told(*common, "--as-of", "2024-03-01", "--no-charts")
        return told(*common, "--out", project / "out")


def test_run_prints_what_the_schema_names(issued):
    """`forecast run --json` prints exactly the documented keys, each of its type."""
    assert issued["trajectories"][0]["marks"], "the example has no mark, so its keys go unchecked"
    assert_documented(issued, "`forecast run --json`")


def test_run_without_an_issue_before_says_so_with_null(project, issued):
    """`since_issue` is null in a first issue, as documented."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forecast.inference.sampling.fit", priors_as_posterior)
        first = told("run", "--project", project, "--draws", 400, "--json",
                     "--as-of", "2024-03-01", "--no-charts")  # fmt: skip
    assert [judgement["since_issue"] for judgement in first["judgements"]] == [None, None]


def test_the_file_holds_the_same_and_names_its_neighbours(project, issued):
    """out/forecast.json is what is printed, and `files` besides."""
    written = json.loads((project / "out" / "forecast.json").read_text("utf-8"))
    assert_documented(written, "`forecast run --json`", "`out/forecast.json`")
    del written["files"]
    assert written == issued


def test_the_folder_holds_the_files_that_are_listed(project, issued):
    """out/ holds every file of the table, for every node, and no other."""
    section = SCHEMA.read_text("utf-8").partition("## Files in `out/`")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    expected = {name.replace("<node>", node) for name in listed for node in NODES}
    assert {path.name for path in (project / "out").iterdir()} == expected


@pytest.mark.parametrize("stem", [*(f"{node}__trajectory" for node in NODES), "all__panel"])
def test_chart_data_has_the_columns_that_are_listed(project, issued, stem):
    """Every chart's CSV has exactly the documented columns, in their order and of their types."""
    columns = documented("Chart data")
    with (project / "out" / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(columns)
    for row in rows:
        for name, kind in columns.items():
            assert fits(float(row[name]) if kind == "number" else row[name], kind), (name, row)


def test_check_prints_what_the_schema_names(project, tmp_path):
    """`forecast check --json` prints exactly the documented keys."""
    broken = (project / "priors.yaml").read_text("utf-8").replace("to: broken", "to: broekn")
    (tmp_path / "priors.yaml").write_text(broken, "utf-8")
    (tmp_path / "events").symlink_to(project / "events")
    found = told("check", "--project", tmp_path, "--json")
    assert_documented(found, "`forecast check --json`")


def test_check_of_the_priors_prints_what_the_schema_names(project):
    """`forecast check --prior --json` prints exactly the documented keys."""
    found = told("check", "--prior", "--project", project, "--json")
    assert_documented(found, "`forecast check --prior --json`")


def test_list_of_events_prints_what_the_schema_names(project):
    """`forecast events list --json` prints exactly the documented keys."""
    found = told("events", "list", "--project", project, "--json")
    assert_documented(found, "`forecast events list --json`")


def test_sources_print_what_the_schema_names(project, tmp_path):
    copy = shutil.copytree(project, tmp_path / "project")
    (copy / "events" / "sources.csv").write_text(
        "source_id,label,reliability,lineages,source,rationale\nm,M,B,monitors,desk,example\n"
    )
    said = told("sources", "refute", "R002", "--by", "R001", "--reason", "x", "--json",
                "--project", copy)  # fmt: skip
    assert_documented(said, "`forecast sources confirm R002 --by R003 --reason why --json`")
    assert_documented(told("sources", "--project", copy, "--json"), "`forecast sources --json`")


def test_add_prints_what_the_schema_names(project, tmp_path):
    """`forecast events add --json` prints exactly the documented keys."""
    copy = shutil.copytree(project, tmp_path / "project")
    found = told("events", "add", "--correct", "R001", "--grade", "B2", "--project", copy, "--json")
    assert_documented(found | {"report": {}}, "`forecast events add --json`")
    assert_documented({"reports": [found["report"]]}, "`forecast events list --json`")


def test_coverage_prints_what_the_schema_names(project, tmp_path):
    """`forecast events coverage add`, `end` and `list` print exactly the documented keys."""
    copy = shutil.copytree(project, tmp_path / "project")
    coverage = ("events", "coverage")
    days = ("--from", "2024-07-01", "--to", "2024-07-31", "--source", "Desk", "--rationale", "x")
    added = told(*coverage, "add", *days, "--project", copy, "--json")
    assert_documented({**added, "coverage": {}}, "`forecast events coverage add --json`")
    end = ("end", "--on", "2024-07-15", "--reason", "x")
    ended = told(*coverage, *end, "--project", copy, "--json")
    listed = told(*coverage, "list", "--project", copy, "--json")
    assert_documented(listed, "`forecast events coverage list --json`")
    assert [row for row in listed["coverage"] if row["origin"] != "events"] == [
        added["coverage"],
        ended["coverage"],
    ]


def test_export_prints_what_the_schema_names(project, tmp_path):
    """`forecast events export --json` prints exactly the documented keys."""
    found = told("events", "export", tmp_path / "all.csv", "--project", project, "--json")
    assert_documented(found, "`forecast events export reports.csv --json`")


def test_retract_and_restore_print_what_the_schema_names(project, tmp_path):
    """`forecast events retract` and `restore` with --json print exactly the documented keys."""
    copy = shutil.copytree(project, tmp_path / "project")
    for verb in ("retract", "restore"):
        found = told("events", verb, "R001", "--reason", "x", "--project", copy, "--json")
        assert_documented(found, "`forecast events retract R002 --reason withdrawn --json`")


def test_verify_prints_what_the_schema_names(project, issued):
    """`forecast check --ledger --json` prints exactly the documented keys."""
    assert_documented(
        told("check", "--ledger", "--project", project, "--json"),
        "`forecast check --ledger --json`",
    )


def test_import_of_events_prints_what_the_schema_names(project, tmp_path):
    """`forecast events import --json` prints exactly the documented keys."""
    good = gdelt(1)
    rows = [good, good, gdelt(2, code="999"), "broken", gdelt(3, day="20240303")]
    (tmp_path / "rows.csv").write_text("\n".join(rows) + "\n", "utf-8")
    (tmp_path / "mapping.yaml").write_text(MAPPING, "utf-8")
    found = told("events", "import", tmp_path / "rows.csv", "--format", "gdelt2", "--mapping",
                 tmp_path / "mapping.yaml", "--out", tmp_path / "new.csv", "--project", project,
                 "--json")  # fmt: skip
    assert_documented(found, "`forecast events import rows.csv --format gdelt2 --json`")


def test_score_prints_what_the_schema_names(project, issued, tmp_path):
    """`forecast score --json` prints exactly the documented keys."""
    copy = shutil.copytree(project, tmp_path / "project")
    with (copy / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(ASKED)
    told("resolve", "broken_by_end_2024", "no", "--note", "x", "--json", "--project", copy)
    (tmp_path / "crowd.csv").write_text(CROWD, "utf-8")
    found = told("score", "--project", copy, "--crowd", tmp_path / "crowd.csv", "--json")
    assert found["counts"] == {"scored": 2, "void": 0, "left": 1}
    assert_documented(found, "`forecast score --json`")


def test_backtest_prints_what_the_schema_names(project, tmp_path):
    """`forecast backtest --json` prints the documented keys; its canaries hold."""
    copy = shutil.copytree(project, tmp_path / "project")
    with (copy / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(ASKED)
    told("resolve", "broken_by_end_2024", "no", "--note", "x", "--json", "--project", copy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forecast.inference.sampling.fit", priors_as_posterior)
        found = told("backtest", "--from", "2024-03-01", "--to", "2024-06-30", "--every", "2m",
                     "--draws", 400, "--record", "--json", "--project", copy)  # fmt: skip
    assert found["crowd"] is None
    read = {"rows": 1, "used": 1, "unknown": [{"question": "q", "rows": 1}], "repeated": 0}
    assert_documented(found | {"crowd": read | {"unordered": 0}}, *SCORED)
    dates = found["backtest"]["dates"]
    assert [(row["as_of"], row["known"], row["unseen"]) for row in dates] == [
        ("2024-03-01", 1, 2),
        ("2024-05-01", 3, 0),
    ]
    assert all(row["tight"] and not row["failure"] for row in dates)
    assert found["issues"]["scored"] == 2


def test_validate_prints_what_the_schema_names(tmp_path):
    """`forecast validate --json` prints exactly the documented keys, for the documented blocks."""
    found = told("validate", "--quick", "--method", "laplace", "--simulations", 20, "--steps", 6,
                 "--project", tmp_path, "--out", tmp_path / "out", "--json")  # fmt: skip
    assert_documented(found, "`forecast validate --json`")
    text = SCHEMA.read_text("utf-8")
    line = next(row for row in text.splitlines() if row.startswith("| `quantities[].block`"))
    assert {row["block"] for row in found["quantities"]} == set(re.findall(r"`(\w+)`", line))


def test_resolve_prints_what_the_schema_names(project, tmp_path):
    """`forecast resolve --json` prints exactly the documented keys, in both of its uses."""
    copy = shutil.copytree(project, tmp_path / "project")
    with (copy / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(ASKED)
    told_of = told("resolve", "broken_by_end_2024", "no", "--note", "invented", "--json",
                   "--project", copy)  # fmt: skip
    assert_documented(told_of, "`forecast resolve QUESTION yes --json`")
    found = told("resolve", "--project", copy, "--json")
    assert_documented(found, "`forecast resolve --json`")


def test_diagnose_prints_what_the_schema_names(project, issued):
    """`forecast check --fit --json` prints exactly the documented keys, for documented blocks."""
    found = told("check", "--fit", "--project", project, "--json")
    assert_documented(found, "`forecast check --fit --json`")
    text = SCHEMA.read_text("utf-8")
    line = next(row for row in text.splitlines() if row.startswith("| `learnt[].block`"))
    assert {row["block"] for row in found["learnt"]} <= set(re.findall(r"`(\w+)`", line))


def test_half_life_prints_what_the_schema_names(tmp_path):
    """`forecast half-life --json` prints exactly the documented keys."""
    rng, first = random.Random(1), dt.date(2022, 1, 3)
    rows = [f"{first + dt.timedelta(days=7 * n)},{rng.randrange(9)}" for n in range(60)]
    numbers = tmp_path / "weekly.csv"
    numbers.write_text("\n".join(["week,incidents", *rows]) + "\n", "utf-8")
    project = tmp_path / "streams"
    assert CliRunner().invoke(forecast, ["init", str(project), "--from-series", str(numbers),
                                         "--states", "4"]).exit_code == 0  # fmt: skip
    found = told("half-life", "--project", project, "--try", "1 year", "--json")
    assert_documented(found, "`forecast half-life --json`")


def test_the_test_of_streams_prints_what_the_schema_names(tmp_path):
    """`forecast backtest --streams --json` prints exactly the documented keys."""
    rng, first = random.Random(1), dt.date(2022, 1, 3)
    days = [first + dt.timedelta(days=7 * n) for n in range(108)]
    numbers = tmp_path / "weekly.csv"
    rows = [f"{day},{rng.randrange(9)},{rng.randrange(4)}" for day in days]
    numbers.write_text("\n".join(["week,incidents,others", *rows]) + "\n", "utf-8")
    project = tmp_path / "streams"
    begun = CliRunner().invoke(forecast, ["init", str(project), "--from-series", str(numbers)])
    assert begun.exit_code == 0
    asked = ("--streams", "--horizon", "1 week", "--project", project, "--json")
    assert_documented(told("backtest", *asked), "`forecast backtest --streams --json`")


def test_sensitivity_prints_what_the_schema_names(project, issued):
    """`forecast sensitivity NODE --json` prints exactly the documented keys and kinds."""
    found = told("sensitivity", NODES[0], "--project", project, "--json", "--no-charts")
    assert_documented(found, "`forecast sensitivity NODE --json`")
    text = SCHEMA.read_text("utf-8")
    line = next(row for row in text.splitlines() if row.startswith("| `inputs[].kind`"))
    assert {row["kind"] for row in found["inputs"]} <= set(re.findall(r"`(\w+)`", line))


def ruled(project: Path, folder: Path) -> Path:
    """Copy a project, and give it a rule that watches a judgement."""
    copy = shutil.copytree(project, folder / "ruled")
    with (copy / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "\nalerts:\n  breaks:\n    node: ceasefire\n    above: 0.9\n"
            "    source: Ours.\n    rationale: For a test.\n"
        )
    return copy


def test_update_prints_what_the_schema_names(project, issued, tmp_path):
    """`forecast update FILE --json` prints exactly the documented keys and kinds."""
    copy = ruled(project, tmp_path)
    found = told(
        "update", copy / "events" / "reports.csv", "--project", copy, "--dry-run", "--json"
    )
    assert_documented(found, "`forecast update FILE --json`")


def test_watch_folder_prints_what_the_schema_names(project, issued, tmp_path):
    """`forecast update --watch --json` prints exactly the documented keys, and an update in it."""
    copy = ruled(project, tmp_path)
    inbox = copy / "inbox"
    inbox.mkdir()
    shutil.copy(copy / "events" / "reports.csv", inbox / "new.csv")
    found = told("update", "--watch", inbox, "--project", copy, "--once", "--json")
    assert found["state"] == "applied"
    assert_documented(found["update"], "`forecast update FILE --json`")
    assert_documented({**found, "update": {}}, "`forecast update --watch DIR --json`")
    (inbox / "new.csv").write_text("report_id\nR1\n", "utf-8")
    refused = CliRunner().invoke(
        forecast, ["update", "--watch", str(inbox), "--project", str(copy), "--once", "--json"]
    )
    found = json.loads(refused.stdout.splitlines()[0])
    assert found["state"] == "refused"
    assert_documented(found, "`forecast update --watch DIR --json`")


@pytest.mark.parametrize("name", [NODES[0], "broken_by_end_2024"])
def test_explain_prints_what_the_schema_names(project, issued, name):
    """`forecast explain NAME --json` prints exactly the documented keys and kinds."""
    found = told("explain", name, "--project", project, "--json", "--no-charts")
    assert_documented(found, "`forecast explain NAME --json`")


def test_elicit_prints_what_the_schema_names(project, tmp_path):
    """`forecast elicit --json` prints exactly the documented keys."""
    rows = [
        "expert,on,prior,answer,rationale",
        "Ada,2024-01-02,ceasefire: holds > broken,likely,invented",
        "Bo,2024-01-02,ceasefire: holds > broken,5-10%,invented",
    ]
    (tmp_path / "answers.csv").write_text("\n".join(rows) + "\n", "utf-8")
    found = told("elicit", "--project", project, "--answers", tmp_path / "answers.csv", "--json")
    assert_documented(found, "`forecast elicit --json`")


def test_nodes_prints_what_the_schema_names(project):
    """`forecast nodes --json` prints exactly the documented keys."""
    assert_documented(told("nodes", "--project", project, "--json"), "`forecast nodes --json`")


def test_watch_prints_what_the_schema_names(project, issued):
    """`forecast watch --json` prints exactly the documented keys."""
    found = told("watch", "--project", project, "--json")
    found["left_out"] = found["left_out"] or [{"indicator": "none", "reason": "none"}]
    assert_documented(found, "`forecast watch --json`")


def test_ask_prints_what_the_schema_names(project, issued):
    """`forecast ask QUESTION --json` prints exactly the documented keys."""
    asked = "ceasefire reaches broken by 2026-12-31"
    found = told("ask", asked, "--project", project, "--json", "--no-charts")
    named = told("ask", "broken_by_end_2024", "--project", project, "--json", "--no-charts")
    found["contradictions"] = found["contradictions"] or [
        {"node": "n", "quote": "q", "states": ["s"], "until": "2024-12-31", "bound": "at most",
         "limit": 0.5}
    ]  # fmt: skip
    named["contradictions"] = found["contradictions"]
    assert named["distribution"] is None  # no sum is asked for
    named["distribution"] = {"mean": 1.5, "known": 0.0, "levels": [0.5], "quantiles": [1.0]}
    assert found["issued"] == []
    held = told("ask", "ceasefire reaches holds by 2026-12-31", "--project", project, "--json",
                "--no-charts")  # fmt: skip
    named["already"] = held["already"]
    assert_documented(named, "`forecast ask QUESTION --json`")


def test_whatif_prints_what_the_schema_names(project, issued):
    """`forecast whatif --json` prints exactly the documented keys, and so does its list."""
    folder = project / "scenarios"
    folder.mkdir(exist_ok=True)
    text = "label: L\ndescription: D.\nauthor: A\nrationale: R.\nassumptions:\n"
    text += "  - do: {node: talks, state: stalled, from: 2024-07-01}\n"
    (folder / "stalled.yaml").write_text(text, "utf-8")
    found = told("whatif", "stalled", "--project", project, "--json", "--no-charts")
    assert_documented(found, "`forecast whatif --json`")
    listed = told("whatif", "--list", "--project", project, "--json")
    assert_documented(listed, "`forecast whatif --list --json`")


def test_the_tables_are_those_of_the_models():
    """docs/schema.md is as `docs/refresh.py schema` writes it."""
    text = SCHEMA.read_text("utf-8")
    assert schema_page(text) == text


@pytest.mark.parametrize(
    ("value", "kind", "fitting"),
    [
        (1.5, "number", True),
        (True, "integer", False),
        (None, "text", False),
        (None, "object or null", True),
        (["2024-01-31", "31 Jan"], "list of text", True),
        ([1, "a"], "list of number", False),
    ],
)
def test_the_comparison_of_types_can_fail(value, kind, fitting):
    """The check above tells the documented types apart."""
    assert fits(value, kind) is fitting
