"""The small language of questions: what is asked, and of what it is made.

::

    question  =  (parts | order) ["given" parts]  |  sum
    parts     =  part {"and" part}
    part      =  NODE "reaches" STATES SPAN
              |  NODE "is" STATES "on" DAY
              |  "at least" NUMBER "reports of" INDICATOR SPAN
              |  NAME of a question in priors.yaml
    sum       =  "sum of" STREAM "over" PERIOD ">" NUMBER "by" DAY
    order     =  NODE "reaches" STATES "before" NODE "reaches" STATES SPAN
    STATES    =  STATE {"or" STATE}
    SPAN      =  ["from" DAY] "by" DAY  |  "by" DAY "from" DAY
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from forecast.beliefs.days import read_day
from forecast.beliefs.literals import days
from forecast.beliefs.references import off_the_grid
from forecast.beliefs.schema import MOST_REPORTS, Beliefs, Question
from forecast.errors import BeliefsError
from forecast.names import nearest

__all__ = [
    "Asked",
    "Before",
    "Is",
    "Part",
    "Reaches",
    "Recorded",
    "Reports",
    "Sum",
    "asked_by",
    "read_question",
]

_FORMS = (
    "write NODE reaches STATE by 2025-12-31 (and 'from' a day, if not from the brief's date on), "
    "NODE is STATE on 2025-12-31, "
    "at least 2 reports of INDICATOR by 2025-12-31, or sum of STREAM over 4 weeks > 20 by "
    "2025-12-31"
)
_LONGEST = dt.timedelta(days=3653)
_MOST_PARTS = 4


@dataclass(frozen=True)
class Reaches:
    """A node is in one of some states on some day from `since` on, by another.

    What stood on the first of these days counts as reached.
    """

    node: str
    states: tuple[str, ...]
    by: dt.date
    since: dt.date


@dataclass(frozen=True)
class Is:
    """A node is in one of some states on a day."""

    node: str
    states: tuple[str, ...]
    on: dt.date


@dataclass(frozen=True)
class Reports:
    """An indicator is reported in at least so many steps between two days."""

    indicator: str
    count: int
    by: dt.date
    since: dt.date


@dataclass(frozen=True)
class Before:
    """One node reaches its states before another does, by a day."""

    first: Reaches
    second: Reaches


@dataclass(frozen=True)
class Sum:
    """A stream sums to more than a threshold over the days that end on a day."""

    indicator: str
    over: int
    above: float
    by: dt.date


@dataclass(frozen=True)
class Recorded:
    """A question of the file about the record, with its share and its detection."""

    question: Question


Part = Reaches | Is | Reports


@dataclass(frozen=True)
class Asked:
    """A question as read.

    Attributes
    ----------
    text : str
        As it was typed.
    head : Before, Sum, Recorded or tuple of Part
        What is asked: that all of it is so.
    given : tuple of Part
        On what condition.
    """

    text: str
    head: Before | Sum | Recorded | tuple[Part, ...]
    given: tuple[Part, ...] = ()

    @property
    def reached(self) -> tuple[Reaches, ...]:
        """The parts, of head and condition, that count from a day on."""
        return tuple(one for one in (*self.parts, *self.given) if isinstance(one, Reaches))

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts of the head; those of an order too. Sums and the record have none."""
        if isinstance(self.head, Sum | Recorded):
            return ()
        return (self.head.first, self.head.second) if isinstance(self.head, Before) else self.head


def asked_by(question: Question, text: str = "") -> Asked:
    """Return what a question of the file asks, by itself."""
    if question.mode == "is":
        return Asked(text, (Is(question.node, question.states, question.by),))
    if question.mode == "reaches":
        part = Reaches(question.node, question.states, question.by, question.opens)
        return Asked(text, (part,))
    if question.mode == "reported":
        return Asked(text, Recorded(question))
    assert question.indicator is not None
    assert question.over is not None
    assert question.above is not None
    return Asked(text, Sum(question.indicator, round(question.over), question.above, question.by))


def read_question(text: str, beliefs: Beliefs, *, as_of: dt.date) -> Asked:
    """Read a question.

    Parameters
    ----------
    text : str
    beliefs : Beliefs
        Whose nodes, indicators and questions it may name.
    as_of : datetime.date
        Of the forecast; reports are counted from here.

    Raises
    ------
    BeliefsError
        If it cannot be read, or names what there is not; one line with the nearest name.
    """
    return _Reader(text, beliefs, as_of).question()


