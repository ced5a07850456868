"""What is coded of a simulated world: reports, numbers, announcements, and who looked.

The story of one presence indicator and one covered step:

    it occurs with probability ``a``. A source of grade i comes forward with probability ``s_i``. It
    knows what happened with probability ``c_i``, and else says "it happened" with probability
    ``a_bar`` whatever did. If it says so, its report is coded.

Then ``P(report of grade i) = s_i (c_i a + (1 - c_i) a_bar)``, the likelihood of a report with
credibility c_i up to a constant, and what is left is the probability of silence,

    ``1 - sum_i s_i (c_i a + (1 - c_i) a_bar)``, proportional to ``1 - d a`` with
    ``d = sum_i s_i c_i / (1 - a_bar sum_i s_i (1 - c_i))``.

So there is one detection d for which the three lines of the likelihood (docs/model.md, section 5)
are the probabilities of this world. Sources come forward as often as makes it the detection of the
file, or the highest these grades allow; the coverage of the world declares it.

A share ``rho ~ Beta(a, b)`` of dated announcements is kept. Some were settled before the brief, and
teach it. One is told in the middle of the record: if its report is well founded it is such a one,
and else it is kept as often as one that deserves no belief. If it is kept, it is done before, in or
after its window in the shares of the story; the indicator then occurs in that step whatever the
states are. It is taken for kept with the first report of the indicator after it was told, and not
done again. Another indicator is due on a day of the calendar: until then it does not occur.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.beliefs import Beliefs, CoverageWindow, Question, Report
from forecast.beliefs.announcements import Announcement, learnt_follow_through
from forecast.beliefs.indicators import PresenceIndicator
from forecast.validation.worlds import (
    Move,
    Rates,
    State,
    averages,
    day_of,
    expected,
    occurs,
    place,
)

__all__ = [
    "KINDS",
    "Foretold",
    "Gaps",
    "Sources",
    "cover",
    "draw_reports",
    "foretell",
    "reported_ahead",
    "sources",
]


#: How many were settled before the brief; the grade of each, how often it is well founded, and how
#: often one that is not is kept.
_BEFORE, _GRADE, _FOUNDED, _UNFOUNDED = 10, ("A", 1), 0.84, 0.3
#: Shares ahead of the window and by its end; days in which half of what is late has come.
_AHEAD, _BY_ITS_END, _LATE = 0.05, 0.85, 60.0


@dataclass(frozen=True)
class Foretold:
    """What is announced of one world.

    Attributes
    ----------
    rho : float
        Share of the dated ones that are kept.
    told : int
        Number of steps before which nothing of it is told.
    dated, due : str
        The indicator that is announced, and the one that is on the calendar, for the step after
        the next; empty if there is none.
    happens : int or None
        Step, counted from 0, in which what is announced is done.
    rows : tuple of Announcement
        As they stand before any report came.
    """

    rho: float
    told: int
    dated: str
    due: str
    happens: int | None
    rows: tuple[Announcement, ...]

    def occurs(self, name: str, step: int, alone: float, *, reported: Sequence[int]) -> float:
        """Probability that an indicator occurs in a step, of that by the states alone.

        Parameters
        ----------
        name, step, alone
        reported : sequence of int
            Steps of the reports of it that came before.
        """
        if name == self.due and self.told <= step <= self.told + 1:
            return alone * (step == self.told + 1)
        kept = any(earlier >= self.told for earlier in reported)
        return 1.0 if name == self.dated and step == self.happens and not kept else alone

    def settled(self, beliefs: Beliefs, reports: Sequence[Report]) -> list[Announcement]:
        """Give the rows as they stand after the record: kept with the first report that came."""
        days = [one.occurred_on for one in reports if one.indicator == self.dated]
        since = [day for day in days if day > day_of(beliefs, self.told)]
        if not since:
            return list(self.rows)
        steps = -(-(min(since) - beliefs.brief.as_of).days // beliefs.grid.step)
        known = day_of(beliefs, steps)
        return [
            replace(one, status="kept", known_on=known) if one.announcement_id == "dated" else one
            for one in self.rows
        ]


def foretell(beliefs: Beliefs, *, steps: int, rng: np.random.Generator) -> Foretold | None:
    """Announce something in a world, if the model says how often that is kept.

    Parameters
    ----------
    beliefs : Beliefs
    steps : int
        Of the record.
    rng : numpy.random.Generator
    """
    names = [
        name
        for name, entry in beliefs.indicators.items()
        if isinstance(entry, PresenceIndicator) and entry.recurs
    ]
    if beliefs.follow_through is None or not names:
        return None
    rho = float(rng.beta(*learnt_follow_through(beliefs, [], as_of=beliefs.brief.as_of)["dated"]))
    dated, due, told = names[-1], names[0] if len(names) > 1 else "", steps // 2
    window = day_of(beliefs, told + 1) + dt.timedelta(days=1), day_of(beliefs, told + 3)
    rows = [_announcement("dated", dated, "dated", day_of(beliefs, told), window)]
    if due:
        window = day_of(beliefs, told + 1) + dt.timedelta(days=1), day_of(beliefs, told + 2)
        rows.append(_announcement("due", due, "scheduled", day_of(beliefs, told), window))
    for number in range(_BEFORE):
        day = beliefs.brief.as_of - dt.timedelta(days=40 + number)
        window = day + dt.timedelta(days=10), day + dt.timedelta(days=20)
        one = _announcement(f"before-{number}", dated, "dated", day, window)
        status = "kept" if rng.random() < rho else "broken"
        rows.append(replace(one, status=status, known_on=window[1]))
    happens = told + _done(beliefs.grid.step, rng)
    done = rng.random() < (rho if rng.random() < _FOUNDED else _UNFOUNDED)
    return Foretold(rho, told, dated, due, happens if done else None, tuple(rows))


def _done(step: int, rng: np.random.Generator) -> int:
    """Draw how many steps after it was told what is kept is done: one ahead of two of a window."""
    share = rng.random()
    if share < _AHEAD:
        return 0
    if share < _BY_ITS_END:
        return 1 + int(rng.integers(2))
    return 3 + int(rng.exponential(_LATE / np.log(2.0)) // step)


def _announcement(
    name: str, indicator: str, kind: str, told_on: dt.date, window: tuple[dt.date, dt.date]
) -> Announcement:
    return Announcement(
        announcement_id=name,
        indicator=indicator,
        kind="scheduled" if kind == "scheduled" else "dated",
        told_on=told_on,
        starts_on=window[0],
        ends_on=window[1],
        reliability=_GRADE[0],
        credibility=_GRADE[1],
        note="simulated",
    )


#: Grades of the lineages of a report, its credibility by hand, and how often, of all, it is one.
KINDS = (
    (("A1",), 0.84, 0.40),
    (("B2",), 0.48, 0.25),
    (("A1", "B2"), 1 - 0.16 * 0.52, 0.10),
)
#: Their credibility by hand where the act is done in the open.
_OPEN = (0.98, 0.90, 1 - 0.02 * 0.10)
#: Steps in which nobody looked, by indicator; ``*`` is every indicator.
Gaps = Mapping[str, range]

_NUMBERS = 0.7  # share of steps that have a number; it does not depend on the state
_EXPOSURES = (1.0, 2.0)
_LATEST = 25  # days a report may take, as long as it is known by the as-of date
_RUMOURS = 0.2  # share of events of which a source without any credibility tells, too


@dataclass(frozen=True)
class Sources:
    """How the sources of one presence indicator behave.

    Attributes
    ----------
    average : float
        Probability that one who does not know says that it happened, a_bar.
    forward : tuple of float
        Probability of coming forward, of each of `KINDS`.
    detection : float
        The detection that makes the likelihood theirs.
    credible : tuple of float
        How often each of them knows.
    """

    average: float
    forward: tuple[float, ...]
    detection: float
    credible: tuple[float, ...]

    def says(self, occurred: float) -> list[float]:
        """Probability of a report of each of `KINDS` where it occurs with a probability.

        Examples
        --------
        >>> [round(p, 3) for p in Sources(0.5, (0.4, 0.2), 0.6, (0.84, 0.48)).says(1.0)]
        [0.368, 0.148]
        """
        return [
            s * (c * occurred + (1 - c) * self.average)
            for s, c in zip(self.forward, self.credible, strict=True)
        ]


def sources(beliefs: Beliefs, middle: Rates) -> dict[str, Sources]:
    """Work out the sources of every presence indicator.

    With the shares of `KINDS` times m, ``d = m K / (1 - a_bar m M)`` with ``K = sum s c`` and
    ``M = sum s (1 - c)``, so ``m = d / (K + d a_bar M)``, at most one over the sum of the shares.
    """
    shares = [share for *_, share in KINDS]
    out = {}
    for name, average in averages(beliefs, middle).items():
        entry: Any = beliefs.indicators[name]
        credible = _OPEN if entry.open else tuple(c for _, c, _ in KINDS)
        knowing = sum(s * c for s, c in zip(shares, credible, strict=True))
        inventing = sum(s * (1 - c) for s, c in zip(shares, credible, strict=True))
        times = entry.detection / (knowing + entry.detection * average * inventing)
        times = min(times, 1 / (knowing + inventing))
        detection = times * knowing / (1 - average * times * inventing)
        out[name] = Sources(average, tuple(times * s for s in shares), detection, credible)
    return out


def cover(
    beliefs: Beliefs, sources_of: Mapping[str, Sources], *, steps: int, gaps: Gaps
) -> list[CoverageWindow]:
    """Coverage of this world: the detection of its sources, and the steps nobody looked in."""
    out = []
    for name, each in sources_of.items():
        out.append(_window(beliefs, range(steps), name, each.detection))
        out += [_window(beliefs, gaps[key], name, 0.0) for key in ("*", name) if key in gaps]
    return out


def _window(beliefs: Beliefs, steps: range, name: str, detection: float) -> CoverageWindow:
    return CoverageWindow(
        indicator=name,
        starts_on=day_of(beliefs, steps[0]) + dt.timedelta(days=1),
        ends_on=day_of(beliefs, steps[-1] + 1),
        detection=detection,
        source="simulated",
        rationale="simulated",
    )


def draw_reports(
    beliefs: Beliefs,
    rates: Rates,
    path: Sequence[State],
    moves: Sequence[Mapping[str, Move]],
    sources_of: Mapping[str, Sources],
    *,
    gaps: Gaps,
    rng: np.random.Generator,
    foretold: Foretold | None = None,
) -> list[Report]:
    """Draw what is coded of each indicator in each covered step, in no order.

    Parameters
    ----------
    beliefs, rates, path, moves
        The world, as long as the record; every report is known by the end of the last step.
    sources_of : mapping
        From `sources`.
    gaps : Gaps
        Nothing is reported, and no number comes, in these steps.
    rng : numpy.random.Generator
    foretold : Foretold, optional
        What is announced.
    """
    rows: list[Report] = []
    steps = len(moves)
    for name, entry in beliefs.indicators.items():
        reported: list[int] = []
        for step in range(steps):
            if step in gaps.get("*", ()) or step in gaps.get(name, ()):
                continue
            if entry.kind != "presence":
                if rng.random() < _NUMBERS:
                    rows.append(_number(beliefs, rates, name, step, path[step + 1], rng))
                continue
            chance = occurs(beliefs, rates, name, path[step + 1], moves[step])
            if foretold is not None:
                chance = foretold.occurs(name, step, chance, reported=reported)
            says = sources_of[name].says(chance)
            kind = int(rng.choice(len(KINDS) + 1, p=[*says, max(1 - sum(says), 0.0)]))
            if kind < len(KINDS):
                rows += _told(beliefs, name, step, KINDS[kind][0], steps, rng)
                reported.append(step)
                if not entry.recurs:
                    break
    order = rng.permutation(len(rows))
    return [rows[n] for n in order]


def reported_ahead(
    beliefs: Beliefs,
    rates: Rates,
    path: Sequence[State],
    moves: Sequence[Mapping[str, Move]],
    asked: Question,
    *,
    known: Collection[str],
    brought: Callable[[int, float], float] | None = None,
    rng: np.random.Generator,
) -> bool:
    """Whether a presence occurs and is found, often enough for a question, in steps to come.

    Parameters
    ----------
    beliefs, rates
        The world.
    path, moves : sequence
        Of the steps to come.
    asked : Question
        Of mode ``reported``; its detection is that of whoever resolves it.
    known : collection of str
        Indicators reported already; a milestone among them is not reported again.
    brought : callable, optional
        Makes of a step to come, counted from 0, and the probability of an occurrence by the states
        that with what is announced.
    rng : numpy.random.Generator
    """
    assert asked.indicator is not None
    entry: Any = beliefs.indicators[asked.indicator]
    if asked.indicator in known and not entry.recurs:
        return False
    name = asked.indicator
    chances = [occurs(beliefs, rates, name, *step) for step in zip(path, moves, strict=True)]
    if brought is not None:
        chances = [brought(ahead, chance) for ahead, chance in enumerate(chances)]
    found = rng.random(len(path)) < asked.detection * np.array(chances)
    return bool(found.sum() >= asked.at_least)


def _number(
    beliefs: Beliefs,
    rates: Rates,
    name: str,
    step: int,
    now: Mapping[str, str],
    rng: np.random.Generator,
) -> Report:
    """One number: a Gamma mixture of Poissons, or Student-t around the level of the state."""
    entry: Any = beliefs.indicators[name]
    exposure = 1.0
    if entry.kind == "count":
        exposure = float(rng.choice(_EXPOSURES))
        mean = expected(beliefs, rates, name, now) * exposure
        size = np.exp(rates["log_dispersion"][name]) * mean**entry.exponent
        value = float(rng.poisson(rng.gamma(size, mean / size)))
    else:
        if entry.follows:
            level = place(beliefs, rates, entry.follows, now)
        else:
            level = rates["level"][f"{name} | {entry.levels.node}.{now[entry.levels.node]}"]
        noise = rng.standard_t(entry.degrees_of_freedom)
        value = entry.written(level + float(np.exp(rates["log_spread"][name]) * noise))
    day = day_of(beliefs, step) + dt.timedelta(days=int(rng.integers(1, beliefs.grid.step + 1)))
    return _row(name, step, "number-0", "A1", (day, day), value=value, exposure=exposure)


def _told(
    beliefs: Beliefs,
    name: str,
    step: int,
    grades: Sequence[str],
    steps: int,
    rng: np.random.Generator,
) -> list[Report]:
    """Rows of one event: each lineage with poorer copies, some late, and sometimes a rumour."""
    occurred = day_of(beliefs, step) + dt.timedelta(
        days=int(rng.integers(1, beliefs.grid.step + 1))
    )
    end = day_of(beliefs, steps)
    rows = []
    for lineage in (*grades, *(["F6"] if rng.random() < _RUMOURS else [])):
        for copy in range(int(rng.integers(1, 4))):
            grade = f"{lineage[0]}{min(6, int(lineage[1]) + copy)}"
            late = dt.timedelta(days=int(rng.integers(0, _LATEST)))
            days = occurred, min(end, occurred + late)
            rows.append(_row(name, step, f"{lineage}-{copy}", grade, days))
    return rows


def _row(
    name: str,
    step: int,
    source: str,
    grade: str,
    days: tuple[dt.date, dt.date],
    *,
    value: float | None = None,
    exposure: float = 1.0,
) -> Report:
    return Report(
        report_id=f"{name}-{step}-{source}",
        event_id=f"{name}-{step}",
        lineage=source.partition("-")[0],
        occurred_on=days[0],
        reported_on=days[1],
        indicator=name,
        reliability=grade[0],
        credibility=int(grade[1]),
        use="evidence",
        summary="simulated",
        value=value,
        exposure=exposure,
    )
