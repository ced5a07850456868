"""What a reader of a Markdown text does not see, or reads otherwise than it was written."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from forecast.briefs.presence import JOINED, joined
from forecast.briefs.regions import Slot, code_places, scan

__all__ = ["concealed"]

_MARKUP = re.compile(r"<!--.*?-->|<[^>\n]*>|[*_~`\\]", re.DOTALL)
_NEAR = 80
_SILENT = {
    "template",
    "details",
    "noscript",
    "script",
    "style",
    "textarea",
    "title",
    "svg",
    "dialog",
}
_EMPTY = {"img", "br", "hr", "input", "meta", "link", "wbr"}
_DIV = re.compile(r"^(:{3,})[ \t]*(.*)$", re.MULTILINE)
_UNSEEN = re.compile(r"hidden|when-format|when-meta|when-profile|unless-|style=|callout")


def concealed(text: str, *, name: str) -> list[str]:
    """Say of every region that is hidden from a reader, or whose number a digit beside it joins.

    Markup in HTML and the divisions of Quarto are looked at; style sheets are not.

    Examples
    --------
    >>> concealed("5<span data-forecast='forecast.issue()'>8</span>", name="b.md")[0][:38]
    'forecast.issue() is joined by digits b'
    """
    slots = [slot for slot in scan(text, name=name) if slot.form != "placeholder"]
    hidden = _hidden(text)
    out = []
    for slot in slots:
        if any(low < slot.start < high for low, high in hidden):
            out.append(f"{slot.wanted} is hidden from its reader; take away what hides it")
        elif slot.form == "span" and _joined(text, slot):
            out.append(JOINED.format(slot.wanted))
    return out


def _joined(text: str, slot: Slot) -> bool:
    before, after = text[max(0, slot.start - _NEAR) : slot.start], text[slot.end :][:_NEAR]
    sides = [html.unescape(_MARKUP.sub("", one)) for one in (before, after)]
    return joined(sides[0], slot.body, sides[1])


def _hidden(text: str) -> list[tuple[int, int]]:
    """Stretches that are not printed: comments, elements that hide, divisions of Quarto."""
    blank = list(text)
    for low, high in code_places(text):
        blank[low:high] = [sign if sign == "\n" else " " for sign in text[low:high]]
    reader = _Hiding("".join(blank))
    return [*reader.found, *_divisions("".join(blank))]


def _divisions(text: str) -> list[tuple[int, int]]:
    out, stack = [], []
    for found in _DIV.finditer(text):
        if found[2].strip():
            stack.append((found.start(), bool(_UNSEEN.search(found[2]))))
        elif stack:
            begin, unseen = stack.pop()
            out += [(begin, found.start())] if unseen else []
    return out + [(begin, len(text)) for begin, unseen in stack if unseen]


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
        if tag not in _EMPTY:
            unseen = tag in _SILENT or any(name in {"hidden", "style"} for name, _ in attrs)
            self.stack.append((tag, self._place(), unseen))

    def handle_endtag(self, tag: str) -> None:
        at = next((n for n in range(len(self.stack) - 1, -1, -1) if self.stack[n][0] == tag), None)
        if at is not None:
            self.found += [(b, self._place()) for _, b, unseen in self.stack[at:] if unseen]
            del self.stack[at:]
