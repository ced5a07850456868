"""Every name that is used must exist, and say something where it is used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from forecast.beliefs.indicators import (
    CountIndicator,
    Indicator,
    Marked,
    MoveIndicator,
    PointsAt,
    ValueIndicator,
)
from forecast.beliefs.places import Finding, Location
from forecast.beliefs.schema import Alert, Beliefs, Coupling, Node, Question
from forecast.names import nearest

__all__ = ["off_the_grid", "references"]

#: States of a node times sets of its marked moves; the work of a step grows with the cube.
_MOST_SETS = 32


def references(beliefs: Beliefs) -> Iterator[Finding]:
    """Find every unknown, repeated or empty reference in a file."""
    for name, node in beliefs.nodes.items():
        yield from _of_node(name, node)
        if node.level is not None and not _followers(beliefs, name):
            yield Finding(("nodes", name, "level"), "no stream follows this level",
                          f"give a count or a value with follows: {name}")  # fmt: skip
    for name, coupling in beliefs.couplings.items():
        yield from _of_coupling(beliefs, coupling, ("couplings", name))
    for name, indicator in beliefs.indicators.items():
        yield from _of_indicator(beliefs, indicator, ("indicators", name))
    yield from _of_marked_moves(beliefs)
    for name, implication in beliefs.implications.items():
        for key, side in (("if", implication.antecedent), ("then", implication.consequent)):
            yield from _state_set(beliefs, side.node, side.states, ("implications", name, key))
    for name, question in beliefs.questions.items():
        yield from _state_set(beliefs, question.node, question.states, ("questions", name))
        yield from _of_question(beliefs, question, ("questions", name))
        yield from _of_prior(beliefs, question, ("questions", name, "prior"))
    for name, alert in beliefs.alerts.items():
        yield from _of_alert(beliefs, alert, ("alerts", name))


def _of_question(beliefs: Beliefs, question: Question, at: Location) -> Iterator[Finding]:
    name = question.indicator
    if (name is not None) == question.of_states:
        came = f"mode is {question.mode!r} {'with' if name else 'without'} an indicator"
        allowed = "'reported' and 'sum' go with an indicator, and only those"
        yield Finding((*at, "mode"), came, allowed)
    if (question.over is None) == (question.mode == "sum"):
        came = f"mode is {question.mode!r} {'without' if question.over is None else 'with'} 'over'"
        yield Finding((*at, "mode"), came, "'sum' goes with over and above, and only that")
    elif question.mode == "sum":
        yield from _of_sum(beliefs, question, at)
    if question.at_least > 1:
        yield from _of_several(beliefs, question, (*at, "at_least"))
    if name is None:
        return
    indicator = beliefs.indicators.get(name)
    if indicator is None:
        hint = nearest(name, beliefs.indicators) or "name one of the indicators"
        yield Finding((*at, "indicator"), f"unknown indicator {name!r}", hint)
        return
    if (indicator.kind == "presence") != (question.mode == "reported"):
        came = f"{name} is of kind {indicator.kind}"
        wanted = "a count or a value can be summed"
        if question.mode != "sum":
            wanted = "a presence can be asked about"
        yield Finding((*at, "indicator"), came, wanted)
    elif question.node not in (nodes := indicator.nodes):
        came = f"{name} does not point at {question.node!r}"
        yield Finding((*at, "node"), came, f"it points at {', '.join(nodes)}")


def _of_prior(beliefs: Beliefs, question: Question, at: Location) -> Iterator[Finding]:
    if question.prior is None:
        return
    as_of = question.prior.as_of
    if question.of_states:
        came = f"a prior for a question about states of {question.node}"
        yield Finding(at, came, "put the number into the node's own: forecast elicit")
    elif question.mode != "reported":
        yield Finding(at, f"a prior for a {question.mode}", "only questions about reports have one")
    elif not beliefs.scalable(question):
        came = f"a prior for {question.indicator}, which marks a move of {question.node}"
        yield Finding(at, came, "put the number into the hazard of that move: forecast elicit")
    if not beliefs.brief.as_of <= as_of < question.by:
        came = f"{as_of} is not from the brief to before the deadline"
        allowed = f"give a day from {beliefs.brief.as_of} to before {question.by}"
        yield Finding((*at, "as_of"), came, allowed)


def _of_several(beliefs: Beliefs, question: Question, at: Location) -> Iterator[Finding]:
    indicator = beliefs.indicators.get(question.indicator or "")
    if question.mode != "reported":
        came = f"mode is {question.mode!r} with at_least {question.at_least}"
        yield Finding(at, came, "only reports are counted; leave it out")
    elif indicator is not None and indicator.kind == "presence" and not indicator.recurs:
        came = f"{question.at_least} reports of {question.indicator}, which happens once"
        yield Finding(at, came, "leave it out, or ask about what recurs")


def _of_sum(beliefs: Beliefs, question: Question, at: Location) -> Iterator[Finding]:
    if question.above is None:
        yield Finding((*at, "above"), "a sum without a threshold", "give above, such as 20")
    for came, allowed in off_the_grid(beliefs, question.over or 0.0, question.by):
        yield Finding((*at, "over"), came, allowed)


def off_the_grid(beliefs: Beliefs, over: float, by: dt.date) -> Iterator[tuple[str, str]]:
    """Say what came and what is allowed where a period is not whole steps after the brief."""
    step, start = beliefs.grid.step, beliefs.brief.as_of
    if over % step or over <= 0.0:
        yield f"{over:g} days are not whole steps", f"give a multiple of {step} days"
    days = (by - start).days
    if days % step:
        ends = start + dt.timedelta(days=days - days % step)
        came = f"{by} is not the end of a step of {step} days"
        yield came, f"give {ends} or {ends + dt.timedelta(days=step)}"
    elif days < over:
        came = f"{over:g} days to {by} begin before the brief"
        yield came, f"sum over at most {days} days"


def _of_alert(beliefs: Beliefs, alert: Alert, at: Location) -> Iterator[Finding]:
    yield from _one_of(("question", alert.question), ("node", alert.node), at, "what it watches")
    yield from _one_of(("above", alert.above), ("below", alert.below), at, "the threshold")
    if alert.states and alert.node is None:
        yield Finding((*at, "states"), "stands without a node", "name the node too")
    if alert.question is not None and alert.question not in beliefs.questions:
        hint = nearest(alert.question, beliefs.questions) or "name one of the questions"
        came = f"unknown question {alert.question!r}"
        yield Finding((*at, "question"), came, hint, (("questions", alert.question),))
    if alert.node is not None and alert.states:
        yield from _state_set(beliefs, alert.node, alert.states, at)
    elif alert.node is not None:
        yield from _node(beliefs, alert.node, (*at, "node"))
    back = alert.hysteresis
    for key, edge in (("above", alert.above), ("below", alert.below)):
        room = None if edge is None else edge if key == "above" else 1.0 - edge
        if room is not None and back >= room:
            came = f"{back:g} behind {key} {edge:g} is out of reach, so it would never be cleared"
            relies = ((*at, key),)
            yield Finding((*at, "hysteresis"), came, f"must be less than {room:g}", relies)


def _one_of(
    one: tuple[str, object], other: tuple[str, object], at: Location, what: str
) -> Iterator[Finding]:
    given = [name for name, value in (one, other) if value is not None]
    relies = ((*at, one[0]), (*at, other[0]))
    if len(given) == 2:
        came = f"both {one[0]} and {other[0]} are given"
        yield Finding((*at, other[0]), came, "give one of them", relies)
    elif not given:
        came = f"{what} is missing"
        yield Finding(at, came, f"give {one[0]} or {other[0]}", relies)


def _of_node(name: str, node: Node) -> Iterator[Finding]:
    at: Location = ("nodes", name)
    yield from _repeated(node.states, (*at, "states"))
    yield from _states(name, node, node.headline, (*at, "headline"))
    for place, judgement in enumerate(node.judgements):
        yield from _states(name, node, judgement.states, (*at, "judgements", place, "states"))
    for place, hazard in enumerate(node.hazards):
        here = (*at, "hazards", place)
        yield from _state(name, node, hazard.from_state, (*here, "from"))
        yield from _state(name, node, hazard.to_state, (*here, "to"))
        if hazard.from_state == hazard.to_state:
            came = f"leads from {hazard.from_state!r} to itself"
            yield Finding(here, came, "a hazard leads to another state")
    yield from _same_keys(
        node.initial.probabilities, node.states, (*at, "initial", "probabilities"), name
    )
    seen: dict[tuple[str, str], int] = {}
    for place, hazard in enumerate(node.hazards):
        pair = (hazard.from_state, hazard.to_state)
        if pair in seen:
            came = f"hazard from {pair[0]!r} to {pair[1]!r} already stands as hazards[{seen[pair]}]"
            yield Finding((*at, "hazards", place), came, "state each transition once")
        seen.setdefault(pair, place)


def _of_coupling(beliefs: Beliefs, coupling: Coupling, at: Location) -> Iterator[Finding]:
    parent, child = coupling.parent, coupling.child
    yield from _state_set(beliefs, parent.node, parent.states, (*at, "parent"))
    unknown = list(_node(beliefs, child.node, (*at, "child", "node")))
    yield from unknown
    if parent.node == child.node:
        came = f"couples {child.node!r} to itself"
        yield Finding(at, came, "a coupling leads from one node to another")
    if unknown:
        return
    node = beliefs.nodes[child.node]
    wrong = list(_state(child.node, node, child.to_state, (*at, "child", "to")))
    if child.from_state is not None:
        wrong += _state(child.node, node, child.from_state, (*at, "child", "from"))
    yield from wrong
    hazards = {(hazard.from_state, hazard.to_state) for hazard in node.hazards}
    matching = [
        pair
        for pair in hazards
        if pair[1] == child.to_state and child.from_state in {None, pair[0]}
    ]
    if not wrong and not matching:
        leaving = f"from {child.from_state!r} " if child.from_state else ""
        came = f"{child.node} has no hazard {leaving}to {child.to_state!r} that could be multiplied"
        known = ", ".join(f"{a} to {b}" for a, b in sorted(hazards)) or "none"
        relies = (("nodes", child.node, "hazards"),)
        yield Finding((*at, "child"), came, f"its hazards are: {known}", relies)


def _followers(beliefs: Beliefs, node: str) -> list[str]:
    return [name for name, indicator in beliefs.indicators.items()
            if getattr(indicator, "follows", None) == node]  # fmt: skip


def _of_follower(
    beliefs: Beliefs, indicator: CountIndicator | ValueIndicator, at: Location
) -> Iterator[Finding]:
    assert indicator.follows is not None
    unknown = list(_node(beliefs, indicator.follows, at))
    yield from unknown
    if unknown:
        return
    level, relies = beliefs.nodes[indicator.follows].level, (("nodes", indicator.follows),)
    if level is None:
        came = f"{indicator.follows} has states of its own and no level"
        yield Finding(at, came, "give it a level, or levels of its states", relies)
        return
    unit = None if isinstance(indicator, CountIndicator) else indicator.asinh
    wanted = "log" if isinstance(indicator, CountIndicator) else "asinh" if unit else "plain"
    if (level.scale, level.unit) != (wanted, unit):
        came = (
            f"the level is on the scale {level.scale}{f' ({level.unit:g})' if level.unit else ''}"
        )
        allowed = f"give it scale: {wanted}{f' and unit: {unit:g}' if unit else ''}"
        yield Finding(at, came, allowed, relies)


def _of_indicator(beliefs: Beliefs, indicator: Indicator, at: Location) -> Iterator[Finding]:
    if isinstance(indicator, CountIndicator | ValueIndicator) and indicator.follows is not None:
        yield from _of_follower(beliefs, indicator, (*at, "follows"))
        return
    if isinstance(indicator, ValueIndicator):
        levels = indicator.stated
        unknown = list(_node(beliefs, levels.node, (*at, "levels", "node")))
        yield from unknown
        if not unknown:
            states = beliefs.nodes[levels.node].states
            yield from _same_keys(levels.states, states, (*at, "levels", "states"), levels.node)
        return
    if isinstance(indicator, MoveIndicator):
        yield from _of_move(beliefs, indicator.marks, (*at, "marks"))
        return
    yield from _repeated([point.node for point in indicator.points_at], (*at, "points_at"))
    for place, point in enumerate(indicator.points_at):
        here = (*at, "points_at", place)
        wrong = list(_state_set(beliefs, point.node, point.states, here))
        yield from wrong
        if not wrong:
            yield from _ratios(beliefs, point, (*here, "rarer"))


def _of_move(beliefs: Beliefs, move: Marked, at: Location) -> Iterator[Finding]:
    wrong = list(_node(beliefs, move.node, (*at, "node")))
    if not wrong:
        node = beliefs.nodes[move.node]
        wrong = list(_state(move.node, node, move.from_state, (*at, "from")))
        wrong += _state(move.node, node, move.to_state, (*at, "to"))
        pairs = [(h.from_state, h.to_state) for h in node.hazards]
        if not wrong and (move.from_state, move.to_state) not in pairs:
            came = f"{move.node} has no hazard from {move.from_state!r} to {move.to_state!r}"
            known = ", ".join(f"{a} to {b}" for a, b in pairs) or "none"
            relies = (("nodes", move.node, "hazards"),)
            wrong.append(Finding(at, came, f"its hazards are: {known}", relies))
    yield from wrong


def _of_marked_moves(beliefs: Beliefs) -> Iterator[Finding]:
    """Refuse more marked moves of one node than their sets can be told apart at reasonable cost."""
    moves: dict[str, dict[tuple[str, str], str]] = {}
    for name, indicator in beliefs.indicators.items():
        if isinstance(indicator, MoveIndicator) and indicator.marks.node in beliefs.nodes:
            move = indicator.marks
            moves.setdefault(move.node, {})[move.from_state, move.to_state] = name
    for node, marked in moves.items():
        size = len(beliefs.nodes[node].states)
        most = next(n for n in range(_MOST_SETS) if size << (n + 1) > max(_MOST_SETS, 2 * size))
        if len(marked) > most:
            at: Location = ("indicators", list(marked.values())[most], "marks")
            came = f"{len(marked)} moves of {node} are marked"
            yield Finding(at, came, f"at most {most} of a node with {size} states")


def _ratios(beliefs: Beliefs, point: PointsAt, at: Location) -> Iterator[Finding]:
    if isinstance(point.rarer, dict):
        others = [s for s in beliefs.nodes[point.node].states if s not in point.states]
        yield from _same_keys(point.rarer, others, at, point.node, what="other state")
        ratios = {(*at, state): ratio for state, ratio in point.rarer.items()}
    else:
        ratios = {at: point.rarer}
    for path, (low, high) in ratios.items():
        if high <= 1:
            came = f"[{low:g}, {high:g}] would make it more frequent in the other states"
            yield Finding(path, came, "rarer is above 1; point at the states where it is frequent")


def _state_set(
    beliefs: Beliefs, name: str, states: Sequence[str], at: Location
) -> Iterator[Finding]:
    unknown = list(_node(beliefs, name, (*at, "node")))
    yield from unknown
    if not unknown:
        yield from _states(name, beliefs.nodes[name], states, (*at, "states"))


def _node(beliefs: Beliefs, name: str, at: Location) -> Iterator[Finding]:
    if name not in beliefs.nodes:
        hint = nearest(name, beliefs.nodes) or f"the nodes are {', '.join(beliefs.nodes)}"
        yield Finding(at, f"unknown node {name!r}", hint, (("nodes", name),))


def _states(name: str, node: Node, states: Sequence[str], at: Location) -> Iterator[Finding]:
    for state in states:
        yield from _state(name, node, state, at)
    yield from _repeated(states, at)
    if set(states) >= set(node.states):
        came = f"names every state of {name}, which says nothing"
        yield Finding(at, came, "leave at least one state out", (("nodes", name, "states"),))


def _state(name: str, node: Node, state: str, at: Location) -> Iterator[Finding]:
    if state not in node.states:
        hint = nearest(state, node.states) or f"the states are {', '.join(node.states)}"
        came = f"unknown state {state!r} of {name}"
        yield Finding(at, came, hint, (("nodes", name, "states"),))


def _repeated(names: Sequence[str], at: Location) -> Iterator[Finding]:
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield Finding(at, f"{name!r} stands more than once", "name it once")


def _same_keys(
    given: Iterable[str],
    wanted: Sequence[str],
    at: Location,
    node: str,
    *,
    what: str = "state",
) -> Iterator[Finding]:
    given, relies = list(given), (("nodes", node, "states"),)
    for key in given:
        if key not in wanted:
            hint = nearest(key, wanted) or f"each {what} is one of {', '.join(wanted)}"
            yield Finding((*at, key), f"unknown {what} {key!r} of {node}", hint, relies)
    missing = [key for key in wanted if key not in given]
    if missing:
        came = f"{what} {', '.join(map(repr, missing))} of {node} is missing"
        yield Finding(at, came, f"give every {what} a value", relies)
