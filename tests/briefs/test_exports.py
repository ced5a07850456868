"""HTML and PDF: everything inside, nothing from outside, and a record of what they show."""

import datetime as dt
import json
import re

import pytest

from forecast.briefs import blocks, pdf, text_reading
from tests.cli.terminal import without_traceback
from tests.docs.test_schema import assert_documented

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
    b"\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
)
TEXT = """# A *title* & more

Words with a note[^a], again[^a], and `[^a]` in code. "#panic()" <not a tag

| a | b |
|---|---|
| 1 | 2[^b] |

- one
- **two**

![A line rises](x.png)

[^a]: First source, <https://example.org/a_b>.
[^b]: Second.
"""
RECORD = '{"evidence_fingerprint": "</script>"}'


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    return tmp_path_factory.mktemp("exports")


def test_a_page_holds_everything_and_asks_for_nothing():
    page = blocks.page(TEXT, image=lambda _: PNG, record=RECORD)
    assert not re.search(r'(src|href)="(?!data:|#|https://example\.org/a_b")', page)
    assert page.count('<script type="application/json"') == page.count("<script") == 1
    assert json.loads(blocks.record_of(page)) == json.loads(RECORD)
    assert 'alt="A line rises"' in page


def test_notes_of_a_page_are_numbered_once_and_lead_back():
    page = blocks.page(TEXT, image=lambda _: PNG, record=RECORD)
    assert re.findall(r'<sup[^>]*><a href="#note-(\d)"', page) == ["1", "1", "2"]
    assert page.count('id="ref-1"') == page.count('href="#ref-1"') == 1
    assert "<code>[^a]</code>" in page


def test_a_pdf_is_tagged_holds_its_record_and_is_the_same_again():
    made = [
        pdf.pdf(TEXT, image=lambda _: PNG, record=RECORD, date=dt.date(2024, 1, 2))
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert b"/StructTreeRoot" in made[0]
    assert b"/MarkInfo" in made[0]
    assert pdf.record_of(made[0]) == RECORD


@pytest.mark.parametrize("before", range(8, 44, 3))
def test_no_page_of_a_pdf_has_a_row_or_two_of_a_table_or_its_caption_alone(before):
    import io

    from pypdf import PdfReader

    rows = "\n".join(f"| row{n:02} | {'word ' * 40}|" for n in range(14))
    above = "A line.\n\n" * before
    text = f"# T\n\n{above}| R | What |\n|---|---|\n{rows}\n\n*Table 1. A caption.*\n\nEnd.\n"
    made = pdf.pdf(text, image=lambda _: PNG, record=RECORD, date=dt.date(2024, 1, 2))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]
    shown = [[n for n in range(14) if f"row{n:02}" in page] for page in pages]
    assert [n for found in shown for n in found] == list(range(14))
    assert all(len(found) >= 2 for found in shown if found)
    last = next(n for n, page in enumerate(pages) if "A caption." in page)
    assert len(shown[last]) >= 3
    assert shown[last][-1] == 13


def test_a_chart_of_a_pdf_stands_with_its_caption_and_dates_are_not_hyphenated():
    import io

    from pypdf import PdfReader

    for before in range(20, 40, 2):
        text = f"# T\n\n{'A line.\n\n' * before}![A line rises](x.png)\n\n*Figure 1. Below.*\n"
        made = pdf.pdf(text, image=lambda _: PNG, record=RECORD, date=dt.date(2024, 1, 2))
        pages = PdfReader(io.BytesIO(made)).pages
        drawn = [n for n, page in enumerate(pages) if list(pdf._pictures(page))]
        assert drawn == [n for n, page in enumerate(pages) if "Below." in page.extract_text()]
    words = "It was said on 31 December 2024 and on 2 January 2025. " * 40
    made = pdf.pdf(f"# T\n\n{words}", image=lambda _: PNG, record=RECORD,
                       date=dt.date(2024, 1, 2))  # fmt: skip
    said = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    assert said.count("December") == 40


def test_a_word_without_end_stays_in_its_column():
    import io

    from pypdf import PdfReader

    text = f"# T\n\n| A | B |\n|---|---|\n| {'x' * 90} {'word ' * 9} | {'other ' * 30} |\n"
    made = pdf.pdf(text, image=lambda _: PNG, record=RECORD, date=dt.date(2024, 1, 2))
    said = PdfReader(io.BytesIO(made)).pages[0].extract_text()
    lines = [line for line in said.splitlines() if "xx" in line]
    assert max(map(len, lines)) < 80
    assert "x" * 90 in "".join(said.split())


