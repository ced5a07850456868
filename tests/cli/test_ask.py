"""``forecast ask`` as typed."""

import json

import pytest

from tests.cli.terminal import without_traceback


def test_a_question_is_answered_with_its_word_band_curve_and_chart(project, forecast):
    """The same question as one of the brief has the same answer."""
    named = json.loads(forecast("ask", "broken_by_end_2024", "--no-charts", "--json").out)
    typed = json.loads(
        forecast("ask", "ceasefire reaches broken by 2024-12-31", "--no-charts", "--json").out
    )
    assert typed["probability"] == named["probability"]
    assert typed["curve"] == named["curve"]
    assert named["criteria"].startswith("Yes if")
    assert named["issued"][-1]["probability"] == pytest.approx(named["probability"], abs=2e-6)
    shown = forecast("ask", "ceasefire", "reaches", "broken", "by", "2024-12-31", "--out", "charts")
    assert shown.code == 0, shown.err
    assert "80% band" in shown.out
    names = {path.name for path in (project / "charts").iterdir()}
    stem = "ceasefire_reaches_broken_by_2024_12_31__first_passage"
    assert {f"{stem}.svg", f"{stem}.png", f"{stem}.csv", f"{stem}.alt.txt"} == names


def test_a_condition_says_how_likely_it_is(project, forecast):
    """And a state on a day has no first-passage chart."""
    text = "ceasefire is broken on 2024-12-31 given talks is moving on 2024-09-30"
    shown = forecast("ask", text, "--out", "charts")
    assert shown.code == 0, shown.err
    assert "What is given has" in shown.out
    assert not (project / "charts").exists()


def test_an_answer_says_from_when_it_counts(project, forecast):
    """In the terminal and in JSON, typed or named; `from` stands before or after the deadline."""

    def counts(text):
        return json.loads(forecast("ask", text, "--no-charts", "--json").out)["counts"]

    part = {"node": "ceasefire", "states": ["broken"], "indicator": None}
    whole = [{**part, "from": "2024-01-01", "by": "2024-12-31"}]
    assert counts("ceasefire reaches broken by 2024-12-31") == whole
    assert counts("broken_by_end_2024") == whole
    later = [{**part, "from": "2024-07-01", "by": "2024-12-31"}]
    assert counts("ceasefire reaches broken from 2024-07-01 by 2024-12-31") == later
    assert counts("ceasefire reaches broken by 2024-12-31 from 2024-07-01") == later
    assert counts("ceasefire is broken on 2024-12-31") == []
    shown = forecast("ask", "ceasefire reaches broken by 2024-12-31", "--no-charts")
    assert "Counted from 2024-01-01 on." in shown.out


def test_what_was_reached_before_is_said_with_the_question_to_ask_instead(project, forecast):
    """The ceasefire held when the brief was written, and holds; that is no news of the year."""
    done = forecast("ask", "ceasefire reaches holds by 2024-12-31", "--no-charts", "--json")
    (found,) = json.loads(done.out)["already"]
    assert (found["from"], found["on"]) == ("2024-01-01", "2024-06-30")
    assert found["probability"] >= 0.99
    assert 'ask whether it will stand then: "ceasefire is holds on 2024-12-31"' in found["sentence"]
    shown = forecast("ask", "ceasefire reaches holds by 2024-12-31", "--no-charts")
    assert f"{found['sentence']}." in shown.out
    value = json.loads(forecast("ask", "broken_by_end_2024", "--no-charts", "--json").out)
    assert value["already"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ceasefire reaches brokn by 2024-12-31", "did you mean 'broken'?"),
        ("ceasfire reaches broken by 2024-12-31", "did you mean 'ceasefire'?"),
        ("ceasefire reaches broken by 2023-12-31", "is before the brief (2024-01-01)"),
        ("ceasefire reaches broken", "'by'"),
        ("what will happen", "is neither a question nor a node"),
    ],
)
def test_what_cannot_be_read_is_one_line(text, said, project, forecast):
    """Exit 1, nothing on the output."""
    done = forecast("ask", text)
    assert (done.code, done.out) == (1, "")
    assert said in without_traceback(done)
