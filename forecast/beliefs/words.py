"""Words of estimative probability: a word as numbers, a number as a word, in a sentence.

The word is that of the number as printed, so that one printed number never has two words.
The number always stands beside the word. Readers given words alone disagree with the bands most of
the time (Wintle et al. 2019, doi:10.1371/journal.pone.0213522).

Their tables are YAML, composed by libyaml where it can, by the slower ruamel.yaml where it must.
libyaml is many times as fast. The scalars are typed by ruamel.yaml's own rules (YAML 1.2), so
that both ways give the same nodes; what libyaml refuses, or what is not plain YAML 1.2, is left
to ruamel.yaml, whose messages a user sees. A little that ruamel.yaml refuses is read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml as libyaml
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.resolver import implicit_resolvers

from forecast.names import nearest

__all__ = [
    "DEFAULT_SCALE",
    "Scale",
    "Term",
    "anchor_text",
    "change_word",
    "compose",
    "counted",
    "evidence_text",
    "format_band",
    "format_interval",
    "format_points",
    "format_probability",
    "format_worded",
    "in_clause",
    "read_plain",
    "scale",
    "scale_names",
    "step_word",
    "texts_in",
]


_SMALL = frozenset(
    {"A", "All", "An", "Any", "At", "Both", "Each", "Either", "Every", "Few", "Half", "It", "Less"}
    | {"Many", "More", "Most", "Neither", "No", "Nobody", "None", "One", "Only", "Other", "Several"}
    | {"Some", "Such", "That", "The", "Their", "There", "These", "They", "This", "Those", "Three"}
    | {"Two", "We", "Whoever"}
)
_FIRST = re.compile(r"([A-Z][a-z]+)(?:['\u2019]s)?(?=[\s,;-])")


def in_clause(sentence: str, texts: Iterable[str] = ()) -> str:
    """Sentence as the clause after "that": a name keeps its capital, another first word does not.

    Whether it is a name is read off the author's other texts: words that stand there in small
    letters are none. What they do not say stays as it is.

    Examples
    --------
    >>> in_clause("The two sides sign a treaty.")
    'the two sides sign a treaty'
    >>> texts = ["Will container lines avoid the Red Sea, and will Egypt pay?"]
    >>> in_clause("Container lines avoid the Red Sea.", texts)
    'container lines avoid the Red Sea'
    >>> in_clause("Egypt pays.", texts)
    'Egypt pays'
    """
    text = " ".join(sentence.split()).rstrip(".")
    found = _FIRST.match(text)
    if found is None or not _common(found[1], texts):
        return text
    return text[:1].lower() + text[1:]


def texts_in(value: Any) -> Iterator[str]:
    """Every text of more than one word in nested values; names of one word are no evidence."""
    if isinstance(value, str):
        if " " in value:
            yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_in(one)


def _common(word: str, texts: Iterable[str]) -> bool:
    """Tell whether a word is none of a name: written small more often than large in a sentence."""
    if word in _SMALL:
        return True
    stem = re.escape(word[1:].removesuffix("s"))
    small = re.compile(rf"\b{word[0].lower()}{stem}s?\b")
    large = re.compile(rf"(?<=[a-z,;] ){word[0]}{stem}s?\b")
    held = list(texts)
    counts = [sum(len(way.findall(one)) for one in held) for way in (small, large)]
    return counts[0] > counts[1]


DEFAULT_SCALE = "icd203"
#: A change of probability that is printed as none.
SMALL = 0.005


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a scale with the probabilities it stands for, as fractions."""

    word: str
    low: float
    high: float
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The term and its accepted variants."""
        return (self.word, *self.also)

    def distance(self, p: float) -> float:
        """Distance of a probability from the band's nearer edge; 0 inside."""
        return max(self.low - p, p - self.high, 0.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """A published scale of estimative words.

    Attributes
    ----------
    name : str
        Its key in this package, such as ``icd203``.
    short : str
        As a chart names it, such as ``ICD 203``.
    title, issuer : str
        The document that defines it and who issued that.
    status : {"primary", "secondary", "memory"}
        Whether the bands were read with the issuer, read quoted, or are from general knowledge.
    rule : {"half_open", "nearest", "narrowest"}
        How a number finds its word; a convention of this package, no issuer states one.
    terms : tuple of Term
        From the least to the most probable.
    off_scale : Term or None
        Numbers the issuer leaves without a word, and what is printed for them.

    Examples
    --------
    >>> scale("icd203").word(0.68), scale("icd203").band("probable")
    ('likely', (0.55, 0.8))
    >>> [scale("icd203").describe(p) for p in (0.444, 0.446, 0.45)]
    ['unlikely (44%)', 'roughly even chance (45%)', 'roughly even chance (45%)']
    """

    name: str
    short: str
    title: str
    issuer: str
    status: Literal["primary", "secondary", "memory"]
    rule: Literal["half_open", "nearest", "narrowest"]
    terms: tuple[Term, ...]
    off_scale: Term | None = None

    @property
    def bands(self) -> tuple[tuple[float, float, str], ...]:
        """(low, high, word) of every term, for charts."""
        return tuple((band.low, band.high, band.word) for band in self.terms)

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that can be read on this scale, variants included."""
        return tuple(name for band in self.terms for name in band.names)

    def word(self, p: float) -> str:
        """Word for a probability: that of the number as printed, never one of certainty.

        Raises
        ------
        ValueError
            When `p` is not between 0 and 1.
        """
        p = _printed(p)
        if self.off_scale is not None and self.off_scale.low <= p <= self.off_scale.high:
            return self.off_scale.word
        if self.rule == "narrowest":
            return min(self._holding(p), key=lambda band: band.high - band.low).word
        if self.rule == "half_open":
            return next((b.word for b in self.terms[:-1] if p < b.high), self.terms[-1].word)
        # A hair of tolerance lets 0.16, half way between two edges, count as the tie it is.
        return min(
            (band for band in self.terms if band.low < band.high),
            key=lambda b: (round(b.distance(p), 9), abs((b.low + b.high) / 2 - 0.5)),
        ).word

    def band(self, word: str) -> tuple[float, float]:
        """Lowest and highest probability a word stands for, as the scale prints them.

        Raises
        ------
        ValueError
            When the scale does not know the word; the message suggests the nearest.
        """
        wanted = " ".join(word.lower().replace("-", " ").split())
        for band in self.terms:
            if wanted in band.names:
                return band.low, band.high
        hint = nearest(wanted, self.words) or "its words are " + ", ".join(
            repr(band.word) for band in self.terms
        )
        raise ValueError(f"{word!r} is not a word of the scale {self.name}; {hint}")

    def interval(self, word: str) -> tuple[float, float]:
        """Band of a word as a central 90 % interval strictly between 0 and 1.

        A band that touches 0 is opened at a tenth of its upper end, at most 0.01, and likewise at 1
        (our convention), because no prior can learn its way back from certainty.

        Raises
        ------
        ValueError
            When the scale does not know the word, or the word claims certainty.

        Examples
        --------
        >>> scale("phia").interval("remote chance")
        (0.005, 0.05)
        """
        low, high = self.band(word)
        if low == high:
            raise ValueError(
                f"{word!r} claims certainty, which cannot be a prior; give [low, high]"
            )
        opened = low or min(0.01, high / 10)
        closed = high if high < 1 else round(1 - min(0.01, (1 - low) / 10), 12)
        return round(opened, 12), closed

    def describe(self, p: float) -> str:
        """Word and number of a probability: ``likely (68%)``."""
        return f"{self.word(p)} ({format_probability(p)})"

    def _holding(self, p: float) -> Iterable[Term]:
        return (band for band in self.terms if band.low <= p <= band.high)


def format_probability(p: float) -> str:
    """Probability as a whole percentage that never claims certainty.

    Raises
    ------
    ValueError
        When `p` is not between 0 and 1.

    Examples
    --------
    >>> format_probability(0.684), format_probability(0.0), format_probability(0.9999)
    ('68%', '<1%', '>99%')
    """
    _check(p)
    if p < 0.01:
        return "<1%"
    return ">99%" if p > 0.99 else f"{100 * p:.0f}%"


def format_interval(low: float, high: float, *, dash: str = "-") -> str:
    """Two probabilities as printed, with a sign between them or, at the ends of the scale, a word.

    Examples
    --------
    >>> format_interval(0.123, 0.456), format_interval(0.95, 0.999), format_interval(0.3, 0.302)
    ('12-46%', '95% to >99%', '30%')
    """
    first, last = format_probability(low), format_probability(high)
    if first == last:
        return first
    plain = first[:1].isdigit() and last[:1].isdigit()
    return f"{first.removesuffix('%')}{dash}{last}" if plain else f"{first} to {last}"


def format_band(row: Mapping[str, Any]) -> str:
    """Write the 80 % band of a row, its ``lo80`` and ``hi80``."""
    return format_interval(row["lo80"], row["hi80"])


def format_worded(row: Mapping[str, Any]) -> str:
    """Write the probability of a row and its word.

    Examples
    --------
    >>> format_worded({"probability": 0.244, "word": "unlikely"})
    '24% unlikely'
    """
    return f"{format_probability(row['probability'])} {row['word']}"


def format_points(change: float | None) -> str:
    """Change of a probability in whole points, with its sign; nothing where there is none.

    Examples
    --------
    >>> format_points(0.123), format_points(-0.08), format_points(-0.004), format_points(None)
    ('+12', '-8', '0', '')
    """
    if change is None:
        return ""
    return "0" if abs(change) < SMALL else f"{100 * change:+.0f}"


def change_word(change: float) -> str:
    """Word for a change of probability, by its printed points.

    Examples
    --------
    >>> [change_word(c) for c in (0.02, 0.03, -0.1, 0.2)]
    ['unchanged', 'slightly higher', 'lower', 'much higher']
    """
    size = round(100 * abs(change))
    if size < 3:
        return "unchanged"
    way = "higher" if change > 0 else "lower"
    return f"slightly {way}" if size < 10 else way if size < 20 else f"much {way}"


def counted(number: int, noun: str, *, space: str = " ") -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "report"), counted(0, "report")
    ('1 report', '0 reports')
    """
    return f"{number:,}{space}{noun}{'' if number == 1 else 's'}"


def step_word(days: int) -> str:
    """Name a step of the grid.

    Examples
    --------
    >>> step_word(7), step_word(10)
    ('week', 'step')
    """
    return {1: "day", 7: "week"}.get(days, "step")


def anchor_text(anchor: Mapping[str, Any] | None, name: str | None = None) -> str:
    """Write what a number is made of, in brackets after it; nothing where nothing was stated.

    With the `name` of the question, another for which the number was stated is named.

    Examples
    --------
    >>> row = {"said": "prior", "probability": 0.26, "model_alone": 0.12, "pooled": 0.24}
    >>> anchor_text({**row, "model_then": 0.1})
    ' (model alone 12%, prior 26%)'
    >>> anchor_text({**row, "model_then": 0.1, "question": "comes_by_may"}, "comes_by_june")
    ' (model alone 12%, prior 26% of comes_by_may)'
    >>> anchor_text({**row, "model_then": None})  # of states: it stands beside and moves nothing
    ' (prior 26%, pooled 24%)'
    """
    if anchor is None:
        return ""
    other = name is not None and anchor["question"] != name
    whose = f" of {anchor['question']}" if other else ""
    said = f"{anchor['said']} {format_probability(anchor['probability'])}{whose}"
    if anchor["model_then"] is not None:
        return f" (model alone {format_probability(anchor['model_alone'])}, {said})"
    pooled = anchor["pooled"]
    return f" ({said}{'' if pooled is None else f', pooled {format_probability(pooled)}'})"


def evidence_text(seen: Mapping[str, int], *also: str) -> str:
    """Count the reports a forecast rests on and their events, and what else is named.

    Examples
    --------
    >>> seen = {"reports": 3, "events": 1, "indicators": 2, "lineages": 1}
    >>> evidence_text(seen, "lineages"), evidence_text(dict.fromkeys(seen, 0), "lineages")
    ('3 reports of 1 event, 1 lineage', 'no report counts yet')
    """
    if not seen["reports"]:
        return "no report counts yet"
    of = f"{counted(seen['reports'], 'report')} of {counted(seen['events'], 'event')}"
    return ", ".join([of, *(counted(seen[name], name.removesuffix("s")) for name in also)])


def scale(name: str = DEFAULT_SCALE) -> Scale:
    """Scale of estimative words by name.

    Raises
    ------
    ValueError
        When there is no such scale; the message lists those there are.
    """
    known = _scales()
    if name not in known:
        hint = f"the scales are {', '.join(known)}; {nearest(name, known)}".removesuffix("; ")
        raise ValueError(f"unknown scale {name!r}; {hint}")
    return known[name]


def scale_names() -> tuple[str, ...]:
    """Names of all scales."""
    return tuple(_scales())


def _printed(p: float) -> float:
    """Probability as it stands on the page; <1% is read as half a point, >99% likewise."""
    text = format_probability(p)
    ends = {"<1%": 0.005, ">99%": 0.995}
    return ends.get(text) or int(text.removesuffix("%")) / 100


def _check(p: float) -> None:
    if not 0 <= p <= 1 or math.isnan(p):
        raise ValueError(f"{p!r} is not a probability; it must be between 0 and 1")


@cache
def _scales() -> dict[str, Scale]:
    text = resources.files("forecast.beliefs").joinpath("data/scales.yaml").read_text("utf-8")
    return {name: _read(name, entry) for name, entry in read_plain(text).items()}


def _read(name: str, entry: dict[str, Any]) -> Scale:
    bands = tuple(_band(band) for band in entry["bands"])
    off_scale = _band(entry["open"]) if "open" in entry else None
    return Scale(
        name,
        entry["short"],
        entry["title"],
        entry["issuer"],
        entry["status"],
        entry["rule"],
        bands,
        off_scale,
    )


def _band(entry: dict[str, Any]) -> Term:
    return Term(entry["word"], entry["low"], entry["high"], tuple(entry.get("also", ())))


_DEEPEST = 5000
#: Directives, tabs, anchors, aliases, tags and complex keys: here the two differ in corners.
_LEADING = re.compile(r"^[-?: ]*", re.MULTILINE)
_SPECIAL = re.compile(r"\t|^%|(?:^|[\s,\[{:-])(?:[&*](?! )|!|\?(?:\s|$))", re.MULTILINE)


def compose(yaml: YAML, text: str) -> Node | None:
    """Compose one document to the nodes that ``yaml.compose(text)`` gives.

    Parameters
    ----------
    yaml : ruamel.yaml.YAML
        A pure, safe one.
    text : str
        YAML 1.2.

    Returns
    -------
    ruamel.yaml.nodes.Node or None
        None if the text is empty.

    Raises
    ------
    ruamel.yaml.error.YAMLError
        If it is not readable.

    Examples
    --------
    >>> compose(YAML(typ="safe", pure=True), "due: yes").value[0][1].tag
    'tag:yaml.org,2002:str'
    """
    found = _quickly(text)
    root: Node | None = yaml.compose(text) if found is None else found
    return root


def read_plain(text: str) -> Any:
    """Read a YAML file of our own as plain values.

    Examples
    --------
    >>> read_plain("letters: [A, B]")
    {'letters': ['A', 'B']}
    """
    yaml = YAML(typ="safe", pure=True)
    return yaml.constructor.construct_document(compose(yaml, text))


def _quickly(text: str) -> Node | None:
    """Compose by libyaml, or give None if that is not for certain the same."""
    plain = _SPECIAL.search(text) is None
    # libyaml's composer overruns the stack of the processor where nesting has no bound
    leading = max(len(one[0]) for one in _LEADING.finditer(text))
    deepest = text.count("[") + text.count("{") + 2 * leading
    if not (libyaml.__with_libyaml__ and plain and deepest < _DEEPEST):
        return None
    try:
        root = libyaml.compose(text, Loader=_loader())
        return None if root is None else _converted(root)
    except libyaml.YAMLError:
        return None


@cache
def _loader() -> Any:
    """Give a class that parses with libyaml and types scalars as ruamel.yaml does."""

    class Loader(libyaml.cyaml.CParser, libyaml.resolver.BaseResolver):  # type: ignore[misc]
        def __init__(self, stream: str) -> None:
            libyaml.cyaml.CParser.__init__(self, stream)
            libyaml.resolver.BaseResolver.__init__(self)

    for versions, tag, pattern, first in implicit_resolvers:
        if (1, 2) in versions:
            Loader.add_implicit_resolver(tag, pattern, first)
    return Loader


def _converted(node: Any) -> Node:
    """Turn a node of PyYAML into one of ruamel.yaml."""
    place = (node.start_mark, node.end_mark)
    if isinstance(node, libyaml.ScalarNode):
        return ScalarNode(node.tag, node.value, *place, node.style)
    if isinstance(node, libyaml.MappingNode):
        pairs = [(_converted(key), _converted(value)) for key, value in node.value]
        return MappingNode(node.tag, pairs, *place, node.flow_style)
    return SequenceNode(node.tag, [_converted(item) for item in node.value], *place)
