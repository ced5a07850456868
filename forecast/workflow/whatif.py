"""What if: the baseline and scenarios side by side, on the forecast that was issued last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from forecast.analysis.outlook import Outlook, look_ahead, look_back
from forecast.beliefs import later
from forecast.beliefs.scenario_checks import require_coherent
from forecast.beliefs.scenario_files import Placed, WhatIf, combined, load_scenario, scenario_path
from forecast.beliefs.scenario_phrases import typed_do, typed_observe
from forecast.errors import BeliefsError
from forecast.inference.reweighting import Weights
from forecast.network import Parameters
from forecast.workflow.progress import Reporter, Silent
from forecast.workflow.project import Project, require_period
from forecast.workflow.scenario_list import known_scenarios
from forecast.workflow.standing import Standing, stand
from forecast.workflow.supposing import Basis, Supposition, work_out

__all__ = ["Comparison", "Wish", "what_if"]


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


@dataclass(frozen=True, eq=False)
class Comparison:
    """The baseline and the scenarios.

    Attributes
    ----------
    standing : Standing
        The issued forecast behind the baseline.
    baseline : Outlook
    weights : Weights
        Of its draws.
    scenarios : sequence of Supposition
    """

    standing: Standing
    baseline: Outlook
    weights: Weights
    scenarios: Sequence[Supposition]


def what_if(
    project: Project,
    wish: Wish,
    *,
    as_of: dt.date | None = None,
    horizon: str | float | None = None,
    draws: int = 1000,
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
    standing = stand(project, as_of=as_of)
    beliefs = standing.encoding.beliefs
    ahead = beliefs.grid.horizon if horizon is None else horizon
    require_period(ahead, "horizon")
    until = later(standing.as_of, ahead)
    scenarios = _wished(project, wish, standing)
    for scenario in scenarios:
        require_coherent(scenario, beliefs, as_of=standing.as_of)
    told.stage("working out the baseline")
    parameters, weights = _thinned(standing, draws)
    past = look_back(standing.encoding, parameters, standing.evidence, as_of=standing.as_of)
    baseline = look_ahead(
        standing.encoding,
        parameters,
        past,
        evidence=standing.evidence,
        regimes=[[] for _ in standing.encoding.components],
        as_of=standing.as_of,
        horizon=until,
    )
    base = Basis(project, standing, parameters, weights, past, baseline, until)
    found = []
    for number, scenario in enumerate(scenarios):
        told.stage(f"working out {scenario.name}")
        told.progress(number, len(scenarios))
        found.append(work_out(base, scenario, told))
    return Comparison(standing, baseline, weights, found)


def _wished(project: Project, wish: Wish, standing: Standing) -> list[WhatIf]:
    """Read everything that is asked for."""
    beliefs = standing.encoding.beliefs

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


def _thinned(standing: Standing, draws: int) -> tuple[Parameters, Weights]:
    every = max(1, standing.parameters.draws // draws)
    some = slice(0, None, every)
    kept = standing.parameters.take(some)
    share = standing.weights.weights[some]
    share = share / share.sum()
    effective = float(1.0 / (share**2).sum())
    return kept, Weights(share, standing.weights.pareto_k, effective)
