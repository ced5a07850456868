"""The watch list equals what the engine itself says once the report, or the silence, is there."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from forecast.analysis.answering import answer
from forecast.analysis.placing import place
from forecast.analysis.watch_list import (
    Target,
    WatchList,
    bits,
    look_ahead,
    open_targets,
    watch_list,
)
from forecast.beliefs import Question
from forecast.beliefs.announcements import Announcement
from forecast.beliefs.question_language import Asked, Is, Reaches
from forecast.inference.encoding import Encoding
from forecast.inference.observations import observe
from forecast.inference.tracking import log_likelihood
from forecast.network import Avoid, Evidence, Foreseen
from tests.inference.samples import day, harbour, report, window

ROWS = [report("patrols", 3), report("communique", 11, grade="A1"), report("freight", 9, value=6.0)]
KNOWN = observe(harbour(), ROWS, [window(1, 14)], as_of=day(14))
PATROLS, COMMUNIQUE = (harbour().indicators.index(n) for n in ("patrols", "communique"))


def announced(until: int) -> Evidence:
    """The same, with patrols announced for the next weeks; as of a day, if none came until then."""
    said = Announcement(
        announcement_id="n", indicator="patrols", kind="dated", told_on=day(10),
        starts_on=day(18), ends_on=day(30), reliability="B", credibility=2, note="invented",
    )  # fmt: skip
    return observe(harbour(), ROWS, [window(1, 14)], as_of=day(until), announcements=[said])


def foreseen(steps: int) -> Foreseen:
    """What was foreseen of all steps, laid out when they are over."""
    found = announced(7 * (KNOWN.steps + steps)).foreseen
    assert found is not None
    return found


def with_window(
    indicator: int, steps: int, seen: int | None, credibility: float, known: Evidence = KNOWN
) -> Evidence:
    """The evidence and a window of looking; nobody looks on after the step of the report."""
    chance = harbour().beliefs.indicators[harbour().indicators[indicator]].detection
    rows = np.zeros((steps, len(harbour().indicators)))
    rows[: steps if seen is None else seen, indicator] = chance
    told = [] if seen is None else [seen]
    return Evidence(
        pattern=np.arange(known.steps + steps),
        detection=np.concatenate([known.detection[known.pattern], rows]),
        cell_step=np.concatenate([known.cell_step, known.steps + np.array(told, np.int64)]),
        cell_indicator=np.concatenate([known.cell_indicator, [indicator] * len(told)]),
        cell_value=np.concatenate([known.cell_value, [credibility] * len(told)]),
        cell_exposure=np.concatenate([known.cell_exposure, [1.0] * len(told)]),
        foreseen=foreseen(steps) if known.announced else None,
    )


def by_engine(
    question: Question, indicator: int, steps: int, credibility: float, draw: int,
    known: Evidence = KNOWN,
) -> tuple[float, float, float]:  # fmt: skip
    """Probability of not seeing it, of yes then, and of yes after one report somewhere in it."""
    p = harbour().priors.draw(3, seed=4).take(slice(draw, draw + 1))
    end = day(7 * (KNOWN.steps + steps))

    def said(evidence: Evidence) -> tuple[float, float]:
        weight = log_likelihood(harbour(), p, evidence) - log_likelihood(harbour(), p, known)
        band = answer(harbour(), p, evidence, "q", question, as_of=end).band
        constant = evidence.constant - known.constant
        return float(np.exp(weight[0] + constant)), band.probability

    silent, without = said(with_window(indicator, steps, None, credibility, known))
    told = [said(with_window(indicator, steps, step, credibility, known)) for step in range(steps)]
    total = sum(weight for weight, _ in told)
    return silent, without, sum(weight * yes for weight, yes in told) / total


def aim(
    asked: Is | Reaches, looked: int, *, encoding: Encoding, known: Evidence, as_of: dt.date
) -> Target:
    """Put something to be known later on the grid."""
    (part,) = place(encoding, known, Asked("", (asked,)), as_of=as_of).head
    day = asked.on if isinstance(asked, Is) else asked.by
    return Target("question", "q", asked.node, asked.states, day, looked, part)


def asked(target: Target) -> Question:
    """The question a target stands for."""
    text = dict.fromkeys(("text", "criteria", "fallback", "source"), "invented")
    reaches = isinstance(target.part.condition, Avoid)
    return Question(
        node=target.node,
        states=target.states,
        mode="reaches" if reaches else "is",
        by=target.on,
        opens=day(7 * target.part.opens),
        **text,
    )


TARGETS = {
    "a judgement at the window's end": (Is("blockade", ("partial", "full"), day(35)), 3),
    "being there on a day beyond it": (Is("talks", ("open",), day(53)), 3),
    "being there on a day within it": (Is("talks", ("open",), day(31)), 2),
    "reaching it by a day beyond it": (Reaches("blockade", ("full",), day(45), day(0)), 3),
    "reaching it by a day within it": (Reaches("blockade", ("full",), day(26), day(7)), 1),
    "reaching it from now on": (Reaches("blockade", ("full",), day(38), day(14)), 3),
}


def harboured(name: str) -> Target:
    """Put one of these on the harbour's grid."""
    return aim(*TARGETS[name], encoding=harbour(), known=KNOWN, as_of=day(14))


