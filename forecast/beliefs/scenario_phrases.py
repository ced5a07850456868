"""Assumptions as they are typed: ``china_constraint=weak@2025-01-01``."""

from __future__ import annotations

import re

from pydantic import ValidationError

from forecast.beliefs.messages import faults
from forecast.beliefs.scenario_files import Placed
from forecast.beliefs.scenarios import Assumption
from forecast.errors import BeliefsError, Problem

__all__ = ["typed_do", "typed_observe"]

_NAME = r"[A-Za-z][A-Za-z0-9_]*"
_DAY = r"[^@]+?"  # whatever is no day is said to be none
_HOLD = re.compile(rf"\s*({_NAME})\s*=\s*({_NAME})\s*@\s*({_DAY})(?:\.\.({_DAY}))?\s*")
_TIMES = re.compile(
    rf"\s*({_NAME}):({_NAME})>({_NAME})\s*[x*]\s*([0-9.]+)\s*@\s*({_DAY})(?:\.\.({_DAY}))?\s*"
)
_SEEN = re.compile(rf"\s*({_NAME})\s*@\s*({_DAY})(?:\s*/\s*([A-Za-z][0-9]))?\s*")
_UNSEEN = re.compile(rf"\s*no\s+({_NAME}|\*)\s*@\s*({_DAY})\.\.({_DAY})\s*")


def typed_do(text: str) -> Placed:
    """Read an intervention as typed.

    ``NODE=STATE@DAY`` or ``NODE=STATE@DAY..DAY`` holds a node; ``NODE:FROM>TO*2@DAY`` multiplies a
    hazard.

    Raises
    ------
    BeliefsError
        If it cannot be read.

    Examples
    --------
    >>> typed_do("china_constraint=weak@2025-01-01").assumption.do.state
    'weak'
    >>> typed_do("tech_transfer:limited>advanced*2@2025-01-01..2025-06-30").assumption.do.times
    2.0
    """
    if match := _HOLD.fullmatch(text):
        node, state, first, last = match.groups()
        return _read("--do", text, {"do": {"node": node, "state": state, **_days(first, last)}})
    if match := _TIMES.fullmatch(text):
        node, origin, target, times, first, last = match.groups()
        hazard = {"node": node, "from": origin, "to": target}
        number = float(times) if times.count(".") < 2 and times != "." else times
        return _read(
            "--do", text, {"do": {"hazard": hazard, "times": number, **_days(first, last)}}
        )
    raise _unreadable("--do", text, "NODE=STATE@2025-01-01, NODE=STATE@2025-01-01..2025-06-30 or "
                      "NODE:FROM>TO*2@2025-01-01")  # fmt: skip


def typed_observe(text: str) -> Placed:
    """Read a hypothetical report as typed.

    ``INDICATOR@DAY`` or ``INDICATOR@DAY/B2`` is a report, ``no INDICATOR@DAY..DAY`` its absence
    though somebody looks; ``no *@DAY..DAY`` that of all indicators.

    Raises
    ------
    BeliefsError
        If it cannot be read.

    Examples
    --------
    >>> typed_observe("strategic_weapon_test@2025-03-01/B2").assumption.observe.grade
    'B2'
    >>> typed_observe("no *@2025-01-01..2025-12-31").assumption.observe.absent
    True
    """
    if match := _UNSEEN.fullmatch(text):
        indicator, first, last = match.groups()
        told = {"indicator": indicator, "absent": True, "from": first, "to": last}
        return _read("--observe", text, {"observe": told})
    if match := _SEEN.fullmatch(text):
        indicator, day, grade = match.groups()
        told = {"indicator": indicator, "on": day}
        if grade:
            told["grade"] = grade.upper()
        return _read("--observe", text, {"observe": told})
    raise _unreadable("--observe", text, "INDICATOR@2025-03-01, INDICATOR@2025-03-01/B2 or "
                      "'no INDICATOR@2025-01-01..2025-06-30'")  # fmt: skip


def _days(first: str, last: str | None) -> dict[str, str]:
    return {"from": first} if last is None else {"from": first, "to": last}


def _unreadable(option: str, text: str, forms: str) -> BeliefsError:
    return BeliefsError(f"{option}: {text!r} cannot be read; write {forms}")


def _read(option: str, text: str, value: dict[str, object]) -> Placed:
    try:
        assumption = Assumption.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        fault = faults(error)[0]
        problem = Problem(f"{option} {text}", 0, "", fault.came, fault.allowed)
        raise BeliefsError(str(problem), problems=[problem]) from None
    return Placed(assumption, f"{option} {text}", 0, "", text.strip())
