"""Letters beyond the bundled font: a font of the machine has them, or they are refused in words."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont
from matplotlib.font_manager import get_font

from forecast.charts import comparison, data, fan, icons, network, style, text
from forecast.charts.data import ChartRefusal
from forecast.charts.fan import Fan
from forecast.charts.files import Chart

from . import network_samples, row_samples, samples

ARABIC = "وزارة الخارجية: هدنة"
#: DejaVu Sans comes with matplotlib, so these are there on every machine.
COVERED = (ARABIC, "עברית שלום", "ქართული Հայ", "⚠ 1 ≠ 2")
#: A code point of Greek's block that Unicode has left free, for which no font has a letter.
NEVER = "\u0378"


def with_label(label: str) -> Chart:
    values = fan.Fan(samples.node(label=label))
    return fan.chart(values, scale=samples.ICD203, stamp=samples.STAMP)


@pytest.mark.parametrize("label", COVERED)
def test_letters_of_an_installed_font_are_drawn_without_a_warning(label):
    """Warnings are errors here: matplotlib would warn of every empty box."""
    chart = with_label(label)
    (title,) = (t for t in chart.figure.texts if t.get_label() == "title")
    assert title.get_fontfamily()[0] == style.FAMILY
    assert len(title.get_fontfamily()) > 1
    assert all(chart.render(name) for name in ("png", "svg", "pdf"))


@pytest.mark.parametrize("words", ["Arms trade", "Москва Ωμέγα é ł – ≤ …", "a\u200db\ufe0f"])  # noqa: RUF001
def test_letters_of_the_bundled_font_take_no_other(words):
    assert style.families(words) == [style.FAMILY]
    assert style.lacking(words) == ""


def test_letters_of_no_font_are_refused_in_one_line_before_anything_warns():
    label = f"Truce {NEVER}"
    arrays = ((label, 0.2),)
    boxed = tuple(replace(one, label=label) for one in network_samples.NODES)
    outcomes = tuple(replace(one, label=label) for one in row_samples.STATES)
    scaled = {"scale": samples.ICD203, "stamp": samples.STAMP}
    for draw in (
        lambda: with_label(label),
        lambda: icons.chart(row_samples.icons(arrays), **scaled),
        lambda: network.chart(network_samples.network(nodes=boxed), stamp=samples.STAMP),
        lambda: comparison.chart(row_samples.comparison(outcomes), **scaled),
        lambda: text.measure(label, points=8),
        lambda: Fan(samples.node()) and data.refuse_missing_glyphs("Truce", label),
    ):
        with pytest.raises(ChartRefusal, match=r"no glyph for .*; install a font") as caught:
            draw()
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 250


def test_numbers_after_a_name_from_right_to_left_stay_on_its_right():
    """A number would else be read as a part of the name, and stand on its left."""
    mark = "\N{LEFT-TO-RIGHT MARK}"
    assert style.directed(f"{ARABIC} 24%") == f"{mark}{ARABIC}{mark} 24%"
    assert style.directed("Truce 24%") == "Truce 24%"
    (line,) = (t for t in with_label(ARABIC).figure.texts if t.get_label() == "title")
    assert f"{mark} –" in line.get_text()  # noqa: RUF001


def test_a_picture_in_svg_names_every_font_and_then_any():
    svg = with_label(ARABIC).render("svg").decode()
    named = set(re.findall(r"font-family: ([^;]+);", svg))
    assert f"'{style.FAMILY}', sans-serif" in named
    assert any("DejaVu Sans" in one or "Noto" in one for one in named)
    assert all(one.endswith(", sans-serif") for one in named)
    assert ARABIC.split(maxsplit=1)[0] in svg


def test_a_picture_in_svg_holds_the_letters_it_needs_of_other_fonts_and_no_more():
    """A browser on a machine without the font shows the same; twice the same bytes."""
    svg = with_label(ARABIC).render("svg").decode()
    faces = dict(re.findall(r"@font-face\{font-family:'([^']+)'.*?base64,([^)]+)\)", svg))
    other = next(name for name in faces if name != style.FAMILY)
    font = TTFont(io.BytesIO(base64.b64decode(faces[other])))
    held = set(font.getBestCmap())
    assert {ord(c) for c in ARABIC if c.isalpha()} <= held
    assert len(held) < 200
    assert with_label(ARABIC).render("svg").decode() == svg
    plain = with_label("Arms trade: sustained").render("svg").decode()
    assert set(re.findall(r"@font-face\{font-family:'([^']+)'", plain)) == {style.FAMILY}


@pytest.mark.skipif(shutil.which("pdffonts") is None, reason="needs pdffonts of poppler")
def test_a_picture_in_pdf_embeds_every_font_it_uses(tmp_path):
    file = tmp_path / "chart.pdf"
    file.write_bytes(with_label(ARABIC).render("pdf"))
    told = subprocess.run(["pdffonts", file], capture_output=True, text=True, check=True).stdout
    rows = told.splitlines()[2:]
    assert len(rows) >= 2
    assert all(re.search(r"\s(yes|no)\s+(yes|no)\s+(yes|no)\s", row)[1] == "yes" for row in rows)
    assert "LastResort" not in told


def test_no_font_that_frames_letters_is_taken_for_one_that_has_them():
    assert not [name for name in style._installed() if name.startswith(("Last Resort", "cm"))]
    assert ord(NEVER) not in get_font(style.font_path()).get_charmap()
