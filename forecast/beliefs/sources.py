"""Sources of reports, the letter each is graded with, and how its reports turned out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from forecast.beliefs.identity import identity
from forecast.beliefs.reports import Report

__all__ = ["Found", "Source", "Verdict", "origins", "source_named", "source_of"]

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
        place = address.partition("://")[2].partition("/")[0]
        host = place.rpartition("@")[2].partition(":")[0].lower()
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
    known: Sequence[Source] = tuple(sources)
    if source_id:
        wanted = identity(source_id)
        return next((one for one in known if identity(one.source_id) == wanted), None)
    return next(
        (one for one in known if one.has_lineage(lineage)),
        next((one for one in known if address and one.has_address(address)), None),
    )


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
    return source_named(
        sources,
        source_id=report.source_id,
        lineage=report.lineage,
        address=report.source_url,
    )
