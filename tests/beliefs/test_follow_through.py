"""Follow-through: the closed forms, what is learnt, and simulated worlds."""

import datetime as dt
import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs.announcements import Announcement, done_by, expected, learnt_follow_through

TOLD = dt.date(2021, 3, 10)
SETTLED = dt.date(2022, 1, 1)


def told(kind="dated", *, name="a", told_on=TOLD, window=(22, 51), status="", grade=("B", 1)):
    """Return an announcement; its window is in days after it was told."""
    days = [told_on + dt.timedelta(each) for each in window]
    return Announcement(
        announcement_id=name, indicator="talks_reported", kind=kind, told_on=told_on,
        starts_on=days[0] if kind in {"dated", "scheduled"} else None,
        ends_on=days[1] if kind in {"dated", "scheduled"} else None,
        reliability=grade[0], credibility=grade[1],
        status=status, known_on=SETTLED if status else None,
    )  # fmt: skip


def after(days, told_on=TOLD):
    return told_on + dt.timedelta(days)


def test_a_dated_one_comes_before_in_and_after_its_window_in_the_shares_of_the_table():
    dated = told()
    shares = [done_by(dated, after(day)) for day in (0, 21, 51, 51 + 60, 51 + 120)]
    assert shares == pytest.approx([0.0, 0.05, 0.85, 0.925, 0.9625])
    assert done_by(dated, after(36)) == pytest.approx(0.05 + 0.80 * 15 / 30)


@pytest.mark.parametrize(("kind", "median"), [("undated", 90), ("invited", 270)])
def test_an_undated_one_has_the_median_of_its_class(kind, median):
    shares = [done_by(told(kind), after(day)) for day in (0, median, 2 * median)]
    assert shares == pytest.approx([0.0, 0.5, 0.75])


@given(
    st.sampled_from(["dated", "undated", "invited"]),
    st.tuples(st.integers(-30, 60), st.integers(0, 90)).map(lambda w: (w[0], max(w[0] + w[1], 0))),
    st.lists(st.integers(-5, 900), min_size=2, max_size=12),
)
def test_the_share_begins_at_nothing_never_falls_and_ends_at_all(kind, window, days):
    one = told(kind, window=window)
    shares = [done_by(one, after(day)) for day in sorted(days)]
    assert all(earlier <= later for earlier, later in pairwise(shares))
    assert done_by(one, TOLD) == 0.0
    assert done_by(one, after(12_000)) == pytest.approx(1.0)


@given(st.integers(0, 300), st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_the_steps_of_its_hazard_multiply_to_the_closed_form(begins, lengths):
    """``1 - prod (1 - g_t) = rho (G_b - G_a) / (1 - rho G_a)``, each g from its phi."""
    one, as_of = told(), after(begins)
    (found,) = expected_of(one, as_of=as_of)
    rho, missed, day = found.rho, 1.0, as_of
    for length in lengths:
        share, later = done_by(one, day), done_by(one, day + dt.timedelta(length))
        phi = rho * (1 - share) / (rho * (1 - share) + 1 - rho)
        missed *= 1 - phi * (later - share) / (1 - share)
        day += dt.timedelta(length)
    start, end = done_by(one, as_of), done_by(one, day)
    closed = rho * (end - start) / (1 - rho * start)
    assert 1 - missed == pytest.approx(closed, abs=1e-12)
    assert 1 - found.left(day) / found.left(as_of) == pytest.approx(closed, abs=1e-12)
    assert found.kept == pytest.approx(rho * (1 - start) / (rho * (1 - start) + 1 - rho), abs=1e-12)


class Nothing:
    """Beliefs that state no follow-through of their own."""

    follow_through = None


def expected_of(*announcements, as_of, beliefs=Nothing()):  # noqa: B008
    return expected(beliefs, announcements, as_of=as_of)


def test_credibility_stands_between_the_class_and_what_is_unfounded():
    (found,) = expected_of(told(), as_of=TOLD)
    assert found.rho == pytest.approx(0.74 * 0.8 + 0.26 * 0.3)
    assert expected_of(told(grade=("F", 1)), as_of=TOLD) == []


def test_what_is_settled_or_scheduled_or_not_told_yet_is_not_expected():
    rows = [
        told(name="kept", status="kept"),
        told("scheduled", name="vote"),
        told(name="later", told_on=after(30)),
        told(name="open"),
    ]
    assert [one.announcement.announcement_id for one in expected_of(*rows, as_of=after(5))] == [
        "kept",  # nobody knows by then
        "open",
    ]
    open_ones = expected_of(*rows, as_of=SETTLED)
    assert [one.announcement.announcement_id for one in open_ones] == ["later", "open"]


def test_own_class_counts_in_full_and_others_by_half_once_they_are_known(river):
    rows = [
        told(name="1", status="kept"),
        told(name="2", status="broken"),
        told(name="3", status="postponed"),
        told("undated", name="4", status="broken"),
        told("scheduled", name="5", status="kept"),
    ]
    before = {"dated": (8, 2), "undated": (6, 3), "invited": (4, 5)}
    assert learnt_follow_through(river, rows, as_of=after(200)) == before
    now = {"dated": (9, 3.5), "undated": (6.5, 4.5), "invited": (4.5, 6)}
    assert learnt_follow_through(river, rows, as_of=SETTLED) == now


def test_priors_may_state_their_own(edited):
    from forecast.beliefs import load

    own = "follow_through: {dated: [30, 10.5], source: desk, rationale: counted}\n\nnodes:\n"
    beliefs = load(edited(("\nnodes:\n", f"\n{own}")))
    rates = learnt_follow_through(beliefs, [], as_of=TOLD)
    assert rates == {"dated": (30, 10.5), "undated": (6, 3), "invited": (4, 5)}


def test_after_the_window_little_is_left_of_it():
    (found,) = expected_of(told(), as_of=after(51 + 300))
    assert found.kept < 0.02
    assert 1 - found.left(after(400)) / found.left(after(351)) < 0.01


def test_ranks_of_the_share_that_is_kept_are_uniform_in_simulated_worlds(river):
    """rho is drawn from its prior, announcements are kept with rho, and what is learnt is right."""
    rng = np.random.default_rng(20231001)
    ranks = []
    for _ in range(400):
        rho = rng.beta(8, 2)
        number = int(rng.integers(0, 12))
        done = rng.random(number) < rho
        rows = [
            told(name=str(at), status="kept" if kept else "broken") for at, kept in enumerate(done)
        ]
        kept, broken = learnt_follow_through(river, rows, as_of=SETTLED)["dated"]
        ranks.append(scipy.stats.beta(kept, broken).cdf(rho))
    assert scipy.stats.kstest(ranks, "uniform").pvalue > 0.01


def test_in_simulated_worlds_what_is_open_comes_as_often_as_expected():
    """Times are drawn through G: among those not done by a day, so many come by another."""
    rng = np.random.default_rng(7)
    one, rho = told("undated", grade=("A", 1)), None
    as_of, until = after(40), after(120)
    (found,) = expected_of(one, as_of=as_of)
    rho, number = found.rho, 100_000
    days = np.where(
        rng.random(number) < rho, np.ceil(-90 * np.log2(1 - rng.random(number))), np.inf
    )
    still = days > 40
    share = float(((days > 40) & (days <= 120)).sum() / still.sum())
    expected_share = 1 - found.left(until) / found.left(as_of)
    spread = math.sqrt(expected_share * (1 - expected_share) / still.sum())
    assert abs(share - expected_share) < 4 * spread
