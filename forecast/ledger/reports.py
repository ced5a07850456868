"""Reports: as they come, every version that was ever read, and whether it stands.

A report stands unless the last word on it in ``retraction`` withdrew it. Synchronising an origin
(a folder or a file) withdraws what is no longer there and restores what came back; what was
retracted by hand stays retracted until it is restored by hand.

What reports tell inference, and which rows the ledger does not hold yet, is worked out here too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from itertools import batched, chain, pairwise
from operator import attrgetter
from sys import intern
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, func, insert, select

from forecast.beliefs.announcements import (
    Announcement,
    announcement_content,
    known_announcements,
)
from forecast.beliefs.identity import identity, row_fault
from forecast.beliefs.reports import Report
from forecast.errors import LedgerError, ReportsError
from forecast.ledger.database import Database
from forecast.ledger.hashing import (
    canonical_json,
    content_of,
    day,
    moment,
    stamp,
    text_hash,
    texts_hash,
)
from forecast.ledger.records import ReportRecord, Shared, SyncResult
from forecast.ledger.schema import report_version, retraction, sealed
from forecast.ledger.versions import VersionedLog
from forecast.names import nearest

__all__ = [
    "Arrival",
    "ReportLog",
    "Standing",
    "arrivals",
    "evidence_fingerprint",
    "word",
]

#: Rows that are written at once, and ids that are asked for at once.
_AT_ONCE, _ASKED = 10_000, 500
_STREAMED: Final = {"execution_options": {"yield_per": _AT_ONCE}}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report as it comes from outside, ready to be written."""

    report_id: str
    content: str
    content_hash: str
    occurred_on: str
    reported_on: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The latest version of a report, and the last word on whether it stands."""

    version: int
    content_hash: str
    origin: str
    retracted: bool = False
    by_hand: bool = False
    others: Mapping[str, str] | None = None  # what each origin said last, where there are several

    def said(self, origin: str) -> str | None:
        """Give the hash of what an origin said last; None where it said nothing."""
        if self.others is None:
            return self.content_hash if origin == self.origin else None
        return self.others.get(origin)


def arrivals(reports: Iterable[object], *, origin: str) -> Iterator[Arrival]:
    """Make the rows of an origin ready, one by one, so that none is held.

    Raises
    ------
    ReportsError
        If a row has no id, or two have the same.
    LedgerError
        If a row has no JSON form, or a day is not one.
    """
    came: set[str] = set()
    for item in reports:
        content = content_of(item)
        report_id = str(content.get("report_id") or "")
        where = f"{origin}: {report_id or 'a row'}"
        if not report_id:
            raise ReportsError(f"{origin}: a row came without report_id; allowed: a unique id")
        if identity(report_id) in came:
            raise ReportsError(f"{where}: this report_id came twice; allowed: once")
        came.add(identity(report_id))
        if fault := row_fault(content):
            raise ReportsError(f"{origin}: a row: {fault}")
        yield _arrival(report_id, content, where)


def _arrival(report_id: str, content: Mapping[str, object], where: str) -> Arrival:
    text = canonical_json(content, where=where)
    return Arrival(
        report_id,
        text,
        text_hash(text),
        day(content.get("occurred_on"), where=f"{where}: occurred_on"),
        day(content.get("reported_on"), where=f"{where}: reported_on"),
    )


class _Comparison:
    """What an origin says now against what the ledger holds, row by row.

    Unless what comes is the `whole` of the origin, nothing is withdrawn, and a report that came
    from elsewhere and says the same again stays as it is.
    """

    def __init__(self, held: Mapping[str, Standing], *, origin: str, whole: bool = True) -> None:
        self.held, self.origin, self.whole = held, origin, whole
        self.came: set[str] = set()
        self.words: list[tuple[str, bool, str]] = []
        self._found: dict[str, list[str]] = {name: [] for name in SyncResult.__dataclass_fields__}

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {identity(report_id): report_id for report_id in sorted(self.held)}

    def as_held(self, arrival: Arrival) -> Arrival:
        """Give a report that the ledger holds under another spelling of its id that spelling."""
        report_id = arrival.report_id
        if not self.held or report_id in self.held:
            return arrival
        spelt = self._spellings.get(identity(report_id), report_id)
        if spelt == report_id:
            return arrival
        content = {**json.loads(arrival.content), "report_id": spelt}
        text = canonical_json(content, where=report_id)
        return replace(arrival, report_id=spelt, content=text, content_hash=text_hash(text))

    def version(self, arrival: Arrival) -> int | None:
        """Give the number of the version that a row is written as; None where it is not."""
        report_id, before = arrival.report_id, self.held.get(arrival.report_id)
        self.came.add(report_id)
        told = before is not None and self._told_before(arrival, before)
        self._found[_kind(arrival, before, told_before=told)].append(report_id)
        if before and before.retracted and before.by_hand:
            self._found["held"].append(report_id)
        elif before and before.retracted:
            self.words.append((report_id, False, f"came back in {self.origin}"))
        return None if told else before.version + 1 if before else 1

    def _told_before(self, arrival: Arrival, before: Standing) -> bool:
        """Whether nothing new is said: a row that stayed as it was undoes no later correction."""
        if self.whole and before.origin != self.origin:
            return not before.retracted and before.said(self.origin) == arrival.content_hash
        return before.content_hash == arrival.content_hash

    def result(self) -> SyncResult:
        """Say what a reader would call it all, once every row came; what is gone is withdrawn."""
        for report_id, before in self.held.items() if self.whole else ():
            gone = before.origin == self.origin and report_id not in self.came
            if gone and not before.retracted:
                self._found["withdrawn"].append(report_id)
                self.words.append((report_id, True, f"no longer in {self.origin}"))
        return SyncResult(**{name: tuple(sorted(ids)) for name, ids in self._found.items()})


def _kind(arrival: Arrival, before: Standing | None, *, told_before: bool) -> str:
    if before is None:
        return "new"
    if before.retracted and not before.by_hand:
        return "restored"
    same = told_before or before.content_hash == arrival.content_hash
    return "known" if same else "revised"


def _version(
    arrival: Arrival, *, number: int, origin: str, now: str, case: str
) -> dict[str, object]:
    """Return the row that records a report as it reads now."""
    row = {
        "report_id": arrival.report_id,
        "version": number,
        "content": arrival.content,
        "content_hash": arrival.content_hash,
        "occurred_on": arrival.occurred_on,
        "reported_on": arrival.reported_on,
        "recorded_at": now,
        "origin": origin,
    }
    return sealed(report_version, row, case=case)


def word(
    report_id: str, *, now: str, retracted: bool, origin: str | None, reason: str, case: str
) -> dict[str, object]:
    """Return the row that withdraws a report or lets it stand again."""
    row = {
        "report_id": report_id,
        "recorded_at": now,
        "retracted": int(retracted),
        "origin": origin,
        "reason": reason,
    }
    return sealed(retraction, row, case=case)


_FORMAT = 1  # changes when the document below changes its meaning
_WHO = ("event_id", "lineage", "indicator", "use", "reliability")


_TOLD = (*_WHO, "credibility", "occurred_on", "reported_on", "value", "exposure")


type _Window = tuple[int, int, float | None]  # first day, day after the last, detection


def evidence_fingerprint(
    reports: Iterable[object],
    coverage: Iterable[object],
    announcements: Iterable[Announcement] = (),
    *,
    as_of: date | None = None,
) -> str:
    """Return the SHA-256 of what reports, coverage and announcements tell inference.

    Of a report that is: event, lineage, both days, indicator, grade, use, value, exposure, and what
    was learnt of its source, where anything was; of coverage: the detection probability of each
    indicator on each day; of an announcement all but what only people read (source, note). What
    they read of a report (summary, source, note) changes nothing either; nor does the order of
    reports, nor that of windows unless they overlap, where the later one holds.

    Parameters
    ----------
    reports : iterable of Report, ReportRecord or mapping
    coverage : iterable of CoverageWindow, CoverageRecord or mapping
        In order: a later window overrides an earlier one of the same indicator.
    announcements : iterable of Announcement, optional
        Without any, the print is that of before there were announcements.
    as_of : date, optional
        Leave out reports after this day, and end all coverage on it: a week of silence more is
        other evidence, a week in which nobody looked is not.

    Raises
    ------
    LedgerError
        If a day or a number cannot be read.

    Examples
    --------
    >>> window = {"indicator": "*", "starts_on": "2024-01-01", "ends_on": "2024-01-31",
    ...           "detection": 0.3, "source": "desk", "rationale": "weekly reading"}
    >>> print_ = evidence_fingerprint([], [window])
    >>> print_ == evidence_fingerprint([], [{**window, "rationale": "other words"}])
    True
    >>> print_ == evidence_fingerprint([], [{**window, "detection": 0.4}])
    False
    """
    limit = None if as_of is None else date.fromisoformat(day(as_of, where="as_of"))
    told = sorted(
        canonical_json({**row, **_learnt(report, limit)})
        for report in reports
        if (row := _told(report))["reported_on"] <= (limit or date.max)
    )
    windows: dict[str, list[_Window]] = defaultdict(list)
    for item in coverage:
        content = content_of(item)
        first, last = _date(content, "starts_on"), _date(content, "ends_on")
        last = last if limit is None else min(last, limit)
        if first <= last:
            chance = _number(content.get("detection"))
            window = (first.toordinal(), last.toordinal() + 1, chance)
            windows[str(content["indicator"])].append(window)
    document: dict[str, object] = {
        "format": _FORMAT,
        "coverage": {name: _effective(rows) for name, rows in windows.items()},
    }
    known = known_announcements(announcements, date.max if limit is None else limit)
    if known:
        document["announcements"] = [_announced(one) for one in known]
    # as the hash of one document, whose text is not made: "reports" comes last in it
    rows = (f",{row}" if number else row for number, row in enumerate(told))
    return texts_hash(chain((canonical_json(document)[:-1], ',"reports":['), rows, ("]}",)))


def _told(report: object) -> dict[str, Any]:
    """Say what a report tells inference, days as days."""
    content: Mapping[str, object] = (
        {name: getattr(report, name) for name in _TOLD}
        if isinstance(report, Report)
        else content_of(report)
    )
    exposure = _number(content.get("exposure"))
    return {
        **{name: str(content.get(name)) for name in _WHO},
        "credibility": str(content.get("credibility")),
        "occurred_on": _date(content, "occurred_on"),
        "reported_on": _date(content, "reported_on"),
        "value": _number(content.get("value")),
        "exposure": 1.0 if exposure is None else exposure,
    }


def _learnt(report: object, limit: date | None) -> dict[str, object]:
    """Say what was learnt of a report's source; where nothing was, the print stays as it was."""
    learnt = [
        [day.isoformat(), truth]
        for day, truth in getattr(report, "learnt", ())
        if limit is None or day <= limit
    ]
    return {"learnt": learnt} if learnt else {}


