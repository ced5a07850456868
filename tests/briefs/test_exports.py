"""HTML and PDF: everything inside, nothing from outside, and a record of what they show."""

import datetime as dt
import json
import re

import pytest

from forecast.briefs import typeset, web
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
    page = web.page(TEXT, image=lambda _: PNG, record=RECORD)
    assert not re.search(r'(src|href)="(?!data:|#|https://example\.org/a_b")', page)
    assert page.count('<script type="application/json"') == page.count("<script") == 1
    assert json.loads(web.record_of(page)) == json.loads(RECORD)
    assert 'alt="A line rises"' in page


def test_notes_of_a_page_are_numbered_once_and_lead_back():
    page = web.page(TEXT, image=lambda _: PNG, record=RECORD)
    assert re.findall(r'<sup[^>]*><a href="#note-(\d)"', page) == ["1", "1", "2"]
    assert page.count('id="ref-1"') == page.count('href="#ref-1"') == 1
    assert "<code>[^a]</code>" in page


def test_a_pdf_is_tagged_holds_its_record_and_is_the_same_again():
    made = [
        typeset.pdf(TEXT, image=lambda _: PNG, record=RECORD, date=dt.date(2024, 1, 2))
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert b"/StructTreeRoot" in made[0]
    assert b"/MarkInfo" in made[0]
    assert typeset.record_of(made[0]) == RECORD


def test_no_text_is_taken_for_typst():
    """What is code in Typst is printed as it stands."""
    text = '# T\n\n#panic("x") $ \\ @a <b> *c* _d_ ` "q" #{1+1} [x] \\#let\n'
    assert typeset.pdf(text, image=lambda _: PNG, record="{}", date=dt.date(2024, 1, 2))


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
