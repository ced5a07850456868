"""Sentences say what the numbers say, in the order and the words of the standard."""

import csv
import datetime as dt
import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from forecast.beliefs.words import scale, scale_names
from forecast.briefs import causes, sentences, stamps
from forecast.briefs.blocks import plain
from forecast.briefs.causes import Foundation, confidence
from forecast.briefs.facts import Change, Watched
from forecast.briefs.notes import STYLES, csl_json, note
from tests.briefs.samples import STAMP, band, facts, judgement, report, vocabulary

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
    said = causes.change_sentence(one)
    assert said.endswith(
        " The rise reflects new reports (+20), partly offset by time passing (\N{MINUS SIGN}6)."
    )


@pytest.mark.parametrize(
    ("now", "parts", "said"),
    [
        (
            0.60,
            (("edits", -0.11), ("time", 0.03)),
            "The fall reflects edits (-11), partly offset by time (+3).",
        ),
        (0.69, (("edits", 0.01),), "The rise of 1 point reflects edits (+1)."),
        (
            0.68,
            (("edits", -0.05), ("time", 0.05)),
            "Time (+5) and edits (-5) offset each other.",
        ),
        (
            0.61,
            (("time", -0.08), ("new reports from X", 0.01)),
            "The fall reflects time (-8), partly offset by new reports (X +1).",
        ),
        (
            0.61,
            (("new reports from X", -0.08), ("new reports from others", 0.01)),
            "The fall reflects new reports (X -8), partly offset by other reports (+1).",
        ),
        (0.68, (), ""),
    ],
)
def test_the_split_of_a_change_is_a_sentence_whose_points_add_up(now, parts, said):
    one = judgement(p=now)
    told = causes.split_sentence(one, Change(dt.date(2024, 5, 1), 0.68, parts))
    assert told.replace("\N{MINUS SIGN}", "-") == said


def test_the_bottom_line_and_the_figure_are_of_one_judgement():
    """The one that moved most; where none moved by three points, the least settled."""
    moved = [judgement("talks", 0.9, at_brief=0.2), judgement("truce", 0.5, at_brief=0.45)]
    still = [judgement("talks", 0.9, at_brief=0.9), judgement("truce", 0.5, at_brief=0.49)]
    for found, node in ((moved, "talks"), (still, "truce")):
        words = vocabulary(facts(*found))
        assert f"the {node} are open" in plain(words.bottom_line().parts)
        assert words.figure().name.startswith(node)


@pytest.mark.parametrize("count", [1, 2])
def test_likelihood_and_confidence_of_the_bottom_line_are_two_sentences(count):
    found = [judgement(f"talks{n}", 0.9, at_brief=0.2) for n in range(count)]
    first, change, last = sentences.bottom_line(facts(*found)).split(". ")
    assert first == "We assess it as very likely (90%) that the talks0 are open"
    assert change.startswith("The estimate is much higher than in the brief of 1 January 2024")
    assert ("of its two judgements this one has moved more" in change) is (count == 2)
    assert last == "Our confidence in this judgement is moderate."


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "The estimate is unchanged since the brief of 1 January 2024."),
        (2, "of the brief of 1 January 2024, neither of which has moved by three points."),
        (3, "It is the least settled of the three judgements of the brief of 1 January 2024, none"),
    ],
)
def test_a_bottom_line_that_did_not_move_says_so_in_one_sentence(count, said):
    found = [judgement(f"talks{n}", 0.9, at_brief=0.9) for n in range(count)]
    assert said in sentences.bottom_line(facts(*found))


def test_a_caption_does_not_repeat_the_title_of_the_chart_and_states_the_confidence():
    caption = vocabulary().figure("talks").caption
    assert caption == "Talks: open, to 30 June 2024. Our confidence in this judgement is moderate."


@pytest.mark.parametrize(
    ("settled", "said"),
    [
        ((), "The brief asks no question that a date would settle."),
        (
            ("", ""),
            "two have passed their dates; none of them has been resolved yet.",
        ),
        (
            ("yes, on 3 May 2024", ""),
            "two have passed their dates: one came out yes and one is yet to be resolved.",
        ),
        (("void, on 3 May 2024",), "The one question asked has passed its date and was void."),
        (("no, on 3 May 2024",), "The one question asked has passed its date and came out no."),
        (("",), "The one question asked has passed its date and has not been resolved yet."),
    ],
)
def test_past_questions_are_one_sentence(settled, said):
    held = facts()
    rows = tuple(replace(held.questions[0], settled=one) for one in settled)
    assert sentences.record(replace(held, questions=rows)).endswith(said)


