"""Elicitation: what can be asked of experts, what they answered, and one prior out of several.

An answer about a rate is a probability within a period, whichever period the expert thinks in; it
is turned into the period of the prior with one constant rate. Answers about where a node stood are
shares of its states.

Where several experts answer, each is made coherent first; then they are pooled, and disagreement
is said.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from forecast.beliefs.days import read_days
from forecast.beliefs.indicators import PresenceIndicator
from forecast.beliefs.literals import days, wording
from forecast.beliefs.places import Location
from forecast.beliefs.schema import Beliefs
from forecast.beliefs.tables import Layout, read_table
from forecast.beliefs.values import (
    Pool,
    level,
    log_odds,
    log_rate,
    pool,
    probability,
    probability_within,
    read_answer,
    read_share,
)
from forecast.errors import BeliefsError, Problem
from forecast.names import nearest

__all__ = ["COLUMNS", "Answer", "Asked", "Pooled", "askable", "pooled", "read_answers", "read_row"]


COLUMNS = ("expert", "on", "prior", "answer", "within", "rationale")
#: A row of the template that was left empty has none of these.
_FILLED = ("expert", "on", "answer", "rationale")
_REQUIRED = ("expert", "on", "prior", "answer", "rationale")
_ANSWERS = Layout("answer", _REQUIRED, ("within",), days=("on",), others=True)


@dataclass(frozen=True)
class Asked:
    """One prior as a question.

    Attributes
    ----------
    name : str
        Its name in a file of answers.
    kind : {"rate", "share"}
        A probability within a period, or the share of a state.
    text : str
        The question.
    path : tuple
        Where the prior stands in the file of beliefs.
    within : float
        Days of the period; 0 for a share.
    interval : (float, float)
        The prior as it stands; both ends the same for a share.
    """

    name: str
    kind: Literal["rate", "share"]
    text: str
    path: Location
    within: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Answer:
    """What one expert said about one prior.

    Attributes
    ----------
    low, high : float
        Central 90 % interval within the period of the prior; the same number twice for a share.
    said : str
        As it was typed, with its period.
    """

    expert: str
    on: dt.date
    prior: str
    low: float
    high: float
    said: str
    rationale: str


def askable(beliefs: Beliefs) -> dict[str, Asked]:
    """List every prior an expert can be asked for: starts, hazards, and rates of indicators."""
    out: list[Asked] = []
    for name, node in beliefs.nodes.items():
        for state, share in node.initial.probabilities.items():
            text = f"How likely was it on {beliefs.brief.as_of} that {node.label} stood at "
            text += f"“{_plain(state)}”?"
            path: Location = ("nodes", name, "initial", "probabilities", state)
            out.append(Asked(f"{name}.{state}", "share", text, path, 0.0, (share, share)))
        for number, h in enumerate(node.hazards if node.moves_like is None else ()):
            text = (
                f"If {node.label} stood at “{_plain(h.from_state)}” and nothing else acted on it: "
                f"how likely would it move to “{_plain(h.to_state)}” within {wording(h.within)}?"
            )
            path = ("nodes", name, "hazards", number)
            key = f"{name}: {h.from_state} > {h.to_state}"
            out.append(Asked(key, "rate", text, path, h.within, h.probability.interval))
    for name, indicator in beliefs.indicators.items():
        if isinstance(indicator, PresenceIndicator) and indicator.rates_like is None:
            where = " and ".join(
                f"{beliefs.nodes[p.node].label} stood at “{' or '.join(map(_plain, p.states))}”"
                for p in indicator.points_at
            )
            within = indicator.within
            text = f"If {where}: how likely would this happen within "
            asked = indicator.probability.interval
            out.append(
                Asked(
                    name,
                    "rate",
                    f"{text}{wording(within)}: {indicator.label}?",
                    ("indicators", name),
                    within,
                    asked,
                )
            )
    return {asked.name: asked for asked in out}


def _plain(name: str) -> str:
    return name.replace("_", " ")


def read_answers(
    path: Path,
    beliefs: Beliefs,
    *,
    today: dt.date | None = None,
    notes: list[Problem] | None = None,
) -> list[Answer]:
    """Read a table of answers, one a row; columns of others are passed over.

    Parameters
    ----------
    path : Path
    beliefs : Beliefs
    today : datetime.date, optional
        Answers given later are refused.
    notes : list of Problem, optional
        How the file was read, where that is not as expected, is added here.

    Raises
    ------
    BeliefsError
        With every row that cannot be used, each with its line.
    """
    problems: list[Problem] = []
    known, found = askable(beliefs), []
    for row in read_table(path, _ANSWERS, problems=problems, notes=notes):
        if any(row.cells.get(name) for name in _FILLED):
            try:
                answer = read_row(row.cells, known, beliefs.brief.scale)
            except ValueError as error:
                problems.append(Problem(row.file, row.line, "", str(error)))
                continue
            found.append(answer)
            if today is not None and answer.on > today:
                came = f"{answer.on} is after today ({today})"
                problems.append(row.problem("on", came, "correct the date"))
    if not found and not problems:
        problems.append(Problem(str(path), 0, "", "has no answer", "fill in a row"))
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise BeliefsError(f"{problems[0]}{more}", problems=problems)
    return found


def read_row(cells: Mapping[str, str], known: Mapping[str, Asked], scale: str) -> Answer:
    """Read the cells of one answer.

    Raises
    ------
    ValueError
        That says which cell is wrong, and what is allowed.
    """
    for name in _REQUIRED:
        if not cells.get(name):
            raise ValueError(f"{name} is empty; who said what, when and why has to be there")
    asked = known.get(cells["prior"])
    if asked is None:
        hint = (
            nearest(cells["prior"], known) or "forecast elicit --template lists what can be asked"
        )
        raise ValueError(f"there is no prior {cells['prior']!r}; {hint}")
    read = read_days([cells["on"]])
    (on,) = read.days
    if on is None:
        raise ValueError("; ".join(read.faults[0][1:]))
    within, said = cells.get("within", ""), cells["answer"]
    if asked.kind == "share":
        low = high = read_share(said)
    else:
        low, high = read_answer(said, scale)
        if within:
            prior = log_rate(low, high, within_days=days(within))
            low, high = (probability_within(end, asked.within) for end in prior.interval)
            said += f" within {wording(days(within))}"
        if not 0.0 < low < high < 1.0:
            raise ValueError(f"{said!r} is certainty within {wording(asked.within)}; widen it")
    return Answer(cells["expert"], on, asked.name, low, high, said, cells["rationale"])


@dataclass(frozen=True)
class Pooled:
    """One prior, and what its experts said of it.

    Attributes
    ----------
    asked : Asked
    experts : dict of str to (float, float)
        One coherent answer for each.
    interval : (float, float)
        Pooled; both ends the same for a share.
    answers : tuple of Answer
    notes : tuple of str
        What had to be made coherent, and where experts disagree.
    """

    asked: Asked
    experts: Mapping[str, tuple[float, float]]
    interval: tuple[float, float]
    answers: tuple[Answer, ...]
    notes: tuple[str, ...]


def pooled(
    beliefs: Beliefs, answers: Sequence[Answer], *, method: Pool, extremise: float = 1.0
) -> list[Pooled]:
    """Make each expert coherent, pool them, and say where they disagree.

    Several answers of one expert about one rate are averaged on the log odds. Shares of a node's
    states are divided by their sum; states the expert left out keep what remains in the proportions
    of the file.

    Parameters
    ----------
    beliefs : Beliefs
    answers : sequence of Answer
    method : {"log_odds", "linear"}
        See `forecast.beliefs.pool`; shares are pooled by their geometric or arithmetic mean.
    extremise : float
        Factor on the pooled log odds of a rate; 1 leaves them.

    Returns
    -------
    list of Pooled
        In the order of the file.
    """
    known = askable(beliefs)
    by_prior: dict[str, dict[str, list[Answer]]] = defaultdict(lambda: defaultdict(list))
    for answer in answers:
        by_prior[answer.prior][answer.expert].append(answer)
    out = [
        _pooled_rate(known[name], said, method, extremise)
        for name, said in by_prior.items()
        if known[name].kind == "rate"
    ]
    for node in beliefs.nodes:
        out += _pooled_shares(beliefs, node, known, by_prior, method)
    order = list(known)
    return sorted(out, key=lambda each: order.index(each.asked.name))


def _pooled_rate(
    asked: Asked, said: Mapping[str, Sequence[Answer]], method: Pool, extremise: float
) -> Pooled:
    experts, notes = {}, []
    for expert, answers in said.items():
        ends = [[log_odds(p) for p in pair] for pair in ((a.low, a.high) for a in answers)]
        low, high = (sum(side) / len(side) for side in zip(*ends, strict=True))
        experts[expert] = (probability(low), probability(high))
        if max(a.low for a in answers) > min(a.high for a in answers):
            told = "; ".join(a.said for a in answers)
            notes.append(f"{expert} contradicts themselves ({told}); averaged")
    interval = pool(list(experts.values()), method=method)
    if extremise != 1.0:
        normal = level(*(log_odds(p) for p in interval))
        shift = (extremise - 1.0) * normal.mean
        low, high = (probability(end + shift) for end in normal.interval)
        interval = (low, high)
    lowest = min(experts, key=lambda name: experts[name][1])
    highest = max(experts, key=lambda name: experts[name][0])
    if experts[highest][0] > experts[lowest][1]:
        notes.append(f"{lowest} and {highest} do not overlap")
    flat = tuple(answer for answers in said.values() for answer in answers)
    return Pooled(asked, experts, interval, flat, tuple(notes))


def _pooled_shares(
    beliefs: Beliefs,
    node: str,
    known: Mapping[str, Asked],
    by_prior: Mapping[str, Mapping[str, Sequence[Answer]]],
    method: Pool,
) -> list[Pooled]:
    """Pool what experts said of where a node stood; every state gets a share."""
    stated = beliefs.nodes[node].initial.probabilities
    names = {state: f"{node}.{state}" for state in stated}
    experts = dict.fromkeys(e for name in names.values() for e in by_prior.get(name, {}))
    if not experts:
        return []
    whole, notes = {}, []
    for expert in experts:
        told = {
            state: sum(a.low for a in answers) / len(answers)
            for state, name in names.items()
            if (answers := by_prior.get(name, {}).get(expert))
        }
        left = {state: share for state, share in stated.items() if state not in told}
        rest = max(0.0, 1.0 - sum(told.values()))
        spread = sum(left.values()) or 1.0
        shares = told | {state: rest * share / spread for state, share in left.items()}
        total = sum(shares.values())
        if total <= 0.0:
            raise BeliefsError(f"{expert} gives every state of {node} no chance; give one a share")
        if abs(total - 1.0) > 0.005:
            notes.append(f"{expert}: shares of {node} sum to {total:.2f}; divided by it")
        whole[expert] = {state: shares[state] / total for state in stated}
    mean = _mean_shares(list(whole.values()), method)
    return [
        Pooled(
            known[name],
            {expert: (shares[state],) * 2 for expert, shares in whole.items()},
            (mean[state],) * 2,
            tuple(a for said in by_prior.get(name, {}).values() for a in said),
            tuple(notes) if place == 0 else (),
        )
        for place, (state, name) in enumerate(names.items())
    ]


def _mean_shares(experts: Sequence[Mapping[str, float]], method: Pool) -> dict[str, float]:
    """Arithmetic mean, or geometric mean divided by its sum; one expert rules no state out."""
    out = {}
    for state in experts[0]:
        shares = [max(each[state], 1e-4) if method == "log_odds" else each[state]
                  for each in experts]  # fmt: skip
        product = 1.0
        for share in shares:
            product *= share ** (1.0 / len(shares))
        out[state] = product if method == "log_odds" else sum(shares) / len(shares)
    total = sum(out.values())
    return {state: share / total for state, share in out.items()}
