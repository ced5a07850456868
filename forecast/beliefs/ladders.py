"""Ladder: the levels of a stream in the ordered states of a node."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Ladder"]


@dataclass(frozen=True, slots=True)
class Ladder:
    """Levels of the states of a node, for one stream, lowest first.

    Attributes
    ----------
    levels : tuple of float
        Mean in each state, in the units of the stream.
    edges : tuple of (float, float)
        Central 90 % of the prior of each.
    asinh : float or None
        Unit of the asinh scale, for values with far outliers.
    spread : float
        Typical distance from the level, on that scale (values only).
    counts : bool
        Whether the stream is one of counts.
    """

    levels: tuple[float, ...]
    edges: tuple[tuple[float, float], ...]
    asinh: float | None = None
    spread: float = 1.0
    counts: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the states.

        Examples
        --------
        >>> Ladder((1.0, 2.0), ((0.5, 1.5), (1.5, 2.5))).names
        ('level_1', 'level_2')
        """
        return tuple(f"level_{i}" for i in range(1, len(self.levels) + 1))
