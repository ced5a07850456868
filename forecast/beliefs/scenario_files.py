"""Scenarios as they are written in files or typed: what they say, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from forecast.beliefs.messages import Fault, faults
from forecast.beliefs.places import Document, Location, dotted, read_document
from forecast.beliefs.scenarios import (
    Assumption,
    Believe,
    Do,
    HazardName,
    Observe,
    Origin,
    ReportsOf,
    Scenario,
)
from forecast.beliefs.schema import Beliefs
from forecast.beliefs.values import BriefDefaults, Value, reading
from forecast.errors import BeliefsError, Problem
from forecast.names import nearest

__all__ = [
    "Placed",
    "WhatIf",
    "combined",
    "load_scenario",
    "scenario_path",
    "typed_do",
    "typed_observe",
]

_START = (
    "a scenario has description, author, rationale and assumptions, the first such as "
    "- do: {node: NODE, state: STATE, from: 2025-01-01}"
)
_INSIDE: dict[str, type[Value]] = {
    "assumptions": Assumption,
    "observe": Observe,
    "do": Do,
    "belief": Believe,
    "hazard": HazardName,
    "initial": Origin,
    "reports": ReportsOf,
}


@dataclass(frozen=True)
class Placed:
    """An assumption and where it was written.

    Attributes
    ----------
    assumption : Assumption
    file : str
        The file, or the option of the command line.
    line : int
        0 where there is no line.
    where : str
        Path inside the file.
    scenario : str
        Name of the scenario it was written in.
    """

    assumption: Assumption
    file: str
    line: int
    where: str
    scenario: str

    def problem(self, came: str, allowed: str = "", *, key: str = "") -> Problem:
        """Say what is wrong with it."""
        where = f"{self.where}.{key}" if key and self.where else self.where or key
        return Problem(self.file, self.line, where, came, allowed)

    @property
    def place(self) -> str:
        """Where it stands, for other messages."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class WhatIf:
    """A scenario ready to be worked out: its own assumptions after all it takes over.

    Attributes
    ----------
    name, label, description, author, rationale : str
    assumptions : tuple of Placed
    """

    name: str
    label: str
    description: str
    author: str
    rationale: str
    assumptions: tuple[Placed, ...]


def scenario_path(folder: Path, name: str) -> Path:
    """File of a scenario, given as a path or as a name in a folder.

    Raises
    ------
    BeliefsError
        If there is none; the message suggests the nearest.
    """
    as_path = Path(name)
    if as_path.suffix in {".yaml", ".yml"} and as_path.is_file():
        return as_path
    found = folder / (name if as_path.suffix else f"{name}.yaml")
    if found.is_file():
        return found
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    listed = f"the scenarios are {', '.join(known)}" if known else f"{folder}/ holds none"
    hint = nearest(as_path.stem, known) or listed
    raise BeliefsError(f"{found}: there is no such scenario; {hint}")


def load_scenario(path: Path, *, beliefs: Beliefs) -> WhatIf:
    """Read a scenario with everything it extends.

    Parameters
    ----------
    path : Path
        Its file; those it extends are looked for beside it.
    beliefs : Beliefs
        Of the brief: its scale of words and its dates.

    Raises
    ------
    BeliefsError
        With every problem of the file, or of one it extends.
    """
    return _load(path, beliefs, ())


