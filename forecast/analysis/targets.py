"""What can still be learnt about: judgements some time ahead, and open questions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from forecast.inference.encoding import Encoding
from forecast.inference.observations import date_of_step, opening_step, steps_until

__all__ = ["Target", "open_targets"]


@dataclass(frozen=True)
class Target:
    """Something to be known later: a judgement at the end of the window, or an open question.

    Attributes
    ----------
    kind : {"judgement", "question"}
    name : str
        The node, or the question.
    node, states
        What it is about.
    on : datetime.date
        The day its truth is settled.
    looked : int
        Steps of the window that end before `on`.
    beyond : int
        Whole steps between the last of these and `on`.
    share : float
        Part of one step more that reaches `on`.
    opens : int or None
        Step since which reaching the states counts; None where being in them on the day does.
    """

    kind: Literal["judgement", "question"]
    name: str
    node: str
    states: tuple[str, ...]
    on: dt.date
    looked: int
    beyond: int = 0
    share: float = 0.0
    opens: int | None = None


def open_targets(encoding: Encoding, *, as_of: dt.date, steps: int, until: dt.date) -> list[Target]:
    """List what can still be learnt about: judgements at the window's end, and open questions.

    Parameters
    ----------
    encoding : Encoding
        The model.
    as_of : datetime.date
        Date of the evidence.
    steps : int
        Steps with evidence.
    until : datetime.date
        Last day that is looked ahead, at least to the end of the next step.

    Returns
    -------
    list of Target
        Questions that have not opened, or are settled before a whole step has passed, are left
        out.
    """
    beliefs = encoding.beliefs
    end = max(until, date_of_step(encoding, steps + 1))
    whole = (end - beliefs.brief.as_of).days // encoding.step
    window, rest = whole - steps, (end - date_of_step(encoding, whole)).days / encoding.step
    out = [
        Target("judgement", name, name, node.headline, end, window, share=rest)
        for name, node in beliefs.nodes.items()
    ]
    for name, asked in beliefs.questions.items():
        last = steps_until(encoding, asked.by) - 1
        if not asked.of_states:
            continue  # the record is no state that could be learnt about
        if last <= steps or asked.by <= as_of or steps_until(encoding, asked.opens) > steps:
            continue
        looked = min(window, last - steps)
        share = (asked.by - date_of_step(encoding, last)).days / encoding.step
        opens = opening_step(encoding, asked.opens, now=steps, as_of=as_of)
        out.append(
            Target(
                "question",
                name,
                asked.node,
                asked.states,
                asked.by,
                looked,
                beyond=last - steps - looked,
                share=share,
                opens=opens if asked.mode == "reaches" else None,
            )
        )
    return out
