"""Documents and the report page read as they did, in every format."""

import html.parser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.frozen.keep import plain, spoken, typed
from tests.frozen.test_verbs import ADD, GIVEN

#: Elements of a page whose text nobody reads.
_SILENT = {"script", "style", "template", "svg"}
_BLOCKS = re.compile(r"(?:p|div|h\d|li|tr|td|th|table|section|nav|summary|figcaption|title|option)")


class _Page(html.parser.HTMLParser):
    """The text of a page, a block a line, with what its pictures are said to show."""

    def __init__(self):
        super().__init__()
        self.parts, self.silent = [], []

    def handle_starttag(self, tag, attrs):
        if tag in _SILENT:
            self.silent.append(tag)
        if _BLOCKS.fullmatch(tag):
            self.parts.append("\n")
        for name, value in attrs:
            if name in {"alt", "aria-label"} and value:
                self.parts.append(f"\n[{name}: {value}]\n")

    def handle_endtag(self, tag):
        if self.silent and tag == self.silent[-1]:
            self.silent.pop()
        if _BLOCKS.fullmatch(tag):
            self.parts.append("\n")

    def handle_data(self, data):
        if not self.silent:
            self.parts.append(data)


def _lines(text):
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def of_page(path):
    """Read the text of a page."""
    page = _Page()
    page.feed(path.read_text("utf-8"))
    return _lines("".join(page.parts))


def of_word(path):
    """Read the text of a Word document: paragraphs and tables in their order, then the notes."""
    import zipfile

    from lxml import etree

    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    out = []
    with zipfile.ZipFile(path) as archive:
        parts = sorted(n for n in archive.namelist() if re.fullmatch(r"word/\w+\.xml", n))
        for name in parts:
            for paragraph in etree.fromstring(archive.read(name)).iter(f"{space}p"):
                text = "".join(each.text or "" for each in paragraph.iter(f"{space}t"))
                alt = "".join(f"[{d.get('descr')}]" for d in paragraph.iter("{*}docPr"))
                out += [f"{text}{alt}"]
    return _lines("\n".join(out))


def of_pdf(path):
    """Read the text of a PDF, a sentence a line: where lines end depends on the day of issue."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed")
    done = subprocess.run([program, path, "-"], capture_output=True, check=True, timeout=60)
    return re.sub(r"\s+", " ", done.stdout.decode()).replace(". ", ".\n") + "\n"


def of_text(path):
    """Read a text."""
    return path.read_text("utf-8")


READERS = {"md": of_text, "qmd": of_text, "html": of_page, "docx": of_word, "pdf": of_pdf}


def read(path):
    """Read a document, without what differs from run to run."""
    return plain(READERS[path.suffix[1:]](path))


def said(lines, document):
    """Type commands, and read the document they make and the files beside it."""
    pages = [spoken(line, typed(line)) for line in lines]
    beside = sorted(str(path) for path in Path().glob("*_files/*"))
    return "\n".join([*pages, *beside, f"=== {document}", read(Path(document))])


@pytest.mark.parametrize("ending", READERS)
def test_a_new_brief_reads_as_before(ending, project, keep):
    project("template")
    lines = [f"brief new brief.{ending}"]
    keep.text(f"documents/new-{ending}.txt", said(lines, f"brief.{ending}"))


def test_the_brief_of_the_bundled_case_reads_as_before(project, keep):
    project("case")
    keep.text("documents/case-md.txt", said(["brief new brief.md --notes house"], "brief.md"))


@pytest.mark.parametrize("ending", ["md", "html", "docx", "pdf"])
def test_a_template_is_filled_as_before(ending, project, keep):
    shutil.copytree(GIVEN, project("template") / "given")
    lines = [f"brief render given/template.md filled.{ending}"]
    keep.text(f"documents/render-{ending}.txt", said(lines, f"filled.{ending}"))


@pytest.mark.parametrize("ending", ["md", "docx"])
def test_a_brief_is_renewed_as_before(ending, project, keep):
    project("template")
    brief = f"brief.{ending}"
    lines = [f"brief new {brief}", ADD, f"brief refresh {brief}", f"brief check {brief}"]
    keep.text(f"documents/refresh-{ending}.txt", said(lines, brief))


def test_the_report_page_reads_as_before(project, keep):
    shutil.copytree(GIVEN, project("template") / "given")
    lines = ["report page.html"]
    keep.text("documents/report.txt", said(lines, "page.html"))


def test_the_report_page_of_the_bundled_case_reads_as_before(project, keep):
    project("case")
    lines = ["report page.html --no-watch --scenario china_enforces"]
    keep.text("documents/case-report.txt", said(lines, "page.html"))


def test_every_kept_document_belongs_to_a_test(keep):
    names = {f"new-{ending}.txt" for ending in READERS}
    names |= {f"render-{ending}.txt" for ending in ("md", "html", "docx", "pdf")}
    names |= {"refresh-md.txt", "refresh-docx.txt", "case-md.txt", "report.txt", "case-report.txt"}
    keep.none_left_over("documents", names)
