"""Scenarios beside the forecast, as tables, a dataset and charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from forecast.api import frames
from forecast.api.drawing import scenario_charts
from forecast.api.shown import View
from forecast.beliefs.words import format_worded
from forecast.briefs.sentences import points
from forecast.errors import BeliefsError
from forecast.issue.run import Issue
from forecast.names import missing

if TYPE_CHECKING:
    from forecast.charts.files import Chart
    from forecast.study.compared import Compared

__all__ = ["WhatIf"]

_DIFFERENCE = tuple(f"difference.{name}" for name in ("points", "lo50", "hi50", "lo80", "hi80"))


class WhatIf(View):
    """Scenarios beside the forecast; `Project.what_if` gives it.

    Examples
    --------
    ::

        found = project.what_if("china_enforces", do=["arms_trade=none@2025-01-01"])
        found.rows.loc["tech_transfer"]
        found.trajectories.probability.sel(node="tech_transfer")
        found.assumptions[["scenario", "kind", "what", "unchanged"]]
    """

    def __init__(self, result: Compared, issue: Issue) -> None:
        super().__init__(result)
        self._issue = issue

    @property
    def rows(self) -> pd.DataFrame:
        """One row a judgement or question, a date and a scenario, the baseline among them.

        Examples
        --------
        ::

            found.rows.query("kind == 'judgement' and not past")["difference.points"]
        """
        said = ("kind", "name", "label", "on", "past")
        rows = [
            {**{key: row[key] for key in said}, **one}
            for row in self._value["rows"]
            for one in [{"scenario": "baseline", **row["baseline"]}, *row["scenarios"]]
        ]
        columns = (
            "name", "scenario", "kind", "label", "on", "past", *frames.BAND, "word", *_DIFFERENCE
        )  # fmt: skip
        return frames.table(rows, columns, index="name", dates=["on"])

    @property
    def scenarios(self) -> pd.DataFrame:
        """One row a scenario: what it is, and how its draws came about.

        Examples
        --------
        ::

            found.scenarios[["method", "effective_draws"]]
        """
        columns = (
            "scenario", "label", "description", "author", "rationale", "method", "pareto_k",
            "effective_draws", "paths", "monte_carlo_error",
        )  # fmt: skip
        return frames.table(self._value["scenarios"], columns, index="scenario")

    @property
    def assumptions(self) -> pd.DataFrame:
        """One row an assumption: its kind of "if", and what it does not change.

        Examples
        --------
        ::

            found.assumptions["unchanged"].to_list()
        """
        rows = [
            {"scenario": one["scenario"], **each}
            for one in self._value["scenarios"]
            for each in one["assumptions"]
        ]
        return frames.table(rows, ("scenario", "kind", "what", "unchanged"))

    @property
    def trajectories(self) -> xr.Dataset:
        """The headlines under every scenario over ``scenario``, ``node`` and ``date``.

        Examples
        --------
        ::

            p = found.trajectories.probability
            p.sel(scenario="china_enforces") - p.sel(scenario="baseline")
        """
        return frames.scenario_curves(self._value)

    @property
    def charts(self) -> dict[str, Chart]:
        """Every chart `forecast whatif` would write, by name.

        Examples
        --------
        ::

            list(found.charts)  # ['tech_transfer__side_by_side', 'whatif__scenarios']
        """
        return scenario_charts(self._issue, self._value)

    def chart(self, name: str = "whatif") -> Chart:
        """Draw one of the charts.

        Parameters
        ----------
        name : str
            A node, for its trajectories side by side; by default all judgements at the end.

        Raises
        ------
        BeliefsError
            If there is no such chart; one of a node is drawn where a scenario moves it.

        Examples
        --------
        ::

            found.chart("tech_transfer").save("out")
        """
        drawn = self.charts
        for key in (name, f"{name}__side_by_side", f"{name}__scenarios"):
            if key in drawn:
                return drawn[key]
        raise BeliefsError(missing("chart", name, drawn, where="of these scenarios"))

    def _heading(self) -> Iterable[str]:
        value = self._value
        yield "What if: " + ", ".join(one["label"] for one in value["scenarios"])
        yield f"as of {value['as_of']}; differences in percentage points on the same draws"

    def _display(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "judgement": row["label"],
                "on": row["on"],
                "baseline": format_worded(row["baseline"]),
                **{one["scenario"]: _beside(one) for one in row["scenarios"]},
            }
            for row in self._value["rows"]
            if row["kind"] == "judgement" and row["on"] == self._value["horizon"]
        )


def _beside(one: Mapping[str, Any]) -> str:
    return f"{format_worded(one)} ({points(one['difference']['points'])})"
