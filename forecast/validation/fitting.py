"""Draws of the posterior that are close to independent, from one model compiled once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from forecast.inference.diagnostics import diagnose
from forecast.inference.encoding import Encoding
from forecast.inference.laplace import approximate
from forecast.inference.sampling import Sampler, Settings, posterior_parameters
from forecast.network import Evidence, Parameters

__all__ = ["RANKS", "Drawn", "Fit", "Laplace", "Nuts"]

#: Draws a truth is ranked among; its rank is one of 0 to 99.
RANKS = 99

_LENGTHS = (300, 900, 2700)  # draws a chain, tried in this order
_TUNE, _CHAINS = 300, 2
#: Least bulk effective sample size: that of as many independent draws as are kept, twice.
_ENOUGH = 200.0


@dataclass(frozen=True, eq=False)
class Drawn:
    """99 draws of a posterior, and how they were come by.

    Attributes
    ----------
    parameters : Parameters
        The draws.
    divergences, draws : int
        Divergent among all draws after warm-up, before thinning.
    ess : float
        Smallest bulk effective sample size before thinning.
    lengthened : bool
        Whether a first run was too short.
    """

    parameters: Parameters
    divergences: int
    draws: int
    ess: float
    lengthened: bool


class Fit(Protocol):
    """Draws from the posterior given evidence."""

    def __call__(self, evidence: Evidence, *, seed: int) -> Drawn:
        """Draw 99 times."""


class Nuts:
    """The engine's own sampler, thinned to 99 draws.

    Two chains; every so-manieth draw is kept. A fit with less than 200 effective draws in any
    parameter is made again three times as long, so that what is kept is close to independent.

    Parameters
    ----------
    encoding : Encoding
        The model, compiled at the first fit.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._sampler = Sampler(encoding)

    def __call__(self, evidence: Evidence, *, seed: int) -> Drawn:
        """Draw 99 times; see `Fit`."""
        for length in _LENGTHS:
            settings = Settings(draws=length, tune=_TUNE, chains=_CHAINS, seed=seed)
            tree = self._sampler.fit(evidence, settings, cores=1)
            checks = diagnose(tree)
            if checks.ess_bulk >= _ENOUGH:
                break
        every = length * _CHAINS // (RANKS + 1)
        chosen = slice(0, every * RANKS, every)
        parameters = posterior_parameters(self._encoding, tree).take(chosen)
        longer = length != _LENGTHS[0]
        return Drawn(parameters, checks.divergences, checks.draws, checks.ess_bulk, longer)


class Laplace:
    """The quick posterior of `forecast.inference.laplace`.

    Parameters
    ----------
    encoding : Encoding
        The model.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding

    def __call__(self, evidence: Evidence, *, seed: int) -> Drawn:
        """Draw 99 times; see `Fit`."""
        parameters = approximate(self._encoding, evidence).draw(RANKS, seed=seed)
        return Drawn(parameters, 0, RANKS, float(RANKS), lengthened=False)
