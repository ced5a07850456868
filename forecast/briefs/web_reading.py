"""What a page shows: the visible text of its regions and notes, its pictures, and how it is styled.

The words of the author may be edited. What can hide one text and show another may not: style
sheets, scripts, attributes of style, and elements that a page of ours does not have.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser

from forecast.briefs.stamps import Shown, disturbed

__all__ = ["Seen", "markup", "seen", "shown"]

_SILENT = {"script", "style", "template", "title"}
_EMPTY = {"img", "br", "hr", "input", "meta", "link", "wbr"}
_INLINE = {"span", "a", "em", "strong", "b", "i", "code", "sup", "sub"}
_PLAIN = {
    *_INLINE, "blockquote", "body", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "head", "hr",
    "html", "img", "li", "main", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot",
    "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_SAID = {"alt", "data-forecast", "href", "id", "lang", "scope", "src", "tabindex"}
_NOTE = "note-"
_CITED = re.compile("\ue000(\\d+)\ue001")


@dataclass(slots=True)
class Seen:
    """What is read of a page.

    Attributes
    ----------
    regions : list of (str, str)
        Every placeholder, and the text a reader sees in its region.
    disturbed : list of str
        What makes a region read otherwise than its words.
    notes : str
        Text of the notes at the end.
    pictures : list of str
        Fingerprint of every picture.
    looks : str
        Fingerprint of all that is neither text nor plain markup.
    """

    regions: list[tuple[str, str]] = field(default_factory=list)
    disturbed: list[str] = field(default_factory=list)
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
    found.regions = [(said, reader.cited(text)) for said, text in found.regions]
    found.looks = sha256("\n".join(sorted(reader.looks)).encode()).hexdigest()[:16]
    return found


def shown(text: str) -> Shown:
    """Read the fingerprints of a page that go into its record; its text is in its regions."""
    found = seen(text)
    return Shown(pictures=found.pictures, looks=found.looks)


def markup(tag: str, attrs: Iterable[tuple[str, str | None]]) -> list[str]:
    """Tell what of a tag is more than plain markup: what could hide, or show another text.

    Examples
    --------
    >>> markup("p", [("id", "a")]), markup("p", [("hidden", None)]), markup("s", [])
    ([], ['hidden=None'], ['<s []>'])
    """
    held = list(attrs)
    if tag not in _PLAIN or any(n == "href" and (v or "").startswith("data:") for n, v in held):
        return [f"<{tag} {held}>"]
    ours = ("note-", "ref-")
    return [
        f"{name}={value}"
        for name, value in held
        if name not in _SAID or (name == "id" and (value or "").startswith(ours))
    ]


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
        self.each: dict[str, list[str]] = {}  # words of every note, by its number
        self.looks: list[str] = []
        self.open: str | None = None
        self.said: list[str] = []
        self.tags: list[str] = []
        self.noted = 0  # depth of the section of notes
        self.number = ""  # of the note that is read
        self.note = ""  # number that a link to a note has to have
        self.depth = 0  # of the span that is a region
        self.before = ""  # text of the paragraph before what comes
        self.left: tuple[str, str, str] | None = None  # a region just ended, with its neighbour

    def cited(self, text: str) -> str:
        """Put the words of the notes in the place of their numbers."""
        return _CITED.sub(
            lambda n: f" [{' '.join(''.join(self.each.get(n[1], [])).split())}]", text
        )

    def handle_comment(self, data: str) -> None:
        said = data.strip()
        if said.startswith("forecast.") and self.open is None:
            self._begin(said, 0)
        elif said == "/forecast" and self.open is not None:
            self._finish()
        else:  # browsers do not agree where each ends
            self.looks.append(f"<!--{said}")

    def handle_pi(self, data: str) -> None:
        self.looks.append(f"<?{data}")

    def unknown_decl(self, data: str) -> None:
        self.looks.append(f"<![{data}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(reversed(attrs))  # the first of one name counts
        self.looks += markup(tag, attrs)
        if tag == "img":
            self.found.pictures.append(_fingerprint(values.get("src") or ""))
            if self.open is not None:
                self.said.append(f" {values.get('alt') or ''} ")
        self._part(tag)
        if tag in _EMPTY:
            return
        self.tags.append(tag)
        if tag in _SILENT:
            self.set_cdata_mode(tag)
        if "notes" in (values.get("class") or "").split():
            self.noted = len(self.tags)
        if tag == "li" and self.noted:
            self.number = (values.get("id") or "").removeprefix(_NOTE)
        if tag == "a":
            self._link(values.get("href") or "")
        if tag == "span" and values.get("data-forecast") and self.open is None:
            self._begin(str(values["data-forecast"]), len(self.tags))

    def handle_endtag(self, tag: str) -> None:
        if tag in _EMPTY or tag not in self.tags:
            return
        while self.tags:
            if self.depth and len(self.tags) == self.depth:
                self._finish()
            if self.noted == len(self.tags):
                self.noted, self.number = 0, ""
            if self.tags.pop() == tag:
                break
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if _SILENT & set(self.tags):
            if "style" in self.tags or ("script" in self.tags and '"regions"' not in data):
                self.looks.append(data)
            return
        self._text(data)
        if self.noted:
            self.notes.append(data)
            self.each.setdefault(self.number, []).append(data)

    def close(self) -> None:
        super().close()
        self._text(" ")

    def _part(self, tag: str) -> None:
        """Part the words of two paragraphs."""
        if tag not in _INLINE:
            self._text(" ")
            if tag != "br":
                self.before = ""

    def _link(self, address: str) -> None:
        """Take a link for part of what is said in a region or a note."""
        self.note = address.removeprefix(f"#{_NOTE}") if address.startswith(f"#{_NOTE}") else ""
        if self.note or address.startswith("#ref-"):
            return
        if self.open is not None:
            self.said.append(f" <{address}> ")
        elif self.noted:
            self.each.setdefault(self.number, []).append(f" <{address}> ")

    def _text(self, data: str) -> None:
        """Take text that is seen: of a region, or beside one."""
        said = data
        if "sup" in self.tags and self.note and data == self.note:  # the number of a note
            data, said = " ", f"\ue000{data}\ue001" if data.isdecimal() else data
        if self.left is not None:
            wanted, before, shown_ = self.left
            self.left = None
            if wrong := disturbed(before, shown_, data):
                self.found.disturbed.append(wrong.format(wanted))
        if self.open is not None:
            self.said.append(said)
        self.before += data

    def _begin(self, said: str, depth: int) -> None:
        self.open, self.said, self.depth = said, [self.before], depth

    def _finish(self) -> None:
        assert self.open is not None
        before, *rest = self.said
        text = " ".join("".join(rest).split())
        self.found.regions.append((self.open, text))
        self.left = (self.open, before, text)
        self.open, self.depth = None, 0
