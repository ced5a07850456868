import datetime as dt

import pytest
from pydantic import ValidationError

from forecast.beliefs import (
    Beliefs,
    CountIndicator,
    PresenceIndicator,
    Probability,
    ValueIndicator,
    components,
)


def test_values_are_frozen(river):
    with pytest.raises(ValidationError, match="frozen"):
        river.brief.title = "another"


def test_nodes_states_and_indicators_keep_the_order_of_the_file(river):
    assert list(river.nodes) == ["treaty", "drought"]
    assert river.nodes["treaty"].states == ("none", "drafted", "signed")
    assert list(river.indicators) == ["talks_reported", "treaty_signed", "clashes", "gauge"]


def test_a_word_is_resolved_on_the_brief_s_scale_at_the_door(values):
    values["brief"]["scale"] = "phia"
    values["nodes"]["drought"]["hazards"][1]["probability"] = "highly likely"
    beliefs = Beliefs.model_validate(
        {**values, "nodes": {k: _on_phia(v) for k, v in values["nodes"].items()}}
        | {"indicators": {k: _on_phia(v) for k, v in values["indicators"].items()}}
    )
    probability = beliefs.nodes["treaty"].judgements[0].probability
    assert (probability.interval, probability.word) == ((0.55, 0.75), "likely")


def _on_phia(value):
    """Replace the one ICD 203 word PHIA does not have."""
    if isinstance(value, dict):
        return {key: _on_phia(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_on_phia(item) for item in value]
    return "highly likely" if value == "very likely" else value


def test_two_numbers_carry_no_word(river):
    probability = river.nodes["treaty"].hazards[1].probability
    assert (probability.interval, probability.word) == ((0.3, 0.7), None)


def test_several_experts_are_pooled_into_one_wider_interval(river):
    probability = river.nodes["drought"].hazards[0].probability
    assert probability.pool == "log_odds"
    assert probability.experts["first"].word == "unlikely"
    assert probability.low < 0.2
    assert probability.high > 0.3


def test_a_judgement_without_a_window_has_the_brief_s(river):
    assert river.nodes["treaty"].judgements[0].within == 365.25
    assert river.nodes["drought"].judgements[0].within == 365.25 / 2


def test_a_question_opens_on_the_brief_s_date_unless_it_says_otherwise(river):
    assert river.questions["signed_in_a_year"].opens == river.brief.as_of == dt.date(2021, 3, 1)


def test_a_state_named_no_stays_text(river):
    assert river.nodes["drought"].states == ("no", "yes")


def test_each_kind_of_indicator_has_its_own_type(river):
    kinds = [type(indicator) for indicator in river.indicators.values()]
    assert kinds == [PresenceIndicator, PresenceIndicator, CountIndicator, ValueIndicator]
    assert [i.recurs for i in river.indicators.values() if i.kind == "presence"] == [True, False]


def test_ratios_are_given_for_every_state_not_pointed_at(river):
    assert river.pointed("talks_reported") == {
        "treaty": {"none": (2, 8)},
        "drought": {"no": (1.1, 2)},
    }
    assert river.pointed("treaty_signed") == {"treaty": {"none": (20, 200), "drafted": (20, 200)}}
    assert river.pointed("gauge") == {}


def test_coupled_and_jointly_indicated_nodes_belong_together(river, values):
    assert components(river) == (("treaty", "drought"),)
    del values["couplings"]
    assert components(Beliefs.model_validate(values)) == (("treaty", "drought"),)
    values["indicators"]["talks_reported"]["points_at"].pop()
    assert components(Beliefs.model_validate(values)) == (("treaty",), ("drought",))
    assert river.indicators["talks_reported"].nodes == ("treaty", "drought")
    assert river.indicators["gauge"].nodes == ("drought",)


@pytest.mark.parametrize("mode", ["json", "python"])
def test_what_is_written_out_reads_back_as_the_same_beliefs(river, mode):
    assert Beliefs.model_validate(river.model_dump(mode=mode)) == river
    assert Beliefs.model_validate(river) == river


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([0.0, 0.5], "strictly between 0 and 1"),
        ([0.5, 1.0], "strictly between 0 and 1"),
        ([0.5, 0.5], "must rise"),
        ([0.6, 0.5], "must rise"),
        ([0.5], r"is not a probability; give a word or \[low, high\]"),
        (0.5, "is not a probability"),
        ("likly", "did you mean 'likely'"),
        ({"pool": "median", "experts": {"a": "likely"}}, "write log_odds or linear"),
        ({"pool": "linear", "experts": {}}, "experts must be named"),
        ({"pool": "linear", "experts": {"a": "likly"}}, "expert 'a': 'likly' is not a word"),
    ],
)
def test_a_probability_that_is_none_says_why(value, reason):
    with pytest.raises(ValidationError, match=reason):
        Probability.model_validate(value)


def test_parts_already_read_take_their_defaults_from_the_brief_beside_them(river, values):
    """A brief put in as a value gives its window and date as one read from a file does."""
    brief = river.brief.model_copy(update={"window": 100.0, "as_of": dt.date(2020, 6, 1)})
    beliefs = Beliefs.model_validate(values | {"brief": brief})
    assert beliefs.nodes["treaty"].judgements[0].within == 100
    assert beliefs.questions["signed_in_a_year"].opens == dt.date(2020, 6, 1)
