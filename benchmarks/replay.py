"""The history of the bundled case by reweighting, against a full fit at every few steps.

    python -m benchmarks.replay --every 4
    python -m benchmarks.replay --every 16 --seeds 6

Prints, date by date, by how much each judgement differs: in points, in standard deviations of the
posterior, and in Monte Carlo standard errors of the difference; then how long either took.

The error of a mean under weights is that of the mean of ``N w_i (f_i - mean)``, chain by chain, so
that it counts both the weights and the autocorrelation of the draws that are weighted (Owen 2013,
"Monte Carlo theory, methods and examples", section 9.2, with an effective sample size in place of
N). If nothing but that error divides the two, a difference beyond 2 of them is found in 4.6 % of
the comparisons, and one beyond 3 in 0.27 %. Weights with heavy tails make that error too small,
and all points share a few fits. With `--seeds` it is therefore measured: the history is made with
several seeds, and the mean difference is set beside its standard error over them (Student's t).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.stats
from arviz_stats.base import array_stats

from benchmarks.cases import AS_OF, ROOT
from forecast.inference.encoding import Encoding, encode
from forecast.inference.observations import date_of_step, steps_until
from forecast.inference.reweighting import smooth_weights
from forecast.inference.sampling import Sampler, Settings, posterior_parameters, read_draws
from forecast.inference.tracking import Appraisal, appraise, knowledge
from forecast.issue.fit import SamplerSettings, honest_history
from forecast.ledger import HistoryPoint, Ledger
from forecast.network import Evidence
from forecast.project.project import Project, Record
from forecast.project.sampler import Silent

Floats = npt.NDArray[np.float64]

#: Full fits, of other seeds, that stand for the truth at each date.
_REFERENCES = 2


def spread(draws: Floats, weights: Floats, chains: int) -> tuple[float, float, float]:
    """Return mean, standard deviation and Monte Carlo error of one judgement."""
    mean = float(draws @ weights)
    pull = draws.size * weights * (draws - mean)
    effective = float(array_stats.ess(pull.reshape(chains, -1)))
    sd = float(np.sqrt(weights @ (draws - mean) ** 2))
    return mean, sd, float(pull.std() / np.sqrt(effective))


def judged(
    encoding: Encoding, seen: Appraisal, weights: Floats, chains: int
) -> dict[str, tuple[float, float, float]]:
    """Sum up every judgement as `spread` does."""
    return {
        node: spread(seen.probability[encoding.headline_rows(node)].sum(axis=0), weights, chains)
        for node in encoding.nodes
    }


def fitted(
    encoding: Encoding, sampler: Sampler, evidence: Evidence, *, seed: int = 1
) -> dict[str, tuple[float, float, float]]:
    """Fit in full, and sum up."""
    tree = sampler.fit(evidence, Settings(seed=seed))
    parameters = posterior_parameters(encoding, tree)
    seen = appraise(encoding, parameters, evidence)
    even = np.full(parameters.draws, 1 / parameters.draws)
    return judged(encoding, seen, even, tree["posterior"].sizes["chain"])


class Case:
    """The bundled case, step by step."""

    def __init__(self) -> None:
        self.project = Project(ROOT)
        self.beliefs = self.project.beliefs()
        self.encoding = encode(self.beliefs)
        steps = steps_until(self.encoding, AS_OF)
        ends = [date_of_step(self.encoding, step) for step in range(steps + 1)]
        self.dates = [min(AS_OF, end) for end in ends]
        with self.ledger() as ledger:
            self.record = Record.synchronise(self.project, self.beliefs, ledger)
        self.known = knowledge(
            *(self.encoding, self.record.reports, self.record.coverage), as_of=AS_OF, steps=steps
        )

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open a ledger of its own, which is forgotten."""
        with (
            tempfile.TemporaryDirectory() as folder,
            Ledger.open(Path(folder) / "ledger.sqlite") as ledger,
        ):
            yield ledger

    def history(self, seed: int, ledger: Ledger | None = None) -> list[HistoryPoint]:
        """Make the whole history."""
        if ledger is None:
            with self.ledger() as own:
                return self.history(seed, own)
        return honest_history(
            *(ledger, self.encoding, self.record, self.known, self.dates),
            sampler=SamplerSettings(seed=seed),
            told=Silent(),
        )


class Chain:
    """The points of the history, with the weighted draws each was read from.

    Parameters
    ----------
    ledger : Ledger
    encoding : Encoding
    points, known
        The history, and what was known at the end of each step.
    """

    def __init__(
        self,
        ledger: Ledger,
        encoding: Encoding,
        points: list[HistoryPoint],
        known: list[Evidence],
    ) -> None:
        self.encoding = encoding
        self.points = points
        self.known = known
        self.chosen = SamplerSettings()
        self.fits = {record.id: record for record in ledger.posteriors.whole()}

    def at(self, step: int) -> dict[str, tuple[float, float, float]]:
        """Weigh the draws again as the point did, and sum up."""
        point, evidence = self.points[step], self.known[step - 1]
        if point.posterior_id is None:  # independent draws of the prior
            number = self.chosen.draws * self.chosen.chains
            drawn, saw = self.encoding.priors.draw(number, seed=self.chosen.seed), 0.0
        else:
            fit = self.fits[point.posterior_id]
            drawn = read_draws(self.encoding, fit.path)
            past = next(k for k, each in enumerate(self.points) if each.as_of == fit.as_of)
            saw = appraise(self.encoding, drawn, self.known[past - 1]).log_likelihood
        seen = appraise(self.encoding, drawn, evidence)
        weights = smooth_weights(seen.log_likelihood - saw).weights
        return judged(self.encoding, seen, weights, self.chosen.chains)


