"""Gather what a document may say: from an issued forecast and the ledger it came from.

Why judgements moved and what to watch is worked out once for an issue and remembered.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from forecast.beliefs import Beliefs, CoverageWindow, Report, words
from forecast.beliefs.reports import daily_detection
from forecast.beliefs.sources import Source, origins, source_of
from forecast.beliefs.words import in_clause, texts_in
from forecast.briefs.causes import Foundation, confidence, well_graded
from forecast.briefs.facts import (
    AnnouncedFacts,
    Band,
    Change,
    Confidence,
    Facts,
    JudgementFacts,
    Missed,
    QuestionFacts,
    ReportFacts,
    Stamp,
    Watched,
)
from forecast.briefs.sentences import brief_day, in_words
from forecast.errors import ForecastError
from forecast.issue.issue_table import made_of
from forecast.issue.issued import issued_beliefs
from forecast.issue.run import Issue
from forecast.ledger import IssuedForecast, Ledger
from forecast.project.case import held_beliefs, read_reports
from forecast.project.memory import Memo
from forecast.project.project import Project
from forecast.project.sampler import Reporter
from forecast.record.announcements import AnnouncementRow, calendar
from forecast.record.resolutions import settled

if TYPE_CHECKING:
    from forecast.analysis.explanation import Kind, Unseen
    from forecast.inference.encoding import Encoding
    from forecast.study.explain import ExplainedPart

__all__ = ["explainer", "gather", "grouped", "indicator_nodes", "looker", "stamp_of", "with_news"]


_UNMOVED = 0.03  # under three points nothing is called a change
_READ = ("summary", "source_title", "source_url", "source_type", "verified", "note", "actors")


def gather(project: Project, issue: Issue) -> Facts:
    """Gather everything a document may say about one issue.

    Reports are those the forecast was made from; what only people read of them (summary, source)
    is taken as it stands in the ledger now, so that a corrected title reaches the notes.

    Parameters
    ----------
    project : Project
        Where the ledger is.
    issue : Issue
        From `forecast.issue.issued.recall`.

    Returns
    -------
    Facts
    """
    issued = issue.issued
    with project.ledger(create=False) as ledger:
        model = ledger.models.find(issued.model_fingerprint)
        assert model is not None  # the ledger issues no forecast without its model
        beliefs = held_beliefs(model.content)
        seen = _seen(ledger, beliefs, issued)
        sources = ledger.sources.latest(recorded_by=issued.recorded_by)
        windows = [
            record.window for record in ledger.coverage.latest(recorded_by=issued.recorded_by)
        ]
        announced = calendar(
            beliefs,
            ledger.announcements.latest(recorded_by=issued.recorded_by),
            as_of=issued.as_of,
        )
        learnt = Memo(project, "learnt", (issued.id,), by=__name__).remembered(
            lambda: _contraction(ledger, beliefs, issued),
            plain=lambda found: found,
            read=lambda value: {str(node): float(share) for node, share in value.items()},
        )
    named = origins(sources)
    reports = [
        replace(
            _report(beliefs, report, issued.as_of),
            source_label=named.get(report.lineage, ""),
            publisher=_publisher(report, sources),
        )
        for report in seen
    ]
    value: Any = issue.payload
    against = {one["node"]: in_words(one["text"]) for one in value.get("contradictions", ())}
    sureness = {
        node: confidence(
            replace(
                _foundation(node, beliefs, reports, windows, issued, learnt.get(node)),
                contradicted=node in against,
            )
        )
        for node in beliefs.nodes
    }
    scale = words.scale(value["brief"]["scale"])
    changes = _changes(issued, issue.previous, reports)
    texts = tuple(texts_in(model.content))
    return Facts(
        stamp=stamp_of(issued),
        title=value["brief"]["title"],
        house=value["brief"]["house"],
        brief_as_of=dt.date.fromisoformat(value["brief"]["as_of"]),
        scale=scale.name,
        scale_title=scale.title,
        bands=scale.bands,
        counts=value["evidence"],
        checks=value["diagnostics"],
        judgements=tuple(
            _judgement(
                value,
                {**row, "proposition": in_clause(row["proposition"], texts)},
                sureness[row["node"]],
                changes.get(row["node"]),
                against.get(row["node"], ""),
            )
            for row in value["judgements"]
        ),
        questions=tuple(_question(row) for row in value["questions"]),
        reports=tuple(reports),
        calendar=tuple(_announced(beliefs, row, sources) for row in announced),
    )


def with_news(issue: Issue) -> Issue:
    """Leave out the issue before where it is the same again: as of the same day, all unmoved.

    Such an issue comes of another version of the program or another wording, and is no news.
    """
    before = issue.previous
    if before is None or before.as_of != issue.issued.as_of:
        return issue
    old: Any = before.payload
    new: Any = issue.issued.payload
    stood = {(r["node"], *r["states"]): r["probability"] for r in old["judgements"]}
    stands = {(r["node"], *r["states"]): r["probability"] for r in new["judgements"]}
    moved = any(abs(stands[key] - stood.get(key, 2.0)) >= _UNMOVED for key in stands)
    return issue if moved else replace(issue, previous=None)


def stamp_of(issued: IssuedForecast) -> Stamp:
    """Say which forecast this is."""
    return Stamp(
        issued.as_of,
        issued.issued_at,
        issued.id,
        issued.model_fingerprint,
        issued.evidence_fingerprint,
    )


def indicator_nodes(beliefs: Beliefs, name: str) -> tuple[str, ...]:
    """Nodes an indicator points at, sorted."""
    return tuple(sorted(beliefs.indicators[name].nodes))


def _seen(ledger: Ledger, beliefs: Beliefs, issued: IssuedForecast) -> list[Report]:
    """Credible evidence of the issue, with the words that stand now."""
    now = {record.report_id: record.report for record in ledger.reports.latest()}
    out = []
    for report in read_reports(ledger, beliefs, recorded_by=issued.recorded_by):
        if report.reported_on > issued.as_of:
            continue
        if report.use == "evidence" and beliefs.weigh(report, issued.as_of) > 0:
            latest = now.get(report.report_id, report)
            out.append(replace(report, **{name: getattr(latest, name) for name in _READ}))
    return out


def _announced(beliefs: Beliefs, row: AnnouncementRow, sources: Sequence[Source]) -> AnnouncedFacts:
    known = beliefs.indicators.get(row.indicator)
    asked = [beliefs.questions[name] for name in row.question.split() if name in beliefs.questions]
    sign = row.indicator.replace("_", " ") if known is None else known.label
    carrier = next((one for one in sources if one.has_address(row.source_url)), None)
    return AnnouncedFacts(
        sign=sign,
        questions=tuple(one.text for one in asked),
        window=None
        if row.starts_on is None or row.ends_on is None
        else (row.starts_on, row.ends_on),
        scheduled=row.kind == "scheduled",
        kept=row.kept,
        source=ReportFacts(
            report_id=f"announced-{row.announcement_id}",
            event_id="",
            lineage="",
            reported_on=row.told_on,
            indicator=row.indicator,
            grade=row.grade,
            credibility=0.0,
            summary=row.note or sign,
            source_title=row.source_title,
            source_url=row.source_url,
            verified="",
            nodes=(),
            publisher="" if carrier is None else carrier.label,
            sign=sign,
        ),
    )


def _publisher(report: Report, sources: Sequence[Source]) -> str:
    """Name of the source that a report names, else of whose address it has, else of its origin.

    The origin says where a report began; a page is published by who carried it.
    """
    if report.source_id or not report.source_url:
        found = source_of(report, sources)
    else:
        found = next((one for one in sources if one.has_address(report.source_url)), None)
    return "" if found is None else found.label


def _report(beliefs: Beliefs, report: Report, as_of: dt.date) -> ReportFacts:
    return ReportFacts(
        report_id=report.report_id,
        event_id=report.event_id,
        lineage=report.lineage,
        reported_on=report.reported_on,
        indicator=report.indicator,
        grade=report.grade,
        credibility=beliefs.weigh(report, as_of),
        summary=report.summary,
        source_title=report.source_title,
        source_url=report.source_url,
        verified=report.verified,
        nodes=indicator_nodes(beliefs, report.indicator),
        sign=beliefs.indicators[report.indicator].label,
    )


def _foundation(
    node: str,
    beliefs: Beliefs,
    reports: Sequence[ReportFacts],
    windows: Sequence[CoverageWindow],
    issued: IssuedForecast,
    contraction: float | None,
) -> Foundation:
    best: dict[str, float] = defaultdict(float)
    for report in reports:
        if node in report.nodes:
            best[report.lineage] = max(best[report.lineage], report.credibility)
    names = [name for name in beliefs.indicators if node in indicator_nodes(beliefs, name)]
    begin, end = beliefs.brief.as_of, issued.as_of
    shares = [_share(name, beliefs, windows, begin, end) for name in names]
    return Foundation(
        lineages=len(best),
        well_graded=sum(map(well_graded, best.values())),
        coverage=sum(shares) / len(shares) if shares else 0.0,
        contraction=contraction,
    )


def _share(
    name: str,
    beliefs: Beliefs,
    windows: Sequence[CoverageWindow],
    begin: dt.date,
    end: dt.date,
) -> float:
    """Share of the days from the brief to the as-of date on which somebody looked."""
    own = getattr(beliefs.indicators[name], "detection", 1.0)
    days = max(0, (end - begin).days)
    looked = daily_detection(windows, name, detection=own, after=begin, days=days)
    return sum(chance > 0 for chance in looked) / len(looked) if looked else 0.0


def _contraction(ledger: Ledger, beliefs: Beliefs, issued: IssuedForecast) -> dict[str, float]:
    """Median contraction of the rates behind each node; empty without the posterior's file."""
    found = ledger.posteriors.get(issued.posterior_id)
    if found is None:
        return {}
    from forecast.inference.diagnostics import prior_against_posterior
    from forecast.inference.encoding import encode
    from forecast.inference.sampling import read_draws

    encoding = encode(beliefs)
    rates: dict[str, list[float]] = defaultdict(list)
    for one in prior_against_posterior(encoding, read_draws(encoding, found.path)):
        for node in _behind(beliefs, one.block, one.name):
            rates[node].append(one.contraction)
    return {node: median(values) for node, values in rates.items()}


