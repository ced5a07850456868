"""Batches of draws that fit the processor's cache, worked on by a few threads at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

__all__ = ["batches", "each_batch"]

_MOST_THREADS = 8
_SMALL = 64  # draws; two threads share the larger cache


def batches(draws: int, *, size: int = 128) -> Iterator[slice]:
    """Split draws into batches that fit the processor's cache.

    Examples
    --------
    >>> [(b.start, b.stop) for b in batches(5, size=3)]
    [(0, 3), (3, 5)]
    """
    for first in range(0, draws, size):
        yield slice(first, min(first + size, draws))


def each_batch[T](draws: int, work: Callable[[slice], T]) -> list[T]:
    """Work on every batch; compiled kernels leave the interpreter free for the other threads.

    Parameters
    ----------
    draws : int
        Number of draws.
    work : callable
        Given the slice of a batch; called once for each, in any order.

    Returns
    -------
    list
        Results in the order of the batches.

    Examples
    --------
    >>> each_batch(300, lambda batch: batch.stop - batch.start)
    [64, 64, 64, 64, 44]
    """
    some = list(batches(draws, size=_SMALL))
    threads = min(_MOST_THREADS, os.cpu_count() or 1, len(some))
    if threads <= 1:
        return [work(batch) for batch in some]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, some))
