"""The brief's conclusions as frozen values: the YAML of ``priors.yaml``, checked at the door.

Several nodes or indicators may share one set of rates, learnt from all of them together.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    StrictBool,
    StrictFloat,
    StrictInt,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from forecast.beliefs import words
from forecast.beliefs.indicators import (
    CountIndicator,
    Coupling,
    CouplingChild,
    Hazard,
    Implication,
    Indicator,
    Initial,
    Judgement,
    MoveIndicator,
    Node,
    PresenceIndicator,
    StateSet,
    ValueIndicator,
)
from forecast.beliefs.places import Finding, Location
from forecast.beliefs.reports import Report
from forecast.beliefs.values import (
    BriefDefaults,
    CaseName,
    Day,
    Days,
    DaysAhead,
    Name,
    NormalPrior,
    Probability,
    Text,
    Value,
    brief_defaults,
    level,
    reading,
)
from forecast.names import nearest

__all__ = [
    "MOST_REPORTS",
    "Alert",
    "Beliefs",
    "Brief",
    "CommonLevelPrior",
    "Coupling",
    "CouplingChild",
    "FollowThrough",
    "Grid",
    "Hazard",
    "Implication",
    "Initial",
    "Judgement",
    "Learning",
    "Node",
    "Question",
    "QuestionPrior",
    "RatePriors",
    "SourceMemory",
    "StateSet",
    "shared_names",
    "sharing",
]


#: A probability strictly inside 0 and 1.
Threshold = Annotated[StrictFloat, Field(gt=0.0, lt=1.0)]
_Cases = Annotated[StrictFloat | StrictInt, Field(gt=0, le=1000)]
#: How many announcements were kept, and how many broken.
KeptAndBroken = tuple[_Cases, _Cases]


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


#: Reports that can be counted; what is counted in larger numbers is a stream.
MOST_REPORTS = 20
_LONGEST_HORIZON = 3653.0


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
    window: DaysAhead
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
        Days forecast ahead where a command is not told otherwise.
    max_joint_states : int
        Largest product of state numbers over nodes that must be filtered together.
    """

    step: StrictInt = Field(default=7, ge=1, le=366)
    horizon: DaysAhead = 365.25
    max_joint_states: StrictInt = Field(default=2048, ge=2, le=2**31)

    @field_validator("horizon")
    @classmethod
    def _near(cls, length: float) -> float:
        if length > _LONGEST_HORIZON:
            raise ValueError(f"{length:.6g} days are too far ahead; at most 10 years")
        return length


class SourceMemory(Value):
    """Whether reports weigh by the record of their source, and how fast a record tells.

    Attributes
    ----------
    on : bool
        Off, every report weighs by its grade.
    least : int
        Outcomes there have to be, over all sources, before any record is used.
    strength : float
        How many reports the letter of a source is worth, before its letter's others are looked at.
    letter_strength : float
        How many reports the convention for a letter is worth.
    """

    on: StrictBool = False
    least: StrictInt = Field(default=20, ge=1)
    strength: StrictFloat | StrictInt = Field(default=10.0, ge=1, le=1000)
    letter_strength: StrictFloat | StrictInt = Field(default=40.0, ge=4, le=400)


class Learning(Value):
    """How fast the rates forget what was seen long ago.

    Attributes
    ----------
    half_life : float
        Days after which a step counts half as much as a new one in learning the rates.
    """

    half_life: Days
    source: Text
    rationale: Text


class FollowThrough(Value):
    """How often what is announced is done, in the place of the table of this package.

    Attributes
    ----------
    dated, undated, invited : (float, float)
        Kept and broken of each class of announcements, as if so many had been seen before.
    """

    dated: KeptAndBroken | None = None
    undated: KeptAndBroken | None = None
    invited: KeptAndBroken | None = None
    source: Text
    rationale: Text

    @property
    def stated(self) -> dict[str, KeptAndBroken]:
        """The classes that are stated."""
        every = {"dated": self.dated, "undated": self.undated, "invited": self.invited}
        return {kind: pair for kind, pair in every.items() if pair is not None}