def _behind(beliefs: Beliefs, block: str, name: str) -> tuple[str, ...]:
    """Nodes whose judgement rests on a parameter."""
    first, _, second = name.partition(" | ")
    if block == "log_hazard":
        return (first.partition(":")[0],)
    if block == "rarity":
        return (second.partition(".")[0],)
    return indicator_nodes(beliefs, first) if block == "log_rate" else ()


def _judgement(
    value: Any, row: Mapping[str, Any], sure: Confidence, change: Change | None, against: str
) -> JudgementFacts:
    node = row["node"]
    curve = next(one for one in value["trajectories"] if one["node"] == node)
    now = curve["history"] - 1
    states = {
        name.partition(".")[2]: series[now]
        for name, series in value["states"].items()
        if name.partition(".")[0] == node
    }
    readings = [r for r in row["brief"] if set(r["states"]) == set(row["states"])]
    return JudgementFacts(
        node=node,
        label=row["label"],
        proposition=row["proposition"],
        headline=tuple(row["states"]),
        states=states,
        now=_band(row),
        at_brief=row["at_brief"],
        horizon_date=dt.date.fromisoformat(row["at_horizon"]["date"]),
        horizon=_band(row["at_horizon"]),
        confidence=sure,
        quotes=tuple(read["quote"] for read in row["brief"]),
        brief_reading=(readings[0]["low"], readings[0]["high"]) if readings else None,
        change=change,
        contradiction=against,
    )


