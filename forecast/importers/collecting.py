"""Rows become reports or weekly counts; one article says a thing once, however it is coded."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from forecast.beliefs.days import Order
from forecast.beliefs.identity import article_key
from forecast.importers.articles import (
    Candidate,
    Seen,
    article_of,
    digest,
    hashed,
    id_of,
    report_of,
    safe_id,
)
from forecast.importers.dating import Use
from forecast.importers.formats import FORMATS, day_of
from forecast.importers.mapping import EventMapping, Match, Matcher
from forecast.importers.rows import Row
from forecast.importers.tally import Held, Plan, Tally, Week

__all__ = ["Collector"]

_BATCH = 50_000
_DAYS_REMEMBERED = 100_000
_LONGEST_CELL = 10_000
_SAME_ARTICLE = "same article and indicator"
_SAME_EVENT = "another article of an event that is counted"


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
        form = self._form
        self._copied = (form.row_id, form.source, form.url, *form.actors[0], *form.actors[1])
        self._ids, self._keys = Seen(), Seen()
        self._waiting: list[Candidate] = []
        self._days: dict[tuple[str, Order | None], dt.date | None] = {}
        self._counts: Counter[tuple[str, dt.date]] = Counter()
        self._covered: set[dt.date] = set()
        self._remember(plan.held)

    def take(
        self, rows: Iterable[Row], *, file: str, orders: Mapping[str, Order | None] | None = None
    ) -> None:
        """Take the rows of a file.

        Parameters
        ----------
        rows : iterable of Row
        file : str
            As the user named it.
        orders : mapping of str to Order or None
            Which of day and month comes first, by column.

        Raises
        ------
        ReportsError
            When no row of the file could be dated, or none has a code of the code book.
        """
        form, tally = self._form, self._tally
        orders, use = orders or {}, Use(tally.read)
        named = (*form.code, *form.actors[0], *form.actors[1], *form.places)
        at: dict[str, int] = {}
        before = dt.date.min
        for cells, columns, name, line in rows:
            place = f"{name}:{line}"
            if columns is not at:
                at, cells_of = columns, itemgetter(*(columns[name] for name in named))
            occurred, reported, undated = self._days_of(cells, at, orders)
            if occurred is None or reported is None:
                tally.drop("not a date", place)
                use.undated(undated, place)
                continue
            use.dated += 1
            if reported < occurred and form.name != "acled":
                tally.drop("reported before it happened", place)
                continue
            day = reported if form.counted_by == "reported" else occurred
            if day < before:
                tally.remark("row is dated before the one above it", place)
            before = day
            self._covered.add(day)
            found = self._matcher.decide(cells_of(cells))
            if found == "unknown code":
                code = " > ".join(cells[at[each]] for each in form.code)
                tally.unknown_code(code)
                use.uncoded(code, place, form)
            if not cells[at[form.row_id]].strip():
                tally.drop("no id", place)
            elif isinstance(found, str):
                tally.drop(found, place)
            elif reason := self._long(cells, at) or self._unwanted(occurred, reported, day):
                tally.drop(reason, place)
            else:
                self._hold(found, (occurred, max(occurred, reported)), cells, at, place)
        use.require(file, tally, form)
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
        new = self._ids.first(hashed([id_of(self._form, each) for each in waiting]))
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
                self._write(report_of(each, self._mapping, brief_as_of=self._plan.brief_as_of))

    def _sift(self, held: list[Candidate]) -> list[Candidate]:
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

    def _keys_of(self, each: Candidate) -> list[str]:
        """Give what a row must be the first of: its article, and its event where those count."""
        name = self._mapping.rules[each.match.rule].indicator
        if self._plan.kinds[name] != "count":
            return [_key(name, digest(each.article))]
        event = f"{each.event} {each.match.code}"
        article = each.article if each.named else f"{each.article} {each.match.code}"
        keys = [f"{self._week(each)}\t{_key(name, digest(article))}"]
        return [*keys, f"event\t{name}\t{event}"] if self._mapping.lineage == "event" else keys

    def _week(self, each: Candidate) -> dt.date:
        by_report = self._form.counted_by == "reported"
        return self._plan.week_of(each.reported if by_report else each.occurred)

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

    def _days_of(
        self, cells: list[str], at: dict[str, int], orders: Mapping[str, Order | None]
    ) -> tuple[dt.date | None, dt.date | None, str]:
        """Give the day of the event and of the report, and the cell that is none."""
        form, text = self._form, cells[at[self._form.occurred]]
        occurred = self._day(text, orders.get(form.occurred))
        told = cells[at[form.reported]] if form.reported in at else ""
        if occurred is None or not told:
            return occurred, occurred, text
        return occurred, self._day(told, orders.get(form.reported)), told

    def _day(self, text: str, order: Order | None) -> dt.date | None:
        key = (text, order)
        if key not in self._days:
            if len(self._days) >= _DAYS_REMEMBERED:
                self._days.clear()
            self._days[key] = day_of(text, order)
        return self._days[key]

    def _long(self, cells: list[str], at: dict[str, int]) -> str:
        long = any(len(cells[at[name]]) > _LONGEST_CELL for name in self._copied if name in at)
        return f"a cell of more than {_LONGEST_CELL:,} characters" if long else ""

    def _unwanted(self, occurred: dt.date, reported: dt.date, day: dt.date) -> str:
        if max(occurred, reported) > self._plan.today:
            return "dated after today"
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
        article = article_of(form, [cells[at[name]] if name in at else "" for name in form.article])
        who = "-".join(filter(None, map(safe_id, match.actors)))
        if not article:
            publisher = told.get(form.source) or told.get(form.url, "")
        self._waiting.append(
            Candidate(
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


def _key(indicator: str, article: str) -> str:
    """Key of what an article, told by its digest, says of an indicator."""
    return f"article\t{indicator}\t{article}"
