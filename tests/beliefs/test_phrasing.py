"""Propositions become clauses: names keep their capitals, other first words do not."""

import pytest

from forecast.beliefs.words import in_clause, texts_in

TEXTS = (
    "Will container lines avoid the strait by 1 June 2024?",
    "The envoys of North Korea and of Egypt met; grain exports stopped, and the north is quiet.",
    "Ships of North Korea, escorted by Egypt, sailed.",
)


@pytest.mark.parametrize(
    ("sentence", "clause"),
    [
        ("Container lines avoid the strait.", "container lines avoid the strait"),
        ("Exports of grain resume.", "exports of grain resume"),
        ("Envoy visits go on.", "envoy visits go on"),
        ("Egypt's canal reopens.", "Egypt's canal reopens"),
        ("North Korea supplies arms.", "North Korea supplies arms"),
        ("Unheard words stay.", "Unheard words stay"),
        ("UN panel is renewed.", "UN panel is renewed"),
        ("The two sides sign.", "the two sides sign"),
        ("Two sides sign.", "two sides sign"),
        ("already small.", "already small"),
        ("", ""),
    ],
)
def test_only_what_the_author_writes_small_is_written_small(sentence, clause):
    assert in_clause(sentence, TEXTS) == clause
    assert in_clause(clause, TEXTS) == clause


def test_texts_are_found_in_nested_values_and_ids_are_none():
    value = {"a": ["Two words", {"b": ("three more words", "container_lines", 3)}], "c": None}
    assert list(texts_in(value)) == ["Two words", "three more words"]
