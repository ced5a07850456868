"""Charts of an issue as figures of a document, and whether the files have moved on since.

With `forecast.publish.documents.Check`, the second decides whether ``brief check`` calls a document
stale.
"""

from __future__ import annotations

import datetime as dt
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from forecast.beliefs import Beliefs, Report, content, fingerprint
from forecast.beliefs.announcements import Announcement, known_announcements
from forecast.beliefs.event_files import EventFolder
from forecast.briefs.blocks import Figure
from forecast.errors import OutputError
from forecast.issue.run import Issue, engine_fingerprint, issue_before
from forecast.ledger import IssuedForecast, evidence_fingerprint
from forecast.project.memory import Memo
from forecast.project.project import EVENTS, Project, as_of_day, crowd_by
from forecast.project.project import Record as Evidence
from forecast.record.reports import ADDED

__all__ = ["agrees", "behind", "drawer", "in_step", "write_figure"]


_WIDTH = 160
_BYTES = {"png", "svg", "data"}


def drawer(project: Project, issue: Issue) -> Callable[[str | None], Figure]:
    """Return what draws a node's trajectory, or with None the panel.

    Each is drawn once for an issue, and remembered until the code that draws it changes.
    """
    before = "none" if issue.previous is None else issue.previous.id

    @cache
    def draw(node: str | None) -> Figure:
        memo = Memo(project, f"figure-{node or 'panel'}", (issue.issued.id, before), by=__name__)
        return memo.remembered(lambda: _drawn(issue, node), plain=_plain, read=_read)

    return draw


def _drawn(issue: Issue, node: str | None) -> Figure:
    from forecast.issue.charts import draw_one

    kind, size = ("panel", "page") if node is None else ("trajectory", "a4")
    with TemporaryDirectory() as folder:
        place = Path(folder)
        draw_one(issue, kind, node, place, size=size, formats=("svg", "png"))
        return _figure(place)


def _plain(figure: Figure) -> dict[str, Any]:
    return {
        name: b64encode(value).decode() if name in _BYTES else value
        for name, value in asdict(figure).items()
    }


def _read(value: dict[str, Any]) -> Figure:
    held: dict[str, Any] = {
        name: b64decode(x) if name in _BYTES else x for name, x in value.items()
    }
    return Figure(**held)


def _figure(folder: Path) -> Figure:
    """Read the one chart a folder holds, with its numbers and its text."""
    data = next(folder.glob("*.csv"))
    png, svg = data.with_suffix(".png"), data.with_suffix(".svg")
    short, _, rest = data.with_suffix(".alt.txt").read_text("utf-8").partition("\n\n")
    numbers = data.read_bytes()
    return Figure(
        name=data.stem,
        caption=rest.partition("\n")[0],
        alt=short,
        png=png.read_bytes(),
        svg=svg.read_bytes(),
        data=numbers,
        width=_WIDTH,
        fingerprint=sha256(numbers).hexdigest()[:16],
    )


