"""The watch list: which indicators to look for, and what each would say if it came or did not.

For one indicator and one target with probability ``J`` of yes, seeing it (probability ``q``) would
make it ``J1`` and looking in vain ``J0``. Indicators are ranked by

* expected shift ``q |J1 - J| + (1 - q) |J0 - J|``
* expected information ``q KL(J1 || J) + (1 - q) KL(J0 || J)`` in bits, which for certain reports is
  the mutual information of seeing and yes.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from forecast.analysis.bands import Band, band_of
from forecast.analysis.lookahead import Outlook, Target, look_ahead, open_targets
from forecast.inference.encoding import Encoding
from forecast.inference.observations import date_of_step
from forecast.network import Evidence, Parameters

__all__ = ["Looking", "WatchList", "Watched", "bits", "watch_list"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Looking:
    """What one indicator may say about one target.

    Attributes
    ----------
    indicator : str
    target : Target
    seen : float
        Probability that it is seen while it is looked for.
    if_seen, if_not_seen : Band
        Probability of yes after one report, and after looking in vain.
    shift : float
        Expected absolute change of the probability.
    information : float
        Expected information in bits.
    effective_draws : float
        Effective number of draws behind the rarer of the two; below a few hundred, sample more.
    """

    indicator: str
    target: Target
    seen: float
    if_seen: Band
    if_not_seen: Band
    shift: float
    information: float
    effective_draws: float


@dataclass(frozen=True)
class Watched:
    """One target and every indicator that may say something about it."""

    target: Target
    expected: float
    looking: Sequence[Looking]

    def ranked(self, by: Literal["shift", "information"]) -> list[Looking]:
        """Put the indicators in order of what they are expected to bring, the most first."""
        return sorted(self.looking, key=lambda each: (-getattr(each, by), each.indicator))


@dataclass(frozen=True)
class WatchList:
    """Every target with its indicators.

    Attributes
    ----------
    as_of, until : datetime.date
        The window in which somebody looks.
    targets : list of Watched
        Judgements in the order of the file, then open questions.
    left_out : dict of str to str
        Indicators that cannot be watched for, with the reason.
    """

    as_of: dt.date
    until: dt.date
    targets: Sequence[Watched]
    left_out: dict[str, str]


def bits(probability: float, reference: float) -> float:
    """Kullback-Leibler divergence of one yes-or-no from another, in bits.

    ``p log2(p / q) + (1 - p) log2((1 - p) / (1 - q))``

    Examples
    --------
    >>> bits(1.0, 0.5), bits(0.3, 0.3)
    (1.0, 0.0)
    """
    pairs = ((probability, reference), (1.0 - probability, 1.0 - reference))
    return math.fsum(p * math.log2(p / q) for p, q in pairs if p > 0.0 and q > 0.0)


def watch_list(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    *,
    as_of: dt.date,
    until: dt.date,
    credibility: Mapping[str, float],
    weights: Floats | None = None,
    targets: Sequence[Target] | None = None,
) -> WatchList:
    """Rank what to look for in the steps after the evidence.

    Parameters
    ----------
    encoding, parameters, evidence
        The model, D posterior draws of its rates, and all that is known.
    as_of : datetime.date
        Date of the evidence.
    until : datetime.date
        Last day on which each indicator is looked for, with its own detection.
    credibility : mapping of str to float
        c of the report that would be seen, of each indicator.
    weights : (D,), optional
        Of the draws; equal by default.
    targets : sequence of Target, optional
        Some of `open_targets`; all of them by default.

    Returns
    -------
    WatchList
    """
    weight = np.full(parameters.draws, 1.0) if weights is None else weights
    weight = weight / weight.sum()
    watched, left_out = _watchable(encoding, evidence)
    if targets is None:
        targets = open_targets(encoding, evidence, as_of=as_of, until=until)
    names = [encoding.indicators[k] for k in watched]
    weighed = [credibility[name] for name in names]
    found = look_ahead(
        encoding, parameters, evidence, targets, indicators=watched, credibility=weighed
    )
    return WatchList(
        as_of=as_of,
        until=max(until, date_of_step(encoding, evidence.steps + 1)),
        targets=[_watched(*pair, names, weight) for pair in zip(targets, found, strict=True)],
        left_out=left_out,
    )


def _watchable(encoding: Encoding, evidence: Evidence) -> tuple[list[int], dict[str, str]]:
    """Tell indicators that can be seen or not seen from those that cannot, and say why."""
    out, left_out = [], {}
    for number, (name, indicator) in enumerate(encoding.beliefs.indicators.items()):
        if indicator.kind != "presence":
            left_out[name] = f"a {indicator.kind} is always seen; it has no absence"
        elif indicator.detection == 0.0:
            left_out[name] = "its detection is 0"
        elif not indicator.recurs and (evidence.cell_indicator == number).any():
            left_out[name] = "a milestone that has happened"
        else:
            out.append(number)
    return out, left_out


def _watched(target: Target, found: Outlook, names: Sequence[str], weight: Floats) -> Watched:
    expected = float(np.clip(weight @ found.expected, 0.0, 1.0))
    looking = [
        _looking(target, name, found, row, weight, expected)
        for row, name in enumerate(names)
        if not np.isnan(found.silent[row, 0])
    ]
    return Watched(target, expected, looking)


def _looking(
    target: Target, name: str, found: Outlook, row: int, weight: Floats, expected: float
) -> Looking:
    told, quiet = weight * found.seen[row], weight * found.silent[row]
    seen = 1.0 - float(quiet.sum())
    after = band_of(np.clip(found.seen_yes[row] / found.seen[row], 0.0, 1.0), told / told.sum())
    without = band_of(
        np.clip(found.silent_yes[row] / found.silent[row], 0.0, 1.0), quiet / quiet.sum()
    )
    outcomes = ((seen, after.probability), (1.0 - seen, without.probability))
    return Looking(
        indicator=name,
        target=target,
        seen=seen,
        if_seen=after,
        if_not_seen=without,
        shift=math.fsum(q * abs(p - expected) for q, p in outcomes),
        information=math.fsum(q * bits(p, expected) for q, p in outcomes),
        effective_draws=min(float(w.sum() ** 2 / (w @ w)) for w in (told, quiet)),
    )
