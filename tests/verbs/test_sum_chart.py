"""The chart of a sum shows the distribution that was issued, with its threshold."""

import csv
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from forecast.analysis.scenes import LEVELS
from forecast.issue.issued import recall
from forecast.study.charts import sum_chart

ASKED = {"mode": "sum", "indicator": "border_incidents", "over_days": 28.0, "above": 12.0,
         "text": "Will there be more than 12 border incidents?"}  # fmt: skip


@pytest.fixture
def issue(fitted):
    """An issue whose only question is made one on a sum: Poisson with mean 10."""
    found = recall(fitted)
    quantiles = scipy.stats.poisson(10.0).ppf(LEVELS)
    p = float(scipy.stats.poisson(10.0).sf(12))
    chance = {"probability": p, "lo80": p - 0.05, "hi80": p + 0.05}
    [row, *_] = found.issued.payload["questions"]
    row = row | ASKED | chance | {"distribution": {"quantiles": quantiles.tolist()}}
    payload = dict(found.issued.payload) | {"questions": [row]}
    return replace(found, issued=replace(found.issued, payload=payload))


def test_the_bars_are_those_of_the_distribution_issued(issue, tmp_path):
    name = issue.payload["questions"][0]["question"]
    paths = sum_chart(issue, name).save(tmp_path, formats=["svg"])
    assert [path.name for path in paths] == [
        f"{name}__sum{e}" for e in (".svg", ".csv", ".alt.txt")
    ]
    with paths[1].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    drawn = {float(row["low"]): float(row["p"]) for row in rows}
    expected = scipy.stats.poisson(10.0).pmf(list(drawn))
    np.testing.assert_allclose(list(drawn.values()), expected, atol=1.0 / 199)
    above = sum(float(row["p"]) for row in rows if row["above"] == "yes")
    assert above == pytest.approx(scipy.stats.poisson(10.0).sf(12), abs=1.0 / 199)
    said = paths[2].read_text("utf-8")
    assert "Border incidents" in said
    assert "over the 4 weeks to" in said
    assert "more than 12 with 21% (unlikely)" in said
