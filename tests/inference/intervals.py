"""Central 90 % intervals of every parameter, read from the file without the engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.stats

from forecast.beliefs import Beliefs

BLOCKS = (
    "log_hazard",
    "log_hazard_ratio",
    "log_rate",
    "rarity",
    "log_dispersion",
    "level",
    "log_spread",
)


def log_rate(pair: Any, days: float) -> list[float]:
    """Ends of a log rate per day from a probability within a period.

    The waiting time is exponential, so the rate is its quantile in a day's unit over the period.
    """
    return [float(np.log(scipy.stats.expon.ppf(p) / days)) for p in pair]


def stated(beliefs: Beliefs) -> dict[str, dict[str, Any]]:
    """Interval of every parameter on the scale of the model, by block and name."""
    out: dict[str, dict[str, Any]] = {name: {} for name in BLOCKS}
    for name, node in beliefs.nodes.items():
        for h in node.hazards:
            key = f"{name}: {h.from_state} > {h.to_state}"
            out["log_hazard"][key] = log_rate((h.probability.low, h.probability.high), h.within)
    for name, coupling in beliefs.couplings.items():
        out["log_hazard_ratio"][name] = np.log(coupling.ratio)
    for name, each in beliefs.indicators.items():
        if each.kind == "value":
            levels = each.levels.states.items()
            out["level"] |= {f"{name} | {each.levels.node}.{s}": pair for s, pair in levels}
            out["log_spread"][name] = np.log(each.spread)
        elif each.kind == "count":
            out["log_rate"][name] = np.log(np.array(each.mean) / each.per)
            out["log_dispersion"][name] = np.log(each.dispersion)
        else:
            pair = each.probability.low, each.probability.high
            out["log_rate"][name] = log_rate(pair, each.within)
        out["rarity"] |= rarities(beliefs, name)
    return out


def rarities(beliefs: Beliefs, name: str) -> dict[str, Any]:
    """How much rarer one indicator is in each state it does not point at, as a log."""
    out = {}
    for point in getattr(beliefs.indicators[name], "points_at", ()):
        for state in beliefs.nodes[point.node].states:
            if state not in point.states:
                one = point.rarer[state] if isinstance(point.rarer, dict) else point.rarer
                out[f"{name} | {point.node}.{state}"] = np.log(one)
    return out
