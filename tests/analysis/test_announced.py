"""What is announced, in questions about the record: against paths, closed forms, and nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from forecast.analysis.anchoring import Anchoring
from forecast.analysis.answering import answer, ask, chances_of_report
from forecast.analysis.explanation import unseen
from forecast.analysis.prior_check import expected_reports, expected_together
from forecast.analysis.readout import read_out
from forecast.beliefs import Beliefs
from forecast.beliefs.announcements import Announcement, done_by, expected
from forecast.beliefs.question_language import read_question
from forecast.errors import EvidenceError
from forecast.inference.encoding import encode
from forecast.inference.observations import observe
from forecast.inference.sampling import observed_fingerprint
from forecast.inference.tracking import appraise, appraise_each, knowledge, track
from forecast.network import Evidence
from tests.analysis.test_reported import DRAWS, ROWS, by_paths, question
from tests.inference.samples import day, encoding_of, harbour, harbour_values, report, window

UNTIL = 7


def told(kind: str = "undated", *, name: str = "a", days: Any = None, **changes: Any) -> Any:
    """An announcement of patrols, on the last day that is known."""
    dated = days or ((10, 20) if kind in {"dated", "scheduled"} else None)
    fields: dict[str, Any] = {
        "indicator": "patrols",
        "told_on": day(UNTIL),
        "starts_on": dated and day(dated[0]),
        "ends_on": dated and day(dated[1]),
        "reliability": "A",
        "credibility": 1,
        **changes,
    }
    return Announcement(announcement_id=name, kind=kind, **fields)  # type: ignore[arg-type]


def known(*announcements: Announcement, until: int = UNTIL, rows: Any = ROWS) -> Evidence:
    return observe(harbour(), rows, [window(1, 60)], as_of=day(until), announcements=announcements)


def asked(one: Any, *announcements: Announcement, until: int = UNTIL, encoding: Any = None) -> Any:
    encoding = encoding or harbour()
    parameters = encoding.priors.draw(DRAWS, seed=4)
    evidence = observe(
        encoding, ROWS, [window(1, 60)], as_of=day(until), announcements=announcements
    )
    return answer(encoding, parameters, evidence, "q", one, as_of=day(until)).band.probability


def comes(one: Announcement, after: dt.date, until: dt.date, *, as_of: dt.date) -> float:
    """``rho (G_b - G_a) / (1 - rho G)``, from the specification."""
    (found,) = expected(harbour().beliefs, [one], as_of=as_of)
    share = found.rho * (done_by(one, until) - done_by(one, after))
    return share / (1.0 - found.rho * done_by(one, as_of))


@pytest.mark.parametrize("kind", ["dated", "undated", "invited"])
def test_either_the_states_bring_a_report_or_what_was_announced(kind):
    """Two steps ahead: one less all paths without a report, times what is left of it."""
    one = told(kind)
    found = asked(question("patrols", day(21), opens=7), one)
    missed = 1.0 - comes(one, day(7), day(21), as_of=day(7))
    assert found == pytest.approx(
        1.0 - missed * by_paths("patrols", [1, 1], until=7).mean(), abs=1e-12
    )


def test_what_happens_before_a_question_opens_is_not_of_it():
    """It opens in the middle of the second step, and closes in the middle of the third."""
    one = told("dated")
    found = asked(question("patrols", day(19), opens=12), one)
    missed = 1.0 - comes(one, day(12), day(19), as_of=day(7))
    still = by_paths("patrols", [2 / 7, 5 / 7], until=7).mean()
    assert found == pytest.approx(1.0 - missed * still, abs=1e-12)


@pytest.mark.parametrize(("share", "detection"), [(1.0, 0.6), (0.25, 1.0), (0.25, 0.6)])
def test_it_is_found_once_by_whoever_resolves_and_counts_by_the_share(share, detection):
    one = told()
    found = asked(question("patrols", day(21), opens=7, share=share, detection=detection), one)
    missed = 1.0 - share * detection * comes(one, day(7), day(21), as_of=day(7))
    still = by_paths("patrols", [detection * share] * 2, until=7).mean()
    assert found == pytest.approx(1.0 - missed * still, abs=1e-12)


def with_question(**changes: Any) -> Any:
    values = harbour_values()
    plain = question("patrols", day(21), opens=7, **changes).model_dump(mode="json", by_alias=True)
    values["questions"] = {"narrow": plain, "other": {**plain, "text": "another"}}
    return encode(Beliefs.model_validate(values))


def test_one_that_names_a_question_counts_in_full_there_and_not_in_a_narrow_other():
    encoding = with_question(share=0.2)
    narrow, other = encoding.beliefs.questions["narrow"], encoding.beliefs.questions["other"]
    one = told(question="narrow")
    still = by_paths("patrols", [0.2] * 2, until=7).mean()
    missed = 1.0 - comes(one, day(7), day(21), as_of=day(7))
    assert asked(narrow, one, encoding=encoding) == pytest.approx(1 - missed * still, abs=1e-12)
    assert asked(other, one, encoding=encoding) == asked(other, encoding=encoding)
    both = told(question="narrow other")
    assert asked(other, both, encoding=encoding) == asked(narrow, one, encoding=encoding)


def test_several_announcements_are_independent():
    pair = [told("dated", name="a"), told("undated", name="b")]
    found = asked(question("patrols", day(21), opens=7), *pair)
    missed = np.prod([1.0 - comes(one, day(7), day(21), as_of=day(7)) for one in pair])
    still = by_paths("patrols", [1, 1], until=7).mean()
    assert found == pytest.approx(1.0 - missed * still, abs=1e-12)


@pytest.mark.parametrize(
    "one",
    [
        told(status="kept", known_on=day(7)),
        told(status="broken", known_on=day(7)),
        told(told_on=day(8)),
        told(indicator="communique"),
        told(reliability="F"),
    ],
)
def test_what_is_settled_untold_of_something_else_or_not_to_be_believed_changes_no_digit(one):
    plain = question("patrols", day(21), opens=7)
    assert asked(plain, one) == asked(plain)


def test_long_after_the_window_the_number_is_that_of_the_model_again():
    """In the step after its window much is left of it, after three years nothing."""
    one = told("dated")
    gaps = []
    for until in (21, 21 + 3 * 364):
        plain = question("patrols", day(until + 28), opens=until)
        gaps.append(asked(plain, one, until=until) - asked(plain, until=until))
    assert gaps[0] > 0.005
    assert abs(gaps[1]) < 1e-4


def test_a_later_deadline_is_never_less_probable():
    one = told("dated")
    chances = [asked(question("patrols", day(by), opens=7), one) for by in range(8, 60, 3)]
    assert chances == sorted(chances)


def test_what_is_scheduled_can_occur_only_in_its_window_and_frees_the_days_after_it():
    """Looked for on days 10 to 20 and, after them, on all: of three steps 5, 6 and 1 of 7 days."""
    vote = told("scheduled")
    plain = question("patrols", day(28), opens=7)
    still = by_paths("patrols", [5 / 7, 6 / 7, 7 / 7], until=7).mean()
    found = asked(plain, vote)
    assert found < asked(plain)
    days = [5 / 7, 7 / 7, 7 / 7]  # 10..14, 15..20 and 21 which is free again, 22..28
    still = by_paths("patrols", days, until=7).mean()
    assert found == pytest.approx(1.0 - still, abs=1e-12)


def test_two_dates_of_a_calendar_are_both_open():
    votes = [told("scheduled", name="a", days=(8, 9)), told("scheduled", name="b", days=(15, 16))]
    found = asked(question("patrols", day(21), opens=7), *votes)
    still = by_paths("patrols", [2 / 7, (2 + 5) / 7], until=7).mean()
    assert found == pytest.approx(1.0 - still, abs=1e-12)


def test_a_question_as_it_is_typed_and_those_of_the_record_count_it_too():
    """Steps begin at the as-of date; the coder's detection finds it as it finds any other."""
    one, detection = told("dated"), harbour().beliefs.indicators["patrols"].detection
    parameters = harbour().priors.draw(DRAWS, seed=4)
    even = np.full(DRAWS, 1.0 / DRAWS)
    missed = 1.0 - detection * comes(one, day(7), day(21), as_of=day(7))
    expected_chance = 1.0 - missed * by_paths("patrols", [detection] * 2, until=7).mean()
    typed = read_question(
        f"at least 1 report of patrols by {day(21)}", harbour().beliefs, as_of=day(7)
    )
    found = ask(harbour(), parameters, known(one), typed, weights=even, as_of=day(7))
    assert found.probability[-1] @ found.weights == pytest.approx(expected_chance, abs=1e-12)
    looked = np.full((2, len(harbour().indicators)), detection)
    record = chances_of_report(harbour(), parameters, known(one), looked)["patrols"]
    assert record[-1] == pytest.approx(expected_chance, abs=1e-12)


