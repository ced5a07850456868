"""Checks of the priors before any posterior is believed.

What the priors imply for each judgement, as a probability an analyst can judge; per indicator and
state, how many reports they expect under the declared coverage against how many there are; and
what the model alone says of the questions for which a number is stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import logit, pdtr, pdtrc

from forecast.analysis.anchoring import ENOUGH, Anchoring, Stated
from forecast.analysis.answering import answer
from forecast.analysis.bands import Band
from forecast.beliefs import Judgement, Question, later
from forecast.beliefs.indicators import PresenceIndicator
from forecast.inference.encoding import Encoding
from forecast.network import Evidence, Parameters

__all__ = ["Expectation", "Implied", "expected_reports", "implied_judgements", "questions_apart"]

Floats = npt.NDArray[np.float64]

_SURPRISE = 0.05
#: Beyond this on the log odds, one of two numbers for a question is hardly meant.
_APART = 2.0


@dataclass(frozen=True)
class Implied:
    """What the priors imply for one judgement of the brief.

    Attributes
    ----------
    node : str
    judgement : Judgement
    band : Band
        Implied probability: the mean over prior draws, and their spread.
    verdict : {"agrees", "below", "above"}
        Where the mean lies against the brief's own interval.
    """

    node: str
    judgement: Judgement
    band: Band
    verdict: Literal["agrees", "below", "above"]


@dataclass(frozen=True)
class Expectation:
    """Reports of one indicator, expected in one state of one node and found.

    Attributes
    ----------
    indicator, node, state : str
        The other nodes it points at are in the states pointed at.
    pointed : bool
        Whether the indicator points at this state.
    expected : float
        Mean number of steps with a report, over prior draws.
    found : int
        Steps with a credible report.
    more, fewer : float
        Prior probability of so many reports or more, and of so many or fewer.
    """

    indicator: str
    node: str
    state: str
    pointed: bool
    expected: float
    found: int
    more: float
    fewer: float

    @property
    def surprise(self) -> Literal["", "more than expected", "fewer than expected"]:
        """Whether the reports are surprising in this state."""
        if self.more < _SURPRISE:
            return "more than expected"
        return "fewer than expected" if self.fewer < _SURPRISE else ""


def implied_judgements(encoding: Encoding, *, seed: int = 1, draws: int = 2000) -> list[Implied]:
    """Work out what the priors imply for every judgement, with no report seen.

    Parameters
    ----------
    encoding : Encoding
        The model.
    seed, draws : int
        Of the sample from the priors.

    Returns
    -------
    list of Implied
        In the order of the file.
    """
    prior = encoding.priors.draw(draws, seed=seed)
    blank = Evidence.empty(steps=0, indicators=len(encoding.indicators))
    return [
        _implied(encoding, prior, blank, name, judgement)
        for name, node in encoding.beliefs.nodes.items()
        for judgement in node.judgements
    ]


def _implied(
    encoding: Encoding, prior: Parameters, blank: Evidence, node: str, judgement: Judgement
) -> Implied:
    opens = encoding.beliefs.brief.as_of
    question = Question(
        text=judgement.quote,
        node=node,
        states=judgement.states,
        mode="reaches" if judgement.mode == "by" else "is",
        by=later(opens, judgement.within),
        opens=opens,
        criteria="-",
        fallback="-",
        source=judgement.source,
    )
    band = answer(encoding, prior, blank, node, question, as_of=opens).band
    low, high = judgement.probability.interval
    verdict: Literal["agrees", "below", "above"] = "agrees"
    if not low <= band.probability <= high:
        verdict = "below" if band.probability < low else "above"
    return Implied(node, judgement, band, verdict)


def expected_reports(
    encoding: Encoding, evidence: Evidence, *, seed: int = 1, draws: int = 2000
) -> list[Expectation]:
    """Compare the reports the priors expect under the declared coverage with those there are.

    In a state in which the indicator has rate ``lambda`` per day, steps with a report number about
    Poisson with mean ``sum over steps of d (1 - exp(-lambda dt))``; a milestone at most once. What
    was announced brings it, too.

    Parameters
    ----------
    encoding : Encoding
        The model.
    evidence : Evidence
        Coverage and reports.
    seed, draws : int
        Of the sample from the priors.

    Returns
    -------
    list of Expectation
        By indicator, node and state; presence indicators only.
    """
    prior = encoding.priors.draw(draws, seed=seed)
    out = []
    for number, (name, indicator) in enumerate(encoding.beliefs.indicators.items()):
        if not isinstance(indicator, PresenceIndicator):
            continue
        cells = evidence.cell_indicator == number
        credible = cells & (evidence.cell_value > 0)
        steps = evidence.cell_step[credible]
        out += [
            _expectation(encoding, prior, (name, node, state), evidence, found=len(steps))
            for node in encoding.beliefs.pointed(name)
            for state in encoding.beliefs.nodes[node].states
        ]
    return out


def _expectation(
    encoding: Encoding,
    prior: Parameters,
    where: tuple[str, str, str],
    evidence: Evidence,
    *,
    found: int,
) -> Expectation:
    indicator, node, state = where
    ratios = encoding.priors.rarity.names
    label = f"{indicator} | {node}.{state}"
    number = encoding.indicators.index(indicator)
    log_rate = prior.log_rate[number]
    if label in ratios:
        log_rate = log_rate - prior.rarity[ratios.index(label)]
    alone = -np.expm1(-np.exp(log_rate) * encoding.step)
    looked = evidence.detection[evidence.pattern, number]
    mean = looked.sum() * alone
    if evidence.foreseen is not None:
        mean = looked @ evidence.foreseen.occurs(number, np.tile(alone, (len(looked), 1)))
    known = encoding.beliefs.indicators[indicator]
    once = isinstance(known, PresenceIndicator) and not known.recurs
    return Expectation(
        indicator=indicator,
        node=node,
        state=state,
        pointed=label not in ratios,
        expected=float((-np.expm1(-mean) if once else mean).mean()),
        found=found,
        more=float(pdtrc(found - 1, mean).mean()) if found else 1.0,
        fewer=1.0 if once and found else float(pdtr(found, mean).mean()),
    )


def questions_apart(anchoring: Anchoring) -> list[tuple[str, Stated, float, float]]:
    """List the questions whose prior is more than 2 off what the model alone says of that day.

    Off on the log odds. The model is read on draws of the priors, weighed by what was known then.

    Returns
    -------
    list of (str, Stated, float, float)
        Name, what was stated, the model's number, and how far they are apart; in the order of the
        file. Where nothing is left open there is nothing to compare.
    """
    encoding = anchoring.encoding
    asked = encoding.beliefs.questions
    said = {
        name: Stated.of(question.prior)
        for name, question in asked.items()
        if question.prior is not None and encoding.beliefs.scalable(question)
    }
    blank = Evidence.empty(steps=0, indicators=len(encoding.indicators))
    prior = encoding.priors.draw(ENOUGH, seed=anchoring.seed)
    model = anchoring.alone(prior, blank, said)
    out = []
    for name, one in said.items():
        if 0.0 < model[name] < 1.0:
            apart = abs(one.log_odds.mean - float(logit(model[name])))
            out += [(name, one, model[name], apart)] if apart > _APART else []
    return out
