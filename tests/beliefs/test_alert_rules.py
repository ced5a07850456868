"""Every mistake in a rule for an alert is one line that says where, what came, what is allowed."""

import pytest

from forecast.beliefs import fingerprint, inspect, load

GOOD = """
alerts:
  signed_soon:
    question: signed_in_a_year
    above: 0.5
    source: Ours.
    rationale: For a test.
"""

CASES = {
    "both watched": (
        ("above: 0.5", "above: 0.5\n    node: treaty"),
        "signed_soon.node",
        "both question and node are given; give one of them",
    ),
    "nothing watched": (
        ("    question: signed_in_a_year\n", ""),
        "signed_soon",
        "what it watches is missing; give question or node",
    ),
    "unknown question": (
        ("signed_in_a_year", "signed_in_year"),
        "signed_soon.question",
        "unknown question 'signed_in_year'; did you mean 'signed_in_a_year'?",
    ),
    "unknown node": (
        ("question: signed_in_a_year", "node: treety"),
        "signed_soon.node",
        "unknown node 'treety'; did you mean 'treaty'?",
    ),
    "unknown state": (
        ("question: signed_in_a_year", "node: treaty\n    states: [sined]"),
        "signed_soon.states",
        "unknown state 'sined' of treaty",
    ),
    "states of nothing": (
        ("above: 0.5", "above: 0.5\n    states: [drafted]"),
        "signed_soon.states",
        "stands without a node; name the node too",
    ),
    "both thresholds": (
        ("above: 0.5", "above: 0.5\n    below: 0.2"),
        "signed_soon.below",
        "both above and below are given; give one of them",
    ),
    "no threshold": (
        ("    above: 0.5\n", ""),
        "signed_soon",
        "the threshold is missing; give above or below",
    ),
    "points for a fraction": (
        ("above: 0.5", "above: 50"),
        "signed_soon.above",
        "50 is out of range; must be below 1",
    ),
    "per cent": (("0.5", "50%"), "signed_soon.above", "'50%' stands where a number should"),
    "certainty of a coin": (
        ("above: 0.5", "above: 0.5\n    certainty: 0.4"),
        "signed_soon.certainty",
        "0.4 is out of range; must be at least 0.5",
    ),
    "never cleared": (
        ("above: 0.5", "above: 0.02"),
        "signed_soon.hysteresis",
        "0.03 behind above 0.02 is out of reach, so it would never be cleared; must be less than",
    ),
    "never cleared from below": (
        ("above: 0.5", "below: 0.98"),
        "signed_soon.hysteresis",
        "0.03 behind below 0.98 is out of reach",
    ),
    "no rationale": (
        ("    rationale: For a test.\n", ""),
        "signed_soon.rationale",
        "is missing; every prior says where it comes from and why",
    ),
    "misspelt key": (
        ("above: 0.5", "above: 0.5\n    certanty: 0.9"),
        "signed_soon.certanty",
        "unknown key 'certanty'; did you mean 'certainty'?",
    ),
}


@pytest.fixture
def ruled(river_path, tmp_path):
    """Write the river with a rule, and perhaps a mistake in it."""

    def write(old="", new=""):
        assert not old or old in GOOD
        path = tmp_path / "priors.yaml"
        rules = GOOD.replace(old, new, 1) if old else GOOD
        path.write_text(river_path.read_text("utf-8") + rules, "utf-8")
        return path

    return write


@pytest.mark.parametrize(("change", "where", "said"), CASES.values(), ids=CASES)
def test_a_mistake_is_one_line(change, where, said, ruled):
    path = ruled(*change)
    [problem] = [p for p in inspect(path)[1] if p.severity == "error"]
    assert problem.where == f"alerts.{where}"
    assert str(problem).split(": ", 2)[2].startswith(said), str(problem)
    assert "signed_soon" in "".join(path.read_text("utf-8").splitlines()[: problem.line][-8:])


def test_a_good_rule_has_the_defaults_and_is_no_part_of_the_model(ruled, river_path):
    beliefs = load(ruled())
    [alert] = beliefs.alerts.values()
    assert (alert.threshold, alert.direction) == (0.5, "above")
    assert (alert.certainty, alert.change, alert.hysteresis) == (0.8, 0.05, 0.03)
    for texts in (True, False):
        assert fingerprint(beliefs, texts=texts) == fingerprint(load(river_path), texts=texts)
