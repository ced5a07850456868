"""A Word document agrees only with the numbers a reader sees in it."""

import io
import re

import docx
import pytest

from forecast.errors import DocumentError
from tests.briefs.office import saved
from tests.briefs.samples import facts
from tests.briefs.test_integrity import rewritten, rewritten_text
from tests.briefs.test_word import document, filled, text
from tests.briefs.test_word_faults import ABOUT

TALKS, TRUCE = 'forecast.probability("talks")', 'forecast.probability("ceasefire")'
ASKED = (f"Talks {{{{ {TALKS} }}}}, truce {{{{ {TRUCE} }}}} now.", "{{ forecast.judgements() }}")
NUMBER = '<w:r><w:rPr/><w:t xml:space="preserve">68%</w:t></w:r>'
WORD_2010 = "http://schemas.microsoft.com/office/word/2010/wordml"
FALSE = "<w:r><w:t>58%</w:t></w:r>"


@pytest.fixture(scope="module")
def whole():
    body, _ = filled(document(*ASKED))
    assert NUMBER in rewritten_text(body)
    return body


def told(body):
    _, found = filled(body)
    return [one.wanted for one in found.changed] + found.faults


def control(said, wanted):
    """XML of the content control of a placeholder."""
    tag = f'<w:tag w:val="f:{wanted.removeprefix("forecast.")}"/>'.replace('("', "(&quot;")
    tag = tag.replace('")"', '&quot;)"')
    begin = said.rindex("<w:sdt>", 0, said.index(tag))
    return said[begin : said.index("</w:sdt>", begin) + len("</w:sdt>")]


def test_a_document_as_it_was_written_agrees(whole):
    assert told(whole) == []


