"""What can be asked of the forecast issued last: scenarios, questions, causes, what to watch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from forecast.api.drawing import answer_chart, explanation_chart, tornado
from forecast.api.findings import Answer, Explanation, Sensitivity, WatchList
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
from forecast.api.scenarios import WhatIf
from forecast.api.shown import Opened
from forecast.names import require_known
from forecast.project.sampler import WHAT_IF_DRAWS

__all__ = ["Studies"]

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
        from forecast.issue.recall import recall
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
        from forecast.issue.recall import recall
        from forecast.study.sensitivity import analyse

        require_known(as_text(span, "span"), get_args(_Span), what="span")
        with self._telling() as told:
            found = analyse(
                self._files, as_text(node, "node"), span=span, as_of=as_day(as_of), reporter=told
            )
        issue = recall(self._files, as_of=found.as_of)
        return Sensitivity(found, lambda size: tornado(self._files, issue, found, size))
