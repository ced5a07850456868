"""One-step forecasts of a record say whether old data should be forgotten."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom

from forecast.judge.half_life import one_step_scores
from tests.inference.streams import counts, numbers, stream

FIRST, BREAK, LAST = 60, 140, 260


def record(after: float) -> np.ndarray:
    """Weekly counts with a mean of 3, and another one after the break."""
    rng = np.random.default_rng(7)
    return rng.poisson(np.repeat([3.0, after], [BREAK, LAST - BREAK]))


def scores(y: np.ndarray, keep: float) -> np.ndarray:
    """Score of each step from the first that is forecast."""
    encoding = stream(counts((1.0, 20.0), (1.001, 1.01), 1e9), moves=(0.01, 0.1), first=0.5)
    return one_step_scores(encoding, numbers(y), keep=keep, first=FIRST, every=13).score


def test_after_a_break_forgetting_forecasts_better() -> None:
    """Both states have one rate, so the break can only be followed by learning it anew."""
    y = record(9.0)
    kept, forgot = scores(y, 1.0), scores(y, 0.95)
    assert len(kept) == LAST - FIRST
    since = BREAK + 26 - FIRST
    assert forgot[since:].mean() > kept[since:].mean() + 0.3


def test_without_a_break_forgetting_costs_little() -> None:
    """About one effective rate's worth in every window of memory."""
    y = record(3.0)
    kept, forgot = scores(y, 1.0), scores(y, 0.95)
    loss = kept.mean() - forgot.mean()
    assert -0.005 < loss < 0.05


def test_a_score_is_the_log_probability_of_what_came() -> None:
    """With rates that are all but known, that of SciPy's negative binomial."""
    y = record(3.0)
    encoding = stream(counts((2.999, 3.001), (1.0001, 1.0002), 4.0), moves=(0.01, 0.1), first=0.5)
    found = one_step_scores(encoding, numbers(y), keep=1.0, first=FIRST, every=200)
    assert found.step.tolist() == list(range(FIRST, LAST))
    size = 4.0 * 1.1**0.5
    expected = nbinom.logpmf(y[FIRST:], size, size / (size + 3.0))
    assert found.score == pytest.approx(expected, abs=0.02)
