"""Going on from a milestone gives what filtering from the start gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import Report
from forecast.inference import tracking as module
from forecast.inference.observations import observe
from forecast.inference.tracking import (
    appraise,
    appraise_each,
    lay_milestones,
    nearest_milestone,
    write_milestones,
)
from tests.inference.samples import day, harbour, report, some_reports, window
from tests.network.strategies import examples

EXACT = {"rtol": 1e-9, "atol": 1e-12}
COVERAGE = [window(1, 60), window(20, 30, "patrols", 0.1)]


def _laid(file: Path, rows: list[Report], *, until: int = 42, seed: int = 1) -> tuple:
    parameters = harbour().priors.draw(3, seed=seed)
    fitted = observe(harbour(), rows, COVERAGE, as_of=day(until))
    write_milestones(file, lay_milestones(harbour(), parameters, fitted))
    return parameters, fitted


@examples(max_examples=60)
@given(
    rows=some_reports(),
    until=st.integers(1, 42),
    now=st.integers(1, 56),
    without=st.integers(0, 4),
)
def test_what_is_known_later_is_appraised_as_from_the_start(
    tmp_path_factory, rows, until, now, without
) -> None:
    """With more days, with fewer, and with reports taken away anywhere."""
    file = tmp_path_factory.mktemp("milestones") / "fit.npz"
    parameters, fitted = _laid(file, rows, until=until, seed=until)
    seen = observe(harbour(), rows[without:], COVERAGE, as_of=day(now))
    found = appraise_each(harbour(), parameters, [fitted, seen], milestones=file)
    for one, evidence in zip(found, (fitted, seen), strict=True):
        alone = appraise(harbour(), parameters, evidence)
        np.testing.assert_allclose(one.log_likelihood, alone.log_likelihood, **EXACT)
        np.testing.assert_allclose(one.probability, alone.probability, **EXACT)


def test_only_the_steps_after_the_milestone_are_filtered(tmp_path, monkeypatch) -> None:
    """A report of the last week needs two steps of six, and what was fitted none."""
    file = tmp_path / "fit.npz"
    parameters, fitted = _laid(file, [])
    seen = observe(harbour(), [report("patrols", 41)], COVERAGE, as_of=day(42))
    assert fitted.steps == 6
    steps = []
    passes = module.passes

    def counted(propagator, evidence, **given):
        steps.append(evidence.steps)
        return passes(propagator, evidence, **given)

    monkeypatch.setattr("forecast.inference.tracking.passes", counted)
    appraise_each(harbour(), parameters, [fitted, seen], milestones=file)
    assert sum(steps) == len(harbour().components)


def _rewritten(file: Path, harm: str) -> None:
    """Put another whole archive in its place: with other numbers, or one that is hard to read."""
    with np.load(file) as held:
        arrays = dict(held)
    name = max(name for name in arrays if name.startswith("joint"))
    if harm == "no numbers":
        arrays[name] = np.full_like(arrays[name], np.nan)
    elif harm == "no probabilities":
        arrays[name] = arrays[name] * 2.0
    elif harm == "whole numbers":
        arrays[name] = arrays[name].astype(int)
    np.savez_compressed(file, allow_pickle=False, **arrays)
    content = bytearray(file.read_bytes())
    if harm == "broken stream":
        place = content.index(b"steps.npy") + 50
        content[place : place + 20] = bytes(20)
    elif harm in {"unknown packing", "encrypted"}:
        offset, value = (10, 99) if harm == "unknown packing" else (8, 1)
        for at in [n for n in range(len(content)) if content[n : n + 4] == b"PK\1\2"]:
            content[at + offset] = value
    file.write_bytes(bytes(content))


@pytest.mark.parametrize(
    "harm",
    [
        *("missing", "cut off", "altered", "of other draws", "no archive", "no numbers"),
        *("no probabilities", "whole numbers", "broken stream", "unknown packing", "encrypted"),
    ],
)
def test_a_file_that_is_not_whole_or_not_ours_is_passed_over(tmp_path, harm) -> None:
    """The answer is that of a filter from the start."""
    file = tmp_path / "fit.npz"
    parameters, fitted = _laid(file, [report("patrols", 12)])
    content = file.read_bytes()
    if harm == "missing":
        file.unlink()
    elif harm == "cut off":
        file.write_bytes(content[: len(content) // 2])
    elif harm == "altered":
        place = content.index(b"joint") + 400
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    elif harm == "no archive":
        file.write_bytes(b"milestones")
    elif harm != "of other draws":
        _rewritten(file, harm)
    else:
        other = harbour().priors.draw(2, seed=1)
        write_milestones(file, lay_milestones(harbour(), other, fitted))
    (found,) = appraise_each(harbour(), parameters, [fitted], milestones=file)
    alone = appraise(harbour(), parameters, fitted)
    np.testing.assert_array_equal(found.log_likelihood, alone.log_likelihood)
    np.testing.assert_array_equal(found.probability, alone.probability)


def test_no_more_is_kept_than_fits(tmp_path, monkeypatch) -> None:
    """The latest stay; where not even one fits there is none."""
    parameters = harbour().priors.draw(3, seed=1)
    fitted = observe(harbour(), [], COVERAGE, as_of=day(42))
    size = sum(c.tables.config.shape[1] for c in harbour().components) * 3 * 8
    monkeypatch.setattr(module, "_MOST_BYTES", 2 * size)
    assert [one.step for one in lay_milestones(harbour(), parameters, fitted)] == [5, 6]
    monkeypatch.setattr(module, "_MOST_BYTES", size - 1)
    assert lay_milestones(harbour(), parameters, fitted) == []
    write_milestones(tmp_path / "none.npz", [])
    assert nearest_milestone(harbour(), tmp_path / "none.npz", shared=6, draws=3) is None
