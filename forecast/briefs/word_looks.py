"""What makes the words of a region of a Word document hard to read, or another's to change.

The format that counts is the one a reader sees: that of the letters, their style, their paragraph's
style, their table's style and the document, in this order. Only what nobody writes by accident is
told: white on white, letters of a point, a strike through a number, a field around a region.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from docx.opc.constants import RELATIONSHIP_TYPE
from lxml import etree

from forecast.briefs.word_notes import Footnotes
from forecast.briefs.word_places import PLACEHOLDER

__all__ = ["Looks", "pictures"]

_W: Final = f"{{{PLACEHOLDER}}}"
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
_DEEPEST: Final = 20


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
