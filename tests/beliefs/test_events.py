import csv
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import content, read_events
from forecast.errors import ReportsError

DATA = Path(__file__).parent / "data" / "events"
HEADER, FIRST = (DATA / "reports.csv").read_text().splitlines()[:2]
COVERAGE = "indicator,from,to,detection,source,rationale\n"


@pytest.fixture
def folder(tmp_path):
    """Write files into a folder of events; the first report stands on line 2."""

    def write(*rows, reports=HEADER, **others):
        (tmp_path / "reports.csv").write_text("\n".join((reports, *rows)) + "\n")
        for name, text in others.items():
            (tmp_path / f"{name}.csv").write_text(text)
        return tmp_path

    return write


def problems(folder, beliefs=None):
    with pytest.raises(ReportsError) as caught:
        read_events(folder, beliefs=beliefs)
    assert str(caught.value).startswith(str(caught.value.problems[0]))
    assert "\n" not in str(caught.value)
    return caught.value.problems


def test_reports_and_coverage_are_read_in_the_order_of_the_files(river):
    reports, coverage = read_events(DATA, beliefs=river)
    assert [report.report_id for report in reports] == ["r1", "r2", "r3", "r4", "r5"]
    assert [report.line for report in reports] == [2, 3, 5, 6, 7]
    assert [report.value for report in reports] == [None, None, 3, -0.5, None]
    assert [report.use for report in reports] == ["evidence"] * 4 + ["prior"]
    assert (reports[0].grade, reports[0].exposure) == ("B2", 1)
    assert [(w.indicator, w.detection) for w in coverage] == [("*", None), ("treaty_signed", 0.95)]
    assert coverage[0].starts_on == dt.date(2021, 3, 1)
    assert coverage[0].ends_on == dt.date(2021, 6, 30)


# One cell is changed; the message names the column, what came, and what is allowed.
CELLS = {
    "bad date": ("occurred_on", "4.3.2021", "'4.3.2021' is not a date; write it as 2023-09-27"),
    "date without dashes": ("occurred_on", "20210304", "'20210304' is not a date"),
    "impossible date": ("occurred_on", "2021-02-30", "'2021-02-30' is not a date"),
    "reported too early": ("reported_on", "2021-03-03", "is before it occurred on 2021-03-04"),
    "unknown indicator": (
        "indicator",
        "talks_rported",
        "unknown indicator 'talks_rported'; did you mean 'talks_reported'?",
    ),
    "bad letter": ("reliability", "G", "'G' is not allowed; write a letter from A to F"),
    "bad digit": ("credibility", "7", "'7' is not allowed; write a letter from A to F and a digit"),
    "bad use": ("use", "proof", "'proof' is not allowed; write evidence or prior"),
    "empty id": ("report_id", "", "is empty; it is required"),
    "empty lineage": ("lineage", " ", "is empty; it is required"),
    "value of a presence": ("value", "3", "talks_reported is a presence and has none"),
    "no number": ("exposure", "much", "'much' is not allowed; write a number, 0 or more"),
    "no exposure": ("exposure", "0", "is 0; must be above 0"),
    "infinite exposure": ("exposure", "inf", "'inf' is not allowed"),
    "no source": ("source_title", "", "no source; give a title, an address, or a note"),
}


def with_cell(column, text, row=FIRST):
    cells = next(csv.reader([row]))
    cells[HEADER.split(",").index(column)] = text
    return ",".join(cells)


@pytest.mark.parametrize(("column", "text", "said"), CELLS.values(), ids=CELLS.keys())
def test_a_bad_cell_is_reported_with_its_file_line_and_column(river, folder, column, text, said):
    here = folder(FIRST.replace("r1,", "r0,", 1), with_cell(column, text))
    (problem,) = problems(here, river)
    assert said in str(problem)
    assert (problem.file, problem.line, problem.where) == (str(here / "reports.csv"), 3, column)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "is empty, but clashes is of kind count"),
        ("-1", "'-1' is not allowed; write a number, 0 or more"),
        ("2.5", "2.5 is not a count; write a whole number"),
    ],
)
def test_a_count_is_a_whole_number_from_zero(river, folder, value, said):
    row = with_cell("value", value, with_cell("indicator", "clashes"))
    (problem,) = problems(folder(row), river)
    assert said in str(problem)


def test_a_value_indicator_needs_its_value(river, folder):
    (problem,) = problems(folder(with_cell("indicator", "gauge")), river)
    assert "is empty, but gauge is of kind value" in str(problem)


def test_what_the_brief_s_author_knew_is_not_evidence(river, folder):
    old = with_cell("occurred_on", "2021-02-01", with_cell("reported_on", "2021-02-02"))
    (problem,) = problems(folder(old), river)
    assert "before the brief's date 2021-03-01; write prior" in str(problem)
    (report,), _ = read_events(folder(with_cell("use", "prior", old)), beliefs=river)
    assert report.use == "prior"


def test_all_bad_rows_are_reported_at_once(river, folder):
    rows = [
        with_cell(column, text, with_cell("report_id", f"r{place}"))
        for place, (column, text, _) in enumerate(CELLS.values())
        if column != "report_id"
    ]
    found = problems(folder(*rows), river)
    assert [problem.line for problem in found] == list(range(2, len(rows) + 2))


def test_without_beliefs_indicators_are_taken_as_they_come(folder):
    reports, _ = read_events(folder(with_cell("indicator", "anything")))
    assert reports[0].indicator == "anything"


