"""`forecast watch`: the table of what to look for, from the last issue."""

import datetime as dt
import json

import numpy as np
import pytest

from tests.cli.projects import edit
from tests.cli.terminal import without_traceback


def watched(forecast, *options):
    """Return what is printed as JSON."""
    done = forecast("watch", "--json", *options)
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_what_is_expected_is_the_forecast_of_the_issue(project, forecast):
    """Questions that are open have the probability that was issued; judgements that of the day."""
    issue = json.loads(forecast("run", "--json", "--no-charts").out)
    found = watched(forecast)
    assert found["issue"] == issue["issue"]["id"]
    issued = {q["question"]: q["probability"] for q in issue["questions"] if not q["past"]}
    told = {t["name"]: t["probability"] for t in found["targets"] if t["kind"] == "question"}
    assert told
    for name, probability in told.items():
        assert probability == pytest.approx(issued[name], abs=2e-6)
    curves = {t["node"]: t for t in issue["trajectories"]}
    for target in found["targets"]:
        if target["kind"] == "judgement":
            curve = curves[target["node"]]
            days = [dt.date.fromisoformat(day).toordinal() for day in curve["date"]]
            on = dt.date.fromisoformat(target["on"])
            assert on == dt.date.fromisoformat(found["as_of"]) + dt.timedelta(days=90)
            on_the_day = np.interp(on.toordinal(), days, curve["probability"])
            assert target["probability"] == pytest.approx(on_the_day, abs=2e-6)


def test_the_table_names_every_target_and_says_how_to_read_it(project, forecast):
    shown = forecast("watch", "--top", "1").out
    for target in watched(forecast)["targets"]:
        assert target["label"].split("?")[0] in " ".join(shown.split())
    assert "grade B2 (weight 0.48)" in shown


@pytest.mark.usefixtures("unfitted")
def test_a_report_of_an_open_act_is_imagined_at_its_own_weight(project, forecast):
    assert watched(forecast)["open_credibility"] is None
    edit(project / "priors.yaml", "label: Envoys meet", "label: Envoys meet\n    open: true")
    assert forecast("run", "--no-charts").code == 0
    found = watched(forecast)
    assert found["credibility"] == pytest.approx(0.48)
    assert found["open_credibility"] == pytest.approx(0.9)
    shown = " ".join(forecast("watch", "--top", "1").out.split())
    assert "grade B2 (weight 0.48, of an act done in the open 0.90)" in shown


def test_one_node_comes_with_its_questions_and_nothing_else(project, forecast):
    found = watched(forecast, "talks", "--within", "8 weeks")
    assert {target["node"] for target in found["targets"]} == {"talks"}


def test_an_indicator_says_when_it_was_last_reported(project, forecast):
    reports = json.loads(forecast("events", "list", "--json").out)["reports"]
    last = {}
    for one in sorted(reports, key=lambda one: one["reported_on"]):
        last[one["indicator"]] = one["reported_on"]
    rows = [row for target in watched(forecast)["targets"] for row in target["indicators"]]
    assert {row["last_reported"] for row in rows} - {None}
    assert all(row["last_reported"] == last.get(row["indicator"]) for row in rows)


def test_a_surer_report_says_more(project, forecast):
    weak, sure = (
        watched(forecast, "ceasefire", "--grade", grade)["targets"][0]["indicators"]
        for grade in ("C2", "certain")
    )
    more = {row["indicator"]: row["information"] for row in sure}
    assert all(row["information"] < more[row["indicator"]] for row in weak)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("ceasfire",), "did you mean 'ceasefire'?"),
        (("--grade", "G7"), "'G7' is not a grade"),
        (("--grade", "F6"), "weighs nothing"),
        (("--within", "soon"), "'soon' is not a period"),
        (("--within", "99 years"), "up to 10 years"),
        (
            ("--as-of", "2024-01-15"),
            "no forecast was issued as of 2024-01-15; the latest is as of 2024-",
        ),
    ],
    ids=" ".join,
)
def test_a_wrong_request_is_one_line(options, said, project, forecast):
    done = forecast("watch", *options)
    assert done.code == 1
    assert said in without_traceback(done)


def test_a_fresh_project_has_nothing_to_watch(fresh, forecast):
    done = forecast("watch")
    assert done.code == 1
    assert "there is no ledger here" in without_traceback(done)
