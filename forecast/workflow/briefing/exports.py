"""Exports: HTML and PDF made from a filled text, each with a record of what it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from forecast.briefs import markdown, stamps
from forecast.briefs.blocks import Block
from forecast.briefs.facts import Stamp
from forecast.briefs.markdown import Changed, Filled
from forecast.briefs.placeholders import Placeholder
from forecast.errors import DocumentError
from forecast.workflow.briefing.texts import read_bytes, write_whole

__all__ = ["Rendered", "again", "export", "images", "record_of"]


@dataclass(frozen=True)
class Rendered:
    """What was written, and which forecast it shows."""

    written: list[Path]
    stamp: Stamp
    regions: int
    changed: Sequence[Changed] = ()


def export(filled: Filled, stamp: Stamp, target: Path, *, source: Path) -> Rendered:
    """Write a filled text as HTML or PDF; its images and its record go inside.

    Raises
    ------
    DocumentError
        If an image of the source is missing.
    OutputError
        If the file cannot be written.
    """
    record = stamps.record(stamp, filled.regions)
    if target.suffix == ".html":
        from forecast.briefs import web

        image = images(filled, source, vector=True)
        body = web.page(filled.text, image=image, record=record).encode()
    else:
        from forecast.briefs import typeset

        # as pixels: a typesetter without the chart's font would set the words of an SVG wider
        image = images(filled, source, vector=False)
        body = typeset.pdf(filled.text, image=image, record=record, date=stamp.as_of)
    return Rendered([write_whole(target, body)], stamp, len(filled.regions), filled.changed)


def record_of(path: Path) -> tuple[Stamp, list[tuple[str, str]]]:
    """Read the record of an export.

    Raises
    ------
    DocumentError
        If it holds none.
    """
    body = read_bytes(path)
    if path.suffix == ".html":
        from forecast.briefs import web

        text = web.record_of(body.decode("utf-8", "replace"))
    else:
        from forecast.briefs import typeset

        text = typeset.record_of(body)
    found = None if text is None else stamps.from_record(text)
    if found is None:
        raise DocumentError(
            f"{path}: holds no record of a forecast; make it anew with: forecast brief render"
        )
    return found


def again(path: Path, evaluate: Callable[[Placeholder], Block]) -> Filled:
    """Fill the placeholders an export recorded, and compare with what it recorded.

    Raises
    ------
    DocumentError
        If it holds no record.
    """
    _, regions = record_of(path)
    asked = "\n\n".join(f"{{{{ {said} }}}}" for said, _ in regions)
    filled = markdown.fill(asked, evaluate, name=str(path), folder="files")
    pairs = zip(regions, filled.regions, strict=True)
    filled.changed = [
        Changed(0, said, old, new) for (said, old), (_, new) in pairs if _flat(old) != _flat(new)
    ]
    filled.waiting = []
    return filled


def _flat(text: str) -> str:
    return " ".join(text.split())


def images(filled: Filled, source: Path, *, vector: bool) -> Callable[[str], bytes]:
    """Return what gives the bytes of an image: a figure just drawn, or a file beside the source."""
    drawn = {f"{figure.name}.png": figure for figure in filled.figures}

    def image(path: str) -> bytes:
        name = path.rpartition("/")[2]
        if name in drawn:
            return drawn[name].svg if vector else drawn[name].png
        if "://" in path:
            raise DocumentError(f"{source}: the image {path} is not a file; copy it beside it")
        try:
            return (source.parent / path).read_bytes()
        except OSError:
            raise DocumentError(f"{source}: there is no image {path}; put it there") from None

    return image
