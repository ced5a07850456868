"""A validation as plain values: the promise of docs/schema.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from forecast.validation.assessing import INTERVALS, LEVEL
from forecast.workflow.validating import Validation

__all__ = ["validation_json"]

_DIGITS = 5


def validation_json(done: Validation, *, written: Sequence[Path] = ()) -> dict[str, Any]:
    """Return what ``forecast validate --json`` prints.

    Parameters
    ----------
    done : Validation
    written : sequence of Path
        Files written.

    Returns
    -------
    dict
        See docs/schema.md.
    """
    found = done.assessment
    return {
        "passed": found.passed,
        "problems": list(found.problems),
        "on": done.on.isoformat(),
        "model": done.beliefs.brief.title,
        "bundled": not done.own,
        "engine": done.engine,
        "fingerprint": done.fingerprint,
        "method": done.plan.method,
        "seed": done.plan.seed,
        "simulations": found.simulations,
        "steps": done.plan.steps,
        "made_now": done.fresh,
        "level": LEVEL,
        "tests": found.tests,
        "fits": {
            "draws": found.draws,
            "divergences": found.divergences,
            "lengthened": found.lengthened,
        },
        "quantities": [
            {
                "block": one.block,
                "name": one.name,
                "p_distribution": _round(one.ecdf),
                "p_chi_square": _round(one.shape),
                "p_adjusted": _round(one.adjusted),
                **{
                    f"in{100 * interval:.0f}": _round(share)
                    for interval, share in zip(INTERVALS, one.coverage, strict=True)
                },
            }
            for one in found.quantities
        ],
        "events": [
            {
                "name": one.name,
                "said": _round(one.said),
                "came_true": _round(one.came),
                "z": _round(one.z),
                "p_number": _round(one.frequency),
                "p_spiegelhalter": None if one.spiegelhalter is None else _round(one.spiegelhalter),
                "p_adjusted": _round(one.adjusted),
            }
            for one in found.events
        ],
        "reliability": [
            {
                "forecast": one.kind,
                "number": one.number,
                **{name: _round(value) for name, value in asdict(one.parts).items()},
            }
            for one in found.reliability
        ],
        "recovery": [
            {k: _round(v) if isinstance(v, float) else v for k, v in asdict(one).items()}
            for one in found.recovery
        ],
        "files": sorted(path.name for path in written),
    }


def _round(value: float) -> float:
    return round(value, _DIGITS)
