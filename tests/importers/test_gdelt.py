"""`forecast events import --format gdelt2`: every row is accounted for, and repeats count once."""

import datetime as dt
import gzip
import zipfile

import numpy as np
import pytest

from forecast.beliefs import load, read_events
from forecast.importers.mapping import Seen, hashed
from tests.importers.event_rows import COLUMNS, MAPPING, gdelt, imported, reasons, written

COMMON = ("--format", "gdelt2", "--mapping", "mapping.yaml", "--out", "events/new.csv")


def bring(project, capsys, *rows, name="rows.csv", options=(), code=0):
    """Import rows; give what was told."""
    (project / name).write_bytes(b"".join(_bytes(row) + b"\n" for row in rows))
    return imported(capsys, name, *COMMON, *options, code=code)


def _bytes(row):
    return row if isinstance(row, bytes) else row.encode()


def balanced(found):
    """Tell whether every row ended in exactly one heap."""
    heaps = sum(each["rows"] for group in ("merged", "dropped") for each in found[group])
    return found["read"] == found["kept"] + heaps


def test_a_mirrored_article_counts_once(project, capsys):
    """The same article, code and day between the same two, in either direction, is one report."""
    found = bring(project, capsys, gdelt(1), gdelt(2, "RUS", "PRK"), gdelt(3, "PRKGOV", "RUS"))
    assert (found["read"], found["kept"]) == (3, 1)
    assert sum(reasons(found, "merged").values()) == 2
    assert [row["report_id"] for row in written(project / "events/new.csv")] == ["gdelt2-1"]


def test_what_is_written_is_read_by_the_project(project, capsys):
    """The file has the columns of events/, each report its grade, day, use and address."""
    bring(project, capsys, gdelt(1), gdelt(2, day="20230101", SOURCEURL="https://example.org/b"))
    reports, _ = read_events(project / "events", beliefs=load(project / "priors.yaml"))
    ours = {each.report_id: each for each in reports if each.file.endswith("new.csv")}
    assert {key: each.use for key, each in ours.items()} == {
        "gdelt2-1": "evidence",
        "gdelt2-2": "prior",
    }
    first = ours["gdelt2-1"]
    assert (first.grade, str(first.occurred_on), first.indicator, first.source_url) == (
        "C3",
        "2024-03-04",
        "envoys_meet",
        "https://example.org/a",
    )


def test_mentions_confirm_nothing(project, capsys):
    """A row weighs the same whatever its numbers of mentions, sources and articles say."""
    many = {"NumMentions": "9999", "NumSources": "500", "NumArticles": "9999"}
    bring(project, capsys, gdelt(1))
    one = (project / "events/new.csv").read_text("utf-8")
    (project / "events/new.csv").unlink()
    bring(project, capsys, gdelt(1, **many))
    assert (project / "events/new.csv").read_text("utf-8") == one


@pytest.mark.parametrize(("lineage", "lineages"), [("article", 2), ("event", 1)])
def test_articles_of_one_event_share_a_lineage_on_request(project, capsys, lineage, lineages):
    """Two articles are one event; the mapping says whether they are two sources or one."""
    mapping = MAPPING.replace("lineage: article", f"lineage: {lineage}")
    (project / "mapping.yaml").write_text(mapping, "utf-8")
    bring(project, capsys, gdelt(1), gdelt(2, SOURCEURL="https://example.com/b"))
    rows = written(project / "events/new.csv")
    assert len({row["event_id"] for row in rows}) == 1
    assert len({row["lineage"] for row in rows}) == lineages


