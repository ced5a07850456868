"""Looking ahead for a move equals what the engine says once it came, or did not."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.analysis.prior_check import expected_reports
from forecast.analysis.watch_list import look_ahead, watch_list
from forecast.beliefs.question_language import Is, Reaches
from forecast.inference.observations import observe
from forecast.inference.tracking import appraise
from forecast.network import Evidence
from tests.analysis.test_watch_list import aim
from tests.inference.samples import day, report, window
from tests.inference.test_marks import known, middle, truce

ROWS = report("truce_takes_effect", 30, grade="A1"), report("truce_ends", 60, grade="B2")
KNOWN = known(*ROWS, until=84)
WINDOW = 3


def later(indicator: int, seen: int | None, credibility: float) -> Evidence:
    """The evidence and a window of looking for one move; nobody looks on after its report."""
    chance = list(truce().beliefs.indicators.values())[indicator].detection
    rows = np.zeros((WINDOW, len(truce().indicators)))
    rows[: WINDOW if seen is None else seen, indicator] = chance
    told = [] if seen is None else [seen]
    return Evidence(
        pattern=np.arange(KNOWN.steps + WINDOW),
        detection=np.concatenate([KNOWN.detection[KNOWN.pattern], rows]),
        cell_step=np.concatenate([KNOWN.cell_step, KNOWN.steps + np.array(told, np.int64)]),
        cell_indicator=np.concatenate([KNOWN.cell_indicator, [indicator] * len(told)]),
        cell_value=np.concatenate([KNOWN.cell_value, [credibility] * len(told)]),
        cell_exposure=np.concatenate([KNOWN.cell_exposure, [1.0] * len(told)]),
    )


def aimed(asked):
    """Put what is asked on the grid."""
    return aim(asked, WINDOW, encoding=truce(), known=KNOWN, as_of=day(84))


@pytest.mark.parametrize("indicator", [0, 1])
@pytest.mark.parametrize("credibility", [1.0, 0.48])
def test_the_two_ways_a_looking_may_end_are_the_filter_on_each(indicator, credibility):
    """Weights and probabilities of silence, and of one report somewhere in the window."""
    target = aimed(Is("front", ("truce", "peace"), day(7 * 15)))
    (found,) = look_ahead(
        truce(), middle(), KNOWN, [target], indicators=[indicator], credibility=[credibility]
    )
    before = appraise(truce(), middle(), KNOWN).log_likelihood[0]

    def said(seen):
        result = appraise(truce(), middle(), later(indicator, seen, credibility))
        weight = np.exp(result.log_likelihood[0] - before)
        return weight, weight * result.probability[1:3, 0].sum()

    silent, silent_yes = said(None)
    each = [said(step) for step in range(WINDOW)]
    assert found.silent[0, 0] == pytest.approx(silent, rel=1e-10)
    assert found.silent_yes[0, 0] == pytest.approx(silent_yes, rel=1e-10)
    yes = sum(y for _, y in each) / sum(w for w, _ in each)
    assert found.seen_yes[0, 0] / found.seen[0, 0] == pytest.approx(yes, rel=1e-10)
    if credibility == 1.0:
        assert found.seen[0, 0] == pytest.approx(1.0 - silent, rel=1e-9)


def test_a_target_still_to_be_reached_is_followed_through_reports_of_moves():
    """What is expected is shared out between the two ways the looking may end."""
    target = aimed(Reaches("front", ("peace",), day(7 * 15), day(14)))
    (found,) = look_ahead(
        truce(), middle(), KNOWN, [target], indicators=[0, 1], credibility=[1.0, 1.0]
    )
    whole = found.silent_yes + found.seen_yes
    assert whole[:, 0] == pytest.approx([found.expected[0]] * 2, rel=1e-10)


def test_the_watch_list_has_moves():
    """A move that would settle the judgement is worth looking for."""
    draws = truce().priors.draw(50, seed=1)
    found = watch_list(
        truce(),
        draws,
        KNOWN,
        as_of=day(84),
        until=day(84 + 21),
        credibility=dict.fromkeys(truce().indicators, 0.84),
    )
    assert found.left_out == {}
    first = found.targets[0].ranked("information")[0]
    assert first.indicator in {"truce_takes_effect", "truce_ends"}


def test_silence_of_a_move_has_no_rate_to_be_checked():
    """The check of expected reports leaves indicators of moves out: they have no rate."""
    seen = observe(truce(), [], [window(0, 84)], as_of=day(84))
    assert {each.indicator for each in expected_reports(truce(), seen)} == {"barges"}
