"""The main job: from the brief and its reports to an issued forecast, and what it is known by."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from forecast.beliefs import Beliefs, later
from forecast.fingerprints import code_fingerprint
from forecast.issue.arrivals import ended_coverage
from forecast.issue.fit import (
    fit_posterior,
    honest_history,
    keep_milestones,
    record_model,
    require_possible,
)
from forecast.ledger import (
    IssuedForecast,
    Ledger,
    PosteriorRecord,
    SyncResult,
    evidence_fingerprint,
)
from forecast.project.project import Project, Record, as_of_day, require_period
from forecast.project.sampler import Reporter, SamplerSettings, Silent
from forecast.record.resolutions import known_outcomes, with_outcomes, with_words

if TYPE_CHECKING:
    from forecast.analysis.anchoring import Anchoring
    from forecast.analysis.answering import Floats
    from forecast.inference.encoding import Encoding
    from forecast.network import Evidence, Parameters

__all__ = [
    "HISTORY",
    "Issue",
    "engine_fingerprint",
    "forecast_of",
    "issue_before",
    "issue_key",
    "read_payload",
    "run",
]

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
        "evidence_fingerprint": evidence_fingerprint(
            record.reports, record.coverage, record.announcements, as_of=as_of
        ),
        "settings": {
            **vars(sampler),
            "horizon": (until - as_of).days,
            "engine": engine_fingerprint(),
            **record.crowd_by(as_of),
        },
    }


def engine_fingerprint() -> str:
    """Fingerprint of all the code and data that a forecast comes from."""
    return code_fingerprint(__name__)


def forecast_of(issued: IssuedForecast) -> tuple[dt.date, str, str, str]:
    """Return what tells its forecast from others, however its past is shown."""
    settings = json.dumps(_plainly(issued), sort_keys=True)
    return issued.as_of, issued.model_fingerprint, issued.evidence_fingerprint, settings


def issue_before(ledger: Ledger, issued: IssuedForecast) -> IssuedForecast | None:
    """Return the forecast issued before this one: another one, as of its day or an earlier one."""
    settings = _plainly(issued)
    return ledger.issues.before(issued, alike=[settings, {**settings, HISTORY: True}])


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
    anchoring: Anchoring | None = None,
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
    anchoring : Anchoring, optional
        That of the record, where it may have found something already.

    Returns
    -------
    dict
        See docs/schema.md.
    """
    from forecast.analysis.prior_check import contradictions, told
    from forecast.analysis.readout import build_payload, read_out
    from forecast.inference.observations import declared, happenings

    day, settings = key["as_of"], key["settings"]
    reading = read_out(
        encoding,
        parameters,
        known,
        as_of=day,
        horizon=day + dt.timedelta(days=settings["horizon"]),
        seed=settings["seed"],
        weights=weights,
        anchoring=anchoring or record.anchoring(encoding, seed=settings["seed"]),
    )
    events = happenings(encoding, record.reports, as_of=day)
    payload = build_payload(encoding, reading, events, as_of=day)
    looked = declared(encoding, record.coverage, steps=len(known), as_of=day)
    found = [
        {**asdict(one), "text": told(encoding.beliefs, one)}
        for one in contradictions(
            encoding, parameters, known[-1], looked, weights=weights, seed=settings["seed"]
        )
    ] if known else []  # fmt: skip
    return {
        **payload,
        **({"contradictions": found} if found else {}),
        "diagnostics": dict(fit.diagnostics),
    }


@dataclass(frozen=True)
class Issue:
    """A forecast as issued, and what it is compared with.

    Attributes
    ----------
    issued : IssuedForecast
        The record in the ledger; its payload is what docs/schema.md promises.
    previous : IssuedForecast or None
        The issue before it, as of the same day or an earlier one.
    changes : SyncResult
        What reading ``events/`` changed.
    fresh : bool
        Whether anything was computed; if not, it had been issued before.
    unseen : int
        Evidence rows reported after the as-of date.
    outcomes : mapping
        How questions came out, as the world knew it on the as-of date.
    notes : sequence of str
        Which coverage ended before what the reports tell of.
    """

    issued: IssuedForecast
    previous: IssuedForecast | None
    changes: SyncResult
    fresh: bool
    unseen: int
    outcomes: Mapping[str, tuple[str, dt.date]] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def payload(self) -> Mapping[str, Any]:
        """What the forecast says, in the words of today, with the outcomes of its questions."""
        return with_words(with_outcomes(self.issued.payload, self.outcomes))


