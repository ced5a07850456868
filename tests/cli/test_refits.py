"""An update that may not be reweighted is fitted anew, from the draws of the last fit."""

import pytest

from forecast.errors import StatisticsError
from tests.cli.projects import ledger
from tests.cli.test_updates import row, told, write
from tests.docs.test_schema import priors_as_posterior


@pytest.fixture
def fits(monkeypatch):
    """Stand in for the sampler, and let no weights be sound; tell what it was given."""
    seen = []

    def fit(encoding, evidence, settings, *, start=None, **more):
        seen.append((start is not None, settings.tune, settings.target_accept))
        return priors_as_posterior(encoding, evidence, settings, **more)

    monkeypatch.setattr("forecast.inference.sampling.fit", fit)
    monkeypatch.setattr("forecast.inference.diagnostics.require_sound", lambda _: None)
    monkeypatch.setattr("forecast.inference.reweighting.Weights.sound", False)
    return seen


def test_a_refit_starts_at_the_draws_of_the_last_fit(project, forecast, fits):
    found = told(forecast, "update", write(project, row(1)))
    assert found["method"] == "refitted"
    assert [warm for warm, *_ in fits] == [True]
    with ledger(project) as book:
        new, old = list(book.posteriors.whole())[:2]
        assert new.settings["start"] == old.id
        assert new.settings["tune"] < old.settings["tune"]


def test_a_warm_fit_that_fails_its_checks_is_made_in_full(project, forecast, fits, monkeypatch):
    def refuse(_):
        if fits[-1][0]:
            raise StatisticsError("2 divergent transitions")

    monkeypatch.setattr("forecast.inference.diagnostics.require_sound", refuse)
    found = told(forecast, "update", write(project, row(1)))
    assert found["method"] == "refitted"
    assert [warm for warm, *_ in fits] == [True, False]
    with ledger(project) as book:
        assert "start" not in next(iter(book.posteriors.whole())).settings


def test_a_full_fit_that_is_there_is_taken(project, forecast, fits):
    told(forecast, "update", write(project, row(1)))
    forecast("run", "--no-charts")
    fits.clear()
    told(forecast, "update", write(project, row(1)))
    assert fits == []
