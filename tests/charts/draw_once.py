"""Draw one chart in a process of its own: ``python draw_once.py FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import samples

from forecast.charts import alt, files, trajectory

values = samples.five()[0]
figure = trajectory.figure(values, scale=samples.ICD203, stamp=samples.STAMP)
files.save(
    figure,
    Path(sys.argv[1]) / "arms_trade__trajectory",
    alt=alt.of_trajectory(values, scale=samples.ICD203, stamp=samples.STAMP),
    data=values.table(),
)
