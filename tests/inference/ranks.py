"""Whether ranks are uniform and outcomes as probable as forecast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.stats

DRAWS = 99
BINS = 10


def rank_p_values(ranks: Any) -> tuple[float, float]:
    """P-values of shape (chi-square on 10 bins of 10 ranks) and place (z of the mean rank)."""
    counts = np.bincount(np.asarray(ranks) * BINS // (DRAWS + 1), minlength=BINS)
    shape = scipy.stats.chisquare(counts).pvalue
    spread = np.sqrt(((DRAWS + 1) ** 2 - 1) / 12 / len(ranks))
    place = 2 * scipy.stats.norm.sf(abs(np.mean(ranks) - DRAWS / 2) / spread)
    return float(shape), float(place)


def z_of_outcomes(probability: Any, happened: Any) -> float:
    """Standardised excess of what happened over what was forecast."""
    p = np.asarray(probability)
    return float((np.asarray(happened) - p).sum() / np.sqrt((p * (1 - p)).sum()))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for their number (Holm 1979)."""
    order = np.argsort(p_values)
    left = np.arange(len(p_values), 0, -1)
    stepped = np.minimum(np.maximum.accumulate(np.array(p_values)[order] * left), 1.0)
    out = np.empty(len(p_values))
    out[order] = stepped
    return [float(p) for p in out]
