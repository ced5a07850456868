"""Transition: one step of the coupled network, node by node, never the S x S matrix.

Node n leaves i for j with hazard ``q_ij(z) = exp(eta_ij + sum of active betas)`` per day. One step
applies ``expm(Q_n(z) dt)`` for each node in the order of the file (Lie splitting): a proper
stochastic matrix for any dt, and the continuous-time network as dt goes to 0. It costs
``S * sum(K_n)`` multiplications a step. The gradient runs the same steps backwards.

Every kernel keeps draws innermost in memory, so that one implementation serves a single draw
(the sampler) and a batch of draws (filtering and forecasting). A node is always applied as the
leading axis and leaves as the last one (the perfect shuffle of Kronecker products, Davio 1981):
inner loops are then as long as they can be, and after the last node the joint states are back in
their own order. Draws are looped over in slices, which LLVM sees to be contiguous: it then works
on several at once, which it does not for ``a[r * draws + d]``.
"""

from __future__ import annotations

import numpy as np

from forecast.network.compiled import compiled
from forecast.network.structure import Floats, Tables

__all__ = ["step_back", "step_forward", "transition_gradient", "transition_tables"]

_MAX_ORDER = 24
_STAGES = 61


@compiled
def _multiply(a: Floats, b: Floats, out: Floats) -> None:
    size = a.shape[0]
    for i in range(size):
        for j in range(size):
            total = 0.0
            for k in range(size):
                total += a[i, k] * b[k, j]
            out[i, j] = total


@compiled
def _multiply_first_transposed(a: Floats, b: Floats, out: Floats) -> None:
    size = a.shape[0]
    for i in range(size):
        for j in range(size):
            total = 0.0
            for k in range(size):
                total += a[k, i] * b[k, j]
            out[i, j] = total


@compiled
def _multiply_second_transposed(a: Floats, b: Floats, out: Floats) -> None:
    size = a.shape[0]
    for i in range(size):
        for j in range(size):
            total = 0.0
            for k in range(size):
                total += a[i, k] * b[j, k]
            out[i, j] = total


@compiled
def expm(a: Floats, stages: Floats, work: Floats) -> int:
    """Exponentiate by Taylor series, scaling and squaring.

    Every squaring is kept in `stages`; the number of squarings is returned. `work` holds
    three matrices.
    """
    size = a.shape[0]
    norm = 0.0
    for i in range(size):
        row = 0.0
        for j in range(size):
            row += abs(a[i, j])
        norm = max(norm, row)
    halvings = 0
    while norm > 0.5 and halvings < len(stages) - 1:
        norm *= 0.5
        halvings += 1
    b, term, product = work[0], work[1], work[2]
    total = stages[0]
    for i in range(size):
        for j in range(size):
            b[i, j] = a[i, j] * 0.5**halvings
            term[i, j] = 1.0 if i == j else 0.0
            total[i, j] = term[i, j]
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
    for level in range(halvings):
        _multiply(stages[level], stages[level], stages[level + 1])
    return halvings


@compiled
def expm_adjoint(stages: Floats, halvings: int, grad: Floats, work: Floats) -> None:
    """Pull a gradient with respect to expm(a) back to a, in place.

    `stages` and ``work[0]`` come from `expm`; `work` holds six matrices.
    """
    size = grad.shape[0]
    b, power, run, left, right, out = work[0], work[1], work[2], work[3], work[4], work[5]
    for level in range(halvings - 1, -1, -1):
        _multiply_second_transposed(grad, stages[level], left)
        _multiply_first_transposed(stages[level], grad, right)
        for i in range(size):
            for j in range(size):
                grad[i, j] = left[i, j] + right[i, j]
    for i in range(size):
        for j in range(size):
            power[i, j] = 1.0 if i == j else 0.0
            run[i, j] = grad[i, j]
            out[i, j] = 0.0
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
        _multiply_second_transposed(power, b, left)
        _multiply_first_transposed(b, run, right)
        for i in range(size):
            for j in range(size):
                power[i, j] = left[i, j]
                run[i, j] = right[i, j]
        _multiply(grad, power, left)
        for i in range(size):
            for j in range(size):
                run[i, j] += left[i, j]
    for i in range(size):
        for j in range(size):
            grad[i, j] = out[i, j] * 0.5**halvings


