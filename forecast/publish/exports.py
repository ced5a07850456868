"""Exports: HTML, PDF and Word made from a filled text, each with a record of what it shows.

Files are read whole, and written whole or not at all.
"""

from __future__ import annotations

import codecs
import io
import struct
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from forecast.briefs import markdown, stamps
from forecast.briefs.blocks import Block
from forecast.briefs.facts import Facts, Stamp
from forecast.briefs.markdown import GONE, Changed, Filled
from forecast.briefs.regions import Placeholder, evaluate, scan, unfilled
from forecast.briefs.sentences import stamp_line
from forecast.briefs.stamps import MOVED, Shown, moved
from forecast.briefs.vocabulary import Vocabulary
from forecast.errors import DocumentError, OutputError
from forecast.escaping import line
from forecast.files import write

__all__ = [
    "OTHERWISE",
    "Rendered",
    "again",
    "ending",
    "export",
    "images",
    "in_word",
    "read_bytes",
    "read_text",
    "record_of",
    "require_regions",
    "text_to_word",
    "write_whole",
]


_NOTES = "forecast.notes()"
#: What is said of a document whose looks are not those of its record.
OTHERWISE = (
    "its styles, scripts or elements are not those it was written with, and could hide what it "
    "says; {}"
)


@dataclass(frozen=True)
class Rendered:
    """What was written, and which forecast it shows."""

    written: list[Path]
    stamp: Stamp
    regions: int
    changed: Sequence[Changed] = ()


def export(filled: Filled, facts: Facts, target: Path, *, source: Path) -> Rendered:
    """Write a filled text as HTML or PDF; its images and its record go inside.

    Raises
    ------
    DocumentError
        If an image of the source is missing.
    OutputError
        If the file cannot be written.
    """
    stamp = facts.stamp
    if ending(target) == ".html":
        from forecast.briefs import blocks, text_reading

        image = images(filled, source, vector=True)

        def made(shown: Shown) -> bytes:
            record = stamps.record(stamp, filled.regions, shown)
            return blocks.page(filled.text, image=image, record=record, author=facts.house).encode()

        body = made(text_reading.shown(made(Shown()).decode()))
    else:
        from forecast.briefs import pdf

        # as pixels: a typesetter without the chart's font would set the words of an SVG wider
        image = images(filled, source, vector=False)

        def made(shown: Shown) -> bytes:
            record = stamps.record(stamp, filled.regions, shown)
            return pdf.pdf(
                filled.text, image=image, record=record, date=stamp.as_of, author=facts.house
            )

        body = made(pdf.shown(made(Shown())))  # set again, with what it shows in its record
    return Rendered([write_whole(target, body)], stamp, len(filled.regions), filled.changed)


def record_of(path: Path) -> tuple[Stamp, list[tuple[str, str]]]:
    """Read the record of an export.

    Raises
    ------
    DocumentError
        If it holds none.
    """
    return _record(path, read_bytes(path))[:2]


def _record(path: Path, body: bytes) -> tuple[Stamp, list[tuple[str, str]], Shown | None]:
    if ending(path) == ".html":
        from forecast.briefs import blocks

        text = blocks.record_of(body.decode("utf-8", "replace"))
    else:
        from forecast.briefs import pdf

        try:
            text = pdf.record_of(body)
        except DocumentError as error:
            raise DocumentError(f"{path}: {error}") from None
    found = None if text is None else stamps.from_record(text)
    if found is None:
        raise DocumentError(
            f"{path}: holds no record of a forecast; make it anew with: forecast brief render"
        )
    return *found, stamps.shown_in(str(text))


def again(path: Path, evaluate: Callable[[Placeholder], Block]) -> Filled:
    """Fill the placeholders an export recorded, and compare with what it recorded.

    Raises
    ------
    DocumentError
        If it holds no record.
    """
    body = read_bytes(path)
    _, regions, shown = _record(path, body)
    if not regions:
        raise DocumentError(f"{path}: its record lists no region, so nothing can be compared")
    asked = "\n\n".join(f"{{{{ {said} }}}}" for said, _ in regions)
    filled = markdown.fill(asked, evaluate, name=str(path), folder="files")
    pairs = zip(regions, filled.regions, strict=True)
    filled.changed = [
        Changed(0, said, old, new) for (said, old), (_, new) in pairs if _flat(old) != _flat(new)
    ]
    filled.waiting = []
    if ending(path) == ".html":
        _look_at_page(filled, body.decode("utf-8", "replace"), shown)
    else:
        from forecast.briefs import pdf

        try:
            seen = pdf.shown(body)
        except DocumentError as error:
            raise DocumentError(f"{path}: {error}") from None
        _look_at_pages(filled, path, seen, shown or Shown())
    if shown is None:
        filled.faults.append(
            "its record does not say what it shows, as an earlier version wrote it; make it anew "
            "with: forecast brief render"
        )
    return filled


