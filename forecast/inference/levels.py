"""Levels that move, among the arrays of the network: which rows their few parameters stand for.

A level has hazards, and each stream that follows it a rate, rarities or levels, and none of these
is a parameter: all are worked out from the rows of one block, ``motion``. A count that follows a
level has the log mean ``x_i + u_k``, so its log rate per day falls short of that at the highest
point and the highest burst by a rarity of either; a value has the level ``x_i + u_k`` itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.beliefs import values
from forecast.beliefs.indicators import CountIndicator, Level
from forecast.beliefs.schema import Beliefs
from forecast.network.levels import FAST, SLOW, UNITS, Pace, moves, pace, pull_pace
from forecast.network.structure import Parameters

__all__ = ["MovingLevel", "Stream", "motion_names", "motion_priors", "moving_levels", "tied_rates"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Row = tuple[int, int, int, int]

#: Standard deviations of the logs of volatility, pull, jumps, burst and fade without an interval.
_WIDE = (1.0, 1.5, 1.2, 0.6, 0.6)
#: Volatility within a period and burst, in the range of a value; those of a count are logs.
_VOLATILITY, _BURST, _BURST_OF_COUNT = 0.03, 0.05, 0.4
#: Periods in which it returns, between two jumps, and in which a burst fades.
_RETURN, _JUMP, _FADE = 50.0, 100.0, 2.5


@dataclass(frozen=True)
class Stream:
    """An indicator that follows a level: its number, its kind, and its first row of the block.

    Attributes
    ----------
    indicator : int
    days : float or None
        Days of the period of a count; None for a value.
    first : int
        Of its rarities (a count) or levels (a value): those of the level, then of the burst.
    """

    indicator: int
    days: float | None
    first: int


@dataclass(frozen=True)
class MovingLevel:
    """A level that moves, and where it stands among the arrays of the network.

    Attributes
    ----------
    node, burst : int
        Numbers of its node and of that of its burst, or -1.
    points : tuple of float
        The grid, on the scale.
    motion, hazard : int
        First row of its parameters, and of its hazards.
    streams : tuple of Stream
    """

    node: int
    burst: int
    points: tuple[float, ...]
    motion: int
    hazard: int
    streams: tuple[Stream, ...]

    @property
    def bursts(self) -> int:
        """Points of the burst; 0 without one."""
        return len(UNITS) if self.burst >= 0 else 0

    @property
    def rows(self) -> slice:
        """Rows of its parameters."""
        return slice(self.motion, self.motion + len(SLOW) + (len(FAST) if self.bursts else 0))

    @property
    def hazards(self) -> list[tuple[int, int, int]]:
        """Its hazards: node, origin, target."""
        slow = [(self.node, i, j) for i, j in moves(len(self.points))]
        return [*slow, *((self.burst, k, other) for k, other in moves(self.bursts))]

    def pointed(self, stream: Stream) -> list[Row]:
        """Rows of `Network.points` or `Network.levels` of a stream: indicator, node, state, row."""
        less = 0 if stream.days is None else 1  # where a count is at its own rate it has no rarity
        states = [(self.node, i) for i in range(len(self.points) - less)]
        states += [(self.burst, k) for k in range(self.bursts - less)]
        return [(stream.indicator, *at, stream.first + n) for n, at in enumerate(states)]

    def tied(self, motion: Any, xp: Any) -> dict[str, list[Any]]:
        """Work out its rows of each block; of the log rates, with their indicators."""
        own = motion[self.rows]
        even = 0.0 * own[0]
        x = np.array(self.points)[:, None]
        units = UNITS[: self.bursts, None]
        size = xp.exp(own[4]) if self.bursts else even
        top = units[-1:] if self.bursts else np.zeros((1, 1))
        out: dict[str, list[Any]] = {
            "log_hazard": [*pace(x[:, 0], own, burst=self.bursts > 0, xp=xp)]
        }
        for stream in self.streams:
            if stream.days is None:
                out.setdefault("level", []).extend([x + even, units * size])
                continue
            rate = x[-1] - math.log(stream.days) + top[0] * size
            out.setdefault("log_rate", []).append((stream.indicator, rate))
            falls = [x[-1:] - x[:-1] + even, (top - units[:-1]) * size]
            out.setdefault("rarity", []).extend(falls)
        return out

    def pull(self, motion: Floats, by: Parameters) -> Floats:
        """Turn slopes by the rates into slopes by its parameters."""
        own, first, size = motion[self.rows], self.hazard, len(self.points)
        ends = first + size * (size - 1), first + len(self.hazards)
        hazards = Pace(by.log_hazard[first : ends[0]], by.log_hazard[ends[0] : ends[1]])
        out = pull_pace(np.array(self.points), own, hazards)
        units = UNITS[: self.bursts, None]
        for stream in self.streams if self.bursts else ():
            if stream.days is None:
                begin = stream.first + size
                slopes = by.level[begin : begin + self.bursts] * units
            else:
                begin = stream.first + size - 1
                slopes = by.rarity[begin : begin + self.bursts - 1] * (units[-1:] - units[:-1])
                slopes = np.concatenate([slopes, by.log_rate[stream.indicator][None] * units[-1:]])
            out[4] += slopes.sum(axis=0) * np.exp(own[4])
        return out


def tied_rates(
    levels: Sequence[MovingLevel], blocks: dict[str, Any], motion: Any, xp: Any = np
) -> None:
    """Append to each block the rows that levels make, and set the log rates of their counts.

    Parameters
    ----------
    levels : sequence of MovingLevel
    blocks : dict
        The blocks of `Parameters`, changed in place.
    motion : (M, D)
    xp : module
        NumPy, or PyTensor's tensors.
    """
    found = [level.tied(motion, xp) for level in levels]
    for block in ("log_hazard", "rarity", "level"):
        rows = [row for each in found for row in each.get(block, ())]
        if rows:
            blocks[block] = xp.concatenate([blocks[block], *rows])
    for each in found:
        for indicator, rate in each.get("log_rate", ()):
            if xp is np:
                blocks["log_rate"][indicator] = rate
            else:
                blocks["log_rate"] = blocks["log_rate"][indicator].set(rate)


def moving_levels(
    beliefs: Beliefs, motion: dict[str, int], first: dict[str, int]
) -> list[MovingLevel]:
    """Place every level of a file among the arrays of the network.

    Parameters
    ----------
    beliefs : Beliefs
    motion : dict of str to int
        First row of the parameters of each level.
    first : dict of str to int
        Rows of each block that are there before: parameters of their own.
    """
    names, begins, out = list(beliefs.nodes), dict(first), []
    bursts = len(names)
    for number, (name, node) in enumerate(beliefs.nodes.items()):
        if node.level is None:
            continue
        burst = bursts if node.level.speeds == 2 else -1
        bursts += node.level.speeds - 1
        streams = []
        for k, indicator in enumerate(beliefs.indicators.values()):
            if getattr(indicator, "follows", None) != name:
                continue
            days = indicator.per if isinstance(indicator, CountIndicator) else None
            block = "level" if days is None else "rarity"
            streams.append(Stream(k, days, begins[block]))
            size = node.level.grid + (len(UNITS) if burst >= 0 else 0)
            begins[block] += size - (0 if days is None else 2 if burst >= 0 else 1)
        made = MovingLevel(
            number, burst, node.level.points, motion[name], begins["log_hazard"], tuple(streams)
        )
        begins["log_hazard"] += len(made.hazards)
        out.append(made)
    return out


def motion_names(name: str, level: Level) -> list[str]:
    """Name the parameters of a level, in the order of their rows."""
    return [f"{name}: {part}" for part in (*SLOW, *(FAST if level.speeds == 2 else ()))]


def motion_priors(level: Level) -> list[values.NormalPrior]:
    """Read the priors of a level, in the order of its names; times are logs of days."""
    low, high = level.points[0], level.points[-1]
    span, period = high - low, level.period
    burst = _BURST_OF_COUNT if level.scale == "log" else _BURST * span
    middles = (
        math.log(_VOLATILITY * span) - 0.5 * math.log(period),
        -math.log(_RETURN * period),
        -math.log(_JUMP * period),
        math.log(burst),
        math.log(_FADE * period),
    )
    given = (
        level.volatility and _scaled(level.volatility, period**-0.5),
        level.within and _inverse(level.within),
        level.jumps and _inverse(level.jumps),
        level.burst,
        level.fade,
    )
    mean = values.NormalPrior((low + high) / 2.0, span / 4.0)
    if level.mean is not None:
        mean = values.level(*(level.read(end) for end in level.mean))
    wide = [
        values.NormalPrior(middle, sd) if pair is None else values.log_ratio(*pair)
        for middle, sd, pair in zip(middles, _WIDE, given, strict=True)
    ]
    return [mean, *(wide if level.speeds == 2 else wide[:3])]


def _scaled(pair: tuple[float, float], factor: float) -> tuple[float, float]:
    return pair[0] * factor, pair[1] * factor


def _inverse(pair: tuple[float, float]) -> tuple[float, float]:
    return 1.0 / pair[1], 1.0 / pair[0]
