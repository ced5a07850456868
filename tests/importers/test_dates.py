"""Day and month are told apart by the whole file, or the file is refused with both readings."""

import pytest

from forecast.importers.formats import day_of
from tests.importers.event_rows import imported, written
from tests.importers.test_other_formats import acled

MAPPING = """
format: acled
grade: B2
{dates}
actors:
  north: ["Military Forces of Northland*"]
  south: ["Military Forces of Southland*"]
rules:
  - indicator: shelling_reported
    codes: [Explosions/Remote violence]
    between: [north, south]
    places: [Northland]
"""


def row(number, day, **other):
    """Return an invented row of ACLED's columns."""
    told = {"event_id_cnty": f"INV{number}", "event_date": day, "country": "Northland"}
    told |= {"event_type": "Explosions/Remote violence"}
    told |= {"sub_event_type": "Shelling/artillery/missile attack"}
    told |= {"actor1": "Military Forces of Northland", "actor2": "Military Forces of Southland"}
    return told | {"notes": "Invented row."} | other


def bring(project, capsys, days, *, dates="", code=0, **other):
    """Import a row for each day; give the days of the reports, or what was told."""
    (project / "mapping.yaml").write_text(MAPPING.format(dates=dates), "utf-8")
    rows = [row(number, day, **other) for number, day in enumerate(days)]
    (project / "a.csv").write_text(acled(rows), "utf-8")
    common = ("--format", "acled", "--mapping", "mapping.yaml", "--out", "events/new.csv")
    told = imported(capsys, "a.csv", *common, code=code)
    return told if code else [r["occurred_on"] for r in written(project / "events/new.csv")]


def test_one_row_tells_the_order_of_all(project, capsys):
    """04-30-2023 has the month first, so 02-06-2023 is 6 February, wherever it stands."""
    days = ["02-06-2023", "03-07-2023", "04-30-2023", "05-12-2023"]
    right = ["2023-02-06", "2023-03-07", "2023-04-30", "2023-05-12"]
    assert bring(project, capsys, days) == right


def test_the_other_order_is_found_as_well(project, capsys):
    """30-04-2023 has the day first."""
    days = ["02/06/2023", "30/04/2023"]
    assert bring(project, capsys, days) == ["2023-06-02", "2023-04-30"]


def test_a_file_that_can_be_read_both_ways_is_refused_with_both(project, capsys):
    """Nothing is imported where no row tells."""
    told = bring(project, capsys, ["02-06-2023", "03-07-2023"], code=1)
    assert "a.csv:2: event_date: '02-06-2023' is 2023-06-02 or 2023-02-06" in told
    assert "'dates: day first'" in told
    assert not (project / "events/new.csv").exists()


@pytest.mark.parametrize(
    ("dates", "day"), [("day first", "2023-06-02"), ("month first", "2023-02-06")]
)
def test_the_mapping_may_say_the_order(project, capsys, dates, day):
    """`dates:` decides where the file does not."""
    assert bring(project, capsys, ["02-06-2023"], dates=f"dates: {dates}") == [day]


@pytest.mark.parametrize(
    ("days", "dates", "said"),
    [
        (["04-30-2023"], "dates: day first", "but the mapping says dates: day first"),
        (["04-30-2023", "30-04-2023"], "", "write every day as 2023-09-27"),
        (["02-06-2023", "2023-04-30", "30-04-2023"], "", "may have turned some days round"),
        (["02-06-23"], "", "none of its rows could be dated: a.csv:2: '02-06-23'"),
        (["soon", "later"], "", "none of its 2 rows could be dated: a.csv:2: 'soon'"),
        (["1066-10-14"], "", "is no day from 1900 on"),
        (["02-06-2023"], "dates: american", "'american'; write 'day first' or 'month first'"),
    ],
)
def test_days_that_cannot_be_trusted_are_refused(project, capsys, days, dates, said):
    """A contradiction, a mixture, two-digit years and no day at all end the import in one line."""
    told = bring(project, capsys, days, dates=dates, code=1)
    assert said in told
    assert len(told.splitlines()) == 1


def test_days_to_come_are_dropped(project, capsys):
    """A row that is dated after today is counted, not written."""
    told = bring(project, capsys, ["2023-04-30", "2999-01-01"])
    assert told == ["2023-04-30"]


def test_a_publication_day_has_an_order_of_its_own(project, capsys):
    """Each column of days is decided by itself."""
    days = ["2023-04-30", "2023-05-02"]
    told = bring(project, capsys, days, timestamp="05/06/2023", code=1)
    assert "timestamp: '05/06/2023' is 2023-06-05 or 2023-05-06" in told


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("06 February 2023", "2023-02-06"),
        ("Feb 6, 2023", "2023-02-06"),
        ("6-Feb-2023", "2023-02-06"),
        ("20230206", "2023-02-06"),
        ("20230206143000", "2023-02-06"),
        ("2023-02-06T23:30:00-05:00", "2023-02-06"),
        ("2023-02-06 00:00:00", "2023-02-06"),
        ("1675641600", "2023-02-06"),
        ("02-06-2023", "None"),
        ("0001-01-01", "None"),
        ("9" * 10, "2286-11-20"),
        ("2023-02-30", "None"),
        ("", "None"),
    ],
)
def test_days_are_read_as_they_are_written(text, day):
    """Words, digits, times and seconds have one reading; the rest none."""
    assert str(day_of(text)) == day


def test_a_fault_of_the_mapping_of_the_package_is_told_without_a_temporary_path(project, capsys):
    """A project without the indicators of that mapping is told how to get one of its own."""
    (project / "a.csv").write_text(acled([row(1, "2023-04-30")]), "utf-8")
    told = imported(capsys, "a.csv", "--format", "acled", "--out", "events/new.csv", code=1)
    assert "mapping acled of the package:" in told
    assert "--write-mapping mapping.yaml" in told
    assert "/tmp/" not in told
