"""What learning and scoring give, as tables."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from forecast.api import frames
from forecast.api.shown import Result, band_text, worded
from forecast.beliefs.words import format_probability
from forecast.briefs.sentences import interval, points

__all__ = ["PriorCheck", "Scorecard", "Update"]


class PriorCheck(Result):
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
        columns = ("node", "states", "mode", "within_days", "low", "high", *frames.BAND, "verdict")
        return frames.table(self._value["implied"], columns)

    @property
    def expected(self) -> pd.DataFrame:
        """One row an indicator, node and state: reports expected there, and found.

        Examples
        --------
        ::

            found.expected.query("pointed and surprise != ''")
        """
        columns = (
            "indicator", "node", "state", "pointed", "expected", "found", "more", "fewer",
            "surprise",
        )  # fmt: skip
        return frames.table(self._value["expected"], columns)

    def _heading(self) -> Iterable[str]:
        yield "What the priors imply for each judgement, with no report seen"

    def _display(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "judgement": f"{row['node']}: {' or '.join(row['states'])}",
                "the brief says": interval(row["low"], row["high"], dash="-"),
                "the priors imply": format_probability(row["probability"]),
                "80% band": band_text(row),
                "verdict": row["verdict"],
            }
            for row in self._value["implied"]
        )


class Update(Result):
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
        columns = ("node", "label", "before", "after", "word_before", "word_after", "lo80", "hi80")
        return frames.table(self._value["judgements"], columns, index="node")

    @property
    def alerts(self) -> pd.DataFrame:
        """One row a rule of ``alerts:`` in ``priors.yaml``; `word` says what is new of it.

        Examples
        --------
        ::

            found.alerts.query("word in ('raised', 'cleared')")
        """
        columns = (
            *("alert", "subject", "direction", "threshold", "word", "raised"),
            *("probability", "certainty", "told", "since"),
        )
        return frames.table(self._value["alerts"], columns, index="alert", dates=("since",))

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
                "80% band": band_text(row),
                "points": "" if row["before"] is None else points(row["after"] - row["before"]),
            }
            for row in self._value["judgements"]
        )


class Scorecard(Result):
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
        columns = (
            "question", "outcome", "opens", "by", "closes", "opening", "closing", "brier",
            "logarithmic", "days", "life", "forecasts", "clipped",
        )  # fmt: skip
        dates = ("opens", "by", "closes")
        return frames.table(self._value["questions"], columns, index="question", dates=dates)

    @property
    def baselines(self) -> pd.DataFrame:
        """One row a baseline, with the difference resampled over questions.

        Examples
        --------
        ::

            found.baselines["difference.better"]
        """
        ends = (f"difference.{name}" for name in ("mean", "low", "high", "better", "blocks"))
        columns = ("baseline", "questions", "ours", "theirs", "skill", *ends, "wins")
        return frames.table(self._value["baselines"], columns, index="baseline")

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
    return worded({"probability": p, "word": word})
