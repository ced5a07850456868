"""One page for colleagues without the command line: everything inside, nothing from outside.

A policy inside the page (Content-Security-Policy) forbids every request.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources

from forecast.briefs import causes, sentences
from forecast.briefs.facts import Facts, JudgementFacts, QuestionFacts, ReportFacts, Watched
from forecast.briefs.web import RECORD

__all__ = ["Chart", "Move", "Scenario", "report_page"]

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)


@dataclass(frozen=True, slots=True)
class Move:
    """One report marked on a chart: its event, and what the line did at its step."""

    day: str
    text: str
    change: float
    report_id: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The element of one chart, what it says in words, its moves, and its numbers."""

    node: str
    element: str
    alt: str
    moves: Sequence[Move]
    numbers: Sequence[tuple[str, float, float, float]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One what-if: its text, and (label, day, baseline, probability) of every row."""

    name: str
    label: str
    text: str
    rows: Sequence[tuple[str, str, float, float]]


def report_page(
    facts: Facts,
    charts: Sequence[Chart],
    *,
    scripts: str,
    record: str,
    scenarios: Sequence[Scenario] = (),
) -> str:
    """Write the page.

    Parameters
    ----------
    facts : Facts
    charts : sequence of Chart
        One a judgement.
    scripts : str
        Script elements that draw them.
    record : str
        JSON from `forecast.briefs.stamps.record`.
    scenarios : sequence of Scenario
    """
    place = resources.files("forecast.briefs") / "data"
    style, behaviour = (
        place.joinpath(name).read_text("utf-8") for name in ("report.css", "report.js")
    )
    held = record.replace("<", "\\u003c")
    head = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{_text(facts.title)}: forecast as of {facts.stamp.as_of}</title>\n"
        f"<style>{style}</style>\n"
        f'<script type="application/json" id="{RECORD}">{held}</script>\n</head>\n'
    )
    parts = [
        _opening(facts),
        _judgements(facts),
        *(_judgement(facts, chart) for chart in charts),
        _questions(facts),
        _scenarios(scenarios),
        _watch(facts),
        _evidence(facts),
        _closing(facts),
    ]
    body = "\n".join(part for part in parts if part)
    return f"{head}<body>\n{body}\n{scripts}\n<script>{behaviour}</script>\n</body>\n</html>\n"


def _opening(facts: Facts) -> str:
    links = [("#judgements", "Judgements"), ("#questions", "Questions"), ("#evidence", "Evidence")]
    if facts.watched:
        links.insert(2, ("#watch", "Watch list"))
    menu = "".join(f'<li><a href="{place}">{name}</a></li>' for place, name in links)
    return (
        '<a class="skip" href="#judgements">Skip to the judgements</a>\n<header>\n'
        f"<h1>{_text(facts.title)}</h1>\n<p>{_text(facts.house)}. "
        f"<strong>As of {sentences.day(facts.stamp.as_of)} (UTC).</strong></p>\n"
        f'<nav aria-label="Sections"><ul>{menu}</ul></nav>\n</header>\n<main>\n'
        f"<p>{_text(sentences.bottom_line(facts))}</p>"
    )


def _judgements(facts: Facts) -> str:
    rows = [
        (
            f'<a href="#node-{_text(one.node)}">{_text(one.label)}</a>',
            f"<strong>{_number(one.now.probability)}</strong> {_text(one.now.word)}",
            _band(one),
            sentences.points(one.now.probability - one.at_brief),
            _since(one),
            f"{_number(one.horizon.probability)}",
            one.confidence.level,
        )
        for one in facts.judgements
    ]
    horizon = facts.judgements[0].horizon_date
    header = ("Judgement", "Now", "80% interval", "Since brief", "Since last issue",
              f"On {horizon}", "Confidence")  # fmt: skip
    note = "Changes in percentage points. The interval is how far the number would move if the "
    note += f"model's rates were known. Words: {_text(facts.scale_title)}."
    return f'<h2 id="judgements">Judgements</h2>\n{_table(header, rows)}<p class="note">{note}</p>'


def _judgement(facts: Facts, chart: Chart) -> str:
    one = next(j for j in facts.judgements if j.node == chart.node)
    said = " ".join(
        (
            sentences.probability_sentence(facts, one),
            sentences.confidence_sentence(one),
            causes.change_sentence(one) if one.change else "",
            causes.missed_sentence(one.change) if one.change else "",
        )
    )
    moves = [
        (
            _text(move.day),
            sentences.points(move.change),
            f'<a href="#report-{_text(move.report_id)}">{_text(move.text)}</a>',
        )
        for move in chart.moves
    ]
    numbers = [
        (_text(day), _number(p), _text(sentences.interval(low, high)))
        for day, p, low, high in chart.numbers
    ]
    behind = (
        f"<details><summary>Reports behind the moves ({len(moves)})</summary>"
        f"{_table(('Reported', 'Points in its week', 'Report'), moves)}</details>"
        if moves
        else ""
    )
    return (
        f'<section><h2 id="node-{_text(one.node)}">{_text(one.label)}</h2>\n<p>{_text(said)}</p>\n'
        f'<figure><div role="img" aria-label="{_text(chart.alt)}">{chart.element}</div>'
        f"<figcaption>{_text(chart.alt)}</figcaption></figure>\n{behind}"
        f"<details><summary>The numbers of this chart</summary>"
        f"{_table(('Date', 'Probability', '80% interval'), numbers)}</details></section>"
    )


def _questions(facts: Facts) -> str:
    rows = [
        (
            _text(one.text),
            f"{one.by}{' (past)' if one.past else ''}",
            f"<strong>{one.settled}</strong>"
            if one.settled
            else f"<strong>{_number(one.answer.probability)}</strong> {_text(one.answer.word)}",
            "" if one.settled else _band(one),
        )
        for one in facts.questions
    ]
    if not rows:
        return ""
    header = ("Question", "By", "Probability", "80% interval")
    return (
        f'<h2 id="questions">Questions</h2>\n{_table(header, rows)}<p class="note">A question '
        "that came out shows its outcome; another about a past date is answered from the reports, "
        "not resolved.</p>"
    )


def _scenarios(scenarios: Sequence[Scenario]) -> str:
    if not scenarios:
        return ""
    options = "".join(
        f'<option value="{_text(one.name)}">{_text(one.label)}</option>' for one in scenarios
    )
    tables = []
    for one in scenarios:
        rows = [
            (_text(label), _text(day), _number(base), _number(p), sentences.points(p - base))
            for label, day, base, p in one.rows
        ]
        header = ("Judgement or question", "On", "Baseline", "Scenario", "Points")
        tables.append(
            f'<div class="scenario" data-name="{_text(one.name)}"><h3>{_text(one.label)}</h3>'
            f"<p>{_text(one.text)}</p>{_table(header, rows)}</div>"
        )
    return (
        '<h2 id="scenarios">What if</h2>\n<label>Scenario <select id="scenario">'
        f"{options}</select></label>\n{''.join(tables)}"
    )


def _watch(facts: Facts) -> str:
    if not facts.watched:
        return ""
    labels = {one.node: one.label for one in facts.judgements}
    rows = [
        (
            _text(one.label),
            _text(labels.get(one.node, one.node)),
            *map(_number, (one.now, one.if_seen, one.if_silent)),
        )
        for one in facts.watched
    ]
    first: Watched = facts.watched[0]
    header = ("Indicator", "Judgement", "Expected", "If seen", "If not seen")
    return (
        f'<h2 id="watch">Watch list</h2>\n<p class="note">For {_text(first.window)}: what each '
        "judgement becomes by then if one such report arrives, and if somebody looks and finds "
        f"none. A silent indicator is evidence too.</p>{_table(header, rows)}"
    )


def _evidence(facts: Facts) -> str:
    options = "".join(
        f'<option value="{_text(one.node)}">{_text(one.label)}</option>' for one in facts.judgements
    )
    rows = "".join(_report(one) for one in facts.reports)
    heads = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("Reported", "What", "Grade", "Lineage", "Indicator", "Source")
    )
    return (
        '<h2 id="evidence">Evidence</h2>\n<p><label>Show <select id="about">'
        f'<option value="">all judgements</option>{options}</select></label> '
        '<label>Find <input id="find" type="search"></label> '
        '<span id="shown" role="status"></span></p>\n'
        '<div class="scroll" tabindex="0" role="region" aria-label="Evidence">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _report(report: ReportFacts) -> str:
    source = _text(report.source_title or report.source_url or f"none ({report.verified})")
    if report.source_url.startswith(("https://", "http://")):
        address = _text(report.source_url)
        source = f'<a href="{address}" rel="noopener noreferrer">{source}</a>'
    cells = (
        str(report.reported_on), _text(report.summary), _text(report.grade), _text(report.lineage),
        _text(report.indicator.replace("_", " ")), source,
    )  # fmt: skip
    inside = "".join(f"<td>{cell}</td>" for cell in cells)
    nodes = _text(" ".join(report.nodes))
    return f'<tr id="report-{_text(report.report_id)}" data-nodes="{nodes}">{inside}</tr>'


def _closing(facts: Facts) -> str:
    bands = "; ".join(f"{word} {100 * low:g}-{100 * high:g}%" for low, high, word in facts.bands)
    return (
        f'</main>\n<footer><p class="note">{_text(bands)}.</p>'
        f'<p class="note">{_text(sentences.stamp_line(facts.stamp))}</p></footer>'
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _band(one: JudgementFacts | QuestionFacts) -> str:
    band = one.now if isinstance(one, JudgementFacts) else one.answer
    if band.lo80 is None or band.hi80 is None:
        return ""
    return _text(sentences.interval(band.lo80, band.hi80))


def _since(one: JudgementFacts) -> str:
    if one.change is None:
        return "first"
    return sentences.points(one.now.probability - one.change.before)


def _number(p: float) -> str:
    return _text(sentences.number(p))


def _text(value: str) -> str:
    return html.escape(value, quote=True)
