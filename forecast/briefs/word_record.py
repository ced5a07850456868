"""What a Word document says of itself: its stamp and its regions, its title and its author.

Stamp and regions are custom properties, one each, which Word keeps and LibreOffice as well, also by
way of OpenDocument; the stamp also stands in the core property *identifier*.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docx.opc.packuri import PackURI
from docx.opc.part import Part
from lxml import etree

from forecast.briefs.stamps import from_text
from forecast.briefs.word_notes import cleaned
from forecast.briefs.word_parts import tagged

__all__ = ["Record", "describe", "read_record", "write_record"]

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
