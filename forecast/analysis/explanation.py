"""Why a judgement moved: the change in log-odds as a sum of parts, silence among them.

``10 log10 (odds after / odds before)``: ten decibans are ten times the odds. The parts are the
steps of one path from then to now, each with everything before it in place, so they add up to
the whole by construction; another order would share them out otherwise.

For one indicator, with everything else as it was, the probability of its silence is
``1 / E[L0 / L1]`` over the posterior draws, where ``L1`` is the likelihood of the evidence and
``L0`` that of the same evidence as if nobody had looked for this indicator. Where old steps are
discounted it is ``E0[L1 / L0]``, with the expectation over draws that have not learnt from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from forecast.inference.encoding import Encoding
from forecast.inference.reweighting import smooth_weights
from forecast.inference.tracking import Appraisal, appraise_each
from forecast.network import Evidence, Parameters

__all__ = [
    "Kind",
    "Part",
    "Reader",
    "Unseen",
    "decibans",
    "effective_number",
    "quiet",
    "unlooked",
    "unseen",
    "walk",
    "without_each",
]

Floats = npt.NDArray[np.float64]
Kind = Literal[
    "model", "revised", "time", "silence", "announced", "reports", "rates", "prior", "crowd"
]

_EDGE = 1e-9
_SAME = 1e-9


def decibans(before: float, after: float) -> float:
    """Return ``10 log10`` of the ratio of the odds after to those before.

    Examples
    --------
    >>> round(decibans(0.5, 10 / 11), 6)
    10.0
    """
    p, q = np.clip([before, after], _EDGE, 1.0 - _EDGE)
    return float(10.0 * (np.log10(q / (1.0 - q)) - np.log10(p / (1.0 - p))))


def effective_number(contributions: Sequence[float]) -> float:
    """Count contributions by how evenly they share the weight: ``(sum |x|)^2 / sum x^2``.

    Examples
    --------
    >>> effective_number([3.0, -3.0]), effective_number([3.0, 0.0]), effective_number([])
    (2.0, 1.0, 0.0)
    """
    size = np.abs(np.array(contributions, dtype=np.float64))
    total = float(np.square(size).sum())
    return float(size.sum() ** 2 / total) if total else 0.0


@dataclass(frozen=True)
class Part:
    """One step of the way from then to now.

    Attributes
    ----------
    label : str
    kind : Kind
    decibans : float
        Change of the log-odds in this step.
    probability : float
        Of the judgement after it.
    without : float or None
        For reports: decibans by which the judgement now stands higher than without them.
    reports : int
        For reports: how many they are.
    """

    label: str
    kind: Kind
    decibans: float
    probability: float
    without: float | None = None
    reports: int = 0


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads one number under any evidence with the draws of one posterior.

    Attributes
    ----------
    appraised : callable
        Gives evidence as each draw sees it; readers of several numbers share one that remembers.
    weights : (D,)
        Of the draws, for the evidence they stand for.
    log_likelihood : (D,)
        Of that evidence.
    chance : callable
        Gives the number under some evidence, for weights of the draws.
    """

    appraised: Callable[[Evidence], Appraisal]
    weights: Floats
    log_likelihood: Floats
    chance: Callable[[Evidence, Floats], float]

    @classmethod
    def of_states(
        cls,
        appraised: Callable[[Evidence], Appraisal],
        weights: Floats,
        now: Evidence,
        rows: Sequence[int],
    ) -> Reader:
        """Read a judgement: `rows` are its states among all states of all nodes."""

        def chance(evidence: Evidence, weights: Floats) -> float:
            draws = appraised(evidence).probability[list(rows)].sum(axis=0).clip(0.0, 1.0)
            return float(draws @ weights)

        return cls(appraised, weights, appraised(now).log_likelihood, chance)

    def read(self, evidence: Evidence, *, relearn: bool) -> tuple[float, bool]:
        """Return the probability under other evidence, and whether its weights allow it.

        With `relearn` the draws are weighed by what the evidence says of the rates; without, the
        rates stay as they are learnt from everything.
        """
        if not relearn:
            return self.chance(evidence, self.weights), True
        learnt = self.appraised(evidence).log_likelihood - self.log_likelihood
        if np.abs(learnt).max() < _SAME:  # smoothed once already
            return self.chance(evidence, self.weights), True
        found = smooth_weights(learnt + np.log(self.weights))
        return self.chance(evidence, found.weights), not found.heavy


def walk(
    reader: Reader,
    stages: Sequence[tuple[str, Kind, Evidence, int]],
    *,
    start: float,
    first: Evidence,
) -> tuple[list[Part], bool]:
    """Walk from then to now and note the change at each step.

    Parameters
    ----------
    reader : Reader
        Of today's draws.
    stages : sequence of (label, kind, evidence, reports)
        What is known after each step.
    start : float
        The judgement as it was published then.
    first : Evidence
        What was known then. Between `start` and what today's draws make of it lies the first
        part: what the reports have since taught about the rates, and sampling.

    Returns
    -------
    parts : list of Part
        They sum to the whole change.
    relearnt : bool
        Whether the rates were learnt anew at every step; if the weights do not allow it, they are
        those of today throughout, and the first part holds what was learnt of them.
    """
    for relearn in (True, False):
        now, told = reader.read(first, relearn=relearn)
        if not told:
            continue
        parts = [Part("Rates learnt since", "rates", decibans(start, now), now)]
        for label, kind, evidence, reports in stages:
            before = now
            now, told = reader.read(evidence, relearn=relearn)
            if not told:
                break
            parts.append(Part(label, kind, decibans(before, now), now, reports=reports))
        else:
            return parts, relearn
    raise AssertionError  # without relearning no step is refused


def without_each(
    reader: Reader, left_out: Mapping[str, Evidence], *, now: float
) -> dict[str, float | None]:
    """Return by how many decibans the judgement stands higher than without each lineage.

    None where the weights do not allow it to be told.
    """
    out: dict[str, float | None] = {}
    for name, evidence in left_out.items():
        less, told = reader.read(evidence, relearn=True)
        out[name] = decibans(less, now) if told else None
    return out


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
        if indicator.kind == "presence" and looked[number] and not happened:
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
    thin = parameters.thin(_DRAWS)
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
    for number, reduced, less, plain_less in zip(
        numbers, states[1:], without, plainly, strict=True
    ):
        ratio = weight * np.exp(less.log_likelihood - now.log_likelihood)
        ratio /= ratio.sum()
        quieter = plain.log_likelihood - plain_less.log_likelihood
        silent = float(ratio @ np.exp(quieter + evidence.constant - reduced.constant))
        effect = at - less.probability @ ratio
        out.append(Unseen(encoding.indicators[number], max(0.0, 1.0 - silent), effect))
    return out
