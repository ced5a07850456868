"""Where a text document asks for a forecast: placeholders, and regions filled before.

::

    {{ forecast.probability("talks") }}                          a placeholder
    <span data-forecast='forecast.probability("talks")'>58%</span>      a region in a sentence
    <!-- forecast.judgements() -->                               a region of its own
    ...
    <!-- /forecast -->

Code, fenced or between backticks, is left alone, so that a document can speak of placeholders.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from forecast.briefs.placeholders import Placeholder, parse, plain
from forecast.errors import DocumentError, Problem

__all__ = ["END", "Slot", "Wanted", "code_places", "opening", "ours", "scan", "unfilled"]

END = "<!-- /forecast -->"

_FENCE = re.compile(
    r"^ {0,3}(`{3,}|~{3,})[^\n]*\n(?:.*?^ {0,3}\1[`~]*[ \t]*\r?$|.*\Z)", re.MULTILINE | re.DOTALL
)
_CODE = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n[ \t]*\r?\n).)+?(?<!`)\1(?!`)", re.DOTALL)
_BEGIN = re.compile(
    r"(?P<region><!--\s*(?P<a>forecast\..*?)\s*-->)"
    r"|(?P<span><span data-forecast='(?P<b>[^'\n]*)'>)"
    r"|(?P<slot>\{\{\s*(?P<c>[^{}\n]*?)\s*\}\})"
    r"|(?P<torn>\{\{\s*forecast\.)"
    r"|(?P<end><!--\s*/forecast\s*-->)",
    re.DOTALL,
)
_END_OF_REGION = re.compile(r"<!--\s*/forecast\s*-->")
_END_OF_SPAN = re.compile(r"</span>")


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a text that belongs to the forecast.

    Attributes
    ----------
    start, end : int
        The whole place, markers included.
    line : int
        From 1.
    form : {"placeholder", "region", "span"}
    wanted : Placeholder
    body : str
        What stands in a region; empty for a placeholder.
    alone : bool
        Whether it is a paragraph of its own.
    """

    start: int
    end: int
    line: int
    form: Literal["placeholder", "region", "span"]
    wanted: Placeholder
    body: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A begun place whose end is still to be found."""

    start: int
    body: int
    form: Literal["placeholder", "region", "span"]
    said: str


def scan(text: str, *, name: str) -> list[Slot]:
    """Find every place that belongs to the forecast, in order.

    Parameters
    ----------
    text : str
    name : str
        Of the document, for messages.

    Raises
    ------
    DocumentError
        With every place that cannot be read: its line, what came, and what is allowed.
    """
    code = code_places(text)
    slots: list[Slot] = []
    problems: list[Problem] = []
    reached = 0
    while (begun := _next(text, reached, code)) is not None:
        line = text.count("\n", 0, begun.start) + 1
        try:
            end, body = _finish(text, begun)
            slots.append(
                Slot(
                    begun.start,
                    end,
                    line,
                    begun.form,
                    parse(begun.said),
                    body,
                    _alone(text, begun.start, end),
                )
            )
        except DocumentError as error:
            problems.append(Problem(name, line, "", str(error)))
            end = begun.body
        reached = end
    if problems:
        raise DocumentError(str(problems[0]), problems=problems)
    return slots


def opening(wanted: Placeholder, *, span: bool) -> str:
    r"""Marker that begins a region.

    Examples
    --------
    >>> opening(parse('forecast.word("talks")'), span=True)
    '<span data-forecast=\'forecast.word("talks")\'>'
    """
    if span:
        said = str(wanted).replace("&", "&amp;").replace("'", "&#39;")
        return f"<span data-forecast='{said}'>"
    return f"<!-- {wanted} -->"


def unfilled(text: str, slots: list[Slot], *, without: str = "") -> str:
    """Text with every region turned back into its placeholder; those of one word are left out."""
    out, reached = [], 0
    for slot in slots:
        said = "" if slot.wanted.name == without else f"{{{{ {slot.wanted} }}}}"
        out += [text[reached : slot.start], said]
        reached = slot.end
    return "".join([*out, text[reached:]])


def _next(text: str, start: int, code: list[tuple[int, int]]) -> Wanted | None:
    for found in _BEGIN.finditer(text, start):
        if any(low <= found.start() < high for low, high in code):
            continue
        if found["end"]:
            return Wanted(found.start(), found.end(), "region", "")
        if found["torn"]:
            return Wanted(found.start(), found.end(), "placeholder", "")
        if found["slot"]:
            if ours(found["c"]):
                return Wanted(found.start(), found.end(), "placeholder", found["c"])
            continue
        if found["span"]:
            return Wanted(found.start(), found.end(), "span", html.unescape(found["b"]))
        return Wanted(found.start(), found.end(), "region", found["a"])
    return None


def ours(said: str) -> bool:
    """Tell a placeholder of ours, also a misspelt one, from those of other programs."""
    first = re.split(r"\W", plain(said), maxsplit=1)[0]
    return "." in said and bool(get_close_matches(first, ["forecast"], cutoff=0.75))


def _finish(text: str, begun: Wanted) -> tuple[int, str]:
    """Return where a place ends, and its body."""
    if not begun.said and begun.form == "placeholder":
        raise DocumentError("a placeholder is torn; close it with }} on its own line")
    if not begun.said:
        raise DocumentError(f"{END} closes nothing; remove it, or open a region before it")
    if begun.form == "placeholder":
        return begun.body, ""
    closing = _END_OF_REGION if begun.form == "region" else _END_OF_SPAN
    end = closing.search(text, begun.body)
    if end is None:
        mark = END if begun.form == "region" else "</span>"
        raise DocumentError(f"the region {begun.said} is not closed; close it with {mark}")
    body = text[begun.body : end.start()]
    if _BEGIN.search(body):
        inner = _BEGIN.search(body)
        if inner and (inner["region"] or inner["span"]):
            raise DocumentError(f"the region {begun.said} holds another; close it with {END} first")
    return end.end(), body


def _alone(text: str, start: int, end: int) -> bool:
    """Tell whether nothing else stands in the paragraph of a place."""
    before, after = text[:start], text[end:]
    return bool(re.search(r"(\A\ufeff?|\n[ \t]*\r?\n|\A\s*\n)[ \t]{0,3}\Z", before)) and bool(
        re.match(r"[ \t]*(\r?\n[ \t]*(\r?\n|\Z)|\Z)", after)
    )


def code_places(text: str) -> list[tuple[int, int]]:
    """List where code stands in a text, fenced or between backticks, in order."""
    return sorted(_code(text))


def _code(text: str) -> Iterator[tuple[int, int]]:
    fenced = [found.span() for found in _FENCE.finditer(text)]
    yield from fenced
    for found in _CODE.finditer(text):
        if not any(low < found.end() and found.start() < high for low, high in fenced):
            yield found.span()
