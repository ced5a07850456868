"""Pieces of a Word document: placeholders in its text, and the content controls they become."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from forecast.briefs.placeholders import parse
from forecast.briefs.word_notes import Footnotes
from forecast.errors import DocumentError

__all__ = [
    "PLACEHOLDER",
    "TAGGED",
    "alone",
    "asked",
    "control",
    "said_in",
    "wrap_in_runs",
]

#: Namespace of WordprocessingML.
PLACEHOLDER = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#: A placeholder of ours in running text; loops of docxtpl hold other names.
TAGGED = re.compile(r"\{\{\s*(for[a-z]*cast\.[^{}]*?)\s*\}\}")

_W = f"{{{PLACEHOLDER}}}"
_LONGEST_TAG = 64  # what Word keeps


def asked(paragraph: Any) -> str:
    """Text of a paragraph outside its content controls."""
    runs = [child for child in paragraph if child.tag == f"{_W}r"]
    return "".join(t.text or "" for run in runs for t in run.iter(f"{_W}t"))


def control(element: Any) -> str | None:
    """Tell the placeholder a content control is tagged with; None if it is another's."""
    tag = element.find(f"{_W}sdtPr/{_W}tag")
    said = "" if tag is None else tag.get(f"{_W}val") or ""
    return f"forecast.{said[2:]}" if said.startswith("f:") else None


def alone(place: Any) -> bool:
    """Tell whether a control is a paragraph of its own, or can become one."""
    parent = place.getparent()
    if parent.tag != f"{_W}p":
        return True
    others = [c for c in parent if c is not place and c.tag != f"{_W}pPr"]
    return not any("".join(t.text or "" for t in c.iter(f"{_W}t")).strip() for c in others)


def said_in(place: Any, notes: Footnotes) -> str:
    """Tell what a control holds: its text, its notes, and the alternative text of its pictures."""
    content = place.find(f"{_W}sdtContent")
    out = []
    for element in content.iter():
        if element.tag == f"{_W}t":
            out.append(element.text or "")
        elif element.tag == f"{_W}footnoteReference":
            out.append(f" [{notes.text(element.get(f'{_W}id'))}]")
        elif element.tag.endswith("}docPr"):
            out.append(f"{element.get('descr')} [{element.get('name')}]")
        elif element.tag in {f"{_W}p", f"{_W}tc"}:
            out.append("\n")
    return "".join(out).strip()


def wrap_in_runs(paragraph: Any) -> list[tuple[Any, str]]:
    """Put a control in the place of every placeholder of a paragraph, however its runs are cut."""
    found = []
    while (match := TAGGED.search(asked(paragraph))) is not None:
        runs = [child for child in paragraph if child.tag == f"{_W}r"]
        begin, end = match.span()
        first, before = _run_at(runs, begin)
        last, after = _run_at(runs, end - 1)
        tail = deepcopy(last)
        _set_text(tail, _text(last)[after + 1 :])
        place = _new_control(str(parse(match[1])), first.find(f"{_W}rPr"))
        for run in runs[runs.index(first) + 1 : runs.index(last) + 1]:
            paragraph.remove(run)
        _set_text(first, _text(first)[:before])
        first.addnext(place)
        place.addnext(tail)
        for run in (first, tail):
            if not _text(run):
                paragraph.remove(run)
        found.append((place, match[1]))
    return found


def _run_at(runs: Sequence[Any], position: int) -> tuple[Any, int]:
    for run in runs:
        length = len(_text(run))
        if position < length:
            return run, position
        position -= length
    raise AssertionError(position)


def _text(run: Any) -> str:
    return "".join(t.text or "" for t in run.iter(f"{_W}t"))


def _set_text(run: Any, text: str) -> None:
    places = list(run.iter(f"{_W}t"))
    for number, place in enumerate(places):
        place.text = text if not number else ""
        place.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _new_control(wanted: str, properties: Any) -> Any:
    from docx.oxml import OxmlElement

    tag = "f:" + wanted.removeprefix("forecast.")
    if len(tag) > _LONGEST_TAG:
        raise DocumentError(f"{wanted} is longer than the {_LONGEST_TAG} letters that Word keeps")
    place = OxmlElement("w:sdt")
    about = OxmlElement("w:sdtPr")
    if properties is not None:
        about.append(deepcopy(properties))
    for name, value in (("w:alias", "Forecast"), ("w:tag", tag)):
        one = OxmlElement(name)
        one.set(f"{_W}val", value)
        about.append(one)
    place.append(about)
    place.append(OxmlElement("w:sdtContent"))
    return place
