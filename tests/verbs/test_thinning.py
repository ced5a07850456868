"""An update asks whether detection still holds when reports become fewer."""

import datetime as dt

import pytest

from forecast.issue.arrivals import thinned_reports
from tests.inference.samples import day, harbour, report, window

YEAR = 364


def said(days, coverage=None, **changes):
    """What is said of reports coded on some days of the year."""
    rows = [report("patrols", n, **changes) for n in days]
    return thinned_reports(harbour().beliefs, coverage or [window(1, YEAR)], rows, as_of=day(YEAR))


def test_reports_that_become_fewer_than_half_are_asked_about():
    """Weekly for nine months, and then two in a quarter."""
    (one,) = said([*range(3, 270, 7), 300, 340])
    assert one.startswith("2 reports coded in the last 91 days on which somebody looked")
    assert "0.7 a month after 4.3: does detection still hold?" in one


@pytest.mark.parametrize(
    "days",
    [range(3, YEAR, 7), [*range(3, 270, 7), *range(275, YEAR, 12)], [10, 60, 120, 200], []],
)
def test_as_many_nearly_as_many_or_few_from_the_start_are_not(days):
    assert said(days) == []


def test_what_is_coded_where_nobody_looked_and_weeks_without_coverage_are_left_out():
    """Coverage ended before the reports became fewer: what counts is when somebody looked."""
    early = [window(1, 260)]
    assert said([*range(3, 260, 7), 300], early) == []
    assert said(range(3, 100, 7), [window(1, 150)]) == []  # too short a record to compare


def test_a_rule_of_chance_keeps_a_lull_from_being_called_a_change():
    """One report where two and a half were to be expected."""
    assert said([10, 50, 90, 130, 170, 210, 250, 330]) == []
    assert dt.date(2020, 1, 6) == day(0)