@compiled
def log_rate(t: Tables, entry: int, log_hazard: Floats, log_ratio: Floats, d: int) -> float:
    """Add the active log hazard ratios to the log hazard of an entry."""
    total = float(log_hazard[t.entry_hazard[entry], d])
    for link in range(t.entry_start[entry], t.entry_start[entry + 1]):
        total += log_ratio[t.entry_coupling[link], d]
    return total


@compiled
def _generator(
    t: Tables,
    config: int,
    log_hazard: Floats,
    log_ratio: Floats,
    frozen: Floats,
    d: int,
    dt: float,
    q: Floats,
) -> None:
    """Fill the generator of one configuration and one draw, times the step."""
    q[:, :] = 0.0
    for entry in range(t.config_entry[config], t.config_entry[config + 1]):
        i = t.entry_from[entry]
        rate = np.exp(log_rate(t, entry, log_hazard, log_ratio, d)) * (1.0 - frozen[entry]) * dt
        q[i, t.entry_to[entry]] += rate
        q[i, i] -= rate


@compiled
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
        For node n, origin i, target j and the states of the other nodes r (in the order of
        `Tables.rest_config`): probability at row
        ``S * sum(K_m, m < n) + (i * K_n + j) * S / K_n + r``.
    """
    draws = log_hazard.shape[1]
    joint = t.config.shape[1]
    largest = max(t.sizes)
    probability = np.empty((len(t.config_size), largest, largest, draws))
    for config in range(len(t.config_size)):
        size = t.config_size[config]
        q = np.empty((size, size))
        stages = np.empty((_STAGES, size, size))
        work = np.empty((6, size, size))
        for d in range(draws):
            _generator(t, config, log_hazard, log_ratio, frozen, d, dt, q)
            last = expm(q, stages, work)
            for i in range(size):
                for j in range(size):
                    probability[config, i, j, d] = stages[last, i, j]
    out = np.empty((joint * sum(t.sizes), draws))
    row = 0
    first = 0
    for n in range(len(t.sizes)):
        size = t.sizes[n]
        rest = joint // size
        for i in range(size):
            for j in range(size):
                for r in range(rest):
                    config = t.rest_config[first + r]
                    for d in range(draws):
                        out[row, d] = probability[config, i, j, d]
                    row += 1
        first += rest
    return out


@compiled
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
    largest = max(t.sizes)
    grad = np.zeros((len(t.config_size), largest, largest, draws))
    row = 0
    begin = 0
    for n in range(len(t.sizes)):
        size = t.sizes[n]
        rest = joint // size
        for i in range(size):
            for j in range(size):
                for r in range(rest):
                    config = t.rest_config[begin + r]
                    for d in range(draws):
                        grad[config, i, j, d] += grad_table[row, d]
                    row += 1
        begin += rest
    frozen = np.zeros(len(t.entry_config))
    for config in range(len(t.config_size)):
        size = t.config_size[config]
        q = np.empty((size, size))
        stages = np.empty((_STAGES, size, size))
        work = np.empty((6, size, size))
        pulled = np.empty((size, size))
        for d in range(draws):
            for i in range(size):
                for j in range(size):
                    pulled[i, j] = grad[config, i, j, d]
            _generator(t, config, log_hazard, log_ratio, frozen, d, dt, q)
            expm_adjoint(stages, expm(q, stages, work), pulled, work)
            for entry in range(t.config_entry[config], t.config_entry[config + 1]):
                i = t.entry_from[entry]
                rate = np.exp(log_rate(t, entry, log_hazard, log_ratio, d)) * dt
                slope = (pulled[i, t.entry_to[entry]] - pulled[i, i]) * rate
                grad_hazard[t.entry_hazard[entry], d] += slope
                for link in range(t.entry_start[entry], t.entry_start[entry + 1]):
                    grad_ratio[t.entry_coupling[link], d] += slope


@compiled
def step_forward(size: int, draws: int, table: Floats, before: Floats, after: Floats) -> None:
    """Apply one node's transition: ``after[r, j] = sum_i before[i, r] P[i, j, r]``.

    Parameters
    ----------
    size, draws : int
        States of the node, and number of draws.
    table : (K * S * D,)
        The node's part of `transition_tables`, flattened.
    before : (S * D,)
        Probabilities with the node as the leading axis, draws innermost.
    after : (S * D,)
        Overwritten; the node is the last axis.
    """
    width = before.shape[0] // size
    if draws == 1 and size == 2:
        for q in range(width):
            x0, x1 = before[q], before[width + q]
            after[2 * q] = x0 * table[q] + x1 * table[2 * width + q]
            after[2 * q + 1] = x0 * table[width + q] + x1 * table[3 * width + q]
    elif draws == 1 and size == 3:
        w = width
        for q in range(width):
            x0, x1, x2 = before[q], before[w + q], before[2 * w + q]
            after[3 * q] = x0 * table[q] + x1 * table[3 * w + q] + x2 * table[6 * w + q]
            after[3 * q + 1] = x0 * table[w + q] + x1 * table[4 * w + q] + x2 * table[7 * w + q]
            after[3 * q + 2] = x0 * table[2 * w + q] + x1 * table[5 * w + q] + x2 * table[8 * w + q]
    elif draws == 1:
        x, p, y = before.reshape(size, -1), table.reshape(size, size, -1), after.reshape(-1, size)
        for r in range(width):
            for j in range(size):
                total = x[0, r] * p[0, j, r]
                for i in range(1, size):
                    total += x[i, r] * p[i, j, r]
                y[r, j] = total
    else:
        for r in range(width // draws):
            q = r * draws
            for j in range(size):
                target = (r * size + j) * draws
                y = after[target : target + draws]
                x, p = before[q : q + draws], table[j * width + q : j * width + q + draws]
                for d in range(draws):
                    y[d] = x[d] * p[d]
                for i in range(1, size):
                    source, row = i * width + q, (i * size + j) * width + q
                    x, p = before[source : source + draws], table[row : row + draws]
                    for d in range(draws):
                        y[d] += x[d] * p[d]


@compiled
def step_expected(size: int, draws: int, table: Floats, after: Floats, before: Floats) -> None:
    """Take one node's expectation: ``before[i, r] = sum_j P[i, j, r] after[r, j]``.

    Parameters
    ----------
    size, draws, table
        As in `step_forward`.
    after : (S * D,)
        A value of each joint state after the step, the node as the last axis.
    before : (S * D,)
        Overwritten with its expectation from each joint state, the node as the leading axis.
    """
    width = before.shape[0] // size
    for r in range(width // draws):
        for i in range(size):
            source = i * width + r * draws
            x = before[source : source + draws]
            x[:] = 0.0
            for j in range(size):
                target, row = (r * size + j) * draws, i * size * width + j * width + r * draws
                y, p = after[target : target + draws], table[row : row + draws]
                for d in range(draws):
                    x[d] += y[d] * p[d]


@compiled
def step_back(
    size: int,
    draws: int,
    table: Floats,
    before: Floats,
    grad_after: Floats,
    grad_before: Floats,
    grad_table: Floats,
) -> None:
    """Pull a gradient back through `step_forward`, to the input and to the table.

    Parameters
    ----------
    size, draws, table, before
        As in `step_forward`.
    grad_after : (S * D,)
        Gradient with respect to the output, the node as the last axis.
    grad_before : (S * D,)
        Overwritten with the gradient with respect to the input, the node as the leading axis.
    grad_table : (K * S * D,)
        Added to in place.
    """
    width = before.shape[0] // size
    if draws == 1 and size == 2:
        for q in range(width):
            x0, x1, g0, g1 = before[q], before[width + q], grad_after[2 * q], grad_after[2 * q + 1]
            grad_before[q] = g0 * table[q] + g1 * table[width + q]
            grad_before[width + q] = g0 * table[2 * width + q] + g1 * table[3 * width + q]
            grad_table[q] += x0 * g0
            grad_table[width + q] += x0 * g1
            grad_table[2 * width + q] += x1 * g0
            grad_table[3 * width + q] += x1 * g1
    elif draws == 1:
        for i in range(size):
            source = i * width
            for q in range(width):
                grad_before[source + q] = 0.0
            for j in range(size):
                row = (i * size + j) * width
                for q in range(width):
                    slope = grad_after[q * size + j]
                    grad_before[source + q] += slope * table[row + q]
                    grad_table[row + q] += before[source + q] * slope
    else:
        for r in range(width // draws):
            for i in range(size):
                source = i * width + r * draws
                x, grad_x = before[source : source + draws], grad_before[source : source + draws]
                grad_x[:] = 0.0
                for j in range(size):
                    target, row = (r * size + j) * draws, (i * size + j) * width + r * draws
                    grad_y, p = grad_after[target : target + draws], table[row : row + draws]
                    grad_p = grad_table[row : row + draws]
                    for d in range(draws):
                        grad_x[d] += grad_y[d] * p[d]
                        grad_p[d] += x[d] * grad_y[d]
