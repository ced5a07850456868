"""No document, read or written, asks the network for anything."""

import io
import shutil
import socket
import threading
import zipfile

import docx
import pytest

from forecast.briefs.blocks import page
from forecast.errors import DocumentError
from tests.briefs.office import saved
from tests.briefs.samples import facts, report
from tests.briefs.test_harmless import BROWSER, browsed
from tests.briefs.test_word import document, filled
from tests.cli.terminal import without_traceback
from tests.project.repository import ROOT

_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="90" height="90"><style>@import url("{0}/1");
@font-face {{font-family: f; src: url("{0}/2")}} text {{font-family: f; fill: url("{0}/3#a")}}
</style><image xlink:href="{0}/4" width="9" height="9"/>
<image href="{0}/5.svg" width="9" height="9"/><use xlink:href="{0}/6.svg#a"/><text>x</text>
<foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="{0}/7"/></foreignObject></svg>"""
RAW = """<img src="{0}/1"><link rel="stylesheet" href="{0}/2"><link rel="preconnect" href="{0}">
<link rel="prefetch" href="{0}/3"><iframe src="{0}/4"></iframe><object data="{0}/5"></object>
<embed src="{0}/6"><video src="{0}/7" poster="{0}/8"></video><base href="{0}/">
<meta http-equiv="refresh" content="0; url={0}/9"><p style="background: url({0}/10)">x</p>
<form action="{0}/11"><input type="image" src="{0}/12"></form><script src="{0}/13"></script>
<style>p {{ background: url({0}/14) }}</style><svg><image href="{0}/15"/></svg>"""


@pytest.fixture
def asked():
    """An address on this machine, and what it was asked for."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(2)
                    try:
                        heard.append(connection.recv(200))
                    except OSError:
                        heard.append(b"connected")

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", heard
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_the_listener_hears(asked):
    address, heard = asked
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as one:
        one.sendall(b"GET /x")
        one.shutdown(socket.SHUT_WR)
        one.recv(1)
    assert heard == [b"GET /x"]


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")
def test_a_page_asks_nothing_whatever_html_and_pictures_its_author_put_in(asked, tmp_path):
    address, heard = asked
    raw, drawn = RAW.format(address), SVG.format(address).encode()
    made = page(f"# T\n\n![x](x.svg)\n\nx {raw}\n\n{raw}\n", image=lambda _: drawn, record="{}")
    assert "<title>T</title>" in browsed(made, tmp_path)
    assert heard == []


def test_a_picture_that_points_outside_is_refused_where_pages_are_set(asked, project, forecast):
    address, heard = asked
    (project / "x.svg").write_text(SVG.format(address), "utf-8")
    (project / "b.md").write_text("# T\n\n![x](x.svg)\n\n{{ forecast.as_of() }}\n", "utf-8")
    done = forecast("brief", "render", "b.md", "b.pdf")
    assert "URLs are not allowed" in without_traceback(done)
    done = forecast("brief", "render", "b.md", "b.docx")
    assert "the image x.svg is none that Word shows; save it as .png" in without_traceback(done)
    assert heard == []


def _pointing(address):
    """A Word document whose parts point at an address in every way there is."""
    made = docx.Document(io.BytesIO(document("Chance {{ forecast.as_of() }}.")))
    for kind in ("image", "hyperlink", "subDocument", "aFChunk", "oleObject", "video",
                 "endnotes", "comments", "glossaryDocument", "customXml", "control"):  # fmt: skip
        made.part.rels.get_or_add_ext_rel(_KINDS + kind, f"{address}/{kind}")
    settings = made.part._settings_part
    settings.rels.get_or_add_ext_rel(_KINDS + "attachedTemplate", f"{address}/t.dotx")
    for kind in ("extended-properties", "metadata/thumbnail"):
        made.part.package.rels.get_or_add_ext_rel(_KINDS + kind, f"{address}/{kind}")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_word_document_that_points_outside_is_filled_without_looking_there(
    asked, project, forecast
):
    address, heard = asked
    for name in ("b.docx", "house.docx"):
        (project / name).write_bytes(_pointing(address))
    (project / "b.md").write_text("# T\n\n{{ forecast.as_of() }}\n", "utf-8")
    for words in (
        ("refresh", "b.docx"),
        ("check", "b.docx"),
        ("provenance", "b.docx"),
        ("render", "b.md", "c.docx", "--template", "house.docx"),
    ):
        done = forecast("brief", *words)
        assert (words, done.code, done.err) == (words, 0, "")
    assert heard == []


@pytest.mark.parametrize("kind", ["header", "footnotes", "custom-properties"])
def test_a_part_that_must_lie_inside_and_points_outside_is_one_line(kind, asked):
    address, heard = asked
    made = docx.Document(io.BytesIO(document("{{ forecast.as_of() }}")))
    holder = made.part.package if kind == "custom-properties" else made.part
    holder.rels.get_or_add_ext_rel(_KINDS + kind, f"{address}/{kind}")
    out = io.BytesIO()
    made.save(out)
    with pytest.raises(DocumentError, match=r"^b\.docx: is no Word document, or a damaged one"):
        filled(out.getvalue())
    assert heard == []


def test_a_word_document_of_ours_makes_libreoffice_ask_nothing(asked, tmp_path):
    """Addresses of reports are links, which nobody follows but a reader."""
    address, heard = asked
    text = f'{address}/x.png <img src="{address}/y.png"> ![z]({address}/z.png)'
    held = facts(
        reports=tuple(
            report(n, summary=text, source_title=text, source_url=f"{address}/{n}.png")
            for n in (1, 2, 3)
        )
    )
    body, _ = filled(document("{{ forecast.evidence() }}", "{{ forecast.reports() }}"), held)
    assert address.encode() in _unpacked(body)
    (tmp_path / "b.docx").write_bytes(body)
    assert saved(tmp_path / "b.docx", "pdf", folder=tmp_path).exists()
    assert heard == []


def _unpacked(body):
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("name", ["b.html", "b.pdf", "b.docx"])
@pytest.mark.parametrize(
    "held",
    [
        b"",
        b"text",
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(30),
    ],
)
def test_a_damaged_picture_is_one_line_in_every_format(held, name, project, forecast):
    (project / "x.png").write_bytes(held)
    (project / "b.md").write_text("# T\n\n![x](x.png)\n\n{{ forecast.as_of() }}\n", "utf-8")
    done = forecast("brief", "render", "b.md", name)
    said = (
        "forecast: b.md: the image x.png is none, or damaged or too large; save it as .png or .jpg"
    )
    assert without_traceback(done) == said
    shutil.copy(ROOT / "docs" / "images" / "record__reliability.png", project / "x.png")
    assert forecast("brief", "render", "b.md", name).code == 0
