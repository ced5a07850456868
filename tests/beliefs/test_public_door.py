import subprocess
import sys

import forecast.beliefs as door


def test_the_public_names_are_sorted_and_exist():
    assert door.__all__ == sorted(door.__all__, key=lambda n: (not n.isupper(), n[0].islower(), n))
    assert all(hasattr(door, name) for name in door.__all__)
    assert all(getattr(door, name).__doc__ for name in door.__all__ if name[0].islower())


def test_reading_beliefs_does_not_load_the_sampler_or_the_database():
    code = "import forecast.beliefs, sys; print(*sys.modules)"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    assert not loaded & {"pymc", "pytensor", "nutpie", "sqlalchemy", "arviz", "pandas", "numpy"}


def test_the_examples_in_the_docstrings_are_true():
    import doctest
    import importlib
    import pkgutil

    count = 0
    for found in pkgutil.iter_modules(door.__path__, "forecast.beliefs."):
        result = doctest.testmod(importlib.import_module(found.name))
        assert result.failed == 0, found.name
        count += result.attempted
    assert count > 20
