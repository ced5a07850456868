"""The number of a question along the way from then to now, with what was stated for it.

States, rates, silence and reports move it as they move a judgement. Beside them stand what was
announced, and a number for the question itself, from its day on. From the brief on the path begins
at the model alone, read on draws of the priors.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from forecast.analysis.anchoring import ENOUGH, Anchoring
from forecast.analysis.answering import Drawn, drawn
from forecast.analysis.explanation import Kind, Part, Reader, decibans
from forecast.analysis.placing import anchored, place_question
from forecast.errors import EvidenceError
from forecast.inference.tracking import Appraisal
from forecast.network import Evidence, Parameters
from forecast.project.project import Project
from forecast.study.last_issue import HeldIssue
from forecast.study.retrace import Retraced, Route

__all__ = ["question_route"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Views:
    """What a question is answered from, beside the evidence: its day, and its anchor.

    Attributes
    ----------
    held : HeldIssue
        With the draws that read it.
    name : str
    told : dict
        For each view of some evidence: that evidence, its day, and kappa.
    """

    held: HeldIssue
    name: str
    told: dict[Evidence, tuple[Evidence, dt.date, float | None]] = field(default_factory=dict)
    _drawn: dict[Evidence, Drawn] = field(default_factory=dict)

    def of(self, evidence: Evidence, *, day: dt.date, kappa: float | None) -> Evidence:
        """Add a view of some evidence."""
        view = replace(evidence)
        self.told[view] = evidence, day, kappa
        return view

    def chance(self, view: Evidence, weights: Floats) -> float:
        """Answer the question, the draws weighed so."""
        found = self._drawn.get(view)
        if found is None or found.total is not None:  # a sum has draws of its own
            found = self.answered(view, self.held.parameters, weights)
            self._drawn[view] = found
        return float(found.probability[-1] @ (weights if found.total is None else found.weights))

    def answered(self, view: Evidence, parameters: Parameters, weights: Floats | None) -> Drawn:
        """Answer it with other draws."""
        encoding = self.held.encoding
        _, day, kappa = self.told[view]
        question = encoding.beliefs.questions[self.name]
        placed = anchored(place_question(encoding, view, question, as_of=day), kappa)
        return drawn(encoding, parameters, view, [placed.at_its_end()], weights=weights)[0]


@dataclass(frozen=True)
class _Word:
    """What was last said of the question itself: where, when, of which question, and its kappa."""

    said: Kind
    on: dt.date
    of: str
    kappa: float | None

    @classmethod
    def of_row(cls, row: Mapping[str, Any] | None) -> _Word | None:
        """Take it out of the row of the question in an issue."""
        found = (row or {}).get("anchor")
        if found is None:
            return None
        day = dt.date.fromisoformat(found["on"])
        return cls(found["said"], day, found["question"], found["kappa"])

    def label(self, name: str) -> str:
        """Name it as a part."""
        whose = "" if self.of == name else f" of {self.of}"
        return f"{self.said.capitalize()}{whose}, of {self.on}"


def question_route(
    project: Project,
    held: HeldIssue,
    way: Retraced,
    name: str,
    *,
    few: HeldIssue,
    appraised: Callable[[Evidence], Appraisal],
) -> Route:
    """Lay out the path of one question.

    Parameters
    ----------
    project : Project
    held, way
        The forecast it leads to, and what became known on the way.
    name : str
        Of the question.
    few : HeldIssue
        The same with the draws that read it. So that the path ends where the forecast does, every
        reading is moved on the log odds by what all draws together say more in the end.
    appraised : callable
        Gives the evidence of the way, and of today, as these draws see it.

    Raises
    ------
    EvidenceError
        If the deadline has passed and nothing says yes.
    """
    views, today = _Views(few, name), held.as_of
    rows: Any = held.issued.payload["questions"]
    now = _Word.of_row(next((row for row in rows if row["question"] == name), None))
    then = _stood(project, few, way, name, now)
    kappa = None if then is None else then.kappa
    in_the_end = None if now is None else now.kappa
    first = views.of(way.first, day=way.day, kappa=kappa)
    stages: list[tuple[str, Kind, Evidence, int]] = []
    for label, kind, evidence, reports in way.stages:
        day = way.day if kind == "revised" else today
        stages.append((label, kind, views.of(evidence, day=day, kappa=kappa), reports))
    seen = partial(views.of, day=today, kappa=in_the_end)
    if now is not None and now != then and (kappa, in_the_end) != (None, None):
        stages.append((now.label(name), now.said, seen(held.evidence), 0))
    last = seen(held.evidence)
    reader = _reader(views, held, last, appraised)
    if way.from_brief:
        start, opening = _opened(views, way, then)
        return Route(reader, first, stages, seen, last, start, opening)
    row = way.row("questions", "question", name)
    published = None if row is None else float(row["probability"])
    return Route(reader, first, stages, seen, last, published)


def _stood(
    project: Project, few: HeldIssue, way: Retraced, name: str, now: _Word | None
) -> _Word | None:
    """Find what was last said of the question when the path begins."""
    if way.told is not None and not way.from_brief:
        return _Word.of_row(way.row("questions", "question", name))
    if now is None or now.on <= way.day:
        return now
    crowd = project.crowd(few.encoding.beliefs)  # an issue holds only what was said last
    known = (few.reports, few.coverage, few.announcements, () if crowd is None else crowd.said)
    found = Anchoring(few.encoding, *known, _seed(few)).at(
        *(few.parameters, few.evidence),
        as_of=few.as_of,
        weights=few.weights.weights,
        only=[name],
        stated_by=way.day,
    )
    if name not in found:
        return None
    anchor = found[name]
    return _Word(anchor.stated.said, anchor.stated.on, anchor.of or name, anchor.kappa)


def _seed(held: HeldIssue) -> int:
    return int(str(held.issued.settings["seed"]))


def _reader(
    views: _Views, held: HeldIssue, last: Evidence, appraised: Callable[[Evidence], Appraisal]
) -> Reader:
    few, weights = views.held, views.held.weights.weights
    asked, shift = few.encoding.beliefs.questions[views.name], 0.0
    least = views.chance(last, weights)
    if asked.by <= held.as_of and least <= 0.0:
        raise EvidenceError(
            f"{views.name} is past its deadline ({asked.by}), and the record does not answer it; "
            "explain an earlier forecast (--as-of), or record its outcome (forecast resolve)"
        )
    if few.parameters.draws < held.parameters.draws and 0.0 < least < 1.0:
        of_all = held.weights.weights
        found = views.answered(last, held.parameters, of_all)
        whole = float(found.probability[-1] @ (of_all if found.total is None else found.weights))
        shift = float(logit(whole) - logit(least))

    def seen(view: Evidence) -> Appraisal:
        return appraised(views.told[view][0])

    def chance(view: Evidence, weights: Floats) -> float:
        found = views.chance(view, weights)
        return float(expit(logit(found) + shift)) if shift and 0.0 < found < 1.0 else found

    return Reader(seen, weights, seen(last).log_likelihood, chance)


def _opened(views: _Views, way: Retraced, then: _Word | None) -> tuple[float, list[Part]]:
    """Begin at the model alone, on draws of the priors; then what was announced, and stated."""
    few, name = views.held, views.name
    prior = few.encoding.priors.draw(min(ENOUGH, few.parameters.draws), seed=_seed(few))

    def read(evidence: Evidence, kappa: float | None) -> float:
        found = views.answered(views.of(evidence, day=way.day, kappa=kappa), prior, None)
        return float(found.probability[-1] @ found.weights)

    start, parts = read(replace(way.first, announced=(), foreseen=None), None), list[Part]()
    asked = few.encoding.beliefs.questions[name]
    if asked.mode == "reported" and any(a.indicator == asked.indicator for a in way.announced):
        after = read(way.first, None)
        parts.append(Part(f"Announced by {way.day}", "announced", decibans(start, after), after))
    if then is not None and then.kappa is not None:
        before, after = parts[-1].probability if parts else start, read(way.first, then.kappa)
        parts.append(Part(then.label(name), then.said, decibans(before, after), after))
    return start, parts
