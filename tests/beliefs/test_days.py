"""A day that stands alone is read by one reader, whatever the door."""

import datetime as dt

import click
import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from forecast.api.given import as_day
from forecast.beliefs.days import read_day
from forecast.beliefs.scenario_files import typed_do, typed_observe
from forecast.beliefs.tables import Cells, Row
from forecast.beliefs.values import Day
from forecast.errors import ForecastError
from forecast.terminal import options

LAST = dt.date(2024, 12, 31)
READ = [
    *("2024-12-31", "2024/12/31", "31-12-2024", "31/12/2024", "31.12.2024", "12/31/2024"),
    *("2024-12-31T10:00", "2024-12-31 23:59:59Z", "31 Dec 2024", "December 31, 2024"),
    *(" 2024-12-31\n", "2024\u201112\u201131"),
    *(LAST, dt.datetime(2024, 12, 31, 23, tzinfo=dt.UTC), pd.Timestamp("2024-12-31 10:00")),
    pd.Timestamp("2024-12-31").to_datetime64().astype("datetime64[D]"),
]
REFUSED = {
    "03/04/2024": "write it as 2023-09-27: it may be 2024-04-03 or 2024-03-04",
    "12/31/24": "write it as 2023-09-27: it may be 2024-12-31",
    "2024-02-30": "write it as 2023-09-27: February 2024 has 29 days",
    "2024-13-01": "write it as 2023-09-27: months are 01 to 12",
    "31 June 2024": "write it as 2023-09-27: there is no such day",
    "20241231": "write it as 2024-12-31",
    "2024-W05": "a week is meant: write one of its days, from 2024-01-29 to 2024-02-04",
    "2024-W05-3": "write it as 2024-01-31",
    "2024-W60": "write it as 2023-09-27: there is no such week or month",
    "2024": "a year is meant: write one of its days, from 2024-01-01 to 2024-12-31",
    "Dec 2024": "a month is meant: write one of its days, from 2024-12-01 to 2024-12-31",
    "2024-02": "a month is meant: write one of its days, from 2024-02-01 to 2024-02-29",
    "today": "write the day itself, such as 2023-09-27",
    "next month": "write the day itself, such as 2023-09-27",
    "2024-12-31T10:00+05:00": "write it as 2023-09-27, without a time or a zone",
    "0000-01-01": "write it as 2023-09-27: years begin with 1",
    "10000-01-01": "write it as 2023-09-27",
    "45657": "write it as 2024-12-31, if Excel's number of that day is meant",
    "nan": "write it as 2023-09-27",
    "": "write it as 2023-09-27",
}


@pytest.mark.parametrize("written", READ, ids=repr)
def test_a_day_with_one_reading_is_read(written):
    assert read_day(written) == LAST


@pytest.mark.parametrize(("written", "allowed"), REFUSED.items())
def test_what_is_no_day_is_told_how_to_be_written(written, allowed):
    with pytest.raises(ValueError, match="is not a date") as caught:
        read_day(written)
    assert str(caught.value) == f"{written!r} is not a date; {allowed}"


@pytest.mark.parametrize("value", [None, True, 2.5, float("nan"), pd.NaT, b"2024-12-31", []])
def test_what_is_no_text_is_no_day(value):
    with pytest.raises(ValueError, match="is not a date; write it as 2023-09-27"):
        read_day(value)


def in_yaml(text):
    TypeAdapter(Day).validate_python(text)


def on_the_command_line(text):
    options.Day().convert(text, None, None)


def in_a_table(text):
    problems = []
    Cells(Row("a.csv", 2, {"on": text.strip()}), problems, None).day("on")
    if problems:
        raise ValueError(*map(str, problems))


def as_intervention(text):
    typed_do(f"china_constraint=weak@{text}")


def as_observation(text):
    typed_observe(f"unsc_veto@{text}/B2")


DOORS = [in_yaml, on_the_command_line, as_day, in_a_table, as_intervention, as_observation]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("written", [*REFUSED])
def test_every_door_refuses_what_is_no_day_in_the_same_words(door, written):
    if door is in_a_table and written in {"", "45657", "03/04/2024"}:
        return  # a table says whether an empty cell is allowed, has Excel's days, and a column
    if door in {as_intervention, as_observation} and not written:
        return  # nothing was typed at all, and the whole form is shown
    with pytest.raises((ValueError, ForecastError, click.BadParameter, ValidationError)) as caught:
        door(written)
    assert f"{written!r} is not a date; {REFUSED[written]}" in str(caught.value)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("written", [one for one in READ if isinstance(one, str)])
def test_every_door_reads_what_has_one_reading(door, written):
    door(written)
