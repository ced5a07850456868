"""Rows become reports or weekly counts; one article says a thing once, however it is coded."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Literal

import numpy as np

from forecast.beliefs.addresses import article_key
from forecast.importers.articles import article_of, digest, safe_id
from forecast.importers.formats import FORMATS, day_of
from forecast.importers.mapping import EventMapping, code_label
from forecast.importers.matching import Match, Matcher
from forecast.importers.rows import Row
from forecast.importers.seen import Seen, hashed
from forecast.importers.tally import Tally

__all__ = ["Collector", "Held", "Plan", "Week"]

_BATCH = 50_000
_DAYS_REMEMBERED = 100_000
_LONGEST_TEXT = 300
_SAME_ARTICLE = "same article and indicator"
_SAME_EVENT = "another article of an event that is counted"


@dataclass(frozen=True, slots=True)
class Held:
    """A report that the project has already, by hand or from an earlier import."""

    report_id: str
    indicator: str
    lineage: str
    source_url: str


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
    held : sequence of Held
        Reports that the project has already.
    """

    kinds: Mapping[str, Literal["presence", "count"]]
    week_of: Callable[[dt.date], dt.date]
    brief_as_of: dt.date
    first: dt.date = dt.date.min
    last: dt.date = dt.date.max
    held: Sequence[Held] = ()


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
    named: bool
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
        self._remember(plan.held)

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
        new = self._ids.first(hashed([self._id(each) for each in waiting]))
        for each, first in zip(waiting, new, strict=True):
            if not first:
                self._tally.merge("id came before", each.place)
        fresh = [each for each, first in zip(waiting, new, strict=True) if first]
        for each in self._sift(fresh):
            self._tally.kept += 1
            name = self._mapping.rules[each.match.rule].indicator
            if self._plan.kinds[name] == "count":
                self._counts[name, self._week(each)] += 1
            else:
                self._write(self._report(each))

    def _sift(self, held: list[_Candidate]) -> list[_Candidate]:
        """Keep the rows all of whose keys are new; only a row that is kept makes its keys known."""
        if not held:
            return []
        keys = [self._keys_of(each) for each in held]
        texts = [text for group in keys for text in group]
        numbers = hashed(texts)
        known = self._keys.known(numbers)
        taken: set[int] = set()
        kept, at = [], 0
        for each, group in zip(held, keys, strict=True):
            own = [int(number) for number in numbers[at : at + len(group)]]
            came = [bool(k) or n in taken for k, n in zip(known[at:], own, strict=False)]
            at += len(group)
            if any(came):
                self._tally.merge((_SAME_ARTICLE, _SAME_EVENT)[came.index(True)], each.place)
            else:
                taken.update(own)
                kept.append(each)
        self._keys.add(np.fromiter(taken, np.uint64, len(taken)))
        return kept

    def _keys_of(self, each: _Candidate) -> list[str]:
        """Give what a row must be the first of: its article, and its event where those count."""
        name = self._mapping.rules[each.match.rule].indicator
        if self._plan.kinds[name] != "count":
            return [_key(name, digest(each.article))]
        event = f"{each.event} {each.match.code}"
        article = each.article if each.named else f"{each.article} {each.match.code}"
        keys = [f"{self._week(each)}\t{_key(name, digest(article))}"]
        return [*keys, f"event\t{name}\t{event}"] if self._mapping.lineage == "event" else keys

    def _week(self, each: _Candidate) -> dt.date:
        by_report = self._form.counted_by == "reported"
        return self._plan.week_of(each.reported if by_report else each.occurred)

    def _id(self, each: _Candidate) -> str:
        return f"{self._form.name}-{safe_id(each.row_id)}"

    def _remember(self, held: Sequence[Held]) -> None:
        """Know what the project holds, so that no article is brought in a second time."""
        own = f"{self._form.name}-"
        ids = {each.report_id for each in held if each.report_id.startswith(own)}
        self._ids.first(hashed(sorted(ids)))
        keys = {
            _key(each.indicator, known)
            for each in held
            for known in (
                digest(article_key(each.source_url)) if each.source_url else "",
                each.lineage.removeprefix(own) if each.lineage.startswith(own) else "",
            )
            if known
        }
        self._keys.first(hashed(sorted(keys)))

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
        told = {name: cells[at[name]].strip() for name in names if name in at}
        article = article_of(form, [cells[at[name]] for name in form.article])
        who = "-".join(filter(None, map(safe_id, match.actors)))
        if not article:
            publisher = told.get(form.source) or told.get(form.url, "")
        self._waiting.append(
            _Candidate(
                match=match,
                occurred=days[0],
                reported=days[1],
                row_id=cells[at[form.row_id]],
                event=f"{days[0]} {who}",
                article=article or f"{publisher.casefold()} {days[1]} {who}",
                named=bool(article),
                place=place,
                cells=told,
            )
        )
        if len(self._waiting) >= _BATCH:
            self.flush()

    def _report(self, each: _Candidate) -> dict[str, Any]:
        form, rule = self._form, self._mapping.rules[each.match.rule]
        grade = rule.grade or self._mapping.grade
        who = ", ".join(name for name in each.match.actors if name)
        said = code_label(form.codes, each.match.code)
        more = each.cells.get(form.text, "")
        url = each.cells.get(form.url, "")
        site = url.partition("://")[2].partition("/")[0]
        by_article = self._mapping.lineage == "article"
        return {
            "report_id": self._id(each),
            "event_id": f"{form.name} {rule.indicator} {each.event}",
            "lineage": f"{form.name}{'-' if by_article else ' '}"
            f"{digest(each.article) if by_article else each.event}",
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


def _key(indicator: str, article: str) -> str:
    """Key of what an article, told by its digest, says of an indicator."""
    return f"article\t{indicator}\t{article}"
