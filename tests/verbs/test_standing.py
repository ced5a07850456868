"""What a forecast was read from is found again, and draws of an older fit are reweighted."""

import datetime as dt

import numpy as np
import pytest

from forecast.errors import LedgerError
from forecast.inference.observations import observe
from forecast.inference.tracking import log_likelihood
from forecast.study.last_issue import held_issue
from tests.cli.projects import EARLY, END


def issued_from_older_draws(project, **changes):
    """Issue the last forecast again, read from the draws of the early fit."""
    with project.ledger() as ledger:
        last = ledger.issues.last()
        early = next(p for p in ledger.posteriors.whole() if p.as_of.isoformat() == EARLY)
        ledger.issues.record(
            as_of=last.as_of,
            model_fingerprint=last.model_fingerprint,
            evidence_fingerprint=last.evidence_fingerprint,
            settings={**last.settings, "note": "older draws"},
            payload={**last.payload, **changes},
            posterior_id=early.id,
            recorded_by=last.recorded_by,
        )


def test_draws_of_a_forecasts_own_fit_weigh_the_same(fitted):
    held = held_issue(fitted)
    assert held.as_of.isoformat() == END
    assert held.weights.even
    assert held.evidence.steps == -(-(held.as_of - held.encoding.beliefs.brief.as_of).days // 7)


def test_draws_of_an_older_fit_are_weighed_by_what_came_since(fitted):
    """Log weights differ as the likelihoods of the two records do, but for the smoothed tail."""
    issued_from_older_draws(fitted, schema=0)
    held = held_issue(fitted)
    assert not held.weights.even
    early = dt.date.fromisoformat(EARLY)
    before = observe(held.encoding, held.reports, held.coverage, as_of=early)
    ratio = log_likelihood(held.encoding, held.parameters, held.evidence) - log_likelihood(
        held.encoding, held.parameters, before
    )
    inner = np.argsort(ratio)[: int(0.8 * len(ratio))]
    found = np.log(held.weights.weights[inner])
    assert np.ptp(found - ratio[inner]) == pytest.approx(0.0, abs=1e-9)


def test_draws_that_are_gone_are_said_to_be(fitted):
    for path in (fitted.memory / "posteriors").iterdir():
        path.unlink()
    with pytest.raises(LedgerError, match="are gone; make them anew with: forecast run"):
        held_issue(fitted)
