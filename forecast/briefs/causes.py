"""Why a judgement moved, in points, and how well founded it is, in sentences.

Confidence says how well founded a judgement is, whatever its probability. Its rule is a convention
of this package, printed with its reasons. Four tests, each passed well (2), passed (1) or failed
(0):

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

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from forecast.beliefs.reports import credibility
from forecast.beliefs.words import change_word
from forecast.briefs.facts import Change, Confidence, Facts, JudgementFacts, Level
from forecast.briefs.sentences import counted, day, listed, number, points, signed

__all__ = [
    "Foundation",
    "change_sentence",
    "confidence",
    "is_still",
    "missed_sentence",
    "rated",
    "since_brief_sentence",
    "split_sentence",
    "still_sentence",
    "told",
    "well_graded",
    "whole_points",
]


_FROM = "new reports from "


def told(judgement: JudgementFacts, causes: Mapping[str, Change]) -> JudgementFacts:
    """Give a judgement the causes of its change since the issue before, where they are known."""
    why = causes.get(judgement.node)
    if judgement.change is None or why is None:
        return judgement
    return replace(judgement, change=replace(judgement.change, parts=why.parts, missed=why.missed))


def change_sentence(judgement: JudgementFacts, *, whole: bool = True) -> str:
    """Write the change since the issue before, or that this is the first, without its reports.

    With its parts, in points that add up, where they are known; of these only the largest, unless
    the whole is asked for.
    """
    change = judgement.change
    now = judgement.now.probability
    if change is None:
        return "This is the first forecast issued, so there is no change to report."
    moved = now - change.before
    word = change_word(moved)
    then = number(change.before)
    if word == "unchanged":
        was = "" if then == number(now) else f", when it was {then}"
        text = f"The estimate is unchanged at {number(now)} since {day(change.as_of)}{was}"
    else:
        was = f"{day(change.as_of)}, when it was {then}"
        text = f"The estimate is {word} than on {was}: {points(moved)} points"
    if whole:
        return " ".join(filter(None, (f"{text}.", split_sentence(judgement, change))))
    return f"{text}{'' if word == 'unchanged' else _largest(change, moved)}."


def is_still(judgement: JudgementFacts) -> bool:
    """Tell whether a judgement stands where it stood, and nothing that bears on it arrived."""
    change = judgement.change
    if change is None or change.arrived:
        return False
    return number(change.before) == number(judgement.now.probability)


def still_sentence(judgements: Sequence[JudgementFacts]) -> str:
    """Write which judgements stand where they stood, in one sentence."""
    names = "; ".join(f"{one.label} ({number(one.now.probability)})" for one in judgements)
    days = {one.change.as_of for one in judgements if one.change}
    since = f"Unchanged since {day(max(days))}, and no credible report on it arrived"
    return f"{since if len(judgements) == 1 else since.replace('on it', 'on them')}: {names}."


def split_sentence(judgement: JudgementFacts, change: Change) -> str:
    """Write the parts of a change, in points that add up."""
    moved = judgement.now.probability - change.before
    parts = _parts(change, moved)
    total = sum(size for _, size in parts)
    if not parts:
        return ""
    with_it = _named([pair for pair in parts if pair[1] * (total or 1) > 0])
    reported = any(n.startswith(_FROM) and size * (total or 1) > 0 for n, size in parts)
    against = _named([pair for pair in parts if pair[1] * (total or 1) < 0], more=reported)
    size = f" of {abs(total)} point{'' if abs(total) == 1 else 's'}"
    size = size if change_word(moved) == "unchanged" else ""  # else it was said just before
    offset = f", partly offset by {against}" if against else ""
    if total > 0:
        return f"The rise{size} reflects {with_it}{offset}."
    if total < 0:
        return f"The fall{size} reflects {with_it}{offset}."
    risen, fallen = with_it, against
    return f"{risen[:1].upper()}{risen[1:]} and {fallen} offset each other."


def missed_sentence(change: Change) -> str:
    """Write what was looked for in vain and told most; empty where nothing did."""
    sizes = [
        f"“{one.label}” (chance of a report by now {number(one.chance)}; its absence alone moves "
        f"the estimate by {_in_points(one.effect)})"
        for one in change.missed
    ]
    return f"Looked for and not reported: {'; '.join(sizes)}." if sizes else ""


def whole_points(parts: Sequence[float], total: float) -> list[int]:
    """Round changes of probability to whole points that add up to the rounded total.

    Largest remainders: every part is rounded down, and the points that are left go to those that
    lost most.

    Examples
    --------
    >>> whole_points([0.014, 0.014, -0.004], 0.024), whole_points([0.2, -0.06], 0.14)
    ([1, 1, 0], [20, -6])
    """
    exact = [100.0 * part for part in parts]
    out = [math.floor(x) for x in exact]
    left = round(100.0 * total) - sum(out)
    order = sorted(range(len(out)), key=lambda n: out[n] - exact[n])
    for place in order[: max(0, left)]:
        out[place] += 1
    return out


def _parts(change: Change, moved: float) -> list[tuple[str, int]]:
    rounded = whole_points([part for _, part in change.parts], moved)
    names = [name for name, _ in change.parts]
    return [pair for pair in zip(names, rounded, strict=True) if pair[1]]


def _in_points(effect: float) -> str:
    said = points(effect)
    return f"{said} point{'' if said in {signed(1), signed(-1)} else 's'}"


def _named(parts: Sequence[tuple[str, int]], *, more: bool = False) -> str:
    """Name parts; `more` where they stand after reports that moved it the other way."""
    which = "other reports" if more else "new reports"
    reports = [(n.removeprefix(_FROM), size) for n, size in parts if n.startswith(_FROM)]
    origins = [f"{name} {signed(size)}" for name, size in reports]
    if len(origins) == 1:
        origins = [origins[0].removeprefix("others ")]
    told = [f"{which} ({', '.join(origins)})"] if origins else []
    return listed(told + [f"{n} ({signed(size)})" for n, size in parts if not n.startswith(_FROM)])


def _largest(change: Change, moved: float) -> str:
    told = _parts(change, moved)
    if not told:
        return ""
    name, size = max(told, key=lambda pair: pair[1] * (1 if moved > 0 else -1))
    return f", most of all by {_named([(name, size)])}"


def since_brief_sentence(facts: Facts, judgement: JudgementFacts) -> str:
    """Write the change since the brief's date, when only the priors spoke."""
    was, now = judgement.at_brief, judgement.now.probability
    word = change_word(now - was)
    moved = f" ({points(now - was)} points)" if word != "unchanged" else ""
    ends = f"{number(was)} on {day(facts.brief_as_of)}, {number(now)} now{moved}"
    within = "" if number(was) == number(now) else " within three points"
    since = f"Unchanged{within} since" if word == "unchanged" else f"{word.capitalize()} than in"
    return f"{judgement.label}. {since} the brief: {ends}."


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
