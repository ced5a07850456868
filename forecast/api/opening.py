"""Open a project that is there, or start a new one."""

from __future__ import annotations

from pathlib import Path

from forecast.api.given import Place, as_count, as_place
from forecast.api.project import Project
from forecast.api.telling import Progress

__all__ = ["init", "load"]


def load(folder: Place = ".", *, progress: Progress = None) -> Project:
    """Open a project.

    Parameters
    ----------
    folder : path
        With ``priors.yaml`` and ``events/``.
    progress : callable, bool or None
        Who is told how far a long call is: a function of the stage, and how much of it is done of
        how much; True or False for a line on the error stream. By default there is one in a
        terminal and in a notebook.

    Raises
    ------
    BeliefsError
        With every problem of ``priors.yaml``.

    Examples
    --------
    ::

        import forecast

        project = forecast.load(".")
        project.run()
    """
    return Project(folder, progress=progress)


def init(folder: Place, *, from_series: Place | None = None, states: int = 6) -> Project:
    """Start a project, as ``forecast init`` does, and open it.

    Parameters
    ----------
    folder : path
        Made where it is missing. Nothing that is there is overwritten.
    from_series : path, optional
        CSV file with a column ``date`` and a column of numbers for each stream, for a first model
        of these numbers.
    states : int
        Levels of each stream.

    Raises
    ------
    OutputError
        If a file is there already or the folder cannot be written to.
    ReportsError
        With every cell of the series that cannot be used.

    Examples
    --------
    ::

        project = forecast.init("my-brief")
        project.run()
    """
    from forecast.workflow.starting import start, start_from_series

    place = Path(as_place(folder, "folder"))
    if from_series is None:
        start(place)
    else:
        series = Path(as_place(from_series, "from_series"))
        start_from_series(place, series, states=as_count(states, "states"))
    return Project(place)
