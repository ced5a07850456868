"""Tables as spreadsheets write them: each file of one report reads as the same report."""

import codecs
import datetime as dt
import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.beliefs import read_arriving
from forecast.beliefs.days import order_of, read_days
from forecast.beliefs.literals import Text, decode, read_numbers
from forecast.beliefs.places import grids_of, read_grid
from forecast.errors import Problem, ReportsError

# invented
HEADER = (
    *("report_id", "event_id", "lineage", "occurred_on", "reported_on", "indicator"),
    *("reliability", "credibility", "use", "summary", "source_title", "source_url", "note"),
)
ROW = (
    *("N1", "E-n1", "wire", "2024-06-10", "2024-06-11", "shelling_reported"),
    *("B", "2", "evidence", "Shells fell", "Wire", "", ""),
)


def table(*rows, delimiter=",", header=HEADER, end="\r\n"):
    return "".join(delimiter.join(row) + end for row in (header, *rows))


def with_cells(**cells):
    return tuple(cells.get(name, cell) for name, cell in zip(HEADER, ROW, strict=True))


def read(body, notes=None):
    """Give reports as a file with this body is read."""
    return read_arriving([("new.csv", body)], notes=notes).reports


def refusals(body):
    with pytest.raises(ReportsError) as caught:
        read(body)
    return [str(problem) for problem in caught.value.problems]


