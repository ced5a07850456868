"""Watch: what to look for next, from the forecast that was issued last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forecast.beliefs import credibility as credibility_of
from forecast.beliefs import later, words
from forecast.errors import BeliefsError, EvidenceError
from forecast.issue.run import Issue
from forecast.names import require_known
from forecast.project.progress import Reporter, Silent
from forecast.project.project import Project, require_period

if TYPE_CHECKING:
    from forecast.analysis.targets import Target
    from forecast.analysis.watch_list import Looking, Watched, WatchList
    from forecast.beliefs import Beliefs

__all__ = ["CERTAIN", "Watching", "watch"]

#: In place of a grade: the event itself is established.
CERTAIN = "certain"
_DIGITS = 6


class Watching:
    """A watch list with the beliefs it is about.

    Attributes
    ----------
    beliefs : Beliefs
    found : WatchList
    grade : str
        Of the one report that is imagined.
    issue : str
        The forecast it was read from.
    reported : mapping of str to datetime.date
        The day each indicator was last reported, of those that were.
    """

    def __init__(
        self,
        beliefs: Beliefs,
        found: WatchList,
        *,
        grade: str,
        issue: str,
        reported: Mapping[str, dt.date],
    ) -> None:
        self.beliefs, self.found, self.grade, self.issue = beliefs, found, grade, issue
        self.reported = reported

    def label(self, watched: Watched) -> str:
        """Name a target as tables print it."""
        target = watched.target
        if target.kind == "question":
            return self.beliefs.questions[target.name].text
        return self.beliefs.nodes[target.node].labelled(target.states)

    def plain(self) -> dict[str, Any]:
        """Give plain values: the promise of docs/schema.md."""
        found = self.found
        return {
            "issue": self.issue,
            "as_of": found.as_of.isoformat(),
            "until": found.until.isoformat(),
            "grade": self.grade,
            "credibility": found.credibility,
            "targets": [self._target(watched) for watched in found.targets],
            "left_out": [
                {"indicator": name, "reason": reason} for name, reason in found.left_out.items()
            ],
        }

    def _target(self, watched: Watched) -> dict[str, Any]:
        target = watched.target
        scale = words.scale(self.beliefs.brief.scale)
        places = {
            by: [each.indicator for each in watched.ranked(by)] for by in ("shift", "information")
        }
        return {
            "kind": target.kind,
            "name": target.name,
            "label": self.label(watched),
            "node": target.node,
            "states": list(target.states),
            "on": target.on.isoformat(),
            "probability": round(watched.expected, _DIGITS),
            "word": scale.word(watched.expected),
            "indicators": [
                {
                    **self._looking(each, scale),
                    "rank_by_shift": places["shift"].index(each.indicator) + 1,
                    "rank_by_information": places["information"].index(each.indicator) + 1,
                }
                for each in watched.ranked("information")
            ],
        }

    def _looking(self, each: Looking, scale: words.Scale) -> dict[str, Any]:
        def band(name: str) -> dict[str, Any]:
            values = getattr(each, name)
            numbers = {n: round(getattr(values, n), _DIGITS) for n in ("probability", *_BAND)}
            return {**numbers, "word": scale.word(numbers["probability"])}

        last = self.reported.get(each.indicator)
        return {
            "indicator": each.indicator,
            "label": self.beliefs.indicators[each.indicator].label,
            "last_reported": None if last is None else last.isoformat(),
            "seen": round(each.seen, _DIGITS),
            "if_seen": band("if_seen"),
            "if_not_seen": band("if_not_seen"),
            "shift": round(each.shift, _DIGITS),
            "information": round(each.information, _DIGITS),
            "effective_draws": round(each.effective_draws, 1),
        }


_BAND = ("lo50", "hi50", "lo80", "hi80")


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
    from forecast.analysis.targets import open_targets
    from forecast.analysis.watch_list import watch_list
    from forecast.study.last_issue import stand

    told = reporter or Silent()
    weight = _credibility(grade)
    require_period(within, "window")
    told.stage("recalling the last forecast")
    held = stand(project, as_of=as_of, issue=issue)
    beliefs, until = held.encoding.beliefs, later(held.as_of, within)
    targets = open_targets(held.encoding, as_of=held.as_of, steps=held.evidence.steps, until=until)
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
        credibility=weight,
        weights=held.weights.weights,
        targets=targets,
    )
    reported = {
        each.indicator: each.reported_on
        for each in sorted(held.reports, key=lambda each: each.reported_on)
        if each.use == "evidence" and each.reported_on <= held.as_of
    }
    return Watching(beliefs, found, grade=grade, issue=held.issue.issued.id, reported=reported)


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


def _credibility(grade: str) -> float:
    """Read a grade as the weight of one report."""
    if grade == CERTAIN:
        return 1.0
    letter, digit = grade[:1].upper(), grade[1:]
    if letter not in "ABCDEF" or digit not in set("123456"):
        raise EvidenceError(f"{grade!r} is not a grade; write one such as B2, or {CERTAIN}")
    weight = credibility_of(letter, int(digit))
    if weight == 0.0:
        raise EvidenceError(f"a report of grade {grade} weighs nothing; name a better one")
    return weight