def test_a_missing_misspelt_and_repeated_column_is_named(folder):
    header = HEADER.replace("lineage", "linage").replace("actors", "summary")
    said = [str(problem) for problem in problems(folder(FIRST, reports=header))]
    assert any("reports.csv:1: header: column 'lineage' is missing" in text for text in said)
    assert any("unknown column 'linage'; did you mean 'lineage'?" in text for text in said)
    assert any("column 'summary' stands 2 times" in text for text in said)


def test_a_file_that_was_meant_to_hold_reports_is_told_so(folder):
    header = HEADER.replace("report_id", "id")
    assert "column 'report_id' is missing" in str(problems(folder(FIRST, reports=header))[0])


def test_columns_may_stand_in_any_order_and_optional_ones_may_be_left_out(folder, river):
    rows = list(csv.DictReader([HEADER, FIRST]))
    kept = [name for name in reversed(HEADER.split(",")) if rows[0][name]]
    cells = ",".join(f'"{rows[0][name]}"' for name in kept)
    (report,), _ = read_events(folder(cells, reports=",".join(kept)), beliefs=river)
    assert report == read_events(DATA)[0][0]


def test_one_id_for_two_different_reports_is_refused_naming_both_rows(folder):
    other = FIRST.replace("B,2", "C,3")
    (problem,) = problems(folder(FIRST, other))
    assert problem.line == 3
    assert "'r1' already stands in" in problem.came
    assert "reports.csv:2" in problem.came


def test_the_same_row_twice_counts_once(folder):
    reports, _ = read_events(folder(FIRST, FIRST, more=f"{HEADER}\n{FIRST}\n"))
    assert len(reports) == 1


def test_a_row_with_a_stray_comma_is_refused(folder):
    (problem,) = problems(folder(FIRST, FIRST + ",,"))
    assert (problem.line, problem.came) == (3, "has 20 cells")


def test_rows_after_a_text_of_several_lines_keep_their_lines(folder):
    long = FIRST.replace("The ministries met.", '"The ministries\nmet\nagain."')
    bad = with_cell("report_id", "r2", with_cell("use", "no"))
    assert [problem.line for problem in problems(folder(long, bad))] == [5]


def test_blank_lines_and_a_byte_order_mark_are_accepted(folder):
    here = folder()
    path = here / "reports.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\n\r\n{FIRST}\r\n{',' * 17}\r\n".encode())
    reports, _ = read_events(here)
    assert [report.line for report in reports] == [3]


def test_a_file_that_is_not_utf_8_is_refused_with_the_line(folder):
    here = folder()
    (here / "reports.csv").write_bytes(f"{HEADER}\n{FIRST}\n".encode() + b"r2,\xe9")
    (problem,) = problems(here)
    assert (problem.line, problem.came) == (3, "is not UTF-8 text")


def test_an_unclosed_quote_is_refused(folder):
    (problem,) = problems(folder(FIRST.replace("The ministries met.", '"The ministries met.')))
    assert "is not readable CSV" in problem.came


def test_an_empty_or_missing_folder_is_refused(tmp_path):
    assert "holds no file of reports" in str(problems(tmp_path)[0])
    assert "cannot be read" in str(problems(tmp_path / "nowhere")[0])


def test_a_header_without_rows_is_an_empty_file_of_reports(folder):
    assert read_events(folder()) == ([], [])


def test_other_csv_files_are_left_alone(folder):
    reports, coverage = read_events(folder(FIRST, doubts="row,doubt\nr1,none\n"))
    assert (len(reports), coverage) == (1, [])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("talks,2021-03-01,2021-04-01,,s,r", "unknown indicator 'talks'"),
        ("*,2021-03-01,2021-02-01,,s,r", "2021-02-01 is before 2021-03-01; from comes first"),
        ("*,2021-03-01,2021-04-01,1.5,s,r", "'1.5' is not allowed; write a number from 0 to 1"),
        ("*,2021-03-01,2021-04-01,,,r", "source: is empty"),
        ("*,2021-03-01,2021-04-01,,s,", "rationale: is empty"),
        ("*,March,2021-04-01,,s,r", "'March' is not a date"),
    ],
)
def test_a_bad_row_of_coverage_is_reported(river, folder, row, said):
    (problem,) = problems(folder(FIRST, coverage=f"{COVERAGE}{row}\n"), river)
    assert said in str(problem)
    assert problem.file.endswith("coverage.csv")
    assert problem.line == 2


def test_where_a_report_stands_is_no_part_of_what_it_says(folder):
    ((one,), _) = read_events(folder(FIRST))
    ((_, other), _) = read_events(folder(with_cell("report_id", "r0"), FIRST))
    assert (one.line, other.line) == (2, 3)
    assert one == other
    assert content(one) == content(other)


CELL_TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)


@given(summary=CELL_TEXT, title=CELL_TEXT, day=st.dates(), lag=st.integers(0, 100))
def test_what_is_written_to_a_file_is_read_back_the_same(
    tmp_path_factory, summary, title, day, lag
):
    reported = dt.date.fromordinal(min(day.toordinal() + lag, dt.date.max.toordinal()))
    row = dict(next(csv.DictReader([HEADER, FIRST]))) | {
        "summary": summary,
        "source_title": title,
        "occurred_on": day.isoformat(),
        "reported_on": reported.isoformat(),
    }
    here = tmp_path_factory.mktemp("events")
    with (here / "reports.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    (report,), _ = read_events(here)
    read = content(report)
    assert {name: read[name] for name in ("summary", "source_title")} == {
        "summary": summary,
        "source_title": title,
    }
    assert (report.occurred_on, report.reported_on) == (day, reported)
