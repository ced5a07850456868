"""Small rows and a clock that ticks, for tests of the ledger."""

from datetime import UTC, date, datetime, timedelta

from forecast.beliefs import CoverageWindow, Report, Source, Verdict
from forecast.beliefs.announcements import Announcement

FIRST_TICK = datetime(2024, 7, 1, 9, tzinfo=UTC)


def report(report_id="R1", *, reported_on=date(2024, 6, 20), **changes):
    """Return a report; its facts are made up."""
    fields = {
        "event_id": f"E-{report_id}",
        "lineage": "wire",
        "occurred_on": date(2024, 6, 19),
        "indicator": "treaty_signed",
        "reliability": "B",
        "credibility": 2,
        "use": "evidence",
        "summary": "A treaty was signed.",
        **changes,
    }
    return Report(report_id=report_id, reported_on=reported_on, **fields)


def window(indicator="*", starts_on=date(2024, 1, 1), ends_on=date(2024, 6, 30), **changes):
    """Return a coverage window."""
    fields = {"detection": 0.3, "source": "desk", "rationale": "read every week", **changes}
    return CoverageWindow(indicator=indicator, starts_on=starts_on, ends_on=ends_on, **fields)


def source(source_id="wire", **changes):
    """Return a source."""
    fields = {"label": "A wire", "reliability": "B", "hosts": ("example.org",), **changes}
    return Source(source_id=source_id, source="desk", rationale="usually right", **fields)


def verdict(report_id="R1", said="refuted", known_on=date(2024, 6, 25), **changes):
    """Return a verdict on a report."""
    fields = {"by": ("R2",), "reason": "it was not so", **changes}
    return Verdict(report_id=report_id, verdict=said, known_on=known_on, **fields)


def announced(name="a1", **changes):
    """Return an announcement; its facts are made up."""
    fields = {
        "indicator": "visit",
        "kind": "undated",
        "told_on": date(2024, 6, 1),
        "reliability": "B",
        "credibility": 1,
        "source_title": "A wire",
        **changes,
    }
    return Announcement(announcement_id=name, **fields)


def outcome_of(question="q1", outcome="yes", resolved_on=date(2024, 6, 30), **changes):
    """Return how a question came out; the question is made up."""
    fields = {"source": "a wire", "url": "", "note": "", **changes}
    return {"question": question, "outcome": outcome, "resolved_on": resolved_on, **fields}


def alert_row(alert="a1", version=0, word="raised", **changes):
    """Return a word on an alert that follows a version; the rule is made up."""
    fields = {"rule": "r1", "probability": 0.35, "certainty": 0.9, "reference": 0.35, **changes}
    return {"alert": alert, "version": version, "word": word, **fields}


class TickingClock:
    """A clock that goes on by one second each time it is asked."""

    def __init__(self):
        self.now = FIRST_TICK - timedelta(seconds=1)

    def __call__(self):
        self.now += timedelta(seconds=1)
        return self.now


def ids(records):
    return [record.report_id for record in records]
