"""Every chart by its kind, as `forecast chart` draws it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from forecast.charts.files import Chart
from forecast.errors import BeliefsError
from forecast.issue.run import Issue
from forecast.project.progress import Reporter
from forecast.project.project import Project

__all__ = ["KINDS", "Sitting"]


type _Draw = Callable[[Sitting, str | None, str | None], Chart]


@dataclass(frozen=True)
class Sitting:
    """An issue to draw charts of; what several of them need is read once.

    Attributes
    ----------
    project : Project
    issue : Issue
    scenarios : sequence of str
        Names or paths; by default every one in ``scenarios/``.
    reporter : Reporter, optional
        Told how it goes where something has to be worked out first.
    """

    project: Project
    issue: Issue
    scenarios: Sequence[str] = ()
    reporter: Reporter | None = field(default=None, repr=False)
    _found: dict[tuple[str, str], dict[str, Any]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __getstate__(self) -> dict[str, Any]:
        # another process draws, and this one tells how it goes
        return {**self.__dict__, "reporter": None}

    def draw(self, kind: str, name: str | None, *, size: str | None = None) -> Chart:
        """Draw one chart.

        Parameters
        ----------
        kind : str
            Key of `KINDS`.
        name : str or None
            A node or a question, where the kind takes one.
        size : str, optional
            See `forecast.charts`; by default the one that suits the kind.

        Raises
        ------
        ForecastError
            If there is no such node, question or scenario, or the chart is refused.
        """
        return KINDS[kind](self, name, size)

    def work_out(self, kind: str, name: str | None) -> None:
        """Work out what a chart needs, which then goes along with the sitting.

        Raises
        ------
        ForecastError
            As `draw` does.
        """
        if kind in {"scenarios", "side-by-side"} or (kind == "comparison" and self.scenarios):
            _ = self.compared
        elif kind == "comparison":
            _ = self.shares
        elif kind == "heat":
            _ = self.contributions
        elif kind == "score":
            from forecast.publish.record_charts import scored

            scored(self.issue, self.project, reporter=self.reporter)
        elif kind == "weights":
            self.weights(str(name))
        elif kind == "tornado":
            self.sensitivity(str(name))

    @cached_property
    def compared(self) -> dict[str, Any]:
        """The scenarios beside the forecast."""
        from forecast.study.analyses import scenarios_of
        from forecast.study.whatif import known_scenarios

        names = self.scenarios or known_scenarios(self.project)
        if not names:
            raise BeliefsError(
                f"{self.project.scenarios}/ holds no scenario; write one, or name its file with "
                "--scenario"
            )
        return scenarios_of(self.project, self.issue, names, reporter=self.reporter)

    @cached_property
    def shares(self) -> Mapping[str, Any]:
        """The states of every node."""
        from forecast.study.analyses import shares_of

        return shares_of(self.project, self.issue, reporter=self.reporter)

    @cached_property
    def contributions(self) -> Mapping[str, Any]:
        """What every report and every silence is worth."""
        from forecast.study.analyses import contributions_of

        return contributions_of(self.project, self.issue, reporter=self.reporter)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Lineages as readers know them."""
        from forecast.issue.charts import lineage_names

        return lineage_names(self.project, self.issue)

    def weights(self, node: str) -> dict[str, Any]:
        """Explain what moved a node since the brief."""
        from forecast.study.analyses import weights_of

        return self._once(weights_of, node)

    def sensitivity(self, node: str) -> dict[str, Any]:
        """Study what a node rests on."""
        from forecast.study.analyses import sensitivity_of

        return self._once(sensitivity_of, node)

    def _once(self, work: Callable[..., dict[str, Any]], node: str) -> dict[str, Any]:
        key = work.__name__, node
        if key not in self._found:
            self._found[key] = work(self.project, self.issue, node, reporter=self.reporter)
        return self._found[key]


def _plain(kind: str, size: str) -> _Draw:
    def draw(at: Sitting, name: str | None, asked: str | None) -> Chart:
        from forecast.issue.charts import drawn

        return drawn(at.issue, kind, name, size=asked or size)

    return draw


def _picture(kind: str) -> _Draw:
    def draw(at: Sitting, name: str | None, asked: str | None) -> Chart:
        from forecast.study.charts import PICTURES

        return PICTURES[kind](at.issue, name, size=asked or "a4")

    return draw


def _heat(at: Sitting, name: str | None, asked: str | None) -> Chart:
    from forecast.publish.coverage_chart import heat_chart

    if name is not None:
        from forecast.study.scenario_charts import judged

        judged(at.issue, name)
    return heat_chart(at.issue, name, at.project, at.contributions, size=asked or "page")


def _network(at: Sitting, name: str | None, asked: str | None) -> Chart:
    from forecast.publish.network_chart import network_chart

    return network_chart(at.issue, name, at.project, size=asked or "a4")


def _comparison(at: Sitting, name: str | None, asked: str | None) -> Chart:
    from forecast.study.scenario_charts import judged, states_chart

    judged(at.issue, str(name))
    if at.scenarios:
        return _scenarios(at, name, asked)
    return states_chart(at.issue, str(name), at.shares, size=asked or "a4")


def _scenarios(at: Sitting, name: str | None, asked: str | None) -> Chart:
    from forecast.study.scenario_charts import judged, scenarios_chart

    judged(at.issue, str(name))
    return scenarios_chart(at.issue, str(name), at.compared, size=asked)


def _beside(at: Sitting, name: str | None, asked: str | None) -> Chart:
    from forecast.study.scenario_charts import beside_chart, judged

    judged(at.issue, str(name))
    return beside_chart(at.issue, str(name), at.compared, size=asked or "a4")


def _weights(at: Sitting, name: str | None, asked: str | None) -> Chart:
    from forecast.study.charts import weights_chart
    from forecast.study.scenario_charts import judged

    judged(at.issue, str(name))
    return weights_chart(at.issue, at.weights(str(name)), names=at.names, size=asked or "a4")


def _tornado(at: Sitting, name: str | None, asked: str | None) -> Chart:
    from forecast.study.charts import tornado_chart
    from forecast.study.scenario_charts import judged

    judged(at.issue, str(name))
    return tornado_chart(at.issue, at.sensitivity(str(name)), names=at.names, size=asked or "a4")


def _record(kind: str) -> _Draw:
    def draw(at: Sitting, _: str | None, asked: str | None) -> Chart:
        from forecast.publish.record_charts import RECORDS

        return RECORDS[kind](at.issue, at.project, size=asked or "a4")

    return draw


#: How each kind is drawn.
KINDS: Mapping[str, _Draw] = {
    "trajectory": _plain("trajectory", "a4"),
    "panel": _plain("panel", "page"),
    "fan": _picture("fan"),
    "comparison": _comparison,
    "scenarios": _scenarios,
    "side-by-side": _beside,
    "weights": _weights,
    "tornado": _tornado,
    "first-passage": _picture("first-passage"),
    "icons": _picture("icons"),
    "sum": _picture("sum"),
    "network": _network,
    "heat": _heat,
    "reliability": _record("reliability"),
    "words": _record("words"),
    "score": _record("score"),
}
