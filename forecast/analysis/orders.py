"""Which of two first arrivals comes first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from forecast.network import Avoid, Condition, Course, Whole, advance, carry

__all__ = ["order_curve"]

Floats = npt.NDArray[np.float64]


def order_curve(
    courses: Sequence[Course],
    wholes: Sequence[Whole],
    pair: Sequence[tuple[int, Condition]],
    kept: Sequence[Sequence[Condition]],
    *,
    later: Sequence[Floats],
    first: int,
    last: int,
) -> Floats:
    """Probability that the first of two arrivals came, and the second not before or with it.

    Two arrivals within one step count for neither order. Within a step the first arrival is what
    avoiding the second alone leaves, less what avoiding both leaves.

    Parameters
    ----------
    courses, wholes
        One for each component.
    pair : sequence of (int, Avoid)
        Component, and what the absence of the arrival is.
    kept : sequence of sequence of Condition
        What is given, for each component.
    later : sequence of (T + 1, L, S, D) array
        Messages of what is given, for each component.
    first, last : int
        Steps of the curve.

    Returns
    -------
    (last - first + 1, D) array
    """
    (here, one), (there, other) = pair
    assert isinstance(one, Avoid)
    assert isinstance(other, Avoid)
    rest = np.ones((last - first + 1, courses[0].draws))
    for number, course in enumerate(courses):
        if number not in {here, there}:
            rest *= _share(course, wholes[number], kept[number], later[number], first, last)
    if here != there:
        still = [
            _share(courses[n], wholes[n], [condition, *kept[n]], later[n], first, last)
            for n, condition in pair
        ]
        free = _share(courses[here], wholes[here], kept[here], later[here], first, last)
        arrived = np.diff(free - still[0], axis=0, prepend=0.0)
        return np.asarray(np.cumsum(arrived * still[1], axis=0) * rest)
    if one.node == other.node:
        won = _one_node(courses[here], wholes[here], one, other, kept[here], last=last)
    else:
        won = _two_nodes(courses[here], wholes[here], one, other, kept[here], last=last)
    by_date = [(won[step] * later[here][step]).sum(axis=(0, 1)) for step in range(first, last + 1)]
    return np.array(by_date) * rest


def _share(
    course: Course,
    whole: Whole,
    conditions: Sequence[Condition],
    later: Floats,
    first: int,
    last: int,
) -> Floats:
    mass = carry(course, whole, conditions, steps=last)
    return np.array([(mass[s] * later[s]).sum(axis=(0, 1)) for s in range(first, last + 1)])


def _two_nodes(
    course: Course,
    whole: Whole,
    one: Avoid,
    other: Avoid,
    kept: Sequence[Condition],
    *,
    last: int,
) -> list[Floats]:
    """Mass of the paths on which the first node arrived first, at every step."""
    neither = carry(course, whole, [one, other, *kept], steps=last)
    start = carry(course, whole, [other, *kept], steps=one.opens)[one.opens]
    now = start - neither[one.opens]
    out = [np.zeros_like(now)] * one.opens + [now]
    for step in range(one.opens, last):
        arrived = advance(course, whole, step, neither[step], [other, *kept]) - neither[step + 1]
        now = advance(course, whole, step, now, kept) + arrived
        out.append(now)
    return out


def _one_node(
    course: Course,
    whole: Whole,
    one: Avoid,
    other: Avoid,
    kept: Sequence[Condition],
    *,
    last: int,
) -> list[Floats]:
    """Give the same where both arrivals are of one node, which stops where it arrives in a step."""
    both = Avoid(one.node, one.states | other.states, one.opens, one.closes)
    neither = carry(course, whole, [both, *kept], steps=last)
    inside = np.isin(course.states[:, one.node], sorted(one.states))[:, None]
    begun = carry(course, whole, kept, steps=one.opens)[one.opens]
    now = np.where(inside, begun, 0.0)
    out = [np.zeros_like(now)] * one.opens + [now]
    for step in range(one.opens, last):
        held = advance(
            course, whole, step, neither[step], kept, stopping=[(both.node, both.states)]
        )
        now = advance(course, whole, step, now, kept) + np.where(inside, held, 0.0)
        out.append(now)
    return out
