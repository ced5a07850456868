"""The verdict on many simulations: ranks, intervals, forecasts, recovery by length of record.

Ranks should be uniform, and outcomes as probable as forecast.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.stats

from forecast.scoring.calibration import Corp, corp, spiegelhalter
from forecast.validation.simulating import RANKS, Simulation

__all__ = [
    "INTERVALS",
    "LEVEL",
    "Assessment",
    "Event",
    "Quantity",
    "Recovered",
    "Reliable",
    "assess",
    "coverage",
    "ecdf_band",
    "ecdf_p_value",
    "holm",
    "place_p_value",
    "recovery",
    "shape_p_value",
    "z_of_outcomes",
]


@dataclass(frozen=True)
class Recovered:
    """How near the posterior comes to the truth of one block, with records of one length.

    Attributes
    ----------
    block : str
    steps, simulations : int
        Steps of a record, and how many.
    bias, rmse, spread : float
        Mean of posterior mean less truth, its root mean square, and the root mean square of the
        posterior standard deviation, all in prior standard deviations.
    coverage : float
        Share of truths inside the central 90 % interval.
    """

    block: str
    steps: int
    simulations: int
    bias: float
    rmse: float
    spread: float
    coverage: float


def coverage(ranks: Sequence[int], interval: float, *, most: int = RANKS) -> float:
    """Share of truths inside the central interval of the draws, exact for uniform ranks.

    A rank from 0 to `most` lies inside if it is among the ``interval (most + 1)`` middle ones.

    Examples
    --------
    >>> coverage(range(100), 0.9), coverage(range(100), 0.5), coverage([0, 99], 0.9)
    (0.9, 0.5, 0.0)
    """
    out = round((most + 1) * (1 - interval) / 2)
    return float(np.mean([out <= rank <= most - out for rank in ranks]))


def recovery(simulations: Sequence[Simulation]) -> list[Recovered]:
    """Compare posterior and truth by block and by length of record.

    Parameters
    ----------
    simulations : sequence of Simulation
        Of any lengths.
    """
    groups: dict[tuple[int, str], list[tuple[float, float, int]]] = defaultdict(list)
    numbers: dict[int, set[int]] = defaultdict(set)
    for one in simulations:
        numbers[one.steps].add(one.number)
        for name, (error, spread) in one.moments.items():
            groups[one.steps, name.partition(" ")[0]].append((error, spread, one.ranks[name]))
    out = []
    for (steps, block), found in sorted(groups.items()):
        errors, spreads = np.array([one[:2] for one in found]).T
        out.append(
            Recovered(
                block=block,
                steps=steps,
                simulations=len(numbers[steps]),
                bias=float(errors.mean()),
                rmse=float(np.sqrt((errors**2).mean())),
                spread=float(np.sqrt((spreads**2).mean())),
                coverage=coverage([rank for *_, rank in found], 0.9),
            )
        )
    return out


#: Family-wise level: the chance that a calibrated engine fails a validation.
LEVEL = 0.01
#: Central posterior intervals whose coverage is counted.
INTERVALS = (0.5, 0.8, 0.9)

_DIVERGENT = 0.001  # largest share of divergent draws
_IN_DOUBT = 5.0  # least sum of p (1 - p) for a normal approximation
_MANY = 100  # simulations from which ten bins expect ten ranks or more


@dataclass(frozen=True)
class Quantity:
    """One quantity whose true value was ranked.

    Attributes
    ----------
    block, name : str
    ecdf, shape : float
        P-values of the whole distribution of ranks, and of its chi-square.
    adjusted : float
        The smaller, adjusted for all tests of the validation (Holm).
    coverage : tuple of float
        Share of truths inside the central intervals of `INTERVALS`.
    """

    block: str
    name: str
    ecdf: float
    shape: float
    adjusted: float
    coverage: tuple[float, ...]


@dataclass(frozen=True)
class Event:
    """One kind of event that was forecast in every simulation.

    Attributes
    ----------
    name : str
    said, came : float
        Mean forecast, and share that came true.
    z : float
        Standardised excess of what came over what was said.
    frequency : float
        Exact p-value of the number that came true (Poisson binomial).
    spiegelhalter : float or None
        P-value of Spiegelhalter's z; None where too little was in doubt.
    adjusted : float
        The smaller, adjusted for all tests of the validation (Holm).
    """

    name: str
    said: float
    came: float
    z: float
    frequency: float
    spiegelhalter: float | None
    adjusted: float


@dataclass(frozen=True)
class Reliable:
    """Forecasts of one kind, over all nodes, split as the Brier score is (CORP)."""

    kind: str
    number: int
    parts: Corp


@dataclass(frozen=True)
class Assessment:
    """Everything that was found, and whether it is good enough."""

    simulations: int
    quantities: Sequence[Quantity]
    events: Sequence[Event]
    reliability: Sequence[Reliable]
    recovery: Sequence[Recovered]
    divergences: int
    draws: int
    lengthened: int
    problems: Sequence[str]

    @property
    def tests(self) -> int:
        """How many p-values were adjusted together."""
        tested = sum(1 + (one.spiegelhalter is not None) for one in self.events)
        return 2 * len(self.quantities) + tested

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against the engine."""
        return not self.problems


