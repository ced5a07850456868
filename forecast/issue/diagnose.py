"""Diagnose the last fit from the ledger."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from forecast.errors import LedgerError
from forecast.issue.issued import FitChecks
from forecast.issue.reweigh import fitted_evidence
from forecast.project.project import Project
from forecast.project.recorded import held_beliefs
from forecast.result import Result, Share, unit

if TYPE_CHECKING:
    from forecast.inference.encoding import Encoding
    from forecast.network import Parameters

__all__ = ["Diagnosis", "LevelFound", "diagnose_last"]


class JudgementError(Result):
    """By how much another seed would differ."""

    node: str
    probability: Share = Field(description="standard error of the mean over the draws")
    lo80: Share = Field(description="of the lower end of the 80 % band")
    hi80: Share = Field(description="of its upper end")


class ParameterRow(Result):
    """A parameter before and after the reports."""

    block: str = Field(
        description="`initial`, `log_hazard`, `log_hazard_ratio`, `log_rate`, `rarity`, "
        "`log_dispersion`, `level` or `log_spread`"
    )
    name: str = Field(description="such as `arms_trade: none > token` or `INDICATOR | NODE.STATE`")
    prior_mean: Annotated[float, unit("scale of the model")] = Field(
        description="logs of rates per day and of ratios; `initial` and `level` as they are"
    )
    prior_sd: Annotated[float, unit("the same")]
    posterior_mean: Annotated[float, unit("the same")]
    posterior_sd: Annotated[float, unit("the same")]
    shift: Annotated[float, unit("prior standard deviations")] = Field(
        description="posterior mean less prior mean"
    )
    contraction: Share = Field(
        description="1 less the ratio of the variances; near 0 the prior decides"
    )


class LevelFound(Result):
    """What the reports say of all stated rates together; 90 % intervals are central."""

    times: Annotated[float, unit("times")] = Field(
        description="how many times as often as stated reports of an indicator of middling rate "
        "come: the median"
    )
    times_lo90: Annotated[float, unit("times")]
    times_hi90: Annotated[float, unit("times")]
    slope: Annotated[float, unit("times")] = Field(
        description="how far apart the log rates stand, by what was stated: the median"
    )
    slope_lo90: Annotated[float, unit("times")]
    slope_hi90: Annotated[float, unit("times")]

    @classmethod
    def of(cls, encoding: Encoding, drawn: Parameters) -> LevelFound | None:
        """Read it off draws; None where the rates have no level in common."""
        level = encoding.priors.common_level
        if level is None:
            return None
        rates = drawn.log_rate[encoding.priors.rate_of]
        shift, slope = level.quantiles(rates, (0.5, 0.05, 0.95)).tolist()
        times = [math.exp(each) for each in shift]
        ends = ("", "_lo90", "_hi90")
        return cls(
            **{f"times{end}": each for end, each in zip(ends, times, strict=True)},
            **{f"slope{end}": each for end, each in zip(ends, slope, strict=True)},
        )


class Diagnosis(Result):
    """How the last fit went, and what it learnt."""

    checks: FitChecks = Field(description="the checks of the last fit, as `diagnostics` above")
    monte_carlo_error: tuple[JudgementError, ...] = Field(
        description="one for each judgement on the day of the fit: by how much another seed would "
        "differ; empty where its evidence cannot be found again"
    )
    versions: dict[str, str] = Field(
        description="what the draws were made with: Python, libraries, `c_library` (its last bits "
        "shape the draws), and `processor` with those of `fma`, `avx2`, `avx512f` that it has",
        json_schema_extra={"names": "<name>"},
    )
    common_level: LevelFound | None = Field(
        description="where the file has a `common_level`; otherwise null"
    )
    learnt: tuple[ParameterRow, ...] = Field(
        description="one for each parameter, or each of `--block`"
    )


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
    from forecast.inference.diagnostics import monte_carlo_error, prior_against_posterior
    from forecast.inference.draws import read_draws
    from forecast.inference.encoding import encode
    from forecast.inference.tracking import appraise

    with project.ledger(create=False) as ledger:
        last = next(ledger.posteriors.whole(), None)
        if last is None:
            raise LedgerError("there is no posterior to diagnose; fit one with: forecast run")
        model = ledger.models.find(last.model_fingerprint)
        encoding = encode(held_beliefs(None if model is None else model.content))
        evidence = fitted_evidence(ledger, encoding, last)
    draws = read_draws(encoding, last.path)
    errors = []
    if evidence is not None:
        now = appraise(encoding, draws, evidence).probability
        judged = {node: now[encoding.headline_rows(node)].sum(axis=0) for node in encoding.nodes}
        errors = monte_carlo_error(judged, chains=int(str(last.settings["chains"])))
    return Diagnosis(
        checks=last.diagnostics,
        monte_carlo_error=errors,
        versions=last.versions,
        common_level=LevelFound.of(encoding, draws),
        learnt=prior_against_posterior(encoding, draws),
    )
