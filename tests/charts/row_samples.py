"""Made-up values for the charts made of rows and for first passage; every number is invented."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np

from forecast.charts.comparison import ComparedRow, Comparison
from forecast.charts.icons import Icons
from forecast.charts.passage import Passage
from forecast.charts.predictive import Predictive
from forecast.charts.tornado import Swing, Tornado
from forecast.charts.weights import Weight, Weights, decibans

from . import samples

PARTS = (
    Weight("US officials on satellite help", 4.1),
    Weight("Air defence supplied", 3.0),
    Weight("Failed launch in May", -2.1),
    Weight("Indicators that stayed silent", -3.8, "silence"),
    Weight("Time passing", 2.0, "time"),
    *(Weight(f"A claim of little weight, number {n}", 0.1 * n) for n in range(1, 9)),
)


def weights(parts=PARTS, *, prior=0.05, **changes) -> Weights:
    odds = 10 ** ((decibans(prior) + sum(part.decibans for part in parts)) / 10)
    given = {
        "prior": prior,
        "value": odds / (1 + odds),
        "weights": parts,
        "start": "Brief, 27 Sep 2023",
        "end": "31 Dec 2024",
    }
    row = samples.NODES[1]
    return Weights(row[0], row[1], row[2], samples.AS_OF, **(given | changes))


SWINGS = (
    Swing("Detection of reports", 0.38, 0.18, "0.05", "0.30"),
    Swing("Hazard of transfer", 0.14, 0.36, "5% a year", "22% a year"),
    Swing("A lineage of officials", 0.19, 0.24, "without"),
    *(Swing(f"An input of little weight {n}", 0.24 - n / 999, 0.245, "1", "2") for n in range(14)),
)


def tornado(swings=SWINGS, **changes) -> Tornado:
    given = {"value": 0.24, "swings": swings, "interval80": (0.1, 0.42)}
    row = samples.NODES[1]
    return Tornado(row[0], row[1], row[2], samples.AS_OF, **(given | changes))


def passage(ceiling=0.7, **changes) -> Passage:
    dates = samples.weekly()
    p = ceiling * (1 - np.exp(-3 * np.linspace(0, 1, len(dates))))
    p = p / p[-1] * ceiling
    given = {
        "p": p,
        "lo50": 0.8 * p,
        "hi50": np.minimum(1.1 * p, 1),
        "lo80": 0.5 * p,
        "hi80": np.minimum(1.3 * p, 1),
        "as_of": samples.AS_OF,
    }
    return Passage("transfer", "Transfer: advanced", "Will it come?", dates, **(given | changes))


def outcome(label, p, kind="state", *, width=0.5, **changes) -> ComparedRow:
    x = math.log(p / (1 - p))
    ends = (float(samples.sigmoid(x + z * width)) for z in (-0.6745, 0.6745, -1.2816, 1.2816))
    return ComparedRow(label, p, *ends, kind=kind, **changes)


STATES = (
    outcome("none", 0.285, previous=0.40),
    outcome("limited", 0.478, previous=0.43),
    outcome("advanced", 0.237, previous=0.17),
)
SCENARIOS = (
    outcome("Baseline", 0.35, "baseline"),
    outcome("A satellite reaches orbit", 0.66, "observe"),
    outcome("China's constraint lifted", 0.44, "do"),
)


def comparison(outcomes=STATES, **changes) -> Comparison:
    given = {"as_of": samples.AS_OF, "on": dt.date(2025, 12, 31), "outcomes": outcomes}
    return Comparison("tech", "Technology transfer", "It is given.", **(given | changes))


def scenarios(outcomes=SCENARIOS, **changes) -> Comparison:
    return comparison(outcomes, exclusive=False, **changes)


def icons(arrays=(("", 0.24),), **changes) -> Icons:
    given = {"arrays": arrays, **changes}
    return Icons("tech", "Technology transfer", "Will it be given?", samples.AS_OF, **given)


def sums(quantiles=tuple(float(n // 6) for n in range(199)), above=20.0, **changes) -> Predictive:
    """Counts from 0 to 33, all about as likely, with a threshold."""
    share = sum(each > above for each in quantiles) / len(quantiles)
    given = {"as_of": samples.AS_OF, "over": "4 weeks", "by": dt.date(2025, 1, 27), "p": share,
             "interval80": (max(share - 0.1, 0.0), min(share + 0.1, 1.0))}  # fmt: skip
    asked = "Will there be more than 20 incidents in the four weeks to 27 January 2025?"
    return Predictive("incidents", "Border incidents", asked, above=above, quantiles=quantiles,
                      **(given | changes))  # fmt: skip
