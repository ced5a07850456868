"""Put what the bundled case prints and draws today into README.md, docs/images and notebooks.

It runs the case in a folder of its own, as a newcomer would see it; that takes some minutes::

    .venv/bin/python docs/refresh.py
"""
# ruff: noqa: INP001

from __future__ import annotations

import io
import re
import shutil
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from execute import executed, write
from PIL import Image

from forecast.cli import console, main

ROOT = Path(__file__).resolve().parents[1]
TABLE = re.compile(r"(?<=```text\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
WIDTH = 110  # columns of what README shows; a pipe has one row a line, however wide
COLOURS = 64  # enough for lines and bands; a third of the size


def printed(*arguments: object) -> str:
    """Run a command and return what it prints."""
    with redirect_stdout(io.StringIO()) as out:
        main([str(argument) for argument in arguments])
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def replaced(text: str, place: re.Pattern[str], new: str) -> str:
    """Replace the one place in README.md that a pattern finds."""
    changed, found = place.subn(lambda _: new, text)
    if found != 1:
        raise SystemExit(f"README.md has {found} places like {place.pattern!r}; it needs one")
    return changed


def refresh(project: Path) -> None:
    """Run the case in a copy of the project, and replace the table and the images."""
    shutil.copy(ROOT / "priors.yaml", project)
    shutil.copytree(ROOT / "events", project / "events")
    console.PIPE = WIDTH
    table = printed("run", "--project", project, "--no-charts")
    common = ("--project", project, "--out", project / "out", "--format", "png")
    printed("chart", "trajectory", "tech_transfer", "--size", "web", *common)
    printed("chart", "panel", *common)
    page = ROOT / "README.md"
    text = replaced(page.read_text("utf-8"), TABLE, table)
    for path in sorted((project / "out").glob("*.png")):
        with Image.open(path) as image:
            small = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            small.save(ROOT / "docs" / "images" / path.name, optimize=True)
        short = path.with_suffix(".alt.txt").read_text("utf-8").partition("\n")[0]
        image_link = re.compile(rf"(?<=!\[)[^]]*(?=\]\(docs/images/{re.escape(path.name)}\))")
        text = replaced(text, image_link, " ".join(short.split()))
    page.write_text(text, "utf-8")


def refresh_notebooks(project: Path) -> None:
    """Run the notebooks beside a copy of the project that was run, and keep what they show."""
    shutil.copytree(ROOT / "scenarios", project / "scenarios")
    (project / "notebooks").mkdir()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        write(executed(path, project / "notebooks"), path)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        refresh(Path(folder))
        refresh_notebooks(Path(folder))
