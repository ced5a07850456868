"""Calibration: z is standard normal under calibration, and intervals are those of R."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.beliefs.words import scale
from forecast.scoring.calibration import frequency, spiegelhalter, word_records


def test_z_is_standard_normal_if_the_forecasts_are_calibrated():
    """Over 2,000 sets of 60 calibrated forecasts."""
    rng = np.random.default_rng(3)
    p = rng.uniform(0.02, 0.98, (2000, 60))
    y = rng.random(p.shape) < p
    found = np.array([spiegelhalter(*row) for row in zip(p, y, strict=True)])
    assert abs(found[:, 0].mean()) < 0.07
    assert abs(found[:, 0].std() - 1.0) < 0.05
    assert abs((found[:, 1] < 0.05).mean() - 0.05) < 0.015


def test_z_is_large_if_they_are_not():
    """Sixty forecasts of 90 % of which half come true."""
    z, value = spiegelhalter([0.9] * 60, [1, 0] * 30)
    assert z > 5
    assert value < 1e-6


def test_z_is_undefined_where_nothing_can_be_learnt():
    """Certainties and even chances carry no information about calibration."""
    assert spiegelhalter([0.5, 1.0, 0.0], [1, 1, 0]) is None


def test_the_interval_is_the_quantiles_of_the_beta():
    """Jeffreys, 7 of 10: the distribution puts 5 % below the one end and 5 % above the other."""
    from scipy.stats import beta

    found = frequency(10, 7)
    assert beta.cdf(found.low, 7.5, 3.5) == pytest.approx(0.05)
    assert beta.sf(found.high, 7.5, 3.5) == pytest.approx(0.05)


def test_each_word_has_its_own_record():
    """Words that were never used are left out; a word fails where its interval misses its band."""
    icd = scale("icd203")
    p = [0.6] * 20 + [0.95, 0.97]
    y = [0] * 20 + [1, 1]
    found = word_records(p, y, terms=icd.bands, words=[icd.word(value) for value in p])
    assert [(one.word, one.frequency.total, one.frequency.hits) for one in found] == [
        ("likely", 20, 0),
        ("almost certain", 2, 2),
    ]
    assert [one.held for one in found] == [False, True]