@pytest.mark.parametrize(
    "xml",
    [
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>68%</w:t></w:r>",
        "<w:r><w:rPr><w:rStyle w:val='Unseen'/></w:rPr><w:t>68%</w:t></w:r>",
        (f"<w:del {ABOUT}><w:r><w:delText>68%</w:delText></w:r></w:del>"
        f"<w:ins {ABOUT}>{FALSE}</w:ins>"),
        f"<w:del {ABOUT}>{NUMBER}</w:del>",
        f"<w:moveFrom {ABOUT}>{NUMBER}</w:moveFrom>",
        f"<w:moveFrom {ABOUT}>{NUMBER}</w:moveFrom><w:moveTo {ABOUT}>{FALSE}</w:moveTo>",
        f'<w:r><w:sym w:font="Symbol" w:char="F035"/></w:r>{NUMBER}',
        f'<w:fldSimple w:instr="= 58">{NUMBER}</w:fldSimple>',
        (f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>= 58</w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{NUMBER}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'),
        f'<w:bdo w:val="rtl">{NUMBER}</w:bdo>',
        f"<m:oMath><m:r><m:t>5</m:t></m:r></m:oMath>{NUMBER}",
        f"<w:r><w:pict/></w:r>{NUMBER}",
        "<w:r><w:t>6</w:t><w:tab/><w:t>8%</w:t></w:r>",
        "<w:r><w:t>6\u200b8%</w:t></w:r>",
        "<w:r><w:t>6\u00ad8%</w:t></w:r>",
        "<w:r><w:t>6\uff18%</w:t></w:r>",
        "<w:r><w:t>6\u0668%</w:t></w:r>",
    ],
)  # fmt: skip
def test_a_number_that_a_reader_does_not_see_is_not_there(xml, whole):
    """Hidden, deleted, moved, a field, a sign without a letter, or digits that look alike."""
    hidden = rewritten(whole, lambda s: s.replace(NUMBER, xml, 1))
    style = '<w:style w:type="character" w:styleId='
    one = f'{style}"Unseen"><w:name w:val="U"/><w:basedOn w:val="Base"/></w:style>'
    base = f'{style}"Base"><w:name w:val="B"/><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'
    hidden = rewritten(hidden, lambda s: s.replace("</w:styles>", one + base), "word/styles.xml")
    assert told(hidden) == [TALKS]
    renewed, _ = filled(hidden)
    assert told(renewed) == []


def test_marks_of_reviewers_and_letters_cut_apart_do_no_harm(whole):
    cut = "".join(f"<w:proofErr w:type='spellStart'/><w:r><w:t>{one}</w:t></w:r>" for one in "68%")
    cut = f'<w:commentRangeStart w:id="0"/>{cut}<w:commentRangeEnd w:id="0"/>'
    assert told(rewritten(whole, lambda s: s.replace(NUMBER, cut, 1))) == []


@pytest.mark.parametrize("way", ["row", "style", "deleted"])
def test_a_region_that_is_hidden_as_a_whole_never_agrees(way, whole):
    def harm(said):
        if way == "row":
            return said.replace("<w:trPr>", "<w:trPr><w:hidden/>", 2)
        if way == "style":
            return said.replace("<w:p>", '<w:p><w:pPr><w:pStyle w:val="Un"/></w:pPr>', 1)
        one = control(said, TALKS)
        return said.replace(one, f"<w:del {ABOUT}>{one}</w:del>")

    style = (
        '<w:style w:type="paragraph" w:styleId="Un"><w:name w:val="U"/><w:rPr><w:vanish/></w:rPr>'
        "</w:style></w:styles>"
    )
    hidden = rewritten(whole, lambda s: s.replace("</w:styles>", style), "word/styles.xml")
    assert told(rewritten(hidden, harm))


@pytest.mark.parametrize(
    "look",
    [
        '<w:color w:val="FFFFFF"/>', '<w:sz w:val="2"/>', "<w:strike/>", "<w:dstrike/>",
        "<w:webHidden/>", "<w:specVanish/>", '<w:w w:val="1"/>', '<w:highlight w:val="black"/>',
        '<w:color w:val="101010"/><w:shd w:val="clear" w:fill="000000"/>', "<w:rtl/>",
        '<w:rFonts w:ascii="Wingdings"/>', '<w:position w:val="-2000"/>',
        '<w:spacing w:val="-400"/>', '<w:rStyle w:val="Faint"/>',
        f"<x:textFill xmlns:x='{WORD_2010}'><x:noFill/></x:textFill>",
    ],
)  # fmt: skip
def test_a_number_that_can_hardly_be_read_is_told(look, whole):
    run = f"<w:r><w:rPr>{look}</w:rPr><w:t>68%</w:t></w:r>"
    harmed = rewritten(whole, lambda s: s.replace(NUMBER, run, 1))
    style = '<w:style w:type="character" w:styleId="Faint"><w:rPr><w:color w:val="FEFEFE"/></w:rPr>'
    harmed = rewritten(
        harmed, lambda s: s.replace("</w:styles>", f"{style}</w:style></w:styles>"),
        "word/styles.xml",
    )  # fmt: skip
    (said,) = told(harmed)
    assert said.startswith(TALKS)


@pytest.mark.parametrize(
    "look",
    [
        "<w:b/><w:caps/>", '<w:color w:val="0A5894"/>', '<w:strike w:val="0"/>',
        '<w:sz w:val="16"/>', '<w:rFonts w:ascii="Georgia"/>', '<w:highlight w:val="yellow"/>',
        '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="1F3864"/>',
    ],
)  # fmt: skip
def test_the_format_of_a_house_is_left_alone(look, whole):
    run = f"<w:r><w:rPr>{look}</w:rPr><w:t>68%</w:t></w:r>"
    assert told(rewritten(whole, lambda s: s.replace(NUMBER, run, 1))) == []


FIELD = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
ELSE = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:q="urn:q"'


@pytest.mark.parametrize(
    "harm",
    [
        lambda one: f"{FIELD.format('begin')}{one}{FIELD.format('end')}",
        lambda one: one.replace("<w:sdtPr>", '<w:sdtPr><w:dataBinding w:xpath="/a"/>'),
        lambda one: one.replace("<w:sdtPr>", "<w:sdtPr><w:showingPlcHdr/>"),
        lambda one: one.replace("<w:sdtPr>", '<w:sdtPr><w:comboBox w:lastValue="58%"/>'),
        lambda one: "<w:sdt><w:sdtPr><w:dataBinding/></w:sdtPr><w:sdtContent>"
        f"{one}</w:sdtContent></w:sdt>",
        lambda one: f'<w:dir w:val="rtl">{one}</w:dir>',
        lambda one: one.replace(NUMBER, f'<w:dir w:val="rtl">{NUMBER}</w:dir>'),
        lambda one: one.replace(NUMBER, f'<mc:AlternateContent {ELSE}><mc:Choice Requires="q">'
        f"{NUMBER}</mc:Choice><mc:Fallback>{FALSE}</mc:Fallback></mc:AlternateContent>"),
    ],
)  # fmt: skip
def test_a_region_that_word_fills_anew_or_does_not_show_is_told(harm, whole):
    def harmed(said):
        one = control(said, TALKS)
        return said.replace(one, harm(one))

    (said,) = told(rewritten(whole, harmed))
    assert said.startswith(TALKS)


@pytest.mark.parametrize("where", ["docDefaults", "Normal"])
def test_a_document_whose_styles_hide_all_of_it_is_told(where, whole):
    def harmed(said):
        if where == "docDefaults":
            return re.sub(r"(<w:rPrDefault>\s*<w:rPr>)", r"\1<w:vanish/>", said, count=1)
        return re.sub(r'(w:styleId="Normal">)', r"\1<w:rPr><w:vanish/></w:rPr>", said, count=1)

    assert any("is hidden" in one for one in told(rewritten(whole, harmed, "word/styles.xml")))


def test_a_document_of_two_bodies_is_refused(whole):
    def doubled(said):
        body = said[said.index("<w:body>") : said.index("</w:body>") + len("</w:body>")]
        return said.replace("</w:document>", f"{body}</w:document>")

    with pytest.raises(DocumentError, match="damaged"):
        told(rewritten(whole, doubled))


def swapped(said):
    one, two = control(said, TALKS), control(said, TRUCE)
    return said.replace(one, "@").replace(two, one).replace("@", two)


def test_regions_that_changed_places_are_named(whole):
    (said,) = told(rewritten(whole, swapped))
    assert "another place" in said
    assert told(filled(rewritten(whole, swapped))[0]) == []


def test_a_region_renamed_to_that_of_another_node_is_missed_by_its_name(whole):
    def renamed(said):
        one = control(said, TALKS)
        return said.replace(one, control(said, TRUCE))

    assert TALKS in told(rewritten(whole, renamed))


def test_a_region_within_a_region_is_not_compared_twice(whole):
    def nested(said):
        return said.replace(NUMBER, control(said, TRUCE), 1)

    assert told(rewritten(whole, nested)) == [TALKS]
    again, _ = filled(rewritten(whole, nested))
    assert told(again) == []


@pytest.mark.parametrize(
    ("before", "after"), [("5", ""), ("5.", ""), ("5\u200b", ""), ("", "5"), ("", ".7")]
)
def test_a_digit_beside_a_number_of_ours_is_found(before, after, whole):
    def joined(said):
        one = control(said, TALKS)
        runs = [f"<w:r><w:t>{text}</w:t></w:r>" if text else "" for text in (before, after)]
        return said.replace(one, one.join(runs))

    if after == ".7":
        assert told(rewritten(whole, joined)) == []  # 68%.7 is no number
        return
    (said,) = told(rewritten(whole, joined))
    assert said.startswith(f"{TALKS} is joined by digits")


@pytest.mark.parametrize("harm", ["list", "all"])
def test_a_document_without_the_list_of_its_regions_never_agrees_whatever_else_it_lacks(
    harm, whole
):
    part = "docProps/custom.xml"
    body = rewritten(whole, lambda s: s.replace("Forecast regions", "x"), part)
    if harm == "all":
        body = rewritten(body, lambda s: s.replace("Forecast stamp", "y"), part)
        body = rewritten(body, lambda s: re.sub("As of 20.*?</", "</", s), "docProps/core.xml")
    assert any("keeps no list of its regions" in one for one in told(body))


def test_two_stamps_that_differ_are_told(whole):
    body = rewritten(whole, lambda s: s.replace("Issue 0123", "Issue 4567"), "docProps/core.xml")
    assert told(body) == ["carries two stamps that differ; renew it with: forecast brief refresh"]
    assert told(filled(body)[0]) == []


def test_after_loops_every_copy_of_a_region_is_compared():
    body, _ = filled(document(f"A {{{{ {TALKS} }}}}.", f"B {{{{ {TALKS} }}}}."))
    made = docx.Document(io.BytesIO(body))
    made.add_paragraph("{% if forecast.judgements %}x{% endif %}")
    out = io.BytesIO()
    made.save(out)
    assert told(rewritten(out.getvalue(), lambda s: s.replace("68%", "58%", 1))) == [TALKS]


@pytest.mark.parametrize("way", [("docx",), ("odt", "docx")], ids="-".join)
def test_libreoffice_changes_nothing_a_reader_sees_and_hides_no_falsehood(way, whole, tmp_path):
    path = tmp_path / "b.docx"
    path.write_bytes(whole)
    kept = saved(path, *way, folder=tmp_path).read_bytes()
    assert told(kept) == []
    path.write_bytes(rewritten(whole, swapped))
    assert told(saved(path, *way, folder=tmp_path).read_bytes())


def test_a_listed_region_that_can_no_longer_be_worked_out_is_missed_too(whole):
    body = rewritten(whole, lambda s: s.replace('("talks")', '("gone")'), "docProps/custom.xml")
    assert 'forecast.probability("gone")' in told(body)
    with pytest.raises(DocumentError, match="gone"):
        filled(document("{{ forecast.probability('gone') }}"), facts())


def test_renewing_twice_gives_the_same_bytes(whole):
    once, _ = filled(whole)
    assert filled(once)[0] == once


@pytest.mark.parametrize(
    "said", ["{% if lipsum %}x{% endif %}", "{% if self %}{{ self }}{% endif %}",
             "{% for r in forecast.judgements %}{{ forecast }}{% endfor %}",
             "{% for r in forecast.judgements %}{{ forecast|string }}{% endfor %}"]
)  # fmt: skip
def test_a_template_prints_no_more_than_fields_of_rows(said):
    with pytest.raises(DocumentError, match="came; allowed are fields of a row"):
        filled(document(said, "{{ forecast.issue() }}"))


def test_signs_nobody_sees_in_a_placeholder_do_no_harm():
    body, _ = filled(document(f"A {{{{ fore\u200bcast{TALKS[8:]}\u00ad }}}}."))
    assert "A 68%." in text(body)
