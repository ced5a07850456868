"""Text of others made harmless for where it goes: one function for each kind of place.

Markup has its own beside the writer of each format; what they share is here.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

__all__ = ["cell", "csv_rows", "json_text", "line", "uncell", "visible"]

#: What a spreadsheet takes for a formula; with an apostrophe before it, for text.
_FORMULA = re.compile(
    r"'*(?:[\t\r\n]|[\s\u00ad\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])"
)
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?%?")
#: Marks that turn the order of what follows, or of what stands around them.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _active(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cc", "Cs"} or letter in _TURNING


def line(text: str) -> str:
    r"""Write a text as one line of a document: blanks for newlines, and no controls.

    Examples
    --------
    >>> line("one\n\ntwo\x1b[2J"), line("a\u202eb")
    ('one two[2J', 'ab')
    """
    return " ".join("".join(c for c in text if c.isspace() or not _active(c)).split())


def visible(text: str) -> str:
    r"""Write what a terminal would act on as what it is; newlines and tabs stay.

    Examples
    --------
    >>> visible("red \x1b[31m\nnext"), visible("a\u202eb")
    ('red \\x1b[31m\nnext', 'a\\u202eb')
    """
    return "".join(ascii(c)[1:-1] if _active(c) and c not in "\n\t" else c for c in text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    r"""Write plain values as JSON whose letters stand as they are, but for what a terminal acts on.

    Examples
    --------
    >>> json_text({"a": "caf\xe9 \x9b\u202e"})
    '{"a": "caf\xe9 \\u009b\\u202e"}'
    """
    # JSON has newlines of its own between values alone, where they stand for nothing
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return "".join(rf"\u{ord(c):04x}" if _active(c) and c != "\n" else c for c in text)


def cell(text: str) -> str:
    """Write a text as a cell that no spreadsheet takes for a formula; numbers stay numbers.

    Examples
    --------
    >>> cell("=1+1"), cell("-5.2"), cell("us-gov")
    ("'=1+1", '-5.2', 'us-gov')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def uncell(text: str) -> str:
    """Take away again the apostrophe that `cell` put before a text.

    Examples
    --------
    >>> uncell("'=1+1"), uncell("'tis so"), uncell(cell("'=x"))
    ('=1+1', "'tis so", "'=x")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def csv_rows(table: Iterable[Iterable[object]]) -> str:
    r"""Write rows as CSV, each text so that no spreadsheet takes it for a formula.

    Examples
    --------
    >>> csv_rows([("name", "value"), ("=1+1", -2)])
    "name,value\n'=1+1,-2\n"
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([cell(x) if isinstance(x, str) else x for x in row] for row in table)
    return out.getvalue()
