"""PDF files that are damaged, encrypted or empty: one line, and no noise of the parser."""

import io
import random

import pytest

from tests.cli.terminal import without_traceback


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A PDF with a record."""
    import datetime as dt

    from forecast.briefs import typeset

    record = '{"evidence_fingerprint": "0"}'
    return typeset.pdf("# T\n\n58%.", image=lambda _: b"", record=record, date=dt.date(2024, 1, 2))


@pytest.mark.parametrize("verb", ["check", "provenance"])
@pytest.mark.parametrize(
    "harm",
    [
        lambda _: b"",
        lambda _: b"%PDF-1.7\n%%EOF",
        lambda body: body[: len(body) // 2],
        lambda body: body[len(body) // 3 :],
        lambda body: body.replace(b"endobj", b"endbbj"),
        lambda body: body.replace(b" 0 obj", b" 0 ojb"),
        lambda body: b"junk" * 50 + body.replace(b"/Type", b"/Typo"),
    ],
    ids=["empty", "bare", "cut", "headless", "no ends", "no objects", "other types"],
)
def test_a_damaged_pdf_is_one_line(verb, harm, whole, project, forecast):
    (project / "b.pdf").write_bytes(harm(whole))
    done = forecast("brief", verb, "b.pdf")
    assert done.code == 1
    line = without_traceback(done)
    assert line.startswith("forecast: b.pdf: ")
    assert len(done.err.strip().splitlines()) == 1


def test_the_parser_says_nothing_of_random_damage(whole, capfd):
    from forecast.briefs import typeset
    from forecast.errors import DocumentError

    seeded = random.Random(13)
    for _ in range(150):
        body = bytearray(whole)
        for _ in range(20):
            body[seeded.randrange(len(body))] = seeded.randrange(256)
        for read in (typeset.record_of, typeset.shown):
            try:
                read(bytes(body))
            except DocumentError as error:
                assert "\n" not in str(error)  # noqa: PT017  # most are read all the same
    assert capfd.readouterr() == ("", "")


def test_an_encrypted_pdf_says_so(whole, project, forecast):
    import pypdf

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(whole))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(project / "b.pdf")
    done = forecast("brief", "check", "b.pdf")
    assert done.code == 1
    assert "b.pdf: is encrypted; save it without password" in without_traceback(done)


@pytest.mark.parametrize("where", ["page", "form"])
def test_pages_that_would_take_minutes_to_read_are_refused(where, whole):
    import pypdf
    from pypdf import generic

    from forecast.briefs import typeset
    from forecast.errors import DocumentError

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(whole))
    page = writer.pages[0]
    stream = generic.StreamObject()
    stream.set_data(b"(x) Tj " * 1_500_000)
    stream[generic.NameObject("/Subtype")] = generic.NameObject("/Form")
    held = writer._add_object(stream.flate_encode())
    if where == "page":
        page[generic.NameObject("/Contents")] = held
    else:
        forms = generic.DictionaryObject({generic.NameObject("/X"): held})
        page["/Resources"][generic.NameObject("/XObject")] = forms
    out = io.BytesIO()
    writer.write(out)
    assert len(out.getvalue()) < 200_000
    with pytest.raises(DocumentError, match=r"they hold more than 10,000,000 letters of drawing"):
        typeset.shown(out.getvalue())


def test_a_tree_of_pages_that_leads_back_to_itself_is_one_line(whole):
    import pypdf

    from forecast.briefs import typeset
    from forecast.errors import DocumentError

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(whole))
    tree = writer.root_object["/Pages"]
    tree["/Kids"].append(writer.root_object.raw_get("/Pages"))
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(DocumentError, match=r"^the pages of the PDF cannot be read: [^\n]*$"):
        typeset.shown(out.getvalue())
