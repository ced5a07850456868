"""The parts of a score are those that were published, and add up."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from forecast.scoring.calibration import corp, murphy, recalibrated

#: Probability of precipitation in Tampere 2003, 24 hours ahead (Finnish Meteorological Institute,
#: kindly provided by P. Nurmi): forecast, days, days with more than 0.2 mm.
TAMPERE = (
    *((0.0, 46, 1), (0.1, 56, 1), (0.2, 59, 5), (0.3, 41, 5), (0.4, 19, 4), (0.5, 22, 8)),
    *((0.6, 22, 6), (0.7, 34, 16), (0.8, 24, 16), (0.9, 11, 8), (1.0, 13, 11)),
)

pairs = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.35, 0.5, 0.9, 1.0]), st.integers(0, 1)), min_size=1
)


def tampere():
    p = np.repeat([row[0] for row in TAMPERE], [row[1] for row in TAMPERE])
    y = np.concatenate([np.repeat([1, 0], [hits, days - hits]) for _, days, hits in TAMPERE])
    return p, y


def niamey():
    """Precipitation at Niamey 2016 (Vogel et al. 2021, doi:10.1029/2020GL091022; ECMWF data)."""
    with (Path(__file__).parent / "data" / "niamey_2016.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [float(row["EMOS"]) for row in rows], [int(row["obs"]) for row in rows]


def test_murphys_parts_are_those_published_for_tampere():
    """The verification page of the WWRP/WGNE working group, table of 24-hour POP forecasts.

    https://cawcr.gov.au/projects/verification/POP3/POP3.html prints .144, .025, .060 and .179.
    """
    found = murphy(*tampere())
    parts = (found.score, found.reliability, found.resolution, found.uncertainty)
    assert [round(part, 3) for part in parts] == [0.144, 0.025, 0.060, 0.179]


def test_corps_parts_are_those_published_for_niamey():
    """README of aijordan/reliabilitydiag: EMOS 0.232, 0.0183, 0.0305, 0.244."""
    found = corp(*niamey())
    assert [round(found.score, 3), round(found.mcb, 4)] == [0.232, 0.0183]
    assert [round(found.dsc, 4), round(found.unc, 3)] == [0.0305, 0.244]


@given(pairs)
def test_parts_add_up_to_the_score(rows):
    """With and without groups, Murphy's and CORP's."""
    p, y = zip(*rows, strict=True)
    for found in (murphy(p, y), murphy(p, y, edges=[0.2, 0.6])):
        total = found.reliability - found.resolution + found.uncertainty + found.within
        assert total == pytest.approx(found.score, abs=1e-12)
    found = corp(p, y)
    assert found.mcb - found.dsc + found.unc == pytest.approx(found.score, abs=1e-12)
    assert min(found.mcb, found.dsc) >= -1e-12


@given(pairs)
def test_recalibration_is_that_of_scikit_learn(rows):
    """An independent library pools the same blocks."""
    p, y = zip(*rows, strict=True)
    expected = IsotonicRegression().fit(p, y).predict(p)
    assert np.allclose(recalibrated(p, y), expected)
