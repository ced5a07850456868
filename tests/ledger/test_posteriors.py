import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from forecast.errors import LedgerError
from forecast.ledger import Ledger

SETTINGS = {"draws": 1000, "seed": 7}
AT_ONCE = timedelta(0)


def fit(ledger, draws=b"draws", **changes):
    fields = {
        "model_fingerprint": "m1",
        "evidence_fingerprint": "e1",
        "settings": SETTINGS,
        "versions": {"pymc": "6.4"},
        "diagnostics": {"max_rhat": 1.003},
        "write": lambda path: path.write_bytes(draws),
        **changes,
    }
    return ledger.posteriors.record(**fields)


def find(ledger, warn=pytest.fail, **changes):
    key = {"model_fingerprint": "m1", "evidence_fingerprint": "e1", "settings": SETTINGS}
    return ledger.posteriors.find(**{**key, **changes}, warn=warn)


def files(ledger):
    folder = ledger.posteriors_folder
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_what_a_fit_wrote_is_found_again(modelled):
    record = fit(modelled, as_of=date(2024, 7, 1))
    assert find(modelled) == record
    assert record.path.read_bytes() == b"draws"
    assert record.as_of == date(2024, 7, 1)
    assert record.settings == SETTINGS
    assert record.versions == {"pymc": "6.4"}
    assert record.diagnostics == {"max_rhat": 1.003}
    assert files(modelled) == [f"{record.id}.nc"]


@pytest.mark.parametrize(
    "change",
    [
        {"model_fingerprint": "m2"},
        {"evidence_fingerprint": "e2"},
        {"settings": {"draws": 1000, "seed": 8}},
    ],
)
def test_another_question_finds_nothing(modelled, change):
    fit(modelled)
    assert find(modelled, **change) is None


def test_the_order_of_settings_changes_nothing(modelled):
    record = fit(modelled)
    assert find(modelled, settings={"seed": 7, "draws": 1000}) == record


def test_the_last_of_two_fits_is_found(modelled):
    fit(modelled, b"first")
    assert find(modelled, warn=pytest.fail) != fit(modelled, b"second")
    assert find(modelled).path.read_bytes() == b"second"


def test_the_same_fit_twice_is_one_row(modelled):
    assert fit(modelled) == fit(modelled)
    assert len(list(modelled.posteriors.whole())) == 1


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (Path.unlink, "cannot be read (No such file or directory)"),
        (lambda path: path.write_bytes(b"draw"), "was changed after it was recorded"),
        (lambda path: path.write_bytes(b""), "was changed after it was recorded"),
    ],
    ids=["missing", "shortened", "empty"],
)
def test_a_file_that_is_not_whole_counts_as_absent_with_a_word(modelled, damage, said):
    record = fit(modelled)
    damage(record.path)
    warnings = []
    assert find(modelled, warn=warnings.append) is None
    [warning] = warnings
    assert said in warning
    assert warning.endswith("; it will be fitted again")
    assert list(modelled.posteriors.whole(warn=warnings.append)) == []
    assert modelled.posteriors.get(record.id, warn=warnings.append) is None
    assert len(warnings) == 3
    [problem] = modelled.verify()
    assert said in problem


def test_an_older_whole_posterior_stands_in_for_a_broken_one(modelled):
    older, newer = fit(modelled, b"older"), fit(modelled, b"newer")
    newer.path.unlink()
    warnings = []
    assert find(modelled, warn=warnings.append) == older
    assert len(warnings) == 1


def test_one_is_found_by_its_id(modelled):
    one, other = fit(modelled, b"one"), fit(modelled, b"other")
    assert (modelled.posteriors.get(one.id), modelled.posteriors.get(other.id)) == (one, other)
    assert modelled.posteriors.get("no such id") is None
    assert modelled.posteriors.get(None) is None


def test_fitting_the_same_again_heals_a_lost_file(modelled):
    record = fit(modelled)
    record.path.unlink()
    assert fit(modelled) == record
    assert find(modelled) == record
    assert modelled.verify() == []


def test_posteriors_come_latest_first_and_not_from_the_future(modelled):
    july = fit(modelled, b"7", as_of=date(2024, 7, 1))
    may = fit(modelled, b"5", as_of=date(2024, 5, 1))
    june = fit(modelled, b"6", as_of=date(2024, 6, 1))
    assert list(modelled.posteriors.whole()) == [june, may, july]
    assert list(modelled.posteriors.whole(as_of=date(2024, 6, 30))) == [june, may]
    assert list(modelled.posteriors.whole(as_of=date(2024, 12, 31))) == [july, june, may]
    assert list(modelled.posteriors.whole(model_fingerprint="m2")) == []


