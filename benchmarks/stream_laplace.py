"""How sure the quick posterior is, against NUTS, on five years of the levant stream.

    FORECAST_TASK_DATA=... python -m benchmarks.stream_laplace

For every parameter: the share of NUTS draws inside the central 80 % interval of the quick
posterior, and the ratio of the standard deviations. For forecasts: the same of the probability of
the first target 1, 4 and 13 weeks after the last week.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import fields

import numpy as np

from benchmarks import stream_levant, streams
from forecast.beliefs.series_files import Series
from forecast.inference.diagnostics import diagnose, require_sound
from forecast.inference.encoding import Encoding
from forecast.inference.laplace import approximate
from forecast.inference.sampling import Settings, fit, posterior_parameters
from forecast.network import Parameters, Propagator, filtered

WEEKS, STATES = 260, 4


def answers(
    encoding: Encoding, rates: Parameters, total: np.ndarray, edge: float
) -> dict[str, np.ndarray]:
    """Probability of a value at or below the threshold at each lead, in every draw."""
    propagator = Propagator(encoding.components[0].tables, rates, step=encoding.step)
    now = filtered(propagator, streams.evidence(encoding, total)).probability[-1]
    (indicator,) = encoding.beliefs.indicators.values()
    return {
        f"in {lead} weeks": streams.value_below(
            propagator, now, edge, lead=lead, unit=indicator.asinh
        )
        for lead in stream_levant.LEADS.values()
    }


def compared(quick: np.ndarray, exact: np.ndarray) -> tuple[float, float, float]:
    """Share of exact draws in the quick 80 % interval, ratio of spreads, shift in exact ones."""
    low, high = np.quantile(quick, (0.1, 0.9))
    inside = ((exact >= low) & (exact <= high)).mean()
    return float(inside), quick.std() / exact.std(), (quick.mean() - exact.mean()) / exact.std()


def main() -> None:
    """Print the table."""
    total, train = stream_levant.read()
    total = total[train - WEEKS : train]
    week = dt.date(1990, 12, 30)
    dates = tuple(week + dt.timedelta(days=7 * t) for t in range(WEEKS))
    series = Series("", "total", dates, tuple(total), 7)
    encoding = streams.stream_encoding(series, streams.Variant(STATES))
    seen = streams.evidence(encoding, total)
    quick = approximate(encoding, seen).draw(4000, seed=1)
    tree = fit(encoding, seen, Settings(draws=4000, tune=2000))
    require_sound(diagnose(tree))
    exact = posterior_parameters(encoding, tree)
    print("| | inside 80 % | spread, times NUTS | shift, in sd |\n|---|---|---|---|")
    for block in (field.name for field in fields(Parameters)):
        pairs = zip(getattr(quick, block), getattr(exact, block), strict=True)
        rows = [compared(a, b) for a, b in pairs if b.std() > 0.0]
        if rows:
            inside, ratio, shift = np.array(rows).T
            print(
                f"| {block} ({len(rows)}) | {inside.mean():.2f} ({inside.min():.2f} to "
                f"{inside.max():.2f}) | {ratio.mean():.2f} | {np.abs(shift).mean():.2f} |"
            )
    edge = float(np.quantile(total, 0.2))
    ours, theirs = (answers(encoding, rates, total, edge) for rates in (quick, exact))
    for name, drawn in ours.items():
        inside, ratio, _ = compared(drawn, theirs[name])
        means = f"{drawn.mean():.3f} and {theirs[name].mean():.3f}"
        print(f"| probability {name}: {means} | {inside:.2f} | {ratio:.2f} | |")


if __name__ == "__main__":
    main()
