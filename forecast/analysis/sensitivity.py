"""What a judgement rests on: the values a study of it finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from forecast.analysis.bands import Band
from forecast.analysis.inputs import Input
from forecast.inference.reweighting import PARETO_LIMIT, PowerScaling

__all__ = ["LEAST", "Removal", "Sensitivity", "Shifted", "Stress", "Swing"]

Floats = npt.NDArray[np.float64]

#: With fewer effective draws a swing is not trusted.
LEAST = 100.0


@dataclass(frozen=True)
class Shifted:
    """The judgement with something changed.

    Attributes
    ----------
    probability : float
    pareto_k : float or None
        Of the weights; None for an estimate without weights.
    effective_draws : float
    influence : (D,)
        What each draw adds to the error of `probability`.
    """

    probability: float
    pareto_k: float | None
    effective_draws: float
    influence: Floats = field(default_factory=lambda: np.zeros(1), repr=False, compare=False)

    @property
    def sound(self) -> bool:
        """Whether the draws can stand in for a fit."""
        if self.pareto_k is None:
            return False
        return not self.pareto_k > PARETO_LIMIT and self.effective_draws >= LEAST


@dataclass(frozen=True)
class Swing:
    """One input, and the judgement at both ends of its range.

    Attributes
    ----------
    given : Input
    low, high : Shifted
    exact : bool
        False for an estimate by regression over the draws, made where the swing is small.
    """

    given: Input
    low: Shifted
    high: Shifted
    exact: bool

    @property
    def span(self) -> float:
        """Distance between the two."""
        return abs(self.high.probability - self.low.probability)

    @property
    def error(self) -> float | None:
        """Standard error of the span by sampling; None for an estimate."""
        if not self.exact:
            return None
        return float(np.linalg.norm(self.high.influence - self.low.influence))


@dataclass(frozen=True)
class Removal:
    """One lineage of reports, and the judgement without it.

    Attributes
    ----------
    lineage : str
    reports : tuple of str
        Its reports with some weight.
    without : Shifted
    change : float
        Judgement without it, less the judgement.
    """

    lineage: str
    reports: tuple[str, ...]
    without: Shifted
    change: float


@dataclass(frozen=True)
class Stress:
    """Everything taken back at once, and the judgement then.

    Attributes
    ----------
    kind : {"evidence weight", "sources"}
        The weight of all evidence, or the sources that the judgement rests on most.
    share : float
        What is left of the weight, in decibans.
    lineages : tuple of str
        Taken out together.
    left : Shifted
    change : float
        Judgement then, less the judgement.
    """

    kind: Literal["evidence weight", "sources"]
    share: float
    lineages: tuple[str, ...]
    left: Shifted
    change: float


@dataclass(frozen=True)
class Sensitivity:
    """What one judgement rests on.

    Attributes
    ----------
    node, states
        What is judged.
    band : Band
        The judgement as it stands.
    swings : list of Swing
        The widest first.
    removals : list of Removal
        The largest change first.
    stresses : list of Stress
        Of the weight of all evidence, and of the sources that matter most.
    power : PowerScaling
        Whether it answers to the priors or to the reports.
    """

    node: str
    states: tuple[str, ...]
    band: Band
    swings: Sequence[Swing]
    removals: Sequence[Removal]
    stresses: Sequence[Stress]
    power: PowerScaling
