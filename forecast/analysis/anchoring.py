"""Anchoring: a number stated for a question itself, pooled with the model's and carried on.

A stated number has the log odds s with standard deviation `sd`, the model's number m0 of the same
day, on what was known then, that of `MODEL_SD`. The two are pooled by precision,

``logit p* = w s + (1 - w) logit m0``, with ``w = MODEL_SD^2 / (MODEL_SD^2 + sd^2)``,

and kappa is what the hazard of a report has to be multiplied by for the model to say p* on that
day; were the hazard known, ``kappa = log(1 - p*) / log(1 - m0)``. From that day on the hazard
counts so many times, in every state: states, silence, detection and time go on moving the number,
and a later deadline is never less probable. Nothing flows back into rates or states.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from forecast.analysis.answering import drawn
from forecast.analysis.placing import PlacedQuestion, anchored, heard_of, place_question
from forecast.analysis.scenes import Scene
from forecast.beliefs import CoverageWindow, Question, Report
from forecast.beliefs.announcements import Announcement
from forecast.beliefs.outcomes import Said
from forecast.beliefs.question_language import Reports
from forecast.beliefs.schema import QuestionPrior
from forecast.beliefs.values import NormalPrior
from forecast.inference.encoding import Encoding
from forecast.inference.observations import observe
from forecast.inference.reweighting import smooth_weights
from forecast.inference.tracking import appraise, appraise_each
from forecast.network import Evidence, Parameters

__all__ = [
    "CROWD_SD",
    "ENOUGH",
    "MODEL_SD",
    "Anchor",
    "Anchoring",
    "Stated",
    "inherited",
    "kappas",
    "stated",
]

Floats = npt.NDArray[np.float64]

#: Standard deviation of the model's own number on the log odds: our judgement.
MODEL_SD = 1.5
#: Of a crowd's, where its file says nothing: our judgement.
CROWD_SD = 0.5
#: What a crowd says counts as no nearer to 0 or 1.
_SUREST = 0.001
#: Draws that find kappa, where they are not those of the day itself.
ENOUGH = 1000
_CLOSE = 1e-13
_WIDEST = 20.0
_MOST_TRIES = 60


@dataclass(frozen=True)
class Stated:
    """A number stated for a question.

    Attributes
    ----------
    said : {"prior", "crowd"}
    on : datetime.date
        From this day on it counts.
    log_odds : NormalPrior
    source : str
    """

    said: Literal["prior", "crowd"]
    on: dt.date
    log_odds: NormalPrior
    source: str

    @classmethod
    def of(cls, prior: QuestionPrior) -> Stated:
        """Take the prior of a question."""
        return cls("prior", prior.as_of, prior.log_odds, prior.source)

    @property
    def probability(self) -> float:
        """Its centre."""
        return float(expit(self.log_odds.mean))

    @property
    def interval(self) -> tuple[float, float]:
        """Its central 90 %."""
        low, high = expit(self.log_odds.interval)
        return float(low), float(high)

    def pooled(self, model: float) -> float:
        """Pool it with a number of the model, on the log odds."""
        weight = MODEL_SD**2 / (MODEL_SD**2 + self.log_odds.sd**2)
        return float(expit(weight * self.log_odds.mean + (1.0 - weight) * logit(model)))


@dataclass(frozen=True)
class Anchor:
    """What a stated number makes of a question.

    Attributes
    ----------
    stated : Stated
    kappa : float or None
        What the hazard of a report counts, in place of once; None for questions about states, and
        where the record had answered the question on that day.
    model_then, pooled : float or None
        The model's number on the day it was stated, and what the two say together.
    of : str or None
        The question it was stated for, where this one only asks about the same reports.
    """

    stated: Stated
    kappa: float | None = None
    model_then: float | None = None
    pooled: float | None = None
    of: str | None = None


def stated(
    name: str, question: Question, crowd: Sequence[Said], *, as_of: dt.date, since: dt.date
) -> Stated | None:
    """Return what was last stated for a question by a day: its prior, or a row of a crowd.

    Rows before `since`, the brief's date, and from the deadline on are passed over.
    """
    found = []
    if question.prior is not None and question.prior.as_of <= as_of:
        found.append(Stated.of(question.prior))
    for row in crowd:
        if row.question == name and since <= row.date <= min(as_of, question.by):
            if row.date == question.by:
                continue
            centre = float(logit(min(max(row.probability, _SUREST), 1.0 - _SUREST)))
            sd = CROWD_SD if row.sd is None else row.sd
            found.append(Stated("crowd", row.date, NormalPrior(centre, sd), row.source))
    return max(found, key=lambda one: (one.on, one.said == "crowd"), default=None)


@dataclass(eq=False)
class Anchoring:
    """Finds what stated numbers make of questions; what it found of a day, it keeps.

    Attributes
    ----------
    encoding : Encoding
    reports, coverage, announcements, crowd : sequence
        All of them; of each day only what was known then is used.
    seed : int
        Of draws from the priors.
    """

    encoding: Encoding
    reports: Sequence[Report]
    coverage: Sequence[CoverageWindow]
    announcements: Sequence[Announcement]
    crowd: Sequence[Said]
    seed: int
    _found: dict[tuple[str, dt.date], Anchor] = field(default_factory=dict)

    def known(self, day: dt.date) -> Evidence:
        """Lay out what was known on a day, what was announced included."""
        return observe(
            self.encoding,
            self.reports,
            self.coverage,
            announcements=self.announcements,
            as_of=day,
        )

    def at(
        self,
        parameters: Parameters,
        evidence: Evidence,
        *,
        as_of: dt.date,
        weights: Floats | None = None,
        only: Collection[str] | None = None,
        stated_by: dt.date | None = None,
    ) -> dict[str, Anchor]:
        """Find the anchor of every question that has one on a day.

        A question about reports for which nothing is stated takes the anchor of one that asks
        about the same indicator with the same share, of several that with the nearest deadline.

        Parameters
        ----------
        parameters, evidence, weights
            Draws of the rates, and what they were learnt from, as in `answers`.
        as_of : datetime.date
            Date of the evidence.
        only : collection of str, optional
            The questions that are asked.
        stated_by : datetime.date, optional
            Nothing stated later counts; by default `as_of`.
        """
        questions, since = self.encoding.beliefs.questions, self.encoding.beliefs.brief.as_of
        said = {
            name: found
            for name, question in questions.items()
            if (found := stated(name, question, self.crowd, as_of=stated_by or as_of, since=since))
        }
        asked = questions if only is None else only
        moved = {n for n in questions if self.encoding.beliefs.scalable(questions[n])}
        own = {n: one for n, one in said.items() if n in moved}
        whose = {
            n: n if n in own else inherited(questions[n], {o: questions[o] for o in own})
            for n in asked
            if n in moved
        }
        own = {n: one for n, one in own.items() if n in whose.values()}
        for day in sorted({one.on for one in own.values()}):
            new = {n: s for n, s in own.items() if s.on == day and (n, day) not in self._found}
            if new:
                then = self.known(day)
                now = (parameters, weights)
                draws = now if day == as_of else self._draws(then, now, evidence)
                for name, anchor in _anchors(self.encoding, draws, then, new).items():
                    self._found[name, day] = anchor
        out = {
            name: replace(self._found[of, own[of].on], of=None if of == name else of)
            for name, of in whose.items()
            if of
        }
        return {n: Anchor(said[n]) for n in asked if n in said and n not in out} | out

    def alone(
        self, parameters: Parameters, evidence: Evidence, said: Mapping[str, Stated]
    ) -> dict[str, float]:
        """Answer questions by the model alone, on the days something was stated for them.

        Parameters
        ----------
        parameters, evidence
            Draws of the rates, and what they were learnt from.
        said : mapping of str to Stated
            What was stated, by question.
        """
        out: dict[str, float] = {}
        for day in sorted({one.on for one in said.values()}):
            then = self.known(day)
            placed = {
                name: _placed(self.encoding, then, name, day)
                for name, one in said.items()
                if one.on == day
            }
            out |= _numbers(
                self.encoding, self._draws(then, (parameters, None), evidence), then, placed
            )
        return out

    def _draws(
        self, then: Evidence, now: tuple[Parameters, Floats | None], evidence: Evidence
    ) -> tuple[Parameters, Floats | None]:
        """Give draws of the rates on what was known then.

        These are draws from the priors weighed by it, or those of now without what came since,
        whichever has more effective draws.
        """
        parameters, weights = now
        prior = self.encoding.priors.draw(min(ENOUGH, parameters.draws), seed=self.seed)
        if not len(then.cell_step) and not then.detection[then.pattern].any():
            return prior, None
        some = parameters.thin(ENOUGH)
        thinned = parameters.take(some)
        late, early = appraise_each(self.encoding, thinned, [evidence, then])
        ratio = early.log_likelihood - late.log_likelihood
        back = smooth_weights(ratio if weights is None else ratio + np.log(weights[some]))
        ahead = smooth_weights(appraise(self.encoding, prior, then).log_likelihood)
        return (thinned, back.weights) if back.ess >= ahead.ess else (prior, ahead.weights)


def kappas(anchors: Mapping[str, Anchor]) -> dict[str, float]:
    """Return what the hazard of a report counts, for the questions that are answered so."""
    return {name: one.kappa for name, one in anchors.items() if one.kappa is not None}


def inherited(asked: Question | Reports, known: Mapping[str, Question]) -> str | None:
    """Name the question whose anchor another one about the same reports takes.

    Of those for which something is stated, with the same indicator and share; reports that are
    counted in a question as it is typed are of what was asked, all of them.
    """
    share = asked.share if isinstance(asked, Question) else 1.0
    alike = [n for n, q in known.items() if (q.indicator, q.share) == (asked.indicator, share)]
    return min(alike, key=lambda name: abs(known[name].by - asked.by), default=None)


def _placed(encoding: Encoding, then: Evidence, name: str, day: dt.date) -> PlacedQuestion:
    question = encoding.beliefs.questions[name]
    return place_question(encoding, then, question, as_of=day).at_its_end()


def _anchors(
    encoding: Encoding,
    draws: tuple[Parameters, Floats | None],
    then: Evidence,
    said: Mapping[str, Stated],
) -> dict[str, Anchor]:
    """Solve for the kappa of questions for which something was stated on one day."""
    placed = {name: _placed(encoding, then, name, one.on) for name, one in said.items()}
    few = draws[0].draws <= ENOUGH  # all that is known of more would take too much memory
    read = partial(_numbers, encoding, draws, then, scenes={} if few else None)
    model = read(placed)
    heard = {name: anchored(one, 0.0) for name, one in placed.items() if heard_of(one)}
    floors = read(heard) if heard else {}
    out, roots = {}, {}
    for name, one in said.items():
        floor = floors.get(name, 0.0)
        if not floor < model[name] < 1.0:  # nothing is left that a report could change
            out[name] = Anchor(one, model_then=model[name])
            continue
        target = one.pooled(model[name])
        out[name] = Anchor(one, 0.0, model[name], target)
        if target > floor:
            roots[name] = _Root(target, model[name])
    for _ in range(_MOST_TRIES):
        if not (left := {name: root for name, root in roots.items() if not root.found}):
            break
        asked = {name: anchored(placed[name], root.kappa) for name, root in left.items()}
        for name, number in read(asked).items():
            roots[name].tell(number)
    return out | {name: replace(out[name], kappa=root.kappa) for name, root in roots.items()}


def _numbers(
    encoding: Encoding,
    draws: tuple[Parameters, Floats | None],
    evidence: Evidence,
    placed: Mapping[str, PlacedQuestion],
    *,
    scenes: dict[int, Scene] | None = None,
) -> dict[str, float]:
    """Answer placed questions; `scenes` as in `drawn`."""
    parameters, weights = draws
    asked = list(placed.values())
    found = drawn(encoding, parameters, evidence, asked, weights=weights, scenes=scenes)
    return {
        name: float(one.probability[-1] @ one.weights)
        for name, one in zip(placed, found, strict=True)
    }


class _Root:
    """The log of kappa by secants, kept within a bracket.

    On the complementary log-log of the number it is a straight line if the hazard is known.
    """

    def __init__(self, target: float, model: float) -> None:
        self.target = target
        self.low, self.high = -_WIDEST, _WIDEST
        self.before = (0.0, _cloglog(model))
        self.log = float(np.clip(_cloglog(target) - _cloglog(model), self.low, self.high))
        self.found = self.log == 0.0

    @property
    def kappa(self) -> float:
        """Where it stands."""
        return float(np.exp(self.log))

    def tell(self, number: float) -> None:
        """Go on from what the number was at this kappa."""
        here = (self.log, _cloglog(number))
        if abs(number - self.target) <= _CLOSE or self.high - self.low < _CLOSE:
            self.found = True
            return
        if number < self.target:
            self.low = self.log
        else:
            self.high = self.log
        slope = (here[1] - self.before[1]) / (here[0] - self.before[0] or np.inf)
        following = here[0] + (_cloglog(self.target) - here[1]) / slope if slope else np.nan
        inside = self.low < following < self.high
        self.before = here
        self.log = float(following) if inside else (self.low + self.high) / 2.0
        self.found = self.log == here[0]


def _cloglog(probability: float) -> float:
    return float(np.log(-np.log1p(-min(probability, 1.0 - 1e-16))))
