"""Notes in Word stand at the foot of their page, in order, beside those of the author."""

import io
import re
import shutil
import subprocess
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.briefs.word_file import as_word
from forecast.briefs.word_places import Footnotes
from tests.briefs.samples import facts, judgement, report
from tests.briefs.test_exports import PNG
from tests.briefs.test_word import document, filled, text

OFFICE, READER = shutil.which("libreoffice"), shutil.which("pdftotext")


def notes_of(body):
    """Text of every note in the order in which the document refers to them."""
    made = docx.Document(io.BytesIO(body))
    notes = Footnotes(made)
    found = [notes.note(number) for number in notes.references(made.element.body)]
    return ["".join(t.text for t in note.iter(qn("w:t"))).strip() for note in found]


def with_own_note(*paragraphs, said="The author's own."):
    """A document whose first paragraph carries a note of the author."""
    made = docx.Document(io.BytesIO(document("An opening", *paragraphs)))
    notes = Footnotes(made)
    made.paragraphs[0]._p.append(notes.add(said))
    notes.save()
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_reports_are_cited_in_order_and_a_source_again_in_short():
    body, _ = filled(document("{{ forecast.evidence() }}", "{{ forecast.evidence('talks') }}"))
    said = notes_of(body)
    assert [re.search(r"day (\d)", one)[1] for one in said] == ["1", "2", "3", "1", "2", "3"]
    assert all("https://www.example.org/talks/" in one for one in said[:3])
    assert said[3] == "“Talks go on: day 1,” example.org, 1 May 2024, cited above. [B2]"


def test_addresses_are_links_and_styles_those_of_a_footnote():
    body, _ = filled(document("{{ forecast.evidence() }}"))
    made = docx.Document(io.BytesIO(body))
    notes = Footnotes(made)
    links = [one.get(qn("r:id")) for one in notes.root.iter(qn("w:hyperlink"))]
    assert [notes.part.rels[link].target_ref for link in links] == [
        f"https://www.example.org/talks/{number}" for number in (1, 2, 3)
    ]
    names = {style.name for style in made.styles}
    assert {"footnote text", "footnote reference"} <= names
    assert made.settings.element.find(qn("w:footnotePr")) is not None


def test_an_authors_note_stays_and_ours_are_renewed_around_it():
    once, _ = filled(with_own_note("{{ forecast.evidence() }}"))
    held = facts(reports=(report(1), report(2, source_title="Another title")))
    renewed, found = filled(once, held)
    assert len(found.changed) == 1
    assert "Another title" in found.changed[0].new
    assert notes_of(renewed)[0] == "The author's own."
    assert (
        len(notes_of(renewed)) == len(Footnotes(docx.Document(io.BytesIO(renewed))).root) - 2 == 3
    )
    again, found = filled(renewed, held)
    assert found.changed == []
    assert zipfile.ZipFile(io.BytesIO(again)).read("word/footnotes.xml") == zipfile.ZipFile(
        io.BytesIO(renewed)
    ).read("word/footnotes.xml")


def test_a_list_of_notes_that_is_asked_for_takes_the_place_of_the_foot():
    body, _ = filled(document("{{ forecast.evidence() }}", "{{ forecast.notes() }}"))
    assert notes_of(body) == []
    assert "1. “Talks go on: day 1,”" in text(body)


def test_no_note_stands_in_a_header():
    made = docx.Document(io.BytesIO(document("Text {{ forecast.issue() }}")))
    before = judgement().change
    assert before is None
    made.sections[0].header.paragraphs[0].text = "{{ forecast.change_sentence('talks') }}"
    out = io.BytesIO()
    made.save(out)
    body, _ = filled(out.getvalue())
    header = docx.Document(io.BytesIO(body)).sections[0].header._element
    assert not list(header.iter(qn("w:footnoteReference")))
    assert "Since then" in "".join(t.text for t in header.iter(qn("w:t")))


def test_notes_of_a_markdown_text_become_footnotes():
    body = as_word("# T\n\nOne[^a] two[^b].\n\n[^a]: First *source*.\n[^b]: Second.\n",
                   image=lambda _: PNG)  # fmt: skip
    assert notes_of(body) == ["First source.", "Second."]
    assert "First" not in text(body)


LETTERS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="{}%\ufffe\uffff"),
    min_size=1,
    max_size=30,
)


@settings(deadline=None, max_examples=25)
@given(st.lists(LETTERS, min_size=3, max_size=3), st.floats(0.01, 0.99))
def test_the_authors_text_and_every_other_part_stay_as_they_were(said, p):
    """Fill and renew with another forecast: only controls, their notes and the stamp change."""
    first, second, third = said
    asked = with_own_note(f"{first}{{{{ forecast.word('talks') }}}}{second}", third,
                          "{{ forecast.evidence() }}")  # fmt: skip
    once, _ = filled(asked)
    renewed, _ = filled(once, facts(judgement(p=p), judgement("ceasefire", 0.9)))
    assert outside(renewed) == outside(once) == [f"{first}|{second}", third]
    before, after = (zipfile.ZipFile(io.BytesIO(body)) for body in (once, renewed))
    ours = {"word/document.xml", "word/footnotes.xml", "word/_rels/footnotes.xml.rels",
            "docProps/core.xml"}  # fmt: skip
    assert set(before.namelist()) == set(after.namelist())
    for name in set(before.namelist()) - ours:
        assert before.read(name) == after.read(name), name


def outside(body):
    """Text of the paragraphs after the first, a bar where a control stands."""
    root = docx.Document(io.BytesIO(body)).element.body
    out = []
    for paragraph in [child for child in root if child.tag == qn("w:p")][1:]:
        parts = ["|" if c.tag == qn("w:sdt") else "".join(t.text or "" for t in c.iter(qn("w:t")))
                 for c in paragraph]  # fmt: skip
        out.append("".join(parts))
    return [one for one in out if one]


@pytest.mark.skipif(not (OFFICE and READER), reason="there is no LibreOffice, or no pdftotext")
def test_libreoffice_shows_every_word_and_every_note(tmp_path):
    """The first control of a document with notes in its first paragraph, as the reader sees it."""
    body, found = filled(document("{{ forecast.evidence() }}", "{{ forecast.what_changed() }}"))
    (tmp_path / "b.docx").write_bytes(body)
    subprocess.run(
        [OFFICE, f"-env:UserInstallation={(tmp_path / 'office').as_uri()}", "--headless",
         "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "b.docx"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    done = subprocess.run([READER, "-layout", tmp_path / "b.pdf", "-"], check=True, timeout=30,
                          capture_output=True, text=True)  # fmt: skip
    shown = "".join(done.stdout.split())
    table = re.sub(r"\[“.*?\]\]", "", found.regions[0][1])
    for word in table.split():
        assert word in shown
    assert "Envoysmetforthe3thtime,at$5ahead(3May2024);4" in shown
    for number, note in enumerate(notes_of(body), 1):
        assert f"{number}{''.join(note.split())}" in shown
