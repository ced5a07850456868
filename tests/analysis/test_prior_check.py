"""Two checks of the priors: what they imply, and which reports they expect."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats

from forecast.analysis.prior_check import Expectation, expected_reports, implied_judgements
from forecast.inference.encoding import Encoding
from forecast.inference.observations import observe
from tests.inference.samples import day, encoding_of, harbour, harbour_values, report, window
from tests.network.enumeration import all_states, initial_vector, step_matrix

DRAWS, SEED = 15, 2


def implied_by_matrices(node: int, states: frozenset[int], steps: int, *, reaches: bool) -> Any:
    """One probability per draw, by powers of SciPy's matrix over all joint states."""
    prior = harbour().priors.draw(DRAWS, seed=SEED)
    network = harbour().network
    inside = np.array([z[node] in states for z in all_states(network)])
    out = []
    for d in range(DRAWS):
        p = prior.take(slice(d, d + 1))
        start = initial_vector(network, p)
        if reaches:
            matrix = step_matrix(network, p, 7.0, {node: states})[np.ix_(~inside, ~inside)]
            left = start[~inside] @ np.linalg.matrix_power(matrix, steps)
            out.append(1.0 - left.sum())
        else:
            matrix = step_matrix(network, p, 7.0)
            out.append((start @ np.linalg.matrix_power(matrix, steps))[inside].sum())
    return np.array(out)


def test_implied_judgements_equal_powers_of_scipys_matrices() -> None:
    """A full blockade by 26 weeks, some blockade at 12 weeks, an election by 10 weeks."""
    found = implied_judgements(harbour(), seed=SEED, draws=DRAWS)
    assert [each.node for each in found] == ["blockade", "blockade", "election"]
    expected = [
        implied_by_matrices(0, frozenset({2}), 26, reaches=True),
        implied_by_matrices(0, frozenset({1, 2}), 12, reaches=False),
        implied_by_matrices(1, frozenset({1}), 10, reaches=True),
    ]
    for each, draws in zip(found, expected, strict=True):
        assert each.band.probability == pytest.approx(draws.mean(), rel=1e-9)
        assert each.band.lo80 == pytest.approx(np.quantile(draws, 0.1), rel=1e-9)
        assert each.band.hi50 == pytest.approx(np.quantile(draws, 0.75), rel=1e-9)


def test_an_election_by_hand() -> None:
    """A node that stands apart is called by day D with 1 - (1 - p) exp(-rate D)."""
    prior = harbour().priors.draw(DRAWS, seed=SEED)
    number = harbour().priors.log_hazard.names.index("election: waiting > called")
    start = prior.initial[harbour().priors.node_states.index("election.called")]
    by_hand = 1.0 - (1.0 - start) * np.exp(-np.exp(prior.log_hazard[number]) * 70.0)
    found = implied_judgements(harbour(), seed=SEED, draws=DRAWS)[-1]
    assert found.band.probability == pytest.approx(by_hand.mean(), rel=1e-9)


def test_the_verdict_says_where_the_mean_lies() -> None:
    """Inside the brief's own interval, below it, or above it."""
    found = implied_judgements(harbour(), seed=1, draws=2000)
    assert [each.verdict for each in found] == ["agrees", "below", "above"]
    for each in found:
        low, high = each.judgement.probability.interval
        p = each.band.probability
        assert each.verdict == ("below" if p < low else "above" if p > high else "agrees")


def certain(**changes: Any) -> Encoding:
    """The harbour, with a communique whose rates are all but known."""
    values = harbour_values()
    values["indicators"]["communique"] |= {"probability": [0.69999, 0.70001], **changes}
    values["indicators"]["communique"]["points_at"][0]["rarer"] = [5.9999, 6.0001]
    return encoding_of(values)


def expected(encoding: Encoding, times: list[int], coverage: list[Any]) -> dict[str, Expectation]:
    """Expectations of the communique by state of the talks."""
    rows = [report("communique", n) for n in times]
    evidence = observe(encoding, rows, coverage, as_of=day(42))
    found = expected_reports(encoding, evidence, seed=1, draws=200)
    return {each.state: each for each in found if each.indicator == "communique"}


