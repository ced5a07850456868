"""Every kind of chart: how it is drawn, what it is of, and what help, shells and the set say of it.

A kind is one `Kind` in `KINDS`, after the function that draws it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from forecast.errors import BeliefsError

if TYPE_CHECKING:
    from forecast.charts.files import Chart
    from forecast.issue.run import Issue
    from forecast.project.project import Project
    from forecast.project.sampler import Reporter
    from forecast.study.sensitivity import Rests
    from forecast.study.whatif import Compared

__all__ = ["KINDS", "ChartInputs", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of chart.

    Attributes
    ----------
    draw : callable
        From the inputs, the name of what it is of, and a size.
    help : str
        What it shows, for ``forecast chart --help``.
    of : {"", "NODE", "[NODE]", "QUESTION"}
        What must be named, or in brackets may be.
    size : str or None
        The size that suits it; None where that depends on what there is to show.
    modes : tuple of str
        Modes of the questions it can be of; empty for every mode.
    needs : callable, optional
        Works out what it takes more than a moment to draw from.
    scenarios : bool
        Whether it shows scenarios.
    record : bool
        Whether it is of outcomes, and comes last in the set.
    together : bool
        Whether the set has one of all nodes, and none of each.
    """

    draw: Callable[[ChartInputs, Any, Any], Chart]
    help: str
    of: Literal["", "NODE", "[NODE]", "QUESTION"] = ""
    size: str | None = "a4"
    modes: tuple[str, ...] = ()
    needs: Callable[[ChartInputs, Any], object] | None = None
    scenarios: bool = False
    record: bool = False
    together: bool = False