def write_figure(figure: Figure, folder: Path) -> list[Path]:
    """Write a figure's files: the image twice, its numbers and its text.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    from forecast.files import write

    contents = {
        ".png": figure.png,
        ".svg": figure.svg,
        ".csv": figure.data,
        ".alt.txt": f"{figure.alt}\n\n{figure.caption}\n".encode(),
    }
    return [write(folder / f"{figure.name}{end}", body) for end, body in contents.items()]


def agrees(figure: Figure, folder: Path) -> str:
    """Say what is wrong with the files of a figure; empty if they show this very chart.

    The numbers are compared, and the words inside the image; not its pixels, which another
    machine's fonts may set a hair apart.

    Raises
    ------
    OutputError
        If a file is there and cannot be read.
    """
    image, numbers = folder / f"{figure.name}.png", folder / f"{figure.name}.csv"
    try:
        if not image.is_file():
            return f"{image} is missing"
        if not numbers.is_file() or numbers.read_bytes() != figure.data:
            return f"{image} shows other numbers"
        if _words(image.read_bytes()) != _words(figure.png):
            return f"{image} is another picture"
    except OSError as error:
        raise OutputError(f"{error.filename}: cannot be read ({error.strerror})") from None
    return ""


def _words(png: bytes) -> list[bytes]:
    """Text chunks of a PNG: title and description."""
    chunks, place = [], 8
    while place + 8 <= len(png):
        size, kind = int.from_bytes(png[place : place + 4], "big"), png[place + 4 : place + 8]
        if kind in {b"tEXt", b"iTXt", b"zTXt"}:
            chunks.append(png[place + 8 : place + 8 + size])
        place += size + 12
    return sorted(chunks)


_TELLING = (
    "event_id", "lineage", "indicator", "use", "reliability", "credibility", "occurred_on",
    "reported_on", "value", "exposure",
)  # fmt: skip


def behind(project: Project, issue: Issue, *, as_of: dt.date | None = None) -> list[str]:
    """Name what changed in ``priors.yaml``, ``events/`` or the program since an issue.

    Only what could move a number counts: a corrected summary or source does not. Nothing is
    written, to the ledger neither.

    Parameters
    ----------
    project : Project
        Where the files are.
    issue : Issue
        The forecast that is compared with them.
    as_of : date, optional
        The day asked for; without one, a record that goes further than the issue counts too.

    Returns
    -------
    list of str
        One clause a change; empty where the forecast is up to date, or there are no files.
    """
    if not project.priors.is_file():
        return []
    issued = issue.issued
    beliefs = project.beliefs()
    said = []
    if issued.settings.get("engine") != engine_fingerprint():
        said.append("the program, or its table of grades or scales of words, has changed")
    if fingerprint(beliefs, texts=True) != issued.model_fingerprint:
        said.append("priors.yaml says something else than it did")
    found = project.folder(beliefs)
    reports = _standing(project, beliefs, found)
    with project.ledger(create=False) as ledger:
        coverage = ledger.coverage.would_stand(found.coverage, origin=EVENTS)
        told = ledger.announcements.would_stand(found.announcements, origin=EVENTS)
    now = evidence_fingerprint(reports, coverage, told, as_of=issued.as_of)
    if now != issued.evidence_fingerprint:
        memory = " or the record of the sources" if beliefs.source_memory.on else ""
        moved = [*_reports(project, issued, reports), *_announced(project, issued, told)]
        said += moved or [f"coverage{memory} says something else than it did"]
    crowd = project.crowd(beliefs)
    stated = crowd_by(() if crowd is None else crowd.said, issued.as_of)
    if stated.get("crowd") != issued.settings.get("crowd"):
        said.append("events/crowd.csv says something else than it did")
    if as_of is None:
        ends = as_of_day(beliefs, Evidence(reports, coverage, issue.changes, None), None)
        if ends > issued.as_of:
            later = sum(r.use == "evidence" and r.reported_on > issued.as_of for r in reports)
            said.append(f"the record goes on to {ends}, with {later} later reports")
    return said


def in_step(project: Project, issue: Issue, *, as_of: dt.date | None = None) -> Issue:
    """Return the issue that the files give now: this one, or an earlier one they have gone back to.

    A report that was retracted and stands again gives the numbers of the issue before, which is
    not issued a second time.
    """
    if not behind(project, issue, as_of=as_of):
        return issue
    issued = issue.issued
    with project.ledger(create=False) as ledger:
        earlier = [one for one in ledger.issues.all() if one.as_of == issued.as_of]
        earlier = [
            one for one in earlier if one.id != issued.id and one.settings == issued.settings
        ]
        earlier.sort(key=lambda one: one.issued_at, reverse=True)
        before = {one.id: issue_before(ledger, one) for one in earlier}
    for one in earlier:
        found = replace(issue, issued=one, previous=before[one.id], fresh=False)
        if not behind(project, found, as_of=as_of):
            return found
    return issue


def _standing(project: Project, beliefs: Beliefs, found: EventFolder) -> list[Report]:
    """Return the reports a run would see: those of the folder, and those only in the ledger."""
    with project.ledger(create=False) as ledger:
        held = {record.report_id: record.report for record in ledger.reports.latest(withdrawn=True)}
        taken, stands = ledger.reports.would_stand(found.reports, origin=EVENTS)
        verdicts = {verdict.key: verdict for verdict in ledger.sources.verdicts(origin=ADDED)}
    letters = {source.source_id: source.reliability for source in found.sources}
    held = {name: _lettered(one, letters) for name, one in held.items()}
    held |= {one.report_id: one for one in found.reports if one.report_id in taken}
    reports = [held[name] for name in sorted(stands)]
    if not beliefs.source_memory.on:
        return reports
    from forecast.inference.remembering import remember

    verdicts |= {verdict.key: verdict for verdict in found.verdicts}
    known = sorted(verdicts.values(), key=lambda one: one.key)
    return remember(reports, found.sources, known, beliefs, judged=held)


def _lettered(report: Report, letters: Mapping[str, str]) -> Report:
    """Give a report that takes the letter of its source the one that it has now."""
    letter = letters.get(report.source_id, report.reliability)
    return replace(report, reliability=letter) if report.inherits else report


def _reports(project: Project, issued: IssuedForecast, reports: Sequence[Report]) -> list[str]:
    with project.ledger(create=False) as ledger:
        held = ledger.reports.latest(as_of=issued.as_of, recorded_by=issued.recorded_by)
    before = {record.report_id: content(record.report) for record in held}
    after = {r.report_id: content(r) for r in reports if r.reported_on <= issued.as_of}
    said = [f"report {one} is new" for one in sorted(after.keys() - before.keys())]
    said += [f"report {one} is gone" for one in sorted(before.keys() - after.keys())]
    for one in sorted(before.keys() & after.keys()):
        moved = _moved(before[one], after[one])
        if moved:
            said.append(f"report {one} was revised ({', '.join(moved)})")
    return said


def _announced(project: Project, issued: IssuedForecast, told: Sequence[Announcement]) -> list[str]:
    """Name the announcements that are not as they were known to the issue."""
    with project.ledger(create=False) as ledger:
        held = ledger.announcements.latest(as_of=issued.as_of, recorded_by=issued.recorded_by)
    before = {one.announcement_id: one for one in held}
    after = {one.announcement_id: one for one in known_announcements(told, issued.as_of)}
    return [
        f"announcement {name} {'is gone' if name not in after else 'has changed'}"
        if name in before
        else f"announcement {name} is new"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [
        f"{name} {old.get(name)} to {new.get(name)}"
        for name in _TELLING
        if old.get(name) != new.get(name)
    ]
