"""Charts of an issued forecast, drawn from what the ledger holds: PyMC is not needed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from forecast.beliefs import words
from forecast.beliefs.sources import origins
from forecast.beliefs.words import in_clause, texts_in
from forecast.charts import files, panel, trajectory
from forecast.charts.data import ChartRefusal, Mark, Stamp, Trajectory, notable
from forecast.charts.files import Chart
from forecast.errors import OutputError
from forecast.files import refusal, write
from forecast.issue.issued import issue_json
from forecast.issue.run import Issue
from forecast.ledger import IssuedForecast
from forecast.names import require_known
from forecast.project.project import Project
from forecast.project.sampler import Reporter, Silent

__all__ = [
    "PANEL",
    "chart_values",
    "draw_one",
    "drawn",
    "lineage_names",
    "look",
    "require_writable",
    "write_outputs",
]

#: Name of the chart of all nodes among the files.
PANEL = "all"
_FORMATS = ("svg", "png")
_BESIDE = (".csv", ".alt.txt")
_MOVE = 0.02
_MARKS_RULE = "Numbered: reports after which the line moved by 2 points or more"


def require_writable(folder: Path) -> None:
    """Refuse a folder that results cannot be written to, before any work is done.

    Nothing stays behind: the folder is made when there is something to put into it.

    Raises
    ------
    OutputError
        With a way out.
    """
    try:
        nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        with TemporaryDirectory(prefix=".probe-", dir=nearest) as probe:
            Path(probe, folder.name).touch()
    except OSError as error:
        way_out = "name another folder with --out, or print the table only with --no-charts"
        why = refusal(error, way_out)
        raise OutputError(f"{folder}: results cannot be written there {why}") from None


def chart_values(
    issued: IssuedForecast, *, previous: IssuedForecast | None
) -> tuple[list[Trajectory], Stamp]:
    """Turn a payload into the values charts read, one trajectory a node, and their stamp.

    Parameters
    ----------
    issued : IssuedForecast
        What is drawn.
    previous : IssuedForecast or None
        The issue before it, for the open circle.
    """
    value: Any = issued.payload
    return [_trajectory(issued, one, previous) for one in value["judgements"]], _stamp(issued)


def look(issue: Issue) -> tuple[words.Scale, Stamp]:
    """Return the scale of words and the stamp that every chart of an issue carries."""
    return words.scale(issue.payload["brief"]["scale"]), _stamp(issue.issued)


def lineage_names(project: Project, issue: Issue) -> dict[str, str]:
    """Name the lineages of an issue as readers know them, where a source is all of one."""
    with project.ledger(create=False) as ledger:
        return origins(ledger.sources.latest(recorded_by=issue.issued.recorded_by))


def _stamp(issued: IssuedForecast) -> Stamp:
    value: Any = issued.payload
    seen = value["evidence"]
    return Stamp(
        as_of=issued.as_of,
        source=f"reports coded for {value['brief']['house']}",
        scale=words.scale(value["brief"]["scale"]).short,
        model=version("living-forecast"),
        run=issued.id,
        indicators=seen["indicators"],
        lineages=seen["lineages"],
    )


def _trajectory(
    issued: IssuedForecast, judgement: dict[str, Any], previous: IssuedForecast | None
) -> Trajectory:
    payload: Any = issued.payload
    curves = {t["node"]: t for t in payload["trajectories"]}[judgement["node"]]
    values = Trajectory(
        node=judgement["node"],
        label=judgement["label"],
        proposition=in_clause(
            judgement["proposition"], texts_in([payload["judgements"], payload["questions"]])
        ),
        dates=np.array(curves["date"], dtype="datetime64[D]"),
        mean=np.array(curves["probability"]),
        as_of=issued.as_of,
        no_news=np.array(curves["no_news"]) if payload["evidence"]["reports"] else None,
        previous=_previous(issued, judgement, previous),
        opening=judgement["at_brief"],
        brief_band=_brief_band(judgement),
        lo50=np.array(curves["lo50"]),
        hi50=np.array(curves["hi50"]),
        lo80=np.array(curves["lo80"]),
        hi80=np.array(curves["hi80"]),
    )
    marks = [Mark(dt.date.fromisoformat(m["date"]), m["text"]) for m in curves["marks"]]
    chosen = notable(values, marks, least=_MOVE)
    found = notable(values, marks, least=_MOVE, most=len(marks))
    rest = sum(abs(step) >= _MOVE for step in values.moves) - len(found)
    rule = _MARKS_RULE if rest <= 0 else f"{_MARKS_RULE}; {_others(rest)}"
    return replace(values, marks=chosen, marks_of=len(found), marks_rule=rule)


def _others(count: int) -> str:
    if count == 1:
        return "one such move followed no report on it"
    return f"{count} such moves followed no report on it"


def _brief_band(judgement: dict[str, Any]) -> tuple[float, float] | None:
    """Take the brief's own reading of the headline states, where it states one."""
    for read in judgement["brief"]:
        if set(read["states"]) == set(judgement["states"]):
            return read["low"], read["high"]
    return None


