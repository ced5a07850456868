"""Options that several commands share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from forecast.names import nearest

__all__ = ["Day", "OneOf", "as_json", "day_option", "out_option", "project_option"]

_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Day(click.ParamType[dt.date]):
    """A calendar day, written 2024-07-01."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        """Read the day, or say how one is written."""
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value) if len(value) == 10 else self._wrong(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2024-07-01", param, ctx)

    @staticmethod
    def _wrong(value: str) -> dt.date:
        raise ValueError(value)


class OneOf(click.Choice[str]):
    """One of a few words; a misspelt one is told the nearest."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Say what came, and what was probably meant."""
        said = super().get_invalid_choice_message(value, ctx)
        hint = nearest(str(value), self.choices)
        return f"{said.rstrip('.')}; {hint}" if hint else said


def project_option() -> _Decorator:
    """Name the folder of the project."""
    return click.option(
        "--project",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(),
        help="Folder with priors.yaml and events/ [default: this one].",
    )


def day_option(name: str, text: str) -> _Decorator:
    """Ask for a day."""
    return click.option(name, type=Day(), default=None, help=text)


def as_json() -> _Decorator:
    """Print the result as JSON."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def out_option(default: str | None, text: str) -> _Decorator:
    """Name the folder results are written to."""
    place = Path(default) if default else None
    return click.option(
        "--out", type=click.Path(file_okay=False, path_type=Path), default=place, help=text
    )
