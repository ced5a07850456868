"""One article says a thing once, whatever its codes, its ways of address, or the file."""

import pytest

from forecast.beliefs import read_events
from forecast.beliefs.identity import article_key
from forecast.project.project import Project
from tests.importers.event_rows import MAPPING, gdelt, imported, reasons, written

FIGHTS = ("190", "193", "194", "195", "180", "182")
VARIANTS = (
    "http://example.org/s",
    "https://example.org/s",
    "https://www.example.org/s",
    "https://example.org/s/",
    "https://example.org/s?utm_source=x",
    "https://EXAMPLE.org/s",
)


def bring(project, capsys, rows, *, lineage="article", out="events/new.csv", count=False):
    """Import rows in which the south acts on the north; give what was told, and the reports."""
    text = MAPPING.replace("lineage: article", f"lineage: {lineage}").replace('"19"', '"19", "18"')
    if count:
        text = text.replace("shelling_reported", "shells")
    (project / "mapping.yaml").write_text(text, "utf-8")
    (project / "rows.CSV").write_text("".join(f"{row}\n" for row in rows), "utf-8")
    common = ("--format", "gdelt2", "--mapping", "mapping.yaml", "--out", out)
    found = imported(capsys, "rows.CSV", *common, code=0 if rows else 1)
    return found, written(project / out)


def fights(urls, codes=FIGHTS, first=900_000_000):
    """Return a row for each address and code, in pairs."""
    return [
        gdelt(first + n, "RUS", "PRK", code, SOURCEURL=url)
        for n, (url, code) in enumerate(zip(urls, codes, strict=True))
    ]


@pytest.mark.parametrize("lineage", ["article", "event"])
def test_an_article_coded_six_ways_is_one_report(project, capsys, lineage):
    """Six codes of one address are one event of one lineage, the other five are told as merged."""
    rows = fights(["https://example.org/one-story"] * 6)
    found, got = bring(project, capsys, rows, lineage=lineage)
    assert (found["read"], found["kept"]) == (6, 1)
    assert reasons(found, "merged") == {"same article and indicator": 5}
    assert len({row["event_id"] for row in got}) == len({row["lineage"] for row in got}) == 1


@pytest.mark.parametrize("lineage", ["article", "event"])
@pytest.mark.parametrize("count", [False, True])
@pytest.mark.parametrize("codes", [["190"] * 6, FIGHTS])
def test_an_article_is_one_however_its_address_is_written(project, capsys, lineage, count, codes):
    """Six ways of writing one address are one report, or one of a weekly count."""
    rows = fights(VARIANTS, codes)
    found, got = bring(project, capsys, rows, lineage=lineage, count=count)
    assert (found["kept"], len(got)) == (1, 1)
    assert got[0]["value"] == ("1" if count else "")


def test_two_indicators_of_one_article_share_its_lineage(project, capsys):
    """An article may tell of a meeting and of a strike: two reports, of one lineage."""
    rows = [*fights(["https://example.org/a"], ["190"]), gdelt(2, "RUS", "PRK", "042")]
    _, got = bring(project, capsys, rows)
    assert {row["indicator"] for row in got} == {"shelling_reported", "envoys_meet"}
    assert len({row["lineage"] for row in got}) == 1


def test_days_and_actors_do_not_make_one_article_two(project, capsys):
    """Other days and other ways of naming an actor are the same confirmation."""
    rows = [gdelt(1), gdelt(2, "PRKGOV"), gdelt(3, day="20240303", DATEADDED="20240304000000")]
    found, got = bring(project, capsys, rows)
    assert (found["kept"], len(got)) == (1, 1)


@pytest.mark.parametrize("url", ["http://m.example.org/one?b=2&a=1#top", "EXAMPLE.org/one?a=1&b=2"])
def test_a_second_import_brings_no_article_in_again(project, capsys, url):
    """What stands in events/ already, by hand or by import, is not imported under another id."""
    bring(project, capsys, fights(["https://example.org/one?a=1&b=2"], ["190"]))
    (project / "rows.CSV").write_text(f"{fights([url], ['182'], 7)[0]}\n", "utf-8")
    common = ("--format", "gdelt2", "--mapping", "mapping.yaml", "--out", "events/later.csv")
    assert "no row was kept" in str(imported_text(capsys, "rows.CSV", *common))
    assert not (project / "events/later.csv").exists()


