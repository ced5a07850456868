"""A number or a text written another way than YAML takes it: the message says how to write it."""

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
