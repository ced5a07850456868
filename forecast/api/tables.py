"""What a project holds, as tables: nodes, indicators, scenarios, questions, reports, problems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import pandas as pd

from forecast.api import frames
from forecast.api.shown import Opened
from forecast.beliefs.event_files import REPORTS
from forecast.record.reports import list_reports
from forecast.record.resolutions import question_states

__all__ = ["REPORT_COLUMNS", "Holdings", "column_table"]

#: Of a table of reports, as of a file of them.
REPORT_COLUMNS = REPORTS.columns


def column_table(
    rows: Iterable[dict[str, Any]], columns: tuple[str, ...], dates: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Set rows into a table named by its first column; values stay as they are but for days."""
    frame = pd.DataFrame(list(rows), columns=list(columns)).set_index(columns[0])
    return frame.astype(dict.fromkeys(dates, "datetime64[ns]"))


class Holdings(Opened):
    """What stands in the files and in the ledger; `Project` has it."""

    @property
    def nodes(self) -> pd.DataFrame:
        """Every node of the file, as ``forecast nodes``, and where its start is from.

        Examples
        --------
        ::

            project.nodes[["label", "states", "indicators"]]
        """
        from forecast.record.nodes import NodeRow, list_nodes

        found = list_nodes(self._files)
        begins = [one.initial for one in self._files.beliefs().nodes.values()]
        return frames.listed(found.nodes, NodeRow, index="node").assign(
            source=[one.source for one in begins], rationale=[one.rationale for one in begins]
        )

    @property
    def indicators(self) -> pd.DataFrame:
        """Every indicator of the file: label, kind, the nodes it points at, and its source.

        Examples
        --------
        ::

            project.indicators.query("kind == 'count'")
        """
        columns = (
            "indicator", "label", "description", "kind", "nodes", "rates_like", "source",
            "rationale",
        )  # fmt: skip
        rows = (
            {"indicator": name, **{column: getattr(one, column) for column in columns[1:]}}
            for name, one in self._files.beliefs().indicators.items()
        )
        return column_table(rows, columns)

    @property
    def scenarios(self) -> pd.DataFrame:
        """Every scenario of ``scenarios/``, for `Project.what_if`.

        Examples
        --------
        ::

            project.what_if(*project.scenarios.index)
        """
        from forecast.study.whatif import ScenarioRow, list_scenarios

        found = list_scenarios(self._files)
        return frames.listed(found.scenarios, ScenarioRow, index="scenario")

    @property
    def questions(self) -> pd.DataFrame:
        """Every question of the file with its deadline and outcome, as ``forecast resolve``.

        `proposed` is the outcome that the reports say, and `to_read` those somebody has to read.

        Examples
        --------
        ::

            project.questions.query("status == 'due'")
        """
        columns = (
            "question", "text", "by", "status", "criteria", "known_on", "proposed", "to_read",
        )  # fmt: skip
        rows = (
            {
                "question": one.name,
                "text": one.text,
                "by": one.by,
                "status": one.status,
                "criteria": one.criteria,
                "known_on": one.resolution.resolved_on if one.resolution else None,
                "proposed": one.proposal.outcome if one.proposal else None,
                "to_read": one.to_read,
            }
            for one in question_states(self._files)
        )
        return column_table(rows, columns, ("by", "known_on"))

    @property
    def reports(self) -> pd.DataFrame:
        """Every report of the ledger, by day; ``use`` tells evidence from what the brief weighed.

        Examples
        --------
        ::

            project.reports.query("use == 'evidence'").groupby("indicator").size()
        """
        rows = map(asdict, list_reports(self._files, use="all"))
        return column_table(rows, REPORT_COLUMNS, ("occurred_on", "reported_on"))

    @property
    def problems(self) -> pd.DataFrame:
        """Every error and warning about the files, as ``forecast check``.

        Examples
        --------
        ::

            project.problems.query("severity == 'error'")
        """
        from forecast.issue.check import check_files

        columns = ["file", "line", "where", "came", "allowed", "severity"]
        return pd.DataFrame(map(asdict, check_files(self._files)), columns=columns)
