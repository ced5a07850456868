"""Charts as files: the same input gives the same bytes, with its numbers and its words.

Beside each chart stand its numbers and its text: ``<node>__<chart>.{svg,png,pdf,csv,alt.txt}``.
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

from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from forecast.charts import glyphs, style
from forecast.charts.alt import AltText
from forecast.charts.refusals import ChartRefusal, refuse
from forecast.escaping import csv_rows
from forecast.files import write

__all__ = ["FORMATS", "Chart", "render", "save"]

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
        for name in glyphs.families(texts)[1:]
        for weight, path in glyphs.files_of(name)
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
