"""The command line: parse, the tree of commands; each stands in the room of its verb.

Nothing heavy is imported until a command runs.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from _thread import interrupt_main
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

import click

from forecast.cli.init import init
from forecast.errors import ForecastError
from forecast.issue.check_command import check
from forecast.issue.run_command import run
from forecast.issue.update_command import update
from forecast.judge.backtest_command import backtest
from forecast.judge.half_life_command import half_life
from forecast.judge.score_command import score
from forecast.judge.validate_command import validate
from forecast.publish.brief_command import brief
from forecast.publish.chart_command import chart
from forecast.publish.report_command import report
from forecast.record.events_command import events
from forecast.record.nodes_command import nodes
from forecast.record.resolve_command import resolve
from forecast.record.sources_command import sources
from forecast.study.ask_command import ask
from forecast.study.elicit_command import elicit
from forecast.study.explain_command import explain
from forecast.study.sensitivity_command import sensitivity
from forecast.study.watch_command import watch
from forecast.study.whatif_command import whatif
from forecast.terminal.console import say, show_error

__all__ = ["forecast", "main"]


#: Names of commands in the release before, which stay for one more, and what is typed now.
_FORMER = {
    "diagnose": ["check", "--fit"],
    "verify": ["check", "--ledger"],
    "watch-folder": ["update", "--watch"],
}


class _ReaderLeftError(Exception):
    """Whoever read the output has gone."""


class _FrontDoor(click.Group):
    """Tells that a reader left, which click would take for a mistake; knows former names."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        for given in args:
            _require_text(given)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except BrokenPipeError:
            raise _ReaderLeftError from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderLeftError from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if now := _FORMER.get(args[0]):
            if not ctx.resilient_parsing:  # as a shell does that completes
                say(f"forecast {args[0]} is now: forecast {' '.join(now)}", err=True)
            args = [*now, *args[1:]]
        return super().resolve_command(ctx, args)


def _require_text(given: str) -> None:
    """Refuse bytes that are no text: names end up in ledgers, stamps and documents, which are."""
    try:
        given.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(given).decode(errors="backslashreplace")
        raise click.UsageError(f"{shown}: the name is not UTF-8; rename the file") from None


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
    elicit,
    events,
    explain,
    half_life,
    init,
    nodes,
    report,
    resolve,
    run,
    score,
    sensitivity,
    sources,
    update,
    validate,
    watch,
    whatif,
):
    forecast.add_command(_command)


#: Objects between two searches for cycles: loading modules makes many that stay for good.
_SELDOM = 50_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every error a user can cause is one line and an exit code.

    The codes are listed in `forecast.errors`.
    """
    gc.set_threshold(_SELDOM)
    # or pydantic searches every installed package for plugins that change how beliefs are read
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    _open_closed_streams()
    _speak()
    sys.unraisablehook = _pass_on_interrupt
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


def _pass_on_interrupt(lost: sys.UnraisableHookArgs) -> None:
    """Interrupt again where a compiler's callback swallowed it with a traceback."""
    if isinstance(lost.exc_value, KeyboardInterrupt):
        interrupt_main()
    else:
        sys.__unraisablehook__(lost)


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
