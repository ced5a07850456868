"""Retrace: the steps from what was known then to what is known now, for a judgement or a question.

The steps go in one order. States, rates, silence and reports move the number of a question as they
move a judgement. Beside them stand what was announced, and a number for the question itself, from
its day on. From the brief on the path begins at the model alone, read on draws of the priors.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
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
from forecast.beliefs import CoverageWindow, Report, fingerprint
from forecast.beliefs.announcements import Announcement, known_announcements
from forecast.beliefs.reports import looked_until
from forecast.errors import EvidenceError, LedgerError
from forecast.inference.observations import Gathering, observe
from forecast.inference.tracking import Appraisal
from forecast.issue.reweigh import recorded
from forecast.ledger import IssuedForecast
from forecast.network import Evidence, Parameters
from forecast.project.case import held_beliefs
from forecast.project.project import Project
from forecast.study.last_issue import HeldIssue

__all__ = ["Retraced", "Route", "evidence_of", "question_route", "retrace"]


_LABELS: dict[Kind, str] = {
    "revised": "Revised or retracted reports",
    "time": "Time passing",
    "announced": "Announcements",
    "silence": "Silence: looked for, not reported",
}


@dataclass(frozen=True, eq=False)
class Retraced:
    """The way from then to now, whatever the judgement.

    Attributes
    ----------
    day : datetime.date
        Where it begins.
    first : Evidence
        What was known then.
    known : frozenset of str
        Reports known then.
    announced : sequence of Announcement
        What was announced and known then.
    edited : bool
        Whether the beliefs were others.
    told : IssuedForecast or None
        The forecast that published the judgements of that day.
    name : str
        Under which name it holds them.
    stages : list of (label, kind, evidence, reports)
        What is known after each step.
    lineages : list of str
        Those with new reports, in the order in which they first appear.
    """

    day: dt.date
    first: Evidence
    known: frozenset[str]
    announced: Sequence[Announcement] = ()
    edited: bool = False
    told: IssuedForecast | None = None
    name: str = "probability"
    stages: Sequence[tuple[str, Kind, Evidence, int]] = ()
    lineages: Sequence[str] = ()

    @property
    def from_brief(self) -> bool:
        """Whether it begins before any report."""
        return self.name == "at_brief" and self.told is not None

    def published(self, node: str) -> float | None:
        """Judgement of that day as it was published, where it was."""
        row = self.row("judgements", "node", node)
        return None if row is None else float(row[self.name])

    def row(self, table: str, key: str, name: str) -> Mapping[str, Any] | None:
        """Row of a table of the forecast that published the numbers of that day."""
        payload: Any = {} if self.told is None else self.told.payload
        return next((row for row in payload.get(table, ()) if row[key] == name), None)


@dataclass(frozen=True, eq=False)
class Route:
    """The way from then to now, as one number walks it.

    Attributes
    ----------
    reader : Reader
        Of the number, under every evidence below.
    first : Evidence
        What was known then, and counted.
    stages : list of (label, kind, evidence, reports)
        What is known after each step.
    seen : callable
        Gives other evidence of today as the number sees it.
    last : Evidence
        That of today.
    start : float or None
        The number before the first part, where it is known.
    opening : list of Part
        What had moved it already before anything became known.
    """

    reader: Reader
    first: Evidence
    stages: Sequence[tuple[str, Kind, Evidence, int]]
    seen: Callable[[Evidence], Evidence]
    last: Evidence
    start: float | None
    opening: Sequence[Part] = ()


def retrace(
    project: Project, held: HeldIssue, *, since: dt.date | None, since_issue: bool
) -> Retraced:
    """Lay out the way from a day or the issue before to a forecast.

    Parameters
    ----------
    project : Project
    held : HeldIssue
        The forecast it leads to.
    since : datetime.date, optional
        From what was known on this day; by default from the brief.
    since_issue : bool
        From the issue before, with what is recorded differently now.

    Raises
    ------
    LedgerError, EvidenceError
        If there is no such issue, or the date is out of range.
    """
    if since_issue:
        previous = held.issue.previous
        if previous is None:
            raise LedgerError("there is no issue before this one; leave --since-issue out")
        begun = _from_issue(project, held, previous)
    else:
        begun = _from_day(held, since)
    stages, lineages = _stages(held, begun)
    return replace(begun, stages=stages, lineages=lineages)


def evidence_of(
    held: HeldIssue,
    reports: Sequence[Report],
    *,
    coverage: Sequence[CoverageWindow] | None = None,
    announcements: Sequence[Announcement] | None = None,
) -> Evidence:
    """Put some reports on the grid of a forecast, with its coverage and announcements or others."""
    return observe(
        *(held.encoding, reports, held.coverage if coverage is None else coverage),
        as_of=held.as_of,
        announcements=held.announcements if announcements is None else announcements,
    )


def _from_day(held: HeldIssue, since: dt.date | None) -> Retraced:
    brief = held.encoding.beliefs.brief.as_of
    day = since or brief
    if not brief <= day <= held.as_of:
        raise EvidenceError(
            f"--since {day} is not between the brief ({brief}) and the forecast "
            f"({held.as_of}); name another date"
        )
    if day == held.as_of:
        which = "the day of the brief" if day == brief else "that day"
        raise EvidenceError(
            f"the forecast is as of {day}, {which}: nothing lies between that could be explained"
        )
    told_of = known_announcements(held.announcements, day)
    first = observe(
        *(held.encoding, held.reports, held.coverage),
        as_of=day,
        announcements=told_of,
    )
    known = frozenset(r.report_id for r in held.reports if r.reported_on <= day)
    told = held.issued if day == brief else None
    return Retraced(day, first, known, told_of, told=told, name="at_brief")


def _from_issue(project: Project, held: HeldIssue, previous: IssuedForecast) -> Retraced:
    beliefs = held.encoding.beliefs
    with project.ledger(create=False) as ledger:
        model = ledger.models.find(previous.model_fingerprint)
        then = beliefs if model is None else held_beliefs(model.content)
        reports, coverage, every = recorded(ledger, then, previous.recorded_by)
    edited = model is None or fingerprint(then, texts=False) != fingerprint(beliefs, texts=False)
    day, told_of = previous.as_of, known_announcements(every, previous.as_of)
    first = observe(held.encoding, reports, coverage, as_of=day, announcements=told_of)
    known = frozenset(r.report_id for r in reports if r.reported_on <= day)
    return Retraced(day, first, known, told_of, edited, told=previous)


def _stages(
    held: HeldIssue, begun: Retraced
) -> tuple[list[tuple[str, Kind, Evidence, int]], list[str]]:
    """Lay out what is known after each step of the way, and name the lineages that are new."""
    weigh = _weigh(held)
    known = [r for r in held.reports if r.report_id in begun.known]
    late = sorted(
        (
            r
            for r in held.reports
            if r.report_id not in begun.known
            and r.reported_on <= held.as_of
            and r.use == "evidence"
            and weigh(r, held.as_of) > 0.0
        ),
        key=lambda r: (r.reported_on, r.lineage, r.report_id),
    )
    looked = looked_until(held.coverage, begun.day)
    stages: list[tuple[str, Kind, Evidence, int]] = []
    told_of = begun.announced
    # what was learnt of their sources since is a revision of reports, and no passing of time
    then = observe(
        *(held.encoding, known, held.coverage),
        as_of=begun.day,
        weigh=weigh,
        announcements=told_of,
    )
    stages.append((_LABELS["revised"], "revised", then, 0))
    later = evidence_of(held, known, coverage=looked, announcements=told_of)
    stages.append((_LABELS["time"], "time", later, 0))
    silent = evidence_of(held, known, announcements=told_of)
    stages.append((_LABELS["silence"], "silence", silent, 0))
    new = known_announcements(held.announcements, held.as_of) != list(told_of)
    if new or held.evidence.foreseen is not None or then.foreseen is not None:
        stages.append((_LABELS["announced"], "announced", evidence_of(held, known), 0))
    added: dict[str, list[Report]] = {}
    for report in late:
        added.setdefault(report.lineage, []).append(report)
    gathered = Gathering.of(held.encoding, known, as_of=held.as_of)
    for name, rows in added.items():
        gathered.add(rows, as_of=held.as_of)
        evidence = gathered.evidence(
            held.coverage, as_of=held.as_of, announcements=held.announcements
        )
        stages.append((name, "reports", evidence, len(rows)))
    return stages, list(added)


def _weigh(held: HeldIssue) -> Callable[[Report, dt.date], float]:
    """Weigh reports by what their sources had shown by the day of the forecast."""
    return lambda report, _: held.encoding.beliefs.weigh(report, held.as_of)


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
