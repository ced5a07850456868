"""Answers in the language of questions equal the sum over all paths."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from forecast.analysis.answering import Drawn, answer, ask
from forecast.analysis.readout import contradicted
from forecast.beliefs import Question
from forecast.beliefs.question_language import read_question
from forecast.errors import BeliefsError, EvidenceError
from forecast.inference.encoding import Encoding
from forecast.inference.observations import observe
from forecast.network import Evidence
from tests.inference.samples import day, encoding_of, harbour, harbour_values, report, window
from tests.network.enumeration import Enumeration, all_states, rate

ROWS = [report("patrols", 3), report("communique", 5, grade="A1"), report("freight", 6, value=6.0)]
AS_OF, STEPS = 7, 3
Path = tuple[tuple[int, ...], ...]


@cache
def one_way() -> Encoding:
    """The harbour with no way back: to have reached a state is to be in it, or past it."""
    values = harbour_values()
    for node in values["nodes"].values():
        order = node["states"]
        node["hazards"] = [
            h for h in node["hazards"] if order.index(h["to"]) == order.index(h["from"]) + 1
        ]
    del values["couplings"]["talks_settle_on_some_blockade"]
    values["couplings"]["talks_lift"] = {
        "parent": {"node": "talks", "states": ["open"]},
        "child": {"node": "blockade", "from": "partial", "to": "full"},
        "ratio": [0.1, 0.5],
        "source": "invented",
        "rationale": "invented",
    }
    return encoding_of(values)


def known(encoding: Encoding) -> Evidence:
    """A step of reports and of looking in vain."""
    return observe(encoding, ROWS, [window(1, 60)], as_of=day(AS_OF))


def asked(text: str, encoding: Encoding, draws: int = 3) -> Drawn:
    """Ask from draws of the priors, of unequal weight."""
    weights = np.arange(1.0, draws + 1.0)
    return ask(
        encoding,
        encoding.priors.draw(draws, seed=4),
        known(encoding),
        read_question(text, encoding.beliefs, as_of=day(AS_OF)),
        weights=weights / weights.sum(),
        as_of=day(AS_OF),
    )


def on(number: int) -> str:
    """A day as it is written."""
    return day(number).isoformat()


@cache
def paths(d: int) -> tuple[list[Path], Any, list[tuple[int, ...]]]:
    """Every path of three steps of one draw, with its probability given the evidence."""
    encoding = one_way()
    p = encoding.priors.draw(3, seed=4).take(slice(d, d + 1))
    every = Enumeration(encoding.network, p, known(encoding), 7.0).paths(STEPS)
    states = all_states(encoding.network)
    return [tuple(row) for row in every.path], every.weight / every.total, states


def by_paths(holds: Callable[[Path], float], given: Callable[[Path], float] | None = None) -> float:
    """Probability over draws of weights 1, 2, 3, states and rates conditioned alike."""
    top = bottom = 0.0
    for d in range(3):
        listed, weight, states = paths(d)
        for row, w in zip(listed, weight, strict=True):
            path = tuple(states[z] for z in row)
            on_condition = 1.0 if given is None else given(path)
            bottom += (d + 1) * w * on_condition
            top += (d + 1) * w * on_condition * holds(path)
    return top / bottom


def full(step: int) -> Callable[[Path], float]:
    """The blockade is full at a step."""
    return lambda path: float(path[step][0] == 2)


def open_(step: int) -> Callable[[Path], float]:
    """Talks are open at a step."""
    return lambda path: float(path[step][2] == 1)


def called(step: int) -> Callable[[Path], float]:
    """An election is called; its component stands apart from the others."""
    return lambda path: float(path[step][1] == 1)


FULL, OPEN = f"blockade reaches full by {on(21)}", f"talks reaches open by {on(14)}"
CALLED = f"election reaches called by {on(21)}"
ASKED = [
    (FULL, full(3), None),
    (f"{FULL} and {OPEN}", lambda z: full(3)(z) * open_(2)(z), None),
    (f"{FULL} and {OPEN} and {CALLED}", lambda z: full(3)(z) * open_(2)(z) * called(3)(z), None),
    (f"{FULL} and talks is idle on {on(14)}", lambda z: full(3)(z) * (1 - open_(2)(z)), None),
    (f"{FULL} given {OPEN}", full(3), open_(2)),
    (f"{FULL} given talks is idle on {on(21)}", full(3), lambda z: 1 - open_(3)(z)),
    (f"talks is open on {on(7)} given {FULL}", open_(1), full(3)),
    (f"{OPEN} given {CALLED} and {FULL}", open_(2), lambda z: called(3)(z) * full(3)(z)),
    (f"blockade reaches partial or full by {on(14)}", lambda z: float(z[2][0] > 0), None),
    # counted from a day on: the way goes up only, so what was left before does not come again
    (f"talks reaches idle from {on(14)} by {on(21)}", lambda z: 1 - open_(2)(z), None),
    (f"talks reaches idle by {on(21)} from {on(14)}", lambda z: 1 - open_(2)(z), None),
    (f"talks reaches idle from {on(7)} by {on(21)}", lambda z: 1 - open_(1)(z), None),
    (f"blockade reaches partial from {on(14)} by {on(21)}",
     lambda z: float(z[2][0] < 2 and z[3][0] > 0), None),
    (f"{FULL} given talks reaches idle from {on(14)} by {on(21)}", full(3),
     lambda z: 1 - open_(2)(z)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "holds", "given"), ASKED, ids=[text for text, *_ in ASKED])
def test_an_answer_is_the_sum_over_all_paths(text, holds, given) -> None:
    """Parts, conditions, and nodes of different components."""
    found = asked(text, one_way())
    expected = by_paths(holds, given)
    assert found.probability[-1] @ found.weights == pytest.approx(expected, rel=1e-9)
    if given is not None:
        assert found.given == pytest.approx(by_paths(given), rel=1e-9)


def test_counted_from_the_as_of_date_nothing_before_it_counts() -> None:
    """The date of the evidence stands for the end of its step, also where it lies within one."""
    encoding, weights = one_way(), np.full(3, 1.0 / 3.0)
    parameters = encoding.priors.draw(3, seed=4)
    evidence = observe(encoding, ROWS, [window(1, 60)], as_of=day(10))
    assert evidence.steps == 2

    def found(text: str) -> Drawn:
        read = read_question(text, encoding.beliefs, as_of=day(10))
        return ask(encoding, parameters, evidence, read, weights=weights, as_of=day(10))

    since, stands = (
        found(f"talks reaches idle from {on(10)} by {on(21)}"),
        found(f"talks is idle on {on(10)}"),
    )
    assert since.dates[0] == day(10)
    np.testing.assert_allclose(since.probability[-1], stands.probability[-1], rtol=1e-9)


def first(path: Path, node: int, state: int) -> int:
    """Step of the first arrival; 99 if there is none."""
    return next((n for n, z in enumerate(path) if z[node] >= state), 99)


ORDERS = [
    ("talks reaches open before blockade reaches full", (2, 1), (0, 2)),
    ("blockade reaches full before talks reaches open", (0, 2), (2, 1)),
    ("election reaches called before blockade reaches full", (1, 1), (0, 2)),
    ("blockade reaches full before election reaches called", (0, 2), (1, 1)),
]


@pytest.mark.parametrize(("text", "one", "other"), ORDERS, ids=[text for text, *_ in ORDERS])
def test_an_order_is_the_sum_over_all_paths(text, one, other) -> None:
    """By the deadline, and strictly before; also under a condition."""

    def holds(path: Path) -> float:
        arrived = first(path, *one)
        return float(arrived < first(path, *other) and arrived <= STEPS)

    found = asked(f"{text} by {on(21)}", one_way())
    assert found.probability[-1] @ found.weights == pytest.approx(by_paths(holds), rel=1e-9)
    found = asked(f"{text} by {on(21)} given blockade is partial on {on(14)}", one_way())
    expected = by_paths(holds, lambda z: float(z[2][0] == 1))
    assert found.probability[-1] @ found.weights == pytest.approx(expected, rel=1e-9)


def test_one_order_the_other_a_tie_and_neither_exhaust_what_can_happen() -> None:
    """Two states of one node cannot be reached at once, so no path is lost between the two.

    What the node does in the rest of the step after it arrived is left out, and with it a little of
    what later evidence says: a difference of the order of the squared step.
    """
    text = "blockade reaches {} before blockade reaches {} by " + on(21)
    one, other = (asked(text.format(*s), harbour()) for s in (("none", "full"), ("full", "none")))
    either = asked(f"blockade reaches none or full by {on(21)}", harbour())
    total = one.probability[-1] + other.probability[-1]
    np.testing.assert_allclose(total, either.probability[-1], atol=0.005)


@pytest.mark.parametrize("count", [1, 2])
def test_reports_are_counted_over_all_paths(count: int) -> None:
    """Two steps to come, each with a report or not, seen with the indicator's own detection."""
    encoding = one_way()
    number, detection = encoding.indicators.index("patrols"), 0.6

    @cache
    def seen(state: tuple[int, ...], d: int) -> float:
        p = encoding.priors.draw(3, seed=4).take(slice(d, d + 1))
        return float(detection * -np.expm1(-7.0 * rate(encoding.network, p, number, state)))

    def told(path: Path, d: int) -> float:
        one, two = (seen(path[n], d) for n in (2, 3))
        return one * two if count == 2 else 1.0 - (1.0 - one) * (1.0 - two)

    found = asked(f"at least {count} reports of patrols by {on(21)}", encoding)
    both = asked(f"at least {count} reports of patrols by {on(21)} and {FULL}", encoding)
    for d in range(3):
        listed, weight, states = paths(d)
        walked = [tuple(states[z] for z in row) for row in listed]
        alone = sum(w * told(z, d) for z, w in zip(walked, weight, strict=True))
        joint = sum(w * told(z, d) * full(3)(z) for z, w in zip(walked, weight, strict=True))
        assert found.probability[-1, d] == pytest.approx(alone, rel=1e-9)
        assert both.probability[-1, d] == pytest.approx(joint, rel=1e-9)


