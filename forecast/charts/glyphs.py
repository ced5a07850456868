"""Letters the bundled font lacks: which installed font has them, and which way they run.

The bundled font has Latin, Greek and Cyrillic letters. For others a font of the machine is taken,
one of the Noto Sans family if there is one; DejaVu Sans, which comes with matplotlib, has Arabic,
Hebrew, Georgian, Armenian and many signs.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

from matplotlib.font_manager import (
    FontEntry,
    findSystemFonts,
    fontManager,
    get_font,
    weight_dict,
)

from forecast.charts import style

__all__ = ["directed", "families", "files_of", "lacking"]

#: Fonts that draw a letter's frame instead of the letter, or signs at other letters' places.
_NEVER = ("Last Resort", "cm", "STIXNonUnicode", "STIXSize", "OpenSymbol")
_MARK = "\N{LEFT-TO-RIGHT MARK}"
# Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms, with what stands between them
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RUN = re.compile(rf"[{_RTL}](?:[^A-Za-z\n{_MARK}]*[{_RTL}])?")


def families(words: str) -> list[str]:
    """Families to set a text in: the bundled one first, then those that have what it lacks."""
    missing = _beyond(words)
    return [style.FAMILY, *_found(missing)[0]] if missing else [style.FAMILY]


def lacking(words: str) -> str:
    """Letters of a text for which this machine has no font, each once, in order of code."""
    missing = _beyond(words)
    return "".join(sorted(_found(missing)[1])) if missing else ""


def directed(words: str) -> str:
    """Mark names that run from right to left, so that numbers after them stay where they are.

    Sentences and numbers on a chart run from left to right, whatever letters a name in them has.

    Examples
    --------
    >>> directed("Truce 24%")
    'Truce 24%'
    >>> directed("\u05d0\u05d1 24%") == "\u200e\u05d0\u05d1\u200e 24%"
    True
    """
    if not re.search(f"[{_RTL}]", words):
        return words
    lines = (_RUN.sub(rf"\g<0>{_MARK}", line) for line in words.split("\n"))
    return "\n".join(f"{_MARK}{line}" for line in lines)


@lru_cache(maxsize=16384)
def _beyond(words: str) -> frozenset[str]:
    """Letters of a text that the bundled font would print as empty boxes."""
    return frozenset(c for c in words if ord(c) not in _bundled() and not _is_unseen(c))


def _is_unseen(letter: str) -> bool:
    """Whether a character prints nothing of its own: a joiner, a mark of direction, a line end."""
    return (
        unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f" or letter in "\n\t"
    )


@cache
def _bundled() -> frozenset[int]:
    both = (frozenset(get_font(style.font_path(bold=bold)).get_charmap()) for bold in (False, True))
    return next(both) & next(both)


@cache
def _found(missing: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Find families that together have some letters, and which letters none has."""
    names, left = _search(missing)
    if left and _newly_installed():
        _installed.cache_clear()
        names, left = _search(missing)
    return names, left


def _search(missing: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    names: list[str] = []
    left = set(missing)
    for name in _installed():
        if not left:
            break
        if has := {c for c in left if ord(c) in _letters(name)}:
            names.append(name)
            left -= has
    return tuple(names), frozenset(left)


def _newly_installed() -> bool:
    """Take in fonts that were installed after matplotlib made its list; say whether any was."""
    known = {entry.fname for entry in fontManager.ttflist}
    new = [path for path in findSystemFonts() if path not in known]
    for path in new:
        try:
            fontManager.addfont(path)
        except (OSError, RuntimeError, ValueError):  # no font that can be read
            continue
    return bool(new)


@cache
def _installed() -> tuple[str, ...]:
    """Families in the order they are tried."""
    names = {entry.name for entry in fontManager.ttflist if _is_plain(entry)}
    return tuple(sorted(names, key=lambda name: (_rank(name), name)))


def _is_plain(entry: FontEntry) -> bool:
    name = entry.name
    return entry.style == "normal" and not name.startswith(_NEVER) and name != style.FAMILY


def _rank(name: str) -> int:
    wanted = ("Noto Sans", "DejaVu Sans")
    if name in wanted or (name.startswith("Noto Sans") and "Mono" not in name):
        return wanted.index(name) if name in wanted else 0
    return 3 if "Mono" in name or "Serif" in name else 2


@cache
def _letters(name: str) -> frozenset[int]:
    """Letters that a family has in both weights charts use."""
    return frozenset.intersection(*_charmaps(name))


def files_of(name: str) -> Iterator[tuple[int, str]]:
    """Give the files of a family for the two weights charts use."""
    faces = [f for f in fontManager.ttflist if f.name == name and f.style == "normal"]
    for weight in (400, 700):
        yield weight, min(faces, key=lambda f: abs(_weight(f) - weight)).fname


def _charmaps(name: str) -> Iterator[frozenset[int]]:
    for _, path in files_of(name):
        try:
            font = get_font(path)
            yield frozenset(font.get_charmap() if font.scalable else ())
        except (OSError, RuntimeError, ValueError):  # bitmaps in colour, or a damaged file
            yield frozenset()


def _weight(face: FontEntry) -> int:
    return weight_dict.get(face.weight, 400) if isinstance(face.weight, str) else int(face.weight)


def _is_told(record: logging.LogRecord) -> bool:
    return "Failed to find font weight" not in str(record.msg)


# a font without a bold face is bold enough; matplotlib would say so of every chart
logging.getLogger("matplotlib.font_manager").addFilter(_is_told)
# and a PDF holds what is drawn of a font, whatever else the font's makers left in it
logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
