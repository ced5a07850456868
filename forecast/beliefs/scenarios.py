"""What-if scenarios as frozen values: what is assumed, of which kind, and why."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictFloat,
    model_validator,
)

from forecast.beliefs import reports
from forecast.beliefs.values import (
    Day,
    Days,
    Name,
    Positive,
    Probability,
    Ratio,
    SampleSize,
    Text,
    Value,
)

__all__ = [
    "Assumption",
    "Believe",
    "Do",
    "HazardName",
    "Observe",
    "Origin",
    "ReportsOf",
    "Scenario",
]


def _grade(value: str) -> str:
    letters, digits = reports.RELIABILITIES, reports.CREDIBILITIES
    if len(value) != 2 or value[0] not in letters or value[1] not in map(str, digits):
        raise ValueError(f"{value!r} is not a grade; write a letter A to F and a digit 1 to 6")
    return value


def _many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Grade = Annotated[str, AfterValidator(_grade)]
Names = Annotated[tuple[str, ...], BeforeValidator(_many), Field(min_length=1)]


class HazardName(Value):
    """One transition of one node."""

    node: Name
    from_state: Name = Field(alias="from")
    to_state: Name = Field(alias="to")


class Observe(Value):
    """Hypothetical reports of an indicator, or their absence though somebody looks.

    Attributes
    ----------
    indicator : str
        Its name; ``*`` for every indicator, with `absent` only.
    on : datetime.date or None
        The day it happens.
    reported : datetime.date or None
        The day it becomes known; by default the same day.
    grade : str
        Admiralty grade of the report, ``A1`` by default: it is taken as confirmed.
    value : float or None
        Count or level, for indicators of these kinds.
    absent : bool
        Nothing is reported from `starts_on` to `ends_on`, though somebody looks.
    starts_on, ends_on : datetime.date or None
        ``from`` and ``to`` in the file.
    detection : float or None
        How well they look; the indicator's own detection by default.
    """

    indicator: str
    on: Day | None = None
    reported: Day | None = None
    grade: Grade = "A1"
    value: StrictFloat | None = None
    absent: StrictBool = False
    starts_on: Day | None = Field(default=None, alias="from")
    ends_on: Day | None = Field(default=None, alias="to")
    detection: Annotated[StrictFloat, Field(ge=0, le=1)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Observe:
        if self.absent:
            if self.starts_on is None or self.ends_on is None:
                raise ValueError("absent: true needs days; add 'from' and 'to'")
            if self.ends_on < self.starts_on:
                raise ValueError(f"to {self.ends_on} is before from {self.starts_on}; swap them")
            if self.on is not None:
                raise ValueError("'on' stands beside absent: true; give one of them")
        elif self.on is None:
            raise ValueError("no day is given; add 'on', or absent: true with 'from' and 'to'")
        elif self.starts_on is not None or self.ends_on is not None:
            raise ValueError("'from' and 'to' are for absent: true; a report has 'on'")
        elif self.reported is not None and self.reported < self.on:
            raise ValueError(f"reported {self.reported} is before on {self.on}; swap them")
        return self

    @property
    def known_on(self) -> dt.date:
        """The day on which all of it is known."""
        known = self.ends_on if self.absent else self.reported or self.on
        assert known is not None
        return known


class Do(Value):
    """An intervention: a node is held in a state, or a hazard is multiplied, for some time.

    Attributes
    ----------
    node, state : str or None
        The node that is held, and where.
    hazard : HazardName or None
        The transition that is made more or less likely, and `times` how much.
    starts_on, ends_on : datetime.date
        ``from`` and ``to`` in the file; without ``to`` it lasts.
    """

    node: Name | None = None
    state: Name | None = None
    hazard: HazardName | None = None
    times: Positive | None = None
    starts_on: Day = Field(alias="from")
    ends_on: Day | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _one_of_two(self) -> Do:
        holds = self.node is not None or self.state is not None
        if holds == (self.hazard is not None or self.times is not None):
            raise ValueError("holds a node or multiplies a hazard; give node and state, or hazard "
                             "and times")  # fmt: skip
        if holds and (self.node is None or self.state is None):
            raise ValueError("a held node needs both; give node and state")
        if not holds and (self.hazard is None or self.times is None):
            raise ValueError("a multiplied hazard needs both; give hazard and times")
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise ValueError(f"to {self.ends_on} is not after from {self.starts_on}; swap them")
        return self

    @property
    def moved(self) -> str:
        """The node whose movement is intervened in."""
        if self.node is not None:
            return self.node
        assert self.hazard is not None
        return self.hazard.node


class ReportsOf(Value):
    """Which of the coded reports are meant: those that fit every criterion given.

    Attributes
    ----------
    lineage, source_type, indicator, event, report : tuple of str
        Any of these values; empty means any at all.
    single_lineage : bool
        Only reports of events that no second lineage reported.
    """

    lineage: Names = ()
    source_type: Names = ()
    indicator: Names = ()
    event: Names = ()
    report: Names = ()
    single_lineage: StrictBool = False

    @model_validator(mode="after")
    def _something(self) -> ReportsOf:
        if not self.model_fields_set:
            raise ValueError(f"no criterion is given; use one of {', '.join(_CRITERIA)}")
        return self


_CRITERIA = ("lineage", "source_type", "indicator", "event", "report", "single_lineage")


class Origin(Value):
    """Another starting point of a node."""

    node: Name
    probabilities: dict[Name, StrictFloat] = Field(min_length=1)
    effective_sample_size: SampleSize


class Believe(Value):
    """Another belief: a prior, a coupling, or how much a source is believed.

    Exactly one of `hazard`, `coupling`, `indicator`, `initial` and `reports` is given.

    Attributes
    ----------
    hazard : HazardName or None
        Gets `probability`, and `within` where the period changes.
    coupling : str or None
        Gets `ratio`.
    indicator : str or None
        Gets `probability`, `within` or `detection`.
    initial : Origin or None
    reports : ReportsOf or None
        Are `dropped`, or get another `grade`.
    """

    hazard: HazardName | None = None
    coupling: Name | None = None
    indicator: Name | None = None
    initial: Origin | None = None
    reports: ReportsOf | None = None
    within: Days | None = None
    probability: Probability | None = None
    ratio: Ratio | None = None
    detection: Annotated[StrictFloat, Field(ge=0, le=1)] | None = None
    dropped: Literal[True] | None = None
    grade: Grade | None = None

    @property
    def about(self) -> str:
        """Which of the five kinds it is."""
        return next(name for name in _GIVES if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _fits(self) -> Believe:
        about = [name for name in _GIVES if getattr(self, name) is not None]
        if len(about) != 1:
            came = " and ".join(about) or "nothing"
            raise ValueError(f"speaks of {came}; give exactly one of {', '.join(_GIVES)}")
        allowed = _GIVES[about[0]]
        given = [n for n in _CHANGES if getattr(self, n) is not None]
        wrong = [name for name in given if name not in allowed]
        if wrong:
            listed = ", ".join(allowed) or "nothing more"
            raise ValueError(f"{wrong[0]!r} does not go with {about[0]}; it takes {listed}")
        if allowed and not given:
            raise ValueError(f"changes nothing of the {about[0]}; give {' or '.join(allowed)}")
        if about[0] == "reports" and len(given) != 1:
            raise ValueError("'dropped' and 'grade' exclude each other; give one of them")
        if given == ["within"]:
            raise ValueError("'within' alone says nothing; give probability too")
        return self


_GIVES = {
    "hazard": ("probability", "within"),
    "coupling": ("ratio",),
    "indicator": ("probability", "within", "detection"),
    "initial": (),
    "reports": ("dropped", "grade"),
}
_CHANGES = ("within", "probability", "ratio", "detection", "dropped", "grade")


class Assumption(Value):
    """One assumption of one kind.

    Attributes
    ----------
    observe, do, belief
        Exactly one is given: the kind of *if*.
    rationale : str or None
        Why it is worth assuming.
    """

    observe: Observe | None = None
    do: Do | None = None
    belief: Believe | None = None
    rationale: Text | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Assumption:
        given = [n for n in ("observe", "do", "belief") if getattr(self, n) is not None]
        if len(given) != 1:
            came = " and ".join(given) or "none"
            raise ValueError(f"{came} is given; give exactly one of observe, do, belief")
        return self


class Scenario(Value):
    """A named what-if, with everything it takes over already in it.

    Attributes
    ----------
    name : str
        The name of its file, unless it says another.
    extends : tuple of str
        Scenarios whose assumptions it takes over, before its own.
    assumptions : tuple of Assumption
    """

    name: Name
    label: Text
    description: Text
    author: Text
    rationale: Text
    extends: Names = ()
    assumptions: tuple[Assumption, ...] = ()
