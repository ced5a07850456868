"""Every door gives one printed number one word: the borders of words are in `Scale.word` alone."""

import datetime as dt
import re
from dataclasses import replace

import numpy as np
import pytest

from forecast.analysis import readout
from forecast.analysis.answering import Band as Answer
from forecast.beliefs.words import format_probability, format_worded, scale, scale_names
from forecast.briefs import blocks, sentences, tables
from forecast.briefs.facts import Band
from forecast.charts import files, text
from forecast.charts.data import Trajectory
from forecast.record.resolutions import with_words
from forecast.result import WordedBand
from tests.briefs.samples import facts, judgement
from tests.charts.samples import STAMP

#: Every tenth of a point, and hairs beside the numbers half way between two printed ones.
GRID = sorted(
    {k / 1000 for k in range(1001)}
    | {k / 1000 + hair for k in range(5, 1000, 10) for hair in (-1e-7, 1e-7)}
)


def texts(p, name):
    """What the doors say of a probability."""
    known = scale(name)
    one = judgement(p=p)
    held = replace(facts(), scale=name, bands=known.bands)
    band = Band(p, known.word(p), max(0.0, p - 0.1), min(1.0, p + 0.1))
    one = replace(one, now=band, horizon=band)
    held = replace(held, judgements=(one,), questions=(replace(held.questions[0], answer=band),))
    yield sentences.probability_sentence(held, one)
    yield sentences.bottom_line(held)
    yield sentences.question_sentence(held.questions[0])
    for table in (tables.judgements(held), tables.questions(held, held.questions)):
        yield from (blocks.plain(cell.parts) for row in table.rows for cell in row)
    days = np.array(["2023-09-27", "2024-09-25"], "datetime64[D]")
    mean = np.array([p, p])
    curve = Trajectory(
        "n", "Node", "It happens.", days, mean, mean, mean, mean, mean,
        as_of=dt.date(2024, 9, 30), opening=p,
    )  # fmt: skip
    yield text.finding(curve, known)
    yield files.of_trajectory(curve, scale=known, stamp=STAMP).short
    row = {
        "probability": p,
        "word": "as an earlier version had it",
        "at_horizon": {"probability": p},
    }
    shown = with_words({"brief": {"scale": name}, "judgements": [row], "questions": [row]})
    yield format_worded(shown["judgements"][0])
    yield format_worded(shown["judgements"][0]["at_horizon"])
    yield format_worded(shown["questions"][0])
    numbers = Answer(p, p, p, p, p)
    yield format_worded(readout._band(numbers, known))
    yield format_worded(WordedBand.of(numbers, known.word).plain())


@pytest.mark.parametrize("name", scale_names())
def test_every_door_says_the_same_word_for_the_same_printed_number(name):
    """Sentences, tables, titles and texts of charts, the API and the payloads of JSON."""
    known = scale(name)
    bands = sorted({*known.words, "as likely as not"}, key=len, reverse=True)
    words = "|".join(map(re.escape, bands))
    before, after = re.compile(rf"({words})[”\"]? \(([^;)]+)"), re.compile(rf"(\S+%) \(?({words})")
    said = {}
    for p in GRID:
        found = 0
        for shown in texts(p, name):
            plain = shown.replace("\u00a0", " ").replace("below ", "<").replace("above ", ">")
            pairs = [(number, word) for word, number in before.findall(plain)]
            for number, word in [*pairs, *after.findall(plain)]:
                said.setdefault(number, set()).add(word)
                found += 1
        assert found >= 12
    assert set(said) == {format_probability(p) for p in GRID}
    assert {number: words for number, words in said.items() if len(words) != 1} == {}


@pytest.mark.parametrize("p", GRID)
def test_charts_and_sentences_print_the_same_number(p):
    assert text.percent(p) == format_probability(p)
    plain = sentences.number(p).replace("below ", "<").replace("above ", ">")
    assert plain == format_probability(p)
