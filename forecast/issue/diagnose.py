"""Diagnose the last fit from the ledger."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from forecast.errors import LedgerError
from forecast.ledger import PosteriorRecord
from forecast.project.project import Project
from forecast.project.recorded import held_beliefs

if TYPE_CHECKING:
    from forecast.inference.diagnostics import Learnt

__all__ = ["Diagnosis", "diagnose_last"]


@dataclass(frozen=True)
class Diagnosis:
    """One fit: its record in the ledger, and every parameter before and after the reports."""

    posterior: PosteriorRecord
    learnt: list[Learnt]

    def plain(self) -> dict[str, Any]:
        """Plain values; see docs/schema.md."""
        checks = dict(self.posterior.diagnostics)
        return {"checks": checks, "learnt": [asdict(row) for row in self.learnt]}


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
    from forecast.inference.diagnostics import prior_against_posterior
    from forecast.inference.draws import read_draws
    from forecast.inference.encoding import encode

    with project.ledger(create=False) as ledger:
        last = next(ledger.posteriors(), None)
        if last is None:
            raise LedgerError("there is no posterior to diagnose; fit one with: forecast run")
        model = ledger.model(last.model_fingerprint)
    encoding = encode(held_beliefs(None if model is None else model.content))
    return Diagnosis(last, prior_against_posterior(encoding, read_draws(encoding, last.path)))
