"""Whatever is given to a verb of the Python API is answered, or refused in one line."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import forecast
from forecast.errors import ForecastError
from tests.fuzz.structure import WRONG
from tests.fuzz.test_doors import THOROUGH, Drawn
from tests.fuzz.typed import INNARDS, patience

DO = "talks=moving@2024-07-01"
#: A verb, and what it takes.
VERBS = {
    "last": (lambda p, v: p.last(as_of=v), "2024-06-30"),
    "probability": (lambda p, v: p.probability(v), "talks"),
    "state": (lambda p, v: p.probability("talks", v), "moving"),
    "answer": (lambda p, v: p.last().answer(v), "broken_by_end_2024"),
    "trajectory": (lambda p, v: p.trajectory(v), "talks"),
    "chart": (lambda p, v: p.chart(v), "panel"),
    "chart of": (lambda p, v: p.chart("network", v), "talks"),
    "chart size": (lambda p, v: p.chart("network", size=v), "page"),
    "ask": (lambda p, v: p.ask(v, draws=100), "ceasefire is broken on 2024-12-31"),
    "draws": (lambda p, v: p.ask("ceasefire is broken on 2024-12-31", draws=v), 100),
    "explain": (lambda p, v: p.explain(v), "talks"),
    "since": (lambda p, v: p.explain("talks", since=v), "2024-05-01"),
    "watch": (lambda p, v: p.watch(v), "talks"),
    "within": (lambda p, v: p.watch("talks", within=v), "60 days"),
    "grade": (lambda p, v: p.watch("talks", grade=v), "B2"),
    "scenario": (lambda p, v: p.what_if(v, draws=100), "held"),
    "do": (lambda p, v: p.what_if(do=v, draws=100), DO),
    "observe": (lambda p, v: p.what_if(observe=[v], draws=100), "envoys_meet@2024-07-03/B2"),
    "horizon": (lambda p, v: p.what_if(do=DO, horizon=v, draws=100), 30),
    "score": (lambda p, v: p.score(as_of=v), "2024-12-31"),
    "crowd": (lambda p, v: p.score(crowd=v), None),
    "sensitivity": (lambda p, v: p.sensitivity("talks", span=v), "prior"),
    "check": (lambda p, v: p.check(as_of=v), "2024-06-30"),
    "load": (lambda _, v: forecast.load(v), "."),
    "update": (lambda p, v: p.update(v, dry=True), "new.csv"),
}  # fmt: skip
VALUES = st.one_of(
    WRONG,
    st.dates(),
    st.datetimes(),
    st.timedeltas(),
    st.binary(max_size=4),
    st.sampled_from([np.nan, np.int64(4), np.datetime64("NaT", "D"), pd.NaT, pd.NA, "\udcff"]),
    st.sampled_from([object(), dt.date.max, {1, 2}, np.zeros(2), pd.Series([1.0]), pd.DataFrame()]),
)


def given_to(name, project, value):
    """Give a value to a verb; it may refuse it in one line."""
    verb, _ = VERBS[name]
    said = "done"
    try:
        with patience():
            verb(project, value)
    except (ForecastError, OSError) as error:
        said = str(error)
    assert said.strip()
    assert not INNARDS.search(said), said


def try_verb(name, tried, monkeypatch, examples):
    monkeypatch.chdir(tried.root)
    project = forecast.load(".", progress=False)

    @settings(max_examples=examples, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck), deadline=None, derandomize=True)  # fmt: skip
    @given(VALUES.map(Drawn))
    def tries(drawn):
        try:
            given_to(name, project, drawn.value)
        finally:
            tried.put_back()

    tries()


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_takes_what_it_is_for(name, tried, monkeypatch):
    monkeypatch.chdir(tried.root)
    verb, good = VERBS[name]
    verb(forecast.load(".", progress=False), good)
    tried.put_back()


@pytest.mark.parametrize("name", VERBS)
def test_any_value_is_answered_or_refused(name, tried, monkeypatch):
    try_verb(name, tried, monkeypatch, 25)


@pytest.mark.slow
@pytest.mark.parametrize("name", VERBS)
def test_hundreds_of_values_are_answered_or_refused(name, tried, monkeypatch):
    try_verb(name, tried, monkeypatch, THOROUGH // 3)
