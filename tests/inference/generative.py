"""Worlds of the harbour, with rates drawn from the intervals of the file without the engine.

States and reports are drawn by `forecast.validation.worlds` and `reporting`, which know nothing of
the engine; the story is told there. Rates and prior medians are read here, from the file.
"""

from __future__ import annotations

import numpy as np
import scipy.stats

from forecast.beliefs import Beliefs, CoverageWindow
from forecast.validation import reporting, worlds
from forecast.validation.simulating import World
from forecast.validation.worlds import Rates, day_of
from tests.inference.intervals import stated
from tests.inference.samples import day

STEPS, AHEAD = 16, 8
Z90 = scipy.stats.norm.ppf(0.95)
#: Steps in which nobody looked: for anything, and for patrols.
GAPS = {"*": range(5, 7), "patrols": range(11, 13)}


def draw_rates(beliefs: Beliefs, rng: np.random.Generator) -> Rates:
    """Every parameter by block and name."""
    out: dict[str, dict[str, float]] = {"initial": {}}
    for name, node in beliefs.nodes.items():
        weights = np.array([node.initial.probabilities[state] for state in node.states])
        shares = rng.dirichlet(weights * node.initial.effective_sample_size)
        names = [f"{name}.{state}" for state in node.states]
        out["initial"] |= dict(zip(names, map(float, shares), strict=True))
    for block, intervals in stated(beliefs).items():
        out[block] = {}
        for name, (low, high) in intervals.items():
            mean, sd = (low + high) / 2, (high - low) / 2 / Z90
            least = -mean / sd if block == "rarity" else -np.inf
            prior = scipy.stats.truncnorm(least, np.inf, mean, sd)
            out[block][name] = float(prior.rvs(random_state=rng))
    return out


def medians(beliefs: Beliefs) -> Rates:
    """Prior medians of every parameter by block and name."""
    return {
        block: {name: float(np.mean(pair)) for name, pair in intervals.items()}
        for block, intervals in stated(beliefs).items()
    }


def averages(beliefs: Beliefs) -> dict[str, float]:
    """The constant a_bar of each presence: mean of a over joint states at the prior medians."""
    return worlds.averages(beliefs, medians(beliefs))


def coverage(beliefs: Beliefs) -> list[CoverageWindow]:
    """Detection of each presence as this world has it, and the gaps."""
    told = reporting.sources(beliefs, medians(beliefs))
    return reporting.cover(beliefs, told, steps=STEPS, gaps=GAPS)


def draw_world(beliefs: Beliefs, seed: int) -> World:
    """Rates, states and reports."""
    rng = np.random.default_rng(seed)
    rates = draw_rates(beliefs, rng)
    path, moves = worlds.draw_path(beliefs, rates, STEPS + AHEAD, rng)
    told = reporting.sources(beliefs, medians(beliefs))
    record = path[: STEPS + 1], moves[:STEPS]
    rows = reporting.draw_reports(beliefs, rates, *record, told, gaps=GAPS, rng=rng)
    assert day_of(beliefs, STEPS) == day(7 * STEPS)
    assert all(row.reported_on <= day(7 * STEPS) for row in rows)
    return World(rates, path, moves, rows, coverage(beliefs))
