import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from forecast.beliefs import Beliefs, load

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def river_path() -> Path:
    return DATA / "river.yaml"


@pytest.fixture(scope="session")
def river(river_path) -> Beliefs:
    return load(river_path)


@pytest.fixture(scope="session")
def river_values(river_path) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load(river_path)


@pytest.fixture
def values(river_values) -> dict[str, Any]:
    """The invented brief as plain values, to be changed freely."""
    return copy.deepcopy(river_values)


@pytest.fixture
def edited(river_path, tmp_path) -> Callable[..., Path]:
    """Write the invented brief with some text replaced; each text must stand there once."""

    def edit(*replacements: tuple[str, str]) -> Path:
        text = river_path.read_text()
        for old, new in replacements:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
            text = text.replace(old, new)
        path = tmp_path / "priors.yaml"
        path.write_text(text)
        return path

    return edit
