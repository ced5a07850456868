"""Watch: what to look for next, from the forecast that was issued last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from forecast.beliefs import credibility as credibility_of
from forecast.beliefs import later, words
from forecast.errors import BeliefsError, EvidenceError
from forecast.issue.run import Issue
from forecast.names import require_known
from forecast.project.project import Project, require_period
from forecast.project.sampler import Reporter, Silent
from forecast.record.announcements import AnnouncementRow, calendar
from forecast.result import Effective, Fraction, Result, Share, WordedBand, rounded, unit

if TYPE_CHECKING:
    from forecast.analysis.watch_list import Target, Watched
    from forecast.beliefs import Beliefs

__all__ = ["CERTAIN", "Watching", "watch"]

#: In place of a grade: the event itself is established.
CERTAIN = "certain"


class WatchedIndicator(Result):
    """What one indicator may say about a judgement or a question."""

    indicator: str
    label: str
    last_reported: dt.date | None = Field(
        description="the day of its last report in the evidence; null where there is none"
    )
    seen: Fraction = Field(
        description="probability of at least one report in the window, or before the deadline"
    )
    if_seen: WordedBand = Field(description="the target after one report of this grade")
    if_not_seen: WordedBand = Field(description="the target after looking in vain")
    shift: Fraction = Field(description="expected absolute change of the probability")
    information: Annotated[float, rounded(6), unit("bits")] = Field(
        description="expected information"
    )
    effective_draws: Effective = Field(description="behind the rarer outcome")
    rank_by_shift: int = Field(description="from 1")
    rank_by_information: int = Field(description="from 1")


class WatchedTarget(Result):
    """A judgement or a question, and what may say something about it."""

    kind: str = Field(description="`judgement` or `question`")
    name: str = Field(description="the node, or the question")
    label: str = Field(description="as printed")
    node: str
    states: tuple[str, ...]
    on: dt.date = Field(description="end of the window, or the deadline of the question")
    probability: Fraction = Field(description="of yes, with nothing known about the window")
    word: str
    indicators: tuple[WatchedIndicator, ...] = Field(
        description="those that can say something about it, most information first"
    )

    def ranked(self, by: Literal["shift", "information"]) -> list[WatchedIndicator]:
        """Put the indicators in order of what they are expected to bring, the most first."""
        return sorted(self.indicators, key=lambda each: int(getattr(each, f"rank_by_{by}")))


class LeftOut(Result):
    """An indicator that cannot be watched for."""

    indicator: str
    reason: str


class Watching(Result):
    """What to look for next."""

    issue: str = Field(description="id of the forecast it was read from")
    as_of: dt.date
    until: dt.date = Field(description="end of the window in which somebody looks")
    grade: str = Field(description="of the report that would be seen, or `certain`")
    credibility: Share = Field(description="what that grade weighs")
    open_credibility: Share | None = Field(
        description="what it weighs of an act done in the open; null where no indicator is one"
    )
    targets: tuple[WatchedTarget, ...] = Field(
        description="judgements in the order of the file, then open questions"
    )
    left_out: tuple[LeftOut, ...] = Field(description="indicators that cannot be watched for")
    calendar: tuple[AnnouncementRow, ...] = Field(
        default=(),
        description="what is announced and open, as in [`forecast events list "
        "--json`](#forecast-events-list---json); left out if nothing is",
        exclude_if=lambda rows: not rows,
    )


def _target(beliefs: Beliefs, watched: Watched, reported: Mapping[str, dt.date]) -> WatchedTarget:
    target, scale = watched.target, words.scale(beliefs.brief.scale)
    places = {
        by: {each.indicator: place for place, each in enumerate(watched.ranked(by), 1)}
        for by in ("shift", "information")
    }
    asked = target.kind == "question"
    node = beliefs.nodes[target.node]
    return WatchedTarget(
        kind=target.kind,
        name=target.name,
        label=beliefs.questions[target.name].text if asked else node.labelled(target.states),
        node=target.node,
        states=target.states,
        on=target.on,
        probability=watched.expected,
        word=scale.word(watched.expected),
        indicators=[
            WatchedIndicator(
                indicator=each.indicator,
                label=beliefs.indicators[each.indicator].label,
                last_reported=reported.get(each.indicator),
                seen=each.seen,
                if_seen=WordedBand.of(each.if_seen, scale.word),
                if_not_seen=WordedBand.of(each.if_not_seen, scale.word),
                shift=each.shift,
                information=each.information,
                effective_draws=each.effective_draws,
                rank_by_shift=places["shift"][each.indicator],
                rank_by_information=places["information"][each.indicator],
            )
            for each in watched.ranked("information")
        ],
    )


def watch(
    project: Project,
    names: Sequence[str] = (),
    *,
    questions: bool = True,
    within: str | float = 90.0,
    grade: str = "B2",
    as_of: dt.date | None = None,
    issue: Issue | None = None,
    reporter: Reporter | None = None,
) -> Watching:
    """Rank what to look for, from the forecast that was issued last.

    Parameters
    ----------
    project : Project
        Where the ledger is.
    names : sequence of str
        Nodes, each with its questions, and questions; by default every one.
    questions : bool
        Whether questions are wanted at all, or only judgements.
    within : float
        Days of the window in which somebody looks, from the forecast's date.
    grade : str
        Admiralty grade of the report that would be seen, or ``certain``.
    as_of : datetime.date, optional
        Of the forecast issued as of this day; by default the latest.
    issue : Issue, optional
        Which forecast, where it is not the last one of that day.
    reporter : Reporter, optional
        Told how it goes.

    Raises
    ------
    LedgerError
        If no forecast was issued.
    BeliefsError
        If a name is none of a node or an open question.
    EvidenceError
        If the window or the grade cannot be used.
    """
    from forecast.analysis.watch_list import open_targets, watch_list
    from forecast.study.last_issue import held_issue

    told = reporter or Silent()
    _credibility(grade)  # refused before anything is worked out
    require_period(within, "window")
    told.stage("recalling the last forecast")
    held = held_issue(project, as_of=as_of, issue=issue)
    beliefs, until = held.encoding.beliefs, later(held.as_of, within)
    targets = open_targets(held.encoding, held.evidence, as_of=held.as_of, until=until)
    targets = _chosen(beliefs, targets, names, held.as_of)
    if not questions:
        targets = [target for target in targets if target.kind != "question"]
    told.stage("looking ahead, indicator by indicator")
    found = watch_list(
        held.encoding,
        held.parameters,
        held.evidence,
        as_of=held.as_of,
        until=until,
        credibility={
            name: _credibility(grade, open_act=beliefs.is_open(name)) for name in beliefs.indicators
        },
        weights=held.weights.weights,
        targets=targets,
    )
    reported = {
        each.indicator: each.reported_on
        for each in sorted(held.reports, key=lambda each: each.reported_on)
        if each.use == "evidence" and each.reported_on <= held.as_of
    }
    return Watching(
        issue=held.issue.issued.id,
        as_of=found.as_of,
        until=found.until,
        grade=grade,
        credibility=_credibility(grade),
        open_credibility=_credibility(grade, open_act=True)
        if any(map(beliefs.is_open, beliefs.indicators))
        else None,
        targets=[_target(beliefs, watched, reported) for watched in found.targets],
        left_out=[LeftOut(indicator=n, reason=why) for n, why in found.left_out.items()],
        calendar=calendar(beliefs, held.announcements, as_of=held.as_of),
    )


def _chosen(
    beliefs: Beliefs, targets: Sequence[Target], names: Sequence[str], as_of: dt.date
) -> list[Target]:
    """Take the targets named, a node with its questions; all of them if none is named."""
    known = list(dict.fromkeys([*beliefs.nodes, *beliefs.questions]))
    for name in names:
        require_known(name, known, what="node or question")
        asked = beliefs.questions.get(name)
        if asked is not None and not asked.of_states:
            raise BeliefsError(
                f"question {name!r} asks about the record, which no report is evidence of; "
                f"watch its node: {asked.node}"
            )
        if not any(name in {target.name, target.node} for target in targets):
            raise BeliefsError(
                f"question {name!r} is settled, or not open yet, on {as_of}; nothing that comes "
                "later can be watched for it"
            )
    return [t for t in targets if not names or {t.name, t.node} & set(names)]


def _credibility(grade: str, *, open_act: bool = False) -> float:
    """Read a grade as the weight of one report."""
    if grade == CERTAIN:
        return 1.0
    letter, digit = grade[:1].upper(), grade[1:]
    if letter not in "ABCDEF" or digit not in set("123456"):
        raise EvidenceError(f"{grade!r} is not a grade; write one such as B2, or {CERTAIN}")
    weight = credibility_of(letter, int(digit), open_act=open_act)
    if weight == 0.0:
        raise EvidenceError(f"a report of grade {grade} weighs nothing; name a better one")
    return weight
