"""A second anchor of every region of a Word document: a bookmark at each of its ends.

LibreOffice keeps content controls and loses their tags, and by way of OpenDocument it loses those
of whole paragraphs altogether. Of bookmarks it keeps those that lie within one paragraph, both
ways; so each end has its own, in the first and in the last paragraph of the region.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from forecast.briefs.word_parts import control, new_control

__all__ = ["mark", "restore", "unmark"]

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