@pytest.mark.parametrize("mode", ["reaches", "is"])
@pytest.mark.parametrize("until", [5, 7, 17, 60])
def test_a_single_part_is_answered_as_a_question_of_the_brief(mode, until) -> None:
    """The same number at every date, also for a deadline in the past or within a step."""
    by = day(until)
    word = "by" if mode == "reaches" else "on"
    found = asked(f"blockade {mode} full {word} {by}", harbour())
    text = dict.fromkeys(("text", "criteria", "fallback", "source"), "invented")
    same = Question(node="blockade", states=("full",), mode=mode, by=by, opens=day(0), **text)
    parameters = harbour().priors.draw(3, seed=4)
    other = answer(harbour(), parameters, known(harbour()), "q", same, as_of=day(AS_OF))
    assert found.dates == other.dates
    np.testing.assert_allclose(found.probability.mean(axis=1), other.curve.probability, rtol=1e-9)


@pytest.mark.parametrize("opens", [0, 3, 7, 10, 40, 44])
@pytest.mark.parametrize("until", [45, 60])
def test_no_date_of_an_answer_is_before_the_day_it_counts_from(opens: int, until: int) -> None:
    """Also where the step it opens in began before; a question of the file has the same dates."""
    found = asked(f"blockade reaches full from {on(opens)} by {on(until)}", harbour())
    text = dict.fromkeys(("text", "criteria", "fallback", "source"), "invented")
    same = Question(
        node="blockade", states=("full",), mode="reaches", by=day(until), opens=day(opens), **text
    )
    parameters = harbour().priors.draw(3, seed=4)
    other = answer(harbour(), parameters, known(harbour()), "q", same, as_of=day(AS_OF))
    assert found.dates == other.dates
    assert found.dates[0] == day(opens)
    np.testing.assert_allclose(found.probability.mean(axis=1), other.curve.probability, rtol=1e-9)


