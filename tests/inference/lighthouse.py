"""A model whose posterior is known: one node in a known state that it never leaves.

With the state known, each rate has its own posterior: a Normal prior on the log rate times the
likelihood of the steps, integrated here by quadrature.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import scipy.stats
from scipy.integrate import simpson

from forecast.inference.encoding import Encoding
from forecast.inference.observations import observe
from forecast.network import Evidence
from tests.inference.samples import day, encoding_of, harbour_values, report, window

STEPS = 12
COUNTS = (3, 5, 1, 4, 2, 6)


@cache
def lighthouse() -> Encoding:
    """One node, lit from the beginning with probability 0.999999, a presence and a count."""
    values = harbour_values()
    text = {"source": "invented", "rationale": "invented"}
    initial = {"probabilities": {"dark": 1e-6, "lit": 1 - 1e-6}, "effective_sample_size": 1e6}
    node = {
        "label": "Lighthouse",
        "proposition": "The lighthouse of Orrin is lit.",
        "states": ["dark", "lit"],
        "headline": ["lit"],
        "initial": initial | text,
    }
    points = [{"node": "lamp", "state": "lit", "rarer": [2, 8]}]
    kept = {name: values["indicators"][name] for name in ("patrols", "boardings")}
    for each in kept.values():
        each["points_at"] = points
    return encoding_of({"brief": values["brief"], "nodes": {"lamp": node}, "indicators": kept})


@cache
def lit() -> Evidence:
    """Reports of two grades, looking in steps 1 to 8 and not in 9 to 12, and six counts."""
    rows = [
        report("patrols", 3),
        report("patrols", 10, grade="A1"),
        report("patrols", 31, grade="A1"),
        report("patrols", 80),
        *(report("boardings", 7 * n + 2, value=float(y)) for n, y in enumerate(COUNTS)),
    ]
    return observe(lighthouse(), rows, [window(1, 56)], as_of=day(7 * STEPS))


def presence_log_likelihood(log_rate: Any) -> Any:
    """By hand: reports of 0.48, 0.84, 0.84 and 0.48, and five silent steps of detection 0.6."""
    a = -np.expm1(-7.0 * np.exp(log_rate))
    median = np.mean([np.log(-np.log1p(-p) / 28.0) for p in (0.6, 0.95)])
    rates = np.exp([median, median - np.log(2 * 8) / 2])
    average = np.mean(-np.expm1(-7.0 * rates))
    out = 5 * np.log1p(-0.6 * a)
    for c in (0.48, 0.84, 0.84, 0.48):
        out = out + np.log(c * a + (1 - c) * average)
    return out


def normal(prior: Any, number: int = 0) -> Any:
    """The Normal of one entry of a block."""
    return scipy.stats.norm(prior.mean[number], prior.sd[number])


def presence_moments() -> tuple[float, float]:
    """Posterior mean and standard deviation of the log rate of the presence, by quadrature."""
    prior = normal(lighthouse().priors.log_rate, 0)
    x = prior.mean() + prior.std() * np.linspace(-9, 9, 4001)
    weight = np.exp(prior.logpdf(x) + presence_log_likelihood(x))
    weight /= simpson(weight, x=x)
    mean = simpson(weight * x, x=x)
    return float(mean), float(np.sqrt(simpson(weight * (x - mean) ** 2, x=x)))


def count_moments() -> tuple[tuple[float, float], tuple[float, float]]:
    """The same for the log rate and the log dispersion of the count, by quadrature in two."""
    rate = normal(lighthouse().priors.log_rate, 1)
    size = normal(lighthouse().priors.log_dispersion, 0)
    x = rate.mean() + rate.std() * np.linspace(-7, 7, 401)[:, None]
    s = size.mean() + size.std() * np.linspace(-7, 7, 401)[None, :]
    n, mean = np.exp(s), 7.0 * np.exp(x)
    total = rate.logpdf(x) + size.logpdf(s)
    for y in COUNTS:
        total = total + scipy.stats.nbinom.logpmf(y, n, n / (n + mean))
    weight = np.exp(total - total.max())

    def moments(grid: Any, axis: int) -> tuple[float, float]:
        other = s[0] if axis == 1 else x[:, 0]
        along = simpson(weight, x=other, axis=axis)
        points = grid.ravel()
        along = along / simpson(along, x=points)
        middle = simpson(along * points, x=points)
        return float(middle), float(np.sqrt(simpson(along * (points - middle) ** 2, x=points)))

    return moments(x, 1), moments(s, 0)
