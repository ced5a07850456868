"""What came of event data, verdicts on reports, and whether the ledger is as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from forecast.api import frames
from forecast.api.given import Day, as_day, as_several, as_text
from forecast.api.shown import Opened, View
from forecast.beliefs.sources import Found
from forecast.beliefs.words import counted
from forecast.errors import ForecastError

__all__ = ["Imported", "Sources", "Verification"]


class Imported(View):
    """What became of the rows of event data; `Events.import_from` gives it.

    Examples
    --------
    ::

        found = project.events.import_from("day.CSV.zip", form="gdelt2")
        found.rows.query("fate == 'dropped'")
    """

    @property
    def out(self) -> Path | None:
        """The file of reports, or None where no row was kept.

        Examples
        --------
        ::

            pd.read_csv(found.out)
        """
        return None if self._value["out"] is None else Path(self._value["out"])

    @property
    def rows(self) -> pd.DataFrame:
        """One row a fate and reason: how many rows it was, and the first of them.

        Examples
        --------
        ::

            found.rows.groupby("fate").rows.sum()
        """
        kept = {"fate": "kept", "reason": "", "rows": self._value["kept"], "first": ""}
        others = [
            {"fate": fate, **row}
            for fate in ("merged", "dropped", "remarks")
            for row in self._value[fate]
        ]
        return frames.table([kept, *others], ("fate", "reason", "rows", "first"))

    def _heading(self) -> Iterable[str]:
        value = self._value
        yield f"{counted(value['read'], 'row')} read, {value['kept']} kept"
        yield f"{value['written']} reports in {value['out']}" if value["out"] else "nothing written"

    def _display(self) -> pd.DataFrame:
        return self.rows


class Verification(View):
    """Whether the ledger is still what was written; `Project.verify` gives it.

    Examples
    --------
    ::

        assert project.verify().sound
    """

    @property
    def sound(self) -> bool:
        """Whether every hash is as it was recorded.

        Examples
        --------
        ::

            project.verify().sound
        """
        return not self._value["problems"]

    @property
    def problems(self) -> tuple[str, ...]:
        r"""What is wrong, one line each.

        Examples
        --------
        ::

            print(*found.problems, sep="\n")
        """
        return tuple(self._value["problems"])

    @property
    def rows(self) -> pd.DataFrame:
        """How many rows of each table were looked at.

        Examples
        --------
        ::

            found.rows["rows"].sum()
        """
        held = [{"table": name, "rows": rows} for name, rows in self._value["looked_at"].items()]
        return frames.table(held, ("table", "rows"), index="table")

    def _heading(self) -> Iterable[str]:
        yield f"{self._value['ledger']}: {'as it was recorded' if self.sound else 'changed'}"
        yield from self.problems

    def _display(self) -> pd.DataFrame:
        return self.rows.reset_index()


class Sources(Opened):
    """Where reports are from and how they turned out; `Project.sources` gives it.

    Examples
    --------
    ::

        project.sources.list()
        project.sources.confirm("R002", by=["R003"], reason="Seen on pictures")
    """

    def list(self, *, as_of: Day | None = None) -> pd.DataFrame:
        """List sources with their records, as ``forecast sources``.

        Raises
        ------
        EvidenceError, ReportsError
            If the day is after today, or a row cannot be used.

        Examples
        --------
        ::

            project.sources.list().query("refuted > 0")
        """
        from forecast.record.sources import SourceRow, list_sources

        found = list_sources(self._files, as_of=as_day(as_of))
        return frames.listed(found.sources, SourceRow, index="source_id")

    def confirm(
        self,
        report_id: str,
        *,
        reason: str,
        by: str | Sequence[str] = (),
        on: Day | None = None,
        source_title: str = "",
        source_url: str = "",
    ) -> pd.DataFrame:
        """Record that a report turned out true, as ``forecast sources confirm``.

        Parameters
        ----------
        report_id : str
        reason : str
            Why, in one sentence.
        by : str or sequence of str
            Reports of other lineages that say so.
        on : str or date, optional
            The day it was known; by default when it and all of `by` were reported.
        source_title, source_url : str
            What else says so.

        Returns
        -------
        pandas.DataFrame
            The verdict, with its `state`: new, corrected or known.

        Raises
        ------
        ReportsError
            If there is no such report, or the verdict cannot be.

        Examples
        --------
        ::

            project.sources.confirm("R002", by="R003", reason="Seen on pictures")
        """
        said = (source_title, source_url)
        return self._say("confirmed", report_id, reason=reason, by=by, on=on, said=said)

    def refute(
        self,
        report_id: str,
        *,
        reason: str,
        by: str | Sequence[str] = (),
        on: Day | None = None,
        source_title: str = "",
        source_url: str = "",
    ) -> pd.DataFrame:
        """Record that a report turned out false; see `confirm`.

        Examples
        --------
        ::

            project.sources.refute("R004", by="R005", reason="Corrected by the agency")
        """
        said = (source_title, source_url)
        return self._say("refuted", report_id, reason=reason, by=by, on=on, said=said)

    def reopen(self, report_id: str, *, reason: str, on: Day | None = None) -> pd.DataFrame:
        """Take a verdict on a report back; see `confirm`.

        Examples
        --------
        ::

            project.sources.reopen("R004", on="2024-07-01", reason="The correction was withdrawn")
        """
        return self._say("open", report_id, reason=reason, by=(), on=on, said=("", ""))

    def _say(
        self,
        verdict: Found,
        report_id: str,
        *,
        reason: str,
        by: str | Sequence[str],
        on: Day | None,
        said: tuple[str, str],
    ) -> pd.DataFrame:
        from forecast.beliefs import Verdict
        from forecast.record.sources import day_of, say

        name, why = as_text(report_id, "report_id"), as_text(reason, "reason").strip()
        others = tuple(as_text(one, "by") for one in as_several(by, "by"))
        title, url = as_text(said[0], "source_title"), as_text(said[1], "source_url")
        if verdict != "open" and not (others or title or url):
            raise ForecastError("by: say what says so: reports, a source_title or a source_url")
        if not why:
            raise ForecastError("reason: is empty; say in a sentence why")
        day = as_day(on, "on") or (day_of(self._files, (name, *others)) if others else None)
        if day is None:
            raise ForecastError("on: is missing: the day it was known, such as 2024-06-19")
        given = Verdict(
            report_id=name, verdict=verdict, known_on=day, by=others,
            source_title=title, source_url=url, reason=why,
        )  # fmt: skip
        found = say(self._files, given)
        return frames.listed([found], type(found), index="report_id")
