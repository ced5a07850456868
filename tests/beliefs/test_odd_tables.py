"""Tables of clumsy and of hostile hands: read where there is one reading, else refused by place."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from forecast.beliefs import read_arriving
from forecast.beliefs.days import read_days
from forecast.beliefs.event_files import read_folder
from forecast.beliefs.literals import decode
from forecast.beliefs.outcomes import read_outcome_folder
from forecast.beliefs.places import grids_of
from forecast.errors import ReportsError

# invented
HEADER = (
    *("report_id", "event_id", "lineage", "occurred_on", "reported_on", "indicator"),
    *("reliability", "credibility", "use", "summary", "source_title", "source_url", "note"),
)
ROW = (
    *("N1", "E-n1", "wire", "2024-06-10", "2024-06-11", "shelling_reported"),
    *("B", "2", "evidence", "Shells fell", "Wire", "", ""),
)
DAY, NEXT = dt.date(2024, 6, 10), dt.date(2024, 6, 11)


def with_cells(**cells):
    return tuple(cells.get(name, cell) for name, cell in zip(HEADER, ROW, strict=True))


def table(*rows, delimiter=",", header=HEADER):
    return "".join(delimiter.join(row) + "\n" for row in (header, *rows))


def read(body, notes=None):
    return read_arriving([("new.csv", body)], notes=notes).reports


def refusals(body):
    with pytest.raises(ReportsError) as caught:
        read(body)
    return [str(problem) for problem in caught.value.problems]


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(body, name, change):
    """Give a workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return out.getvalue()


PLAIN = read(table(ROW))
SAME = {
    "letters in lower case": table(with_cells(reliability=" b ", use="Evidence")),
    "full-width letter and digit": table(with_cells(reliability="\uff22", credibility="\uff12")),
    "a mark twice": "\ufeff\ufeff" + table(ROW),
    "the last byte of DOS": table(ROW) + "\x1a",
    "dashes in a day": table(with_cells(occurred_on="2024\u201306\u201310")),
    "midnight by the American clock": table(
        with_cells(occurred_on="6/10/2024 12:00:00 AM", reported_on="6/11/2024 3:15 PM"),
        with_cells(report_id="N2", occurred_on="6/13/2024", reported_on="6/14/2024"),
    ),
    "the order told by the other column": table(
        with_cells(occurred_on="06/10/2024", reported_on="06/11/2024"),
        with_cells(report_id="N2", occurred_on="06/12/2024", reported_on="06/13/2024"),
    ),
}


@pytest.mark.parametrize("body", SAME.values(), ids=SAME.keys())
def test_a_table_of_a_clumsy_hand_reads_as_the_same_report(body):
    assert read(body)[:1] == PLAIN


REFUSED = {
    "other signs between the cells": (
        table(ROW, delimiter="^"),
        "new.csv:1: the heading is in 1 cell (report_id^event_id^",
    ),
    "a wrong sep line": ("sep=;\n" + table(ROW), "new.csv:2: the heading is in 1 cell"),
    "quotes around whole rows": (
        '"' + ",".join(HEADER) + '"\n"' + ",".join(ROW) + '"\n',
        "new.csv:1: the heading is in 1 cell",
    ),
    "a title above": (
        "Reports of June\n\n" + table(ROW),
        "new.csv:3: the heading stands here, not in the first row; delete the rows above it",
    ),
    "grade in one cell": (
        table(with_cells(reliability="B2")),
        "new.csv:2: reliability: 'B2' is not allowed; write B here and 2 under credibility",
    ),
    "half a digit": (
        table(with_cells(credibility="2,5"), delimiter=";"),
        "new.csv:2: credibility: '2,5' is not allowed; write a letter from A to F",
    ),
    "a Cyrillic letter": (
        table(with_cells(reliability="\u0412")),
        "new.csv:2: reliability: '\u0412' ('\\u0412') is not allowed; write a letter from A",
    ),
    "a NUL at the end": (
        table(ROW) + "\0",
        "new.csv:3: report_id: holds a NUL character; delete it",
    ),
    "an endless cell": (
        table(with_cells(summary="x" * 200_000)),
        "new.csv:2: has a cell of more than 131,072 characters; is a quotation mark missing?",
    ),
    "orders that disagree": (
        table(with_cells(occurred_on="13/05/2024", reported_on="06/13/2024")),
        "new.csv:2: occurred_on: '13/05/2024' is not a date; write it as 2023-09-27: it may be",
    ),
    "no hour of a day": (
        table(with_cells(occurred_on="2024-06-10T24:00:00")),
        "new.csv:2: occurred_on: '2024-06-10T24:00:00' is not a date; write it as 2023-09-27",
    ),
}


