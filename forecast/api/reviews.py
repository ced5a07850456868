"""How good the priors, the fit and the forecasts are, as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from forecast.api import frames
from forecast.api.results import Scorecard
from forecast.api.shown import View
from forecast.beliefs.words import format_band, format_probability
from forecast.briefs.sentences import interval

__all__ = ["Backtest", "Diagnosis", "Elicitation", "HalfLives", "Validation"]


class Diagnosis(View):
    """How the last fit went, and what it learnt; `Project.diagnose` gives it.

    Examples
    --------
    ::

        found = project.diagnose()
        found.learnt.nsmallest(5, "contraction")  # where the priors decide
    """

    @property
    def checks(self) -> dict[str, Any]:
        """The checks that the fit passed: R-hat, effective draws, divergences.

        Examples
        --------
        ::

            found.checks["ess_bulk"]
        """
        return dict(self._value["checks"])

    @property
    def learnt(self) -> pd.DataFrame:
        """One row a parameter: prior against posterior.

        Examples
        --------
        ::

            found.learnt.loc["log_hazard"]
        """
        return self._table("learnt").set_index(["block", "name"])

    def _heading(self) -> Iterable[str]:
        yield "Every parameter before and after the reports"
        yield f"R-hat is largest at {self._value['checks']['worst']}"

    def _display(self) -> pd.DataFrame:
        return self.learnt.round(2).reset_index()


class Backtest(Scorecard):
    """How the project would have forecast in the past; `Project.backtest` gives it.

    The tables of `Scorecard` are of the forecasts it made.

    Examples
    --------
    ::

        found = project.backtest("2023-10-01", "2024-12-31")
        found.dates.query("not tight")
    """

    @property
    def dates(self) -> pd.DataFrame:
        """One row a date: what was known then, whether nothing later leaked, and how it was fitted.

        Examples
        --------
        ::

            found.dates["known"]
        """
        columns = ("as_of", "known", "unseen", "newest", "tight", "method", "ess", "failure")
        rows = self._value["backtest"]["dates"]
        return frames.table(rows, columns, index="as_of", dates=("as_of", "newest"))

    @property
    def forecasts(self) -> pd.DataFrame:
        """Probability of yes, one row a date and one column a question.

        Examples
        --------
        ::

            found.forecasts.plot()
        """
        columns = {
            one["question"]: pd.Series(
                one["probability"], index=pd.to_datetime(one["as_of"]), dtype=float
            )
            for one in self._value["backtest"]["forecasts"]
        }
        return pd.DataFrame(columns).rename_axis("as_of")

    def _heading(self) -> Iterable[str]:
        dates = self._value["backtest"]["dates"]
        failed = sum(bool(one["failure"]) for one in dates)
        yield f"{len(dates)} dates, {failed} failed"
        yield from super()._heading()


class HalfLives(View):
    """How fast the rates should forget, by the record; `Project.half_life` gives it.

    Examples
    --------
    ::

        found = project.half_life("1 year", "3 years")
        found.best
    """

    @property
    def best(self) -> float | None:
        """The half-life in days that forecast best; None forgets nothing.

        Examples
        --------
        ::

            found.best
        """
        best: float | None = self._value["best"]
        return best

    @property
    def tried(self) -> pd.DataFrame:
        """One row a half-life in days; the first, without one, forgets nothing.

        Examples
        --------
        ::

            found.tried.nlargest(1, "score")
        """
        return self._table("tried")

    def _heading(self) -> Iterable[str]:
        value = self._value
        yield f"{value['steps']} steps after {value['begins']} to {value['as_of']}"
        yield "gain over forgetting nothing, above 0 is better"

    def _display(self) -> pd.DataFrame:
        return self.tried


class Validation(View):
    """Whether the engine finds again what was simulated; `Project.validate` gives it.

    Examples
    --------
    ::

        found = project.validate(simulations=40, lengths=False)
        assert found.passed, found.problems
    """

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against the engine.

        Examples
        --------
        ::

            found.passed
        """
        return bool(self._value["passed"])

    @property
    def problems(self) -> tuple[str, ...]:
        r"""What speaks against it, one line each.

        Examples
        --------
        ::

            print(*found.problems, sep="\n")
        """
        return tuple(self._value["problems"])

    @property
    def quantities(self) -> pd.DataFrame:
        """One row a quantity: p-values of its ranks, and how often bands held the true value.

        Examples
        --------
        ::

            found.quantities["in80"].mean()
        """
        return self._table("quantities")

    @property
    def events(self) -> pd.DataFrame:
        """One row a kind of forecast: what was said, and how often it came true.

        Examples
        --------
        ::

            found.events[["said", "came_true"]]
        """
        return self._table("events", index="name")

    def _heading(self) -> Iterable[str]:
        yield f"{self._value['model']}: {self._value['simulations']} simulated records"
        yield "the engine passes" if self.passed else "the engine fails"
        yield from self.problems

    def _display(self) -> pd.DataFrame:
        return self.events.reset_index()


class Elicitation(View):
    """What experts' answers make of the priors; `Project.elicit` gives it.

    Examples
    --------
    ::

        found = project.elicit("answers.csv")
        found.implied[["node", "before", "after", "verdict"]]
    """

    @property
    def priors(self) -> pd.DataFrame:
        """One row a prior: as it stands, and pooled, each as the ends of an interval.

        Examples
        --------
        ::

            found.priors["pooled"]
        """
        return self._table("priors", index="prior")

    @property
    def implied(self) -> pd.DataFrame:
        """One row a judgement of the brief: what the priors imply for it before and after.

        Examples
        --------
        ::

            found.implied.query("verdict != 'agrees'")
        """
        return self._table("implied").drop(columns="alone")

    def _heading(self) -> Iterable[str]:
        yield "What the answers imply for each judgement, with no report seen"
        yield f"{len(self._value['priors'])} priors, pooled by {self._value['pool']}"

    def _display(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "judgement": f"{row['node']}: {' or '.join(row['states'])}",
                "the brief says": interval(row["low"], row["high"], dash="-"),
                "before": format_probability(row["before"]),
                "now": format_probability(row["after"]),
                "80% band": format_band(row),
                "verdict": row["verdict"],
            }
            for row in self._value["implied"]
        )
