"""The same seed gives the same draws with a cold and a warm compiler cache, and elsewhere."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.inference.encode_once import encoded
from tests.inference.samples import ROOT

#: Where NumPy and Numba do without what this processor has beyond AVX2 and FMA.
OTHER_PROCESSOR = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(
        np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    ),
    "NUMBA_CPU_NAME": "haswell",
    "OPENBLAS_CORETYPE": "Haswell",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512DQ,-AVX512BW",
}


def drawn(folder: Path, hash_seed: str) -> str:
    """Fingerprint of the draws of a fresh process that compiles into this folder."""
    flags = f"base_compiledir={folder / 'pytensor'},numba__fastmath=False"
    environment = os.environ | {
        "PYTENSOR_FLAGS": flags,
        "XDG_CACHE_HOME": str(folder / "cache"),  # where Linux keeps the kernels
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": str(ROOT),
    }
    return printed("draw_once", environment)


def printed(module: str, environment: dict[str, str]) -> str:
    """What a module beside this one prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.inference.{module}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_draws_do_not_depend_on_the_compiler_cache(tmp_path: Path) -> None:
    """Two fresh processes, the first compiling everything and the second nothing, agree."""
    cold = drawn(tmp_path, "1")
    assert any((tmp_path / "pytensor").rglob("*.nbc"))
    if sys.platform == "linux":
        assert any((tmp_path / "cache").rglob("*.nbc"))
    assert drawn(tmp_path, "2") == cold
    assert len(cold) == 64


@pytest.mark.skipif(platform.machine() != "x86_64", reason="names features of x86-64")
def test_the_encoding_does_not_depend_on_the_processor() -> None:
    """NumPy's routines for AVX-512 differ in the last bit, so that NUTS drew otherwise."""
    environment = os.environ | OTHER_PROCESSOR | {"PYTHONPATH": str(ROOT)}
    assert printed("encode_once", environment) == encoded()


def test_fast_math_is_off_unless_the_user_says_otherwise() -> None:
    """Importing the package sets the flag that makes draws reproducible."""
    code = "import forecast.inference, pytensor; print(pytensor.config.numba__fastmath)"
    environment = {k: v for k, v in os.environ.items() if k != "PYTENSOR_FLAGS"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
