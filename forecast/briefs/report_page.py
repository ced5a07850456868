"""One page for colleagues without the command line: everything inside, nothing from outside.

A policy inside the page (Content-Security-Policy) forbids every request.
"""

from __future__ import annotations

import base64
import datetime as dt
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources

from forecast.briefs import causes, sentences, tables
from forecast.briefs.blocks import RECORD
from forecast.briefs.facts import Facts, JudgementFacts, QuestionFacts, ReportFacts
from forecast.escaping import line

__all__ = ["Chart", "Move", "Scenario", "report_page"]

_LONG_CELL = ' class="long"'
_WIDE = 28  # letters
_SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script>", re.DOTALL)


_ASKED = ("Question", "By", "Probability", "80% interval")
_TOLD = ("Reported", "What", "Grade", "Origin", "Indicator", "Source")


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
    ours = f"{scripts}\n<script>{behaviour}</script>"
    head = (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(ours)}">\n'
        f"<title>{_text(facts.title)}: forecast as of {sentences.day(facts.stamp.as_of)}</title>\n"
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
        _calendar(facts),
        _evidence(facts),
        _closing(facts),
    ]
    body = "\n".join(part for part in parts if part)
    return f"{head}<body>\n{body}\n{ours}\n</body>\n</html>\n"


def _policy(scripts: str) -> str:
    """Let these very scripts run, by their hashes, and nothing else; and forbid every request."""
    digests = [
        base64.b64encode(sha256(found[2].encode()).digest()).decode()
        for found in _SCRIPT.finditer(scripts)
        if "application/json" not in found[1]
    ]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _opening(facts: Facts) -> str:
    links = [("#judgements", "Judgements"), ("#evidence", "Evidence")]
    if facts.questions:
        links.insert(1, ("#questions", "Questions"))
    if tables.telling(facts.watched):
        links.insert(-1, ("#watch", "Watch list"))
    if facts.calendar:
        links.insert(-1, ("#calendar", "Calendar"))
    menu = "".join(f'<li><a href="{place}">{name}</a></li>' for place, name in links)
    return (
        '<a class="skip" href="#judgements">Skip to the judgements</a>\n<header>\n'
        f"<h1>{_text(facts.title)}</h1>\n<p>{_text(facts.house)}. "
        f"<strong>As of {sentences.day(facts.stamp.as_of)} (UTC).</strong></p>\n"
        f'<nav aria-label="Sections"><ul>{menu}</ul></nav>\n</header>\n<main>\n'
        f"<p>{_text(sentences.bottom_line(facts))}</p>"
    )


def _judgements(facts: Facts) -> str:
    again = any(one.change for one in facts.judgements)
    rows = [
        (
            f'<a href="#node-{_text(one.node)}">{_text(one.label)}</a>',
            f"<strong>{_number(one.now.probability)}</strong> {_text(one.now.word)}",
            _band(one),
            sentences.points(one.now.probability - one.at_brief),
            *((_since(one),) if again else ()),
            f"{_number(one.horizon.probability)}",
            one.confidence.level,
        )
        for one in facts.judgements
    ]
    horizon = facts.judgements[0].horizon_date
    header = ("Judgement", "Now", "80% interval", "Since brief",
              *(("Since last issue",) if again else ()),
              f"On {sentences.brief_day(horizon)}", "Confidence")  # fmt: skip
    note = (
        "Changes in percentage points, from numbers before rounding. The number would lie in the "
        "interval, with four chances in five, if the model's rates were known. Words: "
        f"{_text(facts.scale_title)}."
    )
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
            _day(move.day),
            sentences.points(move.change),
            f'<a href="#report-{_text(move.report_id)}">{_text(move.text)}</a>',
        )
        for move in chart.moves
    ]
    numbers = [
        (_day(day), _number(p), _text(sentences.interval(low, high)))
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
        f'<details class="numbers"><summary>The numbers of this chart</summary>'
        f"{_table(('Date', 'Probability', '80% interval'), numbers)}</details></section>"
    )


def _questions(facts: Facts) -> str:
    if not facts.questions:
        return ""
    past = [one for one in facts.questions if one.past]
    ahead = [one for one in facts.questions if not one.past]
    parts = ['<h2 id="questions">Questions</h2>']
    parts += [_table(_ASKED, map(_question, ahead))] if ahead else []
    if past:
        parts.append(
            f"<details><summary>Questions whose dates have passed ({len(past)})</summary>"
            f'{_table(_ASKED, map(_question, past))}<p class="note">A question that came out shows '
            "its outcome; another is answered from the reports, not resolved.</p></details>"
        )
    return "\n".join(parts)


