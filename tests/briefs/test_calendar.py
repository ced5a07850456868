"""What is announced, in briefs and on the report page."""

import datetime as dt
from dataclasses import replace

import pytest

from forecast.briefs import tables
from forecast.briefs.facts import AnnouncedFacts
from forecast.briefs.report_page import report_page
from tests.briefs.samples import facts, report, vocabulary

TOLD = """announcement_id,indicator,class,told_on,from,to,reliability,credibility,source_title,\
source_url,status,known_on
N1,envoys_meet,dated,2024-06-25,2024-07-10,2024-07-20,A,1,Gazette: a date is set,\
https://www.example.org/g,{status}
"""


def announced(**changes):
    """Envoys will meet on one of ten days, as a gazette says."""
    values = {
        "sign": "Envoys meet",
        "questions": ("Will they meet?",),
        "window": (dt.date(2024, 7, 10), dt.date(2024, 7, 20)),
        "scheduled": False,
        "kept": 0.72,
        "source": report(9, report_id="announced-N1", grade="A1"),
    }
    return AnnouncedFacts(**{**values, **changes})


@pytest.mark.parametrize("ending", ["md", "docx"])
def test_a_brief_shows_what_is_announced_for_as_long_as_it_is_open(ending, project, forecast):
    brief, file = f"brief.{ending}", project / "events" / "announcements.csv"
    assert forecast("brief", "new", brief).code == 0
    assert "Announced, and open" not in str(vars(forecast("brief", "check", brief)))
    file.write_text(TOLD.format(status=","))
    renewed = forecast("brief", "refresh", brief).out
    assert "forecast.calendar():  -> " in renewed
    assert "What When Announced" in renewed.replace("|", "").replace("  ", " ")
    assert forecast("brief", "check", brief).code == 0
    if ending == "md":
        text = (project / brief).read_text("utf-8")
        assert "| Envoys meet | 10 Jul 2024 to 20 Jul 2024 | 25 Jun 2024, example.org" in text
        assert "“Gazette: a date is set,” example.org, 25 June 2024" in text
        assert "announced-N1" in (project / "brief_files" / "notes.csl.json").read_text("utf-8")
    file.write_text(TOLD.format(status="broken,2024-06-28"))
    assert "forecast.calendar():" in forecast("brief", "refresh", brief).out
    assert forecast("brief", "check", brief).code == 0


@pytest.mark.parametrize(
    ("changes", "cells"),
    [
        ({}, ("Envoys meet. Will they meet?", "10 Jul 2024 to 20 Jul 2024", "72%")),
        ({"questions": (), "window": None}, ("Envoys meet", "no date", "72%")),
        (
            {"kept": None},
            ("Envoys meet. Will they meet?", "10 Jul 2024 to 20 Jul 2024", "not counted"),
        ),
        (
            {"kept": None, "scheduled": True, "window": (dt.date(2024, 7, 1),) * 2},
            ("Envoys meet. Will they meet?", "1 Jul 2024", "scheduled"),
        ),
    ],
)
def test_the_calendar_says_what_when_who_and_how_probably(changes, cells):
    what, when, told, kept = tables.calendar_row(announced(**changes))
    assert (what, when, kept) == cells
    assert told == "9 May 2024, example.org [A1]"


def test_a_source_that_announces_and_reports_has_one_note():
    known = report(1)
    held = replace(facts(), calendar=(announced(source=replace(known, report_id="announced-N1")),))
    words = vocabulary(held)
    (row,) = words.calendar().rows
    cited = [part for cell in words.evidence().rows for part in cell[1].parts[1:]]
    assert row[2].parts[1] in cited


def test_the_page_has_a_calendar_where_something_is_announced():
    none = report_page(facts(), [], scripts="", record="{}")
    told = report_page(replace(facts(), calendar=(announced(),)), [], scripts="", record="{}")
    assert "calendar" not in none
    assert 'href="#calendar"' in told
    assert 'id="calendar"' in told
    assert ">Talks go on: day 9</a>" in told
