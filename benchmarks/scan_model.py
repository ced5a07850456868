"""The same model with its likelihood as a PyTensor scan: what anyone would write first.

Two forms of the step are offered, and the faster one is the yardstick: a dense S x S matrix, and
node by node as the engine does it.
"""

from __future__ import annotations

from typing import Any, Literal
from unittest import mock

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

from forecast.inference import model as engine
from forecast.inference.encoding import Encoding
from forecast.network import Evidence, Tables, joint_states

Step = Literal["dense", "nodes"]


def build_scan_model(encoding: Encoding, evidence: Evidence, *, step: Step) -> pm.Model:
    """Build the engine's model with the likelihood replaced by a scan."""

    def likelihood(parameters: Any, observed: Any, t: Tables, *, step: float) -> Any:
        return _log_likelihood(t, parameters, observed, dt=step, form=form)

    form = step
    with mock.patch.object(engine, "network_log_likelihood", likelihood):
        return engine.build_model(encoding, evidence)


def _log_likelihood(t: Tables, parameters: Any, observed: Any, *, dt: float, form: Step) -> Any:
    initial, hazard, ratio, log_rate, rarity, *_ = parameters
    states = joint_states(t.sizes)
    start = pt.ones(len(states))
    for n in range(len(t.sizes)):
        start = start * initial[t.initial[n] + states[:, n]]
    matrices = _matrices(t, hazard, ratio, dt)
    logp = _emission(t, log_rate, rarity, observed, dt)
    shift = logp.max(axis=1)
    rows = pt.exp(logp - shift[:, None])
    if form == "dense":
        whole = pt.eye(len(states))
        for n in range(len(t.sizes)):
            whole = whole @ _dense(t, matrices, n, states)

        constant = [whole]

        def move(row: Any, now: Any, whole: Any) -> Any:
            moved = (now @ whole) * row
            total = moved.sum()
            return moved / total, pt.log(total)
    else:
        constant = [_laid(t, matrices, n) for n in range(len(t.sizes))]

        def move(row: Any, now: Any, *laid: Any) -> Any:
            for size, table in zip(t.sizes, laid, strict=True):
                split = now.reshape((int(size), -1))
                now = (split[:, None, :] * table).sum(axis=0).T.reshape((-1,))
            moved = now * row
            total = moved.sum()
            return moved / total, pt.log(total)

    _, scales = pytensor.scan(
        move,
        sequences=[rows],
        outputs_info=[start, None],
        non_sequences=constant,
        strict=True,
        return_updates=False,
    )
    return scales.sum() + shift.sum()


def _matrices(t: Tables, hazard: Any, ratio: Any, dt: float) -> list[Any]:
    """Exponentiate the generator of every configuration."""
    entries = len(t.entry_config)
    owner = np.repeat(np.arange(entries), np.diff(t.entry_start))
    log_rate = pt.inc_subtensor(
        pt.as_tensor(hazard)[t.entry_hazard][owner], ratio[t.entry_coupling]
    )
    rate = pt.exp(log_rate) * dt
    place = np.zeros(len(t.config_size), dtype=int)
    stacks = {}
    for size in np.unique(t.config_size):  # one batched series for all configurations of a size
        configs = np.flatnonzero(t.config_size == size)
        place[configs] = np.arange(len(configs))
        own = np.flatnonzero(np.isin(t.entry_config, configs))
        k = int(size)
        blank = pt.zeros((len(configs), k, k))
        where = (place[t.entry_config[own]], t.entry_from[own], t.entry_to[own])
        q = pt.set_subtensor(blank[where], rate[own])
        q = q - q.sum(axis=2)[:, :, None] * np.eye(k)
        stacks[k] = _series(q, np.eye(k))
    return [stacks[int(size)][int(p)] for size, p in zip(t.config_size, place, strict=True)]


def _series(q: Any, one: Any, *, terms: int = 12) -> Any:
    """Exponentiate by the power series, innermost first: weekly hazards are small."""
    total = one + q / terms
    for order in range(terms - 1, 0, -1):
        total = one + pt.matmul(q, total) / order
    return total


def _dense(t: Tables, matrices: list[Any], n: int, states: Any) -> Any:
    """Lay one node's transition out as an S x S matrix."""
    base = int(t.config[n].min())
    used = sorted(set(t.config[n].tolist()))
    stacked = pt.stack([matrices[c] for c in used])
    others = np.delete(states, n, axis=1)
    same = (others[:, None, :] == others[None, :, :]).all(axis=2)
    i, j = np.nonzero(same)
    values = stacked[t.config[n][i] - base, states[i, n], states[j, n]]
    return pt.set_subtensor(pt.zeros((len(states), len(states)))[i, j], values)


def _laid(t: Tables, matrices: list[Any], n: int) -> Any:
    """Lay one node's transition out over the states of the other nodes: (K, K, rest)."""
    joint = t.config.shape[1]
    first = sum(joint // int(size) for size in t.sizes[:n])
    rest = t.rest_config[first : first + joint // int(t.sizes[n])]
    base = int(rest.min())
    stacked = pt.stack([matrices[c] for c in range(base, int(rest.max()) + 1)])
    return stacked[rest - base].transpose(1, 2, 0)


def _emission(t: Tables, log_rate: Any, rarity: Any, observed: Any, dt: float) -> Any:
    pattern, detection, cell_step, cell_indicator, cell_value, *_ = observed
    cases = len(t.case_level)
    owner = np.repeat(t.own, np.diff(t.case_start))
    spread = np.zeros((cases, len(np.atleast_1d(t.case_ratio)) and int(t.case_ratio.max()) + 1))
    for u in range(cases):
        for link in range(t.case_ratio_start[u], t.case_ratio_start[u + 1]):
            spread[u, t.case_ratio[link]] += 1
    log_case = log_rate[owner] - pt.constant(spread) @ rarity[: spread.shape[1]]
    occurs = -pt.expm1(-pt.exp(log_case) * dt)[t.case]  # (own, S)
    chance = detection[:, t.own]  # (P, own)
    silence = pt.log1p(-chance[:, :, None] * occurs[None])
    own = pt.constant(t.slot)[cell_indicator]
    heard = occurs[own]
    reported = pt.log(
        cell_value[:, None] * heard
        + (1 - cell_value[:, None]) * pt.constant(t.average)[own][:, None]
    )
    gain = reported - silence[pattern[cell_step], own]
    return pt.inc_subtensor(silence.sum(axis=1)[pattern][cell_step], gain)
