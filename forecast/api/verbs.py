"""The verbs that record and publish."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from forecast.api import frames
from forecast.api.documents import Briefs, ChartSet, DrawnSet, MissingChart
from forecast.api.events import Events
from forecast.api.given import (
    Day,
    Place,
    as_count,
    as_day,
    as_number,
    as_place,
    as_several,
    as_text,
)
from forecast.api.records import Sources
from forecast.api.shown import Opened
from forecast.errors import ForecastError
from forecast.names import require_known
from forecast.project.sampler import SamplerSettings

if TYPE_CHECKING:
    from forecast.ledger import ResolutionRecord

__all__ = ["Verbs"]

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
        from forecast.beliefs.outcomes import Outcome
        from forecast.project.project import today
        from forecast.record.resolutions import record_outcomes, usual_day

        name, word = as_text(question, "question"), as_text(outcome, "outcome")
        known = self._files.beliefs().questions.get(name)
        day = as_day(on, "on") or usual_day(known, word)
        if day is None and known is not None:
            raise ForecastError("on: is missing: the day the world knew it, such as 2024-06-19")
        given = {"source": source, "url": url, "note": note, "came": came}
        texts = {field: as_text(text, field) for field, text in given.items()}
        found = record_outcomes(self._files, [Outcome(name, word, day or today(), **texts)])
        return _recorded(found)

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
        from forecast.issue.recall import recall
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
            # another process would run the caller's script again, unless that guards itself
            found = write_set(at, place, size=size, formats=kinds, most=1)
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
