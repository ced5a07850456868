"""Priors as arrays: every belief as a Dirichlet weight or a Normal, with its name.

Rates may have a level in common, what one record says of all the rates an analyst stated.
With m_k the stated centre of the log rate of indicator k, s_k its stated width, and m the mean of
the centres::

    log rate_k = m + a + b (m_k - m) + noise_k        noise_k ~ Normal(0, s_k)
    a ~ Normal(0, sd of the shift)                    b ~ Normal(1, sd of the slope)

or, with x_k another log of how often k was stated to come (that a report of it is expected, which
depends on its detection and on the states, too) and x the mean of these::

    log rate_k = m_k + a + (b - 1) (x_k - x) + noise_k

A hierarchical prior: the centre of every rate stays what was stated, and rates that are all stated
too low, or too far apart, are learnt to be so from all reports together. Jointly the rates are
Normal, whence everything here follows in closed form.

References
----------
Gelman et al., Bayesian Data Analysis, 3rd edition, sections 5.4 and 15.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from forecast import dims
from forecast.beliefs import Beliefs, values
from forecast.beliefs.indicators import (
    CountIndicator,
    MoveIndicator,
    PresenceIndicator,
    ValueIndicator,
)
from forecast.beliefs.schema import shared_names
from forecast.inference.levels import (
    MovingLevel,
    motion_names,
    motion_priors,
    moving_levels,
    tied_rates,
)
from forecast.network import Parameters, joint_states
from forecast.network.levels import SHARES

__all__ = [
    "SHIFT",
    "SLOPE",
    "CommonLevel",
    "NormalBlock",
    "Priors",
    "build_priors",
    "common_level",
    "log_prior_ratio",
    "occurrence",
]


Floats = npt.NDArray[np.float64]

#: Names of a and b.
SHIFT, SLOPE = "shift", "slope"


@dataclass(frozen=True)
class CommonLevel:
    """The level that stated log rates have in common.

    Attributes
    ----------
    mean, sd : (float, float)
        Of shift and slope.
    stated, width : tuple of float
        Centre and standard deviation of each log rate, as stated.
    loadings : tuple of (float, float)
        How far each log rate moves with shift and slope; 0 for one that takes no part.
    """

    mean: tuple[float, float]
    sd: tuple[float, float]
    stated: tuple[float, ...]
    width: tuple[float, ...]
    loadings: tuple[tuple[float, float], ...]

    names = (SHIFT, SLOPE)

    def draw(self, draws: int, rng: np.random.Generator) -> Floats:
        """Draw shift and slope from their priors: (2, D)."""
        return _column(self.mean) + _column(self.sd) * rng.standard_normal((2, draws))

    def added(self, level: Floats) -> Floats:
        """Give what shift and slope (2, D) add to each log rate (n, D)."""
        return np.asarray(np.array(self.loadings) @ (level - _column(self.mean)))

    def pull_back(self, slopes: Floats) -> Floats:
        """Turn slopes by the log rates (n, D) into slopes by shift and slope (2, D)."""
        return np.asarray(np.array(self.loadings).T @ slopes)

    @property
    def spread(self) -> Floats:
        """Standard deviation (n,) of each log rate: ``s^2 + x' diag(sd^2) x`` is its square."""
        moved = np.array(self.loadings) * self.sd
        return np.asarray(np.sqrt(np.square(self.width) + np.square(moved).sum(axis=1)))

    def learnt(self, rates: Floats) -> tuple[Floats, Floats]:
        """Mean (2, D) and covariance (2, 2) of shift and slope, given all log rates (n, D)."""
        moved = np.array(self.loadings)
        weighed = (moved / np.square(_column(self.width))).T
        covariance = np.linalg.inv(np.diag(1.0 / np.square(self.sd)) + weighed @ moved)
        mean = _column(self.mean) + covariance @ (weighed @ (rates - _column(self.stated)))
        return np.asarray(mean), np.asarray(covariance)

    def quantiles(self, rates: Floats, shares: Sequence[float]) -> Floats:
        """Quantiles (2, Q) of shift and slope, over draws (n, D) of all log rates.

        Of the mixture of the Normals that the draws leave.
        """
        from scipy.optimize import brentq
        from scipy.special import ndtr

        means, covariance = self.learnt(rates)
        out = np.empty((2, len(shares)))
        for row, (mean, sd) in enumerate(zip(means, np.sqrt(covariance.diagonal()), strict=True)):
            ends = float(mean.min() - 9.0 * sd), float(mean.max() + 9.0 * sd)

            def beyond(x: float, share: float, mean: Floats = mean, sd: float = sd) -> float:
                return float(ndtr((x - mean) / sd).mean()) - share

            out[row] = [brentq(beyond, *ends, args=(share,)) for share in shares]
        return out

    def log_density(self, rates: Floats) -> Floats:
        """Log density of all log rates (n, D) together, plus ``n log(2 pi) / 2``: (D,).

        That of rates, shift and slope at the mean of these, less that of the mean given the rates.
        """
        level, covariance = self.learnt(rates)
        noise = (rates - _column(self.stated) - self.added(level)) / _column(self.width)
        scores = (level - _column(self.mean)) / _column(self.sd)
        squares = np.square(noise).sum(axis=0) + np.square(scores).sum(axis=0)
        logs = np.log(self.width).sum() + np.log(self.sd).sum()
        logs -= 0.5 * np.linalg.slogdet(covariance)[1]
        return np.asarray(-0.5 * squares - logs)

    def given_others(self, rates: Floats, number: int) -> tuple[Floats, float]:
        """Mean (D,) and standard deviation of one log rate, given all others of (n, D)."""
        level, covariance = self.learnt(rates)
        moved, width = np.array(self.loadings[number]), self.width[number]
        left = 1.0 - float(moved @ covariance @ moved) / width**2
        noise = rates[number] - self.stated[number] - self.added(level)[number]
        return np.asarray(rates[number] - noise / left), width / math.sqrt(left)


