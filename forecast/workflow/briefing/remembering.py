"""What was worked out for an issue, remembered beside the ledger: an issue never changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from forecast.errors import OutputError
from forecast.workflow.briefing.texts import write_whole
from forecast.workflow.project import Project

__all__ = ["remembered"]


def remembered[T](
    project: Project,
    name: str,
    work: Callable[[], T],
    *,
    plain: Callable[[T], Any],
    read: Callable[[Any], T],
) -> T:
    """Return what was worked out before under a name, or work it out and keep it.

    What comes out empty is not kept.

    Parameters
    ----------
    project : Project
    name : str
        Of what is kept; it names the issue.
    work : callable
    plain, read : callable
        To values that JSON holds, and back.
    """
    place = project.memory / "briefs" / f"{name}-{version('living-forecast')}.json"
    try:
        return read(json.loads(place.read_text("utf-8")))
    except (OSError, ValueError, TypeError, LookupError):
        found = work()
    if not found:
        return found
    try:
        write_whole(place, json.dumps(plain(found)).encode())
    except OutputError:
        return found  # worked out again next time
    return found
