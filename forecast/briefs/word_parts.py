"""Pieces of a Word document: placeholders in its text, and the content controls they become."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from forecast.briefs.placeholders import parse
from forecast.briefs.regions import ours
from forecast.errors import DocumentError

__all__ = [
    "DELETED",
    "PLACEHOLDER",
    "alone",
    "asked",
    "control",
    "new_control",
    "paragraph_of",
    "tagged",
    "wrap_in_runs",
]

#: Namespace of WordprocessingML.
PLACEHOLDER = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

_W = f"{{{PLACEHOLDER}}}"
#: What was deleted or moved away while changes were tracked.
DELETED = {f"{_W}del", f"{_W}moveFrom"}
_BRACES = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_LONGEST_TAG = 64  # what Word keeps
_AROUND = {
    f"{_W}{name}"
    for name in ("ins", "moveTo", "hyperlink", "smartTag", "customXml", "fldSimple", "dir", "bdo")
}
_EDITED = {f"{_W}ins", f"{_W}moveTo", f"{_W}smartTag", f"{_W}customXml"}
_HIDING = (f"{_W}vanish", f"{_W}specVanish", f"{_W}webHidden")
_NARROW = ("text", "date", "dropDownList", "comboBox", "dataBinding", "picture", "equation")


def tagged(text: str) -> list[re.Match[str]]:
    """Find the placeholders of ours in a text, misspelt ones too; loops of docxtpl hold others."""
    return [found for found in _BRACES.finditer(text) if ours(found[1])]


def asked(paragraph: Any) -> str:
    """Text of a paragraph outside our content controls, as a reader sees it."""
    return "".join(map(_text, _runs(paragraph)))


def _runs(element: Any) -> Iterator[Any]:
    """Walk over the runs of a paragraph: in insertions, links and controls of the house too."""
    for child in element:
        if child.tag == f"{_W}r":
            yield child
        elif child.tag in _AROUND:
            yield from _runs(child)
        elif child.tag == f"{_W}sdt" and control(child) is None:
            content = child.find(f"{_W}sdtContent")
            yield from () if content is None else _runs(content)


def control(element: Any) -> str | None:
    """Tell the placeholder a content control is tagged with; None if it is another's."""
    tag = element.find(f"{_W}sdtPr/{_W}tag")
    said = "" if tag is None else tag.get(f"{_W}val") or ""
    return f"forecast.{said[2:]}" if said.startswith("f:") else None


def alone(place: Any) -> bool:
    """Tell whether a control is a paragraph of its own, or can become one."""
    if paragraph_of(place) is None:
        return True
    child, others = place, []
    while True:
        parent = child.getparent()
        others += [c for c in parent if c is not child and c.tag != f"{_W}pPr"]
        if parent.tag not in _EDITED:
            break
        child = parent
    said = "".join(t.text or "" for c in others for t in c.iter(f"{_W}t"))
    return parent.tag == f"{_W}p" and not said.strip()


def paragraph_of(place: Any) -> Any:
    """Return the paragraph in whose line a control stands; None if it holds paragraphs itself."""
    for one in place.iterancestors():
        if one.tag == f"{_W}p":
            return one
        if one.tag not in {*_AROUND, f"{_W}sdt", f"{_W}sdtContent"}:
            break
    return None


def wrap_in_runs(paragraph: Any) -> list[tuple[Any, str]]:
    """Put a control in the place of every placeholder of a paragraph, however its runs are cut."""
    found = []
    while matches := tagged(asked(paragraph)):
        match = matches[0]
        runs = list(_runs(paragraph))
        begin, end = match.span()
        first, before = _run_at(runs, begin)
        last, after = _run_at(runs, end - 1)
        _require_wide(first)
        place = new_control(str(parse(match[1])), first.find(f"{_W}rPr"))
        for run in runs[runs.index(first) + 1 : runs.index(last)]:
            run.getparent().remove(run)
        tail, rest = last, _text(last)[after + 1 :]
        if last is first:
            tail = deepcopy(first)
            first.addnext(tail)
        first.addnext(place)
        _set_text(tail, rest)
        _set_text(first, _text(first)[:before])
        for run in (first, tail):
            if not _holds(run):
                run.getparent().remove(run)
        found.append((place, match[1]))
    return found


def _require_wide(run: Any) -> None:
    """Refuse a control of the house that Word lets hold nothing but plain text or its own data."""
    for one in run.iterancestors(f"{_W}sdt"):
        kinds = [name for name in _NARROW if one.find(f"{_W}sdtPr/{_W}{name}") is not None]
        if kinds:
            raise DocumentError(
                f"a placeholder stands in a content control of the kind {kinds[0]}, which holds no "
                "region; make it a rich-text control"
            )


def _run_at(runs: Sequence[Any], position: int) -> tuple[Any, int]:
    for run in runs:
        length = len(_text(run))
        if position < length:
            return run, position
        position -= length
    raise AssertionError(position)


def _text(run: Any) -> str:
    return "".join(t.text or "" for t in run.iterchildren(f"{_W}t"))


def _set_text(run: Any, text: str) -> None:
    places = list(run.iterchildren(f"{_W}t"))
    for number, place in enumerate(places):
        place.text = text if not number else ""
        place.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _holds(run: Any) -> bool:
    """Tell whether something of a run is left: text, a tab, a picture."""
    return any(one.tag not in {f"{_W}rPr", f"{_W}t"} or one.text for one in run)


def new_control(wanted: str, properties: Any) -> Any:
    """Make an empty content control tagged with a placeholder; its words get this format."""
    from docx.oxml import OxmlElement

    tag = "f:" + wanted.removeprefix("forecast.")
    if len(tag) > _LONGEST_TAG:
        raise DocumentError(f"{wanted} is longer than the {_LONGEST_TAG} letters that Word keeps")
    place = OxmlElement("w:sdt")
    about = OxmlElement("w:sdtPr")
    if properties is not None:
        about.append(deepcopy(properties))
        for hidden in list(about.iter(*_HIDING)):  # a region is there to be read
            hidden.getparent().remove(hidden)
    for name, value in (("w:alias", "Forecast"), ("w:tag", tag)):
        one = OxmlElement(name)
        one.set(f"{_W}val", value)
        about.append(one)
    place.append(about)
    place.append(OxmlElement("w:sdtContent"))
    return place
