"""Charts of the network, of coverage, and of how good forecasts were, from what the ledger holds.

What a coupling does to the judgement that is printed is found by walking: a coupling names a
transition, and a faster transition may lead into the headline states or out of them. So the child
is walked from the brief's date to the horizon with the coupling acting and without, and the
probabilities of the headline are compared.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from forecast.beliefs import Beliefs, CoverageWindow, MoveIndicator, Report, ValueIndicator, words
from forecast.beliefs import Coupling as StatedCoupling
from forecast.beliefs import Node as StatedNode
from forecast.beliefs.reports import corroborated, daily_detection
from forecast.beliefs.values import log_rate
from forecast.charts import neighbourhood, network, reliability, score_table, word_record
from forecast.charts.data import Stamp
from forecast.charts.files import Chart
from forecast.charts.heat import Cell, Heat, Strip, chart
from forecast.charts.reliability import Group
from forecast.charts.ring import Coupling, Direction, Network, Node, Pointer
from forecast.errors import LedgerError
from forecast.issue.charts import PANEL, look
from forecast.issue.issued import issued_beliefs
from forecast.issue.run import Issue
from forecast.names import require_known
from forecast.project.case import held_beliefs, read_reports
from forecast.project.memory import Memo
from forecast.project.project import Project, today
from forecast.project.sampler import Reporter

if TYPE_CHECKING:
    from forecast.scoring.scorecard import QuestionScore

__all__ = [
    "direction",
    "heat_chart",
    "network_chart",
    "reliability_chart",
    "score_chart",
    "scored",
    "scores_of",
    "words_chart",
]


Floats = NDArray[np.float64]
_Rates = dict[tuple[int, int], float]

_MOMENTS = 24  # dates compared
_ROUNDING = 1e-12


def network_chart(issue: Issue, node: str | None, project: Project, *, size: str = "a4") -> Chart:
    """Chart nodes, couplings and indicators; or one node with its indicators by name.

    Raises
    ------
    BeliefsError
        If there is no such node.
    LedgerError
        If the ledger does not hold the beliefs of the issue.
    """
    values = _network(issue, held_beliefs(issued_beliefs(issue, project)))
    stamp = look(issue)[1]
    if node is None:
        return network.chart(values, stamp=stamp, size=size)
    require_known(node, [one.name for one in values.nodes], what="node", where="in this forecast")
    return neighbourhood.chart(values.around(node), stamp=stamp, size=size)


def _network(issue: Issue, beliefs: Beliefs) -> Network:
    payload: Any = issue.payload
    now = {row["node"]: row for row in payload["judgements"]}
    nodes = tuple(
        Node(name, about.label, _said(now[name]["states"]), now[name]["probability"],
             tuple(_said([state]) for state in about.states))
        for name, about in beliefs.nodes.items()
    )  # fmt: skip
    walked = dt.date.fromisoformat(payload["horizon"]) - beliefs.brief.as_of
    couplings = tuple(
        Coupling(
            one.parent.node,
            one.child.node,
            _said(one.parent.states),
            _said([one.child.to_state]),
            *one.ratio,
            direction(beliefs, one, days=walked.days),
            _said([one.child.from_state]) if one.child.from_state else "",
        )
        for one in beliefs.couplings.values()
    )
    pointers = tuple(
        pointer
        for name, about in beliefs.indicators.items()
        for pointer in _pointers(beliefs, name, about.label)
    )
    title = payload["brief"]["title"]
    return Network(PANEL, title, issue.issued.as_of, nodes, couplings, pointers)


def _pointers(beliefs: Beliefs, name: str, label: str) -> list[Pointer]:
    about = beliefs.indicators[name]
    if isinstance(about, ValueIndicator):
        return [Pointer(name, label, about.nodes[0])]
    if isinstance(about, MoveIndicator):
        return [Pointer(name, label, about.marks.node)]
    return [
        Pointer(name, label, node, *_widest(ratios.values()))
        for node, ratios in beliefs.pointed(name).items()
    ]


def _widest(intervals: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Take the widest interval where the other states have one each."""
    lows, highs = zip(*intervals, strict=True)
    return min(lows), max(highs)


def _said(states: Iterable[str]) -> str:
    return " or ".join(state.replace("_", " ") for state in states)


