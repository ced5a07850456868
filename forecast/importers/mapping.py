"""The file that maps actors and codes to indicators, the rule that takes a row, and its report.

What article a row is of decides whether it came before.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import translate
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, StringConstraints, ValidationError

from forecast.beliefs.days import Order
from forecast.beliefs.identity import article_key
from forecast.beliefs.loading import Fault, faults
from forecast.beliefs.places import Document, Location, dotted, read_document
from forecast.beliefs.series_files import shown_text
from forecast.beliefs.values import Name, Text, Value
from forecast.beliefs.words import read_plain
from forecast.errors import BeliefsError, Problem
from forecast.importers.formats import FORMATS, Format
from forecast.names import nearest

__all__ = [
    "Candidate",
    "EventMapping",
    "Match",
    "Matcher",
    "Rule",
    "Seen",
    "article_of",
    "code_label",
    "digest",
    "hashed",
    "id_of",
    "known_codes",
    "load_mapping",
    "report_of",
    "safe_id",
    "shipped_mapping",
]


Grade = Annotated[str, StringConstraints(pattern=r"^[A-F][1-6]$", strict=True)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]

_START = (
    "a mapping has format, grade, actors and rules; --write-mapping FILE writes one to start from"
)
_GRADES = "a grade is a letter A to F and a digit 1 to 6"


class Rule(Value):
    """Rows of some codes between some actors tell of one indicator.

    Attributes
    ----------
    indicator : str
    codes : tuple of str
        CAMEO: a code stands for everything below it. PLOVER and ACLED: ``TYPE`` or
        ``TYPE > MODE``.
    between : (str, str) or None
        Two actors, in either direction.
    by, to : str or None
        Who acts, and on whom; either may be left open.
    places : tuple of str
        Countries as the format writes them; empty for any.
    grade : str or None
        Instead of the mapping's own.
    """

    indicator: Name
    codes: Texts
    between: tuple[Name, Name] | None = None
    by: Name | None = None
    to: Name | None = None
    places: tuple[Text, ...] = ()
    grade: Grade | None = None


class EventMapping(Value):
    """What the rows of one format mean for a project.

    Attributes
    ----------
    format : str
    grade : str
        Of every report, unless a rule gives its own.
    lineage : {"article", "event"}
        ``article``: each article is a source of its own. ``event``: all articles of an event share
        one lineage, as copies of one wire would, and count once in weekly counts.
    dates : {"day first", "month first"} or None
        Order of days with the year last; None where the files tell.
    most_days_late : int or None
        Rows of events that were this many days older than their report are dropped.
    actors : dict of str to tuple of str
        Codes, countries or names that mean an actor; ``*`` stands for any letters.
    rules : tuple of Rule
        The first that fits takes the row.
    """

    format: Literal["gdelt2", "gdelt1", "icews", "polecat", "acled"]
    grade: Grade
    lineage: Literal["article", "event"] = "article"
    dates: Order | None = None
    most_days_late: Annotated[int, Field(ge=0, strict=True)] | None = None
    actors: dict[Name, Texts] = Field(default_factory=dict)
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]


def shipped_mapping(form: str) -> bytes:
    """Return the commented mapping of a format that comes with the package."""
    folder = resources.files("forecast.importers").joinpath("data")
    if form == "gdelt1":  # coded by the same book, with the same columns
        return folder.joinpath("gdelt2.yaml").read_bytes().replace(b"gdelt2", b"gdelt1")
    return folder.joinpath(f"{form}.yaml").read_bytes()


def load_mapping(path: Path, *, indicators: Collection[str]) -> EventMapping:
    """Read a mapping and check it against the code book and the project's indicators.

    Raises
    ------
    BeliefsError
        With everything that is wrong, each with its line.
    """
    document = read_document(path, start=_START)
    if isinstance(document, Problem):
        raise BeliefsError(str(document), problems=[document])
    problems = document.duplicates()
    mapping = None
    try:
        mapping = EventMapping.model_validate(document.data)
    except ValidationError as error:
        problems += [_problem(document, fault) for fault in faults(error)]
    if mapping is not None:
        problems += _faults(document, mapping, indicators)
    if mapping is None or problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise BeliefsError(f"{problems[0]}{more}", problems=sorted(set(problems)))
    return mapping


def _problem(document: Document, fault: Fault) -> Problem:
    in_rule = len(fault.path) > 2 and fault.path[0] == "rules"
    fault = fault.of(Rule if in_rule else EventMapping)
    if fault.kind == "string_pattern_mismatch" and fault.path[-1] == "grade":
        fault = replace(fault, came=fault.came.replace("not a name", "no grade"), allowed=_GRADES)
    return fault.problem(document)


def _faults(
    document: Document, mapping: EventMapping, indicators: Collection[str]
) -> list[Problem]:
    found: list[Problem] = []

    def wrong(place: Location, came: str, allowed: str) -> None:
        found.append(Problem(document.file, document.line(place), dotted(place), came, allowed))

    for number, rule in enumerate(mapping.rules):
        here: Location = ("rules", number)
        if rule.indicator not in indicators:
            hint = nearest(rule.indicator, indicators) or "it must be one of priors.yaml"
            wrong((*here, "indicator"), f"unknown indicator {rule.indicator!r}", hint)
        if rule.between and (rule.by or rule.to):
            wrong((*here, "between"), "stands beside by or to", "give between, or by and to")
        for name in (*(rule.between or ()), *filter(None, (rule.by, rule.to))):
            if name not in mapping.actors:
                hint = nearest(name, mapping.actors) or "name it under actors"
                wrong(here, f"unknown actor {name!r}", hint)
        book = FORMATS[mapping.format].codes
        for position, code in enumerate(rule.codes):
            if not _exists(book, code):
                hint = nearest(code, known_codes(book)) or f"codes are those of {book.upper()}"
                wrong((*here, "codes", position), f"unknown code {code!r}", hint)
    return found


def _exists(book: str, code: str) -> bool:
    known = {each.lower() for each in known_codes(book)}
    kinds = {each.partition(" > ")[0] for each in known}
    head = code.lower().partition(" > ")[0]
    return code.lower() in known | kinds or (book == "plover" and head in kinds)


@cache
def _book() -> dict[str, Any]:
    text = resources.files("forecast.importers").joinpath("data/codes.yaml").read_text("utf-8")
    return dict(read_plain(text))


@cache
def known_codes(book: str) -> frozenset[str]:
    """Codes of a code book."""
    return frozenset(str(code) for code in _book()[book]["codes"])


def code_label(book: str, code: str) -> str:
    """Name a code for a reader.

    Examples
    --------
    >>> code_label("cameo", "042"), code_label("plover", "ASSAULT > beat")
    ('consult (CAMEO 042)', 'ASSAULT > beat')
    """
    if book != "cameo":
        return re.sub(r" > $", "", code)
    return f"{_book()[book]['roots'][code[:2]].lower()} (CAMEO {code})"


_REMEMBERED = 200_000


@dataclass(frozen=True, slots=True)
class Match:
    """The rule a row falls under, its code, and who it is about, in either order the same."""

    rule: int
    code: str
    actors: tuple[str, str]


class Matcher:
    """Decides by the first rule that fits; decisions are remembered, up to a bound.

    A row is told by its cells of code, actor one, actor two and place, in that order, as many as
    the format has columns for each.
    """

    def __init__(self, mapping: EventMapping) -> None:
        form = FORMATS[mapping.format]
        self._mapping = mapping
        self._book = form.codes
        self._known = {code.lower() for code in known_codes(form.codes)}
        self._kinds = {code.partition(" > ")[0] for code in self._known}
        ends = [len(form.code), len(form.actors[0]), len(form.actors[1]), len(form.places)]
        self._cuts = [sum(ends[:n]) for n in range(1, 5)]
        self._actors = {
            name: re.compile("|".join(translate(p.lower()) for p in patterns))
            for name, patterns in mapping.actors.items()
        }
        self._remembered: dict[tuple[str, ...], Match | str] = {}

    def decide(self, cells: tuple[str, ...]) -> Match | str:
        """Give the match, or the reason why the row is dropped."""
        found = self._remembered.get(cells)
        if found is None:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            found = self._remembered[cells] = self._decide(cells)
        return found

    def _decide(self, cells: tuple[str, ...]) -> Match | str:
        first, second, third, _ = self._cuts
        code = " > ".join(cell.strip() for cell in cells[:first] if cell.strip())
        if not self._is_known(code.lower()):
            return "unknown code" if code else "no code"
        rules = [
            (number, rule)
            for number, rule in enumerate(self._mapping.rules)
            if any(self._covers(each.lower(), code.lower()) for each in rule.codes)
        ]
        if not rules:
            return "no rule for the code"
        one, two = self._names(cells[first:second]), self._names(cells[second:third])
        rules = [(number, rule) for number, rule in rules if _fits(rule, one, two)]
        if not rules:
            return "other actors"
        places = {cell.strip().lower() for cell in cells[third:]}
        for number, rule in rules:
            if not rule.places or places & {place.lower() for place in rule.places}:
                raw = cells[first:second], cells[second:third]
                pair = sorted((_who(one, raw[0]), _who(two, raw[1])))
                return Match(number, code, (pair[0], pair[1]))
        return "other places"

    def _is_known(self, code: str) -> bool:
        if self._book == "plover":  # modes are many and change between versions; types do not
            return code.partition(" > ")[0] in self._kinds
        return code in self._known

    def _covers(self, pattern: str, code: str) -> bool:
        if self._book == "cameo":
            return code.startswith(pattern)
        return code == pattern or code.startswith(f"{pattern} > ")

    def _names(self, cells: Sequence[str]) -> list[str]:
        """Every actor of the mapping that one of the cells means."""
        texts = [cell.strip().lower() for cell in cells if cell.strip()]
        return [name for name, pattern in self._actors.items() if any(map(pattern.match, texts))]


def _fits(rule: Rule, one: Sequence[str], two: Sequence[str]) -> bool:
    if rule.between:
        a, b = rule.between
        return (a in one and b in two) or (b in one and a in two)
    return (rule.by is None or rule.by in one) and (rule.to is None or rule.to in two)


def _who(names: Sequence[str], cells: Sequence[str]) -> str:
    """Give the mapping's own name of an actor, or the first cell that names it."""
    return names[0] if names else next((cell.strip() for cell in cells if cell.strip()), "")