def test_what_was_announced_before_the_brief_counts_on_its_own_day():
    """No step has evidence yet, and a run says what is said when the question is asked."""
    one = told("dated", told_on=day(0))
    values = harbour_values()
    values["questions"]["patrols_soon"] = {
        **question("patrols", day(21)).model_dump(mode="json", exclude_none=True)
    }
    encoding = encoding_of(values)
    parameters, name = encoding.priors.draw(DRAWS, seed=4), "patrols_soon"
    evidence = observe(encoding, [], [], as_of=day(0), announcements=[one])
    found = read_out(
        encoding, parameters, [], as_of=day(0), horizon=day(35), seed=1,
        anchoring=Anchoring(encoding, [], [], [one], [], 1),
    )  # fmt: skip
    (said,) = (each for each in found.answers if each.name == name)
    asked_for = encoding.beliefs.questions[name]
    alone, expected_answer = (
        answer(encoding, parameters, seen, name, asked_for, as_of=day(0)).band.probability
        for seen in (Evidence.empty(steps=0, indicators=len(encoding.indicators)), evidence)
    )
    assert said.band.probability == pytest.approx(expected_answer, abs=1e-12)
    assert expected_answer > alone + 0.1


def test_a_word_on_an_indicator_that_is_gone_is_named():
    gone = told("undated", indicator="parades")
    with pytest.raises(EvidenceError, match=r"'parades', which priors\.yaml does not have"):
        known(gone)


