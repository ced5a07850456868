"""Fits: draws of every rate, sampled once for the same input, and where their filter stood."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.beliefs import Beliefs, fingerprint
from forecast.errors import EvidenceError, LedgerError, StatisticsError
from forecast.ledger import Ledger, PosteriorRecord
from forecast.ledger.posteriors import written
from forecast.project.progress import Reporter
from forecast.project.sampler import SamplerSettings

if TYPE_CHECKING:
    import xarray as xr

    from forecast.inference.encoding import Encoding
    from forecast.inference.sampling import Sampler
    from forecast.network import Evidence, Parameters

__all__ = [
    "fit_posterior",
    "impossible_in_words",
    "keep_milestones",
    "milestones_of",
    "record_model",
    "refit",
    "require_possible",
]


def record_model(ledger: Ledger, beliefs: Beliefs, *, texts: bool) -> str:
    """Record the beliefs, or only their numbers, and return their fingerprint."""
    content = beliefs.model_dump(mode="json", by_alias=True)
    found = fingerprint(beliefs, texts=texts)
    return ledger.models.record(fingerprint=found, content=content).fingerprint


def require_possible(encoding: Encoding, evidence: Evidence) -> None:
    """Refuse evidence that contradicts the model outright, in words, before sampling."""
    from forecast.inference.tracking import log_likelihood

    with impossible_in_words(encoding):
        log_likelihood(encoding, encoding.priors.draw(16, seed=1), evidence)


@contextmanager
def impossible_in_words(encoding: Encoding) -> Iterator[None]:
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
    encoding: Encoding,
    evidence: Evidence,
    key: dict[str, Any],
    reporter: Reporter,
    *,
    start: PosteriorRecord | None,
) -> PosteriorRecord:
    """Fit with chains that start at the draws of an earlier fit; in full if that fails its checks.

    A full fit to the same evidence that is in the ledger is taken before any is made.
    """
    if (
        start is not None
        and ledger.posteriors.find(**_identity(ledger, encoding, evidence, key)) is None
    ):
        try:
            return fit_posterior(ledger, encoding, evidence, key, reporter, start=start)
        except StatisticsError:
            reporter.stage("the short fit failed its checks; sampling in full")
    return fit_posterior(ledger, encoding, evidence, key, reporter)


def fit_posterior(
    ledger: Ledger,
    encoding: Encoding,
    evidence: Evidence,
    key: dict[str, Any],
    reporter: Reporter,
    *,
    compiled: Sampler | None = None,
    start: PosteriorRecord | None = None,
) -> PosteriorRecord:
    """Find the posterior in the ledger, or fit it, check it and keep it.

    It belongs to the arrays that beliefs and evidence become and to the code that makes draws of
    them: a corrected sentence, or a change elsewhere in the program, needs no new fit. With a
    `forecast.inference.sampling.Sampler` that is compiled already, nothing is compiled. With the
    record of an earlier fit, its draws are the start; see `Settings.warm`.
    """
    identity = _identity(ledger, encoding, evidence, key)
    if start is not None:
        identity["settings"] |= _warm(identity["settings"]) | {"start": start.id}
    found = ledger.posteriors.find(**identity)
    if found is not None:
        return found
    from forecast.inference.diagnostics import diagnose, require_sound
    from forecast.inference.sampling import versions, write_posterior

    settings = _sampler(identity["settings"])
    tree = _sampled(encoding, evidence, settings, reporter, compiled=compiled, start=start)
    diagnostics = diagnose(tree)
    require_sound(diagnostics)
    attributes = {**identity, "as_of": key["as_of"].isoformat(), "versions": versions()}
    return ledger.posteriors.record(
        **identity,
        as_of=key["as_of"],
        versions=versions(),
        diagnostics=diagnostics.as_dict(),
        write=lambda path: write_posterior(tree, path, attributes=attributes),
    )


def _sampled(
    encoding: Encoding,
    evidence: Evidence,
    settings: Mapping[str, Any],
    reporter: Reporter,
    *,
    compiled: Sampler | None,
    start: PosteriorRecord | None,
) -> xr.DataTree:
    """Sample by what is compiled already, or else compile first."""
    from forecast.inference.sampling import Settings, fit, read_posterior

    if compiled is None:
        reporter.stage("compiling the model (the first time takes about a minute)")
    chosen = Settings(**settings)
    given: dict[str, Any] = {"progress": _staged(reporter)}
    if start is not None:
        given["start"] = read_posterior(start.path)
    if compiled is None:
        return fit(encoding, evidence, chosen, **given)
    return compiled.fit(evidence, chosen, **given)


def _identity(
    ledger: Ledger, encoding: Encoding, evidence: Evidence, key: dict[str, Any]
) -> dict[str, Any]:
    """Say what tells the full fit of a forecast from all others."""
    from forecast.inference.draws import (
        encoded_fingerprint,
        observed_fingerprint,
        sampler_fingerprint,
    )

    model = encoded_fingerprint(encoding)
    content = encoding.beliefs.model_dump(mode="json", by_alias=True)
    sampler = {name: key["settings"][name] for name in SamplerSettings.__dataclass_fields__}
    return {
        "model_fingerprint": ledger.models.record(fingerprint=model, content=content).fingerprint,
        "evidence_fingerprint": observed_fingerprint(encoding, evidence),
        "settings": {**sampler, "engine": sampler_fingerprint()},
    }


def _sampler(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Take what the sampler is told out of the settings of a fit."""
    return {k: v for k, v in settings.items() if k not in ("engine", "start")}


def _warm(settings: Mapping[str, Any]) -> dict[str, Any]:
    from forecast.inference.sampling import Settings

    return Settings(**_sampler(settings)).warm().as_dict()


def _staged(reporter: Reporter) -> Callable[[int, int], None]:
    """Announce sampling with its first progress, since compiling gives no sign of its end."""
    begun: list[bool] = []

    def progress(done: int, total: int) -> None:
        if not begun:
            begun.append(True)
            reporter.stage("sampling the posterior")
        reporter.progress(done, total)

    return progress


def milestones_of(record: PosteriorRecord) -> Path:
    """Give the file of the milestones of a fit, whether it is there or not."""
    return record.path.parent.with_name("milestones") / f"{record.id}.npz"


def keep_milestones(
    record: PosteriorRecord, encoding: Encoding, parameters: Parameters, evidence: Evidence
) -> None:
    """Lay the milestones of a fit in place of those of earlier fits, if they are not there yet.

    Where they cannot be written, an update filters from the start.

    Parameters
    ----------
    record : PosteriorRecord
        The fit.
    encoding, parameters
        The model and the draws of the fit.
    evidence : Evidence
        What the fit saw.
    """
    from forecast.inference.milestones import lay_milestones, write_milestones

    file = milestones_of(record)
    if file.is_file():
        return
    laid = lay_milestones(encoding, parameters, evidence)
    try:
        with written(
            file.parent, lambda passing: write_milestones(passing, laid), suffix=file.suffix
        ) as passing:
            passing.replace(file)
        for other in file.parent.glob(f"*{file.suffix}"):
            if other != file:
                other.unlink(missing_ok=True)
    except (LedgerError, OSError):
        return  # an update filters from the start
