"""By when a state is first reached, as every question asks it: by what it leaves out."""

from __future__ import annotations

import numpy as np

from forecast.network import Avoid, Course, Evidence, Parameters, Tables, carry
from forecast.network.structure import Floats
from tests.network.enumeration import Enumeration
from tests.network.strategies import Case


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


def assert_reached(case: Case, wanted: dict[int, set[int]], *, known: int, opens: int) -> None:
    """One less the weight of the paths that have not reached, under the evidence known so far."""
    length = case.evidence.steps
    evidence = case.evidence.between(0, known)
    curve = first_passage(
        case.tables,
        case.parameters,
        evidence,
        step=case.step,
        wanted=wanted,
        opens=opens,
        steps=length - opens,
    )
    for d in range(case.parameters.draws):
        every = Enumeration(case.network, case.draw(d), evidence, case.step)
        lengths = range(opens, length + 1)
        waiting = every.not_reached(lengths, wanted, opens)
        whole = [every.paths(each).total for each in lengths]
        expected = 1.0 - np.array(waiting) / whole
        np.testing.assert_allclose(curve[:, d], expected, rtol=1e-9, atol=1e-11)
