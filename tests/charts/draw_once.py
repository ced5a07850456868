"""Draw every kind of chart in a process of its own: ``python draw_once.py FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from forecast.charts import (
    comparison,
    fan,
    files,
    heat,
    icons,
    neighbourhood,
    network,
    panel,
    passage,
    predictive,
    reliability,
    score_table,
    side_by_side,
    tornado,
    trajectory,
    weights,
    word_record,
)
from forecast.charts.fan import Fan
from forecast.charts.files import Chart
from forecast.charts.heat import Cell, Heat, Strip
from forecast.charts.reliability import Group, Reliability
from forecast.charts.score_table import Scored, Scores
from forecast.charts.side_by_side import Scenario
from forecast.charts.word_record import WordRecord
from tests.charts import network_samples, row_samples, samples

SCALED = {"scale": samples.ICD203, "stamp": samples.STAMP}
PLAIN = {"stamp": samples.STAMP}


def every_kind() -> list[Chart]:
    """One chart a module."""
    five = samples.five()
    telling = files.of_trajectory(five[0], **SCALED)
    said = files.of_panel(five, **SCALED)
    cells = (Cell("silence"), Cell("report", 0.5), Cell("no coverage"))
    starts = (samples.BEGIN, samples.BEGIN.replace(day=28), samples.BEGIN.replace(day=29))
    strips = Heat("all", "All", samples.AS_OF, starts, (Strip("One", cells),))
    words = (Group("likely", (0.55, 0.8), 0.7, 10, 7, 0.44, 0.88),)
    p = np.linspace(0.05, 0.95, 40)
    other = Scenario("Otherwise", samples.node(rise=5.5, marks=()))
    linked = network_samples.network()
    return [
        Chart("arms__trajectory", trajectory.figure(five[0], **SCALED), telling, five[0].table()),
        Chart("all__panel", panel.figure(five, **SCALED), said, {}),
        fan.chart(Fan(samples.node()), **SCALED),
        comparison.chart(row_samples.comparison(), **SCALED),
        comparison.chart(row_samples.scenarios(), **SCALED),
        side_by_side.chart(samples.node(marks=()), [other], name="if", **SCALED),
        weights.chart(row_samples.weights(), **SCALED),
        tornado.chart(row_samples.tornado(), **SCALED),
        passage.chart(row_samples.passage(), **SCALED),
        icons.chart(row_samples.icons(), **SCALED),
        predictive.chart(row_samples.sums(), **SCALED),
        network.chart(linked, **PLAIN),
        neighbourhood.chart(linked.around("arms"), **PLAIN),
        heat.chart(strips, **PLAIN),
        reliability.chart(Reliability("r", samples.AS_OF, p, (p > 0.4).astype(int)), **PLAIN),
        word_record.chart(WordRecord("w", samples.AS_OF, words), **PLAIN),
        score_table.chart(Scores("s", samples.AS_OF, 40, (Scored("All", 40, 0.1, 0.4),)), **PLAIN),
    ]


if __name__ == "__main__":
    for made in every_kind():
        made.save(sys.argv[1])
