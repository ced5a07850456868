"""Where the last forecast stands: its model, draws and evidence, taken back out of the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forecast.beliefs import Beliefs, CoverageWindow, Report
from forecast.beliefs.announcements import Announcement
from forecast.errors import LedgerError
from forecast.issue.issued import recall
from forecast.issue.reweigh import fitted_evidence, recorded
from forecast.issue.run import Issue
from forecast.ledger import IssuedForecast
from forecast.names import require_known
from forecast.project.case import held_beliefs
from forecast.project.project import Project

if TYPE_CHECKING:
    from forecast.inference.encoding import Encoding
    from forecast.inference.reweighting import Weights
    from forecast.network import Evidence, Parameters

__all__ = ["HeldIssue", "held_issue", "require_node"]


@dataclass(frozen=True, eq=False)
class HeldIssue:
    """An issued forecast with everything it was read from.

    Attributes
    ----------
    issue : Issue
        The forecast.
    encoding : Encoding
        The beliefs it was made with, as arrays.
    parameters : Parameters
        Draws of every rate.
    weights : Weights
        Of the draws: equal, unless the draws are from a fit to other reports.
    reports, coverage, announcements : sequence
        As the ledger held them then.
    evidence : Evidence
        The same on the grid.
    fitted : Evidence
        What the draws were learnt from: the same, unless they are weighed.
    """

    issue: Issue
    encoding: Encoding
    parameters: Parameters
    weights: Weights
    reports: Sequence[Report]
    coverage: Sequence[CoverageWindow]
    announcements: Sequence[Announcement]
    evidence: Evidence
    fitted: Evidence

    @property
    def issued(self) -> IssuedForecast:
        """Its record in the ledger."""
        return self.issue.issued

    @property
    def as_of(self) -> dt.date:
        """Date of the evidence."""
        return self.issued.as_of

    def thinned(self, most: int | None) -> tuple[Parameters, Weights]:
        """Give evenly spaced draws, about `most` of them or all, with their weights."""
        some = self.parameters.thin(most or self.parameters.draws)
        share = self.weights.weights[some]
        share = share / share.sum()
        kept = replace(self.weights, weights=share, ess=float(1.0 / (share**2).sum()))
        return self.parameters.take(some), kept


def require_node(beliefs: Beliefs, node: str) -> None:
    """Refuse a node that is not in the file, with the nearest name.

    Raises
    ------
    BeliefsError
        If there is no such node.
    """
    require_known(node, beliefs.nodes, what="node")


def held_issue(
    project: Project, *, as_of: dt.date | None = None, issue: Issue | None = None
) -> HeldIssue:
    """Take a forecast out of the ledger, with its draws and evidence; by default the last.

    Nothing is sampled. The files of the project are not read: what is looked at is the forecast as
    it was issued.

    Parameters
    ----------
    project : Project
        Where the ledger is.
    as_of : datetime.date, optional
        Of exactly this day; by default of the latest day.
    issue : Issue, optional
        Which forecast; by default the last one of that day.

    Raises
    ------
    LedgerError
        If none was issued, or its draws are gone.
    """
    from forecast.inference.encoding import encode
    from forecast.inference.observations import observe
    from forecast.inference.sampling import observed_fingerprint, read_draws

    issue = issue or recall(project, as_of=as_of)
    issued = issue.issued
    with project.ledger(create=False) as ledger:
        model = ledger.models.find(issued.model_fingerprint)
        draws = ledger.posteriors.get(issued.posterior_id)
        if model is None or draws is None:
            raise LedgerError(
                f"the draws of issue {issued.id[:7]} are gone; make them anew with: forecast run"
            )
        beliefs = held_beliefs(model.content)
        reports, coverage, announcements = recorded(ledger, beliefs, issued.recorded_by)
        encoding = encode(beliefs)
        evidence = observe(
            encoding, reports, coverage, as_of=issued.as_of, announcements=announcements
        )
        # the rows of the issue are what earlier fits are known by
        prints = (observed_fingerprint(encoding, evidence), issued.evidence_fingerprint)
        same = draws.evidence_fingerprint in prints or draws.as_of is None
        fitted = None if same else fitted_evidence(ledger, encoding, draws)
    if fitted is None and not same:
        raise LedgerError(
            f"what posterior {draws.id[:7]} was fitted to cannot be found again; fit anew with: "
            "forecast run"
        )
    parameters = read_draws(encoding, draws.path)
    return HeldIssue(
        issue=issue,
        encoding=encoding,
        parameters=parameters,
        weights=_weights(encoding, parameters, evidence, fitted),
        reports=reports,
        coverage=coverage,
        announcements=announcements,
        evidence=evidence,
        fitted=fitted or evidence,
    )


def _weights(
    encoding: Encoding, parameters: Parameters, evidence: Evidence, fitted: Evidence | None
) -> Weights:
    """Weigh the draws by the likelihood of what the fit had not seen, if there is any."""
    from forecast.inference.reweighting import Weights, smooth_weights
    from forecast.inference.tracking import appraise_each

    if fitted is None:
        return Weights.equal(parameters.draws)
    now, then = appraise_each(encoding, parameters, [evidence, fitted])
    return smooth_weights(now.log_likelihood - then.log_likelihood)
