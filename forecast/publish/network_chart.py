"""The network behind a forecast, from what the ledger holds.

What a coupling does to the judgement that is printed is found by walking: a coupling names a
transition, and a faster transition may lead into the headline states or out of them. So the child
is walked from the brief's date to the horizon with the coupling acting and without, and the
probabilities of the headline are compared.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from forecast.beliefs import Beliefs, MoveIndicator, ValueIndicator
from forecast.beliefs import Coupling as StatedCoupling
from forecast.beliefs import Node as StatedNode
from forecast.beliefs.rates import log_rate
from forecast.charts import neighbourhood, network
from forecast.charts.files import Chart
from forecast.charts.links import Coupling, Direction, Network, Node, Pointer
from forecast.issue.charts import PANEL, look
from forecast.issue.recall import issued_beliefs
from forecast.issue.run import Issue
from forecast.names import require_known
from forecast.project.project import Project
from forecast.project.recorded import held_beliefs

__all__ = ["direction", "network_chart"]

Floats = NDArray[np.float64]
_Rates = dict[tuple[int, int], float]

_MOMENTS = 24  # dates compared
_ROUNDING = 1e-12


def network_chart(issue: Issue, node: str | None, project: Project, *, size: str = "a4") -> Chart:
    """Chart nodes, couplings and indicators; or one node with its indicators by name.

    Raises
    ------
    BeliefsError
        If there is no such node.
    LedgerError
        If the ledger does not hold the beliefs of the issue.
    """
    values = _network(issue, held_beliefs(issued_beliefs(issue, project)))
    stamp = look(issue)[1]
    if node is None:
        return network.chart(values, stamp=stamp, size=size)
    require_known(node, [one.name for one in values.nodes], what="node", where="in this forecast")
    return neighbourhood.chart(values.around(node), stamp=stamp, size=size)


def _network(issue: Issue, beliefs: Beliefs) -> Network:
    payload: Any = issue.payload
    now = {row["node"]: row for row in payload["judgements"]}
    nodes = tuple(
        Node(name, about.label, _said(now[name]["states"]), now[name]["probability"],
             tuple(_said([state]) for state in about.states))
        for name, about in beliefs.nodes.items()
    )  # fmt: skip
    walked = dt.date.fromisoformat(payload["horizon"]) - beliefs.brief.as_of
    couplings = tuple(
        Coupling(
            one.parent.node,
            one.child.node,
            _said(one.parent.states),
            _said([one.child.to_state]),
            *one.ratio,
            direction(beliefs, one, days=walked.days),
            _said([one.child.from_state]) if one.child.from_state else "",
        )
        for one in beliefs.couplings.values()
    )
    pointers = tuple(
        pointer
        for name, about in beliefs.indicators.items()
        for pointer in _pointers(beliefs, name, about.label)
    )
    title = payload["brief"]["title"]
    return Network(PANEL, title, issue.issued.as_of, nodes, couplings, pointers)


def _pointers(beliefs: Beliefs, name: str, label: str) -> list[Pointer]:
    about = beliefs.indicators[name]
    if isinstance(about, ValueIndicator):
        return [Pointer(name, label, about.levels.node)]
    if isinstance(about, MoveIndicator):
        return [Pointer(name, label, about.marks.node)]
    return [
        Pointer(name, label, node, *_widest(ratios.values()))
        for node, ratios in beliefs.pointed(name).items()
    ]


def _widest(intervals: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Take the widest interval where the other states have one each."""
    lows, highs = zip(*intervals, strict=True)
    return min(lows), max(highs)


def _said(states: Iterable[str]) -> str:
    return " or ".join(state.replace("_", " ") for state in states)


def direction(beliefs: Beliefs, coupling: StatedCoupling, *, days: float) -> Direction:
    """Compare the headline of a coupling's child with the coupling acting and without.

    The answer is ``raises`` or ``lowers`` where the probability differs in one direction only:
    from whichever state the child starts, at every date, at both ends of the coupling's ratio, at
    the centre of the child's rates and at the ends of each, with the other couplings on the child
    acting and not. It is ``neither`` where nothing differs, and ``either`` else. What the child
    does to its parents is left out.

    Parameters
    ----------
    beliefs : Beliefs
    coupling : StatedCoupling
    days : float
        From the brief's date to the last date compared.
    """
    node = beliefs.nodes[coupling.child.node]
    headline = np.array([state in node.headline for state in node.states], float)
    pushed = _transitions(node, coupling)
    signs: set[float] = set()
    for rates in _settings(beliefs, coupling):
        base = _course(headline, rates, days=days)
        for factor in coupling.ratio:
            faster = {move: q * (factor if move in pushed else 1.0) for move, q in rates.items()}
            apart = _course(headline, faster, days=days) - base
            signs |= set(np.sign(apart[np.abs(apart) > _ROUNDING]).tolist())
    if len(signs) > 1:
        return "either"
    return "neither" if not signs else "raises" if signs == {1.0} else "lowers"


def _transitions(node: StatedNode, coupling: StatedCoupling) -> set[tuple[int, int]]:
    """Find the transitions a coupling acts on, as pairs of states."""
    start, end = coupling.child.from_state, coupling.child.to_state
    return {
        (node.states.index(h.from_state), node.states.index(h.to_state))
        for h in node.hazards
        if h.to_state == end and start in {None, h.from_state}
    }


def _settings(beliefs: Beliefs, coupling: StatedCoupling) -> Iterator[_Rates]:
    """List rates of the child at which to compare: the centre, and each at both of its ends."""
    node = beliefs.nodes[coupling.child.node]
    known = node if node.moves_like is None else beliefs.nodes[node.moves_like]
    priors = {
        (node.states.index(h.from_state), node.states.index(h.to_state)): log_rate(
            *h.probability.interval, within_days=h.within
        )
        for h in known.hazards
    }
    centre = {move: math.exp(prior.mean) for move, prior in priors.items()}
    yield centre
    yield _multiplied(centre, node, (
        one for one in beliefs.couplings.values()
        if one is not coupling and one.child.node == coupling.child.node
    ))  # fmt: skip
    for move, prior in priors.items():
        for end in prior.interval:
            yield {**centre, move: math.exp(end)}


def _multiplied(rates: _Rates, node: StatedNode, couplings: Iterable[StatedCoupling]) -> _Rates:
    """Let couplings act, each at the middle of its interval."""
    found = dict(rates)
    for one in couplings:
        for move in _transitions(node, one):
            found[move] *= math.sqrt(one.ratio[0] * one.ratio[1])
    return found


def _course(headline: Floats, rates: _Rates, *, days: float) -> Floats:
    """Probability of the headline at each date compared, from each state the child may start in."""
    generator = np.zeros((len(headline), len(headline)))
    for (origin, target), rate in rates.items():
        generator[origin, target] += rate
        generator[origin, origin] -= rate
    step = expm(generator * days / _MOMENTS)
    found = [headline]
    for _ in range(_MOMENTS):
        found.append(step @ found[-1])
    return np.array(found[1:])
