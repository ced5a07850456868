"""Coverage by hand: who looked for what, from when to when, and that nobody does any more.

Coverage is a claim about work that was done. It ends on its last day unless somebody renews it; to
say that it ended earlier is a window of detection 0 behind it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from pydantic import Field

from forecast.beliefs.event_files import read_window
from forecast.beliefs.reports import EVERY_INDICATOR, CoverageWindow, looked_last, windows_of
from forecast.errors import ReportsError
from forecast.ledger import Ledger
from forecast.names import require_known
from forecast.project.project import ARRIVED, Project, Record
from forecast.result import Result, Share

__all__ = [
    "PLACE",
    "CoverageList",
    "CoverageRow",
    "CoverageSaid",
    "LookedFor",
    "add_coverage",
    "end_coverage",
    "list_coverage",
]

#: Stands where messages name the file of a row.
PLACE = "events coverage"


class CoverageRow(Result):
    """A window of days on which somebody looked for an indicator."""

    indicator: str = Field(
        description="its name, or `*` for each without a window of its own on these days"
    )
    starts_on: dt.date = Field(description="first day, `from` in the file")
    ends_on: dt.date = Field(description="last day, `to` in the file")
    detection: Share | None = Field(
        description="probability that what happens is found in its step; null for that of the "
        "indicator, 0 where nobody looks"
    )
    source: str
    rationale: str
    origin: str = Field(description="`events` for a row there; `update coverage` otherwise")


class LookedFor(Result):
    """Until when somebody looks for an indicator."""

    indicator: str
    until: dt.date | None = Field(description="last day; null where nobody ever looked")


class CoverageList(Result):
    """Windows of coverage, and what they come to."""

    coverage: tuple[CoverageRow, ...] = Field(
        description="in their order: a later one overrides an earlier one, and one that names an "
        "indicator one for all"
    )
    looked_for: tuple[LookedFor, ...] = Field(
        description="presence indicators, in the order of the file"
    )


class CoverageSaid(Result):
    """What became of a window that was added."""

    state: str = Field(
        description="`new`, or `known`: the ledger held the very same, and nothing was written"
    )
    coverage: CoverageRow = Field(
        description="as in [`forecast events coverage list --json`]"
        "(#forecast-events-coverage-list---json)"
    )


def list_coverage(project: Project, *, indicator: str | None = None) -> CoverageList:
    """Read ``events/`` into the ledger and list the coverage it holds.

    Parameters
    ----------
    project : Project
    indicator : str, optional
        Only what tells of this one.

    Raises
    ------
    BeliefsError
        If there is no such indicator.
    """
    beliefs = project.beliefs()
    if indicator is not None:
        require_known(indicator, beliefs.indicators, what="indicator")
    with project.ledger() as ledger:
        Record.synchronise(project, beliefs, ledger)
        held = [(one.window, one.origin) for one in ledger.coverage.latest()]
    windows = [window for window, _ in held]
    asked = [
        name
        for name, about in beliefs.indicators.items()
        if about.kind == "presence" and indicator in (None, name)
    ]
    return CoverageList(
        coverage=[
            _row(window, origin)
            for window, origin in held
            if indicator is None or window.indicator in (EVERY_INDICATOR, indicator)
        ],
        looked_for=[
            LookedFor(indicator=name, until=looked_last(windows_of(windows, name)))
            for name in asked
        ],
    )


def add_coverage(project: Project, cells: Mapping[str, str]) -> CoverageSaid:
    """Store a window behind those of ``events/``, which it overrides on its days.

    Parameters
    ----------
    project : Project
    cells : mapping of str to str
        As in a row of ``events/coverage.csv``.

    Raises
    ------
    ReportsError
        With every problem; nothing is stored then.
    """
    beliefs = project.beliefs()
    window = read_window(cells, beliefs=beliefs, name=PLACE)
    with project.ledger() as ledger:
        Record.synchronise(project, beliefs, ledger)
        return _said(ledger, window)


def end_coverage(
    project: Project, *, on: dt.date, reason: str, indicator: str = EVERY_INDICATOR
) -> CoverageSaid:
    """Say that nobody looks any more after a day.

    Parameters
    ----------
    project : Project
    on : datetime.date
        The last day on which somebody looked.
    reason : str
        Why; it is kept.
    indicator : str
        Which one; by default each without a window of its own.

    Raises
    ------
    BeliefsError, ReportsError
        If there is no such indicator, no reason, or nothing that goes on after the day.
    """
    beliefs = project.beliefs()
    if indicator != EVERY_INDICATOR:
        require_known(indicator, beliefs.indicators, what="indicator")
    if not reason.strip():
        raise ReportsError(f"{PLACE}: no reason came; allowed: a sentence that says why")
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
        looked = looked_last(windows_of(record.coverage, indicator))
        if looked is None or looked <= on:
            ended = "has not begun" if looked is None else f"ended on {looked}"
            raise ReportsError(
                f"{PLACE}: coverage of {indicator} {ended}; see: forecast events coverage list"
            )
        cells = {
            "indicator": indicator,
            "from": str(on + dt.timedelta(days=1)),
            "to": str(looked),
            "detection": "0",
            "source": "Ended by hand",
            "rationale": reason,
        }
        return _said(ledger, read_window(cells, beliefs=beliefs, name=PLACE))


def _said(ledger: Ledger, window: CoverageWindow) -> CoverageSaid:
    """Store a window, and say whether that changed anything."""
    before = ledger.coverage.latest()
    ledger.take_in([], [window], origin=ARRIVED)
    after = ledger.coverage.latest()
    known = [one.window for one in before] == [one.window for one in after]
    origin = next(one.origin for one in reversed(after) if one.window == window)
    return CoverageSaid(state="known" if known else "new", coverage=_row(window, origin))


def _row(window: CoverageWindow, origin: str) -> CoverageRow:
    names = (name for name in CoverageRow.model_fields if name != "origin")
    return CoverageRow(origin=origin, **{name: getattr(window, name) for name in names})
