"""Documents as files: read whole, written whole or not at all."""

from __future__ import annotations

import codecs
from pathlib import Path

from forecast.errors import DocumentError, OutputError
from forecast.files import write

__all__ = ["ending", "read_bytes", "read_text", "write_whole"]

_LARGEST = 50_000_000


def ending(path: Path) -> str:
    """Return the ending of a name, in small letters."""
    return path.suffix.lower()


def read_bytes(path: Path) -> bytes:
    """Read a document.

    Raises
    ------
    DocumentError
        If it is not there, cannot be read, or is larger than 50 MB.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise DocumentError(f"{path}: is larger than 50 MB; allowed: a document")
        return path.read_bytes()
    except OSError as error:
        reason = "there is no such file" if not path.exists() else error.strerror
        raise DocumentError(f"{path}: {reason}; name a document you can read") from None


def read_text(path: Path) -> str:
    """Read a document in UTF-8; its line ends and its byte order mark stay.

    Raises
    ------
    DocumentError
        Also where it is not UTF-8, with the line.
    """
    body = read_bytes(path)
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DocumentError(f"{path}: is in UTF-16; save it in UTF-8")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise DocumentError(f"{path}:{line}: is not UTF-8; save it in UTF-8") from None


def write_whole(path: Path, body: bytes) -> Path:
    """Write a document whole or not at all; a file that cannot be written to stays as it is.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    _require_closed(path.resolve() if path.is_symlink() else path)
    return write(path, body)


def _require_closed(path: Path) -> None:
    """Refuse a document that Word or LibreOffice holds open: it would overwrite ours."""
    marks = (f"~${path.name[2:]}", f"~${path.name}", f".~lock.{path.name}#")
    held = next((mark for mark in marks if (path.parent / mark).exists()), None)
    if held is not None:
        raise OutputError(f"{path}: is open in another program ({held}); close it there first")
