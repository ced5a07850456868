"""What a validation found: as plain values, and as a page of Markdown with its chart."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import Any

import scipy.stats

from forecast.charts import ranks
from forecast.charts.data import Stamp
from forecast.charts.files import Chart
from forecast.files import write
from forecast.judge.validate import Validation
from forecast.validation.assessing import INTERVALS, LEVEL, Event, Quantity
from forecast.validation.fitting import RANKS
from forecast.validation.records import Design
from forecast.validation.reporting import KINDS
from forecast.validation.uniformity import ecdf_band

__all__ = ["by_block", "rank_chart", "validation_json", "write_validation"]

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


_FOLDER = "validation"
_METHODS = {"nuts": "NUTS", "laplace": "the quick (Laplace) approximation"}


def by_block(quantities: Iterable[Quantity]) -> dict[str, list[Quantity]]:
    """Group quantities by block, in their order."""
    out: dict[str, list[Quantity]] = defaultdict(list)
    for one in quantities:
        out[one.block].append(one)
    return out


def rank_chart(done: Validation) -> Chart:
    """Draw the ranks of every quantity, a panel a block."""
    panels: dict[str, dict[str, list[int]]] = defaultdict(dict)
    for one in done.assessment.quantities:
        name = f"{one.block} {one.name}"
        panels[one.block][one.name] = [each.ranks[name] for each in done.simulations]
    low, high = ecdf_band(len(done.simulations), most=RANKS)
    doubted = [f"{q.block} {q.name}" for q in done.assessment.quantities if q.adjusted < LEVEL]
    values = ranks.Ranks("validation", done.on, panels, RANKS, low, high, doubted)
    stamp = Stamp(
        as_of=done.on,
        source=f"{len(done.simulations)} simulated records of {done.plan.steps} steps, "
        f"{done.beliefs.brief.title}",
        scale="ranks from 0 to 99",
        model=version("living-forecast"),
        run=done.fingerprint,
        indicators=len(done.beliefs.indicators),
        lineages=len({grade for grades, *_ in KINDS for grade in grades}),
    )
    return ranks.chart(values, stamp=stamp)


def write_validation(done: Validation, out: Path, *, command: str) -> list[Path]:
    """Write ``validation.md``, and beside it a folder with its chart and ``validation.json``.

    Parameters
    ----------
    done : Validation
    out : Path
        Folder, made where it is missing.
    command : str
        What regenerates the page.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    chart = rank_chart(done)
    written = chart.save(out / _FOLDER, formats=("svg", "png"))
    page = out / "validation.md"
    image = f"{_FOLDER}/{chart.name}.png"
    text = _page(done, command=command, image=image, alt=chart.alt.short)
    written.append(write(page, text.encode()))
    value = json.dumps(validation_json(done, written=written), indent=1, ensure_ascii=False)
    return [*written, write(out / _FOLDER / "validation.json", f"{value}\n".encode())]


def _page(done: Validation, *, command: str, image: str, alt: str) -> str:
    template = resources.files("forecast.validation") / "data" / "report.md"
    found, plan = done.assessment, done.plan
    n = found.simulations
    design = Design.of(done.beliefs, plan.steps)
    values = {
        "verdict": _verdict(done),
        "command": command,
        "where": "the simulations are kept in `.forecast/validation`, so that a run that was "
        "stopped goes on, and a second one only judges and draws",
        "on": f"{done.on.day} {done.on:%B %Y}",
        "simulations": n,
        "steps": plan.steps,
        "longer": len(done.longer) or "none",
        "seed": plan.seed,
        "engine": done.engine,
        "method": _METHODS[plan.method],
        "model": _model(done),
        "gaps": len(design.gaps.get("*", ())),
        "kinds": _kinds(done),
        "numbers": _numbers(done),
        "draws": _draws(done),
        "bins": 10 if n >= 100 else 4,
        "tests": found.tests,
        "level": LEVEL,
        "odds": round(1 / LEVEL),
        "alt": alt,
        "image": image,
        "ahead": design.ahead,
        "floor": f"{_band(n, 0.9, share=0.9999)[0]:.0%}",
        "blocks": _blocks(found.quantities),
        "events": "\n".join(_event_row(one) for one in found.events),
        "reliability": "\n".join(
            _row(one.kind, one.number, *_parts(one.parts)) for one in found.reliability
        ),
        "recovery": "\n".join(
            _row(
                f"`{r.block}`", r.steps, r.simulations, f"{r.bias:+.2f}", f"{r.rmse:.2f}",
                f"{r.spread:.2f}", f"{r.coverage:.0%}",
            )
            for r in sorted(found.recovery, key=lambda r: (r.block, r.steps))
        ),
        "quantities": "\n".join(_quantity_row(one) for one in found.quantities),
    }  # fmt: skip
    for interval in INTERVALS:
        low, high = _band(n, interval)
        values[f"band{100 * interval:.0f}"] = f"{100 * low:.0f}-{100 * high:.0f} %"
    return Template(template.read_text("utf-8")).substitute(values)