def test_an_article_that_is_in_the_ledger_alone_is_not_brought_in_again(project, capsys):
    """Reports that came another way than by events/ are known too."""
    bring(project, capsys, fights(["https://example.org/one"], ["190"]), out="new.csv")
    (project / "sent").mkdir()
    (project / "new.csv").rename(project / "sent/new.csv")
    reports, _ = read_events(project / "sent")
    with Project(project).ledger() as ledger:
        ledger.reports.sync(reports, origin="sent")
    rows = fights(["https://amp.example.org/one?utm_medium=x"], ["194"], 7)
    (project / "rows.CSV").write_text(f"{rows[0]}\n", "utf-8")
    common = ("--format", "gdelt2", "--mapping", "mapping.yaml", "--out", "events/later.csv")
    assert "no row was kept" in imported_text(capsys, "rows.CSV", *common)


def imported_text(capsys, *arguments):
    """Run the command for people, where nothing is kept; give what it said."""
    from forecast.cli import main

    capsys.readouterr()
    with pytest.raises(SystemExit) as leaving:
        main(["events", "import", *arguments])
    assert leaving.value.code == 1
    told = capsys.readouterr()
    assert "same article and indicator" in told.out
    return told.err


def test_a_row_without_an_address_is_told_by_publisher_day_and_actors(project, capsys):
    """A service's name in place of an address is no article; two days of it are two."""
    rows = fights(["BBC Monitoring"] * 6)
    rows.append(gdelt(9, "RUS", "PRK", "190", "20240311", SOURCEURL="BBC Monitoring"))
    found, got = bring(project, capsys, rows)
    assert (found["kept"], len({row["lineage"] for row in got})) == (2, 2)


def test_counts_without_addresses_count_the_codes(project, capsys):
    """Where no row names an article, a weekly count is of the events as they are coded."""
    _, got = bring(project, capsys, fights([""] * 6), lineage="event", count=True)
    assert [row["value"] for row in got] == ["6"]


def test_an_article_counts_once_a_week(project, capsys):
    """One article of three events counts once; a second article of one of them does not."""
    rows = fights(["https://e.org/a", "https://e.org/a", "https://e.org/b"], ["190", "193", "190"])
    rows.append(gdelt(5, "RUS", "PRK", "194", SOURCEURL="https://e.org/b"))
    found, got = bring(project, capsys, rows, lineage="event", count=True)
    assert [row["value"] for row in got] == ["2"]
    assert sorted(reasons(found, "merged").values()) == [1, 1]


def test_ids_have_no_signs_of_a_file_in_them(project, capsys):
    """Ids of rows and names of actors become ids of letters, digits and a few signs."""
    script = "../<img src=x onerror=alert(1)>"
    text = MAPPING.replace("    by: south\n    to: north\n", "")
    (project / "mapping.yaml").write_text(text, "utf-8")
    row = gdelt(script, one=script, code="190")
    (project / "rows.CSV").write_text(f"{row}\n", "utf-8")
    common = ("--format", "gdelt2", "--mapping", "mapping.yaml", "--out", "events/new.csv")
    imported(capsys, "rows.CSV", *common)
    got = written(project / "events/new.csv")[0]
    ids = got["report_id"] + got["event_id"] + got["lineage"]
    assert not set("<>()=/") & set(ids)
    assert ".." not in ids


def test_texts_of_a_file_are_printed_in_one_line_and_are_no_formula(project, capsys):
    """Names and addresses of others carry no control characters and begin with no sign."""
    text = MAPPING.replace("    by: south\n    to: north\n", "")
    (project / "mapping.yaml").write_text(text, "utf-8")
    hostile = "=HYPERLINK(1)\x1b[31m"
    first = gdelt(1, one=hostile, code="190", SOURCEURL=hostile)
    long = gdelt(2, one="A" * 20_000, code="190", SOURCEURL="https://example.org/l")
    (project / "rows.CSV").write_text(f"{first}\n{long}\n", "utf-8")
    common = ("--format", "gdelt2", "--mapping", "mapping.yaml", "--out", "events/new.csv")
    found = imported(capsys, "rows.CSV", *common)
    assert reasons(found, "dropped") == {"a cell of more than 10,000 characters": 1}
    row = written(project / "events/new.csv")[0]
    assert row["source_url"] == ""
    assert row["source_title"].startswith("HYPERLINK(1)")
    assert not any(cell[:1] in {"=", "+", "-", "@"} for cell in row.values())
    assert all(cell.isprintable() for cell in row.values())


