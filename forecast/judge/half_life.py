"""Choose how fast the rates forget: one-step forecasts of the record under several half-lives.

``s_t = log p(y_t | y_1..t-1)``, with rates learnt from the discounted past only (Dawid 1984,
"Present position and potential developments: the prequential approach"). West & Harrison (1997),
"Bayesian forecasting and dynamic models", discount so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Annotated, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from forecast.beliefs.literals import wording
from forecast.errors import BeliefsError, EvidenceError
from forecast.inference.encoding import Encoding
from forecast.inference.laplace import Laplace, approximate
from forecast.inference.tracking import step_log_likelihood
from forecast.issue.fit import impossible_in_words
from forecast.network import Evidence
from forecast.project.project import Project, Record, as_of_day
from forecast.project.sampler import Reporter, Silent
from forecast.result import Days, Result, rounded, unit
from forecast.scoring.scorecard import block_bootstrap

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
    progress: Callable[[int, int], None] = lambda _done, _total: None,
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
    progress : callable
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
        progress(end - first, total)
    says = evidence.says[first:]
    return Scored(np.flatnonzero(says) + first, out[says])


#: Steps of one block of the bootstrap, and fewest steps that are forecast.
_BLOCK, _FEWEST = 13, 26


_Score = Annotated[float, rounded(4), unit("nats a step")]


class Tried(Result):
    """How one half-life forecasts the record."""

    half_life: Days | None
    score: _Score = Field(
        description="mean log probability or density of what came; higher is better"
    )
    gain: _Score | None = Field(description="over forgetting nothing; null for that itself")
    lo90: _Score | None = Field(description="5 % of the gain, from blocks of 13 steps")
    hi90: _Score | None = Field(description="95 %")

    @property
    def label(self) -> str:
        """The half-life as people write it."""
        return _label(self.half_life)


class HalfLives(Result):
    """The half-lives that were tried, on the same steps."""

    as_of: dt.date = Field(description="end of the record")
    begins: dt.date = Field(description="end of the last step that is not forecast")
    steps: int = Field(description="steps forecast that say anything")
    every: Annotated[int, unit("steps")] = Field(description="between two learnings of the rates")
    best: Days | None = Field(
        description="half-life with the highest score; null: forgetting nothing"
    )
    tried: tuple[Tried, ...] = Field(description="the first forgets nothing")


def _label(half_life: float | None) -> str:
    return "forgets nothing" if half_life is None else wording(half_life)


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
    from forecast.inference.observations import date_of_step, steps_until

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
    evidence = record.evidence(encoding, as_of=day)
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
        told.stage(f"forecasting step by step: {_label(half_life)}")
        with impossible_in_words(encoding):
            found[half_life] = one_step_scores(
                encoding, evidence, keep=kept, first=first, every=every, progress=told.progress
            )
    score = {half_life: float(scored.score.mean()) for half_life, scored in found.items()}
    return HalfLives(
        as_of=day,
        begins=date_of_step(encoding, first),
        steps=said,
        every=every,
        best=max(score, key=lambda half_life: score[half_life]),
        tried=[
            Tried(half_life=half_life, score=score[half_life], **_gain(scored, found[None]))
            for half_life, scored in found.items()
        ],
    )


def _gain(scored: Scored, whole: Scored) -> dict[str, float | None]:
    """Compare the scores of a half-life with those of forgetting nothing."""
    if scored is whole:
        return dict.fromkeys(("gain", "lo90", "hi90"))
    found = block_bootstrap(scored.score - whole.score, range(len(whole.score)), block=_BLOCK)
    return {"gain": found.mean, "lo90": found.low, "hi90": found.high}


def _require_long(half_lives: Sequence[float], step: int) -> None:
    for each in half_lives:
        if each < step:
            raise BeliefsError(
                f"a half-life of {each:g} days is less than one step; give at least {step} days"
            )
