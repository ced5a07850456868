"""Put what the bundled case prints and draws today into README.md, docs and notebooks.

It runs the case in a folder of its own, as a newcomer would see it; that takes some minutes::

    .venv/bin/python docs/refresh.py

The tables of docs/schema.md are made of the models of results, in a second::

    .venv/bin/python docs/refresh.py schema
"""
# ruff: noqa: INP001

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from pkgutil import resolve_name
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from PIL import Image

from docs.execute import executed, write
from forecast.cli import main
from forecast.publish.chart_kinds import KINDS

ROOT = Path(__file__).resolve().parents[1]
TABLE = re.compile(r"(?<=```text\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
WIDTH = 110  # columns of what README shows; else a pipe has one row a line, however wide
COLOURS = 64  # enough for lines and bands; a third of the size
SHOWN = re.compile(r"\]\(images/[^)]+\)\n\n```bash\nforecast chart (.+)\n")  # in docs/charts.md
SCHEMA = ROOT / "docs" / "schema.md"
RESULT = re.compile(r"<!-- (forecast\.[\w.:]+) -->\n\n(\|.*\n)+")  # a model, and its table
TYPES = {
    "string": "text",
    "boolean": "yes/no",
    "array": "list",
    "date": "date",
    "date-time": "moment",
}
EARLY = "2024-03-31"  # what charts of the record need: a forecast before its outcomes


def printed(*arguments: object) -> str:
    """Run a command and return what it prints."""
    with redirect_stdout(io.StringIO()) as out, patch.dict(os.environ, FORECAST_COLUMNS=str(WIDTH)):
        main([str(argument) for argument in arguments])
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def replaced(text: str, place: re.Pattern[str], new: str) -> str:
    """Replace the one place in a page that a pattern finds."""
    changed, found = place.subn(lambda _: new, text)
    if found != 1:
        raise SystemExit(
            f"README.md or a page has {found} places like {place.pattern!r}; it needs one"
        )
    return changed


def refresh(project: Path) -> None:
    """Run the case in a copy of the project, and replace the table and the images."""
    shutil.copy(ROOT / "priors.yaml", project)
    for folder in ("events", "resolutions"):
        shutil.copytree(ROOT / folder, project / folder)
    table = printed("run", "--project", project, "--no-charts")
    common = ("--project", project, "--out", project / "out", "--format", "png")
    printed("chart", "trajectory", "tech_transfer", "--size", "web", *common)
    printed("chart", "panel", *common)
    page = ROOT / "README.md"
    text = replaced(page.read_text("utf-8"), TABLE, table)
    for path in sorted((project / "out").glob("*.png")):
        shrunk(path)
        image_link = re.compile(rf"(?<=!\[)[^]]*(?=\]\(docs/images/{re.escape(path.name)}\))")
        text = replaced(text, image_link, said_of(path))
    page.write_text(text, "utf-8")


def refresh_gallery(project: Path) -> None:
    """Draw a chart of every kind for docs/charts.md; the record needs an early forecast."""
    shutil.copytree(ROOT / "scenarios", project / "scenarios", dirs_exist_ok=True)
    shown = [
        line.split() for line in SHOWN.findall((ROOT / "docs" / "charts.md").read_text("utf-8"))
    ]
    pictured(project, [chart for chart in shown if not KINDS[chart[0]].record])
    shutil.copytree(ROOT / "resolutions", project / "resolutions", dirs_exist_ok=True)
    printed("run", "--project", project, "--as-of", EARLY, "--no-charts")
    printed("resolve", "--project", project, "--from", project / "resolutions" / "resolutions.csv")
    pictured(project, [chart for chart in shown if KINDS[chart[0]].record])


def pictured(project: Path, charts: Iterable[list[str]]) -> None:
    """Draw charts for docs/charts.md, and say there what they show."""
    page = ROOT / "docs" / "charts.md"
    text = page.read_text("utf-8")
    for chart in charts:
        out = project / "gallery" / "-".join(chart)
        size = "page" if chart == ["panel"] else "web"  # as README.md has it
        printed("chart", *chart, "--size", size, "--project", project, "--out", out,
                "--format", "png")  # fmt: skip
        (path,) = out.glob("*.png")
        kept = shrunk(path)
        link = re.compile(rf"(?<=!\[)[^]]*(?=\]\(images/{re.escape(kept.name)}\))")
        text = replaced(text, link, said_of(path))
    page.write_text(text, "utf-8")


def shrunk(path: Path) -> Path:
    """Keep an image in few colours among the images of the documentation."""
    kept = ROOT / "docs" / "images" / path.name
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(kept, optimize=True)
    return kept


def said_of(path: Path) -> str:
    """Take the short alternative text of a chart, without what would end a link's text."""
    short = path.with_suffix(".alt.txt").read_text("utf-8").partition("\n")[0]
    return " ".join(short.split()).replace("[", "(").replace("]", ")")


def refresh_notebooks(project: Path) -> None:
    """Run the notebooks beside a copy of the project that was run, and keep what they show."""
    shutil.copytree(ROOT / "scenarios", project / "scenarios", dirs_exist_ok=True)
    (project / "notebooks").mkdir()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        write(executed(path, project / "notebooks"), path)


def schema_page(text: str) -> str:
    """Write the table under every model that docs/schema.md names anew, from the model."""

    def table(found: re.Match[str]) -> str:
        schema = resolve_name(found[1]).model_json_schema(mode="serialization")
        lines = ["| key | type | unit | meaning |", "|---|---|---|---|", *rows(schema, schema)]
        return f"<!-- {found[1]} -->\n\n" + "".join(f"{line}\n" for line in lines)

    return RESULT.sub(table, text)


def rows(part: dict[str, Any], whole: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Give the rows of an object: its keys, and below each the keys of what stands there."""
    for key, field in part.get("properties", {}).items():
        kind, unit, inner = described(field, whole)
        kind += "" if key in part.get("required", (key,)) else " or absent"
        cells = (f"`{prefix}{key}`", kind, unit, field.get("description", "").replace("|", r"\|"))
        yield f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")
        if "](#forecast-" in cells[-1] or field.get("whole"):
            continue  # its keys stand in a table of their own, or in the description
        yield from rows(inner, whole, f"{prefix}{key}{'[]' if kind.startswith('list') else ''}.")


def described(field: dict[str, Any], whole: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Tell the type of a field, its unit, and the object that stands in it."""
    kinds = [one for one in field.get("anyOf", [field]) if one.get("type") != "null"]
    null = " or null" if {"type": "null"} in field.get("anyOf", ()) else ""
    one = kinds[-1]  # of a whole number and a number, the number
    if "anyOf" in one:
        one = one["anyOf"][-1] | {"unit": one.get("unit", "")}
    if "$ref" in one:
        return f"object{null}", "", whole["$defs"][one["$ref"].rpartition("/")[2]]
    if "additionalProperties" in one:
        return f"object{null}", "", {"properties": {field["names"]: one["additionalProperties"]}}
    kind = TYPES.get(one.get("format", one["type"]), one["type"])
    unit = field.get("unit", one.get("unit", ""))
    if kind != "list":
        return f"{kind}{null}", unit, {}
    item, inner_unit, inner = described(one.get("items") or one["prefixItems"][0], whole)
    return f"list{null}" if inner else f"list of {item}{null}", unit or inner_unit, inner


if __name__ == "__main__":
    SCHEMA.write_text(schema_page(SCHEMA.read_text("utf-8")), "utf-8")
    if sys.argv[1:] == ["schema"]:
        raise SystemExit
    with TemporaryDirectory() as folder:
        refresh(Path(folder))
        refresh_notebooks(Path(folder))
        refresh_gallery(Path(folder))