def common_level(
    stated: Sequence[float], width: Sequence[float], takes_part: Sequence[bool], *,
    shift: float, slope: float, apart: Sequence[float] | None = None,
) -> CommonLevel:  # fmt: skip
    """Set up the level of stated log rates.

    Parameters
    ----------
    stated, width : sequence of float
        Centre and standard deviation of each log rate.
    takes_part : sequence of bool
        Which of them share the level; at least one.
    shift, slope : float
        Standard deviations of a and b.
    apart : sequence of float, optional
        x_k, by which the slope tells the rates apart; by default `stated`.

    Examples
    --------
    >>> level = common_level([0.0, 2.0], [0.1, 0.1], [True, True], shift=1.0, slope=0.3)
    >>> level.added(np.array([[0.5], [1.5]])).ravel().tolist()  # -1 and 1 from the mean
    [0.0, 1.0]
    """
    places = stated if apart is None else apart
    shared = [place for place, part in zip(places, takes_part, strict=True) if part]
    middle = math.fsum(shared) / len(shared)  # whatever their order
    loadings = tuple(
        (1.0, place - middle) if part else (0.0, 0.0)
        for place, part in zip(places, takes_part, strict=True)
    )
    return CommonLevel((0.0, 1.0), (shift, slope), tuple(stated), tuple(width), loadings)


def _column(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)[:, None]


@dataclass
class NormalBlock:
    """A block of Normal priors: one name, mean and standard deviation each.

    Attributes
    ----------
    names : list of str
        Coordinates of the block's dimension.
    mean, sd : list of float
        On the scale the model works on (logs of rates and ratios).
    floor : float or None
        Lower truncation, if any.
    """

    names: list[str] = field(default_factory=list)
    mean: list[float] = field(default_factory=list)
    sd: list[float] = field(default_factory=list)
    floor: float | None = None

    def add(self, name: str, prior: values.NormalPrior) -> int:
        """Append one prior and return its number."""
        self.names.append(name)
        self.mean.append(prior.mean)
        self.sd.append(prior.sd)
        return len(self.names) - 1

    def __len__(self) -> int:
        return len(self.names)

    def draw(self, draws: int, rng: np.random.Generator) -> Floats:
        """Draw from the priors: (n, draws)."""
        from scipy.special import ndtr, ndtri  # a fifth of a second that an update can do without

        mean, sd = np.array(self.mean)[:, None], np.array(self.sd)[:, None]
        if self.floor is None:
            return np.asarray(mean + sd * rng.standard_normal((len(self), draws)))
        below = ndtr((self.floor - mean) / sd)
        uniform = below + (1.0 - below) * rng.random((len(self), draws))
        return np.asarray(np.maximum(mean + sd * ndtri(uniform), self.floor))

    def median(self) -> Floats:
        """Medians of the priors, before truncation."""
        return np.array(self.mean, dtype=np.float64)


