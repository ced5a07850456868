"""The words a document can ask for: every placeholder, and what it gives.

``{{ forecast.probability("tech_transfer") }}`` calls the method `probability`. Public methods of
`Vocabulary` are the whole vocabulary; docs/briefs.md lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from forecast.beliefs.words import scale
from forecast.briefs import causes, sentences, tables
from forecast.briefs import notes as citing
from forecast.briefs.blocks import Bullets, Figure, NoteList, Prose, Table
from forecast.briefs.facts import Band, Change, Facts, JudgementFacts, QuestionFacts, Watched
from forecast.briefs.notes import Style
from forecast.errors import DocumentError
from forecast.names import missing

__all__ = ["BLOCKS", "INLINE", "Vocabulary"]

#: Placeholders that stand within a sentence.
INLINE = (
    "answer", "answer_interval", "answer_word", "as_of", "change", "confidence", "house",
    "interval", "issue", "issued_at", "label", "lineages", "probability", "reports", "since_brief",
    "title", "word",
)  # fmt: skip
#: Placeholders that stand alone in their paragraph; those that give a sentence may stand in one.
BLOCKS = (
    "alternatives", "bottom_line", "calendar", "change_sentence", "confidence_sentence",
    "evidence", "evidence_base", "figure", "judgements", "key_judgements", "method", "notes",
    "panel", "question_sentence", "questions", "record", "scale_key", "sentence", "stamp", "watch",
    "what_changed",
)  # fmt: skip

Draw = Callable[[str | None], Figure]
Look = Callable[[], tuple[Watched, ...]]
Explain = Callable[[], Mapping[str, Change]]


@dataclass(frozen=True)
class Vocabulary:
    """What every placeholder gives for one forecast.

    Attributes
    ----------
    facts : Facts
    draw : callable
        Draws the trajectory of a node, or with None the panel of all.
    style : {"chicago", "house"}
        Of the notes.
    look : callable, optional
        Ranks indicators to watch, the best of each judgement first; asked only if a document asks.
    explain : callable, optional
        Splits the change of every judgement, since the issue before or the brief; the same.
    """

    facts: Facts
    draw: Draw
    style: Style = "chicago"
    look: Look | None = None
    explain: Explain | None = None

    def title(self) -> str:
        """Title of the brief."""
        return self.facts.title

    def house(self) -> str:
        """House of the brief."""
        return self.facts.house

    def as_of(self) -> str:
        """As-of date in full."""
        return sentences.day(self.facts.stamp.as_of)

    def issued_at(self) -> str:
        """Moment of issue."""
        return self.facts.stamp.issued_at.isoformat(timespec="seconds")

    def issue(self) -> str:
        """Id of the issue."""
        return self.facts.stamp.issue

    def reports(self) -> str:
        """Count of the reports that count."""
        return str(self.facts.counts["reports"])

    def lineages(self) -> str:
        """Count of the independent lineages."""
        return str(self.facts.counts["lineages"])

    def label(self, node: str) -> str:
        """Name, as printed, of a judgement."""
        return self._judgement(node).label

    def probability(self, node: str, *states: str) -> str:
        """Probability of the headline, or of the states named."""
        return sentences.number(self._band(node, states).probability)

    def word(self, node: str, *states: str) -> str:
        """Term of that probability on the brief's scale."""
        return self._band(node, states).word

    def interval(self, node: str) -> str:
        """80 % interval of the headline."""
        return _interval(self._judgement(node).now)

    def change(self, node: str) -> str:
        """Points since the issue before; ``first`` where there is none."""
        one = self._judgement(node)
        if one.change is None:
            return "first"
        return sentences.points(one.now.probability - one.change.before)

    def since_brief(self, node: str) -> str:
        """Points since the brief's date."""
        one = self._judgement(node)
        return sentences.points(one.now.probability - one.at_brief)

    def confidence(self, node: str) -> str:
        """Level of confidence in a judgement."""
        return self._judgement(node).confidence.level

    def answer(self, question: str) -> str:
        """Probability of yes."""
        return sentences.number(self._question(question).answer.probability)

    def answer_word(self, question: str) -> str:
        """Term of that probability."""
        return self._question(question).answer.word

    def answer_interval(self, question: str) -> str:
        """Its 80 % interval."""
        return _interval(self._question(question).answer)

    def sentence(self, node: str) -> Prose:
        """Probability sentence of a judgement."""
        return Prose((sentences.probability_sentence(self.facts, self._judgement(node)),))

    def confidence_sentence(self, node: str) -> Prose:
        """Confidence sentence, with the reasons."""
        return Prose((sentences.confidence_sentence(self._judgement(node)),))

    def change_sentence(self, node: str) -> Prose:
        """Change since the issue before by its causes, and the reports that arrived since."""
        one = self._told(self._judgement(node))
        missed = "" if one.change is None else causes.missed_sentence(one.change)
        text = (causes.change_sentence(one), *citing.arrived(self.facts, one, style=self.style))
        return Prose((*text, f" {missed}") if missed else text)

    def question_sentence(self, question: str) -> Prose:
        """Question and its answer."""
        return Prose((sentences.question_sentence(self._question(question)),))

    def bottom_line(self) -> Prose:
        """Judgement that leads: the one that moved most, or else the least settled."""
        return Prose((sentences.bottom_line(self.facts),))

    def key_judgements(self) -> Bullets:
        """Every judgement: probability, confidence, change."""
        items = []
        common, shared = sentences.shared_confidence(self.facts.judgements)
        for one in map(self._told, self.facts.judgements):
            said = sentences.probability_sentence(self.facts, one, dated=False)
            why = sentences.confidence_sentence(one, without=shared)
            moved = (f" {causes.change_sentence(one, whole=False)}",) if one.change else ()
            items.append(Prose((f"{said} {why}".rstrip(), *moved)))
        if common:
            items.append(Prose((common,)))
        return Bullets(tuple(items))

    def what_changed(self) -> Bullets:
        """Change of every judgement since the issue before by its causes, with what arrived.

        In a first issue, the change since the brief.
        """
        if all(one.change is None for one in self.facts.judgements):
            return Bullets(tuple(Prose((self._since_brief(j),)) for j in self.facts.judgements))
        still = [one for one in self.facts.judgements if causes.is_still(one)]
        items = [
            Prose((f"{one.label}. ", *self.change_sentence(one.node).parts))
            for one in self.facts.judgements
            if one not in still
        ]
        if still:
            items.append(Prose((causes.still_sentence(still),)))
        return Bullets(tuple(items))

    def judgements(self) -> Table:
        """Table of all judgements."""
        return tables.judgements(self.facts)

    def questions(self, which: str = "all") -> Table | Prose:
        """Table of the questions that are open, past, or all."""
        if which not in {"open", "past", "all"}:
            raise DocumentError(f"{which!r} came for questions; allowed: open, past, all")
        wanted = {"open": {False}, "past": {True}, "all": {False, True}}[which]
        chosen = [one for one in self.facts.questions if one.past in wanted]
        if not chosen:
            none = which == "all" or not self.facts.questions
            return Prose((f"No question is {'asked' if none else which}.",))
        return tables.questions(self.facts, chosen)

    def evidence(self, node: str | None = None, most: int = 10) -> Table | Prose:
        """Table of the weightiest reports, of a node or of all, with notes on their sources."""
        label = None if node is None else self._judgement(node).label
        return citing.evidence(self.facts, node, label, most=most, style=self.style)

    def evidence_base(self) -> Prose:
        """How many reports, events, indicators and lineages, and how they are graded."""
        return Prose((sentences.evidence_base(self.facts),))

    def alternatives(self, node: str | None = None) -> Bullets:
        """States of a node outside its headline, with their probabilities; without one, of all."""
        if node is None:
            return tables.all_alternatives(self.facts)
        return tables.alternatives(self._judgement(node))

    def watch(self, most: int = 2) -> Table | Prose:
        """Table of indicators to watch, so many a judgement."""
        found = tables.telling(self.look() if self.look else self.facts.watched)
        nodes = dict.fromkeys(one.node for one in found)
        shown = [[one for one in found if one.node == node][: max(1, most)] for node in nodes]
        if not shown:
            return Prose(("No indicator would move a judgement by a whole percent.",))
        return tables.watch(replace(self.facts, watched=tuple(chain.from_iterable(shown))))

    def calendar(self) -> Table | Prose:
        """Table of what is announced and open, with notes; nothing where nothing is."""
        return citing.calendar(self.facts, style=self.style)

    def figure(self, node: str | None = None) -> Figure:
        """Trajectory of a judgement; without one, of that of the bottom line."""
        one = sentences.leading(self.facts) if node is None else self._judgement(node)
        caption = f"{one.label}, to {self.as_of()}. {sentences.confidence_level(one)}"
        return _drawn(self.draw(one.node), caption)

    def panel(self) -> Figure:
        """All judgements side by side."""
        whole = sentences.many(len(self.facts.judgements), "judgement")
        caption = f"{whole[:1].upper()}{whole[1:]}, to {self.as_of()}."
        return _drawn(self.draw(None), caption)

    def scale_key(self) -> Table:
        """Words of the scale."""
        return tables.scale_key(self.facts)

    def record(self) -> Prose:
        """Outcomes of the questions whose dates have passed."""
        return Prose((sentences.record(self.facts),))

    def method(self) -> Prose:
        """How the numbers were made, and the checks of the fit."""
        return Prose((sentences.method(self.facts),))

    def stamp(self) -> Prose:
        """Which forecast the document shows: as of, issued at, fingerprints."""
        return Prose((sentences.stamped(self.facts.stamp),))

    def notes(self) -> NoteList:
        """List of the notes, where the format lists them in one place."""
        return NoteList()

    def _since_brief(self, one: JudgementFacts) -> str:
        change = self._explained().get(one.node)
        said = [causes.since_brief_sentence(self.facts, one)]
        if change is not None:
            said += [causes.split_sentence(one, change), causes.missed_sentence(change)]
        return " ".join(filter(None, said))

    def _told(self, one: JudgementFacts) -> JudgementFacts:
        return causes.told(one, self._explained()) if one.change else one

    def _explained(self) -> Mapping[str, Change]:
        return self.explain() if self.explain else {}

    def _band(self, node: str, states: tuple[str, ...]) -> Band:
        one = self._judgement(node)
        unknown = [state for state in states if state not in one.states]
        if unknown:
            raise DocumentError(_missing("state", unknown[0], one.states, of=f" of {node}"))
        if not states or set(states) == set(one.headline):
            return one.now
        total = min(1.0, sum(one.states[state] for state in dict.fromkeys(states)))
        return Band(total, scale(self.facts.scale).word(total))

    def _judgement(self, node: str) -> JudgementFacts:
        found: Any = {one.node: one for one in self.facts.judgements}
        if node not in found:
            raise DocumentError(_missing("judgement", node, found))
        return found[node]  # type: ignore[no-any-return]

    def _question(self, name: str) -> QuestionFacts:
        found = {one.name: one for one in self.facts.questions}
        if name not in found:
            raise DocumentError(_missing("question", name, found))
        return found[name]


def _drawn(figure: Figure, caption: str) -> Figure:
    """Give a chart its caption, and its alternative text the words of a document."""
    return replace(figure, caption=caption, alt=sentences.in_words(figure.alt))


def _interval(band: Band) -> str:
    assert band.lo80 is not None
    assert band.hi80 is not None
    return sentences.interval(band.lo80, band.hi80)


def _missing(what: str, name: str, known: Any, *, of: str = "") -> str:
    return missing(what, name, known, where=f"{of} in this forecast".strip())