def _announced(announcement: Announcement) -> dict[str, str]:
    content = announcement_content(announcement)
    return {k: v for k, v in content.items() if k not in {"source_title", "source_url", "note"}}


def _effective(windows: Sequence[_Window]) -> list[list[object]]:
    """Cut overlapping windows into stretches that do not overlap; equal neighbours are one."""
    cuts = sorted({cut for first, after, _ in windows for cut in (first, after)})
    stretches: list[list[object]] = []
    for begin, end in pairwise(cuts):
        chances = [chance for first, after, chance in windows if first <= begin < after]
        if not chances:
            continue
        if stretches and stretches[-1][1:] == [begin, chances[-1]]:
            stretches[-1][1] = end
        else:
            stretches.append([begin, end, chances[-1]])
    return stretches


def _date(content: Mapping[str, object], name: str) -> date:
    if type(found := content.get(name)) is date:
        return found
    return date.fromisoformat(day(content.get(name), where=name))


def _number(value: object) -> float | None:
    return None if value is None or value == "" else float(str(value))


class ReportLog(VersionedLog[ReportRecord]):
    """Reports, and the words that withdraw them or let them stand again."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, report_version, "report")

    def sync(self, reports: Iterable[object], *, origin: str) -> SyncResult:
        """Record what an origin holds now, in one transaction; a second time adds nothing.

        Parameters
        ----------
        reports : iterable of Report, ReportRecord or mapping
            All rows of the origin, with at least ``report_id``, ``occurred_on``, ``reported_on``.
        origin : str
            The folder or file they come from. A report belongs to the origin it last came from.

        Raises
        ------
        ReportsError
            If two rows have the same ``report_id``; nothing is stored then.
        LedgerError
            If a row has no JSON form or the database cannot be written.
        """
        return self._record(reports, origin=origin, whole=True)

    def add(self, reports: Iterable[object], *, origin: str) -> SyncResult:
        """Record reports beside what an origin holds already, in one transaction.

        Nothing is withdrawn: what came earlier and is not among them stands as it stood.

        Parameters
        ----------
        reports : iterable of Report, ReportRecord or mapping
            New rows, and corrected ones under the id they had.
        origin : str
            Where they come from. It has to differ from that of a folder which is synchronised, or
            the next synchronisation withdraws them; a report known under another origin keeps it.

        Raises
        ------
        ReportsError, LedgerError
            As in `sync`.
        """
        return self._record(reports, origin=origin, whole=False)

    def _record(self, reports: Iterable[object], *, origin: str, whole: bool) -> SyncResult:
        rows = reports if isinstance(reports, Sequence) else tuple(reports)
        with self.database.reading() as connection:
            held = self._standing(connection)
        if held:  # mostly nothing is new, and then nobody waits for the lock of a writer
            compared = _Comparison(held, origin=origin, whole=whole)
            written = [name for name, number, _ in _each(rows, compared) if number]
            result = compared.result()
            if not written and not compared.words:
                return result
            del held, compared
        with self.database.writing() as (connection, now):
            return self.take(connection, rows, origin=origin, now=now, whole=whole)

    def take(
        self,
        connection: Connection,
        reports: Iterable[object],
        *,
        origin: str,
        now: str,
        whole: bool,
    ) -> SyncResult:
        """Write what is new among reports that come, some at once, in the caller's transaction."""
        case = self.database.case
        compared = _Comparison(self._standing(connection), origin=origin, whole=whole)
        versions = (
            _version(arrival, number=number, origin=origin, now=now, case=case)
            for _, number, arrival in _each(reports, compared)
            if number
        )
        for some in batched(versions, _AT_ONCE, strict=False):
            connection.execute(insert(report_version), list(some))
        result = compared.result()
        words = (
            word(report_id, now=now, retracted=retracted, origin=origin, reason=reason, case=case)
            for report_id, retracted, reason in compared.words
        )
        for some in batched(words, _AT_ONCE, strict=False):
            connection.execute(insert(retraction), list(some))
        return result

    def latest(
        self,
        *,
        as_of: date | None = None,
        recorded_by: datetime | None = None,
        withdrawn: bool = False,
    ) -> list[ReportRecord]:
        """Return the latest version of every report that stands, by day of report, then id.

        Parameters
        ----------
        as_of : date, optional
            Only reports with ``reported_on`` up to and including this day.
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        withdrawn : bool
            Also those that were retracted or withdrawn.
        """
        found = self._stream(as_of, recorded_by, withdrawn=withdrawn)
        return sorted(found, key=attrgetter("reported_on", "report_id"))

    def held(
        self,
        *,
        recorded_by: datetime | None = None,
        withdrawn: bool = False,
        only: Collection[str] | None = None,
        without: Collection[str] = (),
    ) -> list[Report]:
        """Return the reports of `latest` themselves, in its order, and no more than is asked for.

        Parameters
        ----------
        recorded_by, withdrawn
            As in `latest`.
        only : collection of str, optional
            Ids of the reports that are asked for.
        without : collection of str, optional
            Texts that are left empty, such as `READ`. A million reports take 350 MB without what
            only people read, and twice that with it.
        """
        share = Shared(without)
        found: list[Report] = []
        for some in [None] if only is None else batched(sorted(only), _ASKED, strict=False):
            records = self._stream(None, recorded_by, withdrawn=withdrawn, only=some)
            found += map(share.report, records)
        return sorted(found, key=attrgetter("reported_on", "report_id"))

    def changed(self, first: datetime | None, last: datetime | None) -> set[str]:
        """Return the ids of all reports of which anything was said after one moment and to another.

        Parameters
        ----------
        first, last : datetime or None
            None is before anything was recorded.
        """
        early, late = sorted("" if one is None else stamp(one) for one in (first, last))
        found: set[str] = set()
        with self.database.reading() as connection:
            for table in (report_version, retraction):
                when = (table.c.recorded_at > early, table.c.recorded_at <= late)
                asked = select(table.c.report_id).where(self.database.own(table), *when)
                found |= set(connection.scalars(asked))
        return found

    def elsewhere(self, origin: str) -> Iterator[ReportRecord]:
        """Give the reports that stand and came last from somewhere else than an origin."""
        return self._stream(None, None, withdrawn=False, but=origin)

    def _stream(
        self,
        as_of: date | None,
        recorded_by: datetime | None,
        *,
        withdrawn: bool,
        only: Sequence[str] | None = None,
        but: str | None = None,
    ) -> Iterator[ReportRecord]:
        """Read the latest versions one by one, each as it was sealed."""
        statement = _latest(self.database, recorded_by, withdrawn=withdrawn, only=only)
        if but is not None:
            statement = statement.where(report_version.c.origin != but)
        if as_of is not None:
            limit = day(as_of, where="as_of")
            statement = statement.where(report_version.c.reported_on <= limit)
        with self.database.reading() as connection:
            for row in connection.execute(statement, **_STREAMED):
                yield self.value(row)

    def versions(self, report_id: str) -> list[ReportRecord]:
        """Return every version of one report, the first one first.

        Raises
        ------
        ReportsError
            If the ledger has never seen this report.
        """
        with self.database.reading() as connection:
            rows = connection.execute(self.of(report_id)).all()
            if not rows:
                raise self._unknown(connection, report_id)
        return [self.value(row) for row in rows]

    def would_stand(self, reports: Iterable[object], *, origin: str) -> tuple[set[str], set[str]]:
        """Tell what `sync` would leave, and write nothing.

        Returns
        -------
        taken : set of str
            Ids of the rows that would be recorded, as new or as another version.
        stands : set of str
            Ids of all reports that would stand, of this origin and of every other.
        """
        with self.database.reading() as connection:
            held = self._standing(connection)
        compared = _Comparison(held, origin=origin)
        taken = {name for name, number, _ in _each(reports, compared, as_held=False) if number}
        compared.result()
        last = {name: not one.retracted for name, one in held.items()}
        last |= {name: not retracted for name, retracted, _ in compared.words}
        return taken, {name for name in {*compared.came, *held} if last.get(name, True)}

    def retract(self, report_id: str, *, reason: str) -> bool:
        """Withdraw a report by hand; return False if it was retracted by hand already.

        Raises
        ------
        ReportsError
            If the ledger has never seen this report, or no reason is given.
        """
        return self._decide(report_id, reason=reason, retracted=True)

    def restore(self, report_id: str, *, reason: str) -> bool:
        """Let a retracted report stand again; return False if it stands already.

        Raises
        ------
        ReportsError
            If the ledger has never seen this report, or no reason is given.
        """
        return self._decide(report_id, reason=reason, retracted=False)

    def _decide(self, report_id: str, *, reason: str, retracted: bool) -> bool:
        if not reason.strip():
            raise ReportsError(f"{report_id}: no reason came; allowed: a sentence that says why")
        case = self.database.case
        with self.database.writing() as (connection, now):
            known = self._standing(connection, report_id).get(report_id)
            if known is None:
                raise self._unknown(connection, report_id)
            done = known.retracted and known.by_hand if retracted else not known.retracted
            if done:
                return False
            row = word(
                report_id, now=now, retracted=retracted, origin=None, reason=reason, case=case
            )
            connection.execute(insert(retraction), row)
        return True

    def _standing(
        self, connection: Connection, report_id: str | None = None
    ) -> dict[str, Standing]:
        """Return how each report stands in the ledger, or only one of them."""
        columns = report_version.c
        versions = select(columns.report_id, columns.version, columns.content_hash, columns.origin)
        versions = versions.where(self.database.own(report_version))
        words = select(retraction.c.report_id, retraction.c.retracted, retraction.c.origin)
        words = words.where(self.database.own(retraction))
        if report_id is not None:
            versions = versions.where(columns.report_id == report_id)
            words = words.where(retraction.c.report_id == report_id)
        # later rows overwrite earlier ones, so the last word on each report remains
        said = {
            row.report_id: (row.retracted == 1, row.origin is None)
            for row in connection.execute(words.order_by(retraction.c.recorded_at))
        }
        out: dict[str, Standing] = {}
        several: dict[str, list[Standing]] = {}
        for name, version, content_hash, origin in connection.execute(versions, **_STREAMED):
            texts = (name, content_hash, origin)
            if not (isinstance(version, int) and all(isinstance(one, str) for one in texts)):
                raise LedgerError(
                    f"version {version!r} of report {name} was changed from outside; "
                    "forecast check --ledger lists all such rows; restore a copy of the ledger"
                )
            decided = said.get(name, (False, False))
            one = Standing(version, content_hash, intern(origin), *decided)
            if (other := out.setdefault(name, one)) is not one:
                several.setdefault(name, [other]).append(one)
        for name, each in several.items():
            each.sort(key=attrgetter("version"))
            out[name] = replace(each[-1], others={one.origin: one.content_hash for one in each})
        return out

    def _value(self, row: Row[Any]) -> ReportRecord:
        return ReportRecord(
            row.report_id,
            row.version,
            json.loads(row.content),
            row.content_hash,
            date.fromisoformat(row.occurred_on),
            date.fromisoformat(row.reported_on),
            moment(row.recorded_at),
            row.origin,
        )

    def _unknown(self, connection: Connection, report_id: str) -> ReportsError:
        known = select(report_version.c.report_id).where(self.database.own(report_version))
        ids = connection.scalars(known.distinct()).all()
        hint = nearest(report_id, ids) or f"{len(ids)} are known; see: forecast events list"
        return ReportsError(f"unknown report {report_id!r}; {hint}")