class _Reader:
    """Reads word by word."""

    def __init__(self, text: str, beliefs: Beliefs, as_of: dt.date) -> None:
        self.text, self.beliefs, self.as_of = text, beliefs, as_of
        self.words = re.findall(r"[^\s,]+", text)
        self.place = 0

    def question(self) -> Asked:
        if not self.words:
            self.refuse("it is empty", _FORMS)
        if self.words[0] in self.beliefs.questions and len(self.words) == 1:
            return asked_by(self.beliefs.questions[self.words[0]], self.words[0])
        if self.take("sum"):
            return self.sum()
        head = self.head()
        given: tuple[Part, ...] = ()
        if self.take("given"):
            given = tuple(self.parts())
        if self.place < len(self.words):
            came = f"{self.words[self.place]!r} is not understood here"
            self.refuse(came, "go on with 'and' or 'given', or end there")
        asked = Asked(" ".join(self.words), head, given)
        every = [*asked.parts, *given]
        if len(every) > _MOST_PARTS:
            self.refuse(f"it has {len(every)} parts", f"at most {_MOST_PARTS}")
        if sum(isinstance(part, Reports) for part in every) > 1:
            self.refuse("it counts reports twice", "count one indicator at a time")
        return asked

    def head(self) -> Before | tuple[Part, ...]:
        if "before" in (word.lower() for word in self.words):
            return self.order()
        return tuple(self.parts())

    def parts(self) -> Iterable[Part]:
        yield self.part()
        while self.take("and"):
            yield self.part()

    def part(self) -> Part:
        if self.take("at"):
            return self.reports()
        name = self.word("a node")
        if self.take("reaches"):
            self.known("node", name, self.beliefs.nodes)
            states = self.states(name)
            by, since = self.span(self.beliefs.brief.as_of)
            return Reaches(name, states, by, since)
        if self.take("is"):
            self.known("node", name, self.beliefs.nodes)
            states = self.states(name)
            self.expect("on", "say on which day")
            return Is(name, states, self.day())
        if name in self.beliefs.questions:
            return self.named(name)
        if name in self.beliefs.nodes:
            self.refuse(f"{name!r} is not followed by 'reaches' or 'is'", _FORMS)
        known = [*self.beliefs.questions, *self.beliefs.nodes]
        return self.refuse(
            f"{name!r} is neither a question nor a node", nearest(name, known) or _FORMS
        )

    def named(self, name: str) -> Part:
        parts = asked_by(self.beliefs.questions[name]).parts
        return (
            parts[0]
            if parts
            else self.refuse(
                f"{name!r} asks about the record itself, which has no parts",
                f"ask for it alone: forecast ask {name}",
            )
        )

    def order(self) -> Before:
        pairs = []
        for number in range(2):
            name = self.word("a node")
            self.known("node", name, self.beliefs.nodes)
            self.expect("reaches", "an order is between two first arrivals")
            pairs.append((name, self.states(name)))
            if number == 0:
                self.expect("before", "say before what")
        by, since = self.span(self.beliefs.brief.as_of)
        (one, some), (other, others) = pairs
        if one == other and set(some) & set(others):
            self.refuse(f"{one} reaches the same state on both sides", "name different states")
        return Before(Reaches(one, some, by, since), Reaches(other, others, by, since))

    def reports(self) -> Reports:
        self.expect("least", "write: at least 2 reports of INDICATOR by 2025-12-31")
        number = self.word("a number")
        if not (number.isascii() and number.isdecimal() and 1 <= int(number) <= MOST_REPORTS):
            self.refuse(f"{number!r} reports", f"write a number from 1 to {MOST_REPORTS}")
        if not self.take("reports"):
            self.expect("report", "write: at least 2 reports of INDICATOR by 2025-12-31")
        self.expect("of", "say of which indicator")
        name = self.word("an indicator")
        self.known("indicator", name, self.beliefs.indicators)
        indicator = self.beliefs.indicators[name]
        if indicator.kind != "presence":
            self.refuse(f"{name} is of kind {indicator.kind}", "count a presence indicator")
        if not indicator.recurs and int(number) > 1:
            self.refuse(f"{name} happens once", "ask for at least 1 report")
        by, since = self.span(self.as_of)
        if since < self.as_of:
            self.refuse(
                f"reports from {since} on are asked for",
                f"they are counted from the as-of date {self.as_of}; for those before see: "
                "forecast events list",
            )
        return Reports(name, int(number), by, since)

    def sum(self) -> Asked:
        self.expect("of", "write: sum of STREAM over 4 weeks > 20 by 2025-12-31")
        name = self.word("a stream")
        self.known("stream", name, self.beliefs.indicators)
        if self.beliefs.indicators[name].kind == "presence":
            self.refuse(f"{name} is of kind presence", "sum a count or a value")
        self.expect("over", "say over how long, such as over 4 weeks")
        over = self.period()
        if not (self.take(">") or self.take("above")):
            self.expect("above", "write > 20 or above 20")
        number = self.word("a number")
        try:
            above = float(number)
        except ValueError:
            above = math.nan
        if not math.isfinite(above):
            self.refuse(f"{number!r} is not a number", "write it as 20 or -1.5")
        self.expect("by", "say by which day")
        by = self.day()
        self.whole_steps(over, by)
        if self.place < len(self.words):
            came = f"{self.words[self.place]!r} is not understood here"
            self.refuse(came, "a sum is asked alone, without 'and' or 'given'")
        return Asked(" ".join(self.words), Sum(name, round(over), above, by))

    def period(self) -> float:
        words = self.word("a period")
        if words[-1:].isdigit() and self.place < len(self.words):
            words += f" {self.word('a period')}"
        try:
            return days(words)
        except ValueError as error:
            self.refuse(str(error), "write it as 4 weeks")

    def whole_steps(self, over: float, by: dt.date) -> None:
        """Refuse what does not lie on the grid."""
        for came, allowed in off_the_grid(self.beliefs, over, by):
            self.refuse(came, allowed)

    def states(self, node: str) -> tuple[str, ...]:
        known = self.beliefs.nodes[node].states
        found = []
        while True:
            state = self.word("a state")
            self.known("state", state, known, of=f" of {node}")
            found.append(state)
            if not self.take("or"):
                break
        if set(found) >= set(known):
            self.refuse(f"{' or '.join(found)} is every state of {node}", "leave one out")
        return tuple(dict.fromkeys(found))

    def span(self, since: dt.date) -> tuple[dt.date, dt.date]:
        begun = self.take("from")
        if begun:
            since = self.day()
        self.expect("by", "say by which day")
        by = self.day()
        if not begun and self.take("from"):
            since = self.day()
        if since >= by:
            self.refuse(f"{by} is not after {since}", "end later, or begin earlier with 'from'")
        return by, since

    def day(self) -> dt.date:
        word = self.word("a day")
        try:
            day = self.named_day() or read_day(word)
        except ValueError as error:
            self.refuse(*str(error).split("; ", 1))
        if day < self.beliefs.brief.as_of:
            self.refuse(
                f"{day} is before the brief ({self.beliefs.brief.as_of})", "name a later date"
            )
        if day > self.as_of + _LONGEST:
            self.refuse(f"{day} is more than ten years ahead", "name an earlier date")
        return day

    def named_day(self) -> dt.date | None:
        """Read a day of three words, such as 31 December 2025, of which the first was taken."""
        words = self.words[self.place - 1 : self.place + 2]
        with suppress(ValueError):
            if len(words) == 3 and words[0].isdecimal() != words[1].isdecimal():
                day = read_day(" ".join(words))
                self.place += 2
                return day
        return None

    def word(self, what: str) -> str:
        if self.place == len(self.words):
            self.refuse(f"it ends where {what} should stand", _FORMS)
        self.place += 1
        return str(self.words[self.place - 1])

    def take(self, keyword: str) -> bool:
        found = self.place < len(self.words) and self.words[self.place].lower() == keyword
        self.place += found
        return found

    def expect(self, keyword: str, hint: str) -> None:
        if not self.take(keyword):
            came = repr(self.words[self.place]) if self.place < len(self.words) else "the end"
            self.refuse(f"{came} stands where {keyword!r} should", hint)

    def known(self, what: str, name: str, names: Iterable[str], *, of: str = "") -> None:
        names = list(names)
        if name not in names:
            hint = nearest(name, names) or f"the {what}s are {', '.join(names)}"
            self.refuse(f"unknown {what} {name!r}{of}", hint)

    def refuse(self, came: str, allowed: str) -> NoReturn:
        raise BeliefsError(f"question {self.text!r}: {came}; {allowed}")
