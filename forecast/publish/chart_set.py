"""The whole chart set of a forecast in one go, drawn by several processes, with an index page."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.charts import style
from forecast.charts.files import AltText
from forecast.errors import ForecastError, OutputError
from forecast.files import write
from forecast.project.jobs import Crew, processors
from forecast.project.sampler import Silent
from forecast.publish.chart_kinds import KINDS, ChartInputs

__all__ = [
    "INDEX",
    "ChartSet",
    "Drawn",
    "Undrawn",
    "Wanted",
    "wanted",
    "write_set",
]

_MOST = 4  # a process takes a second and a half to begin, and a fifth would save less
_WORTH = 12  # charts from which a second process saves more than it costs


@dataclass(frozen=True, slots=True)
class Wanted:
    """A chart that is to be drawn: kind, and what it is of."""

    kind: str
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart that was written: name of its files, its text, and the files."""

    name: str
    alt: AltText
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Undrawn:
    """A chart there is none of, and why."""

    what: Wanted
    why: str


@dataclass(frozen=True)
class _Drawing:
    """Draws and writes one chart after the other, in whatever process.

    Attributes
    ----------
    inputs : ChartInputs
        With all that the charts need worked out.
    out : Path
    size : str or None
    formats : sequence of str
    """

    inputs: ChartInputs
    out: Path
    size: str | None
    formats: Sequence[str]

    def __call__(self, what: Wanted) -> Drawn | Undrawn:
        """Draw and write one chart, or say why there is none.

        Raises
        ------
        OutputError
            If a file cannot be written.
        """
        try:
            with style.measuring():  # once, rather than for every line that is measured
                chart = self.inputs.draw(what.kind, what.name, size=self.size)
                paths = chart.save(self.out, formats=self.formats)
            return Drawn(chart.name, chart.alt, tuple(paths))
        except OutputError:
            raise
        except ForecastError as error:
            return Undrawn(what, str(error))


#: Name of the page that lists the set.
INDEX = "index.html"
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


def wanted(inputs: ChartInputs) -> list[Wanted]:
    """List the set. Of the questions, those that are open at the as-of date."""
    payload: Any = inputs.issue.payload
    as_of = inputs.issue.issued.as_of
    whole = [kind for kind, one in KINDS.items() if one.of in {"", "[NODE]"}]
    each = [k for k, one in KINDS.items() if one.of in {"NODE", "[NODE]"} and not one.together]
    out = [Wanted(kind) for kind in whole if not KINDS[kind].record]
    out += [Wanted(kind, row["node"]) for row in payload["judgements"] for kind in each]
    for asked in payload["questions"]:
        if dt.date.fromisoformat(asked["by"]) > as_of:
            out += [Wanted(kind, asked["question"]) for kind in _suiting(asked["mode"])]
    return out + [Wanted(kind) for kind in whole if KINDS[kind].record]


def _suiting(mode: str) -> list[str]:
    """Kinds for a question of a mode, those first that are for it alone."""
    asked = [kind for kind, one in KINDS.items() if one.of == "QUESTION"]
    own = [kind for kind in asked if mode in KINDS[kind].modes]
    return own + [kind for kind in asked if not KINDS[kind].modes]


def write_set(
    inputs: ChartInputs,
    out: Path,
    *,
    size: str | None = None,
    formats: Sequence[str],
) -> ChartSet:
    """Draw every chart of a forecast and an index of them.

    What cannot be drawn, such as the reliability of forecasts nobody resolved yet, is left out, and
    the index says why.

    Parameters
    ----------
    inputs : ChartInputs
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
    asked = wanted(inputs)
    left = _prepare(inputs, asked)
    todo = [what for what in asked if what not in left]
    told = inputs.reporter or Silent()
    told.stage(f"drawing {len(todo)} charts")
    done: dict[Wanted, Drawn] = {}
    crew = Crew(most=min(_MOST, processors()), worth=_WORTH)
    for place, found in crew.each(_Drawing(inputs, out, size, formats), todo, reporter=told):
        if isinstance(found, Drawn):
            done[todo[place]] = found
        else:
            left[todo[place]] = found.why
    drawn = [done[what] for what in asked if what in done]
    missing = [(str(what), left[what]) for what in asked if what in left]
    page = _index(inputs, drawn, missing, formats)
    index = write(out / INDEX, page.encode())
    return ChartSet([*(path for one in drawn for path in one.paths), index], len(drawn), missing)


def _prepare(inputs: ChartInputs, asked: Sequence[Wanted]) -> dict[Wanted, str]:
    """Work out what the charts need, once for all who draw; say what cannot be, and why."""
    left = {}
    for what in asked:
        try:
            inputs.work_out(what.kind, what.name)
        except OutputError:
            raise
        except ForecastError as error:
            left[what] = str(error)
    return left


def _index(
    inputs: ChartInputs,
    drawn: Sequence[Drawn],
    left: Sequence[tuple[str, str]],
    formats: Sequence[str],
) -> str:
    """Write a page with every chart, its text and its files."""
    payload: Any = inputs.issue.payload
    issued = inputs.issue.issued
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
