"""What a judgement rests on: one input at a time from end to end, and sources taken out.

No number comes from a new fit. A parameter is held at a value in every draw, the judgement is
computed anew, and the draws are weighed by how much likelier that makes them
(`forecast.analysis.inputs.Conditionals`); stated numbers and reports are changed in the evidence,
and the draws weighed by the change of the likelihood. Pareto k tells where the draws cannot stand
in for a fit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from forecast.analysis.answering import Band, band_of
from forecast.analysis.inputs import (
    EVERY,
    Conditionals,
    Input,
    doubled,
    evaluate,
    graded,
    held_at,
    inputs_of,
    log_prior,
    rescaled_detection,
    total_log_prior,
    values,
)
from forecast.beliefs import Beliefs, CoverageWindow, Report
from forecast.beliefs.announcements import Announcement
from forecast.beliefs.identity import unified
from forecast.inference.encoding import Encoding
from forecast.inference.observations import Gathering
from forecast.inference.reweighting import PARETO_LIMIT, PowerScaling, power_scaling, smooth_weights
from forecast.network import Evidence, Parameters

__all__ = ["LEAST", "Removal", "Sensitivity", "Shifted", "Stress", "Study", "Swing", "resampled"]


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


class Each(Protocol):
    """Does independent jobs, and yields place and result of each in any order."""

    def __call__(
        self, do: Callable[[Any], Any], jobs: Sequence[Any], /
    ) -> Iterator[tuple[int, Any]]:
        """Do them."""


def in_turn(do: Callable[[Any], Any], jobs: Sequence[Any], /) -> Iterator[tuple[int, Any]]:
    """Do one job after the other: the kernels have every processor of this machine already."""
    return enumerate(map(do, jobs))


#: Draws with which stated numbers are screened.
_SCREENED = 200
#: Share of its weight that all evidence is left, and sources that are taken out together.
QUARTER, MOST = 0.25, 4


class Study:
    """One judgement, and draws in which inputs can be changed.

    Parameters
    ----------
    encoding, parameters
        The model and D posterior draws.
    reports, coverage, announcements
        What is known.
    as_of : datetime.date
        Date of the evidence.
    node : str
        Whose headline is judged.
    weights : (D,)
        Of the draws, summing to one.

    Attributes
    ----------
    each : Each
        Who moves the inputs and takes the sources out.
    """

    each: Each = staticmethod(in_turn)

    def __init__(
        self,
        encoding: Encoding,
        parameters: Parameters,
        reports: Sequence[Report],
        coverage: Sequence[CoverageWindow],
        announcements: Sequence[Announcement] = (),
        *,
        as_of: dt.date,
        node: str,
        weights: Floats,
    ) -> None:
        self.encoding, self.parameters, self.weights = encoding, parameters, weights
        seen = (one for one in reports if one.use == "evidence" and one.reported_on <= as_of)
        self.reports = unified(seen)
        self.coverage, self.announcements = coverage, announcements
        self.as_of, self.node = as_of, node
        self.states = encoding.beliefs.nodes[node].headline
        self.component = encoding.place(node)[0]
        slots = zip(encoding.indicators, self.component.tables.slot, strict=True)
        self._pointing = {name for name, slot in slots if slot >= 0}
        self._gathered = Gathering.of(encoding, self.reports, as_of=as_of)
        self.evidence = self._gridded()
        self.conditionals = Conditionals.of(encoding, parameters, weights)
        self.log_likelihood, self.judged = self.evaluate(parameters, self.evidence)
        self.probability = float(weights @ self.judged)

    def observed(
        self, reports: Sequence[Report], weigh: Callable[[Report, dt.date], float]
    ) -> Evidence:
        """Lay all reports on the grid, with the events of which some speak weighed otherwise."""
        self._gathered.weighed(reports, as_of=self.as_of, weigh=weigh)
        found = self._gridded()
        self._gathered.weighed(reports, as_of=self.as_of)
        return found

    def _gridded(self) -> Evidence:
        return self._gathered.evidence(
            self.coverage, as_of=self.as_of, announcements=self.announcements
        )

    def evaluate(self, parameters: Parameters, evidence: Evidence) -> tuple[Floats, Floats]:
        """Log-likelihood and judgement, draw by draw."""
        return evaluate(
            self.encoding,
            self.component,
            parameters,
            evidence,
            node=self.node,
            states=self.states,
        )

    def inputs(self, span: Literal["prior", "posterior"]) -> list[Input]:
        """Every input, each with the ends of its range in the prior or in the posterior."""
        found = inputs_of(self.encoding, self.component, self.reports, self.evidence)
        if span == "prior":
            return found
        return [values(self.encoding, each, self._ends(each)) if each.block else each
                for each in found]  # fmt: skip

    def _ends(self, given: Input) -> tuple[float, float]:
        band = band_of(getattr(self.parameters, given.block)[given.row], self.weights)
        return band.lo80, band.hi80

    def thinned(self, draws: int) -> npt.NDArray[np.int64]:
        """Numbers of evenly spaced draws."""
        count = min(draws, self.parameters.draws)
        return np.linspace(0, self.parameters.draws - 1, count).astype(np.int64)

    def swings(
        self,
        inputs: Sequence[Input],
        *,
        draws: int,
        exact: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[Swing]:
        """Move every input from end to end; the widest are computed with more draws.

        Parameters
        ----------
        inputs : sequence of Input
        draws : int
            For the exact ones.
        exact : int
            How many are exact; the others are smaller, and screened by regression (parameters) or
            with few draws (stated numbers).
        progress : callable, optional
            Called with the number of finished and of all inputs.
        """
        told, total = progress or (lambda _done, _total: None), len(inputs) + exact
        few, many = self.thinned(_SCREENED), self.thinned(draws)
        some = [(given, None if given.block else few) for given in inputs]
        screened = self._done(self._swing, some, lambda done: told(done, total))
        screened.sort(key=lambda swing: -swing.span)
        some = [(swing.given, many) for swing in screened[:exact]]
        found = self._done(self._swing, some, lambda done: told(len(screened) + done, total))
        rest = [replace(swing, exact=False) for swing in screened[exact:]]
        return sorted([*found, *rest], key=lambda swing: (-swing.span, swing.given.label))

    def _done[J, R](
        self, do: Callable[[J], R], jobs: Sequence[J], told: Callable[[int], None] | None = None
    ) -> list[R]:
        """Give the results of jobs in their order."""
        out: dict[int, R] = {}
        for place, found in self.each(do, jobs):
            out[place] = found
            if told is not None:
                told(len(out))
        return [out[place] for place in range(len(jobs))]

    def _regressed(self, given: Input) -> Swing:
        """Estimate both ends by the regression of the judgement on the parameter over draws."""
        value = getattr(self.parameters, given.block)[given.row]
        mean = self.weights @ value
        spread = float(self.weights @ (value - mean) ** 2)
        slope = float(self.weights @ ((value - mean) * self.judged)) / spread if spread else 0.0
        low, high = (
            float(np.clip(self.probability + slope * (end - mean), 0.0, 1.0))
            for end in (given.low, given.high)
        )
        draws = float(self.parameters.draws)
        return Swing(given, Shifted(low, None, draws), Shifted(high, None, draws), exact=False)

    def _swing(self, job: tuple[Input, npt.NDArray[np.int64] | None]) -> Swing:
        """Move an input from end to end on some draws; without any, by regression."""
        given, draws = job
        if draws is None:
            return self._regressed(given)
        low, high = (self.shifted(given, end, draws) for end in (given.low, given.high))
        return Swing(given, low, high, exact=True)

    def shifted(self, given: Input, value: float, draws: npt.NDArray[np.int64]) -> Shifted:
        """Judge with one input at a value.

        For a parameter this is the judgement *given* that it has the value: all others are learnt
        anew. Differences are taken on the same draws as the judgement itself.
        """
        some = self.parameters.take(draws)
        ratio = np.zeros(len(draws))
        if given.block:
            ratio = self.conditionals.log_density(some, given) - log_prior(
                self.encoding, some, given
            )
            some, evidence = held_at(self.encoding, some, given, value), self.evidence
            if given.block == "log_rate" and self.encoding.priors.common_level is not None:
                ratio = ratio + log_prior(self.encoding, some, given)
        elif given.kind == "detection":
            evidence = rescaled_detection(self.evidence, given, value)
        else:
            evidence = self.observed(self.reports, _regraded(self.encoding.beliefs, given, value))
        return self._reweighted(some, evidence, ratio, draws)

    def _reweighted(
        self,
        parameters: Parameters,
        evidence: Evidence,
        ratio: Floats,
        draws: npt.NDArray[np.int64],
    ) -> Shifted:
        likelihood, judged = self.evaluate(parameters, evidence)
        before = np.log(self.weights[draws]) - self.log_likelihood[draws]
        found = smooth_weights(likelihood + before + ratio)
        # thinned draws miss the judgement by some sampling error, which is no part of the change
        own = self.weights[draws] / self.weights[draws].sum()
        change = float(found.weights @ judged) - float(own @ self.judged[draws])
        probability = float(np.clip(self.probability + change, 0.0, 1.0))
        influence = found.weights * (judged - found.weights @ judged)
        return Shifted(probability, found.pareto_k, found.ess, influence)

    def removals(self, *, draws: int) -> list[Removal]:
        """Take out each lineage of reports in turn; those that are left are looked at anew."""
        many = self.thinned(draws)
        borne: dict[str, list[str]] = {}
        for report in filter(self._bears, self.reports):
            borne.setdefault(report.lineage, []).append(report.report_id)
        out = self._done(self._removal, [(*each, many) for each in sorted(borne.items())])
        return sorted(out, key=lambda removal: (-abs(removal.change), removal.lineage))

    def _removal(self, job: tuple[str, Sequence[str], npt.NDArray[np.int64]]) -> Removal:
        lineage, gone, draws = job
        without = self._without({lineage}, draws)
        change = without.probability - self.probability
        return Removal(lineage, tuple(sorted(gone)), without, change)

    def _without(self, lineages: Collection[str], draws: npt.NDArray[np.int64]) -> Shifted:
        """Judge without lineages, with all draws where some are too few."""
        gone = [one for one in self.reports if one.lineage in lineages]
        weigh = self.encoding.beliefs.weigh
        evidence = self.observed(
            gone, lambda one, day: 0.0 if one.lineage in lineages else weigh(one, day)
        )
        found = self._reweighted(self.parameters.take(draws), evidence, np.zeros(len(draws)), draws)
        if found.sound:
            return found
        every = np.arange(self.parameters.draws)
        return self._reweighted(self.parameters, evidence, np.zeros(len(every)), every)

    def stresses(self, removals: Sequence[Removal], *, draws: int) -> list[Stress]:
        """Quarter the weight of all evidence; take out the sources that matter most together.

        Weight is the decibans by which reports and silence tell states apart: what is rarer
        elsewhere is so by the fourth root, and levels stand a quarter as far apart.
        """
        many = self.thinned(draws)
        some = self._weighed(self.parameters.take(many), QUARTER)
        left = self._reweighted(some, self.evidence, np.zeros(len(many)), many)
        found = [Stress("evidence weight", QUARTER, (), left, left.probability - self.probability)]
        if len(removals) > 1:
            most = tuple(one.lineage for one in removals[:MOST])
            gone = self._without(most, many)
            found.append(Stress("sources", 1.0, most, gone, gone.probability - self.probability))
        return found

    def _weighed(self, parameters: Parameters, share: float) -> Parameters:
        level = parameters.level.copy()
        names = [name.split(" | ")[0] for name in self.encoding.priors.level.names]
        for name in set(names):
            rows = [row for row, owner in enumerate(names) if owner == name]
            middle = level[rows].mean(axis=0)
            level[rows] = middle + share * (level[rows] - middle)
        return replace(parameters, rarity=share * parameters.rarity, level=level)

    def _bears(self, report: Report) -> bool:
        """Tell whether a report has weight, and its indicator points at the component."""
        return report.indicator in self._pointing and (
            self.encoding.beliefs.weigh(report, self.as_of) > 0.0
        )

    def result(
        self,
        *,
        span: Literal["prior", "posterior"] = "prior",
        draws: int = 1000,
        exact: int = 40,
        progress: Callable[[int, int], None] | None = None,
    ) -> Sensitivity:
        """Put the study together; the arguments are those of `inputs` and `swings`."""
        removals = self.removals(draws=draws)
        return Sensitivity(
            node=self.node,
            states=self.states,
            band=band_of(self.judged, self.weights),
            swings=self.swings(self.inputs(span), draws=draws, exact=exact, progress=progress),
            removals=removals,
            stresses=self.stresses(removals, draws=draws),
            power=self.power(),
        )

    def power(self) -> PowerScaling:
        """Scale prior and likelihood by powers."""
        prior = total_log_prior(self.encoding, self.parameters, self.inputs("prior"))
        # ArviZ takes draws of equal weight
        draws = resampled(self.weights)
        return power_scaling(
            self.judged[draws], log_prior=prior[draws], log_likelihood=self.log_likelihood[draws]
        )


def resampled(weights: Floats) -> npt.NDArray[np.int64]:
    """Numbers of draws, each as often as its weight asks (systematic resampling).

    Examples
    --------
    >>> resampled(np.array([0.25, 0.0, 0.75, 0.0])).tolist()
    [0, 2, 2, 2]
    """
    places = (np.arange(len(weights)) + 0.5) / len(weights)
    found = np.searchsorted(np.cumsum(weights), places)
    return np.minimum(found, len(weights) - 1)


def _regraded(beliefs: Beliefs, given: Input, value: float) -> Callable[[Report, dt.date], float]:
    """Weigh reports as their grade says, but those of one grade, or all, otherwise."""

    def weigh(report: Report, as_of: dt.date) -> float:
        weight = beliefs.weigh(report, as_of)
        if given.name == EVERY and weight > 0.0:
            return max(0.0, 2.0 * doubled((1.0 + weight) / 2.0, value) - 1.0)
        return value if graded(beliefs, report) == given.name else weight

    return weigh
