"""Alerts: thresholds published before the data, so that nobody picks them afterwards."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictFloat

from forecast.beliefs.values import Name, Text, Value

__all__ = ["Alert"]

#: A probability strictly inside 0 and 1.
Threshold = Annotated[StrictFloat, Field(gt=0.0, lt=1.0)]


class Alert(Value):
    """A rule that says when a probability is worth a message.

    It is raised when the probability is beyond the threshold with the certainty asked for and has
    changed enough since it was last told, and cleared when it falls back by the hysteresis.

    Attributes
    ----------
    question : str, optional
        The question whose probability of yes is watched, or
    node, states
        the judgement that is: the probability of these states now; by default the headline states.
    above, below : float, optional
        The threshold; one of the two.
    certainty : float
        Posterior probability, over the draws of the rates, that it is beyond the threshold.
    change : float
        Least change since the last issue or the last word of the rule, as a fraction.
    hysteresis : float
        How far back behind the threshold it must go to be cleared, as a fraction.
    """

    question: Name | None = None
    node: Name | None = None
    states: tuple[Name, ...] = ()
    above: Threshold | None = None
    below: Threshold | None = None
    certainty: StrictFloat = Field(default=0.8, ge=0.5, lt=1.0)
    change: StrictFloat = Field(default=0.05, ge=0.0, lt=1.0)
    hysteresis: StrictFloat = Field(default=0.03, ge=0.0, lt=1.0)
    source: Text
    rationale: Text

    @property
    def threshold(self) -> float:
        """The number that is crossed."""
        found = self.above if self.above is not None else self.below
        assert found is not None
        return found

    @property
    def direction(self) -> str:
        """``above`` or ``below``."""
        return "below" if self.above is None else "above"
