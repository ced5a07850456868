"""The files of draws beside the ledger: written whole or not at all, and checked when read."""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from forecast.errors import LedgerError
from forecast.ledger.faults import explained
from forecast.ledger.hashing import file_hash
from forecast.ledger.records import PosteriorRecord
from forecast.ledger.tables import ID_DIGITS

__all__ = ["file_problem", "flush", "remove_orphans", "written"]

_OURS = re.compile(rf"(writing-)?[0-9a-f]{{{ID_DIGITS}}}\.[A-Za-z0-9]+")


@contextmanager
def written(folder: Path, write: Callable[[Path], object], *, suffix: str) -> Iterator[Path]:
    """Give a file that ``write`` completed, on the disk, under a passing name.

    Raises
    ------
    LedgerError
        If the folder or the file cannot be written, or ``write`` left no file.
    """
    file = folder / f"writing-{secrets.token_hex(ID_DIGITS // 2)}{suffix}"
    with explained(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with explained(str(file)):
            write(file)
            if not file.is_file():
                raise LedgerError(f"{file}: the posterior was not written; allowed: one file")
            flush(file)
        yield file
    finally:
        file.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:
        if path.is_dir():  # Windows does not open folders; it needs no flush for names
            return
        raise
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_problem(record: PosteriorRecord) -> str | None:
    """Return what is wrong with a posterior's file, in one line; None if it is whole."""
    try:
        found = file_hash(record.path)
    except OSError as error:
        return f"{record.path}: the posterior file cannot be read ({error.strerror})"
    if found != record.file_hash:
        return f"{record.path}: the posterior file was changed after it was recorded"
    return None


def remove_orphans(folder: Path, *, named: Collection[str], older_than: timedelta) -> list[str]:
    """Remove files that have a name of ours, no row, and no recent change; return their names."""
    limit = time.time() - older_than.total_seconds()
    removed = []
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        orphan = _OURS.fullmatch(file.name) and f"{folder.name}/{file.name}" not in named
        if orphan and file.is_file() and file.stat().st_mtime <= limit:
            file.unlink()
            removed.append(file.name)
    return removed
