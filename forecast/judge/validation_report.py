"""What a validation found: as plain values, and as a page of Markdown with its chart."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import Annotated, Any

import scipy.stats
from pydantic import Field

from forecast.charts import ranks
from forecast.charts.data import Stamp
from forecast.charts.files import Chart
from forecast.files import write
from forecast.judge.validate import Validation
from forecast.result import Draws, Result, Share, rounded, unit
from forecast.validation.assessing import INTERVALS, LEVEL, Event, Quantity, ecdf_band
from forecast.validation.reporting import KINDS
from forecast.validation.simulating import RANKS, Design

__all__ = ["by_block", "rank_chart", "validated", "write_validation"]

_Five = Annotated[float, rounded(5)]
_Fraction = Annotated[_Five, unit("fraction")]
_PriorSd = Annotated[_Five, unit("prior standard deviations")]


class FitCounts(Result):
    """What the fits of a validation were."""

    draws: Draws = Field(description="after warm-up, over all fits, before thinning")
    divergences: Draws = Field(description="divergent among them")
    lengthened: int = Field(description="fits that were made again, longer")


class RankedQuantity(Result):
    """A quantity whose true value was ranked."""

    block: str = Field(
        description="`initial`, `log_hazard`, `log_hazard_ratio`, `log_rate`, `rarity`, "
        "`log_dispersion`, `level`, `log_spread`, `likelihood`, `common_level`, `filtered`, "
        "`state` or `follow_through`"
    )
    name: str = Field(description="its name in the block")
    p_distribution: _Fraction = Field(description="p-value of the distribution of its ranks")
    p_chi_square: _Fraction = Field(description="p-value of chi-square on bins of ranks")
    p_adjusted: _Fraction = Field(description="the smaller, adjusted for `tests` (Holm)")
    in50: _Fraction = Field(description="truths inside the central 50 % interval")
    in80: _Fraction
    in90: _Fraction


class ForecastEvents(Result):
    """Events of one kind that were forecast."""

    name: str
    said: _Fraction = Field(description="mean forecast")
    came_true: _Fraction
    z: Annotated[_Five, unit("standard deviations")] = Field(
        description="what came true over what was said"
    )
    p_number: _Fraction = Field(description="exact p-value of the number that came true")
    p_spiegelhalter: _Fraction | None = Field(
        description="of Spiegelhalter's z; null where too little was in doubt"
    )
    p_adjusted: _Fraction = Field(description="the smaller, adjusted for `tests`")


class ForecastReliability(Result):
    """Reliability of the forecasts of one kind."""

    forecast: str
    number: int
    score: _Five = Field(description="mean Brier score, `mcb` - `dsc` + `unc`")
    mcb: _Five = Field(description="miscalibration")
    dsc: _Five = Field(description="discrimination")
    unc: _Five = Field(description="uncertainty")


class BlockRecovery(Result):
    """How well the parameters of a block were found again."""

    block: str
    steps: Annotated[int, unit("steps")] = Field(description="of a record")
    simulations: int
    bias: _PriorSd = Field(description="posterior mean less truth, mean")
    rmse: _PriorSd = Field(description="the same, root mean square")
    spread: _PriorSd = Field(description="posterior standard deviation, root mean square")
    coverage: _Fraction = Field(description="truths inside the central 90 % interval")


class Validated(Result):
    """Whether the engine finds again what was simulated."""

    passed: bool = Field(
        description="whether nothing speaks against the engine; else the exit code is 3"
    )
    problems: tuple[str, ...] = Field(description="what failed")
    on: dt.date = Field(description="day of the last simulation")
    model: str = Field(description="title of the model that was simulated from")
    bundled: bool = Field(description="whether it is the invented one of the package")
    engine: str = Field(
        description="fingerprint of the code, its data files and the libraries that were validated"
    )
    fingerprint: str = Field(
        description="SHA-256 of model, code, seed and method; the simulations are kept under its "
        "first 16 digits"
    )
    method: str = Field(description="`nuts` or `laplace`")
    seed: int = Field(description="of all worlds and chains")
    simulations: int = Field(description="records of `steps` steps")
    steps: Annotated[int, unit("steps")] = Field(description="of a record")
    made_now: int = Field(description="simulations that were not there before")
    level: Share = Field(description="adjusted p-values below it fail")
    tests: int = Field(description="p-values adjusted together")
    fits: FitCounts
    quantities: tuple[RankedQuantity, ...] = Field(
        description="one for each quantity whose true value was ranked"
    )
    events: tuple[ForecastEvents, ...] = Field(
        description="one for each kind of event that was forecast"
    )
    reliability: tuple[ForecastReliability, ...] = Field(
        description="forecasts of one kind over all nodes, or over all indicators"
    )
    recovery: tuple[BlockRecovery, ...] = Field(
        description="one for each block and length of record"
    )
    files: tuple[str, ...] = Field(description="files written")


def validated(done: Validation, *, written: Sequence[Path] = ()) -> Validated:
    """Say what a validation found, and which files were written."""
    found = done.assessment
    return Validated(
        passed=found.passed,
        problems=found.problems,
        on=done.on,
        model=done.beliefs.brief.title,
        bundled=not done.own,
        engine=done.engine,
        fingerprint=done.fingerprint,
        method=done.plan.method,
        seed=done.plan.seed,
        simulations=found.simulations,
        steps=done.plan.steps,
        made_now=done.fresh,
        level=LEVEL,
        tests=found.tests,
        fits=found,
        quantities=[_ranked(one) for one in found.quantities],
        events=[_events(one) for one in found.events],
        reliability=[
            ForecastReliability(forecast=one.kind, number=one.number, **asdict(one.parts))
            for one in found.reliability
        ],
        recovery=found.recovery,
        files=sorted(path.name for path in written),
    )


def _ranked(one: Quantity) -> RankedQuantity:
    inside = {
        f"in{100 * interval:.0f}": share
        for interval, share in zip(INTERVALS, one.coverage, strict=True)
    }
    return RankedQuantity(
        block=one.block,
        name=one.name,
        p_distribution=one.ecdf,
        p_chi_square=one.shape,
        p_adjusted=one.adjusted,
        **inside,
    )


def _events(one: Event) -> ForecastEvents:
    return ForecastEvents(
        name=one.name,
        said=one.said,
        came_true=one.came,
        z=one.z,
        p_number=one.frequency,
        p_spiegelhalter=one.spiegelhalter,
        p_adjusted=one.adjusted,
    )


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
    value = json.dumps(validated(done, written=written).plain(), indent=1, ensure_ascii=False)
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
    said = []
    if any(entry.kind != "presence" for entry in done.beliefs.indicators.values()):
        said.append(
            "Counts are over-dispersed, with exposures of 1 and 2; three steps in ten have no "
            "number, whatever the state."
        )
    if done.beliefs.follow_through is not None:
        said.append(
            "In the middle of each record something is announced, which is kept or not, and "
            "another indicator is due on the calendar; `follow_through` is the share of what is "
            "announced that is kept, learnt from what was settled before (`reporting.py`)."
        )
    return " ".join(said)


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
