"""A watched folder goes on after a file that cannot be used, which is set aside with the reason."""

import os
from itertools import islice

import pytest

from forecast.errors import ReportsError
from forecast.issue import inbox as module
from forecast.issue.arrivals import bring_back, set_aside
from forecast.issue.inbox import Inbox

BAD = {
    "deep.jsonl": b'{"a": ' + 50_000 * b"[",
    "huge.jsonl": b'{"value": 1e999}\n',
    "latin.csv": b"report_id,summary\nN1,\xff\xfe\x81\n",
    "nul.csv": b"report_id\0,summary\n",
    "page.csv": b"<!DOCTYPE html><html></html>\n",
    "other.csv": b"a,b\n1,2\n",
    "broken.xlsx": b"PK\x03\x04 and no more\n",
    "quote.csv": b'report_id,summary\nN1,"no end\n',
}


@pytest.fixture
def watched(fresh):
    folder = fresh.root / "inbox"
    folder.mkdir()
    return Inbox(fresh, folder, settle=0.0), folder


def test_every_bad_file_is_set_aside_with_its_reason_and_the_next_is_read(watched):
    inbox, folder = watched
    for name, body in BAD.items():
        (folder / name).write_bytes(body)
    found = list(islice(inbox.once(), len(BAD)))
    assert {outcome.state for outcome in found} == {"refused"}
    assert {outcome.file.name for outcome in found} == set(BAD)
    assert [path.name for path in folder.iterdir()] == ["refused"]
    for name, body in BAD.items():
        assert (folder / "refused" / name).read_bytes() == body
        assert name in (folder / "refused" / f"{name}.why.txt").read_text("utf-8")


def test_what_is_no_file_or_leads_nowhere_is_left_alone(watched):
    inbox, folder = watched
    (folder / "folder.csv").mkdir()
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    (folder / "gone.csv").symlink_to(folder / "nowhere.csv")
    os.mkfifo(folder / "pipe.csv")
    (folder / "~$open.xlsx").write_bytes(b"x")
    (folder / "bad.csv").write_bytes(b"a,b\n1,2\n")
    (outcome,) = islice(inbox.once(), 1)
    assert outcome.file.name == "bad.csv"


def test_a_fault_of_ours_ends_one_file_and_not_the_watch(watched, monkeypatch):
    inbox, folder = watched
    (folder / "a.csv").write_bytes(b"a,b\n1,2\n")
    (folder / "b.csv").write_bytes(b"a,b\n1,2\n")

    def fails(*_args, **_values):
        raise RecursionError("too deep")

    monkeypatch.setattr(module, "update", fails)
    found = list(islice(inbox.once(), 2))
    assert [outcome.state for outcome in found] == ["refused", "refused"]
    assert "could not be taken in (RecursionError: too deep)" in str(found[0].error)


FAULTS = [OSError(5, "the disk failed"), MemoryError("no room"), KeyError("a cell")]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_a_fault_while_a_file_is_read_ends_that_file_only(watched, monkeypatch, fault):
    inbox, folder = watched
    (folder / "a.csv").write_bytes(b"a,b\n1,2\n")
    (folder / "b.csv").write_bytes(b"a,b\n1,2\n")
    read = module.read_sources

    def fails(names, standard_input):
        if names[0].endswith("a.csv"):
            raise fault
        return read(names, standard_input)

    monkeypatch.setattr(module, "read_sources", fails)
    found = list(islice(inbox.once(), 2))
    assert [(one.file.name, one.state) for one in found] == [
        ("a.csv", "refused"),
        ("b.csv", "refused"),
    ]
    assert f"could not be taken in ({type(fault).__name__}" in str(found[0].error)


def test_a_file_that_vanishes_while_it_is_read_is_passed_over(watched, monkeypatch):
    inbox, folder = watched
    (folder / "a.csv").write_bytes(b"a,b\n1,2\n")
    (folder / "b.csv").write_bytes(b"a,b\n1,2\n")
    read = module.read_sources

    def late(names, standard_input):
        (folder / "a.csv").unlink(missing_ok=True)
        return read(names, standard_input)

    monkeypatch.setattr(module, "read_sources", late)
    (outcome,) = islice(inbox.once(), 1)
    assert (outcome.file.name, outcome.state) == ("b.csv", "refused")


def test_a_file_that_cannot_be_moved_stays_where_it_is(tmp_path):
    (tmp_path / "refused").write_text("in the way", "utf-8")
    path = tmp_path / "bad.csv"
    path.write_text("a,b\n", "utf-8")
    assert set_aside(path, ReportsError("no")) is None
    assert path.is_file()


def test_an_earlier_file_of_the_name_is_kept_and_one_that_landed_is_not_replaced(tmp_path):
    path = tmp_path / "bad.csv"
    places = []
    for text in ("first", "second"):
        path.write_text(text, "utf-8")
        places.append(set_aside(path, ReportsError("no")))
    assert [place.read_text("utf-8") for place in places] == ["first", "second"]
    assert bring_back(places[0], path)
    assert not bring_back(places[1], path)
    assert path.read_text("utf-8") == "first"


def test_a_change_of_the_priors_brings_a_file_back(watched, fresh):
    inbox, folder = watched
    (folder / "bad.csv").write_bytes(b"a,b\n1,2\n")
    list(islice(inbox.once(), 1))
    with fresh.priors.open("a", encoding="utf-8") as file:
        file.write("# another indicator\n")
    assert [path.name for path in inbox._new()] == ["bad.csv"]
