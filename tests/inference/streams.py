"""Small models of one stream, and records of numbers to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from forecast.beliefs import Beliefs
from forecast.inference.encoding import Encoding, encode
from forecast.network import Evidence

SAID = {"source": "invented", "rationale": "invented"}
SAID_OF = {"label": "Numbers", "description": "Numbers.", **SAID}


def stream(indicator: dict[str, Any], *, moves: tuple[float, float], first: float) -> Encoding:
    """A node that is low or high, and one stream that tells which.

    ``first`` is the stated share of low at the start, ``moves`` the probability of a move within a
    week.
    """
    return encode(Beliefs.model_validate(stream_values(indicator, moves=moves, first=first)))


def stream_values(
    indicator: dict[str, Any], *, moves: tuple[float, float], first: float
) -> dict[str, Any]:
    """The same as plain values, to be changed."""
    node = {
        "label": "Level",
        "proposition": "The level is high.",
        "states": ["low", "high"],
        "headline": ["high"],
        "initial": {
            "probabilities": {"low": first, "high": 1.0 - first},
            "effective_sample_size": 1000.0,
            **SAID,
        },
        "hazards": [
            {"from": a, "to": b, "within": "7 days", "probability": list(moves), **SAID}
            for a, b in (("low", "high"), ("high", "low"))
        ],
    }
    brief = {"title": "A stream", "house": "Invented", "as_of": "2020-01-01", "window": "12 months"}
    return {
        "brief": {**brief, **SAID},
        "nodes": {"level": node},
        "indicators": {"numbers": {**indicator, **SAID_OF}},
    }


def counts(mean: tuple[float, float], rarer: tuple[float, float], size: float) -> dict[str, Any]:
    """A weekly count with this mean in the high state, so many times rarer in the low one."""
    return {
        "kind": "count",
        "per": "7 days",
        "mean": list(mean),
        "dispersion": [size, 1.1 * size],
        "points_at": [{"node": "level", "state": "high", "rarer": list(rarer)}],
    }


def numbers(values: Sequence[float]) -> Evidence:
    """One number a step."""
    steps = np.arange(len(values))
    return Evidence(
        np.zeros(len(values)), np.zeros((1, 1)), steps, 0 * steps, values, np.ones(len(values))
    )