@pytest.mark.parametrize("credibility", [1.0, 0.48])
@pytest.mark.parametrize("indicator", [PATROLS, COMMUNIQUE])
@pytest.mark.parametrize("name", TARGETS)
def test_both_outcomes_are_what_the_engine_says_of_them(
    name: str, indicator: int, credibility: float
) -> None:
    """Every place of the first report in the window, each run through the engine by itself."""
    target = harboured(name)
    parameters = harbour().priors.draw(3, seed=4)
    (found,) = look_ahead(
        harbour(), parameters, KNOWN, [target], indicators=[indicator], credibility=[credibility]
    )
    for draw in range(3):
        silent, without, after = by_engine(
            asked(target), indicator, target.looked, credibility, draw
        )
        assert found.silent[0, draw] == pytest.approx(silent, rel=1e-9)
        assert found.silent_yes[0, draw] / silent == pytest.approx(without, rel=1e-9)
        assert found.seen_yes[0, draw] / found.seen[0, draw] == pytest.approx(after, rel=1e-9)
        now = answer(
            harbour(), parameters.take(slice(draw, draw + 1)), KNOWN, "q", asked(target),
            as_of=day(14),
        )  # fmt: skip
        assert found.expected[draw] == pytest.approx(now.band.probability, rel=1e-9)


@pytest.mark.parametrize("credibility", [1.0, 0.48])
@pytest.mark.parametrize("name", TARGETS)
def test_what_is_announced_is_looked_for_as_the_engine_will_read_it(
    name: str, credibility: float
) -> None:
    """A report may be owed to the announcement, so that it says less; silence likewise."""
    target, known = harboured(name), announced(14)
    parameters = harbour().priors.draw(3, seed=4)
    found, plain = (
        look_ahead(
            harbour(), parameters, evidence, [target],
            indicators=[PATROLS], credibility=[credibility],
        )[0]
        for evidence in (known, KNOWN)
    )  # fmt: skip
    assert (found.silent < plain.silent).all()
    for draw in range(3):
        silent, without, after = by_engine(
            asked(target), PATROLS, target.looked, credibility, draw, known
        )
        assert found.silent[0, draw] == pytest.approx(silent, rel=1e-9)
        assert found.silent_yes[0, draw] / silent == pytest.approx(without, rel=1e-9)
        assert found.seen_yes[0, draw] / found.seen[0, draw] == pytest.approx(after, rel=1e-9)


def test_what_has_been_reached_for_sure_stays_a_yes() -> None:
    """Nothing is left to wait for, in any draw, whatever is seen or not."""
    drawn = harbour().priors.draw(3, seed=4)
    initial = drawn.initial.copy()
    initial[harbour().priors.node_slices()[0]] = [[0.0], [0.0], [1.0]]
    (found,) = look_ahead(
        harbour(),
        replace(drawn, initial=initial),
        KNOWN,
        [harboured("reaching it by a day beyond it")],
        indicators=[PATROLS],
        credibility=[0.5],
    )
    np.testing.assert_allclose(found.expected, 1.0, rtol=1e-12)
    np.testing.assert_allclose(found.silent_yes, found.silent, rtol=1e-12)
    np.testing.assert_allclose(found.seen_yes, found.seen, rtol=1e-12)


@pytest.fixture(scope="module")
def certain() -> WatchList:
    """The harbour's watch list for reports that establish the event, unequal draws."""
    weights = np.random.default_rng(3).random(200)
    return watch_list(
        harbour(), harbour().priors.draw(200, seed=6), KNOWN, as_of=day(14), until=day(42),
        credibility=dict.fromkeys(harbour().indicators, 1.0), weights=weights,
    )  # fmt: skip


