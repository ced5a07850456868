"""Assumptions must speak of what there is, and must not contradict each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import combinations

from forecast.beliefs.grading import credibility
from forecast.beliefs.indicators import Indicator, MoveIndicator
from forecast.beliefs.reports import EVERY_INDICATOR
from forecast.beliefs.scenario_files import Placed, WhatIf
from forecast.beliefs.scenarios import Believe, Do, HazardName, Observe
from forecast.beliefs.schema import Beliefs
from forecast.errors import BeliefsError, Problem
from forecast.names import nearest

__all__ = ["require_coherent"]

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
