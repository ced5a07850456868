"""What a fit and a what-if are told where nobody says: the one place of these defaults.

Commands, the Python API and the verbs read them here; nothing heavy is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WHAT_IF_DRAWS", "SamplerSettings"]

#: Posterior draws a what-if is worked out on.
WHAT_IF_DRAWS = 1000


@dataclass(frozen=True)
class SamplerSettings:
    """How to sample; see `forecast.inference.sampling.Settings`, which this becomes."""

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int = 1
