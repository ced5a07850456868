"""The history of the bundled case by reweighting, against a full fit at every few steps.

    python -m benchmarks.replay --every 4

Prints, date by date, by how much each judgement differs: in points, in standard deviations of the
posterior, and in Monte Carlo standard errors of the difference; then how long either took.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from arviz_stats.base import array_stats

from benchmarks.cases import AS_OF, ROOT
from forecast.inference.encoding import Encoding, encode
from forecast.inference.observations import date_of_step, steps_until
from forecast.inference.sampling import Sampler, Settings, posterior_parameters
from forecast.inference.tracking import appraise, knowledge
from forecast.ledger import HistoryPoint, Ledger
from forecast.network import Evidence
from forecast.workflow.history import honest_history
from forecast.workflow.project import Project, Record
from forecast.workflow.run import SamplerSettings, Silent


def fitted(
    encoding: Encoding, sampler: Sampler, evidence: Evidence
) -> dict[str, tuple[float, float, float]]:
    """Fit in full: mean, standard deviation and Monte Carlo error of every judgement."""
    tree = sampler.fit(evidence, Settings())
    seen = appraise(encoding, posterior_parameters(encoding, tree), evidence)
    chains = tree["posterior"].sizes["chain"]
    out = {}
    for node in encoding.nodes:
        draws = seen.probability[encoding.headline_rows(node)].sum(axis=0)
        sd, effective = float(draws.std()), float(array_stats.ess(draws.reshape(chains, -1)))
        out[node] = float(draws.mean()), sd, sd / np.sqrt(effective)
    return out


def compare(
    encoding: Encoding, points: list[HistoryPoint], known: list[Evidence], *, every: int
) -> tuple[float, int]:
    """Print the differences; return the seconds of the fits, and how many there were."""
    sampler = Sampler(encoding)
    chosen = [*range(len(known), 0, -every)][::-1]
    sampler.fit(known[chosen[0] - 1], Settings(draws=50, tune=50))  # compiles
    largest = dict.fromkeys(("points", "posterior sd", "standard errors"), (0.0, ""))
    took = 0.0
    for step in chosen:
        began = time.perf_counter()
        full = fitted(encoding, sampler, known[step - 1])
        took += time.perf_counter() - began
        point = points[step]
        row = []
        for node, (mean, sd, error) in full.items():
            away = abs(point.payload["judgements"][node]["probability"] - mean)
            theirs = sd / np.sqrt(point.payload["ess"])
            found = {
                "points": 100 * away,
                "posterior sd": away / sd,
                "standard errors": away / np.hypot(error, theirs),
            }
            row.append(f"{100 * away:.2f}")
            for unit, value in found.items():
                largest[unit] = max(largest[unit], (value, f"{node} on {point.as_of}"))
        print(point.as_of, point.payload["method"], f"{point.payload['ess']:.0f}", *row, flush=True)
    for unit, (value, where) in largest.items():
        print(f"largest difference: {value:.2f} {unit} ({where})")
    return took, len(chosen)


def main() -> None:
    """Replay and compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=4, help="fit in full every so many steps")
    every = parser.parse_args().every
    project = Project(ROOT)
    beliefs = project.beliefs()
    encoding = encode(beliefs)
    steps = steps_until(encoding, AS_OF)
    dates = [min(AS_OF, date_of_step(encoding, step)) for step in range(steps + 1)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(Path(folder) / "ledger.sqlite") as ledger,
    ):
        record = Record.synchronise(project, beliefs, ledger)
        known = knowledge(encoding, record.reports, record.coverage, as_of=AS_OF, steps=steps)
        began = time.perf_counter()
        points = honest_history(
            ledger, encoding, record, known, dates, sampler=SamplerSettings(), told=Silent()
        )
        chain = time.perf_counter() - began
        print("date, method, effective draws; difference in points of", *encoding.nodes)
        took, fits = compare(encoding, points, known, every=every)
    refits = sum(point.payload["method"] == "refitted" for point in points)
    print(f"chain: {len(points)} points, {refits} refits, {chain:.0f} s; {fits} fits: {took:.0f} s")
    print(f"a fit at every point would take {took / fits * len(points) / chain:.0f} times as long")


if __name__ == "__main__":
    main()
