"""The coded record: reports, coverage and announcements, by hand or from data of others.

With it, what came of an import, the verdicts on reports, and whether the ledger is as it was
written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from forecast.api import frames
from forecast.api.frames import REPORT_COLUMNS, Opened, View, column_table
from forecast.api.given import Day, Place, as_day, as_place, as_row, as_several, as_text
from forecast.beliefs.announcements import ANNOUNCEMENTS
from forecast.beliefs.event_files import COVERAGE
from forecast.beliefs.reports import EVERY_INDICATOR
from forecast.beliefs.sources import Found
from forecast.beliefs.words import counted
from forecast.errors import ForecastError
from forecast.names import require_known

__all__ = ["Events", "Imported", "Sources", "Verification"]


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
        from forecast.record.sources import judge

        found = judge(
            self._files,
            as_text(report_id, "report_id"),
            verdict,
            reason=as_text(reason, "reason"),
            by=tuple(as_text(one, "by") for one in as_several(by, "by")),
            on=as_day(on, "on"),
            source_title=as_text(said[0], "source_title"),
            source_url=as_text(said[1], "source_url"),
        )
        return frames.listed([found], type(found), index="report_id")


_USES = ("evidence", "prior", "all")


class Events(Opened):
    """What is coded, as ``forecast events``; `Project.events` gives it.

    Examples
    --------
    ::

        project.events.list(node="tech_transfer")
        project.events.retract("R002", reason="Withdrawn by the agency")
    """

    def list(
        self,
        *,
        as_of: Day | None = None,
        indicator: str | None = None,
        node: str | None = None,
        use: str = "evidence",
    ) -> pd.DataFrame:
        """List reports by day, as ``forecast events list``.

        Parameters
        ----------
        as_of : str or date, optional
            Only reports known by this day; by default all.
        indicator, node : str, optional
            Only this indicator; only indicators that point at this node.
        use : {"evidence", "prior", "all"}

        Raises
        ------
        BeliefsError, ReportsError, LedgerError
            If there is no such indicator or node, or a file cannot be read.

        Examples
        --------
        ::

            project.events.list(as_of="2024-06-30").groupby("lineage").size()
        """
        from forecast.record.reports import list_reports

        require_known(as_text(use, "use"), _USES, what="use")
        rows = list_reports(
            self._files,
            as_of=as_day(as_of),
            indicator=None if indicator is None else as_text(indicator, "indicator"),
            node=None if node is None else as_text(node, "node"),
            use=use,
        )
        return column_table(map(asdict, rows), REPORT_COLUMNS, ("occurred_on", "reported_on"))

    def add(self, report: Mapping[str, Any], *, correct: str | None = None) -> pd.DataFrame:
        """Store one report in the ledger, or correct one, as ``forecast events add``.

        Nothing is learnt from it until the next `Project.run` or `Project.update`.

        Parameters
        ----------
        report : mapping
            Cells by the columns of ``events/reports.csv``; without an id it gets one.
        correct : str, optional
            The id of the report to be corrected; only what is given changes.

        Returns
        -------
        pandas.DataFrame
            The report, with `state` (new, known or revised) and whether it is `retracted`.

        Raises
        ------
        ReportsError
            With every problem; nothing is stored then.

        Examples
        --------
        ::

            project.events.add({"credibility": 3}, correct="R002")
        """
        from forecast.record.reports import add_report

        name = None if correct is None else as_text(correct, "correct")
        done = add_report(self._files, as_row(report), correct=name)
        row = {**dict(done.report), "state": done.state, "retracted": done.retracted}
        columns = (*REPORT_COLUMNS, "state", "retracted")
        return column_table([row], columns, ("occurred_on", "reported_on"))

    def retract(self, report_id: str, *, reason: str) -> bool:
        """Withdraw a report, as ``forecast events retract``; whether that changed anything.

        Raises
        ------
        ReportsError
            If nobody has seen this report, or no reason is given.

        Examples
        --------
        ::

            project.events.retract("R002", reason="Withdrawn by the agency")
        """
        from forecast.record.reports import retract_report

        name = as_text(report_id, "report_id")
        return retract_report(self._files, name, reason=as_text(reason, "reason")).changed

    def restore(self, report_id: str, *, reason: str) -> bool:
        """Let a retracted report stand again; whether that changed anything.

        Raises
        ------
        ReportsError
            If nobody has seen this report, no reason is given, or its row left ``events/``.

        Examples
        --------
        ::

            project.events.restore("R002", reason="Confirmed by the agency")
        """
        from forecast.record.reports import restore_report

        name = as_text(report_id, "report_id")
        return restore_report(self._files, name, reason=as_text(reason, "reason")).changed

    def announce(
        self, announcement: Mapping[str, Any], *, correct: str | None = None
    ) -> pd.DataFrame:
        """Store what was announced, or correct that, as ``forecast events add --announced``.

        Parameters
        ----------
        announcement : mapping
            Cells by the columns of ``events/announcements.csv``; without an id it gets one.
        correct : str, optional
            The id of the announcement to be corrected; only what is given changes.

        Returns
        -------
        pandas.DataFrame
            The announcement, with `state`: new, revised or known.

        Raises
        ------
        ReportsError
            With every problem; nothing is stored then.

        Examples
        --------
        ::

            project.events.announce({"status": "kept", "known_on": "2024-06-21"}, correct="N1")
        """
        from forecast.record.announcements import add_announcement

        cells = as_row(announcement, ANNOUNCEMENTS.columns, what="announcement")
        name = None if correct is None else as_text(correct, "correct")
        done = add_announcement(self._files, cells, correct=name)
        return _announced([{**done.announcement.model_dump(), "state": done.state}], "state")

    def announced(
        self, *, as_of: Day | None = None, indicator: str | None = None, node: str | None = None
    ) -> pd.DataFrame:
        """List what was announced, open ones first, as ``forecast events list --announced``.

        Parameters
        ----------
        as_of : str or date, optional
            As the world knew it on this day; by default today.
        indicator, node : str, optional
            Only of this indicator; only of indicators that point at this node.

        Raises
        ------
        BeliefsError, ReportsError, LedgerError
            As for `list`.

        Examples
        --------
        ::

            project.events.announced().query("status == ''").kept
        """
        from forecast.record.reports import list_events

        found = list_events(
            self._files,
            as_of=as_day(as_of),
            indicator=None if indicator is None else as_text(indicator, "indicator"),
            node=None if node is None else as_text(node, "node"),
        )
        return _announced(row.model_dump() for row in found.announcements)

    def coverage(self, *, indicator: str | None = None) -> pd.DataFrame:
        """List who looked for what, and when, as ``forecast events coverage list``.

        A later row overrides an earlier one, and one that names an indicator one for all (``*``).

        Parameters
        ----------
        indicator : str, optional
            Only what tells of this one.

        Raises
        ------
        BeliefsError, ReportsError, LedgerError
            As for `list`.

        Examples
        --------
        ::

            project.events.coverage().ends_on.max()
        """
        from forecast.record.coverage import list_coverage

        name = None if indicator is None else as_text(indicator, "indicator")
        return _windows(
            row.model_dump() for row in list_coverage(self._files, indicator=name).coverage
        )

    def add_coverage(self, window: Mapping[str, Any]) -> pd.DataFrame:
        """Say that somebody looked, as ``forecast events coverage add``.

        Parameters
        ----------
        window : mapping
            Cells by the columns of ``events/coverage.csv``, whose rows it overrides.

        Returns
        -------
        pandas.DataFrame
            The window, with `state`: new or known.

        Raises
        ------
        ReportsError
            With every problem; nothing is stored then.

        Examples
        --------
        ::

            days = {"from": "2024-07-01", "to": "2024-09-30"}
            project.events.add_coverage(
                {"indicator": "*", **days, "source": "Our desk", "rationale": "The same codebook"}
            )
        """
        from forecast.record.coverage import add_coverage

        cells = as_row(window, COVERAGE.columns, what="window of coverage")
        done = add_coverage(self._files, cells)
        return _windows([{**done.coverage.model_dump(), "state": done.state}], "state")

    def end_coverage(
        self, *, on: Day, reason: str, indicator: str = EVERY_INDICATOR
    ) -> pd.DataFrame:
        """Say that nobody looks any more after a day, as ``forecast events coverage end``.

        Parameters
        ----------
        on : str or date
            The last day on which somebody looked.
        reason : str
        indicator : str
            By default each without coverage of its own.

        Returns
        -------
        pandas.DataFrame
            The window on which nobody looks, with `state`.

        Raises
        ------
        BeliefsError, ReportsError
            If there is no such indicator, no reason, or nothing goes on after the day.

        Examples
        --------
        ::

            project.events.end_coverage(on="2024-04-30", reason="The panel was dissolved")
        """
        from forecast.record.coverage import end_coverage

        day = as_day(on, "on")
        if day is None:
            raise ForecastError("on: is missing: the last day on which somebody looked")
        name, why = as_text(indicator, "indicator"), as_text(reason, "reason")
        done = end_coverage(self._files, on=day, reason=why, indicator=name)
        return _windows([{**done.coverage.model_dump(), "state": done.state}], "state")

    def export(self, file: Place, *, added: bool = False, overwrite: bool = False) -> pd.DataFrame:
        """Write every report that stands to a CSV file, as ``forecast events export``.

        Parameters
        ----------
        file : path
        added : bool
            Only what has no row in ``events/``.
        overwrite : bool
            Whether a file that is there may be replaced.

        Returns
        -------
        pandas.DataFrame
            One row a report; `written` is false where it was left out, since its row in
            ``events/`` is not as it was corrected.

        Raises
        ------
        OutputError, ReportsError
            If the file is there already or cannot be written, or a report has no such row.

        Examples
        --------
        ::

            project.events.export("events/added.csv", added=True)
        """
        from forecast.record.imports import export_reports

        place = Path(as_place(file, "file"))
        found = export_reports(self._files, place, added_only=added, overwrite=overwrite)
        rows = [{"report_id": name, "written": True} for name in found.reports]
        rows += [{"report_id": name, "written": False} for name in found.corrected]
        return frames.table(rows, ("report_id", "written"), index="report_id")

    def import_from(
        self,
        *files: Place,
        form: str,
        mapping: Place | None = None,
        out: Place | None = None,
        first: Day | None = None,
        last: Day | None = None,
    ) -> Imported:
        """Turn event data of others into a file of reports, as ``forecast events import``.

        Parameters
        ----------
        *files : path
            Text, JSON or .xlsx, plain, gzip or zip.
        form : {"gdelt2", "gdelt1", "icews", "polecat", "acled"}
        mapping : path, optional
            What codes and actors mean; by default the mapping of the package.
        out : path, optional
            By default ``events/FORM.csv`` of the project.
        first, last : str or date, optional
            Days wanted; with both, the files cover every day between.

        Raises
        ------
        BeliefsError, ReportsError, OutputError
            If the mapping, a file or the place cannot be used.

        Examples
        --------
        ::

            project.events.import_from("day.CSV.zip", form="gdelt2", mapping="mapping.yaml")
        """
        from forecast.importers import FORMATS
        from forecast.record.imports import Window, import_events

        require_known(as_text(form, "form"), FORMATS, what="form")
        places = [Path(as_place(one, "file")) for one in files]
        for place in places:
            if not place.is_file():
                raise ForecastError(f"{place}: there is no such file")
        if not places:
            raise ForecastError("files: none came; name the files to import")
        folder = self._files.root / "events"
        with self._telling() as told:
            done = import_events(
                self._files,
                places,
                form=form,
                mapping=None if mapping is None else Path(as_place(mapping, "mapping")),
                out=folder / f"{form}.csv" if out is None else Path(as_place(out, "out")),
                window=Window(as_day(first, "first"), as_day(last, "last")),
                report=told,
            )
        return Imported(done)


def _announced(rows: Iterable[dict[str, Any]], *more: str) -> pd.DataFrame:
    from forecast.record.announcements import AnnouncementRow

    days = ("told_on", "starts_on", "ends_on", "known_on")
    return column_table(rows, (*AnnouncementRow.model_fields, *more), days)


def _windows(rows: Iterable[dict[str, Any]], *more: str) -> pd.DataFrame:
    from forecast.record.coverage import CoverageRow

    columns = (*CoverageRow.model_fields, *more)
    return column_table(rows, columns, ("starts_on", "ends_on"))