def _each(
    reports: Iterable[object], compared: _Comparison, *, as_held: bool = True
) -> Iterator[tuple[str, int | None, Arrival]]:
    """Give each report that comes, with the version it is to be written as, or None."""
    for came in arrivals(reports, origin=compared.origin):
        arrival = compared.as_held(came) if as_held else came
        yield arrival.report_id, compared.version(arrival), arrival


def _latest(
    database: Database,
    recorded_by: datetime | None,
    *,
    withdrawn: bool,
    only: Sequence[str] | None = None,
) -> Select[Any]:
    """Select the latest versions recorded by a moment; those not withdrawn by then, or all."""
    mine, own_word = database.own(report_version), database.own(retraction)
    if only is not None:
        mine &= report_version.c.report_id.in_(only)
        own_word &= retraction.c.report_id.in_(only)
    versions = (
        select(report_version.c.report_id, func.max(report_version.c.version).label("version"))
        .where(mine)
        .group_by(report_version.c.report_id)
    )
    words = (
        select(retraction.c.report_id, func.max(retraction.c.recorded_at).label("recorded_at"))
        .where(own_word)
        .group_by(retraction.c.report_id)
    )
    if recorded_by is not None:
        limit = stamp(recorded_by)
        versions = versions.where(report_version.c.recorded_at <= limit)
        words = words.where(retraction.c.recorded_at <= limit)
    last, last_word = versions.subquery(), words.subquery()
    gone = (
        select(retraction.c.report_id)
        .join(
            last_word,
            and_(
                retraction.c.report_id == last_word.c.report_id,
                retraction.c.recorded_at == last_word.c.recorded_at,
            ),
        )
        .where(own_word, retraction.c.retracted == 1)
    )
    same = and_(
        report_version.c.report_id == last.c.report_id, report_version.c.version == last.c.version
    )
    every = select(report_version).join(last, same).where(mine)
    return every if withdrawn else every.where(report_version.c.report_id.not_in(gone))
