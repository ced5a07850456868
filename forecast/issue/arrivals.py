"""What arrives in files: put into the ledger, tried beside it, or set aside with the reason."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from forecast.beliefs import Beliefs, CoverageWindow, Report
from forecast.beliefs.event_files import EventFolder
from forecast.beliefs.identity import identity, unified
from forecast.beliefs.places import read_body
from forecast.beliefs.reports import windows_of
from forecast.beliefs.words import counted
from forecast.errors import ForecastError, Problem, ReportsError
from forecast.ledger import Ledger, SyncResult, text_hash
from forecast.ledger.hashing import texts_hash
from forecast.project.case import remembered
from forecast.project.project import ARRIVED, Record

__all__ = [
    "REFUSED",
    "Came",
    "bring_back",
    "ended_coverage",
    "file_key",
    "read_sources",
    "reason_of",
    "set_aside",
    "take_in",
    "thinned_reports",
]

#: Days of coverage that are compared with those before, and how rarely chance alone brings so few.
_RECENT, _BY_CHANCE = 91, 0.05

_BLOCK = 1 << 20
#: Name of a file, and what it holds.
type Came = tuple[str, str | bytes]


def file_key(name: str, body: str | bytes) -> tuple[str, str]:
    """Return what a file is known again by: its name without the folder, and its hash."""
    if isinstance(body, str):
        return Path(name).name, text_hash(body)
    try:  # text by what it says, whatever its line ends
        text = io.TextIOWrapper(io.BytesIO(body), "utf-8-sig", newline=None)
        return Path(name).name, texts_hash(iter(partial(text.read, _BLOCK), ""))
    except UnicodeDecodeError:
        return Path(name).name, hashlib.sha256(body).hexdigest()


def read_sources(names: Sequence[str], standard_input: str | bytes | None) -> list[Came]:
    """Read files whole; ``-`` is standard input.

    Raises
    ------
    ReportsError
        If a file cannot be read.
    """
    out: list[Came] = []
    for name in names:
        if name == "-":
            out.append(("standard input", standard_input or ""))
            continue
        body = read_body(Path(name))
        if isinstance(body, Problem):
            raise ReportsError(str(body))
        out.append((name, body))
    return out


def take_in(
    ledger: Ledger,
    beliefs: Beliefs,
    old: Record,
    came: EventFolder,
    *,
    files: Sequence[tuple[str, str]] | None,
) -> tuple[SyncResult, Record]:
    """Store what came in some files, or without them only put it beside what there is."""
    told = {one.announcement_id: one for one in old.announcements}
    spelt = {identity(name): name for name in told}
    announced = [
        replace(one, announcement_id=spelt.get(identity(one.announcement_id), one.announcement_id))
        for one in came.announcements
    ]
    if files is not None:
        changes = ledger.take_in(
            came.reports, came.coverage, announced, origin=ARRIVED, files=files
        )
        new = Record.of(ledger, changes, beliefs, near=old.held)
        return changes, replace(new, crowd=old.crowd)
    there = {report.report_id: report for report in old.reports}
    ids = {identity(report_id): report_id for report_id in there}
    found: dict[str, list[str]] = {"new": [], "known": [], "revised": []}
    for report in came.reports:
        row = replace(report, report_id=ids.get(identity(report.report_id), report.report_id))
        held_row = there.get(row.report_id)
        kind = "new" if held_row is None else "known" if held_row == row else "revised"
        found[kind].append(row.report_id)
        there[row.report_id] = row
    changes = SyncResult(**{kind: tuple(sorted(ids)) for kind, ids in found.items()})
    coverage = [*old.coverage, *came.coverage]
    told |= {one.announcement_id: one for one in announced}
    reports = remembered(unified(there.values()), ledger, beliefs, recorded_by=old.recorded_by)
    return changes, replace(
        old,
        reports=reports,
        coverage=coverage,
        changes=changes,
        announcements=[told[name] for name in sorted(told)],
    )


def ended_coverage(
    beliefs: Beliefs, coverage: Sequence[CoverageWindow], reports: Sequence[Report]
) -> list[str]:
    """Say whose coverage ended before the events that reports tell of, a sentence for each day.

    After that day silence says nothing, so an indicator can only speak by being reported.
    """
    latest = max((one.occurred_on for one in reports if one.use == "evidence"), default=None)
    ends: dict[dt.date, list[str]] = defaultdict(list)
    for name, indicator in beliefs.indicators.items():
        if indicator.kind != "presence" or indicator.detection == 0.0:
            continue
        days = [one.ends_on for one in windows_of(coverage, name)]  # one of detection 0 is a word
        if latest is not None and days and max(days) < latest:
            ends[max(days)].append(name)
    return [
        f"coverage of {_named(names)} ended on {day}, before {latest}: silence after it does not "
        "count; if somebody looked since, say so with: forecast events coverage add"
        for day, names in sorted(ends.items())
    ]


def thinned_reports(
    beliefs: Beliefs,
    coverage: Sequence[CoverageWindow],
    reports: Sequence[Report],
    *,
    as_of: dt.date,
) -> list[str]:
    """Ask whether detection still holds where reports became fewer than half of what they were.

    Reports used as evidence of what happens or does not, by the day they were reported, within the
    days on which somebody looked: the last `_RECENT` of these days against all before. Where so few
    are to be expected by chance (Poisson, below `_BY_CHANCE`) nothing is said.
    """
    start, days = beliefs.brief.as_of, (as_of - beliefs.brief.as_of).days
    covered = sorted(
        {
            day
            for one in coverage
            if one.detection != 0.0
            for day in range(
                max(0, (one.starts_on - start).days - 1), min(days, (one.ends_on - start).days)
            )
        }
    )
    before, recent = set(covered[:-_RECENT]), set(covered[-_RECENT:])
    if len(before) < _RECENT:
        return []
    coded = [
        (one.reported_on - start).days - 1
        for one in reports
        if one.use == "evidence" and beliefs.indicators[one.indicator].kind == "presence"
    ]
    then, now = sum(day in before for day in coded), sum(day in recent for day in coded)
    expected = then * _RECENT / len(before)
    if now >= expected / 2 or _poisson(now, expected) > _BY_CHANCE:
        return []
    month = 365.25 / 12
    said = (
        f"{counted(now, 'report')} coded in the last {_RECENT} days on which somebody looked, "
        f"{now * month / _RECENT:.1f} a month after {then * month / len(before):.1f}: does "
        "detection still hold? If less is looked at, say so with: forecast events coverage end, "
        "or add with a lower detection; else silence counts as before"
    )
    return [said]


def _poisson(most: int, expected: float) -> float:
    """Probability of so many or fewer, with what is large taken by its logarithm."""
    return math.fsum(
        math.exp(n * math.log(expected) - math.lgamma(n + 1) - expected) for n in range(most + 1)
    )


def _named(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


#: Folder inside a watched one.
REFUSED = "refused"


def set_aside(path: Path, error: ForecastError) -> Path | None:
    """Move a file into the folder ``refused``, and write why; None where that cannot be done.

    A file of the same name that lies there stays: the new one gets a number.
    """
    folder = path.parent / REFUSED
    try:
        folder.mkdir(exist_ok=True)
        place = folder / path.name
        number = 1
        while place.exists():
            number += 1
            place = folder / f"{path.stem}-{number}{path.suffix}"
        problems = getattr(error, "problems", ()) or (error,)
        reason_of(place).write_text("".join(f"{each}\n" for each in problems), "utf-8")
        return path.replace(place)
    except OSError:  # a folder that is read-only: the file stays where it is
        return None


def bring_back(place: Path, path: Path) -> bool:
    """Move a file back to where it landed, unless another one is there; say whether it was."""
    try:
        if path.exists() or not place.exists():
            return False
        place.replace(path)
        reason_of(place).unlink(missing_ok=True)
    except OSError:
        return False
    return True


def reason_of(place: Path) -> Path:
    """Return the file that says why one was set aside."""
    return place.with_name(f"{place.name}.why.txt")
