"""ICEWS, POLECAT and ACLED: columns by the heading, codes of each, and their faults."""

import csv
import io

import pytest

from forecast.importers import FORMATS
from tests.importers.event_rows import imported, reasons, written

MAPPING = """
format: {form}
grade: B2
lineage: article
actors:
  north: {north}
  south: {south}
rules:
  - indicator: envoys_meet
    between: [north, south]
    codes: [{talk}]
  - indicator: shells
    codes: [{fight}]
    places: [{place}]
"""
POLECAT = [
    "Event ID",
    "Event Date",
    "Event Type",
    "Event Mode",
    "Intensity",
    "Actor Name",
    "Actor Country",
    "Recipient Name",
    "Recipient Country",
    "Country",
    "Source",
    "Publication Date",
    "Story People",
    "Story Organizations",
    "Story Locations",
    "Language",
]
ICEWS = [
    "Event ID",
    "Event Date",
    "Source Name",
    "Source Sectors",
    "Source Country",
    "Event Text",
    "CAMEO Code",
    "Intensity",
    "Target Name",
    "Target Sectors",
    "Target Country",
    "Story ID",
    "Sentence Number",
    "Publisher",
    "City",
    "District",
    "Province",
    "Country",
    "Latitude",
    "Longitude",
]
ACLED = [
    "event_id_cnty",
    "event_date",
    "time_precision",
    "event_type",
    "sub_event_type",
    "actor1",
    "actor2",
    "country",
    "source",
    "notes",
    "fatalities",
    "timestamp",
]


def mapping(project, **values):
    (project / "mapping.yaml").write_text(MAPPING.format(**values), "utf-8")


def tabbed(project, header, *rows):
    """Write rows, given by column, as a tab-separated file."""
    lines = ["\t".join(header), *("\t".join(row.get(c, "") for c in header) for row in rows)]
    (project / "rows.tab").write_text("\n".join(lines) + "\n", "utf-8")


def bring(capsys, form, file="rows.tab", *, code=0):
    options = ("--format", form, "--mapping", "mapping.yaml", "--out", "events/new.csv")
    return imported(capsys, file, *options, code=code)


def icews(number, one, two, code="040", **other):
    row = {"Event ID": str(number), "Event Date": "2024-03-04", "CAMEO Code": code}
    row |= {"Source Name": one, "Source Country": one, "Target Name": two, "Target Country": two}
    return row | {"Story ID": "7", "Publisher": "A wire", "Event Text": "Consult"} | other


def test_icews_stories_are_articles(project, capsys):
    """One story tells both directions once; another story of the same event is another report."""
    mapping(project, form="icews", north="[North Korea]", south="[Russian Federation]",
            talk='"04"', fight='"19"', place="Ukraine")  # fmt: skip
    north, south = "North Korea", "Russian Federation"
    rows = [
        icews(1, north, south),
        icews(2, south, north),
        icews(3, "Kim", south, **{"Source Country": north, "Story ID": "8"}),
        icews(4, south, north, "190", Country="Ukraine"),
        icews(5, south, north, "190", Country="Poland"),
    ]
    tabbed(project, ICEWS, *rows)
    found = bring(capsys, "icews")
    assert (found["read"], found["kept"]) == (5, 3)
    assert reasons(found, "dropped") == {"other places": 1}
    got = [row for row in written(project / "events/new.csv") if row["indicator"] == "envoys_meet"]
    assert [row["report_id"] for row in got] == ["icews-1", "icews-3"]
    assert len({row["event_id"] for row in got}) == 1
    assert len({row["lineage"] for row in got}) == 2
    assert {row["source_title"] for row in got} == {"A wire"}


