"""Several projects share a database, and none sees, changes or checks the rows of another."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from forecast.errors import ReportsError
from forecast.ledger import Ledger
from forecast.ledger.schema import SEALED
from tests.ledger.samples import (
    alert_row,
    announced,
    ids,
    outcome_of,
    report,
    source,
    verdict,
    window,
)
from tests.ledger.test_verification import spoil

BEFORE_CASES = Path(__file__).parent / "data" / "before_cases.sql"
DAY = date(2024, 7, 1)


def tell(ledger, about):
    """Write something about a case into every table, under the same ids for every case."""
    ledger.reports.sync([report("R1", summary=about), report("R2")], origin="events")
    ledger.reports.retract("R2", reason=about)
    ledger.coverage.sync([window(rationale=about)], origin="events")
    ledger.models.record(fingerprint="m1", content={"about": about})
    key = {"model_fingerprint": "m1", "evidence_fingerprint": "e1", "settings": {}}
    fit = ledger.posteriors.record(**key, write=lambda path: path.write_bytes(b"draws"))
    payload = {"about": about}
    ledger.issues.record(**key, as_of=DAY, payload=payload, posterior_id=fit.id)
    ledger.history.record(**key, as_of=DAY, base="prior", posterior_id=fit.id, payload=payload)
    ledger.resolutions.record([outcome_of("q1", note=about)])
    ledger.sources.sync([source(note=about)], [verdict(reason=about)], origin="events")
    ledger.alerts.record([alert_row("a1", 0, "raised", rule=about)], as_of=DAY)
    ledger.announcements.record([announced(note=about)], origin="events")
    ledger.take_in([report("R3", summary=about)], origin="update", files=[("new.csv", "h1")])


def told(ledger):
    """Read everything that differs between cases back."""
    key = {"model_fingerprint": "m1", "evidence_fingerprint": "e1", "settings": {}}
    point = ledger.history.find(**key, as_of=DAY, base="prior")
    return {
        *(row.content["summary"] for row in ledger.reports.latest() if row.report_id != "R2"),
        *(row.content["rationale"] for row in ledger.coverage.latest()),
        ledger.models.find("m1").content["about"],
        *(row.payload["about"] for row in ledger.issues.all()),
        ledger.issues.find(**key, as_of=DAY).payload["about"],
        ledger.issues.last().payload["about"],
        point.payload["about"],
        *(row.note for row in ledger.resolutions.latest()),
        *(row.note for row in ledger.sources.latest()),
        *(row.reason for row in ledger.sources.verdicts()),
        *(row.rule for row in ledger.alerts.versions()),
        *(row.note for row in ledger.announcements.latest()),
    }


@pytest.mark.parametrize("others", ["", "harbour"])
def test_the_same_ids_in_two_cases_never_meet(place, others):
    """Each reads its own rows alone, and as many as it wrote, whichever was written first."""
    with Ledger.open(place).enter("border") as one, Ledger.open(place) as two:
        if others:
            two.enter(others)
        tell(one, "border")
        tell(two, "other")
        assert (told(one), told(two)) == ({"border"}, {"other"})
        assert one.sizes() == two.sizes()
        assert min(one.sizes().values()) >= 1
        assert one.verify() == two.verify() == []
        assert [row.version for row in one.reports.versions("R1")] == [1]
        assert [row.name for row in one.applied_files()] == ["new.csv"]
        assert len(list(one.posteriors.whole())) == 1


def test_every_statement_on_a_sealed_table_names_the_case(place):
    """A query that forgot it would show up here before it shows somebody else's reports."""
    said = []
    with Ledger.open(place).enter("border") as ledger:
        event.listen(ledger._engine, "before_cursor_execute", lambda *given: said.append(given[2]))
        tell(ledger, "border")
        told(ledger)
        ledger.verify()
        ledger.sizes()
        ledger.recorded_until()
        ledger.reports.would_stand([report("R1")], origin="events")
        ledger.reports.restore("R2", reason="it was so")
    names = {table.name for table in SEALED}
    asked = [one for one in said if any(f"FROM {name}" in one for name in names)]
    assert len(asked) > 50
    assert [one for one in asked if "case_id" not in one.partition("FROM")[2]] == []


def test_what_would_stand_in_one_case_is_not_that_of_another(place):
    """Neither rows of the same id, nor those that only the other has, in either order."""
    rows = [report("R1"), report("R2", summary="corrected")]
    with Ledger.open(place).enter("border") as one, Ledger.open(place).enter("harbour") as two:
        one.reports.sync([report("R1"), report("R2"), report("R4")], origin="events")
        one.reports.retract("R1", reason="withdrawn")
        one.reports.add([report("R3")], origin="added")
        assert two.reports.would_stand(rows, origin="events") == (
            {"R1", "R2"},
            {"R1", "R2"},
        )
        two.reports.sync([report("R5")], origin="events")
        two.reports.add([report("R6")], origin="added")
        assert one.reports.would_stand(rows, origin="events") == ({"R2"}, {"R2", "R3"})
        assert two.reports.would_stand(rows, origin="events") == (
            {"R1", "R2"},
            {"R1", "R2", "R6"},
        )


