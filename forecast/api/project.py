"""The project: a folder on disk, and everything that can be done with it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd
import xarray as xr

from forecast.api.drawing import answer_chart, explanation_chart, tornado
from forecast.api.given import Day, Period, Place, Reports, as_day, as_days, as_sources
from forecast.api.issued import Forecast
from forecast.api.records import question_table, report_table
from forecast.api.results import (
    Answer,
    Explanation,
    PriorCheck,
    Scorecard,
    Sensitivity,
    Update,
    WatchList,
)
from forecast.api.scenarios import WhatIf
from forecast.api.shown import Estimate
from forecast.workflow.project import Project as Files
from forecast.workflow.run import SamplerSettings

if TYPE_CHECKING:
    from forecast.charts.finished import Chart

__all__ = ["Project", "init", "load"]


def load(folder: Place = ".") -> Project:
    """Open a project.

    Parameters
    ----------
    folder : path
        With ``priors.yaml`` and ``events/``.

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
    return Project(folder)


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

    if from_series is None:
        start(Path(folder))
    else:
        start_from_series(Path(folder), Path(from_series), states=states)
    return Project(folder)


class Project:
    """A brief with its reports, scenarios and memory; `forecast.load` opens one.

    Every verb is a command of the same name, and gives the numbers that command prints. The files
    are read anew at each call.

    Parameters
    ----------
    folder : path
        With ``priors.yaml`` and ``events/``.

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

    def __init__(self, folder: Place = ".") -> None:
        self._files = Files(Path(folder))
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
        from forecast.workflow.checking import check_priors

        return PriorCheck(check_priors(self._files, as_of=as_day(as_of)).plain())

    def run(
        self,
        *,
        as_of: Day | None = None,
        horizon: Period | None = None,
        history: bool = False,
        draws: int = 1000,
        tune: int = 1000,
        seed: int = 1,
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
        from forecast.workflow.run import run

        issue = run(
            self._files,
            as_of=as_day(as_of),
            horizon=None if horizon is None else as_days(horizon, "horizon"),
            history=history,
            sampler=SamplerSettings(draws=draws, tune=tune, seed=seed),
        )
        return Forecast(self._files, issue)

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
        from forecast.workflow.recall import recall

        return Forecast(self._files, recall(self._files, as_of=as_day(as_of)))

    def update(
        self,
        reports: Reports,
        *,
        dry: bool = False,
        issue: bool = False,
        as_of: Day | None = None,
        seed: int = 1,
    ) -> Update:
        """Add reports, and say which judgements moved and which alerts were raised.

        Parameters
        ----------
        reports : path, DataFrame, row or rows
            Reports or coverage: a CSV or JSON Lines file, several, a table, or mappings with the
            columns of ``events/reports.csv``. Either all are stored or none.
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
        from forecast.workflow.alerting import remember
        from forecast.workflow.update_json import update_json
        from forecast.workflow.updating import update

        done = update(
            self._files,
            as_sources(reports),
            dry=dry,
            issue=issue,
            as_of=as_day(as_of),
            sampler=SamplerSettings(seed=seed),
        )
        if not done.dry:
            remember(self._files, done.alerts, as_of=done.as_of)
        return Update(update_json(done))

    def what_if(
        self,
        *scenarios: Place,
        stack: Sequence[Place] = (),
        do: Sequence[str] = (),
        observe: Sequence[str] = (),
        as_of: Day | None = None,
        horizon: Period | None = None,
        draws: int = 1000,
    ) -> WhatIf:
        """Set scenarios beside the forecast issued last.

        Parameters
        ----------
        *scenarios : str or path
            Names in ``scenarios/``, or files, each compared with the baseline.
        stack : sequence of str or path
            Added to every one of them, or to each other if none is named.
        do, observe : sequence of str
            Assumptions as typed after ``--do`` and ``--observe``, added likewise.
        as_of : str or date, optional
            Of the issued forecast; by default the latest.
        horizon : str or number of days, optional
            How far ahead.
        draws : int
            Posterior draws used.

        Raises
        ------
        BeliefsError, EvidenceError, LedgerError, StatisticsError
            What is wrong with a scenario, or that it cannot be worked out.

        Examples
        --------
        ::

            project.what_if("china_lifts_constraint", "china_enforces")
            project.what_if(do=["china_constraint=weak@2025-01-01"])
        """
        from forecast.workflow.whatif import Wish, what_if
        from forecast.workflow.whatif_json import whatif_json

        named, stacked = ([os.fspath(one) for one in many] for many in (scenarios, stack))
        found = what_if(
            self._files,
            Wish(named, stacked, _several(do), _several(observe)),
            as_of=as_day(as_of),
            horizon=None if horizon is None else as_days(horizon, "horizon"),
            draws=draws,
        )
        return WhatIf(whatif_json(found), found.standing.issue)

    def ask(self, question: str, *, as_of: Day | None = None, draws: int | None = None) -> Answer:
        """Answer a question from the forecast issued last.

        Parameters
        ----------
        question : str
            The name of one of the file, or a question in the language of docs/whatif.md.
        as_of : str or date, optional
            Of the issued forecast; by default the latest.
        draws : int, optional
            Posterior draws used; by default all.

        Raises
        ------
        BeliefsError, EvidenceError, LedgerError
            If it cannot be read, or what is given is next to impossible.

        Examples
        --------
        ::

            project.ask("tech_transfer reaches advanced by 2025-12-31").estimate
        """
        from forecast.workflow.asking import ask_question, reply_json

        reply = ask_question(self._files, question, as_of=as_day(as_of), draws=draws)
        return Answer(reply_json(reply), lambda size: answer_chart(self._files, reply, size))

    def explain(
        self,
        node: str,
        *,
        since: Day | None = None,
        since_issue: bool = False,
        as_of: Day | None = None,
    ) -> Explanation:
        """Split the change of a judgement into parts that add up.

        Parameters
        ----------
        node : str
        since : str or date, optional
            From what was known on this day; by default from the brief.
        since_issue : bool
            From the issue before.
        as_of : str or date, optional
            Of the issued forecast; by default the latest.

        Raises
        ------
        BeliefsError, LedgerError, EvidenceError
            If there is no such node or issue, or the date is out of range.

        Examples
        --------
        ::

            project.explain("tech_transfer", since="2024-10-31").parts
        """
        from forecast.workflow.explaining import explain

        found = explain(
            self._files,
            node,
            since=as_day(since, "since"),
            since_issue=since_issue,
            as_of=as_day(as_of),
        )
        value, issue = found.plain(), found.standing.issue
        return Explanation(value, lambda size: explanation_chart(issue, value, size))

    def watch(
        self,
        *names: str,
        within: Period = "90 days",
        grade: str = "B2",
        as_of: Day | None = None,
    ) -> WatchList:
        """Rank the indicators to look for next.

        Parameters
        ----------
        *names : str
            Nodes, each with its questions, and questions; by default every one.
        within : str or number of days
            The window in which somebody looks.
        grade : str
            Of the report that would be seen, or ``certain``.
        as_of : str or date, optional
            Of the issued forecast; by default the latest.

        Raises
        ------
        BeliefsError, EvidenceError, LedgerError
            If there is no such name or grade, or nothing was issued.

        Examples
        --------
        ::

            project.watch("tech_transfer", within="6m").indicators
        """
        from forecast.workflow.watching import watch

        days = as_days(within, "within")
        found = watch(self._files, names, within=days, grade=grade, as_of=as_day(as_of))
        return WatchList(found.plain())

    def sensitivity(
        self,
        node: str,
        *,
        span: Literal["prior", "posterior"] = "prior",
        as_of: Day | None = None,
    ) -> Sensitivity:
        """Work out what a judgement rests on.

        Parameters
        ----------
        node : str
        span : {"prior", "posterior"}
            Whose 10th and 90th percentiles inputs are moved between.
        as_of : str or date, optional
            Of the issued forecast; by default the latest.

        Raises
        ------
        BeliefsError, LedgerError
            If there is no such node, or nothing was issued.

        Examples
        --------
        ::

            print(project.sensitivity("tech_transfer").sentence)
        """
        from forecast.workflow.sensitivity import analyse

        found = analyse(self._files, node, span=span, as_of=as_day(as_of))
        value = found.plain()
        return Sensitivity(value, lambda size: tornado(found.issue, value, size))

    def score(self, *, as_of: Day | None = None, crowd: Place | None = None) -> Scorecard:
        """Score the questions whose outcome is known, against baselines.

        Parameters
        ----------
        as_of : str or date, optional
            Nothing known or issued as of a later day is used; today by default.
        crowd : path, optional
            CSV file with the series of a crowd or a market.

        Raises
        ------
        BeliefsError, LedgerError, ReportsError
            What you can mend.

        Examples
        --------
        ::

            project.score(as_of="2024-12-31").baselines
        """
        from forecast.workflow.score_json import score_json
        from forecast.workflow.scoring import score

        file = None if crowd is None else Path(crowd)
        return Scorecard(score_json(score(self._files, as_of=as_day(as_of), crowd=file)))

    @property
    def questions(self) -> pd.DataFrame:
        """Every question of the file with its deadline and outcome, as ``forecast resolve``.

        Examples
        --------
        ::

            project.questions.query("status == 'due'")
        """
        return question_table(self._files)

    @property
    def reports(self) -> pd.DataFrame:
        """Every report of the ledger, by day; ``use`` tells evidence from what the brief weighed.

        Examples
        --------
        ::

            project.reports.query("use == 'evidence'").groupby("indicator").size()
        """
        return report_table(self._files)

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


def _several(given: Sequence[str]) -> Sequence[str]:
    """Take one text for a sequence of one."""
    return [given] if isinstance(given, str) else given
