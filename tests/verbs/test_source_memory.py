"""A source that is refuted often weighs less, and the forecast moves; off, not a bit changes."""

import datetime as dt

import numpy as np
import pytest

from forecast.beliefs import fingerprint, read_events
from forecast.inference.encoding import encode
from forecast.inference.observations import happenings, observe, steps_until
from forecast.inference.tracking import appraise, knowledge
from forecast.issue.run import run
from forecast.ledger import evidence_fingerprint
from forecast.project.project import Record
from forecast.project.sampler import SamplerSettings
from forecast.publish.figures import behind
from forecast.record.reports import add_report
from forecast.study.last_issue import held_issue

END = dt.date(2024, 6, 30)
ON = "\nsource_memory: {on: true, least: 20}\n"
SOURCES = """source_id,label,reliability,hosts,lineages,source,rationale
monitors,Example monitors,B,,monitors,Example desk,Usually right
mediator,Example mediator,A,,mediator,Example desk,A record
"""


def remind(project, *, outcomes=24):
    """Give the monitors a past: reports that documented the prior, and are no evidence."""
    head = "report_id,event_id,lineage,occurred_on,reported_on,indicator,reliability,credibility,"
    past = [
        f"P{n:02},EP{n},monitors,2023-10-01,2023-10-02,shelling_reported,B,2,prior,Past,A title"
        for n in range(outcomes)
    ]
    text = "\n".join([f"{head}use,summary,source_title", *past])
    (project.events / "past.csv").write_text(text + "\n")


def furnish(project, *, on, refuted=1.0, outcomes=24, known_on="2024-03-01"):
    """Say what became of the past, and that the monitors are a source."""
    remind(project, outcomes=outcomes)
    (project.events / "sources.csv").write_text(SOURCES)
    said = ["refuted" if n < refuted * outcomes else "confirmed" for n in range(outcomes)]
    rows = [f"P{n:02},{word},{known_on},Correction,Looked into" for n, word in enumerate(said)]
    text = "\n".join(["report_id,verdict,known_on,source_title,reason", *rows])
    (project.events / "verdicts.csv").write_text(text + "\n")
    if on:
        project.priors.write_text(project.priors.read_text() + ON)
    return project


def recorded(project):
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        return encode(beliefs), Record.synchronise(project, beliefs, ledger)


def probability(project, as_of=END):
    """P(the ceasefire is broken), by weighing draws from the priors."""
    encoding, record = recorded(project)
    evidence = observe(encoding, record.reports, record.coverage, as_of=as_of)
    seen = appraise(encoding, encoding.priors.draw(4000, seed=1), evidence)
    weight = np.exp(seen.log_likelihood - seen.log_likelihood.max())
    broken = seen.probability[encoding.headline_rows("ceasefire")].sum(axis=0)
    return float(weight @ broken / weight.sum())


def shelling(project):
    """Credibility of the shelling, which the monitors reported."""
    encoding, record = recorded(project)
    events = happenings(encoding, record.reports, as_of=END)
    return sum(one.credibility for one in events if one.event_id == "E-shelling-1")


def test_refutations_of_a_source_move_the_forecast_away_from_what_it_says(fresh):
    graded, odds = shelling(fresh), probability(fresh)
    furnish(fresh, on=True, refuted=0.5)
    assert 0.0 < shelling(fresh) < graded - 0.1
    assert probability(fresh) < 0.95 * odds
    half = probability(fresh)
    furnish(fresh, on=False)  # it is on already; now all of them are refuted
    assert shelling(fresh) == 0.0
    assert probability(fresh) < half


def test_confirmations_move_it_towards(fresh):
    graded, odds = shelling(fresh), probability(fresh)
    furnish(fresh, on=True, refuted=0.0)
    assert shelling(fresh) > graded
    assert probability(fresh) > odds


