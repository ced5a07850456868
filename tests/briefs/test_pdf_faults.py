"""PDF files that are damaged, encrypted or empty: one line, and no noise of the parser."""

import io
import random
import tracemalloc
import zlib

import pypdf
import pytest
from click.testing import CliRunner
from pypdf import generic
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject

from forecast.cli import forecast as door
from tests.cli.terminal import without_traceback


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A PDF with a record."""
    import datetime as dt

    from forecast.briefs import pdf

    record = '{"evidence_fingerprint": "0"}'
    return pdf.pdf("# T\n\n58%.", image=lambda _: b"", record=record, date=dt.date(2024, 1, 2))


@pytest.fixture(scope="module")
def rendered(issued, tmp_path_factory):
    """A short brief as PDF, of a forecast that was issued."""
    folder = tmp_path_factory.mktemp("rendered")
    (folder / "b.md").write_text("# T\n\nIssued {{ forecast.as_of() }}.\n", "utf-8")
    words = ("brief", "render", f"{folder / 'b.md'}", f"{folder / 'b.pdf'}", "--project")
    done = CliRunner().invoke(door, [*words, str(issued)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return (folder / "b.pdf").read_bytes()


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
    from forecast.briefs import pdf
    from forecast.errors import DocumentError

    seeded = random.Random(13)
    for _ in range(150):
        body = bytearray(whole)
        for _ in range(20):
            body[seeded.randrange(len(body))] = seeded.randrange(256)
        for read in (pdf.record_of, pdf.shown):
            try:
                read(bytes(body))
            except DocumentError as error:
                assert "\n" not in str(error)  # noqa: PT017  # most are read all the same
    assert capfd.readouterr() == ("", "")


def test_an_encrypted_pdf_says_so(whole, project, forecast):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(whole))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(project / "b.pdf")
    done = forecast("brief", "check", "b.pdf")
    assert done.code == 1
    assert "b.pdf: is encrypted; save it without password" in without_traceback(done)


@pytest.mark.parametrize("where", ["page", "form"])
def test_pages_that_would_take_minutes_to_read_are_refused(where, whole):
    from forecast.briefs import pdf
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
        pdf.shown(out.getvalue())


def test_a_tree_of_pages_that_leads_back_to_itself_is_one_line(whole):
    from forecast.briefs import pdf
    from forecast.errors import DocumentError

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(whole))
    tree = writer.root_object["/Pages"]
    tree["/Kids"].append(writer.root_object.raw_get("/Pages"))
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(DocumentError, match=r"^the pages of the PDF cannot be read: [^\n]*$"):
        pdf.shown(out.getvalue())


def bomb(gigabytes):
    """A stream of zeros, of which 16 MB are packed once and repeated."""
    packer = zlib.compressobj(9)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * max(1, int(64 * gigabytes)) + packer.flush()


def packed(data, **said):
    stream = generic.EncodedStreamObject()
    stream._data = data
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    for name, value in said.items():
        stream[NameObject(f"/{name}")] = value
    return stream


def written(whole, change):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(whole))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def an_attachment(writer):
    spec = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"][1].get_object()
    held = writer._add_object(packed(bomb(4)))
    for name in list(spec["/EF"]):
        spec["/EF"][NameObject(name)] = held


def a_doubly_packed_attachment(writer):
    an_attachment(writer)
    spec = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"][1].get_object()
    stream = spec["/EF"]["/F"].get_object()
    stream._data = zlib.compress(stream._data)
    stream[NameObject("/Filter")] = ArrayObject([NameObject("/FlateDecode")] * 2)


def many_streams(writer):
    data = bomb(0)
    held = [writer._add_object(packed(data, I=NumberObject(n))) for n in range(50)]
    writer.root_object[NameObject("/X")] = ArrayObject(held)


def many_pictures(writer):
    data, kind = bomb(0), NameObject("/Image")
    held = [packed(data, Subtype=kind, I=NumberObject(n)) for n in range(50)]
    named = {NameObject(f"/I{n}"): writer._add_object(one) for n, one in enumerate(held)}
    writer.pages[0]["/Resources"][NameObject("/XObject")] = DictionaryObject(named)


def one_picture_everywhere(writer):
    held = writer._add_object(packed(bomb(0), Subtype=NameObject("/Image")))
    named = {NameObject(f"/I{n}"): held for n in range(200)}
    writer.pages[0]["/Resources"][NameObject("/XObject")] = DictionaryObject(named)


def many_pages(writer):
    leaf = writer.pages[0].indirect_reference
    writer.root_object["/Pages"][NameObject("/Kids")] = ArrayObject([leaf] * 3_000)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (an_attachment, "holds no record of a forecast"),
        (a_doubly_packed_attachment, "holds no record of a forecast"),
        (many_streams, "they unpack to more than 100,000,000 letters"),
        (many_pictures, "they unpack to more than 100,000,000 letters"),
        (one_picture_everywhere, "they unpack to more than 100,000,000 letters"),
        (many_pages, "they are more than 2,000"),
    ],
)
def test_a_small_pdf_that_unpacks_to_gigabytes_is_one_line_in_bounded_memory(
    harm, said, rendered, project, forecast, monkeypatch
):
    monkeypatch.setattr("forecast.briefs.pdf._LARGEST", 100_000_000)
    body = written(rendered, harm)
    assert len(body) < 6_000_000
    (project / "b.pdf").write_bytes(body)
    tracemalloc.start()
    try:
        done = forecast("brief", "check", "b.pdf")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert done.code == 1
    line = without_traceback(done)
    assert line.startswith("forecast: b.pdf: ")
    assert said in line
    assert peak < 300_000_000


def test_of_many_attachments_only_the_record_is_unpacked(whole):
    def change(writer):
        names = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]
        data = bomb(0)
        for n in range(100):
            file = writer._add_object(packed(data, I=NumberObject(n)))
            spec = DictionaryObject({NameObject("/EF"): DictionaryObject({NameObject("/F"): file})})
            spec[NameObject("/F")] = generic.TextStringObject("x")
            names.extend([generic.TextStringObject("x"), writer._add_object(spec)])

    from forecast.briefs import pdf

    body = written(whole, change)
    tracemalloc.start()
    try:
        assert "evidence_fingerprint" in pdf.record_of(body)
        pdf.shown(body)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def cross_reference(entries, streams):
    """A PDF of object streams: each number with its words, and where each object is said to lie."""
    out, starts = io.BytesIO(b"%PDF-1.7\n"), {}
    out.seek(0, io.SEEK_END)
    for number, (said, inside) in streams.items():
        starts[number] = out.tell()
        text = b"%d 0 <<>>" % inside
        about = b"<< /Type /ObjStm /N 1 /First 4 /Length %d %s >>" % (len(text), said)
        out.write(b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (number, about, text))
    place = out.tell()
    rows = [entries.get(n, (0, 0, 0)) for n in range(12)]
    rows = [(kind, starts[n] if kind == 1 else at, i) for n, (kind, at, i) in enumerate(rows)]
    table = b"".join(bytes([kind]) + at.to_bytes(4, "big") + bytes([i]) for kind, at, i in rows)
    about = b"<< /Type /XRef /Size 12 /W [1 4 1] /Root 1 0 R /Length %d >>" % len(table)
    out.write(b"11 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (about, table))
    out.write(b"startxref\n%d\n%%%%EOF\n" % place)
    return out.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        cross_reference({1: (2, 9, 0), 9: (2, 10, 0), 10: (2, 9, 0)}, {9: (b"", 1), 10: (b"", 9)}),
        cross_reference({1: (2, 9, 0), 9: (2, 9, 0)}, {9: (b"", 9)}),
        cross_reference(
            {1: (2, 9, 0), 9: (1, 0, 0), 10: (1, 0, 0)},
            {9: (b"/Extends 10 0 R", 7), 10: (b"/Extends 9 0 R", 8)},
        ),
        cross_reference({1: (2, 9, 0), 9: (1, 0, 0)}, {9: (b"/Length 9 0 R", 1)}),
    ],
    ids=["two in each other", "one in itself", "two that extend each other", "of its own length"],
)
def test_object_streams_that_lead_back_to_themselves_are_one_line(body, project, forecast):
    (project / "b.pdf").write_bytes(body)
    done = forecast("brief", "check", "b.pdf")
    assert done.code == 1
    assert without_traceback(done).startswith("forecast: b.pdf: ")


@pytest.mark.parametrize("name", [b"/Prev", b"/XRefStm"])
@pytest.mark.parametrize("steps", [1, 2])
def test_a_chain_of_tables_that_leads_back_to_itself_ends(name, steps, rendered, project, forecast):
    """All is found in the first of them, so the document is read and agrees."""
    body = written(rendered, lambda _: None)
    last = int(body[body.rindex(b"startxref") + 9 :].split()[0])
    entry = name + b" %010d\n"
    size = len(body) + len(entry % 0)
    first = last if steps == 1 else size
    body = body.replace(b"trailer\n<<\n", b"trailer\n<<\n" + entry % first, 1)
    assert len(body) == size
    if steps == 2:
        body += b"xref\n0 0\ntrailer\n<< /Size 3 %s %d >>\n" % (name, last)
        body += b"startxref\n%d\n%%%%EOF\n" % (size if name == b"/Prev" else last)
    (project / "b.pdf").write_bytes(body)
    done = forecast("brief", "check", "b.pdf")
    assert (done.code, done.err) == (0, ""), done.out
