"""The same seed gives the same draws on a cold and on a warm compiler cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.inference.samples import ROOT


def drawn(folder: Path, hash_seed: str) -> str:
    """Fingerprint of the draws of a fresh process that compiles into this folder."""
    flags = f"base_compiledir={folder / 'pytensor'},numba__fastmath=False"
    environment = os.environ | {
        "PYTENSOR_FLAGS": flags,
        "XDG_CACHE_HOME": str(folder / "cache"),  # where Linux keeps the kernels
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.inference.draw_once"],
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
