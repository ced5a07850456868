"""The icews task: weekly conflict events between five pairs of countries, 2005-2015.

    FORECAST_TASK_DATA=... python -m benchmarks.stream_icews
    FORECAST_TASK_DATA=... python -m benchmarks.stream_icews --choose

The model is the one that ``forecast init --from-series`` writes for the counts of all five pairs in
a row (training years only). The pairs are five courses of it: they share the rates, as the pooled
baselines do, and each has a level of its own. About ten seconds on one core. With ``--choose``
variants are compared on the last two training years first, by the log score of the next number.
"""

from __future__ import annotations

import csv
import datetime as dt
import sys
import time

import numpy as np

from benchmarks import streams
from forecast.beliefs.series_files import Series
from forecast.inference.encoding import Encoding
from forecast.network.filtering import sums_from
from forecast.scoring.persistence import ewma, ewma_counts, ewma_regression

SUM, LARGEST = 4, 60
TEST = "2011-01-03"
CONFLICT = ("vconf", "mconf")
EVERY_KIND = ("vcoop", "mcoop", *CONFLICT)
TARGETS = {"y": 1, "y3": 3}
#: Set by the choice on training years that `--choose` prints.
CHOSEN = streams.Variant()
#: Weeks of the training years that variants are compared on.
VALIDATED = 2 * 52
VARIANTS = [
    *(streams.Variant(speeds=speeds, half_life=half) for speeds in (1, 2) for half in (None, 4.0)),
    *(streams.Variant(states) for states in (4, 6, 8)),
]


def read(kinds: tuple[str, ...] = CONFLICT) -> tuple[dict[str, np.ndarray], list[str]]:
    """Events of some kinds of each pair by week, and the weeks."""
    path = streams.task_file("icews/icews_weekly_dyads_2005_2015.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    weeks = sorted({row["week"] for row in rows})
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row["dyad"], {})[row["week"]] = sum(int(row[k]) for k in kinds)
    return {pair: np.array([own[w] for w in weeks]) for pair, own in counts.items()}, weeks


def pooled(counts: dict[str, np.ndarray], first: int, variant: streams.Variant) -> Encoding:
    """Encode the first model of all pairs in a row, from the weeks before `first`."""
    joined = tuple(float(x) for own in counts.values() for x in own[:first])
    begin = dt.date(2005, 1, 3)
    dates = tuple(begin + dt.timedelta(days=7 * t) for t in range(len(joined)))
    return streams.stream_encoding(Series("", "conflict", dates, joined, 7), variant)


def forecasts(
    counts: dict[str, np.ndarray], first: int, variant: streams.Variant, *, every: int = 26
) -> dict[str, np.ndarray]:
    """Distribution of the next four weeks' sum at every origin, one row an origin."""
    encoding = pooled(counts, first, variant)
    out: dict[str, list[np.ndarray]] = {pair: [] for pair in counts}
    of, table = None, np.zeros(0)
    last = len(next(iter(counts.values()))) - SUM - 1
    for number, _, propagator, now in streams.rolling(
        encoding, list(counts.values()), first=first, last=last, every=every
    ):
        if propagator is not of:
            of, table = propagator, sums_from(propagator, 0, steps=SUM, most=LARGEST)
        out[list(counts)[number]].append((table * now).sum(axis=1).mean(axis=1))
    return {pair: np.array(rows) for pair, rows in out.items()}


def sums(counts: dict[str, np.ndarray], first: int) -> np.ndarray:
    """Sum of the four weeks after every origin, pair after pair."""
    own = (np.convolve(each, np.ones(SUM), "valid")[1:][first:] for each in counts.values())
    return np.concatenate(list(own))


def baselines(first: int, least: int) -> dict[str, np.ndarray]:
    """Forecast by our own regressions on weighted means, for differences week by week.

    The task file has the scores of its baselines and not their forecasts.
    """
    means = []
    for kinds in (CONFLICT, EVERY_KIND):
        counts, _ = read(kinds)
        means.append([np.log1p(ewma(own.astype(float))) for own in counts.values()])
        if kinds == CONFLICT:
            sums_of = [np.convolve(own, np.ones(SUM), "valid")[1:] for own in counts.values()]
    outcome = [each >= least for each in sums_of]
    length = len(outcome[0])
    one = [mean[:length, None] for mean in means[0]]
    two = [np.stack(pair, axis=1)[:length] for pair in zip(*means, strict=True)]
    at = {"first": first, "lead": SUM}
    lately = [ewma(own.astype(float))[:length] for own in read()[0].values()]
    counted = ewma_counts(lately, sums_of, **at, size=least, every=26)
    return {
        "our logistic, EWMA": np.concatenate(ewma_regression(one, outcome, **at)),
        "our logistic, EWMA of conflict and volume": np.concatenate(
            ewma_regression(two, outcome, **at)
        ),
        "our negative binomial, EWMA": np.concatenate([1 - c.sum(axis=1) for c in counted]),
    }


def choose() -> streams.Variant:
    """Compare the variants on the last training years."""
    counts, weeks = read()
    end = sum(week < TEST for week in weeks)
    known = {pair: own[:end] for pair, own in counts.items()}
    first = end - VALIDATED
    courses = list(known.values())

    def tried(variant: streams.Variant) -> np.ndarray:
        return streams.one_step(pooled(known, first, variant), courses, first)

    return streams.choose(VARIANTS, tried)


def main(variant: streams.Variant = CHOSEN) -> None:
    """Print the tables."""
    counts, weeks = read()
    task = streams.read_task("icews/icews_task.json")["baselines"]
    first = sum(week < TEST for week in weeks)
    begun = time.perf_counter()
    ours = forecasts(counts, first, variant)
    taken = time.perf_counter() - begun
    print(f"{variant}; rates learnt anew every 26 weeks, {taken:.0f} s\n")
    chance = np.concatenate([ours[pair] for pair in counts])
    found = sums(counts, first)
    for name, least in TARGETS.items():
        ours_of_it, tested = 1 - chance[:, :least].sum(axis=1), found >= least
        mine = streams.scores(ours_of_it, tested)
        assert mine["n"] == task[name]["train_base_rate"]["n"]
        own = baselines(first, least)
        scored = {rival: streams.scores(p, tested) for rival, p in own.items()}
        print(streams.table(name, {**task[name], **scored, "**this engine**": mine}))
        origins = np.tile(np.arange(len(tested) // len(counts)), len(counts))
        print(streams.compared(ours_of_it, own, tested, origins))
    gaps = chance.cumsum(axis=1) - (np.arange(LARGEST + 1) >= found[:, None])
    ranked = {k: v for k, v in task["count_next4w_crps"].items() if k not in ("n", "negbin_alpha")}
    ranked["**this engine**"] = float((gaps**2).sum(axis=1).mean())
    print("**count_next4w_crps**\n\n| forecast | CRPS |\n|---|---|")
    for name, value in sorted(ranked.items(), key=lambda item: item[1]):
        print(f"| {name} | {value:.4f} |")


if __name__ == "__main__":
    main(choose() if "--choose" in sys.argv[1:] else CHOSEN)
