"""Fingerprint of a PDF: of everything a reader could show, in the order in which it is reached.

Numbers of objects, the record itself and the description of the file are left out, so that a
document has one fingerprint, whatever record is attached to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

__all__ = ["Unpacking", "looks"]

_APART: Final = {"/Metadata", "/EmbeddedFiles", "/AF", "/Length", "/Filter", "/DecodeParms"}
_MOST: Final = 1_000_000  # values
_LARGEST: Final = 500_000_000  # letters, unpacked; a brief with its charts has 15 million


class Unpacking:
    """Unpacks the streams of one PDF, of which a small file may hold gigabytes."""

    def __init__(self) -> None:
        self.size = 0

    def fingerprint(self, stream: Any) -> bytes:
        """Fingerprint of what a stream holds.

        Raises
        ------
        ValueError
            If all so far hold more than a document does.
        """
        data = stream.get_data()
        self.size += len(data)
        if self.size > _LARGEST:
            raise ValueError(f"they unpack to more than {_LARGEST:,} letters")
        return sha256(data).digest()


def looks(reader: Any, unpacking: Unpacking) -> str:
    """Fingerprint of all that the catalogue of a PDF leads to, its attachments left out.

    Raises
    ------
    ValueError
        If that is more than a document holds.
    """
    total = sha256()
    for number, said in enumerate(_said(reader.trailer["/Root"], unpacking)):
        if number > _MOST:
            raise ValueError("it holds more than a document does")
        total.update(said + b"\n")
    return total.hexdigest()[:16]


def _said(first: Any, unpacking: Unpacking) -> Iterator[bytes]:
    """Every value as bytes; an object that was met before is its number in the order of meeting."""
    met: dict[tuple[int, int], int] = {}
    waiting = [first]
    while waiting:
        value = waiting.pop()
        if isinstance(value, bytes):
            yield value
            continue
        held = getattr(value, "indirect_reference", None) or value
        if hasattr(held, "idnum"):
            key = (held.idnum, held.generation)
            if key in met:
                yield b"again %d" % met[key]
                continue
            met[key] = len(met)
            value = held.get_object()
        yield from _one(value, waiting, unpacking)


def _one(value: Any, waiting: list[Any], unpacking: Unpacking) -> Iterator[bytes]:
    if hasattr(value, "raw_get"):  # a dictionary, whose values may be references
        names = sorted(name for name in value if name not in _APART)
        yield b"<< %d" % len(names)
        if hasattr(value, "get_data"):
            yield unpacking.fingerprint(value)
        for name in reversed(names):
            waiting += [value.raw_get(name), str(name).encode()]
    elif isinstance(value, list):
        yield b"[ %d" % len(value)
        waiting.extend(reversed(value))
    else:
        yield repr(value).encode("utf-8", "backslashreplace")
