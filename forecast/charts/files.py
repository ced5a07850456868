"""Charts as files: the same input gives the same bytes, with its numbers and its words.

Beside each chart stand its numbers and its text: ``<node>__<chart>.{svg,png,pdf,csv,alt.txt}``.

The words are for readers who do not see the chart: a short text, and a long description with the
table. WCAG 2.2, criterion 1.1.1, asks for an equivalent; the CSV is the other half of it.
"""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from forecast.charts import panel, style, text
from forecast.charts.data import ChartRefusal, Mark, Scale, Stamp, Trajectory, refuse
from forecast.escaping import csv_rows
from forecast.files import write

__all__ = ["FORMATS", "LONGEST", "AltText", "Chart", "of_panel", "of_trajectory", "render", "save"]


FORMATS = ("svg", "png", "pdf")


def save(
    figure: Figure,
    stem: str | Path,
    *,
    formats: Sequence[str] = FORMATS,
    alt: AltText,
    data: Mapping[str, Sequence[Any]],
) -> list[Path]:
    """Write a chart with its numbers and its text.

    Parameters
    ----------
    figure : Figure
    stem : str or Path
        Folder and name without an ending, such as ``out/arms_trade__trajectory``. The folder is
        made where it is missing.
    formats : sequence of {"svg", "png", "pdf"}
    alt : AltText
        Written as ``.alt.txt`` and into the image.
    data : mapping of str to sequence
        The plotted numbers, a column each, written in full precision as ``.csv``.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    ChartRefusal
        When the chart breaks the standard or a format is unknown; nothing is written.
    OutputError
        When a file cannot be written.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise ChartRefusal(f"unknown format {unknown[0]!r}; the formats are {', '.join(FORMATS)}")
    refuse(figure)
    stem = Path(stem)
    contents = {f".{name}": render(figure, name, alt=alt) for name in formats}
    contents[".csv"] = _csv(data)
    contents[".alt.txt"] = str(alt).encode()
    return [write(stem.with_name(stem.name + end), body) for end, body in contents.items()]


def render(figure: Figure, name: str, *, alt: AltText) -> bytes:
    """Bytes of a chart in one format, free of dates and versions."""
    if name == "png":
        return _png(figure, alt)
    metadata: dict[str, dict[str, str | None]] = {
        "svg": {"Date": None, "Creator": None, "Title": alt.title, "Description": alt.short},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None}
        | {"Title": alt.title, "Subject": alt.short},
    }
    buffer = io.BytesIO()
    with style.context():
        figure.savefig(buffer, format=name, dpi=figure.dpi, metadata=metadata[name])
    body = buffer.getvalue()
    return _described(body.decode(), alt).encode() if name == "svg" else body


def _png(figure: Figure, alt: AltText) -> bytes:
    # matplotlib would write an alpha channel, which is opaque everywhere and takes as long to pack
    said = PngInfo()
    said.add_text("Title", alt.title)
    said.add_text("Description", alt.short)
    buffer = io.BytesIO()
    image = Image.fromarray(style.pixels(figure)).convert("RGB")
    # lines and flat areas pack as small at 1 as at 6, in less time
    image.save(buffer, "png", dpi=(figure.dpi, figure.dpi), pnginfo=said, compress_level=1)
    return buffer.getvalue()


def _described(svg: str, alt: AltText) -> str:
    # A screen reader reads <desc>; a browser without the font needs it in the file, or the text
    # would be wider than it was measured.
    start = svg.index("<svg ")
    head = svg.index(">", start) + 1
    title = f"<title>{html.escape(alt.title, quote=False)}</title>"
    faces = _faces() + _others(svg)
    described = f"\n <desc>{html.escape(alt.short, quote=False)}</desc>\n <style>{faces}</style>"
    root = svg[start:head].replace("<svg ", '<svg role="img" ', 1)
    body = svg[head:].replace(title, title + described, 1)
    body = re.sub(rf"font-family: '{style.FAMILY}'(?:, '[^']*')*", r"\g<0>, sans-serif", body)
    return svg[:start] + root + body


@cache
def _faces() -> str:
    folder = Path(__file__).parent / "fonts"
    faces = []
    for name, weight in (("Regular", 400), ("Bold", 700)):
        font = (folder / f"BriefChartSans-{name}.woff").read_bytes()
        faces.append(_face(style.FAMILY, weight, font))
    return "".join(faces)


def _face(name: str, weight: int, font: bytes) -> str:
    return (
        f"@font-face{{font-family:'{name}';font-weight:{weight};"
        f"src:url(data:font/woff;base64,{base64.b64encode(font).decode()}) format('woff')}}"
    )


def _others(svg: str) -> str:
    """Faces of fonts of the machine that the texts need, with no more letters than are used."""
    texts = html.unescape("".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)))
    faces = [
        (name, weight, _subset(path, texts))
        for name in style.families(texts)[1:]
        for weight, path in style.files_of(name)
    ]
    return "".join(_face(name, weight, font) for name, weight, font in faces if font)


def _subset(path: str, letters: str) -> bytes:
    """Cut a font down to some letters and what joins them; nothing where it cannot be cut."""
    from fontTools.subset import Options, Subsetter, load_font, save_font
    from fontTools.ttLib import TTLibError

    options = Options(flavor="woff", layout_features=["*"], notdef_outline=True, hinting=False)
    options.recalc_timestamp = False
    buffer = io.BytesIO()
    try:
        with load_font(path, options) as font:
            cut = Subsetter(options)
            cut.populate(text=letters)
            cut.subset(font)
            save_font(font, buffer, options)
    except (TTLibError, OSError, ValueError, LookupError):  # a browser then takes its own
        return b""
    return buffer.getvalue()


def _csv(data: Mapping[str, Sequence[Any]]) -> bytes:
    return csv_rows([data, *zip(*data.values(), strict=True)]).encode()


@dataclass(frozen=True, slots=True)
class AltText:
    """Text that stands in for a chart.

    Attributes
    ----------
    title : str
        The chart's title.
    short : str
        At most 250 characters, for ``alt`` attributes.
    long : str
        Everything the chart says.
    """

    title: str
    short: str
    long: str

    @classmethod
    def made(cls, title: str, start: str, parts: Sequence[str], long: str) -> AltText:
        """Make a text whose short form names as many parts as it has room for."""
        kept = len(parts)
        while kept > 1 and len(start + "; ".join(parts[:kept])) > LONGEST - 2:
            kept -= 1
        end = "." if kept == len(parts) else "…"
        short = f"{start}{'; '.join(parts[:kept])}{end}"
        return cls(_plain(title), _cut(_plain(short), LONGEST), _plain(long))

    def __str__(self) -> str:
        return f"{self.short}\n\n{self.title}\n{self.long}\n"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that is ready to be written or shown.

    Attributes
    ----------
    name : str
        Name of its files without an ending, ``<node>__<chart>``.
    figure : Figure
        Checked against the chart standard.
    alt : AltText
        Its text for readers who do not see it.
    data : mapping of str to sequence
        The plotted numbers, a column each.

    Examples
    --------
    ::

        chart = weights.chart(values, scale=scale("icd203"), stamp=stamp, size="a4")
        chart.save("out", formats=["svg"])  # out/tech_transfer__weights.svg, .csv, .alt.txt
    """

    name: str
    figure: Figure
    alt: AltText
    data: Mapping[str, Sequence[Any]]

    def save(self, folder: str | Path, *, formats: Sequence[str] = FORMATS) -> list[Path]:
        """Write the chart, its CSV and its alternative text into a folder.

        Raises
        ------
        ChartRefusal
            When a format is unknown; nothing is written.
        OutputError
            When a file cannot be written.
        """
        stem = Path(folder) / self.name
        return save(self.figure, stem, formats=formats, alt=self.alt, data=self.data)

    def render(self, name: str = "svg") -> bytes:
        """Bytes of the chart in one format, the same from run to run."""
        return render(self.figure, name, alt=self.alt)

    def _repr_png_(self) -> bytes:
        # Notebooks show what this returns.
        return self.render("png")


