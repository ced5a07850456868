"""Scenario nodes and indicators: states and how they move, and what is seen more often in some."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    Tag,
    ValidationError,
    model_validator,
)

from forecast.beliefs.values import (
    Days,
    DaysAhead,
    Interval,
    Name,
    Positive,
    PositiveInterval,
    Probability,
    Ratio,
    SampleSize,
    Span,
    Text,
    Value,
    brief_defaults,
)

__all__ = [
    "CountIndicator",
    "Coupling",
    "CouplingChild",
    "Hazard",
    "Implication",
    "Indicator",
    "Initial",
    "Judgement",
    "Level",
    "Levels",
    "Marked",
    "MoveIndicator",
    "Node",
    "PointsAt",
    "PresenceIndicator",
    "StateSet",
    "ValueIndicator",
]


def _state_or_states(schema: dict[str, Any]) -> None:
    """One state may be written ``state: breaks`` instead of ``states: [breaks]``."""
    schema["properties"]["state"] = schema["properties"]["states"]["items"]
    schema["required"] = ["node", "rarer"]
    schema["oneOf"] = [{"required": ["state"]}, {"required": ["states"]}]


class PointsAt(Value):
    """The states of one node an indicator points at, and how much rarer it is in the others.

    Attributes
    ----------
    node : str
    states : tuple of str
        Where the indicator is at its own rate; written ``state`` when there is one.
    rarer : (float, float) or dict of str to (float, float)
        How many times rarer it is elsewhere, a central 90 % interval: one for every other state,
        or one per other state.
    """

    model_config = ConfigDict(json_schema_extra=_state_or_states)

    node: Name
    states: tuple[Name, ...] = Field(min_length=1)
    rarer: Annotated[
        Annotated[Ratio, Tag("everywhere")] | Annotated[dict[Name, Ratio], Tag("by_state")],
        Discriminator(lambda value: "by_state" if isinstance(value, dict) else "everywhere"),
    ]

    @model_validator(mode="before")
    @classmethod
    def _one_state(cls, value: Any) -> Any:
        if isinstance(value, dict) and "state" in value:
            if "states" in value:
                raise ValueError("give 'state' or 'states', not both")
            value = {**value, "states": [value["state"]]}
            del value["state"]
        return value

    def ratios(self, states: tuple[str, ...]) -> dict[str, tuple[float, float]]:
        """Ratio interval of each of the node's `states` the indicator does not point at.

        Examples
        --------
        >>> PointsAt(node="n", states=("b",), rarer=(3.0, 15.0)).ratios(("a", "b"))
        {'a': (3.0, 15.0)}
        """
        others = (state for state in states if state not in self.states)
        if isinstance(self.rarer, dict):
            return {state: self.rarer[state] for state in others}
        return dict.fromkeys(others, self.rarer)


class _Described(Value):
    """What every indicator says of itself."""

    label: Text
    description: Text
    source: Text
    rationale: Text


class _Indicator(_Described):
    """What every indicator with rates of its own has.

    Attributes
    ----------
    rates_like : str or None
        Indicator whose rates this one has too: they are learnt from both.
    """

    rates_like: Name | None = None


class PresenceIndicator(_Indicator):
    """Something that happens or does not; reports say that it did.

    Attributes
    ----------
    within : float
        Days of the period `probability` speaks of.
    probability : Probability
        Of at least one event within the period when every node is in the state pointed at.
    detection : float
        P(a coder hears of it within the step | it happened) where coverage is declared.
    recurs : bool
        False for a milestone, which is no longer looked for once it has happened.
    open : bool
        True for an act done in the open (a visit, a vote, a launch, a text): a report of it by a
        fair source is the happening itself, and weighs nearly 1.
    """

    kind: Literal["presence"] = "presence"
    points_at: tuple[PointsAt, ...] = Field(min_length=1)
    within: Days
    probability: Probability
    detection: StrictFloat = Field(ge=0, le=1)
    recurs: StrictBool = True
    open: StrictBool = False

    @property
    def nodes(self) -> tuple[str, ...]:
        """Nodes it tells something about, in the order of the file."""
        return tuple(dict.fromkeys(point.node for point in self.points_at))


class Marked(Value):
    """One move of one node, which has a hazard."""

    node: Name
    from_state: Name = Field(alias="from")
    to_state: Name = Field(alias="to")


_OF_RATES = ("points_at", "within", "probability", "rates_like")


class MoveIndicator(_Described):
    """Something that is a move of a node: when it happens, the node moves, and never else.

    Attributes
    ----------
    marks : Marked
        The move; how often it happens is its hazard.
    detection : float
        P(a coder hears of it within the step | it happened) where coverage is declared.
    recurs : bool
        False for a move that is no longer looked for once it was reported.
    open : bool
        True for a move made in the open, as of `PresenceIndicator`.
    """

    points_at: ClassVar[tuple[PointsAt, ...]] = ()
    rates_like: ClassVar[None] = None
    kind: Literal["presence"] = "presence"
    marks: Marked
    detection: StrictFloat = Field(ge=0, le=1)
    recurs: StrictBool = True
    open: StrictBool = False

    @model_validator(mode="before")
    @classmethod
    def _no_rates(cls, value: Any) -> Any:
        given = [key for key in _OF_RATES if isinstance(value, dict) and key in value]
        if given:
            allowed = (
                "a move happens at its hazard; give marks, or points_at with a rate of its own"
            )
            raise ValueError(f"{given[0]!r} stands beside marks; {allowed}")
        return value

    @property
    def nodes(self) -> tuple[str, ...]:
        """The node it tells something about."""
        return (self.marks.node,)


def _follows_or(key: str) -> dict[str, Any]:
    return {"anyOf": [{"required": ["follows"]}, {"required": [key]}]}


class CountIndicator(_Indicator):
    """A stream of counts, negative binomial with a mean per period.

    Attributes
    ----------
    per : float
        Days of the period `mean` speaks of.
    mean : (float, float), optional
        Events per period when every node is in the state pointed at, central 90 %.
    dispersion : (float, float)
        Size of the negative binomial, central 90 %; smaller is more overdispersed.
    follows : str, optional
        Node with a level that is the mean itself; in the place of `points_at` and `mean`.
    power : float, optional
        The size grows as this power of the mean, and `dispersion` is that at a mean of 1. By
        default 0.5 for a stream that follows a level, and 0 for one that does not.
    """

    model_config = ConfigDict(json_schema_extra=_follows_or("points_at"))

    kind: Literal["count"]
    points_at: tuple[PointsAt, ...] = ()
    per: Days
    mean: PositiveInterval | None = None
    dispersion: PositiveInterval
    follows: Name | None = None
    power: StrictFloat | None = Field(default=None, ge=0.0, le=1.0)

    @model_validator(mode="after")
    def _rated(self) -> Self:
        if self.follows is None and not (self.points_at and self.mean):
            raise ValueError("give points_at and mean, or the level it follows")
        if self.follows is not None and (self.points_at or self.mean):
            raise ValueError("points_at and mean stand beside follows; the level is the mean")
        return self

    @property
    def exponent(self) -> float:
        """The power that holds."""
        return (0.0 if self.follows is None else 0.5) if self.power is None else self.power

    @property
    def nodes(self) -> tuple[str, ...]:
        """Nodes it tells something about, in the order of the file."""
        if self.follows is not None:
            return (self.follows,)
        return tuple(dict.fromkeys(point.node for point in self.points_at))


class Levels(Value):
    """Level of a series in each state of one node, central 90 % intervals."""

    node: Name
    states: dict[Name, Interval] = Field(min_length=1)


class ValueIndicator(_Indicator):
    """A series that moves around a level given by the state of one node, Student-t.

    Attributes
    ----------
    levels : Levels, optional
    follows : str, optional
        Node with a level that is that of the series; in the place of `levels`.
    spread : (float, float)
        Scale of the Student-t, central 90 %; on the scale of `asinh` where that is given.
    degrees_of_freedom : float
    asinh : float or None
        The series is read as ``asinh(x / asinh)``: about linear within that many units of 0, and
        logarithmic beyond, on either side. Levels stay in the units of the series.
    """

    model_config = ConfigDict(json_schema_extra=_follows_or("levels"))

    kind: Literal["value"]
    levels: Levels | None = None
    follows: Name | None = None
    spread: PositiveInterval
    degrees_of_freedom: Positive = 4.0
    asinh: Positive | None = None

    @property
    def nodes(self) -> tuple[str, ...]:
        """Nodes it tells something about, in the order of the file."""
        return (self.stated.node if self.follows is None else self.follows,)

    @model_validator(mode="after")
    def _rated(self) -> Self:
        if (self.follows is None) == (self.levels is None):
            raise ValueError("give levels, or the level it follows")
        return self

    @property
    def stated(self) -> Levels:
        """Its levels in the states of a node, where it follows none."""
        assert self.levels is not None
        return self.levels

    def read(self, value: float) -> float:
        """Put a value of the series on the scale its spread speaks of.

        Examples
        --------
        >>> levels = Levels(node="n", states={"s": (0.0, 1.0)})
        >>> texts = dict.fromkeys(("label", "description", "source", "rationale"), "x")
        >>> series = ValueIndicator(
        ...     kind="value", levels=levels, spread=(0.1, 1.0), asinh=30.0, **texts
        ... )
        >>> round(series.read(30.0), 6), round(series.written(series.read(-500.0)), 6)
        (0.881374, -500.0)
        """
        return value if self.asinh is None else math.asinh(value / self.asinh)

    def written(self, value: float) -> float:
        """Put a value back into the units of the series."""
        return value if self.asinh is None else self.asinh * math.sinh(value)


def _kind(value: Any) -> Any:
    if isinstance(value, dict):
        kind = value.get("kind", "presence")
        return "move" if kind == "presence" and "marks" in value else kind
    return "move" if isinstance(value, MoveIndicator) else getattr(value, "kind", None)


Indicator = Annotated[
    Annotated[PresenceIndicator, Tag("presence")]
    | Annotated[MoveIndicator, Tag("move")]
    | Annotated[CountIndicator, Tag("count")]
    | Annotated[ValueIndicator, Tag("value")],
    Discriminator(_kind),
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


class Level(Value):
    """A level that moves: points over the range of a stream, and few parameters for every move.

    It drifts to its neighbours as an Ornstein-Uhlenbeck process does and seldom jumps to any
    point; with two speeds a burst around it fades within some periods. Every interval is a central
    90 %; without one the prior follows from the range and the period.

    Attributes
    ----------
    grid : int
        Points, evenly spaced on the scale.
    speeds : {1, 2}
        Whether the level moves alone, or with a burst.
    range : (float, float)
        Lowest and highest point, in the units of the stream.
    scale : {"log", "plain", "asinh"}
        Counts are on the log scale, values on either of the others.
    unit : float, optional
        Of the asinh scale, as `ValueIndicator.asinh`.
    high : float, optional
        The headline is a level of at least this; by default the upper third of the points.
    period : float
        Days of one number of the stream, which the priors that are not given speak of.
    mean : (float, float), optional
        What it returns to, in the units of the stream.
    volatility : (float, float), optional
        Typical change within a period, on the scale.
    within : (float, float), optional
        Days in which it returns.
    jumps : (float, float), optional
        Days between two jumps.
    burst : (float, float), optional
        Typical size of a burst, on the scale.
    fade : (float, float), optional
        Days in which one fades.
    """

    grid: StrictInt = Field(default=20, ge=3, le=60)
    speeds: Literal[1, 2] = 2
    range: Interval
    scale: Literal["log", "plain", "asinh"] = "log"
    unit: Positive | None = None
    high: StrictFloat | None = None
    period: Days = 7.0
    mean: Interval | None = None
    volatility: PositiveInterval | None = None
    within: Span | None = None
    jumps: Span | None = None
    burst: PositiveInterval | None = None
    fade: Span | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.unit is None) == (self.scale == "asinh"):
            raise ValueError("'unit' goes with scale asinh, and only with that")
        least = min(*self.range, *(self.mean or self.range), self.high or self.range[0])
        if self.scale == "log" and least <= 0.0:
            raise ValueError("a level on the log scale is above 0")
        if self.speeds == 1 and (self.burst or self.fade):
            raise ValueError("'burst' and 'fade' go with two speeds")
        if self.high is not None and not 0 < len(self.above(self.high)) < self.grid:
            raise ValueError("'high' must lie within the range, above its lowest point")
        return self

    @property
    def bursts(self) -> int:
        """Points of the burst; 1 without one."""
        return 5 if self.speeds == 2 else 1

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the points, lowest first."""
        return tuple(f"level_{i}" for i in range(1, self.grid + 1))

    @property
    def points(self) -> tuple[float, ...]:
        """The points on the scale, lowest first."""
        low, high = (self.read(end) for end in self.range)
        return tuple(low + (high - low) * i / (self.grid - 1) for i in range(self.grid))

    def above(self, value: float) -> tuple[str, ...]:
        """Name the points at or above a number of the stream."""
        pairs = zip(self.states, self.points, strict=True)
        return tuple(state for state, x in pairs if x >= self.read(value) - 1e-9)

    def read(self, value: float) -> float:
        """Put a number of the stream on the scale."""
        if self.scale == "log":
            return math.log(value)
        return value if self.unit is None else math.asinh(value / self.unit)

    def written(self, x: float) -> float:
        """Put a point of the scale back into the units of the stream."""
        if self.scale == "log":
            return math.exp(x)
        return x if self.unit is None else self.unit * math.sinh(x)