def direction(beliefs: Beliefs, coupling: StatedCoupling, *, days: float) -> Direction:
    """Compare the headline of a coupling's child with the coupling acting and without.

    The answer is ``raises`` or ``lowers`` where the probability differs in one direction only:
    from whichever state the child starts, at every date, at both ends of the coupling's ratio, at
    the centre of the child's rates and at the ends of each, with the other couplings on the child
    acting and not. It is ``neither`` where nothing differs, and ``either`` else. What the child
    does to its parents is left out.

    Parameters
    ----------
    beliefs : Beliefs
    coupling : StatedCoupling
    days : float
        From the brief's date to the last date compared.
    """
    node = beliefs.nodes[coupling.child.node]
    headline = np.array([state in node.headline for state in node.states], float)
    pushed = _transitions(node, coupling)
    signs: set[float] = set()
    for rates in _settings(beliefs, coupling):
        base = _course(headline, rates, days=days)
        for factor in coupling.ratio:
            faster = {move: q * (factor if move in pushed else 1.0) for move, q in rates.items()}
            apart = _course(headline, faster, days=days) - base
            signs |= set(np.sign(apart[np.abs(apart) > _ROUNDING]).tolist())
    if len(signs) > 1:
        return "either"
    return "neither" if not signs else "raises" if signs == {1.0} else "lowers"


def _transitions(node: StatedNode, coupling: StatedCoupling) -> set[tuple[int, int]]:
    """Find the transitions a coupling acts on, as pairs of states."""
    start, end = coupling.child.from_state, coupling.child.to_state
    return {
        (node.states.index(h.from_state), node.states.index(h.to_state))
        for h in node.hazards
        if h.to_state == end and start in {None, h.from_state}
    }


def _settings(beliefs: Beliefs, coupling: StatedCoupling) -> Iterator[_Rates]:
    """List rates of the child at which to compare: the centre, and each at both of its ends."""
    node = beliefs.nodes[coupling.child.node]
    known = node if node.moves_like is None else beliefs.nodes[node.moves_like]
    priors = {
        (node.states.index(h.from_state), node.states.index(h.to_state)): log_rate(
            *h.probability.interval, within_days=h.within
        )
        for h in known.hazards
    }
    centre = {move: math.exp(prior.mean) for move, prior in priors.items()}
    yield centre
    yield _multiplied(centre, node, (
        one for one in beliefs.couplings.values()
        if one is not coupling and one.child.node == coupling.child.node
    ))  # fmt: skip
    for move, prior in priors.items():
        for end in prior.interval:
            yield {**centre, move: math.exp(end)}


def _multiplied(rates: _Rates, node: StatedNode, couplings: Iterable[StatedCoupling]) -> _Rates:
    """Let couplings act, each at the middle of its interval."""
    found = dict(rates)
    for one in couplings:
        for move in _transitions(node, one):
            found[move] *= math.sqrt(one.ratio[0] * one.ratio[1])
    return found


def _course(headline: Floats, rates: _Rates, *, days: float) -> Floats:
    """Probability of the headline at each date compared, from each state the child may start in."""
    generator = np.zeros((len(headline), len(headline)))
    for (origin, target), rate in rates.items():
        generator[origin, target] += rate
        generator[origin, origin] -= rate
    step = expm(generator * days / _MOMENTS)
    found = [headline]
    for _ in range(_MOMENTS):
        found.append(step @ found[-1])
    return np.array(found[1:])


