"""Workbooks of any hand, written here part by part: one reader for every door (invented data)."""

import io
import tracemalloc
import zipfile

import pytest

from forecast.beliefs import read_arriving
from forecast.beliefs.places import grids_of, read_grid
from forecast.beliefs.series_files import read_series
from forecast.errors import Problem, ReportsError
from tests.importers.event_rows import imported, reasons, written
from tests.importers.test_dates import MAPPING, row
from tests.importers.test_other_formats import ACLED

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_REL = "http://purl.oclc.org/ooxml/officeDocument/relationships"
STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="9"/>'
    '<xf numFmtId="46"/></cellXfs>'
)


def cell(place, value="", kind="n", *, style=0, formula=None):
    """Write one cell; no value at all where it is None."""
    if kind == "inlineStr":
        return f'<c r="{place}" t="inlineStr"><is>{value}</is></c>'
    said = "" if formula is None else f"<f>{formula}</f>"
    said += "" if value is None else f"<v>{value}</v>"
    return f'<c r="{place}" s="{style}" t="{kind}">{said}</c>'


def text(place, value):
    return cell(place, f"<t>{value}</t>", "inlineStr")


def rows_of(*rows):
    return "".join(f'<row r="{n}">{"".join(cells)}</row>' for n, cells in enumerate(rows, start=1))


