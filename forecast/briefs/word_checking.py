"""What is wrong with the regions of a Word document, each beside its words and all together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from forecast.briefs.blocks import Block, Bullets, Prose, plain
from forecast.briefs.markdown import GONE, Changed
from forecast.briefs.placeholders import Placeholder, parse
from forecast.briefs.presence import MOVED, disturbed, gone, moved
from forecast.briefs.word_looks import Looks, pictures
from forecast.briefs.word_notes import Footnotes
from forecast.briefs.word_places import Place, roots
from forecast.briefs.word_reading import around
from forecast.briefs.word_record import Record
from forecast.errors import DocumentError

__all__ = ["beside", "lost", "require_shown", "together", "unclear"]


def require_shown(found: Sequence[Place], record: Record, name: str) -> None:
    """Refuse a document that was written with regions and shows none.

    Raises
    ------
    DocumentError
    """
    if found or not (record.stamp or record.regions):
        return
    count = len(record.regions or ())
    those = f"none of the {count} regions it was written with" if count else "no region"
    raise DocumentError(
        f"{name}: carries the stamp of a forecast and shows {those}, so nothing in it can be "
        "compared; make it anew from its source"
    )


def lost(
    found: Sequence[Place], record: Record, evaluate: Callable[[Placeholder], Block]
) -> list[Changed]:
    """List the regions a document was written with and shows no more."""
    out = []
    for said in gone(record.regions or (), _named(found)):
        try:
            value = evaluate(parse(said))
            new = plain(value.parts) if isinstance(value, Prose) else type(value).__name__.lower()
        except DocumentError:
            new = "nothing the forecast knows now"
        out.append(Changed(0, said, GONE, new))
    return out


def beside(place: Place, value: Block, new: str, notes: Footnotes) -> list[str]:
    """Say what makes a region read otherwise than its words: its style, or what stands beside."""
    empty = isinstance(value, Prose) and not plain(value.parts).strip()
    if not (new or empty or isinstance(value, Bullets)):
        return [f"{place.wanted} is hidden by the styles of the document"]
    before, after = around(place.control, notes)
    wrong = disturbed(before, new, after)
    return [wrong.format(place.wanted)] if wrong else []


def unclear(
    document: Any, found: Sequence[Place], notes: Footnotes, record: Record
) -> list[tuple[str, str]]:
    """Tell which regions cannot be read as their words say, and whether a picture is another."""
    looks = Looks(document, notes, roots(document))
    filled = [place for place in found if not place.fresh]
    said = ((str(place.wanted), looks.unclear(place.control)) for place in filled)
    out = [(wanted, f"{wanted} {why}; set it plainly") for wanted, why in said if why]
    drawn = [one for p in filled if not p.again for one in pictures(document, p.control)]
    if record.regions is not None and sorted(drawn) != sorted(record.pictures):
        out.append(("", "a picture is another than was put there, or is gone"))
    return out


def together(document: Any, found: Sequence[Place], record: Record) -> list[str]:
    """Say what is wrong with the regions of a document together."""
    out = []
    if record.regions is None and (record.stamp or not all(place.fresh for place in found)):
        out.append(
            "keeps no list of its regions, as an earlier version wrote it; renew it with: "
            "forecast brief refresh"
        )
    if record.stamps > 1:
        out.append("carries two stamps that differ; renew it with: forecast brief refresh")
    body = [place for place in found if document.element.body in place.control.iterancestors()]
    shown, written = _named(body), list(record.regions or ())
    # other programs number headers and footers anew, which come after the text
    first = moved(written[: len(written) - len(_named(found)) + len(shown)], shown)
    return out if first is None else [*out, MOVED.format(first)]


def _named(found: Sequence[Place]) -> list[str]:
    return [str(place.wanted) for place in found if not place.again]
