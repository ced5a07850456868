"""What was worked out for an issue, kept beside the ledger: an issue never changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from forecast.errors import LedgerError, OutputError
from forecast.ledger import content_hash
from forecast.project.project import Project

__all__ = ["keep", "kept", "remembered"]

_SEAL = "content_hash"


def keep(project: Project, issue: str, name: str, value: dict[str, Any]) -> None:
    """Keep plain values under a name; where they cannot be written they are worked out again.

    Parameters
    ----------
    project : Project
        Whose memory it goes into, at ``.forecast/analyses/``.
    issue : str
        Id of the issued forecast it was worked out for.
    name : str
        What it is, such as ``weights-tech_transfer``.
    value : dict
        Plain values.
    """
    _write(_analysis(project, issue, name), value)


def kept(project: Project, issue: str, name: str) -> dict[str, Any] | None:
    """Return what was kept under a name for an issue; nothing if there is none that can be read."""
    try:
        value = _read(_analysis(project, issue, name))
    except (OSError, ValueError, TypeError, LookupError, AttributeError, LedgerError):
        return None
    return value if isinstance(value, dict) else None


def remembered[T](
    project: Project,
    name: str,
    work: Callable[[], T],
    *,
    plain: Callable[[T], Any],
    read: Callable[[Any], T],
) -> T:
    """Return what was worked out for documents under a name, or work it out and keep it.

    What comes out empty is not kept.

    Parameters
    ----------
    project : Project
        Whose memory it goes into, at ``.forecast/briefs/``.
    name : str
        Of what is kept; it names the issue.
    work : callable
    plain, read : callable
        To values that JSON holds, and back.
    """
    place = _place(project, "briefs", name, version("living-forecast"))
    try:
        return read(_read(place)["value"])
    except (OSError, ValueError, TypeError, LookupError, AttributeError, LedgerError):
        found = work()
    if found:
        _write(place, {"value": plain(found)})
    return found


def _analysis(project: Project, issue: str, name: str) -> Path:
    return _place(project, "analyses", issue[:16], version("living-forecast"), name)


def _place(project: Project, folder: str, *parts: str) -> Path:
    """Give the file of a name; another version of the program may work it out otherwise."""
    return project.memory / folder / f"{'-'.join(parts)}.json"


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
    if content_hash(found) != seal:
        raise ValueError(f"{place} was changed")
    return found


def _write(place: Path, value: dict[str, Any]) -> None:
    from forecast.files import write

    try:
        value = json.loads(json.dumps(value))
        write(place, json.dumps({**value, _SEAL: content_hash(value)}).encode())
    except (OutputError, LedgerError):
        return  # worked out again next time
