"""Scenarios look at reports as the filter does: by what was learnt of their sources."""

from __future__ import annotations

import pytest

from forecast.beliefs import Report
from forecast.beliefs.scenario_files import Placed, WhatIf
from forecast.beliefs.scenarios import Assumption
from forecast.errors import BeliefsError
from forecast.inference.assuming import reported, suppose
from forecast.inference.observations import happenings
from tests.inference.samples import day, harbour, report

AS_OF = day(28)
#: P(true) of one half weighs nothing, one of .7 weighs .4.
REFUTED, TRUSTED = ((day(14), 0.5),), ((day(14), 0.7),)


def scenario(**said: object) -> WhatIf:
    """One assumption, as written in a file."""
    assumption = Assumption.model_validate({"rationale": "invented", **said})
    placed = Placed(assumption, "if.yaml", 3, "assumptions[0]", "if")
    return WhatIf("if", "If", "invented", "tests", "invented", (placed,))


def signed_again() -> WhatIf:
    return scenario(observe={"indicator": "accord", "on": day(35), "grade": "A1"})


def accord(**changes: object) -> Report:
    return report("accord", 3, **changes)


def filtered(rows: list[Report]) -> list[str]:
    """Events that reach the filter."""
    return [each.event_id for each in happenings(harbour(), rows, as_of=AS_OF)]


@pytest.mark.parametrize(
    ("grade", "learnt", "happened"),
    [("B2", (), True), ("B2", REFUTED, False), ("D4", (), False), ("D4", TRUSTED, True)],
    ids=["stated", "source refuted since", "stated as nothing", "source trusted since"],
)
def test_a_milestone_has_happened_where_the_filter_has_its_event(grade, learnt, happened):
    rows = [accord(grade=grade, learnt=learnt)]
    assert bool(filtered(rows)) == happened
    arguments = harbour().beliefs, rows, [], signed_again()
    if happened:
        with pytest.raises(BeliefsError, match="accord happens once, and happened on 2020-01-09"):
            suppose(*arguments, as_of=AS_OF)
    else:
        found = suppose(*arguments, as_of=AS_OF)
        assert [row.report_id for row in found.reports][-1] == "hypothetical-1"


def test_what_is_learnt_after_the_baseline_is_not_known_to_it():
    """Its source is refuted a week later; on that day the accord was signed."""
    rows = [accord(learnt=((day(35), 0.5),))]
    with pytest.raises(BeliefsError, match="happens once"):
        suppose(harbour().beliefs, rows, [], signed_again(), as_of=AS_OF)


@pytest.mark.parametrize(
    ("learnt", "late", "dropped"),
    [((), 9, set()), (REFUTED, 9, {"one", "other"}), ((), 35, {"one", "other"})],
    ids=["two lineages", "one refuted since", "one not known yet"],
)
def test_a_second_lineage_is_one_that_weighs_something_in_the_filter(learnt, late, dropped):
    """A single lineage is told by the weights that the filter uses, on the day of the baseline."""
    rows = [
        report("patrols", 3, report_id="one", event_id="e", lineage="wire"),
        report("patrols", 3, report_id="other", event_id="e", lineage="ministry", learnt=learnt,
               reported=late),
    ]  # fmt: skip
    [event] = happenings(harbour(), rows, as_of=AS_OF)
    assert (len(event.lineages) == 1) == bool(dropped)
    alone = scenario(belief={"reports": {"single_lineage": True}, "dropped": True})
    if not dropped:
        with pytest.raises(BeliefsError, match="no report used as evidence fits"):
            reported(rows, alone, beliefs=harbour().beliefs, as_of=AS_OF)
        return
    kept = {row.report_id for row in reported(rows, alone, beliefs=harbour().beliefs, as_of=AS_OF)}
    assert {"one", "other"} - kept == dropped
