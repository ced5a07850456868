"""Which case of a shared ledger a project is, as its folder lives on."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from forecast.beliefs import fingerprint
from forecast.errors import BeliefsError, LedgerError
from forecast.issue.check import verify
from forecast.project.project import Project, Record
from forecast.project.start import start


@pytest.fixture
def shared(tmp_path):
    """Projects that share one database: ``shared("one")`` is the project of a folder."""
    (tmp_path / "server").mkdir()
    place = str(tmp_path / "server" / "ledger.sqlite")

    def of(name):
        if not (tmp_path / name).exists():
            start(tmp_path / name)
        return Project(tmp_path / name, ledger_url=place)

    return of


def case(project):
    with project.ledger() as ledger:
        return ledger.case


def state(project, line):
    text = project.priors.read_text("utf-8")
    project.priors.write_text(f"{line}\n{text}", "utf-8")


def test_two_projects_are_two_cases(shared):
    assert case(shared("one")) == case(shared("one")) != case(shared("two"))


def test_a_moved_or_edited_project_is_the_same_case(shared, tmp_path):
    one = shared("one")
    before = case(one)
    text = one.priors.read_text("utf-8")
    one.priors.write_text(text.replace("title: ", "title: Another ", 1), "utf-8")
    one.root.rename(tmp_path / "moved")
    assert case(shared("moved")) == before
    (tmp_path / "moved").rename(tmp_path / "again")
    assert case(shared("again")) == before


def test_a_copy_made_to_try_something_is_a_case_of_its_own(shared, tmp_path):
    """Both go on as they are, also when the first is gone later."""
    before = case(shared("one"))
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    of_copy = case(shared("copy"))
    assert of_copy != before == case(shared("one"))
    shutil.rmtree(tmp_path / "one")
    assert case(shared("copy")) == of_copy


def test_a_clone_without_the_memory_is_another_case_until_both_state_one(shared, tmp_path):
    one = shared("one")
    case(one)
    shutil.copytree(one.root, tmp_path / "clone", ignore=shutil.ignore_patterns(".forecast"))
    assert case(shared("clone")) != case(one)
    for project in (one, shared("clone")):
        state(project, "case: border-2026")
    assert case(shared("clone")) == case(one) == "border-2026"


def test_a_stated_case_is_no_part_of_what_is_believed(shared):
    one = shared("one")
    before = fingerprint(one.beliefs()), fingerprint(one.beliefs(), texts=False)
    state(one, "case: border-2026")
    assert one.beliefs().case == "border-2026"
    assert (fingerprint(one.beliefs()), fingerprint(one.beliefs(), texts=False)) == before


@pytest.mark.parametrize(
    "said", ["Gaza", "''", "a b", "../x", "-a", "x" * 65, "2026", "[a]", "\u0441ase", "a\\n"]
)
def test_a_case_that_is_no_name_is_refused_in_one_line(shared, said):
    one = shared("one")
    state(one, f"case: {said}")
    with pytest.raises(BeliefsError, match="case") as caught:
        one.ledger()
    assert "\n" not in str(caught.value)
    with pytest.raises(BeliefsError, match="case"):
        one.beliefs()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"case": 1, "folder": ""}', "\0", "[" * 100_000], ids=range(6)
)
def test_a_kept_case_that_cannot_be_read_is_not_guessed(shared, text):
    """Alone, it is made anew, since the ledger holds nobody else's rows."""
    one = shared("one")
    before = case(one)
    (one.memory / "case.json").write_text(text, "utf-8")
    with pytest.raises(LedgerError, match=r"state the case in priors\.yaml"):
        one.ledger()
    assert case(Project(one.root)) == ""
    state(one, f"case: {before}")
    assert case(one) == before


def test_a_project_alone_keeps_its_rows_under_any_name(shared, tmp_path):
    alone = Project(shared("one").root)
    with alone.ledger() as ledger:
        ledger.models.record(fingerprint="m1", content={})
    assert not (alone.memory / "case.json").exists()
    state(alone, "case: border-2026")
    with alone.ledger() as ledger:
        assert ledger.models.find("m1") is not None
    place = str(alone.memory / "ledger.sqlite")
    with Project(shared("two").root, ledger_url=place).ledger() as ledger:
        assert ledger.models.find("m1") is None  # its owner's, though it came first
    for owner in (alone, Project(alone.root, ledger_url=place)):
        with owner.ledger() as ledger:
            assert ledger.models.find("m1") is not None


def test_two_processes_that_begin_at_once_agree_on_one_case(shared):
    """The one that comes second takes what the first has kept."""
    one = shared("one")
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(case, [one] * 8))) == 1


def test_two_projects_with_the_same_reports_do_not_meet(shared):
    """Of the same template, with the same ids: what is added or resolved in one is in it alone."""
    one, two = shared("one"), shared("two")
    found = [list_events(one), list_events(two)]
    assert len(found[0].reports) == len(found[1].reports) == 3
    assert found[0].changes.new == found[1].changes.new
    with one.ledger() as ledger:
        ledger.reports.retract(found[0].reports[0].report_id, reason="denied")
    assert (len(list_events(one).reports), len(list_events(two).reports)) == (2, 3)
    for project in (one, two):
        assert verify(project).problems == ()


def list_events(project):
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        return Record.synchronise(project, beliefs, ledger)
