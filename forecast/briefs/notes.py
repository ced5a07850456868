"""Notes on sources: Chicago full notes, the house style of the bundled brief, and CSL-JSON.

A report records the title and the address of its source and the day it was reported, and no author.
So a note begins with the title (Chicago Manual of Style, 17th ed., 14.79), names the site by its
host, and never fills in what was not recorded. Reports of one source share one note.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, Literal
from urllib.parse import urlsplit

from forecast.briefs.blocks import Note
from forecast.briefs.facts import ReportFacts

__all__ = ["STYLES", "Style", "csl_json", "note", "source_key"]

Style = Literal["chicago", "house"]
STYLES: tuple[Style, ...] = ("chicago", "house")

_FRAGMENT = re.compile(r"#:~:text=.*$")


def source_key(report: ReportFacts, reports: Iterable[ReportFacts]) -> str:
    """Key of the note of a report: the first report that cites the same source."""
    mine = _source(report)
    same = sorted(other.report_id for other in reports if _source(other) == mine)
    return same[0] if same else report.report_id


def note(report: ReportFacts, *, style: Style, reports: Iterable[ReportFacts]) -> Note:
    """Note that cites the source of a report.

    Parameters
    ----------
    report : ReportFacts
    style : {"chicago", "house"}
        Chicago: ``"Title," site, Month D, YYYY, address.``; house: ``"Title", site, reported on
        Month D, YYYY. address``.
    reports : iterable of ReportFacts
        All of them, to find those that cite the same source.
    """
    key = source_key(report, reports)
    title, site, address = _title(report), _site(report), _address(report)
    when = _american(report.reported_on)
    if not title and not address:
        text = f"{_sentence(report.summary)} No source page is recorded; {when}."
    elif style == "house":
        parts = [f"“{title}”" if title else "", site, f"reported on {when}"]
        text = ", ".join(part for part in parts if part) + f". {address}".rstrip()
    else:
        parts = [f"“{title},”" if title else "", *(part for part in (site, when, address) if part)]
        text = _joined(parts) + "."
    again = f"“{title},”" if title else ", ".join(filter(None, (site, when)))
    return Note(key, f"{text} [{report.grade}]", f"{again} cited above. [{report.grade}]")


def csl_json(reports: Iterable[ReportFacts]) -> list[dict[str, Any]]:
    """List sources as CSL-JSON items, one a source, in order of their keys."""
    held = list(reports)
    items: dict[str, dict[str, Any]] = {}
    for report in held:
        key = source_key(report, held)
        if key != report.report_id:
            continue
        when = report.reported_on
        item = {
            "id": key,
            "type": "webpage" if report.source_url else "document",
            "title": _title(report) or report.summary,
            "container-title": _site(report),
            "issued": {"date-parts": [[when.year, when.month, when.day]]},
            "URL": _address(report),
            "note": f"Admiralty {report.grade}; lineage {report.lineage}; {report.verified}",
        }
        items[key] = {name: value for name, value in item.items() if value}
    return [items[key] for key in sorted(items)]


def _source(report: ReportFacts) -> str:
    return _address(report) or report.source_title or report.report_id


def _address(report: ReportFacts) -> str:
    """Address without a text fragment, which is a browser's highlight and no part of it."""
    return _FRAGMENT.sub("", report.source_url)


def _title(report: ReportFacts) -> str:
    """Title with typographic quotation marks inside it."""
    title = report.source_title.strip().rstrip(".")
    inner = re.sub(r"(?<!\w)'([^']*)'(?!\w)", "\u2018\\1\u2019", title)
    return inner.replace("'", "\u2019").replace('"', "\u2019")


def _site(report: ReportFacts) -> str:
    host = urlsplit(report.source_url).hostname or ""
    return host.removeprefix("www.")


def _joined(parts: list[str]) -> str:
    """Join with commas, except after a quoted title, which holds its own."""
    text = ""
    for part in parts:
        if part:
            text += part if not text else f" {part}" if text.endswith("”") else f", {part}"
    return text


def _american(date: dt.date) -> str:
    return f"{date:%B} {date.day}, {date.year}"


def _sentence(text: str) -> str:
    return text.strip().rstrip(".") + "."
