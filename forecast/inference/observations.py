"""From reports and coverage to evidence on the grid, as it was known on a date."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from forecast.beliefs import CoverageWindow, Report
from forecast.beliefs.announcements import (
    Announcement,
    Expected,
    expected,
    known_announcements,
    steps_foreseen,
)
from forecast.beliefs.identity import unified
from forecast.beliefs.indicators import ValueIndicator
from forecast.beliefs.reports import combine, corroborated, detection_spans
from forecast.errors import EvidenceError
from forecast.inference.encoding import Encoding
from forecast.network import Announced, Evidence, Foreseen

__all__ = [
    "Gathering",
    "Happening",
    "date_of_step",
    "date_on_grid",
    "declared",
    "happenings",
    "observe",
    "opening_step",
    "share_of_step",
    "step_on_grid",
    "steps_ahead",
    "steps_until",
]


@dataclass(frozen=True)
class Happening:
    """One event of one indicator, as its reports let it be known.

    Attributes
    ----------
    indicator, event_id : str
    step : int
        Step it fell in.
    occurred_on, reported_on : datetime.date
        Earliest dates its reports give.
    credibility : float
        ``1 - prod(1 - c)`` over lineages, each at its best c.
    value, exposure : float or None
        For counts and values.
    lineages : tuple of str
        Its independent lineages, sorted.
    reports : tuple of str
        Its reports with some credibility, sorted.
    """

    indicator: str
    event_id: str
    step: int
    occurred_on: dt.date
    reported_on: dt.date
    credibility: float
    value: float | None
    exposure: float
    lineages: tuple[str, ...]
    reports: tuple[str, ...]


def steps_until(encoding: Encoding, day: dt.date) -> int:
    """Count the steps from the brief's date that reach a day, rounded up.

    Examples
    --------
    With steps of 7 days, the first day after the brief's date lies in step 1 of 1.
    """
    days = (day - encoding.beliefs.brief.as_of).days
    return max(0, -(-days // encoding.step))


def date_of_step(encoding: Encoding, step: int) -> dt.date:
    """Last day of a step; step 0 is the brief's date."""
    return encoding.beliefs.brief.as_of + dt.timedelta(days=step * encoding.step)


def date_on_grid(encoding: Encoding, step: int, *, now: int, as_of: dt.date) -> dt.date:
    """Date of a step where the last of `now` steps with evidence stands for the as-of date."""
    return as_of if step and step == now else date_of_step(encoding, step)


def step_on_grid(encoding: Encoding, day: dt.date, *, now: int, as_of: dt.date) -> int:
    """First step whose `date_on_grid` is not before a day."""
    step = steps_until(encoding, day)
    return step + 1 if now and step == now and day > as_of else step


def steps_ahead(encoding: Encoding, day: dt.date, *, now: int, as_of: dt.date) -> int:
    """Count the steps from the as-of date to the one that a later day lies in, at least one.

    Examples
    --------
    With steps of 7 days and an as-of date at the end of one, 8 days later lie 2 steps ahead.
    """
    return max(1, step_on_grid(encoding, day, now=now, as_of=as_of) - now)


def share_of_step(
    encoding: Encoding, step: int, day: dt.date, *, now: int, as_of: dt.date
) -> float:
    """How far into a step a day lies, from 0 at the end of the step before it to 1 at its own.

    What holds on a day within a step is the mean of the two ends of the step, in these shares.
    """
    first, last = (date_on_grid(encoding, each, now=now, as_of=as_of) for each in (step - 1, step))
    return min(max((day - first).days / max(1, (last - first).days), 0.0), 1.0)


