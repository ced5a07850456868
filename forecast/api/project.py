"""The project: opened or begun, with every verb; those that record and publish stand here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from forecast.api import frames
from forecast.api.documents import Briefs, ChartSet, DrawnSet, MissingChart
from forecast.api.frames import Estimate, Holdings, Opened, Progress
from forecast.api.given import (
    Day,
    Period,
    Place,
    Reports,
    as_count,
    as_day,
    as_number,
    as_period,
    as_place,
    as_several,
    as_sources,
    as_text,
)
from forecast.api.issued import Forecast
from forecast.api.records import Events, Sources
from forecast.api.reviews import Judging, PriorCheck, Update
from forecast.api.studies import Studies
from forecast.names import require_known
from forecast.project.jobs import Crew
from forecast.project.project import Project as Files
from forecast.project.sampler import SamplerSettings

if TYPE_CHECKING:
    from forecast.charts.files import Chart
    from forecast.ledger import ResolutionRecord

__all__ = ["Project", "Verbs", "init", "load"]


_FORMATS = ("svg", "png", "pdf")


class Verbs(Opened):
    """The verbs that record and publish; `Project` has them."""

    @property
    def events(self) -> Events:
        """The coded reports: list, add, retract, restore, export, import.

        Examples
        --------
        ::

            project.events.list(node="tech_transfer")
        """
        return Events(self._files, self._progress)

    @property
    def sources(self) -> Sources:
        """The sources of reports, and verdicts on what they reported.

        Examples
        --------
        ::

            project.sources.list()
        """
        return Sources(self._files, self._progress)

    @property
    def brief(self) -> Briefs:
        """Documents that show the forecast: new, render, refresh, check, provenance.

        Examples
        --------
        ::

            project.brief.new("follow-on.md")
        """
        return Briefs(self._files, self._progress)

    def resolve(
        self,
        question: str,
        outcome: str,
        *,
        on: Day | None = None,
        source: str = "",
        url: str = "",
        note: str = "",
        came: str = "",
    ) -> pd.DataFrame:
        """Record how a question came out, as ``forecast resolve``; nothing is overwritten.

        Parameters
        ----------
        question : str
        outcome : {"yes", "no", "void", "open"}
            ``open`` takes the last word back.
        on : str or date, optional
            The day the world knew it; by default for no the deadline.
        source, url, note : str
            Where it can be looked up, and why.
        came : str
            The state or the sum that came.

        Returns
        -------
        pandas.DataFrame
            What was recorded; no row where it stood already.

        Raises
        ------
        ReportsError
            If the outcome cannot be used.

        Examples
        --------
        ::

            project.resolve("treaty_by_end_2024", "yes", on="2024-06-19", source="Reuters")
        """
        from forecast.record.resolutions import resolve

        name, word = as_text(question, "question"), as_text(outcome, "outcome")
        given = {"source": source, "url": url, "note": note, "came": came}
        texts = {field: as_text(text, field) for field, text in given.items()}
        return _recorded(resolve(self._files, name, word, on=as_day(on, "on"), **texts))

    def resolve_from(self, file: Place) -> pd.DataFrame:
        """Record every outcome of a CSV file, as ``forecast resolve --from``.

        Returns
        -------
        pandas.DataFrame
            What was recorded.

        Raises
        ------
        ReportsError
            With every row that cannot be used; nothing is recorded then.

        Examples
        --------
        ::

            project.resolve_from("resolutions/resolutions.csv")
        """
        from forecast.record.resolutions import resolve_from_file

        found, _ = resolve_from_file(self._files, Path(as_place(file, "file")))
        return _recorded(found)

    def report(
        self,
        out: Place = "report.html",
        *,
        as_of: Day | None = None,
        scenarios: Place | Sequence[Place] = (),
        watch: bool = True,
    ) -> Path:
        """Write the forecast issued last as one interactive page, as ``forecast report``.

        Parameters
        ----------
        out : path
        as_of : str or date, optional
            Of the issued forecast; by default the latest.
        scenarios : path or sequence of path
            What-ifs to work out for the page.
        watch : bool
            Whether it has the watch list.

        Raises
        ------
        BeliefsError, LedgerError, OutputError
            What you can mend.

        Examples
        --------
        ::

            project.report("forecast.html", watch=False)
        """
        from forecast.publish.report import report

        place = Path(as_place(out, "out"))
        supposed = [as_place(one, "scenarios") for one in as_several(scenarios, "scenarios")]
        day = as_day(as_of)
        with self._telling() as told:
            return report(
                self._files, place, as_of=day, scenarios=supposed, watch=watch, reporter=told
            )

    def chart_set(
        self,
        out: Place = "out",
        *,
        size: str | None = None,
        formats: str | Sequence[str] = ("svg", "png"),
        scenarios: Place | Sequence[Place] = (),
        as_of: Day | None = None,
    ) -> ChartSet:
        """Draw every chart of the forecast issued last, as ``forecast chart all``.

        Parameters
        ----------
        out : path
            Folder of the files; ``index.html`` lists them.
        size : str, optional
            Of all charts; by default each has the one that suits it.
        formats : str or sequence of {"svg", "png", "pdf"}
        scenarios : path or sequence of path
            By default all of ``scenarios/``.
        as_of : str or date, optional
            Of the issued forecast; by default the latest.

        Raises
        ------
        BeliefsError, LedgerError, OutputError
            What you can mend.

        Examples
        --------
        ::

            project.chart_set("charts", formats="svg").left
        """
        from forecast.charts.style import SIZES
        from forecast.issue.charts import require_writable
        from forecast.issue.issued import recall
        from forecast.publish.chart_kinds import ChartInputs
        from forecast.publish.chart_set import write_set

        place = Path(as_place(out, "out"))
        kinds = [as_text(one, "formats") for one in as_several(formats, "formats")]
        for one in kinds or [""]:
            require_known(one, _FORMATS, what="format")
        if size is not None:
            require_known(as_text(size, "size"), SIZES, what="size")
        supposed = tuple(as_place(one, "scenarios") for one in as_several(scenarios, "scenarios"))
        issue = recall(self._files, as_of=as_day(as_of))
        require_writable(place)
        with self._telling() as told:
            at = ChartInputs(self._files, issue, supposed, told)
            found = write_set(at, place, size=size, formats=kinds)
        return ChartSet(
            DrawnSet(
                charts=found.charts,
                paths=[str(path) for path in found.paths],
                left=[MissingChart(chart=what, why=why) for what, why in found.left],
            )
        )

    def watch_folder(
        self, inbox: Place, *, settle: float = 1.0, seed: int = SamplerSettings.seed
    ) -> pd.DataFrame:
        """Apply the files of reports in a folder, each once, as ``forecast update --watch --once``.

        Parameters
        ----------
        inbox : path
            A file that cannot be used is set aside in its folder ``refused``.
        settle : float
            Seconds a file must have stayed as it is to count as whole.
        seed : int
            Should a new fit be needed.

        Returns
        -------
        pandas.DataFrame
            One row a file: its `state`, the `error` if there was one, how many `reports` were new
            or revised, and the `alerts` that were raised or cleared.

        Raises
        ------
        ForecastError, LedgerError
            If there is no such folder, or the ledger cannot be used.

        Examples
        --------
        ::

            project.watch_folder("inbox").query("state != 'applied'")
        """
        from forecast.issue.inbox import Inbox

        watched = Inbox(
            self._files,
            Path(as_place(inbox, "inbox")),
            settle=as_number(settle, "settle", least=0.0),
            sampler=SamplerSettings(seed=as_count(seed, "seed", least=0)),
            reporting=self._telling,
        )
        rows = []
        for one in watched.once():
            done = one.update
            news = [] if done is None else [each for each in done.alerts if each.word]
            rows.append(
                {
                    "file": None if one.file is None else str(one.file),
                    "state": one.state,
                    "error": None if one.error is None else str(one.error),
                    "reports": 0 if done is None else len(done.new) + len(done.revised),
                    "alerts": tuple(each.name for each in news),
                }
            )
            watched.remember(one)
        return frames.table(rows, ("file", "state", "error", "reports", "alerts"))


def _recorded(found: Sequence[ResolutionRecord]) -> pd.DataFrame:
    """Set what was recorded of outcomes into a table, as ``forecast resolve --json`` has it."""
    from forecast.record.resolutions import ResolutionRow

    rows = [ResolutionRow.model_validate(one) for one in found]
    return frames.listed(rows, ResolutionRow, index="question")


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
    cluster : str, optional
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

    def __init__(
        self, folder: Place = ".", *, progress: Progress = None, cluster: str | None = None
    ) -> None:
        crew = Crew(None if cluster is None else as_text(cluster, "cluster"))
        super().__init__(Files(Path(as_place(folder, "folder")), crew=crew), progress)
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
        from forecast.issue.issued import recall

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
        from forecast.issue.update import remember, update

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


def load(folder: Place = ".", *, progress: Progress = None, cluster: str | None = None) -> Project:
    """Open a project.

    Parameters
    ----------
    folder : path
        With ``priors.yaml`` and ``events/``.
    progress : callable, bool or None
        Who is told how far a long call is: a function of the stage, and how much of it is done of
        how much; True or False for a line on the error stream. By default there is one in a
        terminal and in a notebook.
    cluster : str, optional
        Dask scheduler whose workers do independent jobs, such as ``tcp://HOST:8786``; by default
        processes of this machine do them.

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
    return Project(folder, progress=progress, cluster=cluster)


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
