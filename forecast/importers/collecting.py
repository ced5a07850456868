"""Rows become reports or weekly counts; one article says a thing once, however it is coded.

Which of day and month comes first is decided for a file as a whole.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

import numpy as np

from forecast.beliefs.days import Order, day_in, order_of, read_days
from forecast.beliefs.identity import article_key
from forecast.errors import ReportsError
from forecast.importers.formats import FORMATS, Format, day_of
from forecast.importers.mapping import (
    Candidate,
    EventMapping,
    Match,
    Matcher,
    Seen,
    article_of,
    digest,
    hashed,
    id_of,
    report_of,
    safe_id,
)
from forecast.importers.packed import Held, Plan, Tally, Week
from forecast.importers.rows import Row

__all__ = ["Collector", "Use", "orders_of", "why_undated"]


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


_YEAR_LAST: Final = re.compile(r"\s*(\d{1,2}[-/.]\s?\d{1,2}[-/.]\s?\d{4})")
_WAY_OUT: Final = "write 'dates: day first' or 'dates: month first' into the mapping"


@dataclass(slots=True)
class _Column:
    """Days of one column: each of those with the year last once, and the first of any other."""

    last: dict[str, str] = field(default_factory=dict)
    other: tuple[str, str] | None = None

    def take(self, text: str, place: str) -> None:
        if match := _YEAR_LAST.match(text):
            self.last.setdefault(match[1], place)
        elif self.other is None and day_of(text) is not None:
            self.other = (text.strip(), place)


def orders_of(
    rows: Iterable[Row], form: Format, *, declared: Order | None
) -> Mapping[str, Order | None]:
    """Find the order of day and month of each column of days, where the year comes last.

    Parameters
    ----------
    rows : iterable of Row
        All of a file; what is kept of them is each day once.
    form : Format
    declared : {"day first", "month first"} or None
        What the mapping says.

    Raises
    ------
    ReportsError
        Where nothing decides, with both readings; where two rows contradict each other, or one the
        mapping; and where days with the year last stand beside others, some of which a spreadsheet
        may have turned round.
    """
    names = [name for name in (form.occurred, form.reported) if name]
    found = {name: _Column() for name in names}
    file = ""
    for cells, at, name_of_file, line in rows:
        file = name_of_file
        for name in names:
            if name in at:
                found[name].take(cells[at[name]], f"{file}:{line}")
    return {name: _decided(name, column, declared) for name, column in found.items()}


def _decided(name: str, column: _Column, declared: Order | None) -> Order | None:
    order = order_of(column.last)
    if order is None:
        return declared
    text, place = next(iter(column.last.items()))
    if column.other is not None:
        raise ReportsError(
            f"{place}: {name}: {text!r} stands in one column with {column.other[0]!r} "
            f"({column.other[1]}), and a spreadsheet may have turned some days round; "
            "write every day as 2023-09-27"
        )
    if order == "both":
        if declared is not None:
            return declared
        text, place = next(each for each in column.last.items() if _open(each[0]))
        ways = " or ".join(str(day_in(text, one)) for one in ("day first", "month first"))
        raise ReportsError(
            f"{place}: {name}: {text!r} is {ways}, and no row of the file tells; {_WAY_OUT}"
        )
    if order == "neither":
        one, two = (
            next(each for each in column.last.items() if day_in(each[0], way) is None)
            for way in ("day first", "month first")
        )
        raise ReportsError(
            f"{one[1]}: {name}: {one[0]!r} has the month first, and {two[0]!r} ({two[1]}) the day; "
            "write every day as 2023-09-27"
        )
    if declared not in {None, order}:
        text, place = next(e for e in column.last.items() if day_in(e[0], declared) is None)
        raise ReportsError(
            f"{place}: {name}: {text!r} is {day_in(text, order)}, but the mapping says "
            f"dates: {declared}"
        )
    return order


def _open(text: str) -> bool:
    """Whether a day can be read both ways."""
    one, two = day_in(text, "day first"), day_in(text, "month first")
    return one is not None and two is not None and one != two


def why_undated(text: str) -> str:
    """Say why a cell is no day, with its readings where it has several.

    Examples
    --------
    >>> why_undated("03/04/24")[:40], why_undated("soon")
    ("'03/04/24' is not a date; write it as 20", "'soon' is not a date; write it as 2023-09-27")
    """
    if not text.strip():
        return "the cell is empty"
    faults = read_days([text]).faults
    return "; ".join(faults[0][1:]) if faults else f"{text.strip()!r} is no day from 1900 on"


#: No code has one digit, nor two beyond 20: these were 05 and 042.
_WITHOUT_ZERO: Final = re.compile(r"[1-9]|2[1-9]|[3-9]\d", re.ASCII)


@dataclass(slots=True)
class Use:
    """How far the rows of one file could be used."""

    read: int
    dated: int = 0
    no_day: tuple[str, str] | None = None
    no_code: tuple[str, str] | None = None
    codeless: int = 0

    def undated(self, text: str, place: str) -> None:
        """Remember the first row without a day."""
        self.no_day = self.no_day or (text, place)

    def uncoded(self, code: str, place: str, form: Format) -> None:
        """Count a row of another code book, and remember the first.

        Raises
        ------
        ReportsError
            Where a spreadsheet took codes for numbers: 020 would be read as 20, a graver thing.
        """
        if form.codes == "cameo" and _WITHOUT_ZERO.fullmatch(code.strip()):
            raise ReportsError(
                f"{place}: {code!r} is no code of CAMEO; a spreadsheet has taken the zeros off, as "
                f"of 0{code.strip()}, and all codes of the file are wrong: use the file as it came"
            )
        self.codeless += 1
        self.no_code = self.no_code or (code, place)

    def require(self, file: str, tally: Tally, form: Format) -> None:
        """Refuse a file of which no row says anything."""
        read = tally.read - self.read
        rows = f"its {read} rows" if read > 1 else "its rows"
        if not read:
            tally.remark("file holds no row", file)
        elif not self.dated and self.no_day is not None:
            text, place = self.no_day
            why = why_undated(text)
            raise ReportsError(f"{file}: none of {rows} could be dated: {place}: {why}")
        elif not self.dated:
            raise ReportsError(f"{file}: none of {rows} has the cells of {form.title}")
        elif self.codeless == self.dated and self.no_code is not None:
            code, place = self.no_code
            raise ReportsError(
                f"{file}: none of {rows} has a code of {form.codes.upper()}: {place}: {code!r}"
            )