def opening_step(encoding: Encoding, day: dt.date, *, now: int, as_of: dt.date) -> int:
    """Last step whose `date_on_grid` is not after a day: what stands there counts as reached.

    A day before the brief is the brief's.
    """
    step = max(0, (day - encoding.beliefs.brief.as_of).days // encoding.step)
    return now if as_of <= day and step < now else step


def happenings(
    encoding: Encoding,
    reports: Iterable[Report],
    *,
    as_of: dt.date,
    weigh: Callable[[Report, dt.date], float] | None = None,
) -> list[Happening]:
    """Collapse reports into the events they speak of, as known on a date; see `Gathering`.

    Parameters
    ----------
    encoding : Encoding
        The model.
    reports : iterable of Report
        Rows used as evidence are taken, if reported by `as_of`.
    as_of : datetime.date
        Later reports are not seen.
    weigh : callable, optional
        Weight of a report as known on a day; by default that of the beliefs: of its grade, or of
        what was learnt of its source by then.

    Returns
    -------
    list of Happening
        By step, then indicator, then event.
    """
    return Gathering.of(encoding, unified(reports), as_of=as_of, weigh=weigh).happenings()


def _number(encoding: Encoding, indicator: str) -> int:
    """Place of an indicator; the ledger may hold a word on one that the beliefs have no longer."""
    if indicator not in encoding.indicators:
        raise EvidenceError(
            f"the ledger holds a report or an announcement of {indicator!r}, which priors.yaml "
            "does not have; put the indicator back, or retract or correct what is said of it"
        )
    return encoding.indicators.index(indicator)


def observe(
    encoding: Encoding,
    reports: Iterable[Report],
    coverage: Sequence[CoverageWindow],
    *,
    as_of: dt.date,
    weigh: Callable[[Report, dt.date], float] | None = None,
    announcements: Iterable[Announcement] = (),
) -> Evidence:
    """Lay reports, silence and the absence of coverage on the grid, as known on a date.

    Parameters
    ----------
    encoding : Encoding
        The model.
    reports, coverage
        From the ledger.
    as_of : datetime.date
        Later reports are not seen, and nobody has looked later.
    weigh : callable, optional
        Weight of a report as known on a day; by default that of the beliefs: of its grade, or of
        what was learnt of its source by then.
    announcements : iterable of Announcement, optional
        From the ledger. Those that are open on the date are for questions to count; in the steps of
        the evidence, what was announced may be why the indicator occurred.

    Returns
    -------
    Evidence
        Of the steps from the brief's date to `as_of`.
    """
    gathered = Gathering.of(encoding, unified(reports), as_of=as_of, weigh=weigh)
    return gathered.evidence(coverage, as_of=as_of, announcements=announcements)


class Gathering:
    """Reports as the events they speak of and as cells of the grid, to which more can be added.

    Reports of one event with one lineage count once, at their best credibility; lineages combine as
    ``1 - prod(1 - c)``; a report without credibility is passed over. What happened before the
    brief's date and became known after it is put into the first step. Only the events that a report
    speaks of are worked out again when it is added, so that a record is followed from day to day,
    or taken in source by source, in the time it takes to go through it once.

    Parameters
    ----------
    encoding : Encoding
        The model.
    """

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self._events: dict[str, dict[str, _Event]] = {}
        self._members: dict[tuple[int, int], list[_Event]] = defaultdict(list)
        self._touched: set[tuple[int, int]] = set()
        self._cells: dict[tuple[int, int], tuple[int, float, float]] = {}

    @classmethod
    def of(
        cls,
        encoding: Encoding,
        reports: Iterable[Report],
        *,
        as_of: dt.date,
        weigh: Callable[[Report, dt.date], float] | None = None,
    ) -> Gathering:
        """Gather the reports that are used as evidence and known on a day, as `happenings`."""
        found = cls(encoding)
        known = (one for one in reports if one.use == "evidence" and one.reported_on <= as_of)
        found.add(known, as_of=as_of, weigh=weigh)
        return found

    def add(
        self,
        reports: Iterable[Report],
        *,
        as_of: dt.date,
        weigh: Callable[[Report, dt.date], float] | None = None,
    ) -> None:
        """Add reports; all of the events they speak of are weighed as on a day."""
        touched: dict[int, _Event] = {}
        for report in reports:
            events = self._events.setdefault(report.indicator, {})
            event = events.get(report.event_id)
            if event is None:
                event = events[report.event_id] = _Event([report])
            else:
                event.rows.append(report)
            touched[id(event)] = event
        self._settle(touched.values(), as_of, weigh)

    def weighed(
        self,
        reports: Iterable[Report],
        *,
        as_of: dt.date,
        weigh: Callable[[Report, dt.date], float] | None = None,
    ) -> None:
        """Weigh the events anew that reports which are there speak of."""
        touched = (self._events[one.indicator][one.event_id] for one in reports)
        self._settle({id(event): event for event in touched}.values(), as_of, weigh)

    def _settle(
        self,
        events: Iterable[_Event],
        as_of: dt.date,
        weigh: Callable[[Report, dt.date], float] | None,
    ) -> None:
        weigh = weigh or self.encoding.beliefs.weigh
        for event in events:
            before = event.cell
            event.weigh(self.encoding, as_of, weigh)
            if before != event.cell:
                if before is not None:
                    self._members[before].remove(event)
                if event.cell is not None:
                    self._members[event.cell].append(event)
            self._touched |= {cell for cell in (before, event.cell) if cell is not None}

    def happenings(self) -> list[Happening]:
        """Give every event, by step, then indicator, then event."""
        found = [event for events in self._events.values() for event in events.values()]
        standing = [(event.cell[1], event) for event in found if event.cell]
        standing.sort(key=lambda one: (one[1].step, one[0], one[1].rows[0].event_id))
        return [event.happening() for _, event in standing]

    def evidence(
        self,
        coverage: Sequence[CoverageWindow],
        *,
        as_of: dt.date,
        announcements: Iterable[Announcement] = (),
    ) -> Evidence:
        """Lay what was gathered on the grid, as `observe`."""
        encoding, every = self.encoding, list(announcements)
        steps = steps_until(encoding, as_of)
        detection = declared(encoding, coverage, steps=steps, as_of=as_of)
        cells = self._laid()
        for step, number in cells:
            if _once(encoding, number):
                detection[step + 1 :, number] = 0.0
        patterns, pattern = np.unique(detection, axis=0, return_inverse=True)
        if not len(patterns):
            patterns = np.zeros((1, len(encoding.indicators)))
        keys = sorted(key for key in cells if key[0] < steps)
        found = Evidence(
            pattern=pattern.reshape(-1),
            detection=patterns,
            cell_step=np.array([step for step, _ in keys], dtype=np.int64),
            cell_indicator=np.array([number for _, number in keys], dtype=np.int64),
            cell_value=np.array([cells[key][0] for key in keys]),
            cell_exposure=np.array([cells[key][1] for key in keys]),
            announced=_announced(encoding, every, as_of),
            foreseen=self._foreseen(every, steps=steps, as_of=as_of),
        )
        return found if encoding.keep == 1.0 else found.discounted(encoding.keep)

    def _laid(self) -> dict[tuple[int, int], tuple[float, float]]:
        """Combine events to cells: (step, indicator) to (value, exposure).

        What occurs once stands in the step of its first event.
        """
        for key in self._touched:
            members = self._members.get(key)
            if members:
                members.sort(key=attrgetter("place"))
                self._cells[key] = members[0].step, *_combined(self.encoding, key[1], members)
            else:
                self._cells.pop(key, None)
        self._touched.clear()
        return {(step, key[1]): (x, out_of) for key, (step, x, out_of) in self._cells.items()}

    def _foreseen(
        self, every: Sequence[Announcement], *, steps: int, as_of: dt.date
    ) -> Foreseen | None:
        """Lay what was foreseen on the grid, or give None where it changes nothing."""
        if not every:
            return None
        encoding = self.encoding
        happened = {
            name: [(one.step, one.occurred_on) for one in events.values() if one.cell]
            for name, events in self._events.items()
            if any(name == one.indicator for one in every)
        }
        found = steps_foreseen(encoding.beliefs, every, happened, steps=steps, as_of=as_of)
        hazard = np.zeros((steps, len(encoding.indicators)))
        possible = np.ones_like(hazard)
        for name, of in found.items():
            number = _number(encoding, name)
            for step, missed in of.missed.items():
                hazard[step, number] = 1.0 - missed
            for step, share in of.possible.items():
                possible[step, number] = share
        if not hazard.any() and (possible == 1.0).all():
            return None
        average = encoding.network.average
        assert average is not None
        return Foreseen(hazard, possible, average)


@dataclass(slots=True, eq=False)
class _Event:
    """Reports of one event of one indicator, and what they say of it together.

    Attributes
    ----------
    rows : list of Report
    cell : (int, int) or None
        Step, -1 for what occurs once, and number of the indicator; None without any credibility.
    credible : sequence of Report
        Those with some weight.
    """

    rows: list[Report]
    cell: tuple[int, int] | None = None
    step: int = 0
    occurred_on: dt.date = dt.date.min
    credibility: float = 0.0
    value: float | None = None
    exposure: float = 1.0
    credible: Sequence[Report] = ()

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands among the events of its indicator."""
        return self.step, self.rows[0].event_id

    def weigh(
        self, encoding: Encoding, as_of: dt.date, weigh: Callable[[Report, dt.date], float]
    ) -> None:
        """Work out what its reports say together."""
        credible = [row for row in self.rows if weigh(row, as_of) > 0.0]
        self.credible = self.rows if len(credible) == len(self.rows) else credible
        if not credible:
            self.cell = None
            return
        number = _number(encoding, credible[0].indicator)
        latest = max(credible, key=attrgetter("reported_on", "report_id"))
        self.occurred_on = min(row.occurred_on for row in credible)
        self.step = max(0, steps_until(encoding, self.occurred_on) - 1)
        self.cell = (-1 if _once(encoding, number) else self.step), number
        self.credibility = corroborated(credible, lambda row: weigh(row, as_of))
        self.value, self.exposure = latest.value, latest.exposure

    def happening(self) -> Happening:
        """Give it as its reports let it be known."""
        rows = self.credible
        return Happening(
            indicator=rows[0].indicator,
            event_id=rows[0].event_id,
            step=self.step,
            occurred_on=self.occurred_on,
            reported_on=min(row.reported_on for row in rows),
            credibility=self.credibility,
            value=self.value,
            exposure=self.exposure,
            lineages=tuple(sorted({row.lineage for row in rows})),
            reports=tuple(sorted(row.report_id for row in rows)),
        )


def _once(encoding: Encoding, number: int) -> bool:
    """Whether what an indicator tells of occurs but once."""
    indicator = encoding.beliefs.indicators[encoding.indicators[number]]
    return indicator.kind == "presence" and not indicator.recurs


def _combined(encoding: Encoding, number: int, events: Sequence[_Event]) -> tuple[float, float]:
    """Combine the events of an indicator in a step: value and exposure."""
    indicator = encoding.beliefs.indicators[encoding.indicators[number]]
    if indicator.kind == "presence":
        return combine(event.credibility for event in events), 1.0
    values = [float(event.value) for event in events if event.value is not None]
    if isinstance(indicator, ValueIndicator):
        return indicator.read(float(np.mean(values))), 1.0
    return sum(values), sum(event.exposure for event in events)


def _announced(
    encoding: Encoding, every: Sequence[Announcement], as_of: dt.date
) -> tuple[Announced, ...]:
    """Say what is announced and open on a date, with days counted from the brief's."""
    origin = encoding.beliefs.brief.as_of
    now = (as_of - origin).days
    out = []
    for hope in expected(encoding.beliefs, every, as_of=as_of):
        one = hope.announcement
        number = _number(encoding, one.indicator)
        out.append(Announced(number, one.question, now, partial(_left, hope, origin)))
    for one in known_announcements(every, as_of):
        if one.kind == "scheduled" and one.window is not None and not one.status:
            first, last = ((day - origin).days for day in one.window)
            number = _number(encoding, one.indicator)
            out.append(Announced(number, one.question, now, _all, (first, last)))
    return tuple(out)


def _left(hope: Expected, origin: dt.date, day: int) -> float:
    return hope.left(origin + dt.timedelta(days=day))


def _all(_day: int) -> float:
    return 1.0


def declared(
    encoding: Encoding, coverage: Sequence[CoverageWindow], *, steps: int, as_of: dt.date
) -> npt.NDArray[np.float64]:
    """Average each indicator's daily detection over the days of each step: (steps, K).

    A milestone is looked for to the end, whether it was reported or not.
    """
    days = steps * encoding.step
    origin = encoding.beliefs.brief.as_of
    seen = min(days, max(0, (as_of - origin).days))
    daily = np.zeros((days, len(encoding.indicators)))
    for number, (name, indicator) in enumerate(encoding.beliefs.indicators.items()):
        if indicator.kind == "presence":
            for first, last, chance in detection_spans(
                coverage, name, detection=indicator.detection, after=origin, days=seen
            ):
                daily[first:last, number] = chance
    return daily.reshape(steps, encoding.step, daily.shape[1]).mean(axis=1)
