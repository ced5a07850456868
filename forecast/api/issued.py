"""An issued forecast, as a value to look at, calculate with and draw.

The one place where the API meets the charts of the rooms below it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from forecast import dims
from forecast.api import frames
from forecast.api.frames import Estimate, Progress, View, telling
from forecast.api.given import as_text
from forecast.beliefs.words import evidence_text, format_band, format_worded, scale
from forecast.briefs.sentences import points
from forecast.errors import BeliefsError, LedgerError
from forecast.issue.issued import issued
from forecast.issue.run import Issue
from forecast.names import nearest, require_known
from forecast.project.project import Project as Files
from forecast.study.answered import Reply

if TYPE_CHECKING:
    from forecast.charts.files import Chart
    from forecast.publish.chart_kinds import ChartInputs
    from forecast.study.explain import Explanation
    from forecast.study.sensitivity import Rests
    from forecast.study.whatif import Compared

__all__ = [
    "Forecast",
    "answer_chart",
    "explanation_chart",
    "issue_chart",
    "scenario_charts",
    "tornado",
]


_JUDGEMENTS = (
    "node", "label", "proposition", *frames.BAND, "word", "at_brief", "since_brief",
    "since_issue.change", "at_horizon.date", *(f"at_horizon.{name}" for name in frames.BAND),
    "at_horizon.word",
)  # fmt: skip
_QUESTIONS = (
    "question", "text", "node", "mode", "opens", "by", *frames.BAND, "word", "past",
)  # fmt: skip


class Forecast(View):
    """A forecast as it was issued; `Project.run` and `Project.last` give it.

    Its numbers are those of ``forecast run --json``, rounded to six decimals.

    Examples
    --------
    ::

        found = forecast.load(".").last()
        found.judgements["probability"]
        found.trajectory("tech_transfer").probability.sel(date="2024-06-05")
        found.chart("trajectory", "tech_transfer")
    """

    def __init__(self, files: Files, issue: Issue, progress: Progress = None) -> None:
        super().__init__(issued(issue))
        self._files, self._issue, self._progress = files, issue, progress

    @property
    def id(self) -> str:
        """Sixteen digits that name the forecast; the same forecast has the same."""
        return self._issue.issued.id

    @property
    def as_of(self) -> dt.date:
        """The day up to which reports were seen."""
        return self._issue.issued.as_of

    @property
    def judgements(self) -> pd.DataFrame:
        """One row a node, in the order of the file; the columns are named as in docs/schema.md.

        Examples
        --------
        ::

            found.judgements[["label", "probability", "word", "since_brief"]]
        """
        return frames.table(
            self._value["judgements"], _JUDGEMENTS, index="node", dates=["at_horizon.date"]
        )

    @property
    def questions(self) -> pd.DataFrame:
        """One row a question, with its probability of yes.

        Examples
        --------
        ::

            found.questions.query("not past").sort_values("probability")
        """
        rows = self._value["questions"]
        return frames.table(rows, _QUESTIONS, index="question", dates=["opens", "by"])

    @property
    def trajectories(self) -> xr.Dataset:
        """The headline of every node over time, and every state.

        Returns
        -------
        xarray.Dataset
            `probability`, `lo50`, `hi50`, `lo80`, `hi80` and `no_news` over ``node`` and ``date``;
            `states` over ``node_state`` and ``date``.

        Examples
        --------
        ::

            found.trajectories.probability.sel(node="arms_trade").to_series()
        """
        return frames.trajectories(self._value)

    def trajectory(self, node: str) -> xr.Dataset:
        """Give one node over time.

        Parameters
        ----------
        node : str

        Returns
        -------
        xarray.Dataset
            As `trajectories`, over ``date`` alone; `states` has the states of this node, by their
            own names.

        Raises
        ------
        BeliefsError
            If there is no such node.

        Examples
        --------
        ::

            found.trajectory("tech_transfer").to_dataframe()
        """
        self._require(node)
        states = self._states(node)
        data = self.trajectories.sel({dims.NODE: node})
        data = data.sel({dims.NODE_STATE: [f"{node}.{state}" for state in states]})
        return data.assign_coords({dims.NODE_STATE: states})

    def probability(self, node: str, *states: str) -> Estimate:
        """Give the probability of a node's headline, or of states of it, on the as-of date.

        Parameters
        ----------
        node : str
        *states : str
            In any of these; by default the headline states.

        Returns
        -------
        Estimate
            Of other states than the headline, without bands (nan): an issue holds their means only,
            and bands of sums of states need the draws. `Project.ask` works them out.

        Raises
        ------
        BeliefsError
            If there is no such node or state.

        Examples
        --------
        ::

            found.probability("tech_transfer")             # 24% unlikely, 80% band 9-42%
            found.probability("tech_transfer", "advanced") # the same: its headline
        """
        row = self._require(node)
        if not states or {as_text(state, "state") for state in states} == set(row["states"]):
            return Estimate.of(row)
        names = self._states(node)
        for state in states:
            if state not in names:
                hint = nearest(state, names) or f"there are: {', '.join(names)}"
                raise BeliefsError(f"node {node!r} has no state {state!r}; {hint}")
        curves = self._value["states"]
        now = self._value["trajectories"][0]["history"] - 1
        p = sum(curves[f"{node}.{state}"][now] for state in dict.fromkeys(states))
        p = min(max(p, 0.0), 1.0)
        bands = dict.fromkeys(("lo50", "hi50", "lo80", "hi80"), float("nan"))
        word = scale(self._value["brief"]["scale"]).word(p)
        return Estimate.of({"probability": p, "word": word, **bands})

    def answer(self, question: str) -> Estimate:
        """Give the probability of yes of a question of the file.

        Raises
        ------
        BeliefsError
            If there is no such question.

        Examples
        --------
        ::

            found.answer("tech_advanced_by_end_2025")
        """
        return Estimate.of(self._row("questions", "question", question))

    def chart(self, kind: str, name: str | None = None, *, size: str = "web") -> Chart:
        """Draw a chart of this forecast; a notebook shows it.

        Parameters
        ----------
        kind : str
            As ``forecast chart`` names it: ``trajectory``, ``panel``, ``fan`` and so on.
        name : str, optional
            The node or question it shows.
        size : str
            ``web`` for a screen; the others are for documents.

        Raises
        ------
        BeliefsError
            If there is no such kind, node or question.
        ChartRefusal
            If it could not be read, or would mislead.

        Examples
        --------
        ::

            found.chart("panel", size="page").save("out", formats=["pdf"])
        """
        from forecast.publish.chart_kinds import ChartInputs

        with telling(self._progress) as told:
            inputs = ChartInputs(self._files, self._issue, reporter=told)
            shown = None if name is None else as_text(name, "name")
            return issue_chart(inputs, as_text(kind, "kind"), shown, as_text(size, "size"))

    def posterior(self) -> xr.DataTree:
        """Give the draws of every rate with their priors and likelihood, as ArviZ takes them.

        Returns
        -------
        xarray.DataTree
            ``prior`` and ``posterior``, every rate over ``chain``, ``draw`` and a dimension of
            forecast/dims.py; ``sample_stats``, where `weight` is what a draw counts for in this
            forecast; ``log_likelihood``, where `evidence` is the log probability of each step
            given the steps before it, over ``chain``, ``draw`` and ``step``; ``observed_data``,
            how many indicators were reported in each of these steps.

        Raises
        ------
        LedgerError
            If the draws are gone.

        Notes
        -----
        Rates and likelihood are those of the fit. Where ``forecast update`` weighed its draws by
        later reports, `weight` is uneven; the likelihood is of what the fit saw. It sums over steps
        to the likelihood that was sampled; steps that say nothing have none, and under
        ``learning`` an old step counts for less.

        States carry over from step to step, so ``az.loo`` leaves out a step that the filter of the
        later ones has seen: it tells of how much the rates rest on each step, and its `pareto_k`
        of steps that stand out. For how well the next step is forecast, only what is later may be
        left out (Bürkner, Gabry & Vehtari 2020, "Approximate leave-future-out cross-validation for
        Bayesian time series models", Journal of Statistical Computation and Simulation 90:14);
        `Project.backtest` does that, with rates learnt anew.

        Examples
        --------
        ::

            import arviz as az

            tree = found.posterior()
            tree.posterior.log_hazard.mean(["chain", "draw"])
            az.loo(tree)
            az.plot_prior_posterior(tree, var_names="log_hazard")
        """
        from forecast.inference.diagnostics import arviz_tree
        from forecast.study.last_issue import held_issue

        found = held_issue(self._files, issue=self._issue)
        with self._files.ledger(create=False) as ledger:
            kept = ledger.posteriors.get(self._issue.issued.posterior_id)
        if kept is None:
            raise LedgerError(f"the draws of issue {self.id[:7]} are gone; run it again")
        return arviz_tree(found.encoding, kept.path, found.fitted, weights=found.weights.weights)

    def _states(self, node: str) -> list[str]:
        """List the states of a node in the order of the file it was issued from."""
        with self._files.ledger(create=False) as ledger:
            model = ledger.models.find(self._issue.issued.model_fingerprint)
        if model is None:
            raise LedgerError(f"the beliefs of issue {self.id[:7]} are gone; run it again")
        content: Any = model.content
        return list(content["nodes"][node]["states"])

    def _require(self, node: str) -> dict[str, Any]:
        return self._row("judgements", "node", node)

    def _row(self, rows: str, key: str, name: str) -> dict[str, Any]:
        found: dict[str, dict[str, Any]] = {row[key]: row for row in self._value[rows]}
        require_known(as_text(name, key), found, what=key, where="in this forecast")
        return found[name]

    def _heading(self) -> Iterable[str]:
        brief, seen = self._value["brief"], self._value["evidence"]
        yield brief["title"]
        yield f"as of {self.as_of}, issue {self.id[:7]}, {brief['house']}"
        yield evidence_text(seen, "lineages")

    def _display(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "judgement": row["label"],
                "now": format_worded(row),
                "80% band": format_band(row),
                "since brief": points(row["since_brief"]),
                "since last issue": _since(row["since_issue"]),
                f"on {self._value['horizon']}": format_worded(row["at_horizon"]),
            }
            for row in self._value["judgements"]
        )


def _since(change: dict[str, Any] | None) -> str:
    return "first" if change is None else points(change["change"])


def issue_chart(at: ChartInputs, kind: str, name: str | None, size: str) -> Chart:
    """Draw a chart of an issue, of the kinds of ``forecast chart``.

    Raises
    ------
    BeliefsError
        If there is no such kind, node or question.
    ChartRefusal
        If it could not be read.
    """
    from forecast.publish.chart_kinds import KINDS

    require_known(kind, KINDS, what="chart")
    return at.draw(kind, name, size=size)


def answer_chart(reply: Reply, size: str) -> Chart:
    """Draw an answer as a first passage.

    Raises
    ------
    BeliefsError
        If it asks what holds on a day.
    """
    from forecast.study.ask import reply_chart

    chart = reply_chart(reply, size=size)
    if chart is None:
        raise BeliefsError(
            f"{reply.asked.text!r} asks what holds on a date, so nothing is reached by it and "
            "there is no chart; look at curve"
        )
    return chart


def explanation_chart(files: Files, issue: Issue, explained: Explanation, size: str) -> Chart:
    """Draw the weights of evidence."""
    from forecast.issue.charts import lineage_names
    from forecast.study.charts import weights_chart

    return weights_chart(issue, explained.plain(), names=lineage_names(files, issue), size=size)


def tornado(files: Files, issue: Issue, rests: Rests, size: str) -> Chart:
    """Draw what a judgement rests on."""
    from forecast.issue.charts import lineage_names
    from forecast.study.charts import tornado_chart

    return tornado_chart(issue, rests.as_printed(), names=lineage_names(files, issue), size=size)


def scenario_charts(issue: Issue, compared: Compared) -> dict[str, Chart]:
    """Draw scenarios beside the forecast, by name."""
    from forecast.issue.charts import look
    from forecast.study.scenario_charts import comparison_charts

    _, stamp = look(issue)
    return {one.name: one for one in comparison_charts(compared, stamp=stamp)}