def _load(path: Path, beliefs: Beliefs, above: tuple[str, ...]) -> WhatIf:
    document = read_document(path, start=_START)
    if isinstance(document, Problem):
        raise BeliefsError(str(document), problems=[document])
    scenario = _scenario(document, path, beliefs)
    taken: list[Placed] = []
    for name in scenario.extends:
        chain = (*above, path.stem)
        if name in chain:
            came = f"goes in a circle: {' extends '.join((*chain, name))}"
            _refuse(document, ("extends",), came, "leave one of them out")
        other = path.with_name(f"{name}.yaml")
        if not other.is_file():
            known = sorted(file.stem for file in path.parent.glob("*.yaml") if file != path)
            hint = nearest(name, known) or f"beside it there are {', '.join(known) or 'none'}"
            _refuse(document, ("extends",), f"there is no scenario {name!r}", hint)
        taken += _load(other, beliefs, chain).assumptions
    own = [
        _placed(document, scenario.name, number, one)
        for number, one in enumerate(scenario.assumptions)
    ]
    assumptions = _each_once([*taken, *own])
    if not assumptions:
        _refuse(document, ("assumptions",), "assumes nothing", "add an assumption")
    return WhatIf(
        scenario.name,
        scenario.label,
        scenario.description,
        scenario.author,
        scenario.rationale,
        assumptions,
    )


def _placed(document: Document, scenario: str, number: int, one: Assumption) -> Placed:
    kind = next(name for name in ("observe", "do", "belief") if getattr(one, name) is not None)
    path: Location = ("assumptions", number, kind)
    return Placed(one, document.file, document.line(path), dotted(path), scenario)


def _refuse(document: Document, path: Location, came: str, allowed: str) -> None:
    problem = Problem(document.file, document.line(path), dotted(path), came, allowed)
    raise BeliefsError(str(problem), problems=[problem])


def _scenario(document: Document, path: Path, beliefs: Beliefs) -> Scenario:
    """Check the shape of a file."""
    data = dict(document.data)
    data.setdefault("name", path.stem)
    if isinstance(data["name"], str):
        data.setdefault("label", data["name"].replace("_", " "))
    problems = document.duplicates()
    try:
        with reading(BriefDefaults(scale=beliefs.brief.scale)):
            scenario = Scenario.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        problems += [_with_keys(fault).problem(document) for fault in faults(error)]
        scenario = None
    if scenario is not None and scenario.name != path.stem:
        came = f"is {scenario.name!r}, but the file is {path.name}"
        problems.append(
            Problem(document.file, document.line(("name",)), "name", came, "give both one name")
        )
    if scenario is None or problems:
        problems = sorted(set(problems))
        raise BeliefsError(str(problems[0]), problems=problems)
    return scenario


def _with_keys(fault: Fault) -> Fault:
    """Name the keys of a scenario file where one is unknown."""
    named = [step for step in fault.path[:-1] if isinstance(step, str)]
    return fault.of(_INSIDE.get(named[-1], Scenario) if named else Scenario)


def combined(scenarios: Sequence[WhatIf], *, extra: Sequence[Placed] = ()) -> WhatIf:
    """Stack scenarios into one: all their assumptions, each once.

    Examples
    --------
    >>> both = combined([WhatIf("a", "A", "-", "-", "-", ()), WhatIf("b", "B", "-", "-", "-", ())])
    >>> both.name, both.label
    ('a+b', 'A + B')
    """
    own = [placed for scenario in scenarios for placed in scenario.assumptions]
    names = [scenario.name for scenario in scenarios]
    labels = [scenario.label for scenario in scenarios]
    if extra:
        said = list(_said(extra))
        names, labels = [*names, *said], [*labels, *said]

    def joined(values: Iterator[str]) -> str:
        return " ".join(dict.fromkeys(values))

    return WhatIf(
        name="+".join(names),
        label=" + ".join(labels),
        description=joined(s.description for s in scenarios) or "typed on the command line",
        author=", ".join(dict.fromkeys(s.author for s in scenarios)),
        rationale=joined(s.rationale for s in scenarios),
        assumptions=_each_once([*own, *extra]),
    )


def _said(extra: Sequence[Placed]) -> Iterator[str]:
    """Name assumptions of the command line by what was typed."""
    for placed in extra:
        yield placed.scenario


def _each_once(placed: Sequence[Placed]) -> tuple[Placed, ...]:
    """Keep the first of equals; beliefs hold mappings and cannot be hashed."""
    out: list[Placed] = []
    for one in placed:
        if one not in out:
            out.append(one)
    return tuple(out)


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