def assess(simulations: Sequence[Simulation], longer: Iterable[Simulation] = ()) -> Assessment:
    """Judge the simulations.

    Parameters
    ----------
    simulations : sequence of Simulation
        Of one length of record; their ranks and events are tested.
    longer : iterable of Simulation
        Of other lengths, for the table of recovery.
    """
    ranks, events = _by_name(simulations)
    every = [*simulations, *longer]
    p_ranks = {
        name: (ecdf_p_value(found), shape_p_value(found, bins=10 if len(found) >= _MANY else 4))
        for name, found in ranks.items()
    }
    p_events = {name: _tests_of(*zip(*pairs, strict=True)) for name, pairs in events.items()}
    adjusted = _adjusted(p_ranks | p_events)
    quantities = [
        Quantity(
            *_split(name), *p_ranks[name], adjusted[name],
            tuple(coverage(found, interval) for interval in INTERVALS),
        )
        for name, found in ranks.items()
    ]  # fmt: skip
    told = [_event(name, pairs, p_events[name], adjusted[name]) for name, pairs in events.items()]
    divergences, draws = sum(s.divergences for s in every), sum(s.draws for s in every)
    problems = [f"{q.block} {q.name}: ranks" for q in quantities if q.adjusted < LEVEL]
    problems += [f"{e.name}: frequency" for e in told if e.adjusted < LEVEL]
    if divergences > _DIVERGENT * draws:
        problems.append(f"{divergences} of {draws} draws are divergent")
    return Assessment(
        len(simulations), quantities, told, _reliability(events), recovery(every),
        divergences, draws, sum(s.lengthened for s in every), problems,
    )  # fmt: skip


def _by_name(
    simulations: Sequence[Simulation],
) -> tuple[dict[str, list[int]], dict[str, list[tuple[float, bool]]]]:
    ranks: dict[str, list[int]] = defaultdict(list)
    events: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for one in simulations:
        for name, rank in one.ranks.items():
            ranks[name].append(rank)
        for name, event in one.events.items():
            events[name].append(event)
    return ranks, events


def _tests_of(p: Sequence[float], y: Sequence[bool]) -> tuple[float, ...]:
    """P-value of the number that came true, and of Spiegelhalter's z where it has one."""
    count = scipy.stats.poisson_binom(np.array(p))
    came = sum(y)
    tail = min(float(count.cdf(came)), float(count.sf(came - 1)))
    out = [min(1.0, 2 * max(tail, 0.0))]
    doubt = sum(q * (1 - q) for q in p)
    z = spiegelhalter(p, [int(happened) for happened in y])
    return tuple(out if z is None or doubt < _IN_DOUBT else [*out, z[1]])


def _adjusted(p_values: dict[str, tuple[float, ...]]) -> dict[str, float]:
    """Smallest p-value of each name, all of them adjusted together."""
    names = [name for name, values in p_values.items() for _ in values]
    found = holm([value for values in p_values.values() for value in values])
    out: dict[str, float] = {}
    for name, value in zip(names, found, strict=True):
        out[name] = min(value, out.get(name, 1.0))
    return out


def _split(name: str) -> tuple[str, str]:
    block, _, rest = name.partition(" ")
    return block, rest


def _event(
    name: str, pairs: Sequence[tuple[float, bool]], tests: tuple[float, ...], adjusted: float
) -> Event:
    p, y = zip(*pairs, strict=True)
    return Event(
        name, float(np.mean(p)), float(np.mean(y)), z_of_outcomes(p, y),
        tests[0], tests[1] if len(tests) > 1 else None, adjusted,
    )  # fmt: skip


def _reliability(events: dict[str, list[tuple[float, bool]]]) -> list[Reliable]:
    kinds: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for name, pairs in events.items():
        kinds[name.partition(" ")[2]] += pairs
    out = []
    for kind, pairs in kinds.items():
        p, y = zip(*pairs, strict=True)
        out.append(Reliable(kind, len(p), corp(p, [int(happened) for happened in y])))
    return out


Floats = npt.NDArray[np.float64]

_REPEATS = 100_000  # records of uniform ranks there could be
_CHUNK = 5_000


