"""Word documents that are damaged, harmful, or ask where nobody looked: filled, or one line."""

import io
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from forecast.errors import DocumentError
from tests.briefs.samples import facts, judgement
from tests.briefs.test_integrity import rewritten
from tests.briefs.test_word import document, filled, text

SAID = "{{ forecast.probability(“talks”) }}"
CASES = Path(__file__).parents[2].parent / "shared" / "cases" / "docx"


def inside(xml):
    """A document with a paragraph that holds this XML."""
    made = docx.Document(io.BytesIO(document("Before.")))
    paragraph = parse_xml(f"<w:p {nsdecls('w', 'r')}>{xml}</w:p>")
    made.element.body.insert(1, paragraph)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def run(said):
    return f'<w:r><w:t xml:space="preserve">{said}</w:t></w:r>'


MINE = '<w:sdtPr><w:tag w:val="mine"/></w:sdtPr>'
ABOUT = 'w:id="1" w:author="A" w:date="2026-01-01T00:00:00Z"'


@pytest.mark.parametrize(
    "xml",
    [
        f"<w:ins {ABOUT}>{run(SAID)}</w:ins>",
        f"{run(SAID[:9])}<w:ins {ABOUT}>{run(SAID[9:])}</w:ins>",
        f"<w:ins {ABOUT}>{run(SAID[:9])}</w:ins>{run(SAID[9:20])}{run(SAID[20:] + ' after')}",
        f"<w:sdt>{MINE}<w:sdtContent>{run(SAID)}</w:sdtContent></w:sdt>",
        f'<w:hyperlink w:anchor="x">{run(SAID)}</w:hyperlink>',
        f"<w:smartTag>{run(SAID)}</w:smartTag>",
        f'<w:fldSimple w:instr="AUTHOR">{run(SAID)}</w:fldSimple>',
        f"<w:del {ABOUT}><w:r><w:delText>{SAID}</w:delText></w:r></w:del>{run(SAID)}",
    ],
)  # fmt: skip
def test_a_placeholder_is_filled_wherever_a_line_holds_it(xml):
    """Tracked insertions, controls of the house, links, smart tags, simple fields."""
    body, found = filled(inside(f"{run('Chance ')}{xml}{run(' x')}"))
    assert "Chance 68%" in text(body)
    assert text(body).splitlines()[1].endswith(" x")
    assert len(found.regions) == 1
    again, found = filled(body, facts(judgement(p=0.2), judgement("ceasefire", 0.9)))
    assert [one.new for one in found.changed] == ["20%"]
    assert "Chance 20%" in text(again)


def test_a_control_of_whole_paragraphs_of_the_house_is_filled():
    made = docx.Document(io.BytesIO(document("Before.")))
    block = parse_xml(
        f"<w:sdt {nsdecls('w')}><w:sdtPr><w:tag w:val='house'/></w:sdtPr><w:sdtContent>"
        f"<w:p>{run(SAID)}</w:p><w:p>{run('{{ forecast.judgements() }}')}</w:p>"
        "</w:sdtContent></w:sdt>"
    )
    made.element.body.insert(1, block)
    out = io.BytesIO()
    made.save(out)
    body, found = filled(out.getvalue())
    assert len(found.regions) == 2
    assert "68%" in text(body)
    assert filled(body)[1].changed == []


def test_every_header_and_footer_is_filled_those_of_first_and_even_pages_too():
    made = docx.Document(io.BytesIO(document("Text.")))
    section = made.sections[0]
    section.different_first_page_header_footer = True
    made.settings.odd_and_even_pages_header_footer = True
    kinds = ("header", "footer", "first_page_header", "first_page_footer",
             "even_page_header", "even_page_footer")  # fmt: skip
    for kind in kinds:
        getattr(section, kind).paragraphs[0].text = f"{kind} {SAID}"
    out = io.BytesIO()
    made.save(out)
    body, found = filled(out.getvalue())
    section = docx.Document(io.BytesIO(body)).sections[0]
    for kind in kinds:
        words = getattr(section, kind).paragraphs[0]._p.iter(qn("w:t"))
        assert "".join(t.text for t in words) == f"{kind} 68%"
    assert len(found.regions) == 6
    assert filled(body)[1].changed == []


def test_both_copies_of_a_text_box_say_the_same():
    box = f"<w:txbxContent><w:p>{run(f'Box {SAID} y')}</w:p></w:txbxContent>"
    xml = (
        '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:Choice Requires="wps">{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>'
        "</mc:AlternateContent></w:r>"
    )
    body, found = filled(inside(xml))
    assert text(body).count("Box 68% y") >= 2
    assert "{{" not in text(body)
    assert len(found.regions) == 1
    assert filled(body)[1].changed == []


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (f"<w:r><w:instrText> QUOTE {SAID} </w:instrText></w:r>", "cannot be filled there"),
        (run('{{ forecast.probability("talks") }'), "cannot be filled there"),
        (run("{% if forecast %}").replace("{% if", "{%tr if"), "a loop cannot be run"),
        (run("{{ forcast.word('talks') }}"), "is no placeholder"),
        (f"<w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent>{run(SAID)}</w:sdtContent></w:sdt>",
         "make it a rich-text control"),
        (f"<w:hyperlink w:anchor='x'>{run('{{ forecast.judgements() }}')}</w:hyperlink>",
         "give it a paragraph of its own"),
    ],
)  # fmt: skip
def test_what_cannot_be_filled_is_an_error_that_names_the_place(xml, said):
    with pytest.raises(DocumentError, match=said):
        filled(inside(xml))


