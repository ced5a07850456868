"""`forecast nodes` lists what priors.yaml has on each judgement."""

import json

from forecast.beliefs import load
from tests.cli.projects import edit


def listed(forecast, *options):
    """Return what is printed as JSON."""
    done = forecast("nodes", "--json", *options)
    assert (done.code, done.err) == (0, "")
    return {one["node"]: one for one in json.loads(done.out)["nodes"]}


def test_every_indicator_question_and_coupling_of_the_file_stands_at_its_judgement(fresh, forecast):
    beliefs = load(fresh / "priors.yaml")
    found = listed(forecast)
    assert list(found) == list(beliefs.nodes)
    assert {name for one in found.values() for name in one["indicators"]} == set(beliefs.indicators)
    asked = {name: one["node"] for one in found.values() for name in one["questions"]}
    assert asked == {name: question.node for name, question in beliefs.questions.items()}
    moves = sorted((by["node"], name) for name, one in found.items() for by in one["moved_by"])
    assert moves == sorted((c.parent.node, c.child.node) for c in beliefs.couplings.values())


def test_acts_done_in_the_open_are_marked(fresh, forecast):
    edit(fresh / "priors.yaml", "label: Envoys meet", "label: Envoys meet\n    open: true")
    found = listed(forecast)
    assert {name: one["open_acts"] for name, one in found.items()} == {
        "ceasefire": [], "talks": ["envoys_meet"],
    }  # fmt: skip
    assert "envoys_meet (open)" in forecast("nodes", "talks").out


def test_one_judgement_can_be_named_and_is_told_in_words(fresh, forecast):
    assert list(listed(forecast, "talks")) == ["talks"]
    shown = forecast("nodes", "talks").out
    for name in ("talks", "stalled", "moving", "envoys_meet"):
        assert name in shown