def test_nested_deadlines_are_monotone_and_exclusive_outcomes_sum_to_one() -> None:
    """By construction: every curve rises, with a condition or without; states share certainty."""
    for text in (FULL, f"{FULL} and {OPEN}", f"{FULL} given talks is open on {on(45)}"):
        curve = asked(text, harbour()).probability
        assert (np.diff(curve, axis=0) >= -1e-12).all()
    for condition in ("", f" given {OPEN}"):
        shares = [
            asked(f"blockade is {state} on {on(38)}{condition}", harbour()).probability[-1]
            for state in ("none", "partial", "full")
        ]
        np.testing.assert_allclose(np.sum(shares, axis=0), 1.0, rtol=1e-12)


def test_the_law_of_total_probability_holds() -> None:
    """P(A) = P(A | B) P(B) + P(A | not B) P(not B), over states and rates together."""
    whole = asked(FULL, harbour())
    total = 0.0
    for state in ("idle", "open"):
        part = asked(f"{FULL} given talks is {state} on {on(24)}", harbour())
        total += part.given * (part.probability[-1] @ part.weights)
    assert total == pytest.approx(whole.probability[-1] @ whole.weights, rel=1e-9)


def test_a_contradiction_with_the_brief_is_pointed_out_and_no_other() -> None:
    """The brief calls a full blockade .4 to .7 likely within 26 weeks."""
    beliefs = harbour().beliefs

    def found(text: str, probability: float) -> list[tuple[str, float]]:
        question = read_question(text, beliefs, as_of=day(AS_OF))
        return [(c.bound, c.limit) for c in contradicted(beliefs, question, probability)]

    within = f"blockade reaches full by {on(150)}"
    later = f"blockade reaches full by {on(200)}"
    assert found(within, 0.8) == [("at most", 0.7)]
    assert found(within, 0.5) == []
    assert found(within, 0.2) == []  # a shorter window may be less probable
    assert found(later, 0.2) == [("at least", 0.4)]
    assert found(later, 0.8) == []
    assert found(f"{within} and talks is open on {on(30)}", 0.8) == [("at most", 0.7)]
    assert found(f"{within} given talks is open on {on(30)}", 0.8) == []