@dataclass
class Priors:
    """Every prior of a model, block by block, in the order the network numbers them.

    Attributes
    ----------
    node_states : list of str
        ``node.state``, node by node.
    weights : list of float
        Dirichlet weights of the initial probabilities, in the same order.
    stated : dict of int to float
        Initial probabilities that are not learnt, by their place among them: those of levels.
    node_sizes : list of int
        States of each node.
    log_hazard, log_hazard_ratio, log_rate, rarity, log_dispersion, level, log_spread, motion
        Normal blocks.
    rate_of, dispersion_of, spread_of : list of int
        Indicator each number of `log_rate`, `log_dispersion` and `log_spread` belongs to.
    hazards : list of str
        Every hazard of the network: those with a parameter of their own first.
    shared : dict
        From `forecast.beliefs.schema.shared_names`.
    twins : dict of str to list of (int, int)
        For each block of `Parameters`, a row without a parameter of its own, and the row whose
        parameter it has.
    common_level : CommonLevel or None
        What the rates have in common; without one they are independent.
    levels : list of MovingLevel
        What is worked out of `motion`.
    indicators : int
        Number of indicators, K.
    """

    node_states: list[str] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    stated: dict[int, float] = field(default_factory=dict)
    node_sizes: list[int] = field(default_factory=list)
    log_hazard: NormalBlock = field(default_factory=NormalBlock)
    log_hazard_ratio: NormalBlock = field(default_factory=NormalBlock)
    log_rate: NormalBlock = field(default_factory=NormalBlock)
    rarity: NormalBlock = field(default_factory=lambda: NormalBlock(floor=0.0))
    log_dispersion: NormalBlock = field(default_factory=NormalBlock)
    level: NormalBlock = field(default_factory=NormalBlock)
    log_spread: NormalBlock = field(default_factory=NormalBlock)
    motion: NormalBlock = field(default_factory=NormalBlock)
    rate_of: list[int] = field(default_factory=list)
    dispersion_of: list[int] = field(default_factory=list)
    spread_of: list[int] = field(default_factory=list)
    hazards: list[str] = field(default_factory=list)
    shared: dict[str, dict[str, str]] = field(default_factory=dict)
    twins: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    common_level: CommonLevel | None = None
    levels: list[MovingLevel] = field(default_factory=list)
    indicators: int = 0

    def number(self, block: str, name: str) -> int:
        """Return the number of a parameter in its block, or of the one that stands for it."""
        names = self.blocks[block][1].names
        return names.index(self.shared.get(block, {}).get(name, name))

    @property
    def blocks(self) -> dict[str, tuple[str, NormalBlock]]:
        """Dimension and block of every Normal variable, by the variable's name."""
        return {
            "log_hazard": (dims.HAZARD, self.log_hazard),
            "log_hazard_ratio": (dims.COUPLING, self.log_hazard_ratio),
            "log_rate": (dims.INDICATOR, self.log_rate),
            "rarity": (dims.RATIO, self.rarity),
            "log_dispersion": (dims.COUNT_INDICATOR, self.log_dispersion),
            "level": (dims.LEVEL, self.level),
            "log_spread": (dims.VALUE_INDICATOR, self.log_spread),
            "motion": (dims.MOTION, self.motion),
        }

    def coords(self) -> dict[str, list[str]]:
        """Coordinates of every dimension that is not empty."""
        named = {dim: block.names for dim, block in self.blocks.values() if len(block)}
        shared = {dims.LEVEL_TERM: list(CommonLevel.names)} if self.common_level else {}
        begun = [self.node_states[row] for row in self.learnt]
        return {**({dims.NODE_STATE: begun} if begun else {}), **named, **shared}

    def sd(self, block: str) -> Floats:
        """Give the standard deviations of a block, before truncation, a common level included."""
        if block == "log_rate" and self.common_level is not None:
            return self.common_level.spread
        return np.array(self.blocks[block][1].sd, dtype=np.float64)

    @property
    def learnt(self) -> list[int]:
        """Which of the initial probabilities are learnt."""
        return [row for row in range(len(self.node_states)) if row not in self.stated]

    def free_slices(self) -> list[slice]:
        """Where the states of each node whose start is learnt are among those that are learnt."""
        found, end = [], 0
        for part in self.node_slices():
            if part.start not in self.stated:
                found.append(slice(end, end + part.stop - part.start))
                end = found[-1].stop
        return found

    def node_slices(self) -> list[slice]:
        """Where each node's states are among `node_states`."""
        ends = np.cumsum(self.node_sizes)
        sizes = zip(ends, self.node_sizes, strict=True)
        return [slice(int(end) - size, int(end)) for end, size in sizes]

    def parameters(self, values: dict[str, Floats]) -> Parameters:
        """Assemble `Parameters` from blocks of values with draws last.

        Parameters
        ----------
        values : dict
            ``initial``, where any of it is learnt, and every non-empty block by name, each (n, D).
        """
        draws = next(iter(values.values())).shape[-1]
        full = {name: values.get(name, np.zeros((0, draws))) for name in self.blocks}
        for name, owners in (
            ("log_rate", self.rate_of),
            ("log_dispersion", self.dispersion_of),
            ("log_spread", self.spread_of),
        ):
            spread = np.zeros((self.indicators, draws))
            spread[owners] = full[name]
            full[name] = spread
        if "log_hazard" in self.twins:
            more = np.zeros((len(self.twins["log_hazard"]), draws))
            full["log_hazard"] = np.concatenate([full["log_hazard"], more])
        for name, pairs in self.twins.items():
            for row, original in pairs:
                full[name][row] = full[name][original]
        tied_rates(self.levels, full, full["motion"])
        return Parameters(initial=self._begun(values.get("initial"), draws), **full)

    def retied(self, arrays: dict[str, Floats]) -> dict[str, Floats]:
        """Work out the rates of levels anew, from blocks whose ``motion`` was changed."""
        before = {"log_hazard": len(self.hazards), "rarity": len(self.rarity)}
        before |= {"level": len(self.level), "log_rate": self.indicators}
        out = {name: arrays[name][:rows].copy() for name, rows in before.items()}
        tied_rates(self.levels, out, arrays["motion"])
        return out

    def _begun(self, learnt: Floats | None, draws: int) -> Floats:
        """Put initial probabilities that are learnt beside those that are stated."""
        if learnt is not None and not self.stated:
            return learnt
        out = np.empty((len(self.node_states), draws))
        out[list(self.stated)] = np.array(list(self.stated.values()))[:, None]
        if learnt is not None:
            out[self.learnt] = learnt
        return out

    def draw(self, draws: int, *, seed: int) -> Parameters:
        """Draw every rate from its prior.

        Parameters
        ----------
        draws : int
            Number of draws, D.
        seed : int
            The same seed gives the same draws.
        """
        return self.parameters(self.draw_blocks(draws, seed=seed))

    def draw_blocks(self, draws: int, *, seed: int) -> dict[str, Floats]:
        """Draw as `draw`: ``initial`` and every non-empty block by name, each (n, D).

        With a common level, its draws are there too.
        """
        rng = np.random.default_rng(seed)
        weights = np.array(self.weights)[self.learnt]
        weight = rng.standard_gamma(weights[:, None], (len(weights), draws))
        initial = np.empty_like(weight)
        for part in self.free_slices():
            initial[part] = weight[part] / weight[part].sum(axis=0)
        values = {n: block.draw(draws, rng) for n, (_, block) in self.blocks.items() if len(block)}
        if self.common_level is not None:
            values["common_level"] = self.common_level.draw(draws, rng)
            values["log_rate"] += self.common_level.added(values["common_level"])
        return {**({"initial": initial} if len(initial) else {}), **values}


