"""Alerts of `forecast update`: said once, remembered when they were, cleared on the way back."""

import itertools
import json
import shutil
import sys

import pytest

from forecast.issue import update as updating
from forecast.ledger import Ledger
from tests.cli.projects import ledger
from tests.cli.test_updates import _no_fit, row, write  # noqa: F401 - nothing here may sample

RULES = """
alerts:
  broken_now:
    node: ceasefire
    above: 0.05
    hysteresis: 0.01
    source: Ours.
    rationale: For a test.
  broken_soon:
    question: broken_by_end_2024
    above: 0.15
    hysteresis: 0.01
    source: Ours.
    rationale: For a test.
  holds:
    node: ceasefire
    states: [holds]
    below: 0.94
    hysteresis: 0.02
    source: Ours.
    rationale: The same from the other side.
"""
SHELLING = row(1, indicator="shelling_reported", grade="A1", day="2024-06-28")
ALERT = 4


@pytest.fixture
def ruled(project):
    """The project with three rules that one report on shelling raises."""
    with (project / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(RULES)
    return project


def updated(forecast, *arguments, code=0):
    """Type an update and return what it says of each alert."""
    done = forecast("update", *arguments, "--json")
    assert done.code == code, done.err
    return {each["alert"]: each for each in json.loads(done.out)["alerts"]}


def words(found):
    return {name: each["word"] for name, each in found.items()}


def every(word):
    return dict.fromkeys(("broken_now", "broken_soon", "holds"), word)


def said(project):
    with ledger(project) as book:
        return [(r.alert, r.version, r.word) for r in book.alerts.versions()]


def test_the_alert_that_a_new_project_comes_with_is_raised_by_what_it_is_about(
    project, template, forecast
):
    """Nothing of the template's own reports raises it; shelling in three more weeks does."""
    shutil.copyfile(template / "priors.yaml", project / "priors.yaml")
    assert words(updated(forecast)) == {"a_break_is_expected": "watched"}
    shelled = [
        row(n, indicator="shelling_reported", grade="A1", day=f"2024-06-{day}")
        for n, day in ((1, "08"), (2, "15"), (3, "28"))
    ]
    found = updated(forecast, write(project, *shelled), code=ALERT)["a_break_is_expected"]
    assert (found["word"], found["raised"]) == ("raised", True)
    assert found["probability"] > 0.5


def test_a_report_that_crosses_raises_them_and_exits_with_4(ruled, forecast):
    """The last issue is what the first change is measured from."""
    found = updated(forecast, write(ruled, SHELLING), code=ALERT)
    assert words(found) == every("raised")
    for each in found.values():
        assert each["certainty"] >= 0.8
        assert abs(each["probability"] - each["told"]) >= 0.05
        assert each["raised"]
    assert {word for _, _, word in said(ruled)} == {"raised"}


def test_the_table_says_so_in_a_sentence(ruled, forecast):
    done = forecast("update", write(ruled, SHELLING))
    assert done.code == ALERT
    assert "Alert broken_soon raised: Will the ceasefire be broken by 31" in done.out
    assert "Alert holds raised: Ceasefire: holds" in done.out


def test_the_same_update_again_says_nothing(ruled, forecast):
    file = write(ruled, SHELLING)
    updated(forecast, file, code=ALERT)
    again = updated(forecast, file)
    assert words(again) == every(None)
    assert all(each["raised"] for each in again.values())
    assert len(said(ruled)) == 3


def test_an_update_that_knows_less_does_not_unsay_what_a_fuller_one_told(
    ruled, forecast, monkeypatch
):
    """The second is over before the first, which does not know of the shelling, has looked."""
    quiet, loud = write(ruled, row(2), name="a.csv"), write(ruled, SHELLING, name="b.csv")
    learn = updating._learn

    def overtaken(*arguments, **named):
        monkeypatch.setattr(updating, "_learn", learn)
        found = words(updated(forecast, loud, code=ALERT))
        assert [name for name, word in found.items() if word == "raised"] == ["broken_now", "holds"]
        return learn(*arguments, **named)

    monkeypatch.setattr(updating, "_learn", overtaken)
    assert not {*words(updated(forecast, quiet)).values()} & {"raised", "cleared"}
    assert {word for _, _, word in said(ruled)} == {"raised", "watched"}
    assert words(updated(forecast)) == every(None)


def test_a_dry_run_says_what_would_be_and_remembers_nothing(ruled, forecast):
    file = write(ruled, SHELLING)
    assert words(updated(forecast, file, "--dry-run")) == every("raised")
    assert "would be raised" in forecast("update", file, "--dry-run").out
    assert said(ruled) == []
    assert words(updated(forecast, file, code=ALERT)) == every("raised")


def test_a_retraction_clears_them_though_no_file_comes(ruled, forecast):
    updated(forecast, write(ruled, SHELLING), code=ALERT)
    forecast("events", "retract", "N1", "--reason", "The agency withdrew it")
    assert words(updated(forecast, code=ALERT)) == every("cleared")
    assert words(updated(forecast)) == every(None)
    forecast("events", "restore", "N1", "--reason", "It stands after all")
    assert words(updated(forecast, code=ALERT)) == every("raised")
    with ledger(ruled) as book:
        assert book.verify() == []


def test_time_alone_is_looked_at(ruled, forecast):
    """With nobody looking, the odds that a ceasefire has been broken rise."""
    updated(forecast)
    found = updated(forecast, "--as-of", "2026-06-30", code=ALERT)
    assert found["broken_now"]["word"] == "raised"


def test_what_stands_at_first_sight_is_no_news(ruled, forecast):
    forecast("update", write(ruled, SHELLING), "--issue")
    text = (ruled / "priors.yaml").read_text("utf-8")
    (ruled / "priors.yaml").write_text(text.replace("broken_now:", "another_name:"), "utf-8")
    found = updated(forecast)
    assert found["another_name"]["word"] == "standing"
    forecast("events", "retract", "N1", "--reason", "Withdrawn")
    assert updated(forecast, code=ALERT)["another_name"]["word"] == "cleared"


def test_a_slow_rise_is_not_lost_among_issues(ruled, forecast):
    """Published in steps of less than five points, the whole way is still told."""
    told = [updated(forecast, "--issue")["broken_now"]]
    for day in ("2024-09-15", "2024-12-15", "2025-03-31", "2025-07-31"):
        done = forecast("update", "--as-of", day, "--issue", "--json")
        found = {each["alert"]: each for each in json.loads(done.out)["alerts"]}
        told.append(found["broken_now"])
    rises = [b["probability"] - a["probability"] for a, b in itertools.pairwise(told)]
    assert all(0.0 < rise < 0.05 for rise in rises), rises
    assert [each["word"] for each in told].count("raised") == 1


def test_another_threshold_is_another_rule(ruled, forecast):
    updated(forecast, write(ruled, SHELLING), code=ALERT)
    text = (ruled / "priors.yaml").read_text("utf-8")
    (ruled / "priors.yaml").write_text(text.replace("above: 0.05", "above: 0.9"), "utf-8")
    found = updated(forecast)
    assert words(found) == {"broken_now": "watched", "broken_soon": None, "holds": None}
    assert not found["broken_now"]["raised"]


def test_a_look_back_says_nothing_and_leaves_the_memory_alone(ruled, forecast):
    updated(forecast, write(ruled, SHELLING), code=ALERT)
    before = said(ruled)
    assert updated(forecast, "--as-of", "2024-05-31") == {}
    assert said(ruled) == before


def test_a_report_after_the_day_raises_nothing(ruled, forecast):
    """A canary dated later leaves probability and certainty of every rule as they were."""
    plain = updated(forecast, "--as-of", "2024-06-15", "--dry-run")
    canary = updated(forecast, write(ruled, SHELLING), "--as-of", "2024-06-15")
    assert canary == plain


def test_rules_change_neither_forecast_nor_its_issue(project, forecast):
    before = forecast("run", "--no-charts", "--json")
    with (project / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(RULES)
    assert forecast("run", "--no-charts", "--json") == before


def test_an_alert_that_was_not_said_is_said_the_next_time(ruled, forecast, monkeypatch):
    """A process that dies before its words are out has not used the alert up."""

    def dies(_done):
        raise KeyboardInterrupt

    file = write(ruled, SHELLING)
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["forecast.issue.update_command"], "print_json", dies)
        assert forecast("update", file, "--json").code == 130
    assert words(updated(forecast, file, code=ALERT)) == every("raised")


def test_of_two_that_say_the_same_at_once_one_is_recorded(ruled, forecast):
    updated(forecast, write(ruled, SHELLING), code=ALERT)
    words_ = {"word": "cleared", "rule": "r", "probability": 0.1, "certainty": 0.0}
    late = {**words_, "alert": "broken_now", "version": 0, "reference": 0.1}
    with ledger(ruled) as book:
        last = book.alerts.latest()["broken_now"]
        assert book.alerts.record([late], as_of=last.as_of) == []
        assert book.alerts.record([{**late, "version": 1}], as_of=last.as_of) == ["broken_now"]
        assert book.verify() == []


def test_alerts_need_no_pymc(ruled, monkeypatch):
    """A process of its own: a question is answered and an alert raised without the sampler."""
    from tests.cli.terminal import typed

    program = (
        "import sys; from forecast.cli import main\n"
        "try: main()\n"
        "finally: assert 'pymc' not in sys.modules and 'pytensor' not in sys.modules\n"
    )
    done = typed("update", write(ruled, SHELLING), cwd=ruled, program=program)
    assert (done.code, done.err) == (ALERT, "")


def test_what_was_said_can_be_read_as_it_stood(ruled, forecast):
    updated(forecast, write(ruled, SHELLING), code=ALERT)
    with ledger(ruled) as book:
        moment = book.recorded_until()
    forecast("events", "retract", "N1", "--reason", "Withdrawn")
    updated(forecast, code=ALERT)
    with Ledger.open(ruled / ".forecast" / "ledger.sqlite") as book:
        then = [r.word for r in book.alerts.versions(recorded_by=moment)]
        assert then == ["raised"] * 3
        assert [r.word for r in book.alerts.versions()] == ["raised"] * 3 + ["cleared"] * 3
