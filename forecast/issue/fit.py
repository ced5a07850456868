"""Fits: draws of every rate, sampled once for the same input, and the honest history made of them.

At each step the history gives the probability as it would have been published then.
A chain: draws of an earlier fit are weighed by what became known since; when the weights can no
longer be trusted, the rates are sampled anew from what was known then. It starts with draws from
the priors. Every point is kept, so that tomorrow only tomorrow is computed.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.beliefs import Beliefs, fingerprint
from forecast.errors import EvidenceError, LedgerError, StatisticsError
from forecast.fingerprints import code_fingerprint
from forecast.ledger import (
    HistoryPoint,
    Ledger,
    PosteriorRecord,
    content_hash,
    evidence_fingerprint,
)
from forecast.ledger.forecasts import written
from forecast.project.project import Record
from forecast.project.sampler import Reporter, SamplerSettings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import xarray as xr

    from forecast.analysis.anchoring import Anchoring
    from forecast.inference.encoding import Encoding
    from forecast.inference.sampling import Sampler
    from forecast.inference.tracking import Appraisal
    from forecast.network import Evidence, Parameters

    Floats = npt.NDArray[np.float64]

__all__ = [
    "Chain",
    "fit_posterior",
    "honest_history",
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
    from forecast.inference.sampling import (
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
    from forecast.inference.tracking import lay_milestones, write_milestones

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


#: A chain of fits of one model needs less warm-up than a single one; a fit that fails its checks
#: is made again with the whole of it.
_SHORT_TUNE = 300
_PRIOR = "prior"


def honest_history(
    ledger: Ledger,
    encoding: Encoding,
    record: Record,
    known: Sequence[Evidence],
    dates: Sequence[dt.date],
    *,
    sampler: SamplerSettings,
    reporter: Reporter,
) -> list[HistoryPoint]:
    """Work out the points that are not in the ledger yet, and return all of them.

    Parameters
    ----------
    ledger : Ledger
    encoding : Encoding
    record : Record
        Reports and coverage.
    known : sequence of Evidence
        What was known at the end of each step, from `knowledge`.
    dates : sequence of datetime.date
        The brief's date, then the end of each step; one more than `known`.
    sampler : SamplerSettings
        Of the fits in the chain.
    reporter : Reporter

    Returns
    -------
    list of HistoryPoint
        One for each date.
    """
    chain = Chain(ledger, encoding, record, sampler, reporter)
    out = []
    reporter.stage("working out the history")
    for step, date in enumerate(dates):
        evidence = known[step - 1] if step else _nothing(encoding)
        out.append(chain.point(date, evidence))
        reporter.progress(step + 1, len(dates))
    return out


def _nothing(encoding: Encoding) -> Evidence:
    from forecast.network import Evidence

    return Evidence.empty(steps=0, indicators=len(encoding.indicators))


@dataclass(eq=False)
class Chain:
    """Where the chain stands: the fit whose draws are in use, and the evidence it saw.

    With `questions` every point holds the answers to the questions of the beliefs, too; with
    `looking`, which gives how probable a report is of what happens in each step to come (H, K) as
    known on a day, how probable each indicator is in the record within these steps.
    """

    ledger: Ledger
    encoding: Encoding
    record: Record
    sampler: SamplerSettings
    reporter: Reporter
    questions: bool = False
    looking: Callable[[Evidence, dt.date], Floats] | None = None
    base: str = _PRIOR
    fitted: Evidence | None = None
    loaded: tuple[str, Parameters, Any] | None = None
    compiled: Any = None
    model: str = field(init=False)
    anchoring: Anchoring = field(init=False)

    def __post_init__(self) -> None:
        self.anchoring = self.record.anchoring(self.encoding, seed=self.sampler.seed)
        self.model = record_model(self.ledger, self.encoding.beliefs, texts=False)

    def point(self, date: dt.date, evidence: Evidence) -> HistoryPoint:
        """Take a point out of the ledger, or work it out and record it."""
        looked = None if self.looking is None else self.looking(evidence, date)
        key: dict[str, Any] = {
            "as_of": date,
            "model_fingerprint": self.model,
            "evidence_fingerprint": evidence_fingerprint(
                self.record.reports, self.record.coverage, self.record.announcements, as_of=date
            ),
            "settings": {
                **vars(self.sampler),
                "engine": code_fingerprint(__name__),
                **self._asked(date, looked),
            },
            "base": self.base,
        }
        found = self.ledger.history.find(**key)
        if found is None:
            payload = self._work_out(key, evidence, looked)
            posterior = None if self.base == _PRIOR else self.base
            self.ledger.history.record(**key, posterior_id=posterior, payload=payload)
            found = self.ledger.history.find(**key)
            assert found is not None
        if found.posterior_id not in (None, self.base):
            self.base, self.fitted = str(found.posterior_id), evidence
        elif found.payload["method"] == "refitted":
            self.fitted = evidence
        return found

    def _asked(self, day: dt.date, looked: Floats | None) -> dict[str, str]:
        """Tell points with answers to these questions from others."""
        asked = {}
        if self.questions:
            asked["questions"] = fingerprint(self.encoding.beliefs)
            asked |= self.record.crowd_by(day)
        if looked is not None:
            asked["looking"] = content_hash(looked.tolist())
        return asked

    def _chances(
        self, parameters: Parameters, weights: Any, evidence: Evidence, detection: Floats
    ) -> dict[str, list[float]]:
        from forecast.analysis.answering import chances_of_report

        found = chances_of_report(self.encoding, parameters, evidence, detection, weights=weights)
        return {name: [round(p, 6) for p in chances] for name, chances in found.items()}

    def _answers(
        self, parameters: Parameters, weights: Any, evidence: Evidence, day: dt.date
    ) -> list[dict[str, Any]]:
        from forecast.analysis.anchoring import kappas
        from forecast.analysis.answering import answers
        from forecast.analysis.readout import question_row

        beliefs = self.encoding.beliefs
        anchors = self.anchoring.at(parameters, evidence, as_of=day, weights=weights)
        found = answers(
            self.encoding, parameters, evidence, beliefs.questions,
            as_of=day, weights=weights, kappa=kappas(anchors),
        )  # fmt: skip
        rows = [question_row(beliefs, one, anchors.get(one.name)) for one in found]
        return [{k: v for k, v in row.items() if k != "curve"} for row in rows]

    def _work_out(
        self, key: Mapping[str, Any], evidence: Evidence, looked: Floats | None
    ) -> dict[str, Any]:
        from forecast.inference.reweighting import Weights, smooth_weights
        from forecast.inference.tracking import appraise

        parameters, before = self._draws()
        seen = appraise(self.encoding, parameters, evidence)
        weights = smooth_weights(seen.log_likelihood - before)
        tried, method = weights, "reweighted"
        if not weights.sound:
            self._refit(key, evidence)
            parameters, _ = self._draws()
            seen = appraise(self.encoding, parameters, evidence)
            weights, method = Weights.equal(parameters.draws), "refitted"
        out: dict[str, Any] = {
            "method": method,
            "pareto_k": None if math.isnan(tried.pareto_k) else round(tried.pareto_k, 3),
            "ess": round(tried.ess, 1),
            "judgements": self._judgements(seen, weights.weights),
        }
        if self.questions:
            out["questions"] = self._answers(parameters, weights.weights, evidence, key["as_of"])
        if looked is not None:
            out["chances"] = self._chances(parameters, weights.weights, evidence, looked)
        return out

    def _draws(self) -> tuple[Parameters, Any]:
        """Give the draws in use, and the log-likelihood of what their fit saw."""
        from forecast.inference.sampling import read_draws
        from forecast.inference.tracking import appraise

        if self.loaded is None or self.loaded[0] != self.base:
            if self.base == _PRIOR:
                number = self.sampler.draws * self.sampler.chains
                drawn = self.encoding.priors.draw(number, seed=self.sampler.seed)
                self.loaded = (_PRIOR, drawn, 0.0)
            else:
                record = self.ledger.posteriors.get(self.base)
                if record is None:
                    raise LedgerError(
                        f"the draws {self.base} that the history goes on from are gone; put "
                        ".forecast/posteriors back from a copy"
                    )
                drawn = read_draws(self.encoding, record.path)
                assert self.fitted is not None
                seen = appraise(self.encoding, drawn, self.fitted)
                self.loaded = (self.base, drawn, seen.log_likelihood)
        return self.loaded[1], self.loaded[2]

    def _refit(self, key: Mapping[str, Any], evidence: Evidence) -> None:
        from forecast.errors import StatisticsError
        from forecast.inference.sampling import Sampler

        if self.compiled is None:
            self.reporter.stage("compiling the model (the first time takes about a minute)")
            self.compiled = Sampler(self.encoding)
        settings = vars(self.sampler)
        start = self.ledger.posteriors.get(self.base)
        # the draws of the prior are no fit to start at; there a shorter warm-up comes first
        first = settings if start else {**settings, "tune": min(_SHORT_TUNE, self.sampler.tune)}
        for wanted, begin in ((first, start), (settings, None)):
            try:
                fitted = fit_posterior(
                    *(
                        self.ledger,
                        self.encoding,
                        evidence,
                        {**key, "settings": wanted},
                        self.reporter,
                    ),
                    compiled=self.compiled,
                    start=begin,
                )
            except StatisticsError:
                if (wanted, begin) == (settings, None):
                    raise
                continue
            self.base, self.fitted = fitted.id, evidence
            return

    def _judgements(self, seen: Appraisal, weights: Any) -> dict[str, dict[str, float]]:
        from forecast.analysis.answering import band_of

        out = {}
        for node in self.encoding.nodes:
            rows = self.encoding.headline_rows(node)
            draws = seen.probability[rows].sum(axis=0).clip(0.0, 1.0)
            band = band_of(draws, weights)
            out[node] = {name: round(value, 6) for name, value in vars(band).items()}
        return out