def test_polecat_modes_narrow_types(project, capsys):
    """A type stands for all its modes, a mode for itself; the publication's day is the report's."""
    mapping(project, form="polecat", north="[PRK]", south="[RUS]", talk="CONSULT",
            fight="ASSAULT > firearms", place="UKR")  # fmt: skip
    base = {"Event Date": "2024-03-04", "Publication Date": "2024-03-06", "Source": "A wire"}
    base |= {"Actor Country": "PRK", "Recipient Country": "RUS", "Country": "UKR"}
    kinds = [("CONSULT", "visit"), ("CONSULT", ""), ("ASSAULT", "firearms"), ("ASSAULT", "beat")]
    kinds += [("assault", "Firearms"), ("SHOUT", "")]
    rows = [
        base | {"Event ID": str(n), "Event Type": kind, "Event Mode": mode, "Story People": str(n)}
        for n, (kind, mode) in enumerate(kinds)
    ]
    tabbed(project, POLECAT, *rows)
    found = bring(capsys, "polecat")
    assert reasons(found, "dropped") == {"no rule for the code": 1, "unknown code": 1}
    assert found["kept"] == 4
    talks = [
        row for row in written(project / "events/new.csv") if row["indicator"] == "envoys_meet"
    ]
    assert {(row["occurred_on"], row["reported_on"]) for row in talks} == {
        ("2024-03-04", "2024-03-06")
    }


def acled(rows, *, delimiter=","):
    """Write rows, given by column, as CSV with quotes."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ACLED, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def protest(number, **other):
    row = {"event_id_cnty": f"ARG{number}", "event_date": "2024-03-05", "country": "Argentina"}
    row |= {"event_type": "Protests", "sub_event_type": "Peaceful protest", "actor1": "Protesters"}
    return row | {"timestamp": "1709900000.0", "notes": "Two lines,\nand a comma."} | other


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_acled_rows_are_counted_by_week(project, capsys, delimiter):
    """Quoted texts over several lines, dates in words and empty timestamps are read."""
    mapping(project, form="acled", north="[North*]", south="[South*]",
            talk="Strategic developments", fight="Protests", place="Argentina")  # fmt: skip
    rows = [
        protest(1),
        protest(2, event_date="06 March 2024", timestamp=""),
        protest(1),
        protest(3, event_type="Protest"),
        protest(4, event_date="soon"),
        protest(5, event_type="Strategic developments", sub_event_type="Agreement",
                actor1="South of the line", actor2="Northern forces"),
    ]  # fmt: skip
    (project / "rows.tab").write_text(acled(rows, delimiter=delimiter), "utf-8")
    found = bring(capsys, "acled")
    assert (found["read"], found["kept"]) == (6, 3)
    assert reasons(found, "merged") == {"id came before": 1}
    assert reasons(found, "dropped") == {"unknown code": 1, "not a date": 1}
    got = {row["indicator"]: row for row in written(project / "events/new.csv")}
    assert got["shells"]["value"] == "2"
    assert got["envoys_meet"]["reported_on"] == "2024-03-08"
    assert "and a comma." in got["envoys_meet"]["summary"]


def test_a_quote_that_never_closes_loses_no_line_silently(project, capsys):
    """Lines swallowed by an open quote are all counted as broken."""
    mapping(project, form="acled", north="[North*]", south="[South*]",
            talk="Strategic developments", fight="Protests", place="Argentina")  # fmt: skip
    text = acled([protest(n, notes="plain") for n in range(10)])
    lines = text.splitlines(keepends=True)
    lines[4] = lines[4].replace(",Protests,", ',"Protests,')
    (project / "rows.tab").write_text("".join(lines), "utf-8")
    found = bring(capsys, "acled")
    assert (found["read"], found["kept"]) == (10, 3)
    assert sum(reasons(found, "dropped").values()) == 7


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_a_file_without_a_column_says_which(project, capsys, form):
    """A heading that lacks a column is an error that names the first missing one."""
    (project / "rows.tab").write_text("something else,entirely\nx,y\n", "utf-8")
    places = {"gdelt2": "RUS", "gdelt1": "RUS", "acled": "Argentina"}
    talk = {"polecat": "CONSULT", "acled": "Protests"}.get(form, '"04"')
    mapping(project, form=form, north="[a]", south="[b]", talk=talk, fight=talk,
            place=places.get(form, "x"))  # fmt: skip
    told = bring(capsys, form, code=1)
    if FORMATS[form].header:
        width = len(FORMATS[form].header)
        assert f"has 2 cells a row, not the {width} of {FORMATS[form].title}" in told
    else:
        assert f"column {FORMATS[form].row_id!r} is missing" in told
        assert "the file begins with 'something else', 'entirely'" in told
