"""What experts say becomes priors: by hand, and by libraries we did not write."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest
import scipy.special
import scipy.stats

from forecast.beliefs import load
from forecast.beliefs.elicitation import Answer, Pooled, askable, pooled, read_answers
from forecast.beliefs.values import read_answer, read_share
from forecast.errors import BeliefsError

HARBOUR = Path(__file__).parents[1] / "inference" / "data" / "harbour.yaml"
HAZARD = "blockade: none > partial"
HEADER = "expert,on,prior,answer,within,rationale\n"


@pytest.fixture(scope="module")
def harbour():
    return load(HARBOUR)


def answers(tmp_path, harbour, *rows):
    """Read rows of a file of answers."""
    path = tmp_path / "answers.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", "utf-8")
    return read_answers(path, harbour)


def row(answer, expert="Ada", prior=HAZARD, within="", on="2024-01-02", why="a reason"):
    return f'{expert},{on},{prior},"{answer}",{within},{why}'


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("likely", (0.55, 0.80)),
        ("Very unlikely", (0.05, 0.20)),
        ("0.1 to 0.3", (0.1, 0.3)),
        ("[0.1, 0.3]", (0.1, 0.3)),
        ("10-30%", (0.1, 0.3)),
        ("10% - 30%", (0.1, 0.3)),
        ("1:9 to 1:3", (0.1, 0.25)),
        ("3:1 to 9:1", (0.75, 0.9)),
    ],
)
def test_answers_are_read_as_people_say_them(said, expected):
    assert read_answer(said, "icd203") == pytest.approx(expected)


def test_three_quantiles_are_fitted_by_least_squares():
    """Against NumPy's, on the log odds at the standard Normal's own quantiles."""
    low, high = read_answer("5% / 20% / 40%", "icd203")
    z = scipy.stats.norm.ppf([0.05, 0.5, 0.95])
    slope, middle = np.polyfit(z, scipy.special.logit([0.05, 0.2, 0.4]), 1)
    expected = scipy.special.expit(middle + slope * z[[0, 2]])
    assert (low, high) == pytest.approx(tuple(expected))


@pytest.mark.parametrize(
    "said", ["30-10%", "0 to 0.2", "0.2", "1:0 to 2:1", "0.5/0.2/0.7", "quite likely", "", "1.2"]
)
def test_what_is_no_answer_is_refused(said):
    with pytest.raises(ValueError, match=r"is not an? |odds of nothing"):
        read_answer(said, "icd203")


def test_a_share_is_one_number():
    assert (read_share("0.3"), read_share("30 %")) == (0.3, 0.3)
    with pytest.raises(ValueError, match="is not a share"):
        read_share("0.1 to 0.2")


def test_another_period_is_turned_by_one_constant_rate(tmp_path, harbour):
    """Within 12 weeks, the harbour's own, from 6: what is missed twice is missed once squared."""
    (found,) = answers(tmp_path, harbour, row("10-30%", within="6 weeks"))
    assert (found.low, found.high) == pytest.approx((1 - 0.9**2, 1 - 0.7**2))


def only(found: list[Pooled]) -> Pooled:
    (one,) = found
    return one


@pytest.mark.parametrize("method", ["log_odds", "linear"])
def test_experts_who_agree_change_nothing(method, tmp_path, harbour):
    given = answers(tmp_path, harbour, row("20-60%"), row("20-60%", expert="Bo"))
    one = only(pooled(harbour, given, method=method))
    assert one.interval == pytest.approx((0.2, 0.6))
    assert one.notes == ()


def test_pooling_is_that_of_the_file_and_disagreement_is_said(tmp_path, harbour):
    """Mean of means, mean variance plus variance of means; and who does not overlap."""
    given = answers(tmp_path, harbour, row("5-10%"), row("40-70%", expert="Bo"))
    one = only(pooled(harbour, given, method="log_odds"))
    pairs = scipy.special.logit([[0.05, 0.1], [0.4, 0.7]])
    z = scipy.stats.norm.ppf(0.95)
    means, sds = pairs.mean(axis=1), np.diff(pairs, axis=1)[:, 0] / (2 * z)
    sd = math.sqrt((sds**2).mean() + means.var())
    expected = scipy.special.expit(means.mean() + np.array([-z, z]) * sd)
    assert one.interval == pytest.approx(tuple(expected))
    assert one.notes == ("Ada and Bo do not overlap",)


