"""Streams from numbers to a page: a level for each, learnt in seconds, tested against baselines."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from forecast.beliefs import inspect
from forecast.beliefs.first_model import reach
from forecast.beliefs.series_files import read_series
from forecast.errors import EvidenceError
from forecast.issue.run import run
from forecast.judge.streams import backtest_streams
from forecast.judge.streams_report import report_text, write_report
from forecast.project.project import Project
from forecast.project.start import start_from_series
from forecast.scoring.persistence import base_rates, ewma, ewma_counts, ewma_regression


def weekly(path, rows=112):
    """A count that breaks to a higher level now and then, and a value that drifts."""
    rng, lines = np.random.default_rng(3), ["date,incidents,trade"]
    level = 2.0
    for n in range(rows):
        level = 9.0 if n % 40 > 24 else 2.0
        day = dt.date(2022, 1, 3) + dt.timedelta(days=7 * n)
        lines.append(f"{day},{rng.poisson(level)},{3 * np.sin(n / 9) + rng.normal():.2f}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project of two streams, each with a level."""
    folder = tmp_path_factory.mktemp("streams")
    start_from_series(folder / "p", weekly(folder / "w.csv"))
    return Project(folder / "p")


def test_what_is_written_is_short_and_has_no_problem(project):
    """A node with a level and a stream that follows it, for counts and values; no warning."""
    path = project.root / "priors.yaml"
    beliefs, problems = inspect(path)
    assert problems == []
    assert [node.level.scale for node in beliefs.nodes.values()] == ["log", "plain"]
    assert [each.follows for each in beliefs.indicators.values()] == list(beliefs.nodes)
    assert len(path.read_text("utf-8").splitlines()) < 110


def test_a_level_has_room_beyond_the_numbers(tmp_path):
    """And what is called high lies within."""
    for each in read_series(weekly(tmp_path / "w.csv")):
        span = reach([each])
        assert span.low < span.upper < span.high
        assert span.low < np.median(each.values) < np.max(each.values) < span.high


def test_a_run_answers_the_question_about_the_next_numbers(project):
    """With the levels' headlines in the units of the streams, and draws that were weighed."""
    issue = run(project)
    assert issue.payload["diagnostics"]["draws"] == 200
    labels = [row["label"] for row in issue.payload["judgements"]]
    assert all(label.endswith(" or more") for label in labels)
    total = next(q for q in issue.payload["questions"] if q["question"] == "incidents_next_four")
    assert 0.0 < total["probability"] < 1.0
    assert not any(":" in name for name in issue.payload["states"])


def test_a_backtest_compares_the_streams_with_cheap_baselines(project, tmp_path):
    """On the same origins, each stream and both together, with an interval, and on a page."""
    found = backtest_streams(project, horizons=(7.0, 28.0), every=60)
    assert [(one.stream, one.steps) for one in found.targets] == [
        ("incidents", 1), ("incidents", 4), ("trade", 1), ("trade", 4),
    ]  # fmt: skip
    names = [[row.name for row in one.rows] for one in found.targets]
    assert names[0] == ["engine", "base rate", "EWMA regression", "EWMA negative binomial"]
    assert names[2] == ["engine", "base rate", "EWMA regression"]
    for one in (*found.targets, *found.together):
        assert one.origins > 0
        assert all(row.low <= row.difference <= row.high for row in one.rows[1:])
    assert "Streams against cheap baselines" in report_text(found)
    assert b"<html" in write_report(found, tmp_path / "page.html").read_bytes().lower()


def test_too_few_steps_are_said(project):
    """Half of fewer than 104 steps tells nothing apart."""
    with pytest.raises(EvidenceError, match="at least 52"):
        backtest_streams(project, begins=dt.date(2022, 3, 6))


def test_a_baseline_sees_what_is_resolved_and_no_more():
    """Whatever comes later changes nothing that was said before."""
    rng = np.random.default_rng(1)
    values = rng.poisson(3.0, 80).astype(float)
    said = []
    for end in (80, 70):
        seen = values[:end]
        sums = np.convolve(seen, np.ones(4), "valid")[1:]
        mean, at = ewma(seen)[: len(sums)], {"first": 40, "lead": 4}
        came = sums > 12
        (chance,) = ewma_regression([np.log1p(mean)[:, None]], [came], **at)
        (counts,) = ewma_counts([mean], [sums], **at, size=13, every=5)
        said.append((base_rates(came, **at), chance, counts.sum(axis=1)))
    for full, early in zip(*said, strict=True):
        np.testing.assert_allclose(full[: len(early)], early, rtol=1e-6)


def test_the_regression_is_that_of_another_library():
    """Newton's steps reach the maximum likelihood that statsmodels finds."""
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(2)
    x = rng.normal(size=(90, 1))
    y = rng.random(90) < 1 / (1 + np.exp(-x[:, 0]))
    (found,) = ewma_regression([x], [y], first=89, lead=1)
    theirs = sm.Logit(y[:89].astype(float), sm.add_constant(x[:89])).fit(disp=0)
    expected = theirs.predict(np.array([[1.0, x[89, 0]]]))
    assert found[0] == pytest.approx(float(expected[0]), abs=1e-5)