def test_what_one_case_does_changes_no_moment_of_another(place):
    """A clock that runs ahead in one case does not push the other's reports into the future."""
    ahead, now = datetime(2999, 1, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)
    with Ledger.open(place, clock=lambda: ahead).enter("border") as one:
        one.reports.sync([report()], origin="events")
    with Ledger.open(place, clock=lambda: now).enter("harbour") as two:
        assert two.recorded_until() is None
        two.reports.sync([report()], origin="events")
        assert two.recorded_until() == now


def test_what_is_unknown_in_one_case_is_not_suggested_from_another(place):
    with Ledger.open(place).enter("border") as one:
        one.reports.sync([report("R1")], origin="events")
    with Ledger.open(place).enter("harbour") as two:
        for ask in (two.reports.versions, lambda name: two.reports.retract(name, reason="x")):
            with pytest.raises(ReportsError, match=r"unknown report 'R1'; 0 are known"):
                ask("R1")


def test_damage_in_one_case_is_no_problem_of_another(place):
    for name in ("border", "harbour"):
        with Ledger.open(place).enter(name) as ledger:
            tell(ledger, name)
    spoil(place, "UPDATE report_version SET content = '{' WHERE case_id = 'border'")
    spoil(place, "DELETE FROM model WHERE case_id = 'border'")
    with Ledger.open(place).enter("harbour") as two:
        assert two.verify() == []
        assert told(two) == {"harbour"}
    with Ledger.open(place).enter("border") as one:
        assert len(one.verify()) >= 2


def test_two_cases_write_at_once(place):
    """Nothing is lost, nothing is mixed, and the moments of each case increase."""
    Ledger.open(place).close()

    def write(name):
        with Ledger.open(place).enter(name) as ledger:
            for number in range(15):
                ledger.reports.add([report(f"R{number}", summary=name)], origin="update")
            return [(row.content["summary"], row.recorded_at) for row in ledger.reports.latest()]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(write, ["a", "b", "c", "d"]))
    for name, rows in zip("abcd", found, strict=True):
        assert {said for said, _ in rows} == {name}
        assert len({moment for _, moment in rows}) == 15


def as_of_migration(place, number):
    """Lay a ledger down as an older version wrote it."""
    later = {3: ["resolution"], 4: ["history_point"], 5: ["source_version", "verdict_version"],
             6: ["alert_version"], 7: ["applied_file"]}  # fmt: skip
    place.parent.mkdir()
    with closing(sqlite3.connect(place)) as connection:
        connection.executescript(BEFORE_CASES.read_text("utf-8"))
        connection.execute("DROP TRIGGER migration_no_delete")
        for step in range(number + 1, 8):
            connection.execute("DELETE FROM migration WHERE number = ?", (step,))
            for table in later[step]:
                connection.execute(f"DROP TABLE {table}")
        connection.execute(
            "CREATE TRIGGER migration_no_delete BEFORE DELETE ON migration "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
        connection.commit()


@pytest.mark.parametrize("number", [2, 4, 5, 7])
def test_a_ledger_from_before_cases_is_brought_up_to_date(place, number):
    """Every row is there as it was sealed, and belongs to the project that enters first."""
    as_of_migration(place, number)
    with Ledger.open(place).enter("border") as first:
        assert ids(first.reports.latest()) == ["R1", "R3"]
        assert first.issues.last().payload == {"p": 0.25}
        assert len(first.resolutions.latest()) == (number >= 3)
        assert [one for one in first.verify() if "posterior file cannot be read" not in one] == []
        first.reports.sync([report("R9")], origin="more")
    with Ledger.open(place).enter("harbour") as second:
        assert second.reports.latest() == []
        assert second.issues.all() == []
        assert second.verify() == []
    with Ledger.open(place).enter("border") as again:
        assert ids(again.reports.latest()) == ["R1", "R3", "R9"]


def test_guards_stand_after_the_tables_were_made_anew(place):
    as_of_migration(place, 7)
    Ledger.open(place).close()
    with closing(sqlite3.connect(place)) as connection:
        for table in SEALED:
            if table.name == "announced_version":
                continue  # newer than these ledgers, so it has no row that a guard could save
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(f"DELETE FROM {table.name}")


def test_a_ledger_of_one_project_is_its_own_under_any_name(place):
    """Also once a guest has a case in it; moved to where others share it, its owner comes first."""
    with Ledger.open(place).enter("border", alone=True) as ledger:
        ledger.reports.sync([report()], origin="events")
    with Ledger.open(place).enter("harbour", guest=True) as ledger:
        assert ledger.reports.latest() == []
    with Ledger.open(place).enter("renamed", alone=True) as ledger:
        assert ids(ledger.reports.latest()) == ["R1"]
    with Ledger.open(place).enter("renamed") as ledger:
        assert ids(ledger.reports.latest()) == ["R1"]
    with Ledger.open(place).enter("third") as ledger:
        assert ledger.reports.latest() == []


def test_a_shared_ledger_that_becomes_one_project_s_own_is_still_read(place):
    with Ledger.open(place).enter("border") as ledger:
        ledger.reports.sync([report()], origin="events")
    with Ledger.open(place).enter("border", alone=True) as ledger:
        assert ids(ledger.reports.latest()) == ["R1"]
