"""What a report, a silence, a count and a value say; and that none says more."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.stats
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import digamma, loggamma

from forecast.network import PRESENCE, Evidence, Network, Parameters, filtered, forecast
from forecast.network.emission import _digamma, count_logp, presence_logp, silence_logp, value_logp
from tests.network.strategies import Case, cases, examples

BEND = 1e-20j  # a complex step: the imaginary part of f(x + BEND) / 1e-20 is f'(x)

logs = st.floats(-12.0, 3.5)
probabilities = st.floats(0.0, 1.0)
credible = st.floats(0.01, 1.0)


def slope_of(value: Any) -> float:
    """Derivative from a value at a complex step."""
    return float(np.imag(value) / BEND.imag)


def one_step(*, c: float | None, detection: float = 0.0, average: float = 0.2) -> Case:
    """Three states that cannot change, one indicator, one step."""
    network = Network(
        sizes=[3],
        hazards=[],
        kinds=[PRESENCE],
        points=[(0, 0, 0, 0), (0, 0, 1, 1)],
        average=[average],
    )
    nothing = np.zeros((0, 1))
    parameters = Parameters(
        initial=np.array([0.5, 0.3, 0.2]),
        log_hazard=nothing,
        log_hazard_ratio=nothing,
        log_rate=np.array([np.log(0.1)]),
        rarity=np.log([20.0, 4.0]),
        log_dispersion=np.zeros(1),
        level=nothing,
        log_spread=np.zeros(1),
    )
    cells = [] if c is None else [0]
    values = [] if c is None else [c]
    evidence = Evidence([0], [[detection]], cells, cells, values, np.ones(len(cells)))
    return Case(network, parameters, evidence, 7.0)


def bayes_factors(case: Case) -> Any:
    """How much the step multiplied the probability of each state, relative to the last."""
    change = filtered(case.propagator, case.evidence).probability[0] / case.propagator.start()
    return change[:, 0] / change[-1, 0]


OCCURS = 1.0 - np.exp(-0.7 / np.array([20.0, 4.0, 1.0]))  # by hand: 0.1 a day for 7 days


def test_full_credibility_is_the_event_itself() -> None:
    """With c = 1 the Bayes factor of two states is the ratio of their chances of the event."""
    np.testing.assert_allclose(bayes_factors(one_step(c=1.0)), OCCURS / OCCURS[-1], rtol=1e-12)


def test_no_credibility_changes_nothing() -> None:
    """A report with c = 0 leaves every state as probable as it was."""
    np.testing.assert_allclose(bayes_factors(one_step(c=0.0)), 1.0, rtol=1e-12)


def test_silence_where_all_is_noticed_is_the_event_not_happening() -> None:
    """With d = 1 and no report the Bayes factor is that of no occurrence."""
    missed = 1.0 - OCCURS
    found = bayes_factors(one_step(c=None, detection=1.0))
    np.testing.assert_allclose(found, missed / missed[-1], rtol=1e-12)


@examples(max_examples=60)
@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999), st.floats(0.0, 0.5))
def test_a_report_never_outweighs_its_event(c: float, more: float, average: float) -> None:
    """|log Bayes factor| of a report is at most that of the event, and grows with c."""
    low, high = sorted((c, more))
    weight = [
        np.abs(np.log(bayes_factors(one_step(c=each, average=average))))
        for each in (low, high, 1.0)
    ]
    assert (weight[0] <= weight[1] + 1e-12).all()
    assert (weight[1] <= weight[2] + 1e-12).all()


@examples(max_examples=40)
@given(cases())
def test_where_nobody_looked_nothing_is_learnt(case: Case) -> None:
    """Without coverage and reports, filtering is forecasting and the log-likelihood is zero."""
    evidence = Evidence.empty(steps=8, indicators=len(case.network.kinds))
    p = case.propagator
    result = filtered(p, evidence)
    np.testing.assert_allclose(
        result.probability, forecast(p, p.start(), steps=8), rtol=1e-12, atol=1e-300
    )
    np.testing.assert_allclose(result.log_likelihood, 0.0, atol=1e-12)


@examples(max_examples=40)
@given(cases())
def test_evidence_in_two_parts_is_the_evidence(case: Case) -> None:
    """Filtering on from a filtered state equals filtering in one go."""
    whole = filtered(case.propagator, case.evidence)
    middle = case.evidence.steps // 2
    if middle == 0:
        return
    first = filtered(case.propagator, case.evidence.between(0, middle))
    rest = case.evidence.between(middle, case.evidence.steps)
    second = filtered(case.propagator, rest, start=first.probability[-1])
    np.testing.assert_allclose(second.probability[-1], whole.probability[-1], rtol=1e-10)
    np.testing.assert_allclose(
        first.log_likelihood + second.log_likelihood, whole.log_likelihood, rtol=1e-10, atol=1e-12
    )


@examples(max_examples=100)
@given(st.integers(0, 500), st.floats(-8.0, 7.0), st.floats(-4.0, 7.0))
def test_count_density_and_slopes_are_scipys(y: int, log_mean: float, log_size: float) -> None:
    """The negative binomial is scipy.stats.nbinom, its slopes those of a complex step.

    A slope by size is a small difference of terms of the order of the size: 1e-13 of them.
    """

    def by_hand(m: complex, s: complex) -> Any:
        mean, size = np.exp(m), np.exp(s)
        gammas = loggamma(y + size) - loggamma(size) - loggamma(y + 1.0)
        return gammas + size * np.log(size / (size + mean)) + y * np.log(mean / (size + mean))

    value, by_mean, by_size = count_logp(float(y), log_mean, log_size)
    mean, size = np.exp(log_mean), np.exp(log_size)
    expected = scipy.stats.nbinom.logpmf(y, size, size / (size + mean))
    np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9)
    slopes = [
        slope_of(by_hand(log_mean + BEND, log_size)),
        slope_of(by_hand(log_mean, log_size + BEND)),
    ]
    np.testing.assert_allclose([by_mean, by_size], slopes, rtol=1e-8, atol=1e-9)


@examples(max_examples=100)
@given(st.floats(1e-3, 1e4))
def test_digamma_is_scipys(x: float) -> None:
    """The derivative of log gamma is that of scipy.special, from 0.001 to 10,000."""
    np.testing.assert_allclose(_digamma(x), digamma(x), rtol=1e-12, atol=1e-12)


@examples(max_examples=100)
@given(st.floats(-50, 50), st.floats(-5, 5), st.floats(-3, 3), st.floats(1.0, 40.0))
def test_value_density_and_slopes_are_scipys(
    x: float, level: float, log_spread: float, freedom: float
) -> None:
    """The value is scipy.stats.t around its level, its slopes those of a complex step."""

    def by_hand(m: complex, s: complex) -> Any:
        z = (x - m) / np.exp(s)
        return -s - (freedom + 1.0) / 2.0 * np.log(1.0 + z * z / freedom)

    value, by_level, by_spread = value_logp(x, level, log_spread, freedom)
    expected = scipy.stats.t.logpdf(x, freedom, loc=level, scale=np.exp(log_spread))
    np.testing.assert_allclose(value, expected, rtol=1e-10, atol=1e-10)
    slopes = [
        slope_of(by_hand(level + BEND, log_spread)),
        slope_of(by_hand(level, log_spread + BEND)),
    ]
    np.testing.assert_allclose([by_level, by_spread], slopes, rtol=1e-10, atol=1e-12)


@examples(max_examples=100)
@given(logs, credible, st.floats(0.001, 1.0))
def test_presence_and_its_slope_are_the_formula(
    log_expected: float, c: float, average: float
) -> None:
    """A report is log(c a + (1 - c) a_bar), its slope that of a complex step."""

    def by_hand(x: complex) -> Any:
        expected = np.exp(x)
        # expm1 of a complex number loses small real parts: rebuild from real expm1 and the step
        a = -np.expm1(-expected.real) + 1j * expected.imag * np.exp(-expected.real)
        return np.log(c * a + (1.0 - c) * average)

    value, slope = presence_logp(log_expected, c, average)
    bent = by_hand(log_expected + BEND)
    np.testing.assert_allclose(value, bent.real, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(slope, slope_of(bent), rtol=1e-10, atol=1e-15)


@examples(max_examples=100)
@given(logs, st.floats(0.0, 1.0))
@example(3.5, 1.0)
@example(6.0, 1.0)
@example(6.0, 1.0 - 1e-12)
def test_silence_and_its_slope_are_the_formula(log_expected: float, detection: float) -> None:
    """Silence is log(1 - d + d exp(-expected)), its slope that of a complex step.

    Written with 1 - d, so that nothing cancels where the event is nearly certain.
    """

    def by_hand(x: complex) -> Any:
        return np.log((1.0 - detection) + detection * np.exp(-np.exp(x)))

    value, slope = silence_logp(log_expected, detection)
    bent = by_hand(log_expected + BEND)
    np.testing.assert_allclose(value, bent.real, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(slope, slope_of(bent), rtol=1e-9, atol=1e-15)