def _level_or_states(schema: dict[str, Any]) -> None:
    """Ask for states of its own, or for a level that has them."""
    own = ["states", "headline", "initial"]
    schema["required"] = [key for key in schema["required"] if key not in own]
    schema["anyOf"] = [{"required": own}, {"required": ["level"]}]


class Node(Value):
    """A proposition with two or more states, in order where there is one.

    Attributes
    ----------
    level : Level or None
        What the states are points of; they are then not stated, and neither are hazards.
    claim : str or None
        What holds in the headline states, as one short sentence, for charts and tables.
    moves_like : str or None
        Node whose hazards this one has too: they are learnt from both.
    """

    model_config = ConfigDict(json_schema_extra=_level_or_states)

    label: Text
    proposition: Text
    claim: Text | None = None
    level: Level | None = None
    states: tuple[Name, ...] = Field(min_length=2)
    headline: tuple[Name, ...] = Field(min_length=1)
    judgements: tuple[Judgement, ...] = ()
    initial: Initial
    hazards: tuple[Hazard, ...] = ()
    moves_like: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_level(cls, value: Any) -> Any:
        """Lay out the states of a level; what its file says of them is what they are anyway."""
        if not isinstance(value, dict) or value.get("level") is None:
            return value
        level = value["level"]
        try:
            level = level if isinstance(level, Level) else Level.model_validate(level)
        except ValidationError:  # which is said of the level itself
            return {**_laid_out(Level(grid=3, range=(1.0, 2.0))), **value}
        laid = _laid_out(level)
        wrong = [key for key in ("states", "initial", "hazards")
                 if value.get(key) and not _same(value[key], laid.get(key))]  # fmt: skip
        if wrong:
            raise ValueError(f"{wrong[0]!r} stands beside level, which has it already")
        return {**value, **laid, "headline": value.get("headline") or laid["headline"]}

    @property
    def joint_size(self) -> int:
        """States it has among the joint ones, the points of a burst included."""
        return len(self.states) * (1 if self.level is None else self.level.bursts)

    def labelled(self, states: Iterable[str] | None = None) -> str:
        """Name some states of the node as charts and tables print them; by default the headline."""
        some = self.headline if states is None else tuple(states)
        if self.level is not None and some == self.states[-len(some) :]:
            least = self.level.written(self.level.points[-len(some)])
            return f"{self.label}: {least:.3g} or more"
        return f"{self.label}: {' or '.join(state.replace('_', ' ') for state in some)}"


def _laid_out(level: Level) -> dict[str, Any]:
    """Give the states of a level, none of them likelier than another before the first number."""
    high = level.states[-(level.grid // 3) :] if level.high is None else level.above(level.high)
    return {
        "states": level.states,
        "headline": high,
        "initial": {
            "probabilities": dict.fromkeys(level.states, 1.0 / level.grid),
            "effective_sample_size": float(level.grid),
            "source": "level",
            "rationale": "Nothing is known of the level before the first number.",
        },
    }


def _same(given: Any, laid: Any) -> bool:
    """Whether what a file says is what a level has anyway, as it is written out again."""
    if isinstance(given, dict) and isinstance(laid, dict):
        return given.keys() == laid.keys() and all(_same(given[k], laid[k]) for k in laid)
    return bool((list(given) if isinstance(given, list | tuple) else given)
                == (list(laid) if isinstance(laid, tuple) else laid))  # fmt: skip


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
