"""A document that was written with regions never agrees with fewer, whoever saved it since."""

import io
import json
import re
import warnings
import zipfile

import docx
import pytest
from docx.oxml.ns import qn

from forecast.briefs.markdown import GONE
from forecast.errors import DocumentError
from tests.briefs.office import saved
from tests.briefs.samples import facts, judgement
from tests.briefs.test_word import document, filled, text
from tests.cli.terminal import without_traceback

ASKED = (
    "A {{ forecast.probability('talks') }} b {{ forecast.word('talks') }}.",
    "{{ forecast.judgements() }}",
    "{{ forecast.change_sentence('talks') }}",
    "{{ forecast.key_judgements() }}",
    "{{ forecast.figure('talks') }}",
    "The author's end.",
)
WAYS = [("docx",), ("odt", "docx")]


def rewritten(body, change, part="word/document.xml"):
    """Change the text of one part of a document; None takes the part out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            held = old.read(name)
            if name == part:
                if change is None:
                    continue
                held = change(held.decode()).encode()
            new.writestr(name, held)
    return out.getvalue()


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def through(request, tmp_path_factory):
    """A filled document as LibreOffice saved it."""
    folder = tmp_path_factory.mktemp("office")
    path = folder / "b.docx"
    path.write_bytes(filled(document(*ASKED))[0])
    return saved(path, *request.param, folder=folder).read_bytes()


def test_libreoffice_loses_our_tags(through):
    """What the second anchor is for."""
    assert 'w:val="f:probability' not in rewritten_text(through)


def rewritten_text(body):
    return zipfile.ZipFile(io.BytesIO(body)).read("word/document.xml").decode()


def test_a_document_saved_through_libreoffice_still_agrees(through):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again, found = filled(through)
    assert len(found.regions) == 6
    assert (found.changed, found.waiting, found.faults) == ([], [], [])
    twice, found = filled(again)
    assert (len(found.regions), found.changed) == (6, [])
    assert "The author's end." in text(twice)
    assert len(set(zipfile.ZipFile(io.BytesIO(again)).namelist())) == len(
        zipfile.ZipFile(io.BytesIO(again)).namelist()
    )


def test_a_number_falsified_after_libreoffice_is_named(through):
    assert "68%" in rewritten_text(through)
    _, found = filled(rewritten(through, lambda said: said.replace("68%", "58%", 1)))
    (change,) = found.changed
    assert change.wanted == 'forecast.probability("talks")'
    assert (change.old, change.new) == ("58%", "68%")


def test_a_document_saved_through_libreoffice_can_be_renewed(through):
    renewed, found = filled(through, facts(judgement(p=0.2), judgement("ceasefire", 0.9)))
    assert 'forecast.probability("talks")' in {one.wanted for one in found.changed}
    assert re.search(r"A 20% b (very )?unlikely", text(renewed))
    assert text(renewed).count("Ceasefire: open") == text(through).count("Ceasefire: open")
    assert "68%" not in text(renewed)


def untagged(said, wanted):
    """A document whose control and bookmarks of one region are gone, and whose text stays."""
    said = re.sub(r'<w:bookmark(Start|End)[^>]*"/>', "", said)
    return re.sub(rf'<w:tag w:val="f:{re.escape(wanted)}[^>]*/>', "", said)


def test_a_region_whose_marks_are_gone_is_missed_by_name():
    body, _ = filled(document(*ASKED))
    hidden = rewritten(body, lambda said: untagged(said, "probability").replace("68%", "58%", 1))
    _, found = filled(hidden)
    assert [(one.wanted, one.old, one.new) for one in found.changed] == [
        ('forecast.probability("talks")', GONE, "68%")
    ]


@pytest.mark.parametrize("kept", [True, False])
def test_a_stamped_document_without_regions_is_refused(kept):
    body, _ = filled(document(*ASKED))
    hidden = rewritten(body, lambda said: untagged(said, "").replace("_forecast_", "_other_"))
    if not kept:
        custom = "docProps/custom.xml"
        hidden = rewritten(hidden, lambda said: said.replace("Forecast reg", "x"), custom)
    with pytest.raises(DocumentError, match=r"carries the stamp of a forecast and shows no"):
        filled(hidden)


@pytest.mark.parametrize(
    "harm",
    [lambda said: said.replace("Forecast regions", "x"),
     lambda said: re.sub('Forecast region 1<?"', 'x"', said),
     lambda said: said.replace("<vt:lpwstr>6<", "<vt:lpwstr>7<")],
)  # fmt: skip
def test_a_document_without_a_whole_list_of_its_regions_never_agrees(harm):
    body, _ = filled(document(*ASKED))
    old = rewritten(body, harm, "docProps/custom.xml")
    assert old != body
    _, found = filled(old)
    (fault,) = found.faults
    assert "keeps no list of its regions" in fault
    renewed, _ = filled(old)
    assert filled(renewed)[1].faults == []


def test_a_copy_of_a_region_and_words_of_the_author_do_no_harm():
    body, _ = filled(document(*ASKED))
    opened = docx.Document(io.BytesIO(body))
    opened.add_paragraph("More of the author.")
    opened.paragraphs[0].runs[0].text = "The author says: "
    out = io.BytesIO()
    opened.save(out)
    _, found = filled(out.getvalue())
    assert (found.changed, found.faults) == ([], [])


def test_a_falsified_word_file_fails_the_check_of_the_command(project, forecast, tmp_path):
    assert forecast("brief", "new", "b.docx").code == 0
    path = project / "b.docx"
    through = saved(path, "odt", "docx", folder=tmp_path).read_bytes()
    path.write_bytes(through)
    done = forecast("brief", "check", "b.docx")
    assert (done.code, done.err) == (0, ""), done.out
    number = re.search(r"<w:t[^>]*>(\d\d%)", rewritten_text(through))[1]
    path.write_bytes(rewritten(through, lambda said: said.replace(number, "3%", 1)))
    done = forecast("brief", "check", "b.docx")
    assert done.code == 1
    assert "b.docx:" in done.out
    assert "forecast." in done.out
    assert forecast("brief", "provenance", "b.docx").code == 1


@pytest.mark.parametrize("name", ["b.docx", "b.html", "b.pdf", "b.md", "b.qmd", "b", "B.MD"])
def test_a_brief_begins_in_every_format(name, project, forecast):
    done = forecast("brief", "new", name)
    assert done.code == 0, done.err
    written = done.out.split()[-1]
    assert written == (name if "." in name else "b.md")
    done = forecast("brief", "check", written)
    assert (done.code, done.err) == (0, ""), done.out


@pytest.mark.parametrize("name", ["b.odt", "b.doc", "b.txt"])
def test_a_format_there_is_not_is_one_line(name, project, forecast):
    done = forecast("brief", "new", name)
    assert done.code == 1
    assert "allowed: .md, .qmd, .docx, .html, .pdf" in without_traceback(done)


@pytest.fixture
def brief(project, forecast):
    assert forecast("brief", "new", "b.md").code == 0
    return project / "b.md"


def test_a_text_whose_markers_were_deleted_never_agrees(brief, forecast):
    said = brief.read_text("utf-8")
    region = re.compile(r"<!-- (forecast\.evidence_base\(\)) -->(.*?)<!-- /forecast -->", re.DOTALL)
    assert region.search(said)
    brief.write_text(region.sub(r"\2", said).replace(" reports", " thousand reports", 1), "utf-8")
    done = forecast("brief", "check", "b.md")
    assert done.code == 1
    assert f"b.md: forecast.evidence_base(): {GONE} ->" in done.out
    renewed = forecast("brief", "refresh", "b.md")
    assert GONE in renewed.out
    assert forecast("brief", "check", "b.md").code == 0


@pytest.mark.parametrize("harm", ["gone", "{", "[]"])
def test_a_text_without_the_record_of_its_regions_never_agrees(harm, brief, forecast):
    record = brief.parent / "b_files" / "run.json"
    record.unlink()
    if harm != "gone":
        record.write_text(harm)
    done = forecast("brief", "check", "b.md")
    assert done.code == 1
    assert "which regions it was written with is not known" in done.out
    assert forecast("brief", "refresh", "b.md").code == 0
    assert forecast("brief", "check", "b.md").code == 0


def test_a_page_without_regions_or_with_one_less_never_agrees(project, forecast):
    assert forecast("brief", "new", "b.html").code == 0
    path = project / "b.html"
    whole = path.read_text("utf-8")
    path.write_text(whole.replace("<!-- forecast.evidence_base() -->", ""), "utf-8")
    done = forecast("brief", "check", "b.html")
    assert done.code == 1
    assert f"forecast.evidence_base(): {GONE}" in done.out
    path.write_text(re.sub("<!-- forecast.*?-->", "", whole), "utf-8")
    done = forecast("brief", "check", "b.html", "--json")
    found = json.loads(done.out)
    assert (done.code, found["agrees"]) == (1, False)
    assert len(found["changed"]) == found["regions"] - 1 > 10  # the date under the title is there
    emptied = re.sub(r'"regions": \[.*?\n \]', '"regions": []', whole, flags=re.DOTALL)
    path.write_text(emptied, "utf-8")
    done = forecast("brief", "check", "b.html")
    assert done.code == 1
    assert "lists no region" in without_traceback(done)


def test_an_export_of_an_earlier_version_never_agrees_in_silence(project, forecast):
    assert forecast("brief", "new", "b.html").code == 0
    path = project / "b.html"
    path.write_text(path.read_text("utf-8").replace('"pictures":', '"other":'), "utf-8")
    done = forecast("brief", "check", "b.html")
    assert done.code == 1
    assert "its record does not say what it shows" in done.out


def test_a_pdf_that_shows_fewer_numbers_than_its_record_never_agrees(brief, forecast, monkeypatch):
    """Also where the text of its pages was written anew in the record."""
    from forecast.briefs import pdf

    assert forecast("brief", "render", "b.md", "b.pdf").code == 0
    assert forecast("brief", "check", "b.pdf").code == 0
    real = pdf.shown

    def falsified(body):
        shown = real(body)
        return type(shown)([re.sub(r"\d+%", "7%", page) for page in shown.pages], shown.pictures)

    monkeypatch.setattr("forecast.briefs.pdf.shown", falsified)
    monkeypatch.setattr("forecast.briefs.stamps.shown_in",
                        lambda _: falsified((brief.parent / "b.pdf").read_bytes()))  # fmt: skip
    done = forecast("brief", "check", "b.pdf")
    assert done.code == 1
    assert GONE in done.out


def test_title_author_and_language_are_those_of_the_brief(brief, forecast):
    import pypdf

    for ending in ("docx", "pdf", "html"):
        assert forecast("brief", "render", "b.md", f"b.{ending}").code == 0
    core = docx.Document(str(brief.with_suffix(".docx"))).core_properties
    about = pypdf.PdfReader(brief.with_suffix(".pdf")).metadata
    page = brief.with_suffix(".html").read_text("utf-8")
    assert core.title == about.title == re.search("<title>(.*)</title>", page)[1]
    assert core.title
    assert core.author == about.author == "Your institute"
    assert f'<meta name="author" content="{core.author}">' in page
    assert core.language == "en-GB"
    assert "python-docx" not in core.comments + core.last_modified_by
    assert core.created.year > 2020


def test_the_authors_own_title_stays():
    made = docx.Document(io.BytesIO(document("{{ forecast.issue() }}")))
    made.core_properties.title, made.core_properties.author = "Ours", "A. Author"
    out = io.BytesIO()
    made.save(out)
    core = docx.Document(io.BytesIO(filled(out.getvalue())[0])).core_properties
    assert (core.title, core.author) == ("Ours", "A. Author")


def test_bookmarks_of_the_author_stay_and_no_number_comes_twice():
    made = docx.Document(io.BytesIO(document(*ASKED)))
    about = {qn("w:id"): "7", qn("w:name"): "mine"}
    mark = made.element.body.makeelement(qn("w:bookmarkStart"), about)
    made.paragraphs[0]._p.append(mark)
    out = io.BytesIO()
    made.save(out)
    body = filled(filled(out.getvalue())[0])[0]
    marks = list(docx.Document(io.BytesIO(body)).element.body.iter(qn("w:bookmarkStart")))
    assert len({one.get(qn("w:id")) for one in marks}) == len(marks) == 13
    assert len({one.get(qn("w:name")) for one in marks}) == 13


@pytest.mark.parametrize("torn", ["{{ forecast.issue() }", "{{ forecast.word(\n'talks') }}"])
def test_a_torn_placeholder_is_an_error_and_not_printed(torn, project, forecast):
    (project / "t.md").write_text(f"# T\n\nx {torn} {{{{ forecast.issue() }}}}\n", "utf-8")
    done = forecast("brief", "render", "t.md", "o.md")
    assert done.code == 1
    assert "t.md:3: a placeholder is torn" in without_traceback(done)


def _pictured(path, change):
    """Change the parts of a Word document that hold its chart."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, change(name, body))