def test_no_text_is_taken_for_typst():
    """What is code in Typst is printed as it stands."""
    text = '# T\n\n#panic("x") $ \\ @a <b> *c* _d_ ` "q" #{1+1} [x] \\#let\n'
    assert pdf.pdf(text, image=lambda _: PNG, record="{}", date=dt.date(2024, 1, 2))


@pytest.mark.parametrize("ending", ["html", "pdf"])
def test_an_export_agrees_then_is_found_stale_and_still_tells_its_origin(ending, project, forecast):
    out = f"brief.{ending}"
    assert forecast("brief", "new", "brief.md").code == 0
    assert forecast("brief", "render", "brief.md", out).code == 0
    assert forecast("brief", "check", out).code == 0
    early = forecast("brief", "check", out, "--as-of", "2024-04-17", "--json")
    found = json.loads(early.out)
    assert early.code == 1
    assert {"forecast.stamp()", "forecast.judgements()"} <= {
        row["placeholder"] for row in found["changed"]
    }
    origin = forecast("brief", "provenance", out, "--json")
    value = json.loads(origin.out)
    assert origin.code == 0
    assert value["reproduced"] == value["regions"] == found["regions"]
    assert_documented(value, "`forecast brief provenance brief.md --json`")


def test_a_text_with_an_edited_number_is_not_from_its_issue(project, forecast):
    (project / "t.md").write_text("{{ forecast.stamp() }}\n\nX {{ forecast.answer_word('q') }}")
    name = json.loads(forecast("run", "--draws", 400, "--no-charts", "--json").out)["questions"][0]
    text = "{{ forecast.stamp() }}\n\nX {{ forecast.answer('" + name["question"] + "') }}\n"
    (project / "t.md").write_text(text, "utf-8")
    assert forecast("brief", "render", "t.md").code == 0
    assert forecast("brief", "provenance", "t.md").code == 0
    filled = (project / "t.md").read_text("utf-8")
    (project / "t.md").write_text(re.sub(r">[^<]*%</span>", ">7%</span>", filled), "utf-8")
    done = forecast("brief", "provenance", "t.md")
    assert done.code == 1
    assert "7% is not from it" in done.out


def test_a_missing_image_is_one_line_and_no_file_is_written(project, forecast):
    (project / "t.md").write_text("{{ forecast.issue() }}\n\n![x](gone.png)\n", "utf-8")
    done = forecast("brief", "render", "t.md", "t.pdf")
    assert done.code == 1
    assert "t.md: there is no image gone.png" in without_traceback(done)
    assert not (project / "t.pdf").exists()


@pytest.mark.parametrize("name", ["t.pdf", "t.html", "t.md"])
def test_a_file_that_is_not_ours_has_no_origin(name, project, forecast):
    (project / name).write_text("nothing", "utf-8")
    done = forecast("brief", "provenance", name)
    assert done.code == 1
    assert name in without_traceback(done)


@pytest.fixture
def exported(project, forecast):
    """A brief as a page and as a PDF."""
    assert forecast("brief", "new", "brief.md").code == 0
    for ending in ("html", "pdf"):
        assert forecast("brief", "render", "brief.md", f"brief.{ending}").code == 0
    return project


def edited(path, old, new):
    """Change what is visible in a page, and leave its record alone."""
    text = path.read_text("utf-8")
    head, mark, body = text.partition("<body>")
    assert old in body
    path.write_text(head + mark + body.replace(old, new, 1), "utf-8")


def test_a_number_edited_in_a_page_fails_the_check_and_is_named(exported, forecast):
    path = exported / "brief.html"
    cell = re.search(r"<td[^>]*>(\d+% [a-z ]+)</td>", path.read_text("utf-8"))[1]
    edited(path, f">{cell}</td>", ">7% certain</td>")
    done = forecast("brief", "check", "brief.html", "--json")
    (found,) = json.loads(done.out)["changed"]
    assert (done.code, found["placeholder"]) == (1, "forecast.judgements()")
    assert "7% certain" in found["old"]
    assert cell in found["new"]
    assert "7% certain" in forecast("brief", "check", "brief.html").out
    assert forecast("brief", "provenance", "brief.html").code == 1


@pytest.mark.parametrize("harm", ["note", "region", "picture"])
def test_a_note_a_region_or_a_picture_that_is_gone_or_another_fails_the_check(
    harm, exported, forecast
):
    path = exported / "brief.html"
    text = path.read_text("utf-8")
    if harm == "note":
        edited(path, '<li id="note-1">', '<li id="note-1">Not ')
        title = re.search(r"note-1\">(.*?),", text)[1]
        edited(path, title, "Another title")
    elif harm == "region":
        marker = "<!-- forecast.bottom_line() -->"
        edited(path, marker, "")
    else:
        edited(path, re.search(r"base64,(.{40})", text)[1], "A" * 40)
    found = json.loads(forecast("brief", "check", "brief.html", "--json").out)
    assert not found["agrees"]
    named = {row["placeholder"] for row in found["changed"]}
    cites = {"forecast.evidence(most=12)", "forecast.what_changed()"}  # the note, in their words
    notes = {"forecast.notes()", *cites}
    wanted = {"note": notes, "region": {"forecast.bottom_line()"}, "picture": set()}
    assert named == wanted[harm]
    assert bool(found["figures"]) == (harm == "picture")