def test_extremising_is_off_unless_asked_for(tmp_path, harbour):
    """A factor of 2 doubles the log odds of the middle and leaves the width."""
    given = answers(tmp_path, harbour, row("5-10%"), row("10-20%", expert="Bo"))
    plain = scipy.special.logit(only(pooled(harbour, given, method="log_odds")).interval)
    pushed = only(pooled(harbour, given, method="log_odds", extremise=2.0)).interval
    pushed = scipy.special.logit(pushed)
    assert pushed.mean() == pytest.approx(2 * plain.mean())
    assert np.diff(pushed) == pytest.approx(np.diff(plain))


def test_an_expert_who_contradicts_themselves_is_averaged_and_told(tmp_path, harbour):
    """Less likely in twice the time: no rate does that."""
    given = answers(
        tmp_path, harbour, row("50-60%", within="6 weeks"), row("10-20%", within="12 weeks")
    )
    one = only(pooled(harbour, given, method="log_odds"))
    ends = scipy.special.logit([[g.low, g.high] for g in given]).mean(axis=0)
    assert one.experts["Ada"] == pytest.approx(tuple(scipy.special.expit(ends)))
    assert "Ada contradicts themselves" in one.notes[0]


def test_shares_of_states_are_made_to_sum_to_one(tmp_path, harbour):
    """Ada's sum to 1.2; Bo names one state and the others keep their proportions, .5 to .2."""
    given = answers(
        tmp_path, harbour,
        row("0.6", prior="blockade.none"), row("0.36", prior="blockade.partial"),
        row("0.24", prior="blockade.full"), row("0.3", prior="blockade.partial", expert="Bo"),
    )  # fmt: skip
    found = {each.asked.name: each for each in pooled(harbour, given, method="linear")}
    ada = {name: each.experts["Ada"][0] for name, each in found.items()}
    assert ada == pytest.approx(
        {"blockade.none": 0.5, "blockade.partial": 0.3, "blockade.full": 0.2}
    )
    bo = {name: each.experts["Bo"][0] for name, each in found.items()}
    assert bo == pytest.approx(
        {"blockade.none": 0.5, "blockade.partial": 0.3, "blockade.full": 0.2}
    )
    assert sum(each.interval[0] for each in found.values()) == pytest.approx(1.0)
    assert any("sum to 1.20" in note for each in found.values() for note in each.notes)


def test_shares_pooled_on_the_log_odds_are_the_geometric_mean(harbour):
    on = dt.date(2024, 1, 2)
    given = [
        Answer(who, on, f"talks.{state}", p, p, str(p), "why")
        for who, shares in (("Ada", (0.9, 0.1)), ("Bo", (0.5, 0.5)))
        for state, p in zip(("idle", "open"), shares, strict=True)
    ]
    found = {e.asked.name: e.interval[0] for e in pooled(harbour, given, method="log_odds")}
    mean = scipy.stats.gmean([[0.9, 0.1], [0.5, 0.5]])
    assert found["talks.idle"] == pytest.approx(mean[0] / mean.sum())


def test_every_hazard_start_and_presence_can_be_asked(harbour):
    known = askable(harbour)
    assert known[HAZARD].interval == (0.2, 0.6)
    assert known["patrols"].interval == (0.6, 0.95)
    assert "boardings" not in known  # a count is no probability
    assert sum(each.kind == "share" for each in known.values()) == 7


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (row("20-60%", prior="blockade: none > partail"), "did you mean"),
        (row("20-60%", on="2 Jan"), "is not a date"),
        (row("20-60%", why=""), "rationale is empty"),
        (row("60-20%"), "each number must be above"),
        (row("20-60%", within="soon"), "is not a period"),
        (row("0.2", prior="patrols"), "is not an answer"),
        (row("20-60%", prior="blockade.none"), "is not a share"),
        (row("20-60%", expert=""), "expert is empty"),
    ],
    ids=str,
)
def test_a_wrong_row_is_named_with_its_line(line, said, tmp_path, harbour):
    with pytest.raises(BeliefsError) as caught:
        answers(tmp_path, harbour, row("20-60%"), line)
    (problem,) = caught.value.problems
    assert problem.line == 3
    assert said in str(problem)


def test_a_file_without_a_column_or_an_answer_is_refused(tmp_path, harbour):
    path = tmp_path / "answers.csv"
    for text, said in (("expert,on,prior,answer\n", "'rationale' is missing"),
                       (HEADER, "has no answer")):  # fmt: skip
        path.write_text(text, "utf-8")
        with pytest.raises(BeliefsError, match=said):
            read_answers(path, harbour)
