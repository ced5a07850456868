"""``forecast validate``: its page, its exit code, and its errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forecast.validation.assessing import Assessment
from tests.cli.terminal import without_traceback

QUICK = ("validate", "--quick", "--method", "laplace", "--simulations", "20", "--steps", "8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which simulations are kept."""
    return tmp_path_factory.mktemp("validated")


def run(forecast, folder, *more):
    """Validate in the folder and read the JSON."""
    place = ("--project", str(folder), "--out", str(folder / "out"), "--json")
    done = forecast(*QUICK, *place, *more)
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_it_writes_a_page_with_its_chart(forecast, folder):
    found = run(forecast, folder)
    page = (folder / "out" / "validation.md").read_text("utf-8")
    assert found["passed"]
    assert found["made_now"] in {0, 20}
    assert "The engine passes" in page
    assert "$" not in page
    for name in ("validation__ranks.svg", "validation__ranks.png", "validation__ranks.csv"):
        assert name in found["files"]
        assert (folder / "out" / "validation" / name).stat().st_size > 0
    assert "](validation/validation__ranks.png)" in page
    assert {q["block"] for q in found["quantities"]} >= {"log_hazard_ratio", "level", "state"}


def test_a_failure_exits_with_3(forecast, folder, monkeypatch):
    """The tables are shown and the page is written, and then one line says what failed."""
    monkeypatch.setattr(Assessment, "passed", property(lambda _: False))
    place = ("--project", str(folder), "--out", str(folder / "failed"))
    done = forecast(*QUICK, *place)
    assert done.code == 3
    assert "failed its validation" in without_traceback(done)
    assert "The engine fails" in done.out
    assert "The engine fails" in (folder / "failed" / "validation.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "nowhere.yaml"), "there is no such file"),
        (("--model", "broken.yaml"), "broken.yaml"),
        (("--out", "broken.yaml/out"), "cannot be written"),
    ],
)
def test_wrong_inputs_are_told_in_lines(arguments, said, forecast, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.yaml").write_text("brief: {title: x}\n", "utf-8")
    done = forecast("validate", "--quick", *arguments)
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err


def test_an_own_model_is_validated(forecast, tmp_path):
    """The template of a project can be simulated from."""
    assert forecast("init", str(tmp_path / "mine")).code == 0
    model = str(tmp_path / "mine" / "priors.yaml")
    found = run(forecast, tmp_path, "--model", model)
    assert not found["bundled"]
    assert found["simulations"] == 20