def test_expected_reports_by_hand() -> None:
    """Six weeks at detection 0.5; 70 % in four weeks where pointed, six times rarer elsewhere."""
    found = expected(certain(), [3, 10], [window(1, 42)])
    pointed = 6 * 0.5 * (1 - 0.3 ** (1 / 4))
    elsewhere = 6 * 0.5 * (1 - 0.3 ** (1 / 24))
    for state, mean in (("open", pointed), ("idle", elsewhere)):
        each = found[state]
        assert each.expected == pytest.approx(mean, rel=1e-3)
        assert each.found == 2
        assert each.more == pytest.approx(scipy.stats.poisson.sf(1, mean), rel=1e-3)
        assert each.fewer == pytest.approx(scipy.stats.poisson.cdf(2, mean), rel=1e-3)
    assert (found["open"].pointed, found["idle"].pointed) == (True, False)
    assert (found["open"].surprise, found["idle"].surprise) == ("", "more than expected")


def test_too_many_reports_are_flagged_where_they_are_too_many() -> None:
    """Six reports in six weeks surprise even where the indicator points."""
    found = expected(certain(), [3, 10, 17, 24, 31, 38], [window(1, 42)])
    assert {each.surprise for each in found.values()} == {"more than expected"}


def test_silence_is_flagged_where_it_is_too_much() -> None:
    """A sure observer who hears nothing for six weeks is surprising where the indicator points."""
    found = expected(certain(within="1 weeks"), [], [window(1, 42, detection=1.0)])
    assert found["open"].expected == pytest.approx(6 * 0.7, rel=1e-3)
    assert found["open"].fewer == pytest.approx(np.exp(-6 * 0.7), rel=1e-2)
    assert found["open"].surprise == "fewer than expected"
    assert found["idle"].surprise == ""
    assert found["idle"].more == 1.0


def test_a_milestone_is_expected_once() -> None:
    """However long one looks: 1 - exp(-mean); once it happened, nothing is missing."""
    prior = harbour().priors.draw(200, seed=1)
    log_rate = prior.log_rate[harbour().indicators.index("accord")]
    for rows, looked in (([], 42), ([report("accord", 10)], 14)):
        evidence = observe(harbour(), rows, [window(1, 42, detection=1.0)], as_of=day(42))
        found = expected_reports(harbour(), evidence, seed=1, draws=200)
        (each,) = (e for e in found if (e.indicator, e.state) == ("accord", "open"))
        mean = looked / 7 * -np.expm1(-np.exp(log_rate) * 7)
        assert each.expected == pytest.approx(-np.expm1(-mean).mean(), rel=1e-9)
        assert each.found == len(rows)
        assert each.fewer == pytest.approx(1.0 if rows else np.exp(-mean).mean(), rel=1e-9)


def test_only_what_was_covered_is_expected() -> None:
    """Nobody looked, so nothing is expected and silence is no surprise."""
    found = expected(certain(), [], [])
    assert [each.expected for each in found.values()] == [0.0, 0.0]
    assert {each.surprise for each in found.values()} == {""}


def test_reports_without_credibility_are_not_found() -> None:
    """Only steps with a credible report are counted."""
    rows = [report("communique", 3), report("communique", 10, grade="F6")]
    evidence = observe(harbour(), rows, [window(1, 42)], as_of=day(42))
    found = expected_reports(harbour(), evidence, draws=50)
    assert {each.found for each in found if each.indicator == "communique"} == {1}


def test_every_presence_is_expected_in_every_state_it_points_around() -> None:
    """By indicator, node and state; counts and values have no silence to be surprised by."""
    evidence = observe(harbour(), [], [window(1, 42)], as_of=day(42))
    found = expected_reports(harbour(), evidence, draws=50)
    keys = [(each.indicator, each.node, each.state) for each in found]
    assert keys == [
        *(("patrols", "blockade", state) for state in ("none", "partial", "full")),
        *(("patrols", "talks", state) for state in ("idle", "open")),
        *(("communique", "talks", state) for state in ("idle", "open")),
        *(("accord", "talks", state) for state in ("idle", "open")),
        *(("notices", "election", state) for state in ("waiting", "called")),
    ]
    pointed = [each.state for each in found if each.pointed]
    assert pointed == ["full", "idle", "open", "open", "called"]
