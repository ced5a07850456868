"""Start a project: a minimal one, commented, that runs as it is."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from forecast.errors import OutputError

__all__ = ["start"]

_FILES = ("priors.yaml", "events/reports.csv", "events/coverage.csv")


def start(folder: Path) -> list[Path]:
    """Write the files of a minimal project.

    Parameters
    ----------
    folder : Path
        Made where it is missing.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    OutputError
        If a file is there already or the folder cannot be written to; nothing is written then.
    """
    targets = {name: folder / name for name in _FILES}
    held = [path for path in targets.values() if path.exists()]
    if held:
        raise OutputError(f"{held[0]}: is there already; name another folder: forecast init FOLDER")
    template = resources.files("forecast.workflow") / "template"
    try:
        for name, path in targets.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((template / name).read_bytes())
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written to ({error.strerror})") from None
    return list(targets.values())