def _band(row: Mapping[str, Any]) -> Band:
    return Band(row["probability"], row["word"], row["lo80"], row["hi80"])


def _question(row: Mapping[str, Any]) -> QuestionFacts:
    day = dt.date.fromisoformat(row["by"])
    said, came = settled(row), row.get("outcome")
    if came is not None:
        said = f"{came['outcome']}, on {brief_day(dt.date.fromisoformat(came['on']))}"
    return QuestionFacts(
        row["question"], row["text"], day, row["past"], _band(row), said, made_of(row)
    )


def _changes(
    issued: IssuedForecast, previous: IssuedForecast | None, reports: Sequence[ReportFacts]
) -> dict[str, Change]:
    """Change of every node since the issue before, with the reports that arrived since."""
    if previous is None:
        return {}
    before: Any = previous.payload
    now: Any = issued.payload
    headlines = {row["node"]: row["states"] for row in now["judgements"]}
    out = {}
    for row in before["judgements"]:
        node = row["node"]
        if headlines.get(node) != row["states"]:
            continue
        fresh = [r for r in reports if node in r.nodes and r.reported_on > previous.as_of]
        fresh.sort(key=lambda r: (-r.credibility, -r.reported_on.toordinal(), r.report_id))
        arrived = tuple(report.report_id for report in fresh)
        out[node] = Change(previous.as_of, row["probability"], arrived=arrived)
    return out


