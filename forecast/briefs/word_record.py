"""What a Word document says of itself: its stamp, its regions and their second anchors.

LibreOffice keeps content controls and loses their tags, and by way of OpenDocument it loses those
of whole paragraphs altogether. Of bookmarks it keeps those that lie within one paragraph, both
ways; so each end has its own, in the first and in the last paragraph of the region.

Stamp and regions are custom properties, one each, which Word keeps and LibreOffice as well, also by
way of OpenDocument; the stamp also stands in the core property *identifier*.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from lxml import etree

from forecast.briefs.stamps import from_text
from forecast.briefs.word_places import cleaned, control, new_control, tagged

__all__ = ["Record", "describe", "mark", "read_record", "restore", "unmark", "write_record"]

_NAME: Final = re.compile(r"_forecast_(\d{1,6})([az])")


def mark(roots: Iterable[Any], controls: Mapping[int, Any]) -> None:
    """Put a bookmark at both ends of every control, by the number of its region."""
    every = [one for root in roots for one in root.iter(qn("w:bookmarkStart"))]
    number = max([0, *(int(one.get(qn("w:id")) or 0) for one in every)])
    for region, place in controls.items():
        content = place.find(qn("w:sdtContent"))
        paragraphs = list(content.iter(qn("w:p")))
        first, last = (paragraphs[0], paragraphs[-1]) if paragraphs else (content, content)
        at = 1 if len(first) and first[0].tag == qn("w:pPr") else 0
        for end, holder in (("a", first), ("z", last)):
            number += 1
            begin, close = _bookmark(f"_forecast_{region}{end}", number)
            if end == "a":
                holder.insert(at, begin)
                holder.insert(at + 1, close)
            else:
                holder.append(begin)
                holder.append(close)


def unmark(roots: Iterable[Any]) -> None:
    """Remove our bookmarks."""
    for root in roots:
        ours = [one for one in root.iter(qn("w:bookmarkStart")) if _ours(one)]
        numbers = {one.get(qn("w:id")) for one in ours}
        ends = [e for e in root.iter(qn("w:bookmarkEnd")) if e.get(qn("w:id")) in numbers]
        for one in (*ours, *ends):
            one.getparent().remove(one)


def restore(roots: Iterable[Any], regions: Mapping[int, str]) -> None:
    """Make a control again of every region whose control is gone and whose bookmarks are left."""
    for root in roots:
        ends: dict[int, dict[str, Any]] = {}
        for one in root.iter(qn("w:bookmarkStart")):
            if found := _ours(one):
                ends.setdefault(int(found[1]), {}).setdefault(found[2], one)
        for number, pair in ends.items():
            if number in regions and len(pair) == 2 and not _held(pair["a"]):
                _wrap(pair["a"], _end(root, pair["z"]), regions[number])


def _ours(bookmark: Any) -> re.Match[str] | None:
    return _NAME.fullmatch(bookmark.get(qn("w:name")) or "")


def _end(root: Any, begin: Any) -> Any:
    """Return where a bookmark ends: LibreOffice may draw the last one over the words before it."""
    ends = root.iter(qn("w:bookmarkEnd"))
    return next((one for one in ends if one.get(qn("w:id")) == begin.get(qn("w:id"))), begin)


def _held(element: Any) -> bool:
    """Tell whether a control of ours holds an element."""
    return any(control(one) for one in element.iterancestors(qn("w:sdt")))


def _wrap(begin: Any, end: Any, wanted: str) -> None:
    """Put a control around everything from one end of a region to the other."""
    holder, first, last = _common(begin, end)
    if holder is None:
        return
    place = new_control(wanted, _properties(first, last))
    inside = [first]
    while inside[-1] is not last:
        inside.append(inside[-1].getnext())
    untagged = holder.getparent() if holder.tag == qn("w:sdtContent") else None
    if untagged is not None and untagged.getparent().tag == qn("w:p") and _bare(untagged, inside):
        untagged.addprevious(place)
        untagged.getparent().remove(untagged)
    else:
        first.addprevious(place)
    place.find(qn("w:sdtContent")).extend(inside)


def _bare(place: Any, inside: Sequence[Any]) -> bool:
    """Tell whether a control is what LibreOffice left of ours: no tag, and nothing else in it."""
    others = [one for one in place.find(qn("w:sdtContent")) if one not in inside]
    return place.find(f"{qn('w:sdtPr')}/{qn('w:tag')}") is None and not any(
        t.text for one in others for t in one.iter(qn("w:t"))
    )


def _common(begin: Any, end: Any) -> tuple[Any, Any, Any]:
    above = [begin, *begin.iterancestors()]
    child, chain = end, {one: n for n, one in enumerate(above)}
    for parent in end.iterancestors():
        if parent in chain:
            first = above[chain[parent] - 1]
            order = list(parent)
            if order.index(first) > order.index(child):
                return None, None, None
            return parent, first, child
        child = parent
    return None, None, None


def _properties(first: Any, last: Any) -> Any:
    """Format of the first words of a region within a line."""
    one = first
    while one is not None:
        found = one.find(f".//{qn('w:rPr')}") if one.tag != qn("w:r") else one.find(qn("w:rPr"))
        if found is not None:
            return found
        one = None if one is last else one.getnext()
    return None


def _bookmark(name: str, number: int) -> tuple[Any, Any]:
    begin, close = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    begin.set(qn("w:id"), str(number))
    begin.set(qn("w:name"), name)
    close.set(qn("w:id"), str(number))
    return begin, close


_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_CONTENT = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"  # of every custom property
_STAMP, _COUNT, _REGION = "Forecast stamp", "Forecast regions", "Forecast region "
_PICTURE = "Forecast picture "
_LARGEST = 255  # letters of a property that Word keeps


@dataclass(frozen=True, slots=True)
class Record:
    """Stamp of a document, and the placeholder of every region it was written with, in order.

    `regions` is None where no list was kept; `stamps` counts those that differ; `pictures` are the
    fingerprints of the pictures in them.
    """

    stamp: str
    regions: tuple[str, ...] | None
    stamps: int = 1
    pictures: tuple[str, ...] = ()


def read_record(document: Any) -> Record:
    """Read what a document says of its forecast; the stamp is empty where it says nothing."""
    part = _part(document)
    held = {} if part is None else _values(etree.fromstring(part.blob, _parser()))
    stamps = [str(document.core_properties.identifier or ""), held.get(_STAMP, "")]
    different = {said for said in stamps if from_text(said)} or {""}  # a house has its own names
    stamp = min(different) if len(different) == 1 else held[_STAMP]
    if not held.get(_COUNT, "").isdecimal():
        return Record(stamp, None, len(different))
    count = min(int(held[_COUNT]), len(held))
    regions = tuple(held.get(f"{_REGION}{n}", "") for n in range(1, count + 1))
    whole = count == int(held[_COUNT]) and all(regions)
    drawn = tuple(value for name, value in held.items() if name.startswith(_PICTURE))
    return Record(stamp, regions if whole else None, len(different), drawn)


def write_record(
    document: Any, stamp: str, regions: Sequence[str], pictures: Sequence[str] = ()
) -> None:
    """Write stamp, regions and fingerprints of pictures anew; other properties stay."""
    part = _part(document)
    if part is None:
        root = etree.Element(f"{{{_SPACE}}}Properties", nsmap={None: _SPACE, "vt": _TYPES})
        part = Part(PackURI("/docProps/custom.xml"), _CONTENT, b"", document.part.package)
        document.part.package.relate_to(part, _KIND)
    else:
        root = etree.fromstring(part.blob, _parser())
    for one in list(root):
        if (one.get("name") or "").startswith((_STAMP, _COUNT, _REGION, _PICTURE)):
            root.remove(one)
    values = {_STAMP: stamp, _COUNT: str(len(regions))}
    values |= {f"{_REGION}{n}": said for n, said in enumerate(regions, 1)}
    values |= {f"{_PICTURE}{n}": said for n, said in enumerate(pictures, 1)}
    number = max([1, *(int(one.get("pid") or 1) for one in root)])
    for pid, (name, value) in enumerate(values.items(), number + 1):
        about = {"fmtid": _FORMAT, "pid": str(pid), "name": name}
        one = etree.SubElement(root, f"{{{_SPACE}}}property", about)
        etree.SubElement(one, f"{{{_TYPES}}}lpwstr").text = cleaned(value)[:_LARGEST]
    part._blob = etree.tostring(  # noqa: SLF001  # python-docx gives no other way
        root, xml_declaration=True, encoding="UTF-8", standalone=True
    )
    document.core_properties.identifier = stamp[:_LARGEST]


def describe(document: Any, *, title: str, author: str, day: dt.datetime) -> None:
    """Give a document the title and the author it lacks, and take out what python-docx says."""
    core = document.core_properties
    if _unset(core.author):
        core.created = core.modified = day.astimezone(dt.UTC).replace(tzinfo=None)
    for name, value in (("title", title), ("author", author), ("last_modified_by", author)):
        if _unset(getattr(core, name)):
            setattr(core, name, cleaned(value)[:_LARGEST])
    if "python-docx" in core.comments:
        core.comments = ""
    if not core.language:
        core.language = "en-GB"


def _unset(said: str) -> bool:
    return said in {"", "python-docx"} or bool(tagged(said))


def _part(document: Any) -> Any:
    rels = document.part.package.rels.values()
    return next((rel.target_part for rel in rels if rel.reltype == _KIND), None)


def _values(root: Any) -> dict[str, str]:
    return {str(one.get("name")): "".join(one.itertext()) for one in root}


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)
