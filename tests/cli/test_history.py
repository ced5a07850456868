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
    from forecast.workflow.history import Chain

    honest, calls = Chain._work_out, []

    def dies(self, key, evidence):
        calls.append(key["as_of"])
        if len(calls) == 8:
            raise KeyboardInterrupt
        return honest(self, key, evidence)

    monkeypatch.setattr(Chain, "_work_out", dies)
    with pytest.raises((KeyboardInterrupt, AssertionError)):
        told(*HISTORY)
    assert len(points(fresh)) == 7
    monkeypatch.setattr(Chain, "_work_out", honest)
    resumed = told(*HISTORY)
    assert len(points(fresh)) == len(resumed["history"])