def test_the_authors_text_of_a_page_may_be_edited(exported, forecast):
    edited(exported / "brief.html", "Drafted by the program", "Drafted by our program")
    assert forecast("brief", "check", "brief.html").code == 0


def test_a_number_edited_in_a_pdf_fails_the_check_and_its_page_is_named(exported, forecast):
    """The very record, in a PDF that was set from an edited text."""
    record = pdf.record_of((exported / "brief.pdf").read_bytes())
    text = (exported / "brief.md").read_text("utf-8")
    wrong = re.sub(r"assess it as [a-z ]+ \(\d+%", "assess it as certain (7%", text, count=1)
    assert wrong != text
    image = next((exported / "brief_files").glob("*.png")).read_bytes()
    made = pdf.pdf(wrong, image=lambda _: image, record=record, date=dt.date(2024, 1, 2))
    (exported / "brief.pdf").write_bytes(made)
    done = forecast("brief", "check", "brief.pdf")
    assert done.code == 1
    assert re.search(r"brief\.pdf: page \d: .*certain \(7%.* -> ", done.out)


def test_another_picture_in_a_pdf_fails_the_check(exported, forecast):
    record = pdf.record_of((exported / "brief.pdf").read_bytes())
    text = (exported / "brief.md").read_text("utf-8")
    made = pdf.pdf(text, image=lambda _: PNG, record=record, date=dt.date(2024, 1, 2))
    shown = pdf.shown(made)
    assert shown.pictures != pdf.shown((exported / "brief.pdf").read_bytes()).pictures
    (exported / "brief.pdf").write_bytes(made)
    assert forecast("brief", "check", "brief.pdf").code == 1


def test_visible_text_of_a_page_is_read_as_a_reader_sees_it():
    page = blocks.page(
        "A <span data-forecast='forecast.word(\"x\")'>very *likely*[^a]</span> b\n\n"
        "<!-- forecast.judgements() -->\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n*c*\n\n"
        "<!-- /forecast -->\n\n[^a]: A source.\n",
        image=lambda _: PNG, record="{}",
    )  # fmt: skip
    assert text_reading.seen(page).regions == [
        ('forecast.word("x")', "very likely [A source. \u21a9]"),
        ("forecast.judgements()", "a b 1 2 c"),
    ]
    assert "A source." in text_reading.seen(page).notes


def test_a_chart_is_drawn_once_for_an_issue_whatever_the_format(project, forecast, monkeypatch):
    assert forecast("brief", "new", "brief.md").code == 0
    monkeypatch.setattr("forecast.issue.charts.draw_one", None)
    for ending in ("html", "pdf", "docx"):
        assert forecast("brief", "render", "brief.md", f"brief.{ending}").code == 0
        assert forecast("brief", "check", f"brief.{ending}").code == 0


def test_a_page_has_a_dark_dress_and_names_the_column_of_each_cell():
    """So that a phone, which stacks the cells of a row, cuts none off."""
    text = "# T\n\n| Judgement | *Now* |\n| --- | --- |\n| Talks | 37% |\n| | <b> |\n"
    made = blocks.page(text, image=lambda _: b"", record="{}")
    assert made.count('data-label="Judgement"') == made.count('data-label="Now"') == 2
    assert made.count('role="cell"') == 4
    assert made.count('scope="col"') == made.count('role="columnheader"') == 2
    assert "prefers-color-scheme:dark" in made


def test_a_day_in_a_table_of_a_page_is_not_broken_and_a_chart_keeps_its_size_on_a_phone():
    """Only a chart of ours: a picture of the author's is as wide as the window."""
    text = (
        "# T\n\n| By | Q |\n| --- | --- |\n| 31 Dec 2025 | On 31 Dec 2025 |\n\n"
        "![A line](b_files/talks__trajectory.png)\n\n![Logo](logo.png)\n"
    )
    made = blocks.page(text, image=lambda _: PNG, record="{}")
    assert re.findall(r'class="day">([^<]*)<', made) == ["31 Dec 2025"]
    assert re.findall(r'<span class="wide" tabindex="0"><img [^>]*alt="([^"]*)"', made) == [
        "A line"
    ]
