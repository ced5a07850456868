"""A brief in Word read as its reader would: numbers, pictures, headings; faulty templates."""

import io
import json
from itertools import pairwise

import docx
import pytest
from docx.oxml.ns import qn

from forecast.briefs.blocks import Prose, Table
from forecast.briefs.word import Writer
from tests.briefs.test_round_trip import rounded, shown
from tests.briefs.test_word import document
from tests.cli.terminal import without_traceback


@pytest.fixture
def brief(project, forecast):
    """The follow-on brief of the project in Word."""
    assert forecast("brief", "new", "b.md").code == 0
    assert forecast("brief", "render", "b.md", "b.docx").code == 0
    return project / "b.docx"


def rows_of(path):
    """Every row of every table, by the text of its first cell."""
    w = qn("w:tr"), qn("w:tc"), qn("w:t")
    out = {}
    for row in docx.Document(str(path)).element.body.iter(w[0]):
        cells = ["".join(t.text or "" for t in cell.iter(w[2])) for cell in row.iter(w[1])]
        out[cells[0]] = cells
    return out


def test_every_number_in_word_is_that_of_the_run(brief, forecast):
    """Walks every table of the document against `forecast run --json`."""
    value = json.loads(forecast("run", "--draws", 400, "--no-charts", "--json").out)
    rows = rows_of(brief)
    for judgement in value["judgements"]:
        row = rows[judgement["label"]]
        assert shown(row[1].removesuffix(judgement["word"])) == rounded(judgement["probability"])
        assert row[1].endswith(judgement["word"])
        assert shown(row[5]) == rounded(judgement["at_horizon"]["probability"])
        since = int(row[3].replace("\N{MINUS SIGN}", "-"))
        assert since == round(100 * judgement["since_brief"])
    for question in value["questions"]:
        row = rows[question["text"]]
        assert shown(row[2].removesuffix(question["word"])) == rounded(question["probability"])


def test_pictures_have_words_headings_have_text_and_nothing_is_left_to_fill(brief):
    body = docx.Document(str(brief)).element.body
    pictures = [one for one in body.iter() if one.tag.endswith("}docPr")]
    assert pictures
    assert all(len(one.get("descr")) > 40 for one in pictures)
    text = "".join(t.text or "" for t in body.iter(qn("w:t")))
    assert "{{" not in text
    assert "{%" not in text
    styles = [p.find(f"{qn('w:pPr')}/{qn('w:pStyle')}") for p in body.iter(qn("w:p"))]
    names = ["" if style is None else style.get(qn("w:val")) for style in styles]
    headings = [n for n, name in enumerate(names) if name.startswith("Heading")]
    assert len(headings) > 5
    assert names[-1] != "Heading2"
    assert all(b - a > 1 for a, b in pairwise(headings))


def test_a_short_table_stays_with_its_caption(brief):
    made = docx.Document(str(brief))
    for table in made.element.body.iter(qn("w:tbl")):
        rows = list(table.iter(qn("w:tr")))
        held = [row.find(f".//{qn('w:keepNext')}") is not None for row in rows]
        assert held[0]
        assert held[-1]
        assert all(held[:2] + held[-3:])
        assert all(held) or len(rows) > 8
        after = table.getnext().find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        assert after.get(qn("w:val")) == "Caption"


def written(header, rows):
    """Rows of a table as they are written: whether each is held to the next, and its widths."""
    made = docx.Document()
    prose = tuple(tuple(Prose((cell,)) for cell in row) for row in rows)
    table = Writer(made, None, ())._table(Table(header, prose, "T"))
    found = list(table.iter(qn("w:tr")))
    held = [row.find(f".//{qn('w:keepNext')}") is not None for row in found]
    return held, [int(one.get(qn("w:w"))) for one in found[0].iter(qn("w:tcW"))]


