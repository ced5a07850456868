"""Announcements come in through the door of reports, and every wrong cell is told."""

import csv
import datetime as dt
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import read_folder
from forecast.beliefs.announcements import (
    ANNOUNCEMENTS,
    Announcement,
    announcement_content,
    announcement_of,
    known_announcements,
)
from forecast.errors import ReportsError

REPORTS = (Path(__file__).parent / "data" / "events" / "reports.csv").read_text()
GOOD = {
    "announcement_id": "a1",
    "indicator": "talks_reported",
    "class": "dated",
    "told_on": "2021-03-10",
    "from": "2021-04-01",
    "to": "2021-04-30",
    "reliability": "B",
    "credibility": "1",
    "source_title": "Invented Gazette",
}


def table(*rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, ANNOUNCEMENTS.columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def read(folder, *rows, beliefs=None):
    (folder / "reports.csv").write_text(REPORTS)
    (folder / "announcements.csv").write_text(table(*rows))
    return read_folder(folder, beliefs=beliefs)


def problems(folder, *rows, beliefs=None):
    with pytest.raises(ReportsError) as caught:
        read(folder, *rows, beliefs=beliefs)
    return [str(one) for one in caught.value.problems]


def test_an_announcement_is_read_with_its_window(tmp_path, river):
    (found,) = read(tmp_path, GOOD, beliefs=river).announcements
    assert (found.announcement_id, found.kind, found.grade) == ("a1", "dated", "B1")
    assert found.window == (dt.date(2021, 4, 1), dt.date(2021, 4, 30))
    assert found.weight == pytest.approx(0.74)
    assert (found.status, found.known_on, found.line) == ("", None, 2)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"announcement_id": "<b>"}, "announcement_id: '<b>' is not an id"),
        ({"indicator": "talks_rported"}, "did you mean 'talks_reported'?"),
        ({"indicator": "clashes"}, "indicator: clashes is a stream"),
        ({"class": "sworn"}, "class: 'sworn' is not allowed; write dated, undated, invited"),
        ({"class": "undated", "to": ""}, "from: a day came, but the class is undated"),
        ({"class": "scheduled", "to": ""}, "to: is empty, but the class is scheduled"),
        ({"told_on": "soon"}, "told_on: 'soon' is not a date"),
        ({"from": "2021-05-01"}, "to: 2021-04-30 is before 2021-05-01"),
        ({"told_on": "2021-05-01"}, "to: 2021-04-30 is before it was told on 2021-05-01"),
        ({"reliability": "G"}, "reliability: 'G' is not allowed"),
        ({"credibility": "7"}, "credibility: '7' is not allowed"),
        ({"source_title": ""}, "source_title: no source"),
        ({"status": "kept"}, "known_on: is empty, but there is a status"),
        ({"status": "done", "known_on": "2021-04-02"}, "status: 'done' is not allowed"),
        ({"known_on": "2021-04-02"}, "known_on: is a day without a status"),
        ({"status": "kept", "known_on": "2021-03-01"}, "known_on: 2021-03-01 is before it was"),
        ({"question": "no_such"}, "question: unknown question 'no_such'"),
        ({"question": "signed_in_a_year"}, "does not ask whether talks_reported is reported"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_cell_is_one_line_that_names_its_column(tmp_path, river, cells, said):
    (found,) = problems(tmp_path, {**GOOD, **cells}, beliefs=river)
    assert said in found
    assert "announcements.csv:2" in found
    assert "\n" not in found


def test_all_wrong_rows_are_told_at_once(tmp_path):
    rows = [{**GOOD, "reliability": "x"}, {**GOOD, "announcement_id": "a2", "told_on": "x"}]
    assert [":2:" in one or ":3:" in one for one in problems(tmp_path, *rows)] == [True, True]


def test_an_id_has_one_row_and_an_equal_row_counts_once(tmp_path):
    assert len(read(tmp_path, GOOD, GOOD).announcements) == 1
    (said,) = problems(tmp_path, GOOD, {**GOOD, "announcement_id": "A1", "to": "2021-05-30"})
    assert "'A1' already stands in" in said


def test_what_became_of_it_is_not_known_before_the_world_knew_it():
    one = Announcement(
        announcement_id="a", indicator="i", kind="undated", told_on=dt.date(2021, 3, 1),
        reliability="A", credibility=1, status="kept", known_on=dt.date(2021, 4, 1),
    )  # fmt: skip
    days = [dt.date(2021, 2, 28), dt.date(2021, 3, 31), dt.date(2021, 4, 1)]
    seen = [[each.status for each in known_announcements([one], day)] for day in days]
    assert seen == [[], [""], ["kept"]]


DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2022, 12, 31))
CELLS = st.fixed_dictionaries(
    {
        **{name: st.one_of(st.just(text), st.text(max_size=8)) for name, text in GOOD.items()},
        "class": st.sampled_from(["dated", "undated", "invited", "scheduled", "DATED", ""]),
        **{name: st.one_of(DAYS.map(str), st.just("")) for name in ("from", "to", "known_on")},
        "told_on": DAYS.map(str),
        "status": st.sampled_from(["", "kept", "broken", "postponed", "open"]),
    }
)


@given(row=CELLS)
def test_whatever_comes_is_read_or_refused_in_words_and_what_is_read_can_be_written(
    tmp_path_factory, row
):
    folder = tmp_path_factory.mktemp("events")
    try:
        found, said = read(folder, row).announcements, []
    except ReportsError as error:
        found, said = [], [str(one) for one in error.problems]
    assert bool(found) is not bool(said)
    assert all("\n" not in one for one in said)
    for one in found:
        assert announcement_of(announcement_content(one)) == one
        assert one.window is None or one.told_on <= one.window[1]
