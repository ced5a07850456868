"""LEARNING: the only place that imports PyMC, and the one translator of beliefs into arrays.

Importing this package imports neither PyMC nor its compiler; `forecast.inference.model` does.
"""

from __future__ import annotations

import os

# Fast-math reorders sums, so that the same seed would draw differently with a cold and a warm
# compiler cache; it buys no measurable time here.
os.environ.setdefault("PYTENSOR_FLAGS", "numba__fastmath=False")
