"""What learning and scoring give, as tables."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from forecast.api.shown import View
from forecast.beliefs.words import format_band, format_probability, format_worded
from forecast.briefs.sentences import interval, points

__all__ = ["PriorCheck", "Scorecard", "Update"]


class PriorCheck(View):
    """What the priors imply, before any report is read; `Project.check` gives it.

    Examples
    --------
    ::

        found = project.check()
        found.implied.query("verdict != 'agrees'")
    """

    @property
    def implied(self) -> pd.DataFrame:
        """One row a judgement of the brief: its reading, and what the priors imply for it.

        Examples
        --------
        ::

            found.implied[["node", "low", "high", "probability", "verdict"]]
        """
        return self._table("implied")

    @property
    def expected(self) -> pd.DataFrame:
        """One row an indicator, node and state: reports expected there, and found.

        Examples
        --------
        ::

            found.expected.query("pointed and surprise != ''")
        """
        return self._table("expected")

    def _heading(self) -> Iterable[str]:
        yield "What the priors imply for each judgement, with no report seen"

    def _display(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "judgement": f"{row['node']}: {' or '.join(row['states'])}",
                "the brief says": interval(row["low"], row["high"], dash="-"),
                "the priors imply": format_probability(row["probability"]),
                "80% band": format_band(row),
                "verdict": row["verdict"],
            }
            for row in self._value["implied"]
        )


class Update(View):
    """What new reports did, or in a dry run would do; `Project.update` gives it.

    Examples
    --------
    ::

        found = project.update("new_reports.csv", dry=True)
        found.moves.query("abs(after - before) > 0.02")
    """

    @property
    def moves(self) -> pd.DataFrame:
        """One row a node: probability `before` and `after`, with words and the 80 % band.

        Examples
        --------
        ::

            found.moves[["before", "after"]]
        """
        return self._table("moves", index="node")

    @property
    def alerts(self) -> pd.DataFrame:
        """One row a rule of ``alerts:`` in ``priors.yaml``; `word` says what is new of it.

        Examples
        --------
        ::

            found.alerts.query("word in ('raised', 'cleared')")
        """
        return self._table("alerts", index="alert").drop(columns=["question", "node"])

    def _heading(self) -> Iterable[str]:
        value = self._value
        came = [
            f"{len(value[kind])} {kind}"
            for kind in ("new", "revised", "known", "held")
            if value[kind]
        ]
        done = "nothing was written" if value["dry_run"] else "stored"
        yield f"Reports: {', '.join(came) or 'none'}; {done}"
        yield f"as of {value['as_of']}; {value['method']}" + (
            f": {value['reason']}" if value["reason"] else ""
        )

    def _display(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "judgement": row["label"],
                "before": "" if row["before"] is None else _said(row["before"], row["word_before"]),
                "now": _said(row["after"], row["word_after"]),
                "80% band": format_band(row),
                "points": "" if row["before"] is None else points(row["after"] - row["before"]),
            }
            for row in self._value["judgements"]
        )


class Scorecard(View):
    """How good the forecasts of resolved questions were; `Project.score` gives it.

    Examples
    --------
    ::

        found = project.score()
        found.questions.nlargest(3, "brier")
        found.baselines[["ours", "theirs", "skill"]]
    """

    @property
    def questions(self) -> pd.DataFrame:
        """One row a scored question.

        Examples
        --------
        ::

            found.questions["brier"].mean()
        """
        return self._table("questions", index="question")

    @property
    def baselines(self) -> pd.DataFrame:
        """One row a baseline, with the difference resampled over questions.

        Examples
        --------
        ::

            found.baselines["difference.better"]
        """
        return self._table("baselines", index="baseline")

    def _heading(self) -> Iterable[str]:
        from forecast.judge.score_values import clip_text, set_text  # SciPy takes a second to load

        value = self._value
        yield f"{value['counts']['scored']} questions scored as of {value['as_of']}"
        if value["brier"] is not None:
            yield set_text(value)
            yield f"Brier {value['brier']:.3f}, logarithmic {value['logarithmic']:.3f}"
            yield clip_text(value)

    def _display(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "question": row["question"],
                "outcome": row["outcome"],
                "first": format_probability(row["opening"]),
                "last": format_probability(row["closing"]),
                "Brier": f"{row['brier']:.3f}",
            }
            for row in self._value["questions"]
        )


def _said(p: float, word: str) -> str:
    return format_worded({"probability": p, "word": word})
