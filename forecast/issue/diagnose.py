"""Diagnose the last fit from the ledger."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from forecast.errors import LedgerError
from forecast.issue.reweigh import fitted_evidence
from forecast.ledger import PosteriorRecord
from forecast.project.project import Project
from forecast.project.recorded import held_beliefs

if TYPE_CHECKING:
    from forecast.inference.diagnostics import Learnt, MonteCarloError

__all__ = ["Diagnosis", "diagnose_last"]


@dataclass(frozen=True)
class Diagnosis:
    """One fit.

    Attributes
    ----------
    posterior : PosteriorRecord
        Its record in the ledger.
    learnt : list of Learnt
        Every parameter before and after the reports.
    errors : list of MonteCarloError
        Of each judgement on the day of the fit; none where its evidence cannot be found again.
    """

    posterior: PosteriorRecord
    learnt: list[Learnt]
    errors: list[MonteCarloError]

    def plain(self) -> dict[str, Any]:
        """Plain values; see docs/schema.md."""
        return {
            "checks": dict(self.posterior.diagnostics),
            "monte_carlo_error": [asdict(error) for error in self.errors],
            "versions": dict(self.posterior.versions),
            "learnt": [asdict(row) for row in self.learnt],
        }


def diagnose_last(project: Project) -> Diagnosis:
    """Read the posterior that was kept last.

    Parameters
    ----------
    project : Project
        Where the ledger is.

    Raises
    ------
    LedgerError
        If there is none, or its file is gone.
    """
    from forecast.inference.diagnostics import monte_carlo_error, prior_against_posterior
    from forecast.inference.draws import read_draws
    from forecast.inference.encoding import encode
    from forecast.inference.tracking import appraise

    with project.ledger(create=False) as ledger:
        last = next(ledger.posteriors(), None)
        if last is None:
            raise LedgerError("there is no posterior to diagnose; fit one with: forecast run")
        model = ledger.model(last.model_fingerprint)
        encoding = encode(held_beliefs(None if model is None else model.content))
        evidence = fitted_evidence(ledger, encoding, last)
    draws = read_draws(encoding, last.path)
    errors = []
    if evidence is not None:
        now = appraise(encoding, draws, evidence).probability
        judged = {node: now[encoding.headline_rows(node)].sum(axis=0) for node in encoding.nodes}
        errors = monte_carlo_error(judged, chains=int(str(last.settings["chains"])))
    return Diagnosis(last, prior_against_posterior(encoding, draws), errors)
