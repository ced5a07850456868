"""The pm.Model: all unknown rates with named dimensions; states are summed out by an Op of its own.

The Op calls the compiled kernels of `forecast.network`. One node of the graph returns the
log-likelihood and its gradient with respect to every parameter; `pullback` hands the gradient on.
Structure and evidence are inputs, so that neither new reports nor an edited file compile the
kernels again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType, disconnected_type, grad_not_implemented
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import (
    numba_njit,
    register_funcify_default_op_cache_key,
)
from scipy.special import gammaln, ndtr, polygamma

from forecast import dims
from forecast.inference.encoding import Encoding
from forecast.inference.levels import tied_rates
from forecast.inference.priors import CommonLevel, NormalBlock, Priors
from forecast.network.compiled import source_fingerprint
from forecast.network.emission import Rates
from forecast.network.evidence import Evidence, Observed
from forecast.network.kernels import log_likelihood_gradient
from forecast.network.structure import Tables

__all__ = [
    "PARAMETERS",
    "NetworkLogLikelihood",
    "build_model",
    "evidence_arrays",
    "network_log_likelihood",
]


#: Parameters in the order of the Op's first inputs.
PARAMETERS = ("initial", "log_hazard", "log_hazard_ratio", *Rates._fields)

_KERNEL_VERSION = int(source_fingerprint()[:8], 16)
_N = len(PARAMETERS)


class NetworkLogLikelihood(Op):
    """Log-likelihood of the evidence of one component, fused with its gradient.

    Inputs are the eight parameter vectors, the step, the arrays of `Observed` and those of
    `Tables`; outputs are the log-likelihood and the gradient by each parameter.
    """

    __props__ = ()

    def make_node(self, *inputs: Any) -> Apply[Any]:
        """Check the number of inputs and type the outputs."""
        if len(inputs) != _N + 1 + len(Observed._fields) + len(Tables._fields):
            raise TypeError("parameters, the step, evidence and tables are expected")
        variables = [pt.as_tensor_variable(x) for x in inputs]
        # A Python number becomes single precision on its way into the graph.
        variables[: _N + 1] = [pt.cast(x, "float64") for x in variables[: _N + 1]]
        parameters = variables[:_N]
        outputs = [pt.dscalar(), *(pt.dvector() for _ in parameters)]
        return Apply(self, [*parameters, *variables[_N:]], outputs)

    def infer_shape(self, node: Any, shapes: Sequence[Any]) -> list[Any]:
        """Each gradient has the shape of its parameter."""
        del node
        return [(), *shapes[:_N]]

    def perform(self, node: Any, inputs: Sequence[Any], outputs: Any) -> None:
        """Evaluate without the Numba backend."""
        del node
        columns: list[Any] = [np.ascontiguousarray(x).reshape(-1, 1) for x in inputs[:_N]]
        seen: Any = Observed(*inputs[_N + 1 : _N + 1 + len(Observed._fields)])
        t: Any = Tables(*inputs[_N + 1 + len(Observed._fields) :])
        initial, hazard, ratio, *others = columns
        total, *grads, rates, _ = log_likelihood_gradient(
            t, initial, hazard, ratio, Rates(*others), seen, float(inputs[_N])
        )
        outputs[0][0] = np.asarray(total[0])
        for out, grad in zip(outputs[1:], [*grads, *rates], strict=True):
            out[0] = grad[:, 0]

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Any]:
        """Scale the gradient that the forward evaluation already holds."""
        rest = [disconnected_type() for _ in inputs[_N:]]
        if any(not isinstance(c.type, DisconnectedType) for c in cotangents[1:]):
            blocked = [grad_not_implemented(self, i, x) for i, x in enumerate(inputs[:_N])]
            return [*blocked, *rest]
        return [*(cotangents[0] * grad for grad in outputs[1:]), *rest]

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        """Only the parameters are differentiated."""
        return [[i < _N] * (_N + 1) for i in range(len(node.inputs))]


@register_funcify_default_op_cache_key(NetworkLogLikelihood)
def _numba(op: Any, node: Any, **_: Any) -> tuple[Any, int]:
    del op, node

    @numba_njit
    def log_likelihood(
        initial, log_hazard, log_ratio, log_rate, rarity, log_dispersion, level, log_spread, step,
        pattern, detection, cell_step, cell_indicator, cell_value, cell_exposure, step_weight,
        sizes, strides, starts, config, rest_config, config_entry, config_size, entry_config,
        entry_node, entry_hazard, entry_from, entry_to, entry_start, entry_coupling, own, slot,
        kinds, case, case_start, case_ratio_start, case_ratio, case_level_start, case_level,
        average, freedom, power, own_move, move_node, move_bit, entry_bit, node_sets,
    ):  # fmt: skip
        c = np.ascontiguousarray
        t = Tables(
            c(sizes), c(strides), c(starts), c(config), c(rest_config), c(config_entry),
            c(config_size), c(entry_config), c(entry_node), c(entry_hazard), c(entry_from),
            c(entry_to), c(entry_start), c(entry_coupling), c(own), c(slot), c(kinds), c(case),
            c(case_start), c(case_ratio_start), c(case_ratio), c(case_level_start),
            c(case_level), c(average), c(freedom), c(power), c(own_move), c(move_node),
            c(move_bit), c(entry_bit), c(node_sets),
        )  # fmt: skip
        seen = Observed(
            c(pattern), c(detection), c(cell_step), c(cell_indicator), c(cell_value),
            c(cell_exposure), c(step_weight),
        )  # fmt: skip
        rates = Rates(
            c(log_rate).reshape(-1, 1), c(rarity).reshape(-1, 1),
            c(log_dispersion).reshape(-1, 1), c(level).reshape(-1, 1),
            c(log_spread).reshape(-1, 1),
        )  # fmt: skip
        total, by_initial, by_hazard, by_ratio, by_rates, _ = log_likelihood_gradient(
            t,
            c(initial).reshape(-1, 1),
            c(log_hazard).reshape(-1, 1),
            c(log_ratio).reshape(-1, 1),
            rates,
            seen,
            float(step.item()),
        )
        return (
            np.asarray(total[0]), by_initial[:, 0], by_hazard[:, 0], by_ratio[:, 0],
            by_rates.log_rate[:, 0], by_rates.rarity[:, 0], by_rates.log_dispersion[:, 0],
            by_rates.level[:, 0], by_rates.log_spread[:, 0],
        )  # fmt: skip

    return log_likelihood, _KERNEL_VERSION


_OP = NetworkLogLikelihood()


def network_log_likelihood(
    parameters: Sequence[Any], observed: Sequence[Any], t: Tables, *, step: float
) -> Any:
    """Return the log-likelihood of one component as a scalar of the graph.

    Parameters
    ----------
    parameters : sequence of tensor
        In the order of `PARAMETERS`.
    observed : sequence of tensor
        The arrays of `Evidence`, in the order of its fields.
    t : Tables
        The component.
    step : float
        Days in a step.
    """
    constants = [pt.constant(np.asarray(array)) for array in t]
    outputs: Any = _OP(*parameters, pt.constant(step, dtype="float64"), *observed, *constants)
    return outputs[0]


def evidence_arrays(seen: Evidence) -> dict[str, Any]:
    """Return the arrays of the evidence by name, as `pm.Data` wants them."""
    return seen.observed._asdict()


def build_model(encoding: Encoding, evidence: Evidence) -> pm.Model:
    """Build the model of one file of beliefs, with the evidence as `pm.Data`.

    The initial probabilities are Dirichlet, written as the softmax of scores; log hazards, log
    hazard ratios and log rates are Normal; rarities are Normal truncated at 0, written through a
    standard Normal score, and so are log rates with a common level.

    Parameters
    ----------
    encoding : Encoding
        Structure and priors.
    evidence : Evidence
        What was reported; later evidence replaces it without compiling again.

    Returns
    -------
    pymc.Model
    """
    priors = encoding.priors
    with pm.Model(coords=priors.coords()) as model:
        values: dict[str, Any] = {"initial": _begun(priors)}
        for name, (dim, block) in priors.blocks.items():
            if not len(block):
                values[name] = pt.zeros(0)
            elif name == "log_rate" and priors.common_level is not None:
                values[name] = _levelled(priors.common_level, block, dim)
            elif block.floor is None:
                values[name] = pm.Normal(name, block.mean, block.sd, dims=dim)
            else:
                values[name] = _truncated(name, block, dim)
        _spread_over_indicators(priors, values)
        _tie(priors, values)
        data = [pm.Data(name, array) for name, array in evidence_arrays(evidence).items()]
        parameters = [values[name] for name in PARAMETERS]
        total = pt.add(
            0.0,
            *(
                network_log_likelihood(parameters, data, c.tables, step=encoding.step)
                for c in encoding.components
            ),
        )
        pm.Potential("log_likelihood", total)
    return model


def _begun(priors: Priors) -> Any:
    """Give the initial probabilities of all nodes: those that are learnt beside those stated."""
    if not priors.stated:
        return _dirichlet(priors)
    full = pt.zeros(len(priors.node_states))
    full = full[np.array(list(priors.stated))].set(np.array(list(priors.stated.values())))
    return full[np.array(priors.learnt)].set(_dirichlet(priors)) if priors.learnt else full


def _tie(priors: Priors, values: dict[str, Any]) -> None:
    """Work out the rates of levels that move, as `Priors.parameters` does; `motion` is no rate."""
    motion = values.pop("motion")
    if not priors.levels:
        return
    blocks = ("log_hazard", "rarity", "level", "log_rate")
    columns = {name: values[name][:, None] for name in blocks}
    tied_rates(priors.levels, columns, motion[:, None], xp=pt)
    values |= {name: column[:, 0] for name, column in columns.items()}


def _dirichlet(priors: Priors) -> Any:
    """Write the initial probabilities of every node as the softmax of scores.

    With ``L = log sum_k exp(x_k)`` and ``log p_k = x_k - L``, the density ``prod_k p_k^a_k`` of the
    scores, times any density of L, which is otherwise free, makes p Dirichlet(a). A Normal with
    the variance ``trigamma(sum_k a_k)`` leaves the scores uncorrelated. Logs of Gamma weights
    would be independent, but have a wall above that long steps run into.
    """
    weights = np.array(priors.weights)[priors.learnt]
    slices = priors.free_slices()
    shares_of_mean = np.concatenate([weights[part] / weights[part].sum() for part in slices])
    middle = np.array([math.log(share) for share in shares_of_mean.tolist()])  # see encoding.py
    score = pm.Flat("initial_score", dims=dims.NODE_STATE, initval=middle)
    shares, terms = [], []
    for part in slices:
        total = pt.logsumexp(score[part])
        log_share = score[part] - total
        shares.append(pt.exp(log_share))
        size = weights[part].sum()
        constant = gammaln(size) - gammaln(weights[part]).sum()
        free = pm.Normal.dist(0.0, np.sqrt(polygamma(1, size)))
        terms.append(constant + pt.dot(weights[part], log_share) + pm.logp(free, total))
    pm.Potential("initial_prior", pt.add(0.0, *terms))
    return pm.Deterministic("initial", pt.join(0, *shares), dims=dims.NODE_STATE)


def _levelled(level: CommonLevel, block: NormalBlock, dim: str) -> Any:
    """Write log rates with a common level as a function of it and of standard Normal scores.

    What is reported of one indicator is little beside its stated width, so that the scores are
    nearly independent of the level, which the rates themselves are not.
    """
    mean, moves = np.array(level.mean), np.array(level.loadings)
    common = pm.Normal("common_level", mean, np.array(level.sd), dims=dims.LEVEL_TERM)
    score = pm.Normal("log_rate_score", 0.0, 1.0, dims=dim)
    own = np.array(block.mean) + np.array(block.sd) * score
    return pm.Deterministic("log_rate", own + pt.dot(moves, common - mean), dims=dim)


def _truncated(name: str, block: NormalBlock, dim: str) -> Any:
    """Write a Normal truncated from below as a function of a standard Normal score.

    With ``m = (mean - floor) / sd`` the value is ``floor + sd (m - Phi^-1(Phi(m) Phi(-score)))``. A
    ratio that is hardly above one has its mass at the edge, where the sampler would crawl.
    """
    assert block.floor is not None
    mean, sd = np.array(block.mean), np.array(block.sd)
    m = (mean - block.floor) / sd
    score = pm.Normal(f"{name}_score", 0.0, 1.0, dims=dim)
    above = pt.erfcinv(ndtr(m) * pt.erfc(score / np.sqrt(2.0))) * np.sqrt(2.0)
    return pm.Deterministic(name, block.floor + sd * pt.maximum(m + above, 0.0), dims=dim)


def _spread_over_indicators(priors: Priors, values: dict[str, Any]) -> None:
    """Give every hazard and every indicator an entry; unused entries are zero."""
    for name, owners in (
        ("log_rate", priors.rate_of),
        ("log_dispersion", priors.dispersion_of),
        ("log_spread", priors.spread_of),
    ):
        if owners != list(range(priors.indicators)):
            full = pt.zeros(priors.indicators)
            values[name] = full[np.array(owners, dtype=np.int64)].set(values[name])
    if "log_hazard" in priors.twins:
        more = pt.zeros(len(priors.twins["log_hazard"]))
        values["log_hazard"] = pt.concatenate([values["log_hazard"], more])
    for name, pairs in priors.twins.items():
        rows, originals = np.array(pairs, dtype=np.int64).T
        values[name] = values[name][rows].set(values[name][originals])
