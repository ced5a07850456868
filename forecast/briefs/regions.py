"""Where a text document asks for a forecast: placeholders, and regions filled before.

Only a call of one word of the vocabulary with plain texts and numbers is understood; a document
from elsewhere can therefore do nothing but ask for what the vocabulary gives.

::

    {{ forecast.probability("talks") }}                          a placeholder
    <span data-forecast='forecast.probability("talks")'>58%</span>      a region in a sentence
    <!-- forecast.judgements() -->                               a region of its own
    ...
    <!-- /forecast -->

Code, fenced or between backticks, is left alone, so that a document can speak of placeholders.
"""

from __future__ import annotations

import ast
import html
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from forecast.briefs.blocks import Block, Prose
from forecast.briefs.vocabulary import BLOCKS, INLINE, Vocabulary
from forecast.errors import DocumentError, Problem
from forecast.names import nearest

__all__ = [
    "END",
    "Placeholder",
    "Slot",
    "Wanted",
    "code_places",
    "evaluate",
    "opening",
    "ours",
    "parse",
    "plain",
    "scan",
    "unfilled",
]

#: Signs nobody sees, which copying from elsewhere leaves in a placeholder.
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_CURLY = _UNSEEN | str.maketrans(
    {"“": '"', "”": '"', "„": '"', "\u2018": "'", "\u2019": "'", "\u00a0": " "}
)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A call of the vocabulary as it stands in a document."""

    name: str
    arguments: tuple[str | int, ...]
    options: tuple[tuple[str, str | int], ...]

    def __str__(self) -> str:
        given = [_quoted(a) for a in self.arguments]
        given += [f"{name}={_quoted(value)}" for name, value in self.options]
        return f"forecast.{self.name}({', '.join(given)})"


def parse(text: str) -> Placeholder:
    """Read a placeholder; curly quotation marks, as Word types them, are understood.

    Raises
    ------
    DocumentError
        If it is no call of the vocabulary, with the nearest spelling.

    Examples
    --------
    >>> str(parse(" forecast.probability('talks',  'broken') "))
    'forecast.probability("talks", "broken")'
    """
    said = plain(text)
    try:
        call = ast.parse(said, mode="eval").body
    except (SyntaxError, ValueError):
        raise DocumentError(_shape(said)) from None
    if isinstance(call, ast.Attribute):
        call = ast.Call(call, [], [])
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
        raise DocumentError(_shape(said))
    if not (isinstance(call.func.value, ast.Name) and call.func.value.id == "forecast"):
        raise DocumentError(_shape(said))
    name = call.func.attr
    if name not in (*INLINE, *BLOCKS):
        hint = nearest(name, (*INLINE, *BLOCKS)) or "docs/briefs.md lists what there is"
        raise DocumentError(f"unknown placeholder forecast.{name}; {hint}")
    arguments = tuple(_constant(node, said) for node in call.args)
    options = tuple((k.arg or "**", _constant(k.value, said)) for k in call.keywords)
    _require_fitting(name, arguments, dict(options))
    return Placeholder(name, arguments, options)


def plain(text: str) -> str:
    """Text of a placeholder as it was meant: straight quotation marks, blanks, no unseen signs."""
    return " ".join(text.translate(_CURLY).split())


def evaluate(placeholder: Placeholder, vocabulary: Vocabulary) -> Block:
    """Give what a placeholder stands for.

    Raises
    ------
    DocumentError
        If the forecast has no such judgement, question or state.
    """
    method = getattr(vocabulary, placeholder.name)
    value = method(*placeholder.arguments, **dict(placeholder.options))
    return Prose((value,)) if isinstance(value, str) else value


def _require_fitting(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Refuse a number or kind of arguments that the word does not take."""
    signature = inspect.signature(getattr(Vocabulary, name))
    takes = [p for p in signature.parameters.values() if p.name != "self"]
    form = f"forecast.{name}({', '.join(_form(p) for p in takes)})"
    try:
        bound = signature.bind(None, *arguments, **options)
    except TypeError as error:
        raise DocumentError(f"forecast.{name}: {error}; write {form}") from None
    for given, value in bound.arguments.items():
        wanted = int if given == "most" else str
        values = value if isinstance(value, tuple) else (value,)
        if given != "self" and not all(isinstance(v, wanted) for v in values):
            raise DocumentError(f"forecast.{name}: {value!r} came for {given}; write {form}")


def _form(parameter: inspect.Parameter) -> str:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f'"{parameter.name.upper()}", ...'
    return f"{parameter.name}=10" if parameter.name == "most" else f'"{parameter.name.upper()}"'


def _constant(node: ast.expr, said: str) -> str | int:
    if isinstance(node, ast.Constant) and type(node.value) in {str, int}:
        value: str | int = node.value  # type: ignore[assignment]
        return value
    raise DocumentError(_shape(said))


def _quoted(value: str | int) -> str:
    return str(value) if isinstance(value, int) else '"' + value.replace('"', '\\"') + '"'


def _shape(said: str) -> str:
    shown = said if len(said) <= 60 else said[:57] + "..."
    return f'{shown!r} is no placeholder; write such as forecast.probability("NODE")'


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


def ours(text: str) -> bool:
    """Tell a placeholder of ours, also a misspelt one, from those of other programs."""
    first = re.split(r"\W", plain(text), maxsplit=1)[0]
    return "." in text and bool(get_close_matches(first, ["forecast"], cutoff=0.75))


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
