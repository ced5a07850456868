"""A level of 20 points with a burst over 1,200 weeks, against a ladder of 10 states, in one run.

Value and gradient of the log-likelihood, and a whole fit by the quick posterior; each group holds
both models, so that the ratio stands in one table whatever the machine.
"""

from __future__ import annotations

import datetime as dt
import functools

import numpy as np
import pytest
import yaml

from forecast.beliefs import Beliefs
from forecast.beliefs.first_model import first_model
from forecast.beliefs.series_files import Series
from forecast.inference.encoding import encode
from forecast.inference.laplace import approximate
from forecast.network import Evidence, gradient

STEPS = 1200
MODELS = {"level": None, "ladder": 10}


@functools.cache
def _case(states):
    rng = np.random.default_rng(1)
    level = np.cumsum(rng.normal(0.0, 0.1, STEPS))
    counts = rng.negative_binomial(2.0, 2.0 / (2.0 + np.exp(1.0 + level - level.mean())))
    days = tuple(dt.date(2000, 1, 3) + dt.timedelta(days=7 * n) for n in range(STEPS))
    series = Series("", "n", days, tuple(map(float, counts)), 7)
    text = first_model([series], states=states, source="Invented")
    encoding = encode(Beliefs.model_validate(yaml.safe_load(text)))
    nothing = np.zeros(STEPS)
    evidence = Evidence(
        nothing, np.zeros((1, 1)), np.arange(STEPS), nothing, counts, np.ones(STEPS)
    )
    return encoding, evidence


@pytest.mark.parametrize("model", MODELS)
def test_value_and_gradient(benchmark, model):
    """One value and gradient."""
    encoding, evidence = _case(MODELS[model])
    rates, tables = encoding.priors.draw(1, seed=1), encoding.components[0].tables
    benchmark.group = "value and gradient"
    benchmark(gradient, tables, rates, evidence, step=7.0)


@pytest.mark.parametrize("model", MODELS)
def test_fit(benchmark, model):
    """Mode and curvature."""
    encoding, evidence = _case(MODELS[model])
    benchmark.group = "fit"
    benchmark.pedantic(approximate, (encoding, evidence), rounds=2, warmup_rounds=1)
