import pytest

from forecast.beliefs import Beliefs
from forecast.beliefs.coherence import contradictions


def judged(states, mode, probability, *, quote="q", within="12 months"):
    return {
        "quote": quote,
        "states": states,
        "mode": mode,
        "within": within,
        "probability": probability,
        "source": "invented",
        "rationale": "invented",
    }


@pytest.fixture
def found(values):
    """Contradictions in the invented brief with other judgements."""

    def find(*, treaty=(), drought=(), **implication):
        values["nodes"]["treaty"]["judgements"] = list(treaty)
        values["nodes"]["drought"]["judgements"] = list(drought)
        values["implications"]["signing_needs_rain"] |= implication
        return list(contradictions(Beliefs.model_validate(values)))

    return find


DRY = {"node": "drought", "states": ["yes"]}
UNSIGNED = {"node": "treaty", "states": ["none", "drafted"]}


def test_the_brief_that_contradicts_itself_is_caught(found):
    """If drought implies no signature, drought cannot be likelier than no signature."""
    (finding,) = found(
        treaty=[judged(["signed"], "by", [0.8, 0.95], quote="they will sign")],
        drought=[judged(["yes"], "by", [0.4, 0.75], quote="a drought must be expected")],
    )
    assert finding.severity == "error"
    assert finding.path == ("implications", "signing_needs_rain")
    for part in (
        "'a drought must be expected' (0.4 to 0.75 for yes within 12 months)",
        "'they will sign' (0.8 to 0.95 for signed within 12 months, so 0.05 to 0.2 for drafted",
        "at least 0.4 would have to be at most 0.2",
    ):
        assert part in finding.came


def test_a_contradiction_resolved_in_the_file_is_a_warning_that_quotes_the_text(found):
    (finding,) = found(
        treaty=[judged(["signed"], "by", [0.8, 0.95])],
        drought=[judged(["yes"], "by", [0.4, 0.75])],
        resolved="invented reason",
    )
    assert finding.severity == "warning"
    assert finding.allowed == "resolved in the file: invented reason"


@pytest.mark.parametrize(
    ("drought", "count"),
    [([0.2, 0.75], 0), ([0.21, 0.75], 1), ([0.05, 0.1], 0), ([0.01, 0.2], 0)],
)
def test_the_low_end_of_what_implies_may_not_exceed_the_high_end_of_what_is_implied(
    found, drought, count
):
    treaty = [judged(["none", "drafted"], "at", [0.05, 0.2])]
    assert len(found(treaty=treaty, drought=[judged(["yes"], "at", drought)])) == count


def test_the_same_is_caught_from_judgements_about_the_other_states(found):
    """P(no drought) at most 0.3 says P(drought) at least 0.7."""
    treaty = [judged(["signed"], "at", [0.6, 0.9])]
    assert len(found(treaty=treaty, drought=[judged(["no"], "at", [0.1, 0.3])])) == 1
    assert found(treaty=treaty, drought=[judged(["no"], "at", [0.1, 0.7])]) == []


def test_a_judgement_about_fewer_states_bounds_what_contains_them(found):
    """Drought implies no signature, which contains no draft: only the whole is bounded above."""
    drought = [judged(["yes"], "by", [0.6, 0.9])]
    assert found(treaty=[judged(["none"], "by", [0.1, 0.2])], drought=drought) == []


def test_a_longer_window_for_what_implies_is_no_contradiction(found):
    treaty = [judged(["none", "drafted"], "by", [0.05, 0.2], within="3 months")]
    assert found(treaty=treaty, drought=[judged(["yes"], "by", [0.4, 0.7], within="2 years")]) == []


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        # contained states
        (judged(["signed"], "by", [0.5, 0.8]), judged(["drafted", "signed"], "by", [0.1, 0.4]), 1),
        (judged(["signed"], "by", [0.3, 0.8]), judged(["drafted", "signed"], "by", [0.1, 0.4]), 0),
        # a window inside a window
        (
            judged(["signed"], "by", [0.5, 0.8], within="6 months"),
            judged(["signed"], "by", [0.1, 0.4], within="12 months"),
            1,
        ),
        (
            judged(["signed"], "by", [0.1, 0.4], within="6 months"),
            judged(["signed"], "by", [0.5, 0.8], within="12 months"),
            0,
        ),
        # to be in a state at the end is to have reached it
        (judged(["signed"], "at", [0.5, 0.8]), judged(["signed"], "by", [0.1, 0.4]), 1),
        (judged(["signed"], "by", [0.5, 0.8]), judged(["signed"], "at", [0.1, 0.4]), 0),
        # at different times anything may be
        (
            judged(["signed"], "at", [0.5, 0.8], within="6 months"),
            judged(["signed"], "at", [0.1, 0.4], within="12 months"),
            0,
        ),
        # states that exclude each other
        (judged(["signed"], "at", [0.6, 0.8]), judged(["none"], "at", [0.5, 0.7]), 1),
        (judged(["signed"], "at", [0.5, 0.8]), judged(["none"], "at", [0.5, 0.7]), 0),
        # both may be reached, one after the other
        (judged(["signed"], "by", [0.6, 0.8]), judged(["none"], "by", [0.5, 0.7]), 0),
        # states that leave none out
        (judged(["signed"], "at", [0.1, 0.3]), judged(["none", "drafted"], "at", [0.2, 0.5]), 1),
        (judged(["signed"], "by", [0.1, 0.3]), judged(["none", "drafted"], "by", [0.2, 0.5]), 1),
        (judged(["signed"], "at", [0.1, 0.5]), judged(["none", "drafted"], "at", [0.2, 0.5]), 0),
    ],
)
def test_two_judgements_on_one_node_must_fit_together(found, one, other, count):
    assert len(found(treaty=[one, other])) == count
    assert len(found(treaty=[other, one])) == count


def test_three_states_that_exclude_each_other_cannot_be_claimed_with_more_than_one(found):
    """Each pair is possible, all three are not."""
    claims = [judged([state], "at", [0.4, 0.5]) for state in ("none", "drafted", "signed")]
    (finding,) = found(treaty=claims)
    assert "the low ends sum to 1.2 and may not exceed 1" in finding.allowed
    assert found(treaty=claims[:2]) == []
