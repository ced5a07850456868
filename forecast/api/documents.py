"""What is made for readers: documents, the page, the set of charts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from forecast.api import frames
from forecast.api.frames import Opened, View
from forecast.api.given import Day, Place, as_day, as_place, as_text
from forecast.names import require_known
from forecast.result import Result

if TYPE_CHECKING:
    from forecast.briefs.markdown import Changed
    from forecast.briefs.notes import Style

__all__ = ["Briefs", "ChartSet", "Document"]


class WrittenDocument(Result):
    """A document that was filled."""

    document: str
    agrees: bool
    as_of: dt.date
    issue: str
    regions: int
    written: tuple[str, ...]


class MissingChart(Result):
    """A chart there is none of."""

    chart: str
    why: str


class DrawnSet(Result):
    """Charts that were written."""

    charts: int
    paths: tuple[str, ...]
    left: tuple[MissingChart, ...]


class Document(View):
    """A document that shows the forecast; the verbs of `Project.brief` give it.

    Examples
    --------
    ::

        found = project.brief.check("follow-on.md")
        found.changed[["old", "new"]]
    """

    def __init__(self, result: Result, changed: Iterable[Changed], finding: str) -> None:
        super().__init__(result)
        self._changed, self._finding = list(changed), finding

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that were written, the document last; none by a check.

        Examples
        --------
        ::

            found.paths[-1]
        """
        return tuple(map(Path, self._value.get("written", ())))

    @property
    def agrees(self) -> bool:
        """Whether it is what the forecast gives.

        Examples
        --------
        ::

            assert project.brief.check("follow-on.md").agrees
        """
        return bool(self.result.agrees)

    @property
    def changed(self) -> pd.DataFrame:
        """One row a region that says or said something else: old and new.

        Examples
        --------
        ::

            found.changed.query("line > 0")
        """
        rows = [
            {"line": one.line, "placeholder": one.wanted, "old": one.old, "new": one.new}
            for one in self._changed
        ]
        return frames.table(rows, ("line", "placeholder", "old", "new"))

    def _heading(self) -> Iterable[str]:
        value = self._value
        yield f"{value['document']}: {self._finding}"
        yield f"as of {value['as_of']}, issue {value['issue'][:7]}; {value['regions']} regions"
        for kind in ("faults", "figures", "behind"):
            yield from getattr(self.result, kind, ())

    def _display(self) -> pd.DataFrame:
        return self.changed


