"""Confidence follows its documented rule, and not the probability."""

import pytest

from forecast.briefs.causes import Foundation, confidence


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (Foundation(5, 3, 0.75, 0.30), "high"),
        (Foundation(5, 3, 0.75, 0.10), "high"),  # three passed well, none failed
        (Foundation(5, 3, 0.75, None), "high"),  # not measured counts as passed
        (Foundation(5, 3, 0.75, 0.09), "moderate"),  # one failed
        (Foundation(2, 1, 0.40, 0.10), "moderate"),
        (Foundation(1, 0, 0.90, 0.50), "low"),  # two failed
        (Foundation(1, 1, 0.90, 0.50), "moderate"),
        (Foundation(0, 0, 1.00, 0.90), "low"),
        (Foundation(9, 9, 0.39, 0.09), "low"),
        (Foundation(9, 9, 0.90, 0.50, contradicted=True), "low"),
    ],
)
def test_the_level_follows_the_rule(found, level):
    assert confidence(found).level == level


def test_every_test_gives_its_reason_and_counts_what_is_counted():
    rests, looked, learnt = confidence(Foundation(3, 1, 0.92, 0.2)).reasons
    assert rests == (
        "it rests on three independent source lineages, one of them with a report graded B2 or "
        "better"
    )
    assert "92%" in looked
    assert learnt == "the reports say something about its pace of change"


@pytest.mark.parametrize(
    ("contraction", "said"),
    [(0.0, "rests on prior estimates"), (0.5, "say much"), (None, "was not measured")],
)
def test_what_was_learnt_is_said_in_words_and_without_a_share_of_nothing(contraction, said):
    learnt = confidence(Foundation(3, 1, 1.0, contraction)).reasons[2]
    assert said in learnt
    assert "%" not in learnt


def test_one_lineage_and_none_are_said_in_grammar():
    rests = "it rests on one independent source lineage, graded below B2"
    assert confidence(Foundation(1, 0, 1, 0.2)).reasons[0] == rests
    assert confidence(Foundation(0, 0, 1, 0.2)).reasons[0] == "no independent source reported on it"
