"""Markdown and Quarto: fill the places of a text that belong to the forecast, and no others.

A follow-on brief begins as `outline`, a document of placeholders, ready to be filled and edited.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import resources
from urllib.parse import quote

from forecast.briefs import sentences
from forecast.briefs.blocks import (
    Block,
    Bullets,
    Figure,
    Note,
    NoteList,
    Part,
    Prose,
    Table,
    numbered,
)
from forecast.briefs.facts import Facts
from forecast.briefs.regions import END, Placeholder, Slot, opening, scan
from forecast.errors import DocumentError, Problem
from forecast.escaping import line

__all__ = ["GONE", "Changed", "Filled", "fill", "inline", "notes_of", "outline"]


#: What stands in place of a region that a document was written with and shows no more.
GONE = "gone from the document"

_SPECIAL = re.compile(r"([\\`*_\[\]<>|$~^@{}#&])")
_ADDRESS = re.compile(r"https?://[^\s<>{}|\[\]`\\]+[^\s<>{}|\[\]`\\.,;:]")
#: What makes a list, a rule or a heading where a paragraph begins.
_BEGINS = re.compile(r"^( *\d{0,9})([-+=.)](?=[\s=-]|$))")
#: What ends the address of an image, or is read otherwise in one.
_UNSAFE = re.compile(r"[\s()<>%\"'\\?#{}]")
_ATTRIBUTE = re.compile(r"[{}<>\\]")
_LABEL = re.compile(r"[^\w.-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Changed:
    """One region that no longer says what the forecast says."""

    line: int
    wanted: str
    old: str
    new: str

    def apart(self) -> tuple[str, str]:
        """Words of old and new where they first differ, with a few around them.

        Examples
        --------
        >>> Changed(1, "", "a b c d e f g", "a b c d e x g").apart()
        ('... c d e f g', '... c d e x g')
        """
        before, after = self.old.split(), self.new.split()
        pairs = enumerate(zip(before, after, strict=False))
        short = min(len(before), len(after))
        first = next((n for n, (a, b) in pairs if a != b), short)
        begin, end = max(0, first - 3), first + 6
        return tuple(  # type: ignore[return-value]
            f"{'... ' if begin else ''}{' '.join(words[begin:end])}"
            f"{' ...' if end < len(words) else ''}"
            for words in (before, after)
        )


@dataclass(slots=True)
class Filled:
    """A document filled.

    Attributes
    ----------
    text : str
    regions : list of (str, str)
        Every placeholder with what now stands there.
    changed : list of Changed
        Regions that were there before and said something else.
    waiting : list of (int, str)
        Line and placeholder of what had not been filled before.
    figures : list of Figure
    notes : list of Note
        In order of their first use.
    pictures : list of str
        What is wrong with the pictures of an export.
    faults : list of str
        What is wrong with the document as a whole.
    """

    text: str = ""
    regions: list[tuple[str, str]] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    waiting: list[tuple[int, str]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def fill(
    text: str,
    evaluate: Callable[[Placeholder], Block],
    *,
    name: str,
    folder: str,
    quarto: bool = False,
) -> Filled:
    """Fill every placeholder and every region; all other text stays byte for byte.

    Parameters
    ----------
    text : str
    evaluate : callable
        Gives what a placeholder stands for.
    name : str
        Of the document, for messages.
    folder : str
        Where its figures lie, relative to the document.
    quarto : bool
        Write figures with Quarto's attributes.

    Raises
    ------
    DocumentError
        With every place that cannot be filled; nothing is written by this function.
    """
    slots = scan(text, name=name)
    values = numbered(_evaluated(slots, evaluate, name=name))
    filled = Filled(notes=notes_of(values), figures=[v for v in values if isinstance(v, Figure)])
    cited = any(isinstance(value, NoteList) for value in values)
    writer = _Writer(
        newline="\r\n" if "\r\n" in text else "\n",
        notes=filled.notes if cited else [],
        folder=folder,
        quarto=quarto,
    )
    reached, out = 0, []
    for slot, value in zip(slots, values, strict=True):
        body = writer.body(slot, value)
        marker = opening(slot.wanted, span=_within(slot) and slot.form != "region")
        end = "</span>" if marker.startswith("<span") else END
        out += [text[reached : slot.start], marker, body, end]
        reached = slot.end
        said = str(slot.wanted)
        shown = f"{value.alt} [{value.fingerprint}]" if isinstance(value, Figure) else body.strip()
        filled.regions.append((said, shown))
        if slot.form == "placeholder":
            filled.waiting.append((slot.line, said))
        elif _same(slot.body) != _same(body):
            filled.changed.append(Changed(slot.line, said, slot.body.strip(), body.strip()))
    filled.text = "".join([*out, text[reached:]])
    return filled


def inline(parts: Iterable[Part], *, cited: Sequence[Note] = ()) -> str:
    r"""Write running text with its notes; what Markdown would take for markup is escaped.

    Examples
    --------
    >>> inline(("about $9 million", Note("F1", "KBS")), cited=[Note("F1", "KBS")])
    'about \\$9 million[^r-F1]'
    """
    keys = {note.key for note in cited}
    out = []
    for part in parts:
        if isinstance(part, str):
            out.append(_escaped(part))
        elif part.key in keys:
            out.append(f"[^{_label(part)}]")
    return "".join(out)


def _evaluated(
    slots: Sequence[Slot], evaluate: Callable[[Placeholder], Block], *, name: str
) -> list[Block]:
    values: list[Block] = []
    problems = []
    for slot in slots:
        try:
            value = evaluate(slot.wanted)
        except DocumentError as error:
            problems.append(Problem(name, slot.line, "", str(error)))
            continue
        values.append(value)
        if not isinstance(value, Prose) and _within(slot):
            came = f"{slot.wanted} stands in a sentence"
            allowed = "leave an empty line before and after it"
            problems.append(Problem(name, slot.line, "", came, allowed))
    if problems:
        raise DocumentError(str(problems[0]), problems=problems)
    return values


def _within(slot: Slot) -> bool:
    """Tell whether a place stands in a sentence."""
    return slot.form == "span" or not (slot.alone or "\n" in slot.body)


def notes_of(values: Iterable[Block]) -> list[Note]:
    """List the notes of blocks in order of their first use, each once."""
    found: dict[str, Note] = {}
    for value in values:
        for part in _parts(value):
            if isinstance(part, Note):
                found.setdefault(part.key, part)
    return list(found.values())


def _parts(value: Block) -> list[Part]:
    match value:
        case Prose(parts):
            return list(parts)
        case Bullets(items):
            return [part for item in items for part in item.parts]
        case Table(rows=rows):
            return [part for row in rows for cell in row for part in cell.parts]
        case _:
            return []


@dataclass(frozen=True, slots=True)
class _Writer:
    newline: str
    notes: Sequence[Note]
    folder: str
    quarto: bool

    def body(self, slot: Slot, value: Block) -> str:
        """Text between the markers of a region."""
        if _within(slot) and isinstance(value, Prose):
            return inline(value.parts, cited=self.notes)
        text = self._block(value)
        return f"\n\n{text}\n\n".replace("\n", self.newline)

    def _block(self, value: Block) -> str:
        match value:
            case Prose(parts):
                return inline(parts, cited=self.notes)
            case Bullets(items):
                return "\n".join(f"- {inline(i.parts, cited=self.notes)}" for i in items)
            case Table():
                return self._table(value)
            case Figure():
                return self._figure(value)
            case NoteList():
                return "\n".join(f"[^{_label(note)}]: {_escaped(note.text)}" for note in self.notes)

    def _table(self, table: Table) -> str:
        lines = [_line(map(_escaped, table.header)), _line("---" for _ in table.header)]
        lines += [_line(inline(c.parts, cited=self.notes) for c in row) for row in table.rows]
        label = f"{{#tbl-forecast-{table.number}}}"
        caption = (
            f": {_escaped(table.caption)} {label}" if self.quarto else f"*{_escaped(table.legend)}*"
        )
        return "\n".join(lines) + f"\n\n{caption}"

    def _figure(self, figure: Figure) -> str:
        path = _UNSAFE.sub(lambda sign: quote(sign[0]), f"{self.folder}/{figure.name}.png")
        if self.quarto:
            alt = _ATTRIBUTE.sub("", line(figure.alt).replace('"', "'"))
            label = f"#fig-forecast-{figure.number}"
            attributes = f'{{{label} width={figure.width}mm fig-alt="{alt}"}}'
            return f"![{_escaped(figure.caption)}]({path}){attributes}"
        return f"![{_escaped(figure.alt)}]({path})\n\n*{_escaped(figure.legend)}*"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Escape what Markdown would take for markup; an address becomes a link."""
    ends = [" " if part.isspace() else "" for part in (text[:1], text[-1:])]
    text = line(text).join(ends) if text.strip() else ends[0]
    # a joiner nobody sees: once unescaped, a text could else cite a note
    text = text.replace("[^", "[\u2060^")
    out: list[str] = []
    reached = 0
    for found in _ADDRESS.finditer(text):
        out += [_SPECIAL.sub(r"\\\1", text[reached : found.start()]), f"<{found[0]}>"]
        reached = found.end()
    return _BEGINS.sub(r"\1\\\2", "".join([*out, _SPECIAL.sub(r"\\\1", text[reached:])]))


def _label(note: Note) -> str:
    """Label of a footnote: what no Markdown takes for more, whatever the id of its report."""
    return "r-" + _LABEL.sub(lambda found: f"-{ord(found[0]):x}-", note.key)


def _same(body: str) -> str:
    return body.replace("\r\n", "\n").strip()


def outline(facts: Facts) -> str:
    """Markdown of a follow-on brief in the structure of docs/briefs.md, with placeholders.

    Its figure is of the judgement that the bottom line is about.

    Parameters
    ----------
    facts : Facts
    """
    text = resources.files("forecast.briefs").joinpath("data/brief.md").read_text("utf-8")
    filling = {
        "TITLE": inline((facts.title,)),
        "HOUSE": inline((facts.house,)),
        "BRIEF_DATE": sentences.day(facts.brief_as_of),
    }
    return re.sub("|".join(filling), lambda found: filling[found[0]], text)
