"""Marked moves: reports that speak of what a node does in a step, not of where it stands.

Let ``m = 1`` if node n makes the move i to j at least once within a step. The likelihood of the
step is ``1 - d m`` in silence and ``c m + (1 - c) a_bar`` with a report. Its place is the
transition of the node: with ``G(i, s, j)`` the probability of going from i to j while the marked
moves made are just the set s, the node's factor of the step is ``sum_s w(s) G(i, s, j)``, where
``w(s)`` is the product of the likelihoods of all its marked moves. G is the exponential of a
generator over pairs (moves made, state), in which a marked move also adds itself to the set; so
moves made and undone within a step count.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.network.compiled import compiled
from forecast.network.evidence import Observed
from forecast.network.structure import Floats, Ints, Tables
from forecast.network.transition import expm, expm_adjoint, log_rate

__all__ = ["Turns", "made_tables", "mark_rows", "marked_gradient", "marked_turns", "turn"]

_MARK = 3
_STAGES = 61


class Turns(NamedTuple):
    """Transition tables of every step: those of a marked node differ by what was reported."""

    table: Floats  # the plain tables, then further parts of marked nodes, flattened
    place: Ints  # (R, N) where the part of each node begins; the first row is the plain one
    row: Ints  # (T,) row of each step; steps beyond are plain


@compiled
def turn(turns: Turns, step: int) -> Ints:
    """Give the places of one step; those of a step without evidence are plain."""
    known = 0 <= step < len(turns.row)
    place: Ints = turns.place[turns.row[step] if known else 0]
    return place


@compiled
def mark_rows(t: Tables, seen: Observed) -> tuple[Ints, Floats]:
    """Work out what each step says of every marked move.

    Parameters
    ----------
    t : Tables
        One component.
    seen : Observed
        The evidence.

    Returns
    -------
    row : (T,) array of int
        Row of each step; the first row is that of a step that says nothing.
    factor : (R, M, 2) array
        Likelihood where the move is not made, and where it is.
    """
    steps, moves = len(seen.pattern), len(t.move_node)
    row = np.zeros(steps, np.int64)
    if moves == 0:
        return row, np.ones((1, 0, 2))
    said = np.ones((steps + 1, moves, 2))
    told = np.empty(steps)
    for k in range(len(t.own)):
        if t.kinds[k] != _MARK:
            continue
        told[:] = -1.0
        for m in range(len(seen.cell_step)):
            if seen.cell_indicator[m] == t.own[k]:
                told[seen.cell_step[m]] = seen.cell_value[m]
        for step in range(steps):
            unmade, made = 1.0, 1.0 - seen.detection[seen.pattern[step], t.own[k]]
            if told[step] >= 0.0:  # a report takes the place of the silence
                unmade = (1.0 - told[step]) * t.average[k]
                made = told[step] + unmade
            said[step + 1, t.own_move[k], 0] *= unmade
            said[step + 1, t.own_move[k], 1] *= made
    rows = 1
    for step in range(steps):  # the rows found so far are moved to the front
        at = 0
        while at < rows and (said[at] != said[step + 1]).any():
            at += 1
        if at == rows:
            said[rows] = said[step + 1]
            rows += 1
        row[step] = at
    return row, said[:rows].copy()


@compiled
def _grow(
    t: Tables,
    config: int,
    log_hazard: Floats,
    log_ratio: Floats,
    frozen: Floats,
    d: int,
    dt: float,
    q: Floats,
) -> None:
    """Fill the generator over pairs (set of marked moves made, state), times the step."""
    q[:, :] = 0.0
    size = t.config_size[config]
    for entry in range(t.config_entry[config], t.config_entry[config + 1]):
        rate = np.exp(log_rate(t, entry, log_hazard, log_ratio, d)) * (1.0 - frozen[entry]) * dt
        for made in range(len(q) // size):
            origin = made * size + t.entry_from[entry]
            target = (made | t.entry_bit[entry]) * size + t.entry_to[entry]
            q[origin, target] += rate
            q[origin, origin] -= rate


@compiled
def _node_of(t: Tables) -> Ints:
    """Node of each configuration, by position."""
    out = np.zeros(len(t.config_size), np.int64)
    for n in range(len(t.sizes)):
        for z in range(t.config.shape[1]):
            out[t.config[n, z]] = n
    return out


@compiled
def made_tables(
    t: Tables, log_hazard: Floats, log_ratio: Floats, frozen: Floats, dt: float
) -> Floats:
    """Probability of each end and set of marked moves made, from each beginning.

    Parameters
    ----------
    t, log_hazard, log_ratio, frozen, dt
        As in `transition_tables`.

    Returns
    -------
    (G, max K, max sets, max K, D) array
        By configuration, state before, set of moves, and state after; left at 0 for the
        configurations of nodes without a marked move.
    """
    draws, largest, sets = log_hazard.shape[1], max(t.sizes), max(t.node_sets)
    if sets == 1:
        return np.zeros((0, largest, sets, largest, draws))
    out = np.zeros((len(t.config_size), largest, sets, largest, draws))
    node = _node_of(t)
    for config in range(len(t.config_size)):
        size, own = t.config_size[config], t.node_sets[node[config]]
        if own == 1:
            continue
        q = np.empty((size * own, size * own))
        stages = np.empty((_STAGES, size * own, size * own))
        work = np.empty((6, size * own, size * own))
        for d in range(draws):
            _grow(t, config, log_hazard, log_ratio, frozen, d, dt, q)
            last = expm(q, stages, work)
            for i in range(size):
                for made in range(own):
                    for j in range(size):
                        out[config, i, made, j, d] = stages[last, i, made * size + j]
    return out


@compiled
def _weights(t: Tables, n: int, factor: Floats) -> Floats:
    """Likelihood of each set of marked moves of a node, by what one row says (M, 2)."""
    out = np.ones(t.node_sets[n])
    for m in range(len(t.move_node)):
        if t.move_node[m] == n:
            for made in range(len(out)):
                out[made] *= factor[m, 1 if made & t.move_bit[m] else 0]
    return out


@compiled
def marked_turns(
    t: Tables, plain: Floats, made: Floats, row: Ints, factor: Floats, draws: int
) -> Turns:
    """Lay out the transition tables of every different step.

    Parameters
    ----------
    t : Tables
        One component.
    plain : (S * sum(K_n) * D,)
        From `transition_tables`, flattened.
    made
        From `made_tables`; not read where every step is plain.
    row, factor
        From `mark_rows`.
    draws : int
        Number of draws, D.
    """
    joint, rows = t.config.shape[1], len(factor)
    place = np.zeros((rows, len(t.sizes)), np.int64)
    end = 0
    for n in range(len(t.sizes)):
        place[:, n] = end
        end += joint * t.sizes[n] * draws
    for r in range(1, rows):
        for n in range(len(t.sizes)):
            if t.node_sets[n] > 1:
                place[r, n] = end
                end += joint * t.sizes[n] * draws
    if rows == 1:
        return Turns(plain, place, row)
    table = np.empty(end)
    table[: len(plain)] = plain
    first = 0
    for n in range(len(t.sizes)):
        size = t.sizes[n]
        rest = joint // size
        for r in range(1, rows if t.node_sets[n] > 1 else 1):
            weight, at = _weights(t, n, factor[r]), place[r, n]
            for i in range(size):
                for j in range(size):
                    for q in range(rest):
                        config = t.rest_config[first + q]
                        part = table[at : at + draws]
                        part[:] = 0.0
                        for s in range(len(weight)):
                            for d in range(draws):
                                part[d] += weight[s] * made[config, i, s, j, d]
                        at += draws
        first += rest
    return Turns(table, place, row)


@compiled
def marked_gradient(
    t: Tables,
    log_hazard: Floats,
    log_ratio: Floats,
    dt: float,
    turns: Turns,
    factor: Floats,
    grad_table: Floats,
    grad_hazard: Floats,
    grad_ratio: Floats,
) -> None:
    """Pull a gradient with respect to the parts of marked nodes back to hazards and ratios.

    Parameters
    ----------
    t, log_hazard, log_ratio, dt
        As in `transition_tables`.
    turns, factor
        From `marked_turns` and `mark_rows`.
    grad_table
        Gradient with respect to ``turns.table``.
    grad_hazard, grad_ratio : (H, D), (C, D)
        Added to in place.
    """
    draws, largest, sets = log_hazard.shape[1], max(t.sizes), max(t.node_sets)
    joint, rows = t.config.shape[1], len(factor)
    if rows == 1:
        return
    grad = np.zeros((len(t.config_size), largest, sets, largest, draws))
    first = 0
    for n in range(len(t.sizes)):
        size = t.sizes[n]
        rest = joint // size
        for r in range(1, rows if t.node_sets[n] > 1 else 1):
            weight, at = _weights(t, n, factor[r]), turns.place[r, n]
            for i in range(size):
                for j in range(size):
                    for q in range(rest):
                        config = t.rest_config[first + q]
                        for s in range(len(weight)):
                            for d in range(draws):
                                grad[config, i, s, j, d] += weight[s] * grad_table[at + d]
                        at += draws
        first += rest
    _pull_made(t, log_hazard, log_ratio, dt, grad, grad_hazard, grad_ratio)


@compiled
def _pull_made(
    t: Tables,
    log_hazard: Floats,
    log_ratio: Floats,
    dt: float,
    grad: Floats,
    grad_hazard: Floats,
    grad_ratio: Floats,
) -> None:
    """Pull a gradient with respect to `made_tables` back to hazards and ratios, in place."""
    frozen, node = np.zeros(len(t.entry_config)), _node_of(t)
    for config in range(len(t.config_size)):
        size, own = t.config_size[config], t.node_sets[node[config]]
        if own == 1:
            continue
        q = np.empty((size * own, size * own))
        stages = np.empty((_STAGES, size * own, size * own))
        work = np.empty((6, size * own, size * own))
        pulled = np.empty((size * own, size * own))
        for d in range(log_hazard.shape[1]):
            pulled[:, :] = 0.0
            for i in range(size):
                for made in range(own):
                    for j in range(size):
                        pulled[i, made * size + j] = grad[config, i, made, j, d]
            _grow(t, config, log_hazard, log_ratio, frozen, d, dt, q)
            expm_adjoint(stages, expm(q, stages, work), pulled, work)
            for entry in range(t.config_entry[config], t.config_entry[config + 1]):
                slope = 0.0
                for made in range(own):
                    origin = made * size + t.entry_from[entry]
                    target = (made | t.entry_bit[entry]) * size + t.entry_to[entry]
                    slope += pulled[origin, target] - pulled[origin, origin]
                slope *= np.exp(log_rate(t, entry, log_hazard, log_ratio, d)) * dt
                grad_hazard[t.entry_hazard[entry], d] += slope
                for link in range(t.entry_start[entry], t.entry_start[entry + 1]):
                    grad_ratio[t.entry_coupling[link], d] += slope
