"""The honest history: at each step the probability as it would have been published then.

A chain: draws of an earlier fit are weighed by what became known since; when the weights can no
longer be trusted, the rates are sampled anew from what was known then. It starts with draws from
the priors. Every point is kept, so that tomorrow only tomorrow is computed.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from forecast.beliefs import fingerprint
from forecast.errors import LedgerError
from forecast.fingerprints import code_fingerprint
from forecast.issue.fit import fit_posterior, record_model
from forecast.ledger import HistoryPoint, Ledger, content_hash, evidence_fingerprint
from forecast.project.progress import Reporter
from forecast.project.project import Record
from forecast.project.sampler import SamplerSettings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from forecast.analysis.anchoring import Anchoring
    from forecast.inference.encoding import Encoding
    from forecast.inference.tracking import Appraisal
    from forecast.network import Evidence, Parameters

    Floats = npt.NDArray[np.float64]

__all__ = ["Chain", "honest_history"]

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
        key: dict[str, Any] = {
            "as_of": date,
            "model_fingerprint": self.model,
            "evidence_fingerprint": evidence_fingerprint(
                self.record.reports, self.record.coverage, self.record.announcements, as_of=date
            ),
            "settings": {
                **vars(self.sampler),
                "engine": code_fingerprint(__name__),
                **self._asked(evidence, date),
            },
            "base": self.base,
        }
        found = self.ledger.history.find(**key)
        if found is None:
            payload = self._work_out(key, evidence)
            posterior = None if self.base == _PRIOR else self.base
            self.ledger.history.record(**key, posterior_id=posterior, payload=payload)
            found = self.ledger.history.find(**key)
            assert found is not None
        if found.posterior_id not in (None, self.base):
            self.base, self.fitted = str(found.posterior_id), evidence
        elif found.payload["method"] == "refitted":
            self.fitted = evidence
        return found

    def _asked(self, evidence: Evidence, day: dt.date) -> dict[str, str]:
        """Tell points with answers to these questions from others."""
        asked = {}
        if self.questions:
            asked["questions"] = fingerprint(self.encoding.beliefs)
            asked |= self.record.crowd_by(day)
        if self.looking is not None:
            asked["looking"] = content_hash(self.looking(evidence, day).tolist())
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
        from forecast.analysis.payload import question_row

        beliefs = self.encoding.beliefs
        anchors = self.anchoring.at(parameters, evidence, as_of=day, weights=weights)
        found = answers(
            self.encoding, parameters, evidence, beliefs.questions,
            as_of=day, weights=weights, kappa=kappas(anchors),
        )  # fmt: skip
        rows = [question_row(beliefs, one, anchors.get(one.name)) for one in found]
        return [{k: v for k, v in row.items() if k != "curve"} for row in rows]

    def _work_out(self, key: Mapping[str, Any], evidence: Evidence) -> dict[str, Any]:
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
        if self.looking is not None:
            detection = self.looking(evidence, key["as_of"])
            out["chances"] = self._chances(parameters, weights.weights, evidence, detection)
        return out

    def _draws(self) -> tuple[Parameters, Any]:
        """Give the draws in use, and the log-likelihood of what their fit saw."""
        from forecast.inference.draws import read_draws
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
        from forecast.analysis.bands import band_of

        out = {}
        for node in self.encoding.nodes:
            rows = self.encoding.headline_rows(node)
            draws = seen.probability[rows].sum(axis=0).clip(0.0, 1.0)
            band = band_of(draws, weights)
            out[node] = {name: round(value, 6) for name, value in vars(band).items()}
        return out
