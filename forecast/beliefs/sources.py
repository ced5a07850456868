"""Sources of reports, the letter each is graded with, and how its reports turned out.

Both are CSV files; every bad row is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Literal, get_args

from forecast.beliefs.identity import ALLOWED, id_fault, identity
from forecast.beliefs.reports import RELIABILITIES, Report
from forecast.beliefs.tables import Cells, Layout, Row
from forecast.errors import Problem
from forecast.names import nearest

__all__ = [
    "SOURCES",
    "VERDICTS",
    "Found",
    "KnownSources",
    "Source",
    "Verdict",
    "origins",
    "read_sources",
    "read_verdicts",
    "source_named",
    "source_of",
    "spelled",
    "verdict_faults",
]


#: What can be said about a report; ``open`` takes back what was said before.
Found = Literal["confirmed", "refuted", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An outlet or a service whose reports are graded with one letter.

    Attributes
    ----------
    source_id, label : str
    reliability : str
        Admiralty letter, A to F.
    hosts : tuple of str
        Hosts of addresses that are its own, with every host below them.
    lineages : tuple of str
        Patterns of lineages that are its own; ``*`` stands for any characters.
    source, rationale : str
        Where the letter comes from, and why it is this one.
    """

    source_id: str
    label: str
    reliability: str
    hosts: tuple[str, ...] = ()
    lineages: tuple[str, ...] = ()
    source: str
    rationale: str
    note: str = ""
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    def has_lineage(self, lineage: str) -> bool:
        """Whether a lineage is one of its own."""
        name = identity(lineage)
        return any(fnmatchcase(name, identity(pattern)) for pattern in self.lineages)

    def has_address(self, address: str) -> bool:
        """Whether an address is on one of its hosts.

        Examples
        --------
        >>> wire = Source(source_id="w", label="W", reliability="B", hosts=("example.org",),
        ...     source="desk", rationale="ours")
        >>> wire.has_address("https://www.example.org/a"), wire.has_address("https://anexample.org")
        (True, False)
        """
        host = _host(address)
        return any(host == own or host.endswith(f".{own}") for own in self.hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a report turned out, as it was known from a day on.

    Attributes
    ----------
    report_id : str
    verdict : {"confirmed", "refuted", "open"}
    known_on : datetime.date
        The day the world knew it. A later verdict on the report takes its place from its own day.
    by : tuple of str
        Reports that confirm or refute it.
    source_title, source_url : str
        What else says so.
    reason : str
    """

    report_id: str
    verdict: Found
    known_on: dt.date
    by: tuple[str, ...] = ()
    source_title: str = ""
    source_url: str = ""
    reason: str
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    @property
    def key(self) -> tuple[str, dt.date]:
        """What there is one verdict of: a report and a day."""
        return self.report_id, self.known_on


def origins(sources: Iterable[Source]) -> dict[str, str]:
    """Name the lineages that are all there is of a source; several would look like one."""
    return {
        one.lineages[0]: one.label
        for one in sources
        if len(one.lineages) == 1 and "*" not in one.lineages[0]
    }


def source_named(
    sources: Iterable[Source], *, source_id: str = "", lineage: str = "", address: str = ""
) -> Source | None:
    """Find the source of a report: the one it names, else by its lineage, else by its address.

    The lineage goes first because it says where a report began; the address only who carried it.
    """
    return KnownSources(sources).named(source_id, lineage=lineage, address=address)


class KnownSources:
    """Sources, found again for many reports.

    Parameters
    ----------
    known : iterable of Source
    """

    def __init__(self, known: Iterable[Source]) -> None:
        self.known: Sequence[Source] = tuple(known)
        self._ids = {identity(one.source_id): one for one in reversed(self.known)}
        self._lineages: dict[str, Source | None] = {}
        self._hosts: dict[str, Source | None] = {}

    def of(self, report: Report) -> Source | None:
        """Find the source of a report."""
        return self.named(report.source_id, lineage=report.lineage, address=report.source_url)

    def named(self, source_id: str = "", *, lineage: str = "", address: str = "") -> Source | None:
        """Find the source of a report, as `source_named`."""
        if source_id:
            return self._ids.get(identity(source_id))
        if lineage not in self._lineages:
            found = next((one for one in self.known if one.has_lineage(lineage)), None)
            self._lineages[lineage] = found
        source, host = self._lineages[lineage], _host(address)
        if source is not None or not host:
            return source
        if host not in self._hosts:
            found = next((one for one in self.known if one.has_address(address)), None)
            self._hosts[host] = found
        return self._hosts[host]


def _host(address: str) -> str:
    place = address.partition("://")[2].partition("/")[0]
    return place.rpartition("@")[2].partition(":")[0].lower()


def source_of(report: Report, sources: Iterable[Source]) -> Source | None:
    """Find the source of a report.

    Examples
    --------
    >>> day = dt.date(2024, 1, 2)
    >>> report = Report(report_id="r", event_id="e", lineage="l", occurred_on=day, reported_on=day,
    ...     indicator="i", reliability="B", credibility=2, use="evidence", summary="s")
    >>> source_of(report, []) is None
    True
    """
    return KnownSources(sources).of(report)


SOURCES = Layout(
    "source_id",
    ("source_id", "label", "reliability", "source", "rationale"),
    ("hosts", "lineages", "note"),
    alike=5,
)
VERDICTS = Layout(
    "verdict",
    ("report_id", "verdict", "known_on", "reason"),
    ("by", "source_title", "source_url"),
    alike=5,
    days=("known_on",),
)


def read_sources(rows: Iterable[Row], problems: list[Problem]) -> list[Source]:
    """Read sources; what is wrong is added to the problems."""
    kept: dict[str, Source] = {}
    owners: dict[str, str] = {}
    for row in rows:
        cells = Cells(row, problems, None)
        source = _source(cells)
        if source is None:
            continue
        earlier = kept.setdefault(identity(source.source_id), source)
        if earlier != source:
            came = f"{source.source_id!r} already stands in {earlier.file}:{earlier.line}"
            cells.wrong("source_id", came, "a source has one row")
        for column, owned in (("hosts", source.hosts), ("lineages", source.lineages)):
            for item in owned:
                owner = owners.setdefault(f"{column} {identity(item)}", source.source_id)
                if identity(owner) != identity(source.source_id):
                    cells.wrong(column, f"{item!r} is of source {owner!r} too", "keep one")
    return list(kept.values())


def _source(cells: Cells) -> Source | None:
    source_id, label = cells.id("source_id"), cells.text("label")
    letter = cells.one_of("reliability", RELIABILITIES, "write a letter from A to F")
    source, rationale = cells.text("source"), cells.text("rationale")
    hosts = tuple(host.lower() for host in cells.row.cells.get("hosts", "").split())
    for host in hosts:
        if id_fault(host) or set(host) & set("/:*,'\u2019()@+"):
            cells.wrong("hosts", f"{host!r} is no host", "write example.org, a blank between two")
    lineages = tuple(cells.row.cells.get("lineages", "").split())
    for pattern in lineages:
        if fault := id_fault(pattern, pattern=True):
            cells.wrong("lineages", fault, f"{ALLOWED}; * stands for any")
    if not cells.clean:
        return None
    return Source(
        source_id=source_id,
        label=label,
        reliability=letter,
        hosts=hosts,
        lineages=lineages,
        source=source,
        rationale=rationale,
        note=cells.row.cells.get("note", ""),
        file=cells.row.file,
        line=cells.row.line,
    )


def read_verdicts(rows: Iterable[Row], problems: list[Problem]) -> list[Verdict]:
    """Read verdicts on reports; what is wrong is added to the problems.

    A report has one verdict a day. Whether there is such a report is not looked at here, because it
    may stand in the ledger only; see `verdict_faults`.
    """
    kept: dict[tuple[str, dt.date], Verdict] = {}
    for row in rows:
        cells = Cells(row, problems, None)
        verdict = _verdict(cells)
        if verdict is None:
            continue
        key = identity(verdict.report_id), verdict.known_on
        earlier = kept.setdefault(key, verdict)
        if replace(earlier, report_id=verdict.report_id) != verdict:
            came = f"{verdict.report_id!r} has one of {verdict.known_on} in line {earlier.line}"
            cells.wrong("report_id", came, "a report has one verdict a day")
    return list(kept.values())


def _verdict(cells: Cells) -> Verdict | None:
    report_id = cells.id("report_id")
    found = cells.one_of("verdict", get_args(Found), "write confirmed, refuted or open")
    known_on, reason = cells.day("known_on"), cells.text("reason")
    free = {name: cells.row.cells.get(name, "") for name in VERDICTS.optional}
    by = tuple(free.pop("by").split())
    for name in by:
        if fault := id_fault(name):
            cells.wrong("by", fault, ALLOWED)
    if found in {"confirmed", "refuted"} and not (by or any(free.values())):
        cells.wrong("by", "nothing says so", "the id of a report, or a source_title or source_url")
    if not cells.clean or known_on is None:
        return None
    said: Found = "confirmed" if found == "confirmed" else "refuted"
    return Verdict(
        report_id=report_id,
        verdict="open" if found == "open" else said,
        known_on=known_on,
        by=by,
        reason=reason,
        **free,
        file=cells.row.file,
        line=cells.row.line,
    )


def spelled(verdicts: Iterable[Verdict], ids: Iterable[str]) -> list[Verdict]:
    """Name reports in verdicts as they are spelled themselves; of two on one day the last stands.

    Examples
    --------
    >>> day = dt.date(2024, 7, 1)
    >>> said = Verdict(report_id="r9", verdict="refuted", known_on=day, by=("r1",), reason="r")
    >>> [(one.report_id, one.by) for one in spelled([said], ["R1", "R9"])]
    [('R9', ('R1',))]
    """
    exact = set(ids)
    known = {identity(name): name for name in exact}

    def right(name: str) -> str:
        return name if name in exact else known.get(identity(name), name)

    out = [
        replace(one, report_id=right(one.report_id), by=tuple(map(right, one.by)))
        for one in verdicts
    ]
    return list({one.key: one for one in out}.values())


def verdict_faults(
    verdict: Verdict, reports: Mapping[str, Report], *, today: dt.date
) -> list[tuple[str, str, str]]:
    """List what is wrong with a verdict: the column, what came, what is allowed.

    Parameters
    ----------
    verdict : Verdict
    reports : mapping of str to Report
        Every report there is or was, by id.
    today : datetime.date

    Examples
    --------
    >>> day = dt.date(2024, 7, 1)
    >>> said = Verdict(report_id="R9", verdict="refuted", known_on=day, by=("R1",), reason="r")
    >>> verdict_faults(said, {}, today=day)[0]
    ('report_id', "there is no report 'R9'", 'see: forecast events list')
    """
    report = reports.get(verdict.report_id)
    if report is None:
        hint = nearest(verdict.report_id, reports) or "see: forecast events list"
        return [("report_id", f"there is no report {verdict.report_id!r}", hint)]
    found = []
    if verdict.known_on > today:
        found.append(("known_on", f"{verdict.known_on} is after today ({today})", "correct it"))
    if verdict.known_on < report.reported_on:
        came = f"{verdict.known_on} is before the report ({report.reported_on})"
        found.append(("known_on", came, "give the day it was known"))
    for name in verdict.by:
        other = reports.get(name)
        if other is None:
            hint = nearest(name, reports) or "see: forecast events list"
            found.append(("by", f"there is no report {name!r}", hint))
        elif identity(name) == identity(verdict.report_id):
            found.append(("by", f"{name} cannot speak for itself", "name another report"))
        elif verdict.verdict == "confirmed" and identity(other.lineage) == identity(report.lineage):
            came = f"{name} has the same lineage ({report.lineage}): a copy confirms nothing"
            found.append(("by", came, "name a report of another lineage"))
        elif other.reported_on > verdict.known_on:
            came = f"{name} was reported on {other.reported_on}, after {verdict.known_on}"
            found.append(("by", came, "known_on is when it was known"))
    return found
