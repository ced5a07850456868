"""Streams that follow levels of their own: independent of each other, and learnt apart.

A file of nothing but levels is a fleet of small models. Each has a handful of parameters and a
smooth posterior, which the Normal at its mode proposes from (`forecast.inference.laplace`). Levels
that share parameters are fitted together, all others apart, in a time linear in their number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from forecast import dims
from forecast.beliefs import Beliefs
from forecast.inference.encoding import Encoding, encode
from forecast.inference.laplace import approximate
from forecast.network import Evidence

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["WEIGHED", "fleet", "levels_alone", "quick_posterior", "seen_by"]

Floats = npt.NDArray[np.float64]

_DRAWS = 200
#: Attribute of a posterior whose draws were weighed: the effective sample size of the weights.
WEIGHED = "effective_draws"


def levels_alone(beliefs: Beliefs) -> bool:
    """Whether every node has a level, and everything that is seen follows one of them."""
    return not beliefs.couplings and all(
        node.level is not None for node in beliefs.nodes.values()
    ) and all(
        getattr(indicator, "follows", None) is not None for indicator in beliefs.indicators.values()
    )  # fmt: skip


def fleet(beliefs: Beliefs) -> list[Beliefs]:
    """Take a file apart into what is independent of all the rest, in the order of the file.

    Nodes belong together that act on each other, are seen by one indicator, or share rates.
    """
    leader = {name: name for name in beliefs.nodes}
    ties = [(name, node.moves_like or name) for name, node in beliefs.nodes.items()]
    ties += [(each.parent.node, each.child.node) for each in beliefs.couplings.values()]
    for indicator in beliefs.indicators.values():
        like = beliefs.indicators.get(indicator.rates_like or "", indicator)
        ties += [(indicator.nodes[0], other) for other in (*indicator.nodes[1:], like.nodes[0])]
    for one, other in ties:
        low, high = sorted((_led(leader, one), _led(leader, other)))
        leader[high] = low
    groups: dict[str, list[str]] = {}
    for name in beliefs.nodes:
        groups.setdefault(_led(leader, name), []).append(name)
    return [_part(beliefs, set(names)) for names in groups.values()]


def _led(leader: dict[str, str], name: str) -> str:
    while leader[name] != name:
        name = leader[name]
    return name


def _part(beliefs: Beliefs, names: set[str]) -> Beliefs:
    kept = {k: i for k, i in beliefs.indicators.items() if i.nodes[0] in names}
    ties = {k: c for k, c in beliefs.couplings.items() if c.child.node in names}
    nothing: dict[str, object] = {"implications": {}, "questions": {}, "alerts": {}, "rates": None}
    nodes = {name: node for name, node in beliefs.nodes.items() if name in names}
    own: dict[str, object] = {"nodes": nodes, "indicators": kept, "couplings": ties}
    return beliefs.model_copy(update={**own, **nothing})


def seen_by(part: Encoding, whole: Encoding, evidence: Evidence) -> Evidence:
    """Take what is seen of the indicators of a part out of all that is seen."""
    columns = np.array([whole.indicators.index(name) for name in part.indicators])
    number = np.full(evidence.indicators, -1)
    number[columns] = np.arange(len(columns))
    kept = number[evidence.cell_indicator] >= 0
    return replace(
        evidence,
        detection=evidence.detection[:, columns],
        cell_step=evidence.cell_step[kept],
        cell_indicator=number[evidence.cell_indicator[kept]],
        cell_value=evidence.cell_value[kept],
        cell_exposure=evidence.cell_exposure[kept],
    )


def quick_posterior(
    encoding: Encoding,
    evidence: Evidence,
    *,
    chains: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> xr.DataTree:
    """Draw every parameter of a file of levels from the quick posterior of its part.

    Parameters
    ----------
    encoding : Encoding
        Of a file of which `levels_alone` is true.
    evidence : Evidence
        What was reported.
    chains : int
        As what the draws, 200 or a few more and independent of each other, are laid out.
    seed : int
        The same seed gives the same draws.
    progress : callable, optional
        Called with the number of finished and of all parts.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior`` and ``sample_stats``, as `forecast.inference.sampling.fit` returns.
    """
    import xarray as xr

    draws = -(-_DRAWS // chains)
    parts, found = fleet(encoding.beliefs), dict[str, dict[str, Floats]]()
    least = np.inf
    for number, part in enumerate(parts):
        model = encode(part)
        seen = seen_by(model, encoding, evidence)
        fitted = approximate(model, seen)
        drawn, ess = fitted.corrected(seen, chains * draws, seed=seed + number)
        least = min(least, ess)
        for block, rows in drawn.items():
            names = model.priors.blocks[block][1].names
            found.setdefault(block, {}).update(zip(names, rows, strict=True))
        if progress is not None:
            progress(number + 1, len(parts))
    over = (dims.CHAIN, dims.DRAW)
    places = {dims.CHAIN: np.arange(chains), dims.DRAW: np.arange(draws)}
    values, coords = {}, dict(places)
    for block, (dim, own) in encoding.priors.blocks.items():
        if len(own):
            rows = np.array([found[block][name] for name in own.names])
            values[block] = ((*over, dim), rows.T.reshape(chains, draws, len(own)))
            coords[dim] = np.array(own.names)
    never = xr.Dataset({"diverging": (over, np.zeros((chains, draws), bool))}, places)
    posterior = xr.Dataset(values, coords, {WEIGHED: round(least, 1)})
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": never})
