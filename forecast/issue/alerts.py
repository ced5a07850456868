"""Alerts: which rules of the file are to be spoken of now, and the memory that they were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from forecast.ledger import AlertRecord, IssuedForecast, Ledger, content_hash
from forecast.project.project import Project
from forecast.result import Fraction, Result, Share

if TYPE_CHECKING:
    from forecast.analysis.alerting import Sight
    from forecast.analysis.anchoring import Anchoring
    from forecast.beliefs import Alert, Beliefs
    from forecast.inference.reweighting import Weights
    from forecast.inference.tracking import Appraisal
    from forecast.network import Evidence, Parameters

__all__ = ["AlertState", "look", "remember"]


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
