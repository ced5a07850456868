"""The levant task: weekly sums of Goldstein scores, Israel and the Palestinians, 1979-2003.

    FORECAST_TASK_DATA=... python -m benchmarks.stream_levant
    FORECAST_TASK_DATA=... python -m benchmarks.stream_levant --choose

The model is the one that ``forecast init --from-series`` writes, with the ladder of states laid
over the training years. About half a minute on one core. With ``--choose`` variants are compared
on the last five training years first, as if the years before them were all there is, by the log
score of the next number.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
import sys
import time

import numpy as np

from benchmarks import streams
from forecast.beliefs.series_files import Series
from forecast.inference.encoding import Encoding
from forecast.network.filtering import sum_below
from forecast.scoring.persistence import ewma, ewma_regression

LEADS = {"y_h1": 1, "y_h4": 4, "y_h13": 13}
SUM = 4
#: Set by the choice on training years that `--choose` prints.
CHOSEN = streams.Variant(speeds=1, half_life=5.0)
#: Weeks of the training years that variants are compared on.
VALIDATED = 5 * 52
VARIANTS = [
    *(streams.Variant(speeds=speeds, half_life=half) for speeds in (1, 2) for half in (None, 5.0)),
    *(streams.Variant(stretch=stretch) for stretch in (0.5, 2.0)),
    *(streams.Variant(states) for states in (8, 10, 12)),
]


def read() -> tuple[np.ndarray, int]:
    """Weekly total, and the number of training weeks."""
    path = streams.task_file("levant/israel_palestine_weekly_1979_2003.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    total = np.array([float(row["i2p"]) + float(row["p2i"]) for row in rows])
    return total, sum(int(row["year"]) <= 1995 for row in rows)


def outcomes(total: np.ndarray, train: int) -> dict[str, tuple[np.ndarray, float]]:
    """Each target for every origin that has one, and its threshold."""
    level = float(np.quantile(total[:train], 0.2))
    sums = np.convolve(total, np.ones(SUM), "valid")
    edge = float(np.quantile(sums[: train - SUM + 1], 0.2))
    out = {name: (total[lead:] <= level, level) for name, lead in LEADS.items()}
    return out | {"y_next4sum": (sums[1:] <= edge, edge)}


def laid(total: np.ndarray, train: int, variant: streams.Variant) -> Encoding:
    """Encode the first model, from the weeks before `train`."""
    week = dt.date(1979, 4, 16)
    dates = tuple(week + dt.timedelta(days=7 * t) for t in range(train))
    return streams.stream_encoding(Series("", "total", dates, tuple(total[:train]), 7), variant)


def forecasts(
    total: np.ndarray, train: int, variant: streams.Variant, *, every: int = 26
) -> dict[str, np.ndarray]:
    """Probabilities of every target at every origin from the first test week on."""
    targets = outcomes(total, train)
    out: dict[str, list[float]] = {name: [] for name in targets}
    encoding = laid(total, train, variant)
    (indicator,) = encoding.beliefs.indicators.values()
    for _, t, propagator, now in streams.rolling(
        encoding, [total], first=train, last=len(total) - 2, every=every
    ):
        for name, lead in LEADS.items():
            if t + lead < len(total):
                edge, how = targets[name][1], {"lead": lead, "unit": indicator.asinh}
                out[name].append(streams.value_below(propagator, now, edge, **how).mean())
        if t + SUM < len(total):
            how = {"steps": SUM, "edge": targets["y_next4sum"][1], "unit": indicator.asinh}
            below = sum_below(propagator, now, 0, **how, courses=100, seed=t)
            out["y_next4sum"].append(float(below.mean()))
    return {name: np.array(column) for name, column in out.items()}


def choose() -> streams.Variant:
    """Compare the variants on the last training years."""
    total, train = read()
    total, first = total[:train], train - VALIDATED

    def tried(variant: streams.Variant) -> np.ndarray:
        return streams.one_step(laid(total, first, variant), [total], first)

    return streams.choose(VARIANTS, tried)


def main(variant: streams.Variant = CHOSEN) -> None:
    """Print the tables."""
    total, train = read()
    task = streams.read_task("levant/israel_palestine_task.json")
    begun = time.perf_counter()
    ours = forecasts(total, train, variant)
    taken = time.perf_counter() - begun
    print(f"{variant}; rates learnt anew every 26 weeks, {taken:.0f} s\n")
    features = {
        "our logistic, EWMA": np.log1p(np.maximum(ewma(-total), 0.0))[:, None],
        "our logistic, 12 lags": np.stack(
            [np.concatenate([np.full(k, total[0]), total[: len(total) - k]]) for k in range(12)], 1
        )
        / 100.0,
    }
    for name, (outcome, threshold) in outcomes(total, train).items():
        rows = dict(task["baselines"][name])
        assert math.isclose(rows.pop("threshold"), threshold, rel_tol=1e-9)
        lead = LEADS.get(name, SUM)
        own = {
            rival: ewma_regression([each[: len(outcome)]], [outcome], first=train, lead=lead)[0]
            for rival, each in features.items()
        }
        tested = outcome[train:]
        mine = streams.scores(ours[name], tested)
        assert mine["n"] == rows["train_base_rate"]["n"]
        rows |= {rival: streams.scores(p, tested) for rival, p in own.items()}
        rows["**this engine**"] = mine
        print(streams.table(name, rows))
        print(streams.compared(ours[name], own, tested, np.arange(len(tested))))


if __name__ == "__main__":
    main(choose() if "--choose" in sys.argv[1:] else CHOSEN)
