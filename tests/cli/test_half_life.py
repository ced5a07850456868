"""`forecast half-life`: which half-life forecasts the record best, and what it refuses."""

import datetime as dt
import json

import numpy as np
import pytest
from ruamel.yaml import YAML


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """Weekly counts whose mean trebles a little after half way, as a file of numbers."""
    path = tmp_path_factory.mktemp("series") / "weekly.csv"
    counts = np.random.default_rng(7).poisson(np.repeat([3.0, 9.0], [140, 120]))
    days = (dt.date(2018, 1, 1) + dt.timedelta(days=7 * n) for n in range(len(counts)))
    rows = (f"{day},{count}" for day, count in zip(days, counts, strict=True))
    path.write_text("\n".join(["date,incidents", *rows]) + "\n")
    return path


@pytest.fixture
def streams(broken, tmp_path, monkeypatch, forecast):
    """A first model of them in the current folder."""
    monkeypatch.chdir(tmp_path)
    assert forecast("init", ".", "--from-series", str(broken), "--states", "4").code == 0
    return tmp_path


def test_it_prints_what_to_write_into_the_file(streams, forecast):
    """What it prints is read back by `forecast check`, and JSON holds the same numbers."""
    asked = ("half-life", "--try", "1 year")
    shown = json.loads(forecast(*asked, "--json").out)
    assert [each["half_life"] for each in shown["tried"]] == [None, 365.25]
    assert (shown["steps"], shown["begins"], shown["as_of"]) == (130, "2020-06-28", "2022-12-25")
    nothing, forgets = shown["tried"]
    assert forgets["gain"] == pytest.approx(forgets["score"] - nothing["score"], abs=2e-4)
    assert forgets["lo90"] <= forgets["gain"] <= forgets["hi90"]
    assert forgets["gain"] > 0.05
    assert shown["best"] == 365.25
    out = forecast(*asked).out
    assert f"{forgets['score']:.4f}" in out
    printed = "learning:" + out.partition("learning:")[2]
    assert YAML(typ="safe").load(printed)["learning"]["half_life"] == "12 months"
    path = streams / "priors.yaml"
    path.write_text(path.read_text() + "\n" + printed)
    assert forecast("check").code == 0


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--try", "soon"), 2, "'soon' is not a period"),
        (("--try", "2 days"), 1, "less than one step; give at least 7 days"),
        (("--from", "2022-10-01"), 1, "at least 26 are needed"),
        (("--from", "2017-12-31"), 1, "at least 26 are needed"),
        (("--from", "April"), 2, "is not a date"),
        (("--from", "9999-12-31"), 1, "--from 9999-12-31 is not between the brief ("),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(streams, forecast, options, code, said):
    done = forecast("half-life", *options)
    assert done.code == code
    assert said in " ".join(done.err.split())
    assert "Traceback" not in done.err


def test_pooling_needs_numbers(fresh, forecast):
    done = forecast("init", "other", "--pool")
    assert (done.code, "--pool goes with --from-series" in done.err) == (2, True)
