"""Several processes that draw charts at once: drawing is all Python, so threads would not help."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from forecast.charts import style
from forecast.charts.alt import AltText
from forecast.errors import ForecastError, OutputError
from forecast.workflow.chart_kinds import Sitting

__all__ = ["Drawn", "Hands", "Left", "Wanted", "hands"]

_MOST = 4  # a process takes a second and a half to begin, and a fifth would save less
_WORTH = 12  # charts from which a second process saves more than it costs


@dataclass(frozen=True, slots=True)
class Wanted:
    """A chart that is to be drawn: kind, and what it is of."""

    kind: str
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart that was written: name of its files, its text, and the files."""

    name: str
    alt: AltText
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """A chart there is none of, and why."""

    what: Wanted
    why: str


@dataclass(frozen=True)
class Hands:
    """Who draws: this process, and others where there is much to do.

    Attributes
    ----------
    sitting : Sitting
        With all that the charts need worked out.
    out : Path
    size : str or None
    formats : sequence of str
    pool : ProcessPoolExecutor or None
        The other processes.
    """

    sitting: Sitting
    out: Path
    size: str | None
    formats: Sequence[str]
    pool: ProcessPoolExecutor | None = None

    def draw(self, what: Wanted) -> Drawn | Left:
        """Draw and write one chart, or say why there is none.

        Raises
        ------
        OutputError
            If a file cannot be written.
        """
        try:
            with style.measuring():  # once, rather than for every line that is measured
                chart = self.sitting.draw(what.kind, what.name, size=self.size)
                paths = chart.save(self.out, formats=self.formats)
            return Drawn(chart.name, chart.alt, tuple(paths))
        except OutputError:
            raise
        except ForecastError as error:
            return Left(what, str(error))

    def draw_all(self, asked: Sequence[Wanted]) -> Iterator[tuple[int, Drawn | Left]]:
        """Draw charts, and yield each with its place as it is done.

        The other processes begin at the front and this one at the back, until they meet.

        Raises
        ------
        OutputError
            If a file cannot be written.
        """
        given = self._given(asked)
        for place in reversed(range(len(asked))):
            what, future = asked[place], given.get(place)
            if future is None or future.cancel():
                yield place, self.draw(what)
            else:
                yield place, self._taken(future, what)

    def _given(self, asked: Sequence[Wanted]) -> dict[int, Future[Drawn | Left]]:
        given: dict[int, Future[Drawn | Left]] = {}
        if self.pool is not None:
            with suppress(BrokenProcessPool):
                for place, what in enumerate(asked):
                    given[place] = self.pool.submit(_draw, what)
        return given

    def _taken(self, future: Future[Drawn | Left], what: Wanted) -> Drawn | Left:
        try:
            return future.result()
        except BrokenProcessPool:  # the system may end a process, say for its memory
            return self.draw(what)


@contextmanager
def hands(
    sitting: Sitting, out: Path, charts: int, *, size: str | None, formats: Sequence[str]
) -> Iterator[Hands]:
    """Start as many processes as so many charts and the processors are worth.

    Parameters
    ----------
    sitting, out, size, formats
        See `Hands`.
    charts : int
        How many are to be drawn.
    """
    alone = Hands(sitting, out, size, formats)
    others = min(_MOST, _processors(), charts // _WORTH + 1) - 1
    if others < 1:
        yield alone
        return
    # Spawned, not forked: what was worked out before may have left threads behind.
    pool = ProcessPoolExecutor(
        others, mp_context=get_context("spawn"), initializer=_begin, initargs=(alone,)
    )
    try:
        yield replace(alone, pool=pool)
    finally:
        pool.shutdown(cancel_futures=True)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Lent:
    """What another process draws from."""

    hands: Hands


def _begin(lent: Hands) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that waits for this one ends it
    _Lent.hands = lent


def _draw(what: Wanted) -> Drawn | Left:
    return _Lent.hands.draw(what)
