"""Learning from reports by the cheapest sound means: reweight draws that are there, else refit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.beliefs import Beliefs, CoverageWindow, Report
from forecast.ledger import Ledger, PosteriorRecord, evidence_fingerprint
from forecast.workflow.fingerprints import engine_fingerprint
from forecast.workflow.fitting import record_model
from forecast.workflow.remembering import read_reports

if TYPE_CHECKING:
    from forecast.inference.encoding import Encoding
    from forecast.network import Evidence, Parameters

__all__ = ["Base", "find_base", "fitted_evidence", "recorded"]


@dataclass(frozen=True, eq=False)
class Base:
    """Draws of an earlier fit, and what it was fitted to.

    Attributes
    ----------
    record : PosteriorRecord
        The fit.
    parameters : Parameters
        Its draws.
    evidence : Evidence
        What the fit saw.
    """

    record: PosteriorRecord
    parameters: Parameters
    evidence: Evidence


def find_base(ledger: Ledger, encoding: Encoding, *, as_of: dt.date | None = None) -> Base | str:
    """Take the latest fit of this model by this code out of the ledger, or say why there is none.

    Parameters
    ----------
    ledger : Ledger
    encoding : Encoding
        The model; fits of other numbers are of no use.
    as_of : datetime.date, optional
        Only fits that saw no report after this day.

    Returns
    -------
    Base or str
        The draws, or the reason why they have to be sampled.
    """
    from forecast.inference.draws import read_draws

    reason = "no posterior has been sampled yet"
    model = record_model(ledger, encoding.beliefs, texts=False)
    for record in ledger.posteriors(as_of=as_of):
        if record.model_fingerprint != model:
            reason = "the numbers of priors.yaml have changed"
        elif record.settings.get("engine") != engine_fingerprint():
            reason = "the program has changed"
        else:
            evidence = fitted_evidence(ledger, encoding, record)
            if evidence is not None:
                return Base(record, read_draws(encoding, record.path), evidence)
            reason = f"what posterior {record.id[:7]} was fitted to cannot be found again"
    return reason


def fitted_evidence(ledger: Ledger, encoding: Encoding, record: PosteriorRecord) -> Evidence | None:
    """Lay out again what a posterior was fitted to, or give None if it cannot be found."""
    from forecast.inference.observations import observe

    if record.as_of is None:
        return None
    reports, coverage = recorded(ledger, encoding.beliefs, record.recorded_at)
    found = evidence_fingerprint(reports, coverage, as_of=record.as_of)
    if found != record.evidence_fingerprint:
        return None
    return observe(encoding, reports, coverage, as_of=record.as_of)


def recorded(
    ledger: Ledger, beliefs: Beliefs, moment: dt.datetime | None
) -> tuple[Sequence[Report], Sequence[CoverageWindow]]:
    """Read reports and coverage as the ledger held them at a moment."""
    return (
        read_reports(ledger, beliefs, recorded_by=moment),
        [row.window for row in ledger.coverage(recorded_by=moment)],
    )
