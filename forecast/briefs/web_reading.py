"""What a page shows: the visible text of its regions and notes, and its pictures."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser

from forecast.briefs.stamps import Shown

__all__ = ["noted", "regions", "shown"]

_PICTURE = re.compile(r'<img src="data:[^;"]*;base64,([^"]*)"')
_SILENT = {"script", "style", "sup", "template", "title"}
_EMPTY = {"img", "br", "hr", "input", "meta", "link", "wbr"}


def regions(text: str) -> list[tuple[str, str]]:
    """List every region of a page: its placeholder, and the text a reader sees in it.

    Examples
    --------
    >>> regions('<p>It is <span data-forecast="forecast.issue()"><b>7</b></span> now.</p>')
    [('forecast.issue()', '7')]
    """
    found = _Regions()
    found.feed(text)
    found.close()
    return found.regions


def noted(text: str) -> str:
    """Text of the notes at the end of a page."""
    found = _Regions()
    found.feed(text)
    found.close()
    return " ".join("".join(found.notes).split())


def shown(text: str) -> Shown:
    """Read fingerprints of the pictures of a page; its text is in its regions."""
    return Shown(pictures=list(_pictures(text)))


def _pictures(text: str) -> Iterator[str]:
    for found in _PICTURE.finditer(text):
        try:
            yield sha256(b64decode(found[1])).hexdigest()[:16]
        except ValueError:
            yield ""


class _Regions(HTMLParser):
    """Collects the visible text between the markers of regions."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.regions: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self.open: str | None = None
        self.said: list[str] = []
        self.tags: list[str] = []
        self.depth = 0  # of the span that is a region

    def handle_comment(self, data: str) -> None:
        said = data.strip()
        if said.startswith("forecast.") and self.open is None:
            self.open, self.said, self.depth = said, [], 0
        elif said == "/forecast" and self.open is not None:
            self._finish()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "img" and self.open is not None:
            self.said.append(f" {values.get('alt') or ''} ")
        if tag in _EMPTY:
            return
        self.tags.append("notes" if "notes" in (values.get("class") or "").split() else tag)
        if tag == "span" and values.get("data-forecast") and self.open is None:
            self.open, self.said, self.depth = str(values["data-forecast"]), [], len(self.tags)

    def handle_endtag(self, tag: str) -> None:
        if tag in _EMPTY or not self.tags:
            return
        if self.depth and len(self.tags) == self.depth:
            self._finish()
        self.tags.pop()
        if tag not in {"span", "a", "em", "strong", "b", "i", "code"}:
            self.said.append(" ")

    def handle_data(self, data: str) -> None:
        if _SILENT & set(self.tags):
            return
        if self.open is not None:
            self.said.append(data)
        if "notes" in self.tags:
            self.notes.append(data)

    def _finish(self) -> None:
        assert self.open is not None
        self.regions.append((self.open, " ".join("".join(self.said).split())))
        self.open, self.depth = None, 0
