"""Diagnostics that decide: a fit that fails is never shown as if it were fine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from forecast import dims
from forecast.errors import StatisticsError
from forecast.inference.encoding import Encoding
from forecast.inference.quick import WEIGHED
from forecast.network import Evidence, Parameters

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Diagnostics",
    "Learnt",
    "MonteCarloError",
    "arviz_tree",
    "diagnose",
    "monte_carlo_error",
    "prior_against_posterior",
    "require_sound",
]

#: Effective sample size that the weights of draws which come from no chain have to have.
MIN_WEIGHTED = 100.0
MAX_R_HAT = 1.01
MIN_ESS = 400.0


@dataclass(frozen=True)
class Diagnostics:
    """What the chains say about themselves.

    Attributes
    ----------
    r_hat : float
        Largest rank-normalised split R-hat (Vehtari et al. 2021).
    ess_bulk, ess_tail : float
        Smallest effective sample sizes.
    divergences : int
        Divergent transitions after warm-up.
    worst : str
        The parameter with the largest R-hat; empty for draws that come from no chain, but were
        weighed, one by one, and whose effective sample sizes are those of the weights.
    draws : int
        Draws over all chains.
    """

    r_hat: float
    ess_bulk: float
    ess_tail: float
    divergences: int
    worst: str
    draws: int

    @property
    def problems(self) -> list[str]:
        """Why the fit may not be used; empty if it may."""
        checks = (
            (not self.r_hat <= MAX_R_HAT, f"R-hat {self.r_hat:.3f} > {MAX_R_HAT} at {self.worst}"),
            (not self.ess_bulk >= self.least, f"bulk ESS {self.ess_bulk:.0f} < {self.least:.0f}"),
            (not self.ess_tail >= self.least, f"tail ESS {self.ess_tail:.0f} < {self.least:.0f}"),
            (self.divergences > 0, f"{self.divergences} divergent transitions"),
        )
        return [text for failed, text in checks if failed]

    @property
    def least(self) -> float:
        """Effective draws that are asked for."""
        return MIN_ESS if self.worst else MIN_WEIGHTED

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the ledger and for ``--json``.

        Rounded, so that a last bit that differs between processors makes no other issue.
        """
        plain = {k: round(v, 6) if isinstance(v, float) else v for k, v in asdict(self).items()}
        return {**plain, "problems": self.problems}


@dataclass(frozen=True)
class Learnt:
    """One parameter before and after the reports.

    Attributes
    ----------
    block, name : str
        Variable and coordinate.
    prior_mean, prior_sd, posterior_mean, posterior_sd : float
        On the scale of the model (logs of rates and ratios).
    shift : float
        ``(posterior_mean - prior_mean) / prior_sd``.
    contraction : float
        ``1 - (posterior_sd / prior_sd)^2``; near 0 means that the prior decides.
    """

    block: str
    name: str
    prior_mean: float
    prior_sd: float
    posterior_mean: float
    posterior_sd: float
    shift: float
    contraction: float


@dataclass(frozen=True)
class MonteCarloError:
    """How far what is printed of a judgement would lie from one seed to another.

    Attributes
    ----------
    node : str
    probability, lo80, hi80 : float
        Standard errors of the mean over the draws, and of the ends of the 80 % band.
    """

    node: str
    probability: float
    lo80: float
    hi80: float


def monte_carlo_error(
    judgements: Mapping[str, npt.NDArray[np.float64]], *, chains: int
) -> list[MonteCarloError]:
    """Estimate the Monte Carlo standard errors of judgements (Vehtari et al. 2021).

    Parameters
    ----------
    judgements : mapping of (D,) arrays
        The probability of each node's headline in every draw, chains one after the other.
    chains : int
    """
    from arviz_stats import mcse

    def error(draws: npt.NDArray[np.float64], **of: Any) -> float:
        return float(np.nan_to_num(mcse(draws.reshape(chains, -1), **of)))  # none in equal draws

    ends = [{"method": "quantile", "prob": prob} for prob in (0.10, 0.90)]
    return [
        MonteCarloError(node, error(draws), *(error(draws, **end) for end in ends))
        for node, draws in judgements.items()
    ]


def diagnose(tree: xr.DataTree) -> Diagnostics:
    """Check the chains of a fit.

    Parameters
    ----------
    tree : xarray.DataTree
        From `forecast.inference.sampling.fit`.

    Returns
    -------
    Diagnostics
    """
    import arviz_stats

    posterior = tree["posterior"].to_dataset()
    number = posterior.sizes[dims.CHAIN] * posterior.sizes[dims.DRAW]
    if (ess := float(posterior.attrs.get(WEIGHED, 0.0))) > 0.0:
        return Diagnostics(1.0, ess, ess, 0, "", number)
    r_hat = arviz_stats.rhat(posterior)
    worst = {
        (str(name), str(label)): float(value)
        for name, values in r_hat.data_vars.items()
        for label, value in zip(
            values[values.dims[0]].values if values.dims else [""],
            np.atleast_1d(values.values),
            strict=True,
        )
    }
    name, label = max(worst, key=lambda key: np.nan_to_num(worst[key], nan=np.inf))

    def smallest(method: str) -> float:
        ess = arviz_stats.ess(posterior, method=method)
        return float(min(ess[name].min() for name in ess.data_vars))

    return Diagnostics(
        r_hat=worst[name, label],
        ess_bulk=smallest("bulk"),
        ess_tail=smallest("tail"),
        divergences=int(tree["sample_stats"]["diverging"].sum()),
        worst=f"{name}[{label}]",
        draws=number,
    )


