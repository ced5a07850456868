"""What a reader of a Word document sees of a region, and what is wrong with it.

Hidden text, deleted text and text that was moved away are not seen. What could print something
that is no text, such as a field or a sign of a font of symbols, is told by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from lxml import etree

from forecast.briefs.blocks import Block, Bullets, Prose, plain
from forecast.briefs.markdown import GONE, Changed
from forecast.briefs.regions import Placeholder, parse
from forecast.briefs.stamps import MARK, MOVED, disturbed, gone, moved
from forecast.briefs.word_looks import Looks, pictures
from forecast.briefs.word_notes import Footnotes
from forecast.briefs.word_places import DELETED, PLACEHOLDER, Place, paragraph_of, roots
from forecast.briefs.word_record import Record
from forecast.errors import DocumentError

__all__ = ["around", "beside", "lost", "require_shown", "said_in", "together", "unclear", "unseen"]

_W: Final = f"{{{PLACEHOLDER}}}"
_ELSE: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_WITHIN: Final = {
    "AlternateContent", "Choice", "customXml", "dir", "hyperlink", "ins", "moveTo", "p", "r", "sdt",
    "sdtContent", "smartTag", "tbl", "tc", "tr",
}  # fmt: skip
_SIGNS: Final = {"tab": " ", "ptab": " ", "br": " ", "cr": " ", "noBreakHyphen": "-"}
_SILENT: Final = {
    "annotationRef", "bookmarkEnd", "bookmarkStart", "commentRangeEnd", "commentRangeStart",
    "commentReference", "delInstrText", "delText", "footnoteRef", "lastRenderedPageBreak",
    "moveFromRangeEnd", "moveFromRangeStart", "moveToRangeEnd", "moveToRangeStart", "permEnd",
    "permStart", "proofErr", "softHyphen", "tblGrid",
}  # fmt: skip
_DEEPEST: Final = 20  # styles that a style is based on


def said_in(place: Any, notes: Footnotes) -> str:
    """Tell what a reader sees in a control."""
    content = place.find(f"{_W}sdtContent")
    return "" if content is None or unseen(place) else "".join(_said(content, notes)).strip()


def unseen(place: Any) -> bool:
    """Tell whether a control stands in text that was deleted, moved away or hidden with its row."""
    return any(one.tag in DELETED or _hidden_row(one) for one in place.iterancestors())


def around(place: Any, notes: Footnotes) -> tuple[str, str]:
    """Text of the line before and after a control within it; what was raised is left out after."""
    paragraph = paragraph_of(place)
    before: list[str] = []
    after: list[str] = []
    if paragraph is None:
        return "", ""
    reached = False
    inside = set(place.iter())
    for run in paragraph.iter(f"{_W}r", f"{_W}sdt"):
        if run is place:
            reached = True
        elif run.tag == f"{_W}r" and run not in inside and not unseen(run):
            (after if reached else before).append(_beside(run, notes))
    return "".join(before), "".join(after)


def _beside(run: Any, notes: Footnotes) -> str:
    """Text of a run that is not ours; an unknown sign may be a digit."""
    raised = run.find(f"{_W}rPr/{_W}vertAlign")
    if (raised is not None and raised.get(f"{_W}val") == "superscript") or _hidden(run, notes):
        return " "
    texts = {"t": None, "sym": MARK, **_SIGNS}
    names = ((one, etree.QName(one).localname) for one in run.iterchildren(etree.Element))
    return "".join((texts[name] or one.text or "") for one, name in names if name in texts)


def _said(element: Any, notes: Footnotes) -> Iterator[str]:
    for child in element.iterchildren(etree.Element):
        name = etree.QName(child).localname
        if child.tag in DELETED or child.tag == _ELSE or name.endswith(("Pr", "PrEx")):
            continue
        if name in {"p", "tc"}:
            yield "\n"
        if name in _WITHIN:
            if not (_hidden(child, notes) or _hidden_row(child)):
                yield from _said(child, notes)
        elif name not in _SILENT:
            yield _sign(child, name, notes)


def _sign(element: Any, name: str, notes: Footnotes) -> str:
    if name == "t":
        return element.text or ""
    if name == "footnoteReference":
        note = notes.note(element.get(f"{_W}id"))
        return f" [{'' if note is None else ''.join(_said(note, notes)).strip()}]"
    if name == "drawing":
        about = (one for one in element.iter(etree.Element) if one.tag.endswith("}docPr"))
        return "".join(f"{one.get('descr')} [{one.get('name')}]" for one in about)
    return _SIGNS.get(name, f"[{name}]")


def _hidden_row(element: Any) -> bool:
    return element.tag == f"{_W}tr" and _on(element.find(f"{_W}trPr/{_W}hidden"))


def _hidden(run: Any, notes: Footnotes) -> bool:
    """Tell whether a run is hidden text, by itself, by its style or by that of its paragraph."""
    if run.tag != f"{_W}r":
        return False
    own = run.find(f"{_W}rPr/{_W}vanish")
    if own is not None:
        return _on(own)
    styles = {one.get(f"{_W}styleId"): one for one in notes.document.styles.element}
    paragraph = next(run.iterancestors(f"{_W}p"), None)
    named = [run.find(f"{_W}rPr/{_W}rStyle")]
    named += [] if paragraph is None else [paragraph.find(f"{_W}pPr/{_W}pStyle")]
    return any(_vanishes(one.get(f"{_W}val"), styles) for one in named if one is not None)


def _vanishes(name: str | None, styles: dict[str | None, Any]) -> bool:
    for _ in range(_DEEPEST):
        style = styles.get(name)
        if style is None:
            return False
        said = style.find(f"{_W}rPr/{_W}vanish")
        if said is not None:
            return _on(said)
        based = style.find(f"{_W}basedOn")
        name = None if based is None else based.get(f"{_W}val")
    return False


def _on(switch: Any) -> bool:
    return switch is not None and switch.get(f"{_W}val") not in {"0", "false", "off"}


def require_shown(places: Sequence[Place], record: Record, name: str) -> None:
    """Refuse a document that was written with regions and shows none.

    Raises
    ------
    DocumentError
    """
    if places or not (record.stamp or record.regions):
        return
    count = len(record.regions or ())
    those = f"none of the {count} regions it was written with" if count else "no region"
    raise DocumentError(
        f"{name}: carries the stamp of a forecast and shows {those}, so nothing in it can be "
        "compared; make it anew from its source"
    )


def lost(
    places: Sequence[Place], record: Record, evaluate: Callable[[Placeholder], Block]
) -> list[Changed]:
    """List the regions a document was written with and shows no more."""
    out = []
    for said in gone(record.regions or (), _named(places)):
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
    document: Any, places: Sequence[Place], notes: Footnotes, record: Record
) -> list[tuple[str, str]]:
    """Tell which regions cannot be read as their words say, and whether a picture is another."""
    looks = Looks(document, notes, roots(document))
    filled = [place for place in places if not place.fresh]
    said = ((str(place.wanted), looks.unclear(place.control)) for place in filled)
    out = [(wanted, f"{wanted} {why}; set it plainly") for wanted, why in said if why]
    drawn = [one for p in filled if not p.again for one in pictures(document, p.control)]
    if record.regions is not None and sorted(drawn) != sorted(record.pictures):
        out.append(("", "a picture is another than was put there, or is gone"))
    return out


def together(document: Any, places: Sequence[Place], record: Record) -> list[str]:
    """Say what is wrong with the regions of a document together."""
    out = []
    if record.regions is None and (record.stamp or not all(place.fresh for place in places)):
        out.append(
            "keeps no list of its regions, as an earlier version wrote it; renew it with: "
            "forecast brief refresh"
        )
    if record.stamps > 1:
        out.append("carries two stamps that differ; renew it with: forecast brief refresh")
    body = [place for place in places if document.element.body in place.control.iterancestors()]
    shown, written = _named(body), list(record.regions or ())
    # other programs number headers and footers anew, which come after the text
    first = moved(written[: len(written) - len(_named(places)) + len(shown)], shown)
    return out if first is None else [*out, MOVED.format(first)]


def _named(found: Sequence[Place]) -> list[str]:
    return [str(place.wanted) for place in found if not place.again]