def hashed(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Hash texts to 64 bits (BLAKE2b).

    Among n keys two share a hash with a probability of about n² / 2**65: 3e-6 for ten million.
    """
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, np.uint64)


class Seen:
    """A growing set of hashes as sorted runs that are merged when they reach a like length.

    Examples
    --------
    >>> seen = Seen()
    >>> [bool(new) for new in seen.first(hashed(["a", "b", "a"]))]
    [True, True, False]
    >>> [bool(new) for new in seen.first(hashed(["c", "b"]))]
    [True, False]
    """

    def __init__(self) -> None:
        self._runs: list[npt.NDArray[np.uint64]] = []

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    def first(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        """Tell which keys come for the first time, and remember them."""
        new = np.zeros(len(keys), np.bool_)
        new[np.unique(keys, return_index=True)[1]] = True
        new &= ~self.known(keys)
        self.add(keys[new])
        return new

    def known(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        """Tell which keys were remembered before."""
        found = np.zeros(len(keys), np.bool_)
        for run in self._runs:
            place = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            found |= run[place] == keys
        return found

    def add(self, keys: npt.NDArray[np.uint64]) -> None:
        """Remember keys that are not remembered yet."""
        if not len(keys):
            return
        run = np.unique(keys)
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate((self._runs.pop(), run)), kind="stable")
        self._runs.append(run)


_NOTHING: Final = frozenset({"", "na", "n/a", "nan", "none", "null"})
_LONGEST: Final = 80


def article_of(form: Format, cells: Sequence[str]) -> str:
    """Tell the article a row is of by the cells of ``form.article``; empty where it names none.

    GDELT writes the name of a service in place of the address where there is none ("BBC
    Monitoring"): that names a publisher, not an article.
    """
    if form.url in form.article:
        return article_key(cells[0])
    beside = {form.source, form.reported}
    texts = [" ".join(cell.casefold().split()) for cell in cells]
    named = any(
        text not in _NOTHING
        for name, text in zip(form.article, texts, strict=True)
        if name not in beside
    )
    return "\t".join(texts) if named else ""


def safe_id(text: str) -> str:
    """Write a name of a file as part of an id: letters, digits and ``._-``, one text one name.

    Examples
    --------
    >>> safe_id("ARG10607"), safe_id("Military Forces (2021-)")
    ('ARG10607', 'Military_Forces_2021--bb1a79')
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("..", "_._")
    name = re.sub(r"[^\w.-]+", "_", plain).strip("_")
    return (
        name
        if name == plain and len(name) <= _LONGEST
        else f"{name[:_LONGEST]}-{digest(plain)[:6]}"
    )


def digest(text: str) -> str:
    """Give 16 hexadecimal digits that stand for a text.

    Examples
    --------
    >>> digest("example.org/a") == digest("example.org/b")
    False
    """
    return f"{int(hashed([text])[0]):016x}"


_LONGEST_SUMMARY: Final = 300


@dataclass(slots=True)
class Candidate:
    """A row that a rule takes, until it is known whether it says anything new."""

    match: Match
    occurred: dt.date
    reported: dt.date
    row_id: str
    event: str
    article: str
    named: bool
    place: str
    cells: dict[str, str] = field(default_factory=dict)


def id_of(form: Format, each: Candidate) -> str:
    """Id of the report that a row becomes."""
    return f"{form.name}-{safe_id(each.row_id)}"


def report_of(each: Candidate, mapping: EventMapping, *, brief_as_of: dt.date) -> dict[str, Any]:
    """Write a row as a report, a row of ``events/``, column to text."""
    form, rule = FORMATS[mapping.format], mapping.rules[each.match.rule]
    grade = rule.grade or mapping.grade
    who = _printed(", ".join(name for name in each.match.actors if name))
    said = code_label(form.codes, each.match.code)
    more = each.cells.get(form.text, "")
    address = shown_text(each.cells.get(form.url, ""))
    url = address if article_key(address) else ""
    site = url.partition("://")[2].partition("/")[0] or _printed(address)
    by_article = mapping.lineage == "article"
    return {
        "report_id": id_of(form, each),
        "event_id": f"{form.name} {rule.indicator} {each.event}",
        "lineage": f"{form.name}{'-' if by_article else ' '}"
        f"{digest(each.article) if by_article else each.event}",
        "occurred_on": each.occurred,
        "reported_on": each.reported,
        "indicator": rule.indicator,
        "reliability": grade[0],
        "credibility": grade[1],
        "use": "prior" if each.reported < brief_as_of else "evidence",
        "actors": who,
        "summary": _printed(f"{who}: {said}. {more}")[:_LONGEST_SUMMARY].rstrip(),
        "source_title": _printed(each.cells.get(form.source, "")) or site or form.title,
        "source_url": url,
        "source_type": "coded event data",
        "note": f"Imported from {form.title}; coded by others, not checked by us.",
    }


def _printed(text: str) -> str:
    """Write a text of others in one line, so that no spreadsheet takes it for a formula."""
    return shown_text(text).lstrip("=+-@ ")