def test_dates_are_written_one_way():
    """No date of a brief is in ISO or American order, but for addresses."""
    words = vocabulary()
    blocks = [words.judgements(), words.questions("past"), words.evidence(), words.stamp(),
              words.bottom_line(), words.key_judgements(), words.what_changed(),
              words.method()]  # fmt: skip
    text = re.sub(r"https?://\S+", "", repr(blocks))
    assert not re.search(r"\d{4}-\d\d-\d\d|(January|March|May|June|July) \d+, \d{4}", text)


def test_a_printed_stamp_is_read_back_and_so_is_that_of_earlier_versions():
    for said in (sentences.stamped(STAMP), sentences.stamp_line(STAMP)):
        found = stamps.from_text(f"Words. {said} Words.")
        assert (found.as_of, found.issued_at, found.issue) == (
            STAMP.as_of,
            STAMP.issued_at,
            STAMP.issue,
        )
        assert (found.model, found.evidence) == (STAMP.model[:16], STAMP.evidence[:16])


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
        "“Talks go on: day 3,” example.org, 3 May 2024, https://www.example.org/talks/3. [B2]"
    )


def test_a_note_in_house_style_says_when_it_was_reported():
    said = note(report(3), style="house", reports=[report(3)])
    assert said.text == (
        "“Talks go on: day 3”, example.org, reported on 3 May 2024. "
        "https://www.example.org/talks/3 [B2]"
    )


def test_reports_of_one_source_share_a_note_and_lose_the_browsers_highlight():
    address = "https://www.example.org/one"
    both = [
        report(1, source_url=f"{address}#:~:text=a%20word"),
        report(2, source_url=address),
    ]
    both = [replace(one, source_title="One", reported_on=dt.date(2024, 5, 2)) for one in both]
    assert {note(one, style="chicago", reports=both).key for one in both} == {"R1"}
    assert [(item["id"], item["URL"]) for item in csl_json(both)] == [("R1", address)]


@pytest.mark.parametrize(
    ("title", "cited"),
    [
        ("Who talks?", "“Who talks?” example.org"),
        ("They talk!", "“They talk!” example.org"),
        ('A "good" talk.', "“A \u2018good\u2019 talk,” example.org"),
        ("“Peace” is near", "“\u2018Peace\u2019 is near,” example.org"),
        ("Envoys' 'second' talk", "“Envoys\u2019 \u2018second\u2019 talk,” example.org"),
        ("", "example.org, 3 May"),
    ],
)
def test_a_title_is_quoted_with_the_marks_it_takes(title, cited):
    one = report(3, source_title=title)
    said = note(one, style="chicago", reports=[one]).text
    assert said.startswith(cited)
    assert ".." not in said
    assert "None" not in said


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_notes_on_what_arrived_stand_after_the_stops(count):
    ids = tuple(f"R{n}" for n in range(1, count + 1))
    one = judgement(before=Change(dt.date(2024, 5, 1), 0.54, arrived=ids))
    held = facts(one, reports=tuple(report(n) for n in range(1, count + 1)))
    parts = vocabulary(held).change_sentence("talks").parts[2:]
    said = "".join(part if isinstance(part, str) else "*" for part in parts)
    shown = min(count, 3)
    assert said.count(";*") == shown - 1
    assert said.endswith(".*" if count <= 3 else ",* and 2 more.")


def test_what_would_change_no_printed_number_is_not_watched():
    still = Watched("a", "A", "talks", "90 days", 0.702, 0.704, 0.701)
    moving = Watched("b", "B", "talks", "90 days", 0.70, 0.80, 0.65)
    words = vocabulary(replace(facts(), watched=(still, moving)))
    assert [row[0].parts[0] for row in words.watch().rows] == ["B"]
    alone = vocabulary(replace(facts(), watched=(still,)))
    assert "would move" in plain(alone.watch().parts)


TRUCE = {"source_title": "Truce takes effect", "source_url": "", "lineage": "ministry"}


@pytest.mark.parametrize(
    "other",
    [
        {"reported_on": dt.date(2025, 10, 10)},
        {"source_title": "Truce extended"},
        {"lineage": "wire"},
        {"publisher": "Ministry of Defence"},
        {"source_url": "https://example.org/truce"},
    ],
)
def test_title_day_publisher_and_address_each_tell_one_document_from_another(other):
    """The titles, days and publishers here are invented."""
    january = report(1, **{**TRUCE, "reported_on": dt.date(2025, 1, 19)})
    later = replace(january, report_id="R2", **other)
    held = [later, january]
    first, second = (note(one, style="chicago", reports=held) for one in (january, later))
    assert (first.key, second.key) == ("R1", "R2")
    assert first.text == "“Truce takes effect,” ministry, 19 January 2025. [B2]"
    assert second.text != first.text
    assert [item["id"] for item in csl_json(held)] == ["R1", "R2"]


