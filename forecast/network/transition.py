"""Transition: one step of the coupled network, node by node, never the S x S matrix.

Node n leaves i for j with hazard ``q_ij(z) = exp(eta_ij + sum of active betas)`` per day. One step
applies ``expm(Q_n(z) dt)`` for each node in the order of the file (Lie splitting): a proper
stochastic matrix for any dt, and the continuous-time network as dt goes to 0. It costs
``S * sum(K_n)`` multiplications a step. The gradient runs the same steps backwards.

Every kernel keeps draws innermost in memory, so that one implementation serves a single draw
(the sampler) and a batch of draws (filtering and forecasting).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from forecast.network.structure import Floats, Tables

__all__ = ["step_back", "step_forward", "transition_gradient", "transition_tables"]

_MAX_ORDER = 24


@njit(cache=True)
def _multiply(a: Floats, b: Floats, out: Floats) -> None:  # pragma: no cover - compiled
    size = a.shape[0]
    for i in range(size):
        for j in range(size):
            total = 0.0
            for k in range(size):
                total += a[i, k] * b[k, j]
            out[i, j] = total


@njit(cache=True)
def _scaling(a: Floats) -> int:  # pragma: no cover - compiled
    """Return how often to halve the matrix until the Taylor series converges fast."""
    norm = 0.0
    for i in range(a.shape[0]):
        row = 0.0
        for j in range(a.shape[0]):
            row += abs(a[i, j])
        norm = max(norm, row)
    halvings = 0
    while norm > 0.5 and halvings < 60:
        norm *= 0.5
        halvings += 1
    return halvings


@njit(cache=True)
def _expm(a: Floats, stages: Floats) -> int:  # pragma: no cover - compiled
    """Exponentiate by Taylor series, scaling and squaring; every squaring is kept."""
    size = a.shape[0]
    halvings = min(_scaling(a), stages.shape[0] - 1)
    b = a * 0.5**halvings
    term = np.eye(size)
    total = np.eye(size)
    product = np.empty((size, size))
    for order in range(1, _MAX_ORDER):
        _multiply(term, b, product)
        largest = 0.0
        for i in range(size):
            for j in range(size):
                term[i, j] = product[i, j] / order
                total[i, j] += term[i, j]
                largest = max(largest, abs(term[i, j]))
        if largest < 1e-18:
            break
    stages[0] = total
    for level in range(halvings):
        _multiply(stages[level], stages[level], stages[level + 1])
    return halvings


@njit(cache=True)
def _expm_adjoint(
    a: Floats, stages: Floats, halvings: int, grad: Floats
) -> Floats:  # pragma: no cover - compiled
    """Pull a gradient with respect to expm(a) back to a; `grad` is overwritten."""
    size = a.shape[0]
    left = np.empty((size, size))
    right = np.empty((size, size))
    for level in range(halvings - 1, -1, -1):
        transposed = np.ascontiguousarray(stages[level].T)
        _multiply(grad, transposed, left)
        _multiply(transposed, grad, right)
        grad[:, :] = left + right
    b = np.ascontiguousarray(a.T) * 0.5**halvings
    power = np.eye(size)
    run = grad.copy()
    out = np.zeros((size, size))
    factorial = 1.0
    for order in range(1, _MAX_ORDER):
        factorial *= order
        largest = 0.0
        for i in range(size):
            for j in range(size):
                out[i, j] += run[i, j] / factorial
                largest = max(largest, abs(run[i, j]) / factorial)
        if largest < 1e-18:
            break
        _multiply(power, b, left)
        power[:, :] = left
        _multiply(b, run, left)
        _multiply(grad, power, right)
        run[:, :] = left + right
    return out * 0.5**halvings


@njit(cache=True)
def _generator(
    t: Tables, config: int, first: int, hazard: Floats, ratio: Floats, frozen: Floats, d: int
) -> Floats:  # pragma: no cover - compiled
    """Fill the generator of one configuration and one draw; entries start at `first`."""
    size = t.config_size[config]
    q = np.zeros((size, size))
    entry = first
    while entry < len(t.entry_config) and t.entry_config[entry] == config:
        log_rate = hazard[t.entry_hazard[entry], d]
        for link in range(t.entry_start[entry], t.entry_start[entry + 1]):
            log_rate += ratio[t.entry_coupling[link], d]
        rate = np.exp(log_rate) * (1.0 - frozen[entry])
        q[t.entry_from[entry], t.entry_to[entry]] += rate
        q[t.entry_from[entry], t.entry_from[entry]] -= rate
        entry += 1
    return q


@njit(cache=True)
def transition_tables(
    t: Tables, log_hazard: Floats, log_ratio: Floats, frozen: Floats, dt: float
) -> Floats:
    """Exponentiate the generator of every node and lay it out over the joint states.

    Parameters
    ----------
    t : Tables
        One component.
    log_hazard : (H, D)
        Log hazard per day.
    log_ratio : (C, D)
        Log hazard ratio of each coupling.
    frozen : (E,)
        1 for entries switched off (absorbing states), else 0.
    dt : float
        Step in days.

    Returns
    -------
    (S * sum(K_n), D) array
        For node n, origin i, target j and the states of the other nodes r:
        probability at row ``S * sum(K_m, m < n) + (i * K_n + j) * S / K_n + r``.
    """
    draws = log_hazard.shape[1]
    joint = t.config.shape[1]
    out = np.empty((joint * t.sizes.sum(), draws))
    largest = t.sizes.max()
    probability = np.empty((len(t.config_size), largest, largest, draws))
    first = 0
    for config in range(len(t.config_size)):
        size = t.config_size[config]
        stages = np.empty((61, size, size))
        for d in range(draws):
            q = _generator(t, config, first, log_hazard, log_ratio, frozen, d) * dt
            halvings = _expm(q, stages)
            probability[config, :size, :size, d] = stages[halvings]
        while first < len(t.entry_config) and t.entry_config[first] == config:
            first += 1
    offset = 0
    for n in range(len(t.sizes)):
        size = t.sizes[n]
        rest = joint // size
        stride = t.strides[n]
        for r in range(rest):
            config = t.config[n, (r // stride) * size * stride + r % stride]
            for i in range(size):
                for j in range(size):
                    row = offset + (i * size + j) * rest + r
                    for d in range(draws):
                        out[row, d] = probability[config, i, j, d]
        offset += joint * size
    return out


@njit(cache=True)
def transition_gradient(
    t: Tables,
    log_hazard: Floats,
    log_ratio: Floats,
    dt: float,
    grad_table: Floats,
    grad_hazard: Floats,
    grad_ratio: Floats,
) -> None:
    """Pull a gradient with respect to the tables back to log hazards and log hazard ratios.

    Parameters
    ----------
    t, log_hazard, log_ratio, dt
        As in `transition_tables`.
    grad_table : (S * sum(K_n), D)
        Gradient with respect to the tables.
    grad_hazard, grad_ratio : (H, D), (C, D)
        Added to in place.
    """
    draws = log_hazard.shape[1]
    joint = t.config.shape[1]
    largest = t.sizes.max()
    grad = np.zeros((len(t.config_size), largest, largest, draws))
    offset = 0
    for n in range(len(t.sizes)):
        size = t.sizes[n]
        rest = joint // size
        stride = t.strides[n]
        for r in range(rest):
            config = t.config[n, (r // stride) * size * stride + r % stride]
            for i in range(size):
                for j in range(size):
                    row = offset + (i * size + j) * rest + r
                    for d in range(draws):
                        grad[config, i, j, d] += grad_table[row, d]
        offset += joint * size
    frozen = np.zeros(len(t.entry_config))
    first = 0
    for config in range(len(t.config_size)):
        size = t.config_size[config]
        stages = np.empty((61, size, size))
        last = first
        while last < len(t.entry_config) and t.entry_config[last] == config:
            last += 1
        for d in range(draws):
            q = _generator(t, config, first, log_hazard, log_ratio, frozen, d) * dt
            halvings = _expm(q, stages)
            pulled = _expm_adjoint(q, stages, halvings, grad[config, :size, :size, d].copy())
            for entry in range(first, last):
                i = t.entry_from[entry]
                log_rate = log_hazard[t.entry_hazard[entry], d]
                for link in range(t.entry_start[entry], t.entry_start[entry + 1]):
                    log_rate += log_ratio[t.entry_coupling[link], d]
                slope = (pulled[i, t.entry_to[entry]] - pulled[i, i]) * dt * np.exp(log_rate)
                grad_hazard[t.entry_hazard[entry], d] += slope
                for link in range(t.entry_start[entry], t.entry_start[entry + 1]):
                    grad_ratio[t.entry_coupling[link], d] += slope
        first = last


@njit(cache=True)
def step_forward(size: int, width: int, table: Floats, before: Floats, after: Floats) -> None:
    """Apply one node's transition: ``after[z'] = sum_i before[z with i] P[i, z'_n]``.

    Parameters
    ----------
    size, width : int
        States of the node, and their stride among joint states times the number of draws.
    table : (K * S * D,)
        The node's part of `transition_tables`, flattened.
    before, after : (S * D,)
        Flattened probabilities, draws innermost; `after` is overwritten.
    """
    outer = before.shape[0] // (size * width)
    rest = outer * width
    for hi in range(outer):
        base = hi * size * width
        for j in range(size):
            target = base + j * width
            for m in range(width):
                after[target + m] = before[base + m] * table[j * rest + hi * width + m]
            for i in range(1, size):
                source = base + i * width
                row = (i * size + j) * rest + hi * width
                for m in range(width):
                    after[target + m] += before[source + m] * table[row + m]


@njit(cache=True)
def step_back(
    size: int,
    width: int,
    table: Floats,
    before: Floats,
    grad_after: Floats,
    grad_before: Floats,
    grad_table: Floats,
) -> None:
    """Pull a gradient back through `step_forward`, to the input and to the table.

    Parameters
    ----------
    size, width, table, before
        As in `step_forward`.
    grad_after : (S * D,)
        Gradient with respect to the output.
    grad_before : (S * D,)
        Overwritten with the gradient with respect to the input.
    grad_table : (K * S * D,)
        Added to in place.
    """
    outer = before.shape[0] // (size * width)
    rest = outer * width
    for hi in range(outer):
        base = hi * size * width
        for i in range(size):
            source = base + i * width
            for m in range(width):
                grad_before[source + m] = 0.0
            for j in range(size):
                target = base + j * width
                row = (i * size + j) * rest + hi * width
                for m in range(width):
                    grad_before[source + m] += grad_after[target + m] * table[row + m]
                    grad_table[row + m] += before[source + m] * grad_after[target + m]
