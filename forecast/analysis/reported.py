"""Questions about the record: whether an indicator is reported between two dates."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from forecast.beliefs import Question
from forecast.beliefs.indicators import PresenceIndicator
from forecast.inference.encoding import Encoding
from forecast.inference.observations import date_of_step, steps_until
from forecast.network import Evidence, Parameters, batches, unreported

__all__ = ["reported_by"]

Floats = npt.NDArray[np.float64]


def reported_by(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    question: Question,
    *,
    as_of: dt.date,
) -> tuple[list[dt.date], Floats]:
    """Probability that an indicator has been reported since a question opened, date by date.

    ``1 - prod_e (1 - c_e) E[prod_t (1 - d s a(z_t))]``: the first product is over the events known
    already, the second over the days to come, with the `detection` d of whoever resolves the
    question and its `share` s. The question is taken to be still open: nothing but these events
    has answered it. So what happened before the as-of date and will be reported late is not
    counted, and with a share below 1 the reports that came are left to whoever resolves it.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates.
    evidence : Evidence
        All that is known.
    question : Question
        Of mode ``reported``.
    as_of : datetime.date
        Date of the evidence.

    Returns
    -------
    dates : list of date
        From the opening to the deadline, ends of steps between.
    draws : (n_dates, D) array
    """
    assert question.indicator is not None
    number = encoding.indicators.index(question.indicator)
    dates = _dates(encoding, question)
    doubt = np.ones(len(dates))
    if question.share == 1.0:
        doubt *= [_doubt(encoding, evidence, number, question.opens, day) for day in dates]
    looked, ends = _looked(encoding, evidence, number, question, as_of=as_of)
    component, _ = encoding.place(question.node)
    silent = np.concatenate(
        [
            unreported(
                component.tables,
                parameters.take(batch),
                evidence,
                step=encoding.step,
                indicator=number,
                detection=looked,
            )
            for batch in batches(parameters.draws)
        ],
        axis=1,
    )
    # before the as-of date nothing is left open; the last date is that of the last row
    index = [max(0, sum(end < day for end in ends)) if day > as_of else -1 for day in dates]
    still = np.stack([silent[min(i, len(ends) - 1)] if i >= 0 else _ones(silent) for i in index])
    return dates, np.clip(1.0 - doubt[:, None] * still, 0.0, 1.0)


def _ones(silent: Floats) -> Floats:
    return np.ones(silent.shape[1])


def _dates(encoding: Encoding, question: Question) -> list[dt.date]:
    """Return the opening, the ends of steps, and the deadline."""
    first, last = (steps_until(encoding, day) for day in (question.opens, question.by))
    ends = [date_of_step(encoding, step) for step in range(first, last + 1)]
    inner = [day for day in ends if question.opens < day < question.by]
    return [question.opens, *inner, question.by]


def _doubt(
    encoding: Encoding, evidence: Evidence, number: int, opens: dt.date, day: dt.date
) -> float:
    """Probability that none of the events reported in the steps between two dates happened."""
    doubt = 1.0
    cells = zip(evidence.cell_step, evidence.cell_indicator, evidence.cell_value, strict=True)
    for step, indicator, credibility in cells:
        begins, ends = date_of_step(encoding, int(step)), date_of_step(encoding, int(step) + 1)
        # an event is known by its step only; the first step holds what came before it, too
        if indicator == number and ends > opens and begins < day:
            doubt *= 1.0 - float(credibility)
    return doubt


def _looked(
    encoding: Encoding,
    evidence: Evidence,
    number: int,
    question: Question,
    *,
    as_of: dt.date,
) -> tuple[Floats, list[dt.date]]:
    """Return detection in the rest of the present step and in those to the deadline; their ends."""
    indicator = encoding.beliefs.indicators[encoding.indicators[number]]
    assert isinstance(indicator, PresenceIndicator)
    over = not indicator.recurs and bool((evidence.cell_indicator == number).any())
    chance = 0.0 if over else question.detection * question.share
    first = evidence.steps
    last = max(first, steps_until(encoding, question.by))
    since = max(as_of, question.opens)
    looked, ends = [], []
    for step in range(first, last + 1):
        begins = max(since, date_of_step(encoding, step - 1))
        end = min(question.by, date_of_step(encoding, step))
        looked.append(chance * max(0, (end - begins).days) / encoding.step)
        ends.append(date_of_step(encoding, step))
    return np.array(looked), ends