def test_every_row_that_is_not_used_has_a_reason(project, capsys):
    """Unknown codes, broken rows, dates, ids and other actors are counted and never raise."""
    found = bring(
        project, capsys,
        b"\xef\xbb\xbf" + gdelt(1).encode(),
        gdelt(1, SOURCEURL="https://example.org/other"),
        gdelt(2, code="999"),
        gdelt(3, code="---"),
        gdelt(4, day="20241399"),
        gdelt(5, day=""),
        gdelt(6, DATEADDED="20240101000000"),
        gdelt(7, day="20230101", DATEADDED="20240304000000"),
        gdelt(8, two="CHN"),
        gdelt(9, code="010"),
        "half a row\t1",
        gdelt(10).replace("PRK", "PR\0K"),
        gdelt(11, SOURCEURL="https://example.org/é").encode("latin-1"),
        gdelt(12, day="20240303", SOURCEURL="https://example.org/c"),
        gdelt(13, one="PRK", two="RUS", code="190"),
        gdelt(""),
        gdelt(" "),
        b"x" * 3_000_000,
        "",
    )  # fmt: skip
    assert balanced(found)
    assert (found["read"], found["kept"]) == (18, 3)
    assert reasons(found, "merged") == {"id came before": 1}
    assert reasons(found, "dropped") == {
        "unknown code": 2,
        "no id": 2,
        "not a date": 2,
        "reported before it happened": 1,
        "reported more than 31 days after": 1,
        "other actors": 2,
        "no rule for the code": 1,
        "broken row: another number of cells": 1,
        "broken row: NUL characters": 1,
        "broken row: longer than 1 MiB": 1,
    }
    assert reasons(found, "remarks")["file begins with a byte-order mark"] == 1
    assert reasons(found, "remarks")["row is not UTF-8 and was read as Windows-1252"] == 1
    assert reasons(found, "remarks")["row is dated before the one above it"] >= 1
    assert {each["code"] for each in found["unknown_codes"]} == {"999", "---"}
    first = {each["reason"]: each["first"] for each in found["dropped"]}
    assert first["unknown code"] == "rows.csv:3"


def test_direction_matters_where_a_rule_says_so(project, capsys):
    """`by` and `to` take only the rows in that direction."""
    found = bring(project, capsys, gdelt(1, "RUS", "PRK", "193"), gdelt(2, "PRK", "RUS", "193"))
    assert (found["kept"], reasons(found, "dropped")) == (1, {"other actors": 1})


