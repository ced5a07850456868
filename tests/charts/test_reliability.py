"""The reliability diagram: its fit, its parts, and when it is refused."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from forecast.charts import reliability, style
from forecast.charts.data import ChartRefusal
from forecast.charts.reliability import Reliability

from . import samples

RNG = np.random.default_rng(5)
P = RNG.beta(0.7, 0.7, 80).round(2)
Y = (RNG.random(80) < P).astype(int)
VALUES = Reliability("record", samples.AS_OF, P, Y)


@pytest.mark.parametrize("size", style.SIZES)
def test_the_diagram_fits_every_size(size):
    chart = reliability.chart(VALUES, stamp=samples.STAMP, size=size)
    assert chart.name == "record__reliability"
    assert len(chart.data["fit"]) == 80


def test_the_fit_is_that_of_an_independent_library():
    theirs = IsotonicRegression().fit_transform(VALUES.forecasts, VALUES.outcomes)
    assert VALUES.fit == pytest.approx(theirs)


def test_too_few_questions_are_refused():
    with pytest.raises(ChartRefusal, match="29 resolved questions are too few to judge"):
        Reliability("record", samples.AS_OF, P[:29], Y[:29])