def book(
    *sheets, strings=(), date1904="0", after="", namespace=MAIN, rel=REL, main="xl/workbook.xml"
):
    """Put a workbook together out of the rows of its sheets; a sheet may be (rows, state)."""
    sheets = [each if isinstance(each, tuple) else (each, "visible") for each in sheets]
    listed = "".join(
        f'<sheet name="S{n}" sheetId="{n}" state="{state}" r:id="r{n}"/>'
        for n, (_, state) in enumerate(sheets, start=1)
    )
    kinds = [(f"r{n}", "worksheet", f"worksheets/s{n}.xml") for n in range(1, len(sheets) + 1)]
    kinds += [("t", "sharedStrings", "strings.xml"), ("y", "styles", "/xl/styles.xml")]
    parts = {
        main: f'<workbook xmlns="{namespace}" xmlns:r="{rel}"><workbookPr date1904="{date1904}"/>'
        f"<sheets>{listed}</sheets></workbook>",
        f"xl/_rels/{main[3:]}.rels": "<Relationships>"
        + "".join(
            f'<Relationship Id="{n}" Type="{rel}/{kind}" Target="{at}"/>' for n, kind, at in kinds
        )
        + "</Relationships>",
        "xl/strings.xml": f"<sst>{''.join(f'<si>{each}</si>' for each in strings)}</sst>",
        "xl/styles.xml": f'<styleSheet xmlns="{namespace}">{STYLES}</styleSheet>',
    }
    for n, (rows, _) in enumerate(sheets, start=1):
        parts[f"xl/worksheets/s{n}.xml"] = (
            f'<x:worksheet xmlns:x="{namespace}"><x:dimension ref="A1:A1"/>'.replace("x:", "")
            + f"<sheetData>{rows}</sheetData>{after}</worksheet>"
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, said in parts.items():
            archive.writestr(name, said)
    return out.getvalue()


def cells(body):
    """Return the rows of the first sheet."""
    found = grids_of("a.xlsx", body)
    assert not isinstance(found, Problem), found
    return [each for _, each in found[0].rows]


HEAD = tuple(text(f"{letter}1", letter.lower()) for letter in "ABCDEFGHIJK")


def test_every_kind_of_cell_is_read_as_it_is_shown():
    """Shared, rich and spoken texts, truth, days, shares, formulas and errors."""
    body = book(
        rows_of(
            HEAD,
            (
                cell("A2", 0, "s"),
                cell("B2", 1, "s"),
                cell("C2", "<r><t>He</t></r><r><t>llo</t></r>", "inlineStr"),
                cell("D2", 1, "b"),
                cell("E2", 45453, style=1),
                cell("F2", 45453.396, style=2),
                cell("G2", 0.05, style=3),
                cell("H2", 7, formula="SUM(1,6)"),
                cell("I2", "", "str", formula='""'),
                cell("J2", "2024-06-10T00:00:00", "d"),
                cell("K2", 2.0),
            ),
        ),
        strings=(
            "<t>one_x0009_two</t>",
            "<r><t>東</t></r><r><t>京</t></r><rPh sb='0' eb='1'><t>トウ</t></rPh>",
        ),
    )
    assert cells(body)[1] == (
        *("one\ttwo", "東京", "Hello", "TRUE", "2024-06-10", "2024-06-10 09:30:14", "0.05"),
        *("7", "", "2024-06-10T00:00:00", "2"),
    )


def test_days_count_from_1904_where_the_workbook_says_so():
    rows = rows_of(HEAD[:1], [cell("A2", 43991, style=1)])
    assert cells(book(rows, date1904="1"))[1] == ("2024-06-10",)


ODD = {
    "the strict form of Excel": {"namespace": STRICT, "rel": STRICT_REL},
    "the name that Office on the web gives": {"main": "xl/workbook2.xml"},
}


@pytest.mark.parametrize("parts", ODD.values(), ids=ODD.keys())
def test_workbooks_of_other_programs_are_read(parts):
    assert cells(book(rows_of(HEAD[:2], [text("B2", "x")]), **parts))[1] == ("", "x")


def test_cells_without_places_follow_one_another():
    body = book("<row><c><v>1</v></c><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>")
    assert grids_of("a.xlsx", body)[0].rows == ((1, ("1", "2")), (3, ("3", "")))


FAULTS = {
    "an error": ([cell("A2", "#DIV/0!", "e")], "a.xlsx:2: a: holds the error #DIV/0!"),
    "a number that is no day": ([cell("A2", -5, style=1)], "a.xlsx:2: a: holds the error #VALUE!"),
    "a formula never worked out": (
        [text("B2", "x"), cell("A2", None, formula="B2")],
        "a.xlsx:2: cell A2 is a formula without a value",
    ),
    "a NUL": ([text("A2", "a_x0000_b")], "a.xlsx:2: a: holds a NUL character"),
}


@pytest.mark.parametrize(("row", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_what_has_no_value_is_told_by_its_cell(row, said):
    (found,) = grids_of("a.xlsx", book(rows_of(HEAD[:2], row)))
    assert str(found.problems[0]).startswith(said)


def test_half_of_a_character_stays_as_it_is_written():
    assert cells(book(rows_of(HEAD[:1], [text("A2", "a_xD83D_b_x005F_x0041_")])))[1] == (
        "a_xD83D_b_x0041_",
    )


def merged(*rows, area):
    after = f'<mergeCells><mergeCell ref="{area}"/></mergeCells>'
    (found,) = grids_of("a.xlsx", book(rows_of(*rows), after=after))
    return [str(each) for each in found.problems]


def test_merged_cells_are_refused_where_they_hold_data():
    """A name over three rows stands in the first alone; nothing is lost in silence."""
    data = [text("A2", "north"), text("B2", "1")], [text("B3", "2")]
    (said,) = merged(HEAD[:2], *data, area="A2:A3")
    assert said.startswith("a.xlsx:2: cell A2 is one of merged cells (A2:A3); unmerge them, and")
    assert merged([text("A1", "Reports of June")], HEAD[:2], *data, area="A1:B1") == []


def test_which_sheets_were_not_read_is_told(tmp_path):
    """The sheet that has the columns is read; others, and hidden ones with text, are named."""
    dated = rows_of(
        [text("A1", "date"), text("B1", "n")],
        *([cell(f"A{n}", 45000 + 7 * n, style=1), cell(f"B{n}", n)] for n in range(2, 26)),
    )
    body = book(rows_of([text("A1", "Notes")]), dated, (rows_of(HEAD), "veryHidden"))
    (tmp_path / "a.xlsx").write_bytes(body)
    notes = []
    (series,) = read_series(tmp_path / "a.xlsx", notes=notes)
    assert series.values == tuple(range(2, 26))
    assert [note.replace(f"{tmp_path}/", "") for note in notes] == [
        "a.xlsx [S2] has a hidden sheet 'S3', which was not read",
        "a.xlsx [S2] has a sheet 'a.xlsx [S1]' that was not read",
    ]


def test_a_heading_below_a_title_is_told_by_its_line(tmp_path):
    (tmp_path / "a.csv").write_text("Exports,\n\ndate,n\n2024-01-01,1\n", "utf-8")
    with pytest.raises(ReportsError, match=r"a\.csv:3: header: the heading stands here, not in"):
        read_series(tmp_path / "a.csv")


WIDE = '<row r="1"><c r="XFD1"><v>1</v></c></row>'
BOMBS = {
    "a row beyond the last": '<row r="300000000"><c><v>1</v></c></row>',
    "a column beyond the last": '<row><c r="XFE1"><v>1</v></c></row>',
    "a cell more than a row has": "<row>" + "<c/>" * 20_000 + "</row>",
    "rows as wide as one of them": WIDE + "<row><c><v>1</v></c></row>" * 2000,
}


@pytest.mark.parametrize("rows", BOMBS.values(), ids=BOMBS.keys())
def test_a_small_workbook_that_would_fill_a_memory_is_refused(rows, monkeypatch):
    monkeypatch.setattr("forecast.beliefs.workbooks.MOST_CELLS", 1_000_000)
    said = str(grids_of("a.xlsx", book(rows)))
    assert said == "a.xlsx: is too large to be a table; save it as CSV (UTF-8)"


def test_elements_without_end_are_not_held():
    """Rows without a cell, 300,000 of them, and one cell far down take the memory of one row."""
    body = book("<row/>" * 300_000 + '<row r="1000000"><c><v>1</v></c></row>')
    cells(book(rows_of(HEAD)))  # what the first workbook imports is not counted
    tracemalloc.start()
    found = grids_of("a.xlsx", body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found[0].rows == ((1_000_000, ("1",)),)
    assert peak < 5_000_000


@pytest.mark.parametrize("size", ["1:1048576", "A1:XFD1048576", "nonsense"])
def test_what_a_sheet_says_of_its_size_does_not_matter(size):
    body = book(rows_of(HEAD[:1], [text("A2", "x")]))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"A1:A1", size.encode()))
    assert cells(out.getvalue()) == [("a",), ("x",)]


def archive(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, said in parts.items():
            made.writestr(name.replace("__", "/").replace("_DOT_", "."), said)
    return out.getvalue()


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><row>&b;</row>'
KINDS = {
    "xls": (OLD + "Workbook".encode("utf-16-le"), "is an old Excel file (.xls)"),
    "password": (OLD + "EncryptedPackage".encode("utf-16-le"), "is a file with a password"),
    "doc": (OLD + "WordDocument".encode("utf-16-le"), "is an old Word file (.doc)"),
    "ods": (
        archive(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_DOT_xml="<x/>"),
        "is an OpenDocument file (.ods or .odt)",
    ),
    "xlsb": (archive(xl__workbook_DOT_bin="x"), "is a binary Excel file (.xlsb)"),
    "a broken part": (archive(xl__workbook_DOT_xml="<broken"), "is a damaged workbook"),
    "a declaration": (archive(xl__workbook_DOT_xml=BOMB), "is a damaged workbook"),
}


@pytest.mark.parametrize(("body", "came"), KINDS.values(), ids=KINDS.keys())
def test_a_file_of_another_kind_is_named_at_every_door(body, came, project, capsys):
    """Reports, series and imports say the same of it."""
    with pytest.raises(ReportsError) as caught:
        read_arriving([("a.xlsx", body)])
    assert str(caught.value.problems[0]).startswith(f"a.xlsx: {came}; ")
    (project / "a.xlsx").write_bytes(body)
    assert str(read_grid(project / "a.xlsx")).startswith(f"{project}/a.xlsx: {came}; ")
    (project / "mapping.yaml").write_text(MAPPING.format(dates=""), "utf-8")
    common = ("--format", "acled", "--mapping", "mapping.yaml", "--out", "events/new.csv")
    told = imported(capsys, "a.xlsx", *common, code=1)
    assert told.startswith(f"forecast: a.xlsx: {came}; ")


def events(*days, style=0):
    """Return the rows of a sheet of ACLED's columns."""
    out = []
    for n, day in enumerate(days, start=2):
        said = row(n, day)
        out.append(
            [
                cell(f"{chr(65 + at)}{n}", day, style=style)
                if name == "event_date"
                else text(f"{chr(65 + at)}{n}", said.get(name, ""))
                for at, name in enumerate(ACLED)
            ]
        )
    return rows_of([text(f"{chr(65 + at)}1", name) for at, name in enumerate(ACLED)], *out)


def brought(project, capsys, body):
    (project / "a.xlsx").write_bytes(body)
    (project / "mapping.yaml").write_text(MAPPING.format(dates=""), "utf-8")
    common = ("--format", "acled", "--mapping", "mapping.yaml", "--out", "events/new.csv")
    found = imported(capsys, "a.xlsx", *common)
    return found, [each["occurred_on"] for each in written(project / "events/new.csv")]


@pytest.mark.parametrize("style", [0, 1])
def test_an_import_counts_days_from_1904_where_the_workbook_says_so(project, capsys, style):
    _, days = brought(project, capsys, book(events(43991, style=style), date1904="1"))
    assert days == ["2024-06-10"]


def test_an_import_tells_which_sheets_it_did_not_read(project, capsys):
    body = book(
        rows_of([text("A1", "Terms of use")]),
        events(45453, 45454, style=1),
        (rows_of([text("A1", "old")]), "hidden"),
        after='<mergeCells><mergeCell ref="A2:A3"/></mergeCells>',
    )
    found, days = brought(project, capsys, body)
    assert days == ["2024-06-10", "2024-06-11"]
    assert reasons(found, "remarks") == {
        "sheet was not read": 2,
        "merged cells: all but the first were read as empty": 1,
    }