@pytest.mark.parametrize("part", ["footnotes", "endnotes", "comments"])
def test_a_placeholder_in_a_note_or_a_comment_is_an_error_with_its_place(part):
    body = noted(part, f"<w:p>{run(SAID)}</w:p>")
    with pytest.raises(DocumentError, match=rf"b\.docx: {part}\.xml: {{{{ forecast\.probability"):
        filled(body)


def noted(part, xml):
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    made = docx.Document(io.BytesIO(document(SAID)))
    kind = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{part}+xml"
    one = {"footnotes": "footnote", "endnotes": "endnote", "comments": "comment"}[part]
    blob = f"<w:{part} {nsdecls('w')}><w:{one} w:id='5'>{xml}</w:{one}></w:{part}>".encode()
    held = Part(PackURI(f"/word/{part}.xml"), kind, blob, made.part.package)
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    made.part.relate_to(held, f"{rel}{part}")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_an_alternative_text_with_a_placeholder_is_an_error():
    with pytest.raises(DocumentError, match="cannot be filled there"):
        filled(inside(f"<w:r><w:drawing><x descr='{SAID}'/></w:drawing></w:r>"))


def outcome(body):
    """What filling gives: the placeholders it filled, or its message."""
    try:
        return [said for said, _ in filled(body)[1].regions]
    except DocumentError as error:
        return str(error)


@pytest.mark.parametrize("harm", ["<w:footnotes", "", "not xml"])
def test_damaged_footnotes_are_one_line(harm):
    body = noted("footnotes", f"<w:p>{run('A note.')}</w:p>")
    said = outcome(rewritten(body, lambda _: harm, "word/footnotes.xml"))
    assert said == "b.docx: is no Word document, or a damaged one; save it as .docx again"


@pytest.mark.parametrize(
    "part",
    ["word/document.xml", "word/styles.xml", "word/settings.xml", "[Content_Types].xml",
     "_rels/.rels", "word/_rels/document.xml.rels", "docProps/core.xml", "docProps/custom.xml"],
)  # fmt: skip
@pytest.mark.parametrize("harm", [None, "", "<", "<a/>", "\x00"])
def test_a_missing_or_damaged_part_is_one_line_or_does_no_harm(part, harm):
    body, _ = filled(document(SAID))
    broken = rewritten(body, None if harm is None else lambda _: harm, part)
    assert outcome(broken) in (
        ['forecast.probability("talks")'],
        "b.docx: is no Word document, or a damaged one; save it as .docx again",
    )


def test_a_body_without_sections_is_one_line():
    body = document(SAID)
    with pytest.raises(DocumentError, match="damaged"):
        filled(rewritten(body, lambda said: said.replace("w:body>", "w:nobody>")))


@pytest.mark.parametrize("start", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x05\x06"])
def test_what_is_encrypted_or_of_an_old_word_is_one_line(start):
    with pytest.raises(DocumentError, match=r"b\.docx: is (encrypted|no Word)"):
        filled(start + bytes(600))


def test_a_document_that_unpacks_to_too_much_is_refused_before_it_is(monkeypatch):
    monkeypatch.setattr("forecast.briefs.word_file._LARGEST", 1_000_000)
    out = io.BytesIO(document(SAID))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/bomb.xml", b" " * 2_000_000)
    assert len(out.getvalue()) < 200_000
    with pytest.raises(DocumentError, match=r"unpacks to \d+ parts of 2,\d{3},\d{3} letters"):
        filled(out.getvalue())


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("../../../b.txt", r"the part \.\./\.\./\.\./b\.txt lies outside it"),
        ("/etc/b.txt", "lies outside it"),
        ("..\\b.txt", "lies outside it"),
        ("word/document.xml", "two of its parts have one name"),
        ("Word/Document.xml", "two of its parts have one name"),
    ],
)
def test_a_part_that_lies_outside_or_is_there_twice_is_refused(part, said):
    """Of two parts of one name one reader shows the first, another the last."""
    out = io.BytesIO(document(SAID))
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a") as archive:
        warnings.simplefilter("ignore")  # that of zipfile, on the name that is there already
        archive.writestr(part, "x")
    with pytest.raises(DocumentError, match=rf"^b\.docx: [^\n]*{said}[^\n]*$"):
        filled(out.getvalue())


@pytest.mark.parametrize("code", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", ["word/document.xml", "docProps/custom.xml", "_rels/.rels"])
def test_a_part_with_entities_is_refused_before_it_is_parsed(part, code):
    """An entity may grow without bound, take a file in, or hide digits from a check."""
    grown = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    held = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "x">{grown}]><a>&e9;</a>'
    body, _ = filled(document(SAID))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.namelist():
            new.writestr(one, held.encode(code) if one == part else old.read(one))
    with pytest.raises(DocumentError, match=r"a part declares entities \(DOCTYPE\)"):
        filled(out.getvalue())


