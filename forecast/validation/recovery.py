"""How near the posterior comes to the truth, and whether it says how near."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.validation.fitting import RANKS
from forecast.validation.simulating import Simulation

__all__ = ["Recovered", "coverage", "recovery"]


@dataclass(frozen=True)
class Recovered:
    """How near the posterior comes to the truth of one block, with records of one length.

    Attributes
    ----------
    block : str
    steps, simulations : int
        Steps of a record, and how many.
    bias, rmse, spread : float
        Mean of posterior mean less truth, its root mean square, and the root mean square of the
        posterior standard deviation, all in prior standard deviations.
    coverage : float
        Share of truths inside the central 90 % interval.
    """

    block: str
    steps: int
    simulations: int
    bias: float
    rmse: float
    spread: float
    coverage: float


def coverage(ranks: Sequence[int], interval: float, *, most: int = RANKS) -> float:
    """Share of truths inside the central interval of the draws, exact for uniform ranks.

    A rank from 0 to `most` lies inside if it is among the ``interval (most + 1)`` middle ones.

    Examples
    --------
    >>> coverage(range(100), 0.9), coverage(range(100), 0.5), coverage([0, 99], 0.9)
    (0.9, 0.5, 0.0)
    """
    out = round((most + 1) * (1 - interval) / 2)
    return float(np.mean([out <= rank <= most - out for rank in ranks]))


def recovery(simulations: Sequence[Simulation]) -> list[Recovered]:
    """Compare posterior and truth by block and by length of record.

    Parameters
    ----------
    simulations : sequence of Simulation
        Of any lengths.
    """
    groups: dict[tuple[int, str], list[tuple[float, float, int]]] = defaultdict(list)
    numbers: dict[int, set[int]] = defaultdict(set)
    for one in simulations:
        numbers[one.steps].add(one.number)
        for name, (error, spread) in one.moments.items():
            groups[one.steps, name.partition(" ")[0]].append((error, spread, one.ranks[name]))
    out = []
    for (steps, block), found in sorted(groups.items()):
        errors, spreads = np.array([one[:2] for one in found]).T
        out.append(
            Recovered(
                block=block,
                steps=steps,
                simulations=len(numbers[steps]),
                bias=float(errors.mean()),
                rmse=float(np.sqrt((errors**2).mean())),
                spread=float(np.sqrt((spreads**2).mean())),
                coverage=coverage([rank for *_, rank in found], 0.9),
            )
        )
    return out
