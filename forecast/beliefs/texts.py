"""Text out of the bytes of a file, in the encoding it was saved in.

UTF-8 and UTF-16 are known for certain. Windows-1252, which Excel writes in western Europe, is read
only where every word it makes looks like a word, and that is said; whatever else came is refused
with what it may be.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import pairwise

from forecast.errors import Problem

__all__ = ["Text", "cut", "decode", "western"]

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),  # begins as UTF-16 does, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SHOWN = 4  # words that a user should look at
_LOOKED_AT = 4096  # bytes in which NULs tell UTF-16 without a mark
_GUESSED_FROM = 1 << 16
#: Encodings that files of tables do come in, but for Windows-1252, which was tried.
_COMMON = (
    *("cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r"),
    *("mac_roman", "cp850", "shift_jis", "gb18030", "euc_kr", "big5"),
)

_ACCENTED = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœŠšŽžŸªº")
#: Signs that stand right before a word, right behind one, and between two letters.
_OPENING = frozenset("\u201c\u2018\u00ab\u2039\u201e\u201a\u00bf\u00a1\u2022\u00a7\u00a9\u00b0")
_CLOSING = frozenset("\u201d\u2019\u00bb\u203a\u2122\u00ae\u00b0\u00b2")
_JOINING = frozenset("\u2019\u2018\u2013\u2014\u2026\u00a0\u00b7\u00ad")
#: Quotation marks and dashes, which stand for themselves in every encoding of Windows.
_TELLING = frozenset("\u201c\u201d\u2018\u2019\u2013\u2014\u2026")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Text:
    """What a file says.

    Attributes
    ----------
    text : str
    encoding : str
        As people call it.
    note : str
        What a user should look at, where the encoding was not certain; empty otherwise.
    """

    text: str
    encoding: str = "UTF-8"
    note: str = ""


def decode(file: str, body: bytes) -> Text | Problem:
    """Decode a file: UTF-8, UTF-16 or UTF-32, or Windows-1252 where it can be nothing else.

    Parameters
    ----------
    file : str
        The file as the user named it.
    body : bytes

    Returns
    -------
    Text or Problem
        The problem names the line, and the encoding the file may have.

    Examples
    --------
    >>> decode("a.csv", "Café".encode("cp1252"))
    Text(text='Café', encoding='Windows-1252', note="was read as Windows-1252: 'Café'")
    >>> print(decode("a.csv", "Обстрел города".encode("cp1251")))
    a.csv:1: is not UTF-8 text; save it as UTF-8 (it may be Windows-1251)
    """
    for mark, codec, name in _MARKS:
        if body.startswith(mark):
            return _certain(file, body, codec, name)
    if codec := _wide(body):
        return _certain(file, body, codec, "UTF-16")
    try:
        return Text(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
    text = western(body)
    if text:
        return Text(text, "Windows-1252", f"was read as Windows-1252: {_telling(text)}")
    guess = _guessed(body)
    may_be = f" (it may be {guess})" if guess else ""
    return Problem(file, line, "", "is not UTF-8 text", f"save it as UTF-8{may_be}")


def western(body: bytes, *, sure: bool = True) -> str:
    """Read bytes that are no UTF-8 as Windows-1252; empty where that makes no words.

    With `sure` at least one word has to have a letter of the Latin alphabet beside another.

    Examples
    --------
    >>> western("Café".encode("cp1252")), western("Обстрел".encode("cp1251"))
    ('Café', '')
    """
    try:
        text = body.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return text if _plausible(text, sure=sure) else ""


def cut(text: str, most: int = 80) -> str:
    """Shorten what a message shows of a text."""
    return text if len(text) <= most else f"{text[:most]}..."


def _certain(file: str, body: bytes, codec: str, name: str) -> Text | Problem:
    try:
        return Text(body.decode(codec), name, "" if name == "UTF-8" else f"was read as {name}")
    except UnicodeDecodeError as error:
        line = body[: error.start].decode(codec, "replace").count("\n") + 1
        return Problem(file, line, "", f"begins as {name} but is not", "save it as UTF-8")


def _wide(body: bytes) -> str:
    """Name the order of bytes of UTF-16 without a mark: every second one is then mostly NUL."""
    start = body[:_LOOKED_AT]
    half = len(start) // 2
    odd, even = start[1::2].count(0), start[::2].count(0)
    if half < 4 or len(body) % 2:
        return ""
    if odd > 0.6 * half and even < 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 * half and odd < 0.1 * half else ""


def _telling(text: str) -> str:
    """Show a few words that have, between them, most of the letters that may be others."""
    seen: set[str] = set()
    shown: list[str] = []
    for word in re.findall(r"[^\s,;\"]+", text):
        strange = {sign for sign in word if not sign.isascii()}
        new = {sign for sign in strange - seen if sign.isalpha()}
        if (new or (strange and not shown)) and len(shown) < _SHOWN:
            shown.append(repr(cut(word, 30)))
            seen |= strange
    return ", ".join(shown)


def _plausible(text: str, *, sure: bool) -> bool:
    """Whether what came out as Windows-1252 looks like words of a language that uses it."""
    if not text.isprintable() and re.search(r"[\x01-\x08\x0e-\x1f\x7f]", text):
        return False
    words = _WORD.findall(text)
    shown = any(not word.isascii() and re.search("[A-Za-z]", word) for word in words)
    shown = shown or not _TELLING.isdisjoint(text)
    return (shown or not sure) and all(map(_word_like, words)) and _signs_in_place(text)


def _word_like(word: str) -> bool:
    strange = [c for c in word if not c.isascii()]
    if not _ACCENTED.issuperset(strange) or (len(word) > 1 and len(strange) == len(word)):
        return False
    if "\u0178" in word and not word.isupper():  # as which an ü of a Mac would be read
        return False
    return not any(a.islower() and b.isupper() and not b.isascii() for a, b in pairwise(word))


def _signs_in_place(text: str) -> bool:
    for before, sign, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if sign.isascii() or sign.isalpha() or sign in _JOINING:
            continue
        if after.isalpha() and (before.isalpha() or sign not in _OPENING):
            return False
        if before.isalpha() and sign not in _CLOSING:
            return False
    return True


def _guessed(body: bytes) -> str:
    """Name the encoding that charset-normalizer finds likeliest."""
    from charset_normalizer import from_bytes

    best = from_bytes(body[:_GUESSED_FROM], cp_isolation=list(_COMMON)).best()
    if best is None:
        return ""
    return best.encoding.replace("cp125", "Windows-125").replace("_", "-")
