"""What a coupling does to the judgement that is printed: raise it, lower it, or it depends.

A coupling names a transition, and a faster transition may lead into the headline states or out of
them. So the child is walked from the brief's date to the horizon with the coupling acting and
without, and the probabilities of the headline are compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from forecast.beliefs import Beliefs, Coupling, Node
from forecast.beliefs.rates import log_rate
from forecast.charts.links import Direction

__all__ = ["direction"]

Floats = NDArray[np.float64]
_Rates = dict[tuple[int, int], float]

_MOMENTS = 24  # dates compared
_ROUNDING = 1e-12


def direction(beliefs: Beliefs, coupling: Coupling, *, days: float) -> Direction:
    """Compare the headline of a coupling's child with the coupling acting and without.

    The answer is ``raises`` or ``lowers`` where the probability differs in one direction only:
    from whichever state the child starts, at every date, at both ends of the coupling's ratio, at
    the centre of the child's rates and at the ends of each, with the other couplings on the child
    acting and not. It is ``neither`` where nothing differs, and ``either`` else. What the child
    does to its parents is left out.

    Parameters
    ----------
    beliefs : Beliefs
    coupling : Coupling
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


def _transitions(node: Node, coupling: Coupling) -> set[tuple[int, int]]:
    """Find the transitions a coupling acts on, as pairs of states."""
    start, end = coupling.child.from_state, coupling.child.to_state
    return {
        (node.states.index(h.from_state), node.states.index(h.to_state))
        for h in node.hazards
        if h.to_state == end and start in {None, h.from_state}
    }


def _settings(beliefs: Beliefs, coupling: Coupling) -> Iterator[_Rates]:
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


def _multiplied(rates: _Rates, node: Node, couplings: Iterable[Coupling]) -> _Rates:
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
