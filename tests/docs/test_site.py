"""The documentation site builds without a warning, holds every page, and needs no network."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

import forecast
from forecast.cli import forecast as front_door
from tests.docs.test_commands import leaves
from tests.project.repository import ROOT


class Loaded(HTMLParser):
    """Collects what a page loads by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in {"script", "img", "iframe"} and given.get("src"):
            self.found.append(given["src"])
        if tag == "link" and given.get("rel") in {"stylesheet", "preload", "icon"}:
            self.found.append(given["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--fail-on-warning", "--keep-going", "-d", str(folder / "doctrees")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, "docs", str(folder / "html")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_every_page_and_notebook_is_on_the_site_and_in_its_navigation(site):
    navigation = (site / "index.html").read_text("utf-8")
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]
    for page in pages:
        place = f"notebooks/{page.stem}" if page.suffix == ".ipynb" else page.stem
        assert (site / f"{place}.html").is_file(), place
        assert place == "index" or f'href="{place}.html"' in navigation, place


def test_every_command_is_described(site):
    page = re.sub(r"<[^>]+>", "", (site / "site" / "commands.html").read_text("utf-8"))
    for path in leaves(front_door):
        assert f"forecast {path} [OPTIONS]" in page, path
    assert ".. option::" not in page, "markup that was not read"
    assert "forecast run --as-of 2024-07-01 --horizon 12m" in page, "examples can be pasted"


def test_every_public_name_of_python_is_described(site):
    page = (site / "site" / "reference.html").read_text("utf-8")
    for name in set(forecast.__all__) - {"__version__"}:
        assert re.search(rf'id="forecast[a-z.]*\.{name}"', page), name


def test_formulas_are_set_without_a_script(site):
    page = (site / "model.html").read_text("utf-8")
    assert page.count("<math") > 100
    assert "MathJax" not in page


def test_no_page_loads_anything_from_the_network(site):
    for page in site.rglob("*.html"):
        loaded = Loaded(page.read_text("utf-8")).found
        assert loaded
        assert not [place for place in loaded if re.match(r"(https?:)?//", place)], page.name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(@import|url\()[^;)]*//", sheet.read_text("utf-8")), sheet.name
