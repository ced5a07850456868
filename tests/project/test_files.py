"""Files that are written over keep permissions and links, and are whole or as before."""

import errno
import os
import stat

import pytest

from forecast import files
from forecast.errors import OutputError


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("bits", [0o600, 0o640, 0o664, 0o444 | 0o200])
def test_permissions_stay(bits, tmp_path):
    path = tmp_path / "a.md"
    path.write_text("old")
    path.chmod(bits)
    files.write(path, b"new")
    assert (mode(path), path.read_bytes()) == (bits, b"new")


def test_every_name_of_a_file_shows_what_was_written(tmp_path):
    path, other = tmp_path / "a.md", tmp_path / "b.md"
    path.write_text("old and longer")
    other.hardlink_to(path)
    path.chmod(0o600)
    files.write(path, b"new")
    assert other.read_bytes() == path.read_bytes() == b"new"
    assert path.stat().st_ino == other.stat().st_ino
    assert mode(other) == 0o600


def test_a_symbolic_link_is_written_through_also_to_what_is_not_there_yet(tmp_path):
    (tmp_path / "far").mkdir()
    real, link = tmp_path / "far" / "real.md", tmp_path / "link.md"
    link.symlink_to(real)
    files.write(link, b"first")
    real.chmod(0o600)
    files.write(link, b"second")
    assert link.is_symlink()
    assert (real.read_bytes(), mode(real)) == (b"second", 0o600)


def test_a_new_file_has_the_permissions_of_the_house(tmp_path):
    old = os.umask(0o027)
    try:
        files.write(tmp_path / "new" / "a.md", b"x")
    finally:
        os.umask(old)
    assert mode(tmp_path / "new" / "a.md") == 0o640


def test_nobody_reads_the_draft_of_a_private_file(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("old")
    path.chmod(0o600)
    with files.beside(path) as part:
        assert mode(part) == 0o600


@pytest.mark.parametrize("names", [1, 2])
def test_a_write_that_fails_leaves_what_stood_there(names, tmp_path, monkeypatch):
    path = tmp_path / "a.md"
    path.write_text("old")
    if names == 2:
        (tmp_path / "b.md").hardlink_to(path)
    tried = []

    def full(*what):
        tried.append(what)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace" if names == 1 else "os.fsync", full)
    with pytest.raises(OutputError, match=r"a\.md: cannot be written \(No space"):
        files.write(path, b"new")
    assert tried
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".part")] == []


def test_a_file_that_is_not_to_be_written_is_not_replaced(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    path = tmp_path / "a.md"
    path.write_text("old")
    path.chmod(0o400)
    with pytest.raises(OutputError, match="Permission denied"):
        files.write(path, b"new")
    assert path.read_text() == "old"


def test_a_full_disk_is_said_to_be_full_and_what_stood_there_stays(tmp_path, monkeypatch):
    path = tmp_path / "a.md"
    path.write_text("old")

    def full(self, body):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OutputError, match=r"No space left on device\); free some space"):
        files.write(path, b"new")
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.md"]
