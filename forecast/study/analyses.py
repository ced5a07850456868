"""Analyses of an issue: taken from memory if they were made, or else made and remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forecast.issue.run import Issue
from forecast.project.memory import Memo
from forecast.project.project import Project
from forecast.project.sampler import WHAT_IF_DRAWS, Reporter, Silent

if TYPE_CHECKING:
    from forecast.study.sensitivity import Rests
    from forecast.study.whatif import Compared

__all__ = [
    "contributions_of",
    "keep_scenarios",
    "scenarios_of",
    "sensitivity_of",
    "shares_of",
    "weights_of",
]

_BAND = ("probability", "lo50", "hi50", "lo80", "hi80")

_EXPLAIN, _SENSITIVITY = "forecast.study.explain", "forecast.study.sensitivity"
_WHATIF = "forecast.study.whatif"


def weights_of(
    project: Project, issue: Issue, node: str, *, reporter: Reporter | None = None
) -> dict[str, Any]:
    """Explain where a judgement stands since the brief; see `Explanation.plain`."""
    held = Memo(project, f"weights-{node}", (issue.issued.id,), by=_EXPLAIN).kept()
    if held is None:
        from forecast.study.explain import explain_every

        # along one path for all nodes, which costs as much as one
        *_, found = explain_every(project, issue, since_issue=False, reporter=reporter)
        for name, one in found.items():
            Memo(project, f"weights-{name}", (issue.issued.id,), by=_EXPLAIN).keep(one.plain())
        held = found[node].plain()
    return held


def contributions_of(
    project: Project, issue: Issue, *, reporter: Reporter | None = None
) -> dict[str, Any]:
    """Weigh every report and every silence in decibans; see `contributions`."""
    memo = Memo(project, "contributions", (issue.issued.id,), by=_EXPLAIN)
    held = memo.kept()
    if held is None:
        from forecast.study.explain import contributions
        from forecast.study.last_issue import held_issue

        held = contributions(held_issue(project, issue=issue), reporter=reporter)
        memo.keep(held)
    return held


def sensitivity_of(
    project: Project, issue: Issue, node: str, *, reporter: Reporter | None = None
) -> Rests:
    """Study what a judgement rests on, in the digits that are kept."""
    from forecast.study.sensitivity import Rests, analyse

    held = Memo(project, f"sensitivity-{node}", (issue.issued.id,), by=_SENSITIVITY).kept()
    if held is None:
        held = analyse(project, node, issue=issue, reporter=reporter).plain()
    return Rests.of_plain(held)


def shares_of(
    project: Project, issue: Issue, *, reporter: Reporter | None = None
) -> dict[str, dict[str, dict[str, float]]]:
    """Give every state of every node now, with its bands: node, state, then the numbers."""
    memo = Memo(project, "states", (issue.issued.id,), by=__name__)
    held = memo.kept()
    if held is None:
        held = _shares(project, issue, reporter or Silent())
        memo.keep(held)
    return held


def _shares(project: Project, issue: Issue, told: Reporter) -> dict[str, Any]:
    from forecast.analysis.answering import band_of
    from forecast.inference.tracking import appraise
    from forecast.study.last_issue import held_issue

    told.stage("reading every state")
    drawn = held_issue(project, issue=issue)
    encoding, weights = drawn.encoding, drawn.weights.weights
    draws = appraise(encoding, drawn.parameters, drawn.evidence).probability.clip(0.0, 1.0)
    found: dict[str, Any] = {}
    for row, name in enumerate(encoding.priors.node_states):
        node, _, state = name.partition(".")
        band = band_of(draws[row], weights)
        found.setdefault(node, {})[state] = {key: getattr(band, key) for key in _BAND}
    return found


def scenarios_of(
    project: Project, issue: Issue, names: Sequence[str], *, reporter: Reporter | None = None
) -> Compared:
    """Set scenarios beside an issue, in the digits that are kept.

    Parameters
    ----------
    project : Project
    issue : Issue
    names : sequence of str
        Names or paths of scenarios; those that were worked out before as they are now are taken
        from memory.
    reporter : Reporter, optional

    Raises
    ------
    BeliefsError, EvidenceError, LedgerError, StatisticsError
        As `what_if` does.
    """
    from forecast.study.whatif import Compared, Wish, what_if

    memos = _memos(project, issue, names)
    held = {name: memo.kept() for name, memo in memos.items()}
    missing = [name for name in names if held[name] is None]
    if missing:
        worked = what_if(project, Wish(missing), issue=issue, reporter=reporter)
        found = worked.result.plain()
        for name, one in zip(missing, _split(found), strict=True):
            memos[name].keep(one)
            held[name] = one
    return Compared.of_plain(_joined([one for one in held.values() if one is not None]))


def keep_scenarios(
    project: Project, issue: Issue, names: Sequence[str], compared: Mapping[str, Any]
) -> None:
    """Remember scenarios that were worked out with the usual draws and horizon."""
    memos = _memos(project, issue, names)
    for name, one in zip(names, _split(compared), strict=True):
        memos[name].keep(one)


def _memos(project: Project, issue: Issue, names: Sequence[str]) -> dict[str, Memo]:
    """Know each scenario by what it says, with all it takes over from others."""
    from forecast.beliefs.scenario_files import load_scenario, scenario_path
    from forecast.issue.issued import issued_beliefs
    from forecast.project.case import held_beliefs

    beliefs = held_beliefs(issued_beliefs(issue, project))
    out = {}
    for name in names:
        found = load_scenario(scenario_path(project.scenarios, name), beliefs=beliefs)
        said = [one.assumption.model_dump(mode="json") for one in found.assumptions]
        texts = [found.name, found.label, found.description, found.author, found.rationale]
        text = json.dumps([texts, said, WHAT_IF_DRAWS], sort_keys=True)
        out[name] = Memo(project, "scenario", (issue.issued.id, text), by=_WHATIF)
    return out


def _split(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Take a comparison apart, a scenario each beside the same baseline."""
    out = []
    for number, scenario in enumerate(found["scenarios"]):
        rows = [{**row, "scenarios": [row["scenarios"][number]]} for row in found["rows"]]
        curves = [
            {**one, "curves": [one["curves"][0], one["curves"][number + 1]]}
            for one in found["trajectories"]
        ]
        out.append({**found, "scenarios": [scenario], "rows": rows, "trajectories": curves})
    return out


def _joined(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Put comparisons with the same baseline together; the reverse of `_split`."""
    first = parts[0]
    rows = [
        {**row, "scenarios": [part["rows"][n]["scenarios"][0] for part in parts]}
        for n, row in enumerate(first["rows"])
    ]
    curves = [
        {**one, "curves": [one["curves"][0],
                           *(part["trajectories"][n]["curves"][1] for part in parts)]}
        for n, one in enumerate(first["trajectories"])
    ]  # fmt: skip
    scenarios = [part["scenarios"][0] for part in parts]
    return {**first, "scenarios": scenarios, "rows": rows, "trajectories": curves}
