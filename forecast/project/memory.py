"""What was worked out for an issue, kept beside the ledger by what it is a function of."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.errors import LedgerError, OutputError
from forecast.fingerprints import code_fingerprint
from forecast.ledger import content_hash
from forecast.project.project import Project

__all__ = ["Memo"]

_SEAL = "content_hash"
_UNREADABLE = (OSError, ValueError, TypeError, LookupError, AttributeError, LedgerError)


@dataclass(frozen=True)
class Memo:
    """Something that is worked out once for its inputs and the code that works it out.

    Attributes
    ----------
    project : Project
        Whose memory it goes into, at ``.forecast/analyses/``.
    name : str
        What it is, such as ``weights-tech_transfer``.
    of : tuple of str
        What it is worked out from: the id of an issue, then whatever else it depends on.
    by : str
        Name of the module that works it out, which stands for all that it imports and reads.
    """

    project: Project
    name: str
    of: tuple[str, ...]
    by: str

    @property
    def place(self) -> Path:
        """The file it is kept in."""
        key = content_hash([self.of, code_fingerprint(self.by)])[:16]
        name = f"{self.of[0][:16]}-{key}-{self.name}.json"
        return self.project.memory / "analyses" / name

    def keep(self, value: dict[str, Any]) -> None:
        """Keep plain values; where they cannot be written they are worked out again."""
        _write(self.place, value)

    def kept(self) -> dict[str, Any] | None:
        """Return what was kept; nothing if there is none that can be read."""
        try:
            return dict(_read(self.place))
        except _UNREADABLE:
            return None

    def remembered[T](
        self, work: Callable[[], T], *, plain: Callable[[T], Any], read: Callable[[Any], T]
    ) -> T:
        """Return what was worked out, or work it out and keep it; nothing empty is kept.

        Parameters
        ----------
        work : callable
        plain, read : callable
            To values that JSON holds, and back.
        """
        try:
            return read(_read(self.place)["value"])
        except _UNREADABLE:
            found = work()
        if found:
            self.keep({"value": plain(found)})
        return found


def _read(place: Path) -> Any:
    """Read what was kept, if it is still what was written: anything else is worked out again.

    Raises
    ------
    OSError, ValueError, TypeError, LookupError, AttributeError, LedgerError
        If it is not there, or was damaged.
    """
    try:
        found = json.loads(place.read_text("utf-8"))
    except RecursionError:
        raise ValueError(f"{place} is nested too deeply") from None
    seal = found.pop(_SEAL)
    if _seal(place, found) != seal:
        raise ValueError(f"{place} was changed")
    return found


def _seal(place: Path, value: dict[str, Any]) -> str:
    """Hash of what is kept under this name: under that of another it counts as damaged."""
    return content_hash([place.name, value])


def _write(place: Path, value: dict[str, Any]) -> None:
    from forecast.files import write

    try:
        value = json.loads(json.dumps(value))
        write(place, json.dumps({**value, _SEAL: _seal(place, value)}).encode())
    except (OutputError, LedgerError):
        return  # worked out again next time
