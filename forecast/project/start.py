"""Start a project: a minimal one, commented, that runs as it is."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from forecast.beliefs.first_model import first_model, series_reports
from forecast.beliefs.series_files import Series, read_series
from forecast.errors import OutputError, ReportsError
from forecast.files import refusal
from forecast.project.project import today

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
    template = resources.files("forecast.project") / "template"
    return _write(folder, {name: (template / name).read_bytes() for name in _FILES})


def start_from_series(
    folder: Path,
    series: Path,
    *,
    states: int | None = None,
    pool: bool = False,
    notes: list[str] | None = None,
) -> list[Path]:
    """Write a first model of streams of numbers, and the numbers as reports.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    series : Path
        CSV file or workbook; see `forecast.beliefs.series_files.read_series`.
    states : int, optional
        Of a ladder for each stream; by default a level that moves.
    pool : bool
        Whether the same column of several series has one set of rates.
    notes : list of str, optional
        What a user should know of how the numbers were read is added here.

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
    streams = read_series(series, today=today(), notes=notes)
    if pool and not any(len(group) > 1 for group in _same(streams).values()):
        raise ReportsError(
            f"{series}: no column is there for several series, so there is nothing to pool; add a "
            "column 'series', or leave out --pool"
        )
    text = first_model(streams, states=states, source=series.name, pool=pool)
    rows = series_reports(streams, source=series.name)
    return _write(folder, {_FILES[0]: text.encode(), _FILES[1]: rows.encode()})


def _same(streams: Sequence[Series]) -> dict[str, list[Series]]:
    out: dict[str, list[Series]] = {}
    for each in streams:
        out.setdefault(each.name, []).append(each)
    return out


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
        why = refusal(error, "name another folder: forecast init FOLDER")
        raise OutputError(f"{folder}: cannot be written to {why}") from None
    return list(targets.values())
