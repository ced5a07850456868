"""Random small networks with random rates and random evidence, for hypothesis to search."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from forecast.network import (
    COUNT,
    MARK,
    PRESENCE,
    VALUE,
    Evidence,
    Network,
    Parameters,
    Propagator,
    Tables,
    passes,
    tables,
)
from forecast.network.structure import Floats

Draw = st.DrawFn

# The same examples in every run: a failure can be repeated, and the time is known.
examples = partial(settings, deadline=None, derandomize=True)

MAX_JOINT_STATES = 24
MAX_PATHS = 5_000
MAX_STEPS = 8


@dataclass(frozen=True)
class Case:
    """A network, rates, evidence and the step of the grid."""

    network: Network
    parameters: Parameters
    evidence: Evidence
    step: float

    @property
    def tables(self) -> Tables:
        """All nodes in one component, whether or not they need to be."""
        return tables(self.network, range(len(self.network.sizes)))

    @property
    def propagator(self) -> Propagator:
        """What filters, smooths and forecasts."""
        return Propagator(self.tables, self.parameters, step=self.step)

    def smoothed(self) -> Floats:
        """Probability of each joint state given all reports, later ones too: (T, S, D)."""
        found = passes(self.propagator, self.evidence)
        return found.hindsight[1:] * found.probability[1:]

    def draw(self, d: int) -> Parameters:
        """One draw of the rates."""
        return self.parameters.take(slice(d, d + 1))


def small_sizes(max_nodes: int) -> st.SearchStrategy[list[int]]:
    """One to `max_nodes` nodes of two to four states."""
    sizes = st.lists(st.sampled_from([2, 3, 4]), min_size=1, max_size=max_nodes)
    return sizes.filter(lambda each: prod(each) <= MAX_JOINT_STATES)


def hazard_rows(draw: Draw, sizes: list[int]) -> list[tuple[int, int, int]]:
    """Any of the transitions of each node, forward or backward; perhaps none."""
    every = [(n, i, j) for n, k in enumerate(sizes) for i in range(k) for j in range(k) if i != j]
    kept = draw(st.lists(st.booleans(), min_size=len(every), max_size=len(every)))
    return [row for row, keep in zip(every, kept, strict=True) if keep]


def link_rows(
    draw: Draw, sizes: list[int], hazards: list[tuple[int, int, int]]
) -> list[tuple[int, int, int, int]]:
    """Couplings: each from some states of a parent to some hazards of a child, cycles included."""
    links: list[tuple[int, int, int, int]] = []
    coupling = 0
    for _ in range(draw(st.integers(0, 4)) if len(sizes) > 1 else 0):
        parent = draw(st.integers(0, len(sizes) - 1))
        children = sorted({row[0] for row in hazards} - {parent})
        if not children:
            continue
        child = draw(st.sampled_from(children))
        own = [h for h, row in enumerate(hazards) if row[0] == child]
        pulled = draw(st.lists(st.sampled_from(own), min_size=1, max_size=2, unique=True))
        states = draw(st.sets(st.integers(0, sizes[parent] - 1), min_size=1, max_size=2))
        links += [(h, coupling, parent, state) for h in pulled for state in sorted(states)]
        coupling += 1
    return links


def indicator_rows(draw: Draw, sizes: list[int], kinds: list[int]) -> dict[str, Any]:
    """Presence and count point at one or two nodes; a value has a level in each state of one."""
    points: list[tuple[int, int, int, int]] = []
    levels: list[tuple[int, int, int, int]] = []
    ratio = 0
    for k, kind in enumerate(kinds):
        nodes = st.integers(0, len(sizes) - 1)
        if kind == MARK:
            continue
        if kind == VALUE:
            node = draw(nodes)
            levels += [(k, node, state, len(levels) + state) for state in range(sizes[node])]
            continue
        for node in sorted(draw(st.sets(nodes, min_size=1, max_size=2))):
            pointed = draw(st.integers(0, sizes[node] - 1))
            shared = draw(st.booleans())
            others = [state for state in range(sizes[node]) if state != pointed]
            points += [(k, node, s, ratio + (0 if shared else at)) for at, s in enumerate(others)]
            ratio += 1 if shared else len(others)
    return {"points": points, "levels": levels}


@st.composite
def networks(
    draw: Draw, *, max_nodes: int = 4, max_indicators: int = 3, marks: bool = False
) -> Network:
    """Structures alone, with up to three indicators of moves if asked; two may mark one move."""
    sizes = draw(small_sizes(max_nodes))
    hazards = hazard_rows(draw, sizes)
    kind = st.sampled_from([PRESENCE, PRESENCE, COUNT, VALUE])
    kinds = draw(st.lists(kind, min_size=1, max_size=max_indicators))
    marked: list[tuple[int, int]] = []
    if marks and hazards:
        moves = st.lists(st.integers(0, len(hazards) - 1), min_size=1, max_size=3)
        marked = [(len(kinds) + number, hazard) for number, hazard in enumerate(draw(moves))]
        kinds += [MARK] * len(marked)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return Network(
        sizes=sizes,
        hazards=hazards,
        links=link_rows(draw, sizes, hazards),
        kinds=kinds,
        **indicator_rows(draw, sizes, kinds),
        marks=marked,
        average=rng.uniform(0.01, 0.5, len(kinds)),
        degrees_of_freedom=rng.uniform(2.5, 8.0, len(kinds)),
    )


def random_parameters(network: Network, rng: np.random.Generator, draws: int) -> Parameters:
    """Rates from about once a decade to once in a few days."""
    indicators = len(network.kinds)
    initial = [rng.dirichlet(np.full(size, 2.0), draws).T for size in network.sizes]
    return Parameters(
        initial=np.concatenate(initial),
        log_hazard=rng.normal(-4.0, 1.5, (len(network.hazards), draws)),
        log_hazard_ratio=rng.normal(0.0, 1.0, (network.couplings, draws)),
        log_rate=rng.normal(-3.0, 1.0, (indicators, draws)),
        rarity=rng.gamma(2.0, 0.7, (network.ratios, draws)),
        log_dispersion=rng.normal(0.5, 1.0, (indicators, draws)),
        level=rng.normal(0.0, 1.5, (len(network.levels), draws)),
        log_spread=rng.normal(0.0, 0.4, (indicators, draws)),
    )


def random_evidence(
    network: Network, rng: np.random.Generator, steps: int, *, reports: float = 0.4
) -> Evidence:
    """Two coverage patterns, and a report in a share of all cells."""
    indicators = len(network.kinds)
    detection = rng.choice([0.0, 0.2, 0.7, 0.95], size=(2, indicators))
    cells = np.argwhere(rng.random((steps, indicators)) < reports)
    kinds = network.kinds[cells[:, 1]]
    values = {
        PRESENCE: rng.choice([0.0, 0.3, 0.8, 1.0], len(cells)),
        COUNT: rng.poisson(2.0, len(cells)).astype(float),
        VALUE: rng.normal(0.0, 2.0, len(cells)),
        MARK: rng.choice([0.0, 0.3, 0.8, 0.98], len(cells)),
    }
    return Evidence(
        pattern=rng.integers(0, 2, steps),
        detection=detection,
        cell_step=cells[:, 0],
        cell_indicator=cells[:, 1],
        cell_value=np.select([kinds == kind for kind in values], list(values.values())),
        cell_exposure=np.where(kinds == COUNT, rng.choice([0.5, 1.0, 3.0], len(cells)), 1.0),
    )


def countable_steps(network: Network) -> int:
    """How many steps leave no more than `MAX_PATHS` paths, the start included."""
    steps = int(np.log(MAX_PATHS) / np.log(network.joint_size)) - 1
    return max(1, min(MAX_STEPS, steps))


@st.composite
def cases(
    draw: Draw,
    *,
    max_nodes: int = 4,
    draws: int = 2,
    steps: int | None = None,
    marks: bool = False,
) -> Case:
    """A network with rates, evidence and a step, few enough paths to list them all."""
    network = draw(networks(max_nodes=max_nodes, marks=marks))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    length = steps or countable_steps(network)
    return Case(
        network=network,
        parameters=random_parameters(network, rng, draws),
        evidence=random_evidence(network, rng, length),
        step=draw(st.sampled_from([0.5, 1.0, 7.0, 30.0])),
    )
