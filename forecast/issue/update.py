"""Update: new, corrected and retracted reports move the judgements at once, and alerts are told.

An alert is a rule of the file that is to be spoken of now; that it was is remembered.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from forecast.beliefs import read_arriving, words
from forecast.errors import Problem
from forecast.issue.arrivals import Came, ended_coverage, file_key, take_in, thinned_reports
from forecast.issue.reweigh import Case, Learnt, Looked, learn, published, take_up
from forecast.issue.run import read_payload
from forecast.ledger import AlertRecord, IssuedForecast, Ledger, SyncResult, content_hash
from forecast.project.project import (
    Project,
    Record,
    as_of_day,
    require_known_today,
    require_told_today,
)
from forecast.project.sampler import Reporter, SamplerSettings, Silent
from forecast.result import Fraction, Result, Share, rounded, unit

if TYPE_CHECKING:
    from forecast.analysis.alerting import Sight
    from forecast.analysis.anchoring import Anchoring
    from forecast.beliefs import Alert, Beliefs, Question
    from forecast.inference.reweighting import Weights
    from forecast.inference.tracking import Appraisal
    from forecast.network import Evidence, Parameters

__all__ = ["AlertState", "Move", "Update", "look", "remember", "update"]


class AlertState(Result):
    """One rule, and what is to be said of it now."""

    name: str = Field(serialization_alias="alert", description="its name")
    question: str | None = Field(description="the question it watches, or")
    node: str | None = Field(description="the node")
    subject: str = Field(description="the same as printed")
    direction: str = Field(description="`above` or `below`")
    threshold: Share
    word: str | None = Field(
        description="`raised` or `cleared` now (exit code 4, unless in a dry run); `standing` or "
        "`watched` where it was looked at first; null where nothing is new"
    )
    raised: bool = Field(description="whether it stands now")
    probability: Fraction = Field(description="now")
    certainty: Fraction = Field(
        description="of the draws, by weight, that are beyond the threshold"
    )
    told: Fraction | None = Field(
        description="when it was last told, by this rule or an issue since"
    )
    since: dt.date | None = Field(description="day of the last word on it before")
    version: int = Field(exclude=True, description="how often it was spoken of before")
    rule: str = Field(exclude=True, description="hash of what makes it the same rule")

    @property
    def news(self) -> bool:
        """Whether somebody should be told: it was raised or cleared."""
        return self.word in {"raised", "cleared"}


def look(
    ledger: Ledger,
    anchoring: Anchoring,
    draws: tuple[Parameters, Weights],
    seen: tuple[Evidence, Appraisal],
    *,
    as_of: dt.date,
    recorded_by: dt.datetime | None,
    back: bool,
) -> list[AlertState]:
    """Look through every rule at what the draws say now; nothing is written.

    Parameters
    ----------
    ledger : Ledger
        Remembers what was said before.
    anchoring : Anchoring
        Of the model, with the rules of its file: what was stated for its questions.
    draws : (Parameters, Weights)
        Of the rates.
    seen : (Evidence, Appraisal)
        What is known, and how the draws see it.
    as_of : datetime.date
        Date of the evidence.
    recorded_by : datetime.datetime or None
        Moment of the ledger the evidence was read at. What another process said later may rest on
        more, so it is neither unsaid nor repeated from here.
    back : bool
        Whether this day was asked for. One before the last word on a rule is then a look back, in
        which the rule has nothing to say.

    Returns
    -------
    list of AlertState
        In the order of the file.
    """
    from forecast.analysis.alerting import sights

    beliefs = anchoring.encoding.beliefs
    if not beliefs.alerts:
        return []
    words = ledger.alerts.latest(recorded_by=recorded_by)
    issue = ledger.issues.last(as_of=as_of)
    (parameters, weights), (evidence, appraisal) = draws, seen
    found = sights(
        anchoring, parameters, weights.weights, evidence, appraisal.probability, as_of=as_of
    )
    out = []
    for name in beliefs.alerts:
        last = words.get(name)
        if back and last is not None and last.as_of > as_of:
            continue
        out.append(_watched(beliefs, name, found[name], last, issue))
    return out


def _watched(
    beliefs: Beliefs,
    name: str,
    seen: Sight,
    last: AlertRecord | None,
    issue: IssuedForecast | None,
) -> AlertState:
    from forecast.analysis.alerting import definition, published, verdict

    alert = beliefs.alerts[name]
    rule = content_hash(definition(beliefs, alert))
    version = 0 if last is None else last.version
    if last is not None and last.rule != rule:
        last = None
    references = [] if last is None else [last.reference]
    if issue is not None and (last is None or issue.issued_at > last.recorded_at):
        told = published(beliefs, alert, issue.payload)
        references += [] if told is None else [told]
    stood = None if last is None else last.word in {"raised", "standing"}
    word = verdict(alert, seen, raised=stood, references=references)
    return AlertState(
        name=name,
        question=alert.question,
        node=alert.node,
        direction=alert.direction,
        threshold=alert.threshold,
        subject=_subject(beliefs, alert),
        word=word,
        raised=bool(stood) if word is None else word in {"raised", "standing"},
        probability=seen.probability,
        certainty=seen.certainty,
        told=references[-1] if references else None,
        since=None if last is None else last.as_of,
        version=version,
        rule=rule,
    )


def _subject(beliefs: Beliefs, alert: Alert) -> str:
    from forecast.analysis.alerting import watched_states

    if alert.question is not None:
        return beliefs.questions[alert.question].text
    node, states = watched_states(beliefs, alert)
    return beliefs.nodes[node].labelled(states)


def remember(project: Project, watched: Sequence[AlertState], *, as_of: dt.date) -> None:
    """Record what was said of the rules, once it *was* said.

    A process that dies between saying and recording says it again the next time: an alert may come
    twice after a crash, and is never lost.

    Parameters
    ----------
    project : Project
    watched : sequence of AlertState
        From an update that was not a dry run.
    as_of : datetime.date
        Of that update.
    """
    rows = [_row(each) for each in watched if each.word is not None]
    if rows:
        with project.ledger() as ledger:
            ledger.alerts.record(rows, as_of=as_of)


def _row(each: AlertState) -> Mapping[str, Any]:
    # a rule that only watches measures from what was published, or it would lose a slow rise
    quiet = each.word == "watched" and each.told is not None
    return {
        "alert": each.name,
        "version": each.version,
        "word": each.word,
        "rule": each.rule,
        "probability": each.probability,
        "certainty": each.certainty,
        "reference": each.told if quiet else each.probability,
    }


class Move(Result):
    """How far one judgement moved."""

    node: str
    label: str = Field(description="as printed")
    before: Fraction | None = Field(
        description="probability before, by the same draws where they can tell; null where nothing "
        "was known"
    )
    after: Fraction = Field(description="probability now")
    word_before: str
    word_after: str
    lo80: Fraction
    hi80: Fraction


class AnnouncedMove(Result):
    """How far what was announced moved one question about the record, with all else that came."""

    question: str
    before: Fraction | None = Field(description="probability of yes before; null as for judgements")
    after: Fraction = Field(description="probability of yes now")


class Update(Result):
    """What an update did, or would do."""

    schema_version: int = Field(serialization_alias="schema", description="1")
    as_of_before: dt.date = Field(description="end of the record before")
    as_of: dt.date = Field(description="date of the judgements now")
    dry: bool = Field(serialization_alias="dry_run", description="whether nothing was written")
    new: tuple[str, ...] = Field(description="ids of reports that were not known")
    known: tuple[str, ...] = Field(description="ids of reports that say what they said before")
    revised: tuple[str, ...] = Field(
        description="ids of reports that say something else than before"
    )
    held: tuple[str, ...] = Field(
        description="ids of reports that stay retracted, because someone retracted them by hand"
    )
    windows: int = Field(description="windows of coverage that came")
    announced: tuple[str, ...] = Field(
        default=(),
        description="ids of announcements that were new or say something else than before; left "
        "out if there is none",
        exclude_if=lambda ids: not ids,
    )
    questions: tuple[AnnouncedMove, ...] = Field(
        default=(),
        description="open questions about reports of what these announce; left out if there is "
        "none",
        exclude_if=lambda moves: not moves,
    )
    notes: tuple[str, ...] = Field(
        description="how files were read, where that is not as expected: another encoding, a "
        "semicolon between cells, days of Excel; which coverage ended before what the reports "
        "tell of; and whether fewer than half as many reports are coded as before"
    )
    method: str = Field(description="`reweighted`, `refitted`, or `would refit` in a dry run")
    reason: str = Field(description="why it was refitted; empty otherwise")
    pareto_k: Annotated[float, rounded(6)] | None = Field(
        description="of the weights that were tried; null where all are equal or there were none"
    )
    ess: Annotated[float, rounded(6), unit("draws")] | None = Field(
        description="effective draws of these weights"
    )
    moves: tuple[Move, ...] = Field(
        serialization_alias="judgements",
        description="one for each node, in the order of the file",
    )
    alerts: tuple[AlertState, ...] = Field(
        description="every rule that was looked at, in the order of the file"
    )
    issue: str | None = Field(description="id of the forecast, with `--issue`")


def update(
    project: Project,
    sources: Sequence[Came],
    *,
    dry: bool = False,
    issue: bool = False,
    as_of: dt.date | None = None,
    sampler: SamplerSettings | None = None,
    reporter: Reporter | None = None,
) -> Update:
    """Add reports in one transaction and update every judgement.

    Parameters
    ----------
    project : Project
        Where the files are.
    sources : sequence of (name, text or bytes)
        CSV, workbooks or JSON Lines, of reports, coverage or announcements; from `read_sources`.
        Without any, only what changed in ``events/`` and the time that passed are seen.
    dry : bool
        Show the effect and write nothing; what would need a new fit is reweighted all the same.
    issue : bool
        Issue the whole forecast too, for charts and briefs.
    as_of : datetime.date, optional
        By default the end of the record, with what is new.
    sampler : SamplerSettings, optional
        Should a new fit be needed.
    reporter : Reporter, optional
        Told how it goes.

    Returns
    -------
    Update

    Raises
    ------
    ReportsError
        With every row that cannot be used; nothing is stored then.
    BeliefsError, LedgerError, EvidenceError, StatisticsError
        As in `forecast.issue.run.run`.
    """
    from forecast.inference.encoding import encode

    told = reporter or Silent()
    told.stage("reading the brief and its reports")
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        moment = ledger.recorded_until()
        held = Record.synchronise(project, beliefs, ledger, texts=dry, reporter=told)
        old = _before(ledger, beliefs, held, moment)
        notes: list[Problem] = []
        known = ledger.sources.latest()
        came = read_arriving(sources, beliefs=beliefs, known_sources=known, notes=notes)
        require_known_today(came.reports)
        require_told_today(came.announcements)
        before = as_of_day(beliefs, old, None)
        files = [file_key(*source) for source in sources]
        changes, new = take_in(ledger, beliefs, held, came, files=None if dry else files)
        day = as_of_day(beliefs, new, as_of)
        case = Case(ledger, encode(beliefs), old, new, before, day, sampler or SamplerSettings())
        told_of = [
            *map(str, notes),
            *ended_coverage(beliefs, new.coverage, came.reports),
            *thinned_reports(beliefs, new.coverage, new.reports, as_of=day),
        ]
        changes = _with(changes, held.changes) if old is not held else changes
        read = {"windows": len(came.coverage), "notes": told_of, "announced": _announced(old, new)}
        del came  # what many rows say is not held while the draws are weighed
        return _learn(case, (changes, read), told, dry=dry, issue=issue, back=as_of is not None)


def _before(ledger: Ledger, beliefs: Beliefs, held: Record, moment: dt.datetime | None) -> Record:
    """Give the record as it stood before ``events/`` was read again; all of it the first time."""
    if moment is None or moment == held.recorded_by:
        return held
    there = Record.of(ledger, SyncResult(), beliefs, near=held.held, recorded_by=moment)
    return replace(there, crowd=held.crowd)


def _with(came: SyncResult, read: SyncResult) -> SyncResult:
    """Add what ``events/`` brought to what came in files."""
    new, revised = {*came.new, *read.new}, {*came.revised, *read.revised}
    return replace(came, new=tuple(sorted(new)), revised=tuple(sorted(revised - new)))


def _announced(old: Record, new: Record) -> list[str]:
    """Name the announcements that are new or say something else, by id."""
    return [one.announcement_id for one in new.announcements if one not in old.announcements]


def _learn(
    case: Case,
    came: tuple[SyncResult, Mapping[str, Any]],
    told: Reporter,
    *,
    dry: bool,
    issue: bool,
    back: bool,
) -> Update:
    evidence = case.evidence(new=True)
    told.stage("weighing the draws anew")
    looked = take_up(case, evidence)
    before = published(case, looked)
    now = learn(case, looked, evidence, told, dry=dry)
    draws, seen = (now.parameters, now.weights), (evidence, now.seen)
    moment = case.new.recorded_by
    alerts = look(
        case.ledger, case.anchoring, draws, seen, as_of=case.day, recorded_by=moment, back=back
    )
    issued = None
    if issue and not dry:
        told.stage("issuing the forecast")
        issued = _issue(case, now)
    tried, (changes, read) = now.tried, came
    return Update(
        schema_version=1,
        as_of_before=case.before,
        as_of=case.day,
        dry=dry,
        new=changes.new,
        known=changes.known,
        revised=changes.revised,
        held=changes.held,
        **read,
        method=now.method,
        reason=now.reason,
        pareto_k=None if tried is None or math.isnan(tried.pareto_k) else tried.pareto_k,
        ess=None if tried is None or math.isnan(tried.ess) else tried.ess,
        moves=_moves(case, before, now),
        alerts=alerts,
        questions=_questions(case, looked, now, read["announced"]),
        issue=None if issued is None else issued.id,
    )


def _moves(case: Case, earlier: dict[str, float], now: Learnt) -> list[Move]:
    from forecast.analysis.answering import band_of

    beliefs = case.encoding.beliefs
    scale = words.scale(beliefs.brief.scale)
    out = []
    for name, node in beliefs.nodes.items():
        band = band_of(case.headline(now.seen, name), now.weights.weights)
        before = earlier.get(name)
        before = None if before is None or math.isnan(before) else before
        out.append(
            Move(
                node=name,
                label=node.labelled(),
                before=before,
                after=band.probability,
                word_before="" if before is None else scale.word(before),
                word_after=scale.word(band.probability),
                lo80=band.lo80,
                hi80=band.hi80,
            )
        )
    return out


def _questions(
    case: Case, looked: Looked | str, now: Learnt, announced: Sequence[str]
) -> list[AnnouncedMove]:
    """Answer the open questions about reports of what is newly announced, before and now."""
    from forecast.inference.reweighting import smooth_weights

    every = case.encoding.beliefs.questions
    about = {a.indicator for a in case.new.announcements if a.announcement_id in announced}
    asked = {n: q for n, q in every.items() if q.indicator in about and q.by > case.day}
    if not asked:
        return []
    after = _numbers(case.new, case, asked, (now.parameters, now.weights.weights), case.day)
    earlier: Mapping[str, float] = {}
    if isinstance(looked, Looked):
        weights = smooth_weights(looked.before.log_likelihood - looked.fitted.log_likelihood)
        if weights.sound:
            draws = looked.base.parameters, weights.weights
            earlier = _numbers(case.old, case, asked, draws, case.before)
    return [AnnouncedMove(question=n, before=earlier.get(n), after=after[n]) for n in asked]


def _numbers(
    record: Record,
    case: Case,
    asked: Mapping[str, Question],
    draws: tuple[Parameters, Any],
    day: dt.date,
) -> dict[str, float]:
    """Answer questions on what a record knew by a day, with numbers stated for them."""
    from forecast.analysis.anchoring import kappas
    from forecast.analysis.answering import answers

    encoding, (parameters, weights) = case.encoding, draws
    evidence = record.evidence(encoding, as_of=day)
    anchors = record.anchoring(encoding, seed=case.sampler.seed).at(
        parameters, evidence, as_of=day, weights=weights, only=list(asked)
    )
    found = answers(
        *(encoding, parameters, evidence, asked),
        as_of=day,
        weights=weights,
        kappa=kappas(anchors),
    )
    return {one.name: one.band.probability for one in found}


def _issue(case: Case, now: Learnt) -> IssuedForecast:
    """Read everything out with the weighted draws, and issue it."""
    from forecast.inference.observations import steps_until

    key, encoding, record = case.key(), case.encoding, case.new
    steps = steps_until(encoding, case.day)
    known = record.knowledge(encoding, as_of=case.day, steps=steps)
    weights = None if now.weights.even else now.weights.weights
    payload = read_payload(
        *(encoding, record, known, now.parameters),
        key=key,
        fit=now.fit,
        weights=weights,
        anchoring=case.anchoring,
    )
    return case.ledger.issues.record(
        **key, payload=payload, posterior_id=now.fit.id, recorded_by=record.recorded_by
    )
