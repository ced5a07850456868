"""`forecast sensitivity`: what a judgement rests on, from the last issue."""

import json

import pytest

from forecast.beliefs import credibility
from tests.cli.terminal import without_traceback


@pytest.fixture
def found(project, forecast):
    """What is printed as JSON."""
    done = forecast("sensitivity", "ceasefire", "--json", "--no-charts")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_the_judgement_is_that_of_the_issue(found, forecast):
    issue = json.loads(forecast("run", "--json", "--no-charts").out)
    issued = next(row for row in issue["judgements"] if row["node"] == "ceasefire")
    assert found["issue"] == issue["issue"]["id"]
    assert found["probability"] == pytest.approx(issued["probability"], abs=2e-6)
    assert found["lo80"] == pytest.approx(issued["lo80"], abs=2e-3)


def test_every_source_with_weight_is_taken_out_once(found, forecast):
    rows = json.loads(forecast("events", "list", "--node", "ceasefire", "--json").out)["reports"]
    taken = {source["lineage"] for source in found["sources"]}
    weighty = {
        row["lineage"] for row in rows if credibility(row["reliability"], row["credibility"]) > 0
    }
    assert weighty
    assert weighty <= taken
    for source in found["sources"]:
        change = source["without"]["probability"] - found["probability"]
        assert source["change"] == pytest.approx(change, abs=3e-6)


def test_the_sentence_names_the_widest_trusted_input(found):
    widest = next(
        row for row in found["inputs"] if row["at_from"]["sound"] and row["at_to"]["sound"]
    )
    assert f"“{widest['label']}”" in found["sentence"]
    swings = [row["swing"] for row in found["inputs"]]
    assert swings == sorted(swings, reverse=True)


def test_the_table_and_the_chart_are_of_the_same_numbers(project, forecast):
    done = forecast("sensitivity", "talks", "--top", "3", "--out", "drawn")
    assert done.code == 0
    names = {path.name for path in (project / "drawn").iterdir()}
    assert names == {f"talks__tornado.{end}" for end in ("svg", "png", "csv", "alt.txt")}
    assert "swing" in done.out
    assert "(--top)" in done.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("ceasfire",), "did you mean 'ceasefire'?"),
        (("nothing_like_it",), "there are: ceasefire, talks"),
        (
            ("ceasefire", "--as-of", "2024-01-15"),
            "no forecast was issued as of 2024-01-15; the latest is as of 2024-",
        ),
        (("ceasefire", "--out", "priors.yaml"), "priors.yaml"),
    ],
    ids=" ".join,
)
def test_a_wrong_request_is_one_line(options, said, project, forecast):
    done = forecast("sensitivity", *options)
    assert done.code in {1, 2}
    assert said in done.err
    if done.code == 1:
        without_traceback(done)
