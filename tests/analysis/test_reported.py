"""Questions about the record equal the sum over all paths."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from forecast.analysis.answering import answer, answers, chances_of_report
from forecast.analysis.placing import _numbers
from forecast.beliefs import Question, fingerprint
from forecast.beliefs.references import references
from forecast.inference.observations import observe
from forecast.network import Evidence
from tests.inference.samples import day, harbour, report, window
from tests.network.enumeration import Enumeration, all_states, rate

ROWS = [report("patrols", 3), report("communique", 11, grade="A1")]
DRAWS = 2


def question(indicator: str, by: dt.date, *, opens: int = 0, **chances: Any) -> Question:
    """A question about a report."""
    node = next(iter(harbour().beliefs.pointed(indicator)))
    states = harbour().beliefs.nodes[node].states[:1]
    text = dict.fromkeys(("text", "criteria", "fallback", "source"), "invented")
    return Question(
        node=node,
        states=states,
        mode="reported",
        indicator=indicator,
        by=by,
        opens=day(opens),
        **chances,
        **text,
    )


def evidence_until(until: int) -> Evidence:
    """The reports known by a day, with looking every day."""
    return observe(harbour(), ROWS, [window(1, 60)], as_of=day(until))


def asked(one: Question, *, until: int) -> Any:
    parameters = harbour().priors.draw(DRAWS, seed=4)
    return answer(harbour(), parameters, evidence_until(until), "q", one, as_of=day(until))


def by_paths(indicator: str, chances: list[float], *, until: int) -> Any:
    """Probability of no report in steps to come: evidence with silence over evidence without."""
    encoding = harbour()
    known = evidence_until(until)
    number = encoding.indicators.index(indicator)
    detection = np.zeros((len(chances), len(encoding.indicators)))
    detection[:, number] = chances
    longer = Evidence(
        np.concatenate([known.pattern, len(known.detection) + np.arange(len(chances))]),
        np.concatenate([known.detection, detection]),
        known.cell_step,
        known.cell_indicator,
        known.cell_value,
        known.cell_exposure,
    )
    length = longer.steps
    parameters = encoding.priors.draw(DRAWS, seed=4)
    silent = [
        Enumeration(encoding.network, parameters.take(slice(d, d + 1)), longer, 7.0)
        .paths(length)
        .total
        for d in range(DRAWS)
    ]
    return np.array(silent) / all_paths(until, length)


@cache
def all_paths(until: int, length: int) -> Any:
    """Weight of all paths of a length by the evidence to a day, of each draw."""
    encoding, known = harbour(), evidence_until(until)
    parameters = encoding.priors.draw(DRAWS, seed=4)
    each = (parameters.take(slice(d, d + 1)) for d in range(DRAWS))
    return np.array(
        [Enumeration(encoding.network, one, known, 7.0).paths(length).total for one in each]
    )


@pytest.mark.parametrize("share", [1.0, 0.25])
@pytest.mark.parametrize("detection", [1.0, 0.6])
def test_a_report_to_come_is_as_likely_as_over_all_paths(share, detection):
    """Two whole steps ahead, looked at by whoever resolves the question."""
    one = question("patrols", day(7 + 14), opens=7, share=share, detection=detection)
    found = asked(one, until=7).band.probability
    expected = 1.0 - by_paths("patrols", [detection * share] * 2, until=7).mean()
    assert found == pytest.approx(expected, abs=1e-12)


def test_detection_is_that_of_whoever_resolves_and_not_of_the_desk():
    """The desk misses some of what happens; by default whoever resolves does not."""
    desk = harbour().beliefs.indicators["patrols"].detection
    assert desk < 1.0
    by_default, perfect, as_desk = (
        asked(question("patrols", day(21), opens=7, **given), until=7).band.probability
        for given in ({}, {"detection": 1.0}, {"detection": desk})
    )
    assert by_default == perfect > as_desk


def test_a_deadline_inside_a_step_counts_its_days():
    """The last step is looked at for three days of seven."""
    found = asked(question("patrols", day(17), opens=7), until=7)
    chances = [1.0, 3 / 7]
    still = by_paths("patrols", chances, until=7)
    assert found.band.probability == pytest.approx(1.0 - still.mean(), abs=1e-12)


def test_a_report_that_came_counts_by_its_credibility():
    """After the deadline the answer is the credibility of what was reported in time."""
    found = asked(question("communique", day(14), opens=7), until=14)
    assert found.past
    assert found.band.probability == pytest.approx(0.84)
    assert found.curve.probability[0] == 0.0


def test_a_report_before_the_opening_does_not_count():
    """It belongs to an earlier step."""
    found = asked(question("patrols", day(14), opens=7), until=14)
    assert found.band.probability == 0.0


def test_a_later_deadline_is_never_less_probable():
    """The curve of a question about the record does not fall."""
    curve = asked(question("patrols", day(56)), until=14).curve.probability
    assert (np.diff(curve) >= -1e-12).all()
    assert curve[-1] > curve[0]


OFTEN = [
    report("patrols", 3, grade="A1"),
    report("patrols", 5, event_id="another of the same week"),
    report("patrols", 9),
]


def often(at_least: int, *, share: float = 1.0, detection: float = 1.0, by: int = 28) -> Any:
    """At least so many reports of patrols in four weeks, of which two are over but for a day."""
    one = question("patrols", day(by), at_least=at_least, share=share, detection=detection)
    known = observe(harbour(), OFTEN, [window(1, 60)], as_of=day(13))
    parameters = harbour().priors.draw(DRAWS, seed=4)
    return answer(harbour(), parameters, known, "q", one, as_of=day(13))


def every_way(at_least: int, *, share: float, detection: float) -> float:
    """List every path of four steps, and every set of the steps in which there was a report.

    Known are 0.84 and 0.48 in the first week and 0.48 in the second, of which a day is left.
    """
    encoding = harbour()
    evidence = observe(encoding, OFTEN, [window(1, 60)], as_of=day(13))
    number = encoding.indicators.index("patrols")
    known = np.array([1.0 - (1.0 - 0.84) * (1.0 - 0.48), 0.48, 0.0, 0.0]) * share
    look = np.array([0.0, 1 / 7, 1.0, 1.0]) * detection * share
    parameters = encoding.priors.draw(DRAWS, seed=4)
    out = []
    for d in range(DRAWS):
        p = parameters.take(slice(d, d + 1))
        paths = Enumeration(encoding.network, p, evidence, 7.0).paths(4)
        occurs = [1.0 - np.exp(-7.0 * rate(encoding.network, p, number, z))
                  for z in all_states(encoding.network)]  # fmt: skip
        later = look * np.array(occurs)[paths.path[:, 1:]]
        chance = 1.0 - (1.0 - known) * (1.0 - later)
        sets = np.array(np.meshgrid(*[[0, 1]] * 4)).reshape(4, -1).T
        several = np.zeros(len(paths.weight))
        for one in sets[sets.sum(axis=1) >= at_least]:
            several += np.where(one, chance, 1.0 - chance).prod(axis=1)
        out.append(float((several * paths.weight).sum() / paths.total))
    return float(np.mean(out))


@pytest.mark.parametrize("detection", [1.0, 0.6])
@pytest.mark.parametrize("at_least", [1, 2, 3, 4])
def test_several_reports_are_as_likely_as_over_all_paths(at_least, detection):
    """Known events by their credibility, those to come by the path, at most one a step."""
    found = often(at_least, detection=detection)
    expected = every_way(at_least, share=1.0, detection=detection)
    assert found.band.probability == pytest.approx(expected, abs=1e-12)


def test_several_reports_are_as_frequent_as_drawn():
    """Monte Carlo: paths by their weight, then a coin for each week."""
    encoding, rng, size = harbour(), np.random.default_rng(5), 40_000
    evidence = observe(encoding, OFTEN, [window(1, 60)], as_of=day(13))
    number = encoding.indicators.index("patrols")
    hits = 0
    for d in range(DRAWS):
        p = encoding.priors.draw(DRAWS, seed=4).take(slice(d, d + 1))
        paths = Enumeration(encoding.network, p, evidence, 7.0).paths(4)
        chosen = rng.choice(len(paths.weight), size, p=paths.weight / paths.total)
        rates = np.array(
            [rate(encoding.network, p, number, z) for z in all_states(encoding.network)]
        )
        course = rates[paths.path[chosen][:, 2:]]
        days = np.array([1.0, 7.0, 7.0])
        # one day of the week counts as a seventh of the chance of the week
        later = rng.random(course.shape) < (1.0 - np.exp(-7.0 * course)) * days / 7.0
        told = rng.random((size, 3)) < [0.84, 0.48, 0.48]
        weeks = np.stack([told[:, 0] | told[:, 1], told[:, 2] | later[:, 0], *later[:, 1:].T])
        hits += (weeks.sum(axis=0) >= 3).sum()
    expected = often(3).band.probability
    spread = np.sqrt(expected * (1.0 - expected) / (DRAWS * size))
    assert abs(hits / (DRAWS * size) - expected) < 4.0 * spread


@pytest.mark.parametrize("at_least", [2, 3])
def test_of_a_narrower_question_fewer_came_than_were_asked_for(at_least):
    """Every report is of what was asked by the share; given that the question is still open."""
    found = often(at_least, share=0.3)
    known = 1.0 - _none_of_what_was_asked(at_least)
    anyway = every_way(at_least, share=0.3, detection=1.0)
    expected = (anyway - known) / (1.0 - known)
    assert found.band.probability == pytest.approx(expected, abs=1e-12)
    assert found.curve.probability[:2].max() == 0.0  # to the as-of date it is open


def _none_of_what_was_asked(at_least: int) -> float:
    """Probability that fewer of the reports of two weeks are of what was asked: every set."""
    chance = np.array([1.0 - (1.0 - 0.84) * (1.0 - 0.48), 0.48]) * 0.3
    sets = np.array(np.meshgrid(*[[0, 1]] * 2)).reshape(2, -1).T
    fewer = sets[sets.sum(axis=1) < at_least]
    return float(np.where(fewer, chance, 1.0 - chance).prod(axis=1).sum())


def test_more_reports_are_never_more_likely_and_a_later_deadline_never_less():
    """One of four is likelier than four of four."""
    answers = [often(n) for n in range(1, 5)]
    assert (np.diff([one.band.probability for one in answers]) < 0.0).all()
    for one in answers:
        assert (np.diff(one.curve.probability) >= -1e-12).all()


def test_after_the_deadline_two_need_two_credible_events():
    """Nothing is left to come: both have to have happened."""
    found = often(2, by=13)
    assert found.past
    week = 1.0 - (1.0 - 0.84) * (1.0 - 0.48)
    assert found.band.probability == pytest.approx(week * 0.48, abs=1e-12)
    # two events of a week count as one
    assert often(3, by=13).band.probability == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.floats(0.0, 1.0), max_size=8), st.integers(1, 9))
def test_known_events_are_poisson_binomial(chances, most):
    """SciPy's distribution; of one, the probability that none of them happened."""
    found = _numbers(chances, most)
    expected = np.eye(most)[0]
    if chances:
        expected = scipy.stats.poisson_binom(chances).pmf(np.arange(most))
    np.testing.assert_allclose(found, expected, atol=1e-12)
    none = float(np.prod([1.0 - c for c in chances]))
    assert _numbers(chances, 1) == pytest.approx([none], abs=1e-15)


