"""Assuming: what a scenario makes of beliefs, reports, coverage and the states of nodes."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.beliefs import Beliefs, CoverageWindow, Report
from forecast.beliefs.identity import identity, unified
from forecast.beliefs.reports import EVERY_INDICATOR, looked_until
from forecast.beliefs.scenario_files import Placed, WhatIf
from forecast.beliefs.scenarios import Believe, Do, Observe, ReportsOf
from forecast.errors import BeliefsError, Problem
from forecast.inference.encoding import Encoding
from forecast.network import Regime

__all__ = [
    "Supposed",
    "believed",
    "regimes",
    "reported",
    "started",
    "step_of_intervention",
    "suppose",
]


def step_of_intervention(encoding: Encoding, day: dt.date, *, as_of: dt.date, now: int) -> int:
    """Give the step at whose end an intervention begins: the one whose end is nearest to its day.

    One that begins on the as-of date or later never reaches back before it.
    """
    days = (day - encoding.beliefs.brief.as_of).days
    nearest = int(days / encoding.step + 0.5)
    return max(nearest, now) if day >= as_of else min(nearest, now)


def started(encoding: Encoding, do: Do, *, as_of: dt.date, now: int) -> tuple[int, int | None]:
    """Give the steps at whose ends an intervention begins and ends; None where it lasts."""
    begins = step_of_intervention(encoding, do.starts_on, as_of=as_of, now=now)
    if do.ends_on is None:
        return begins, None
    ends = step_of_intervention(encoding, do.ends_on, as_of=as_of, now=now)
    return begins, max(ends, begins + 1)


def regimes(
    encoding: Encoding, scenario: WhatIf, *, as_of: dt.date, now: int
) -> list[list[Regime]]:
    """Write the interventions of a scenario as regimes, for each component of the network.

    Parameters
    ----------
    encoding, scenario
    as_of : datetime.date
        Of the baseline.
    now : int
        Its step.
    """
    spans = [
        (do, *started(encoding, do, as_of=as_of, now=now))
        for placed in scenario.assumptions
        if (do := placed.assumption.do) is not None
    ]
    out = []
    for component in encoding.components:
        names = encoding.named(component)
        own = [span for span in spans if span[0].moved in names]
        cuts = sorted({step for _, *ends in own for step in ends if step is not None})
        out.append([_regime(encoding, names, own, cut) for cut in cuts])
    return out


def _regime(
    encoding: Encoding,
    names: Sequence[str],
    spans: Sequence[tuple[Do, int, int | None]],
    step: int,
) -> Regime:
    held: dict[int, int] = {}
    log_times: dict[int, float] = {}
    for do, begins, ends in spans:
        if step < begins or (ends is not None and step >= ends):
            continue
        if do.node is not None:
            assert do.state is not None
            (state,) = encoding.state_numbers(do.node, (do.state,))
            held[names.index(do.node)] = state
        else:
            assert do.hazard is not None
            assert do.times is not None
            name = f"{do.hazard.node}: {do.hazard.from_state} > {do.hazard.to_state}"
            number = encoding.priors.hazards.index(name)
            log_times[number] = log_times.get(number, 0.0) + float(np.log(do.times))
    return Regime(step, held, log_times)


@dataclass(frozen=True, eq=False)
class Supposed:
    """Reports and coverage as a scenario has them.

    Attributes
    ----------
    reports, coverage : sequence
    until : datetime.date
        The day to which something is supposed to be known; the as-of date, or later.
    """

    reports: Sequence[Report]
    coverage: Sequence[CoverageWindow]
    until: dt.date


def believed(beliefs: Beliefs, scenario: WhatIf) -> Beliefs:
    """Put other priors, couplings and detections in place of those of the file.

    Returns the same object where the scenario changes none.
    """
    changes = [a.belief for p in scenario.assumptions if (a := p.assumption).belief is not None]
    changes = [change for change in changes if change.about != "reports"]
    if not changes:
        return beliefs
    values = copy.deepcopy(beliefs.model_dump(mode="json", by_alias=True))
    for change in changes:
        _change(values, beliefs, change)
    return Beliefs.model_validate(values)


def _change(values: dict[str, Any], beliefs: Beliefs, change: Believe) -> None:
    said = change.model_dump(mode="json", by_alias=True, exclude_none=True)
    if change.hazard is not None:
        wanted = change.hazard
        node = beliefs.nodes[wanted.node].moves_like or wanted.node
        hazards = beliefs.nodes[node].hazards
        number = next(
            n
            for n, h in enumerate(hazards)
            if (h.from_state, h.to_state) == (wanted.from_state, wanted.to_state)
        )
        entry = values["nodes"][node]["hazards"][number]
    elif change.coupling is not None:
        entry = values["couplings"][change.coupling]
    elif change.indicator is not None:
        like = beliefs.indicators[change.indicator].rates_like
        entry = values["indicators"][like or change.indicator]
    else:
        assert change.initial is not None
        entry = values["nodes"][change.initial.node]["initial"]
        said = said["initial"]
    entry |= {key: value for key, value in said.items() if key in entry}


def reported(
    reports: Sequence[Report], scenario: WhatIf, *, beliefs: Beliefs, as_of: dt.date
) -> list[Report]:
    """Drop or grade anew the reports that a scenario disbelieves.

    Parameters
    ----------
    reports : sequence of Report
    scenario : WhatIf
    beliefs : Beliefs
        What a report weighs.
    as_of : datetime.date
        Of the baseline; only a lineage that weighs something in it makes a second one.

    Raises
    ------
    BeliefsError
        If an assumption fits no report, or two disagree about one.
    """
    out = {report.report_id: report for report in reports}
    changed: dict[str, tuple[str, Placed]] = {}
    for placed in scenario.assumptions:
        belief = placed.assumption.belief
        if belief is None or belief.reports is None:
            continue
        meant = _meant(reports, belief.reports, beliefs, as_of)
        if not meant:
            _refuse(placed.problem("no report used as evidence fits", "see: forecast events list",
                                   key="reports"))  # fmt: skip
        wish = belief.grade or "dropped"
        for report in meant:
            name = report.report_id
            if changed.setdefault(name, (wish, placed))[0] != wish:
                other = changed[name]
                came = f"report {name} is {wish}, but {other[0]} at {other[1].place}"
                _refuse(placed.problem(came, "leave one of the two out", key="reports"))
            if belief.grade is None:
                out.pop(name, None)
            else:
                letter, digit = belief.grade[0], int(belief.grade[1])
                out[name] = replace(
                    report, reliability=letter, credibility=digit, inherits=False, learnt=()
                )
    return list(out.values())


def _meant(
    reports: Iterable[Report], wanted: ReportsOf, beliefs: Beliefs, as_of: dt.date
) -> list[Report]:
    evidence = [report for report in unified(reports) if report.use == "evidence"]
    lineages: dict[str, set[str]] = {}
    for report in evidence:
        if report.reported_on <= as_of and beliefs.weigh(report, as_of) > 0.0:
            lineages.setdefault(report.event_id, set()).add(report.lineage)
    criteria = (
        (wanted.lineage, "lineage"),
        (wanted.source_type, "source_type"),
        (wanted.indicator, "indicator"),
        (wanted.event, "event_id"),
        (wanted.report, "report_id"),
    )
    return [
        report
        for report in evidence
        if all(not values or _named(getattr(report, name), values) for values, name in criteria)
        and not (wanted.single_lineage and len(lineages.get(report.event_id, ())) > 1)
    ]


def _named(name: str, names: Iterable[str]) -> bool:
    return identity(name) in map(identity, names)


def suppose(
    beliefs: Beliefs,
    reports: Sequence[Report],
    coverage: Sequence[CoverageWindow],
    scenario: WhatIf,
    *,
    as_of: dt.date,
) -> Supposed:
    """Append hypothetical reports, and looking in vain, to what is known.

    Parameters
    ----------
    beliefs : Beliefs
    reports, coverage
        As the ledger holds them; reports after `as_of` and looking after it are not seen.
    scenario : WhatIf
    as_of : datetime.date
        Of the baseline.

    Raises
    ------
    BeliefsError
        If a milestone is to happen a second time.
    """
    seen = [report.known_by(as_of) for report in reports if report.reported_on <= as_of]
    looked = looked_until(coverage, as_of)
    until = as_of
    for number, placed in enumerate(scenario.assumptions):
        observe = placed.assumption.observe
        if observe is None:
            continue
        until = max(until, observe.known_on)
        if observe.absent:
            looked += _looking(beliefs, observe)
        else:
            _require_new(beliefs, seen, placed, observe=observe, until=until)
            seen.append(_hypothetical(observe, number))
    return Supposed(seen, looked, until)


def _looking(beliefs: Beliefs, observe: Observe) -> list[CoverageWindow]:
    """Give coverage of the days without a report; a named indicator overrides what is there."""
    assert observe.starts_on is not None
    assert observe.ends_on is not None
    names = [observe.indicator]
    if observe.indicator == EVERY_INDICATOR:
        names = list(beliefs.indicators)
    return [
        CoverageWindow(
            indicator=name,
            starts_on=observe.starts_on,
            ends_on=observe.ends_on,
            detection=observe.detection,
            source="scenario",
            rationale="supposed",
        )
        for name in names
        if beliefs.indicators[name].kind == "presence"
    ]


def _require_new(
    beliefs: Beliefs,
    seen: Sequence[Report],
    placed: Placed,
    *,
    observe: Observe,
    until: dt.date,
) -> None:
    """Refuse a milestone that has happened, by a report that weighs something in the filter."""
    indicator = beliefs.indicators[observe.indicator]
    if indicator.kind != "presence" or indicator.recurs:
        return
    happened = [
        report
        for report in seen
        if report.indicator == observe.indicator
        and report.use == "evidence"
        and beliefs.weigh(report, until) > 0.0
    ]
    if happened:
        first = min(happened, key=lambda report: report.occurred_on)
        came = f"{observe.indicator} happens once, and happened on {first.occurred_on}"
        allowed = f"assume another indicator, or disbelieve {first.report_id} instead"
        _refuse(placed.problem(came, allowed, key="indicator"))


def _hypothetical(observe: Observe, number: int) -> Report:
    assert observe.on is not None
    name = f"hypothetical-{number + 1}"
    return Report(
        report_id=name,
        event_id=name,
        lineage=name,
        occurred_on=observe.on,
        reported_on=observe.reported or observe.on,
        indicator=observe.indicator,
        reliability=observe.grade[0],
        credibility=int(observe.grade[1]),
        use="evidence",
        summary="supposed",
        value=observe.value,
        note="supposed",
    )


def _refuse(problem: Problem) -> None:
    raise BeliefsError(str(problem), problems=[problem])
