"""What a reader of a Markdown text or its page sees, and what is read otherwise than written.

The words of the author may be edited. What can hide one text and show another may not: style
sheets, scripts, attributes of style, and elements that a page of ours does not have.
"""

from __future__ import annotations

import html
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from itertools import zip_longest

from markdown_it.token import Token

from forecast.briefs.blocks import parsed, pieces, reader
from forecast.briefs.regions import Slot, code_places, parse, scan
from forecast.briefs.stamps import Shown, disturbed
from forecast.errors import DocumentError

__all__ = ["Seen", "concealed", "looks", "markup", "seen", "shown"]


_EMPTY = {"img", "br", "hr", "input", "meta", "link", "wbr"}


_MARKUP = re.compile(r"<!--.*?-->|<[^>\n]*>|[*_~`\\|]", re.DOTALL)
_SEEN = {
    "a", "abbr", "article", "aside", "b", "blockquote", "body", "caption", "center", "cite", "code",
    "col", "colgroup", "dd", "div", "dl", "dt", "em", "figcaption", "figure", "footer", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "html", "i", "ins", "kbd", "li", "main", "mark", "nav", "ol",
    "p", "pre", "q", "section", "small", "span", "strong", "sub", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_UNSEEN = re.compile(
    r"hidden|when-format|when-meta|when-profile|unless-|style=|callout|d-none|invisible|sr-only|"
    r"collaps|\bnotes\b|opacity-0"
)
_HIDING = {"hidden", "style", "dir", "popover", "inert", "aria-hidden"}
_DIV = re.compile(r"^(:{3,})[ \t]*(.*)$", re.MULTILINE)
_RAW = re.compile(r"[`~]{3,}[ \t]*\{")
_AGAIN = re.compile(r"^[ >\t]*\[\^(r-[^\]\n]+)\]:", re.MULTILINE | re.IGNORECASE)
_REGION = re.compile(r"<!--\s*(forecast\..*?)\s*-->|<span data-forecast='([^'\n]*)'>", re.DOTALL)
#: What may change how the words of a text look, in Markdown, Quarto or LaTeX.
_LOOK = re.compile(
    r"(?P<front>\A\ufeff?---[ \t]*\r?\n.*?\n(?:---|\.\.\.)[ \t]*\r?$)"
    r"|(?P<fence>^[ >]{0,6}(?:`{3,}|~{3,})[ \t]*\{.*?(?:^[ >]{0,6}(?:`{3,}|~{3,})[ \t]*\r?$|\Z))"
    r"|(?P<div>^:{3,}.*$)"
    r"|(?P<comment><!--.*?(?:-->|\Z))"
    r"|(?P<tag><(?![A-Za-z][\w.+-]*:|[^\s<>]+@)[A-Za-z/!?][^>]*>?)"
    r"|(?P<code>\{\{[<%].*?[>%]\}\})"
    r"|(?P<attributes>(?<=[\])`])\{[^}]*\}|\{[#.=][^}]*\})"
    r"|(?P<tex>(?<!\\)\\[A-Za-z@]+)"
    r"|(?P<mark>~~|\$\$|\[\^[^\]\s]*\]:|^[ >]{0,6}\[[^\]\n]+\]:)",
    re.MULTILINE | re.DOTALL,
)


def concealed(text: str, *, name: str) -> list[str]:
    """Say of every region that it is hidden from a reader, or reads otherwise than its words.

    Markup in HTML, the divisions of Quarto and all that Markdown does not print are looked at, and
    notes of ours that are written a second time; style sheets are in `looks`.

    Examples
    --------
    >>> concealed("5<span data-forecast='forecast.issue()'>8</span>", name="b.md")[0][:38]
    'forecast.issue() is joined by digits o'
    """
    slots = [slot for slot in scan(text, name=name) if slot.form != "placeholder"]
    hidden, left = _divisions(text), _printed(text)
    out = []
    for slot in slots:
        said = str(slot.wanted)
        left[said] -= 1
        if left[said] < 0 or any(low < slot.start < high for low, high in hidden):
            out.append(f"{said} is hidden from its reader; take away what hides it")
        elif slot.form == "span" and (wrong := _disturbed(text, slot)):
            out.append(wrong.format(said))
    return out + _again(text, slots)


def looks(text: str, *, name: str) -> str:
    """Fingerprint of all in a text that is neither plain text nor plain markup, region by region.

    Front matter, styles, scripts, elements, attributes, raw and executed code could hide what the
    regions say, or show something else; the words of the author could not.
    """
    slots = scan(text, name=name)
    code = [
        (low, high)
        for low, high in code_places(text)
        if not (_RAW.match(text, low) or text.startswith("{=", high))
    ]
    reached, found = 0, []
    for number, slot in enumerate([*slots, None]):
        end = len(text) if slot is None else slot.start
        between = "".join(
            " " if any(low <= n < high for low, high in code) else text[n]
            for n in range(reached, end)
        )
        found += [f"{number}:{one}" for one in _looks(between, first=reached == 0)]
        reached = end if slot is None else slot.end
    return sha256("\n".join(found).encode()).hexdigest()[:16]


def _looks(text: str, *, first: bool) -> Iterator[str]:
    for one in _LOOK.finditer(text.replace("\r\n", "\n")):
        if one["comment"] or (one["front"] and not first):
            continue
        if one["tag"]:
            yield from _Tags(one["tag"]).found
        else:
            yield one[0]


def _disturbed(text: str, slot: Slot) -> str:
    before = re.split(r"\n[ \t]*\r?\n", text[: slot.start])[-1]
    after = re.split(r"\n[ \t]*\r?\n", text[slot.end :])[0]
    sides = [html.unescape(_MARKUP.sub("", one)) for one in (before, after)]
    return disturbed(sides[0], html.unescape(_MARKUP.sub("", slot.body)), sides[1])


def _again(text: str, slots: Sequence[Slot]) -> list[str]:
    """Name the notes of ours that are written outside the regions as well."""
    return [
        f"the note {found[1]} is written a second time; take it out"
        for found in _AGAIN.finditer(text)
        if not any(slot.start <= found.start() < slot.end for slot in slots)
    ]


def _printed(text: str) -> Counter[str]:
    """Count the regions that are printed: not those in alternative texts, titles, code, comments.

    Also not those in elements that hide what they hold.
    """
    document = parsed(text)
    stream = _stream(document.tokens)
    cited: set[str] = set()
    waiting = _notes_in(document.tokens)
    while waiting:
        key = waiting.pop()
        if key in document.notes and key not in cited:
            cited.add(key)
            tokens = reader().parseInline(document.notes[key])
            stream += _stream(tokens)
            waiting += _notes_in(tokens)
    hidden = _Hiding(stream).found
    return Counter(
        said
        for place, said in _regions(stream)
        if not any(low < place < high for low, high in hidden)
    )


def _notes_in(tokens: Iterable[Token]) -> list[str]:
    lines = (token for token in tokens if token.type == "inline")
    return [piece.text for token in lines for piece in pieces(token) if piece.kind == "note"]


def _stream(tokens: Iterable[Token]) -> str:
    """Markup in HTML that a text holds, as what reads Markdown finds it, without the words."""
    out = []
    for token in tokens:
        held = token.children or [] if token.type == "inline" else [token]
        for one, after in zip_longest(held, held[1:]):
            raw = one.type == "fence" and one.info.startswith("{=")
            raw |= one.type == "code_inline" and after is not None and after.content[:2] == "{="
            if raw or one.type in {"html_inline", "html_block"}:
                out.append(one.content)
    return "\n".join([*out, ""])


def _regions(stream: str) -> Iterator[tuple[int, str]]:
    for begun in _REGION.finditer(stream):
        try:
            yield begun.start(), str(parse(begun[1] or html.unescape(begun[2])))
        except DocumentError:
            continue  # the scan of the text has told it


def _divisions(text: str) -> list[tuple[int, int]]:
    """Stretches in divisions of Quarto that hide what they hold."""
    blank = list(text)
    for low, high in code_places(text):
        blank[low:high] = [sign if sign == "\n" else " " for sign in text[low:high]]
    text = "".join(blank)
    out, stack = [], []
    for found in _DIV.finditer(text):
        if found[2].strip():
            stack.append((found.start(), bool(_UNSEEN.search(found[2]))))
        elif stack:
            begin, unseen = stack.pop()
            out += [(begin, found.start())] if unseen else []
    return out + [(begin, len(text)) for begin, unseen in stack if unseen]


class _Tags(HTMLParser):
    """Reads what of a tag is more than plain markup."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += markup(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.found += markup(f"/{tag}", []) if markup(tag, []) else []


class _Hiding(HTMLParser):
    """Finds the elements and comments of a text that hide what they hold."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self.found: list[tuple[int, int]] = []
        self.stack: list[tuple[str, int, bool]] = []
        self.feed(text)
        self.close()
        self.found += [(begin, len(text)) for _, begin, unseen in self.stack if unseen]

    def _place(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def handle_comment(self, data: str) -> None:
        if "data-forecast" in data or "forecast." in data.lstrip()[1:]:
            self.found.append((self._place(), self._place() + len(data) + 7))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _EMPTY and not {":", "@"} & set(tag):  # an address is no element
            classes = next((value or "" for name, value in attrs if name == "class"), "")
            hiding = any(name in _HIDING for name, _ in attrs) or _UNSEEN.search(classes)
            self.stack.append((tag, self._place(), tag not in _SEEN or bool(hiding)))

    def handle_endtag(self, tag: str) -> None:
        at = next((n for n in range(len(self.stack) - 1, -1, -1) if self.stack[n][0] == tag), None)
        if at is not None:
            self.found += [(b, self._place()) for _, b, unseen in self.stack[at:] if unseen]
            del self.stack[at:]


_SILENT = {"script", "style", "template", "title"}


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
