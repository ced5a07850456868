"""What was worked out for an issue, kept beside the ledger: an issue never changes."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from forecast.errors import OutputError
from forecast.workflow.project import Project

__all__ = ["keep", "kept"]


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
    from forecast.charts.files import write

    try:
        write(_place(project, issue, name), json.dumps(value, ensure_ascii=False).encode())
    except OutputError:
        return


def kept(project: Project, issue: str, name: str) -> dict[str, Any] | None:
    """Return what was kept under a name for an issue; nothing if there is none that can be read."""
    try:
        value = json.loads(_place(project, issue, name).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _place(project: Project, issue: str, name: str) -> Path:
    # another version may work it out otherwise
    return project.memory / "analyses" / f"{issue[:16]}-{version('living-forecast')}-{name}.json"
