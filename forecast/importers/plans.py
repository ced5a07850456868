"""What a project wants of the rows of a collection, and what it holds already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Held", "Plan", "Week"]


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
    today : datetime.date
        Rows of days to come are not wanted.
    held : sequence of Held
        Reports that the project has already.
    """

    kinds: Mapping[str, Literal["presence", "count"]]
    week_of: Callable[[dt.date], dt.date]
    brief_as_of: dt.date
    first: dt.date = dt.date.min
    last: dt.date = dt.date.max
    today: dt.date = dt.date.max
    held: Sequence[Held] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """A weekly count; `days` of the week are covered by the files."""

    indicator: str
    starts_on: dt.date
    count: int
    days: int