def run(
    project: Project,
    *,
    as_of: dt.date | None = None,
    horizon: str | float | None = None,
    history: bool = False,
    sampler: SamplerSettings | None = None,
    reporter: Reporter | None = None,
) -> Issue:
    """Read the project, learn from its reports, and issue the forecast.

    A forecast that was issued before, for the same date, beliefs, evidence and settings, is taken
    from the ledger.

    Parameters
    ----------
    project : Project
        Where the files are.
    as_of : datetime.date, optional
        Only reports known by then are seen; by default the end of the coded record.
    horizon : float, optional
        Days forecast ahead; by default that of the file.
    history : bool
        Whether the past is shown as it would have been published at each date, with rates learnt
        from what was known then.
    sampler : SamplerSettings, optional
        How to sample.
    reporter : Reporter, optional
        Told how it goes.

    Returns
    -------
    Issue

    Raises
    ------
    BeliefsError, ReportsError, LedgerError, EvidenceError
        What the user can mend.
    StatisticsError
        The fit did not pass its checks.
    """
    reporter = reporter or Silent()
    chosen = sampler or SamplerSettings()
    reporter.stage("reading the brief and its reports")
    beliefs = project.beliefs()
    ahead = beliefs.grid.horizon if horizon is None else horizon
    require_period(ahead, "horizon")
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger, texts=False, reporter=reporter)
        day = as_of_day(beliefs, record, as_of)
        key = issue_key(ledger, beliefs, record, as_of=day, sampler=chosen, horizon=ahead)
        if history:
            key["settings"][HISTORY] = True
        issued = ledger.issues.find(**key)
        fresh = issued is None
        if issued is None:
            issued = _compute(ledger, beliefs, record, key, reporter)
        previous = issue_before(ledger, issued)
        unseen = sum(r.use == "evidence" and r.reported_on > day for r in record.reports)
        outcomes = known_outcomes(ledger, as_of=day)
        seen = [report for report in record.reports if report.reported_on <= day]
        notes = ended_coverage(beliefs, record.coverage, seen)
        return Issue(issued, previous, record.changes, fresh, unseen, outcomes, notes)


def _compute(
    ledger: Ledger, beliefs: Beliefs, record: Record, key: dict[str, Any], reporter: Reporter
) -> IssuedForecast:
    """Learn the rates, read the judgements out, and issue them."""
    from forecast.inference.encoding import encode
    from forecast.inference.observations import steps_until
    from forecast.inference.sampling import read_draws
    from forecast.network import Evidence

    day: dt.date = key["as_of"]
    encoding = encode(beliefs)
    steps = steps_until(encoding, day)
    known = record.knowledge(encoding, as_of=day, steps=steps)
    indicators = len(encoding.indicators)
    evidence = known[-1] if known else Evidence.empty(steps=0, indicators=indicators)
    require_possible(encoding, evidence)
    posterior = fit_posterior(ledger, encoding, evidence, key, reporter)
    reporter.stage("reading out the judgements")
    parameters = read_draws(encoding, posterior.path)
    keep_milestones(posterior, encoding, parameters, evidence)
    payload = read_payload(encoding, record, known, parameters, key=key, fit=posterior)
    if key["settings"].get(HISTORY):
        _show_honestly(
            payload, ledger, encoding, record=record, known=known, key=key, reporter=reporter
        )
    return ledger.issues.record(
        **key, payload=payload, posterior_id=posterior.id, recorded_by=record.recorded_by
    )


def _show_honestly(
    payload: dict[str, Any],
    ledger: Ledger,
    encoding: Any,
    *,
    record: Record,
    known: Any,
    key: dict[str, Any],
    reporter: Reporter,
) -> None:
    """Put in place of each past value the one that would have been published then."""
    chosen = SamplerSettings(
        **{n: key["settings"][n] for n in SamplerSettings.__dataclass_fields__}
    )
    dates = [dt.date.fromisoformat(d) for d in payload["trajectories"][0]["date"]]
    points = honest_history(
        ledger, encoding, record, known, dates[: len(known) + 1], sampler=chosen, reporter=reporter
    )
    for trajectory in payload["trajectories"]:
        for number, point in enumerate(points[:-1]):  # the last is this forecast itself
            for name, value in point.payload["judgements"][trajectory["node"]].items():
                trajectory[name][number] = value
    payload["history"] = [
        {
            "date": point.as_of.isoformat(),
            "method": point.payload["method"],
            "pareto_k": point.payload["pareto_k"],
            "ess": point.payload["ess"],
        }
        for point in points
    ]
