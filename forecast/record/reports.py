"""Reports by hand: add one, asked cell by cell or given, withdraw or restore it, list them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from forecast.beliefs import Beliefs, Report, Source, content
from forecast.beliefs.event_files import read_report
from forecast.beliefs.identity import spelling_of
from forecast.beliefs.tables import as_cells
from forecast.errors import ArgumentError, ReportsError
from forecast.ledger import Ledger, ReportRecord
from forecast.ledger.hashing import content_hash
from forecast.names import require_known
from forecast.project.project import EVENTS, Project, Record, require_known_today, today
from forecast.record.announcements import AnnouncementRow, announcement_rows
from forecast.result import Result, unit

if TYPE_CHECKING:
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.document import Document
    from prompt_toolkit.validation import Validator

__all__ = [
    "ADDED",
    "Added",
    "ReportList",
    "ReportStanding",
    "add_report",
    "ask_for_report",
    "checked",
    "grade_cells",
    "known_reports",
    "known_sources",
    "list_events",
    "list_reports",
    "restore_report",
    "retract_report",
]


#: Origin of reports that were added by hand.
ADDED = "added"
_PLACE = "events add"
_DIGITS = 12


_Sparse = Field(exclude_if=lambda value: not value)


class ReportRow(Result):
    """A report as it was coded; what only one with a source has is left out of others."""

    report_id: str
    event_id: str = Field(description="the happening it tells of")
    lineage: str = Field(description="the origin it shares with its copies")
    occurred_on: dt.date
    reported_on: dt.date
    indicator: str
    reliability: str = Field(description="Admiralty letter, A to F")
    credibility: int = Field(description="Admiralty digit, 1 to 6")
    use: str = Field(description="`evidence` or `prior`")
    summary: str
    value: Annotated[float, unit("as coded")] | None = Field(
        description="count or level; null for a presence"
    )
    exposure: float = Field(description="what a count is out of, relative to the usual")
    actors: str = Field(description="this and the following may be empty")
    source_title: str
    source_url: str
    source_type: str
    verified: str
    note: str
    source_id: Annotated[str, _Sparse] = Field(
        default="", description="where the row names its source, or its lineage does"
    )
    reliability_reason: Annotated[str, _Sparse] = Field(
        default="", description="why its letter is another than that of its source"
    )
    inherits: Annotated[bool, _Sparse] = Field(
        default=False, description="whether the letter is that of its source and changes with it"
    )

    @property
    def grade(self) -> str:
        """Letter and digit, as in ``B2``."""
        return f"{self.reliability}{self.credibility}"


class ReportList(Result):
    """Reports that were asked for."""

    reports: tuple[ReportRow, ...] = Field(description="by day of report, then id")
    announcements: Annotated[tuple[AnnouncementRow, ...], _Sparse] = Field(
        default=(), description="what was announced, open ones first; left out if there is none"
    )


class Added(Result):
    """What became of a report that was added."""

    state: str = Field(
        description="`new`, `revised`, or `known`: the ledger held the very same, and nothing was "
        "written"
    )
    retracted: bool = Field(
        description="it was retracted by hand and does not count until it is restored"
    )
    report: ReportRow = Field(
        description="as in [`forecast events list --json`](#forecast-events-list---json)"
    )


class ReportStanding(Result):
    """Whether a report counts, after a word on it."""

    report_id: str
    state: str = Field(description="`retracted` or `stands`")
    changed: bool = Field(description="no: it was in that state already, and nothing was written")
    reason: str = Field(description="as given")


def checked(
    cells: Mapping[str, str], beliefs: Beliefs, *, known_sources: Sequence[Source] = ()
) -> Report:
    """Read the cells of a report; without an id it gets one made of its content.

    Raises
    ------
    ReportsError
        With every problem, each named after its column.
    """
    named = bool(cells.get("report_id"))
    report = read_report(
        cells if named else {**cells, "report_id": "new"},
        beliefs=beliefs,
        name=_PLACE,
        known_sources=known_sources,
    )
    require_known_today([report])
    if named:
        return report
    said = content(report)
    del said["report_id"]
    return replace(report, report_id=f"A-{content_hash(said)[:_DIGITS]}")


def add_report(project: Project, cells: Mapping[str, str], *, correct: str | None = None) -> Added:
    """Store one report beside those of ``events/``, which is read first.

    Parameters
    ----------
    project : Project
    cells : mapping of str to str
        As in a row of ``events/reports.csv``; ``report_id`` may be missing.
    correct : str, optional
        The report that is corrected: only what is given changes.

    Raises
    ------
    ArgumentError
        If a correction has an id of its own.
    ReportsError
        With every problem; nothing is stored then.
    """
    if correct is not None and "report_id" in cells:
        raise ArgumentError("give {id} or {correct}, not both")
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        Record.synchronise(project, beliefs, ledger)
        if correct is None:
            cells = {"use": "evidence", **cells}
        else:
            cells = {
                **as_cells(ledger.reports.versions(_spelt(ledger, correct))[-1].report),
                **cells,
            }
        report = checked(cells, beliefs, known_sources=ledger.sources.latest())
        report = replace(report, report_id=_spelt(ledger, report.report_id))
        held = _last(ledger, report.report_id)
        if held and correct is None and held.content_hash != content_hash(content(report)):
            raise ReportsError(
                f"{_PLACE}: {report.report_id!r} is another report, reported {held.reported_on}; "
                f"give another --id, or correct that one with --correct {report.report_id}"
            )
        result = ledger.reports.add([report], origin=ADDED)
    state = "new" if result.new else "revised" if result.revised else "known"
    return Added(state=state, retracted=bool(result.held), report=report)


def known_reports(project: Project) -> list[Report]:
    """Return every report that stands, the newest first."""
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
    return sorted(record.reports, key=lambda one: one.reported_on, reverse=True)


def known_sources(project: Project) -> list[Source]:
    """Return the sources as they were read last."""
    with project.ledger() as ledger:
        return ledger.sources.latest()


def _spelt(ledger: Ledger, report_id: str) -> str:
    """Return the id as the ledger spells it."""
    return spelling_of(
        report_id, (record.report_id for record in ledger.reports.latest(withdrawn=True))
    )


def _last(ledger: Ledger, report_id: str) -> ReportRecord | None:
    try:
        return ledger.reports.versions(report_id)[-1]
    except ReportsError:
        return None


def retract_report(project: Project, report_id: str, *, reason: str) -> ReportStanding:
    """Withdraw a report; it stays in the ledger, and its row in ``events/`` no longer counts.

    Parameters
    ----------
    project : Project
    report_id : str
    reason : str
        Kept beside the retraction.

    Raises
    ------
    ReportsError
        If nobody has seen this report, or no reason is given.
    """
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        Record.synchronise(project, beliefs, ledger)
        changed = ledger.reports.retract(report_id, reason=reason)
    return ReportStanding(report_id=report_id, state="retracted", changed=changed, reason=reason)


def restore_report(project: Project, report_id: str, *, reason: str) -> ReportStanding:
    """Let a report stand again that was retracted by hand.

    Raises
    ------
    ReportsError
        If nobody has seen this report, no reason is given, or its row left ``events/``: the next
        reading would withdraw it again.
    """
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        Record.synchronise(project, beliefs, ledger)
        last = ledger.reports.versions(report_id)[-1]
        rows, _ = project.reported(beliefs)
        if last.origin == EVENTS and all(row.report_id != report_id for row in rows):
            raise ReportsError(
                f"{report_id}: its row is no longer in {project.events}; put it back there, "
                "or add the report with: forecast events add"
            )
        changed = ledger.reports.restore(report_id, reason=reason)
    return ReportStanding(report_id=report_id, state="stands", changed=changed, reason=reason)


def list_reports(
    project: Project,
    *,
    as_of: dt.date | None = None,
    indicator: str | None = None,
    node: str | None = None,
    use: str = "evidence",
) -> list[Report]:
    """Read ``events/`` into the ledger and list what it holds.

    Parameters
    ----------
    project : Project
        Where the files are.
    as_of : datetime.date, optional
        Only reports known by this day.
    indicator, node : str, optional
        Only this indicator; only indicators that point at this node.
    use : {"evidence", "prior", "all"}
        Which reports.

    Returns
    -------
    list of Report
        By day of report, then id.

    Raises
    ------
    BeliefsError
        If there is no such indicator or node.
    """
    _, record, wanted = _listed(project, indicator, node)
    return _reports(record, wanted, as_of=as_of, use=use)


def list_events(
    project: Project,
    *,
    as_of: dt.date | None = None,
    indicator: str | None = None,
    node: str | None = None,
    use: str = "evidence",
) -> ReportList:
    """List reports as `list_reports`, and what was announced of the same indicators.

    Raises
    ------
    BeliefsError
        If there is no such indicator or node.
    """
    beliefs, record, wanted = _listed(project, indicator, node)
    told = announcement_rows(beliefs, record.announcements, as_of=as_of or today())
    every = indicator is None and node is None
    return ReportList(
        reports=_reports(record, wanted, as_of=as_of, use=use),
        announcements=[row for row in told if every or row.indicator in wanted],
    )


def _listed(
    project: Project, indicator: str | None, node: str | None
) -> tuple[Beliefs, Record, set[str]]:
    """Read ``events/`` into the ledger; the beliefs, the record, and which indicators are asked."""
    beliefs = project.beliefs()
    if indicator is not None:
        require_known(indicator, beliefs.indicators, what="indicator")
    if node is not None:
        require_known(node, beliefs.nodes, what="node")
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
    wanted = {n for n, each in beliefs.indicators.items() if node is None or node in each.nodes}
    return beliefs, record, wanted if indicator is None else wanted & {indicator}


def _reports(record: Record, wanted: set[str], *, as_of: dt.date | None, use: str) -> list[Report]:
    rows = [
        report
        for report in record.reports
        if (as_of is None or report.reported_on <= as_of)
        and report.indicator in wanted
        and use in ("all", report.use)
    ]
    return sorted(rows, key=lambda row: (row.reported_on, row.report_id))


_QUESTIONS = {
    "indicator": "Indicator",
    "occurred_on": "Occurred on, such as 2024-06-19",
    "reported_on": "Reported on",
    "use": "Use",
    "source_id": "Source, an id of events/sources.csv, or empty",
    "grade": "Grade, a letter A-F and a digit 1-6",
    "event_id": "Event, the same for every report of one happening",
    "lineage": "Lineage, the origin it shares with its copies",
    "value": "Value",
    "summary": "Summary, one sentence",
    "source_title": "Title of the source",
    "source_url": "Address of the source",
    "note": "Note",
}
_GRADE = ("reliability", "credibility")
_OF_A_SOURCE = "Grade, a digit 1-6 with the letter of its source, or a letter too"
_COMPLETED = frozenset({"event_id", "lineage", "source_title", "source_url"})


def ask_for_report(
    given: Mapping[str, str],
    beliefs: Beliefs,
    known: Sequence[Report],
    sources: Sequence[Source] = (),
) -> dict[str, str]:
    """Ask for what was not given.

    Parameters
    ----------
    given : mapping of str to str
        Cells that came as options.
    beliefs : Beliefs
    known : sequence of Report
        Offered for completion, in this order.
    sources : sequence of Source
        Whose letters it may take; without any, no source is asked for.

    Returns
    -------
    dict of str to str
        The cells given, and those asked for.
    """
    import click
    from prompt_toolkit import prompt

    cells = dict(given)
    for column, text in _QUESTIONS.items():
        kind = beliefs.indicators.get(cells.get("indicator", ""))
        if column == "value" and kind is not None and kind.kind == "presence":
            continue
        if column == "source_id" and not sources:
            continue
        if all(cells.get(name) for name in _columns(column)[-1:]):
            continue
        try:
            said = prompt(
                f"{_OF_A_SOURCE if column == 'grade' and cells.get('source_id') else text}: ",
                default="evidence" if column == "use" else "",
                completer=_completer(column, beliefs, known, sources),
                validator=_check(column, cells, beliefs, sources),
                validate_while_typing=False,
            )
        except EOFError:
            raise click.Abort from None
        cells.update(_cells(column, said))
    return cells


def grade_cells(text: str) -> dict[str, str]:
    """Split a grade into its cells; a digit alone leaves the letter to the report's source.

    Examples
    --------
    >>> grade_cells("B2"), grade_cells("2")
    ({'reliability': 'B', 'credibility': '2'}, {'reliability': '', 'credibility': '2'})
    """
    if len(text) == 1 and text.isdigit():
        return {"reliability": "", "credibility": text}
    return {"reliability": text[:1], "credibility": text[1:]}


def _columns(column: str) -> tuple[str, ...]:
    return _GRADE if column == "grade" else (column,)


def _cells(column: str, said: str) -> dict[str, str]:
    text = said.strip()
    return grade_cells(text) if column == "grade" else {column: text}


def _completer(
    column: str, beliefs: Beliefs, known: Sequence[Report], sources: Sequence[Source]
) -> WordCompleter:
    from prompt_toolkit.completion import WordCompleter

    labels: dict[str, str] = {}
    words: list[str] = []
    if column == "indicator":
        labels = {name: entry.label for name, entry in beliefs.indicators.items()}
        words = list(labels)
    elif column == "source_id":
        labels = {one.source_id: f"{one.reliability}, {one.label}" for one in sources}
        words = list(labels)
    elif column == "use":
        words = ["evidence", "prior"]
    elif column in _COMPLETED:
        words = [word for word in dict.fromkeys(getattr(one, column) for one in known) if word]
    # a title has blanks in it, so what was typed is compared with the whole of it
    return WordCompleter(
        words, meta_dict=labels, ignore_case=True, match_middle=True, sentence=True
    )


def _check(
    column: str, cells: Mapping[str, str], beliefs: Beliefs, sources: Sequence[Source]
) -> Validator:
    """Check the answer to one question by the rules for the whole report."""
    from prompt_toolkit.validation import ValidationError, Validator

    # only after the last of the three questions is it known that no source is given at all
    later = {"source_title": (), "source_url": (), "note": ("source_title",)}
    about: tuple[str, ...] = later.get(column, _columns(column))

    class Check(Validator):
        def validate(self, document: Document) -> None:
            try:
                answered = {**cells, **_cells(column, document.text)}
                checked(answered, beliefs, known_sources=sources)
            except ReportsError as error:
                for one in error.problems:
                    if one.where in about:
                        said = f"{one.came}; {one.allowed}" if one.allowed else one.came
                        raise ValidationError(len(document.text), said) from None

    return Check()
