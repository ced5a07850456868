"""Rows become reports or weekly counts; mirrors and repeats of one article become one."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Literal

from forecast.importers.formats import FORMATS, day_of
from forecast.importers.mapping import EventMapping, code_label
from forecast.importers.matching import Match, Matcher
from forecast.importers.rows import Row
from forecast.importers.seen import Seen, hashed
from forecast.importers.tally import Tally

__all__ = ["Collector", "Plan", "Week"]

_BATCH = 50_000
_DAYS_REMEMBERED = 100_000
_LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Plan:
    """What a project wants of each row.

    Attributes
    ----------
    kinds : mapping of str to {"presence", "count"}
        By indicator.
    week_of : callable
        First day of the week a day lies in.
    brief_as_of : datetime.date
        Reports before it document the prior.
    first, last : datetime.date
        Rows of other days are not wanted.
    """

    kinds: Mapping[str, Literal["presence", "count"]]
    week_of: Callable[[dt.date], dt.date]
    brief_as_of: dt.date
    first: dt.date = dt.date.min
    last: dt.date = dt.date.max


@dataclass(frozen=True, slots=True)
class Week:
    """A weekly count; `days` of the week are covered by the files."""

    indicator: str
    starts_on: dt.date
    count: int
    days: int


@dataclass(slots=True)
class _Candidate:
    match: Match
    occurred: dt.date
    reported: dt.date
    row_id: str
    event: str
    article: str
    place: str
    cells: dict[str, str] = field(default_factory=dict)


class Collector:
    """Takes rows, writes reports, and keeps weekly counts; memory grows with what is kept alone.

    Parameters
    ----------
    mapping : EventMapping
    plan : Plan
    write : callable
        Given each report as a row of ``events/``, column to text.
    tally : Tally
    """

    def __init__(
        self,
        mapping: EventMapping,
        plan: Plan,
        *,
        write: Callable[[dict[str, Any]], None],
        tally: Tally,
    ) -> None:
        self._mapping, self._plan, self._write, self._tally = mapping, plan, write, tally
        self._form = FORMATS[mapping.format]
        self._matcher = Matcher(mapping)
        self._ids, self._keys = Seen(), Seen()
        self._waiting: list[_Candidate] = []
        self._days: dict[str, dt.date | None] = {}
        self._counts: Counter[tuple[str, dt.date]] = Counter()
        self._covered: set[dt.date] = set()

    def take(self, rows: Iterable[Row]) -> None:
        """Take the rows of a file."""
        form, tally = self._form, self._tally
        named = (*form.code, *form.actors[0], *form.actors[1], *form.places)
        at: dict[str, int] = {}
        before = dt.date.min
        for cells, columns, file, line in rows:
            if columns is not at:
                at, cells_of = columns, itemgetter(*(columns[name] for name in named))
                occurred_at = at[form.occurred]
                reported_at = at.get(form.reported, occurred_at)
            occurred = self._day(cells[occurred_at])
            reported = self._day(cells[reported_at]) if cells[reported_at] else occurred
            if occurred is None or reported is None:
                tally.drop("not a date", f"{file}:{line}")
                continue
            if reported < occurred and form.name != "acled":
                tally.drop("reported before it happened", f"{file}:{line}")
                continue
            day = reported if form.counted_by == "reported" else occurred
            if day < before:
                tally.remark("row is dated before the one above it", f"{file}:{line}")
            before = day
            self._covered.add(day)
            found = self._matcher.decide(cells_of(cells))
            if not cells[at[form.row_id]].strip():
                tally.drop("no id", f"{file}:{line}")
            elif isinstance(found, str):
                tally.drop(found, f"{file}:{line}")
                if found == "unknown code":
                    tally.unknown_code(" > ".join(cells[at[name]] for name in form.code))
            elif reason := self._unwanted(occurred, reported, day):
                tally.drop(reason, f"{file}:{line}")
            else:
                self._hold(found, (occurred, max(occurred, reported)), cells, at, f"{file}:{line}")
        self.flush()

    def weeks(self) -> list[Week]:
        """Give every week of every count, those without a row included, as far as files reach."""
        counted = [name for name, kind in self._plan.kinds.items() if kind == "count"]
        held = Counter(
            self._plan.week_of(day)
            for day in self._covered
            if self._plan.first <= day <= self._plan.last
        )
        return [
            Week(name, week, self._counts[name, week], days)
            for name in counted
            for week, days in sorted(held.items())
        ]

    def flush(self) -> None:
        """Decide which of the rows that wait came before, and keep the others."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        fresh = self._sift(waiting, [each.row_id for each in waiting], "id came before", self._ids)
        keys = [self._key(each) for each in fresh]
        reason = "mirror or repeat: same article, actors, code and date"
        for each in self._sift(fresh, keys, reason, self._keys):
            self._tally.kept += 1
            name = self._mapping.rules[each.match.rule].indicator
            if self._plan.kinds[name] == "count":
                by_report = self._form.counted_by == "reported"
                day = each.reported if by_report else each.occurred
                self._counts[name, self._plan.week_of(day)] += 1
            else:
                self._write(self._report(each))

    def _sift(
        self, held: list[_Candidate], keys: Sequence[str], reason: str, seen: Seen
    ) -> list[_Candidate]:
        new = seen.first(hashed(keys))
        for each, first in zip(held, new, strict=True):
            if not first:
                self._tally.merge(reason, each.place)
        return [each for each, first in zip(held, new, strict=True) if first]

    def _key(self, each: _Candidate) -> str:
        rule = self._mapping.rules[each.match.rule]
        counted = self._plan.kinds[rule.indicator] == "count"
        article = "" if counted and self._mapping.lineage == "event" else each.article
        return f"{rule.indicator}\t{each.event}\t{article}"

    def _day(self, text: str) -> dt.date | None:
        if text not in self._days:
            if len(self._days) >= _DAYS_REMEMBERED:
                self._days.clear()
            self._days[text] = day_of(text)
        return self._days[text]

    def _unwanted(self, occurred: dt.date, reported: dt.date, day: dt.date) -> str:
        most = self._mapping.most_days_late
        if most is not None and (reported - occurred).days > most:
            return f"reported more than {most} days after"
        return "" if self._plan.first <= day <= self._plan.last else "outside --from and --to"

    def _hold(
        self,
        match: Match,
        days: tuple[dt.date, dt.date],
        cells: list[str],
        at: dict[str, int],
        place: str,
    ) -> None:
        form = self._form
        names = (form.text, form.source, form.url)
        self._waiting.append(
            _Candidate(
                match=match,
                occurred=days[0],
                reported=days[1],
                row_id=cells[at[form.row_id]],
                event=f"{days[0]} {'-'.join(match.actors)} {match.code}",
                article="\t".join([cells[at[name]] for name in form.article]),
                place=place,
                cells={name: cells[at[name]].strip() for name in names if name in at},
            )
        )
        if len(self._waiting) >= _BATCH:
            self.flush()

    def _report(self, each: _Candidate) -> dict[str, Any]:
        form, rule = self._form, self._mapping.rules[each.match.rule]
        grade = rule.grade or self._mapping.grade
        own = f"{form.name}-{int(hashed([each.article + each.event])[0]):016x}"
        who = ", ".join(name for name in each.match.actors if name)
        said = code_label(form.codes, each.match.code)
        more = each.cells.get(form.text, "")
        url = each.cells.get(form.url, "")
        site = url.partition("://")[2].partition("/")[0]
        return {
            "report_id": f"{form.name}-{each.row_id}",
            "event_id": f"{form.name} {each.event}",
            "lineage": own if self._mapping.lineage == "article" else f"{form.name} {each.event}",
            "occurred_on": each.occurred,
            "reported_on": each.reported,
            "indicator": rule.indicator,
            "reliability": grade[0],
            "credibility": grade[1],
            "use": "prior" if each.reported < self._plan.brief_as_of else "evidence",
            "actors": who,
            "summary": " ".join(f"{who}: {said}. {more}".split())[:_LONGEST_TEXT],
            "source_title": each.cells.get(form.source, "") or site or form.title,
            "source_url": url,
            "source_type": "coded event data",
            "note": f"Imported from {form.title}; coded by others, not checked by us.",
        }
