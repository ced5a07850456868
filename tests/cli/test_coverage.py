"""Coverage by hand: who looked, until when, and what follows for what is silent."""

import json

import pytest

from tests.cli.terminal import without_traceback
from tests.docs.test_schema import priors_as_posterior

LOOKED = ("events", "coverage")
DESK = ("--source", "Desk", "--rationale", "The same codebook")


@pytest.fixture
def drawn(fresh, monkeypatch):
    """A fresh project whose draws are from the priors instead of a fit."""
    monkeypatch.setattr("forecast.inference.sampling.fit", priors_as_posterior)


def until(forecast):
    """Until when each indicator is looked for, and the windows there are."""
    found = json.loads(forecast(*LOOKED, "list", "--json").out)
    return {row["indicator"]: row["until"] for row in found["looked_for"]}, found["coverage"]


@pytest.mark.usefixtures("fresh")
def test_coverage_ends_and_is_renewed_and_every_word_is_kept(forecast):
    before, (row,) = until(forecast)
    assert set(before.values()) == {"2024-06-30"}
    assert (row["indicator"], row["detection"], row["origin"]) == ("*", None, "events")
    end = ("end", "--indicator", "envoys_meet", "--on", "2024-05-31", "--reason", "Closed")
    assert "nobody looks from 2024-06-01 to 2024-06-30" in forecast(*LOOKED, *end).out
    assert until(forecast)[0] == {**before, "envoys_meet": "2024-05-31"}
    again = forecast(*LOOKED, *end)
    assert (again.code, "ended on 2024-05-31" in without_traceback(again)) == (1, True)
    days = ("--indicator", "envoys_meet", "--from", "2024-06-15", "--to", "2024-07-31")
    assert forecast(*LOOKED, "add", *days, *DESK).code == 0
    assert "known already" in forecast(*LOOKED, "add", *days, *DESK).out
    ends, rows = until(forecast)
    assert ends["envoys_meet"] == "2024-07-31"
    assert [row["detection"] for row in rows] == [None, 0.0, None]
    assert forecast("verify").code == 0


@pytest.mark.usefixtures("fresh")
def test_what_was_said_once_is_said_again_after_it_was_ended(forecast):
    days = ("--from", "2024-07-01", "--to", "2024-07-31")
    end = ("end", "--on", "2024-06-30", "--reason", "Nobody was there")
    for _ in range(2):
        done = forecast(*LOOKED, "add", *days, *DESK)
        assert (done.code, "looked for from 2024-07-01" in done.out) == (0, True)
        assert set(until(forecast)[0].values()) == {"2024-07-31"}
        assert forecast(*LOOKED, *end).code == 0
        assert set(until(forecast)[0].values()) == {"2024-06-30"}


@pytest.mark.usefixtures("drawn")
def test_the_record_ends_where_nobody_looks_any_more(forecast):
    """A forecast is as of the last day somebody looked or reported."""
    assert forecast(*LOOKED, "end", "--on", "2024-05-31", "--reason", "Closed").code == 0
    found = json.loads(forecast("run", "--json", "--no-charts").out)
    assert found["as_of"] == "2024-05-31"


@pytest.mark.usefixtures("drawn")
def test_a_document_is_not_behind_coverage_that_its_forecast_has_seen(forecast):
    add = (*LOOKED, "add", "--from", "2024-07-01", "--to", "2024-07-31", *DESK)
    assert forecast(*add).code == 0
    assert forecast("run", "--no-charts", "--draws", "250").code == 0
    assert forecast("brief", "new", "b.md").code == 0
    assert forecast("brief", "check", "b.md").code == 0
    assert forecast(*LOOKED, "end", "--on", "2024-06-30", "--reason", "No").code == 0
    done = forecast("brief", "check", "b.md")
    assert done.code == 1
    assert "coverage says something else than it did" in " ".join(done.out.split())


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("add", "--from", "2024-07-01", *DESK), "--to: is empty"),
        (("add", "--from", "2024-07-02", "--to", "2024-07-01", *DESK), "from comes first"),
        (
            ("add", "--from", "2024-07-01", "--to", "2024-07-02", "--detection", "2", *DESK),
            "--detection: '2' is not allowed",
        ),
        (
            ("add", "--indicator", "envoys", "--from", "2024-07-01", "--to", "2024-07-02", *DESK),
            "did you mean 'envoys_meet'?",
        ),
        (("end", "--on", "2024-05-31", "--reason", " "), "no reason came"),
        (("end", "--on", "2030-05-31", "--reason", "x"), "ended on 2024-06-30"),
        (
            ("end", "--on", "2024-05-31", "--reason", "x", "--indicator", "envoys_met"),
            "did you mean 'envoys_meet'?",
        ),
        (("list", "--indicator", "envoys_met"), "did you mean 'envoys_meet'?"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_stored(forecast, typed, said):
    before = until(forecast)
    done = forecast(*LOOKED, *typed)
    assert done.code == 1
    assert said in " ".join(without_traceback(done).split())
    assert until(forecast) == before