def _verdict(done: Validation) -> str:
    found = done.assessment
    if found.passed:
        return (
            f"**The engine passes**: {len(found.quantities)} quantities and {len(found.events)} "
            f"kinds of forecasts over {found.simulations} simulated records, none of "
            f"{found.tests} tests below {LEVEL} after adjustment."
        )
    return f"**The engine fails**: {'; '.join(found.problems)}."


def _model(done: Validation) -> str:
    beliefs = done.beliefs
    source = "a model of yours" if done.own else "an invented one that holds every feature"
    sizes = ", ".join(f"{len(node.states)}" for node in beliefs.nodes.values())
    return (
        f"The model is *{beliefs.brief.title}*, {source}: {len(beliefs.nodes)} nodes (of {sizes} "
        f"states), {len(beliefs.couplings)} couplings, {len(beliefs.indicators)} indicators, steps "
        f"of {beliefs.grid.step} days."
    )


def _kinds(done: Validation) -> str:
    entries: list[Any] = list(done.beliefs.indicators.values())
    presence = [entry for entry in entries if entry.kind == "presence"]
    said = [
        (len(presence), "presence indicators"),
        (sum(not entry.recurs for entry in presence), "of them with `recurs: false`"),
        (sum(e.kind == "count" for e in entries), "streams of counts"),
        (sum(e.kind == "value" for e in entries), "series of values"),
        (sum(getattr(e, "asinh", None) is not None for e in entries), "of them on an asinh scale"),
    ]  # fmt: skip
    return ", ".join(f"{number} {noun}" for number, noun in said if number)


def _numbers(done: Validation) -> str:
    if all(entry.kind == "presence" for entry in done.beliefs.indicators.values()):
        return ""
    return (
        "Counts are over-dispersed, with exposures of 1 and 2; three steps in ten have no number, "
        "whatever the state."
    )


def _draws(done: Validation) -> str:
    found = done.assessment
    if done.plan.method == "laplace":
        return f"{RANKS} independent draws of the approximation."
    fits = [*done.simulations, *done.longer]
    diverged = sum(one.divergences > 0 for one in fits)
    where = f", in {diverged} of the fits" if diverged else ""
    return (
        f"Two chains, 300 of warm-up, thinned to {RANKS} draws. A fit with a bulk effective sample "
        f"size below 200 in any parameter is made again, longer ({found.lengthened} of {len(fits)} "
        f"were), so that draws are close to independent. {found.divergences:,} of "
        f"{found.draws:,} draws were divergent{where}; more than one in a thousand fails the "
        "validation."
    )


def _band(number: int, interval: float, *, share: float = 0.99) -> tuple[float, float]:
    """Central part of what the share inside an interval may be by chance."""
    low, high = scipy.stats.binom.interval(share, number, interval)
    return float(low) / number, float(high) / number


def _blocks(quantities: Sequence[Quantity]) -> str:
    rows = []
    for block, members in by_block(quantities).items():
        shares = [sum(q.coverage[i] for q in members) / len(members) for i in range(len(INTERVALS))]
        least = min(q.adjusted for q in members)
        rows.append(_row(f"`{block}`", len(members), *(f"{s:.1%}" for s in shares), _p(least)))
    return "\n".join(rows)


def _quantity_row(one: Quantity) -> str:
    shares = [f"{share:.1%}" for share in one.coverage]
    name = one.name.replace("|", "\\|")
    return _row(f"`{one.block}`", name, *shares, _p(one.ecdf), _p(one.shape), _p(one.adjusted))


def _event_row(one: Event) -> str:
    z = "" if one.spiegelhalter is None else _p(one.spiegelhalter)
    return _row(
        one.name, f"{one.said:.1%}", f"{one.came:.1%}", f"{one.z:+.2f}", _p(one.frequency), z,
        _p(one.adjusted),
    )  # fmt: skip


def _parts(parts: Any) -> list[str]:
    return [f"{value:.4f}" for value in (parts.score, parts.mcb, parts.dsc, parts.unc)]


def _p(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
