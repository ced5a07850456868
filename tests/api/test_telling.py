"""How a long call tells how far it is: who is told, what is written, and that it goes away."""

import io

import pytest

from forecast.api.frames import Ticker, telling
from forecast.project.sampler import Silent


class Terminal(io.StringIO):
    """A stream somebody looks at."""

    def isatty(self) -> bool:
        return True


def work(told) -> None:
    told.stage("weighing")
    told.progress(1, 2)


@pytest.mark.parametrize(("progress", "stream"), [(None, io.StringIO), (False, Terminal)])
def test_nothing_is_said_where_nobody_looks_or_wants_to(progress, stream, monkeypatch):
    monkeypatch.setattr("sys.stderr", stream())
    with telling(progress) as told:
        assert isinstance(told, Silent)


@pytest.mark.parametrize(("progress", "stream"), [(None, Terminal), (True, io.StringIO)])
def test_a_line_is_written_where_somebody_looks_or_asks(progress, stream, monkeypatch):
    monkeypatch.setattr("sys.stderr", stream())
    with telling(progress) as told:
        assert isinstance(told, Ticker)


def test_a_function_is_told_every_stage_and_how_much_is_done():
    heard = []
    with telling(lambda *said: heard.append(said)) as told:
        work(told)
    assert heard == [("weighing", 0, 0), ("weighing", 1, 2)]


def test_the_line_is_written_over_itself_and_taken_away():
    stream = io.StringIO()
    ticker = Ticker(stream, patience=0.0)
    ticker.stage("weighing every report")
    ticker.clear()
    first, blank, end = stream.getvalue().split("\r")[1:]
    assert first == "weighing every report"
    assert (blank, end) == (" " * len(first), "")


def test_a_quick_call_writes_nothing():
    stream = io.StringIO()
    ticker = Ticker(stream, patience=60.0)
    work(ticker)
    ticker.clear()
    assert stream.getvalue() == ""