def _look_at_page(filled: Filled, text: str, recorded: Shown | None) -> None:
    """Compare the text a reader of a page sees in its regions with what the placeholders give."""
    from forecast.briefs import blocks, text_reading

    stale = {change.wanted for change in filled.changed}
    page = text_reading.seen(text)
    fresh = text_reading.seen(blocks.page(filled.text, image=lambda _: b"", record="{}"))
    held: dict[str, list[str]] = {}
    for said, visible in page.regions:
        held.setdefault(said, []).append(visible)
    for said, wanted in fresh.regions:
        old = (held.get(said) or [GONE]).pop(0)
        if old != wanted and said not in stale:
            filled.changed.append(Changed(0, said, old, wanted))
    if any(held.values()):
        more = next(said for said, left in held.items() if left)
        filled.faults.append(f"shows {more} more often than it was written")
    first = moved([said for said, _ in fresh.regions], [said for said, _ in page.regions])
    filled.faults += [] if first is None else [MOVED.format(first)]
    filled.faults += page.disturbed
    if any(said == _NOTES for said, _ in filled.regions) and _NOTES not in stale:
        for note in filled.notes:
            if line(note.text) not in page.notes:
                filled.changed.append(Changed(0, _NOTES, "another note, or none", note.text))
    if recorded is not None and page.looks != recorded.looks:
        filled.faults.append(OTHERWISE.format("make it anew with: forecast brief render"))
    _compare_pictures(filled, text_reading.shown(text), recorded)


def _look_at_pages(filled: Filled, path: Path, seen: Shown, recorded: Shown) -> None:
    """Compare the text of the pages of a PDF with the text they had when they were set."""
    if recorded.pages and len(seen.pages) != len(recorded.pages):
        raise DocumentError(
            f"{path}: has {len(seen.pages)} pages, and was set with {len(recorded.pages)}; make it "
            "anew with: forecast brief render"
        )
    for number, (now, then) in enumerate(zip(seen.pages, recorded.pages, strict=False), 1):
        if "".join(now.split()) != "".join(then.split()):
            apart = Changed(0, "", now, then).apart()
            filled.changed.append(Changed(0, f"page {number}", *apart))
    if recorded.looks and seen.looks != recorded.looks:
        filled.faults.append(OTHERWISE.format("make it anew with: forecast brief render"))
    _look_for_words(filled, seen)
    _compare_pictures(filled, seen, recorded)


def _look_for_words(filled: Filled, seen: Shown) -> None:
    """Find the regions of a PDF whose words its pages do not show, or in another order.

    What a record says of the pages can be written anew together with the pages.
    """
    from forecast.briefs import pdf

    stale = {change.wanted for change in filled.changed}
    slots = ((str(slot.wanted), slot.body) for slot in scan(filled.text, name=""))
    known = [(said, "" if said in stale else body) for said, body in slots]
    for number, words in pdf.unseen(known, seen.pages).items():
        filled.changed.append(Changed(0, known[number][0], GONE, words))


def _compare_pictures(filled: Filled, seen: Shown, recorded: Shown | None) -> None:
    if recorded is not None and list(seen.pictures) != list(recorded.pictures):
        filled.pictures.append("a picture is another than was put there, or is gone")


def _flat(text: str) -> str:
    return " ".join(text.split())