#: Of a and b; beyond, the stated rates would say nothing.
_Spread = Annotated[StrictFloat | StrictInt, Field(gt=0.0, le=3.0)]


class CommonLevelPrior(Value):
    """How far all rates may be off together, learnt from all reports: a hierarchical prior.

    Attributes
    ----------
    shift : float
        Standard deviation of the log of how many times as often as stated reports come.
    slope : float
        Standard deviation of the factor, 1 in the middle, on how far apart the log rates stand.
    of : {"rates", "reports"}
        What the slope takes to stand too far apart: how often things happen, or how often a report
        is expected, by detection and by the states at the start as well.
    """

    shift: _Spread = 1.0
    slope: _Spread = 0.3
    of: Literal["rates", "reports"] = "rates"
    source: Text
    rationale: Text


class RatePriors(Value):
    """What the rates of the presence indicators have in common."""

    common_level: CommonLevelPrior


class QuestionPrior(Value):
    """A number for a question itself: a judgement on it, or how often its like came out yes.

    Attributes
    ----------
    probability : Probability, optional
        Of yes, or
    yes, of : int, optional
        a reference class: so many of so many questions of its kind came out yes.
    as_of : datetime.date
        The day it was stated; what was known then stands behind it.
    """

    probability: Probability | None = None
    yes: StrictInt | None = Field(default=None, ge=0)
    of: StrictInt | None = Field(default=None, ge=1)
    as_of: Annotated[Day, BeforeValidator(_or_as_of)] = Field(default=None, validate_default=True)
    source: Text
    rationale: Text

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.yes is None) != (self.of is None):
            raise ValueError("a reference class is two numbers: yes, and of how many")
        if (self.probability is None) == (self.yes is None):
            raise ValueError("give either a probability, or a reference class (yes and of)")
        if self.yes is not None and self.of is not None and self.yes > self.of:
            raise ValueError(f"{self.yes} of {self.of} came; at most all of them can be yes")
        return self

    @property
    def log_odds(self) -> NormalPrior:
        """What it says, on the log odds.

        The interval of a probability is central, of 90 %. k of n have the empirical logit
        ``log((k + 1/2) / (n - k + 1/2))``, with variance ``1 / (k + 1/2) + 1 / (n - k + 1/2)``.
        """
        if self.probability is not None:
            return level(*(math.log(p) - math.log1p(-p) for p in self.probability.interval))
        assert self.yes is not None
        assert self.of is not None
        yes, no = self.yes + 0.5, self.of - self.yes + 0.5
        return NormalPrior(math.log(yes / no), math.sqrt(1.0 / yes + 1.0 / no))


class Question(Value):
    """A question that can be resolved by a date.

    Attributes
    ----------
    node, states
        The judgement it belongs to.
    mode : {"reaches", "is", "reported", "sum"}
        Whether the node reaches the states by the date, is in one of them on the date, the
        `indicator` is reported between the opening and the date, or its numbers sum to more than
        `above` in the period `over` that ends on the date.
    indicator : str, optional
        What is reported or summed; it points at the node.
    at_least : int
        How many separate events have to be reported, for mode ``reported``; those of one step of
        the grid count as one.
    over : float, optional
        Days summed over, whole steps.
    above : float, optional
        The sum is asked to be above it.
    share : float
        Probability that a report of the indicator is of what was asked, where the indicator is
        broader than the question. Below 1, reports that came already are left to whoever resolves.
    detection : float
        Probability that whoever resolves the question finds a report of an occurrence. It takes
        the place of the indicator's own, which is that of the desk's coder. By default 1: who
        resolves looks on purpose, at all that is public.
    prior : QuestionPrior, optional
        A number for a question about reports itself, which the model's is pooled with.
    """

    text: Text
    node: Name
    states: tuple[Name, ...] = Field(min_length=1)
    mode: Literal["reaches", "is", "reported", "sum"]
    indicator: Name | None = None
    at_least: StrictInt = Field(default=1, ge=1, le=MOST_REPORTS)
    over: DaysAhead | None = None
    above: StrictFloat | None = None
    share: StrictFloat = Field(default=1.0, gt=0.0, le=1.0)
    detection: StrictFloat = Field(default=1.0, gt=0.0, le=1.0)
    by: Day
    opens: Annotated[Day, BeforeValidator(_or_as_of)] = Field(
        default=None,
        validate_default=True,
    )
    criteria: Text
    fallback: Text
    source: Text
    prior: QuestionPrior | None = None

    @property
    def of_states(self) -> bool:
        """Whether it asks about the states of its node, and not about the record."""
        return self.mode in {"reaches", "is"}


