"""Diagnose the last fit from the ledger."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from forecast.errors import LedgerError
from forecast.issue.issued import FitChecks
from forecast.issue.reweigh import fitted_evidence
from forecast.project.project import Project
from forecast.project.recorded import held_beliefs
from forecast.result import Result, Share, unit

__all__ = ["Diagnosis", "diagnose_last"]


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
        learnt=prior_against_posterior(encoding, draws),
    )