@pytest.mark.parametrize(
    "change",
    [
        lambda name, body: body[:-12] + b"\0" + body[-12:] if name.endswith(".png") else body,
        lambda name, body: body.replace(b"<a:stretch>", b'<a:srcRect l="50000"/><a:stretch>'),
        lambda name, body: re.sub(rb"(<a:blip [^>]*)/>", rb'\1><a:lum bright="9"/></a:blip>', body),
        lambda name, body: re.sub(rb"(<wp:docPr )", rb'\1hidden="1" ', body),
    ],
)  # fmt: skip
def test_a_chart_that_is_another_cut_or_hidden_is_found(change, project, forecast):
    assert forecast("brief", "new", "b.docx").code == 0
    before = (project / "b.docx").read_bytes()
    _pictured(project / "b.docx", lambda _, body: body)
    assert forecast("brief", "check", "b.docx").code == 0
    _pictured(project / "b.docx", change)
    assert (project / "b.docx").read_bytes() != before
    done = forecast("brief", "check", "b.docx")
    assert (done.code, "picture" in done.out) == (1, True)


@pytest.mark.parametrize("way", [("docx",), ("odt", "docx")])
def test_a_chart_is_the_same_after_libreoffice(way, project, forecast, tmp_path):
    assert forecast("brief", "new", "b.docx").code == 0
    there = saved(project / "b.docx", *way, folder=tmp_path)
    (project / "b.docx").write_bytes(there.read_bytes())
    done = forecast("brief", "check", "b.docx")
    assert done.code == 0, done.out