@settings(max_examples=3, deadline=None, derandomize=True)
@given(st.sampled_from([0.25, 1.0]), st.floats(0.1, 1.0), st.integers(7, 20), st.integers(21, 35))
def test_one_report_is_one_less_that_there_is_none(share, detection, opens, by):
    """The formula for one report, whatever the dates: its events, and silence in steps to come."""
    one = question("patrols", day(by), opens=opens, share=share, detection=detection)
    found = asked(one, until=7).band.probability
    looked = []
    for step in range(1, -(-by // 7) + 1):  # the first week is over
        days = max(0, min(by, 7 * step) - max(7, opens, 7 * step - 7))
        looked.append(detection * share * days / 7)
    still = by_paths("patrols", looked[1:], until=7).mean()
    assert looked[0] == 0.0
    assert found == pytest.approx(1.0 - still, abs=1e-12)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"indicator": "accord", "node": "talks", "states": ("open",)},
            "2 reports of accord, which happens once",
        ),
        ({"mode": "reaches", "indicator": None}, "mode is 'reaches' with at_least 2"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_where_it_stands(changes, said):
    """What happens once is not counted, and neither is a state."""
    one = question("patrols", day(21), at_least=2).model_copy(update=changes)
    beliefs = harbour().beliefs.model_copy(update={"questions": {"q": one}})
    [found] = [each for each in references(beliefs) if said in each.came]
    assert found.path == ("questions", "q", "at_least")


@pytest.mark.parametrize("number", [0, 21, 1.5, "two"])
def test_a_number_of_reports_is_a_whole_one_from_1_to_20(number):
    with pytest.raises(ValidationError, match="at_least"):
        question("patrols", day(21), at_least=number)


def test_another_number_is_another_brief_and_needs_no_new_fit():
    """Questions are text to the mathematics."""
    once, twice = (
        harbour().beliefs.model_copy(
            update={"questions": {"q": question("patrols", day(21), at_least=n)}}
        )
        for n in (1, 2)
    )
    assert fingerprint(once) != fingerprint(twice)
    assert fingerprint(once, texts=False) == fingerprint(twice, texts=False)


def test_every_indicator_at_once_is_each_asked_alone() -> None:
    """The same as a question that opens at the end of the present step, in one pass for all."""
    encoding, until, weights = harbour(), 14, np.array([0.3, 0.7])
    parameters = encoding.priors.draw(DRAWS, seed=4)
    detection = np.full((3, len(encoding.indicators)), 0.6)
    found = chances_of_report(
        encoding, parameters, evidence_until(until), detection, weights=weights
    )
    presence = [n for n, one in encoding.beliefs.indicators.items() if one.kind == "presence"]
    assert list(found) == presence
    for name, chances in found.items():
        one = question(name, day(until + 21), opens=until, detection=0.6)
        alone = answers(
            encoding,
            parameters,
            evidence_until(until),
            {"q": one},
            as_of=day(until),
            weights=weights,
        )[0]
        if encoding.beliefs.indicators[name].recurs:
            expected = [alone.curve.at(n).probability for n in (1, 2, 3)]
            np.testing.assert_allclose(chances, expected, rtol=1e-9)


def test_the_chance_in_the_record_is_that_over_all_paths() -> None:
    """Detection that differs from step to step, and a step in which nobody looks."""
    encoding, until, looked = harbour(), 14, [0.5, 0.0, 0.9]
    parameters = encoding.priors.draw(DRAWS, seed=4)
    detection = np.repeat(np.array(looked)[:, None], len(encoding.indicators), axis=1)
    found = chances_of_report(encoding, parameters, evidence_until(until), detection)
    for name, chances in found.items():
        for steps in (1, 2, 3):
            expected = 1.0 - by_paths(name, looked[:steps], until=until).mean()
            np.testing.assert_allclose(chances[steps - 1], expected, rtol=1e-9)