LONGEST = 250  # characters of the short text


def of_trajectory(values: Trajectory, *, scale: Scale, stamp: Stamp, data: str = "") -> AltText:
    """Text for a trajectory.

    Parameters
    ----------
    values : Trajectory
    scale : Scale
    stamp : Stamp
    data : str
        Name of the file or table with the numbers.
    """
    now = f"{text.percent(values.value)} ({scale.word(values.value)})"
    first = float(values.mean[0]) if values.opening is None else values.opening
    begun = values.as_of > values.begins
    moved = (
        f"{f'{text.day(values.begins)} to ' if begun else ''}{text.day(values.as_of)}. "
        f"{f'From {text.percent(first)} to ' if begun else ''}{now}, "
        f"80% interval {text.interval(*values.interval80)}."
    )
    where = f" Data in {data}." if data else ""
    step = _largest_move(values)

    def short(proposition: str, *, largest: str = "") -> str:
        drawn = "Step line of the probability" if begun else "Probability"
        return _plain(f"{drawn} that {proposition}, {moved}{largest}{where}")

    clause = text.clause(values.proposition)
    brief = short(clause, largest=step)
    if len(brief) > LONGEST:
        brief = short(_cut(clause, LONGEST - len(short(""))))
    long = [text.reading(values, clause), f"{step.strip()}{where}".strip(), *_rest(values)]
    said = " ".join(part for part in [*long, text.source_line(stamp)] if part)
    return AltText(_plain(text.finding(values, scale)), brief[:LONGEST], _plain(said))