WRONG = [
    ("", "it is empty"),
    ("blockad reaches full by 2020-02-01", "did you mean 'blockade'?"),
    ("blockade_full", "neither a question nor a node"),
    ("blockade reaches ful by 2020-02-01", "unknown state 'ful' of blockade; did you mean 'full'?"),
    ("blockade reaches full on 2020-02-01", "'on' stands where 'by' should"),
    ("blockade reaches full by 2019-02-01", "2019-02-01 is before the brief (2020-01-06)"),
    ("blockade reaches full by 2020-02-31", "'2020-02-31' is not a date; write it as 2023-09-27"),
    ("blockade reaches full by 2050-02-01", "more than ten years ahead"),
    ("blockade reaches none or partial or full by 2020-02-01", "is every state of blockade"),
    ("blockade full by 2020-02-01", "'blockade' is not followed by 'reaches' or 'is'"),
    ("blockade is full on 2020-02-01 or 2020-03-01", "'or' is not understood here"),
    ("at least two reports of patrols by 2020-03-01", "write a number from 1 to 20"),
    ("at least \uff12 reports of patrols by 2020-03-01", "write a number from 1 to 20"),
    ("at least 1 reports of patrol by 2020-03-01", "did you mean 'patrols'?"),
    ("at least 1 reports of boardings by 2020-03-01", "boardings is of kind count"),
    ("at least 2 reports of accord by 2020-03-01", "accord happens once"),
    ("at least 1 reports of patrols by 2020-03-01 from 2020-01-10", "counted from the as-of date"),
    ("blockade reaches full from 2020-03-01 by 2020-02-01", "2020-02-01 is not after 2020-03-01"),
    ("blockade reaches full from 2020-03-01", "the end stands where 'by' should"),
    ("blockade reaches full before 2020-03-01", "unknown node '2020-03-01'"),
    ("blockade reaches full before blockade reaches full by 2020-03-01", "on both sides"),
    ("full_by_jun", "did you mean 'full_by_june'?"),
]  # fmt: skip


@pytest.mark.parametrize("by", ["9 February 2020", "Feb 9, 2020", "2020/02/09", "2020-02-09T12:00"])
def test_a_day_is_read_as_at_every_other_door(by: str) -> None:
    """Also where it is three words, and more follows."""
    first, other = (
        read_question(
            f"blockade reaches full by {each} from 2020-02-01", harbour().beliefs, as_of=day(AS_OF)
        )
        for each in (by, "2020-02-09")
    )
    assert first.head == other.head


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[text for text, _ in WRONG])
def test_what_cannot_be_read_is_said_in_one_line(text: str, said: str) -> None:
    """With what came, and what is allowed."""
    with pytest.raises(BeliefsError) as caught:
        read_question(text, harbour().beliefs, as_of=day(AS_OF))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_milestone_that_happened_cannot_be_awaited() -> None:
    """It happens once."""
    evidence = observe(harbour(), [report("accord", 3)], [], as_of=day(AS_OF))
    question = read_question(
        f"at least 1 report of accord by {on(60)}", harbour().beliefs, as_of=day(AS_OF)
    )
    weights = np.ones(2) / 2
    with pytest.raises(EvidenceError, match="happens once, and has been reported"):
        ask(harbour(), harbour().priors.draw(2, seed=1), evidence, question, weights=weights,
            as_of=day(AS_OF))  # fmt: skip


@pytest.mark.parametrize("at_least", [1, 3])
def test_a_question_of_the_file_about_the_record_is_answered_as_in_a_forecast(at_least):
    """Alone: it has a share and a detection of its own, and no parts."""
    text = dict.fromkeys(("text", "criteria", "fallback", "source"), "invented")
    one = Question(node="blockade", states=("full",), mode="reported", indicator="patrols",
                   at_least=at_least, opens=day(0), by=day(35), detection=0.7, **text)  # fmt: skip
    encoding = harbour()
    beliefs = encoding.beliefs.model_copy(update={"questions": {"seen": one}})
    read = read_question("seen", beliefs, as_of=day(AS_OF))
    weights = np.full(3, 1.0 / 3.0)
    parameters, evidence = encoding.priors.draw(3, seed=4), known(encoding)
    found = ask(encoding, parameters, evidence, read, weights=weights, as_of=day(AS_OF))
    expected = answer(encoding, parameters, evidence, "seen", one, as_of=day(AS_OF))
    assert found.probability[-1] @ weights == pytest.approx(expected.band.probability)
    assert found.dates == expected.dates
    with pytest.raises(BeliefsError, match=r"asks about the record itself.*forecast ask seen"):
        read_question("seen and talks is open on 2020-02-03", beliefs, as_of=day(AS_OF))
