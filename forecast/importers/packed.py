"""Files out of gzip and zip, one stream after another, packed in one another or not."""

from __future__ import annotations

import gzip
import io
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Any, Final, cast

from forecast.beliefs.workbooks import inside, workbook_part
from forecast.errors import ReportsError

__all__ = ["BROKEN", "Stream", "streams"]

#: What is raised where an archive is damaged or breaks off.
BROKEN: Final = (
    *(EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, UnicodeError, RuntimeError),
    NotImplementedError,
)

type Stream = io.BufferedReader[Any]

_PACKED: Final = 1 << 15  # what is lost, at most, before the place where an archive breaks off
_DEEPEST: Final = 3
_SPOOLED: Final = 1 << 24
#: Text does not shrink to a three-hundredth; what unpacks to more is made to fill a machine.
_UNPACKED: Final = 300
_UNSUSPECTED: Final = 1 << 28
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
#: Where the name of a tar archive's format stands.
_TAR: Final = slice(257, 262)


class _Bounded(io.RawIOBase):
    """A stream that refuses to give hundreds of times what it is packed in."""

    def __init__(self, inner: Any, file: str, packed: int) -> None:
        self._inner, self._file = inner, file
        self._left = max(_UNSUSPECTED, _UNPACKED * packed)

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read on, or refuse."""
        body = self._inner.read(len(buffer))
        self._left -= len(body)
        if self._left < 0:
            raise ReportsError(
                f"{self._file}: unpacks to more than {_UNPACKED} times its size, as no file of "
                "events does; unpack it yourself and look at it"
            )
        buffer[: len(body)] = body
        return len(body)


def streams(raw: Stream, file: str, *, size: int, depth: int = 0) -> Iterator[tuple[str, Stream]]:
    """Give every file in a file, with the name it is told by; a plain one is given as it is.

    Parameters
    ----------
    raw : BufferedReader
        At its beginning.
    file : str
        As the user named it.
    size : int
        Bytes it has.

    Raises
    ------
    ReportsError
        For a password, a tar archive, archives deeper than three in one another, and one that
        unpacks to hundreds of times its size.
    """
    start = raw.peek(512)[:512]
    packed = start[:2] == b"\x1f\x8b" or start[:4] in _ZIP
    if packed and depth >= _DEEPEST:
        raise ReportsError(
            f"{file}: is packed more than {_DEEPEST} times over; unpack it once or more"
        )
    if start[:2] == b"\x1f\x8b":
        with _buffered(_Bounded(gzip.GzipFile(fileobj=raw), file, size)) as stream:
            yield from streams(stream, file, size=size, depth=depth + 1)
    elif start[:4] in _ZIP:
        with SpooledTemporaryFile(max_size=_SPOOLED) as copy:
            if not raw.seekable():
                shutil.copyfileobj(raw, copy)
                copy.seek(0)
            whole = cast("Stream", raw if raw.seekable() else copy)
            with zipfile.ZipFile(whole) as archive:
                if workbook_part(archive.namelist()):
                    yield file, whole
                elif (said := inside(archive.namelist())) is not None:
                    raise ReportsError(f"{file}: {said[0]}; {said[1]}")
                else:
                    yield from _members(archive, file, depth)
    elif start[_TAR] == b"ustar":
        raise ReportsError(f"{file}: is a tar archive; unpack it, and name the files in it")
    else:
        yield file, raw


def _members(archive: zipfile.ZipFile, file: str, depth: int) -> Iterator[tuple[str, Stream]]:
    for member in archive.infolist():
        name = f"{file}/{member.filename}"
        if member.is_dir() or member.filename.startswith("__MACOSX/"):
            continue
        if member.flag_bits & 1:
            raise ReportsError(f"{name}: needs a password; unpack it first")
        packed = member.compress_size
        with archive.open(member) as inner, _buffered(_Bounded(inner, name, packed)) as stream:
            yield from streams(stream, name, size=packed, depth=depth + 1)


def _buffered(stream: io.RawIOBase) -> Stream:
    return io.BufferedReader(stream, _PACKED)
