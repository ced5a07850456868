"""Scenario nodes: their states, how they move, and how they act on one another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictFloat

from forecast.beliefs.values import (
    Days,
    DaysAhead,
    Name,
    Probability,
    Ratio,
    SampleSize,
    Text,
    Value,
    brief_defaults,
)

__all__ = [
    "Coupling",
    "CouplingChild",
    "Hazard",
    "Implication",
    "Initial",
    "Judgement",
    "Node",
    "StateSet",
]


def _or_window(value: object) -> object:
    return brief_defaults().window if value is None else value


class Judgement(Value):
    """One judgement of the brief about one node.

    Attributes
    ----------
    states : tuple of str
        The claim is that the node reaches, or is in, one of these.
    mode : {"by", "at"}
        Reaches within the window, or is in at its end.
    within : float
        Window in days; the brief's where the file states none.
    probability : Probability
    word : str or None
        The estimative words as printed in the brief.
    """

    quote: Text
    states: tuple[Name, ...] = Field(min_length=1)
    mode: Literal["by", "at"]
    within: Annotated[DaysAhead, BeforeValidator(_or_window)] = Field(
        default=None,
        validate_default=True,
    )
    probability: Probability
    word: Text | None = None
    source: Text
    rationale: Text


class Initial(Value):
    """Where a node stood on the brief's date: the mean of a Dirichlet and its weight."""

    probabilities: dict[Name, StrictFloat] = Field(min_length=1)
    effective_sample_size: SampleSize
    source: Text
    rationale: Text


class Hazard(Value):
    """How likely a node moves from one state to another within a period, couplings inactive.

    Attributes
    ----------
    from_state, to_state : str
        ``from`` and ``to`` in the file.
    within : float
        Days of the period `probability` speaks of.
    """

    from_state: Name = Field(alias="from")
    to_state: Name = Field(alias="to")
    within: Days
    probability: Probability
    source: Text
    rationale: Text


class Node(Value):
    """A proposition with two or more states, in order where there is one.

    Attributes
    ----------
    claim : str or None
        What holds in the headline states, as one short sentence, for charts and tables.
    moves_like : str or None
        Node whose hazards this one has too: they are learnt from both.
    """

    label: Text
    proposition: Text
    claim: Text | None = None
    states: tuple[Name, ...] = Field(min_length=2)
    headline: tuple[Name, ...] = Field(min_length=1)
    judgements: tuple[Judgement, ...] = ()
    initial: Initial
    hazards: tuple[Hazard, ...] = ()
    moves_like: Name | None = None

    def labelled(self, states: Iterable[str] | None = None) -> str:
        """Name some states of the node as charts and tables print them; by default the headline."""
        some = self.headline if states is None else states
        return f"{self.label}: {' or '.join(state.replace('_', ' ') for state in some)}"


class StateSet(Value):
    """Some states of one node."""

    node: Name
    states: tuple[Name, ...] = Field(min_length=1)


class CouplingChild(Value):
    """Transitions a coupling acts on: those to `to_state`, from `from_state` or from anywhere."""

    node: Name
    from_state: Name | None = Field(default=None, alias="from")
    to_state: Name = Field(alias="to")


class Coupling(Value):
    """A hazard of the child is multiplied by `ratio` while the parent is in the named states."""

    parent: StateSet
    child: CouplingChild
    ratio: Ratio
    source: Text
    rationale: Text


class Implication(Value):
    """A logical containment: whenever the antecedent holds, the consequent holds.

    Attributes
    ----------
    antecedent, consequent : StateSet
        ``if`` and ``then`` in the file.
    resolved : str or None
        How a contradiction between the judgements on both sides is resolved, openly.
    """

    antecedent: StateSet = Field(alias="if")
    consequent: StateSet = Field(alias="then")
    source: Text
    rationale: Text
    resolved: Text | None = None
