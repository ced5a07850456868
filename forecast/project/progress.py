"""Telling how a long job goes, to whoever wants to know."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Reporter", "Silent"]


class Reporter(Protocol):
    """Somebody who is told how a long job goes."""

    def stage(self, text: str) -> None:
        """Begin a stage of the work."""

    def progress(self, done: int, total: int) -> None:
        """Tell how far the stage is."""


class Silent:
    """Nobody is told."""

    def stage(self, text: str) -> None:
        """Say nothing."""

    def progress(self, done: int, total: int) -> None:
        """Say nothing."""
