"""Silence: what was looked for, was expected by now, and was not reported.

For one indicator, with everything else as it was, the probability of its silence is
``1 / E[L0 / L1]`` over the posterior draws, where ``L1`` is the likelihood of the evidence and
``L0`` that of the same evidence as if nobody had looked for this indicator. Where old steps are
discounted it is ``E0[L1 / L0]``, with the expectation over draws that have not learnt from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from forecast.beliefs.indicators import PresenceIndicator
from forecast.inference.encoding import Encoding
from forecast.inference.tracking import appraise_each
from forecast.network import Evidence, Parameters

__all__ = ["Unseen", "quiet", "unlooked", "unseen"]

Floats = npt.NDArray[np.float64]

_DRAWS = 800  # enough for a whole percentage


@dataclass(frozen=True, eq=False)
class Unseen:
    """An indicator that was looked for and not seen.

    Attributes
    ----------
    indicator : str
    chance : float
        Probability that it would have been reported by now, given all the rest.
    effect : (sum(K_n),)
        What its silence did to every state of every node.
    """

    indicator: str
    chance: float
    effect: Floats


def quiet(encoding: Encoding, evidence: Evidence, *, since: int) -> list[int]:
    """List presence indicators looked for in the steps from `since` on, and not seen in them."""
    out = []
    looked = (evidence.detection[evidence.pattern[since:]] > 0.0).any(axis=0)
    for number, indicator in enumerate(encoding.beliefs.indicators.values()):
        steps = evidence.cell_step[evidence.cell_indicator == number]
        happened = steps.size and (not getattr(indicator, "recurs", True) or steps[-1] >= since)
        if isinstance(indicator, PresenceIndicator) and looked[number] and not happened:
            out.append(number)
    return out


def unlooked(evidence: Evidence, indicator: int, steps: Sequence[int]) -> Evidence:
    """Return the evidence as if nobody had looked for an indicator in some steps, nor reported it.

    Examples
    --------
    >>> at = np.zeros(1, np.int64)
    >>> seen = Evidence(np.zeros(3), np.ones((1, 1)), at, at, np.ones(1), np.ones(1))
    >>> less = unlooked(seen, 0, [0, 2])
    >>> less.detection[less.pattern].ravel().tolist(), less.cell_step.tolist()
    ([0.0, 1.0, 0.0], [])
    """
    without = evidence.detection.copy()
    without[:, indicator] = 0.0
    pattern = evidence.pattern.copy()
    pattern[list(steps)] += len(evidence.detection)
    keep = ~((evidence.cell_indicator == indicator) & np.isin(evidence.cell_step, list(steps)))
    return replace(
        evidence,
        pattern=pattern,
        detection=np.concatenate([evidence.detection, without]),
        cell_step=evidence.cell_step[keep],
        cell_indicator=evidence.cell_indicator[keep],
        cell_value=evidence.cell_value[keep],
        cell_exposure=evidence.cell_exposure[keep],
    )


def unseen(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    indicators: Iterable[int],
    *,
    since: int,
    weights: Floats,
) -> list[Unseen]:
    """Tell how much each silent indicator was expected, and what its silence did.

    Parameters
    ----------
    encoding, parameters, evidence
        The model, D posterior draws of its rates, and all that is known.
    indicators : iterable of int
        From `quiet`.
    since : int
        First step of the window.
    weights : (D,)
        Of the draws.
    """
    thin = slice(None, None, max(1, parameters.draws // _DRAWS))
    some, weight = parameters.take(thin), weights[thin] / weights[thin].sum()
    window = range(since, evidence.steps)
    numbers = list(indicators)
    states = [evidence, *(unlooked(evidence, number, window) for number in numbers)]
    now, *without = appraise_each(encoding, some, states)
    plain, plainly = now, without
    if (evidence.weights != 1.0).any():
        whole = [replace(state, step_weight=None) for state in states]
        plain, *plainly = appraise_each(encoding, some, whole)
    at = now.probability @ weight
    out = []
    for number, less, plain_less in zip(numbers, without, plainly, strict=True):
        ratio = weight * np.exp(less.log_likelihood - now.log_likelihood)
        ratio /= ratio.sum()
        silent = float(ratio @ np.exp(plain.log_likelihood - plain_less.log_likelihood))
        effect = at - less.probability @ ratio
        out.append(Unseen(encoding.indicators[number], max(0.0, 1.0 - silent), effect))
    return out