def of_panel(
    values: Sequence[Trajectory], *, scale: Scale, stamp: Stamp, data: str = ""
) -> AltText:
    """Text for small multiples."""
    shown = panel.ordered(values)
    title = panel.title(shown, scale)
    each = [f"{one.label} {text.percent(one.value)}" for one in shown]
    panels = text.counted(len(shown), "panel")
    start = f"{panels}, one a judgement, as of {text.day(stamp.as_of)}: "
    lines = [
        f"{one.label}: {scale.word(one.value)} ({text.percent(one.value)}), "
        f"80% interval {text.interval(*one.interval80)}."
        for one in shown
    ]
    where = [f"Data in {data}."] if data else []
    long = " ".join([*lines, *where, text.source_line(stamp)])
    return AltText.made(title, start, each, long)


def _largest_move(values: Trajectory) -> str:
    steps = np.diff(values.mean[: values.n_history])
    if len(steps) == 0 or np.abs(steps).max() < 0.005:
        return ""
    at = int(np.abs(steps).argmax()) + 1
    before, on = values.dates[at - 1 : at + 1]
    size = text.signed(100 * float(steps[at - 1]), digits=0)
    points = f"{size} point{'' if size[1:] == '1' else 's'}"
    after = [mark for mark in values.marks if before < np.datetime64(mark.date, "D") <= on]
    cause = f" after {_text(after[-1])}" if after else ""
    return f" Largest move {points} on {text.day(on.item())}{cause}."


def _rest(values: Trajectory) -> list[str]:
    said = []
    if values.marks:
        told = text.key(
            values.marks, of=values.marks_of or len(values.marks), rule=values.marks_rule
        )
        said.append(f"Numbered reports: {told}")
    if values.brief_band is not None:
        read = text.interval(*values.brief_band)
        said.append(
            f"The brief's own words, of its whole window and not of one day, were read as {read}."
        )
    if values.previous is not None:
        date, p = values.previous
        said.append(f"At the previous issue, {text.day(date)}, it was {text.percent(p)}.")
    if values.has_forecast:
        end = f"{text.interval(float(values.lo80[-1]), float(values.hi80[-1]))}"
        said.append(
            f"Forecast for {text.day(values.ends)}: {text.percent(float(values.mean[-1]))}, "
            f"80% interval {end}."
        )
    return said


def _text(mark: Mark) -> str:
    return mark.text.rstrip(".")


def _cut(words: str, room: int) -> str:
    if len(words) <= room:
        return words
    return words[: max(room - 1, 0)].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _plain(words: str) -> str:
    return " ".join(words.replace(text.NBSP, " ").split())