@dataclass(frozen=True)
class ChartInputs:
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
    _found: dict[tuple[str, str], Any] = field(
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
        one = KINDS[kind]
        return one.draw(self, name, size or one.size)

    def work_out(self, kind: str, name: str | None) -> None:
        """Work out what a chart needs, which then goes along with the inputs.

        Raises
        ------
        ForecastError
            As `draw` does.
        """
        if (needs := KINDS[kind].needs) is not None:
            needs(self, name)

    @cached_property
    def compared(self) -> Compared:
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

    @property
    def states_or_scenarios(self) -> Mapping[str, Any] | Compared:
        """The states of every node, or, where scenarios are named, those."""
        return self.compared if self.scenarios else self.shares

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

    def sensitivity(self, node: str) -> Rests:
        """Study what a node rests on."""
        from forecast.study.analyses import sensitivity_of

        return self._once(sensitivity_of, node)

    def _once[Found](self, work: Callable[..., Found], node: str) -> Found:
        key = work.__name__, node
        if key not in self._found:
            self._found[key] = work(self.project, self.issue, node, reporter=self.reporter)
        found: Found = self._found[key]
        return found


def _trajectory(at: ChartInputs, name: str, size: str) -> Chart:
    from forecast.issue.charts import drawn

    return drawn(at.issue, "trajectory", name, size=size)


def _panel(at: ChartInputs, _: None, size: str) -> Chart:
    from forecast.issue.charts import drawn

    return drawn(at.issue, "panel", None, size=size)


def _fan(at: ChartInputs, name: str, size: str) -> Chart:
    from forecast.study.charts import fan_chart

    return fan_chart(at.issue, name, size=size)


def _passage(at: ChartInputs, name: str, size: str) -> Chart:
    from forecast.study.charts import passage_chart

    return passage_chart(at.issue, name, size=size)


def _icons(at: ChartInputs, name: str, size: str) -> Chart:
    from forecast.study.charts import icons_chart

    return icons_chart(at.issue, name, size=size)


def _sum(at: ChartInputs, name: str, size: str) -> Chart:
    from forecast.study.charts import sum_chart

    return sum_chart(at.issue, name, size=size)


def _heat(at: ChartInputs, name: str | None, size: str) -> Chart:
    from forecast.publish.charts import heat_chart

    if name is not None:
        from forecast.study.scenario_charts import judged

        judged(at.issue, name)
    return heat_chart(at.issue, name, at.project, at.contributions, size=size)


def _network(at: ChartInputs, name: str | None, size: str) -> Chart:
    from forecast.publish.charts import network_chart

    return network_chart(at.issue, name, at.project, size=size)


def _comparison(at: ChartInputs, name: str, size: str | None) -> Chart:
    from forecast.study.scenario_charts import judged, states_chart

    judged(at.issue, name)
    if at.scenarios:
        return _scenarios(at, name, size)
    return states_chart(at.issue, name, at.shares, size=size or "a4")


def _scenarios(at: ChartInputs, name: str, size: str | None) -> Chart:
    from forecast.study.scenario_charts import judged, scenarios_chart

    judged(at.issue, name)
    return scenarios_chart(at.issue, name, at.compared, size=size)


def _beside(at: ChartInputs, name: str, size: str) -> Chart:
    from forecast.study.scenario_charts import beside_chart, judged

    judged(at.issue, name)
    return beside_chart(at.issue, name, at.compared, size=size)


def _weights(at: ChartInputs, name: str, size: str) -> Chart:
    from forecast.study.charts import weights_chart
    from forecast.study.scenario_charts import judged

    judged(at.issue, name)
    return weights_chart(at.issue, at.weights(name), names=at.names, size=size)


def _tornado(at: ChartInputs, name: str, size: str) -> Chart:
    from forecast.study.charts import tornado_chart
    from forecast.study.scenario_charts import judged

    judged(at.issue, name)
    return tornado_chart(at.issue, at.sensitivity(name), names=at.names, size=size)


def _reliability(at: ChartInputs, _: None, size: str) -> Chart:
    from forecast.publish.charts import reliability_chart

    return reliability_chart(at.issue, at.project, size=size)


def _words(at: ChartInputs, _: None, size: str) -> Chart:
    from forecast.publish.charts import words_chart

    return words_chart(at.issue, at.project, size=size)


def _score(at: ChartInputs, _: None, size: str) -> Chart:
    from forecast.publish.charts import score_chart

    return score_chart(at.issue, at.project, size=size)


def _scored(at: ChartInputs, _: None) -> object:
    from forecast.publish.charts import scored

    return scored(at.issue, at.project, reporter=at.reporter)


#: Every kind, in the order of help and of the set.
KINDS: Mapping[str, Kind] = {
    "trajectory": Kind(_trajectory, "what was known and is expected; what moved it", "NODE"),
    "panel": Kind(_panel, "all nodes side by side", size="page"),
    "fan": Kind(_fan, "the past as a line, the forecast as bands", "NODE"),
    "comparison": Kind(
        _comparison,
        "its states now; with --scenario, under scenarios",
        "NODE",
        size=None,
        needs=lambda at, _: at.states_or_scenarios,
        scenarios=True,
    ),
    "scenarios": Kind(
        _scenarios,
        "on the last date, under every scenario",
        "NODE",
        size=None,
        needs=lambda at, _: at.compared,
        scenarios=True,
    ),
    "side-by-side": Kind(
        _beside,
        "its trajectories under scenarios",
        "NODE",
        needs=lambda at, _: at.compared,
        scenarios=True,
    ),
    "weights": Kind(
        _weights, "what moved it since the brief, in decibans", "NODE", needs=ChartInputs.weights
    ),
    "tornado": Kind(
        _tornado, "what it rests on, one input at a time", "NODE", needs=ChartInputs.sensitivity
    ),
    "first-passage": Kind(
        _passage,
        "the probability that it has come to pass by each date",
        "QUESTION",
        modes=("reaches", "reported"),
    ),
    "icons": Kind(_icons, "its probability as marks of a hundred", "QUESTION"),
    "sum": Kind(_sum, "the distribution of the sum, and its threshold", "QUESTION", modes=("sum",)),
    "network": Kind(_network, "nodes, couplings and indicators; of one node by name", "[NODE]"),
    "heat": Kind(
        _heat,
        "its indicators: reports, silence, nobody looking",
        "[NODE]",
        size="page",
        needs=lambda at, _: at.contributions,
        together=True,
    ),
    "reliability": Kind(
        _reliability, "how often what was given a probability came true", record=True
    ),
    "words": Kind(_words, "how often what was given a word came true", record=True),
    "score": Kind(
        _score, "Brier and log scores, and skill, as a table", needs=_scored, record=True
    ),
}
