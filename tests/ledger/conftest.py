import multiprocessing

import pytest

from forecast.ledger import Ledger
from tests.ledger.samples import TickingClock


@pytest.fixture
def clock():
    return TickingClock()


@pytest.fixture
def ledger(clock):
    with Ledger.open(":memory:", clock=clock) as fresh:
        yield fresh


@pytest.fixture
def place(tmp_path):
    return tmp_path / ".forecast" / "ledger.sqlite"


@pytest.fixture
def modelled(ledger):
    ledger.models.record(fingerprint="m1", content={"nodes": {}})
    return ledger


@pytest.fixture(scope="session")
def processes():
    """Starts real processes fast: what they import is loaded once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ledger.writers"])
    return context
