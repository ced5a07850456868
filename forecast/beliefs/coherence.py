"""Numbers and structures that must fit together across the whole file."""

from __future__ import annotations

import math
from collections.abc import Iterator

from forecast.beliefs import periods
from forecast.beliefs.contradictions import contradictions
from forecast.beliefs.findings import Finding
from forecast.beliefs.indicators import Indicator, ValueIndicator
from forecast.beliefs.places import Location
from forecast.beliefs.references import references
from forecast.beliefs.schema import Beliefs, Node
from forecast.beliefs.sharing import sharing
from forecast.beliefs.words import format_probability

__all__ = ["coherence", "components", "indicated_nodes"]


def coherence(beliefs: Beliefs) -> Iterator[Finding]:
    """Check a file as a whole, and report everything that is wrong with it."""
    yield from references(beliefs)
    for name, node in beliefs.nodes.items():
        yield from _initial(node, ("nodes", name, "initial", "probabilities"))
    yield from _unobserved(beliefs)
    yield from _too_large(beliefs)
    yield from _questions(beliefs)
    yield from _already_there(beliefs)
    yield from _forgotten(beliefs)
    yield from sharing(beliefs)
    yield from contradictions(beliefs)


def _forgotten(beliefs: Beliefs) -> Iterator[Finding]:
    """Refuse rates that forget a step before the next one is over."""
    learning, step = beliefs.learning, beliefs.grid.step
    if learning is not None and learning.half_life < step:
        came = f"{learning.half_life:g} days are less than one step"
        relies = (("grid", "step"),)
        yield Finding(("learning", "half_life"), came, f"give at least {step} days", relies)


def indicated_nodes(indicator: Indicator) -> tuple[str, ...]:
    """Nodes an indicator tells something about, in the order of the file."""
    if isinstance(indicator, ValueIndicator):
        return (indicator.levels.node,)
    return tuple(dict.fromkeys(point.node for point in indicator.points_at))


def components(beliefs: Beliefs) -> tuple[tuple[str, ...], ...]:
    """Nodes that must be filtered together: connected by couplings or shared indicators.

    Returns
    -------
    tuple of tuple of str
        Components in the order of their first node; nodes in the order of the file.
    """
    leader = {name: name for name in beliefs.nodes}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    ties = [(c.parent.node, c.child.node) for c in beliefs.couplings.values()]
    ties += [
        (nodes[0], other)
        for nodes in map(indicated_nodes, beliefs.indicators.values())
        for other in nodes[1:]
    ]
    for one, other in ties:
        if one in leader and other in leader:  # unknown names are reported elsewhere
            leader[find(other)] = find(one)
    groups: dict[str, list[str]] = {}
    for name in beliefs.nodes:
        groups.setdefault(find(name), []).append(name)
    return tuple(map(tuple, groups.values()))


def _initial(node: Node, at: Location) -> Iterator[Finding]:
    probabilities = node.initial.probabilities
    for state, p in probabilities.items():
        if not 0 < p < 1:
            came = f"{p:g} is not strictly between 0 and 1"
            yield Finding((*at, state), came, "no prior learns its way back from certainty")
    total = math.fsum(probabilities.values())
    if not math.isclose(total, 1, abs_tol=1e-6):
        yield Finding(at, f"sum to {total:g}", "must sum to 1")


def _unobserved(beliefs: Beliefs) -> Iterator[Finding]:
    seen = {
        name for indicator in beliefs.indicators.values() for name in indicated_nodes(indicator)
    }
    for name in beliefs.nodes:
        if name not in seen:
            came = "no indicator points at this node, so no report could ever move it"
            relies: tuple[Location, ...] = (("indicators",),)
            yield Finding(("nodes", name), came, "add one under indicators", relies)


def _too_large(beliefs: Beliefs) -> Iterator[Finding]:
    limit = beliefs.grid.max_joint_states
    for nodes in components(beliefs):
        size = math.prod(len(beliefs.nodes[name].states) for name in nodes)
        if size > limit:
            parts = ", ".join(f"{name} ({len(beliefs.nodes[name].states)})" for name in nodes)
            came = f"{size} joint states of {parts}, which couplings or indicators tie together"
            allowed = f"at most {limit}: drop a tie, merge states, or raise grid.max_joint_states"
            relies: tuple[Location, ...] = tuple(("nodes", name, "states") for name in nodes)
            yield Finding(("grid", "max_joint_states"), came, allowed, relies)


def _questions(beliefs: Beliefs) -> Iterator[Finding]:
    start = beliefs.brief.as_of
    for name, question in beliefs.questions.items():
        at: Location = ("questions", name)
        relies: tuple[Location, ...] = (("brief", "as_of"),)
        if question.by <= start:
            came = f"is to be resolved by {question.by}, not after the brief's date {start}"
            yield Finding((*at, "by"), came, "ask about a later date", relies)
        elif question.opens < start or question.opens >= question.by:
            came = f"opens on {question.opens}"
            allowed = f"must open from {start} and before {question.by}"
            yield Finding((*at, "opens"), came, allowed, relies)


def _already_there(beliefs: Beliefs) -> Iterator[Finding]:
    """Find judgements that a node will reach a state where it is more often already."""
    for name, node in beliefs.nodes.items():
        for place, judgement in enumerate(node.judgements):
            there = math.fsum(node.initial.probabilities.get(s, 0.0) for s in judgement.states)
            if judgement.mode == "by" and there > judgement.probability.high + 1e-9:
                came = (
                    f"{judgement.quote!r} says at most "
                    f"{format_probability(judgement.probability.high)} within "
                    f"{periods.wording(judgement.within)}, but the node is there at the start "
                    f"with {format_probability(min(1.0, there))}"
                )
                path = ("nodes", name, "judgements", place)
                relies: tuple[Location, ...] = (("nodes", name),)
                yield Finding(path, came, "reconcile it with initial", relies, "warning")
