"""Rows that a rule takes, and the reports they become."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

from forecast.beliefs.addresses import article_key
from forecast.beliefs.series_names import shown_text
from forecast.importers.articles import digest, safe_id
from forecast.importers.formats import FORMATS, Format
from forecast.importers.mapping import EventMapping, code_label
from forecast.importers.matching import Match

__all__ = ["Candidate", "id_of", "report_of"]

_LONGEST: Final = 300


@dataclass(slots=True)
class Candidate:
    """A row that a rule takes, until it is known whether it says anything new."""

    match: Match
    occurred: dt.date
    reported: dt.date
    row_id: str
    event: str
    article: str
    named: bool
    place: str
    cells: dict[str, str] = field(default_factory=dict)


def id_of(form: Format, each: Candidate) -> str:
    """Id of the report that a row becomes."""
    return f"{form.name}-{safe_id(each.row_id)}"


def report_of(each: Candidate, mapping: EventMapping, *, brief_as_of: dt.date) -> dict[str, Any]:
    """Write a row as a report, a row of ``events/``, column to text."""
    form, rule = FORMATS[mapping.format], mapping.rules[each.match.rule]
    grade = rule.grade or mapping.grade
    who = _printed(", ".join(name for name in each.match.actors if name))
    said = code_label(form.codes, each.match.code)
    more = each.cells.get(form.text, "")
    address = shown_text(each.cells.get(form.url, ""))
    url = address if article_key(address) else ""
    site = url.partition("://")[2].partition("/")[0] or _printed(address)
    by_article = mapping.lineage == "article"
    return {
        "report_id": id_of(form, each),
        "event_id": f"{form.name} {rule.indicator} {each.event}",
        "lineage": f"{form.name}{'-' if by_article else ' '}"
        f"{digest(each.article) if by_article else each.event}",
        "occurred_on": each.occurred,
        "reported_on": each.reported,
        "indicator": rule.indicator,
        "reliability": grade[0],
        "credibility": grade[1],
        "use": "prior" if each.reported < brief_as_of else "evidence",
        "actors": who,
        "summary": _printed(f"{who}: {said}. {more}")[:_LONGEST].rstrip(),
        "source_title": _printed(each.cells.get(form.source, "")) or site or form.title,
        "source_url": url,
        "source_type": "coded event data",
        "note": f"Imported from {form.title}; coded by others, not checked by us.",
    }


def _printed(text: str) -> str:
    """Write a text of others in one line, so that no spreadsheet takes it for a formula."""
    return shown_text(text).lstrip("=+-@ ")
