"""Source memory: how reliable a source is, learnt from how its reports turned out.

A hierarchical Beta-binomial model, worked out by quadrature. Sources with the same letter share a
mean and a strength, so that one report makes or breaks no source, and a source without a record of
its own is graded by what its letter was worth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import betainc, betaln, roots_hermitenorm, roots_jacobi

__all__ = ["NOTHING", "SPREAD", "Letter", "Reliability", "Tally", "learn"]

Floats = npt.NDArray[np.float64]

#: Standard deviation of the log strength: a central 90 % from half to twice.
SPREAD = math.log(2.0) / 1.6448536269514722
_MEANS, _STRENGTHS = 48, 21


@dataclass(frozen=True, slots=True)
class Tally:
    """How many reports of a source were confirmed and refuted.

    Shares of an outcome are possible: one that several sources carried counts once for all of them.
    """

    confirmed: float = 0.0
    refuted: float = 0.0

    @property
    def number(self) -> float:
        """Reports with an outcome."""
        return self.confirmed + self.refuted

    def without(self, confirmed: bool, share: float) -> Tally:  # noqa: FBT001
        """Take one outcome, or a share of it, out again."""
        if confirmed:
            return Tally(max(0.0, self.confirmed - share), self.refuted)
        return Tally(self.confirmed, max(0.0, self.refuted - share))


NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Reliability:
    """Share of a source's reports that are true: the mean, and the central 80 %."""

    mean: float
    lo80: float
    hi80: float


@dataclass(frozen=True, eq=False)
class Letter:
    """What the sources of one letter have shown together.

    Attributes
    ----------
    mean, strength, weight : (G,)
        Of the letter at each point of the grid, and the posterior probability of the point.
    tallies : mapping of str to Tally
        What was learnt from.
    """

    mean: Floats
    strength: Floats
    weight: Floats
    tallies: Mapping[str, Tally]

    def expected(self, name: str, *, tally: Tally | None = None) -> float:
        """Give the expected reliability of a source.

        Parameters
        ----------
        name : str
            A source; one without a record is a new one of the letter.
        tally : Tally, optional
            As if this were its record, for the weight of a report without its own outcome.
        """
        record, weight = self._seen(name, tally)
        mean = (self.mean * self.strength + record.confirmed) / (self.strength + record.number)
        return float(weight @ mean)

    def reliability(self, name: str) -> Reliability:
        """Mean and central 80 % of the reliability of a source."""
        record, weight = self._seen(name, None)
        a = self.mean * self.strength + record.confirmed
        b = (1.0 - self.mean) * self.strength + record.refuted

        def below(x: float, share: float) -> float:
            return float(weight @ betainc(a, b, x)) - share

        ends = [float(brentq(below, 0.0, 1.0, args=(share,), xtol=1e-9)) for share in (0.1, 0.9)]
        return Reliability(self.expected(name), *ends)

    def _seen(self, name: str, tally: Tally | None) -> tuple[Tally, Floats]:
        own = self.tallies.get(name, NOTHING)
        if tally is None or tally == own:
            return own, self.weight
        moved = _log_likelihood(self.mean, self.strength, tally)
        moved = moved - _log_likelihood(self.mean, self.strength, own)
        weight = self.weight * np.exp(moved - moved.max())
        return tally, weight / weight.sum()


def learn(
    tallies: Mapping[str, Tally], *, mean: float, strength: float, letter_strength: float
) -> Letter:
    """Learn what a letter is worth, and each of its sources, from how their reports turned out.

    Of source s of the letter, ``y_s`` of ``n_s`` reports with an outcome were confirmed::

        y_s ~ Binomial(n_s, theta_s)
        theta_s ~ Beta(m k, (1 - m) k)
        m ~ Beta(r K, (1 - r) K)        log k ~ Normal(log strength, SPREAD)

    ``theta_s`` is integrated out in closed form, ``m`` by Gauss-Jacobi quadrature (exact for whole
    numbers of outcomes up to 95 of a letter: the likelihood is a polynomial in ``m``), and
    ``log k`` by Gauss-Hermite quadrature.

    Parameters
    ----------
    tallies : mapping of str to Tally
        Of each source of the letter.
    mean : float
        r, what the letter says before any outcome.
    strength : float
        Central k: how many reports the letter of a source is worth.
    letter_strength : float
        K: how many reports the convention r is worth.

    Returns
    -------
    Letter

    References
    ----------
    Gelman et al., Bayesian Data Analysis, 3rd edition, section 5.3 (hierarchical Beta-binomial).

    Examples
    --------
    >>> letter = learn({"wire": Tally(0, 4)}, mean=0.8, strength=10, letter_strength=40)
    >>> letter.expected("wire") < letter.expected("another") < 0.8
    True
    >>> round(learn({}, mean=0.8, strength=10, letter_strength=40).expected("another"), 12)
    0.8
    """
    means, first = _jacobi(mean * letter_strength, (1.0 - mean) * letter_strength)
    scores, second = _hermite()
    m, k = (part.ravel() for part in np.meshgrid(means, strength * np.exp(SPREAD * scores)))
    prior = np.outer(second, first).ravel()
    told = {name: tally for name, tally in tallies.items() if tally.number > 0.0}
    total = np.zeros_like(m)
    for name in sorted(told):
        total += _log_likelihood(m, k, told[name])
    weight = prior * np.exp(total - total.max())
    return Letter(m, k, weight / weight.sum(), told)


def _log_likelihood(mean: Floats, strength: Floats, tally: Tally) -> Floats:
    """Log probability of a record with the reliability integrated out, up to a constant."""
    a, b = mean * strength, (1.0 - mean) * strength
    value: Floats = betaln(a + tally.confirmed, b + tally.refuted) - betaln(a, b)
    return value


@cache
def _jacobi(a: float, b: float) -> tuple[Floats, Floats]:
    """Nodes and probabilities of a Beta(a, b)."""
    x, w = roots_jacobi(_MEANS, b - 1.0, a - 1.0)
    return (1.0 + x) / 2.0, w / w.sum()


@cache
def _hermite() -> tuple[Floats, Floats]:
    """Nodes and probabilities of a standard normal."""
    x, w = roots_hermitenorm(_STRENGTHS)
    return x, w / w.sum()
