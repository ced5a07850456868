import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forecast.beliefs import DEFAULT_SCALE, format_probability, scale, scale_names

PROBABILITIES = st.floats(0, 1)
EVERY_BAND = [(name, band) for name in scale_names() for band in scale(name).terms]
IDS = [f"{name}-{band.word}" for name, band in EVERY_BAND]


def test_icd_203_is_the_default_of_six_scales():
    assert DEFAULT_SCALE == "icd203"
    assert scale() is scale("icd203")
    assert scale_names() == ("icd203", "phia", "nato_ajp21", "ddis", "kent1964", "ipcc")


@pytest.mark.parametrize("name", [n for n in scale_names() if n != "ipcc"])
def test_the_midpoint_of_every_band_has_its_word(name):
    for band in scale(name).terms:
        said = scale(name).word((band.low + band.high) / 2)
        assert (said == band.word) is (band.low < band.high)


@pytest.mark.parametrize(("p", "word"), [(0.0, "almost certainly not"), (1.0, "almost certain")])
def test_no_number_is_given_a_word_of_certainty(p, word):
    """Kent has "impossible" and "certain"; what is printed is <1% and >99%."""
    assert scale("kent1964").word(p) == word
    assert scale("kent1964").band("impossible") == (0.0, 0.0)


@pytest.mark.parametrize("name", scale_names())
def test_one_printed_number_has_one_word(name):
    """On a grid of a hundredth of a point, and at every number half way between two printed."""
    known = scale(name)
    grid = [*(k / 10_000 for k in range(10_001)), *(k / 1000 for k in range(5, 1000, 10))]
    said = {}
    for p in (x for q in grid for x in (q, math.nextafter(q, 0), math.nextafter(q, 1))):
        said.setdefault(format_probability(p), set()).add(known.word(p))
    assert len(said) == 101
    assert {text for text, words in said.items() if len(words) > 1} == set()


@pytest.mark.parametrize("name", scale_names())
def test_the_word_of_a_whole_percentage_is_that_of_a_band_which_holds_it(name):
    for k in range(1, 100):
        bands = [band.word for band in scale(name).terms if band.distance(k / 100) == 0]
        off = scale(name).off_scale
        assert not bands or scale(name).word(k / 100) in [*bands, off.word if off else ""]


def test_every_ipcc_term_but_one_is_the_narrowest_somewhere():
    """From 50 to 66 % "about as likely as not" is narrower, and above that "likely" is."""
    ipcc = scale("ipcc")
    used = {ipcc.word(k / 10_000) for k in range(10_001)}
    assert {band.word for band in ipcc.terms} - used == {"more likely than not"}


@pytest.mark.parametrize(("name", "band"), EVERY_BAND, ids=IDS)
def test_every_word_and_variant_reads_as_its_band(name, band):
    for word in band.names:
        assert scale(name).band(word) == (band.low, band.high)
        assert scale(name).band(f" {word.upper().replace(' ', '-')} ") == (band.low, band.high)


@given(PROBABILITIES, st.sampled_from([n for n in scale_names() if n != "phia"]))
def test_the_word_of_a_number_is_the_band_nearest_to_it_as_printed(p, name):
    known = scale(name)
    p = float(f"{min(max(p, 0.01), 0.99):.2f}")
    low, high = known.band(known.word(p))
    distance = max(low - p, p - high, 0)
    assert distance <= min(band.distance(p) for band in known.terms) + 1e-9


@given(PROBABILITIES, PROBABILITIES, st.sampled_from(["icd203", "phia", "nato_ajp21", "ddis"]))
def test_a_higher_probability_never_has_a_lower_word(p, q, name):
    known = scale(name)
    rank = {band.word: place for place, band in enumerate(known.terms)}
    p, q = sorted((p, q))
    assume({known.word(p), known.word(q)} <= rank.keys())
    assert rank[known.word(p)] <= rank[known.word(q)]


