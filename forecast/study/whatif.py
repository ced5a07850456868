"""What if: the baseline and the scenarios of a project side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from forecast.analysis.outlook import look_ahead, look_back
from forecast.beliefs import later
from forecast.beliefs.scenario_checks import require_coherent
from forecast.beliefs.scenario_files import (
    Placed,
    WhatIf,
    combined,
    load_scenario,
    scenario_path,
    typed_do,
    typed_observe,
)
from forecast.errors import BeliefsError
from forecast.issue.run import Issue
from forecast.project.progress import Reporter, Silent
from forecast.project.project import Project, require_period
from forecast.project.sampler import WHAT_IF_DRAWS
from forecast.result import Result
from forecast.study.compared import Comparison
from forecast.study.last_issue import HeldIssue, held_issue
from forecast.study.suppose import Basis, work_out

__all__ = ["ScenarioList", "Wish", "known_scenarios", "list_scenarios", "what_if"]


def known_scenarios(project: Project) -> list[str]:
    """Names of the scenarios in ``scenarios/``."""
    return sorted(path.stem for path in project.scenarios.glob("*.yaml"))


class ScenarioRow(Result):
    """A scenario of a project."""

    scenario: str
    label: str
    description: str
    author: str
    rationale: str
    assumptions: int = Field(description="how many, with those it takes over")


class ScenarioList(Result):
    """The scenarios of a project."""

    scenarios: tuple[ScenarioRow, ...] = Field(description="those in `scenarios/`, by name")


def list_scenarios(project: Project) -> ScenarioList:
    """List the scenarios of ``scenarios/`` in order of name.

    Raises
    ------
    BeliefsError
        If the brief or a scenario cannot be used.
    """
    beliefs = project.beliefs()
    found = [
        load_scenario(path, beliefs=beliefs) for path in sorted(project.scenarios.glob("*.yaml"))
    ]
    rows = [
        ScenarioRow(
            scenario=one.name,
            label=one.label,
            description=one.description,
            author=one.author,
            rationale=one.rationale,
            assumptions=len(one.assumptions),
        )
        for one in found
    ]
    return ScenarioList(scenarios=rows)


@dataclass(frozen=True)
class Wish:
    """What a user asks to compare.

    Attributes
    ----------
    scenarios : sequence of str
        Names or paths, each compared with the baseline.
    stacked : sequence of str
        Names or paths added to every one of `scenarios`, or to nothing if there is none.
    do, observe : sequence of str
        Assumptions as typed, added likewise.
    """

    scenarios: Sequence[str] = ()
    stacked: Sequence[str] = ()
    do: Sequence[str] = ()
    observe: Sequence[str] = ()


def what_if(
    project: Project,
    wish: Wish,
    *,
    as_of: dt.date | None = None,
    issue: Issue | None = None,
    horizon: str | float | None = None,
    draws: int = WHAT_IF_DRAWS,
    reporter: Reporter | None = None,
) -> Comparison:
    """Compare scenarios with the forecast that was issued last.

    Parameters
    ----------
    project : Project
    wish : Wish
        What to compare.
    as_of : datetime.date, optional
        Of the issued forecast; by default the latest.
    issue : Issue, optional
        Which forecast; by default the last one of that day.
    horizon : float, optional
        Days ahead; by default that of the brief.
    draws : int
        At most so many posterior draws are used, evenly spaced.
    reporter : Reporter, optional
        Told how it goes.

    Raises
    ------
    BeliefsError
        What is wrong with a scenario, with file and line.
    EvidenceError
        If no state can produce what is supposed.
    LedgerError
        If no forecast was issued.
    StatisticsError
        If a scenario needs a new fit that fails, or that cannot be made.
    """
    told = reporter or Silent()
    told.stage("taking up the forecast issued last")
    held = held_issue(project, as_of=as_of, issue=issue)
    beliefs = held.encoding.beliefs
    ahead = beliefs.grid.horizon if horizon is None else horizon
    require_period(ahead, "horizon")
    until = later(held.as_of, ahead)
    scenarios = _wished(project, wish, held)
    for scenario in scenarios:
        require_coherent(scenario, beliefs, as_of=held.as_of)
    told.stage("working out the baseline")
    parameters, weights = held.thinned(draws)
    past = look_back(held.encoding, parameters, held.evidence, as_of=held.as_of)
    baseline = look_ahead(
        held.encoding,
        parameters,
        past,
        evidence=held.evidence,
        regimes=[[] for _ in held.encoding.components],
        as_of=held.as_of,
        horizon=until,
    )
    base = Basis(project, held, parameters, weights, past, baseline, until)
    found = []
    for number, scenario in enumerate(scenarios):
        told.stage(f"working out {scenario.name}")
        told.progress(number, len(scenarios))
        found.append(work_out(base, scenario, told))
    return Comparison(held, baseline, weights, found)


def _wished(project: Project, wish: Wish, held: HeldIssue) -> list[WhatIf]:
    """Read everything that is asked for."""
    beliefs = held.encoding.beliefs

    def read(name: str) -> WhatIf:
        return load_scenario(scenario_path(project.scenarios, name), beliefs=beliefs)

    named = [read(name) for name in wish.scenarios]
    stacked = [read(name) for name in wish.stacked]
    extra: list[Placed] = [typed_do(text) for text in wish.do]
    extra += [typed_observe(text) for text in wish.observe]
    if not named:
        if not stacked and not extra:
            raise BeliefsError("no scenario is named; " + _there_are(project))
        return [combined(stacked, extra=extra)]
    return [combined([one, *stacked], extra=extra) if stacked or extra else one for one in named]


def _there_are(project: Project) -> str:
    names = known_scenarios(project)
    if not names:
        return f"{project.scenarios}/ holds none; use --do or --observe"
    return f"there are: {', '.join(names)}; or use --do or --observe"
