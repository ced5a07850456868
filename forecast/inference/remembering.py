"""Remembering: from verdicts on reports to what the reports of a source weigh, day by day.

How reliable a source is follows from a hierarchical Beta-binomial model, worked out by quadrature.
Sources with the same letter share a mean and a strength, so that one report makes or breaks no
source, and a source without a record of its own is graded by what its letter was worth.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import betainc, betaln, roots_hermitenorm, roots_jacobi

from forecast.beliefs import Beliefs, Report, Source, SourceMemory, Verdict
from forecast.beliefs.identity import identity, unified
from forecast.beliefs.reports import (
    RELIABILITIES,
    learnt_truth,
    source_reliability,
    truth_probability,
)
from forecast.beliefs.sources import KnownSources

__all__ = [
    "NOTHING",
    "SPREAD",
    "Letter",
    "Memory",
    "Reliability",
    "SourceOutcome",
    "Tally",
    "follows",
    "learn",
    "number_of",
    "outcomes",
    "owners",
    "recall_memory",
    "remember",
]


Floats = npt.NDArray[np.float64]

#: Standard deviation of the log strength: a central 90 % from half to twice.
SPREAD = math.log(2.0) / 1.6448536269514722
_MEANS, _STRENGTHS = 48, 21


@dataclass(frozen=True, slots=True)
class Tally:
    """How many reports of a source were confirmed and refuted.

    Shares of an outcome are possible: one that several sources carried counts once for all of them.
    """

    confirmed: float = 0.0
    refuted: float = 0.0

    @property
    def number(self) -> float:
        """Reports with an outcome."""
        return self.confirmed + self.refuted

    def without(self, confirmed: bool, share: float) -> Tally:  # noqa: FBT001
        """Take one outcome, or a share of it, out again."""
        if confirmed:
            return Tally(max(0.0, self.confirmed - share), self.refuted)
        return Tally(self.confirmed, max(0.0, self.refuted - share))


NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Reliability:
    """Share of a source's reports that are true: the mean, and the central 80 %."""

    mean: float
    lo80: float
    hi80: float


@dataclass(frozen=True, eq=False)
class Letter:
    """What the sources of one letter have shown together.

    Attributes
    ----------
    mean, strength, weight : (G,)
        Of the letter at each point of the grid, and the posterior probability of the point.
    tallies : mapping of str to Tally
        What was learnt from.
    """

    mean: Floats
    strength: Floats
    weight: Floats
    tallies: Mapping[str, Tally]

    def expected(self, name: str, *, tally: Tally | None = None) -> float:
        """Give the expected reliability of a source.

        Parameters
        ----------
        name : str
            A source; one without a record is a new one of the letter.
        tally : Tally, optional
            As if this were its record, for the weight of a report without its own outcome.
        """
        record, weight = self._seen(name, tally)
        mean = (self.mean * self.strength + record.confirmed) / (self.strength + record.number)
        return float(weight @ mean)

    def reliability(self, name: str) -> Reliability:
        """Mean and central 80 % of the reliability of a source."""
        record, weight = self._seen(name, None)
        a = self.mean * self.strength + record.confirmed
        b = (1.0 - self.mean) * self.strength + record.refuted

        def below(x: float, share: float) -> float:
            return float(weight @ betainc(a, b, x)) - share

        ends = [float(brentq(below, 0.0, 1.0, args=(share,), xtol=1e-9)) for share in (0.1, 0.9)]
        return Reliability(self.expected(name), *ends)

    def _seen(self, name: str, tally: Tally | None) -> tuple[Tally, Floats]:
        own = self.tallies.get(name, NOTHING)
        if tally is None or tally == own:
            return own, self.weight
        moved = _log_likelihood(self.mean, self.strength, tally)
        moved = moved - _log_likelihood(self.mean, self.strength, own)
        weight = self.weight * np.exp(moved - moved.max())
        return tally, weight / weight.sum()