class Beliefs(Value):
    """Everything believed on the day of the brief. Mappings keep the order of the file."""

    case: CaseName | None = None
    brief: Brief
    grid: Grid = Grid()
    source_memory: SourceMemory = SourceMemory()
    learning: Learning | None = None
    follow_through: FollowThrough | None = None
    rates: RatePriors | None = None
    nodes: dict[Name, Node] = Field(min_length=1)
    couplings: dict[Name, Coupling] = Field(default_factory=dict)
    indicators: dict[Name, Indicator] = Field(min_length=1)
    implications: dict[Name, Implication] = Field(default_factory=dict)
    questions: dict[Name, Question] = Field(default_factory=dict)
    alerts: dict[Name, Alert] = Field(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _with_brief(cls, value: Any, handler: ModelWrapValidatorHandler[Beliefs]) -> Beliefs:
        with reading(_defaults(value)):
            return handler(value)

    @property
    def levelled(self) -> tuple[str, ...]:
        """Presence indicators with rates of their own, milestones too: they share a level.

        A count is stated from numbers that were counted, not judged. Nothing is reported of one
        with detection 0, which has no part in a level of reports.
        """
        reports = self.rates is not None and self.rates.common_level.of == "reports"
        return tuple(
            name
            for name, entry in self.indicators.items()
            if isinstance(entry, PresenceIndicator)
            and entry.rates_like is None
            and (entry.detection > 0.0 or not reports)
        )

    def scalable(self, question: Question) -> bool:
        """Whether what is asked about is reported at a rate, which a number for it can scale."""
        indicator = self.indicators.get(question.indicator or "")
        return question.mode == "reported" and not isinstance(indicator, MoveIndicator)

    def pointed(self, indicator: str) -> dict[str, dict[str, tuple[float, float]]]:
        """How much rarer an indicator is in every other state of every node it points at.

        Returns
        -------
        dict of str to dict of str to (float, float)
            Node, then state not pointed at, then the central 90 % interval of the ratio; empty for
            an indicator of kind value, which has a level per state instead, and for one that
            follows a level.
        """
        entry = self.indicators[indicator]
        if isinstance(entry, ValueIndicator):
            return {}
        return {
            point.node: point.ratios(self.nodes[point.node].states) for point in entry.points_at
        }

    def is_open(self, indicator: str) -> bool:
        """Whether an indicator is an act done in the open."""
        entry = self.indicators.get(indicator)
        return entry is not None and entry.kind == "presence" and entry.open

    def weigh(self, report: Report, as_of: dt.date) -> float:
        """Credibility of a report in the likelihood, as known on a day."""
        return report.weight(as_of, open_act=self.is_open(report.indicator))


def _defaults(value: Any) -> BriefDefaults:
    """Return the brief's defaults out of an unchecked file.

    A wrong one is replaced here, because it is reported where it stands and nowhere else.
    """
    brief = value.get("brief") if isinstance(value, dict) else getattr(value, "brief", None)
    if isinstance(brief, Brief):
        return BriefDefaults(brief.scale, f"{brief.window!r} days", brief.as_of)
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


#: What an indicator may say otherwise than the one whose rates it has.
_OWN = {
    *("label", "description", "source", "rationale", "rates_like"),
    *("detection", "recurs", "open"),
}
_TEXTS = {"source", "rationale"}


def shared_names(beliefs: Beliefs) -> dict[str, dict[str, str]]:
    """Name the parameter that stands for another, block by block.

    Returns
    -------
    dict of str to dict of str to str
        Block of parameters, then the name that has no parameter of its own, then that of the
        parameter in its place.
    """
    blocks = ("log_hazard", "log_rate", "rarity", "log_dispersion", "level", "log_spread")
    out: dict[str, dict[str, str]] = {block: {} for block in blocks}
    for name, node in beliefs.nodes.items():
        if node.moves_like is not None:
            for h in node.hazards:
                move = f"{h.from_state} > {h.to_state}"
                out["log_hazard"][f"{name}: {move}"] = f"{node.moves_like}: {move}"
    for name, indicator in beliefs.indicators.items():
        if indicator.rates_like is not None:
            _share(out, beliefs, name, indicator.rates_like)
    return out


def _share(out: dict[str, dict[str, str]], beliefs: Beliefs, name: str, other: str) -> None:
    indicator, like = beliefs.indicators[name], beliefs.indicators[other]
    if isinstance(indicator, ValueIndicator) and isinstance(like, ValueIndicator):
        out["log_spread"][name] = other
        for state in indicator.stated.states if indicator.follows is None else ():
            own = f"{name} | {indicator.stated.node}.{state}"
            out["level"][own] = f"{other} | {like.stated.node}.{state}"
        return
    if isinstance(indicator, CountIndicator):
        out["log_dispersion"][name] = other
        if indicator.follows is not None:
            return
    out["log_rate"][name] = other
    pairs = zip(beliefs.pointed(name).items(), beliefs.pointed(other), strict=True)
    for (node, ratios), there in pairs:
        for state in ratios:
            out["rarity"][f"{name} | {node}.{state}"] = f"{other} | {there}.{state}"


def sharing(beliefs: Beliefs) -> Iterator[Finding]:
    """Find what shares rates with something that does not exist, or says otherwise than it."""
    for name, node in beliefs.nodes.items():
        if node.moves_like is not None:
            at: Location = ("nodes", name, "moves_like")
            likes = {key: each.moves_like for key, each in beliefs.nodes.items()}
            wrong = _reference(name, node.moves_like, likes, at, what="node")
            if wrong is not None:
                yield wrong
            elif _moves(node) != _moves(beliefs.nodes[node.moves_like]):
                yield _unlike(at, "states or hazards", node.moves_like, (("nodes", name),))
    for name, indicator in beliefs.indicators.items():
        if indicator.rates_like is not None:
            at = ("indicators", name, "rates_like")
            alike = {key: each.rates_like for key, each in beliefs.indicators.items()}
            wrong = _reference(name, indicator.rates_like, alike, at, what="indicator")
            other = indicator.rates_like
            if wrong is not None:
                yield wrong
            elif _rates(beliefs, indicator) != _rates(beliefs, beliefs.indicators[other]):
                yield _unlike(at, "kind, numbers or states", other, (("indicators", name),))


def _reference(
    name: str, other: str, likes: dict[str, str | None], at: Location, *, what: str
) -> Finding | None:
    if other not in likes:
        hint = nearest(other, likes) or f"the {what}s are {', '.join(likes)}"
        return Finding(at, f"unknown {what} {other!r}", hint)
    if other == name:
        return Finding(at, f"{name!r} shares with itself", f"name another {what}")
    if likes[other] is not None:
        came = f"{other!r} has none of its own"
        return Finding(at, came, f"name the one it shares with: {likes[other]}")
    return None


def _unlike(at: Location, what: str, other: str, relies: tuple[Location, ...]) -> Finding:
    came = f"states other {what} than {other!r}"
    return Finding(at, came, f"give the same as {other}, or do not share", relies)


def _moves(node: Node) -> tuple[object, ...]:
    hazards = [h.model_dump(mode="json", exclude=_TEXTS) for h in node.hazards]
    return node.states, hazards, node.level


def _rates(beliefs: Beliefs, indicator: Indicator) -> tuple[object, ...]:
    """Everything an indicator states of its rates, and the states it speaks of, without names."""
    values: dict[str, Any] = indicator.model_dump(mode="json", exclude=_OWN)
    places = values.get("points_at") or [values.get("levels") or {}]
    nodes = [place.pop("node", "") for place in places]
    nodes += [node] if (node := values.pop("follows", None)) else []
    known = (beliefs.nodes.get(node) for node in nodes)
    return values, [node.states for node in known if node is not None]