@pytest.mark.parametrize(("body", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_read_is_refused_by_its_place(body, said):
    assert refusals(body)[0].startswith(said)


def test_a_message_shows_what_stands_in_the_file_and_not_what_was_made_of_it():
    heading = "indicator,from,to,detection,source,rationale\n"
    assert refusals(heading + "*,2024-01-01,2024-02-01,140%,desk,because\n") == [
        "new.csv:2: detection: '140%' is not allowed; write a number from 0 to 1"
    ]


def test_columns_without_end_are_counted_and_not_all_named():
    many = tuple(f"c{n}" for n in range(100_000))
    said = refusals(table((*ROW, *("1" for _ in many)), header=(*HEADER, *many)))
    assert len(said) == 21
    assert said[0].startswith("new.csv:1: header: 99980 more unknown columns; columns are report")


def test_words_with_other_letters_are_all_shown_where_an_encoding_was_not_certain():
    # Hungarian of Windows-1250 has its double acute accents where 1252 has others
    found = decode("new.csv", "Ágyúzás a városban, őrség".encode("cp1250"))
    assert found.note == "was read as Windows-1252: 'Ágyúzás', 'õrség'"


def test_what_cannot_be_windows_1252_is_not_said_to_be_it():
    found = decode("new.csv", "summary\nOstrzał Łodzi, śnieg\n".encode("cp1250"))
    assert "1252" not in str(found)


def of_1904():
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(HEADER)
    return book


def test_day_numbers_of_a_workbook_count_from_where_it_says():
    book, notes = of_1904(), []
    book.active.append(with_cells(occurred_on=43991, reported_on=43992))
    assert [(r.occurred_on, r.reported_on) for r in read(saved(book), notes)] == [(DAY, NEXT)]
    assert str(notes[0]) == (
        "new.csv: occurred_on holds Excel's day numbers, read with 0 as 1 January 1904"
    )


def test_days_of_a_workbook_from_1904_are_days():
    book = of_1904()
    book.active.append(with_cells(occurred_on=DAY, reported_on=NEXT))
    assert [(r.occurred_on, r.reported_on) for r in read(saved(book))] == [(DAY, NEXT)]


FAR = b'<row r="%d"><c r="%s%d" t="inlineStr"><is><t>x</t></is></c></row>'
TOO_LARGE = {
    "a row beyond the last": FAR % (300_000_000, b"A", 300_000_000),
    "cells without end": b"".join(FAR % (n, b"XFD", n) for n in range(9, 1500)),
}


@pytest.mark.parametrize("rows", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_small_workbook_that_grows_without_end_is_refused(rows, monkeypatch):
    monkeypatch.setattr("forecast.beliefs.workbooks.MOST_CELLS", 1_000_000)
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    body = with_part(
        saved(book),
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(b"</sheetData>", rows + b"</sheetData>"),
    )
    assert str(grids_of("new.xlsx", body)) == (
        "new.xlsx: is too large to be a table; save it as CSV (UTF-8)"
    )


def test_a_workbook_with_macros_is_read_and_files_that_are_not_are_named(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append(ROW)
    (tmp_path / "new.xlsm").write_bytes(saved(book))
    for name in ("old.xls", "june.ods", "mac.numbers", "rows.jsonl", "read me.txt", ".hidden.xls"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "other.csv").write_text("city,people\nA,1\n", "utf-8")
    found = read_folder(tmp_path)
    assert [report.report_id for report in found.reports] == ["N1"]
    assert [str(note).removeprefix(f"{tmp_path}/") for note in found.notes] == [
        *(
            f"{name}: is not read ({ending}); save it as .xlsx or as CSV (UTF-8), "
            "or take it out of the folder"
            for name, ending in (
                ("june.ods", ".ods"),
                ("mac.numbers", ".numbers"),
                ("old.xls", ".xls"),
                ("rows.jsonl", ".jsonl"),
            )
        ),
        (
            "other.csv: was left out: no columns that are known (city, people); one of the columns "
            "verdict, announcement_id, report_id, detection, source_id tells what it holds"
        ),
    ]


def test_a_column_alone_still_decides_for_itself():
    assert read_days(["13/06/2024", "03/04/2024"]).days[1] == dt.date(2024, 4, 3)


def test_outcomes_in_a_workbook_are_read_and_files_that_are_not_are_named(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(("question", "outcome", "on", "note"))
    (tmp_path / "a.ods").write_bytes(b"")
    (tmp_path / "b.xlsx").write_bytes(saved(book))
    notes = []
    assert read_outcome_folder(tmp_path, {}, today=DAY, states={}, notes=notes) == []
    assert [note.came for note in notes] == ["is not read (.ods)"]
    book.active.append(("unknown", "yes", DAY, "why"))
    (tmp_path / "b.xlsx").write_bytes(saved(book))
    with pytest.raises(ReportsError, match=r"b\.xlsx:2: question: there is no question 'unknown'"):
        read_outcome_folder(tmp_path, {}, today=DAY, states={})
