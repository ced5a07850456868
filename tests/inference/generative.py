"""A world drawn from the story that the model tells, without a line of the engine.

Rates are drawn from the intervals of the file, states move step by step with SciPy's matrix
exponentials, and reports come out of this story of one indicator and one covered step:

    it occurs with probability ``a``. A source of grade i comes forward with probability ``s_i``. It
    knows what happened with probability ``c_i``, and else says "it happened" with probability
    ``a_bar`` whatever did. If it says so, its report is coded.

Then ``P(report of grade i) = s_i (c_i a + (1 - c_i) a_bar)``, the likelihood of a report with
credibility c_i up to a constant, and what is left is the probability of silence,

    ``1 - sum_i s_i (c_i a + (1 - c_i) a_bar)``, proportional to ``1 - d a`` with
    ``d = sum_i s_i c_i / (1 - a_bar sum_i s_i (1 - c_i))``.

So there is one detection for which the three lines of the likelihood are exactly the probabilities
of this world: it is what the coverage of this world declares. With every c_i = 1 it is the plain
probability of being reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import scipy.linalg
import scipy.stats

from forecast.beliefs import Beliefs, CoverageWindow, Question, Report
from tests.inference.intervals import stated
from tests.inference.samples import day, report, window

STEPS, AHEAD = 16, 8
Z90 = scipy.stats.norm.ppf(0.95)
#: Grades of the lineages of a report, its credibility by hand, and how often one comes forward.
KINDS = (
    (("A1",), 0.84, 0.40),
    (("B2",), 0.48, 0.25),
    (("A1", "B2"), 1 - 0.16 * 0.52, 0.10),
)
#: Steps in which nobody looked: for anything, and for patrols.
GAPS = {"*": range(5, 7), "patrols": range(11, 13)}

Rates = dict[str, dict[str, float]]
State = dict[str, str]


@dataclass(frozen=True)
class World:
    """What is true, and what was reported of it."""

    rates: Rates
    path: list[State]  # at the end of steps 0 (the brief's date) to STEPS + AHEAD
    moves: list[dict[str, Any]]  # of each step: generator of each node, its state before and after
    rows: list[Report]

    def reached(self, asked: Question, states: tuple[str, ...], rng: np.random.Generator) -> bool:
        """Whether the node was in one of the states by the deadline, also within a step.

        Between its ends i and j a step missed the target with the probability of going from i to j
        with the target absorbing, over that of going there at all.
        """
        last = (asked.by - day(0)).days // 7
        wanted = [states.index(state) for state in asked.states]
        if self.path[0][asked.node] in asked.states:
            return True
        for q, i, j in (move[asked.node] for move in self.moves[:last]):
            stopped = q.copy()
            stopped[wanted] = 0.0
            missed = scipy.linalg.expm(stopped * 7)[i, j] / scipy.linalg.expm(q * 7)[i, j]
            if j in wanted or rng.random() > missed:
                return True
        return False


def draw_rates(beliefs: Beliefs, rng: np.random.Generator) -> Rates:
    """Every parameter by block and name."""
    out: Rates = {"initial": {}}
    for name, node in beliefs.nodes.items():
        weights = np.array([node.initial.probabilities[state] for state in node.states])
        shares = rng.dirichlet(weights * node.initial.effective_sample_size)
        names = [f"{name}.{state}" for state in node.states]
        out["initial"] |= dict(zip(names, map(float, shares), strict=True))
    for block, intervals in stated(beliefs).items():
        out[block] = {}
        for name, (low, high) in intervals.items():
            mean, sd = (low + high) / 2, (high - low) / 2 / Z90
            least = -mean / sd if block == "rarity" else -np.inf
            prior = scipy.stats.truncnorm(least, np.inf, mean, sd)
            out[block][name] = float(prior.rvs(random_state=rng))
    return out


def generator(beliefs: Beliefs, rates: Rates, name: str, now: State) -> Any:
    """Generator of one node while the others are as they are now."""
    node = beliefs.nodes[name]
    q = np.zeros((len(node.states), len(node.states)))
    for h in node.hazards:
        log_rate = rates["log_hazard"][f"{name}: {h.from_state} > {h.to_state}"]
        for key, each in beliefs.couplings.items():
            origin = each.child.from_state
            acts = each.child.node == name and each.child.to_state == h.to_state
            if (
                acts
                and origin in (None, h.from_state)
                and now[each.parent.node] in each.parent.states
            ):
                log_rate += rates["log_hazard_ratio"][key]
        i, j = node.states.index(h.from_state), node.states.index(h.to_state)
        q[i, j] += np.exp(log_rate)
        q[i, i] -= np.exp(log_rate)
    return q


def draw_path(
    beliefs: Beliefs, rates: Rates, rng: np.random.Generator
) -> tuple[list[State], list[dict[str, Any]]]:
    """States of the nodes, moved one after the other in the order of the file."""
    now: State = {}
    for name, node in beliefs.nodes.items():
        shares = [rates["initial"][f"{name}.{state}"] for state in node.states]
        now[name] = str(rng.choice(node.states, p=shares))
    path, moves = [dict(now)], []
    for _ in range(STEPS + AHEAD):
        moved = {}
        for name, node in beliefs.nodes.items():
            q, i = generator(beliefs, rates, name, now), node.states.index(now[name])
            row = np.maximum(scipy.linalg.expm(q * beliefs.grid.step)[i], 0.0)
            now[name] = str(rng.choice(node.states, p=row / row.sum()))
            moved[name] = q, i, node.states.index(now[name])
        path.append(dict(now))
        moves.append(moved)
    return path, moves


def expected_in_step(beliefs: Beliefs, rates: Rates, indicator: str, now: State) -> float:
    """Mean number of occurrences within a step."""
    log_rate = rates["log_rate"][indicator]
    for point in beliefs.indicators[indicator].points_at:
        if now[point.node] not in point.states:
            log_rate -= rates["rarity"][f"{indicator} | {point.node}.{now[point.node]}"]
    return float(np.exp(log_rate) * beliefs.grid.step)


def averages(beliefs: Beliefs) -> dict[str, float]:
    """The constant a_bar of each presence: mean of a over joint states at the prior medians."""
    middle = {
        block: {name: float(np.mean(pair)) for name, pair in intervals.items()}
        for block, intervals in stated(beliefs).items()
    }
    every = [
        dict(zip(beliefs.nodes, states, strict=True))
        for states in product(*(node.states for node in beliefs.nodes.values()))
    ]
    return {
        name: float(
            np.mean([1 - np.exp(-expected_in_step(beliefs, middle, name, now)) for now in every])
        )
        for name, each in beliefs.indicators.items()
        if each.kind == "presence"
    }


def coverage(beliefs: Beliefs) -> list[CoverageWindow]:
    """Detection of each presence as this world has it, and the gaps."""
    out = []
    for name, average in averages(beliefs).items():
        known = sum(s * c for _, c, s in KINDS)
        made_up = sum(s * (1 - c) for _, c, s in KINDS)
        out.append(window(1, 7 * STEPS, name, known / (1 - average * made_up)))
        gaps = [GAPS[key] for key in ("*", name) if key in GAPS]
        out += [window(7 * gap[0] + 1, 7 * (gap[-1] + 1), name, 0.0) for gap in gaps]
    return out


def _told(
    indicator: str, step: int, grades: tuple[str, ...], rng: np.random.Generator
) -> list[Report]:
    """Rows of one event: each lineage with copies, some of them late, and sometimes a rumour."""
    occurred = 7 * step + int(rng.integers(1, 8))
    rows = []
    for lineage in (*grades, *(["F6"] if rng.random() < 0.2 else [])):
        for copy in range(int(rng.integers(1, 4))):
            reported = min(7 * STEPS, occurred + int(rng.integers(0, 25)))
            changes = {"report_id": f"{indicator}-{step}-{lineage}-{copy}", "lineage": lineage}
            rows.append(report(indicator, occurred, reported=reported, grade=lineage, **changes))
    return rows


def draw_reports(
    beliefs: Beliefs, rates: Rates, path: list[State], rng: np.random.Generator
) -> list[Report]:
    """What is coded of each indicator in each covered step."""
    rows: list[Report] = []
    average = averages(beliefs)
    for name, each in beliefs.indicators.items():
        for step in range(STEPS):
            if step in GAPS["*"] or step in GAPS.get(name, ()):
                continue
            now, more = path[step + 1], {}
            if each.kind == "presence":
                a = 1 - np.exp(-expected_in_step(beliefs, rates, name, now))
                says = [s * (c * a + (1 - c) * average[name]) for _, c, s in KINDS]
                kind = int(rng.choice(len(KINDS) + 1, p=[*says, 1 - sum(says)]))
                if kind < len(KINDS):
                    rows += _told(name, step, KINDS[kind][0], rng)
                    if not each.recurs:
                        break
            elif rng.random() < 0.7:  # whether there is a number does not depend on the state
                if each.kind == "count":
                    more["exposure"] = float(rng.choice([1.0, 2.0]))
                    mean = expected_in_step(beliefs, rates, name, now) * more["exposure"]
                    size = np.exp(rates["log_dispersion"][name])
                    more["value"] = float(rng.poisson(rng.gamma(size, mean / size)))
                else:
                    level = rates["level"][f"{name} | {each.levels.node}.{now[each.levels.node]}"]
                    noise = rng.standard_t(each.degrees_of_freedom)
                    more["value"] = level + float(np.exp(rates["log_spread"][name]) * noise)
                rows.append(report(name, 7 * step + int(rng.integers(1, 8)), **more))
    order = rng.permutation(len(rows))
    return [rows[n] for n in order]


def draw_world(beliefs: Beliefs, seed: int) -> World:
    """Rates, states and reports."""
    rng = np.random.default_rng(seed)
    rates = draw_rates(beliefs, rng)
    path, moves = draw_path(beliefs, rates, rng)
    rows = draw_reports(beliefs, rates, path, rng)
    assert all(row.reported_on <= day(7 * STEPS) for row in rows)
    return World(rates, path, moves, rows)
