"""What a forecast is known by, and what it says: alike for draws just sampled or weighed anew."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forecast.beliefs import Beliefs, later
from forecast.ledger import IssuedForecast, Ledger, PosteriorRecord, evidence_fingerprint
from forecast.workflow.fingerprints import engine_fingerprint
from forecast.workflow.fitting import SamplerSettings, record_model
from forecast.workflow.project import Record

if TYPE_CHECKING:
    from forecast.analysis.readout import Floats
    from forecast.inference.encoding import Encoding
    from forecast.network import Evidence, Parameters

__all__ = ["HISTORY", "forecast_of", "issue_before", "issue_key", "read_payload"]

#: Setting of an issue that shows its past as it would have been published.
HISTORY = "history"


def issue_key(
    ledger: Ledger,
    beliefs: Beliefs,
    record: Record,
    *,
    as_of: dt.date,
    sampler: SamplerSettings,
    horizon: str | float | None = None,
) -> dict[str, Any]:
    """Record the beliefs, and give what tells a forecast from all others in the ledger.

    Parameters
    ----------
    ledger : Ledger
    beliefs : Beliefs
    record : Record
        Reports and coverage.
    as_of : datetime.date
        Only what was known by then counts.
    sampler : SamplerSettings
    horizon : str or float, optional
        Period or days forecast ahead; by default that of the file.
    """
    until = later(as_of, beliefs.grid.horizon if horizon is None else horizon)
    return {
        "as_of": as_of,
        "model_fingerprint": record_model(ledger, beliefs, texts=True),
        "evidence_fingerprint": evidence_fingerprint(record.reports, record.coverage, as_of=as_of),
        "settings": {
            **vars(sampler),
            "horizon": (until - as_of).days,
            "engine": engine_fingerprint(),
        },
    }


def forecast_of(issued: IssuedForecast) -> tuple[dt.date, str, str, str]:
    """Return what tells its forecast from others, however its past is shown."""
    settings = json.dumps(_plainly(issued), sort_keys=True)
    return issued.as_of, issued.model_fingerprint, issued.evidence_fingerprint, settings


def issue_before(ledger: Ledger, issued: IssuedForecast) -> IssuedForecast | None:
    """Return the forecast issued before this one: another one, as of its day or an earlier one."""
    settings = _plainly(issued)
    return ledger.issue_before(issued, alike=[settings, {**settings, HISTORY: True}])


def _plainly(issued: IssuedForecast) -> dict[str, Any]:
    return {name: value for name, value in issued.settings.items() if name != HISTORY}


def read_payload(
    encoding: Encoding,
    record: Record,
    known: Sequence[Evidence],
    parameters: Parameters,
    *,
    key: dict[str, Any],
    fit: PosteriorRecord,
    weights: Floats | None = None,
) -> dict[str, Any]:
    """Read everything out of the draws of a fit, as plain values.

    Parameters
    ----------
    encoding : Encoding
    record : Record
        Reports and coverage.
    known : sequence of Evidence
        What was known at the end of each step, from `knowledge`.
    parameters : Parameters
        The draws.
    key : dict
        From `issue_key`.
    fit : PosteriorRecord
        Where the draws come from.
    weights : ndarray, optional
        Of the draws, where they are not even.

    Returns
    -------
    dict
        See docs/schema.md.
    """
    from forecast.analysis.payload import build_payload
    from forecast.analysis.readout import read_out
    from forecast.inference.observations import happenings

    day, settings = key["as_of"], key["settings"]
    reading = read_out(
        encoding,
        parameters,
        known,
        as_of=day,
        horizon=day + dt.timedelta(days=settings["horizon"]),
        seed=settings["seed"],
        weights=weights,
    )
    events = happenings(encoding, record.reports, as_of=day)
    payload = build_payload(encoding, reading, events, as_of=day)
    return {**payload, "diagnostics": dict(fit.diagnostics)}
