"""Kernels run without SciPy's linear algebra, and Numba still multiplies matrices."""

import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
from forecast.network.compiled import compiled

@compiled
def total(rows):
    return rows.sum()

assert total(np.ones((2, 3))) == 6.0
assert "scipy.linalg" not in sys.modules, "a kernel without products asked for it"

import numba

product = numba.njit(lambda one, two: np.dot(one, two))
assert (product(np.ones((2, 3)), np.ones((3, 2))) == 3.0).all()
assert "scipy.linalg" in sys.modules
"""


def test_only_products_of_matrices_load_the_linear_algebra(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    words = [sys.executable, str(program)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