def workbook(*sheets):
    """Write sheets, each a title and its rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


PLAIN = read(table(ROW))
MOMENT = dt.datetime.combine(dt.date(2024, 6, 11), dt.time())  # as Excel keeps a day

SAME = {
    "semicolons": table(ROW, delimiter=";"),
    "tabs": table(ROW, delimiter="\t"),
    "bars": table(ROW, delimiter="|"),
    "sep line": "sep=;\r\n" + table(ROW, delimiter=";"),
    "quoted sep line": '"sep=;"\r\n' + table(ROW, delimiter=";"),
    "UTF-8 with a mark": table(ROW).encode("utf-8-sig"),
    "UTF-16": table(ROW, delimiter="\t").encode("utf-16"),
    "UTF-16 without a mark": table(ROW).encode("utf-16-le"),
    "UTF-16, the other way round": codecs.BOM_UTF16_BE + table(ROW).encode("utf-16-be"),
    "times": table(with_cells(occurred_on="2024-06-10 00:00:00", reported_on="2024-06-11T09:30Z")),
    "day numbers": table(with_cells(occurred_on="45453", reported_on="45454")),
    "slashes, the year first": table(with_cells(occurred_on="2024/6/10")),
    "a month with a name": table(with_cells(occurred_on="10 June 2024", reported_on="11-Jun-2024")),
    "the digit as Excel writes it": table(with_cells(credibility="2.0")),
    "empty columns": table((*ROW, "", ""), header=(*HEADER, "", "")),
    "an empty column in front": table(("", *ROW), header=("", *HEADER)),
    "an empty column between": table(
        (*ROW[:5], "", *ROW[5:]), header=(*HEADER[:5], "", *HEADER[5:])
    ),
    "capitals in the heading": table(ROW, header=[name.upper() for name in HEADER]),
    "blanks in the heading": table(ROW, header=[name.replace("_", " ") for name in HEADER]),
    "blank lines": "\r\n,,,\r\n" + table(ROW) + "\r\n",
    "lines of old Macs": table(ROW, end="\r"),
    "a workbook": workbook(
        ("Sheet1", [HEADER, (*ROW[:3], dt.date(2024, 6, 10), MOMENT, *ROW[5:])])
    ),
    "the second sheet of a workbook": workbook(
        ("Read me", [("Reports of June",)]), ("Reports", [HEADER, (), (*ROW[:7], 2.0, *ROW[8:])])
    ),
}


@pytest.mark.parametrize("body", SAME.values(), ids=SAME.keys())
def test_a_table_reads_the_same_however_a_spreadsheet_writes_it(body):
    assert read(body) == PLAIN


def test_what_was_read_in_an_unusual_way_is_told():
    notes = []
    report = read(
        table(with_cells(summary="François “said”"), delimiter=";").encode("cp1252"), notes
    )
    assert report[0].summary == "François “said”"
    assert [str(note) for note in notes] == [
        "new.csv: was read as Windows-1252: 'François'",
        "new.csv: has a semicolon between cells",
    ]


def test_a_nul_inside_a_text_is_refused_with_line_and_column():
    said = refusals(table(with_cells(summary="Shells\0 fell")))
    assert said == ["new.csv:2: summary: holds a NUL character; delete it"]


OTHERS = {
    "cp1251": "Обстрел города продолжался",
    "cp1250": "Łódź i Dvořák",
    "shift_jis": "東京で会談が行われた",
    "mac_roman": "François au café",
    "cp850": "François au café",
    "cp1254": "\u015e\u0131rnak ve İstanbul",
}


@pytest.mark.parametrize(("encoding", "text"), OTHERS.items())
def test_what_cannot_be_windows_1252_is_refused_and_not_guessed(encoding, text):
    found = decode("new.csv", f"summary\n{text}\n".encode(encoding))
    assert isinstance(found, Problem)
    assert (found.line, found.came) == (2, "is not UTF-8 text")
    assert found.allowed.startswith("save it as UTF-8")


@pytest.mark.parametrize(
    "text", ["Grüße von der Straße", "l\u2019été \u2013 où ?", "¿Qué? Nº 3, 20 °C, 5 €"]
)
def test_words_of_western_europe_are_read_as_windows_1252(text):
    found = decode("new.csv", f"summary\n{text}\n".encode("cp1252"))
    assert isinstance(found, Text)
    assert found.text == f"summary\n{text}\n"


ORDERS = {
    ("13/06/2024", "03/04/2024"): ("2024-06-13", "2024-04-03"),
    ("06/13/2024", "03/04/2024"): ("2024-06-13", "2024-03-04"),
    ("13.6.2024", "3.4.2024", ""): ("2024-06-13", "2024-04-03", "None"),
    ("02-13-2023", "02-06-2023"): ("2023-02-13", "2023-02-06"),
    ("03/03/2024", "2024-03-04"): ("2024-03-03", "2024-03-04"),
    ("13/06/2024 08:15", "03/04/2024 00:00"): ("2024-06-13", "2024-04-03"),
}


@pytest.mark.parametrize(("texts", "days"), ORDERS.items())
def test_the_order_of_day_and_month_is_found_from_the_whole_column(texts, days):
    assert tuple(map(str, read_days(texts).days)) == days


def test_a_column_without_an_order_is_refused_with_both_readings():
    (said,) = refusals(
        table(
            with_cells(occurred_on="03/04/2024"),
            with_cells(report_id="N2", occurred_on="05/04/2024"),
        )
    )
    assert said == (
        "new.csv:2: occurred_on: '03/04/2024' is not a date; write it as 2023-09-27: it may be "
        "2024-04-03 or 2024-03-04, and nothing else in the column tells"
    )


def test_days_that_contradict_each_other_are_refused():
    assert order_of(["13/04/2024", "04/13/2024"]) == "neither"
    found = read_days(["13/04/2024", "04/13/2024", "03/04/2024"])
    assert found.days == (None, None, None)
    assert "contradict each other" in found.faults[0][2]


def test_days_that_a_spreadsheet_took_in_part_for_its_own_are_refused():
    """13/06/2024 stayed text where 10/06/2024 became 6 October: the column is not to be trusted."""
    found = read_days(["13/06/2024", "45571", "2024-10-06"])
    assert found.days[0] is None
    assert "'45571' in the same column is written another way" in found.faults[0][2]


IMPOSSIBLE = {
    "10/06/24": "it may be 2024-06-10 or 2024-10-06",
    "10-Jun-24": "it may be 2024-06-10 or 1924-06-10",
    "31/02/2024": "write it as 2023-09-27",
    "2024-02-30": "write it as 2023-09-27",
    "20240610": "write it as 2024-06-10",
    "2024-06-11T23:30:00-05:00": "write it as 2023-09-27",
    "soon": "write it as 2023-09-27",
}


@pytest.mark.parametrize(("text", "allowed"), IMPOSSIBLE.items())
def test_a_day_with_no_reading_or_two_is_refused_with_its_line(text, allowed):
    (said,) = refusals(table(ROW, with_cells(report_id="N2", occurred_on=text)))
    assert said.startswith(f"new.csv:3: occurred_on: {text!r} is not a date; ")
    assert allowed in said


NUMBERS = [
    (("0,5", "12,75", "3"), ",", ("0.5", "12.75", "3")),
    (("0,5", "1.250"), ";", ("0.5", "1250")),
    (("1,250", "980.5"), ",", ("1250", "980.5")),
    (
        ("1 250", "1\u00a0250", "1'250", "1,250,000", "1.250,5"),
        ";",
        ("1250",) * 3 + ("1250000", "1250.5"),
    ),
    (("1.250",), ",", ("1.250",)),
    (("1,250", "980", "1,310"), ",", ("1250", "980", "1310")),
    (("1.250", "980", "1.310"), ";", ("1250", "980", "1310")),
    (("5%", "50 %", "0,5", "2.0", "\u22123"), ",", ("0.05", "0.5", "0.5", "2", "-3")),
    (
        ("1e999", "nan", "1_000", "inf", "\uff13", "$5"),
        ",",
        ("1e999", "nan", "1_000", "inf", "\uff13", "$5"),
    ),
]


@pytest.mark.parametrize(("came", "delimiter", "read"), NUMBERS)
def test_numbers_are_read_by_their_column(came, delimiter, read):
    found = read_numbers(came, delimiter=delimiter, shares=True)
    assert (found.texts, found.faults) == (read, ())


@pytest.mark.parametrize(("text", "delimiter"), [("1,250", ","), ("1.250", ";"), ("1,250", ";")])
def test_a_number_with_two_readings_is_refused_with_both(text, delimiter):
    ((place, came, allowed),) = read_numbers(["980", text], delimiter=delimiter).faults
    assert (place, allowed) == (1, "write 1250 or 1.25")
    assert came == f"{text!r} is 1250 or 1.25, and nothing in the column tells"


def test_groups_of_three_are_believed_only_where_decimals_cannot_be():
    """1,250 and 980 are written by one habit; 1,250 and 2, 1,255 and 980 or 1500 may be two."""
    for cells in (
        ("1,250", "1,310", "2"),
        ("1,255", "1,311", "980"),
        ("1,250", "1,310", "1500"),
        ("1,250", "1,310"),
    ):
        assert len(read_numbers(cells).faults) == 2


def test_an_error_of_excel_is_refused_by_its_cell():
    body = workbook(("Sheet1", [HEADER, with_cells(summary="#REF!")]))
    assert refusals(body) == ["new.csv:2: summary: holds the error #REF!; mend the formula"]


def test_a_formula_that_was_never_worked_out_is_no_empty_cell():
    body = workbook(("Sheet1", [HEADER, with_cells(note="=A1")]))
    (said,) = refusals(body)
    assert said.startswith("new.csv:2: cell M2 is a formula without a value; open the workbook")


STRANGE = {
    b"%PDF-1.7\n": "is a PDF",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "is an old Excel or Word file, or one with a password",
    b"<!DOCTYPE html>\n<html>": "is an HTML page",
    b"\x1f\x8b\x08\x00": "is packed (gzip)",
    b"PK\x05\x06" + 18 * b"\0": "is packed (zip)",
}


@pytest.mark.parametrize(("body", "came"), STRANGE.items())
def test_what_is_no_table_is_named_and_a_way_out_given(body, came):
    (said,) = refusals(body)
    assert said.startswith(f"new.csv: {came}; ")


def test_a_folder_or_a_missing_file_is_no_grid(tmp_path):
    assert str(read_grid(tmp_path)) == f"{tmp_path}: is a folder; name a file"
    assert "cannot be read" in str(read_grid(tmp_path / "gone.csv"))


_TEXTS = st.text(max_size=10) | st.sampled_from(
    [
        "03/04/2024",
        "13.4.2024",
        "45453",
        "1,250",
        "1.250",
        "5%",
        "0,5",
        "#REF!",
        "\0",
        '"',
        "\n",
        "\u0663",
    ]
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.lists(st.lists(_TEXTS, min_size=13, max_size=13), max_size=3),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
)
def test_any_table_is_read_or_refused_in_words(rows, delimiter, encoding):
    body = table(*rows, delimiter=delimiter).encode(encoding)
    said = "new.csv"
    try:
        read(body)
    except ReportsError as error:
        said = str(error)
    assert said.startswith("new.csv")


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2060, 1, 1)), min_size=1, max_size=8), st.data()
)
def test_days_with_one_order_are_read_back_or_left_undecided(days, data):
    """However a column of real days is written, it is never read as other days."""
    form = data.draw(st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d %B %Y"]))
    found = read_days([day.strftime(form) for day in days])
    assert all(read in {None, day} for read, day in zip(found.days, days, strict=True))


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=6), st.sampled_from([",", ";"]))
def test_whole_numbers_with_groups_are_never_read_as_fractions(numbers, delimiter):
    written = [f"{number:,}" for number in numbers]
    found = read_numbers(written, delimiter=delimiter)
    refused = {place for place, *_ in found.faults}
    kept = [place for place in range(len(numbers)) if place not in refused]
    assert [float(found.texts[place]) for place in kept] == [numbers[place] for place in kept]


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.integers(0, 2000), st.binary(max_size=4))
def test_a_damaged_workbook_is_refused_or_read(at, junk):
    body = workbook(("Sheet1", [HEADER, ROW]))
    found = grids_of("new.xlsx", body[:at] + junk + body[at + len(junk) :])
    assert isinstance(found, (list, Problem))
