"""A number or a text written another way than YAML takes it: the message says how to write it."""

from itertools import pairwise

import pytest

from forecast.beliefs import inspect

PROBABILITIES = {
    "5%": "a prior is an interval around 0.05: write [low, high]",
    "50 %": "a prior is an interval around 0.5: write [low, high]",
    "0,5": "a prior is an interval around 0.5: write [low, high]",
    "30-60%": "write [0.3, 0.6]",
    "0,3 - 0,6": "write [0.3, 0.6]",
    "1:9 to 1:3": "write [0.1, 0.25]",
    "[30%, 0.6]": "'30%' stands where a number should; write 0.3",
}
TEXTS = {
    "Ours: chosen before": "put quotes around a text with a colon in it",
    "*ours": "put quotes around a text that begins with *",
    "%ours": "put quotes around a text that begins with such a sign",
    "'Ours' and theirs": "put the whole text into one pair of quotes",
}
NUMBERS = {"95%": "write 0.95", "0,95": "write 0.95", "95 %": "write 0.95"}


def said(project, before, after):
    """List what is told of the template with one place of it changed."""
    text = project.priors.read_text("utf-8")
    assert before in text
    project.priors.write_text(text.replace(before, after, 1), "utf-8")
    return " ".join(map(str, inspect(project.priors)[1]))


@pytest.mark.parametrize(("written", "allowed"), PROBABILITIES.items())
def test_a_probability_is_told_how_to_be_written(written, allowed, fresh):
    assert allowed in said(fresh, "probability: [0.20, 0.45]", f"probability: {written}")


@pytest.mark.parametrize(("written", "allowed"), NUMBERS.items())
def test_a_number_is_told_how_to_be_written(written, allowed, fresh):
    assert allowed in said(fresh, "holds: 0.95", f'holds: "{written}"')


@pytest.mark.parametrize(("written", "allowed"), TEXTS.items())
def test_a_text_that_yaml_cannot_read_is_told_to_be_quoted(written, allowed, fresh):
    before = "rationale: Replace with the date and window of your brief, and why."
    assert allowed in said(fresh, before, f"rationale: {written}")


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_that_are_not_closed_are_told_so(quote, fresh):
    fresh.priors.write_text(f"brief: {quote}Ours\n", "utf-8")
    assert str(inspect(fresh.priors)[1][0]).endswith("; close the quotes")


@pytest.mark.parametrize(
    ("body", "came"),
    [
        (b"PK\x05\x06" + 18 * b"\0", "is packed (zip)"),
        ("brief: \u00e9t\u00e9".encode("cp1252"), "is not UTF-8 text"),
        ("brief: 1".encode("utf-16"), "is not UTF-8 text"),
    ],
)
def test_a_brief_in_another_encoding_is_named(body, came, fresh):
    fresh.priors.write_bytes(body)
    (problem,) = inspect(fresh.priors)[1]
    assert problem.came == came


