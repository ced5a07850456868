"""Intervening: from dated interventions to regimes on the grid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from forecast.beliefs.scenario_files import WhatIf
from forecast.beliefs.scenarios import Do
from forecast.inference.encoding import Encoding
from forecast.network import Regime

__all__ = ["regimes", "started", "step_of_intervention"]


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
        names = [encoding.nodes[n] for n in component.nodes]
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
