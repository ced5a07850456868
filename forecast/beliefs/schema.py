"""The brief's conclusions as frozen values: the YAML of ``priors.yaml``, checked at the door."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    StrictFloat,
    StrictInt,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from forecast.beliefs import periods, words
from forecast.beliefs.indicators import Indicator, ValueIndicator
from forecast.beliefs.values import (
    BriefDefaults,
    Day,
    Days,
    Name,
    Positive,
    PositiveInterval,
    Probability,
    Text,
    Value,
    brief_defaults,
    reading,
)

__all__ = [
    "Beliefs",
    "Brief",
    "Coupling",
    "CouplingChild",
    "Grid",
    "Hazard",
    "Implication",
    "Initial",
    "Judgement",
    "Node",
    "Question",
    "StateSet",
]


def _or_window(value: object) -> object:
    return brief_defaults().window if value is None else value


def _or_as_of(value: object) -> object:
    return brief_defaults().as_of if value is None else value


class Brief(Value):
    """The document the beliefs were read from.

    Attributes
    ----------
    as_of : datetime.date
        The day the brief's knowledge ends; the grid starts here.
    window : float
        Days over which a judgement that states no window is read.
    scale : str
        Scale of estimative words its words are read on.
    """

    title: Text
    author: Text | None = None
    house: Text
    as_of: Day
    window: Days
    scale: str = words.DEFAULT_SCALE
    source: Text
    rationale: Text

    @field_validator("scale")
    @classmethod
    def _known_scale(cls, name: str) -> str:
        return words.scale(name).name


class Grid(Value):
    """Resolution of time and the largest joint state that is worked with.

    Attributes
    ----------
    step : int
        Days in a step.
    horizon : float
        Days forecast ahead.
    max_joint_states : int
        Largest product of state numbers over nodes that must be filtered together.
    """

    step: StrictInt = Field(default=7, ge=1)
    horizon: Days = 365.25
    max_joint_states: StrictInt = Field(default=2048, ge=2)


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
    within: Annotated[Days, BeforeValidator(_or_window)] = Field(
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
    effective_sample_size: Positive
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
    """A proposition with two or more states, in order where there is one."""

    label: Text
    proposition: Text
    states: tuple[Name, ...] = Field(min_length=2)
    headline: tuple[Name, ...] = Field(min_length=1)
    judgements: tuple[Judgement, ...] = ()
    initial: Initial
    hazards: tuple[Hazard, ...] = ()


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
    ratio: PositiveInterval
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


class Question(Value):
    """A question that can be resolved: a node reaches, or is in, some states by a date."""

    text: Text
    node: Name
    states: tuple[Name, ...] = Field(min_length=1)
    mode: Literal["reaches", "is"]
    by: Day
    opens: Annotated[Day, BeforeValidator(_or_as_of)] = Field(
        default=None,
        validate_default=True,
    )
    criteria: Text
    fallback: Text
    source: Text


class Beliefs(Value):
    """Everything believed on the day of the brief. Mappings keep the order of the file."""

    brief: Brief
    grid: Grid = Grid()
    nodes: dict[Name, Node] = Field(min_length=1)
    couplings: dict[Name, Coupling] = Field(default_factory=dict)
    indicators: dict[Name, Indicator] = Field(min_length=1)
    implications: dict[Name, Implication] = Field(default_factory=dict)
    questions: dict[Name, Question] = Field(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _with_brief(cls, value: Any, handler: ModelWrapValidatorHandler[Beliefs]) -> Beliefs:
        with reading(_defaults(value)):
            return handler(value)

    def pointed(self, indicator: str) -> dict[str, dict[str, tuple[float, float]]]:
        """How much rarer an indicator is in every other state of every node it points at.

        Returns
        -------
        dict of str to dict of str to (float, float)
            Node, then state not pointed at, then the central 90 % interval of the ratio; empty for
            an indicator of kind value, which has a level per state instead.
        """
        entry = self.indicators[indicator]
        if isinstance(entry, ValueIndicator):
            return {}
        return {
            point.node: point.ratios(self.nodes[point.node].states) for point in entry.points_at
        }


def _defaults(value: Any) -> BriefDefaults:
    """Return the brief's defaults out of an unchecked file.

    A wrong one is replaced here, because it is reported where it stands and nowhere else.
    """
    brief = value.get("brief") if isinstance(value, dict) else getattr(value, "brief", None)
    if isinstance(brief, Brief):
        return BriefDefaults(brief.scale, periods.wording(brief.window), brief.as_of)
    if not isinstance(brief, dict):
        brief = {}
    name = brief.get("scale")
    known = name if name in words.scale_names() else words.DEFAULT_SCALE
    window = _or_else(Days, brief.get("window"), "12 months")
    return BriefDefaults(known, window, _or_else(Day, brief.get("as_of"), dt.date(2000, 1, 1)))


def _or_else(kind: Any, value: Any, default: Any) -> Any:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return default
    return value