def require_sound(diagnostics: Diagnostics) -> None:
    """Refuse a fit that failed its checks.

    Raises
    ------
    StatisticsError
        With every check that failed and a way out.
    """
    if diagnostics.problems:
        raise StatisticsError(
            f"the fit failed its checks ({'; '.join(diagnostics.problems)}), so no forecast is "
            "shown; sample longer (--tune, --draws), or look for priors that contradict the "
            "reports with: forecast check --prior"
        )


def prior_against_posterior(
    encoding: Encoding, posterior: Parameters, *, seed: int = 1, draws: int = 4000
) -> list[Learnt]:
    """Compare every parameter before and after the reports.

    Parameters
    ----------
    encoding : Encoding
        The model.
    posterior : forecast.network.Parameters
        Its draws.
    seed, draws : int
        Of the sample from the priors.

    Returns
    -------
    list of Learnt
        In the order of the file.
    """
    prior = encoding.priors.draw(draws, seed=seed)
    rows = {
        "log_rate": encoding.priors.rate_of,
        "log_dispersion": encoding.priors.dispersion_of,
        "log_spread": encoding.priors.spread_of,
    }
    begun = encoding.priors.learnt
    rows["initial"] = begun
    blocks = {"initial": [encoding.priors.node_states[row] for row in begun]}
    blocks |= {name: block.names for name, (_, block) in encoding.priors.blocks.items()}
    out = []
    for block, names in blocks.items():
        own = rows.get(block, range(len(names)))
        before, after = (getattr(each, block)[own] for each in (prior, posterior))
        for number, name in enumerate(names):
            mean, sd = float(before[number].mean()), float(before[number].std())
            found, spread = float(after[number].mean()), float(after[number].std())
            shift, left = (found - mean) / sd, 1.0 - (spread / sd) ** 2
            out.append(Learnt(block, name, mean, sd, found, spread, shift, left))
    return out


def arviz_tree(
    encoding: Encoding, path: Path, evidence: Evidence, *, weights: npt.NDArray[np.float64]
) -> xr.DataTree:
    """Set a posterior beside its priors and its likelihood, as ArviZ reads them.

    Parameters
    ----------
    encoding : Encoding
        The model.
    path : Path
        A file written by `write_posterior`.
    evidence : Evidence
        What the posterior was fitted to.
    weights : (D,)
        What each draw counts for, chains one after the other.

    Returns
    -------
    xarray.DataTree
        ``posterior`` and ``sample_stats`` as kept, with `weight`; ``prior``, as many draws in one
        chain; ``log_likelihood.evidence`` over ``chain``, ``draw`` and ``step``, of the steps that
        say anything: ``w_t log p(y_t | y_1..t-1, rates)``, w_t the weight of a step in learning;
        and ``observed_data.evidence``, the indicators reported in each.
    """
    import xarray as xr

    from forecast.inference.observations import date_of_step
    from forecast.inference.sampling import read_draws, read_posterior
    from forecast.inference.tracking import step_log_likelihood

    kept = read_posterior(path)
    coords = encoding.priors.coords()
    posterior = kept["posterior"].to_dataset().sel(coords)
    chains, draws = posterior.sizes[dims.CHAIN], posterior.sizes[dims.DRAW]
    logs = step_log_likelihood(encoding, read_draws(encoding, path), evidence)
    says = evidence.says
    numbers = np.flatnonzero(says)
    ends = [date_of_step(encoding, int(step) + 1) for step in numbers]
    steps = {
        dims.STEP: numbers,
        dims.DATE: (dims.STEP, np.array(ends, dtype="datetime64[D]").astype("datetime64[ns]")),
    }
    weighed = (evidence.weights[:, None] * logs)[says].T.reshape(chains, draws, -1)
    reported = np.bincount(evidence.cell_step, minlength=evidence.steps)[says]
    over = {dims.CHAIN: posterior[dims.CHAIN].values, dims.DRAW: posterior[dims.DRAW].values}
    return xr.DataTree.from_dict(
        {
            "prior": _prior(encoding, posterior),
            "posterior": posterior,
            "sample_stats": kept["sample_stats"]
            .to_dataset()
            .assign(weight=((dims.CHAIN, dims.DRAW), weights.reshape(chains, draws))),
            "log_likelihood": xr.Dataset(
                {"evidence": ((dims.CHAIN, dims.DRAW, dims.STEP), weighed)}, over | steps
            ),
            "observed_data": xr.Dataset({"evidence": (dims.STEP, reported)}, steps),
        }
    )


def _prior(encoding: Encoding, posterior: xr.Dataset) -> xr.Dataset:
    """Draw each rate from its prior, as often as the posterior was, in one chain."""
    import xarray as xr

    draws = posterior.sizes[dims.CHAIN] * posterior.sizes[dims.DRAW]
    blocks = encoding.priors.draw_blocks(draws, seed=1)
    over = {
        name: (dims.CHAIN, dims.DRAW, str(posterior[name].dims[-1]))
        for name in blocks
        if name in posterior
    }
    coords: dict[str, Any] = {dims.CHAIN: [0], dims.DRAW: np.arange(draws)}
    coords |= {dim: posterior[dim].values for _, _, dim in over.values()}
    return xr.Dataset({name: (axes, blocks[name].T[None]) for name, axes in over.items()}, coords)
