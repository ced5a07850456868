"""What a page shows: the visible text of its regions and notes, its pictures, and how it is styled.

The words of the author may be edited. What can hide one text and show another may not: style
sheets, scripts, attributes of style, and elements that a page of ours does not have.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser

from forecast.briefs.presence import joined
from forecast.briefs.stamps import Shown

__all__ = ["Seen", "seen", "shown"]

_SILENT = {"script", "style", "template", "title"}
_EMPTY = {"img", "br", "hr", "input", "meta", "link", "wbr"}
_INLINE = {"span", "a", "em", "strong", "b", "i", "code", "sup", "sub"}
_PLAIN = {
    *_INLINE, "blockquote", "body", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "head", "hr",
    "html", "img", "li", "main", "meta", "ol", "p", "pre", "section", "table", "tbody", "td",
    "tfoot", "th", "thead", "title", "tr", "u", "ul",
}  # fmt: skip
_SAID = {
    "alt", "aria-label", "charset", "content", "data-forecast", "href", "id", "lang", "name",
    "scope", "src", "start", "tabindex", "title",
}  # fmt: skip


@dataclass(slots=True)
class Seen:
    """What is read of a page.

    Attributes
    ----------
    regions : list of (str, str)
        Every placeholder, and the text a reader sees in its region.
    joined : list of str
        Placeholders whose number a digit beside it joins.
    notes : str
        Text of the notes at the end.
    pictures : list of str
        Fingerprint of every picture.
    looks : str
        Fingerprint of all that is neither text nor plain markup.
    """

    regions: list[tuple[str, str]] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    notes: str = ""
    pictures: list[str] = field(default_factory=list)
    looks: str = ""


def seen(text: str) -> Seen:
    """Read a page as its reader sees it.

    Examples
    --------
    >>> seen('<p>It is <span data-forecast="forecast.issue()"><b>7</b></span> now.</p>').regions
    [('forecast.issue()', '7')]
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    found = reader.found
    found.notes = " ".join("".join(reader.notes).split())
    found.looks = sha256("\n".join(sorted(reader.looks)).encode()).hexdigest()[:16]
    return found


def shown(text: str) -> Shown:
    """Read the fingerprints of a page that go into its record; its text is in its regions."""
    found = seen(text)
    return Shown(pictures=found.pictures, looks=found.looks)


def _fingerprint(source: str) -> str:
    """Fingerprint of a picture inside the page; the address of another."""
    head, _, body = source.partition(";base64,")
    try:
        return sha256(b64decode(body)).hexdigest()[:16] if head.startswith("data:") else source
    except ValueError:
        return source


class _Reader(HTMLParser):
    """Collects the visible text between the markers of regions."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Seen()
        self.notes: list[str] = []
        self.looks: list[str] = []
        self.open: str | None = None
        self.said: list[str] = []
        self.tags: list[str] = []
        self.note = ""  # number that a link to a note has to have
        self.depth = 0  # of the span that is a region
        self.before = ""  # text of the line before what comes
        self.left: tuple[str, str, str] | None = None  # a region just ended, with its neighbour

    def handle_comment(self, data: str) -> None:
        said = data.strip()
        if said.startswith("forecast.") and self.open is None:
            self._begin(said, 0)
        elif said == "/forecast" and self.open is not None:
            self._finish()
        elif said.startswith("["):  # a condition of an old browser
            self.looks.append(f"<!--{said}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._look(tag, attrs)
        if tag == "img":
            self.found.pictures.append(_fingerprint(values.get("src") or ""))
            if self.open is not None:
                self.said.append(f" {values.get('alt') or ''} ")
        if tag not in _INLINE:
            self._text(" ")
        if tag in _EMPTY:
            return
        self.tags.append("notes" if "notes" in (values.get("class") or "").split() else tag)
        if tag == "a":
            self.note = (values.get("href") or "").removeprefix("#note-")
        if tag == "span" and values.get("data-forecast") and self.open is None:
            self._begin(str(values["data-forecast"]), len(self.tags))

    def handle_endtag(self, tag: str) -> None:
        if tag in _EMPTY or not self.tags:
            return
        if self.depth and len(self.tags) == self.depth:
            self._finish()
        self.tags.pop()
        if tag not in _INLINE:
            self._text(" ")

    def handle_data(self, data: str) -> None:
        if _SILENT & set(self.tags):
            if "style" in self.tags or ("script" in self.tags and '"regions"' not in data):
                self.looks.append(data)
            return
        self._text(data)
        if "notes" in self.tags:
            self.notes.append(data)

    def close(self) -> None:
        super().close()
        self._text(" ")

    def _look(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _PLAIN:
            self.looks.append(f"<{tag} {attrs}>")
            return
        self.looks += [f"{name}={value}" for name, value in attrs if name not in _SAID]
        if any(name == "href" and (value or "").startswith("data:") for name, value in attrs):
            self.looks.append(f"<{tag} {attrs}>")

    def _text(self, data: str) -> None:
        """Take text that is seen: of a region, or beside one."""
        if "sup" in self.tags and data == self.note:
            data = " "  # the number of a note
        if self.left is not None:
            said, before, shown_ = self.left
            self.left = None
            if joined(before, shown_, data):
                self.found.joined.append(said)
        if self.open is not None:
            self.said.append(data)
        self.before = (self.before + data)[-9:]

    def _begin(self, said: str, depth: int) -> None:
        self.open, self.said, self.depth = said, [self.before], depth

    def _finish(self) -> None:
        assert self.open is not None
        before, *rest = self.said
        text = " ".join("".join(rest).split())
        self.found.regions.append((self.open, text))
        self.left = (self.open, before, text)
        self.open, self.depth = None, 0
