"""What is compiled or sampled once for all tests of learning."""

from __future__ import annotations

from typing import Any

import pytest
import xarray as xr

from forecast.beliefs import Report
from forecast.inference.sampling import Settings, fit
from forecast.network import Evidence
from tests.inference.lighthouse import lighthouse, lit
from tests.inference.samples import harbour, observed, report, window


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Enough draws for the checks of a fit to pass."""
    return Settings(draws=1000, tune=500, chains=4, seed=11)


@pytest.fixture(scope="session")
def fitted(settings: Settings) -> xr.DataTree:
    """The posterior of the lighthouse, whose moments are known by quadrature."""
    return fit(lighthouse(), lit(), settings)


@pytest.fixture(scope="session")
def rows() -> list[Report]:
    """Reports of every kind of indicator in the harbour."""
    return [
        report("patrols", 3),
        report("patrols", 12, grade="A1"),
        report("boardings", 2, value=4.0),
        report("boardings", 16, value=0.0, exposure=2.0),
        report("freight", 9, value=6.0),
        report("freight", 24, value=3.5),
        report("communique", 30, grade="B3"),
        report("accord", 33),
        report("notices", 40, grade="A1"),
    ]


@pytest.fixture(scope="session")
def evidence(rows: list[Report]) -> Evidence:
    """Six weeks of the harbour, one of them not covered."""
    return observed(rows, [window(1, 42), window(15, 21, detection=0.0)], until=42)


@pytest.fixture(scope="session")
def later(rows: list[Report]) -> Evidence:
    """Nine weeks of the harbour: other steps, other cells, other patterns."""
    more = [report("patrols", 50), report("boardings", 51, value=7.0)]
    return observed([*rows[2:], *more], [window(1, 60), window(5, 30, "notices", 0.9)], until=63)


@pytest.fixture(scope="session")
def model(evidence: Evidence) -> Any:
    """The pm.Model of the harbour."""
    from forecast.inference.model import build_model

    return build_model(harbour(), evidence)


@pytest.fixture(scope="session")
def compiled(model: Any) -> Any:
    """The same, compiled for nutpie."""
    import nutpie

    return nutpie.compile_pymc_model(model)