def learn(
    tallies: Mapping[str, Tally], *, mean: float, strength: float, letter_strength: float
) -> Letter:
    """Learn what a letter is worth, and each of its sources, from how their reports turned out.

    Of source s of the letter, ``y_s`` of ``n_s`` reports with an outcome were confirmed::

        y_s ~ Binomial(n_s, theta_s)
        theta_s ~ Beta(m k, (1 - m) k)
        m ~ Beta(r K, (1 - r) K)        log k ~ Normal(log strength, SPREAD)

    ``theta_s`` is integrated out in closed form, ``m`` by Gauss-Jacobi quadrature (exact for whole
    numbers of outcomes up to 95 of a letter: the likelihood is a polynomial in ``m``), and
    ``log k`` by Gauss-Hermite quadrature.

    Parameters
    ----------
    tallies : mapping of str to Tally
        Of each source of the letter.
    mean : float
        r, what the letter says before any outcome.
    strength : float
        Central k: how many reports the letter of a source is worth.
    letter_strength : float
        K: how many reports the convention r is worth.

    Returns
    -------
    Letter

    References
    ----------
    Gelman et al., Bayesian Data Analysis, 3rd edition, section 5.3 (hierarchical Beta-binomial).

    Examples
    --------
    >>> letter = learn({"wire": Tally(0, 4)}, mean=0.8, strength=10, letter_strength=40)
    >>> letter.expected("wire") < letter.expected("another") < 0.8
    True
    >>> round(learn({}, mean=0.8, strength=10, letter_strength=40).expected("another"), 12)
    0.8
    """
    means, first = _jacobi(mean * letter_strength, (1.0 - mean) * letter_strength)
    scores, second = _hermite()
    m, k = (part.ravel() for part in np.meshgrid(means, strength * np.exp(SPREAD * scores)))
    prior = np.outer(second, first).ravel()
    told = {name: tally for name, tally in tallies.items() if tally.number > 0.0}
    total = np.zeros_like(m)
    for name in sorted(told):
        total += _log_likelihood(m, k, told[name])
    weight = prior * np.exp(total - total.max())
    return Letter(m, k, weight / weight.sum(), told)


def _log_likelihood(mean: Floats, strength: Floats, tally: Tally) -> Floats:
    """Log probability of a record with the reliability integrated out, up to a constant."""
    a, b = mean * strength, (1.0 - mean) * strength
    value: Floats = betaln(a + tally.confirmed, b + tally.refuted) - betaln(a, b)
    return value


@cache
def _jacobi(a: float, b: float) -> tuple[Floats, Floats]:
    """Nodes and probabilities of a Beta(a, b)."""
    x, w = roots_jacobi(_MEANS, b - 1.0, a - 1.0)
    return (1.0 + x) / 2.0, w / w.sum()


@cache
def _hermite() -> tuple[Floats, Floats]:
    """Nodes and probabilities of a standard normal."""
    x, w = roots_hermitenorm(_STRENGTHS)
    return x, w / w.sum()


#: Of a probability of truth; what a machine adds beyond is no other evidence.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class SourceOutcome:
    """How a happening came out for one source that reported it.

    Attributes
    ----------
    source_id, event_id, lineage : str
    confirmed : bool
    share : float
        One over the number of sources that carried it: copies count once in all.
    """

    source_id: str
    event_id: str
    lineage: str
    confirmed: bool
    share: float


@dataclass(frozen=True, eq=False)
class Memory:
    """What is known of the sources on a day.

    Attributes
    ----------
    outcomes : sequence of SourceOutcome
    tallies : mapping of str to Tally
        Of each source with an outcome.
    letters : mapping of str to Letter
    """

    outcomes: Sequence[SourceOutcome]
    tallies: Mapping[str, Tally]
    letters: Mapping[str, Letter]


def owners(reports: Iterable[Report], sources: Sequence[Source]) -> dict[str, Source]:
    """Find the source of each report that has one, by id of the report."""
    known, out = KnownSources(sources), {}
    for report in reports:
        source = known.of(report)
        if source is not None:
            out[report.report_id] = source
    return out


def outcomes(
    judged: Mapping[str, Report],
    owned: Mapping[str, Source],
    verdicts: Iterable[Verdict],
    *,
    as_of: dt.date,
) -> list[SourceOutcome]:
    """List how the reports of each source came out, as it was known on a day.

    Of a report the last verdict counts; so it does of several reports of one source with the same
    event and lineage, which are copies: on one day a refutation goes before a confirmation.

    Parameters
    ----------
    judged : mapping of str to Report
        Every report there is or was, by id.
    owned : mapping of str to Source
        From `owners`.
    verdicts : iterable of Verdict
        In any order.
    as_of : datetime.date
        Later verdicts are not seen.
    """
    spelt = {report.report_id: report for report in unified(judged.values())}
    last: dict[str, Verdict] = {}
    for verdict in sorted(verdicts, key=lambda one: one.key):
        if verdict.known_on <= as_of and verdict.report_id in owned:
            last[verdict.report_id] = verdict
    found: dict[tuple[str, str], dict[str, tuple[dt.date, bool]]] = defaultdict(dict)
    for verdict in last.values():
        if verdict.verdict == "open":
            continue
        report, source = spelt[verdict.report_id], owned[verdict.report_id].source_id
        said = (verdict.known_on, verdict.verdict == "refuted")
        carried = found[report.event_id, report.lineage]
        carried[source] = max(said, carried.get(source, said))
    return [
        SourceOutcome(source, event, lineage, not refuted, 1.0 / len(carried))
        for (event, lineage), carried in sorted(found.items())
        for source, (_, refuted) in sorted(carried.items())
    ]