def build_priors(beliefs: Beliefs) -> Priors:
    """Translate every belief into a prior.

    Parameters
    ----------
    beliefs : Beliefs
        The file.

    Returns
    -------
    Priors
        Blocks in the order of the file: hazards by node, couplings, indicators.
    """
    out = Priors(indicators=len(beliefs.indicators), shared=shared_names(beliefs))
    for name, node in beliefs.nodes.items():
        out.node_sizes.append(len(node.states))
        for state in node.states:
            out.node_states.append(f"{name}.{state}")
            weight = node.initial.probabilities[state] * node.initial.effective_sample_size
            out.weights.append(max(weight, 1e-3))
        for hazard in node.hazards if node.moves_like is None else ():
            prior = values.log_rate(*hazard.probability.interval, within_days=hazard.within)
            out.log_hazard.add(f"{name}: {hazard.from_state} > {hazard.to_state}", prior)
    for name, coupling in beliefs.couplings.items():
        out.log_hazard_ratio.add(name, values.log_ratio(*coupling.ratio))
    for number, (name, indicator) in enumerate(beliefs.indicators.items()):
        if indicator.rates_like is None and not isinstance(indicator, MoveIndicator):
            _add_indicator(out, beliefs, number, name)
    if beliefs.rates is not None:
        common, stated = beliefs.rates.common_level, out.log_rate
        part = [name in beliefs.levelled for name in stated.names]
        spread = {"shift": float(common.shift), "slope": float(common.slope)}
        apart = None if common.of == "rates" else _expected_reports(beliefs, out, part)
        out.common_level = common_level(stated.mean, stated.sd, part, **spread, apart=apart)
    out.hazards = [*out.log_hazard.names, *out.shared["log_hazard"]]
    names = list(beliefs.indicators)
    rows = {
        "log_hazard": out.hazards,
        **dict.fromkeys(("log_rate", "log_dispersion", "log_spread"), names),
    }
    for block, order in rows.items():
        pairs = [(order.index(a), order.index(b)) for a, b in out.shared[block].items()]
        if pairs:
            out.twins[block] = pairs
    _add_levels(out, beliefs)
    return out