_NAMED = 2  # lineages each way that are named
_TOLD = 0.005  # change of probability that is worth a name
_WORDS: Mapping[Kind, str] = {
    "model": "edits of the model",
    "rates": "new estimates of the pace of change",
    "revised": "revised reports",
    "time": "the passage of time, silence included",
    "silence": "the passage of time, silence included",
    "announced": "what was announced, and what became of it",
}


def explainer(
    project: Project, facts: Facts, issue: Issue, *, reporter: Reporter | None = None
) -> Callable[[], Mapping[str, Change]]:
    """Return what splits the change of every judgement: since the issue before, or the brief.

    It gives nothing where the draws of the issue are gone.
    """
    begun = "brief" if issue.previous is None else issue.previous.id
    memo = Memo(project, "causes", (facts.stamp.issue, begun), by=__name__)

    def explain() -> Mapping[str, Change]:
        try:
            return memo.remembered(
                lambda: _explained(project, facts, issue, reporter),
                plain=_plain,
                read=_read,
            )
        except ForecastError:
            return {}

    return explain


def grouped(
    parts: Sequence[ExplainedPart], start: float, *, names: Mapping[str, str] | None = None
) -> tuple[tuple[str, float], ...]:
    """Name the parts of a change in points of probability; they add up to the whole.

    The two lineages that raised the judgement most and the two that lowered it most stand by
    themselves, every other lineage in one part. Time passing and the silence of those who looked
    are one part: apart they are often large and opposite, and tell a reader nothing.

    Parameters
    ----------
    parts : sequence of ExplainedPart
        In the order of the path.
    start : float
        Probability before the first.
    names : mapping, optional
        Of lineages, as readers know them.
    """
    known = names or {}
    before = [start, *(part.probability for part in parts[:-1])]
    moved = [
        (part.kind, part.label, part.probability - p) for part, p in zip(parts, before, strict=True)
    ]
    lineages = sorted(
        ((name, x) for kind, name, x in moved if kind == "reports"), key=lambda r: r[1]
    )
    told = [row for row in lineages if abs(row[1]) >= _TOLD]
    named = [row for row in reversed(told) if row[1] > 0][:_NAMED]
    named += [row for row in told if row[1] < 0][:_NAMED]
    out = [(f"new reports from {known.get(name, name)}", x) for name, x in named]
    rest = sum(x for _, x in lineages) - sum(x for _, x in named)
    if lineages:
        out.append(("new reports from others" if named else "new reports", rest))
    summed: dict[str, float] = {}
    for kind, _, x in moved:
        if kind != "reports":
            summed[_WORDS[kind]] = summed.get(_WORDS[kind], 0.0) + x
    return (*out, *summed.items())