@pytest.mark.parametrize("kind", ["gzip", "zip", "utf-16", "headed"])
def test_files_are_read_packed_and_in_other_encodings(project, capsys, kind):
    """Gzip, zip, UTF-16 and a file with a heading give the same report."""
    text = gdelt(1) + "\n"
    path = project / "rows.bin"
    if kind == "gzip":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.export.CSV", text)
            archive.writestr("b.export.CSV", gdelt(2, "RUS", "PRK") + "\n")
    elif kind == "utf-16":
        path.write_bytes(text.encode("utf-16"))
    else:
        path.write_text("\t".join(COLUMNS) + "\n" + text, "utf-8")
    found = imported(capsys, path, *COMMON)
    assert (found["kept"], balanced(found)) == (1, True)
    assert found["read"] == (2 if kind == "zip" else 1)


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_a_file_that_breaks_off_is_used_as_far_as_it_goes(project, capsys, kind):
    """A damaged gzip file is a remark; a zip archive, whose list is at its end, one line."""
    rows = "".join(gdelt(n, SOURCEURL=f"https://e.org/{n * 7919}") + "\n" for n in range(3000))
    path = project / "rows.bin"
    path.write_bytes(gzip.compress(rows.encode()))
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.CSV", rows)
    packed = path.read_bytes()
    path.write_bytes(packed[: len(packed) // 2])
    found = imported(capsys, path, *COMMON, code=0 if kind == "gzip" else 1)
    if kind == "zip":
        assert "rows.bin: cannot be unpacked (File is not a zip file)" in found
        return
    assert any(each["reason"].startswith("file breaks off") for each in found["remarks"])
    assert balanced(found)


def counting(project):
    mapping = MAPPING.replace("shelling_reported", "shells").replace("article", "event")
    (project / "mapping.yaml").write_text(mapping, "utf-8")


def test_counts_are_weekly_and_count_an_event_once(project, capsys):
    """Two articles of one event are one; weeks without a hit but with other rows are zero."""
    counting(project)
    rows = [
        gdelt(1, "RUS", "PRK", "193"),
        gdelt(2, "RUS", "PRK", "193", SOURCEURL="https://example.com/b"),
        gdelt(3, "RUS", "PRK", "194", SOURCEURL="https://example.com/c"),
        gdelt(4, "USA", "GBR", "010", day="20240312"),
    ]
    bring(project, capsys, *rows)
    found = written(project / "events/new.csv")
    assert [(row["indicator"], row["value"]) for row in found] == [("shells", "2"), ("shells", "0")]
    beliefs = load(project / "priors.yaml")
    assert [float(row["exposure"]) for row in found] == pytest.approx([1 / beliefs.grid.step] * 2)
    read_events(project / "events", beliefs=beliefs)
    days = [dt.date.fromisoformat(row["occurred_on"]) for row in found]
    assert [(day - beliefs.brief.as_of).days % 7 for day in days] == [1, 1]
    assert [row["reported_on"] for row in found] == [str(day + dt.timedelta(6)) for day in days]


def test_weeks_of_a_stated_window_are_whole(project, capsys):
    """With --from and --to every week between is there, zero where no row fell into it."""
    counting(project)
    bring(project, capsys, gdelt(1, "RUS", "PRK", "193"), gdelt(2, "RUS", "PRK", "193", "20240501"),
          options=("--from", "2024-03-01", "--to", "2024-03-31"))  # fmt: skip
    found = written(project / "events/new.csv")
    step = load(project / "priors.yaml").grid.step
    assert sum(int(row["value"]) for row in found) == 1
    assert sum(float(row["exposure"]) for row in found) * step == pytest.approx(31, abs=1e-3)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("envoys_meet", "envoys_met", "mapping.yaml:10: rules[0].indicator: unknown indicator"),
        ('"04"', '"99"', "unknown code '99'"),
        ('"04"', "04", "put it in quotes"),
        ("by: south", "by: sotuh", "did you mean 'south'"),
        ("grade: C3", "grade: G7", "a grade is a letter"),
        ("codes:", "code:", "unknown key 'code'"),
        ("format: gdelt2", "format: icews", "is a mapping of icews, not of gdelt2"),
        ("rules:", "rules: []\nother:", "rules"),
        ("lineage: article", "lineage: artikel", "'artikel'; write article or event"),
        ('["04"]', "[1e3]", "rules[0].codes[0]: 1e3 stands where text should; put it in quotes"),
        ('["04"]', '"04"', "rules[0].codes: '04' stands where a list should; put it in brackets"),
        ("[PRK]", "30-60%", "actors.north: '30-60%' stands where a list should; put it in"),
        ("grade: C3", "grade:", "grade: nothing stands where text should; write one, in quotes"),
        (MAPPING, "", "mapping.yaml: is empty; a mapping has format, grade, actors and rules"),
        (MAPPING, "- a", "is not a mapping at the top; a mapping has format, grade, actors"),
    ],
)
def test_a_fault_of_the_mapping_is_told_with_its_line(project, capsys, old, new, said):
    """Nothing is imported with a mapping that says something else than it means."""
    (project / "mapping.yaml").write_text(MAPPING.replace(old, new), "utf-8")
    told = bring(project, capsys, gdelt(1), code=1)
    assert said in told
    assert not (project / "events/new.csv").exists()


def test_a_list_with_a_wrong_entry_is_not_called_empty(project, capsys):
    """Only the entry is told; what follows from it is no mistake of the author."""
    (project / "mapping.yaml").write_text(MAPPING.replace('"04"', "04"), "utf-8")
    assert "is empty" not in bring(project, capsys, gdelt(1), code=1)


def test_nothing_is_written_over_or_for_nothing(project, capsys):
    """A file that is there stays; without a row that is kept no file is made."""
    bring(project, capsys, gdelt(1, two="CHN"), code=1)
    assert not (project / "events/new.csv").exists()
    bring(project, capsys, gdelt(1))
    assert "is there already" in bring(project, capsys, gdelt(1), code=1)
    assert sorted(path.name for path in (project / "events").iterdir()) == [
        "coverage.csv", "new.csv", "reports.csv",
    ]  # fmt: skip


def test_the_set_of_keys_agrees_with_a_set():
    """Over many batches the keys told to be new are those that a Python set has not."""
    draw = np.random.default_rng(7)
    seen, plain = Seen(), set()
    for _ in range(60):
        batch = [str(n) for n in draw.integers(0, 4000, size=200)]
        expected = [key not in plain and key not in batch[:n] for n, key in enumerate(batch)]
        assert seen.first(hashed(batch)).tolist() == expected
        plain |= set(batch)
    assert len(seen) == len(plain)
