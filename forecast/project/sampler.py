"""What a fit and a what-if are told where nobody says, and whom they tell how far they are.

This is the one place of these defaults: commands, the Python API and the verbs read them here, and
nothing heavy is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["WHAT_IF_DRAWS", "Reporter", "SamplerSettings", "Silent"]


#: Posterior draws a what-if is worked out on.
WHAT_IF_DRAWS = 1000


@dataclass(frozen=True)
class SamplerSettings:
    """How to sample; see `forecast.inference.sampling.Settings`, which this becomes."""

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int = 1


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
