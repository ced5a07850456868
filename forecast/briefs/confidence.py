"""Confidence in a judgement: how well founded it is, whatever its probability.

The rule is a convention of this package, printed with its reasons. Four tests, each passed well
(2), passed (1) or failed (0):

==============  =======================================  ============  =========
test            what is measured                         passed well   passed
==============  =======================================  ============  =========
lineages        independent lineages with credibility    5 or more     2 or more
grades          of these, with one report of B2 or       3 or more     1 or more
                better (credibility .48)
coverage        mean share of days on which somebody     .75 or more   .40
                looked, over its indicators
learning        median contraction of the rates of the   .30 or more   .10
                node and its indicators
==============  =======================================  ============  =========

*High*: none failed and at least three passed well. *Low*: two or more failed, or no lineage at
all, or a record that the model could not have produced. *Moderate*: everything else. A test that
cannot be made counts as passed, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from forecast.beliefs.grading import credibility
from forecast.briefs.facts import Confidence, Level
from forecast.briefs.sentences import counted

__all__ = ["Foundation", "confidence", "rated", "well_graded"]


@dataclass(frozen=True, slots=True)
class Foundation:
    """What a judgement rests on.

    Attributes
    ----------
    lineages, well_graded : int
        Independent lineages with some credibility, and those with a report of B2 or better.
    coverage : float
        Mean share of days with coverage, over the indicators that point at the node.
    contraction : float or None
        Median contraction of its rates; None where the posterior is not at hand.
    contradicted : bool
        Whether the model could not have found what was found.
    """

    lineages: int
    well_graded: int
    coverage: float
    contraction: float | None
    contradicted: bool = False


def well_graded(weight: float) -> bool:
    """Whether the credibility of a report is that of B2 or better.

    Examples
    --------
    >>> well_graded(credibility("B", 2)), well_graded(credibility("B", 3))
    (True, False)
    """
    return weight >= credibility("B", 2) - 1e-9  # corroborating copies may round


def rated(value: float | None, *, well: float, passed: float) -> int:
    """Rate a measure 2, 1 or 0; what is unknown counts as passed.

    Examples
    --------
    >>> rated(5, well=5, passed=2), rated(2, well=5, passed=2), rated(1, well=5, passed=2)
    (2, 1, 0)
    """
    if value is None:
        return 1
    return 2 if value >= well else int(value >= passed)


def confidence(foundation: Foundation) -> Confidence:
    """Level and reasons by the rule of this module.

    Examples
    --------
    >>> confidence(Foundation(lineages=6, well_graded=3, coverage=0.9, contraction=0.5)).level
    'high'
    >>> confidence(Foundation(lineages=1, well_graded=0, coverage=0.9, contraction=0.5)).level
    'low'
    """
    marks = (
        rated(foundation.lineages, well=5, passed=2),
        rated(foundation.well_graded, well=3, passed=1),
        rated(foundation.coverage, well=0.75, passed=0.40),
        rated(foundation.contraction, well=0.30, passed=0.10),
    )
    failed, well = marks.count(0), marks.count(2)
    level: Level = "moderate"
    if failed >= 2 or not foundation.lineages or foundation.contradicted:
        level = "low"
    elif not failed and well >= 3:
        level = "high"
    return Confidence(level, _reasons(foundation, learning=marks[3]))


def _reasons(found: Foundation, *, learning: int) -> tuple[str, ...]:
    one = found.lineages == 1
    number = counted(found.lineages)
    lineages = f"it rests on {number} independent source lineage{'' if one else 's'}"
    if one:
        graded = "graded B2 or better" if found.well_graded else "graded below B2"
    elif found.well_graded == found.lineages:
        graded = "each with a report graded B2 or better"
    else:
        good = counted(found.well_graded, found.lineages)
        graded = f"{good} of them with a report graded B2 or better"
    share = f"{100 * found.coverage:.0f}%"
    looked = {
        "100%": "its indicators were watched throughout",
        "0%": "nobody watched its indicators",
    }.get(share, f"its indicators were watched on {share} of the days")
    if found.contraction is None:
        learnt = "how much the reports say about its pace was not measured"
    else:
        learnt = (
            "its pace of change still rests on prior estimates rather than on the reports",
            "the reports say something about its pace of change",
            "the reports say much about its pace of change",
        )[learning]
    rests = f"{lineages}, {graded}" if found.lineages else "no independent source reported on it"
    against = ("the record contradicts the model",) if found.contradicted else ()
    return (*against, rests, looked, learnt)
