"""What a reader of a Word document sees of a region, and what is wrong with it.

Hidden text, deleted text and text that was moved away are not seen. What could print something
that is no text, such as a field or a sign of a font of symbols, is told by its name.

The format that counts is the one a reader sees: that of the letters, their style, their paragraph's
style, their table's style and the document, in this order. Only what nobody writes by accident is
told: white on white, letters of a point, a strike through a number, a field around a region.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

from docx.opc.constants import RELATIONSHIP_TYPE
from lxml import etree

from forecast.briefs.blocks import Block, Bullets, Prose, plain
from forecast.briefs.markdown import GONE, Changed
from forecast.briefs.regions import Placeholder, parse
from forecast.briefs.stamps import MARK, MOVED, disturbed, gone, moved
from forecast.briefs.word_places import DELETED, PLACEHOLDER, Footnotes, Place, paragraph_of, roots
from forecast.briefs.word_record import Record
from forecast.errors import DocumentError

__all__ = [
    "Looks",
    "around",
    "beside",
    "lost",
    "pictures",
    "require_shown",
    "said_in",
    "together",
    "unclear",
    "unseen",
]


_W: Final = f"{{{PLACEHOLDER}}}"


_DEEPEST: Final = 20


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


_MS: Final = "http://schemas.microsoft.com/office/word/"
_KNOWN: Final = {
    *(f"{_MS}2010/wordprocessing{one}" for one in ("Shape", "Group", "Canvas", "Drawing")),
    f"{_MS}2010/wordml",
    f"{_MS}2012/wordml",
}
_CHOICE: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Choice"
_EMBED: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
_OFF: Final = {"0", "false", "off", "none"}
_SWITCHES: Final = {
    "vanish": "hidden", "specVanish": "hidden", "webHidden": "hidden", "strike": "struck through",
    "dstrike": "struck through", "rtl": "turned round",
}  # fmt: skip
#: Least and largest of a measure: half points, per cent, half points and twentieths of a point.
_MEASURES: Final = {"sz": (8, 4000), "w": (34, 600), "position": (-60, 60), "spacing": (-30, 2000)}
_SYMBOLS: Final = {"symbol", "wingdings", "wingdings 2", "wingdings 3", "webdings", "marlett",
                   "mt extra", "opensymbol", "zapf dingbats"}  # fmt: skip
_FILLED: Final = {"dataBinding", "dropDownList", "comboBox", "date", "showingPlcHdr", "citation"}
_HIGHLIGHTS: Final = {
    "black": "000000", "blue": "0000FF", "cyan": "00FFFF", "darkBlue": "000080", "red": "FF0000",
    "darkCyan": "008080", "darkGray": "808080", "darkGreen": "008000", "darkMagenta": "800080",
    "darkRed": "800000", "darkYellow": "808000", "green": "00FF00", "lightGray": "C0C0C0",
    "magenta": "FF00FF", "white": "FFFFFF", "yellow": "FFFF00",
}  # fmt: skip
_LEAST_CONTRAST: Final = 1.5
_LONGEST: Final = 12_000  # twentieths of a point: a page is narrower
_LOWEST_LINE: Final = 100


class Looks:
    """How the regions of a document look.

    Parameters
    ----------
    document : docx.document.Document
    notes : Footnotes
    roots : list of element
        The body, headers and footers.
    """

    def __init__(self, document: Any, notes: Footnotes, roots: list[Any]) -> None:
        self.notes = notes
        self.styles = {one.get(f"{_W}styleId"): one for one in document.styles.element}
        defaults = document.styles.element.find(f"{_W}docDefaults")
        self.defaults = [] if defaults is None else [one for one in defaults if len(one)]
        ordinary = (
            one
            for one in document.styles.element.findall(f"{_W}style")
            if one.get(f"{_W}default") == "1" and one.get(f"{_W}type") == "paragraph"
        )
        self.ordinary = next((one.get(f"{_W}styleId") for one in ordinary), None)
        self.in_fields = {place for root in roots for place in _in_fields(root)}

    def unclear(self, place: Any) -> str:
        """Tell why a region cannot be read as its words say; empty if it can."""
        return self._around(place) or next(filter(None, map(self._said, self._runs(place))), "")

    def _runs(self, place: Any) -> Iterator[Any]:
        yield from place.iter(f"{_W}r")
        for number in self.notes.references(place):
            note = self.notes.note(number)
            yield from () if note is None else note.iter(f"{_W}r")

    def _around(self, place: Any) -> str:
        if place in self.in_fields:
            return "stands in a field, which Word fills anew"
        for one in (place, *place.iterancestors()):
            about = one.find(f"{_W}sdtPr")
            kinds = set() if about is None else {etree.QName(each).localname for each in about
                                                 if isinstance(each.tag, str)}  # fmt: skip
            if kinds & _FILLED:
                return "stands in a content control that Word fills by itself"
            if wrong := _placed(one):
                return wrong
        return ""

    def _said(self, run: Any) -> str:
        for one in run.iterancestors():
            if wrong := _placed(one):
                return wrong
        for drawing in run.iter(f"{_W}drawing"):
            if wrong := _drawn(drawing):
                return wrong
        if not any((one.text or "").strip() for one in run.iter(f"{_W}t")):
            return ""
        paragraph = next(run.iterancestors(f"{_W}p"), None)
        held = self._format(run, paragraph)
        return _letters(held) or self._contrast(run, paragraph, held) or self._line(paragraph)

    def _format(self, run: Any, paragraph: Any) -> dict[str, Any]:
        """Properties of letters by name, the nearest of each."""
        found: dict[str, Any] = {}
        for one in self._sources(run, paragraph):
            properties = one if one.tag == f"{_W}rPr" else one.find(f"{_W}rPr")
            for each in () if properties is None else properties.iterchildren(etree.Element):
                found.setdefault(etree.QName(each).localname, each)
        return found

    def _sources(self, run: Any, paragraph: Any) -> Iterator[Any]:
        own = run.find(f"{_W}rPr")
        if own is not None:
            yield own
            yield from self._chain(own.find(f"{_W}rStyle"))
        yield from self._paragraph(paragraph)
        table = next(run.iterancestors(f"{_W}tbl"), None)
        if table is not None:
            yield from self._chain(table.find(f"{_W}tblPr/{_W}tblStyle"))
        for one in self.defaults:
            yield from one

    def _paragraph(self, paragraph: Any) -> Iterator[Any]:
        named = None if paragraph is None else paragraph.find(f"{_W}pPr/{_W}pStyle")
        name = self.ordinary if named is None else named.get(f"{_W}val")
        return self._chain(None, name)

    def _chain(self, named: Any, name: str | None = None) -> Iterator[Any]:
        name = name if named is None else named.get(f"{_W}val")
        for _ in range(_DEEPEST):
            style = self.styles.get(name)
            if style is None:
                return
            yield style
            based = style.find(f"{_W}basedOn")
            name = None if based is None else based.get(f"{_W}val")

    def _contrast(self, run: Any, paragraph: Any, held: dict[str, Any]) -> str:
        ink = _colour(held.get("color"), "val")
        ground = _colour(held.get("shd"), "fill")
        if "highlight" in held:
            ground = _HIGHLIGHTS.get(held["highlight"].get(f"{_W}val"), ground)
            ink = ink or "000000"
        around = [] if paragraph is None else [paragraph, *self._paragraph(paragraph)]
        shades = [one.find(f"{_W}pPr/{_W}shd") for one in around]
        shades += [one.find(f"{_W}tcPr/{_W}shd") for one in run.iterancestors(f"{_W}tc")]
        for one in shades:
            ground = ground or _colour(one, "fill")
        table = next(run.iterancestors(f"{_W}tbl"), None)
        if ground is None and table is not None:
            styles = self._chain(table.find(f"{_W}tblPr/{_W}tblStyle"))
            if any(True for style in styles for _ in style.iter(f"{_W}shd")):
                return ""  # a table of the house, whose ground is not known here
        if ink is None or _ratio(ink, ground or "FFFFFF") >= _LEAST_CONTRAST:
            return ""
        return "can hardly be told from its ground"

    def _line(self, paragraph: Any) -> str:
        about = [] if paragraph is None else [paragraph, *self._paragraph(paragraph)]
        for one in about:
            spacing, shift = (one.find(f"{_W}pPr/{_W}{name}") for name in ("spacing", "ind"))
            exact = spacing is not None and spacing.get(f"{_W}lineRule") == "exact"
            if exact and _number(spacing.get(f"{_W}line")) < _LOWEST_LINE:
                return "is cut off by the height of its line"
            frame = one.find(f"{_W}pPr/{_W}framePr")
            measures = [value for each in (shift, frame) if each is not None
                        for value in each.attrib.values()]  # fmt: skip
            if any(abs(_number(value)) > _LONGEST for value in measures):
                return "stands beside its page"
        return ""


def pictures(document: Any, place: Any) -> list[str]:
    """Fingerprint of every picture of a region."""
    rels = document.part.rels
    held = [one.get(_EMBED) for one in place.iter(etree.Element) if one.get(_EMBED)]
    images = [rels[one].target_part.blob if one in rels and rels[one].reltype
              == RELATIONSHIP_TYPE.IMAGE else b"" for one in held]  # fmt: skip
    return [sha256(body).hexdigest()[:16] for body in images]


def _placed(one: Any) -> str:
    if one.tag in {f"{_W}dir", f"{_W}bdo"} and one.get(f"{_W}val") == "rtl":
        return "is turned round"
    return "stands where Word does not look" if one.tag == _CHOICE and not _understood(one) else ""


def _letters(held: dict[str, Any]) -> str:
    for name, said in _SWITCHES.items():
        if name in held and held[name].get(f"{_W}val") not in _OFF:
            return f"is {said}"
    for name, (least, most) in _MEASURES.items():
        if name in held and not least <= _number(held[name].get(f"{_W}val"), least) <= most:
            return "is set so that it cannot be read"
    fonts = held.get("rFonts")
    if fonts is not None and {str(one).casefold() for one in fonts.attrib.values()} & _SYMBOLS:
        return "is set in a font of symbols"
    fill = held.get("textFill")
    if fill is not None and any(
        one.tag.endswith(("}noFill", "}alpha")) for one in fill.iter(etree.Element)
    ):
        return "is set without ink"
    return ""


def _drawn(drawing: Any) -> str:
    """Tell whether a drawing shows something else than its picture, whole."""
    for one in drawing.iter(etree.Element):
        name = etree.QName(one).localname
        cut = name == "srcRect" and any(_number(value) for value in one.attrib.values())
        altered = name == "blip" and any(
            isinstance(each.tag, str) and not each.tag.endswith("}extLst") for each in one
        )
        unseen = name == "docPr" and one.get("hidden") not in {None, *_OFF}
        small = name == "extent" and _number(one.get("cx"), 360_000) < 360_000  # a centimetre
        if cut or altered or unseen or small or name == "svgBlip":
            return "is a picture that is cut, hidden or drawn over"
    return ""


def _in_fields(root: Any) -> Iterator[Any]:
    depth = 0
    for one in root.iter(f"{_W}fldChar", f"{_W}sdt"):
        kind = one.get(f"{_W}fldCharType")
        depth += {"begin": 1, "end": -1}.get(str(kind), 0)
        if depth > 0 and one.tag == f"{_W}sdt":
            yield one


def _understood(choice: Any) -> bool:
    return {choice.nsmap.get(one) for one in (choice.get("Requires") or "").split()} <= _KNOWN


def _colour(element: Any, name: str) -> str | None:
    said = "" if element is None else str(element.get(f"{_W}{name}") or "")
    return said if len(said) == 6 and set(said) <= set("0123456789abcdefABCDEF") else None


def _ratio(one: str, two: str) -> float:
    """Contrast of two colours, from 1 to 21, as WCAG 2.1 defines it."""
    light, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    shares = (int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4))
    linear = [x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _number(said: str | None, otherwise: float = 0) -> float:
    try:
        return float((said or "").removesuffix("%"))
    except ValueError:
        return otherwise