def number_of(outcomes: Iterable[SourceOutcome]) -> int:
    """Count outcomes, those that several sources carried once."""
    return len({(one.event_id, one.lineage) for one in outcomes})


def recall_memory(
    sources: Sequence[Source], outcomes: Sequence[SourceOutcome], settings: SourceMemory
) -> Memory:
    """Learn what every letter and every source is worth from outcomes."""
    tallies: dict[str, Tally] = defaultdict(lambda: NOTHING)
    for one in outcomes:
        old = tallies[one.source_id]
        tallies[one.source_id] = (
            Tally(old.confirmed + one.share, old.refuted)
            if one.confirmed
            else Tally(old.confirmed, old.refuted + one.share)
        )
    letters = {
        letter: learn(
            {s.source_id: tallies[s.source_id] for s in sources
             if s.reliability == letter and s.source_id in tallies},
            mean=source_reliability(letter),
            strength=float(settings.strength),
            letter_strength=float(settings.letter_strength),
        )
        for letter in RELIABILITIES
    }  # fmt: skip
    return Memory(outcomes, dict(tallies), letters)


def remember(
    reports: Sequence[Report],
    sources: Sequence[Source],
    verdicts: Sequence[Verdict],
    beliefs: Beliefs,
    *,
    judged: Mapping[str, Report],
) -> list[Report]:
    """Give each report what was learnt of its source, from each day on.

    Nothing is learnt before there are as many outcomes as the settings ask for. A report that has
    another letter than its source keeps it. What became of a report itself has no part in its own
    weight, because what confirmed it is evidence of its own.

    Parameters
    ----------
    reports : sequence of Report
        That stand.
    sources, verdicts : sequence
    beliefs : Beliefs
        With source memory switched off, or without enough outcomes, the reports come back as they
        are.
    judged : mapping of str to Report
        Every report there is or was, by id: a verdict on a report that was retracted counts.

    Returns
    -------
    list of Report
        In the same order, some with `Report.learnt`.
    """
    settings = beliefs.source_memory
    if not settings.on or not sources or not verdicts:
        return list(reports)
    owned = owners(judged.values(), sources)
    days = [
        (day, recall_memory(sources, found, settings) if enough else None)
        for day in sorted({verdict.known_on for verdict in verdicts})
        for found in [outcomes(judged, owned, verdicts, as_of=day)]
        for enough in [number_of(found) >= settings.least]
    ]
    if all(memory is None for _, memory in days):
        return list(reports)
    mine = owners(reports, sources)
    known: dict[tuple[str, str, str, int, bool], tuple[tuple[dt.date, float], ...]] = {}
    out = []
    for report in reports:
        source = mine.get(report.report_id)
        if source is None or not follows(report, source):
            out.append(report)
            continue
        open_act = beliefs.is_open(report.indicator)
        key = source.source_id, report.event_id, report.lineage, report.credibility, open_act
        if key not in known:
            known[key] = _learnt(report, source, days, open_act=open_act)
        out.append(replace(report, learnt=known[key]))
    return out


def follows(report: Report, source: Source) -> bool:
    """Whether a report is graded with the letter of its source, and not for a reason of its own."""
    return report.reliability == source.reliability and not report.reliability_reason


def _learnt(
    report: Report,
    source: Source,
    days: Sequence[tuple[dt.date, Memory | None]],
    *,
    open_act: bool,
) -> tuple[tuple[dt.date, float], ...]:
    """List P(true) of a report from each day on which it changes."""
    letter, digit = source.reliability, report.credibility
    stated = truth_probability(letter, digit, open_act=open_act)
    out: list[tuple[dt.date, float]] = []
    for day, memory in days:
        truth = stated
        if memory is not None:
            expected = memory.letters[letter].expected(
                source.source_id, tally=_others(report, source, memory)
            )
            learnt = learnt_truth(letter, digit, expected, open_act=open_act)
            truth = round(learnt, _DIGITS)
        if truth != (out[-1][1] if out else stated):
            out.append((day, truth))
    return tuple(out)


def _others(report: Report, source: Source, memory: Memory) -> Tally:
    """Give the record of a source without what became of this very report or its copies."""
    tally = memory.tallies.get(source.source_id, NOTHING)
    about = source.source_id, identity(report.event_id), identity(report.lineage)
    for one in memory.outcomes:
        if (one.source_id, identity(one.event_id), identity(one.lineage)) == about:
            return tally.without(one.confirmed, one.share)
    return tally
