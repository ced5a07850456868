"""The report page as it is read: on a phone, in the dark, and on paper, measured by Chromium."""

import html
import json
import re
import shutil
import subprocess
import tempfile

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--virtual-time-budget=6000")  # fmt: skip
MEASURE = """<script>
window.addEventListener("load", function () { setTimeout(function () {
  function light(colour) {
    const c = colour.match(/[\\d.]+/g).slice(0, 3).map(function (x) {
      x /= 255; return x <= 0.03928 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4); });
    return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
  }
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const least = Math.min.apply(null,
    ["body", "a", ".note", "figcaption", "th", "td", "summary", ".notes", "em"].filter(
    function (name) { return document.querySelector(name); }).map(function (name) {
      const ink = light(getComputedStyle(document.querySelector(name)).color);
      return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05); }));
  const page = document.documentElement;
  parent.document.title += "MEASURED" + JSON.stringify({
    name: window.name, window: innerWidth, width: page.scrollWidth, height: page.scrollHeight,
    paper: paper,
    contrast: least, open: document.querySelectorAll("details[open]").length,
    charts: light(getComputedStyle(document.querySelector("figure > div, img")).backgroundColor),
    drawn: document.querySelector("figure > div, img").getBoundingClientRect().width,
  });
}, 1500); });
</script>"""

WIDTHS = (390, 700, 1400)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")


@pytest.fixture(scope="module")
def page(issued, tmp_path_factory):
    from click.testing import CliRunner

    from forecast.cli import forecast as door

    out = tmp_path_factory.mktemp("page") / "report.html"
    done = CliRunner().invoke(
        door, ["report", str(out), "--project", str(issued)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return out


def browse(*arguments):
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [BROWSER, *FLAGS, f"--user-data-dir={profile}", *map(str, arguments)],
            capture_output=True, timeout=120, check=False, text=True,
        )  # fmt: skip
    return done.stdout


@pytest.fixture(scope="module")
def brief(issued, tmp_path_factory):
    from click.testing import CliRunner

    from forecast.cli import forecast as door

    out = tmp_path_factory.mktemp("brief") / "brief.html"
    done = CliRunner().invoke(
        door, ["brief", "new", str(out), "--project", str(issued)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture(scope="module", params=[0, 1], ids=["dark", "light"])
def measured(page, brief, request, tmp_path_factory):
    """Measures of copies that have a script of ours and no policy against it, in one browser."""
    policy = "<meta http-equiv=.Content-Security-Policy.[^>]*>"
    frames = []
    for name, held, width in (*(("page", page, n) for n in WIDTHS), ("brief", brief, 390)):
        text = re.sub(policy, "", held.read_text("utf-8")).replace("</body>", f"{MEASURE}</body>")
        style = f"width:{width}px;height:900px;border:0"
        inside = html.escape(text, quote=True)
        frames.append(f'<iframe name="{name}-{width}" style="{style}" srcdoc="{inside}"></iframe>')
    around = tmp_path_factory.mktemp("around") / "around.html"
    around.write_text(f"<!DOCTYPE html><title></title>{''.join(frames)}", "utf-8")
    scheme = f"--blink-settings=preferredColorScheme={request.param}"
    shown = browse("--window-size=1500,900", scheme, "--dump-dom", around.as_uri())
    found = map(json.loads, re.findall(r"MEASURED(\{.*?\})", shown.partition("</title>")[0]))
    return request.param == 0, {one["name"]: one for one in found}


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window_and_folds_are_closed(width, measured):
    _, found = measured
    held = found[f"page-{width}"]
    assert held["window"] == width
    assert held["width"] <= width
    assert held["open"] == 0
    assert held["height"] < 9000


def test_words_are_legible_in_the_light_and_in_the_dark_and_charts_stay_on_white(measured):
    dark, found = measured
    held = found["page-1400"]
    assert (held["paper"] < 0.1) is dark
    assert held["contrast"] >= 4.5
    assert held["charts"] == 1.0


def test_a_brief_fits_a_phone_is_legible_in_either_dress_and_keeps_its_chart_large(measured):
    """A chart that is narrower than 36 rem would have letters of 5 pixels."""
    dark, found = measured
    held = found["brief-390"]
    assert held["width"] <= held["window"] == 390
    assert (held["paper"] < 0.1) is dark
    assert held["contrast"] >= 4.5
    assert held["charts"] == 1.0
    assert held["drawn"] == 576


@pytest.fixture(scope="module")
def printed(page, tmp_path_factory):
    """The report page on paper."""
    out = tmp_path_factory.mktemp("printed") / "report.pdf"
    browse("--window-size=1400,1000", "--no-pdf-header-footer", f"--print-to-pdf={out}",
           page.as_uri())  # fmt: skip
    return out


def test_no_printed_page_but_the_last_is_a_third_empty_and_none_shows_the_tools(
    page, printed, tmp_path
):
    """Measured in the pixels of each page: below its last line, and beside the legend."""
    import io

    from PIL import Image

    if shutil.which("pdftoppm") is None:
        pytest.skip("there is no pdftoppm on this machine")
    subprocess.run(
        ["pdftoppm", "-r", "30", "-gray", printed, tmp_path / "p"], check=True, timeout=60
    )
    images = [Image.open(io.BytesIO(one.read_bytes())) for one in sorted(tmp_path.glob("p*.pgm"))]
    ends = [one.point(lambda x: 255 * (x < 200)).getbbox()[3] / one.height for one in images]
    assert len(ends) > 2
    assert min(ends[:-1]) > 2 / 3
    assert "@media print{:host{display:none!important}}" in page.read_text("utf-8")


def test_paper_has_every_fold_open_and_no_page_all_but_empty(printed):
    from pypdf import PdfReader

    pages = [one.extract_text() for one in PdfReader(printed).pages]
    said = " ".join(" ".join(pages).split())
    assert len(pages) <= 12
    assert all(len(text) > 300 for text in pages[:-1])
    assert "Points in its week" in said
    assert "Questions whose dates have passed" not in said or "Will" in said
    for word in ("Reported What Grade Origin", "Date Probability 80% interval"):
        assert word in said
