"""The command line: parse, call one verb of the workflow, hand the result to a presenter.

Nothing heavy is imported until a command runs.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

import click

from forecast.cli.ask import ask
from forecast.cli.backtest import backtest
from forecast.cli.brief import brief
from forecast.cli.chart import chart
from forecast.cli.check import check
from forecast.cli.console import say, show_error
from forecast.cli.diagnose import diagnose
from forecast.cli.elicit import elicit
from forecast.cli.events import events
from forecast.cli.explain import explain
from forecast.cli.half_life import half_life
from forecast.cli.init import init
from forecast.cli.report import report
from forecast.cli.resolve import resolve
from forecast.cli.run import run
from forecast.cli.score import score
from forecast.cli.sensitivity import sensitivity
from forecast.cli.sources import sources
from forecast.cli.update import update
from forecast.cli.validate import validate
from forecast.cli.verify import verify
from forecast.cli.watch import watch
from forecast.cli.watch_folder import watch_folder
from forecast.cli.whatif import whatif
from forecast.errors import ForecastError

__all__ = ["forecast", "main"]


class _ReaderLeftError(Exception):
    """Whoever read the output has gone."""


class _FrontDoor(click.Group):
    """Tells that a reader left, which click would take for a mistake of the user."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except BrokenPipeError:
            raise _ReaderLeftError from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderLeftError from None


@click.group(
    cls=_FrontDoor,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="living-forecast", prog_name="forecast")
def forecast() -> None:
    """Turn the judgements of an issue brief into a living forecast.

    \b
    Example, in a folder with priors.yaml and events/:
      forecast run
      forecast run --as-of 2024-07-01 --horizon 12m
      forecast chart trajectory tech_transfer --size a4 --format svg
    """


for _command in (
    ask,
    backtest,
    brief,
    chart,
    check,
    diagnose,
    elicit,
    events,
    explain,
    half_life,
    init,
    report,
    resolve,
    run,
    score,
    sensitivity,
    sources,
    update,
    validate,
    verify,
    watch,
    watch_folder,
    whatif,
):
    forecast.add_command(_command)


#: Objects between two searches for cycles: loading modules makes many that stay for good.
_SELDOM = 50_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every error a user can cause is one line and an exit code.

    Exit codes: 0 done, 1 the user's input, 2 usage, 3 the statistics refuse, 4 an alert, 141 nobody
    reads what is printed any more.
    """
    gc.set_threshold(_SELDOM)
    # or pydantic searches every installed package for plugins that change how beliefs are read
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    _open_closed_streams()
    _speak()
    try:
        _run(arguments)
    except (BrokenPipeError, _ReaderLeftError):
        _leave_quietly()


def _run(arguments: Sequence[str] | None) -> None:
    try:
        # not standalone, click hands the code of an Exit back instead of exiting with it
        if code := forecast.main(args=arguments, prog_name="forecast", standalone_mode=False):
            sys.exit(code)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        say(shown.getvalue(), err=True, nl=False)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        say("stopped; everything acknowledged before is kept", err=True)
        sys.exit(130)
    except ForecastError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        say(f"forecast: {place}{error.strerror or error}", err=True)
        sys.exit(1)


#: What a shell reports of a program whose reader left, as ``head`` does: 128 and SIGPIPE.
_READER_LEFT = 141


def _leave_quietly() -> NoReturn:
    """End as programs do whose reader left: with nothing more said, also not while closing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.__stdout__, sys.__stderr__):
        with suppress(AttributeError, OSError, ValueError):
            os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
    sys.exit(_READER_LEFT)


def _open_closed_streams() -> None:
    """Put nothing where the caller closed a stream, so that no file is opened in its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8"))


def _speak() -> None:
    """Write UTF-8 whatever the locale, unless a terminal says that it shows something else.

    What has no place in its letters, or is no text, as a file name may be, is shown with escapes.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
