"""Compile a kernel and keep its machine code between processes.

Numba's cache looks only at the file of the function itself; a kernel that calls another file would
run old machine code after that file was edited. The cache folder is therefore named after the
sources of the whole package.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numba
import numba.np.linalg
import platformdirs

__all__ = ["compiled", "source_fingerprint"]


@cache
def source_fingerprint() -> str:
    """Fingerprint of the sources of this package."""
    digest = sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _folder() -> str:
    place = platformdirs.user_cache_path("living-forecast", appauthor=False)
    return str(place / f"kernels-{source_fingerprint()}")


def _spare_linear_algebra() -> None:
    """Load Numba's array functions without SciPy's linear algebra, a tenth of a short command.

    They import it only to see that it is there. A kernel that multiplies matrices imports it when
    it is compiled or called, and no kernel of ours does.
    """
    door: Any = numba.np.linalg
    see = door.ensure_blas
    door.ensure_blas = lambda: None
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        door.ensure_blas = see


_spare_linear_algebra()


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
        out: Any = numba.njit(cache=True, error_model="numpy", nogil=True)(function)
    finally:
        config.CACHE_DIR = before
    return cast("F", out)
