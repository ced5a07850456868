"""Files of outcomes and of a crowd: every row is used, or counted and named; never a traceback."""

import json

import pytest

from tests.cli.terminal import without_traceback

QUESTION = "broken_by_end_2024"
HEAD = "question,date,probability\n"
GOOD = HEAD + f"{QUESTION},2024-03-01,0.4\n"


def crowd(forecast, folder, content, *options):
    path = folder / "crowd.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = forecast("score", "--crowd", "crowd.csv", *options)
    if done.code:
        without_traceback(done)
    return done


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GOOD + f"{QUESTION},2024-02-30,0.4\n", "crowd.csv:3: date: '2024-02-30' is not a date"),
        (GOOD + f"{QUESTION},2024-04-01,140%\n", "crowd.csv:3: probability: '140%' is not allowed"),
        (GOOD + f"{QUESTION},2024-04-01,nan\n", "'nan' is not allowed; write a number from 0 to 1"),
        (GOOD + f"{QUESTION},2024-04-01\n", "crowd.csv:3: has 2 cells; the header has 3"),
        (GOOD + f'{QUESTION},2024-04-01,"0.4\n', "is not readable CSV"),
        (GOOD.encode() + b"\xff\xfe,2024-04-01,0.5\n", "crowd.csv:3: is not UTF-8 text"),
        (b"", "crowd.csv: is empty"),
        (b"\x00\x01\x02", "has other columns"),
        (HEAD, "no row is about a question"),
        (HEAD + "another,2024-03-01,0.4\n", "no row is about a question"),
        ("question,date,probability,price\n", "unknown column 'price'"),
    ],
)
def test_a_crowd_that_cannot_be_read_is_refused_with_its_line(fresh, forecast, content, said):
    done = crowd(forecast, fresh, content)
    assert done.code == 1
    assert said in done.err


@pytest.mark.parametrize("content", [GOOD.encode("utf-16"), GOOD.replace("0.4", "40%")])
def test_a_crowd_as_a_spreadsheet_writes_it_is_read(fresh, forecast, content):
    assert "1 of 1 row used" in crowd(forecast, fresh, content).out


def test_every_problem_of_a_file_is_named_and_counted(fresh, forecast):
    bad = "".join(f"{QUESTION},2024-04-0{n},{n}\n" for n in range(2, 8))
    (fresh / "crowd.csv").write_text(GOOD + bad, "utf-8")
    done = forecast("score", "--crowd", "crowd.csv")
    assert (done.code, done.out) == (1, "")
    *lines, last = done.err.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [f"crowd.csv:{n}" for n in range(3, 9)]
    assert last == "forecast: 6 problems; nothing was changed"


def test_rows_that_are_not_used_are_counted_and_named(fresh, forecast):
    """With a byte-order mark, days out of order, one day twice, and another desk's questions."""
    rows = [
        f"{QUESTION},2024-05-01,0.5",
        f"{QUESTION},2024-03-01,0.3",
        f"{QUESTION},2024-03-01,0.4",
        "elsewhere,2024-03-01,0.9",
        "elsewhere,2024-04-01,0.9",
    ]
    content = b"\xef\xbb\xbf" + (HEAD + "\r\n".join(rows) + "\r\n").encode()
    read = json.loads(crowd(forecast, fresh, content, "--json").out)["crowd"]
    assert read == {
        "rows": 5,
        "used": 2,
        "unknown": [{"question": "elsewhere", "rows": 2}],
        "repeated": 1,
        "unordered": 2,
    }
    said = " ".join(crowd(forecast, fresh, content).out.split())
    assert (
        "Crowd: 2 of 5 rows used; 2 of questions this project does not have (elsewhere); 1" in said
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{q},yes,2024-13-01,a wire", "on: '2024-13-01' is not a date"),
        ("{q},perhaps,2025-01-01,a wire", "'perhaps' is no outcome"),
        ("{q},yes,2025-01-01", "has 3 cells"),
        ("brokn_by_end_2024,yes,2025-01-01,a wire", "did you mean"),
        ("{q},yes,2020-01-01,a wire", "before the question opened"),
    ],
)
def test_outcomes_that_cannot_be_used_are_refused_with_their_line(fresh, forecast, row, said):
    head = "question,outcome,on,source_title\n"
    (fresh / "outcomes.csv").write_text(head + row.format(q=QUESTION) + "\n", "utf-8")
    done = forecast("resolve", "--from", "outcomes.csv")
    without_traceback(done)
    assert done.code == 1
    assert "outcomes.csv:2" in done.err
    assert said in done.err


def test_outcomes_in_the_encoding_of_windows_are_read(fresh, forecast):
    text = f"question,outcome,on,source_title\n{QUESTION},yes,2024-06-01,Überfall\n"
    (fresh / "outcomes.csv").write_bytes(text.encode("cp1252"))
    assert forecast("resolve", "--from", "outcomes.csv").code == 0
    [row] = json.loads(forecast("resolve", "--json").out)["questions"]
    assert row["resolution"]["source"] == "Überfall"


def test_how_a_crowd_was_read_is_told_and_days_to_come_are_refused(fresh, forecast):
    told = crowd(forecast, fresh, GOOD.replace(",", ";").replace("0.4", "0,4"))
    assert "1 of 1 row used" in told.out
    assert told.err.splitlines() == [
        "crowd.csv: has a semicolon between cells.",
        "crowd.csv: probability has decimal commas.",
    ]
    late = crowd(forecast, fresh, GOOD + f"{QUESTION},9999-03-01,0.4\n")
    assert late.code == 1
    assert "crowd.csv:3: date: 9999-03-01 is after today" in late.err
