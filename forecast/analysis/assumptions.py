"""What kind of *if* an assumption is, and what it does not change, in one line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from forecast.beliefs.reports import EVERY_INDICATOR
from forecast.beliefs.scenario_files import Placed
from forecast.beliefs.scenarios import Believe, Do, HazardName, Observe

__all__ = ["Kind", "Said", "said"]

Kind = Literal["intervention", "counterfactual", "observation", "belief"]


@dataclass(frozen=True)
class Said:
    """An assumption in words.

    Attributes
    ----------
    kind : str
    what : str
        What is assumed.
    unchanged : str
        What it does not change.
    placed : Placed
    """

    kind: Kind
    what: str
    unchanged: str
    placed: Placed


def said(placed: Placed, *, past: bool) -> Said:
    """Say an assumption.

    Parameters
    ----------
    placed : Placed
    past : bool
        Whether an intervention begins before the as-of date.
    """
    one = placed.assumption
    if one.do is not None:
        return _do(placed, one.do, past=past)
    if one.observe is not None:
        return Said("observation", _observed(one.observe), _NOTHING_DONE, placed)
    assert one.belief is not None
    unchanged = _SAME_REPORTS if one.belief.reports is None else _SAME_PRIORS
    return Said("belief", _believed(one.belief), unchanged, placed)


_NOTHING_DONE = (
    "Nothing is acted on: it tells what was so anyway, so causes and rates are learnt from it too"
)
_SAME_REPORTS = "The reports stay as they are; states and all other rates are learnt anew from them"
_SAME_PRIORS = "The priors stay as they are; the events may have happened all the same"
_FREE_CAUSES = "What it acts on follows; its causes, the past and the learnt rates do not change"
_REPLAYED = (
    "The rates and the chances of the past are learnt from the real reports; only what follows "
    "from it is replayed, and no report is replayed"
)


def _do(placed: Placed, do: Do, *, past: bool) -> Said:
    span = f"from {do.starts_on} on" if do.ends_on is None else f"{do.starts_on} to {do.ends_on}"
    if do.node is not None:
        what = f"{do.node} is held in {do.state}, {span}"
        supposed = f"had {do.node} been {do.state}, {span}, given all that was reported"
    else:
        assert do.hazard is not None
        what = f"the hazard of {_hazard(do.hazard)} is multiplied by {do.times:g}, {span}"
        supposed = f"had {what.replace(' is ', ' been ')}, given all that was reported"
    if past:
        return Said("counterfactual", supposed, _REPLAYED, placed)
    return Said("intervention", what, _FREE_CAUSES, placed)


def _hazard(hazard: HazardName) -> str:
    return f"{hazard.node} from {hazard.from_state} to {hazard.to_state}"


def _observed(seen: Observe) -> str:
    if seen.absent:
        name = "any indicator" if seen.indicator == EVERY_INDICATOR else seen.indicator
        how = "" if seen.detection is None else f" (detection {seen.detection:g})"
        return (
            f"no report of {name}, {seen.starts_on} to {seen.ends_on}, though somebody looks{how}"
        )
    value = "" if seen.value is None else f" with {seen.value:g}"
    late = "" if seen.reported in {None, seen.on} else f", known on {_day(seen.reported)}"
    return f"{seen.indicator} is reported for {_day(seen.on)}{value} (grade {seen.grade}{late})"


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()


def _believed(belief: Believe) -> str:
    if belief.reports is not None:
        return _reports(belief)
    changes = []
    if belief.probability is not None:
        low, high = belief.probability.interval
        changes.append(f"probability {low:g} to {high:g}")
    if belief.within is not None:
        changes.append(f"within {belief.within:g} days")
    if belief.ratio is not None:
        changes.append(f"ratio {belief.ratio[0]:g} to {belief.ratio[1]:g}")
    if belief.detection is not None:
        changes.append(f"detection {belief.detection:g}")
    if belief.initial is not None:
        shares = belief.initial.probabilities.items()
        changes.append(", ".join(f"{state} {share:g}" for state, share in shares))
        subject = f"the start of {belief.initial.node}"
    elif belief.hazard is not None:
        subject = f"the hazard of {_hazard(belief.hazard)}"
    else:
        subject = belief.coupling or belief.indicator or ""
    return f"another belief about {subject}: {', '.join(changes)}"


def _reports(belief: Believe) -> str:
    assert belief.reports is not None
    wanted = belief.reports
    criteria = [
        f"{name.replace('_', ' ')} {_listed(values)}"
        for name in ("lineage", "source_type", "indicator", "event", "report")
        if (values := getattr(wanted, name))
    ]
    criteria += ["one lineage only"] if wanted.single_lineage else []
    wish = f"graded {belief.grade}" if belief.grade else "left out"
    return f"reports of {', '.join(criteria)} are {wish}"


def _listed(values: Sequence[str]) -> str:
    """List values, the first three of many."""
    if len(values) <= 4:
        return " or ".join(values)
    return f"{', '.join(values[:3])} or one of {len(values) - 3} more"