def images(filled: Filled, source: Path, *, vector: bool) -> Callable[[str], bytes]:
    """Return what gives the bytes of an image: a figure just drawn, or a file beside the source."""
    drawn = {f"{figure.name}.png": figure for figure in filled.figures}

    def image(path: str) -> bytes:
        name = path.rpartition("/")[2]
        if name in drawn:
            return drawn[name].svg if vector else drawn[name].png
        place = _beside(source, path)
        try:
            body = place.read_bytes()
        except (OSError, ValueError):
            raise DocumentError(f"{source}: there is no image {line(path)}; put it there") from None
        if not body.lstrip().startswith(b"<"):  # an SVG
            _require_whole(body, f"{source}: the image {line(path)}")
        return body

    return image


def _require_whole(body: bytes, name: str) -> None:
    """Refuse what no reader of a document could show."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(body)) as held:
                held.load()
        except (Image.DecompressionBombError, SyntaxError, OSError, ValueError, struct.error):
            raise DocumentError(
                f"{name} is none, or damaged or too large; save it as .png or .jpg"
            ) from None


def _beside(source: Path, path: str) -> Path:
    """Place of an image of a document, which lies in its folder or below; links do not lead out."""
    place = source.parent / unquote(path)  # Markdown writes a blank as %20
    try:
        inside = ":" not in path and place.resolve().is_relative_to(source.parent.resolve())
    except (OSError, ValueError):
        inside = False
    if not inside:
        raise DocumentError(
            f"{source}: the image {line(path)} is no file in its folder; copy it there"
        )
    return place


def in_word(body: bytes, words: Vocabulary, *, name: str) -> tuple[bytes, Filled]:
    """Fill the placeholders of a Word document and renew its regions, in memory."""
    from forecast.briefs.word import fill_word

    return fill_word(
        body,
        partial(evaluate, vocabulary=words),
        name=name,
        facts=words.facts,
        stamp=stamp_line(words.facts.stamp),
    )


def require_regions(path: Path) -> None:
    """Refuse early what is no Word document, or is open elsewhere."""
    from forecast.briefs.word import stamp_text

    stamp_text(read_bytes(path), name=str(path))


def text_to_word(
    text: str, words: Vocabulary, target: Path, *, source: Path, house: Path | None
) -> Rendered:
    """Write a text as a Word document with regions that can be renewed there."""
    from forecast.briefs.word_file import as_word

    # the notes stand at the foot of their pages
    plain = unfilled(text, scan(text, name=str(source)), without="notes")
    styles = None if house is None else read_bytes(house)
    if styles is not None:
        in_word(styles, words, name=str(house))
    template = as_word(plain, image=images(Filled(), source, vector=False), house=styles)
    body, filled = in_word(template, words, name=str(source))
    if not filled.regions:
        raise DocumentError(f"{source}: asks for nothing; write placeholders into it")
    written = [write_whole(target, body)]
    return Rendered(written, words.facts.stamp, len(filled.regions), filled.changed)


_LARGEST = 50_000_000


def ending(path: Path) -> str:
    """Return the ending of a name, in small letters."""
    return path.suffix.lower()


def read_bytes(path: Path) -> bytes:
    """Read a document.

    Raises
    ------
    DocumentError
        If it is not there, cannot be read, or is larger than 50 MB.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise DocumentError(f"{path}: is larger than 50 MB; allowed: a document")
        return path.read_bytes()
    except OSError as error:
        reason = "there is no such file" if not path.exists() else error.strerror
        raise DocumentError(f"{path}: {reason}; name a document you can read") from None


def read_text(path: Path) -> str:
    """Read a document in UTF-8; its line ends and its byte order mark stay.

    Raises
    ------
    DocumentError
        Also where it is not UTF-8, with the line.
    """
    body = read_bytes(path)
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DocumentError(f"{path}: is in UTF-16; save it in UTF-8")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise DocumentError(f"{path}:{line}: is not UTF-8; save it in UTF-8") from None


def write_whole(path: Path, body: bytes) -> Path:
    """Write a document whole or not at all; a file that cannot be written to stays as it is.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    _require_closed(path.resolve() if path.is_symlink() else path)
    return write(path, body)


def _require_closed(path: Path) -> None:
    """Refuse a document that Word or LibreOffice holds open: it would overwrite ours."""
    marks = (f"~${path.name[2:]}", f"~${path.name}", f".~lock.{path.name}#")
    held = next((mark for mark in marks if (path.parent / mark).exists()), None)
    if held is not None:
        raise OutputError(f"{path}: is open in another program ({held}); close it there first")
