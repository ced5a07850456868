"""Five made-up nodes with the shape of the real ones; every number and every text is invented."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np

from forecast.beliefs.words import scale
from forecast.charts.data import Mark, Stamp, Trajectory

BEGIN, AS_OF, END = dt.date(2023, 9, 27), dt.date(2024, 12, 31), dt.date(2025, 12, 31)
ICD203 = scale("icd203")
STAMP = Stamp(
    as_of=AS_OF,
    source="synthetic demonstration data",
    scale="ICD 203",
    model="0.1.0",
    run="3f9c2a7be10d",
    indicators=14,
    lineages=23,
)
SIX = (
    Mark(dt.date(2023, 10, 13), "US: 1,000 containers shipped"),
    Mark(dt.date(2024, 1, 4), "US: ballistic missiles launched in Ukraine"),
    Mark(dt.date(2024, 3, 28), "Russia vetoes UN panel of experts"),
    Mark(dt.date(2024, 6, 19), "Putin and Kim sign treaty, Pyongyang"),
    Mark(dt.date(2024, 10, 18), "South Korea: troops shipped to Vladivostok"),
    Mark(dt.date(2024, 11, 4), "US: 10,000 troops in Kursk"),
)
SUPPLIES = "North Korea supplies conventional arms and ammunition to Russia in a sustained flow."
TRANSFERS = "Russia supplies advanced missile, satellite or submarine technology to North Korea."
BREAKS = "Russia openly breaks UN sanctions on North Korea."
CONSTRAINS = "China constrains the partnership enough to stop a transfer."
ALLIES = "The two sides put a mutual defence treaty into force."
NODES = (
    ("arms_trade", "Arms trade: sustained", SUPPLIES, -0.9, 4.3, SIX),
    ("tech_transfer", "Technology transfer: advanced", TRANSFERS, -2.2, 2.4, SIX[3:]),
    ("sanctions", "Russian compliance: breaks", BREAKS, -0.2, 3.4, SIX[:4]),
    ("china_constraint", "China: binding constraint", CONSTRAINS, -0.9, -0.6, ()),
    ("alliance", "Security pact: in force", ALLIES, -3.1, 5.6, SIX[2:]),
)


def weekly(begin: dt.date = BEGIN, end: dt.date = END) -> np.ndarray:
    week, day = np.timedelta64(7, "D"), np.timedelta64(1, "D")
    return np.arange(np.datetime64(begin), np.datetime64(end) + day, week)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def node(
    name="arms_trade",
    label="Arms trade: sustained",
    proposition="North Korea supplies conventional arms to Russia in a sustained flow.",
    start=-0.9,
    rise=4.3,
    marks=SIX,
    *,
    end=END,
    as_of=AS_OF,
    seed=3,
    **changes,
) -> Trajectory:
    """A node whose log-odds start somewhere, step at each mark, and relax after the as-of date."""
    rng = np.random.default_rng(seed)
    dates = weekly(end=end)
    past = dates <= np.datetime64(as_of)
    x = np.full(len(dates), float(start))
    steps = marks or (Mark(dt.date(2024, 5, 1), ""),)
    for mark in steps:
        x[dates >= np.datetime64(mark.date)] += rise / len(steps)
    x += np.where(past, np.cumsum(rng.normal(0, 0.06, len(dates))), 0)
    ahead = np.arange((~past).sum())
    x[~past] = x[past][-1] - 0.006 * ahead * x[past][-1]
    spread = np.where(past, np.linspace(0.75, 0.5, len(dates)), 0)
    spread[~past] = spread[past][-1] + 0.012 * ahead
    defaults = {
        "no_news": sigmoid(start + 0.010 * np.arange(len(dates))),
        "previous": (dt.date(2024, 9, 25), float(sigmoid(x)[52])),
        "opening": float(sigmoid(x)[0]),
        "brief_band": (0.40, 0.75),
    }
    return Trajectory(
        name,
        label,
        proposition,
        dates,
        sigmoid(x),
        sigmoid(x - 0.6745 * spread),
        sigmoid(x + 0.6745 * spread),
        sigmoid(x - 1.2816 * spread),
        sigmoid(x + 1.2816 * spread),
        as_of=as_of,
        marks=marks,
        **(defaults | changes),
    )


def five() -> list[Trajectory]:
    """All five nodes."""
    bands = [(0.40, 0.75), (0.20, 0.45), (0.05, 0.45), (0.45, 0.80), None]
    return [
        node(*row, seed=n, brief_band=band)
        for n, (row, band) in enumerate(zip(NODES, bands, strict=True))
    ]


def without_forecast(values: Trajectory) -> Trajectory:
    """The same, cut at its as-of date."""
    n = values.n_history
    curves = ("dates", "mean", "lo50", "hi50", "lo80", "hi80", "no_news")
    kept = {name: getattr(values, name) for name in curves}
    cut = {name: curve[:n] for name, curve in kept.items() if curve is not None}
    return replace(values, **cut)
