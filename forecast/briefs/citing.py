"""Reports cited: those that arrived, and the table of the weightiest, with notes on sources."""

from __future__ import annotations

from forecast.briefs import sentences, tables
from forecast.briefs.blocks import Part, Prose, Table
from forecast.briefs.facts import Facts, JudgementFacts, ReportFacts
from forecast.briefs.notes import Style, note

__all__ = ["arrived", "evidence"]

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
        cited = note(report, style=style, reports=facts.reports)
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
    cited = [(one, note(one, style=style, reports=facts.reports)) for one in ordered]
    return tables.evidence(cited, caption=caption)


def _weight(report: ReportFacts) -> tuple[float, int]:
    return (-report.credibility, -report.reported_on.toordinal())