def _previous(
    issued: IssuedForecast, judgement: dict[str, Any], previous: IssuedForecast | None
) -> tuple[dt.date, float] | None:
    payload: Any = issued.payload
    brief = dt.date.fromisoformat(payload["brief"]["as_of"])
    if previous is None or not brief <= previous.as_of <= issued.as_of:
        return None
    before: Any = previous.payload
    for other in before["judgements"]:
        if (other["node"], other["states"]) == (judgement["node"], judgement["states"]):
            return previous.as_of, other["probability"]
    return None


def draw_one(
    issue: Issue, kind: str, node: str | None, out: Path, *, size: str, formats: Sequence[str]
) -> list[Path]:
    """Draw one chart of an issued forecast and write its files.

    Parameters
    ----------
    issue, kind, node, size
        As in `drawn`.
    out : Path
        Folder of the files.
    formats
        See `forecast.charts`.

    Raises
    ------
    BeliefsError
        If there is no such node.
    """
    return drawn(issue, kind, node, size=size).save(out, formats=formats)


def drawn(issue: Issue, kind: str, node: str | None, *, size: str) -> Chart:
    """Draw one chart of an issued forecast.

    Parameters
    ----------
    issue : Issue
        What to draw.
    kind : {"trajectory", "panel"}
        Which chart.
    node : str or None
        The node of a trajectory.
    size : str
        See `forecast.charts`.

    Raises
    ------
    BeliefsError
        If there is no such node.
    """
    values, stamp = chart_values(issue.issued, previous=issue.previous)
    scale = words.scale(issue.payload["brief"]["scale"])
    if kind == "panel":
        figure = panel.figure(values, scale=scale, stamp=stamp, size=size)
        text = files.of_panel(values, scale=scale, stamp=stamp)
        return Chart(f"{PANEL}__panel", figure, text, _joined(values))
    found = {one.node: one for one in values}
    require_known(node or "", found, what="node", where="in this forecast")
    chosen = found[node or ""]
    figure = trajectory.figure(chosen, scale=scale, stamp=stamp, size=size)
    text = files.of_trajectory(chosen, scale=scale, stamp=stamp)
    return Chart(f"{chosen.node}__trajectory", figure, text, chosen.table())


def _joined(values: Sequence[Trajectory]) -> dict[str, list[Any]]:
    tables = [one.table() for one in values]
    return {name: [x for table in tables for x in table[name]] for name in tables[0]}


def write_outputs(
    issue: Issue, out: Path, *, reporter: Reporter | None = None
) -> tuple[list[Path], list[str]]:
    """Write forecast.json and every chart, unless the folder already holds them as they are now.

    A chart that is refused, such as one of a name in letters no font here has, leaves the others
    and the numbers standing.

    Parameters
    ----------
    issue : Issue
        What to write.
    out : Path
        Folder, made where it is missing.
    reporter : Reporter, optional
        Told how it goes.

    Returns
    -------
    list of Path
        The files of this issue, written now or before.
    list of str
        Which charts are missing, and why.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    told = reporter or Silent()
    value = issue_json(issue)
    record = out / "forecast.json"
    nodes = [judgement["node"] for judgement in value["judgements"]]
    todo = [*(("trajectory", node, "a4") for node in nodes), ("panel", None, "page")]
    held = _held(record, value)
    if len(held) == len(todo) * (len(_FORMATS) + len(_BESIDE)) + 1:
        return held, []
    written: list[Path] = []
    left: list[str] = []
    told.stage("drawing the charts")
    for number, (kind, node, size) in enumerate(todo, 1):
        try:
            written += draw_one(issue, kind, node, out, size=size, formats=_FORMATS)
        except ChartRefusal as refusal:
            left.append(f"{node or PANEL}__{kind}: {refusal}")
        told.progress(number, len(todo))
    value["files"] = sorted(path.name for path in written)
    text = json.dumps(value, indent=1, ensure_ascii=False)
    return [*written, write(record, text.encode())], left


def _held(record: Path, value: dict[str, Any]) -> list[Path]:
    """Return the files of a folder that holds this issue, unless one was touched since.

    The same issue is told otherwise once a question has come out, or by another version's words.
    """
    try:
        held = json.loads(record.read_text("utf-8"))
        paths = [record.parent / name for name in held.pop("files")]
        if held != json.loads(json.dumps(value)):
            return []
        # forecast.json is written last; `forecast chart` may have drawn over a chart after it
        last = record.stat().st_mtime_ns
        untouched = all(path.is_file() and path.stat().st_mtime_ns <= last for path in paths)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return []
    return [*paths, record] if untouched else []
