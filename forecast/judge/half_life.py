"""Choose how fast the rates forget: one-step forecasts of the record under several half-lives.

``s_t = log p(y_t | y_1..t-1)``, with rates learnt from the discounted past only (Dawid 1984,
"Present position and potential developments: the prequential approach"). West & Harrison (1997),
"Bayesian forecasting and dynamic models", discount so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from forecast.beliefs.periods import wording
from forecast.errors import BeliefsError, EvidenceError
from forecast.inference.encoding import Encoding
from forecast.inference.laplace import Laplace, approximate
from forecast.inference.tracking import step_log_likelihood
from forecast.issue.fit import impossible_in_words
from forecast.network import Evidence
from forecast.project.progress import Reporter, Silent
from forecast.project.project import Project, Record, as_of_day
from forecast.scoring.bootstrap import MeanDifference, block_bootstrap

__all__ = ["HalfLives", "Scored", "Tried", "compare_half_lives", "one_step_scores"]

Floats = npt.NDArray[np.float64]

#: Draws of the rates a forecast is averaged over.
_DRAWS = 100


class Scored(NamedTuple):
    """Log scores of one-step forecasts of the steps that say anything.

    Attributes
    ----------
    step : (n,)
        The steps, from 0.
    score : (n,)
        Log probability or density of what was seen in each; higher is better.
    """

    step: npt.NDArray[np.int64]
    score: Floats


def one_step_scores(
    encoding: Encoding,
    evidence: Evidence,
    *,
    keep: float,
    first: int,
    every: int,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> Scored:
    """Forecast each step from the steps before it, and score what came.

    Rates are learnt anew every so many steps, by the mode of the posterior and a Normal around it.
    States are filtered up to the step before.

    Parameters
    ----------
    encoding : Encoding
        The model.
    evidence : Evidence
        The whole record; its own weights are not used.
    keep : float
        Weight of a step against the one after it in learning the rates; 1 forgets nothing.
    first : int
        First step that is forecast.
    every : int
        Steps between two learnings.
    told : callable
        Told how many steps of how many are done.

    Returns
    -------
    Scored
    """
    learnt: Laplace | None = None
    total = evidence.steps - first
    out = np.zeros(total)
    for begin in range(first, evidence.steps, every):
        end = min(begin + every, evidence.steps)
        known = evidence.between(0, begin).discounted(keep)
        learnt = approximate(encoding, known, start=learnt)
        rates = learnt.draw(_DRAWS, seed=begin)
        logs = step_log_likelihood(encoding, rates, evidence.between(0, end))[begin:]
        most = logs.max(axis=1)
        out[begin - first : end - first] = most + np.log(np.exp(logs - most[:, None]).mean(axis=1))
        told(end - first, total)
    says = evidence.says[first:]
    return Scored(np.flatnonzero(says) + first, out[says])


#: Steps of one block of the bootstrap, and fewest steps that are forecast.
_BLOCK, _FEWEST = 13, 26
_DIGITS = 4


@dataclass(frozen=True)
class Tried:
    """How one half-life forecasts the record.

    Attributes
    ----------
    half_life : float or None
        Days; None forgets nothing.
    score : float
        Mean log probability or density of what came, a step; higher is better.
    gain : MeanDifference or None
        Mean difference of the log scores to forgetting nothing, above 0 where forgetting is better;
        None for that itself.
    """

    half_life: float | None
    score: float
    gain: MeanDifference | None

    @property
    def label(self) -> str:
        """The half-life as people write it."""
        return "forgets nothing" if self.half_life is None else wording(self.half_life)


@dataclass(frozen=True)
class HalfLives:
    """The half-lives that were tried, on the same steps.

    Attributes
    ----------
    tried : sequence of Tried
        The first forgets nothing.
    as_of, begins : datetime.date
        End of the record; end of the last step that is not forecast.
    steps : int
        Steps that are forecast and say anything.
    every : int
        Steps between two learnings of the rates.
    """

    tried: Sequence[Tried]
    as_of: dt.date
    begins: dt.date
    steps: int
    every: int

    @property
    def best(self) -> Tried:
        """The one with the highest score; of equals, the first."""
        return max(self.tried, key=lambda each: each.score)

    def plain(self) -> dict[str, Any]:
        """Give plain values: the promise of docs/schema.md."""
        return {
            "as_of": self.as_of.isoformat(),
            "begins": self.begins.isoformat(),
            "steps": self.steps,
            "every": self.every,
            "best": self.best.half_life,
            "tried": [
                {
                    "half_life": each.half_life,
                    "score": round(each.score, _DIGITS),
                    "gain": None if each.gain is None else round(each.gain.mean, _DIGITS),
                    "lo90": None if each.gain is None else round(each.gain.low, _DIGITS),
                    "hi90": None if each.gain is None else round(each.gain.high, _DIGITS),
                }
                for each in self.tried
            ],
        }


def compare_half_lives(
    project: Project,
    half_lives: Sequence[float],
    *,
    begins: dt.date | None = None,
    as_of: dt.date | None = None,
    every: int = 26,
    reporter: Reporter | None = None,
) -> HalfLives:
    """Forecast each step of the record from the steps before it, under several half-lives.

    Parameters
    ----------
    project : Project
    half_lives : sequence of float
        Days. Forgetting nothing is always tried too.
    begins : datetime.date, optional
        Steps that end after this day are forecast; by default those of the second half.
    as_of : datetime.date, optional
        Later reports are not seen; by default the end of the record.
    every : int
        Steps between two learnings of the rates.
    reporter : Reporter, optional
        Told how it goes.

    Raises
    ------
    BeliefsError
        If a half-life is shorter than a step.
    EvidenceError
        If too few steps are left to forecast.
    """
    from forecast.inference.encoding import encode
    from forecast.inference.observations import date_of_step, observe, steps_until

    told = reporter or Silent()
    told.stage("reading the brief and its reports")
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
    _require_long(half_lives, beliefs.grid.step)
    encoding = encode(beliefs)
    day = as_of_day(beliefs, record, as_of)
    if begins is not None and not beliefs.brief.as_of <= begins < day:
        raise EvidenceError(
            f"--from {begins} is not between the brief ({beliefs.brief.as_of}) and the end of the "
            f"record ({day}); name another date"
        )
    evidence = observe(encoding, record.reports, record.coverage, as_of=day)
    first = evidence.steps // 2 if begins is None else steps_until(encoding, begins)
    said = int(evidence.says[first:].sum()) if 0 < first < evidence.steps else 0
    if said < _FEWEST:
        raise EvidenceError(
            f"{said} steps from {date_of_step(encoding, first)} to {day} say anything; at least "
            f"{_FEWEST} are needed to tell half-lives apart"
        )
    found = {}
    for half_life in (None, *dict.fromkeys(half_lives)):
        kept = 1.0 if half_life is None else 0.5 ** (encoding.step / half_life)
        told.stage(f"forecasting step by step: {Tried(half_life, 0.0, None).label}")
        with impossible_in_words(encoding):
            found[half_life] = one_step_scores(
                encoding, evidence, keep=kept, first=first, every=every, told=told.progress
            )
    whole = found[None]
    tried = [
        Tried(
            half_life,
            float(scored.score.mean()),
            None
            if half_life is None
            else block_bootstrap(scored.score - whole.score, range(said), block=_BLOCK),
        )
        for half_life, scored in found.items()
    ]
    return HalfLives(tried, day, date_of_step(encoding, first), said, every)


def _require_long(half_lives: Sequence[float], step: int) -> None:
    for each in half_lives:
        if each < step:
            raise BeliefsError(
                f"a half-life of {each:g} days is less than one step; give at least {step} days"
            )
