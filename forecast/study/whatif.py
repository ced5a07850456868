"""What if: the baseline and the scenarios of a project side by side."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.analysis.bands import Band, band_of, difference
from forecast.analysis.outlook import Outlook, look_ahead, look_back
from forecast.beliefs import later, words
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
from forecast.inference.reweighting import Weights
from forecast.network import Parameters
from forecast.project.progress import Reporter, Silent
from forecast.project.project import Project, require_period
from forecast.study.last_issue import Standing, stand
from forecast.study.suppose import Basis, Supposition, work_out

__all__ = ["Comparison", "Wish", "known_scenarios", "list_scenarios", "what_if", "whatif_json"]


def known_scenarios(project: Project) -> list[str]:
    """Names of the scenarios in ``scenarios/``."""
    return sorted(path.stem for path in project.scenarios.glob("*.yaml"))


def list_scenarios(project: Project) -> list[dict[str, Any]]:
    """Give every scenario of ``scenarios/`` as plain values, in order of name.

    Raises
    ------
    BeliefsError
        If the brief or a scenario cannot be used.
    """
    beliefs = project.beliefs()
    found = [
        load_scenario(path, beliefs=beliefs) for path in sorted(project.scenarios.glob("*.yaml"))
    ]
    return [
        {
            "scenario": one.name,
            "label": one.label,
            "description": one.description,
            "author": one.author,
            "rationale": one.rationale,
            "assumptions": len(one.assumptions),
        }
        for one in found
    ]


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


_DIGITS = 6
_SAME = 5e-7


def whatif_json(found: Comparison) -> dict[str, Any]:
    """Put a comparison into plain values."""
    brief = found.standing.encoding.beliefs.brief
    return {
        "issue": found.standing.issued.id,
        "as_of": found.standing.as_of.isoformat(),
        "horizon": found.baseline.dates[-1].isoformat(),
        "scale": brief.scale,
        "draws": len(found.weights.weights),
        "draws_of": found.standing.parameters.draws,
        "scenarios": [_scenario(one) for one in found.scenarios],
        "rows": _rows(found),
        "trajectories": _trajectories(found),
    }


def _number(value: float) -> float | None:
    return round(float(value), _DIGITS) if math.isfinite(value) else None


def _weights(weights: Weights) -> dict[str, Any]:
    return {"pareto_k": _number(weights.pareto_k), "effective_draws": round(weights.ess, 1)}


def _scenario(one: Supposition) -> dict[str, Any]:
    scenario = one.scenario
    return {
        "scenario": scenario.name,
        "label": scenario.label,
        "description": scenario.description,
        "author": scenario.author,
        "rationale": scenario.rationale,
        "method": one.method,
        **_weights(one.weights),
        "paths": None if one.replayed is None else one.replayed.paths,
        "monte_carlo_error": None if one.replayed is None else _number(one.replayed.error),
        "refused": None if one.refused is None else _weights(one.refused),
        "assumptions": [
            {
                "kind": each.kind,
                "what": each.what,
                "unchanged": each.unchanged,
                "file": each.placed.file,
                "line": each.placed.line,
            }
            for each in one.assumptions
        ],
    }


def _rows(found: Comparison) -> list[dict[str, Any]]:
    beliefs = found.standing.encoding.beliefs
    dates = found.baseline.dates
    rows = []
    for name, node in beliefs.nodes.items():
        label = node.labelled()
        for place, day in ((0, dates[0]), (-1, dates[-1])):
            row = _row(found, "judgement", name, label, day)
            row["claim"] = node.claim or node.proposition
            rows.append(_filled(found, row, lambda o, n=name, p=place: o.headline[n][p]))
    for name in found.baseline.answers:
        question = beliefs.questions[name]
        row = _row(found, "question", name, question.text, question.by)
        row["claim"] = question.text
        rows.append(_filled(found, row, lambda o, n=name: o.answers[n]))
    return rows


def _row(found: Comparison, kind: str, name: str, label: str, on: dt.date) -> dict[str, Any]:
    past = on <= found.standing.as_of
    return {"kind": kind, "name": name, "label": label, "on": on.isoformat(), "past": past}


def _filled(found: Comparison, row: dict[str, Any], value: Any) -> dict[str, Any]:
    """Add the baseline and every scenario to a row; `value` reads draws out of an outlook."""
    scale = words.scale(found.standing.encoding.beliefs.brief.scale)
    base = value(found.baseline)
    even = found.weights.weights
    row["baseline"] = _band(band_of(base, even), scale)
    row["scenarios"] = []
    for one in found.scenarios:
        draws = value(one.outlook)
        common = one.method != "refitted"
        apart = difference(
            draws, base, weights=one.weights.weights, baseline_weights=even, common=common
        )
        row["scenarios"].append(
            {
                "scenario": one.scenario.name,
                **_band(band_of(draws, one.weights.weights), scale),
                "difference": {
                    "points": _clean(apart.difference),
                    **{n: _clean(getattr(apart, n)) for n in ("lo50", "hi50", "lo80", "hi80")},
                },
            }
        )
    return row


def _clean(value: float) -> float:
    """Round, and call rounding error nothing."""
    return 0.0 if abs(value) < _SAME else round(value, _DIGITS)


def _band(band: Band, scale: words.Scale) -> dict[str, Any]:
    numbers: dict[str, Any] = {
        name: round(float(np.clip(getattr(band, name), 0.0, 1.0)), _DIGITS)
        for name in Band.__dataclass_fields__
    }
    return {**numbers, "word": scale.word(numbers["probability"])}


def _trajectories(found: Comparison) -> list[dict[str, Any]]:
    dates = [day.isoformat() for day in found.baseline.dates]
    out = []
    for node in found.standing.encoding.nodes:
        curves = {"baseline": _curve(found.baseline, found.weights, node)}
        curves |= {
            one.scenario.name: _curve(one.outlook, one.weights, node) for one in found.scenarios
        }
        out.append({"node": node, "date": dates, "curves": _listed(curves)})
    return out


def _listed(curves: Mapping[str, dict[str, list[float]]]) -> list[dict[str, Any]]:
    return [{"scenario": name, **curve} for name, curve in curves.items()]


def _curve(outlook: Outlook, weights: Weights, node: str) -> dict[str, list[float]]:
    bands = [band_of(draws, weights.weights) for draws in outlook.headline[node]]
    return {
        name: [round(float(np.clip(getattr(band, name), 0.0, 1.0)), _DIGITS) for band in bands]
        for name in Band.__dataclass_fields__
    }
