"""The project: opened or begun, and everything that can be done with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from forecast.api.given import (
    Day,
    Period,
    Place,
    Reports,
    as_count,
    as_day,
    as_period,
    as_place,
    as_sources,
)
from forecast.api.issued import Forecast
from forecast.api.judging import Judging
from forecast.api.results import PriorCheck, Update
from forecast.api.shown import Estimate, Progress
from forecast.api.studies import Studies
from forecast.api.tables import Holdings
from forecast.api.verbs import Verbs
from forecast.project.project import Project as Files
from forecast.project.sampler import SamplerSettings

if TYPE_CHECKING:
    from forecast.charts.files import Chart

__all__ = ["Project", "init", "load"]


class Project(Holdings, Studies, Judging, Verbs):
    """A brief with its reports, scenarios and memory; `forecast.load` opens one.

    Every verb is a command of the same name, and gives the numbers that command prints. The files
    are read anew at each call.

    Parameters
    ----------
    folder : path
        With ``priors.yaml`` and ``events/``.
    progress : callable, bool or None
        As for `load`.

    Raises
    ------
    BeliefsError
        With every problem of ``priors.yaml``.

    Examples
    --------
    ::

        project = forecast.load(".")
        project.run(as_of="2024-07-01").judgements
        project.chart("trajectory", "tech_transfer")
    """

    def __init__(self, folder: Place = ".", *, progress: Progress = None) -> None:
        super().__init__(Files(Path(as_place(folder, "folder"))), progress)
        self._files.beliefs()

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self._files.root

    @property
    def title(self) -> str:
        """Title of the brief."""
        return self._files.beliefs().brief.title

    def __repr__(self) -> str:
        return f"Project({os.fspath(self.folder)!r}): {self.title}"

    def check(self, *, as_of: Day | None = None) -> PriorCheck:
        """Work out what the priors imply, as ``forecast check --prior``; nothing is learnt.

        Parameters
        ----------
        as_of : str or date, optional
            Reports and coverage are taken to this day; by default the end of the record.

        Raises
        ------
        BeliefsError, ReportsError, EvidenceError
            What you can mend.

        Examples
        --------
        ::

            project.check().implied
        """
        from forecast.issue.check import check_priors

        with self._telling() as told:
            told.stage("working out what the priors imply")
            return PriorCheck(check_priors(self._files, as_of=as_day(as_of)))

    def run(
        self,
        *,
        as_of: Day | None = None,
        horizon: Period | None = None,
        history: bool = False,
        draws: int = SamplerSettings.draws,
        tune: int = SamplerSettings.tune,
        seed: int = SamplerSettings.seed,
    ) -> Forecast:
        """Learn from the reports and issue the forecast; one issued before is shown again.

        Parameters
        ----------
        as_of : str or date, optional
            Only reports known by this day are seen; by default the end of the record.
        horizon : str or number of days, optional
            How far ahead, such as ``"12m"``; by default that of the file.
        history : bool
            Whether the past is shown as it would have been published then.
        draws, tune : int
            Draws kept, and discarded, in each of four chains.
        seed : int
            Of all draws.

        Raises
        ------
        BeliefsError, ReportsError, LedgerError, EvidenceError
            What you can mend.
        StatisticsError
            The fit did not pass its checks.

        Examples
        --------
        ::

            found = project.run(as_of="2024-07-01", horizon="12m")
            found.probability("tech_transfer")
        """
        from forecast.issue.run import run

        with self._telling() as told:
            issue = run(
                self._files,
                as_of=as_day(as_of),
                horizon=None if horizon is None else as_period(horizon, "horizon"),
                history=history,
                sampler=SamplerSettings(
                    draws=as_count(draws, "draws", least=100),
                    tune=as_count(tune, "tune", least=100),
                    seed=as_count(seed, "seed", least=0),
                ),
                reporter=told,
            )
        return Forecast(self._files, issue, self._progress)

    def last(self, *, as_of: Day | None = None) -> Forecast:
        """Take the forecast that was issued last, without computing anything.

        Parameters
        ----------
        as_of : str or date, optional
            Of exactly this day; by default of the latest day.

        Raises
        ------
        LedgerError
            If none was issued.

        Examples
        --------
        ::

            project.last().judgements["probability"]
        """
        from forecast.issue.recall import recall

        return Forecast(self._files, recall(self._files, as_of=as_day(as_of)), self._progress)

    def update(
        self,
        reports: Reports,
        *,
        dry: bool = False,
        issue: bool = False,
        as_of: Day | None = None,
        seed: int = SamplerSettings.seed,
    ) -> Update:
        """Add reports, and say which judgements moved and which alerts were raised.

        Parameters
        ----------
        reports : path, DataFrame, row or rows
            Reports, coverage or announcements: a CSV or JSON Lines file, several, a table, or
            mappings with the columns of a file of ``events/``. Either all are stored or none.
        dry : bool
            Show the effect and write nothing.
        issue : bool
            Issue the whole forecast too; `last` then gives it.
        as_of : str or date, optional
            By default the end of the record, with what is new.
        seed : int
            Should a new fit be needed.

        Raises
        ------
        ReportsError
            With every row that cannot be used.
        BeliefsError, LedgerError, EvidenceError, StatisticsError
            As for `run`.

        Examples
        --------
        ::

            project.update("new_reports.csv", dry=True)
            project.update(table[table.reported_on > "2024-10-31"], issue=True)
        """
        from forecast.issue.alerts import remember
        from forecast.issue.update import update

        with self._telling() as told:
            done = update(
                self._files,
                as_sources(reports),
                dry=dry,
                issue=issue,
                as_of=as_day(as_of),
                sampler=SamplerSettings(seed=as_count(seed, "seed", least=0)),
                reporter=told,
            )
        if not done.dry:
            remember(self._files, done.alerts, as_of=done.as_of)
        return Update(done)

    def trajectory(self, node: str, *, as_of: Day | None = None) -> xr.Dataset:
        """Give one node over time, of the forecast issued last; see `Forecast.trajectory`.

        Examples
        --------
        ::

            project.trajectory("tech_transfer").probability.plot()
        """
        return self.last(as_of=as_of).trajectory(node)

    def probability(self, node: str, *states: str, as_of: Day | None = None) -> Estimate:
        """Give a probability of the forecast issued last; see `Forecast.probability`.

        Examples
        --------
        ::

            project.probability("tech_transfer", "advanced")
        """
        return self.last(as_of=as_of).probability(node, *states)

    def chart(
        self, kind: str, name: str | None = None, *, size: str = "web", as_of: Day | None = None
    ) -> Chart:
        """Draw a chart of the forecast issued last; see `Forecast.chart`.

        Examples
        --------
        ::

            project.chart("trajectory", "tech_transfer")
            project.chart("heat", size="page").save("out", formats=["pdf"])
        """
        return self.last(as_of=as_of).chart(kind, name, size=size)


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


def init(
    folder: Place, *, from_series: Place | None = None, states: int = 6, pool: bool = False
) -> Project:
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
    pool : bool
        One set of rates for a column of several series.

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
    from forecast.project.start import start, start_from_series

    place = Path(as_place(folder, "folder"))
    if from_series is None:
        start(place)
    else:
        series = Path(as_place(from_series, "from_series"))
        start_from_series(place, series, states=as_count(states, "states"), pool=pool)
    return Project(place)
