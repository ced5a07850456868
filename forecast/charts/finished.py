"""A chart with everything that goes with it: its numbers, its words, and a name for its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from forecast.charts import files
from forecast.charts.alt import AltText

__all__ = ["Chart"]


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

    def save(self, folder: str | Path, *, formats: Sequence[str] = files.FORMATS) -> list[Path]:
        """Write the chart, its CSV and its alternative text into a folder.

        Raises
        ------
        ChartRefusal
            When a format is unknown; nothing is written.
        OutputError
            When a file cannot be written.
        """
        stem = Path(folder) / self.name
        return files.save(self.figure, stem, formats=formats, alt=self.alt, data=self.data)

    def render(self, name: str = "svg") -> bytes:
        """Bytes of the chart in one format, the same from run to run."""
        return files.render(self.figure, name, alt=self.alt)

    def _repr_png_(self) -> bytes:
        # Notebooks show what this returns.
        return self.render("png")
