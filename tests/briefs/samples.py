"""A small forecast, made by hand, for documents."""

import datetime as dt

from forecast.beliefs.words import scale
from forecast.briefs.blocks import Figure
from forecast.briefs.causes import Foundation, confidence
from forecast.briefs.facts import (
    Band,
    Change,
    Facts,
    JudgementFacts,
    QuestionFacts,
    ReportFacts,
    Stamp,
)
from forecast.briefs.vocabulary import Vocabulary

__all__ = ["STAMP", "facts", "figure", "judgement", "report", "vocabulary"]

STAMP = Stamp(
    dt.date(2024, 6, 30),
    dt.datetime(2024, 7, 1, 9, 30, tzinfo=dt.UTC),
    "0123456789abcdef",
    "a" * 64,
    "b" * 64,
)


def band(p, low=None, high=None):
    return Band(p, scale("icd203").word(p), low, high)


def judgement(node="talks", p=0.684, *, before=None, at_brief=0.3, states=None):
    """One node with two or more states, the first its headline."""
    shares = states or {"open": p, "broken": 1 - p}
    headline = next(iter(shares))
    return JudgementFacts(
        node=node,
        label=f"{node.capitalize()}: {headline}",
        proposition=f"The {node} are {headline}.",
        headline=(headline,),
        states=shares,
        now=band(p, max(0.0, p - 0.11), min(1.0, p + 0.09)),
        at_brief=at_brief,
        horizon_date=dt.date(2025, 6, 30),
        horizon=band(0.5, 0.3, 0.7),
        confidence=confidence(Foundation(3, 1, 0.9, 0.2)),
        change=before,
    )


def report(number, **changes):
    """One report; B2 and with a page unless said otherwise."""
    values = {
        "report_id": f"R{number}",
        "event_id": f"E{number}",
        "lineage": f"wire-{number}",
        "reported_on": dt.date(2024, 5, number),
        "indicator": "meeting",
        "grade": "B2",
        "credibility": 0.48,
        "summary": f"Envoys met for the {number}th time, at $5 a head.",
        "source_title": f"Talks go on: day {number}",
        "source_url": f"https://www.example.org/talks/{number}",
        "verified": "page",
        "nodes": ("talks",),
    }
    return ReportFacts(**{**values, **changes})


def facts(*judgements, reports=None):
    """A forecast of two judgements and one question."""
    moved = Change(dt.date(2024, 5, 1), 0.54, arrived=("R3", "R2"))
    return Facts(
        stamp=STAMP,
        title="Talks & a *ceasefire*",
        house="House",
        brief_as_of=dt.date(2024, 1, 1),
        scale="icd203",
        scale_title="ICD 203",
        bands=scale("icd203").bands,
        counts={"reports": 3, "events": 3, "indicators": 1, "lineages": 3},
        checks={"r_hat": 1.001, "ess_bulk": 2000.0, "divergences": 0},
        judgements=judgements
        or (judgement(before=moved), judgement("ceasefire", 0.996, at_brief=0.99)),
        questions=(
            QuestionFacts(
                "ceasefire_by_may",
                "Will there be a ceasefire by 1 May 2024?",
                dt.date(2024, 5, 1),
                past=True,
                answer=band(0.3, 0.2, 0.4),
            ),
        ),
        reports=reports or (report(1), report(2), report(3)),
    )


def figure(node):
    """A figure without a drawing."""
    name = f"{node or 'all'}__chart"
    return Figure(name, "A finding", "A line rises.", b"png", b"svg", b"csv", 160, "f" * 16)


def vocabulary(held=None, **changes):
    return Vocabulary(held or facts(), figure, **changes)
