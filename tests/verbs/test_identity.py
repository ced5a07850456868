"""Copies of one report count once, however their names are written (invented data)."""

import csv
import dataclasses
import datetime as dt

import pytest

from forecast.beliefs import Report, load
from forecast.beliefs.event_files import read_arriving
from forecast.beliefs.identity import copies as copies_in
from forecast.beliefs.identity import identity, near_twins, spelling_of, unified
from forecast.beliefs.sources import Source, source_named
from forecast.errors import ReportsError
from forecast.escaping import csv_rows
from forecast.inference.encoding import encode
from forecast.inference.observations import happenings
from forecast.issue.check import check_files
from forecast.ledger import Ledger
from forecast.project.project import Project, Record
from forecast.record.reports import add_report

DAY = dt.date(2024, 6, 10)
SAME = {
    "capitals": ["wire", "Wire", "WIRE", "wIre"],
    "nothing to be seen": [
        "wire",
        "wi\u200bre",
        "wire\u2060",
        "\ufeffwire",
        "wi\u00adre",
        "wi\ufe0fre",
    ],
    "blanks": ["le monde", "Le  Monde", "le\u00a0monde", "le\u2003monde", "le\nmonde"],
    "one letter or two": ["Le Caf\u00e9", "Le Cafe\u0301"],
    "full width": ["wire", "\uff37\uff29\uff32\uff25"],
    "ligatures": ["office", "o\ufb03ce"],
    "dashes": ["E-n1", "E\u2010n1", "E\u2011n1", "E\u2013n1", "E\u2212n1", "e-N1"],
    "sharp s": ["Stra\u00dfe", "STRASSE"],
    "fillers": ["wire", "wi\u3164re"],
    "a dotted capital": ["istanbul", "\u0130stanbul"],
}


def report(report_id="N1", **values):
    row = Report(
        report_id=report_id,
        event_id="E-n1",
        lineage="wire",
        occurred_on=DAY,
        reported_on=DAY,
        indicator="shelling_reported",
        reliability="C",
        credibility=3,
        use="evidence",
        summary="Shells fell",
        source_title="Wire",
    )
    return dataclasses.replace(row, **values)


def copies(column, names):
    return [report(f"N{place}", **{column: name}) for place, name in enumerate(names)]


@pytest.fixture
def encoding(fresh):
    return encode(load(fresh.priors))


@pytest.mark.parametrize("names", SAME.values(), ids=SAME.keys())
def test_spellings_of_one_name_are_one_name(names):
    assert len({identity(name) for name in names}) == 1
    assert list(near_twins(names)) == []


@pytest.mark.parametrize("column", ["lineage", "event_id"])
@pytest.mark.parametrize("names", SAME.values(), ids=SAME.keys())
def test_copies_weigh_as_one_report_in_the_evidence(encoding, column, names):
    (one,) = happenings(encoding, copies(column, names[:1] * 4), as_of=DAY)
    (other,) = happenings(encoding, copies(column, names), as_of=DAY)
    assert other.credibility == one.credibility
    assert getattr(other, "lineages" if column == "lineage" else "event_id") == (
        (names[0],) if column == "lineage" else names[0]
    )


def test_other_names_stay_others(encoding):
    (found,) = happenings(encoding, copies("lineage", ["wire", "w\u0456re", "wires"]), as_of=DAY)
    assert len(found.lineages) == 3


def test_the_first_spelling_is_kept():
    assert [row.lineage for row in unified(copies("lineage", ["Wire", "WIRE"]))] == ["Wire"] * 2
    assert spelling_of("wire", ["Radio", "Wire"]) == "Wire"


def test_a_source_is_found_however_the_report_writes_its_name():
    wire = Source(
        source_id="Wire", label="W", reliability="B", lineages=("wire*",), source="s", rationale="r"
    )
    assert source_named([wire], source_id="WI\u200bRE") is wire
    assert source_named([wire], lineage="WIRE-2") is wire


