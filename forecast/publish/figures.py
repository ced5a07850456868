"""Charts of an issue as figures of a document."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from forecast.briefs.blocks import Figure
from forecast.errors import OutputError
from forecast.issue.run import Issue
from forecast.project.memory import Memo
from forecast.project.project import Project

__all__ = ["agrees", "drawer", "write_figure"]

_WIDTH = 160
_BYTES = {"png", "svg", "data"}


def drawer(project: Project, issue: Issue) -> Callable[[str | None], Figure]:
    """Return what draws a node's trajectory, or with None the panel.

    Each is drawn once for an issue, and remembered until the code that draws it changes.
    """
    before = "none" if issue.previous is None else issue.previous.id

    @cache
    def draw(node: str | None) -> Figure:
        memo = Memo(project, f"figure-{node or 'panel'}", (issue.issued.id, before), by=__name__)
        return memo.remembered(lambda: _drawn(issue, node), plain=_plain, read=_read)

    return draw


def _drawn(issue: Issue, node: str | None) -> Figure:
    from forecast.issue.charts import draw_one

    kind, size = ("panel", "page") if node is None else ("trajectory", "a4")
    with TemporaryDirectory() as folder:
        place = Path(folder)
        draw_one(issue, kind, node, place, size=size, formats=("svg", "png"))
        return _figure(place)


def _plain(figure: Figure) -> dict[str, Any]:
    return {
        name: b64encode(value).decode() if name in _BYTES else value
        for name, value in asdict(figure).items()
    }


def _read(value: dict[str, Any]) -> Figure:
    held: dict[str, Any] = {
        name: b64decode(x) if name in _BYTES else x for name, x in value.items()
    }
    return Figure(**held)


def _figure(folder: Path) -> Figure:
    """Read the one chart a folder holds, with its numbers and its text."""
    data = next(folder.glob("*.csv"))
    png, svg = data.with_suffix(".png"), data.with_suffix(".svg")
    short, _, rest = data.with_suffix(".alt.txt").read_text("utf-8").partition("\n\n")
    numbers = data.read_bytes()
    return Figure(
        name=data.stem,
        caption=rest.partition("\n")[0],
        alt=short,
        png=png.read_bytes(),
        svg=svg.read_bytes(),
        data=numbers,
        width=_WIDTH,
        fingerprint=sha256(numbers).hexdigest()[:16],
    )


def write_figure(figure: Figure, folder: Path) -> list[Path]:
    """Write a figure's files: the image twice, its numbers and its text.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    from forecast.files import write

    contents = {
        ".png": figure.png,
        ".svg": figure.svg,
        ".csv": figure.data,
        ".alt.txt": f"{figure.alt}\n\n{figure.caption}\n".encode(),
    }
    return [write(folder / f"{figure.name}{end}", body) for end, body in contents.items()]


def agrees(figure: Figure, folder: Path) -> str:
    """Say what is wrong with the files of a figure; empty if they show this very chart.

    The numbers are compared, and the words inside the image; not its pixels, which another
    machine's fonts may set a hair apart.

    Raises
    ------
    OutputError
        If a file is there and cannot be read.
    """
    image, numbers = folder / f"{figure.name}.png", folder / f"{figure.name}.csv"
    try:
        if not image.is_file():
            return f"{image} is missing"
        if not numbers.is_file() or numbers.read_bytes() != figure.data:
            return f"{image} shows other numbers"
        if _words(image.read_bytes()) != _words(figure.png):
            return f"{image} is another picture"
    except OSError as error:
        raise OutputError(f"{error.filename}: cannot be read ({error.strerror})") from None
    return ""


def _words(png: bytes) -> list[bytes]:
    """Text chunks of a PNG: title and description."""
    chunks, place = [], 8
    while place + 8 <= len(png):
        size, kind = int.from_bytes(png[place : place + 4], "big"), png[place + 4 : place + 8]
        if kind in {b"tEXt", b"iTXt", b"zTXt"}:
            chunks.append(png[place + 8 : place + 8 + size])
        place += size + 12
    return sorted(chunks)
