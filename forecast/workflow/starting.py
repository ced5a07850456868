"""Start a project: a minimal one, commented, that runs as it is."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from forecast.beliefs.first_model import first_model, series_reports
from forecast.beliefs.series_files import read_series
from forecast.errors import OutputError

__all__ = ["start", "start_from_series"]

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
    template = resources.files("forecast.workflow") / "template"
    return _write(folder, {name: (template / name).read_bytes() for name in _FILES})


def start_from_series(folder: Path, series: Path, *, states: int) -> list[Path]:
    """Write a first model of streams of numbers, and the numbers as reports.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    series : Path
        CSV file; see `forecast.beliefs.series_files.read_series`.
    states : int
        Of the node of each stream.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    ReportsError
        With every cell that cannot be used.
    OutputError
        As in `start`.
    """
    streams = read_series(series)
    text = first_model(streams, states=states, source=series.name)
    rows = series_reports(streams, source=series.name)
    return _write(folder, {_FILES[0]: text.encode(), _FILES[1]: rows.encode()})


def _write(folder: Path, contents: dict[str, bytes]) -> list[Path]:
    targets = {name: folder / name for name in contents}
    held = [path for path in targets.values() if path.exists()]
    if held:
        raise OutputError(f"{held[0]}: is there already; name another folder: forecast init FOLDER")
    try:
        for name, path in targets.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents[name])
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written to ({error.strerror})") from None
    return list(targets.values())