def _add_levels(out: Priors, beliefs: Beliefs) -> None:
    """Add the parameters of levels, and the nodes of their bursts after all others."""
    begins: dict[str, int] = {}
    parts = out.node_slices()
    for part, (name, node) in zip(parts, beliefs.nodes.items(), strict=True):
        if node.level is None:
            continue
        out.stated |= dict.fromkeys(range(part.start, part.stop), 1.0 / node.level.grid)
        if node.level.speeds == 2:
            out.node_sizes.append(len(SHARES))
            for k, share in enumerate(SHARES.tolist()):
                out.stated[len(out.weights)] = share
                out.node_states.append(f"{name}:burst.{k + 1}")
                out.weights.append(share)
        if node.moves_like is None:
            begins[name] = len(out.motion)
            priors = motion_priors(node.level)
            for each, prior in zip(motion_names(name, node.level), priors, strict=True):
                out.motion.add(each, prior)
    for name, node in beliefs.nodes.items():
        if node.level is not None and node.moves_like is not None:
            begins[name] = begins[node.moves_like]
    rows = {"log_hazard": len(out.hazards), "rarity": len(out.rarity), "level": len(out.level)}
    out.levels = moving_levels(beliefs, begins, rows)


def _add_indicator(out: Priors, beliefs: Beliefs, number: int, name: str) -> None:
    indicator = beliefs.indicators[name]
    if isinstance(indicator, ValueIndicator):
        if indicator.follows is None:
            levels = indicator.stated
            for state, interval in levels.states.items():
                ends = [indicator.read(end) for end in interval]
                out.level.add(f"{name} | {levels.node}.{state}", values.level(*ends))
        out.log_spread.add(name, values.log_ratio(*indicator.spread))
        out.spread_of.append(number)
        return
    if isinstance(indicator, CountIndicator):
        out.log_dispersion.add(name, values.log_ratio(*indicator.dispersion))
        out.dispersion_of.append(number)
        if indicator.follows is not None:
            return
    out.rate_of.append(number)
    if isinstance(indicator, PresenceIndicator):
        within = indicator.within
        prior = values.log_rate(*indicator.probability.interval, within_days=within)
    else:
        assert isinstance(indicator, CountIndicator)
        assert indicator.mean is not None
        low, high = indicator.mean
        prior = values.log_ratio(low / indicator.per, high / indicator.per)
    out.log_rate.add(name, prior)
    for node, ratios in beliefs.pointed(name).items():
        for state, ratio in ratios.items():
            out.rarity.add(f"{name} | {node}.{state}", values.log_ratio(*ratio))


