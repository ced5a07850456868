"""An alert is raised once, when it is sure and new, and cleared once it has gone back."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.alerting import Sight, verdict
from forecast.beliefs import Alert

SURE, UNSURE = 0.85, 0.75
chance = st.floats(0.0, 1.0)


def rule(**changes):
    fields = {"node": "n", "above": 0.3, "source": "ours", "rationale": "a test", **changes}
    return Alert(**fields)


def below(threshold):
    return rule(above=None, below=threshold)


@pytest.mark.parametrize(
    ("seen", "raised", "references", "said"),
    [
        (Sight(0.35, SURE), False, [0.25], "raised"),
        (Sight(0.35, SURE), False, [0.30], "raised"),  # five points, rounding or not
        (Sight(0.35, SURE), False, [0.31], None),
        (Sight(0.35, UNSURE), False, [0.10], None),
        (Sight(0.35, SURE), False, [0.31, 0.20], "raised"),  # against an issue since
        (Sight(0.35, SURE), False, [0.45], "raised"),  # narrower, and so sure
        (Sight(0.35, SURE), True, [0.20], None),
        (Sight(0.271, 0.1), True, [0.35], None),
        (Sight(0.269, 0.1), True, [0.35], "cleared"),
        (Sight(0.35, SURE), None, [], "standing"),
        (Sight(0.35, UNSURE), None, [], "watched"),
        (Sight(0.35, SURE), None, [0.34], "standing"),
        (Sight(0.33, SURE), None, [0.29], "watched"),  # the issue was not beyond
        (Sight(0.35, SURE), None, [0.20], "raised"),
        (Sight(0.10, 0.0), None, [0.50], "watched"),
    ],
)
def test_what_is_said(seen, raised, references, said):
    assert verdict(rule(), seen, raised=raised, references=references) == said


@given(chance, chance, st.sampled_from([None, True, False]), st.lists(chance, max_size=2))
def test_below_is_above_seen_from_the_other_side(p, certainty, raised, references):
    # three quarters of a threshold at one half are exact in binary, whichever way they are taken
    high, low = rule(above=0.5, hysteresis=0.125), below(0.5)
    low = low.model_copy(update={"hysteresis": 0.125})
    mirrored = [1.0 - told for told in references]
    one = verdict(high, Sight(p, certainty), raised=raised, references=references)
    other = verdict(low, Sight(1.0 - p, certainty), raised=raised, references=mirrored)
    assert one == other or min(abs(p - edge) for edge in (0.375, 0.5)) < 1e-9


@given(st.lists(st.tuples(chance, chance), min_size=1, max_size=40))
def test_raised_and_cleared_take_turns_and_each_keeps_its_promise(path):
    """Whatever the course, two alerts have a clearing between them; an alert is sure and new."""
    alert, raised, told, words = rule(), None, [], []
    for p, certainty in path:
        word = verdict(alert, Sight(p, certainty), raised=raised, references=told)
        if word == "raised":
            assert certainty >= alert.certainty - 1e-6
            assert abs(p - told[-1]) >= alert.change - 1e-6
        if word == "cleared":
            assert p < alert.above - alert.hysteresis
        if word is not None:
            raised, told = word in {"raised", "standing"}, [p]
            words.append(word)
    assert words[0] in {"watched", "standing"}
    beyond = [word in {"raised", "standing"} for word in words]
    assert all(one != other for one, other in itertools.pairwise(beyond))


@given(st.lists(st.tuples(chance, st.floats(0.01, 1.0)), min_size=1, max_size=30), chance)
def test_certainty_is_the_share_of_weight_beyond_the_threshold(rows, threshold):
    draws, weights = map(np.array, zip(*rows, strict=True))
    weights = weights / weights.sum()
    if not 0.0 < threshold < 1.0:
        return
    seen = Sight.of(rule(above=threshold), draws, weights)
    resampled = sum(w for p, w in zip(draws, weights, strict=True) if p > threshold)
    assert seen.certainty == pytest.approx(resampled, abs=1e-8)
    assert seen.probability == pytest.approx(np.average(draws, weights=weights), abs=1e-8)
    under = Sight.of(below(threshold), draws, weights).certainty
    on = sum(w for p, w in zip(draws, weights, strict=True) if p == threshold)
    assert seen.certainty + under + on == pytest.approx(1.0, abs=1e-8)
