"""Reviews: the verbs that judge the record, the fit, the priors and the forecasts, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd

from forecast.api import frames
from forecast.api.frames import Opened, View
from forecast.api.given import (
    Day,
    Period,
    Place,
    as_count,
    as_day,
    as_number,
    as_period,
    as_place,
    as_text,
)
from forecast.api.records import Verification
from forecast.beliefs.words import format_band, format_probability, format_worded
from forecast.briefs.sentences import interval, points
from forecast.errors import ForecastError
from forecast.names import require_known
from forecast.project.sampler import SamplerSettings

__all__ = [
    "Backtest",
    "Diagnosis",
    "Elicitation",
    "HalfLives",
    "Judging",
    "PriorCheck",
    "Scorecard",
    "Update",
    "Validation",
]


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
        from forecast.judge.backtest_report import BacktestDate

        return frames.listed(self.result.backtest.dates, BacktestDate, index="as_of")

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


def _said(p: float, word: str) -> str:
    return format_worded({"probability": p, "word": word})


_Pool = Literal["log_odds", "linear"]
_Method = Literal["nuts", "laplace"]
_LIVES = ("6 months", "1 year", "2 years", "5 years")


class Judging(Opened):
    """The verbs that judge; `Project` has them."""

    def verify(self) -> Verification:
        """Derive every hash of the ledger again, as ``forecast check --ledger``.

        Raises
        ------
        LedgerError
            If there is no ledger, or it cannot be opened.

        Examples
        --------
        ::

            assert project.verify().sound
        """
        from forecast.issue.check import verify

        with self._telling() as told:
            told.stage("deriving every hash again")
            return Verification(verify(self._files))

    def diagnose(self) -> Diagnosis:
        """Show how the last fit went, and what it learnt, as ``forecast check --fit``.

        Raises
        ------
        LedgerError
            If there is none, or its file is gone.

        Examples
        --------
        ::

            project.diagnose().learnt.loc["log_hazard"]
        """
        from forecast.issue.check import diagnose_last

        with self._telling() as told:
            told.stage("reading the posterior")
            return Diagnosis(diagnose_last(self._files))

    def score(self, *, as_of: Day | None = None, crowd: Place | None = None) -> Scorecard:
        """Score the questions whose outcome is known, against baselines.

        Parameters
        ----------
        as_of : str or date, optional
            Nothing known or issued as of a later day is used; today by default.
        crowd : path, optional
            CSV file with the series of a crowd or a market.

        Raises
        ------
        BeliefsError, LedgerError, ReportsError
            What you can mend.

        Examples
        --------
        ::

            project.score(as_of="2024-12-31").baselines
        """
        from forecast.judge.score import score
        from forecast.judge.score_values import scores_of

        file = None if crowd is None else Path(as_place(crowd, "crowd"))
        with self._telling() as told:
            card = score(self._files, as_of=as_day(as_of), crowd=file, reporter=told)
        return Scorecard(scores_of(card))

    def backtest(
        self,
        first: Day,
        last: Day,
        *,
        every: str = "1 month",
        draws: int = SamplerSettings.draws,
        tune: int = SamplerSettings.tune,
        refit: bool = False,
        horizons: Sequence[Period] = (),
        report: Place | None = None,
    ) -> Backtest:
        """Forecast as of past dates, and score that, as ``forecast backtest``.

        Parameters
        ----------
        first, last : str or date
        every : str
            Period between dates; months and years are those of the calendar.
        draws, tune : int
            Draws kept, and discarded, in each of four chains, where a fit is needed.
        refit : bool
            Fit anew at every date, and issue every forecast.
        horizons : sequence of str or number of days
            Ask the record itself so far ahead, too, as ``--record``; such as ``("4w", "13w")``.
        report : path, optional
            Write a report for a sceptic there, as .md or .html.

        Raises
        ------
        BeliefsError, EvidenceError, LedgerError, OutputError
            What you can mend.

        Examples
        --------
        ::

            project.backtest("2023-10-01", "2024-12-31").baselines
        """
        from forecast.judge.backtest import Plan, backtest
        from forecast.judge.backtest_report import result_of, write_report

        begin, end = as_day(first, "first"), as_day(last, "last")
        if begin is None or end is None:
            raise ForecastError("first, last: both days are needed, such as 2024-06-19")
        if end < begin:
            raise ForecastError(f"last: {end} is before {begin}; name a later day")
        plan = Plan(begin, end, as_text(every, "every"), refit)
        try:
            _ = plan.days
        except ValueError as error:
            raise ForecastError(f"every: {error}") from None
        place = None if report is None else Path(as_place(report, "report"))
        if place is not None and place.suffix not in {".md", ".html"}:
            raise ForecastError(f"report: {place}; allowed: names that end in .md or .html")
        lengths = [_days(one, "horizons") for one in horizons]
        sampler = SamplerSettings(
            draws=as_count(draws, "draws", least=100), tune=as_count(tune, "tune", least=100)
        )
        with self._telling() as told:
            done = backtest(
                self._files, plan, sampler=sampler, horizons=lengths, reporter=told,
            )  # fmt: skip
        if place is not None:
            write_report(done, place)
        return Backtest(result_of(done))

    def half_life(
        self,
        *tried: Period,
        first: Day | None = None,
        as_of: Day | None = None,
        every: int = 26,
    ) -> HalfLives:
        """Show how fast the rates should forget, as ``forecast half-life``.

        Parameters
        ----------
        *tried : str or number of days
            Half-lives; by default 6 months, 1, 2 and 5 years.
        first : str or date, optional
            Forecast the steps after this day; by default the second half.
        as_of : str or date, optional
            By default the end of the record.
        every : int
            Steps between two learnings of the rates.

        Raises
        ------
        BeliefsError, EvidenceError
            If the record is too short, or a day lies outside.

        Examples
        --------
        ::

            project.half_life("1 year", "3 years").tried
        """
        from forecast.judge.half_life import compare_half_lives

        lives = [_days(one, "tried") for one in tried or _LIVES]
        with self._telling() as told:
            found = compare_half_lives(
                self._files,
                lives,
                begins=as_day(first, "first"),
                as_of=as_day(as_of),
                every=as_count(every, "every"),
                reporter=told,
            )
        return HalfLives(found)

    def validate(
        self,
        *,
        simulations: int = 200,
        steps: int = 26,
        lengths: bool = True,
        seed: int = 1,
        jobs: int | None = None,
        method: _Method = "nuts",
        model: Place | None = None,
        out: Place | None = None,
    ) -> Validation:
        """Check the engine on simulated records, as ``forecast validate``.

        What was simulated is kept in the memory of the project, so a call that was stopped goes on.

        Parameters
        ----------
        simulations, steps : int
            Simulated records, and steps of each.
        lengths : bool
            Whether records of other lengths are simulated too.
        seed : int
            Of all draws.
        jobs : int, optional
            Simulations at a time, unless on a cluster; by default as many as processors.
        method : {"nuts", "laplace"}
            How the posterior is drawn.
        model : path, optional
            A ``priors.yaml`` to simulate from; by default an invented one with every feature.
        out : path, optional
            Write ``validation.md`` and its chart into this folder.

        Raises
        ------
        BeliefsError, OutputError
            If the model cannot be used, or a file cannot be written.

        Examples
        --------
        ::

            project.validate(simulations=40, lengths=False).quantities
        """
        from forecast.issue.charts import require_writable
        from forecast.judge.validate import Plan, validate
        from forecast.judge.validation_report import validated, write_validation

        require_known(as_text(method, "method"), get_args(_Method), what="method")
        plan = Plan(
            simulations=as_count(simulations, "simulations", least=20),
            steps=as_count(steps, "steps", least=4),
            seed=as_count(seed, "seed", least=0),
            lengths=lengths,
            method=method,
        )
        file = None if model is None else Path(as_place(model, "model"))
        if file is not None and not file.is_file():
            raise ForecastError(f"model: {file}: there is no such file; name a priors.yaml")
        at_once = None if jobs is None else as_count(jobs, "jobs")
        folder = None if out is None else Path(as_place(out, "out"))
        if folder is not None:
            require_writable(folder)
        with self._telling() as told:
            done = validate(
                plan, memory=self._files.memory / "validation", model=file,
                crew=replace(self._files.crew, most=at_once), reporter=told,
            )  # fmt: skip
            said = f"project.validate(simulations={plan.simulations}, seed={plan.seed})"
            written = [] if folder is None else write_validation(done, folder, command=said)
        return Validation(validated(done, written=written))

    def elicit(
        self,
        answers: Place,
        *,
        pool: _Pool = "log_odds",
        extremise: float = 1.0,
        write: Place | None = None,
    ) -> Elicitation:
        """Turn experts' answers into priors, as ``forecast elicit --answers``.

        Parameters
        ----------
        answers : path
            CSV or .xlsx file; see `elicit_template`.
        pool : {"log_odds", "linear"}
            How several experts become one prior.
        extremise : float
            Factor on the pooled log odds, 0.1 to 5; 1 leaves them.
        write : path, optional
            Write ``priors.yaml`` with the answers to this file.

        Raises
        ------
        BeliefsError, OutputError
            With every answer that cannot be used.

        Examples
        --------
        ::

            project.elicit("answers.csv", write="revised.yaml").implied
        """
        from forecast.beliefs.elicitation import read_answers
        from forecast.project.project import today
        from forecast.study.elicit import elicit, write_priors

        require_known(as_text(pool, "pool"), get_args(_Pool), what="pool")
        factor = as_number(extremise, "extremise", least=0.1, most=5.0)
        file, beliefs = Path(as_place(answers, "answers")), self._files.beliefs()
        target = None if write is None else Path(as_place(write, "write"))
        if not file.is_file():
            raise ForecastError(f"answers: {file} is not there; see elicit_template")
        given = read_answers(file, beliefs, today=today())
        with self._telling() as told:
            told.stage("working out what the answers imply")
            found = elicit(beliefs, given, method=pool, extremise=factor)
        written = None if target is None else write_priors(self._files.priors, target, found)
        return Elicitation(found.result(written))

    def elicit_template(self) -> pd.DataFrame:
        """Give the questions to experts, to be filled in, as ``forecast elicit --template``.

        Examples
        --------
        ::

            project.elicit_template().to_csv("answers.csv", index=False)
        """
        from forecast.study.elicit import template

        return pd.read_csv(StringIO(template(self._files.beliefs())), dtype=str).fillna("")


def _days(given: Period, name: str) -> float:
    """Read a period as days."""
    from forecast.beliefs.literals import days

    period = as_period(given, name)
    if not isinstance(period, str):
        return as_number(period, name, least=1.0)
    try:
        return days(period)
    except ValueError as error:
        raise ForecastError(f"{name}: {error}") from None
