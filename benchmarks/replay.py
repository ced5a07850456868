"""The history of the bundled case by reweighting, against a full fit at every few steps.

    python -m benchmarks.replay --every 4

Prints, date by date, by how much each judgement differs: in points, in standard deviations of the
posterior, and in Monte Carlo standard errors of the difference; then how long either took.

The error of a mean under weights is that of the mean of ``N w_i (f_i - mean)``, chain by chain, so
that it counts both the weights and the autocorrelation of the draws that are weighted (Owen 2013,
"Monte Carlo theory, methods and examples", section 9.2, with an effective sample size in place of
N). If nothing but that error divides the two, a difference beyond 2 of them is found in 4.6 % of
the comparisons, and one beyond 3 in 0.27 %.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
from arviz_stats.base import array_stats

from benchmarks.cases import AS_OF, ROOT
from forecast.inference.draws import read_draws
from forecast.inference.encoding import Encoding, encode
from forecast.inference.observations import date_of_step, steps_until
from forecast.inference.reweighting import smooth_weights
from forecast.inference.sampling import Sampler, Settings, posterior_parameters
from forecast.inference.tracking import Appraisal, appraise, knowledge
from forecast.ledger import HistoryPoint, Ledger
from forecast.network import Evidence
from forecast.workflow.history import honest_history
from forecast.workflow.project import Project, Record
from forecast.workflow.run import SamplerSettings, Silent

Floats = npt.NDArray[np.float64]


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
    encoding: Encoding, sampler: Sampler, evidence: Evidence
) -> dict[str, tuple[float, float, float]]:
    """Fit in full, and sum up."""
    tree = sampler.fit(evidence, Settings())
    parameters = posterior_parameters(encoding, tree)
    seen = appraise(encoding, parameters, evidence)
    even = np.full(parameters.draws, 1 / parameters.draws)
    return judged(encoding, seen, even, tree["posterior"].sizes["chain"])


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
        self.fits = {record.id: record for record in ledger.posteriors()}

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
        print("date, method, effective draws; points (standard errors) of", *encoding.nodes)
        took, fits = compare(Chain(ledger, encoding, points, known), every=every)
    refits = sum(point.payload["method"] == "refitted" for point in points)
    print(f"chain: {len(points)} points, {refits} refits, {chain:.0f} s; {fits} fits: {took:.0f} s")
    print(f"a fit at every point would take {took / fits * len(points) / chain:.0f} times as long")


if __name__ == "__main__":
    main()