def test_control_characters_of_a_report_do_no_harm():
    held = replace(facts(), title="A\x00\x07\x1b[31m\x7f\ufffe title")
    body, _ = filled(document("{{ forecast.title() }}", "{{ forecast.judgements() }}"), held)
    assert text(body).splitlines()[0] == "A[31m title"
    assert filled(body, held)[1].changed == []


LOOP = "{{%p for row in forecast.judgements %}}", "{}", "{{%p endfor %}}"


@pytest.mark.parametrize(
    "said",
    [
        "{% for a in range(90000) %}{% for b in range(90000) %}x{% endfor %}{% endfor %}",
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{% set a = 'xxxxxxxx' %}{% set a = a ~ a %}",
        "{{ ''.__class__.__mro__ }}{% if 1 %}{% endif %}",
        "{% if forecast.judgements.__class__.__mro__ %}{% endif %}",
        "{{ ''.join(['a']) }}{% if 1 %}{% endif %}",
        "{{ 'a'|replace('a', 'aaaa') }}{% if 1 %}{% endif %}",
        "{% for c in 'abc' %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}",
        "{% include '/etc/passwd' %}",
        "{% for row in forecast.judgements recursive %}{{ loop(forecast.judgements) }}{% endfor %}",
        "{% if 'a' < 1 %}{% endif %}",
        "{% if forecast.nothing %}{% endif %}",
        "{% for row in forecast.judgements %}",
        "{% if " + "(" * 400 + "1" + ")" * 400 + " %}{% endif %}",
    ],
)
def test_a_template_that_could_grow_or_reach_out_is_one_line(said):
    with pytest.raises(DocumentError, match=r"^b\.docx: a loop cannot be run: [^\n]*$"):
        filled(document("{% if 1 %}{% endif %}", said))


@pytest.mark.parametrize(
    "said", ["{{ row.nothing }}", "{{ row['nothing'] }}", "{% if row.nothing %}{% endif %}"]
)
def test_a_loop_over_a_field_there_is_not_names_those_there_are(said):
    known = r"there is no field 'nothing' in a row; there are: judgement, now, [a-z0-9_, ]+"
    with pytest.raises(DocumentError, match=rf"^b\.docx: a loop cannot be run: {known}$"):
        filled(document(LOOP[0].format(), said, LOOP[2].format()))


@pytest.mark.parametrize("tag", ["f:nothing()", "f:", "f:{{"])
def test_a_control_that_asks_for_what_there_is_not_is_one_line_with_its_place(tag):
    body, _ = filled(document("Before.", SAID))
    other = rewritten(body, lambda said: said.replace("f:probability(&quot;talks&quot;)", tag))
    assert other != body
    with pytest.raises(DocumentError, match=r"^b\.docx: paragraph 2: [^\n]*forecast\."):
        filled(other)


def test_loops_within_loops_are_measured_before_they_run(monkeypatch):
    monkeypatch.setattr("forecast.briefs.word_file.LARGEST", 20_000)
    start, end = "{% for row in forecast.judgements %}", "{% endfor %}"
    with pytest.raises(DocumentError, match=r"it would write [\d,]+ letters; allowed are 20,000"):
        filled(document(start * 12 + "x" + end * 12))


def test_conditions_and_plain_filters_are_run():
    said = "{{ row.judgement|upper }}{% if row.now != 'x' %} ok{% endif %}"
    body, _ = filled(document(LOOP[0].format(), said, LOOP[2].format()))
    assert "TALKS: OPEN ok" in text(body)


@pytest.mark.parametrize("name", ["05_ins", "06_sdt_inline", "07_textbox", "08_headers"])
def test_the_cases_of_others_are_filled_everywhere(name):
    if not CASES.is_dir():
        pytest.skip("the cases are not beside the checkout")
    body, found = filled((CASES / f"{name}.docx").read_bytes())
    assert {said for said, _ in found.regions} == {'forecast.probability("ceasefire")'}
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = [archive.read(one).decode() for one in archive.namelist() if one.endswith(".xml")]
    assert not any("{{" in part for part in parts)
    assert sum(part.count("above 99%") for part in parts) >= len(found.regions)
    assert filled(body)[1].changed == []


@pytest.mark.parametrize("kind", ["officedocument/2006", "package/2007"])
def test_properties_that_another_program_names_otherwise_are_not_written_twice(kind):
    body, _ = filled(document(SAID))
    other = rewritten(
        body,
        lambda said: said.replace(
            "package/2006/relationships/metadata", f"{kind}/relationships/metadata"
        ),
        "_rels/.rels",
    )
    assert other != body
    again, found = filled(other)
    names = zipfile.ZipFile(io.BytesIO(again)).namelist()
    assert len(set(names)) == len(names)
    assert (found.changed, found.faults) == ([], [])
