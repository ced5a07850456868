"""Files are the same from run to run, whole, and accompanied by their numbers and words."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from forecast.charts import files, style, trajectory
from forecast.charts.data import ChartRefusal
from forecast.errors import OutputError

from . import samples

ENDINGS = [".svg", ".png", ".pdf", ".csv", ".alt.txt"]
VALUES = samples.five()[0]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def figure() -> Figure:
    return trajectory.figure(VALUES, scale=samples.ICD203, stamp=samples.STAMP)


@pytest.fixture(scope="module")
def told() -> files.AltText:
    return files.of_trajectory(VALUES, scale=samples.ICD203, stamp=samples.STAMP, data="a.csv")


@pytest.fixture(scope="module")
def saved(tmp_path_factory, figure, told) -> list[Path]:
    folder = tmp_path_factory.mktemp("out") / "deep" / "er"
    return files.save(figure, folder / "arms__trajectory", alt=told, data=VALUES.table())


def test_two_fresh_processes_write_the_same_bytes_of_every_kind(tmp_path):
    script = Path(__file__).with_name("draw_once.py")
    runs = [
        subprocess.Popen(
            [sys.executable, script, tmp_path / name],
            env=os.environ | {"PYTHONHASHSEED": seed},
        )
        for name, seed in (("one", "1"), ("two", "2"))
    ]
    assert [run.wait(timeout=600) for run in runs] == [0, 0]
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
                for name in ("one", "two"))  # fmt: skip
    assert len(one) == 17 * len(ENDINGS)
    assert [name for name in one if one[name] != two[name]] == []
    assert one.keys() == two.keys()


def test_every_module_that_finishes_a_chart_is_among_those_drawn_twice():
    from forecast import charts
    from tests.charts.draw_once import every_kind

    folder = Path(charts.__file__).parent
    finishing = [p.stem for p in folder.glob("*.py") if "\ndef chart(" in p.read_text("utf-8")]
    assert len(every_kind()) >= len(finishing) + 2  # trajectory and panel give a figure


def test_a_chart_comes_with_its_numbers_and_its_words(saved):
    assert [path.name for path in saved] == [f"arms__trajectory{end}" for end in ENDINGS]
    assert all(path.stat().st_size > 0 for path in saved)
    assert sorted(path.name for path in saved[0].parent.iterdir()) == sorted(
        path.name for path in saved
    )


def test_the_csv_holds_exactly_what_is_drawn(saved, figure):
    with saved[3].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    history = [float(row["p"]) for row in rows if row["kind"] == "history"]
    forecast = [float(row["p"]) for row in rows if row["kind"] == "forecast"]
    assert list(lines["mean"].get_ydata())[:-1] == history
    assert list(lines["forecast"].get_ydata())[1:] == forecast
    assert list(lines["no reports"].get_ydata()) == [float(row["no_news"]) for row in rows]
    for name in ("lo50", "hi50", "lo80", "hi80"):
        assert [float(row[name]) for row in rows] == getattr(VALUES, name).tolist()


def test_the_svg_keeps_text_as_text_and_carries_title_description_and_font(saved, told):
    root = ET.parse(saved[0]).getroot()
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == told.title
    assert root.findtext(f"{SVG}desc") == told.short
    assert "@font-face" in root.findtext(f"{SVG}style", "")
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert "almost certain" in words
    assert "97%" in words
    assert root.get("width") == f"{160 / 25.4 * 72:.6f}pt"


def test_the_png_has_the_pixels_of_its_size(saved):
    head = saved[1].read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(head[n : n + 4]) for n in (16, 20))
    assert (width, height) == (int(160 / 25.4 * 300), int(100 / 25.4 * 300))


def test_the_pdf_embeds_the_bundled_font_and_no_date(saved):
    body = saved[2].read_bytes()
    assert b"SourceSans3" in body
    assert b"CreationDate" not in body


def test_the_alt_text_file_starts_with_the_short_text(saved, told):
    assert saved[4].read_text(encoding="utf-8").splitlines()[0] == told.short


def test_only_the_formats_asked_for_are_written(tmp_path, figure, told):
    written = files.save(figure, tmp_path / "a__b", formats=["svg"], alt=told, data={})
    assert [path.name for path in written] == ["a__b.svg", "a__b.csv", "a__b.alt.txt"]


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path, figure, told):
    with pytest.raises(ChartRefusal, match="unknown format 'gif'; the formats are svg, png, pdf"):
        files.save(figure, tmp_path / "a", formats=["svg", "gif"], alt=told, data={})
    assert list(tmp_path.iterdir()) == []


def test_a_chart_that_breaks_the_standard_is_not_written(tmp_path, told):
    broken = trajectory.figure(samples.node(), scale=samples.ICD203, stamp=samples.STAMP)
    broken.axes[0].set_ylim(0.5, 1)
    with pytest.raises(ChartRefusal):
        files.save(broken, tmp_path / "a", alt=told, data={})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, figure, told):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written") as caught:
        files.save(figure, tmp_path / "file" / "a", formats=["svg"], alt=told, data={})
    assert "\n" not in str(caught.value)


def test_a_failed_write_leaves_the_old_file_and_no_remains(tmp_path, figure, told, monkeypatch):
    (tmp_path / "a.svg").write_text("old")
    monkeypatch.setattr(Path, "replace", _full)
    with pytest.raises(OutputError, match="No space left"):
        files.save(figure, tmp_path / "a", formats=["svg"], alt=told, data={})
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]
    assert (tmp_path / "a.svg").read_text() == "old"


def test_markup_in_a_label_stays_text(tmp_path):
    values = samples.node(label="Arms & <ammunition>", proposition="X < B & C > D.")
    figure = trajectory.figure(values, scale=samples.ICD203, stamp=samples.STAMP)
    told = files.of_trajectory(values, scale=samples.ICD203, stamp=samples.STAMP)
    (svg, *_) = files.save(figure, tmp_path / "a", formats=["svg"], alt=told, data={})
    root = ET.parse(svg).getroot()
    assert root.findtext(f"{SVG}title", "").startswith("Arms & <ammunition>")
    assert "X < B & C > D" in root.findtext(f"{SVG}desc", "")


def test_the_bundled_fonts_have_the_glyphs_charts_use():
    from matplotlib.font_manager import get_font

    for bold in (False, True):
        glyphs = get_font(style.font_path(bold=bold)).get_charmap()
        assert all(ord(c) in glyphs for c in "–—%≤≥<>−…’éèüñçłšğåø\u00a0")  # noqa: RUF001


def test_importing_the_package_does_not_import_matplotlib():
    said = subprocess.run(
        [sys.executable, "-c", "import sys, forecast.charts; print('matplotlib' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.strip() == "False"


def _full(self: Path, target: Path) -> None:
    raise OSError(28, "No space left on device", str(target))


@pytest.mark.parametrize(
    "said",
    [
        "$\\frac{1}{$ a $x_2$",
        "</title><script>a()</script> & <b>",
        "one\n\ntwo",
        "a ]]> b --> c",
    ],
)
def test_a_text_of_others_is_text_in_the_image_and_in_the_words_beside_it(said, tmp_path):
    """No formula of TeX, no element, and XML that can be read."""
    values = samples.node(
        "arms", f"Arms {said}", f"Arms {said} are sold.",
        marks=(samples.Mark(samples.SIX[0].date, f"US: {said}"),),
    )  # fmt: skip
    drawn = trajectory.figure(values, scale=samples.ICD203, stamp=samples.STAMP)
    words = files.of_trajectory(values, scale=samples.ICD203, stamp=samples.STAMP)
    written = files.save(drawn, tmp_path / "a", alt=words, data=values.table())
    root = ET.fromstring(written[0].read_text("utf-8"))
    assert not [
        each for each in root.iter() if each.tag.endswith(("script", "image", "foreignObject"))
    ]
    held = " ".join("".join(root.itertext()).split())
    assert " ".join(said.split())[:8] in held
    assert len(written[-1].read_text("utf-8").splitlines()) == 4
