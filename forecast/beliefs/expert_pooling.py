"""Several experts, one prior each: every expert made coherent, then pooled, disagreement said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecast.beliefs.answers import log_odds, probability
from forecast.beliefs.elicitation import Answer, Asked, askable
from forecast.beliefs.rates import Pool, level, pool
from forecast.beliefs.schema import Beliefs
from forecast.errors import BeliefsError

__all__ = ["Pooled", "pooled"]


@dataclass(frozen=True)
class Pooled:
    """One prior, and what its experts said of it.

    Attributes
    ----------
    asked : Asked
    experts : dict of str to (float, float)
        One coherent answer for each.
    interval : (float, float)
        Pooled; both ends the same for a share.
    answers : tuple of Answer
    notes : tuple of str
        What had to be made coherent, and where experts disagree.
    """

    asked: Asked
    experts: Mapping[str, tuple[float, float]]
    interval: tuple[float, float]
    answers: tuple[Answer, ...]
    notes: tuple[str, ...]


def pooled(
    beliefs: Beliefs, answers: Sequence[Answer], *, method: Pool, extremise: float = 1.0
) -> list[Pooled]:
    """Make each expert coherent, pool them, and say where they disagree.

    Several answers of one expert about one rate are averaged on the log odds. Shares of a node's
    states are divided by their sum; states the expert left out keep what remains in the proportions
    of the file.

    Parameters
    ----------
    beliefs : Beliefs
    answers : sequence of Answer
    method : {"log_odds", "linear"}
        See `forecast.beliefs.pool`; shares are pooled by their geometric or arithmetic mean.
    extremise : float
        Factor on the pooled log odds of a rate; 1 leaves them.

    Returns
    -------
    list of Pooled
        In the order of the file.
    """
    known = askable(beliefs)
    by_prior: dict[str, dict[str, list[Answer]]] = defaultdict(lambda: defaultdict(list))
    for answer in answers:
        by_prior[answer.prior][answer.expert].append(answer)
    out = [
        _pooled_rate(known[name], said, method, extremise)
        for name, said in by_prior.items()
        if known[name].kind == "rate"
    ]
    for node in beliefs.nodes:
        out += _pooled_shares(beliefs, node, known, by_prior, method)
    order = list(known)
    return sorted(out, key=lambda each: order.index(each.asked.name))


def _pooled_rate(
    asked: Asked, said: Mapping[str, Sequence[Answer]], method: Pool, extremise: float
) -> Pooled:
    experts, notes = {}, []
    for expert, answers in said.items():
        ends = [[log_odds(p) for p in pair] for pair in ((a.low, a.high) for a in answers)]
        low, high = (sum(side) / len(side) for side in zip(*ends, strict=True))
        experts[expert] = (probability(low), probability(high))
        if max(a.low for a in answers) > min(a.high for a in answers):
            told = "; ".join(a.said for a in answers)
            notes.append(f"{expert} contradicts themselves ({told}); averaged")
    interval = pool(list(experts.values()), method=method)
    if extremise != 1.0:
        normal = level(*(log_odds(p) for p in interval))
        shift = (extremise - 1.0) * normal.mean
        low, high = (probability(end + shift) for end in normal.interval)
        interval = (low, high)
    lowest = min(experts, key=lambda name: experts[name][1])
    highest = max(experts, key=lambda name: experts[name][0])
    if experts[highest][0] > experts[lowest][1]:
        notes.append(f"{lowest} and {highest} do not overlap")
    flat = tuple(answer for answers in said.values() for answer in answers)
    return Pooled(asked, experts, interval, flat, tuple(notes))


def _pooled_shares(
    beliefs: Beliefs,
    node: str,
    known: Mapping[str, Asked],
    by_prior: Mapping[str, Mapping[str, Sequence[Answer]]],
    method: Pool,
) -> list[Pooled]:
    """Pool what experts said of where a node stood; every state gets a share."""
    stated = beliefs.nodes[node].initial.probabilities
    names = {state: f"{node}.{state}" for state in stated}
    experts = dict.fromkeys(e for name in names.values() for e in by_prior.get(name, {}))
    if not experts:
        return []
    whole, notes = {}, []
    for expert in experts:
        told = {
            state: sum(a.low for a in answers) / len(answers)
            for state, name in names.items()
            if (answers := by_prior.get(name, {}).get(expert))
        }
        left = {state: share for state, share in stated.items() if state not in told}
        rest = max(0.0, 1.0 - sum(told.values()))
        spread = sum(left.values()) or 1.0
        shares = told | {state: rest * share / spread for state, share in left.items()}
        total = sum(shares.values())
        if total <= 0.0:
            raise BeliefsError(f"{expert} gives every state of {node} no chance; give one a share")
        if abs(total - 1.0) > 0.005:
            notes.append(f"{expert}: shares of {node} sum to {total:.2f}; divided by it")
        whole[expert] = {state: shares[state] / total for state in stated}
    mean = _mean_shares(list(whole.values()), method)
    return [
        Pooled(
            known[name],
            {expert: (shares[state],) * 2 for expert, shares in whole.items()},
            (mean[state],) * 2,
            tuple(a for said in by_prior.get(name, {}).values() for a in said),
            tuple(notes) if place == 0 else (),
        )
        for place, (state, name) in enumerate(names.items())
    ]


def _mean_shares(experts: Sequence[Mapping[str, float]], method: Pool) -> dict[str, float]:
    """Arithmetic mean, or geometric mean divided by its sum; one expert rules no state out."""
    out = {}
    for state in experts[0]:
        shares = [max(each[state], 1e-4) if method == "log_odds" else each[state]
                  for each in experts]  # fmt: skip
        product = 1.0
        for share in shares:
            product *= share ** (1.0 / len(shares))
        out[state] = product if method == "log_odds" else sum(shares) / len(shares)
    total = sum(out.values())
    return {state: share / total for state, share in out.items()}