def hazard_of_the_week(one: Announcement) -> float:
    """Probability that it happens in the first step, told on the day of the brief."""
    return comes(one, day(0), day(7), as_of=day(0))


def test_the_silence_of_what_was_announced_was_the_less_expected():
    """In one draw it would have been reported with ``d g + (1 - g) d a``, of ``d a`` by itself."""
    one, number = told("dated", told_on=day(0), days=(1, 7)), harbour().indicators.index("patrols")
    single = harbour().priors.draw(1, seed=4)
    chances = []
    for every in ((), (one,)):
        evidence = known(*every, rows=[])
        (found,) = unseen(harbour(), single, evidence, [number], since=0, weights=np.ones(1))
        chances.append(found.chance)
    detection, g = harbour().beliefs.indicators["patrols"].detection, hazard_of_the_week(one)
    assert 0.5 < g < 1.0
    assert chances[1] == pytest.approx(detection * g + (1.0 - g) * chances[0], abs=1e-12)


def test_priors_expect_what_was_announced_too():
    """In every state ``d g + (1 - g) d a`` of a week, of ``d a`` by itself; others as before."""
    one = told("dated", told_on=day(0), days=(1, 7))
    plain, more = (expected_reports(harbour(), known(*every, rows=[])) for every in ((), (one,)))
    detection, g = harbour().beliefs.indicators["patrols"].detection, hazard_of_the_week(one)
    for before, after in zip(plain, more, strict=True):
        announced = detection * g + (1.0 - g) * before.expected
        mine = before.indicator == "patrols"
        assert after.expected == pytest.approx(announced if mine else before.expected, abs=1e-12)


def test_the_warning_of_a_contradiction_counts_what_was_announced():
    """Reports of announced patrols no model without the announcement would bring are expected."""
    one = told("dated", told_on=day(0), days=(1, 7))
    looked = np.zeros((1, len(harbour().indicators)))
    looked[0, harbour().indicators.index("patrols")] = 1.0
    plain, more = (
        expected_together(harbour(), known(*every, rows=[]), looked, draws=20_000)[0].mean()
        for every in ((), (one,))
    )
    g = hazard_of_the_week(one)
    assert more == pytest.approx(g + (1.0 - g) * plain, abs=0.02)


def test_a_fit_is_known_by_what_was_announced_as_far_as_it_is_known():
    """Draws are learnt anew where the filter reads another thing, and only there."""
    early, late = told(told_on=day(0)), told(told_on=day(0), status="kept", known_on=day(8))
    prints = [observed_fingerprint(harbour(), known(*every)) for every in ((), (early,), (late,))]
    assert prints[0] != prints[1] == prints[2]
    assert observed_fingerprint(harbour(), known(told(told_on=day(7)))) == prints[0]


def test_a_curve_sees_at_each_date_what_was_announced_by_then():
    """Tracked step by step it is what is appraised of each date by itself."""
    every = [
        told(told_on=day(5), status="broken", known_on=day(20)),
        told("scheduled", name="b", indicator="patrols", told_on=day(12), days=(30, 33)),
    ]
    rows, looked = [*ROWS, report("patrols", 24)], [window(1, 60)]
    parameters = harbour().priors.draw(5, seed=4)
    several = knowledge(harbour(), rows, looked, as_of=day(42), steps=6, announcements=every)
    found = track(harbour(), parameters, several, horizon=0)
    for step, alone in enumerate(appraise_each(harbour(), parameters, several)):
        assert found.probability[step + 1] == pytest.approx(alone.probability, abs=1e-12)
        single = appraise(harbour(), parameters, several[step])
        assert alone.probability == pytest.approx(single.probability, abs=1e-12)
    assert several[-1].foreseen is not None
