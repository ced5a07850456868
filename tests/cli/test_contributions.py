"""Decibans of reports and of silence, against the model filtered by other means."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecast.analysis.explanation import decibans, unseen
from forecast.inference.observations import observe
from forecast.inference.reweighting import Weights
from forecast.inference.tracking import appraise
from forecast.project.project import Project
from forecast.study.explain import contributions
from forecast.study.last_issue import held_issue


@pytest.fixture
def held(project):
    return held_issue(Project(Path(project)))


@pytest.fixture
def found(held):
    return contributions(held)


def test_every_cell_of_evidence_is_weighed_for_every_node(held, found):
    seen, names = held.evidence, held.encoding.indicators
    cells = {(names[k], str(t)) for k, t in zip(seen.cell_indicator, seen.cell_step, strict=True)}
    weighed = {(name, step) for name, steps in found["reports"].items() for step in steps}
    assert weighed == cells
    assert cells
    nodes = set(held.encoding.beliefs.nodes)
    assert all(set(one) == nodes for steps in found["reports"].values() for one in steps.values())


def test_all_silence_of_an_indicator_is_what_briefs_say_of_one_never_seen(held):
    """There it is worked out with plain weights of the draws, here with smoothed ones."""
    encoding, some = held.encoding, held.parameters.take(slice(None, None, 4))
    name = encoding.indicators[0]
    reports = [r for r in held.reports if r.indicator != name]
    seen = observe(encoding, reports, held.coverage, as_of=held.as_of)
    weights = np.full(some.draws, 1 / some.draws)
    (told,) = unseen(encoding, some, seen, [0], since=0, weights=weights)
    at = appraise(encoding, some, seen).probability @ weights
    same = replace(held, evidence=seen, parameters=some, weights=Weights.equal(some.draws))
    found = contributions(same)["silence"][name]
    for node in encoding.beliefs.nodes:
        rows = list(encoding.headline_rows(node))
        now, less = at[rows].sum(), (at - told.effect)[rows].sum()
        expected = decibans(float(less), float(now))
        assert abs(expected) > 0.1
        assert found[node] == pytest.approx(expected, abs=0.3)


def test_a_report_with_nobody_else_looking_is_worth_what_the_record_without_it_says(held):
    """Without coverage, a cell left out is a report that was never coded."""
    encoding = held.encoding
    reports = [r for r in held.reports if r.use == "evidence"]
    bare = observe(encoding, reports, [], as_of=held.as_of)
    alone = contributions(replace(held, evidence=bare))
    number = int(bare.cell_indicator[-1])
    name = encoding.indicators[number]
    cell = alone["reports"][name][str(int(bare.cell_step[-1]))]
    fewer = [r for r in reports if r.indicator != name]
    less = observe(encoding, fewer, [], as_of=held.as_of)
    assert less.cell_step.size == bare.cell_step.size - 1
    now, then = (appraise(encoding, held.parameters, one) for one in (bare, less))
    weights = held.weights.weights
    for node, worth in cell.items():
        rows = list(encoding.headline_rows(node))
        after = float(now.probability[rows].sum(axis=0) @ weights)
        before = float(then.probability[rows].sum(axis=0) @ weights)
        assert worth == pytest.approx(decibans(before, after), abs=0.15)


def test_no_report_lowers_the_state_its_indicator_points_at(held):
    """A second report of the kind taught that it is frequent, and made later silence count more."""
    encoding = held.encoding
    found = contributions(held)["reports"]
    told = 0
    for name, steps in found.items():
        for pointed in encoding.beliefs.indicators[name].points_at:
            if set(pointed.states) == set(encoding.beliefs.nodes[pointed.node].headline):
                worth = [one[pointed.node] for one in steps.values()]
                assert min(worth, default=0.0) > -0.05
                told += len(worth)
    assert told


def test_the_chart_holds_them_and_remembers(project, forecast):
    done = forecast("chart", "heat", "talks", "--format", "svg", "--out", "new")
    assert done.code == 0, done.err
    (kept,) = (project / ".forecast" / "analyses").glob("*-contributions.json")
    held = json.loads(kept.read_text("utf-8"))
    with (project / "new" / "talks__heat.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    said = sorted(float(r["decibans"]) for r in rows if r["known"] == "all silence")
    silences = [one["talks"] for one in held["silence"].values()]
    assert said
    assert all(any(one == told for told in silences) for one in said)
