"""Scenarios written in files or typed: what they say, where it stands, and whether they cohere.

Assumptions must speak of what there is, and must not contradict each other.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from pydantic import ValidationError

from forecast.beliefs.indicators import Indicator, MoveIndicator
from forecast.beliefs.loading import Fault, faults
from forecast.beliefs.places import Document, Location, dotted, read_document
from forecast.beliefs.reports import EVERY_INDICATOR, credibility
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
    "require_coherent",
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


_LONGEST = dt.timedelta(days=3653)


def require_coherent(scenario: WhatIf, beliefs: Beliefs, *, as_of: dt.date) -> None:
    """Refuse a scenario that names what there is not, or contradicts itself.

    Parameters
    ----------
    scenario : WhatIf
    beliefs : Beliefs
        The brief.
    as_of : datetime.date
        Date of the baseline; nothing may lie more than ten years after it.

    Raises
    ------
    BeliefsError
        With every problem, each with file and line.
    """
    problems = [problem for placed in scenario.assumptions for problem in _of(placed, beliefs)]
    problems += [
        problem
        for placed in scenario.assumptions
        for problem in _dates(placed, beliefs, as_of + _LONGEST)
    ]
    if not problems:
        pairs = combinations(scenario.assumptions, 2)
        problems = [problem for one, other in pairs for problem in _contradiction(one, other)]
    if problems:
        raise BeliefsError(str(problems[0]), problems=problems)


def _of(placed: Placed, beliefs: Beliefs) -> Iterator[Problem]:
    one = placed.assumption
    if one.do is not None:
        yield from _do(placed, one.do, beliefs)
    if one.observe is not None:
        yield from _observe(placed, one.observe, beliefs)
    if one.belief is not None:
        yield from _belief(placed, one.belief, beliefs)


def _do(placed: Placed, do: Do, beliefs: Beliefs) -> Iterator[Problem]:
    if do.hazard is not None:
        yield from _hazard(placed, do.hazard, beliefs)
        return
    assert do.node is not None
    assert do.state is not None
    yield from _node(placed, do.node, beliefs) or _state(placed, do.node, do.state, beliefs)


def _node(placed: Placed, node: str, beliefs: Beliefs, *, key: str = "node") -> list[Problem]:
    return _unknown(placed, "node", node, beliefs.nodes, key=key)


def _state(
    placed: Placed, node: str, state: str, beliefs: Beliefs, *, key: str = "state"
) -> list[Problem]:
    states = beliefs.nodes[node].states
    return _unknown(placed, "state", state, states, key=key, of=f" of {node}")


def _unknown(
    placed: Placed, what: str, name: str, known: Iterable[str], *, key: str, of: str = ""
) -> list[Problem]:
    known = list(known)
    if name in known:
        return []
    hint = nearest(name, known) or f"the {what}s are {', '.join(known)}"
    return [placed.problem(f"unknown {what} {name!r}{of}", hint, key=key)]


def _hazard(placed: Placed, hazard: HazardName, beliefs: Beliefs) -> Iterator[Problem]:
    wrong = _node(placed, hazard.node, beliefs, key="hazard.node")
    if not wrong:
        for key, state in (("from", hazard.from_state), ("to", hazard.to_state)):
            wrong += _state(placed, hazard.node, state, beliefs, key=f"hazard.{key}")
    if not wrong:
        pairs = [(h.from_state, h.to_state) for h in beliefs.nodes[hazard.node].hazards]
        if (hazard.from_state, hazard.to_state) not in pairs:
            listed = ", ".join(f"{a} to {b}" for a, b in pairs) or "none"
            came = f"{hazard.node} has no hazard from {hazard.from_state} to {hazard.to_state}"
            wrong = [placed.problem(came, f"its hazards are: {listed}", key="hazard")]
    yield from wrong


def _observe(placed: Placed, observe: Observe, beliefs: Beliefs) -> Iterator[Problem]:
    name = observe.indicator
    if name == EVERY_INDICATOR:
        if not observe.absent:
            yield placed.problem("a report of '*' came", "name one indicator", key="indicator")
        return
    unknown = _unknown(placed, "indicator", name, beliefs.indicators, key="indicator")
    yield from unknown
    if unknown:
        return
    kind = beliefs.indicators[name].kind
    if observe.absent and kind != "presence":
        came = f"{name} is of kind {kind}, whose silence says nothing"
        yield placed.problem(came, "give a report with a value", key="absent")
    elif not observe.absent and kind == "presence" and observe.value is not None:
        came = f"{name} happens or does not; {observe.value:g} came"
        yield placed.problem(came, "leave value out", key="value")
    elif not observe.absent and kind != "presence" and observe.value is None:
        yield placed.problem(f"{name} is of kind {kind}", "give its value", key="value")
    elif not observe.absent and credibility(observe.grade[0], int(observe.grade[1])) == 0.0:
        came = f"a report of grade {observe.grade} has no credibility and changes nothing"
        yield placed.problem(came, "give a better grade, such as B2", key="grade")


def _belief(placed: Placed, belief: Believe, beliefs: Beliefs) -> Iterator[Problem]:
    if belief.hazard is not None:
        yield from _hazard(placed, belief.hazard, beliefs)
    if belief.coupling is not None:
        yield from _unknown(placed, "coupling", belief.coupling, beliefs.couplings, key="coupling")
    if belief.initial is not None:
        wrong = _node(placed, belief.initial.node, beliefs, key="initial.node")
        yield from wrong
        if not wrong:
            yield from _initial(placed, belief, beliefs)
    if belief.indicator is not None:
        unknown = _unknown(
            placed, "indicator", belief.indicator, beliefs.indicators, key="indicator"
        )
        yield from unknown
        if not unknown:
            yield from _believed_indicator(placed, belief, beliefs.indicators[belief.indicator])


def _believed_indicator(placed: Placed, belief: Believe, about: Indicator) -> Iterator[Problem]:
    if about.kind != "presence":
        came = f"{belief.indicator} is of kind {about.kind}"
        yield placed.problem(came, "only presence indicators have these", key="indicator")
    elif isinstance(about, MoveIndicator) and belief.probability is not None:
        came = f"{belief.indicator} marks a move of {about.marks.node} and has no rate of its own"
        yield placed.problem(came, "change the hazard of that move", key="indicator")


def _initial(placed: Placed, belief: Believe, beliefs: Beliefs) -> Iterator[Problem]:
    assert belief.initial is not None
    given = belief.initial.probabilities
    states = beliefs.nodes[belief.initial.node].states
    key = "initial.probabilities"
    for state in given:
        yield from _unknown(
            placed, "state", state, states, key=key, of=f" of {belief.initial.node}"
        )
    if set(given) == set(states):
        total = sum(given.values())
        if abs(total - 1.0) > 1e-6 or not all(0.0 < p < 1.0 for p in given.values()):
            came = f"sum to {total:g}"
            yield placed.problem(came, "each lies between 0 and 1, and they sum to 1", key=key)
    elif set(given) < set(states):
        missing = ", ".join(state for state in states if state not in given)
        yield placed.problem(f"{missing} is missing", "give every state a probability", key=key)


def _dates(placed: Placed, beliefs: Beliefs, latest: dt.date) -> Iterator[Problem]:
    """Find dates before the brief or too far ahead."""
    one, start = placed.assumption, beliefs.brief.as_of
    dated: list[tuple[str, dt.date | None]] = []
    if one.do is not None:
        dated = [("from", one.do.starts_on), ("to", one.do.ends_on)]
    elif one.observe is not None:
        seen = one.observe
        dated = [("on", seen.on), ("reported", seen.reported)]
        dated += [("from", seen.starts_on), ("to", seen.ends_on)]
    for key, day in dated:
        if day is not None and day < start:
            came = f"{day} is before the brief ({start})"
            yield placed.problem(came, "name a later date", key=key)
        elif day is not None and day > latest:
            came = f"{day} is more than ten years after the forecast"
            yield placed.problem(came, f"at most {latest}", key=key)


def _contradiction(one: Placed, other: Placed) -> Iterator[Problem]:
    """Find two assumptions that cannot both be made."""
    a, b = one.assumption, other.assumption
    said = None
    if a.do is not None and b.do is not None:
        said = _two_interventions(a.do, b.do)
    elif a.observe is not None and b.observe is not None:
        said = _two_observations(a.observe, b.observe)
    elif a.belief is not None and b.belief is not None:
        said = _two_beliefs(a.belief, b.belief)
    if said:
        yield other.problem(f"{said}, against {one.place}", "leave one of the two out")


def _two_interventions(a: Do, b: Do) -> str | None:
    if a.moved != b.moved or not _overlap(a, b):
        return None
    if a.node is not None and b.node is not None:
        if a.state == b.state:
            return None
        return f"holds {b.node} in {b.state!r} while it is held in {a.state!r}"
    if a.node is not None or b.node is not None:
        return f"multiplies a hazard of {a.moved} while the node is held"
    return None


def _overlap(a: Do, b: Do) -> bool:
    return (b.ends_on is None or a.starts_on < b.ends_on) and (
        a.ends_on is None or b.starts_on < a.ends_on
    )


def _two_observations(a: Observe, b: Observe) -> str | None:
    for seen, unseen in ((a, b), (b, a)):
        if seen.absent or not unseen.absent:
            continue
        assert seen.on is not None
        assert unseen.starts_on is not None
        assert unseen.ends_on is not None
        within = unseen.starts_on <= seen.on <= unseen.ends_on
        if unseen.indicator in {EVERY_INDICATOR, seen.indicator} and within:
            return f"{seen.indicator} is reported on {seen.on} and absent on that day"
    return None


def _two_beliefs(a: Believe, b: Believe) -> str | None:
    if a == b or a.about != b.about or a.about == "reports":
        return None
    if a.about == "initial":
        assert a.initial is not None
        assert b.initial is not None
        same, what = a.initial.node == b.initial.node, f"where {a.initial.node} started"
    else:
        named = getattr(a, a.about)
        same, what = named == getattr(b, b.about), f"the {a.about} {_called(named)}"
        if a.about == "indicator":  # detection and rate are different beliefs
            changed = [{n for n in ("probability", "detection") if getattr(x, n) is not None}
                       for x in (a, b)]  # fmt: skip
            same = same and bool(changed[0] & changed[1])
    return f"gives {what} a second value" if same else None


def _called(named: HazardName | str) -> str:
    if isinstance(named, str):
        return named
    return f"{named.node}: {named.from_state} > {named.to_state}"
