"""The whole chart set of a forecast in one go, with an index page."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.errors import ForecastError, OutputError
from forecast.files import write
from forecast.workflow.chart_kinds import Sitting
from forecast.workflow.hands import Drawn, Wanted, hands
from forecast.workflow.picturing import PASSING
from forecast.workflow.progress import Silent

__all__ = ["INDEX", "ChartSet", "wanted", "write_set"]

#: Name of the page that lists the set.
INDEX = "index.html"
_NODE = ("trajectory", "fan", "comparison", "scenarios", "side-by-side", "weights", "tornado",
         "network")  # fmt: skip  # the strips of all nodes stand on one page
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "img{max-width:100%;height:auto;border:1px solid #d9d9d9}figure{margin:2rem 0}"
)


@dataclass(frozen=True)
class ChartSet:
    """What was drawn, and what was not.

    Attributes
    ----------
    paths : list of Path
        Every file, the index last.
    charts : int
    left : list of (str, str)
        Charts there are none of, such as ``reliability``, each with the reason.
    """

    paths: Sequence[Path]
    charts: int
    left: Sequence[tuple[str, str]]


def wanted(sitting: Sitting) -> list[Wanted]:
    """List the set. Of the questions, those that are open at the as-of date."""
    payload: Any = sitting.issue.payload
    as_of = sitting.issue.issued.as_of
    out = [Wanted("panel"), Wanted("network"), Wanted("heat")]
    out += [Wanted(kind, row["node"]) for row in payload["judgements"] for kind in _NODE]
    for asked in payload["questions"]:
        if dt.date.fromisoformat(asked["by"]) > as_of:
            own = "first-passage" if asked["mode"] in PASSING else asked["mode"]
            kinds = ("icons",) if own == "is" else (own, "icons")
            out += [Wanted(kind, asked["question"]) for kind in kinds]
    return [*out, Wanted("reliability"), Wanted("words"), Wanted("score")]


def write_set(
    sitting: Sitting, out: Path, *, size: str | None = None, formats: Sequence[str]
) -> ChartSet:
    """Draw every chart of a forecast and an index of them.

    What cannot be drawn, such as the reliability of forecasts nobody resolved yet, is left out, and
    the index says why.

    Parameters
    ----------
    sitting : Sitting
    out : Path
        Folder of the files.
    size : str, optional
        Of all charts; by default each has the one that suits it.
    formats : sequence of {"svg", "png", "pdf"}

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    asked = wanted(sitting)
    left = _worked_out(sitting, asked)
    todo = [what for what in asked if what not in left]
    told = sitting.reporter or Silent()
    told.stage(f"drawing {len(todo)} charts")
    done: dict[Wanted, Drawn] = {}
    with hands(sitting, out, len(todo), size=size, formats=formats) as those:
        for number, (place, found) in enumerate(those.draw_all(todo), 1):
            if isinstance(found, Drawn):
                done[todo[place]] = found
            else:
                left[todo[place]] = found.why
            told.progress(number, len(todo))
    drawn = [done[what] for what in asked if what in done]
    missing = [(str(what), left[what]) for what in asked if what in left]
    page = _index(sitting, drawn, missing, formats)
    index = write(out / INDEX, page.encode())
    return ChartSet([*(path for one in drawn for path in one.paths), index], len(drawn), missing)


def _worked_out(sitting: Sitting, asked: Sequence[Wanted]) -> dict[Wanted, str]:
    """Work out what the charts need, once for all who draw; say what cannot be, and why."""
    left = {}
    for what in asked:
        try:
            sitting.work_out(what.kind, what.name)
        except OutputError:
            raise
        except ForecastError as error:
            left[what] = str(error)
    return left


def _index(
    sitting: Sitting,
    drawn: Sequence[Drawn],
    left: Sequence[tuple[str, str]],
    formats: Sequence[str],
) -> str:
    """Write a page with every chart, its text and its files."""
    payload: Any = sitting.issue.payload
    issued = sitting.issue.issued
    title = html.escape(payload["brief"]["title"])
    body = "\n".join(_figure(chart, formats) for chart in drawn)
    missing = "".join(f"<li>{html.escape(what)}: {html.escape(why)}</li>" for what, why in left)
    rest = f"<h2>Not drawn</h2>\n<ul>{missing}</ul>\n" if left else ""
    return (
        '<!doctype html>\n<html lang="en-GB">\n<meta charset="utf-8">\n'
        f"<title>Charts: {title}</title>"
        f'\n<meta name="viewport" content="width=device-width">\n<style>{_STYLE}</style>\n'
        f"<h1>{title}</h1>\n<p>As of {issued.as_of}, issue {issued.id[:7]}: {len(drawn)} "
        f"charts.</p>\n{body}\n{rest}</html>\n"
    )


def _figure(chart: Drawn, formats: Sequence[str]) -> str:
    name = html.escape(chart.name)
    shown = next((end for end in ("svg", "png") if end in formats), None)
    image = (
        f'<img src="{name}.{shown}" alt="{html.escape(chart.alt.short)}" loading="lazy">'
        if shown
        else ""
    )
    links = " ".join(f'<a href="{name}.{end}">{end}</a>' for end in (*formats, "csv", "alt.txt"))
    said = html.escape(chart.alt.title)
    return f'<figure id="{name}">{image}<figcaption>{said}. {links}</figcaption></figure>'