def heat_chart(
    issue: Issue,
    node: str | None,
    project: Project,
    worth: Mapping[str, Any],
    *,
    size: str = "page",
) -> Chart:
    """Chart the indicators of a node, or of all, as they were known for the issue.

    Parameters
    ----------
    issue : Issue
    node : str or None
        Whose judgement; None for all nodes, each indicator under the one it moved most of those
        it points at.
    project : Project
    worth : mapping
        From `contributions`.
    size : str
        See `forecast.charts`.

    Raises
    ------
    BeliefsError
        If there is no such node.
    LedgerError
        If the ledger does not hold the beliefs of the issue.
    """
    issued = issue.issued
    with project.ledger(create=False) as ledger:
        model = ledger.models.find(issued.model_fingerprint)
        beliefs = held_beliefs(None if model is None else model.content)
        kept = read_reports(ledger, beliefs, recorded_by=issued.recorded_by)
        windows = [row.window for row in ledger.coverage.latest(recorded_by=issued.recorded_by)]
    if node is not None:
        require_known(node, beliefs.nodes, what="node", where="in this forecast")
    rows: Any = issue.payload
    labels = {row["node"]: str(row["label"]) for row in rows["judgements"]}
    begin, step = beliefs.brief.as_of, beliefs.grid.step
    count = max(math.ceil((issued.as_of - begin).days / step), 2)
    reports = [r for r in kept if r.use == "evidence" and r.reported_on <= issued.as_of]
    strips = [
        _weighed(
            Strip(about.label, _cells(beliefs, name, reports, windows, count=count,
                                      as_of=issued.as_of)),
            worth["reports"].get(name, {}),
            worth["silence"].get(name, {}),
            nodes=about.nodes if node is None else [node],
            labels=labels,
        )
        for name, about in beliefs.indicators.items()
        if node is None or node in about.nodes
    ]  # fmt: skip
    label = "All indicators" if node is None else labels[node]
    # Step t holds the days after (t - 1) steps; the brief's date belongs to the first.
    starts = (begin, *(begin + dt.timedelta(days=step * n + 1) for n in range(1, count)))
    values = Heat(node or PANEL, label, issued.as_of, starts, tuple(strips))
    return chart(values, stamp=look(issue)[1], size=size)


def _weighed(
    strip: Strip,
    reports: Mapping[str, Mapping[str, float | None]],
    silence: Mapping[str, float | None],
    *,
    nodes: Sequence[str],
    labels: Mapping[str, str],
) -> Strip:
    """Say what a strip is worth to the node that it moved most."""

    def moved(node: str) -> float:
        return sum(abs(found.get(node) or 0.0) for found in (*reports.values(), silence))

    node = max(nodes, key=moved)
    cells = [
        replace(cell, decibans=reports.get(str(number), {}).get(node))
        if cell.known == "report"
        else cell
        for number, cell in enumerate(strip.cells)
    ]
    return replace(strip, cells=tuple(cells), about=labels[node], silence=silence.get(node))


def _cells(
    beliefs: Beliefs,
    name: str,
    reports: Sequence[Report],
    windows: Sequence[CoverageWindow],
    *,
    count: int,
    as_of: dt.date,
) -> tuple[Cell, ...]:
    own = [report for report in reports if report.indicator == name]
    about, begin, step = beliefs.indicators[name], beliefs.brief.as_of, beliefs.grid.step
    presence = about if about.kind == "presence" else None
    looked: list[float] = []
    if presence is not None:
        before, until = begin - dt.timedelta(days=1), (as_of - begin).days + 1
        looked = daily_detection(
            windows, name, detection=presence.detection, after=before, days=until
        )
    done, cells = False, []
    for number in range(count):
        days = [begin + dt.timedelta(days=step * number + d) for d in range(1, step + 1)]
        days = [begin, *days] if number == 0 else days
        here = [
            report
            for report in own
            if report.occurred_on in days or (number == 0 and report.occurred_on < begin)
        ]
        if here:
            weight = corroborated(here, lambda one: beliefs.weigh(one, as_of))
            found = weight if presence is not None else 1.0
            best = max(here, key=lambda report: (beliefs.weigh(report, as_of), report.occurred_on))
            cells.append(Cell("report", found, on=best.occurred_on))
            done = done or (found > 0 and presence is not None and not presence.recurs)
        elif done:
            cells.append(Cell("done"))
        else:
            first = (days[0] - begin).days
            seen = any(chance > 0 for chance in looked[first : first + len(days)])
            cells.append(Cell("silence" if seen else "no coverage"))
    return tuple(cells)


_NAME = "record"


def reliability_chart(issue: Issue, project: Project, *, size: str = "a4") -> Chart:
    """Chart how often what was given a probability came true, on the first forecasts.

    Below 30 questions it has a point for each word with its interval, and no curve.

    Raises
    ------
    LedgerError
        If no question of the issue can be scored yet.
    """
    found, stamp = _scored(issue, project)
    values = reliability.Reliability(
        _NAME,
        stamp.as_of,
        np.array([one.opening for one in found]),
        np.array([one.resolved.outcome for one in found]),
        _groups(issue, found),
    )
    return reliability.chart(values, stamp=stamp, size=size)


