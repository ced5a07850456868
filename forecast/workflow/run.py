"""The main job: from the brief and its reports to an issued forecast."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any, Protocol

from forecast.beliefs import Beliefs, fingerprint
from forecast.errors import BeliefsError, EvidenceError, StatisticsError
from forecast.ledger import (
    IssuedForecast,
    Ledger,
    PosteriorRecord,
    SyncResult,
    evidence_fingerprint,
)
from forecast.workflow.milestones import keep_milestones
from forecast.workflow.outcomes import known_outcomes, with_outcomes
from forecast.workflow.project import Project, Record, as_of_day

__all__ = [
    "Issue",
    "Reporter",
    "SamplerSettings",
    "Silent",
    "code_fingerprint",
    "engine_fingerprint",
    "fit_posterior",
    "record_model",
    "refit",
    "require_possible",
    "run",
]

_LONGEST = 3653.0  # ten years, in days


class Reporter(Protocol):
    """Somebody who is told how a long job goes."""

    def stage(self, text: str) -> None:
        """Begin a stage of the work."""

    def progress(self, done: int, total: int) -> None:
        """Tell how far the stage is."""


class Silent:
    """Nobody is told."""

    def stage(self, text: str) -> None:
        """Say nothing."""

    def progress(self, done: int, total: int) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class SamplerSettings:
    """How to sample; see `forecast.inference.sampling.Settings`, which this becomes."""

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int = 1


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
    """

    issued: IssuedForecast
    previous: IssuedForecast | None
    changes: SyncResult
    fresh: bool
    unseen: int
    outcomes: Mapping[str, tuple[str, dt.date]] = field(default_factory=dict)

    @property
    def payload(self) -> Mapping[str, Any]:
        """What the forecast says, with the outcomes of its questions beside it."""
        return with_outcomes(self.issued.payload, self.outcomes)


@cache
def engine_fingerprint() -> str:
    """Fingerprint of the code that decides a forecast, so that no stale one is shown for it."""
    return code_fingerprint("beliefs", "network", "inference", "analysis")


