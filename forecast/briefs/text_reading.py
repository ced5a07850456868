"""What a reader of a Markdown text does not see, or reads otherwise than it was written."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html.parser import HTMLParser
from itertools import zip_longest

from markdown_it.token import Token

from forecast.briefs.markup import parsed, pieces, reader
from forecast.briefs.regions import Slot, code_places, parse, scan
from forecast.briefs.stamps import disturbed
from forecast.briefs.web_reading import markup
from forecast.errors import DocumentError

__all__ = ["concealed", "looks"]

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
_EMPTY = {"img", "br", "hr", "input", "meta", "link", "wbr"}
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
