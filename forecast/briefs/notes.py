"""Notes on sources and the reports that cite them: Chicago, house style, CSL-JSON.

A report records the title and the address of its source and the day it was reported, and no author.
So a note begins with the title (Chicago Manual of Style, 17th ed., 14.79), names the publisher (by
its host where the sources give no name), and never fills in what was not recorded. Reports of one
document share one note; title, day, publisher and address tell documents apart.

How a note is set is its format's: `typeset` for PDF, `word_notes` for Word, `web` for HTML, and
`markdown` for text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from forecast.beliefs.identity import article_key
from forecast.briefs import sentences, tables
from forecast.briefs.blocks import Note, Part, Prose, Table
from forecast.briefs.facts import Facts, JudgementFacts, ReportFacts
from forecast.briefs.sentences import day

__all__ = ["STYLES", "Style", "arrived", "calendar", "csl_json", "evidence", "note"]

Style = Literal["chicago", "house"]
STYLES: tuple[Style, ...] = ("chicago", "house")

_FRAGMENT = re.compile(r"#:~:text=.*$")
_DOUBLE = re.compile(r'["\u201c]([^"\u201c\u201d]*)["\u201d]')


def note(report: ReportFacts, *, style: Style, reports: Iterable[ReportFacts]) -> Note:
    """Note that cites the source of a report.

    Parameters
    ----------
    report : ReportFacts
    style : {"chicago", "house"}
        Chicago: ``"Title," publisher, D Month YYYY, address.``; house: ``"Title", publisher,
        reported on D Month YYYY. address``.
    reports : iterable of ReportFacts
        All of them, to find those that cite the same document.
    """
    same = [one for one in reports if _document(one) == _document(report)] or [report]
    grades = f"[{', '.join(sorted({one.grade for one in same}))}]"
    key = min(one.report_id for one in same)
    title, site, address = _title(report), report.site, _address(report)
    when = day(report.reported_on)
    if not title and not address:
        text = f"{_sentence(report.summary)} {_joined([site, when])}. No source page is recorded."
    elif style == "house":
        parts = [f"“{title}”" if title else "", site, f"reported on {when}"]
        text = ", ".join(part for part in parts if part) + f". {address}".rstrip()
    else:
        parts = [_cited(title), *(part for part in (site, when, address) if part)]
        text = _joined(parts) + "."
    again = _joined([_cited(title), site, when])
    return Note(key, f"{text} {grades}", f"{again}, cited above. {grades}")


def csl_json(reports: Iterable[ReportFacts]) -> list[dict[str, Any]]:
    """List documents as CSL-JSON items, in order of their keys."""
    held = list(reports)
    items: dict[str, dict[str, Any]] = {}
    first: dict[tuple[object, ...], ReportFacts] = {}
    for report in sorted(held, key=lambda one: one.report_id):
        first.setdefault(_document(report), report)
    for report in first.values():
        key = report.report_id
        when = report.reported_on
        lineage = report.lineage and f"lineage {report.lineage}"
        about = (f"Admiralty {report.grade}", lineage, report.verified)
        item = {
            "id": key,
            "type": "webpage" if report.source_url else "document",
            "title": _title(report) or report.summary,
            "container-title": report.site,
            "issued": {"date-parts": [[when.year, when.month, when.day]]},
            "URL": _address(report),
            "note": "; ".join(part for part in about if part),
        }
        items[key] = {name: value for name, value in item.items() if value}
    return [items[key] for key in sorted(items)]


def _document(report: ReportFacts) -> tuple[object, ...]:
    """Tell one document from another; a report without title and address is its own."""
    title, address = " ".join(_title(report).casefold().split()), _address(report)
    if not title and not address:
        return (report.report_id,)
    where = article_key(address) or address or report.site.casefold()
    return title, report.reported_on, where


def _address(report: ReportFacts) -> str:
    """Address without a text fragment, which is a browser's highlight and no part of it."""
    return _FRAGMENT.sub("", report.source_url)


def _title(report: ReportFacts) -> str:
    """Title with typographic quotation marks inside it."""
    title = report.source_title.strip().rstrip(".")
    inner = _DOUBLE.sub("\u2018\\1\u2019", title)
    inner = re.sub(r"(?<!\w)'([^']*)'(?!\w)", "\u2018\\1\u2019", inner)
    return inner.replace("'", "\u2019").replace('"', "\u2019")


def _cited(title: str) -> str:
    """Title in quotation marks with the comma it takes; none after a mark that ends a sentence."""
    return title and f"“{title}{'' if title.endswith(('?', '!')) else ','}”"


def _joined(parts: list[str]) -> str:
    """Join with commas, except after a quoted title, which holds its own."""
    text = ""
    for part in parts:
        if part:
            text += part if not text else f" {part}" if text.endswith("”") else f", {part}"
    return text


def _sentence(text: str) -> str:
    return text.strip().rstrip(".") + "."


_CITED = 3


def arrived(facts: Facts, judgement: JudgementFacts, *, style: Style) -> tuple[Part, ...]:
    """Write which reports arrived since the issue before, the weightiest with notes."""
    ids = () if judgement.change is None else judgement.change.arrived
    if not ids:
        return () if judgement.change is None else (" No credible report on it arrived since.",)
    known = {report.report_id: report for report in facts.reports}
    shown, left = ids[:_CITED], len(ids[_CITED:])
    parts: list[Part] = []
    for report_id in shown:
        report = known[report_id]
        stop = ";" if report_id != shown[-1] else "," if left else "."
        said = f"{report.summary.strip().rstrip('.')} ({sentences.day(report.reported_on)}){stop}"
        cited = note(report, style=style, reports=facts.sources)
        parts += [f" {said}", cited]  # a note stands after the stop
    return (" Since then:", *parts, *((f" and {left} more.",) if left else ()))


def evidence(
    facts: Facts, node: str | None, label: str | None, *, most: int, style: Style
) -> Table | Prose:
    """List the weightiest reports, of a node or of all, with notes on their sources."""
    held = [r for r in facts.reports if node is None or node in r.nodes]
    chosen = sorted(held, key=_weight)[: max(1, most)]
    where = "" if label is None else f" on {label}"
    if not held:
        return Prose((f"There is no report{where} to list.",))
    whole = sentences.many(len(held), "credible report")
    caption = f"Evidence: {whole}{where}."
    if len(chosen) < len(held):
        shown = f"{len(chosen)} of {len(held)} credible reports{where}"
        caption = f"Evidence: {shown}, those of the best grade and then the latest."
    ordered = sorted(chosen, key=lambda report: (report.reported_on, report.report_id))
    cited = [(one, note(one, style=style, reports=facts.sources)) for one in ordered]
    return tables.evidence(cited, caption=caption)


def calendar(facts: Facts, *, style: Style) -> Table | Prose:
    """List what is announced and open, with notes on who announced it; nothing where none is."""
    if not facts.calendar:
        return Prose(())
    cited = [(one, note(one.source, style=style, reports=facts.sources)) for one in facts.calendar]
    return tables.calendar(facts, cited)


def _weight(report: ReportFacts) -> tuple[float, int]:
    return (-report.credibility, -report.reported_on.toordinal())
