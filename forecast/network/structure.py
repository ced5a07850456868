"""Joint states: which nodes there are, what pulls on what, and which states an indicator points at.

A `Network` is the structure of a continuous-time Bayesian network and of the reports that
observe it, without a single rate: those come as `Parameters`. Joint states are numbered
row-major: the last node changes fastest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "COUNT",
    "MARK",
    "PRESENCE",
    "VALUE",
    "Network",
    "Parameters",
    "Tables",
    "components",
    "joint_states",
    "tables",
]

PRESENCE: Final = 0
COUNT: Final = 1
VALUE: Final = 2
MARK: Final = 3

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def _rows(rows: Iterable[Sequence[int]], width: int) -> Ints:
    return np.array(list(rows), dtype=np.int64).reshape(-1, width)


@dataclass(frozen=True, eq=False)
class Network:
    """The structure of a coupled network and of the indicators that observe it.

    Attributes
    ----------
    sizes : (N,)
        Number of states of each node.
    hazards : (H, 3)
        Rows ``node, origin, target``: a transition with a rate of its own.
    links : (L, 4)
        Rows ``hazard, coupling, parent, state``: while `parent` is in `state`, the log of
        the hazard rises by the log hazard ratio of the coupling.
    kinds : (K,)
        `PRESENCE`, `COUNT`, `VALUE` or `MARK` for each indicator.
    points : (R, 4)
        Rows ``indicator, node, state, ratio``: while `node` is in `state`, the log rate of the
        indicator falls by the rarity of that number. The state pointed at has no row.
    levels : (V, 4)
        Rows ``indicator, node, state, level``: the level a value indicator has in that state;
        levels of several nodes add up.
    marks : (M, 2)
        Rows ``indicator, hazard``: what the indicator reports is the move of that hazard itself.
    average : (K,)
        The mean probability of occurrence within a step, over states, at the prior medians
        (presence), or that of the move marked from the state it leaves (mark).
    degrees_of_freedom : (K,)
        Of the Student-t around a level (value only).
    power : (K,)
        The size of the negative binomial grows as this power of its mean (count only).

    Examples
    --------
    One node with two states, one hazard, one indicator that points at state 1:

    >>> network = Network(sizes=[2], hazards=[(0, 0, 1)], kinds=[PRESENCE], points=[(0, 0, 0, 0)])
    >>> network.joint_size
    2
    """

    sizes: Ints
    hazards: Ints
    links: Ints = field(default_factory=lambda: _rows((), 4))
    kinds: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    points: Ints = field(default_factory=lambda: _rows((), 4))
    levels: Ints = field(default_factory=lambda: _rows((), 4))
    marks: Ints = field(default_factory=lambda: _rows((), 2))
    average: Floats | None = None
    degrees_of_freedom: Floats | None = None
    power: Floats | None = None

    def __post_init__(self) -> None:
        """Coerce to arrays and refuse an index that points nowhere."""
        widths = {"hazards": 3, "links": 4, "points": 4, "levels": 4, "marks": 2}
        for name, width in widths.items():
            object.__setattr__(self, name, _rows(getattr(self, name), width))
        for name in ("sizes", "kinds"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.int64).reshape(-1))
        count = len(self.kinds)
        for name, default in (("average", 0.5), ("degrees_of_freedom", 4.0), ("power", 0.0)):
            given = getattr(self, name)
            values = np.full(count, default) if given is None else np.asarray(given, np.float64)
            if values.shape != (count,):
                raise ValueError(f"{name} must have shape ({count},), got {values.shape}")
            object.__setattr__(self, name, values)
        self._check_references()

    def _check_references(self) -> None:
        def states(rows: Ints, node: int, state: int, what: str) -> None:
            nodes, found = rows[:, node], rows[:, state]
            if rows.size and not (
                (nodes >= 0).all()
                and (nodes < len(self.sizes)).all()
                and (found >= 0).all()
                and (found < self.sizes[nodes]).all()
            ):
                raise ValueError(f"{what} refer to a node or state that does not exist")

        states(self.hazards, 0, 1, "hazards")
        states(self.hazards, 0, 2, "hazards")
        states(self.links, 2, 3, "links")
        states(self.points, 1, 2, "points")
        states(self.levels, 1, 2, "levels")
        if (self.hazards[:, 1] == self.hazards[:, 2]).any():
            raise ValueError("a hazard leads from a state to itself")
        if self.links.size and (self.hazards[self.links[:, 0], 0] == self.links[:, 2]).any():
            raise ValueError("a node cannot be coupled to itself")

    @property
    def joint_size(self) -> int:
        """Number of joint states, S."""
        return int(np.prod(self.sizes))

    @property
    def couplings(self) -> int:
        """Number of couplings."""
        return int(self.links[:, 1].max()) + 1 if self.links.size else 0

    @property
    def ratios(self) -> int:
        """Number of rarities."""
        return int(self.points[:, 3].max()) + 1 if self.points.size else 0

    def indicator_nodes(self, indicator: int) -> list[int]:
        """Nodes the indicator tells something about, in the order of the file."""
        moved = np.column_stack([self.marks[:, 0], self.hazards[self.marks[:, 1], 0]])
        rows = np.concatenate([self.points[:, :2], self.levels[:, :2], moved])
        return sorted({int(node) for k, node in rows if k == indicator})


@dataclass(frozen=True, eq=False)
class Parameters:
    """Every unknown rate, for a batch of draws; draws are the last axis.

    Attributes
    ----------
    initial : (ΣK_n, D)
        Probability of each state of each node at the start.
    log_hazard : (H, D)
        Log hazard per day with no coupling active.
    log_hazard_ratio : (C, D)
        Log hazard ratio of each coupling.
    log_rate : (K, D)
        Log rate per day of each indicator where every node is in the state pointed at
        (unused for value indicators).
    rarity : (R, D)
        How much the log rate falls elsewhere, not negative.
    log_dispersion : (K, D)
        Log size of the negative binomial (count only).
    level : (V, D)
        Level of a value indicator in each state.
    log_spread : (K, D)
        Log scale of the Student-t (value only).
    motion : (M, D)
        What the rates of levels that move were worked out from; no kernel reads it.
    """

    initial: Floats
    log_hazard: Floats
    log_hazard_ratio: Floats
    log_rate: Floats
    rarity: Floats
    log_dispersion: Floats
    level: Floats
    log_spread: Floats
    motion: Floats = field(default_factory=lambda: np.zeros((0, 1)))

    def __post_init__(self) -> None:
        """Give every array its draw axis."""
        if not len(self.motion):
            draws = self.initial.shape[1] if np.ndim(self.initial) > 1 else 1
            object.__setattr__(self, "motion", np.zeros((0, draws)))
        for name in self.__dataclass_fields__:
            values = np.asarray(getattr(self, name), dtype=np.float64)
            values = values[:, None] if values.ndim == 1 else values
            object.__setattr__(self, name, np.ascontiguousarray(values))

    @property
    def draws(self) -> int:
        """Number of draws, D."""
        return int(self.initial.shape[1])

    def take(self, draws: slice | Ints) -> Parameters:
        """Return some of the draws."""
        names = self.__dataclass_fields__
        return Parameters(**{name: getattr(self, name)[:, draws] for name in names})

    def thin(self, most: int) -> slice:
        """Choose evenly spaced draws: all, or `most` of them and fewer than twice as many."""
        return slice(None, None, max(1, self.draws // most))


class Tables(NamedTuple):
    """What the compiled kernels read: every index worked out once, of one component.

    A *configuration* is a node with the states of its parents; a *case* is an indicator with
    the states of the nodes it points at.
    """

    sizes: Ints  # (N,) states of each node
    strides: Ints  # (N,) joint-state stride of each node
    initial: Ints  # (N,) where the node's states start among the initial probabilities
    config: Ints  # (N, S) configuration of node n in a joint state
    rest_config: Ints  # for each node in turn, the configuration by the states of the other
    # nodes, those after it first (the order in which `step_forward` meets them)
    config_entry: Ints  # (G + 1,) where the entries of a configuration start
    config_size: Ints  # (G,) states of the node of each configuration
    entry_config: Ints  # (E,) configuration an off-diagonal entry belongs to
    entry_node: Ints  # (E,) its node, by position
    entry_hazard: Ints  # (E,) its hazard
    entry_from: Ints  # (E,)
    entry_to: Ints  # (E,)
    entry_start: Ints  # (E + 1,) where its couplings start
    entry_coupling: Ints  # couplings active in the entry
    own: Ints  # (K_own,) indicators of this component
    slot: Ints  # (K,) position among the own, or -1
    kinds: Ints  # (K_own,)
    case: Ints  # (K_own, S) case of an indicator in a joint state
    case_start: Ints  # (K_own + 1,) where its cases start
    case_ratio_start: Ints  # (U + 1,)
    case_ratio: Ints  # rarities active in the case
    case_level_start: Ints  # (U + 1,)
    case_level: Ints  # levels that add up to that of the case
    average: Floats  # (K_own,)
    degrees_of_freedom: Floats  # (K_own,)
    power: Floats  # (K_own,)
    own_move: Ints  # (K_own,) marked move the indicator reports, or -1
    move_node: Ints  # (M,) node of each marked move, by position
    move_bit: Ints  # (M,) its bit among the marked moves of its node: 1, 2, 4 ...
    entry_bit: Ints  # (E,) bit of the entry's move, 0 where nothing marks it
    node_sets: Ints  # (N,) number of sets of marked moves of each node: 1, 2, 4 ...


def joint_states(sizes: Iterable[int]) -> Ints:
    """List the joint states, row-major.

    Parameters
    ----------
    sizes : iterable of int
        States of each node.

    Returns
    -------
    (S, N) array of int
        The state of every node in every joint state.

    Examples
    --------
    >>> joint_states([2, 2]).tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    """
    shape = tuple(int(size) for size in sizes)
    return np.stack(np.unravel_index(np.arange(int(np.prod(shape))), shape), axis=1)


def components(network: Network) -> list[list[int]]:
    """Group nodes that can tell something about each other.

    Two nodes belong together if one is coupled to the other or if an indicator points at both;
    groups without such a tie are independent and are filtered apart.

    Parameters
    ----------
    network : Network
        The structure.

    Returns
    -------
    list of list of int
        Nodes of each component, in the order of the file.

    Examples
    --------
    >>> components(Network(sizes=[2, 2, 2], hazards=[(0, 0, 1), (2, 0, 1)], links=[(1, 0, 0, 1)]))
    [[0, 2], [1]]
    """
    root = list(range(len(network.sizes)))

    def find(node: int) -> int:
        while root[node] != node:
            node = root[node]
        return node

    def join(nodes: Sequence[int]) -> None:
        for node in nodes[1:]:
            low, high = sorted((find(nodes[0]), find(node)))
            root[high] = low

    for hazard, _, parent, _ in network.links:
        join([int(network.hazards[hazard, 0]), int(parent)])
    for indicator in range(len(network.kinds)):
        join(network.indicator_nodes(indicator))
    groups: dict[int, list[int]] = {}
    for node in range(len(root)):
        groups.setdefault(find(node), []).append(node)
    return list(groups.values())


def tables(network: Network, nodes: Sequence[int]) -> Tables:
    """Work out every index of one component once.

    Parameters
    ----------
    network : Network
        The whole structure; parameters keep their numbers in it.
    nodes : sequence of int
        The nodes of the component, from `components`.

    Returns
    -------
    Tables
        Arrays for the compiled kernels.
    """
    sizes = network.sizes[list(nodes)]
    states = joint_states(sizes)
    column = {node: position for position, node in enumerate(nodes)}
    starts = np.concatenate([[0], np.cumsum(network.sizes)])
    strides = np.array([int(np.prod(sizes[n + 1 :])) for n in range(len(sizes))], np.int64)
    found = {**_configurations(network, column, states), **_cases(network, column, states)}
    return Tables(
        sizes=sizes,
        strides=strides,
        initial=starts[list(nodes)],
        **found,
        **_marked_moves(network, column, found["entry_hazard"], found["own"]),
    )


def _lookup(states: Ints, columns: list[int], sizes: Ints) -> tuple[Ints, Ints]:
    """Give numbers to the states of some columns: the number in each joint state, and a list."""
    if not columns:
        return np.zeros(len(states), np.int64), np.zeros((1, 0), np.int64)
    shape = tuple(int(sizes[c]) for c in columns)
    number = np.ravel_multi_index(tuple(states[:, c] for c in columns), shape)
    return np.asarray(number, np.int64), joint_states(shape)


def _configurations(network: Network, column: dict[int, int], states: Ints) -> dict[str, Any]:
    sizes = network.sizes[list(column)]
    config = np.zeros((len(column), len(states)), np.int64)
    config_size: list[int] = []
    entries: list[tuple[int, int, int, int, int]] = []
    active: list[list[int]] = []
    for node, position in column.items():
        own = [h for h in range(len(network.hazards)) if network.hazards[h, 0] == node]
        links = network.links[np.isin(network.links[:, 0], own)]
        parents = sorted({column[int(parent)] for parent in links[:, 2]})
        number, listed = _lookup(states, parents, sizes)
        config[position] = number + len(config_size)
        for row in listed:
            held = {parents[c]: int(state) for c, state in enumerate(row)}
            for hazard in own:
                _, origin, target = (int(x) for x in network.hazards[hazard])
                entries.append((len(config_size), position, hazard, origin, target))
                active.append(
                    [
                        int(coupling)
                        for h, coupling, parent, state in links
                        if h == hazard and held[column[int(parent)]] == state
                    ]
                )
            config_size.append(int(network.sizes[node]))
    table = _rows(entries, 5)
    return {
        "config": config,
        "rest_config": np.concatenate([_rotated(c, sizes, n) for n, c in enumerate(config)]),
        "config_entry": np.searchsorted(table[:, 0], np.arange(len(config_size) + 1)),
        "config_size": np.array(config_size, np.int64),
        "entry_config": table[:, 0].copy(),
        "entry_node": table[:, 1].copy(),
        "entry_hazard": table[:, 2].copy(),
        "entry_from": table[:, 3].copy(),
        "entry_to": table[:, 4].copy(),
        **_ragged(active, "entry_start", "entry_coupling"),
    }


def _rotated(config: Ints, sizes: Ints, node: int) -> Ints:
    """Order the configurations of a node by the states of the nodes after it, then before it."""
    axes = [*range(node, len(sizes)), *range(node)]
    return np.ascontiguousarray(config.reshape(tuple(sizes)).transpose(axes)[0]).reshape(-1)


def _cases(network: Network, column: dict[int, int], states: Ints) -> dict[str, Any]:
    sizes = network.sizes[list(column)]
    own = [k for k in range(len(network.kinds)) if set(network.indicator_nodes(k)) & set(column)]
    slot = np.full(len(network.kinds), -1, np.int64)
    slot[own] = np.arange(len(own))
    case = np.zeros((len(own), len(states)), np.int64)
    start = [0]
    ratios: list[list[int]] = []
    levels: list[list[int]] = []
    for position, indicator in enumerate(own):
        columns = [column[node] for node in network.indicator_nodes(indicator)]
        number, listed = _lookup(states, columns, sizes)
        case[position] = number + start[-1]
        for row in listed:
            held = {columns[c]: int(state) for c, state in enumerate(row)}
            here = [r for r in network.points if r[0] == indicator]
            ratios.append([int(ratio) for _, n, s, ratio in here if held[column[int(n)]] == s])
            there = [r for r in network.levels if r[0] == indicator]
            levels.append([int(level) for _, n, s, level in there if held[column[int(n)]] == s])
        start.append(start[-1] + len(listed))
    assert network.average is not None
    assert network.degrees_of_freedom is not None
    assert network.power is not None
    return {
        "own": np.array(own, np.int64),
        "slot": slot,
        "kinds": network.kinds[own],
        "case": case,
        "case_start": np.array(start, np.int64),
        **_ragged(ratios, "case_ratio_start", "case_ratio"),
        **_ragged(levels, "case_level_start", "case_level"),
        "average": network.average[own],
        "degrees_of_freedom": network.degrees_of_freedom[own],
        "power": network.power[own],
    }


def _marked_moves(
    network: Network, column: dict[int, int], entry_hazard: Ints, own: Ints
) -> dict[str, Any]:
    """Give a number to every marked move of the component, and a bit among those of its node."""
    marked = dict(network.marks.tolist())
    hazards = sorted({h for h in marked.values() if int(network.hazards[h, 0]) in column})
    nodes = [column[int(network.hazards[h, 0])] for h in hazards]
    bits = [1 << nodes[:number].count(node) for number, node in enumerate(nodes)]
    bit_of = dict(zip(hazards, bits, strict=True))
    return {
        "own_move": np.array(
            [hazards.index(marked[k]) if k in marked else -1 for k in own.tolist()], np.int64
        ),
        "move_node": np.array(nodes, np.int64),
        "move_bit": np.array(bits, np.int64),
        "entry_bit": np.array([bit_of.get(h, 0) for h in entry_hazard.tolist()], np.int64),
        "node_sets": np.array([1 << nodes.count(n) for n in range(len(column))], np.int64),
    }


def _ragged(rows: list[list[int]], start: str, values: str) -> dict[str, Ints]:
    lengths = [len(row) for row in rows]
    flat = [value for row in rows for value in row]
    return {
        start: np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        values: np.array(flat, np.int64),
    }
