"""Simulated worlds move and report as the model says: against enumeration and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from forecast.beliefs import Question, load
from forecast.beliefs.reports import corroborated
from forecast.inference.encoding import Encoding, encode
from forecast.judge.validate import bundled
from forecast.network import Evidence
from forecast.validation.reporting import draw_reports, reported_ahead, sources
from forecast.validation.simulating import (
    Design,
    columns,
    draw_world,
    medians,
    questions,
    values_of,
)
from forecast.validation.worlds import Move, Rates, day_of, draw_path, reached
from tests.network.enumeration import all_states, initial_vector, likelihood, step_matrix

STEPS = 4


@pytest.fixture(scope="module")
def strait() -> Encoding:
    """The bundled model."""
    return encode(load(bundled()))


@pytest.fixture(scope="module")
def rates(strait: Encoding) -> Rates:
    """One draw of every rate, by block and name."""
    drawn = values_of(strait, strait.priors.draw(1, seed=4))
    return {
        block: dict(zip(names, map(float, drawn[block][:, 0]), strict=True))
        for block, names in columns(strait).items()
    }


def test_states_move_as_often_as_enumeration_says(strait: Encoding, rates: Rates) -> None:
    """Joint states after four steps of 3000 paths have the frequencies of the step matrix."""
    parameters = strait.priors.draw(1, seed=4)
    matrix = step_matrix(strait.network, parameters, strait.step)
    expected = initial_vector(strait.network, parameters) @ np.linalg.matrix_power(matrix, STEPS)
    rng = np.random.default_rng(1)
    found = dict.fromkeys(all_states(strait.network), 0)
    nodes = strait.beliefs.nodes
    for _ in range(3000):
        path, _ = draw_path(strait.beliefs, rates, STEPS, rng)
        found[tuple(nodes[name].states.index(path[-1][name]) for name in nodes)] += 1
    counts = np.array(list(found.values()))
    often = expected * 3000 >= 5
    assert often.sum() > 6
    pooled = np.append(counts[often], counts[~often].sum() + 1)  # one more: it may expect none
    shares = np.append(3000 * expected[often], 3000 * expected[~often].sum() + 1)
    assert scipy.stats.chisquare(pooled, shares).pvalue > 0.001


def test_a_node_is_reached_within_steps_too(strait: Encoding, rates: Rates) -> None:
    """An election is called by a day with the probability of an exponential waiting time."""
    beliefs = strait.beliefs
    asked = Question(
        text="x", node="election", states=("called",), mode="reaches", by=day_of(beliefs, STEPS),
        opens=beliefs.brief.as_of, criteria="x", fallback="x", source="x",
    )  # fmt: skip
    rate = np.exp(rates["log_hazard"]["election: waiting > called"])
    start = rates["initial"]["election.called"]
    expected = 1 - (1 - start) * np.exp(-rate * strait.step * STEPS)
    rng = np.random.default_rng(2)
    hits = sum(
        reached(beliefs, *draw_path(beliefs, rates, STEPS, rng), asked, rng) for _ in range(1500)
    )
    assert scipy.stats.binomtest(hits, 1500, expected).pvalue > 0.001


def test_a_node_that_came_and_went_within_a_step_was_there(strait: Encoding, rates: Rates) -> None:
    """Talks that end as fast as they begin are missed at the ends of steps, and still counted."""
    beliefs = strait.beliefs
    fast = {**rates, "log_hazard": {**rates["log_hazard"]}, "log_hazard_ratio": {}}
    fast["log_hazard_ratio"] = dict.fromkeys(rates["log_hazard_ratio"], 0.0)
    fast["log_hazard"]["talks: idle > held"] = np.log(0.05)
    fast["log_hazard"]["talks: held > idle"] = np.log(1.0)
    asked = Question(
        text="x", node="talks", states=("held",), mode="reaches", by=day_of(beliefs, STEPS),
        opens=beliefs.brief.as_of, criteria="x", fallback="x", source="x",
    )  # fmt: skip
    start = rates["initial"]["talks.held"]
    expected = 1 - (1 - start) * np.exp(-0.05 * strait.step * STEPS)
    rng, hits, seen = np.random.default_rng(3), 0, 0
    for _ in range(1500):
        path, moves = draw_path(beliefs, fast, STEPS, rng)
        hits += reached(beliefs, path, moves, asked, rng)
        seen += any(now["talks"] == "held" for now in path)
    assert scipy.stats.binomtest(hits, 1500, expected).pvalue > 0.001
    assert seen < 0.6 * hits


def one_step(k: int, indicators: int, *, detection: float, credibility: float | None) -> Evidence:
    """Evidence of one step about one indicator."""
    looked = np.zeros((1, indicators))
    looked[0, k] = detection
    cells = 0 if credibility is None else 1
    return Evidence([0], looked, [0] * cells, [k] * cells, [credibility] * cells, [1.0] * cells)


def test_reports_are_as_probable_as_their_likelihood(strait: Encoding, rates: Rates) -> None:
    """Each kind of report, and silence, is proportional to its likelihood over all states."""
    told, network = sources(strait.beliefs, medians(strait)), strait.network
    parameters, count = strait.priors.draw(1, seed=4), len(strait.indicators)

    def of(k: int, at: tuple[int, ...], detection: float, credibility: float | None) -> float:
        seen = one_step(k, count, detection=detection, credibility=credibility)
        return likelihood(network, parameters, seen, k, at, step=0, dt=strait.step)

    assert list(told) == ["patrols", "communique", "accord", "notices", "adjournment"]
    del told["adjournment"]  # of a move, which has no state to be likely in
    for name, each in told.items():
        k = strait.indicators.index(name)
        ratios = []
        for at in all_states(network):
            says = each.says(1 - of(k, at, 1.0, None))
            found = [of(k, at, each.detection, c) for c in (*each.credible, None)]
            ratios.append(np.array([*says, 1 - sum(says)]) / found)
        assert np.ptp(ratios, axis=0) == pytest.approx(0.0, abs=1e-12)


def test_reports_of_an_open_act_are_drawn_and_weighed_alike(strait: Encoding) -> None:
    """The engine gives each kind the credibility that its sources of this world have."""
    entry = strait.beliefs.indicators["patrols"].model_copy(update={"open": True})
    opened = strait.beliefs.model_copy(
        update={"indicators": {**strait.beliefs.indicators, "patrols": entry}}
    )
    told = sources(opened, medians(strait))
    assert told["patrols"].credible != told["communique"].credible
    world = draw_world(encode(opened), Design.of(opened, 104), seed=[2])
    for name in ("patrols", "communique"):
        rows = [row for row in world.rows if row.indicator == name]
        found = {
            corroborated([r for r in rows if r.event_id == event],
                         lambda row: opened.weigh(row, row.reported_on))
            for event in {row.event_id for row in rows}
        }  # fmt: skip
        assert len(found) > 1
        assert all(c == pytest.approx(min(told[name].credible, key=lambda x: abs(x - c)))
                   for c in found)  # fmt: skip


def test_numbers_have_their_distributions(strait: Encoding, rates: Rates) -> None:
    """Counts are negative binomial with their exposure, values Student-t on their own scale."""
    steps = 3000
    now = {"strait": "slowed", "talks": "idle", "election": "called"}
    still = {"talks": Move(np.zeros((2, 2)), 0, 0)}
    rows = draw_reports(
        strait.beliefs, rates, [now] * (steps + 1), [still] * steps,
        sources(strait.beliefs, medians(strait)), gaps={"*": range(10, 20)},
        rng=np.random.default_rng(5),
    )  # fmt: skip
    first = strait.beliefs.brief.as_of
    days = [(row.occurred_on - first).days for row in rows]
    assert not [day for day in days if 70 < day <= 140]
    mean = np.exp(rates["log_rate"]["boardings"]) * strait.step
    size = np.exp(rates["log_dispersion"]["boardings"])
    for exposure in (1.0, 2.0):
        found = [r.value for r in rows if r.indicator == "boardings" and r.exposure == exposure]
        assert len(found) > 800
        law = scipy.stats.nbinom(size, size / (size + mean * exposure))
        edges = np.unique(law.ppf(np.linspace(0.05, 0.95, 10)))
        counts = np.bincount(np.searchsorted(edges, found), minlength=len(edges) + 1)
        shares = np.diff([0.0, *law.cdf(edges), 1.0])
        assert scipy.stats.chisquare(counts, len(found) * shares).pvalue > 0.001
    for name, level in (("freight", "strait.slowed"), ("campaign_budget", "election.called")):
        entry = strait.beliefs.indicators[name]
        values = [entry.read(r.value) for r in rows if r.indicator == name]
        law = scipy.stats.t(
            entry.degrees_of_freedom, rates["level"][f"{name} | {level}"],
            np.exp(rates["log_spread"][name]),
        )  # fmt: skip
        assert scipy.stats.kstest(values, law.cdf).pvalue > 0.001


def test_a_milestone_is_reported_once(strait: Encoding) -> None:
    """Nothing more comes of the accord after the step of its report, and none is to come."""
    beliefs = strait.beliefs
    design = Design.of(beliefs, 26)
    worlds = [draw_world(strait, design, seed=[n]) for n in range(12)]
    told = [{row.event_id for row in w.rows if row.indicator == "accord"} for w in worlds]
    assert {len(events) for events in told} == {0, 1}
    rng, path = np.random.default_rng(1), [{"talks": "held"}] * 500
    asked = questions(beliefs, design)["accord reported by the end of the forecast"]
    again = [
        reported_ahead(beliefs, worlds[0].rates, path, [{}] * 500, asked, known=known, rng=rng)
        for known in ({"accord"}, set())
    ]
    assert again == [False, True]


def test_a_question_is_resolved_by_its_own_detection(strait: Encoding, rates: Rates) -> None:
    """What occurs is found as often as the question says, whatever the coder's detection."""
    beliefs, path = strait.beliefs, [{"talks": "held"}] * 3
    asked = questions(beliefs, Design.of(beliefs, 26))[
        "communique reported by the end of the forecast"
    ]
    occurs = 1 - np.exp(-np.exp(rates["log_rate"]["communique"]) * strait.step)
    assert asked.detection != beliefs.indicators["communique"].detection
    rng = np.random.default_rng(6)
    hits = sum(
        reported_ahead(beliefs, rates, path, [{}] * 3, asked, known=(), rng=rng)
        for _ in range(3000)
    )
    missed = (1 - asked.detection * occurs) ** 3
    assert scipy.stats.binomtest(hits, 3000, 1 - missed).pvalue > 0.001


def test_the_same_seed_gives_the_same_world(strait: Encoding) -> None:
    """A simulation can be made again, and another number gives another world."""
    design = Design.of(strait.beliefs, 26)
    one, two, other = (draw_world(strait, design, seed=[1, 26, n]) for n in (3, 3, 4))
    assert one.rates == two.rates
    assert one.rows == two.rows
    assert one.path == two.path
    assert one.rates != other.rates
    assert len(design.gaps) == 2
