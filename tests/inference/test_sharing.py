"""Nodes and indicators that share rates: one set, learnt from all of them."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from forecast.analysis.inputs import held_at, inputs_of
from forecast.beliefs import Beliefs
from forecast.inference.encoding import Encoding, encode
from forecast.inference.laplace import _log_density, _Scale, approximate
from forecast.inference.tracking import appraise
from forecast.network import Evidence
from tests.inference.streams import counts, numbers, stream_values

COUNT = counts((4.0, 12.0), (2.0, 6.0), 3.0)
VALUE: dict[str, Any] = {
    "kind": "value",
    "spread": [1.0, 4.0],
    "levels": {"node": "level", "states": {"low": [-5.0, 5.0], "high": [5.0, 20.0]}},
}


def alone(indicator: dict[str, Any]) -> dict[str, Any]:
    """One node and its stream."""
    return stream_values(indicator, moves=(0.02, 0.2), first=0.5)


def pair(indicator: dict[str, Any], *, shared: bool = True) -> dict[str, Any]:
    """Two nodes, each with a stream, the first of which has its rates from the second."""
    values = alone(indicator)
    other = copy.deepcopy(values)
    text = {"level": "other_level"}
    node, seen = other["nodes"]["level"], other["indicators"]["numbers"]
    for point in seen.get("points_at", [seen.get("levels", {})]):
        point["node"] = text[point["node"]]
    first_node, first = values["nodes"]["level"], values["indicators"]["numbers"]
    if shared:
        first_node, first = (
            {**first_node, "moves_like": "other_level"},
            {**first, "rates_like": "others"},
        )
    values["nodes"] = {"level": first_node, "other_level": node}
    values["indicators"] = {"numbers": first, "others": seen}
    return values


def encoded(values: dict[str, Any]) -> Encoding:
    """As arrays."""
    return encode(Beliefs.model_validate(values))


def both(one: np.ndarray, two: np.ndarray) -> Evidence:
    """The two streams on one grid."""
    steps = np.repeat(np.arange(len(one)), 2)
    return Evidence(
        np.zeros(len(one)), np.zeros((1, 2)), steps, np.tile([0, 1], len(one)),
        np.stack([one, two], axis=1).ravel(), np.ones(2 * len(one)),
    )  # fmt: skip


def records(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Two records of a stream that is low and high by turns."""
    rng = np.random.default_rng(5)
    high = np.repeat([0, 1, 0, 1], 20)
    if kind == "count":
        return rng.poisson(2.0 + 7.0 * high), rng.poisson(2.0 + 7.0 * high[::-1])
    return rng.normal(12.0 * high, 2.0), rng.normal(12.0 * high[::-1], 2.0)


@pytest.mark.parametrize("indicator", [COUNT, VALUE], ids=["count", "value"])
def test_shared_rates_are_those_of_the_stacked_record(indicator: dict[str, Any]) -> None:
    """The mode is that of one stream with two courses, stacked by hand."""
    one, two = records(indicator["kind"])
    stacked = approximate(encoded(alone(indicator)), [numbers(one), numbers(two)])
    shared = approximate(encoded(pair(indicator)), both(one, two))
    assert len(shared.mode) == len(stacked.mode) + 2  # each node has a start of its own
    np.testing.assert_allclose(shared.mode[4:], stacked.mode[2:], rtol=1e-3, atol=2e-3)
    np.testing.assert_allclose(
        np.diag(shared.covariance)[4:], np.diag(stacked.covariance)[2:], rtol=0.01
    )
    apart = approximate(encoded(pair(indicator, shared=False)), both(one, two))
    assert len(apart.mode) > len(shared.mode)


@pytest.mark.parametrize("indicator", [COUNT, VALUE], ids=["count", "value"])
def test_slopes_of_shared_rates_are_differences(indicator: dict[str, Any]) -> None:
    """What each of the two says of a shared rate is added."""
    scale, evidence = _Scale(encoded(pair(indicator))), both(*records(indicator["kind"]))
    x = scale.middle() + 0.1
    around = np.concatenate([x[:, None] + d * np.eye(scale.size) for d in (1e-5, -1e-5)], axis=1)
    value, _ = _log_density(scale, [evidence], around)
    expected = (value[: scale.size] - value[scale.size :]) / 2e-5
    _, slope = _log_density(scale, [evidence], x[:, None])
    np.testing.assert_allclose(slope[:, 0], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "indicator",
    [pytest.param(COUNT, id="count"), pytest.param(VALUE, id="value", marks=pytest.mark.slow)],
)
def test_the_model_that_is_sampled_shares_them_too(indicator: dict[str, Any]) -> None:
    """Differences of its log density are those of the quick posterior's."""
    from forecast.inference.model import build_model

    encoding, evidence = encoded(pair(indicator)), both(*records(indicator["kind"]))
    scale, rng = _Scale(encoding), np.random.default_rng(2)
    model = build_model(encoding, evidence)
    logp = model.compile_logp()
    points, found = scale.middle()[:, None] + rng.normal(0, 0.2, (scale.size, 3)), []
    # the two write the initial probabilities otherwise; test_laplace compares those
    points[: len(scale.weights)] = points[: len(scale.weights), :1]
    for x in points.T:
        named = {
            ("rarity_score" if name == "rarity" else name): x[part]
            for name, part in scale.slices.items()
            if part.stop > part.start
        }
        found.append(float(logp({"initial_score": x[: len(scale.weights)], **named})))
    value, _ = _log_density(scale, [evidence], points)
    np.testing.assert_allclose(np.diff(found), np.diff(value), rtol=1e-7)


def test_a_shared_rate_is_held_everywhere() -> None:
    """Sensitivity moves it in both streams, and both know it as theirs."""
    encoding, evidence = encoded(pair(COUNT)), both(*records("count"))
    for component in encoding.components:
        found = inputs_of(encoding, component, [], evidence)
        rates = [each for each in found if each.block == "log_rate"]
        assert [each.name for each in rates] == ["others"]
        assert sum(each.block == "log_hazard" for each in found) == 2
        held = held_at(encoding, encoding.priors.draw(3, seed=1), rates[0], -1.5)
        assert (held.log_rate == -1.5).all()


def test_sharing_is_invisible_once_rates_are_known() -> None:
    """With the same rates, two nodes with and without sharing see the same."""
    shared, apart = encoded(pair(VALUE)), encoded(pair(VALUE, shared=False))
    drawn = shared.priors.draw(4, seed=3)
    values = {
        "initial": drawn.initial,
        "log_hazard": drawn.log_hazard[[2, 3, 0, 1]],
        "level": np.tile(drawn.level, (2, 1)),
        "log_spread": drawn.log_spread,
    }
    evidence = both(*records("value"))
    one = appraise(shared, drawn, evidence)
    two = appraise(apart, apart.priors.parameters(values), evidence)
    np.testing.assert_allclose(one.log_likelihood, two.log_likelihood, rtol=1e-12)
    np.testing.assert_allclose(one.probability, two.probability, rtol=1e-12)
