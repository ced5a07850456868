"""What was found out about one judgement or question, and what to look for next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from forecast.api import frames
from forecast.api.shown import Estimate, View
from forecast.beliefs.words import format_band, format_probability, format_worded
from forecast.result import Result

if TYPE_CHECKING:
    from forecast.charts.files import Chart

__all__ = ["Answer", "Explanation", "Sensitivity", "WatchList"]

#: Draws a chart of a result in a size.
Draw = Callable[[str], "Chart"]


class _Drawn(View):
    """A result that has a chart."""

    def __init__(self, result: Result, draw: Draw) -> None:
        super().__init__(result)
        self._draw = draw


class Answer(_Drawn):
    """The answer to one question; `Project.ask` gives it.

    Examples
    --------
    ::

        found = project.ask("tech_transfer reaches advanced by 2025-12-31")
        found.estimate, found.estimate.word
        found.chart()
    """

    @property
    def estimate(self) -> Estimate:
        """The probability of yes, with its word and bands.

        Examples
        --------
        ::

            1 - found.estimate
        """
        return Estimate.of(self._value)

    @property
    def curve(self) -> xr.Dataset:
        """The same for every earlier deadline, over ``date``.

        Examples
        --------
        ::

            found.curve.probability.to_series()
        """
        value = self._value
        return frames.curve(value["curve"], question=value["question"], as_of=value["as_of"])

    @property
    def counts(self) -> pd.DataFrame:
        """From which day on each part of the question counts: ``from``, and ``by``.

        Examples
        --------
        ::

            found.counts["from"].min()
        """
        return self._table("counts")

    @property
    def already(self) -> tuple[str, ...]:
        """What had next to certainly come to pass when the forecast began, a sentence each.

        Examples
        --------
        ::

            print(*found.already)
        """
        return tuple(found["sentence"] for found in self._value["already"])

    def chart(self, *, size: str = "web") -> Chart:
        """Draw the probability by each date.

        Raises
        ------
        BeliefsError
            If it asks what holds on a day, which has no first passage.

        Examples
        --------
        ::

            found.chart(size="a4").save("out")
        """
        return self._draw(size)

    def _heading(self) -> Iterable[str]:
        yield self._value["text"] or self._value["question"]
        since = dict.fromkeys(part["from"] for part in self._value["counts"])
        counted = f", counted from {' and '.join(since)}" if since else ""
        yield f"as of {self._value['as_of']}: {self.estimate!r}{counted}"
        yield from self.already
        for found in self._value["contradictions"]:
            yield f"contradicts the brief: “{found['quote']}”"

    def _display(self) -> pd.DataFrame:
        row = self._value
        return pd.DataFrame(
            [
                {
                    "question": row["question"],
                    "probability": format_worded(row),
                    "80% band": format_band(row),
                }
            ]
        )


class Explanation(_Drawn):
    """Why a judgement, or the number of a question, moved; `Project.explain` gives it.

    Examples
    --------
    ::

        found = project.explain("tech_transfer", since="2024-10-31")
        found.parts.nlargest(3, "decibans")
        found.chart()
    """

    @property
    def parts(self) -> pd.DataFrame:
        """One row a part of the change, in order; their `decibans` add up.

        Examples
        --------
        ::

            found.parts["decibans"].sum()  # 10 log10 of the ratio of the odds, now to then
        """
        return self._table("parts")

    def chart(self, *, size: str = "web") -> Chart:
        """Draw the weights of evidence.

        Examples
        --------
        ::

            found.chart(size="a4").save("out")
        """
        return self._draw(size)

    def _heading(self) -> Iterable[str]:
        value = self._value
        ends = [format_probability(value[end]) for end in ("before", "after")]
        name = value.get("question") or value["node"]
        yield f"{name}: {ends[0]} on {value['since']}, {ends[1]} on {value['as_of']}"
        yield f"{value['decibans']:+.1f} decibans in parts that add up; rates {value['rates']}"

    def _display(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "part": row["label"],
                "decibans": f"{row['decibans']:+.1f}",
                "then": format_probability(row["probability"]),
                "without it": "" if row["without"] is None else f"{row['without']:+.1f}",
            }
            for row in self._value["parts"]
        )


class Sensitivity(_Drawn):
    """What a judgement rests on; `Project.sensitivity` gives it.

    Examples
    --------
    ::

        found = project.sensitivity("tech_transfer")
        print(found.sentence)
        found.inputs.nlargest(5, "swing")[["label", "swing"]]
    """

    @property
    def sentence(self) -> str:
        """What the judgement rests on, in one sentence.

        Examples
        --------
        ::

            print(found.sentence)
        """
        return str(self._value["sentence"])

    @property
    def inputs(self) -> pd.DataFrame:
        """One row an input, the widest swing first.

        Examples
        --------
        ::

            found.inputs.query("kind == 'hazard'")
        """
        ends = (
            f"{end}.{name}" for end in ("at_from", "at_to") for name in ("probability", "sound")
        )
        columns = ("name", "kind", "label", "unit", "from", "to", *ends, "swing", "error", "exact")
        return frames.table(self._value["inputs"], columns)

    @property
    def sources(self) -> pd.DataFrame:
        """One row a lineage: the judgement without it, the largest change first.

        Examples
        --------
        ::

            found.sources[["without.probability", "change"]]
        """
        columns = ("lineage", "without.probability", "without.sound", "change", "reports", "titles")
        return frames.table(self._value["sources"], columns, index="lineage")

    def chart(self, *, size: str = "web") -> Chart:
        """Draw the tornado.

        Examples
        --------
        ::

            found.chart(size="a4").save("out")
        """
        return self._draw(size)

    def _heading(self) -> Iterable[str]:
        value = self._value
        yield f"{value['label']}: {format_worded(value)}, 80% band {format_band(value)}"
        yield self.sentence

    def _display(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "input": row["label"],
                "from": f"{row['from']:.3g}",
                "to": f"{row['to']:.3g} {row['unit']}",
                "judgement": " to ".join(
                    format_probability(row[end]["probability"]) for end in ("at_from", "at_to")
                ),
            }
            for row in self._value["inputs"]
        )


class WatchList(View):
    """What to look for next; `Project.watch` gives it.

    Examples
    --------
    ::

        found = project.watch("tech_transfer", within="6m")
        found.indicators.query("rank_by_information <= 3")
    """

    @property
    def indicators(self) -> pd.DataFrame:
        """One row a judgement or question and an indicator of it, most information first.

        Examples
        --------
        ::

            found.indicators[["target", "label", "seen", "if_seen.probability"]]
        """
        rows = [
            {"target": target["name"], "now": target["probability"], **each}
            for target in self._value["targets"]
            for each in target["indicators"]
        ]
        ends = (f"{end}.{name}" for end in ("if_seen", "if_not_seen") for name in frames.BAND)
        columns = (
            "target", "indicator", "label", "now", "seen", *ends, "shift", "information",
            "effective_draws", "rank_by_shift", "rank_by_information",
        )  # fmt: skip
        return frames.table(rows, columns)

    def _heading(self) -> Iterable[str]:
        yield f"What to look for until {self._value['until']}"
        yield f"as of {self._value['as_of']}; one report of grade {self._value['grade']}"

    def _display(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "of": target["label"],
                "now": format_probability(target["probability"]),
                "indicator": each["label"],
                "is seen": format_probability(each["seen"]),
                "if seen": format_worded(each["if_seen"]),
                "if not": format_worded(each["if_not_seen"]),
            }
            for target in self._value["targets"]
            for each in target["indicators"][:3]
        )
