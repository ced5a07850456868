"""What to look for next, as a table."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from forecast.api import frames
from forecast.api.shown import Result, worded
from forecast.beliefs.words import format_probability

__all__ = ["WatchList"]


class WatchList(Result):
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
                "if seen": worded(each["if_seen"]),
                "if not": worded(each["if_not_seen"]),
            }
            for target in self._value["targets"]
            for each in target["indicators"][:3]
        )