class ChartSet(View):
    """The charts that were written; `Project.chart_set` gives it.

    Examples
    --------
    ::

        found = project.chart_set("charts")
        found.paths[-1]  # index.html
    """

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file, the index last.

        Examples
        --------
        ::

            [path for path in found.paths if path.suffix == ".svg"]
        """
        return tuple(map(Path, self._value["paths"]))

    @property
    def left(self) -> pd.DataFrame:
        """Charts there are none of, and why.

        Examples
        --------
        ::

            print(found.left)
        """
        return self._table("left", index="chart")

    def _heading(self) -> Iterable[str]:
        yield f"{self._value['charts']} charts in {len(self.paths)} files; see {self.paths[-1]}"

    def _display(self) -> pd.DataFrame:
        return self.left.reset_index()


class Briefs(Opened):
    """Documents that show the forecast, as ``forecast brief``; `Project.brief` gives it.

    Examples
    --------
    ::

        project.brief.new("follow-on.md")
        project.brief.check("follow-on.md").agrees
    """

    def new(
        self, document: Place = "brief.md", *, notes: str = "chicago", force: bool = False
    ) -> Document:
        """Write a follow-on brief, filled with the forecast issued last.

        Parameters
        ----------
        document : path
            Ends in .md, .qmd, .docx, .html or .pdf; without an ending it is Markdown.
        notes : {"chicago", "house"}
            Style of the notes on sources.
        force : bool
            Whether a file that is there may be replaced.

        Raises
        ------
        DocumentError, OutputError, LedgerError
            If the file is there already or cannot be written, or nothing was issued.

        Examples
        --------
        ::

            project.brief.new("follow-on.docx", notes="house")
        """
        from forecast.publish.documents import new

        place = Path(as_place(document, "document"))
        with self._telling() as told:
            told.stage("writing the brief")
            done = new(self._files, place, style=_style(notes), force=force)
        return _written(done, place)

    def render(
        self,
        source: Place,
        target: Place | None = None,
        *,
        as_of: Day | None = None,
        notes: str = "chicago",
        template: Place | None = None,
    ) -> Document:
        """Fill the placeholders of a document of your own.

        Parameters
        ----------
        source : path
            With placeholders; it stays as it is.
        target : path, optional
            By default the source itself.
        as_of : str or date, optional
            Of the issued forecast; by default the latest.
        notes : {"chicago", "house"}
        template : path, optional
            Word document whose styles a text takes that becomes one.

        Raises
        ------
        DocumentError, OutputError, LedgerError
            What you can mend, with its place.

        Examples
        --------
        ::

            project.brief.render("template.md", "follow-on.pdf")
        """
        from forecast.publish.documents import render

        place = Path(as_place(source, "source"))
        end = place if target is None else Path(as_place(target, "target"))
        house = None if template is None else Path(as_place(template, "template"))
        with self._telling() as told:
            told.stage("filling the document")
            done = render(
                self._files, place, end, as_of=as_day(as_of), style=_style(notes), house=house
            )
        return _written(done, end)

    def refresh(
        self, document: Place, *, as_of: Day | None = None, notes: str = "chicago"
    ) -> Document:
        """Renew every region of a document in place.

        If the files changed since the forecast was issued, it is issued anew first.

        Raises
        ------
        DocumentError, OutputError, ForecastError
            What you can mend; the document stays as it is then.

        Examples
        --------
        ::

            project.brief.refresh("follow-on.md").changed
        """
        from forecast.publish.documents import refresh

        place = Path(as_place(document, "document"))
        with self._telling() as told:
            done = refresh(
                self._files, place, as_of=as_day(as_of), style=_style(notes), reporter=told
            )
        return _written(done, place)

    def check(
        self, document: Place, *, as_of: Day | None = None, notes: str = "chicago"
    ) -> Document:
        """Tell whether a document still agrees with the forecast.

        Raises
        ------
        DocumentError, LedgerError
            If it cannot be read, or nothing in it is the forecast's.

        Examples
        --------
        ::

            project.brief.check("follow-on.md").agrees
        """
        from forecast.publish.documents import check

        place = Path(as_place(document, "document"))
        found = check(self._files, place, as_of=as_day(as_of), style=_style(notes))
        finding = "agrees with the forecast" if found.agrees else "differs from the forecast"
        return Document(found.result, found.changed, finding)

    def provenance(self, document: Place, *, notes: str = "chicago") -> Document:
        """Tell which forecast a document shows, and fill it again from that very issue.

        Raises
        ------
        DocumentError
            If it has no stamp, or the ledger never issued what it names.

        Examples
        --------
        ::

            project.brief.provenance("follow-on.pdf").plain()["issue"]
        """
        from forecast.publish.documents import provenance

        place = Path(as_place(document, "document"))
        found = provenance(self._files, place, style=_style(notes))
        finding = "is from its issue" if found.result.agrees else "is not from its issue"
        return Document(found.result, found.differs, finding)


def _style(notes: str) -> Style:
    from forecast.briefs.notes import STYLES

    require_known(as_text(notes, "notes"), STYLES, what="style of notes")
    return "house" if notes == "house" else "chicago"


def _written(done: Any, place: Path) -> Document:
    written = [str(path) for path in done.written]
    found = WrittenDocument(
        document=written[-1] if written else str(place),
        agrees=True,
        as_of=done.stamp.as_of,
        issue=done.stamp.issue,
        regions=done.regions,
        written=written,
    )
    return Document(found, done.changed, "written")