def shape_p_value(ranks: Any, *, most: int = 99, bins: int = 10) -> float:
    """P-value of chi-square on bins of equally many ranks.

    Parameters
    ----------
    ranks : (N,) array_like of int
        Each from 0 to `most`.
    most : int
        Number of draws that each truth was ranked among.
    bins : int
        Divides ``most + 1``; a bin should expect five or more.

    Examples
    --------
    >>> shape_p_value(range(100))
    1.0
    """
    counts = np.bincount(np.asarray(ranks) * bins // (most + 1), minlength=bins)
    return float(scipy.stats.chisquare(counts).pvalue)


def place_p_value(ranks: Any, *, most: int = 99) -> float:
    """P-value of the mean rank, by its normal approximation.

    A uniform rank has mean ``most / 2`` and variance ``((most + 1)^2 - 1) / 12``.

    Examples
    --------
    >>> place_p_value(range(100))
    1.0
    """
    spread = np.sqrt(((most + 1) ** 2 - 1) / 12 / len(ranks))
    return float(2 * scipy.stats.norm.sf(abs(np.mean(ranks) - most / 2) / spread))


def ecdf_p_value(ranks: Any, *, most: int = 99) -> float:
    """P-value of the whole empirical distribution function of ranks.

    At each ``z_i = i / (most + 1)`` the number of ranks below i is Binomial(N, z_i) if ranks are
    uniform. The statistic is the smallest two-sided tail probability over i; its distribution is
    that of simulated uniform ranks (Säilynoja, Bürkner and Vehtari 2022, Statistics and Computing
    32:32, doi:10.1007/s11222-022-10090-6).

    Parameters
    ----------
    ranks : (N,) array_like of int
        Each from 0 to `most`.
    most : int
        Number of draws that each truth was ranked among.

    Examples
    --------
    >>> ecdf_p_value(range(100)) > 0.9, ecdf_p_value([0] * 20) < 0.001
    (True, True)
    """
    below = np.cumsum(np.bincount(np.asarray(ranks), minlength=most + 1))[None, :-1]
    found = _smallest_tail(below, _tails(len(ranks), most))[0]
    null = _null(len(ranks), most)
    return float((1 + np.searchsorted(null, found * (1 + 1e-12), side="right")) / (1 + len(null)))


def ecdf_band(number: int, *, most: int = 99, level: float = 0.95) -> tuple[Floats, Floats]:
    """Simultaneous band of the empirical distribution function of uniform ranks.

    It holds the whole curve, at every ``z_i = i / (most + 1)``, with probability `level`.

    Parameters
    ----------
    number : int
        Number of ranks, N.
    most : int
    level : float

    Returns
    -------
    low, high : (most,) array
        At z_1 to z_most.

    Examples
    --------
    >>> low, high = ecdf_band(100)
    >>> bool((low < high).all()), round(float(high[49] - low[49]), 2)
    (True, 0.28)
    """
    gamma = float(np.quantile(_null(number, most), 1 - level))
    z = np.arange(1, most + 1) / (most + 1)
    low = scipy.stats.binom.ppf(gamma / 2, number, z) / number
    high = scipy.stats.binom.isf(gamma / 2, number, z) / number
    return np.asarray(low), np.asarray(high)


@cache
def _tails(number: int, most: int) -> Floats:
    """Two-sided tail probability of each count below z_i: (most, N + 1)."""
    z = np.arange(1, most + 1)[:, None] / (most + 1)
    counts = np.arange(number + 1)[None, :]
    under = scipy.stats.binom.cdf(counts, number, z)
    over = scipy.stats.binom.sf(counts - 1, number, z)
    return np.asarray(np.minimum(1.0, 2 * np.minimum(under, over)))


def _smallest_tail(below: npt.NDArray[np.int64], tails: Floats) -> Floats:
    """Smallest tail probability along each curve of counts (R, most)."""
    return np.asarray(tails[np.arange(len(tails)), below].min(axis=1))


@cache
def _null(number: int, most: int) -> Floats:
    """Sorted statistics of uniform ranks; the same ones each time."""
    rng, tails = np.random.default_rng(1), _tails(number, most)
    even = np.full(most + 1, 1 / (most + 1))
    parts = [
        _smallest_tail(np.cumsum(rng.multinomial(number, even, _CHUNK), axis=1)[:, :-1], tails)
        for _ in range(_REPEATS // _CHUNK)
    ]
    return np.sort(np.concatenate(parts))


def z_of_outcomes(probability: Any, happened: Any) -> float:
    """Standardised excess of what happened over what was forecast.

    ``z = sum (y - p) / sqrt(sum p (1 - p))``; 0 where nothing was in doubt.

    Examples
    --------
    >>> z_of_outcomes([0.5, 0.5, 0.5, 0.5], [True, True, True, True])
    2.0
    """
    p = np.asarray(probability)
    spread = np.sqrt((p * (1 - p)).sum())
    excess = (np.asarray(happened) - p).sum()
    return float(excess / spread) if spread > 0 else 0.0


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for their number (Holm 1979).

    Examples
    --------
    >>> [round(p, 2) for p in holm([0.01, 0.04, 0.03, 0.5])]
    [0.04, 0.09, 0.09, 0.5]
    """
    order = np.argsort(p_values)
    left = np.arange(len(p_values), 0, -1)
    stepped = np.minimum(np.maximum.accumulate(np.array(p_values)[order] * left), 1.0)
    out = np.empty(len(p_values))
    out[order] = stepped
    return [float(p) for p in out]
