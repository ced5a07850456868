"""JSON Lines: what is no report is one line with the file and its line, never a traceback."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.beliefs import read_arriving
from forecast.errors import ReportsError

# invented
REPORT = {
    "report_id": "N1",
    "event_id": "E-n1",
    "lineage": "wire",
    "occurred_on": "2024-06-10",
    "reported_on": "2024-06-11",
    "indicator": "shelling_reported",
    "reliability": "B",
    "credibility": 2,
    "use": "evidence",
    "summary": "Shells fell",
    "source_title": "Wire",
}
WINDOW = {
    "indicator": "*",
    "from": "2024-06-01",
    "to": "2024-06-30",
    "detection": None,
    "source": "desk",
    "rationale": "invented",
}


def line(**values):
    return json.dumps({**REPORT, **values}, ensure_ascii=False)


def read(body, notes=None):
    return read_arriving([("new.jsonl", body)], notes=notes)


BAD = {
    "deep": ('{"summary": ' + 100_000 * "[" + 100_000 * "]" + "}", 1, "is nested too deeply"),
    "large": (line() + '\n{"value": 1e999}', 2, "'value' is a number that is too large"),
    "long": (line() + '\n{"value": ' + 100_000 * "9" + "}", 2, "holds a number of 100000 digits"),
    "NaN": (line() + '\n{"value": NaN}', 2, "holds NaN, which is no number"),
    "infinite": (line() + '\n{"value": -Infinity}', 2, "holds -Infinity, which is no number"),
    "twice": (line() + '\n{"use": "prior", "use": "evidence"}', 2, "'use' stands twice"),
    "twice, almost": (line() + '\n{"use": "prior", "USE": "prior"}', 2, "'use' stands twice"),
    "array": ("[" + line() + "]", 1, "is a JSON array"),
    "array over lines": ("[\n" + line() + "\n]", 1, "is a JSON array"),
    "pretty": (json.dumps(REPORT, indent=2), 1, "is one JSON object over several lines"),
    "surrogate": (line() + '\n{"summary": "\\ud800"}', 2, "'summary' holds a NUL or half a"),
    "NUL": (line() + '\n{"summary": "a\\u0000b"}', 2, "'summary' holds a NUL or half a"),
    "list": (line() + '\n{"lineage": ["wire"]}', 2, "'lineage' is a list"),
    "object": (line() + '\n{"lineage": {"a": 1}}', 2, "'lineage' is an object"),
    "text": (line() + '\n"wire"', 2, "is no object"),
    "cut": (line() + "\n" + line()[:-9], 2, "is no JSON"),
    "not UTF-8": (line().encode() + b'\n{"summary": "\xff\xfe\x81"}', 2, "is not UTF-8 text"),
    "empty": ("", 0, "is empty"),
    "blank": (b" \n\n", 0, "is empty"),
}


@pytest.mark.parametrize(("body", "at", "came"), BAD.values(), ids=BAD.keys())
def test_what_is_no_report_is_told_with_file_and_line(body, at, came):
    with pytest.raises(ReportsError) as caught:
        read(body)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("new.jsonl", at)
    assert problem.came.startswith(came)


def test_lines_of_reports_and_of_coverage_may_stand_in_one_file():
    found = read("\ufeff" + line() + "\r\n" + json.dumps(WINDOW) + "\n")
    assert ([row.report_id for row in found.reports], len(found.coverage)) == (["N1"], 1)


def test_ends_of_lines_inside_a_text_do_not_end_its_line():
    text = "One\u2028two\u0085three"
    assert read(line(summary=text)).reports[0].summary == text


def test_days_of_a_file_are_read_as_a_column():
    body = "\n".join(
        [line(occurred_on="13/04/2024"), line(report_id="N2", occurred_on="03/04/2024")]
    )
    assert [str(row.occurred_on) for row in read(body).reports] == ["2024-04-13", "2024-04-03"]


def test_a_misspelt_name_is_told_with_the_nearest():
    body = line().replace("lineage", "linage")
    with pytest.raises(ReportsError) as caught:
        read(body)
    said = [str(problem) for problem in caught.value.problems]
    assert "new.jsonl:1: linage: is unknown; did you mean 'lineage'?" in said
    assert any(text.startswith("new.jsonl:1: lineage: is missing") for text in said)


_CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.binary(max_size=8)
).map(lambda value: value if not isinstance(value, bytes) else value.decode("latin-1"))
_LINES = st.dictionaries(st.sampled_from(sorted(REPORT)), _CELLS).map(
    lambda cells: json.dumps({**REPORT, **cells})
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.one_of(_LINES.map(str.encode), st.binary(max_size=40).map(lambda tail: b"{" + tail)))
def test_any_line_is_read_or_refused(body):
    files, number = {"new.jsonl"}, 1
    try:
        number = len(read(body).reports)
    except ReportsError as error:
        files = {problem.file for problem in error.problems}
    assert (files, number) == ({"new.jsonl"}, 1)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(body):
    with pytest.raises(ReportsError) as caught:
        read(body)
    assert str(caught.value).startswith("new.jsonl")
