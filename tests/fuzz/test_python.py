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
ROW = {
    "event_id": "E-900", "lineage": "monitors", "occurred_on": "2024-06-20",
    "reported_on": "2024-06-21", "indicator": "shelling_reported", "reliability": "B",
    "credibility": 2, "summary": "Invented", "source_title": "Invented",
}  # fmt: skip
OWN = {"form": "acled", "mapping": "acled.yaml", "out": "x.csv"}
TOLD = {"reason": "Invented", "source_title": "Invented"}
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
    "events": (lambda p, v: p.events.list(indicator=v), "shelling_reported"),
    "events of": (lambda p, v: p.events.list(node=v), "talks"),
    "use": (lambda p, v: p.events.list(use=v), "all"),
    "add": (lambda p, v: p.events.add(v), ROW),
    "cell": (lambda p, v: p.events.add({**ROW, "summary": v}), "Invented"),
    "correct": (lambda p, v: p.events.add({"credibility": 3}, correct=v), "R002"),
    "retract": (lambda p, v: p.events.retract(v, reason="Invented"), "R002"),
    "reason": (lambda p, v: p.events.retract("R002", reason=v), "Invented"),
    "restore": (lambda p, v: p.events.restore(v, reason="Invented"), "R002"),
    "import": (lambda p, v: p.events.import_from(v, **OWN), "acled.csv"),
    "form": (lambda p, v: p.events.import_from("acled.csv", **{**OWN, "form": v}), "acled"),
    "window": (lambda p, v: p.events.import_from("acled.csv", **OWN, first=v), "2024-01-01"),
    "sources": (lambda p, v: p.sources.list(as_of=v), "2024-06-30"),
    "refute": (lambda p, v: p.sources.refute(v, on="2024-07-01", **TOLD), "R001"),
    "on": (lambda p, v: p.sources.refute("R001", on=v, **TOLD), "2024-07-01"),
    "by": (lambda p, v: p.sources.confirm("R001", by=v, on="2024-07-01", **TOLD), ()),
    "resolve": (
        lambda p, v: p.resolve(v, "void", on="2025-01-01", note="Invented"), "broken_by_end_2024"
    ),
    "outcome": (
        lambda p, v: p.resolve("broken_by_end_2024", v, on="2025-01-01", note="Invented"), "void"
    ),
    "note": (lambda p, v: p.resolve("broken_by_end_2024", "no", note=v), "Invented"),
    "first": (lambda p, v: p.backtest(v, "2024-04-17"), "2024-04-17"),
    "every": (lambda p, v: p.backtest("2024-04-17", "2024-04-17", every=v), "1 month"),
    "answers": (lambda p, v: p.elicit(v), "answers.csv"),
    "pool": (lambda p, v: p.elicit("answers.csv", pool=v), "linear"),
    "extremise": (lambda p, v: p.elicit("answers.csv", extremise=v), 1.5),
    "document": (lambda p, v: p.brief.check(v), "brief.md"),
    "notes": (lambda p, v: p.brief.check("brief.md", notes=v), "chicago"),
    "origin": (lambda p, v: p.brief.provenance(v), "brief.md"),
    "template": (lambda p, v: p.brief.render(v, "two.md"), "one.md"),
    "page": (lambda p, v: p.report("two.html", scenarios=v, watch=False), "held"),
    "settle": (lambda p, v: p.watch_folder("inbox", settle=v), 0.5),
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
