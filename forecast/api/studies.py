"""Studies of the forecast issued last: questions, causes, scenarios, what to watch, as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import pandas as pd
import xarray as xr

from forecast.api import frames
from forecast.api.frames import Estimate, Opened, View
from forecast.api.given import (
    Day,
    Period,
    Place,
    as_count,
    as_day,
    as_period,
    as_place,
    as_several,
    as_text,
)
from forecast.api.issued import answer_chart, explanation_chart, scenario_charts, tornado
from forecast.beliefs.words import format_band, format_probability, format_worded
from forecast.briefs.sentences import points
from forecast.errors import BeliefsError
from forecast.issue.run import Issue
from forecast.names import missing, require_known
from forecast.project.sampler import WHAT_IF_DRAWS
from forecast.result import Result

if TYPE_CHECKING:
    from forecast.charts.files import Chart
    from forecast.study.whatif import Compared

__all__ = ["Answer", "Explanation", "Sensitivity", "Studies", "WatchList", "WhatIf"]


_Span = Literal["prior", "posterior"]
#: Draws that a what-if or an answer is worked out from at least, as on the command line.
_LEAST = 100


class Studies(Opened):
    """The verbs that read the forecast issued last; `Project` has them."""

    def what_if(
        self,
        *scenarios: Place,
        stack: Sequence[Place] = (),
        do: Sequence[str] = (),
        observe: Sequence[str] = (),
        as_of: Day | None = None,
        horizon: Period | None = None,
        draws: int = WHAT_IF_DRAWS,
    ) -> WhatIf:
        """Set scenarios beside the forecast issued last.

        Parameters
        ----------
        *scenarios : str or path
            Names in ``scenarios/``, or files, each compared with the baseline.
        stack : sequence of str or path
            Added to every one of them, or to each other if none is named.
        do, observe : sequence of str
            Assumptions as typed after ``--do`` and ``--observe``, added likewise.
        as_of : str or date, optional
            Of the issued forecast; by default the latest.
        horizon : str or number of days, optional
            How far ahead.
        draws : int
            Posterior draws used.

        Raises
        ------
        BeliefsError, EvidenceError, LedgerError, StatisticsError
            What is wrong with a scenario, or that it cannot be worked out.

        Examples
        --------
        ::

            project.what_if("china_lifts_constraint", "china_enforces")
            project.what_if(do=["china_constraint=weak@2025-01-01"])
        """
        from forecast.study.whatif import Wish, what_if

        wish = Wish(
            [as_place(one, "scenario") for one in scenarios],
            [as_place(one, "stack") for one in as_several(stack, "stack")],
            [as_text(one, "do") for one in as_several(do, "do")],
            [as_text(one, "observe") for one in as_several(observe, "observe")],
        )
        with self._telling() as told:
            found = what_if(
                self._files,
                wish,
                as_of=as_day(as_of),
                horizon=None if horizon is None else as_period(horizon, "horizon"),
                draws=as_count(draws, "draws", least=_LEAST),
                reporter=told,
            )
        return WhatIf(found.result, found.held.issue)

    def ask(self, question: str, *, as_of: Day | None = None, draws: int | None = None) -> Answer:
        """Answer a question from the forecast issued last.

        Parameters
        ----------
        question : str
            The name of one of the file, or a question in the language of docs/whatif.md.
        as_of : str or date, optional
            Of the issued forecast; by default the latest.
        draws : int, optional
            Posterior draws used; by default all.

        Raises
        ------
        BeliefsError, EvidenceError, LedgerError
            If it cannot be read, or what is given is next to impossible.

        Examples
        --------
        ::

            project.ask("tech_transfer reaches advanced by 2025-12-31").estimate
        """
        from forecast.study.ask import ask_question

        with self._telling() as told:
            reply = ask_question(
                self._files,
                as_text(question, "question"),
                as_of=as_day(as_of),
                draws=None if draws is None else as_count(draws, "draws", least=_LEAST),
                reporter=told,
            )
        return Answer(reply.result, lambda size: answer_chart(reply, size))

    def explain(
        self,
        name: str,
        *,
        since: Day | None = None,
        since_issue: bool = False,
        as_of: Day | None = None,
    ) -> Explanation:
        """Split the change of a judgement or question into parts that add up.

        Parameters
        ----------
        name : str
            Of a node, or of a question.
        since : str or date, optional
            From what was known on this day; by default from the brief.
        since_issue : bool
            From the issue before.
        as_of : str or date, optional
            Of the issued forecast; by default the latest.

        Raises
        ------
        BeliefsError, LedgerError, EvidenceError
            If there is no such name or issue, or the date is out of range.

        Examples
        --------
        ::

            project.explain("tech_transfer", since="2024-10-31").parts
        """
        from forecast.issue.issued import recall
        from forecast.study.explain import explain

        with self._telling() as told:
            found = explain(
                self._files,
                as_text(name, "name"),
                since=as_day(since, "since"),
                since_issue=since_issue,
                as_of=as_day(as_of),
                reporter=told,
            )
        issue = recall(self._files, as_of=found.as_of)  # a later one may be of other beliefs
        return Explanation(found, lambda size: explanation_chart(self._files, issue, found, size))

    def watch(
        self,
        *names: str,
        within: Period = "90 days",
        grade: str = "B2",
        as_of: Day | None = None,
    ) -> WatchList:
        """Rank the indicators to look for next.

        Parameters
        ----------
        *names : str
            Nodes, each with its questions, and questions; by default every one.
        within : str or number of days
            The window in which somebody looks.
        grade : str
            Of the report that would be seen, or ``certain``.
        as_of : str or date, optional
            Of the issued forecast; by default the latest.

        Raises
        ------
        BeliefsError, EvidenceError, LedgerError
            If there is no such name or grade, or nothing was issued.

        Examples
        --------
        ::

            project.watch("tech_transfer", within="6m").indicators
        """
        from forecast.study.watch import watch

        with self._telling() as told:
            found = watch(
                self._files,
                [as_text(name, "name") for name in names],
                within=as_period(within, "within"),
                grade=as_text(grade, "grade"),
                as_of=as_day(as_of),
                reporter=told,
            )
        return WatchList(found)

    def sensitivity(
        self,
        node: str,
        *,
        span: _Span = "prior",
        as_of: Day | None = None,
    ) -> Sensitivity:
        """Work out what a judgement rests on.

        Parameters
        ----------
        node : str
        span : {"prior", "posterior"}
            Whose 10th and 90th percentiles inputs are moved between.
        as_of : str or date, optional
            Of the issued forecast; by default the latest.

        Raises
        ------
        BeliefsError, LedgerError
            If there is no such node, or nothing was issued.

        Examples
        --------
        ::

            print(project.sensitivity("tech_transfer").sentence)
        """
        from forecast.issue.issued import recall
        from forecast.study.sensitivity import analyse

        require_known(as_text(span, "span"), get_args(_Span), what="span")
        with self._telling() as told:
            found = analyse(
                self._files, as_text(node, "node"), span=span, as_of=as_day(as_of), reporter=told
            )
        issue = recall(self._files, as_of=found.as_of)
        return Sensitivity(found, lambda size: tornado(self._files, issue, found, size))


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
        left = ["refused.pareto_k", "refused.effective_draws", "assumptions"]
        return self._table("scenarios", index="scenario").drop(columns=left)

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
        return scenario_charts(self._issue, self.result.as_printed())

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