def compare(chain: Chain, *, every: int) -> tuple[float, int]:
    """Print the differences; return the seconds of the fits, and how many there were."""
    encoding, known = chain.encoding, chain.known
    sampler = Sampler(encoding)
    chosen = [*range(len(known), 0, -every)][::-1]
    sampler.fit(known[chosen[0] - 1], Settings(draws=50, tune=50))  # compiles
    largest = dict.fromkeys(("points", "posterior sd", "standard errors"), (0.0, ""))
    errors, took = [], 0.0
    for step in chosen:
        began = time.perf_counter()
        full = fitted(encoding, sampler, known[step - 1])
        took += time.perf_counter() - began
        point, again, row = chain.points[step], chain.at(step), []
        for node, (mean, sd, error) in full.items():
            published = point.payload["judgements"][node]["probability"]
            weighted, _, theirs = again[node]
            assert abs(weighted - published) < 1e-5, (node, point.as_of, weighted, published)
            away = abs(weighted - mean)
            found = {
                "points": 100 * away,
                "posterior sd": away / sd,
                "standard errors": away / float(np.hypot(error, theirs)),
            }
            errors.append(found["standard errors"])
            row.append(f"{100 * away:.2f} ({errors[-1]:.1f})")
            for unit, value in found.items():
                largest[unit] = max(largest[unit], (value, f"{node} on {point.as_of}"))
        print(point.as_of, point.payload["method"], f"{point.payload['ess']:.0f}", *row, flush=True)
    for unit, (value, where) in largest.items():
        print(f"largest difference: {value:.2f} {unit} ({where})")
    for limit in (2, 3):
        beyond = sum(error > limit for error in errors)
        print(f"beyond {limit} standard errors: {beyond} of {len(errors)}")
    return took, len(chosen)


def repeat(case: Case, *, seeds: int, every: int) -> None:
    """Make the history with several seeds, and print what is left of the differences on average."""
    chosen = [*range(len(case.known), 0, -every)][::-1]
    sampler = Sampler(case.encoding)
    chains = [case.history(seed) for seed in range(1, seeds + 1)]
    limit, found = scipy.stats.t.ppf(0.975, seeds - 1), []
    print("date, judgement; mean difference and standard error in points; t")
    for step in chosen:
        evidence = case.known[step - 1]
        full = [fitted(case.encoding, sampler, evidence, seed=1000 + n) for n in range(_REFERENCES)]
        for node in case.encoding.nodes:
            said = [points[step].payload["judgements"][node]["probability"] for points in chains]
            mean = float(np.mean(said) - np.mean([one[node][0] for one in full]))
            theirs = np.sqrt(sum(one[node][2] ** 2 for one in full)) / len(full)
            error = float(np.hypot(np.std(said, ddof=1) / np.sqrt(seeds), theirs))
            found.append((abs(mean / error), 100 * abs(mean), f"{node} on {chains[0][step].as_of}"))
            print(chains[0][step].as_of, node, f"{100 * mean:+.2f} {100 * error:.2f}", end=" ")
            print(f"{mean / error:+.1f}", flush=True)
    print(f"largest t: {max(found)[0]:.1f} ({max(found)[2]})")
    size, where = max((points, where) for _, points, where in found)
    print(f"largest mean difference: {size:.2f} points ({where})")
    beyond = sum(t > limit for t, *_ in found)
    print(f"beyond the 5 % limit of {limit:.2f}: {beyond} of {len(found)}")


def main() -> None:
    """Replay and compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=4, help="fit in full every so many steps")
    parser.add_argument("--seeds", type=int, default=1, help="make the history so many times")
    asked = parser.parse_args()
    case = Case()
    if asked.seeds > 1:
        repeat(case, seeds=asked.seeds, every=asked.every)
        return
    with case.ledger() as ledger:
        began = time.perf_counter()
        points = case.history(1, ledger)
        chain = time.perf_counter() - began
        print("date, method, effective draws; points (standard errors) of", *case.encoding.nodes)
        took, fits = compare(Chain(ledger, case.encoding, points, case.known), every=asked.every)
    refits = sum(point.payload["method"] == "refitted" for point in points)
    print(f"chain: {len(points)} points, {refits} refits, {chain:.0f} s; {fits} fits: {took:.0f} s")
    print(f"a fit at every point would take {took / fits * len(points) / chain:.0f} times as long")


if __name__ == "__main__":
    main()