def test_one_document_cited_twice_is_one_note_with_both_grades():
    """Also where its address is written in two ways, or its title in other capitals."""
    address, day = "https://www.example.org/news/1/", dt.date(2024, 5, 2)
    held = [
        report(2, source_url=address, source_title="Envoys meet", reported_on=day),
        report(1, source_url="http://m.example.org/news/1?utm_source=x", grade="A1",
               source_title="Envoys Meet.", reported_on=day),
        report(3, source_url="", source_title="Envoys meet", reported_on=day, lineage="wire"),
        report(4, source_url="", source_title="Envoys meet", reported_on=day, lineage="wire"),
    ]  # fmt: skip
    said = [note(one, style="chicago", reports=held) for one in held]
    assert [one.key for one in said] == ["R1", "R1", "R3", "R3"]
    assert all(one.text.endswith("[A1, B2]") for one in said[:2])


def assert_notes_are_of_their_reports(reports):
    """Every note says title, day and publisher of each report that stands for it."""
    assert reports
    items = {item["id"]: item for item in csl_json(reports)}
    for style in STYLES:
        for one in reports:
            said = note(one, style=style, reports=reports)
            assert sentences.day(one.reported_on) in said.text
            assert one.publisher in said.text
            assert one.grade in said.text
            title = re.sub(r"\W+", " ", one.source_title).strip().casefold()
            assert title in re.sub(r"\W+", " ", said.text).casefold()
            issued = items[said.key]["issued"]["date-parts"][0]
            assert dt.date(*issued) == one.reported_on


def test_every_footnote_of_the_bundled_record_is_of_its_report():
    with (Path(__file__).parents[2] / "events" / "reports.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["source_title"]]
    taken = ("report_id", "lineage", "source_title", "source_url", "summary")
    held = [
        report(1, grade=row["reliability"] + row["credibility"],
               reported_on=dt.date.fromisoformat(row["reported_on"]),
               **{name: row[name] for name in taken})
        for row in rows
    ]  # fmt: skip
    assert_notes_are_of_their_reports(held)


def test_every_footnote_of_an_invented_record_is_of_its_report():
    """Every mixture of two titles, days, addresses and origins."""
    choices = product(("One", "Two", ""), (1, 2), ("", "https://example.org/1"), ("a", "b"))
    held = [
        report(
            n, source_title=title, reported_on=dt.date(2024, 5, day), source_url=url, lineage=who
        )
        for n, (title, day, url, who) in enumerate(choices, 1)
    ]
    assert_notes_are_of_their_reports(held)


def test_a_report_without_a_source_says_so_and_invents_nothing():
    lone = report(4, source_title="", source_url="", verified="memory")
    assert "No source page is recorded" in note(lone, style="chicago", reports=[lone]).text
    item = csl_json([lone])[0]
    assert "URL" not in item
    assert "author" not in item


def test_the_sample_words_are_those_of_the_scale():
    assert band(0.684).word == "likely"


def test_what_all_judgements_have_in_common_is_said_once():
    """The level of confidence and the reasons that are the same stand below the judgements."""
    few = replace(judgement("talks", 0.9), confidence=confidence(Foundation(3, 1, 1.0, 0.05)))
    many = replace(judgement("truce", 0.5), confidence=confidence(Foundation(11, 10, 1.0, 0.05)))
    items = [plain(one.parts) for one in vocabulary(facts(few, many)).key_judgements().items]
    *each, common = items
    assert common == (
        "Our confidence in every one of these judgements is moderate; for each, its indicators "
        "were watched throughout; and its pace of change still rests on prior estimates rather "
        "than on the reports."
    )
    assert "This judgement rests on 11 independent source lineages, 10 of them with" in each[1]
    assert not any("confidence" in one or "watched" in one for one in each)


def test_judgements_of_different_confidence_each_say_theirs():
    low = replace(judgement("talks", 0.9), confidence=confidence(Foundation(1, 0, 1.0, 0.2)))
    words = vocabulary(facts(low, judgement("truce", 0.5)))
    first, second, common = (plain(one.parts) for one in words.key_judgements().items)
    assert "Our confidence in this judgement is low: it rests on one" in first
    assert "Our confidence in this judgement is moderate: it rests on three" in second
    assert common == "For every judgement, the reports say something about its pace of change."


def test_a_brief_without_reports_says_so_and_has_no_empty_table():
    words = vocabulary(replace(facts(), reports=()))
    assert plain(words.evidence().parts) == "There is no report to list."
    assert plain(words.evidence_base().parts).startswith("No credible report is held: the forecast")


def test_ranges_of_a_document_have_an_en_dash():
    words = vocabulary()
    said = repr([words.judgements(), words.scale_key(), words.sentence("talks")])
    assert re.search(r"\d\N{EN DASH}\d+%", said)
    assert not re.search(r"\d-\d+%", said)
