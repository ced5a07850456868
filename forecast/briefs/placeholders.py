"""Placeholders: ``forecast.NAME("argument", most=5)``, read without running anything else.

Only a call of one word of the vocabulary with plain texts and numbers is understood; a document
from elsewhere can therefore do nothing but ask for what the vocabulary gives.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from typing import Any

from forecast.briefs.blocks import Block, Prose
from forecast.briefs.vocabulary import BLOCKS, INLINE, Vocabulary
from forecast.errors import DocumentError
from forecast.names import nearest

__all__ = ["Placeholder", "evaluate", "parse", "plain"]

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
