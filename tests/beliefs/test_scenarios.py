"""Scenario files: what they say, what they take over, and one line for each mistake."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from forecast.beliefs import load
from forecast.beliefs.scenario_files import (
    combined,
    load_scenario,
    require_coherent,
    scenario_path,
    typed_do,
    typed_observe,
)
from forecast.errors import BeliefsError

ROOT = Path(__file__).parents[2]
CASE = load(ROOT / "priors.yaml")
AS_OF = dt.date(2024, 12, 31)
HEAD = "label: A\ndescription: B.\nauthor: C\nrationale: D.\n"
HOLD = "  - do: {node: china_constraint, state: weak, from: 2025-01-01}\n"


def write(folder: Path, name: str, body: str, *, head: str = HEAD) -> Path:
    """Write a scenario file; its own lines begin on line 5."""
    path = folder / f"{name}.yaml"
    path.write_text(head + body, "utf-8")
    return path


def said(folder: Path, body: str) -> str:
    """What is said of a scenario that cannot be used: one line, with the file and the line."""
    path = write(folder, "a", body)
    with pytest.raises(BeliefsError) as caught:
        require_coherent(load_scenario(path, beliefs=CASE), CASE, as_of=AS_OF)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    assert problem.line >= 5
    return str(problem)[len(str(path)) + 1 :]


def test_every_bundled_scenario_can_be_used_and_says_why() -> None:
    """At least eight, each with a reasoning of some length, and each assumption with its own."""
    files = sorted((ROOT / "scenarios").glob("*.yaml"))
    assert len(files) >= 8
    for path in files:
        scenario = load_scenario(path, beliefs=CASE)
        require_coherent(scenario, CASE, as_of=AS_OF)
        assert len(scenario.rationale) > 100
        assert all(placed.assumption.rationale for placed in scenario.assumptions)


WRONG = [
    ("{node: chinaconstraint, state: weak, from: 2025-01-01}",
     "assumptions[0].do.node: unknown node 'chinaconstraint'; did you mean 'china_constraint'?"),
    ("{node: china_constraint, state: week, from: 2025-01-01}",
     "unknown state 'week' of china_constraint; did you mean 'weak'?"),
    ("{node: china_constraint, state: weak, from: 2023-01-01}",
     "assumptions[0].do.from: 2023-01-01 is before the brief (2023-09-27); name a later date"),
    ("{node: china_constraint, state: weak, from: 2125-01-01}", "more than ten years after"),
    ("{node: china_constraint, state: weak, from: 2025-02-30}", "is not a date"),
    ("{node: china_constraint, state: weak, from: 2025-02-01, to: 2025-01-01}", "is not after"),
    ("{node: china_constraint, from: 2025-01-01}", "a held node needs both; give node and state"),
    ("{node: china_constraint, state: weak, form: 2025-01-01}", "did you mean 'from'?"),
    ("{hazard: {node: tech_transfer, from: advanced, to: none}, times: 2, from: 2025-01-01}",
     "tech_transfer has no hazard from advanced to none; its hazards are: none to limited"),
    ("{hazard: {node: tech_transfer, from: none, to: limited}, times: 0, from: 2025-01-01}",
     "must be above 0"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), WRONG)
def test_a_wrong_intervention_is_one_line(body: str, expected: str, tmp_path: Path) -> None:
    """With what came, and what is allowed."""
    if "form:" in body:
        path = write(tmp_path, "a", f"assumptions:\n  - do: {body}\n")
        with pytest.raises(BeliefsError) as caught:
            load_scenario(path, beliefs=CASE)
        assert any(expected in str(problem) for problem in caught.value.problems)
        return
    assert expected in said(tmp_path, f"assumptions:\n  - do: {body}\n")


SEEN = [
    ("{indicator: icbm_test, on: 2025-03-01}", "unknown indicator 'icbm_test'"),
    ("{indicator: unsc_vetoes, on: 2025-03-01}", "did you mean 'unsc_veto'?"),
    ("{indicator: unsc_veto, on: 2023-09-01}", "observe.on: 2023-09-01 is before the brief"),
    ("{indicator: unsc_veto}", "no day is given; add 'on'"),
    ("{indicator: unsc_veto, on: 2025-03-01, grade: F6}", "has no credibility and changes nothing"),
    ("{indicator: unsc_veto, on: 2025-03-01, grade: G1}", "'G1' is not a grade"),
    ("{indicator: unsc_veto, on: 2025-03-01, value: 3.0}", "unsc_veto happens or does not; 3 came"),
    ("{indicator: '*', on: 2025-03-01}", "a report of '*' came; name one indicator"),
    ("{indicator: unsc_veto, absent: true}", "absent: true needs days; add 'from' and 'to'"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), SEEN)
def test_a_wrong_observation_is_one_line(body: str, expected: str, tmp_path: Path) -> None:
    """With what came, and what is allowed."""
    assert expected in said(tmp_path, f"assumptions:\n  - observe: {body}\n")


BELIEVED = [
    ("{coupling: china_holds_back_tech, ratio: [1, 2]}", "did you mean 'china_holds_back_tech"),
    ("{coupling: trade_pays_for_technology}", "changes nothing of the coupling; give ratio"),
    ("{coupling: trade_pays_for_technology, grade: B2}", "'grade' does not go with coupling"),
    ("{probability: [0.1, 0.2]}", "speaks of nothing; give exactly one of hazard, coupling"),
    ("{reports: {}, dropped: true}", "no criterion is given"),
    ("{initial: {node: sanctions, probabilities: {complies: 0.5}, effective_sample_size: 3.0}}",
     "breaks is missing"),
    (("{initial: {node: sanctions, probabilities: {complies: 0.5, breaks: 0.6}, "
      "effective_sample_size: 3.0}}"), "sum to 1.1"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), BELIEVED)
def test_a_wrong_belief_is_one_line(body: str, expected: str, tmp_path: Path) -> None:
    """With what came, and what is allowed."""
    assert expected in said(tmp_path, f"assumptions:\n  - belief: {body}\n")


TWO = [
    (HOLD + HOLD.replace("weak", "binding"),
     "assumptions[1].do: holds china_constraint in 'binding' while it is held in 'weak', against"),
    ((HOLD + "  - do: {hazard: {node: china_constraint, from: binding, to: weak}, times: 2, "
      "from: 2025-06-01}\n"), "multiplies a hazard of china_constraint while the node is held"),
    (("  - observe: {indicator: '*', absent: true, from: 2025-01-01, to: 2025-12-31}\n"
      "  - observe: {indicator: unsc_veto, on: 2025-03-01}\n"),
     "unsc_veto is reported on 2025-03-01 and absent on that day, against"),
    (("  - belief: {coupling: trade_pays_for_technology, ratio: [1.0, 2.0]}\n"
      "  - belief: {coupling: trade_pays_for_technology, ratio: [1.0, 3.0]}\n"),
     "gives the coupling trade_pays_for_technology a second value, against"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), TWO)
def test_assumptions_that_contradict_each_other_name_both_lines(
    body: str, expected: str, tmp_path: Path
) -> None:
    """The second is refused, and the first is named with its line."""
    line = said(tmp_path, f"assumptions:\n{body}")
    assert expected in line
    assert f"against {tmp_path / 'a.yaml'}:6; leave one of the two out" in line
    assert line.startswith("7:")


def test_holding_one_node_first_here_then_there_is_no_contradiction(tmp_path: Path) -> None:
    """Spans that only touch do not overlap."""
    later = HOLD.replace("weak", "binding").replace("2025-01-01", "2025-07-01")
    first = HOLD.replace("01-01}", "01-01, to: 2025-07-01}")
    path = write(tmp_path, "a", f"assumptions:\n{first}{later}")
    require_coherent(load_scenario(path, beliefs=CASE), CASE, as_of=AS_OF)


def test_a_scenario_takes_over_those_it_extends_once(tmp_path: Path) -> None:
    """What two of them share by a third is assumed once, first of all."""
    write(tmp_path, "root", f"assumptions:\n{HOLD}")
    for name, day in (("left", "2025-02-01"), ("right", "2025-03-01")):
        seen = f"  - observe: {{indicator: unsc_veto, on: {day}}}\n"
        write(tmp_path, name, f"extends: root\nassumptions:\n{seen}")
    path = write(tmp_path, "both", "extends: [left, right]\n")
    found = load_scenario(path, beliefs=CASE).assumptions
    assert [(p.scenario, p.line) for p in found] == [("root", 6), ("left", 7), ("right", 7)]


def test_a_circle_of_extensions_is_named_with_its_line(tmp_path: Path) -> None:
    """From whichever end it is entered."""
    write(tmp_path, "a", f"extends: b\nassumptions:\n{HOLD}")
    write(tmp_path, "b", f"extends: c\nassumptions:\n{HOLD}")
    path = write(tmp_path, "c", f"extends: a\nassumptions:\n{HOLD}")
    with pytest.raises(BeliefsError, match=r"b\.yaml:5: extends: goes in a circle: c extends a "
                                           r"extends b extends c"):  # fmt: skip
        load_scenario(path, beliefs=CASE)


def test_an_unknown_extension_and_an_unknown_scenario_suggest_the_nearest(tmp_path: Path) -> None:
    """Beside the file, and in the folder."""
    write(tmp_path, "ceasefire", f"assumptions:\n{HOLD}")
    path = write(tmp_path, "peace", "extends: ceasfire\n")
    with pytest.raises(BeliefsError, match=r"peace\.yaml:5: .*did you mean 'ceasefire'"):
        load_scenario(path, beliefs=CASE)
    with pytest.raises(BeliefsError, match="did you mean 'ceasefire'"):
        scenario_path(tmp_path, "ceasefir")


def test_a_file_of_another_name_or_without_assumptions_is_refused(tmp_path: Path) -> None:
    """The name is how it is asked for."""
    path = write(tmp_path, "a", f"name: b\nassumptions:\n{HOLD}")
    with pytest.raises(BeliefsError, match=r"a\.yaml:5: name: is 'b', but the file is a\.yaml"):
        load_scenario(path, beliefs=CASE)
    path = write(tmp_path, "a", "assumptions: []\n")
    with pytest.raises(BeliefsError, match="assumes nothing"):
        load_scenario(path, beliefs=CASE)


@pytest.mark.parametrize("text", ["", "# nothing yet", "- do", "a scenario"])
def test_a_file_that_is_no_scenario_says_what_belongs_into_one(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    with pytest.raises(BeliefsError, match="a scenario has description, author, rationale and"):
        load_scenario(tmp_path / "a.yaml", beliefs=CASE)


def test_typed_assumptions_are_those_of_a_file(tmp_path: Path) -> None:
    """The quick form and the file say the same."""
    body = (
        f"assumptions:\n{HOLD}"
        "  - do: {hazard: {node: tech_transfer, from: none, to: limited}, times: 2.5,"
        " from: 2025-01-01, to: 2025-06-30}\n"
        "  - observe: {indicator: unsc_veto, on: 2025-03-01, grade: B2}\n"
        "  - observe: {indicator: '*', absent: true, from: 2025-01-01, to: 2025-02-01}\n"
    )
    filed = load_scenario(write(tmp_path, "a", body), beliefs=CASE).assumptions
    typed = [
        typed_do("china_constraint=weak@2025-01-01"),
        typed_do("tech_transfer:none>limited*2.5@2025-01-01..2025-06-30"),
        typed_observe("unsc_veto@2025-03-01/b2"),
        typed_observe("no *@2025-01-01..2025-02-01"),
    ]
    assert [p.assumption for p in typed] == [p.assumption for p in filed]


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (typed_do, "china_constraint@2025-01-01", "--do: 'china_constraint@2025-01-01' cannot be"),
        (typed_do, "china_constraint=weak@2025-13-01", "'2025-13-01' is not a date"),
        (typed_do, "a=b@2025-02-01..2025-01-01", "is not after"),
        (typed_observe, "unsc_veto", "--observe: 'unsc_veto' cannot be read"),
        (typed_observe, "unsc_veto@2025-03-01/Q9", "'Q9' is not a grade"),
    ],
)
def test_what_was_mistyped_is_said_with_the_right_form(read, text, expected) -> None:
    """One line, and no traceback."""
    with pytest.raises(BeliefsError) as caught:
        read(text)
    assert expected in str(caught.value)


def test_stacked_scenarios_hold_each_assumption_once(tmp_path: Path) -> None:
    """Stacking one scenario onto itself changes nothing."""
    one = load_scenario(write(tmp_path, "a", f"assumptions:\n{HOLD}"), beliefs=CASE)
    assert combined([one, one]).assumptions == one.assumptions