def occurrence(beliefs: Beliefs, priors: Priors, name: str) -> tuple[list[float], list[float]]:
    """Probability that a presence occurs within a step, in every joint state it tells of.

    At the prior medians, over the states of the nodes it points at. It is worked out by the C
    library, one by one: where a processor has AVX-512, NumPy's own exponential differs in the last
    bit, and from another last bit NUTS draws another sample.

    Returns
    -------
    occurs, starts : list of float
        Of each joint state; `starts` is the stated probability of beginning there.
    """
    pointed = beliefs.pointed(name)
    nodes = [beliefs.nodes[node] for node in pointed]
    held = joint_states([len(node.states) for node in nodes])
    log_rate = np.full(len(held), priors.log_rate.median()[priors.number("log_rate", name)])
    starts, rarity = np.ones(len(held)), priors.rarity.median()
    for column, (key, node) in enumerate(zip(pointed, nodes, strict=True)):
        begins = [node.initial.probabilities[state] for state in node.states]
        starts *= np.array(begins)[held[:, column]]
        for state in pointed[key]:
            fall = rarity[priors.number("rarity", f"{name} | {key}.{state}")]
            log_rate -= fall * (held[:, column] == node.states.index(state))
    step = beliefs.grid.step
    return [-math.expm1(-math.exp(each) * step) for each in log_rate.tolist()], starts.tolist()


def _expected_reports(beliefs: Beliefs, priors: Priors, takes_part: Sequence[bool]) -> list[float]:
    """Log of how often each indicator was stated to be reported in a step, at the start.

    ``log(d_k E[a_k(z)])`` over the initial states; the stated log rate of one that takes no part.
    """
    out = list(priors.log_rate.mean)
    for row, (name, part) in enumerate(zip(priors.log_rate.names, takes_part, strict=True)):
        entry = beliefs.indicators[name]
        if part and isinstance(entry, PresenceIndicator):
            occurs, starts = occurrence(beliefs, priors, name)
            mean = math.fsum(a * p for a, p in zip(occurs, starts, strict=True))
            out[row] = math.log(entry.detection * mean / math.fsum(starts))
    return out


def log_prior_ratio(before: Priors, after: Priors, parameters: Parameters) -> Floats:
    """Log density of draws under other priors, less that under the priors they were drawn with.

    Parameters
    ----------
    before, after : Priors
        Of the same structure.
    parameters : Parameters
        D draws.

    Returns
    -------
    (D,) array
        Up to a constant.
    """
    total = np.zeros(parameters.draws)
    for name, (_, old) in before.blocks.items():
        new = after.blocks[name][1]
        values = getattr(parameters, name)
        owners = {"log_rate": before.rate_of, "log_dispersion": before.dispersion_of,
                  "log_spread": before.spread_of}.get(name)  # fmt: skip
        values = values if owners is None else values[owners]
        if name == "log_rate" and (before.common_level or after.common_level):
            total += _log_rates(after, values) - _log_rates(before, values)
            continue
        for number in range(len(old)):
            if (old.mean[number], old.sd[number]) != (new.mean[number], new.sd[number]):
                total += _log_normal(new, number, values[number])
                total -= _log_normal(old, number, values[number])
    for row, (less, more) in enumerate(zip(before.weights, after.weights, strict=True)):
        if less != more:
            total += (more - less) * np.log(np.maximum(parameters.initial[row], 1e-300))
    return total


def _log_rates(priors: Priors, values: Floats) -> Floats:
    """Log density of all log rates together, up to a constant."""
    if priors.common_level is not None:
        return priors.common_level.log_density(values)
    block = priors.log_rate
    return np.asarray(sum(_log_normal(block, n, values[n]) for n in range(len(block))))


def _log_normal(block: NormalBlock, number: int, values: Floats) -> Floats:
    mean, sd = block.mean[number], block.sd[number]
    kept = 0.0 if block.floor is None else float(log_ndtr((mean - block.floor) / sd))
    return np.asarray(-0.5 * ((values - mean) / sd) ** 2 - np.log(sd) - kept)
