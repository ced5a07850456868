"""What a parameter is called, and the unit an analyst stated it in."""

from __future__ import annotations

import math
from collections.abc import Callable

from forecast.beliefs import Beliefs, probability_within, wording
from forecast.beliefs.indicators import CountIndicator, PresenceIndicator
from forecast.inference.encoding import Encoding

__all__ = ["plain", "said"]

#: Label, unit, and how a value on the scale of the model is written in that unit.
Said = tuple[str, str, Callable[[float], float]]


def plain(name: str) -> str:
    """Write a name of the file as words."""
    return name.replace("_", " ")


def said(encoding: Encoding, block: str, name: str) -> Said:
    """Say what a parameter is, in which unit it was stated, and how to write it in that.

    Parameters
    ----------
    encoding : Encoding
        The model.
    block, name : str
        As the posterior names them.

    Returns
    -------
    label, unit : str
    shown : callable
        From the scale of the model to the unit.
    """
    beliefs = encoding.beliefs
    if block == "log_hazard":
        return _hazard(beliefs, name)
    if block == "log_hazard_ratio":
        return f"Coupling: {plain(name)}", "hazard ratio", math.exp
    indicator, _, where = name.partition(" | ")
    label = beliefs.indicators[indicator].label
    if block == "log_rate":
        return _rate(beliefs, indicator)
    if block in {"rarity", "level"}:
        node, _, state = where.partition(".")
        alone = len(beliefs.pointed(indicator)) < 2
        there = plain(state) if alone else f"{beliefs.nodes[node].label} {plain(state)}"
        if block == "level":
            return f"{label}: level while {there}", "level", float
        return f"{label}: rarer while {there}", "times rarer", math.exp
    what = "Dispersion" if block == "log_dispersion" else "Spread"
    return f"{what} of {label}", what.lower(), math.exp


def _hazard(beliefs: Beliefs, name: str) -> Said:
    node, _, move = name.partition(": ")
    start, end = move.split(" > ")
    hazards = beliefs.nodes[node].hazards
    hazard = next(h for h in hazards if (h.from_state, h.to_state) == (start, end))
    label = f"{beliefs.nodes[node].label}: from {plain(start)} to {plain(end)}"
    return label, *_within(hazard.within)


def _rate(beliefs: Beliefs, name: str) -> Said:
    indicator = beliefs.indicators[name]
    label = f"How often: {indicator.label}"
    if isinstance(indicator, PresenceIndicator):
        return label, *_within(indicator.within)
    assert isinstance(indicator, CountIndicator)
    per = indicator.per
    return label, f"mean per {wording(per)}", lambda x: math.exp(x) * per


def _within(days: float) -> tuple[str, Callable[[float], float]]:
    return f"probability within {wording(days)}", lambda x: probability_within(x, days)