BOMB = "&a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"  {name}: &{name} [{', '.join(9 * [f'*{before}'])}]\n"
    for before, name in pairwise("abcdefghi")
)
#: What stands instead of a text of the template, and what is told.
INSTEAD = {
    ("house: Your institute", "house: > 99%"): "put quotes around a text that begins with > or |",
    ("house: Your institute", "house: - ours"): "put quotes around a text that begins with -",
    ("house: Your institute", "house: !ours"): "put quotes around a text that begins with !",
    ("house: Your institute", "house: !!python/object:os.system x"): "begins with !",
    ("house: Your institute", 'house: "a\\q"'): "write a backslash in double quotes twice",
    ("house: Your institute", f"house: {BOMB}"): "its aliases (*) stand for more than a million",
    ("house: Your institute", "house: &a [*a]"): "or for themselves; write out what they stand for",
    ("  house:", "   house:"): "begin the keys of one level in one column",
    ("  house:", "\thouse:"): "indent with blanks, not with tabs",
    ("  house:", "  ? [a, b]\n  : c\n  house:"): "a list or a mapping stands where a key should",
    ("  house:", "  1: x\n  house:"): "brief.1: unknown key '1'; the keys here are title",
    ("  house:", "  ~: x\n  house:"): "brief.~: unknown key '~'; the keys here are title",
    ("nodes:\n", "---\nnodes:\n"): "leave the line --- out: a file holds one document",
    ("as_of: 2024-01-01", "as_of:"): "brief.as_of: nothing is not a date; write it as 2023-09-27",
    ("as_of: 2024-01-01", "as_of: 0001-01-01"): "is out of reach; name a day from 1800 to 2199",
    ("as_of: 2024-01-01", "as_of: 9999-12-31"): "is out of reach; name a day from 1800 to 2199",
    ("by: 2024-12-31", "by: 9999-12-31"): "is out of reach; name a day from 1800 to 2199",
    ("window: 12 months", "window: P1Y"): "'P1Y' is not a period; write it as '1 year'",
    ("window: 12 months", "window: 1,5 years"): "write it as '1.5 years'",
    ("window: 12 months", "window: a year"): "write it as '1 year'",
    ("window: 12 months", "window: 1e9 months"): "days are too long; at most 100 years",
    ("to: broken, within: 12 months", "to: broken, within: 1e-300 days"): "at least 0.01 days",
    ("nodes:\n", "grid: {step: 1e1}\nnodes:\n"): "should; write 10",
    ("nodes:\n", "grid: {step: 7 days}\nnodes:\n"): "write one whole number",
    ("nodes:\n", "grid: {step: 99999999999}\nnodes:\n"): "must be at most 366",
    ("nodes:\n", "grid: {horizon: 11 years}\nnodes:\n"): "at most 10 years",
    ("ratio: [0.2, 0.8]", "ratio: 20-80%"): "stands where [low, high] should; write [0.2, 0.8]",
    ("ratio: [0.2, 0.8]", "ratio: 0.5"): "should; write two numbers in brackets",
    ("ratio: [0.2, 0.8]", "ratio: [1e-300, 1e300]"): "write numbers from 1e-06 to 1,000,000",
    ("effective_sample_size: 20", "effective_sample_size: 1e-300"): "must be at least 0.01",
    ("detection: 0.5 ", "detection: 30-60% "): "stands where a number should; write one number",
    ("detection: 0.5 ", "detection: true "): "true stands where a number should; write one number",
    ("    detection: 0.5 ", "    recurs: yes\n    detection: 0.5 "): "should; write true",
    ("    detection: 0.5 ", "    recurs: off\n    detection: 0.5 "): "should; write false",
}


@pytest.mark.parametrize(("pair", "told"), INSTEAD.items(), ids=[b for _, b in INSTEAD])
def test_a_slip_in_a_brief_is_told_how_to_be_mended(pair, told, fresh):
    assert told in said(fresh, *pair)


def test_a_brief_of_ten_million_characters_is_refused(fresh):
    fresh.priors.write_text(fresh.priors.read_text("utf-8") + "#" + 10_000_000 * "x", "utf-8")
    (problem,) = inspect(fresh.priors)[1]
    assert str(problem).endswith("holds 10 million characters; at most 4 million")


def test_what_a_mapping_says_itself_holds_before_what_it_merges_in(fresh):
    text = fresh.priors.read_text("utf-8")
    merged = "  talks:\n    <<: {label: Others, claim: They talk}\n"
    text = text.replace("  talks:\n", merged, 1).replace(
        "    claim: The parties negotiate\n", "", 1
    )
    fresh.priors.write_text(text, "utf-8")
    beliefs, problems = inspect(fresh.priors)
    assert problems == []
    assert (beliefs.nodes["talks"].label, beliefs.nodes["talks"].claim) == (
        "Peace talks", "They talk",
    )  # fmt: skip
