"""Sentences say what the numbers say, in the order and the words of the standard."""

import datetime as dt
import re

import pytest

from forecast.beliefs.words import scale, scale_names
from forecast.briefs import causes, sentences
from forecast.briefs.facts import Change
from forecast.briefs.notes import csl_json, note
from tests.briefs.samples import band, facts, judgement, report

BANNED = re.compile(r"\b(may|might|could|definitely|always|safely|highly likely|cannot)\b")


@pytest.mark.parametrize(("p", "said"), [(0.001, "below 1%"), (0.5, "50%"), (0.9999, "above 99%")])
def test_numbers_are_whole_and_never_certain(p, said):
    assert sentences.number(p) == said


@pytest.mark.parametrize("name", scale_names())
@pytest.mark.parametrize("p", [0.002, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97])
def test_a_probability_sentence_holds_number_term_and_interval_and_no_banned_word(name, p):
    held = facts(judgement(p=p))
    text = sentences.probability_sentence(held, held.judgements[0])
    assert text.startswith("As of 30 June 2024, we assess ")
    assert sentences.number(p) in text
    assert scale("icd203").word(p) in text
    assert "80% interval" in text
    assert text.endswith(" that the talks are open.")
    assert not BANNED.search(text)


@pytest.mark.parametrize(
    ("p", "said"), [(0.544, "a roughly even chance (54%"), (0.546, "it as likely (55%")]
)
def test_at_the_edge_of_two_bands_the_word_is_that_of_the_printed_number(p, said):
    held = facts(judgement(p=p))
    assert said in sentences.probability_sentence(held, held.judgements[0])


@pytest.mark.parametrize(
    ("before", "word"),
    [(0.70, "unchanged"), (0.65, "slightly higher"), (0.54, "higher"), (0.30, "much higher")],
)
def test_change_is_told_in_words_by_size_with_both_numbers(before, word):
    one = judgement(p=0.69, before=Change(dt.date(2024, 5, 1), before))
    text = causes.change_sentence(one)
    assert f" is {word} " in text
    assert sentences.number(before) in text
    assert "1 May 2024" in text


def test_the_parts_of_a_change_are_told_where_they_are_known():
    parts = (("new reports", 0.20), ("time passing", -0.06))
    one = judgement(p=0.68, before=Change(dt.date(2024, 5, 1), 0.54, parts))
    assert "(new reports +20, time passing -6)" in causes.change_sentence(one)


def test_a_question_about_the_past_is_not_called_resolved():
    held = facts()
    assert "not a resolution" in sentences.question_sentence(held.questions[0])


def test_the_bottom_line_is_at_most_sixty_words_with_one_probability():
    text = sentences.bottom_line(facts())
    assert len(text.split()) <= 60
    assert len(re.findall(r"\d%", text)) == 1


def test_a_note_in_chicago_style_ends_title_site_date_address_grade():
    said = note(report(3), style="chicago", reports=[report(3)])
    assert said.text == (
        "“Talks go on: day 3,” example.org, May 3, 2024, https://www.example.org/talks/3. [B2]"
    )


def test_a_note_in_house_style_says_when_it_was_reported():
    said = note(report(3), style="house", reports=[report(3)])
    assert said.text == (
        "“Talks go on: day 3”, example.org, reported on May 3, 2024. "
        "https://www.example.org/talks/3 [B2]"
    )


def test_reports_of_one_source_share_a_note_and_lose_the_browsers_highlight():
    address = "https://www.example.org/one"
    both = [
        report(1, source_url=f"{address}#:~:text=a%20word"),
        report(2, source_url=address),
    ]
    assert {note(one, style="chicago", reports=both).key for one in both} == {"R1"}
    assert [(item["id"], item["URL"]) for item in csl_json(both)] == [("R1", address)]


def test_a_report_without_a_source_says_so_and_invents_nothing():
    lone = report(4, source_title="", source_url="", verified="memory")
    assert "No source page is recorded" in note(lone, style="chicago", reports=[lone]).text
    item = csl_json([lone])[0]
    assert "URL" not in item
    assert "author" not in item


def test_the_sample_words_are_those_of_the_scale():
    assert band(0.684).word == "likely"
