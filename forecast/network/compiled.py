"""Compile a kernel, keep its machine code between processes, and run it on batches of draws.

Numba's cache looks only at the file of the function itself; a kernel that calls another file would
run old machine code after that file was edited. The cache folder is therefore named after the
sources of the whole package.

Batches fit the processor's cache and are worked on by a few threads at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, cast

import numba
import platformdirs
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys

from forecast.fingerprints import code_fingerprint

__all__ = ["batches", "compiled", "each_batch", "source_fingerprint"]


def source_fingerprint() -> str:
    """Fingerprint of what the sources of this package say."""
    return code_fingerprint("forecast.network", within=("forecast.network",))


@cache
def _folder() -> str:
    place = platformdirs.user_cache_path("living-forecast", appauthor=False)
    return str(place / f"kernels-{source_fingerprint()}")


class _Kept(FunctionCache):
    """Numba's own cache, which runs what it holds without what only compiling needs.

    Numba loads all that its compiler knows (arrays, strings, random numbers, SciPy's linear
    algebra) before it looks for machine code: a quarter of the time of a short command.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile a function with Numba; its machine code is cached under the user's cache folder.

    Division by zero gives infinities, as in NumPy, and not an exception. Threads may run at once.

    Parameters
    ----------
    function : callable
        Of arrays and numbers.

    Returns
    -------
    callable
        The same, compiled on its first call.
    """
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = _folder()
    try:
        out: Any = numba.njit(error_model="numpy", nogil=True)(function)
        out._cache = _Kept(function)  # type: ignore[no-untyped-call]  # noqa: SLF001  # as enable_caching does
    finally:
        config.CACHE_DIR = before
    return cast("F", out)


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
