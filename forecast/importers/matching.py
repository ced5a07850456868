"""From a row's code, actors and place to the rule that takes it, or the reason why none does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate

from forecast.importers.formats import FORMATS
from forecast.importers.mapping import EventMapping, Rule, known_codes

__all__ = ["Match", "Matcher"]

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