SAME = [
    ("https://example.org/a/b", "http://example.org/a//b/"),
    ("https://example.org/a?x=1&y=2", "https://example.org/a?y=2&x=1&fbclid=zz"),
    ("https://example.org/a", "https://amp.example.org/a"),
    ("https://example.org/a", "https://example.org/a/amp/"),
    ("https://example.org/a", "https://example.org/amp/a"),
    ("https://example.org/a.html", "https://example.org/a.amp.html?outputType=amp"),
    ("https://example.org/a", "https://www.google.com/amp/s/www.example.org/a"),
    ("https://example.org/a", "https://web.archive.org/web/20240512093011/https://example.org/a"),
    ("https://example.org/a", "http://web.archive.org/web/2024id_/http://www.example.org/a/"),
    ("https://example.org/a?b=1", "https://archive.ph/2024.05.12-093011/https://example.org/a?b=1"),
    ("https://example.org/a", "https://example-org.cdn.ampproject.org/c/s/example.org/a"),
    ("https://example.org/%C3%A9", "https://example.org/\u00e9"),
    ("https://b\u00fccher.example/a", "https://xn--bcher-kva.example/a"),
    ("https://example.org:443/a", "//example.org/a"),
    ("https://example.org/", "https://example.org/index.html"),
    ("https://example.org/a", "https://web.archive.org/web/20240611000000/https://example.org/a"),
    ("https://example.org/a?x=1", "https://web.archive.org/web/2024id_/http://example.org/a?x=1"),
    ("https://example.org/a", "https://web.archive.org/web/20240611/www.example.org/a/"),
    ("https://example.org/a", "https://archive.ph/2024.06.11-101010/https://www.example.org/a"),
    ("https://example.org/a", "https://www.google.com/url?sa=D&q=https://example.org/a&usg=x"),
    ("https://example.org/a", "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa&h=x"),
    (
        "https://example.org/a",
        "https://webcache.googleusercontent.com/search?q=cache:x1:https://example.org/a",
    ),
    ("https://example.org/a", "https://example-org.translate.goog/a?_x_tr_sl=auto&_x_tr_tl=en"),
    ("https://my-site.org/a", "https://my--site-org.translate.goog/a"),
    ("https://en.example.org/a", "https://en.m.example.org/a"),
    ("https://example.org/a", "https://example.org/a?page=all&__twitter_impression=true&m=1"),
    ("https://example.org/a", "https://example.org/a;jsessionid=AB12.x"),
    ("https://example.org/a", "https://example.org/a?PHPSESSID=1&WT.mc_id=2&mbid=3&_ga=4&guce_x=5"),
    ("https://example.org/a", "https://example.org/a/print"),
    ("https://example.org/b/a", "https://example.org/b/../b/./a"),
    ("https://example.org/a", " <https://example.org/a\u200b%20> "),
    ("https://example.org/a", "https://\uff45xample.org/a"),
    ("https://example.org/a", "view-source:https:/example.org/a"),
    ("https://example.org/a/b", "http:\\\\example.org\\a\\b"),
]
OTHER = [
    ("https://example.org/a", "https://example.com/a"),
    ("https://example.org/a?id=1", "https://example.org/a?id=2"),
    ("https://example.org/#!/1", "https://example.org/#!/2"),
    ("https://ampere.org/a", "https://ere.org/a"),
    ("https://m.org/a", "https://org/a"),
    ("https://news.example.org/a", "https://example.org/a"),
    ("https://example.org/a?page=2", "https://example.org/a"),
    ("https://example.org/a?m=2", "https://example.org/a"),
    ("https://www.google.com/search?q=a", "https://www.google.com/search?q=b"),
    ("https://archive.org/details/a", "https://archive.org/details/b"),
    ("https://example.org/review/https://example.net/a", "https://example.net/a"),
    ("https://exam\u0440le.org/a", "https://example.org/a"),
]


@pytest.mark.parametrize(("one", "two"), SAME)
def test_addresses_of_one_article_have_one_key(one, two):
    """Scheme, host for phones, AMP, order, tracking and encoding make no other article."""
    assert article_key(one) == article_key(two) != ""


@pytest.mark.parametrize(("one", "two"), OTHER)
def test_addresses_of_two_articles_have_two_keys(one, two):
    """Another site, another number and another page of an application are other articles."""
    assert article_key(one) != article_key(two)


def test_addresses_in_one_another_without_end_have_a_key():
    """A hostile address is no endless task."""
    for many in ("https://www.google.com/url?q=" * 5000, "https://archive.ph/2024/" * 5000):
        assert article_key(f"{many}https://example.org/a") != ""


@pytest.mark.parametrize(
    "text", ["", "  ", "BBC Monitoring", "NA", "http://", "no address", "a.b c"]
)
def test_what_is_no_address_has_no_key(text):
    """A publisher's name is not taken for an address."""
    assert article_key(text) == ""