def _question(one: QuestionFacts) -> tuple[str, ...]:
    said = _text(f"{one.answer.word}{one.made_of}")
    likely = f"<strong>{_number(one.answer.probability)}</strong> {said}"
    return (
        _text(one.text),
        _date(one.by),
        f"<strong>{_text(one.settled)}</strong>" if one.settled else likely,
        "" if one.settled else _band(one),
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
            (_text(label), _day(day), _number(base), _number(p), sentences.points(p - base))
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
    watched = tables.telling(facts.watched)
    if not watched:
        return ""
    labels = {one.node: one.label for one in facts.judgements}
    rows = [
        (
            _text(one.label),
            _text(labels.get(one.node, one.node)),
            *map(_number, (one.now, one.if_seen, one.if_silent)),
        )
        for one in watched
    ]
    first = watched[0]
    header = ("Indicator", "Judgement", "Expected", "If seen", "If not seen")
    return (
        f'<h2 id="watch">Watch list</h2>\n<p class="note">For {_text(first.window)}: what each '
        "judgement becomes by then if one such report arrives, and if somebody looks and finds "
        f"none. A silent indicator is evidence too.</p>{_table(header, rows)}"
    )


def _calendar(facts: Facts) -> str:
    if not facts.calendar:
        return ""
    rows = []
    for one in facts.calendar:
        what, when, told, kept = map(_text, tables.calendar_row(one))
        source = one.source
        cited = _linked(source, source.source_title or source.source_url or source.summary)
        rows.append((what, when, f"{told}: {cited}", f"<strong>{kept}</strong>"))
    return (
        f'<h2 id="calendar">Calendar</h2>\n<p class="note">{_text(tables.calendar_note(facts))}</p>'
        f"{_table(tables.CALENDAR, rows)}"
    )


def _evidence(facts: Facts) -> str:
    options = "".join(
        f'<option value="{_text(one.node)}">{_text(one.label)}</option>' for one in facts.judgements
    )
    if not facts.reports:
        return f'<h2 id="evidence">Evidence</h2>\n<p>{_text(sentences.evidence_base(facts))}</p>'
    rows = "".join(_report(one) for one in facts.reports)
    return (
        '<h2 id="evidence">Evidence</h2>\n<details id="reports"><summary>'
        f"{sentences.many(len(facts.reports), 'credible report').capitalize()}</summary>\n"
        '<p class="find"><label>Show <select id="about">'
        f'<option value="">all judgements</option>{options}</select></label> '
        '<label>Find <input id="find" type="search"></label> '
        '<span id="shown" role="status"></span></p>\n'
        f"{_framed(_TOLD, rows)}</details>"
    )


def _report(report: ReportFacts) -> str:
    source = _linked(
        report, report.source_title or report.source_url or f"none ({report.verified})"
    )
    cells = (
        _date(report.reported_on), _text(report.summary), _text(report.grade),
        _text(report.origin),
        _text(report.sign or report.indicator.replace("_", " ")), source,
    )  # fmt: skip
    nodes = _text(" ".join(report.nodes))
    about = f' id="report-{_text(report.report_id)}" data-nodes="{nodes}"'
    return _row(_TOLD, cells, about)


def _linked(source: ReportFacts, said: str) -> str:
    """Write words on a source, which lead to its page where it has one."""
    if not source.source_url.startswith(("https://", "http://")):
        return _text(said)
    address = _text(source.source_url)
    return f'<a href="{address}" rel="noopener noreferrer">{_text(said)}</a>'


def _closing(facts: Facts) -> str:
    bands = "; ".join(
        f"{word} {100 * low:g}\N{EN DASH}{100 * high:g}%" for low, high, word in facts.bands
    )
    return (
        f'</main>\n<footer><p class="note">{_text(bands)}.</p>'
        f'<p class="note">{_text(sentences.stamped(facts.stamp))}</p></footer>'
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return _framed(header, "".join(_row(header, row) for row in rows))


def _framed(header: Sequence[str], body: str) -> str:
    """Write a table; its roles are stated, because a narrow window lays its rows out as cards."""
    heads = "".join(f'<th scope="col" role="columnheader">{name}</th>' for name in header)
    return (
        '<div class="scroll"><table role="table"><thead role="rowgroup"><tr role="row">'
        f'{heads}</tr></thead><tbody role="rowgroup">{body}</tbody></table></div>'
    )


def _row(header: Sequence[str], cells: Sequence[str], about: str = "") -> str:
    inside = "".join(
        f'<td role="cell"{_LONG_CELL if _long(cell) else ""} data-label="{name}">{cell}</td>'
        for name, cell in zip(header, cells, strict=True)
    )
    return f'<tr{about} role="row">{inside}</tr>'


def _long(cell: str) -> bool:
    """Tell whether a cell holds a word that a column would be too wide for."""
    words = re.sub(r"<[^>]*>", " ", cell).split()
    return max(map(len, words), default=0) > _WIDE


def _band(one: JudgementFacts | QuestionFacts) -> str:
    band = one.now if isinstance(one, JudgementFacts) else one.answer
    if band.lo80 is None or band.hi80 is None:
        return ""
    return _text(sentences.interval(band.lo80, band.hi80))


def _since(one: JudgementFacts) -> str:
    if one.change is None:
        return "new"
    return sentences.points(one.now.probability - one.change.before)


def _day(date: str) -> str:
    return _date(dt.date.fromisoformat(date))


def _date(date: dt.date) -> str:
    """Date that no line breaks."""
    return sentences.brief_day(date).replace(" ", "\N{NO-BREAK SPACE}")


def _number(p: float) -> str:
    return _text(sentences.number(p))


def _text(value: str) -> str:
    return html.escape(line(value), quote=True)
