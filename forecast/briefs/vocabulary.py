"""The words a document can ask for: every placeholder, and what it gives.

``{{ forecast.probability("tech_transfer") }}`` calls the method `probability`. Public methods of
`Vocabulary` are the whole vocabulary; docs/briefs.md lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from forecast.beliefs.words import nearest, scale
from forecast.briefs import sentences, tables
from forecast.briefs.blocks import Bullets, Figure, Note, NoteList, Part, Prose, Table
from forecast.briefs.facts import Band, Facts, JudgementFacts, QuestionFacts, ReportFacts, Watched
from forecast.briefs.notes import Style, note
from forecast.errors import DocumentError

__all__ = ["BLOCKS", "INLINE", "Vocabulary"]

#: Placeholders that stand within a sentence.
INLINE = (
    "answer", "answer_interval", "answer_word", "as_of", "change", "confidence", "house",
    "interval", "issue", "issued_at", "label", "lineages", "probability", "reports", "since_brief",
    "title", "word",
)  # fmt: skip
#: Placeholders that stand alone in their paragraph; those that give a sentence may stand in one.
BLOCKS = (
    "alternatives", "bottom_line", "change_sentence", "confidence_sentence", "evidence",
    "evidence_base", "figure", "judgements", "key_judgements", "method", "notes", "panel",
    "question_sentence", "questions", "scale_key", "sentence", "stamp", "watch", "what_changed",
)  # fmt: skip

Draw = Callable[[str | None], Figure]
Look = Callable[[], tuple[Watched, ...]]


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
    """

    facts: Facts
    draw: Draw
    style: Style = "chicago"
    look: Look | None = None

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
        """Change since the issue before, and the reports that arrived since."""
        one = self._judgement(node)
        return Prose((sentences.change_sentence(one), *self._arrived(one)))

    def question_sentence(self, question: str) -> Prose:
        """Question and its answer."""
        return Prose((sentences.question_sentence(self.facts, self._question(question)),))

    def bottom_line(self) -> Prose:
        """Judgement that moved most."""
        return Prose((sentences.bottom_line(self.facts),))

    def key_judgements(self) -> Bullets:
        """Every judgement: probability, confidence, change."""
        items = []
        for one in self.facts.judgements:
            said = sentences.probability_sentence(self.facts, one, dated=False)
            why = sentences.confidence_sentence(one)
            moved = (f" {sentences.change_sentence(one)}",) if one.change else ()
            items.append(Prose((f"{said} {why}", *moved)))
        return Bullets(tuple(items))

    def what_changed(self) -> Bullets:
        """Change of every judgement since the issue before, with what arrived.

        In a first issue, the change since the brief.
        """
        if all(one.change is None for one in self.facts.judgements):
            return Bullets(
                tuple(
                    Prose((sentences.since_brief_sentence(self.facts, one),))
                    for one in self.facts.judgements
                )
            )
        items = [
            Prose((f"{one.label}: ", *self.change_sentence(one.node).parts))
            for one in self.facts.judgements
        ]
        return Bullets(tuple(items))

    def judgements(self) -> Table:
        """Table of all judgements."""
        return tables.judgements(self.facts)

    def questions(self) -> Table:
        """Table of all questions."""
        return tables.questions(self.facts)

    def evidence(self, node: str | None = None, most: int = 10) -> Table:
        """Table of the weightiest reports, of a node or of all, with notes on their sources."""
        chosen = self._weightiest(node, most)
        where = "" if node is None else f" on {self._judgement(node).label}"
        shown = f"{len(chosen)} of {len(self._of(node))} credible reports{where}"
        caption = f"Evidence: {shown}, those of the best grade and then the latest."
        ordered = sorted(chosen, key=lambda report: (report.reported_on, report.report_id))
        return tables.evidence([(one, self._note(one)) for one in ordered], caption=caption)

    def evidence_base(self) -> Prose:
        """How many reports, events, indicators and lineages, and how they are graded."""
        counts = self.facts.counts
        grades = sorted({report.grade for report in self.facts.reports})
        spread = f", graded {grades[0]} to {grades[-1]}" if grades else ""
        text = (
            f"The forecast rests on {counts['reports']} credible reports of "
            f"{counts['events']} events{spread}, on {counts['indicators']} indicators, from "
            f"{counts['lineages']} independent source lineages. Copies of one report count once."
        )
        return Prose((text,))

    def alternatives(self, node: str) -> Bullets:
        """States of a node outside its headline, with their probabilities."""
        return tables.alternatives(self.facts, self._judgement(node))

    def watch(self, most: int = 2) -> Table | Prose:
        """Table of indicators to watch, so many a judgement."""
        found = self.look() if self.look else self.facts.watched
        nodes = dict.fromkeys(one.node for one in found)
        shown = [[one for one in found if one.node == node][: max(1, most)] for node in nodes]
        if not shown:
            return Prose(("No indicator to watch has been ranked.",))
        return tables.watch(replace(self.facts, watched=tuple(chain.from_iterable(shown))))

    def figure(self, node: str) -> Figure:
        """Trajectory of a judgement."""
        return self.draw(self._judgement(node).node)

    def panel(self) -> Figure:
        """All judgements side by side."""
        return self.draw(None)

    def scale_key(self) -> Table:
        """Words of the scale."""
        return tables.scale_key(self.facts)

    def method(self) -> Prose:
        """How the numbers were made, and the checks of the fit."""
        checks = self.facts.checks
        text = (
            "The judgements are nodes of a continuous-time Bayesian network whose rates have "
            "priors taken from the brief and are learnt from dated, graded reports; silence "
            "counts where somebody was looking. The interval is the central 80% of the "
            "posterior draws, and holds no doubt about grades or coding. The fit passed its "
            f"checks (R-hat {checks['r_hat']:.3f}, {checks['ess_bulk']:.0f} effective draws, "
            f"{checks['divergences']:.0f} divergences). {self.facts.record}"
        )
        return Prose((text.rstrip(),))

    def stamp(self) -> Prose:
        """Which forecast the document shows: as of, issued at, fingerprints."""
        return Prose((sentences.stamp_line(self.facts.stamp),))

    def notes(self) -> NoteList:
        """List of the notes, where the format lists them in one place."""
        return NoteList()

    def _arrived(self, one: JudgementFacts) -> tuple[Part, ...]:
        ids = () if one.change is None else one.change.arrived
        known = {report.report_id: report for report in self.facts.reports}
        parts: list[Part] = []
        for report_id in ids[:3]:
            report = known[report_id]
            parts += [f"{'; ' if parts else ''}{report.summary.strip().rstrip('.')}"]
            parts += [f" ({sentences.day(report.reported_on)})", self._note(report)]
        if not parts:
            return () if one.change is None else (" No credible report on it arrived since.",)
        more = f", and {len(ids) - 3} more" if len(ids) > 3 else ""
        return (" Since then: ", *parts, f"{more}.")

    def _of(self, node: str | None) -> list[ReportFacts]:
        if node is not None:
            self._judgement(node)
        return [r for r in self.facts.reports if node is None or node in r.nodes]

    def _weightiest(self, node: str | None, most: int) -> list[ReportFacts]:
        ordered = sorted(self._of(node), key=lambda r: (-r.credibility, -r.reported_on.toordinal()))
        return ordered[: max(1, most)]

    def _note(self, report: ReportFacts) -> Note:
        return note(report, style=self.style, reports=self.facts.reports)

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


def _interval(band: Band) -> str:
    assert band.lo80 is not None
    assert band.hi80 is not None
    return sentences.interval(band.lo80, band.hi80)


def _missing(what: str, name: str, known: Any, *, of: str = "") -> str:
    hint = nearest(name, known) or f"there are: {', '.join(known)}"
    return f"there is no {what} {name!r}{of} in this forecast; {hint}"
