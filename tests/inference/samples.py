"""The invented harbour, and reports about it."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from ruamel.yaml import YAML

from forecast.beliefs import Beliefs, CoverageWindow, Report, load
from forecast.inference.encoding import Encoding, encode
from forecast.inference.observations import observe
from forecast.network import Evidence

HARBOUR = Path(__file__).parent / "data" / "harbour.yaml"
ROOT = Path(__file__).parents[2]
START = dt.date(2020, 1, 6)

#: Admiralty grades with the credibility c = max(0, 2 tau - 1) they must have, worked out by hand.
GRADES = {"A1": 0.84, "B2": 0.48, "B3": 0.24, "C3": 0.08, "D4": 0.0, "F1": 0.0, "A6": 0.0}


@cache
def harbour() -> Encoding:
    """The invented harbour as arrays."""
    return encode(load(HARBOUR))


def harbour_values() -> dict[str, Any]:
    """The invented harbour as plain values, to be changed freely."""
    return copy.deepcopy(YAML(typ="safe", pure=True).load(HARBOUR))


def encoding_of(values: dict[str, Any]) -> Encoding:
    """Encode plain values."""
    return encode(Beliefs.model_validate(values))


def day(number: int) -> dt.date:
    """The n-th day after the brief's; days 1 to 7 are the first step."""
    return START + dt.timedelta(days=number)


def report(indicator: str = "communique", occurred: int = 3, **changes: Any) -> Report:
    """One row about something that happened on a day of the grid; its facts are made up."""
    reported = changes.pop("reported", occurred)
    grade = changes.pop("grade", "B2")
    fields = {
        "report_id": f"r-{indicator}-{occurred}-{reported}-{grade}",
        "event_id": f"e-{indicator}-{occurred}",
        "lineage": "wire",
        "occurred_on": day(occurred),
        "reported_on": day(reported),
        "indicator": indicator,
        "reliability": grade[0],
        "credibility": int(grade[1]),
        "use": "evidence",
        "summary": "invented",
        "note": "invented",
        **changes,
    }
    return Report(**fields)


def window(
    first: int, last: int, indicator: str = "*", detection: float | None = None
) -> CoverageWindow:
    """Days of the grid on which somebody looked, the first and the last included."""
    return CoverageWindow(
        indicator=indicator,
        starts_on=day(first),
        ends_on=day(last),
        detection=detection,
        source="invented",
        rationale="invented",
    )


def observed(
    reports: Sequence[Report], coverage: Sequence[CoverageWindow] = (), *, until: int = 28
) -> Evidence:
    """Evidence of the harbour as known on a day of the grid."""
    return observe(harbour(), reports, coverage, as_of=day(until))


def cells(evidence: Evidence) -> dict[tuple[int, str], float]:
    """Value of each cell by step and name of the indicator."""
    keys = zip(evidence.cell_step.tolist(), evidence.cell_indicator.tolist(), strict=True)
    values = zip(keys, evidence.cell_value.tolist(), strict=True)
    return {(step, harbour().indicators[k]): value for (step, k), value in values}


def looked(evidence: Evidence, indicator: str) -> list[float]:
    """Probability that the indicator would have been noticed, step by step."""
    number = harbour().indicators.index(indicator)
    return [float(d) for d in evidence.detection[evidence.pattern, number]]


def same(one: Evidence, other: Evidence) -> bool:
    """Whether two pieces of evidence are equal to the last bit."""
    return all(np.array_equal(a, b) for a, b in zip(one.observed, other.observed, strict=True))


@st.composite
def some_reports(draw: st.DrawFn, *, until: int = 42, most: int = 8) -> list[Report]:
    """Reports of a few events by a few lineages, many of them late, some after `until`."""
    rows = []
    for number in range(draw(st.integers(0, most))):
        indicator = draw(st.sampled_from(harbour().indicators))
        kind = harbour().beliefs.indicators[indicator].kind
        occurred = draw(st.integers(1, until))
        event = draw(st.sampled_from(["one", "two", "three"]))
        rows.append(
            report(
                indicator,
                occurred,
                reported=occurred + draw(st.integers(0, 30)),
                grade=draw(st.sampled_from(list(GRADES))),
                report_id=f"r{number}",
                event_id=f"{indicator}-{event}",
                lineage=draw(st.sampled_from(["wire", "ministry", "satellite", "paper"])),
                use=draw(st.sampled_from(["evidence", "evidence", "evidence", "prior"])),
                value=None if kind == "presence" else float(draw(st.integers(0, 9))),
            )
        )
    return rows


def observe_days(encoding: Encoding, *, last: int, until: int | None = None) -> Evidence:
    """Look every day to the last one and see a patrol in the second week, as known later."""
    rows = [report("patrols", 10)]
    return observe(encoding, rows, [window(1, last)], as_of=day(until or last))
