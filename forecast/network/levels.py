"""Levels: ordered points that a process with few parameters moves over, as rates of the network.

A slow level moves between neighbouring points ``x_i``, a distance ``d`` apart, at the hazards of an
Ornstein-Uhlenbeck process with volatility s and pull k to the mean m, and jumps to any of the G
points at the rate j besides::

    q(i -> i +- 1) = s^2 / (2 d^2) exp(-+ e_i) + j / G,   e = k d (midpoint - m) / s^2
    q(i -> other)  = j / G

The exponentials make up and down balance against the stationary Normal of the process at any
distance, and keep every hazard positive; e is bent so as never to leave +-12.

A fast burst is at rest most of the time and seldom far above. It is drawn anew from its long-run
shares w at the rate 1 / f, so that its autocorrelation is exactly ``exp(-t / f)``::

    u_k = b c_k,   q(k -> l) = w_l / f,   c = (-1, 0, 1, 2, 3.5),   w = (.1, .7, .1, .07, .03)

All hazards are per day, whatever the step, which stays resolution. The shape of a burst was chosen
among five on the training years of two tasks (docs/streams.md).
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from forecast.network.structure import Floats

__all__ = ["FAST", "SHARES", "SLOW", "UNITS", "Pace", "moves", "pace", "pull_pace"]

#: Parameters of a slow level and of a burst, in the order of the rows of `Parameters.motion`.
SLOW = ("mean", "volatility", "pull", "jumps")
FAST = ("burst", "fade")
#: Points of a burst in its unit, lowest first, and their shares in the long run.
UNITS = np.array([-1.0, 0.0, 1.0, 2.0, 3.5])
SHARES = np.array([0.1, 0.7, 0.1, 0.07, 0.03])
_STEEPEST = 12.0


class Pace(NamedTuple):
    """Log hazards of a level that moves; each of shape (rows, D).

    Attributes
    ----------
    slow : (G (G - 1), D)
        From each point to each other, row-major.
    fast : (F (F - 1), D)
        Likewise of the burst; empty without one.
    """

    slow: Any
    fast: Any


def moves(size: int) -> list[tuple[int, int]]:
    """List the moves of a slow level: from each point to each other, row-major.

    Examples
    --------
    >>> moves(3)
    [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    """
    return [(i, j) for i in range(size) for j in range(size) if i != j]


def pace(points: Floats, motion: Any, *, burst: bool, xp: Any = np) -> Pace:
    """Work out all hazards of a level from its few parameters.

    Parameters
    ----------
    points : (G,)
        The grid, evenly spaced.
    motion : (4 or 6, D)
        Mean, and logs of volatility (per square root of a day), pull and jumps (per day), and of
        burst and fade (days) where there is a burst.
    burst : bool
        Whether there is one.
    xp : module
        NumPy, or PyTensor's tensors, which know the same functions.
    """
    size, gap, jump = len(points), _gap(points), motion[3] - math.log(len(points))
    steep = _steepness(points, motion, xp)
    base = 2.0 * motion[1] - math.log(2.0 * gap * gap)
    lifts = [xp.logaddexp(base + sign * steep, jump) - jump for sign in (-1.0, 1.0)]
    up, down = _neighbours(size)
    slow = up @ lifts[0] + down @ lifts[1] + jump
    if not burst:
        return Pace(slow, motion[:0])
    drawn = [math.log(SHARES[target]) for _, target in moves(len(SHARES))]
    return Pace(slow, np.array(drawn)[:, None] - motion[5])


def pull_pace(points: Floats, motion: Floats, by: Pace) -> Floats:
    """Turn slopes by the hazards of `pace` into slopes by its parameters, shaped as motion."""
    out = np.zeros_like(motion)
    gap, jump = _gap(points), motion[3] - math.log(len(points))
    steep = _steepness(points, motion, np)
    base = 2.0 * motion[1] - math.log(2.0 * gap * gap)
    bent = 1.0 - np.square(steep / _STEEPEST)
    ratio = np.exp(motion[2] - 2.0 * motion[1]) * gap
    straight = ratio * (_middle(points) - motion[0])
    out[3] = by.slow.sum(axis=0)
    for sign, rows in zip((-1.0, 1.0), _neighbours(len(points)), strict=True):
        drift = base + sign * steep
        own = rows.T @ by.slow * np.exp(drift - np.logaddexp(drift, jump))
        leaning = sign * own * bent
        out[3] -= own.sum(axis=0)
        out[0] -= (leaning * ratio).sum(axis=0)
        out[1] += (2.0 * own - 2.0 * leaning * straight).sum(axis=0)
        out[2] += (leaning * straight).sum(axis=0)
    if len(by.fast):
        out[5] = -by.fast.sum(axis=0)
    return out


def _gap(points: Floats) -> float:
    return float(points[1] - points[0])


def _middle(points: Floats) -> Floats:
    return ((points[1:] + points[:-1]) / 2.0)[:, None]


def _steepness(points: Floats, motion: Any, xp: Any) -> Any:
    """How much the pull favours the move back over the move away, at each midpoint: (G - 1, D)."""
    ratio = xp.exp(motion[2] - 2.0 * motion[1]) * _gap(points)
    return _STEEPEST * xp.tanh(ratio * (_middle(points) - motion[0]) / _STEEPEST)


@cache
def _neighbours(size: int) -> tuple[Floats, Floats]:
    """Which rows of `moves` lead one point up, and one down: (G (G - 1), G - 1) each."""
    rows = np.array(moves(size))
    at = np.arange(size - 1)
    up = (rows[:, :1] == at) & (rows[:, 1:] == at + 1)
    down = (rows[:, 1:] == at) & (rows[:, :1] == at + 1)
    return up.astype(np.float64), down.astype(np.float64)
