"""One simulation: a record out of the priors, what the engine makes of it, and the truth beside it.

Rates are drawn from the priors, a course of the states from these, and what is coded of it is the
record. The posterior draws are close to independent, from one model compiled once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from forecast.analysis.answering import answers
from forecast.beliefs import (
    Beliefs,
    CoverageWindow,
    MoveIndicator,
    PresenceIndicator,
    Question,
    Report,
)
from forecast.beliefs.announcements import learnt_follow_through
from forecast.inference.diagnostics import diagnose
from forecast.inference.encoding import Encoding
from forecast.inference.laplace import approximate
from forecast.inference.observations import observe
from forecast.inference.quick import levels_alone
from forecast.inference.sampling import Sampler, Settings, posterior_parameters
from forecast.inference.tracking import appraise
from forecast.network import Evidence, Parameters
from forecast.validation.reporting import (
    Foretold,
    Gaps,
    cover,
    draw_reports,
    foretell,
    reported_ahead,
    sources,
)
from forecast.validation.worlds import Move, Rates, State, day_of, draw_path, reached

__all__ = [
    "RANKS",
    "Design",
    "Drawn",
    "Fit",
    "Laplace",
    "Nuts",
    "Simulation",
    "World",
    "columns",
    "draw_world",
    "medians",
    "questions",
    "read_record",
    "simulate",
    "values_of",
]


#: Draws a truth is ranked among; its rank is one of 0 to 99.
RANKS = 99
_CORRECTED = 200  # weighed draws of a file of levels, of which 99 are taken

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
        found = approximate(self._encoding, evidence)
        if levels_alone(self._encoding.beliefs):
            values, ess = found.corrected(evidence, _CORRECTED, seed=seed)
            parameters = self._encoding.priors.parameters(values).take(slice(0, RANKS))
            return Drawn(parameters, 0, RANKS, ess, lengthened=False)
        return Drawn(found.draw(RANKS, seed=seed), 0, RANKS, float(RANKS), lengthened=False)


@dataclass(frozen=True)
class Design:
    """What a simulated record looks like.

    Attributes
    ----------
    steps, ahead : int
        Steps of the record, and steps forecast after it.
    gaps : mapping
        Steps in which nobody looked.
    """

    steps: int
    ahead: int
    gaps: Gaps

    @classmethod
    def of(cls, beliefs: Beliefs, steps: int) -> Design:
        """Two gaps, a tenth of the record each: for everything, and for the first presence."""
        width = max(1, steps // 10)
        gaps = {"*": range(steps // 3, steps // 3 + width)}
        for name, entry in beliefs.indicators.items():
            if entry.kind == "presence":
                gaps[name] = range(2 * steps // 3, 2 * steps // 3 + width)
                break
        return cls(steps, max(4, steps // 3), gaps)


@dataclass(frozen=True, eq=False)
class World:
    """What is true, and what was reported of it.

    Attributes
    ----------
    rates : Rates
        True values, by block and name.
    path : list of State
        At the end of steps 0 to ``steps + ahead``.
    moves : list of dict
        Of each step, by node.
    rows, coverage : list
        The record.
    foretold : Foretold or None
        What was announced, where the model says how often that is kept.
    """

    rates: Rates
    path: Sequence[State]
    moves: Sequence[Mapping[str, Move]]
    rows: Sequence[Report]
    coverage: Sequence[CoverageWindow]
    foretold: Foretold | None = None


def columns(encoding: Encoding) -> dict[str, list[str]]:
    """Name every parameter, by block."""
    names = {block: entries.names for block, (_, entries) in encoding.priors.blocks.items()}
    priors = encoding.priors
    return {"initial": [priors.node_states[row] for row in priors.learnt], **names}


def values_of(encoding: Encoding, parameters: Parameters) -> dict[str, Any]:
    """Give the draws of every parameter by block, (n, D), in the order of its names."""
    rows = {
        "initial": encoding.priors.learnt,
        "log_rate": encoding.priors.rate_of,
        "log_dispersion": encoding.priors.dispersion_of,
        "log_spread": encoding.priors.spread_of,
    }
    return {
        name: getattr(parameters, name)[rows.get(name, range(len(names)))]
        for name, names in columns(encoding).items()
    }


def medians(encoding: Encoding) -> Rates:
    """Prior medians by block and name."""
    blocks = {name: entries for name, (_, entries) in encoding.priors.blocks.items()}
    found = {
        name: dict(zip(b.names, map(float, b.median()), strict=True)) for name, b in blocks.items()
    }
    return with_shared(encoding, found)


def with_shared(encoding: Encoding, rates: Rates) -> Rates:
    """Give every name that shares a parameter with another its rate too."""
    shared = encoding.priors.shared
    return {
        block: {**found, **{name: found[like] for name, like in shared.get(block, {}).items()}}
        for block, found in rates.items()
    }


def draw_world(encoding: Encoding, design: Design, *, seed: Sequence[int]) -> World:
    """Draw rates from the priors, a course of the states, and its record.

    Parameters
    ----------
    encoding : Encoding
        The model.
    design : Design
    seed : sequence of int
        The same seed gives the same world.
    """
    beliefs = encoding.beliefs
    rng = np.random.default_rng(list(seed))
    drawn = values_of(encoding, encoding.priors.draw(1, seed=int(rng.integers(2**31))))
    own = {
        block: dict(zip(names, map(float, drawn[block][:, 0]), strict=True))
        for block, names in columns(encoding).items()
    }
    rates = with_shared(encoding, own)
    path, moves = draw_path(beliefs, rates, design.steps + design.ahead, rng)
    told = sources(beliefs, medians(encoding))
    foretold = foretell(beliefs, steps=design.steps, rng=np.random.default_rng([*seed, 2]))
    record = path[: design.steps + 1], moves[: design.steps]
    rows = draw_reports(beliefs, rates, *record, told, gaps=design.gaps, rng=rng, foretold=foretold)
    coverage = cover(beliefs, told, steps=design.steps, gaps=design.gaps)
    return World(rates, path, moves, rows, coverage, foretold)


def read_record(encoding: Encoding, world: World, design: Design) -> Evidence:
    """Lay the record out as the engine does for a project."""
    as_of, foretold = day_of(encoding.beliefs, design.steps), world.foretold
    return observe(
        *(encoding, world.rows, world.coverage),
        as_of=as_of,
        announcements=foretold.settled(encoding.beliefs, world.rows) if foretold else (),
    )


_FOUND = 0.8  # probability that whoever resolves a question finds what occurred


@dataclass(frozen=True)
class Simulation:
    """What one simulation found; plain values.

    Attributes
    ----------
    number, steps : int
        Its number (the seed follows from it), and steps of its record.
    ranks : dict of str to int
        How many of 99 posterior draws lie below the truth, by quantity.
    moments : dict of str to (float, float)
        Posterior mean less truth, and posterior standard deviation, in prior standard deviations.
    events : dict of str to (float, bool)
        Forecast probability, and whether it came true.
    divergences, draws : int
        Divergent among all draws after warm-up.
    ess : float
        Smallest bulk effective sample size before thinning.
    lengthened : bool
        Whether the fit was made again, longer.
    """

    number: int
    steps: int
    ranks: Mapping[str, int]
    moments: Mapping[str, tuple[float, float]]
    events: Mapping[str, tuple[float, bool]]
    divergences: int = 0
    draws: int = 0
    ess: float = 0.0
    lengthened: bool = False
    reports: int = field(default=0, compare=False)


#: What the engine is given of a world; a test may put a fault here.
Reading = Callable[[Encoding, World, Design], Evidence]


def questions(beliefs: Beliefs, design: Design) -> dict[str, Question]:
    """Ask about every node and every presence indicator.

    Of a node: its headline states reached by half of the record, reached by the end of the
    forecast, and true then. Of an indicator: a report of it between the two.
    """
    half, end = day_of(beliefs, design.steps // 2), day_of(beliefs, design.steps + design.ahead)
    texts = dict.fromkeys(("text", "criteria", "fallback", "source"), "simulated")
    out = {}
    for name, node in beliefs.nodes.items():
        shared = {"node": name, "states": node.headline, "opens": beliefs.brief.as_of, **texts}
        for label, mode, by in (
            ("reached by half of the record", "reaches", half),
            ("reached by the end of the forecast", "reaches", end),
            ("at the end of the forecast", "is", end),
        ):
            out[f"{name} {label}"] = Question(mode=mode, by=by, **shared)
    opens = day_of(beliefs, design.steps)
    for name, entry in beliefs.indicators.items():
        if isinstance(entry, PresenceIndicator | MoveIndicator):
            if isinstance(entry, MoveIndicator):
                states: tuple[str, ...] = (entry.marks.to_state,)
            else:
                states = entry.points_at[0].states
            out[f"{name} reported by the end of the forecast"] = Question(
                mode="reported", indicator=name, detection=_FOUND, node=entry.nodes[0],
                states=states, opens=opens, by=end, **texts,
            )  # fmt: skip
    return out


def simulate(
    encoding: Encoding,
    design: Design,
    fit: Fit,
    number: int,
    *,
    seed: int,
    read: Reading = read_record,
) -> Simulation:
    """Draw a world, fit the engine to its record, and compare.

    Parameters
    ----------
    encoding : Encoding
        The model.
    design : Design
    fit : Fit
        How the posterior is drawn.
    number : int
        Of the simulation; the world and the chains follow from it and the seed.
    seed : int
        Of all simulations.
    read : callable, optional
        What the engine is given; by default the record as it is.

    Returns
    -------
    Simulation
    """
    world = draw_world(encoding, design, seed=[seed, design.steps, number])
    evidence = read(encoding, world, design)
    found = fit(evidence, seed=seed + number)
    values, truth = values_of(encoding, found.parameters), world.rates
    rng = np.random.default_rng([seed, design.steps, number, 1])
    ranks, moments = {}, {}
    for block, names in columns(encoding).items():
        for row, name in enumerate(names):
            if block == "initial" and _first(encoding, name):
                continue  # the first share of a node is what the others leave
            draws, true = values[block][row], truth[block][name]
            spread = _prior_sd(encoding, block, row)
            ranks[f"{block} {name}"] = _rank(draws, true, rng)
            moments[f"{block} {name}"] = (
                float(draws.mean() - true) / spread,
                float(draws.std(ddof=1)) / spread,
            )
    ranks |= _derived(encoding, world, found.parameters, evidence, design, rng)
    if world.foretold is not None:
        ranks["follow_through dated"] = _kept(encoding.beliefs, world.foretold, rng)
    return Simulation(
        number, design.steps, ranks, moments,
        _events(encoding, world, found.parameters, evidence, design, rng),
        found.divergences, found.draws, found.ess, found.lengthened, len(world.rows),
    )  # fmt: skip


def _first(encoding: Encoding, name: str) -> bool:
    node, _, state = name.rpartition(".")
    return encoding.beliefs.nodes[node].states[0] == state


def _prior_sd(encoding: Encoding, block: str, row: int) -> float:
    """Give the standard deviation of a prior, before truncation."""
    if block != "initial":
        return float(encoding.priors.sd(block)[row])
    weights = np.array(encoding.priors.weights)
    part = next(p for p in encoding.priors.node_slices() if p.start <= row < p.stop)
    total = weights[part].sum()
    share = weights[row] / total
    return float(np.sqrt(share * (1 - share) / (total + 1)))


def _rank(draws: Any, truth: float, rng: np.random.Generator) -> int:
    """How many draws lie below the truth; equal ones by chance."""
    below, equal = int((draws < truth).sum()), int((draws == truth).sum())
    return below + int(rng.integers(equal + 1))


def _with_truth(encoding: Encoding, parameters: Parameters, rates: Rates) -> Parameters:
    """Append the true rates to the draws, as the last column."""
    joined = {
        block: np.concatenate([values, [[rates[block][n]] for n in names]], axis=1)
        if names
        else np.zeros((0, parameters.draws + 1))
        for (block, names), values in zip(
            columns(encoding).items(), values_of(encoding, parameters).values(), strict=True
        )
    }
    return encoding.priors.parameters(joined)


def _derived(
    encoding: Encoding,
    world: World,
    parameters: Parameters,
    evidence: Evidence,
    design: Design,
    rng: np.random.Generator,
) -> dict[str, int]:
    """Ranks of what depends on the rates: likelihood, filtered states, the level in common."""
    joined = _with_truth(encoding, parameters, world.rates)
    seen = appraise(encoding, joined, evidence)
    out = {
        "likelihood log p(record)": _rank(seen.log_likelihood[:-1], seen.log_likelihood[-1], rng)
    }
    if (level := encoding.priors.common_level) is not None:
        found, _ = level.learnt(joined.log_rate[encoding.priors.rate_of])
        for name, row in zip(level.names, found, strict=True):
            out[f"common_level {name}"] = _rank(row[:-1], row[-1], rng)
    for name, node in encoding.beliefs.nodes.items():
        rows = encoding.headline_rows(name)
        headline = seen.probability[rows].sum(axis=0)
        out[f"filtered {name} headline"] = _rank(headline[:-1], headline[-1], rng)
        part = encoding.priors.node_slices()[encoding.nodes.index(name)]
        shares = seen.probability[part, :-1].mean(axis=1)
        at = node.states.index(world.path[design.steps][name])
        pit = shares[:at].sum() + rng.random() * shares[at]
        out[f"state {name}"] = min(int(pit * (RANKS + 1)), RANKS)
    return out


def _kept(beliefs: Beliefs, foretold: Foretold, rng: np.random.Generator) -> int:
    """Rank the true share of dated announcements that are kept, as learnt by the brief."""
    every = learnt_follow_through(beliefs, foretold.rows, as_of=beliefs.brief.as_of)
    return _rank(rng.beta(*every["dated"], RANKS), foretold.rho, rng)


def _events(
    encoding: Encoding,
    world: World,
    parameters: Parameters,
    evidence: Evidence,
    design: Design,
    rng: np.random.Generator,
) -> dict[str, tuple[float, bool]]:
    """Probability and outcome of every headline now, and of every question."""
    beliefs = encoding.beliefs
    now = appraise(encoding, parameters, evidence).probability.mean(axis=1)
    out = {}
    for name, node in beliefs.nodes.items():
        p = float(np.clip(now[encoding.headline_rows(name)].sum(), 0.0, 1.0))
        out[f"{name} now"] = p, world.path[design.steps][name] in node.headline
    asked = questions(beliefs, design)
    as_of = day_of(beliefs, design.steps)
    for each in answers(encoding, parameters, evidence, asked, as_of=as_of):
        yes = _came_true(beliefs, world, asked[each.name], design, rng)
        out[each.name] = float(np.clip(each.band.probability, 0.0, 1.0)), yes
    return out


def _came_true(
    beliefs: Beliefs, world: World, asked: Question, design: Design, rng: np.random.Generator
) -> bool:
    if asked.mode == "reaches":
        return reached(beliefs, world.path, world.moves, asked, rng)
    if asked.mode == "is":
        last = (asked.by - beliefs.brief.as_of).days // beliefs.grid.step
        return world.path[last][asked.node] in asked.states
    known: dict[str, list[int]] = {}
    for row in world.rows:
        days = (row.occurred_on - beliefs.brief.as_of).days
        known.setdefault(row.indicator, []).append(-(-days // beliefs.grid.step) - 1)
    future = world.path[design.steps + 1 :], world.moves[design.steps :]
    brought = None
    if world.foretold is not None:
        name, foretold = str(asked.indicator), world.foretold
        before = known.get(name, [])

        def brought(ahead: int, alone: float) -> float:
            return foretold.occurs(name, design.steps + ahead, alone, reported=before)

    return reported_ahead(
        *(beliefs, world.rates, *future, asked), known=known, brought=brought, rng=rng
    )