def test_a_table_of_many_lines_is_broken_so_that_no_page_stays_half_empty():
    """Yet its first two rows stay together, and its last three with the caption."""
    short, _ = written(("A", "B"), [("one", "two")] * 6)
    assert all(short)
    long, _ = written(("A", "B"), [("word " * 60, "two")] * 8)
    assert long[:2] == [True, True]
    assert long[-3:] == [True, True, True]
    assert not any(long[2:-3])


def test_one_word_without_end_leaves_the_other_columns_their_room():
    _, widths = written(("A", "Collection", "C"), [("x" * 300, "looked for", "5 Oct 2024")])
    assert min(widths) > 1000  # twentieths of a point


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("A {{ forecast.wrod('talks') }}", "ours.docx: paragraph 2: unknown placeholder"),
        ("A {{ forecast.word('nobody') }}", "ours.docx: paragraph 2: there is no judgement"),
        ("{{ forecast.figure('nobody') }}", "ours.docx: paragraph 2: there is no judgement"),
        ("{%p for x in forecast.nothing %}", "ours.docx: "),
        ("{{ forecast.questions('old') }}", "allowed: open, past, all"),
    ],
)
@pytest.mark.parametrize("verb", ["render", "check", "refresh"])
def test_a_bad_word_document_is_one_line_that_names_the_place_and_stays(
    verb, said, message, project, forecast
):
    path = project / "ours.docx"
    path.write_bytes(document("Issue {{ forecast.issue() }}.", said))
    before = path.read_bytes()
    done = forecast("brief", verb, "ours.docx")
    assert done.code == 1
    assert message in without_traceback(done)
    assert path.read_bytes() == before


def test_a_judgement_that_no_longer_exists_leaves_the_filled_document_as_it_is(project, forecast):
    """A control that asks for a node of another brief, filled in another project."""
    node = json.loads(forecast("run", "--draws", 400, "--no-charts", "--json").out)["judgements"][0]
    path = project / "ours.docx"
    path.write_bytes(document(f"Issue {{{{ forecast.word('{node['node']}') }}}}."))
    assert forecast("brief", "render", "ours.docx").code == 0
    made = docx.Document(str(path))
    for tag in made.element.body.iter(qn("w:tag")):
        tag.set(qn("w:val"), tag.get(qn("w:val")).replace(node["node"], "gone"))
    out = io.BytesIO()
    made.save(out)
    path.write_bytes(out.getvalue())
    for verb in ("check", "refresh"):
        done = forecast("brief", verb, "ours.docx")
        assert done.code == 1
        assert "ours.docx: paragraph 1: there is no judgement 'gone'" in without_traceback(done)
        assert path.read_bytes() == out.getvalue()


def test_a_missing_picture_of_a_text_is_one_line_and_no_document_is_written(project, forecast):
    (project / "t.md").write_text("{{ forecast.issue() }}\n\n![x](gone.png)\n", "utf-8")
    done = forecast("brief", "render", "t.md", "t.docx")
    assert done.code == 1
    assert "t.md: there is no image gone.png" in without_traceback(done)
    assert not (project / "t.docx").exists()


def test_words_of_a_report_are_never_run_as_a_loop():
    """A title with the signs of a template is text, also in a document with loops."""
    from dataclasses import replace

    from tests.briefs.samples import facts
    from tests.briefs.test_word import filled, text

    held = replace(facts(), title="{% for x in y %}{{ 1 + 1 }}")
    loop = ("{%p for row in forecast.judgements %}", "{{ row.judgement }}", "{%p endfor %}")
    body, _ = filled(document("T {{ forecast.title() }}", *loop), held)
    assert "T {% for x in y %}{{ 1 + 1 }}" in text(body)
    assert "Ceasefire: open" in text(body)
    again, found = filled(body, held)
    assert found.changed == []
    assert text(again) == text(body)
    added = docx.Document(io.BytesIO(body))
    for said in loop:
        added.add_paragraph(said)
    out = io.BytesIO()
    added.save(out)
    last, found = filled(out.getvalue(), held)
    assert found.changed == []
    assert "T {% for x in y %}{{ 1 + 1 }}" in text(last)
    assert text(last).count("Ceasefire: open") == 2
