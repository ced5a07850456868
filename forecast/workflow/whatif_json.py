"""What a comparison says, as plain values: the promise of docs/schema.md."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from forecast.analysis.comparison import band_of, difference
from forecast.analysis.outlook import Outlook
from forecast.analysis.readout import Band
from forecast.beliefs import words
from forecast.inference.reweighting import Weights
from forecast.workflow.supposing import Supposition
from forecast.workflow.whatif import Comparison

__all__ = ["whatif_json"]

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
