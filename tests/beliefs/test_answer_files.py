"""Answers of experts as they come: odds, commas, workbooks (invented data)."""

import contextlib
import datetime as dt
import io
import math
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.beliefs import load
from forecast.beliefs.elicitation import askable, read_answers, read_row
from forecast.beliefs.values import FORMS, read_answer, read_share
from forecast.errors import BeliefsError, OutputError
from forecast.study.elicit import append_answer

HARBOUR = Path(__file__).parents[1] / "inference" / "data" / "harbour.yaml"
COLUMNS = ("expert", "on", "prior", "answer", "within", "rationale", "question")
HAZARD = "blockade: none > partial"
CELLS = {
    "expert": "Ada",
    "on": "2024-01-02",
    "prior": HAZARD,
    "answer": "10-30%",
    "within": "",
    "rationale": "a reason",
    "question": "?",
}


@pytest.fixture(scope="module")
def harbour():
    return load(HARBOUR)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("0,1 to 0,3", (0.1, 0.3)),
        ("0,1-0,3", (0.1, 0.3)),
        ("10,5% to 30,5%", (0.105, 0.305)),
        ("1:9 \u2013 1:3", (0.1, 0.25)),
        ("1.5:8.5 to 3:7", (0.15, 0.3)),
    ],
)
def test_intervals_are_read_with_decimal_commas_and_odds(said, expected):
    assert read_answer(said, "icd203") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("said", "expected"),
    [("0,5", 0.5), ("50 %", 0.5), ("5%", 0.05), ("3:1", 0.75), ("1 : 3", 0.25)],
)
def test_a_share_is_a_number_a_percentage_or_odds(said, expected):
    assert read_share(said) == pytest.approx(expected)


MANY = "9" * 400
NO_SHARES = [
    "0:1",
    "1:0",
    f"{MANY}:1",
    f"1:{MANY}",
    "1e400:1",
    "-1:3",
    "3 to 1",
    "1/3",
    "nan",
    MANY,
]


@pytest.mark.parametrize("said", NO_SHARES, ids=range(len(NO_SHARES)))
def test_odds_of_nothing_or_without_end_are_one_line(said):
    with pytest.raises(
        ValueError, match=r"is not a share|has odds of nothing or without end"
    ) as no:
        read_share(said)
    assert len(str(no.value)) < 260


NO_ANSWERS = [
    "3:1",
    "3 to 1",
    "1/3",
    "1:0 to 2:1",
    f"{MANY}:1 to {MANY}:{MANY}",
    "1e400:1",
    "-1:3 to 1:1",
]


@pytest.mark.parametrize("said", NO_ANSWERS, ids=range(len(NO_ANSWERS)))
def test_one_pair_of_odds_is_no_interval_and_that_is_said(said):
    with pytest.raises(ValueError, match=r"is not an answer|has odds of nothing") as no:
        read_answer(said, "icd203")
    assert FORMS in str(no.value)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.one_of(
        st.text(max_size=12), st.text(alphabet="0123456789.,:/%- \u2013to[]e\u0663", max_size=14)
    )
)
def test_any_answer_is_an_interval_between_0_and_1_or_refused(said):
    low, high = 0.25, 0.75
    with contextlib.suppress(ValueError):
        low, high = read_answer(said, "icd203")
    assert 0.0 < low < high < 1.0


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text(alphabet="0123456789.,:/%- e\u0663\uff11", max_size=10))
def test_any_share_is_between_0_and_1_or_refused(said):
    share = 0.5
    with contextlib.suppress(ValueError):
        share = read_share(said)
    assert math.isfinite(share)
    assert 0.0 <= share <= 1.0


def written(tmp_path, delimiter=",", **cells):
    path = tmp_path / "answers.csv"
    row = {**CELLS, **cells}
    lines = [delimiter.join(COLUMNS), delimiter.join(row[name] for name in COLUMNS)]
    path.write_text("\r\n".join(lines) + "\r\n", "utf-8")
    return path


def test_answers_with_semicolons_and_commas_are_read(tmp_path, harbour):
    notes = []
    path = written(tmp_path, delimiter=";", answer="0,1 - 0,3", on="13.1.2024")
    (answer,) = read_answers(path, harbour, notes=notes)
    assert (answer.low, answer.high, answer.on) == (0.1, 0.3, dt.date(2024, 1, 13))
    assert [note.came for note in notes] == ["has a semicolon between cells"]


def test_answers_out_of_a_workbook_are_read(tmp_path, harbour):
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    book.active.append([{**CELLS, "on": dt.date(2024, 1, 2)}[name] for name in COLUMNS])
    stream = io.BytesIO()
    book.save(stream)
    path = tmp_path / "answers.xlsx"
    path.write_bytes(stream.getvalue())
    assert read_answers(path, harbour)[0].on == dt.date(2024, 1, 2)


@pytest.mark.parametrize(
    ("on", "said"),
    [("03/04/2024", "2024-04-03 or 2024-03-04"), ("2024-01-04", "is after today (2024-01-03)")],
)
def test_a_day_with_two_readings_or_to_come_is_refused(on, said, tmp_path, harbour):
    with pytest.raises(BeliefsError, match=r"answers\.csv:2: ") as no:
        read_answers(written(tmp_path, on=on), harbour, today=dt.date(2024, 1, 3))
    assert said in str(no.value)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.dictionaries(st.sampled_from(["on", "answer", "within", "prior"]), st.text(max_size=9)))
def test_any_row_is_an_answer_or_refused(harbour, cells):
    found = None
    with contextlib.suppress(ValueError):
        found = read_row({**CELLS, **cells}, askable(harbour), harbour.brief.scale)
    assert found is None or found.low <= found.high


def test_an_answer_is_not_added_to_a_file_it_would_spoil(tmp_path):
    path = written(tmp_path, delimiter=";")
    before = path.read_bytes()
    with pytest.raises(OutputError, match="name a CSV file with commas"):
        append_answer(path, CELLS)
    assert path.read_bytes() == before


def test_an_answer_is_added_on_a_line_of_its_own(tmp_path, harbour):
    path = written(tmp_path)
    path.write_bytes(path.read_bytes().rstrip())
    append_answer(path, {**CELLS, "expert": "Bo"})
    assert [answer.expert for answer in read_answers(path, harbour)] == ["Ada", "Bo"]


@pytest.mark.parametrize("said", ["10-130%", "1:3 to 1:9", "0-0%", "0.4 / 0.2 / 0.1", "10%-30"])
def test_numbers_that_do_not_rise_are_shown_as_they_were_written(said):
    with pytest.raises(ValueError, match="each number must be above the one before") as no:
        read_answer(said, "icd203")
    assert repr(said) in str(no.value)
    assert FORMS in str(no.value)


def test_odds_of_nothing_for_a_share_are_told_how_a_share_is_written():
    with pytest.raises(ValueError, match=r"'1:0' has odds of nothing.*one number, such as 0\.3"):
        read_share("1:0")
