"""The block bootstrap widens where neighbours resemble each other."""

from __future__ import annotations

import numpy as np

from forecast.scoring.scorecard import block_bootstrap


def test_without_dependence_the_interval_is_that_of_the_normal():
    """Mean of 400 independent differences: 1.645 standard errors to either side."""
    values = np.random.default_rng(5).normal(0.1, 1.0, 400)
    found = block_bootstrap(values, np.arange(400))
    error = values.std() / 20
    assert abs((found.high - found.low) / 2 - 1.645 * error) < 0.1 * error


def test_blocks_keep_what_neighbours_share():
    """Each draw repeated 13 times: single units are too sure, blocks of 26 are not."""
    values = np.repeat(np.random.default_rng(6).normal(0.0, 1.0, 60), 13)
    units = np.arange(len(values))
    single = block_bootstrap(values, units)
    blocked = block_bootstrap(values, units, block=26)
    assert blocked.high - blocked.low > 2.5 * (single.high - single.low)


def test_forecasts_of_one_unit_are_drawn_together():
    """One unit of many equal forecasts and another of one: two values are possible, or a mean."""
    found = block_bootstrap([1.0] * 9 + [0.0], [0] * 9 + [1])
    assert (found.mean, found.low, found.high) == (0.9, 0.0, 1.0)


def test_the_same_seed_gives_the_same_interval():
    """Reports are reproducible."""
    values = np.random.default_rng(1).normal(size=50)
    assert block_bootstrap(values, range(50)) == block_bootstrap(values, range(50))