def test_the_two_outcomes_share_out_the_forecast(certain: WatchList) -> None:
    """What is expected is the mean of the two, weighed by how likely they are."""
    pairs = [(w, each) for w in certain.targets for each in w.looking]
    assert len(pairs) >= 10
    for watched, each in pairs:
        mean = each.seen * each.if_seen.probability
        mean += (1.0 - each.seen) * each.if_not_seen.probability
        assert mean == pytest.approx(watched.expected, abs=1e-12)


def test_information_is_the_mutual_information_of_seeing_and_yes(certain: WatchList) -> None:
    """SciPy's entropies of the four-field table."""
    for watched in certain.targets:
        for each in watched.looking:
            q, p1, p0 = each.seen, each.if_seen.probability, each.if_not_seen.probability
            table = [q * p1, q * (1 - p1), (1 - q) * p0, (1 - q) * (1 - p0)]
            yes = watched.expected
            apart = scipy.stats.entropy([q, 1 - q], base=2) + scipy.stats.entropy(
                [yes, 1 - yes], base=2
            )
            together = scipy.stats.entropy(table, base=2)
            assert each.information == pytest.approx(apart - together, abs=1e-10)


def test_an_indicator_says_nothing_about_a_node_that_stands_apart(certain: WatchList) -> None:
    """Only the notices tell of the election, and of nothing else."""
    told = {w.target.name: {each.indicator for each in w.looking} for w in certain.targets}
    assert told["election"] == {"notices"}
    assert told["blockade"] == told["talks"] == {"patrols", "communique", "accord"}


def test_targets_are_judgements_and_questions_that_are_open(certain: WatchList) -> None:
    """By the window's end, and by the deadline."""
    assert [(w.target.kind, w.target.name, w.target.on) for w in certain.targets] == [
        ("judgement", "blockade", day(42)),
        ("judgement", "election", day(42)),
        ("judgement", "talks", day(42)),
        ("question", "full_by_june", dt.date(2020, 6, 1)),
        ("question", "talking_in_june", dt.date(2020, 6, 1)),
    ]
    known = observe(harbour(), [], [], as_of=day(146))
    late = open_targets(harbour(), known, as_of=day(146), until=day(174))
    assert {target.kind for target in late} == {"judgement"}  # 1 June is day 147


def test_what_has_no_absence_and_what_has_happened_is_left_out(certain: WatchList) -> None:
    """A count, a series of values, and a milestone once it was reported."""
    assert set(certain.left_out) == {"boardings", "freight"}
    signed = observe(harbour(), [report("accord", 5)], [window(1, 14)], as_of=day(14))
    after = watch_list(
        harbour(), harbour().priors.draw(5, seed=6), signed, as_of=day(14), until=day(28),
        credibility=dict.fromkeys(harbour().indicators, 0.5),
    )  # fmt: skip
    assert after.left_out["accord"] == "a milestone that has happened"
    assert all(each.indicator != "accord" for w in after.targets for each in w.looking)


def test_a_report_of_each_indicator_weighs_its_own(certain: WatchList) -> None:
    """What one indicator says does not depend on what a report of another would weigh."""
    weak = dict.fromkeys(harbour().indicators, 0.5) | {"patrols": 1.0}
    mixed = watch_list(
        harbour(), harbour().priors.draw(200, seed=6), KNOWN, as_of=day(14), until=day(42),
        credibility=weak, weights=np.random.default_rng(3).random(200),
    )  # fmt: skip
    for before, after in zip(certain.targets, mixed.targets, strict=True):
        told = {each.indicator: each for each in before.looking}
        for each in after.looking:
            assert (each == told[each.indicator]) == (each.indicator == "patrols")


def test_the_rankings_are_by_what_they_say(certain: WatchList) -> None:
    """The most first."""
    for watched in certain.targets:
        for by in ("shift", "information"):
            values = [getattr(each, by) for each in watched.ranked(by)]  # type: ignore[arg-type]
            assert values == sorted(values, reverse=True)


def test_bits_are_scipys_relative_entropy() -> None:
    """And nothing where nothing is learnt, certainty included."""
    expected = scipy.stats.entropy([0.2, 0.8], [0.6, 0.4], base=2)
    assert bits(0.2, 0.6) == pytest.approx(expected)
    assert bits(1.0, 1.0) == bits(0.0, 0.0) == 0.0
