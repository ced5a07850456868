"""A record that is gathered as it grows against one that is laid out row by row at each date."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs.identity import unified
from forecast.beliefs.indicators import ValueIndicator
from forecast.beliefs.reports import combine
from forecast.inference.encoding import Encoding
from forecast.inference.observations import Gathering, happenings, observe, steps_until
from forecast.inference.tracking import knowledge
from tests.inference.samples import day, harbour, report, same, some_reports, window

EVERYWHERE = [window(1, 42)]


def cells_row_by_row(encoding: Encoding, reports, as_of: dt.date):
    """Collapse reports to cells from nothing: (step, indicator) to (value, exposure)."""
    weigh = encoding.beliefs.weigh
    known = [one for one in unified(reports) if one.use == "evidence" and one.reported_on <= as_of]
    rows = defaultdict(list)
    for one in known:
        if weigh(one, as_of) > 0.0:
            rows[one.indicator, one.event_id].append(one)
    events = defaultdict(list)
    for (name, event), members in rows.items():
        step = max(0, steps_until(encoding, min(one.occurred_on for one in members)) - 1)
        best = {}
        for one in members:
            best[one.lineage] = max(best.get(one.lineage, 0.0), weigh(one, as_of))
        last = max(members, key=lambda one: (one.reported_on, one.report_id))
        found = (step, event, combine(sorted(best.values())), last.value, last.exposure)
        events[name].append(found)
    out = {}
    for name, found in events.items():
        number, kind = encoding.indicators.index(name), encoding.beliefs.indicators[name]
        found.sort(key=lambda one: one[:2])
        once = kind.kind == "presence" and not kind.recurs
        steps = defaultdict(list)
        for one in found:
            steps[found[0][0] if once else one[0]].append(one)
        for step, members in steps.items():
            values = [float(one[3]) for one in members if one[3] is not None]
            if kind.kind == "presence":
                out[step, number] = combine(one[2] for one in members), 1.0
            elif isinstance(kind, ValueIndicator):
                out[step, number] = kind.read(float(np.mean(values))), 1.0
            else:
                out[step, number] = sum(values), sum(one[4] for one in members)
    return out


def cells_of(evidence):
    """Give the cells of some evidence."""
    places = zip(evidence.cell_step.tolist(), evidence.cell_indicator.tolist(), strict=True)
    said = zip(evidence.cell_value.tolist(), evidence.cell_exposure.tolist(), strict=True)
    return dict(zip(places, said, strict=True))


@given(reports=some_reports(), late=st.integers(1, 42))
def test_what_is_gathered_is_what_is_laid_out_row_by_row(reports, late):
    """To the last bit, whatever the order reports come in."""
    as_of = day(late)
    expected = cells_row_by_row(harbour(), reports, as_of)
    steps = steps_until(harbour(), as_of)
    found = cells_of(observe(harbour(), reports, EVERYWHERE, as_of=as_of))
    assert found == {key: said for key, said in expected.items() if key[0] < steps}


@given(reports=some_reports(), weeks=st.integers(1, 6), data=st.data())
def test_a_record_followed_from_week_to_week_is_that_of_each_week(reports, weeks, data):
    """Also where it was learnt since what reports of a source are worth."""
    learnt = st.lists(st.tuples(st.integers(1, 42).map(day), st.floats(0.1, 0.99)), max_size=2)
    rows = [replace(one, learnt=tuple(sorted(data.draw(learnt)))) for one in reports]
    as_of = day(7 * weeks - data.draw(st.integers(0, 6)))
    found = knowledge(harbour(), rows, EVERYWHERE, as_of=as_of, steps=weeks)
    for step, evidence in enumerate(found):
        date = min(as_of, day(7 * (step + 1)))
        assert same(evidence, observe(harbour(), rows, EVERYWHERE, as_of=date))
        kept = {key: said for key, said in cells_row_by_row(harbour(), rows, date).items()
                if key[0] < evidence.steps}  # fmt: skip
        assert cells_of(evidence) == kept


@given(reports=some_reports(), split=st.integers(0, 8))
def test_reports_added_later_make_the_events_of_all_of_them(reports, split):
    """Events, too, are those of a record that was gathered at once."""
    as_of, rows = day(42), unified(reports)
    gathered = Gathering.of(harbour(), rows[:split], as_of=as_of)
    gathered.evidence(EVERYWHERE, as_of=as_of)
    rest = [one for one in rows[split:] if one.use == "evidence" and one.reported_on <= as_of]
    gathered.add(rest, as_of=as_of)
    assert gathered.happenings() == happenings(harbour(), rows, as_of=as_of)
    assert same(gathered.evidence(EVERYWHERE, as_of=as_of),
                observe(harbour(), rows, EVERYWHERE, as_of=as_of))  # fmt: skip


def test_events_weighed_otherwise_and_back_are_as_they_were():
    """A source that is taken out leaves what the others say, and comes back."""
    rows = [report(lineage=name, report_id=name, grade=grade)
            for name, grade in (("wire", "A1"), ("radio", "B2"), ("post", "B3"))]  # fmt: skip
    as_of = day(14)
    gathered = Gathering.of(harbour(), rows, as_of=as_of)
    before = gathered.evidence([], as_of=as_of)
    weigh = harbour().beliefs.weigh
    gathered.weighed(
        rows[:1], as_of=as_of, weigh=lambda one, on: weigh(one, on) * (one.lineage != "wire")
    )
    assert same(gathered.evidence([], as_of=as_of), observe(harbour(), rows[1:], [], as_of=as_of))
    gathered.weighed(rows[:1], as_of=as_of)
    assert same(gathered.evidence([], as_of=as_of), before)