@pytest.mark.parametrize(("on", "outcomes"), [(False, 24), (True, 19)])
def test_off_or_with_too_few_outcomes_not_a_bit_changes(fresh, on, outcomes):
    remind(fresh, outcomes=outcomes)
    encoding, before = recorded(fresh)
    odds = probability(fresh)
    furnish(fresh, on=on, outcomes=outcomes)
    _, after = recorded(fresh)
    old, new = (observe(encoding, one.reports, one.coverage, as_of=END) for one in (before, after))
    for name in ("pattern", "detection", "cell_step", "cell_indicator", "cell_value"):
        assert np.array_equal(getattr(old, name), getattr(new, name))
    assert probability(fresh) == odds
    assert after.changes.revised == ()
    assert evidence_fingerprint(after.reports, after.coverage) == evidence_fingerprint(
        before.reports, before.coverage
    )


def test_sources_and_verdicts_alone_leave_the_fingerprints_as_they_were(fresh):
    """The print of the evidence is that of the version before there were sources."""
    beliefs = fresh.beliefs()
    reports, coverage = read_events(fresh.events, beliefs=beliefs)
    alone = [fingerprint(beliefs, texts=texts) for texts in (True, False)]
    assert evidence_fingerprint(reports, coverage).startswith("f851d93406838dab")
    fresh.priors.write_text(fresh.priors.read_text() + "\nsource_memory: {on: false}\n")
    assert [fingerprint(fresh.beliefs(), texts=texts) for texts in (True, False)] == alone


def test_a_verdict_known_later_changes_no_earlier_number(fresh):
    early = dt.date(2024, 5, 1)
    remind(fresh)
    odds, now = probability(fresh, early), probability(fresh)
    _, before = recorded(fresh)
    furnish(fresh, on=True, known_on="2024-05-02")
    _, after = recorded(fresh)
    assert probability(fresh, early) == odds
    assert probability(fresh) < now
    for day, same in ((early, True), (END, False)):
        prints = {
            evidence_fingerprint(one.reports, one.coverage, as_of=day) for one in (before, after)
        }
        assert (len(prints) == 1) == same


def test_the_curve_knows_a_verdict_from_its_own_day_on(fresh):
    encoding, before = recorded(fresh)
    furnish(fresh, on=True, known_on="2024-05-15")
    _, after = recorded(fresh)
    steps = steps_until(encoding, END)
    curves = [
        knowledge(encoding, one.reports, one.coverage, as_of=END, steps=steps)
        for one in (before, after)
    ]
    differs = [
        not np.array_equal(old.cell_value, new.cell_value) for old, new in zip(*curves, strict=True)
    ]
    first = steps_until(encoding, dt.date(2024, 5, 15)) - 1
    assert differs == [number >= first for number in range(steps)]


def test_a_new_letter_reaches_reports_that_are_only_in_the_ledger(fresh):
    (fresh.events / "sources.csv").write_text(SOURCES)
    cells = {
        "event_id": "E2", "lineage": "monitors", "occurred_on": "2024-05-01", "use": "evidence",
        "reported_on": "2024-05-02", "indicator": "shelling_reported", "credibility": "3",
        "summary": "Again", "source_title": "Example", "source_id": "monitors",
    }  # fmt: skip
    added = add_report(fresh, cells).report
    assert (added.grade, added.inherits) == ("B3", True)
    (fresh.events / "sources.csv").write_text(SOURCES.replace("monitors,B", "monitors,D"))
    _, record = recorded(fresh)
    again = next(one for one in record.reports if one.report_id == added.report_id)
    assert again.grade == "D3"
    assert record.changes.revised == (added.report_id,)
    _, record = recorded(fresh)
    assert record.changes.revised == ()


@pytest.mark.slow
def test_the_issued_forecast_moves_and_stands_where_it_was_issued(fresh):
    """Learnt with PyMC: off, on, and taken back out of the ledger."""
    chosen = SamplerSettings(draws=1000, tune=1000, chains=4, seed=1)
    furnish(fresh, on=False)
    off = run(fresh, sampler=chosen)
    fresh.priors.write_text(fresh.priors.read_text() + ON)
    assert behind(fresh, off)
    on = run(fresh, sampler=chosen)
    first, second = (one.payload["judgements"][0]["probability"] for one in (off, on))
    assert second < 0.95 * first
    assert behind(fresh, on) == []
    held = held_issue(fresh)
    assert any(report.learnt for report in held.reports)
    assert (
        evidence_fingerprint(held.reports, held.coverage, as_of=held.as_of)
        == on.issued.evidence_fingerprint
    )
    assert not run(fresh, sampler=chosen).fresh