def words_chart(issue: Issue, project: Project, *, size: str = "a4") -> Chart:
    """Chart how often each word of the scale came true, on the first forecasts.

    Raises
    ------
    LedgerError
        If no question of the issue can be scored yet.
    """
    found, stamp = _scored(issue, project)
    values = word_record.WordRecord(_NAME, stamp.as_of, _groups(issue, found))
    return word_record.chart(values, stamp=stamp, size=size)


def score_chart(
    issue: Issue, project: Project, *, size: str = "a4", reporter: Reporter | None = None
) -> Chart:
    """Chart the scores as a table: over the life of questions, at leads, against baselines.

    Raises
    ------
    LedgerError
        If no question of the issue can be scored yet.
    """
    found, stamp = scored(issue, project, reporter=reporter)
    whole = score_table.Scored(
        "Over the life of each", found["counts"]["scored"], found["brier"], found["logarithmic"]
    )
    leads = [
        score_table.Scored(_when(one["lead"]), one["questions"], one["brier"], one["logarithmic"])
        for one in found["leads"]
        if one["questions"]
    ]
    against = [
        score_table.Against(one["baseline"], one["questions"], one["ours"], one["theirs"],
                            one["skill"], one["difference"]["low"], one["difference"]["high"])
        for one in found["baselines"]
    ]  # fmt: skip
    values = score_table.Scores(
        _NAME, stamp.as_of, found["counts"]["scored"], (whole, *leads), tuple(against)
    )
    return score_table.chart(values, stamp=stamp, size=size)


def scored(
    issue: Issue, project: Project, *, reporter: Reporter | None = None
) -> tuple[dict[str, Any], Stamp]:
    """Score the record, with the stamp of the day from which all of it was known.

    Raises
    ------
    LedgerError
        If no question of the issue can be scored yet.
    """
    _, stamp = _scored(issue, project)
    return scores_of(project, issue, reporter=reporter), stamp


def _when(lead: int | None) -> str:
    return "First forecast" if lead is None else f"{lead} days before"


def _scored(issue: Issue, project: Project) -> tuple[list[QuestionScore], Stamp]:
    """Score what is known today; as of the day from which all of it was known."""
    found, known = _first_forecasts(issue, project)
    if known is None:
        raise LedgerError(
            "no question can be scored yet; record outcomes with: forecast resolve, and see why "
            "with: forecast score"
        )
    _, stamp = look(issue)
    return found, replace(stamp, as_of=max(known, stamp.as_of))


def _first_forecasts(issue: Issue, project: Project) -> tuple[list[QuestionScore], dt.date | None]:
    with project.ledger(create=False) as ledger:
        if not ledger.resolutions.latest():
            return [], None
        from forecast.judge.score import first_forecasts  # SciPy takes a second to load

        beliefs = held_beliefs(issued_beliefs(issue, project))
        return first_forecasts(beliefs, ledger, as_of=today())


def _groups(issue: Issue, found: list[QuestionScore]) -> tuple[Group, ...]:
    from forecast.scoring.calibration import word_records

    scale = words.scale(issue.payload["brief"]["scale"])
    p = [one.opening for one in found]
    y = [one.resolved.outcome for one in found]
    said = [scale.word(value) for value in p]
    return tuple(
        Group(one.word, one.band, one.mean, one.frequency.total, one.frequency.hits,
              one.frequency.low, one.frequency.high)
        for one in word_records(p, y, terms=scale.bands, words=said)
    )  # fmt: skip


def scores_of(
    project: Project, issue: Issue, *, reporter: Reporter | None = None
) -> dict[str, Any]:
    """Score the record as it is known today; see `ScoreResult`."""
    day = today()
    with project.ledger(create=False) as ledger:
        known = [(one.question, one.outcome, one.came, str(one.resolved_on))
                 for one in ledger.resolutions.latest(as_of=day)]  # fmt: skip
        text = json.dumps([day.isoformat(), sorted(one.id for one in ledger.issues.all()), known])
        memo = Memo(project, "score", (issue.issued.id, text), by=__name__)
        held = memo.kept()
        if held is None:
            from forecast.judge.score import score_record
            from forecast.judge.score_values import scores_of

            beliefs = held_beliefs(issued_beliefs(issue, project))
            card = score_record(beliefs, ledger, as_of=day, others={}, reporter=reporter)
            held = scores_of(card).plain()
            memo.keep(held)
    return held
