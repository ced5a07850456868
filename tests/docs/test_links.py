"""Links of the documents lead somewhere, and their images are fit to be shipped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.project.repository import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
LARGEST = 200_000  # bytes of an image


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def slug(heading: str) -> str:
    """Return the anchor GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page."""
    return {slug(found) for found in re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)}


def links(page: Path) -> list[tuple[str, str]]:
    """Return place and anchor of every relative link of a page."""
    found = [target for _, _, target in LINK.findall(prose(page)) if "://" not in target]
    return [(place, anchor) for place, _, anchor in (target.partition("#") for target in found)]


def images(page: Path) -> list[tuple[str, Path]]:
    """Return alternative text and file of every image of a page."""
    found = LINK.findall(prose(page))
    return [(text, page.parent / target) for mark, text, target in found if mark]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_to_a_file_and_a_heading(page):
    broken = []
    for place, anchor in links(page):
        target = page.parent / place if place else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(f"{place}#{anchor}")
    assert broken == []


def test_the_pages_hold_links_to_check():
    """Links and images are found at all, so that the tests here can fail."""
    assert {"README.md", "ARCHITECTURE.md", "model.md", "schema.md"} <= {
        page.name for page in PAGES
    }
    assert ("docs/model.md", "12-reading-out") in links(ROOT / "README.md")
    assert len(images(ROOT / "README.md")) == 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_images_are_small_and_described(page):
    """An image of a page is under 200 kB and has a text for readers who do not see it."""
    for text, path in images(page):
        assert path.stat().st_size < LARGEST, path.name
        assert len(text) > 40, path.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_formulas_survive_markdown(page):
    r"""No formula has a backslash before punctuation (`\,`, `\{`), which GitHub would swallow."""
    formulas = re.findall(r"\$\$.+?\$\$|\$[^$\n]+\$", prose(page), re.DOTALL)
    assert [found for found in formulas if re.search(r"\\[^A-Za-z\s]", found)] == []
