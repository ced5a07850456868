"""A fingerprint sees what code and its data say, in what computes a thing, and nothing else."""

import sys
from pathlib import Path

import pytest

from forecast import fingerprints
from forecast.fingerprints import code_fingerprint, modules_behind, value_fingerprint
from forecast.inference.sampling import sampler_fingerprint
from forecast.project.project import Project
from forecast.project.start import start
from tests.frozen.keep import no_sampler
from tests.project.repository import ROOT

RUN, WATCH, FIGURES = "forecast.issue.run", "forecast.study.watch", "forecast.publish.figures"


def prints():
    """Fingerprint what draws, what issues, what watches, and what draws figures."""
    return {"draws": sampler_fingerprint(), **{one: code_fingerprint(one) for one in
                                               (RUN, WATCH, FIGURES)}}  # fmt: skip


def moved(program, file, old, new):
    """Name the fingerprints that an edit moves."""
    before = prints()
    program.edit(file, old, new)
    return {name for name, one in prints().items() if one != before[name]}


@pytest.mark.parametrize(
    "file", ["analysis/watch_list.py", "network/kernels.py", "issue/run.py", "inference/priors.py"]
)
def test_comments_docstrings_and_layout_change_nothing(program, file):
    assert moved(program, file, "\n    return ", "\n\n    # why\n    return ") == set()
    assert moved(program, file, '"""', '"""Otherwise: ') == set()


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("analysis/watch_list.py", "return ", "return 2 * ", {WATCH}),
        ("network/kernels.py", "= 0.0", "= 0.5", {"draws", RUN, WATCH, FIGURES}),
        ("network/filtering.py", "return ", "return 2 * ", {"draws", RUN, WATCH, FIGURES}),
        ("network/conditions.py", "return ", "return 2 * ", {RUN, WATCH, FIGURES}),
        ("analysis/readout.py", "_DIGITS = 6", "_DIGITS = 7", {RUN, WATCH, FIGURES}),
        ("charts/trajectory.py", "return ", "return 2 * ", {FIGURES}),
        ("beliefs/data/admiralty.yaml", "0.74", "0.75", {RUN, WATCH, FIGURES}),
        ("beliefs/data/scales.yaml", "0.95", "0.94", {RUN, WATCH, FIGURES}),
        ("charts/fonts/README.md", "a", "b", {FIGURES}),
        ("importers/data/codes.yaml", "a", "b", set()),
    ],
)
def test_an_edit_moves_what_is_computed_from_it_and_nothing_else(program, file, old, new, expected):
    assert moved(program, file, old, new) == expected


@pytest.mark.parametrize(
    ("library", "expected"),
    [("numpy", {"draws", RUN, WATCH, FIGURES}), ("nutpie", {"draws", RUN, WATCH, FIGURES}),
     ("matplotlib", {FIGURES})],
)  # fmt: skip
def test_another_version_of_a_library_moves_what_imports_it(
    program, monkeypatch, library, expected
):
    before, real = prints(), fingerprints.version
    program.forget()
    monkeypatch.setattr(
        fingerprints, "version", lambda name: "99" if name == library else real(name)
    )
    assert {name for name, one in prints().items() if one != before[name]} == expected


def test_what_files_said_is_read_once_and_again_when_the_memory_of_it_is_damaged(
    program, monkeypatch
):
    before = prints()
    program.forget()
    with monkeypatch.context() as patch:
        patch.setattr(fingerprints, "_said", None)
        assert prints() == before
    for damage in ("", "[]", "{", '{"a": 1}', "[" * 100_000, '{"issue/run.py": [[1, 2], 3]}'):
        program.forget()
        fingerprints._kept().write_text(damage, "utf-8")
        assert prints() == before


def test_arrays_count_by_type_shape_and_bytes():
    import numpy as np

    arrays = [np.zeros(4), np.zeros((2, 2)), np.zeros(4, int), np.ones(4), [0.0] * 4]
    assert len({value_fingerprint(one) for one in arrays}) == len(arrays)
    assert value_fingerprint(["ab", "c"]) != value_fingerprint(["a", "bc"])
    with pytest.raises(TypeError, match="no fingerprint of a object"):
        value_fingerprint(object())


@pytest.fixture
def ran():
    """Give a function that tells which modules run, and which data they read, while it works."""
    reads: list[str] = []
    listening: list[bool] = []

    def hear(event, arguments):
        if listening and event == "open" and isinstance(arguments[0], str | Path):
            reads.append(str(arguments[0]))

    def during(work):
        package, entered = f"{ROOT / 'forecast'}/", set()

        def enter(frame, event, _):
            file = frame.f_code.co_filename
            if event == "call" and file.startswith(package):
                entered.add(file.removeprefix(package))

        listening.append(True)
        sys.setprofile(enter)
        try:
            work()
        finally:
            sys.setprofile(None)
            listening.clear()
        data = {one.removeprefix(package) for one in reads if one.startswith(package)}
        return entered, {one for one in data if not one.endswith((".py", ".pyc"))}

    sys.addaudithook(hear)
    return during


def behind(modules):
    """List the files of modules, and of the data that they stand for."""
    places = [fingerprints._place(one) for one in modules]
    data = [fingerprints._data(one.rpartition("/")[0]) for one in places
            if fingerprints._source(one).reads]  # fmt: skip
    return set(places), {file for files in data for file in files}


def test_every_module_that_a_run_enters_and_every_file_it_reads_is_in_its_fingerprint(
    tmp_path, ran, monkeypatch
):
    from forecast.beliefs import reports, words
    from forecast.issue.run import run

    monkeypatch.delenv("FORECAST_LEDGER", raising=False)
    for name in ("first", "second"):  # the first one imports
        start(tmp_path / name)
    with no_sampler():
        run(Project(tmp_path / "first"))
        reports._table.cache_clear()
        words._scales.cache_clear()
        entered, read = ran(lambda: run(Project(tmp_path / "second")))
    modules, data = behind(modules_behind(RUN))
    passing = {"__init__.py", "ledger/__init__.py"}  # they load names when asked for them
    assert entered - modules <= passing
    assert read <= data
    assert "beliefs/data/admiralty.yaml" in read


def test_every_module_that_a_model_is_built_with_is_in_the_fingerprint_of_its_draws(tmp_path, ran):
    from forecast.beliefs import load
    from forecast.inference.encoding import encode
    from forecast.inference.model import build_model
    from forecast.network import Evidence

    start(tmp_path / "fresh")
    encoding = encode(load(tmp_path / "fresh" / "priors.yaml"))
    evidence = Evidence.empty(steps=3, indicators=len(encoding.indicators))
    build_model(encoding, evidence)
    entered, _ = ran(lambda: build_model(encoding, evidence))
    followed = ("forecast.inference", "forecast.network", "forecast.dims")
    modules, _ = behind(modules_behind("forecast.inference.sampling", within=followed))
    assert entered <= modules
