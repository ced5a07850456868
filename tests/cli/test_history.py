"""The honest history is a chain that is replayed to the same numbers."""

import json

import pytest

from tests.cli.projects import ledger
from tests.docs.test_schema import priors_as_posterior

HISTORY = ("run", "--history", "--draws", "200", "--no-charts", "--json")


@pytest.fixture(autouse=True)
def fits(monkeypatch):
    """Everything is real but the sampler; the chain does not know."""
    made = []

    def fit(self, evidence, settings, **_options):
        made.append(evidence.steps)
        return priors_as_posterior(self._encoding, evidence, settings)

    monkeypatch.setattr("forecast.inference.sampling.fit", priors_as_posterior)
    monkeypatch.setattr("forecast.inference.sampling.Sampler.fit", fit)
    return made


@pytest.fixture
def told(fresh, forecast):
    def tell(*arguments):
        done = forecast(*arguments)
        assert done.code == 0, done.err
        return json.loads(done.out)

    return tell


def past(issue, until=None):
    """What the history says of each date, up to a day."""
    out = {}
    for line in issue["trajectories"]:
        for number in range(line["history"] - 1):
            day = line["date"][number]
            if until is None or day <= until:
                out[line["node"], day] = line["probability"][number]
    return out


def points(project):
    with ledger(project) as book, book.reading() as connection:
        return connection.exec_driver_sql("SELECT id FROM history_point").all()


def test_a_second_call_computes_nothing(fresh, told, fits):
    first = told(*HISTORY)
    fitted, kept = list(fits), points(fresh)
    assert past(told(*HISTORY)) == past(first)
    assert fits == fitted
    assert points(fresh) == kept
    assert len(kept) == len(first["history"])


def test_a_later_report_changes_no_earlier_point(fresh, told):
    first = told(*HISTORY)
    late = (
        "report_id,event_id,lineage,occurred_on,reported_on,indicator,reliability,credibility,use,"
        "summary,source_title\n"
        "N1,E-N1,wire,2024-05-20,2024-05-28,envoys_meet,A,1,evidence,Invented,Invented\n"
    )
    (fresh / "events" / "late.csv").write_text(late, "utf-8")
    second = told(*HISTORY)
    assert past(second, "2024-05-27") == past(first, "2024-05-27")
    assert past(second) != past(first)


def test_a_history_of_an_earlier_day_is_the_beginning_of_the_whole(fresh, told):
    whole = told(*HISTORY)
    early = told(*HISTORY, "--as-of", "2024-04-15")
    assert past(early) == {key: value for key, value in past(whole).items() if key in past(early)}


def test_a_chain_that_was_cut_goes_on_where_it_stopped(fresh, told, monkeypatch):
    from forecast.issue.fit import Chain

    honest, calls = Chain._work_out, []

    def dies(self, key, *given):
        calls.append(key["as_of"])
        if len(calls) == 8:
            raise KeyboardInterrupt
        return honest(self, key, *given)

    monkeypatch.setattr(Chain, "_work_out", dies)
    with pytest.raises((KeyboardInterrupt, AssertionError)):
        told(*HISTORY)
    assert len(points(fresh)) == 7
    monkeypatch.setattr(Chain, "_work_out", honest)
    resumed = told(*HISTORY)
    assert len(points(fresh)) == len(resumed["history"])


def test_the_honest_past_is_no_change_of_the_forecast(fresh, told, forecast):
    """The same beliefs, reports and day give the same probabilities, and the same changes."""
    plain = tuple(word for word in HISTORY if word != "--history")
    early = told(*plain, "--as-of", "2024-04-17")
    first, honest = told(*plain), told(*HISTORY)
    assert told(*HISTORY)["issue"] == honest["issue"]
    assert told(*plain)["issue"] == first["issue"]
    assert honest["judgements"] == first["judgements"]
    assert honest["judgements"][0]["since_issue"]["as_of"] == early["as_of"]
    asked = told("ask", "broken_by_end_2024", "--no-charts", "--json")
    assert [one["as_of"] for one in asked["issued"]] == [early["as_of"], first["as_of"]]


def test_coverage_that_ended_before_the_reports_is_said_alike_by_check_run_and_update(
    fresh, forecast
):
    coverage = fresh / "events" / "coverage.csv"
    coverage.write_text(coverage.read_text("utf-8").replace("2024-06-30", "2024-03-31"), "utf-8")
    said = "coverage of shelling_reported and 1 more ended on 2024-03-31, before 2024-04-16"
    checked = forecast("check")
    assert checked.code == 0
    assert f"warning: events: {said}: silence after it does not count" in checked.out
    shown = forecast("run", "--draws", "200", "--no-charts")
    assert shown.err.startswith(f"warning: {said}: silence after it does not count")
    before = forecast("run", "--draws", "200", "--no-charts", "--as-of", "2024-04-10")
    assert (before.code, before.err) == (0, "")
    rows = (fresh / "events" / "reports.csv").read_text("utf-8")
    (fresh / "again.csv").write_text(rows, "utf-8")
    assert f"{said}: silence after it does not count" in forecast("update", "again.csv").out
