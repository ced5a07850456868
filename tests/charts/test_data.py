"""The values charts read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from forecast.charts.data import ChartRefusal, Mark, Trajectory, notable

from . import samples


def test_a_wrong_shape_is_refused_and_both_shapes_are_said():
    values = samples.node()
    with pytest.raises(ChartRefusal, match=r"hi50 has shape \(3,\), dates \(119,\)"):
        replace(values, hi50=np.array([0.1, 0.2, 0.3]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mean": np.full(119, 1.2)}, "mean has values that are not in 0 to 1"),
        ({"no_news": np.full(119, np.nan)}, "no_news has values"),
        ({"lo50": np.zeros(119)}, "50% interval is not inside"),
        ({"as_of": None}, "no as-of date"),
        ({"as_of": dt.date(2023, 1, 1)}, "before the first date"),
        ({"dates": samples.weekly()[::-1]}, "increase strictly"),
        ({"dates": np.array([], "datetime64[D]")}, "at least 1"),
        ({"opening": 1.5}, "not in 0 to 1"),
        ({"brief_band": (0.8, 0.2)}, "must be"),
        ({"previous": (dt.date(2025, 6, 1), 0.5)}, "previous issue of 2025-06-01 is outside"),
        ({"marks": (Mark(dt.date(2025, 6, 1), "later"),)}, "mark of 2025-06-01 is outside"),
        ({"marks": (*samples.SIX, samples.SIX[0])}, "7 numbered reports"),
    ],
)
def test_what_cannot_be_drawn_is_refused_when_the_value_is_made(change, said):
    values = samples.node()
    with pytest.raises(ChartRefusal, match=said):
        replace(values, **change)


def test_arrays_are_copied_and_cannot_be_changed():
    mean = np.array([0.2, 0.3])
    days = np.array(["2024-01-03", "2024-01-10"], "datetime64[D]")
    values = Trajectory("a", "A", "It.", days, *[mean] * 5, as_of=dt.date(2024, 1, 10))
    mean[0] = 0.9
    assert values.mean[0] == 0.2
    with pytest.raises(ValueError, match="read-only"):
        values.mean[0] = 0.5


def test_the_value_is_the_last_one_on_or_before_the_as_of_date():
    days = np.array(["2024-01-03", "2024-01-10", "2024-01-17"], "datetime64[D]")
    p = np.array([0.1, 0.2, 0.3])
    values = Trajectory("a", "A", "It.", days, p, p, p, p, p, as_of=dt.date(2024, 1, 16))
    assert (values.value, values.n_history, values.has_forecast) == (0.2, 2, True)


def test_a_moment_is_read_as_its_day():
    moment = dt.datetime(2024, 12, 31, 23, 59, tzinfo=dt.UTC)
    values = replace(samples.node(), as_of=moment)
    assert values.as_of == dt.date(2024, 12, 31)


def test_notable_keeps_the_reports_with_the_largest_moves_in_order_of_date():
    days = np.arange("2024-01-03", "2024-02-07", 7, dtype="datetime64[D]")
    p = np.array([0.1, 0.3, 0.31, 0.2, 0.9])
    values = Trajectory("a", "A", "It.", days, p, p, p, p, p, as_of=dt.date(2024, 2, 1))
    on = [dt.date(2024, 1, d) for d in (10, 16, 20, 31)]
    reports = [Mark(date, str(n)) for n, date in enumerate(on)]
    assert [m.text for m in notable(values, reports)] == ["0", "2", "3"]
    assert [m.text for m in notable(values, reports, most=2)] == ["0", "3"]
    assert notable(values, reports, least=0.75) == ()


def test_the_table_has_a_row_a_date_and_says_which_are_forecast():
    values = samples.node()
    table = values.table()
    assert {len(column) for column in table.values()} == {len(values.dates)}
    assert table["kind"].count("history") == values.n_history
    assert table["date"][0] == "2023-09-27"
    assert table["p"] == values.mean.tolist()