def test_one_id_written_two_ways_is_one_report_in_a_file():
    cells = "report_id,event_id,lineage,occurred_on,reported_on,indicator,reliability,credibility,"
    cells += "use,summary,source_title\n"
    rest = "E-n1,wire,2024-06-10,2024-06-11,shelling_reported,C,3,evidence,Shells fell,Wire\n"
    reports = read_arriving([("new.csv", f"{cells}N1,{rest}n1,{rest}")]).reports
    assert [row.report_id for row in reports] == ["N1"]
    with pytest.raises(ReportsError, match=r"new\.csv:3: report_id: 'n1' already stands"):
        read_arriving([("new.csv", f"{cells}N1,{rest}n1,{rest.replace('fell', 'fall')}")])


def test_an_id_that_the_ledger_spells_another_way_is_the_report_it_has(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.reports.sync([report("N1")], origin="events")
        assert ledger.take_in([report("n1")], origin="update").known == ("N1",)
        found = ledger.take_in([report("n\u200b1", summary="Shells fall")], origin="update")
        assert found.revised == ("N1",)
        with pytest.raises(ReportsError, match="came twice"):
            ledger.reports.add([report("N2"), report("n2")], origin="update")
        assert [record.report_id for record in ledger.reports.latest()] == ["N1"]


def test_a_copy_in_the_ledger_and_one_in_a_file_have_one_lineage(fresh):
    beliefs = fresh.beliefs()
    with fresh.ledger() as ledger:
        ledger.take_in([report("N1", lineage="Wire", event_id="E1")], origin="update")
        ledger.take_in([report("N2", lineage="WIRE", event_id="e1")], origin="update")
        record = Record.synchronise(fresh, beliefs, ledger)
    mine = [row for row in record.reports if row.report_id in {"N1", "N2"}]
    assert {(row.lineage, row.event_id) for row in mine} == {("Wire", "E1")}


def test_a_report_added_by_hand_is_known_by_any_spelling_of_its_id(fresh):
    cells = {
        "report_id": "N1",
        "event_id": "E-n1",
        "lineage": "wire",
        "occurred_on": "2024-06-10",
        "reported_on": "2024-06-11",
        "indicator": "shelling_reported",
        "reliability": "C",
        "credibility": "3",
        "use": "evidence",
        "summary": "Shells fell",
        "note": "invented",
    }
    assert add_report(fresh, cells).state == "new"
    assert add_report(fresh, {**cells, "report_id": "n1"}).state == "known"
    with pytest.raises(ReportsError, match="'N1' is another report"):
        add_report(fresh, {**cells, "report_id": "n1", "summary": "Shells fall"})


TWINS = [
    (["wire", "wir\u0435"], "letters that look alike"),
    (["org", "0rg"], "letters that look alike"),
    (["le-monde", "le monde"], "signs or blanks"),
    (["Reuters agency", "Reuters agensy"], "one letter"),
    (["ministry of defence", "minsitry of defence"], "one letter"),
    (["Le Café", "Le Cafe"], "accents"),
    (["Süddeutsche", "Sueddeutsche"], "accents"),
    (["Øst og Łódź", "ost og lodz"], "accents"),
    (["The Guardian", "Guardian"], "an article or the order of words"),
    (["Wire & Cable Agency", "The Cable and Wire Agency"], "an article or the order of words"),
    (["British Broadcasting Corporation", "BBC"], "an abbreviation"),
    (["AFP", "Agence France-Presse"], "an abbreviation"),
    (["Ministry of Defence", "MOD"], "an abbreviation"),
]


@pytest.mark.parametrize(("names", "why"), TWINS)
def test_near_twins_are_paired(names, why):
    assert list(near_twins(names)) == [(*names, why)]


@pytest.mark.parametrize(
    "names",
    [
        ["R-2024-001", "R-2024-002"],
        ["E-kharkiv-a", "E-kharkiv-b"],
        ["north", "south"],
        ["A", "B"],
        ["Red Cross", "River Crossing"],
        ["US", "UK"],
        ["E-a-1", "E-1-b"],
        ["us-gov", "UN"],
        ["E-talks-01-02", "E-talks-02-01"],
    ],
)
def test_names_that_are_meant_to_differ_are_no_twins(names):
    assert list(near_twins(names)) == []


def test_check_points_at_near_twins_and_merges_nothing(fresh):
    path = fresh.events / "reports.csv"
    text = path.read_text("utf-8")
    path.write_text(text.replace("E-shelling-1", "E-sh\u0435lling-1", 1), "utf-8")
    said = [str(problem) for problem in check_files(Project(fresh.root))]
    assert any("differ by letters that look alike and count as two" in line for line in said)


TITLE = "Shells fell on the Old Town"
COPIES = [
    ({}, {"lineage": "Wire"}, ""),
    ({}, {"lineage": "herald", "source_url": "http://m.example.org/a?utm_source=x"}, "the article"),
    ({}, {"lineage": "herald", "source_url": "https://example.net/b"}, "a title"),
    ({}, {"lineage": "herald", "source_url": "https://example.net/b", "source_title": "Wire"}, ""),
    ({}, {"lineage": "herald", "source_url": ""}, ""),
    ({}, {"lineage": "herald", "event_id": "E-n2"}, ""),
    (
        {"source_title": "shells fell on the \u201cOld\u201d Town"},
        {
            "lineage": "herald",
            "reported_on": DAY + dt.timedelta(1),
            "source_url": "https://example.net/b",
            "source_title": "Shells Fell On The Old Town.",
        },
        "a title",
    ),
]


@pytest.mark.parametrize(("one", "two", "why"), COPIES)
def test_reports_of_one_event_that_cite_one_article_are_pointed_at(one, two, why):
    """Two lineages that cite one address, or one long title at two addresses, may be copies."""
    said = {"source_title": TITLE, "source_url": "https://example.org/a"}
    found = list(copies_in([report("N1", **(said | one)), report("N2", **(said | two))]))
    assert [reason for *_, reason in found] == ([why] if why else [])


def test_check_points_at_copies(fresh):
    path = fresh.events / "reports.csv"
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    for row in rows:
        row["source_url"] = "https://example.org/a"
    path.write_text(csv_rows([list(rows[0]), *(list(row.values()) for row in rows)]), "utf-8")
    said = [str(problem) for problem in check_files(Project(fresh.root))]
    told = "'R002' cites the article of 'R003' and counts as a second source; give it the lineage"
    assert any(told in line for line in said)


def test_names_with_short_words_are_no_twins_and_many_are_counted(fresh):
    assert list(near_twins([f"x_{name}-2023-01-02" for name in ("no", "on", "off")])) == []
    pairs = "".join(
        f"U{n}{end},event of town {chr(97 + n) * 5}{end},v{n}{end},2024-06-10,2024-06-11,"
        "shelling_reported,B,2,evidence,s,t\n"
        for n in range(8)
        for end in ("", "s")
    )
    heading = (
        "report_id,event_id,lineage,occurred_on,reported_on,indicator,reliability,credibility,"
    )
    (fresh.events / "more.csv").write_text(f"{heading}use,summary,source_title\n{pairs}", "utf-8")
    said = [one for one in check_files(fresh) if one.where == "event_id"]
    assert len(said) == 6
    assert said[-1].came == "3 more pairs of names are nearly the same"


def test_a_verdict_finds_its_report_whatever_the_spelling_of_its_id(fresh):
    """Also of the report that speaks for it; the ledger holds the spelling of the reports."""
    (fresh.events / "verdicts.csv").write_text(
        "report_id,verdict,known_on,reason,by\nr002,refuted,2024-06-20,because,r001\n", "utf-8"
    )
    assert [one for one in check_files(fresh) if one.severity == "error"] == []
    with fresh.ledger() as ledger:
        Record.synchronise(fresh, fresh.beliefs(), ledger)
        (held,) = ledger.sources.verdicts()
    assert (held.report_id, held.by) == ("R002", ("R001",))
