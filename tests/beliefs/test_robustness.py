"""Whatever is done to a file, it is answered with problems and never with a traceback."""

import copy

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from forecast.beliefs import Beliefs, inspect

JUNK = st.sampled_from(
    [None, True, -1, 0.5, 3.5, "", "x", "Not A Name", [], {}, [1, 2, 3], {"a": 1}]
)


def places(values, path=()):
    items = values.items() if isinstance(values, dict) else enumerate(values)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def damage(values, path, junk, action):
    *way, last = path
    for key in way:
        try:
            values = values[key]
        except (KeyError, IndexError, TypeError):
            return  # an earlier damage took this place away
    if not isinstance(values, dict | list) or (isinstance(values, dict) and last not in values):
        return
    if isinstance(values, list) and (not isinstance(last, int) or last >= len(values)):
        return
    if action == "remove":
        del values[last]
    elif action == "rename" and isinstance(values, dict):
        values[f"{last}x"] = values.pop(last)
    else:
        values[last] = junk


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_file_is_answered_with_problems(river_values, tmp_path, data):
    values = copy.deepcopy(river_values)
    every = list(places(values))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(every))
        damage(
            values, path, data.draw(JUNK), data.draw(st.sampled_from(["remove", "rename", "put"]))
        )
    path = tmp_path / "priors.yaml"
    with path.open("w") as file:
        YAML(typ="safe", pure=True).dump(values, file)
    lines = path.read_text().count("\n")
    beliefs, problems = inspect(path)
    assert isinstance(beliefs, Beliefs) == all(p.severity == "warning" for p in problems)
    for problem in problems:
        assert 0 <= problem.line <= lines
        assert "\n" not in str(problem)
        assert "unnamed" not in str(problem), "a place we filled ourselves is blamed on the author"


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=60))
def test_any_text_is_answered_with_problems(tmp_path, text):
    path = tmp_path / "priors.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")
    beliefs, problems = inspect(path)
    assert beliefs is None
    assert problems