def _explained(
    project: Project, facts: Facts, issue: Issue, reporter: Reporter | None
) -> dict[str, Change]:
    from forecast.analysis.explanation import quiet, unseen
    from forecast.inference.observations import steps_until
    from forecast.study.explain import explain_every

    held, way, found = explain_every(
        project, issue, since_issue=issue.previous is not None, reporter=reporter
    )
    encoding, evidence = held.encoding, held.evidence
    since = min(steps_until(encoding, way.day), evidence.steps)
    missed = unseen(
        encoding,
        held.parameters,
        evidence,
        quiet(encoding, evidence, since=since),
        since=since,
        weights=held.weights.weights,
    )
    fresh = {r.indicator for r in facts.reports if r.report_id not in way.known}
    missed = [one for one in missed if one.indicator not in fresh]
    return {
        node: Change(
            as_of=way.day,
            before=one.before,
            parts=grouped(
                one.parts, one.before, names={r.lineage: r.origin for r in facts.reports}
            ),
            missed=_most_telling(encoding, node, missed),
        )
        for node, one in found.items()
    }


def _most_telling(encoding: Encoding, node: str, missed: Sequence[Unseen]) -> tuple[Missed, ...]:
    """Name the silent indicators that moved a judgement most, at most two."""
    rows = list(encoding.headline_rows(node))
    moved = [(float(each.effect[rows].sum()), each) for each in missed]
    moved.sort(key=lambda pair: (-abs(pair[0]), pair[1].indicator))
    labels = encoding.beliefs.indicators
    return tuple(
        Missed(labels[each.indicator].label, each.chance, effect)
        for effect, each in moved[:_NAMED]
        if abs(effect) >= _TOLD
    )


def _plain(found: Mapping[str, Change]) -> Any:
    return {node: {**asdict(one), "as_of": one.as_of.isoformat()} for node, one in found.items()}


def _read(value: Any) -> dict[str, Change]:
    return {
        node: Change(
            as_of=dt.date.fromisoformat(row["as_of"]),
            before=row["before"],
            parts=tuple((name, x) for name, x in row["parts"]),
            missed=tuple(Missed(**one) for one in row["missed"]),
        )
        for node, row in value.items()
    }


_MOST = 4  # indicators of each judgement
_WINDOW = 90.0


def looker(
    project: Project, facts: Facts, issue: Issue, *, reporter: Reporter | None = None
) -> Callable[[], tuple[Watched, ...]]:
    """Return what ranks the indicators that would say most about each judgement in 90 days."""
    memo = Memo(project, "watch", (facts.stamp.issue,), by=__name__)
    return lambda: memo.remembered(
        lambda: _ranked(project, facts, issue, reporter),
        plain=lambda found: [asdict(one) for one in found],
        read=lambda rows: tuple(Watched(**row) for row in rows),
    )


def _looked_for(project: Project, issue: Issue) -> dict[str, bool]:
    """Tell for each indicator whether somebody looked for it on the as-of date."""
    issued = issue.issued
    content: Any = issued_beliefs(issue, project)
    with project.ledger(create=False) as ledger:
        windows = [row.window for row in ledger.coverage.latest(recorded_by=issued.recorded_by)]
    span: Any = {"after": issued.as_of - dt.timedelta(days=1), "days": 1}
    return {
        name: about["kind"] != "presence"
        or daily_detection(windows, name, detection=about["detection"], **span)[0] > 0
        for name, about in content["indicators"].items()
    }


def _status(facts: Facts, indicator: str) -> str:
    days = [one.reported_on for one in facts.reports if one.indicator == indicator]
    return brief_day(max(days)) if days else "never"


def _ranked(
    project: Project, facts: Facts, issue: Issue, reporter: Reporter | None
) -> tuple[Watched, ...]:
    """Rank the indicators that would say most about each judgement within 90 days."""
    from forecast.study.watch import watch

    nodes = [one.node for one in facts.judgements]
    found = watch(project, nodes, questions=False, within=_WINDOW, issue=issue, reporter=reporter)
    window = f"{brief_day(found.as_of)} to {brief_day(found.until)}"
    looked = _looked_for(project, issue)
    return tuple(
        Watched(
            indicator=one.indicator,
            label=one.label,
            node=target.node,
            window=window,
            now=target.probability,
            if_seen=one.if_seen.probability,
            if_silent=one.if_not_seen.probability,
            collection="looked for" if looked[one.indicator] else "nobody looks",
            status=_status(facts, one.indicator),
        )
        for target in found.targets
        for one in target.indicators[:_MOST]
    )
