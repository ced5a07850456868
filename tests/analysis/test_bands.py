"""One band: the same draws have the same quantiles at every door."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forecast.analysis.answering import Curve, band_of, difference, quantiles

ENDS = ("lo50", "hi50", "lo80", "hi80")
LEVELS = (0.25, 0.75, 0.10, 0.90)
EVEN = np.full(501, 1 / 501)


def draws() -> tuple[Any, Any]:
    rng = np.random.default_rng(8)
    weights = rng.random(501)
    return rng.beta(2, 6, 501), weights / weights.sum()


def ends(band: Any) -> tuple[float, ...]:
    return tuple(getattr(band, name) for name in ENDS)


@pytest.mark.parametrize("weights", [EVEN, draws()[1]], ids=["equal", "weighted"])
def test_every_door_gives_the_same_band_on_the_same_draws(weights: Any) -> None:
    """A headline's curve, a scenario, and a scenario's difference from nothing."""
    values, _ = draws()
    found = band_of(values, weights)
    assert Curve.of(values[None], weights).at(0) == found
    assert ends(found) == tuple(quantiles(values, weights))
    apart = difference(values, 0 * values, weights=weights, baseline_weights=weights)
    assert ends(apart) == ends(found)


def test_equal_weights_are_no_weights() -> None:
    """An update that learnt nothing has the band of the fit, to the last digit."""
    values, _ = draws()
    assert ends(band_of(values, EVEN)) == ends(Curve.of(values[None]).at(0))


def test_quantiles_are_numpys() -> None:
    """Interpolated where weights are equal, else the inverted distribution function."""
    values, weights = draws()
    assert tuple(quantiles(values)) == tuple(np.quantile(values, LEVELS))
    expected = np.quantile(values, LEVELS, weights=weights, method="inverted_cdf")
    assert tuple(quantiles(values, weights)) == tuple(expected)
    assert band_of(values, weights).probability == pytest.approx(values @ weights)


def test_a_band_is_that_of_its_row() -> None:
    """Draws of many dates are summarised date by date."""
    values, weights = draws()
    rows = np.stack([values, 1.0 - values, values**2])
    curve = Curve.of(rows, weights)
    for number, row in enumerate(rows):
        assert ends(curve.at(number)) == ends(band_of(row, weights))
