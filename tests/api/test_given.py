"""Rows and tables that a caller gives: read as the same report, or refused in one line."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from forecast.api.given import as_count, as_period, as_place, as_sources, as_text
from forecast.beliefs.event_files import read_arriving
from forecast.errors import ForecastError, ReportsError

# invented
ROW = {
    "report_id": "N1",
    "event_id": "E1",
    "lineage": "wire",
    "occurred_on": "2024-06-10",
    "reported_on": "2024-06-11",
    "indicator": "shelling",
    "reliability": "B",
    "credibility": 2,
    "use": "evidence",
    "summary": "Shells fell",
    "source_title": "Wire",
    "note": None,
}


def read(given):
    return read_arriving(as_sources(given)).reports


NIGHT = pd.Timestamp("2024-06-10 23:30", tz="America/New_York")
SAME = {
    "a moment with a zone keeps its day": [{**ROW, "occurred_on": NIGHT}],
    "a day of numpy": [{**ROW, "occurred_on": np.datetime64("2024-06-10")}],
    "nanoseconds of numpy": [{**ROW, "occurred_on": np.datetime64("2024-06-10T05:00", "ns")}],
    "a day as a period": [{**ROW, "occurred_on": pd.Period("2024-06-10", "D")}],
    "an integer of numpy": [{**ROW, "credibility": np.int8(2)}],
    "a decimal": [{**ROW, "credibility": Decimal("2.0")}],
    "what is missing": [{**ROW, "note": np.nan, "source_url": pd.NA, "actors": pd.NaT}],
    "a row alone": ROW,
    "a row of pandas": pd.Series(ROW),
    "rows of pandas": [pd.Series(ROW)],
    "a generator": (row for row in [ROW]),
    "Excel's day numbers": pd.DataFrame([{**ROW, "occurred_on": 45453, "reported_on": 45454.0}]),
    "an index with a name": pd.DataFrame([ROW]).set_index("report_id"),
    "categories": pd.DataFrame([ROW]).astype({"credibility": "category", "use": "string"}),
    "moments": pd.DataFrame([{**ROW, "occurred_on": NIGHT}]),
}


@pytest.mark.parametrize("given", SAME.values(), ids=SAME.keys())
def test_the_same_report_is_read_of_every_kind_of_value(given):
    assert read(given) == read([ROW])


RING = []
RING.append(RING)
REFUSED = {
    "nothing": (None, "a value of type NoneType is no report; give a file, a table or rows"),
    "a number": (5, "a value of type int is no report"),
    "no row": ([tuple(ROW)], "a value of type tuple is no report"),
    "an object": ([{**ROW, "note": object()}], "rows:1: note: a value of type object is no text"),
    "bytes": ([ROW, {**ROW, "note": b"x"}], "rows:2: note: a value of type bytes is no text"),
    "a set": ([{**ROW, "summary": {"a"}}], "rows:1: summary: a value of type set is no text"),
    "a ring": ([{**ROW, "note": RING}], "rows:1: note: a value of type list is no text"),
    "a list": ([{**ROW, "note": ["a"]}], "rows:1: 'note' is a list"),
    "no day": ([{**ROW, "occurred_on": dt.time(3)}], "rows:1: occurred_on: '03:00:00' is not a"),
    "NaT of numpy": (
        [{**ROW, "occurred_on": np.datetime64("NaT", "D")}],
        "rows:1: occurred_on: is emp",
    ),
    "no number": ([{**ROW, "value": float("inf")}], "rows:1: holds Infinity, which is no number"),
    "a column twice": (
        pd.DataFrame([[*ROW.values(), "z"]], columns=[*ROW, "note"]),
        "column 'note' stands twice; keep one",
    ),
}


@pytest.mark.parametrize(("given", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_no_report_can_be_made_of_is_refused(given, said):
    with pytest.raises(ReportsError) as caught:
        read(given)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("read_it", "given", "said"),
    [
        (as_text, None, "x: a value of type NoneType is no text"),
        (as_text, b"talks", "x: a value of type bytes is no text"),
        (as_place, 5, "x: a value of type int names no file"),
        (as_place, b"a\0b", r"x: 'a\x00b' names no file; leave the null character out"),
        (as_count, 0, "x: 0 came; allowed: whole numbers from 1 on"),
        (as_count, True, "x: True came; allowed: whole numbers from 1 on"),
        (as_count, 100.5, "x: a value of type float is no whole number"),
        (as_count, "100", "x: a value of type str is no whole number"),
        (as_period, None, "x: a value of type NoneType is no period"),
        (as_period, 10**400, "x: a value of type int is no period"),
        (as_period, dt.timedelta(3), "x: a value of type timedelta is no period"),
    ],
    ids=lambda one: getattr(one, "__name__", str(one))[:60],
)
def test_an_argument_of_another_kind_is_refused_by_its_name(read_it, given, said):
    with pytest.raises(ForecastError) as caught:
        read_it(given, "x")
    assert str(caught.value).startswith(said)


def test_numbers_of_numpy_are_numbers():
    assert as_count(np.int64(200), "draws") == 200
    assert as_period(np.int64(45), "horizon") == 45.0