def test_a_fit_that_breaks_off_leaves_nothing(modelled):
    def broken(path):
        path.write_bytes(b"half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fit(modelled, write=broken)
    assert files(modelled) == []
    assert list(modelled.posteriors.whole()) == []


def test_a_full_disk_is_said_in_one_line(modelled):
    def full(path):
        with Path("/dev/full").open("wb", buffering=0) as file:
            file.write(b"draws")

    with pytest.raises(LedgerError, match=r"no space is left .* nothing was half written"):
        fit(modelled, write=full)
    assert files(modelled) == []


def test_a_fit_that_writes_nothing_is_refused(modelled):
    with pytest.raises(LedgerError, match="the posterior was not written"):
        fit(modelled, write=lambda path: None)


def test_a_posterior_of_an_unknown_model_is_refused_and_leaves_no_file(ledger):
    with pytest.raises(LedgerError, match=r"unknown model 'm1'; models\.record comes first"):
        fit(ledger)
    assert files(ledger) == []


@pytest.mark.parametrize("suffix", ["nc", "", "/../x", ".tar.gz"])
def test_a_suffix_that_is_none_is_refused(modelled, suffix):
    with pytest.raises(LedgerError, match="suffix"):
        fit(modelled, suffix=suffix)


def test_sweeping_removes_orphans_of_ours_and_nothing_else(modelled):
    record = fit(modelled)
    folder = modelled.posteriors_folder
    for name in ("writing-0123456789abcdef.nc", "0123456789abcdef.nc", "notes.txt", "mine.nc"):
        (folder / name).write_bytes(b"x")
    assert modelled.posteriors.sweep(older_than=AT_ONCE) == [
        "0123456789abcdef.nc",
        "writing-0123456789abcdef.nc",
    ]
    assert files(modelled) == sorted([record.path.name, "mine.nc", "notes.txt"])


def test_sweeping_spares_what_may_still_be_written(modelled):
    fit(modelled)
    folder = modelled.posteriors_folder
    old, young = folder / "writing-0000000000000001.nc", folder / "writing-0000000000000002.nc"
    for file in (old, young):
        file.write_bytes(b"x")
    two_hours_ago = old.stat().st_mtime - 7200
    os.utime(old, (two_hours_ago, two_hours_ago))
    assert modelled.posteriors.sweep() == [old.name]
    assert young.exists()


def test_sweeping_where_nothing_was_ever_written_is_well(ledger):
    assert ledger.posteriors.sweep() == []


def test_files_lie_beside_the_ledger_and_outlive_it(place, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with Ledger.open(place.relative_to(tmp_path)) as ledger:
        ledger.models.record(fingerprint="m1", content={})
        record = fit(ledger)
    assert record.path == place.parent / "posteriors" / f"{record.id}.nc"
    monkeypatch.chdir("/")
    with Ledger.open(place) as ledger:
        assert find(ledger) == record


def test_a_project_can_be_moved_with_its_ledger(place, tmp_path):
    with Ledger.open(place) as ledger:
        ledger.models.record(fingerprint="m1", content={})
        fit(ledger)
    place.parent.rename(tmp_path / "elsewhere")
    with Ledger.open(tmp_path / "elsewhere" / "ledger.sqlite") as ledger:
        assert find(ledger).path.parent == tmp_path / "elsewhere" / "posteriors"


def test_a_ledger_in_memory_cleans_up_after_itself():
    with Ledger.open(":memory:") as ledger:
        ledger.models.record(fingerprint="m1", content={})
        path = fit(ledger).path
        assert path.exists()
    assert not path.parent.parent.exists()


def test_a_model_is_kept_as_first_recorded_with_the_order_of_its_nodes(ledger):
    nodes = {"nodes": {"b": {"states": ["x", "y"]}, "a": {}}}
    first = ledger.models.record(fingerprint="m1", content=nodes)
    assert ledger.models.record(fingerprint="m1", content={"nodes": {}}) == first
    assert list(ledger.models.find("m1").content["nodes"]) == ["b", "a"]
    assert ledger.models.find("m2") is None
