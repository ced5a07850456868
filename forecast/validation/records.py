"""A simulated record: rates from the priors, a course of the states, and what is coded of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.beliefs import Beliefs, CoverageWindow, Report
from forecast.inference.encoding import Encoding
from forecast.inference.observations import observe
from forecast.network import Evidence, Parameters
from forecast.validation.announcing import Foretold, foretell
from forecast.validation.reporting import Gaps, cover, draw_reports, sources
from forecast.validation.worlds import Move, Rates, State, day_of, draw_path

__all__ = ["Design", "World", "columns", "draw_world", "medians", "read_record", "values_of"]


@dataclass(frozen=True)
class Design:
    """What a simulated record looks like.

    Attributes
    ----------
    steps, ahead : int
        Steps of the record, and steps forecast after it.
    gaps : mapping
        Steps in which nobody looked.
    """

    steps: int
    ahead: int
    gaps: Gaps

    @classmethod
    def of(cls, beliefs: Beliefs, steps: int) -> Design:
        """Two gaps, a tenth of the record each: for everything, and for the first presence."""
        width = max(1, steps // 10)
        gaps = {"*": range(steps // 3, steps // 3 + width)}
        for name, entry in beliefs.indicators.items():
            if entry.kind == "presence":
                gaps[name] = range(2 * steps // 3, 2 * steps // 3 + width)
                break
        return cls(steps, max(4, steps // 3), gaps)


@dataclass(frozen=True, eq=False)
class World:
    """What is true, and what was reported of it.

    Attributes
    ----------
    rates : Rates
        True values, by block and name.
    path : list of State
        At the end of steps 0 to ``steps + ahead``.
    moves : list of dict
        Of each step, by node.
    rows, coverage : list
        The record.
    foretold : Foretold or None
        What was announced, where the model says how often that is kept.
    """

    rates: Rates
    path: Sequence[State]
    moves: Sequence[Mapping[str, Move]]
    rows: Sequence[Report]
    coverage: Sequence[CoverageWindow]
    foretold: Foretold | None = None


def columns(encoding: Encoding) -> dict[str, list[str]]:
    """Name every parameter, by block."""
    names = {block: entries.names for block, (_, entries) in encoding.priors.blocks.items()}
    return {"initial": encoding.priors.node_states, **names}


def values_of(encoding: Encoding, parameters: Parameters) -> dict[str, Any]:
    """Give the draws of every parameter by block, (n, D), in the order of its names."""
    rows = {
        "log_rate": encoding.priors.rate_of,
        "log_dispersion": encoding.priors.dispersion_of,
        "log_spread": encoding.priors.spread_of,
    }
    return {
        name: getattr(parameters, name)[rows.get(name, range(len(names)))]
        for name, names in columns(encoding).items()
    }


def medians(encoding: Encoding) -> Rates:
    """Prior medians by block and name."""
    blocks = {name: entries for name, (_, entries) in encoding.priors.blocks.items()}
    found = {
        name: dict(zip(b.names, map(float, b.median()), strict=True)) for name, b in blocks.items()
    }
    return with_shared(encoding, found)


def with_shared(encoding: Encoding, rates: Rates) -> Rates:
    """Give every name that shares a parameter with another its rate too."""
    shared = encoding.priors.shared
    return {
        block: {**found, **{name: found[like] for name, like in shared.get(block, {}).items()}}
        for block, found in rates.items()
    }


def draw_world(encoding: Encoding, design: Design, *, seed: Sequence[int]) -> World:
    """Draw rates from the priors, a course of the states, and its record.

    Parameters
    ----------
    encoding : Encoding
        The model.
    design : Design
    seed : sequence of int
        The same seed gives the same world.
    """
    beliefs = encoding.beliefs
    rng = np.random.default_rng(list(seed))
    drawn = values_of(encoding, encoding.priors.draw(1, seed=int(rng.integers(2**31))))
    own = {
        block: dict(zip(names, map(float, drawn[block][:, 0]), strict=True))
        for block, names in columns(encoding).items()
    }
    rates = with_shared(encoding, own)
    path, moves = draw_path(beliefs, rates, design.steps + design.ahead, rng)
    told = sources(beliefs, medians(encoding))
    foretold = foretell(beliefs, steps=design.steps, rng=np.random.default_rng([*seed, 2]))
    record = path[: design.steps + 1], moves[: design.steps]
    rows = draw_reports(beliefs, rates, *record, told, gaps=design.gaps, rng=rng, foretold=foretold)
    coverage = cover(beliefs, told, steps=design.steps, gaps=design.gaps)
    return World(rates, path, moves, rows, coverage, foretold)


def read_record(encoding: Encoding, world: World, design: Design) -> Evidence:
    """Lay the record out as the engine does for a project."""
    as_of, foretold = day_of(encoding.beliefs, design.steps), world.foretold
    return observe(
        *(encoding, world.rows, world.coverage),
        as_of=as_of,
        announcements=foretold.settled(encoding.beliefs, world.rows) if foretold else (),
    )
