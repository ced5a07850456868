"""Sources and verdicts as a user writes them, and the letters reports take from them."""

import json

import pytest

from forecast.beliefs import read_arriving, read_folder, source_of
from forecast.beliefs.tables import as_csv
from forecast.errors import ReportsError

HEAD = (
    "report_id,event_id,lineage,occurred_on,reported_on,indicator,reliability,credibility,use,"
    "summary,source_title,source_url,source_id,reliability_reason\n"
)
SOURCES = """source_id,label,reliability,hosts,lineages,source,rationale
agency,The agency,B,agency.example.org example.net,,Our desk,Usually right
ministry,The ministry,D,,ministry*,Our desk,Interested party
"""


def row(reliability="", source_id="", reason="", *, name="R1", lineage="l", url="", digit="2"):
    return (
        f"{name},E1,{lineage},2024-02-01,2024-02-02,shelling,{reliability},{digit},evidence,"
        f"Something,A title,{url},{source_id},{reason}\n"
    )


@pytest.fixture
def read(tmp_path):
    def read(*rows, sources=SOURCES, verdicts=""):
        (tmp_path / "reports.csv").write_text(HEAD + "".join(rows))
        (tmp_path / "sources.csv").write_text(sources)
        if verdicts:
            (tmp_path / "verdicts.csv").write_text(
                "report_id,verdict,known_on,by,source_title,reason\n" + verdicts
            )
        return read_folder(tmp_path)

    return read


def problems(read, *rows, **files):
    with pytest.raises(ReportsError) as caught:
        read(*rows, **files)
    return [str(problem).partition(": ")[2] for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("given", "letter", "owner"),
    [
        (row(source_id="agency"), "B", "agency"),
        (row(url="https://www.agency.example.org/1"), "B", "agency"),
        (row(url="http://example.net:80/a?b=//c"), "B", "agency"),
        (row(lineage="ministry-spokesman"), "D", "ministry"),
        (row(lineage="ministry", url="https://example.net"), "D", "ministry"),
        (row("B", "agency"), "B", "agency"),
    ],
    ids=["named", "below its host", "with a port", "lineage", "lineage before host", "the same"],
)
def test_an_empty_letter_is_that_of_the_source(read, given, letter, owner):
    (report,) = read(given).reports
    assert (report.reliability, report.source_id, report.inherits) == (letter, owner, True)


def test_a_letter_of_its_own_needs_a_reason_only_where_the_row_names_its_source(read):
    (report,) = read(row("A", "agency", "Seen by us")).reports
    assert (report.reliability, report.inherits) == ("A", False)
    (report,) = read(row("A", url="https://example.net/1")).reports
    assert (report.reliability, report.source_id, report.inherits) == ("A", "", False)
    assert problems(read, row("A", "agency")) == [
        (
            "reliability: A came, but source 'agency' is B; leave it empty, or give a "
            "reliability_reason"
        )
    ]


def test_a_row_that_only_fits_a_source_says_what_it_said(read):
    """The source is found when it is needed; the row itself does not change."""
    with_sources = read(row("B", url="https://example.net/1")).reports
    without = read(row("B", url="https://example.net/1"), sources=SOURCES.replace(".net", ".com"))
    assert with_sources == without.reports


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (row(), "reliability: is empty; a letter from A to F, or the report's source_id"),
        (row(source_id="agenzy"), "source_id: unknown source 'agenzy'; did you mean 'agency'?"),
        (row("", "agency", "why"), "reliability_reason: is a reason without a letter; "),
        (row("X", "agency"), "reliability: 'X' is not allowed; write a letter from A to F"),
    ],
)
def test_what_is_wrong_with_a_letter_is_said_in_its_line(read, given, said):
    assert problems(read, given)[0].startswith(said)


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ("agency,A,B,,,desk,\n", "rationale: is empty; it is required"),
        ("agency,A,G,,,desk,r\n", "reliability: 'G' is not allowed; write a letter from A to F"),
        ("agency,A,B,,,d,r\nagency,A,C,,,d,r\n", "source_id: 'agency' already stands in"),
        ("a,A,B,x.org,,d,r\nb,B,C,x.org,,d,r\n", "hosts: 'x.org' is of source 'a' too; keep one"),
        ("a,A,B,https://x.org,,d,r\n", "hosts: 'https://x.org' is no host; write example.org"),
    ],
)
def test_what_is_wrong_with_a_source_is_said_in_its_line(read, sources, said):
    head = SOURCES.partition("\n")[0] + "\n"
    assert problems(read, row("B"), sources=head + sources)[0].startswith(said)


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("R1,maybe,2024-03-01,R2,,why\n", "verdict: 'maybe' is not allowed; write confirmed"),
        ("R1,refuted,soon,R2,,why\n", "known_on: 'soon' is not a date; write it as 2023-09-27"),
        ("R1,refuted,2024-03-01,R2,,\n", "reason: is empty; it is required"),
        ("R1,refuted,2024-03-01,,,why\n", "by: nothing says so; the id of a report"),
        (
            "R1,refuted,2024-03-01,,t,why\nR1,open,2024-03-01,,,why\n",
            "report_id: 'R1' has one of 2024-03-01 in line 2; a report has one verdict a day",
        ),
    ],
)
def test_what_is_wrong_with_a_verdict_is_said_in_its_line(read, verdict, said):
    assert problems(read, row("B"), verdicts=verdict)[0].startswith(said)


def test_verdicts_come_with_who_says_so(read):
    found = read(row("B"), verdicts="R1,confirmed,2024-03-01,R2 R3,,why\nR1,open,2024-03-02,,,w\n")
    assert [(one.verdict, one.by) for one in found.verdicts] == [
        ("confirmed", ("R2", "R3")),
        ("open", ()),
    ]


def test_json_lines_take_the_letter_of_their_source_too(read):
    sources = read(row("B")).sources
    names = HEAD.strip().split(",")
    line = dict(zip(names, row(source_id="agency").strip().split(","), strict=True))
    line |= {"reliability": None, "credibility": 2}
    reports = read_arriving([("new.jsonl", json.dumps(line))], known_sources=sources).reports
    assert (reports[0].reliability, reports[0].inherits) == ("B", True)
    with pytest.raises(ReportsError, match="unknown source 'agency'; sources are in events"):
        read_arriving([("new.jsonl", json.dumps(line))])


def test_what_is_exported_reads_back_as_the_same(read):
    reports = read(
        row(source_id="agency"),
        row("A", "agency", "Seen by us", name="R2"),
        row("C", name="R3"),
    ).reports
    text = as_csv(reports)
    back = read_arriving([("out.csv", text)], known_sources=read(row("B")).sources).reports
    assert back == reports
    plain = as_csv([reports[2]])
    assert "source_id" not in plain
    assert "reliability_reason" not in plain


def test_files_without_sources_are_read_as_before(tmp_path):
    """Other CSV files with a label, a source and a note are left alone, too."""
    (tmp_path / "reports.csv").write_text(HEAD + row("B"))
    (tmp_path / "other.csv").write_text("label,source,note,rationale\na,b,c,d\n")
    found = read_folder(tmp_path)
    assert (len(found.reports), found.sources, found.verdicts) == (1, [], [])
    assert source_of(found.reports[0], found.sources) is None