def code_fingerprint(*packages: str) -> str:
    """Fingerprint of the code of some packages of `forecast`."""
    digest = sha256()
    for package in packages:
        folder = resources.files("forecast") / package
        for file in sorted(folder.iterdir(), key=lambda f: f.name):
            if file.name.endswith(".py"):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def run(
    project: Project,
    *,
    as_of: dt.date | None = None,
    horizon: float | None = None,
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
    days = beliefs.grid.horizon if horizon is None else _require_horizon(horizon)
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
        day = as_of_day(beliefs, record, as_of)
        model = record_model(ledger, beliefs, texts=True)
        key: dict[str, Any] = {
            "as_of": day,
            "model_fingerprint": model,
            "evidence_fingerprint": evidence_fingerprint(
                record.reports, record.coverage, as_of=day
            ),
            "settings": {**vars(chosen), "horizon": days, "engine": engine_fingerprint()},
        }
        if history:
            key["settings"]["history"] = True
        issued = ledger.find_issue(**key)
        fresh = issued is None
        if issued is None:
            issued = _compute(ledger, beliefs, record, key, told)
        previous = ledger.last_issue(before=issued.issued_at, as_of=day)
        unseen = sum(r.use == "evidence" and r.reported_on > day for r in record.reports)
        outcomes = known_outcomes(ledger, as_of=day)
        return Issue(issued, previous, record.changes, fresh, unseen, outcomes)


def _require_horizon(days: float) -> float:
    """Refuse a horizon that is not positive or longer than ten years."""
    if not 0 < days <= _LONGEST:
        raise BeliefsError(f"a horizon of {days:g} days came; allowed: up to 10 years")
    return days


def record_model(ledger: Ledger, beliefs: Beliefs, *, texts: bool) -> str:
    """Record the beliefs, or only their numbers, and return their fingerprint."""
    content = beliefs.model_dump(mode="json", by_alias=True)
    found = fingerprint(beliefs, texts=texts)
    return ledger.record_model(fingerprint=found, content=content).fingerprint


def _compute(
    ledger: Ledger, beliefs: Beliefs, record: Record, key: dict[str, Any], told: Reporter
) -> IssuedForecast:
    """Learn the rates, read the judgements out, and issue them."""
    from forecast.analysis.payload import build_payload
    from forecast.analysis.readout import read_out
    from forecast.inference.draws import read_draws
    from forecast.inference.encoding import encode
    from forecast.inference.observations import happenings, steps_until
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
    ahead = math.ceil(key["settings"]["horizon"] / encoding.step)
    seed = key["settings"]["seed"]
    reading = read_out(encoding, parameters, known, as_of=day, horizon=ahead, seed=seed)
    events = happenings(encoding, record.reports, as_of=day)
    payload = build_payload(encoding, reading, events, as_of=day)
    payload["diagnostics"] = dict(posterior.diagnostics)
    if key["settings"].get("history"):
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
    from forecast.workflow.history import honest_history

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


def require_possible(encoding: Any, evidence: Any) -> None:
    """Refuse evidence that contradicts the model outright, in words, before sampling."""
    from forecast.inference.tracking import log_likelihood

    with impossible_in_words(encoding):
        log_likelihood(encoding, encoding.priors.draw(16, seed=1), evidence)


@contextmanager
def impossible_in_words(encoding: Any) -> Iterator[None]:
    """Say of evidence that no state can produce which step and which indicators it is about."""
    from forecast.inference.observations import date_of_step
    from forecast.network import ImpossibleEvidenceError

    try:
        yield
    except ImpossibleEvidenceError as error:
        names = ", ".join(encoding.indicators[k] for k in error.indicators)
        ends = date_of_step(encoding, error.step + 1)
        raise EvidenceError(
            f"no state of the model can produce the step to {ends}: {names}; check the reports "
            "and coverage of these indicators, and the hazards that would lead there"
        ) from None


def refit(
    ledger: Ledger,
    encoding: Any,
    evidence: Any,
    key: dict[str, Any],
    told: Reporter,
    *,
    start: PosteriorRecord | None,
) -> PosteriorRecord:
    """Fit with chains that start at the draws of an earlier fit; in full if that fails its checks.

    A full fit to the same evidence that is in the ledger is taken before any is made.
    """
    if start is not None and ledger.find_posterior(**_identity(ledger, encoding, key)) is None:
        try:
            return fit_posterior(ledger, encoding, evidence, key, told, start=start)
        except StatisticsError:
            told.stage("the short fit failed its checks; sampling in full")
    return fit_posterior(ledger, encoding, evidence, key, told)


def fit_posterior(
    ledger: Ledger,
    encoding: Any,
    evidence: Any,
    key: dict[str, Any],
    told: Reporter,
    *,
    compiled: Any = None,
    start: PosteriorRecord | None = None,
) -> PosteriorRecord:
    """Find the posterior in the ledger, or fit it, check it and keep it.

    It belongs to the numbers of the beliefs: a corrected sentence needs no new fit. With a
    `forecast.inference.sampling.Sampler` that is compiled already, nothing is compiled. With the
    record of an earlier fit, its draws are the start; see `Settings.warm`.
    """
    identity = _identity(ledger, encoding, key)
    if start is not None:
        identity["settings"] |= _warm(identity["settings"]) | {"start": start.id}
    found = ledger.find_posterior(**identity)
    if found is not None:
        return found
    from forecast.inference.diagnostics import diagnose, require_sound
    from forecast.inference.sampling import Settings, fit, read_posterior, versions, write_posterior

    if compiled is None:
        told.stage("compiling the model (the first time takes about a minute)")
    settings = Settings(**_sampler(identity["settings"]))
    given: dict[str, Any] = {"progress": _staged(told)}
    if start is not None:
        given["start"] = read_posterior(start.path)
    if compiled is None:
        tree = fit(encoding, evidence, settings, **given)
    else:
        tree = compiled.fit(evidence, settings, **given)
    diagnostics = diagnose(tree)
    require_sound(diagnostics)
    attributes = {**identity, "as_of": key["as_of"].isoformat(), "versions": versions()}
    return ledger.record_posterior(
        **identity,
        as_of=key["as_of"],
        versions=versions(),
        diagnostics=diagnostics.as_dict(),
        write=lambda path: write_posterior(tree, path, attributes=attributes),
    )


def _identity(ledger: Ledger, encoding: Any, key: dict[str, Any]) -> dict[str, Any]:
    """Say what tells the full fit of a forecast from all others."""
    return {
        "model_fingerprint": record_model(ledger, encoding.beliefs, texts=False),
        "evidence_fingerprint": key["evidence_fingerprint"],
        "settings": {k: v for k, v in key["settings"].items() if k not in ("horizon", "history")},
    }


def _sampler(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Take what the sampler is told out of the settings of a fit."""
    return {k: v for k, v in settings.items() if k not in ("engine", "start")}


def _warm(settings: Mapping[str, Any]) -> dict[str, Any]:
    from forecast.inference.sampling import Settings

    return Settings(**_sampler(settings)).warm().as_dict()


def _staged(told: Reporter) -> Callable[[int, int], None]:
    """Announce sampling with its first progress, since compiling gives no sign of its end."""
    begun: list[bool] = []

    def progress(done: int, total: int) -> None:
        if not begun:
            begun.append(True)
            told.stage("sampling the posterior")
        told.progress(done, total)

    return progress
