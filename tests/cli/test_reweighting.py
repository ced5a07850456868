"""What reweighting says is what a new fit says, within sampling error."""

import json

import pytest

from tests.cli.test_updates import HEADER, after, row, told, write


@pytest.mark.slow
def test_an_update_agrees_with_a_fit_of_the_same_reports(project, forecast):
    """The standard error of a probability is at most half over the root of the draws."""
    rows = [row(1), row(2, indicator="shelling_reported", grade="B3", day="2024-06-20")]
    reweighted = told(forecast, "update", write(project, *rows))
    assert reweighted["method"] == "reweighted"
    (project / "events" / "late.csv").write_text(HEADER + "".join(rows), "utf-8")
    done = forecast("run", "--no-charts", "--json", "--seed", "7")
    fitted = {j["node"]: j["probability"] for j in json.loads(done.out)["judgements"]}
    error = 0.5 / min(reweighted["ess"], 2000.0) ** 0.5
    assert after(reweighted) == pytest.approx(fitted, abs=2.5 * error)
