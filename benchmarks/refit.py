"""A refit from the draws of an earlier fit, against one from nothing, on the bundled case.

    python -m benchmarks.refit --seeds 4

The earlier fit saw what was known half a year before. Prints seconds, the fewest effective draws
of any rate, divergences, and at the end seconds for each effective draw and their ratio. The model
is compiled once before anything is timed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time

import numpy as np
import xarray as xr

from benchmarks.cases import AS_OF, ROOT, bundled
from forecast.beliefs import read_events
from forecast.inference.diagnostics import diagnose
from forecast.inference.observations import observe
from forecast.inference.sampling import Sampler, Settings
from forecast.network import Evidence

_EARLIER = dt.date(2024, 6, 30)


def timed(
    label: str,
    sampler: Sampler,
    evidence: Evidence,
    settings: Settings,
    start: xr.DataTree | None = None,
) -> float:
    """Fit, print how it went, and return the seconds for each effective draw."""
    began = time.perf_counter()
    tree = sampler.fit(evidence, settings, start=start)
    took = time.perf_counter() - began
    found = diagnose(tree)
    print(
        f"{label} seed {settings.seed}: {took:.1f} s, {found.ess_bulk:.0f} effective draws "
        f"(tail {found.ess_tail:.0f}), R-hat {found.r_hat:.4f}, {found.divergences} divergences",
        flush=True,
    )
    return took / found.ess_bulk


def main() -> None:
    """Fit cold and warm with several seeds, and compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=4)
    seeds = parser.parse_args().seeds
    encoding, evidence = bundled()
    reports, coverage = read_events(ROOT / "events", beliefs=encoding.beliefs)
    before = observe(encoding, reports, coverage, as_of=_EARLIER)
    sampler = Sampler(encoding)
    earlier = sampler.fit(before, Settings(seed=100))
    cold, warm = [], []
    for seed in range(1, seeds + 1):
        settings = Settings(seed=seed)
        cold.append(timed("cold", sampler, evidence, settings))
        warm.append(timed("warm", sampler, evidence, settings.warm(), earlier))
    print(f"as of {AS_OF}: seconds for 1,000 effective draws, means of {seeds}:", end=" ")
    print(f"cold {1000 * np.mean(cold):.1f}, warm {1000 * np.mean(warm):.1f}", end=", ")
    print(f"cold / warm {np.mean(cold) / np.mean(warm):.1f}")


if __name__ == "__main__":
    main()
