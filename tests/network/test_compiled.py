"""Kept machine code runs without what only compiling needs, and compiling still works after it."""

import os
import subprocess
import sys

PROGRAM = """
import sys
import numba
import numpy as np
from forecast.network.compiled import compiled

@compiled
def total(rows):
    out = np.zeros(1)
    for row in rows.ravel():
        out[0] += row
    return out

assert total(np.ones((2, 3)))[0] == 6.0
print("scipy.linalg" in sys.modules)
assert total(np.ones((3, 2), np.float32))[0] == 6.0  # another type: compiled the first time
product = numba.njit(lambda one, two: np.dot(one, two))
assert (product(np.ones((2, 3)), np.ones((3, 2))) == 3.0).all()
drawn = numba.njit(lambda generator: generator.random())
assert drawn(np.random.default_rng(1)) == np.random.default_rng(1).random()
"""


def test_kept_machine_code_runs_without_the_compiler_s_libraries(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    place = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    loaded = []
    for _ in range(3):
        words = [sys.executable, str(program)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=place)
        assert (done.returncode, done.stderr) == (0, "")
        loaded.append(done.stdout.strip())
    assert loaded == ["True", "False", "False"]
