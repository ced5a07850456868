"""Word: placeholders become content controls that can be renewed, and nothing else changes."""

import io
import json
import re
import zipfile
from functools import partial

import docx
import pytest

from forecast.briefs.regions import evaluate
from forecast.briefs.sentences import stamp_line
from forecast.briefs.word import fill_word
from forecast.errors import DocumentError
from tests.briefs.samples import facts, judgement, vocabulary
from tests.briefs.test_exports import PNG
from tests.cli.terminal import without_traceback


def document(*paragraphs):
    """A Word document; a tuple is a paragraph of several runs, the second one bold."""
    made = docx.Document()
    for said in paragraphs:
        paragraph = made.add_paragraph()
        for number, part in enumerate(said if isinstance(said, tuple) else (said,)):
            paragraph.add_run(part).bold = number == 1 or None
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def figure(node):
    from dataclasses import replace

    from tests.briefs import samples

    return replace(samples.figure(node), png=PNG)


def filled(body, held=None):
    from forecast.briefs.vocabulary import Vocabulary

    words = Vocabulary(held or facts(), figure)
    return fill_word(
        body,
        partial(evaluate, vocabulary=words),
        name="b.docx",
        facts=words.facts,
        stamp=stamp_line(words.facts.stamp),
    )


def text(body):
    root = docx.Document(io.BytesIO(body)).element.body
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    return "\n".join(
        "".join(t.text or "" for t in p.iter(f"{space}t")) for p in root.iter(f"{space}p")
    )


def test_a_placeholder_in_a_sentence_is_filled_however_word_cut_it():
    body, _ = filled(document(("We say {{ forecast.proba", "bility(“talks”) }", "} now.")))
    assert text(body).splitlines()[0] == "We say 68% now."


def test_filling_again_changes_nothing_and_another_forecast_changes_the_regions():
    asked = document(
        "A {{ forecast.probability('talks') }} b",
        "{{ forecast.judgements() }}",
        "{{ forecast.change_sentence('talks') }}",
        "{{ forecast.figure('talks') }}",
        "{{ forecast.notes() }}",
    )
    once, first = filled(asked)
    twice, second = filled(once)
    assert len(first.waiting) == 5
    assert (second.changed, second.waiting) == ([], [])
    assert text(twice) == text(once)
    renewed, third = filled(once, facts(judgement(p=0.2), judgement("ceasefire", 0.9)))
    assert {c.wanted for c in third.changed} >= {
        'forecast.probability("talks")',
        "forecast.judgements()",
    }
    assert "A 20% b" in text(renewed)
    assert (
        'descr="A line rises."'
        in zipfile.ZipFile(io.BytesIO(renewed)).read("word/document.xml").decode()
    )


def test_the_words_around_a_region_may_be_edited():
    once, _ = filled(document("A {{ forecast.word('talks') }} b"))
    opened = docx.Document(io.BytesIO(once))
    opened.paragraphs[0].runs[0].text = "The author says: "
    out = io.BytesIO()
    opened.save(out)
    renewed, _ = filled(out.getvalue(), facts(judgement(p=0.2), judgement("ceasefire", 0.9)))
    assert "The author says: unlikely b" in text(renewed).replace("very ", "")


def test_rows_of_a_table_are_docxtpls():
    made = docx.Document()
    table = made.add_table(rows=3, cols=2)
    table.rows[0].cells[0].text = "{%tr for row in forecast.judgements %}"
    table.rows[1].cells[0].text = "{{ row.judgement }}"
    table.rows[1].cells[1].text = "{{ row.now }}"
    table.rows[2].cells[0].text = "{%tr endfor %}"
    made.add_paragraph("Stamp {{ forecast.issue() }}")
    out = io.BytesIO()
    made.save(out)
    body, _ = filled(out.getvalue())
    rows = docx.Document(io.BytesIO(body)).tables[0].rows
    assert [row.cells[0].text for row in rows] == ["Talks: open", "Ceasefire: open"]
    assert rows[0].cells[1].text == "68% likely"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("{{ forecast.wrod('talks') }}", "paragraph 2: unknown placeholder forecast.wrod"),
        ("{{ forecast.word('talsk') }}", "did you mean 'talks'?"),
        ("x {{ forecast.judgements() }}", "paragraph of its own"),
        (f"{{{{ forecast.word('talks', '{'x' * 60}') }}}}", "64 letters"),
    ],
)
def test_what_cannot_be_filled_is_refused_with_its_paragraph(said, message):
    with pytest.raises(DocumentError, match=re.escape(message)):
        filled(document("First.", said))


def test_words_of_a_report_are_text_in_word():
    from dataclasses import replace

    held = replace(facts(), title="A & <b>bold</b> ]]> claim")
    body, _ = filled(document("{{ forecast.title() }}"), held)
    assert "A & <b>bold</b> ]]> claim" in text(body)


def test_the_round_in_word(project, forecast):
    """Make a Word brief, find it stale against another issue, renew it, find it agrees."""
    assert forecast("brief", "new", "brief.md").code == 0
    assert forecast("brief", "render", "brief.md", "b.docx", "--as-of", "2024-04-17").code == 0
    stale = forecast("brief", "check", "b.docx", "--json")
    assert stale.code == 1
    assert len(json.loads(stale.out)["changed"]) > 3
    assert forecast("brief", "refresh", "b.docx").code == 0
    done = forecast("brief", "check", "b.docx")
    assert (done.code, done.err) == (0, ""), done.out
    assert json.loads(forecast("brief", "provenance", "b.docx", "--json").out)["reproduced"] > 10


@pytest.mark.parametrize("verb", ["check", "refresh", "render", "provenance"])
@pytest.mark.parametrize("body", [b"", b"no zip", b"PK\x03\x04 cut short", "zip"])
def test_a_damaged_document_is_one_line_and_stays(verb, body, project, forecast):
    path = project / "b.docx"
    if body == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "no document")
    else:
        path.write_bytes(body)
    before = path.read_bytes()
    done = forecast("brief", verb, "b.docx")
    assert done.code == 1
    assert "b.docx: is no Word document" in without_traceback(done)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "mark", ["~$docx-brief.docx", ".~lock.docx-brief.docx#", "~$cx-brief.docx"]
)
def test_a_document_open_elsewhere_is_refused_and_stays(mark, project, forecast):
    path = project / "docx-brief.docx"
    path.write_bytes(document("{{ forecast.issue() }}"))
    (project / mark).touch()
    before = path.read_bytes()
    done = forecast("brief", "render", "docx-brief.docx")
    assert done.code == 1
    assert "is open in another program" in without_traceback(done)
    assert path.read_bytes() == before


def test_the_sample_vocabulary_is_complete():
    from forecast.briefs.vocabulary import BLOCKS, INLINE

    assert all(callable(getattr(vocabulary(), name)) for name in (*INLINE, *BLOCKS))


def test_captions_are_numbered_in_word():
    body, _ = filled(
        document('{{ forecast.figure("talks") }}', "{{ forecast.judgements() }}",
                 "{{ forecast.scale_key() }}")
    )  # fmt: skip
    said = text(body).splitlines()
    assert [line.partition(".")[0] for line in said if re.match(r"(Figure|Table) \d", line)] == [
        "Figure 1", "Table 1", "Table 2",
    ]  # fmt: skip