@pytest.mark.parametrize(
    ("p", "word"),
    [
        (0.001, "almost no chance"),
        (0.05, "very unlikely"),
        (0.20, "unlikely"),
        (0.45, "roughly even chance"),
        (0.55, "likely"),
        (0.80, "very likely"),
        (0.95, "almost certain"),
        (0.999, "almost certain"),
    ],
)
def test_icd_203_bands_are_half_open_and_the_ends_take_all(p, word):
    assert scale("icd203").word(p) == word


@pytest.mark.parametrize(
    ("p", "word"),
    [
        (0.07, "remote chance"),
        (0.08, "highly unlikely"),
        (0.075, "highly unlikely"),
        (0.225, "highly unlikely"),
        (0.375, "realistic possibility"),
        (0.51, "realistic possibility"),
        (0.54, "likely"),
        (0.775, "highly likely"),
        (0.925, "highly likely"),
    ],
)
def test_in_a_phia_gap_the_edge_nearer_to_the_printed_number_wins(p, word):
    """0.225 is printed 22%, which is nearer to 20% than to 25%."""
    assert scale("phia").word(p) == word


def test_half_way_between_two_of_kents_bands_the_word_nearer_to_even_is_used():
    assert scale("kent1964").describe(0.16) == "probably not (16%)"


def test_one_half_has_no_phia_word_and_is_said_plainly():
    assert scale("phia").describe(0.5) == "as likely as not (50%)"


def test_ipcc_terms_nest_and_the_narrowest_that_holds_is_used():
    ipcc = scale("ipcc")
    said = [ipcc.word(p) for p in (0.995, 0.97, 0.92, 0.8, 0.6, 0.2, 0.03)]
    assert said == [
        "virtually certain",
        "extremely likely",
        "very likely",
        "likely",
        "about as likely as not",
        "unlikely",
        "extremely unlikely",
    ]


def test_a_misspelt_word_gets_the_nearest_one():
    with pytest.raises(ValueError, match="'likly' is not a word of the scale icd203; did you mean"):
        scale().band("likly")


def test_a_word_of_another_scale_gets_the_list_of_words():
    with pytest.raises(
        ValueError, match="not a word of the scale icd203; its words are 'almost no"
    ):
        scale().band("xyz")


def test_an_unknown_scale_gets_the_list_of_scales():
    with pytest.raises(ValueError, match="unknown scale 'icd'; the scales are icd203, phia"):
        scale("icd")


@pytest.mark.parametrize(("name", "band"), EVERY_BAND, ids=IDS)
def test_a_word_as_a_prior_is_never_certain(name, band):
    if band.low == band.high:
        with pytest.raises(ValueError, match="claims certainty"):
            scale(name).interval(band.word)
        return
    low, high = scale(name).interval(band.word)
    assert 0 < low < high < 1
    assert band.low <= low
    assert high <= band.high
    if band.low > 0 and band.high < 1:
        assert (low, high) == (band.low, band.high)


@given(PROBABILITIES)
def test_no_probability_is_printed_as_certain(p):
    text = format_probability(p)
    assert text not in {"0%", "100%"}
    assert text.endswith("%")


@given(st.floats(0.01, 0.99))
def test_a_printed_probability_is_within_half_a_point(p):
    assert abs(float(format_probability(p).rstrip("%")) / 100 - p) <= 0.005 + 1e-12


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_not_a_probability_has_neither_number_nor_word(p):
    with pytest.raises(ValueError, match="must be between 0 and 1"):
        format_probability(p)
    with pytest.raises(ValueError, match="must be between 0 and 1"):
        scale().word(p)


@given(PROBABILITIES, st.sampled_from(scale_names()))
def test_a_description_has_the_number_beside_the_word(p, name):
    known = scale(name)
    assert known.describe(p) == f"{known.word(p)} ({format_probability(p)})"


def test_every_scale_says_who_issued_it_and_how_it_was_read():
    for name in scale_names():
        known = scale(name)
        assert known.title
        assert known.issuer
        assert known.status in {"primary", "secondary", "memory"}
        assert known.bands[0][2] == known.terms[0].word
