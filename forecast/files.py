"""Files of the user: written whole or not at all, and left as they were in everything else.

What stood there keeps its permissions, its owner and its names: a symbolic link is written
through, and a file with several names (hard links) is written where it is. Only such a file, and
one whose owner cannot be kept, is not replaced in one step; if writing it fails, the old bytes are
put back.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from forecast.errors import OutputError

__all__ = ["beside", "put", "refusal", "write"]

_PRIVATE = 0o600
_FULL = {errno.ENOSPC, errno.EDQUOT}


def refusal(error: OSError, way_out: str) -> str:
    """Say why the system does not write, and the way out; of a full disk it is always the same.

    Examples
    --------
    >>> refusal(PermissionError(errno.EACCES, "Permission denied"), "name another folder")
    '(Permission denied); name another folder'
    >>> refusal(OSError(errno.ENOSPC, "No space left on device"), "name another folder")
    '(No space left on device); free some space on that disk and do it again'
    """
    full = error.errno in _FULL
    way_out = "free some space on that disk and do it again" if full else way_out
    return f"({error.strerror or type(error).__name__}); {way_out}"


def write(path: Path, body: bytes) -> Path:
    """Write a file whole or not at all, with the permissions and links of the one before.

    Raises
    ------
    OutputError
        When it cannot be written; what stood there stays.
    """
    with beside(path, make=True) as part:
        part.write_bytes(body)
        put(part, path)
    return path


@contextmanager
def beside(path: Path, *, make: bool = False) -> Iterator[Path]:
    """Give an empty file beside a path, to be written, looked at, and `put` in its place.

    Nobody else can read it where the file that it will replace is there; it is gone at the end.

    Parameters
    ----------
    path : Path
    make : bool
        Whether a folder that is missing is made.

    Raises
    ------
    OutputError
        When it, or what is done with it, cannot be written.
    """
    target = _target(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        if make:
            target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        part.touch(mode=_PRIVATE if target.exists() else 0o666, exist_ok=False)
        yield part
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        why = refusal(error, "choose a folder you can write to")
        raise OutputError(f"{path}: cannot be written {why}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def put(part: Path, path: Path) -> None:
    """Put a whole file in the place of another, which keeps its permissions and its links.

    Raises
    ------
    OSError
        When that cannot be done; what stood there stays.
    """
    target = _target(path)
    if not target.exists():
        part.replace(target)
        return
    with target.open("r+b"):
        pass  # a file that is not to be written to is not to be replaced either
    if target.stat().st_nlink > 1 or not _dressed(part, target):
        _overwrite(target, part.read_bytes())
    else:
        part.replace(target)


def _target(path: Path) -> Path:
    return path.resolve() if path.is_symlink() else path


def _dressed(part: Path, target: Path) -> bool:
    """Give a new file owner, permissions and attributes of the old; tell whether that worked."""
    was = target.stat()
    try:
        own = part.stat()
        if (own.st_uid, own.st_gid) != (was.st_uid, was.st_gid):
            os.chown(part, was.st_uid, was.st_gid)
        shutil.copystat(target, part)
        os.utime(part)
    except OSError:
        return False
    return True


def _overwrite(target: Path, body: bytes) -> None:
    old = target.read_bytes()
    try:
        _fill(target, body)
    except OSError:
        with suppress(OSError):
            _fill(target, old)
        raise


def _fill(target: Path, body: bytes) -> None:
    with target.open("r+b") as file:
        file.write(body)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
