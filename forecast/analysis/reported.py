"""Questions about the record: whether an indicator is reported, so often, between two dates.

`reported_by` answers one as somebody may ask it, `chances_of_report` every one of the same kind at
once: is the indicator in the record within the next steps?
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from forecast.beliefs import Question
from forecast.beliefs.indicators import PresenceIndicator
from forecast.inference.encoding import Component, Encoding
from forecast.inference.observations import date_of_step, steps_until
from forecast.network import (
    Evidence,
    Parameters,
    Passes,
    Propagator,
    batches,
    each_batch,
    passes,
    report_counts,
)

__all__ = ["chances_of_report", "reported_by"]

Floats = npt.NDArray[np.float64]


def reported_by(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    question: Question,
    *,
    as_of: dt.date,
) -> tuple[list[dt.date], Floats]:
    """Probability that an indicator has been reported often enough since a question opened.

    ``P(K + M >= N)``, date by date: K of the steps known already had an event, each with its
    credibility, and M of the steps to come have a report, each with ``d s a(z_t)``, where d is the
    `detection` of whoever resolves the question and s its `share`. For one report this is
    ``1 - prod_e (1 - c_e) E[prod_t (1 - d s a(z_t))]``. The events of one step count as one, as
    everywhere in the model.

    The question is taken to be still open: nothing but these events has answered it. So what
    happened before the as-of date and will be reported late is not counted. With a share below 1
    the reports that came are left to whoever resolves it, who found fewer than N of what was
    asked among them: K is the number of those that are, each with ``s c_e``, given ``K < N``.

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
    known = {
        step: question.share * credibility
        for step, credibility in _credible(encoding, evidence, number, question).items()
    }
    looked, ends = _looked(encoding, evidence, number, question, as_of=as_of)
    component, _ = encoding.place(question.node)
    earlier = [chance for step, chance in known.items() if step != evidence.steps]
    present = known.get(evidence.steps, 0.0)
    fewer = np.concatenate(
        [
            report_counts(
                _known(encoding, component, parameters, evidence, batch),
                indicator=number,
                detection=looked,
                begun=_numbers(earlier, question.at_least),
                present=present,
            ).sum(axis=1)
            for batch in batches(parameters.draws)
        ],
        axis=1,
    )
    if question.share < 1.0:
        fewer /= _numbers(known.values(), question.at_least).sum()
    out = []
    for day in dates:
        if day > as_of:  # the last row is that of the last date
            index = min(max(0, sum(end < day for end in ends)), len(ends) - 1)
            out.append(fewer[index])
            continue
        begun = [c for step, c in known.items() if date_of_step(encoding, step - 1) < day]
        left = 1.0 if question.share < 1.0 else _numbers(begun, question.at_least).sum()
        out.append(np.full(fewer.shape[1], left))
    return dates, np.clip(1.0 - np.stack(out), 0.0, 1.0)


def chances_of_report(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    detection: Floats,
    *,
    weights: Floats | None = None,
) -> dict[str, list[float]]:
    """Probability that each presence indicator is in the record within the next steps.

    ``1 - E[prod_t (1 - d_t a(z_t))]``, as `reported_by` has it for a question that opens at the end
    of the present step, with the detection d_t of the coder in the place of that of whoever
    resolves. All indicators of a component share one pass over the evidence.

    Parameters
    ----------
    encoding, parameters, evidence
        As in `reported_by`.
    detection : (H, K) array
        Of every indicator in each of the H steps after the present one.
    weights : (D,), optional
        Of the draws; equal by default.

    Returns
    -------
    dict of str to list of float
        H probabilities of each presence indicator, which never decrease.
    """
    even = np.full(parameters.draws, 1.0 / parameters.draws) if weights is None else weights
    looked = np.vstack([np.zeros(detection.shape[1]), detection])  # nothing of the present step
    out = {}
    for component in encoding.components:
        mine = [
            number
            for number, name in enumerate(encoding.indicators)
            if isinstance(encoding.beliefs.indicators[name], PresenceIndicator)
            and component.tables.slot[number] >= 0
        ]
        known = partial(_known, encoding, component, parameters, evidence)
        work = partial(_quiet, known, mine, looked)
        quiet = np.concatenate(each_batch(parameters.draws, work), axis=2) @ even
        for number, row in zip(mine, quiet, strict=True):
            out[encoding.indicators[number]] = np.clip(1.0 - row, 0.0, 1.0).tolist()
    return {name: out[name] for name in encoding.indicators if name in out}


def _quiet(
    known: Callable[[slice], Passes], indicators: Sequence[int], looked: Floats, batch: slice
) -> Floats:
    """Probability that nothing is reported of each indicator: (K, H, D) of one batch."""
    passed = known(batch)
    rows = [
        report_counts(passed, indicator=number, detection=looked[:, number])[1:, 0]
        for number in indicators
    ]
    return np.asarray(rows).reshape(len(rows), len(looked) - 1, -1)


def _known(
    encoding: Encoding,
    component: Component,
    parameters: Parameters,
    evidence: Evidence,
    batch: slice,
) -> Passes:
    """Run over the evidence in one batch of draws."""
    whole = Propagator(component.tables, parameters.take(batch), step=encoding.step)
    return passes(whole, evidence)


def _numbers(chances: Iterable[float], most: int) -> Floats:
    """Probability of each number of independent events, below a largest: Poisson-binomial."""
    out = np.zeros(most)
    out[0] = 1.0
    for chance in chances:
        out[1:] = out[1:] * (1.0 - chance) + out[:-1] * chance
        out[0] *= 1.0 - chance
    return out


def _dates(encoding: Encoding, question: Question) -> list[dt.date]:
    """Return the opening, the ends of steps, and the deadline."""
    first, last = (steps_until(encoding, day) for day in (question.opens, question.by))
    ends = [date_of_step(encoding, step) for step in range(first, last + 1)]
    inner = [day for day in ends if question.opens < day < question.by]
    return [question.opens, *inner, question.by]


def _credible(
    encoding: Encoding, evidence: Evidence, number: int, question: Question
) -> dict[int, float]:
    """Credibility of what was reported in each step, counted from 1, while the question is open."""
    cells = zip(evidence.cell_step, evidence.cell_indicator, evidence.cell_value, strict=True)
    out = {}
    for place, indicator, credibility in cells:
        step = int(place) + 1
        begins, ends = (date_of_step(encoding, each) for each in (step - 1, step))
        # an event is known by its step only; the first step holds what came before it, too
        if indicator == number and ends > question.opens and begins < question.by:
            out[step] = float(credibility)
    return out


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
