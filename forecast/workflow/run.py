"""The main job: from the brief and its reports to an issued forecast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forecast.beliefs import Beliefs
from forecast.ledger import IssuedForecast, Ledger, SyncResult
from forecast.workflow.arriving import ended_coverage
from forecast.workflow.fitting import (
    SamplerSettings,
    fit_posterior,
    require_possible,
)
from forecast.workflow.history import honest_history
from forecast.workflow.issuing import HISTORY, issue_before, issue_key, read_payload
from forecast.workflow.milestones import keep_milestones
from forecast.workflow.outcomes import known_outcomes, with_outcomes, with_words
from forecast.workflow.progress import Reporter, Silent
from forecast.workflow.project import Project, Record, as_of_day, require_period

__all__ = ["Issue", "run"]


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
    told = reporter or Silent()
    chosen = sampler or SamplerSettings()
    told.stage("reading the brief and its reports")
    beliefs = project.beliefs()
    ahead = beliefs.grid.horizon if horizon is None else horizon
    require_period(ahead, "horizon")
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
        day = as_of_day(beliefs, record, as_of)
        key = issue_key(ledger, beliefs, record, as_of=day, sampler=chosen, horizon=ahead)
        if history:
            key["settings"][HISTORY] = True
        issued = ledger.find_issue(**key)
        fresh = issued is None
        if issued is None:
            issued = _compute(ledger, beliefs, record, key, told)
        previous = issue_before(ledger, issued)
        unseen = sum(r.use == "evidence" and r.reported_on > day for r in record.reports)
        outcomes = known_outcomes(ledger, as_of=day)
        seen = [report for report in record.reports if report.reported_on <= day]
        notes = ended_coverage(beliefs, record.coverage, seen)
        return Issue(issued, previous, record.changes, fresh, unseen, outcomes, notes)


def _compute(
    ledger: Ledger, beliefs: Beliefs, record: Record, key: dict[str, Any], told: Reporter
) -> IssuedForecast:
    """Learn the rates, read the judgements out, and issue them."""
    from forecast.inference.draws import read_draws
    from forecast.inference.encoding import encode
    from forecast.inference.observations import steps_until
    from forecast.inference.tracking import knowledge
    from forecast.network import Evidence

    day: dt.date = key["as_of"]
    encoding = encode(beliefs)
    steps = steps_until(encoding, day)
    known = knowledge(encoding, record.reports, record.coverage, as_of=day, steps=steps)
    indicators = len(encoding.indicators)
    evidence = known[-1] if known else Evidence.empty(steps=0, indicators=indicators)
    require_possible(encoding, evidence)
    posterior = fit_posterior(ledger, encoding, evidence, key, told)
    told.stage("reading out the judgements")
    parameters = read_draws(encoding, posterior.path)
    keep_milestones(posterior, encoding, parameters, evidence)
    payload = read_payload(encoding, record, known, parameters, key=key, fit=posterior)
    if key["settings"].get(HISTORY):
        _show_honestly(payload, ledger, encoding, record=record, known=known, key=key, told=told)
    return ledger.issue(
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
    told: Reporter,
) -> None:
    """Put in place of each past value the one that would have been published then."""
    chosen = SamplerSettings(
        **{n: key["settings"][n] for n in SamplerSettings.__dataclass_fields__}
    )
    dates = [dt.date.fromisoformat(d) for d in payload["trajectories"][0]["date"]]
    points = honest_history(
        ledger, encoding, record, known, dates[: len(known) + 1], sampler=chosen, told=told
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
