"""Simulations are kept, gone on with, and the same whoever makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecast.errors import OutputError
from forecast.judge.validate import Plan, Validation, validate
from forecast.project.jobs import Crew

PLAN = Plan(simulations=20, steps=6, lengths=False, method="laplace")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Validation, str]:
    """A validation, and what was kept of it."""
    memory = tmp_path_factory.mktemp("kept")
    done = validate(PLAN, memory=memory, crew=Crew(most=1))
    (path,) = memory.iterdir()
    return done, path.read_text("utf-8")


def test_what_was_kept_is_not_made_again_but_for_a_line_cut_off(
    first: tuple[Validation, str], tmp_path: Path
) -> None:
    """After a crash in the middle of a line only that simulation is made anew, and is the same."""
    done, text = first
    assert done.fresh == 20
    path = tmp_path / f"{done.fingerprint[:16]}.jsonl"
    path.write_text(text[:-40], "utf-8")
    again = validate(PLAN, memory=tmp_path)
    assert again.fresh == 1
    assert again.simulations == done.simulations
    assert validate(PLAN, memory=tmp_path).fresh == 0


def test_more_simulations_and_jobs_leave_those_there_are_as_they_were(
    first: tuple[Validation, str], tmp_path: Path
) -> None:
    """The worlds of a seed are the same, in whatever number and order they are made."""
    more = validate(Plan(**{**vars(PLAN), "simulations": 24}), memory=tmp_path, crew=Crew(most=3))
    assert more.simulations[:20] == first[0].simulations
    other = validate(Plan(**{**vars(PLAN), "seed": 2}), memory=tmp_path, crew=Crew(most=2))
    assert other.fresh == 20
    assert other.simulations[0].ranks != more.simulations[0].ranks


def test_the_plan_names_every_length() -> None:
    """Records of half, twice and eight times the length are fewer."""
    tasks = Plan(simulations=200, steps=26).tasks()
    assert [sum(steps == n for steps, _ in tasks) for n in (26, 13, 52, 208)] == [200, 40, 40, 40]
    assert len(set(tasks)) == len(tasks)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The first simulation that cannot be kept stops the run, and the line says where."""
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(OutputError, match="simulations are kept there"):
        validate(PLAN, memory=tmp_path / "file" / "kept")
