"""By when a state is first reached, as every question asks it: by what it leaves out."""

from __future__ import annotations

import numpy as np

from forecast.network import Avoid, Course, Evidence, Parameters, Tables, carry
from forecast.network.structure import Floats


def first_passage(
    t: Tables,
    parameters: Parameters,
    evidence: Evidence,
    *,
    step: float,
    wanted: dict[int, set[int]],
    opens: int,
    steps: int,
) -> Floats:
    """Probability that a node has been in its wanted states since an opening: (steps + 1, D).

    At each step by the evidence that came by then.
    """
    ((node, states),) = wanted.items()
    course, last = Course(t, parameters, step=step), opens + steps
    whole = course.whole(evidence, steps=max(last, evidence.steps))
    left = carry(course, whole, [Avoid(node, frozenset(states), opens, last)], steps=last)
    return np.asarray(np.clip(1.0 - left[opens:, 0].sum(axis=1), 0.0, 1.0))
