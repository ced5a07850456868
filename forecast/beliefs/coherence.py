"""Numbers, structures and judgements that must fit together across the whole file.

A judgement gives a band ``[l, h]`` to a set of states, and ``[1 - h, 1 - l]`` to the other states
of its node. If A implies B then P(A) <= P(B), so the low end for A may not exceed the high end for
B. Across an implication a judgement is read by complement whatever its mode, as a reader of the
brief would: who says a state will probably be kept says the others will probably not come.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from forecast.beliefs import literals
from forecast.beliefs.places import Finding, Location
from forecast.beliefs.references import references
from forecast.beliefs.schema import Beliefs, Implication, Judgement, Node, StateSet, sharing
from forecast.beliefs.words import format_probability

__all__ = ["coherence", "components", "contradictions"]

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class _Claim:
    """A band for a set of states of a node, stated or by complement."""

    path: Location
    judgement: Judgement
    states: frozenset[str]
    low: float
    high: float
    complement: bool = False

    def quoted(self) -> str:
        """Say the claim with its words and its numbers."""
        judged = self.judgement.probability
        text = f"{self.judgement.quote!r} ({_band(judged.low, judged.high)} for "
        text += f"{_listed(self.judgement.states)} {_window(self.judgement)}"
        if self.complement:
            text += f", so {_band(self.low, self.high)} for {_listed(self.states)}"
        return f"{text})"


def contradictions(beliefs: Beliefs) -> Iterator[Finding]:
    """Find judgements that contradict each other, within nodes and across implications."""
    for name in beliefs.nodes:
        claims = [claim for claim in _claims(beliefs, name) if not claim.complement]
        for one, other in combinations(claims, 2):
            yield from _within_node(one, other, frozenset(beliefs.nodes[name].states))
        yield from _exclusive(name, claims)
    for name, implication in beliefs.implications.items():
        yield from _across(beliefs, implication, ("implications", name))


def _claims(beliefs: Beliefs, name: str) -> list[_Claim]:
    node = beliefs.nodes[name]
    found = []
    for place, judgement in enumerate(node.judgements):
        path: Location = ("nodes", name, "judgements", place)
        low, high = judgement.probability.interval
        states = frozenset(judgement.states)
        found.append(_Claim(path, judgement, states, low, high))
        rest = frozenset(node.states) - states
        found.append(_Claim(path, judgement, rest, 1 - high, 1 - low, complement=True))
    return found


def _within_node(one: _Claim, other: _Claim, everything: frozenset[str]) -> Iterator[Finding]:
    for narrow, wide in ((one, other), (other, one)):
        if _contained(narrow, wide) and narrow.low > wide.high + _TOLERANCE:
            came = (
                f"{narrow.quoted()} contradicts {wide.quoted()}: what it claims is contained there"
            )
            allowed = f"{narrow.low:g} may not exceed {wide.high:g}; change one of them"
            yield Finding(narrow.path, came, allowed, (wide.path,))
            return
    # Whichever state holds at a moment, one of the two is then reached.
    both_reached = one.judgement.mode == other.judgement.mode == "by"
    covering = one.states | other.states >= everything and (
        both_reached or _same_window(one, other)
    )
    if covering and one.high + other.high < 1 - _TOLERANCE:
        came = f"{one.quoted()} contradicts {other.quoted()}: together they leave no state out"
        allowed = f"the high ends sum to {one.high + other.high:g} and must reach 1"
        yield Finding(other.path, came, allowed, (one.path,))


def _exclusive(name: str, claims: list[_Claim]) -> Iterator[Finding]:
    """Find sets of states that exclude each other and are claimed with more than 1 in all."""
    at_end = [claim for claim in claims if claim.judgement.mode == "at"]
    blamed: set[frozenset[Location]] = set()
    for size in range(2, len({claim.states for claim in at_end}) + 1):
        for family in combinations(at_end, size):
            paths = frozenset(claim.path for claim in family)
            disjoint = len(frozenset().union(*(c.states for c in family))) == sum(
                len(c.states) for c in family
            )
            total = sum(claim.low for claim in family)
            together = all(_same_moment(family[0], claim) for claim in family)
            if not (disjoint and together) or total <= 1 + _TOLERANCE:
                continue
            if any(smaller <= paths for smaller in blamed):
                continue
            blamed.add(paths)
            came = f"{' and '.join(c.quoted() for c in family)} exclude each other in {name}"
            allowed = f"the low ends sum to {total:g} and may not exceed 1"
            yield Finding(family[-1].path, came, allowed, tuple(paths))


def _across(beliefs: Beliefs, implication: Implication, at: Location) -> Iterator[Finding]:
    antecedent, consequent = implication.antecedent, implication.consequent
    if antecedent.node not in beliefs.nodes or consequent.node not in beliefs.nodes:
        return
    pairs = [
        (narrow, wide)
        for narrow in _claims(beliefs, antecedent.node)
        for wide in _claims(beliefs, consequent.node)
        if narrow.states
        and narrow.states <= set(antecedent.states)
        and wide.states >= set(consequent.states)
        and narrow.judgement.within <= wide.judgement.within * (1 + _TOLERANCE)
        and narrow.low > wide.high + _TOLERANCE
    ]
    if not pairs:
        return
    narrow, wide = max(pairs, key=lambda pair: pair[0].low - pair[1].high)
    came = (
        f"{narrow.quoted()} contradicts {wide.quoted()}: "
        f"{_said(antecedent)} implies {_said(consequent)}, "
        f"so at least {narrow.low:.3g} would have to be at most {wide.high:.3g}"
    )
    relies = (narrow.path, wide.path)
    if implication.resolved is not None:
        allowed = f"resolved in the file: {implication.resolved}"
        yield Finding(at, came, allowed, relies, "warning")
    else:
        allowed = "change a judgement, or say under 'resolved' how the model treats it"
        yield Finding(at, came, allowed, relies)


def _contained(narrow: _Claim, wide: _Claim) -> bool:
    """Whether what `narrow` claims can only happen together with what `wide` claims."""
    if not narrow.states <= wide.states:
        return False
    if wide.judgement.mode == "at":
        return narrow.judgement.mode == "at" and _same_window(narrow, wide)
    return narrow.judgement.within <= wide.judgement.within * (1 + _TOLERANCE)


def _same_moment(one: _Claim, other: _Claim) -> bool:
    return one.judgement.mode == other.judgement.mode and _same_window(one, other)


def _same_window(one: _Claim, other: _Claim) -> bool:
    longer = max(one.judgement.within, other.judgement.within)
    return abs(one.judgement.within - other.judgement.within) <= longer * _TOLERANCE


def _band(low: float, high: float) -> str:
    return f"{low:.3g} to {high:.3g}"


def _listed(states: frozenset[str] | tuple[str, ...]) -> str:
    return " or ".join(sorted(states) if isinstance(states, frozenset) else states)


def _window(judgement: Judgement) -> str:
    link = "within" if judgement.mode == "by" else "after"
    return f"{link} {literals.wording(judgement.within)}"


def _said(side: StateSet) -> str:
    return f"{side.node} {_listed(side.states)}"


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
    yield from _alone(beliefs)
    yield from sharing(beliefs)
    yield from contradictions(beliefs)


def _forgotten(beliefs: Beliefs) -> Iterator[Finding]:
    """Refuse rates that forget a step before the next one is over."""
    learning, step = beliefs.learning, beliefs.grid.step
    if learning is not None and learning.half_life < step:
        came = f"{learning.half_life:g} days are less than one step"
        relies = (("grid", "step"),)
        yield Finding(("learning", "half_life"), came, f"give at least {step} days", relies)


def _alone(beliefs: Beliefs) -> Iterator[Finding]:
    """Refuse a level in common where there are no two rates to have one."""
    if beliefs.rates is not None and len(beliefs.levelled) < 2:
        came = "is that of two or more presence indicators with rates of their own"
        relies: tuple[Location, ...] = (("indicators",),)
        yield Finding(("rates", "common_level"), came, "leave rates out", relies)


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
        for nodes in (indicator.nodes for indicator in beliefs.indicators.values())
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
    seen = {name for indicator in beliefs.indicators.values() for name in indicator.nodes}
    for name in beliefs.nodes:
        if name not in seen:
            came = "no indicator points at this node, so no report could ever move it"
            relies: tuple[Location, ...] = (("indicators",),)
            yield Finding(("nodes", name), came, "add one under indicators", relies)


def _too_large(beliefs: Beliefs) -> Iterator[Finding]:
    limit = beliefs.grid.max_joint_states
    for nodes in components(beliefs):
        size = math.prod(beliefs.nodes[name].joint_size for name in nodes)
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
                    f"{literals.wording(judgement.within)}, but the node is there at the start "
                    f"with {format_probability(min(1.0, there))}"
                )
                path = ("nodes", name, "judgements", place)
                relies: tuple[Location, ...] = (("nodes", name),)
                yield Finding(path, came, "reconcile it with initial", relies, "warning")
