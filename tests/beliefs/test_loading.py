import re

import pytest

from forecast.beliefs import fingerprint, inspect, load
from forecast.errors import BeliefsError, Problem


def problems(path, severity="error"):
    return [problem for problem in inspect(path)[1] if problem.severity == severity]


def line_of(path, text):
    lines = path.read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_clean_file_has_no_problems(river_path):
    beliefs, found = inspect(river_path)
    assert found == []
    assert beliefs == load(river_path)


# One line each: what is changed, where it is reported, what is said. `where` is a dotted path.
CASES = {
    "misspelt key": (
        ("    label: Drought", "    lable: Drought"),
        "nodes.drought.lable",
        "unknown key 'lable'; did you mean 'label'?",
    ),
    "unknown key": (
        ("grid: {step: 7,", "grid: {stride: 7, zzz: 1,"),
        "grid.zzz",
        "unknown key 'zzz'; the keys here are step, horizon, max_joint_states",
    ),
    "missing rationale": (
        ("        rationale: the brief's own word\n", ""),
        "nodes.treaty.judgements[0].rationale",
        "is missing; every prior says where it comes from and why",
    ),
    "empty rationale": (
        ("rationale: the brief's own word", 'rationale: "  "'),
        "nodes.treaty.judgements[0].rationale",
        "is empty; write at least a word",
    ),
    "bad period": (
        ("from: none, to: drafted, within: 12 months", "from: none, to: drafted, within: 12 moons"),
        "nodes.treaty.hazards[0].within",
        "'12 moons' is not a period; write a number and a unit",
    ),
    "period without unit": (
        ("from: none, to: drafted, within: 12 months", "from: none, to: drafted, within: 12"),
        "nodes.treaty.hazards[0].within",
        "12 is not a period; write it with its unit",
    ),
    "bad window": (
        ("window: 12 months", "window: a year"),
        "brief.window",
        "'a year' is not a period",
    ),
    "bad date": (
        ("as_of: 2021-03-01", "as_of: 2021-02-30"),
        "brief.as_of",
        "'2021-02-30' is not a date; write it as 2023-09-27: February 2021 has 28 days",
    ),
    "number for a date": (
        ("by: 2022-03-01", "by: 20220301"),
        "questions.signed_in_a_year.by",
        "20220301 is not a date",
    ),
    "unknown scale": (
        ("scale: icd203", "scale: icd2003"),
        "brief.scale",
        "unknown scale 'icd2003'; the scales are icd203",
    ),
    "misspelt word": (
        ("        probability: unlikely", "        probability: unlikly"),
        "nodes.drought.judgements[0].probability",
        "'unlikly' is not a word of the scale icd203; did you mean 'unlikely'?",
    ),
    "falling probability": (
        ("probability: [0.3, 0.7]", "probability: [0.7, 0.3]"),
        "nodes.treaty.hazards[1].probability",
        "[0.7, 0.3] must rise",
    ),
    "certain probability": (
        ("probability: [0.3, 0.7]", "probability: [0.3, 1.0]"),
        "nodes.treaty.hazards[1].probability",
        "[0.3, 1] must lie strictly between 0 and 1",
    ),
    "text for a number": (
        ("ratio: [1.5, 4]", 'ratio: [1.5, "4"]'),
        "couplings.thirst_brings_agreement.ratio[1]",
        "'4' stands where a number should",
    ),
    "ratio below zero": (
        ("ratio: [1.5, 4]", "ratio: [-1, 4]"),
        "couplings.thirst_brings_agreement.ratio",
        "[-1, 4] must be above 0",
    ),
    "one number for an interval": (
        ("ratio: [1.5, 4]", "ratio: 2"),
        "couplings.thirst_brings_agreement.ratio",
        "2 stands where [low, high] should",
    ),
    "state read as true": (
        ('states: ["no", "yes"]', 'states: ["no", true]'),
        "nodes.drought.states[1]",
        "true stands where text should; put it in quotes",
    ),
    "number read as it is written": (
        ('states: ["no", "yes"]', 'states: ["no", 1e3]'),
        "nodes.drought.states[1]",
        "1e3 stands where text should; put it in quotes",
    ),
    "text for a list": (
        ('states: ["no", "yes"]', "states: dry"),
        "nodes.drought.states",
        "'dry' stands where a list should; put it in brackets",
    ),
    "nothing for a mapping": (
        ("grid: {step: 7, horizon: 6 months}", "grid:"),
        "grid",
        "nothing stands where a mapping should; write its keys under it, each as KEY: VALUE",
    ),
    "one number too few": (
        ("ratio: [1.5, 4]", "ratio: [1.5]"),
        "couplings.thirst_brings_agreement.ratio[1]",
        "is missing",
    ),
    "detection above one": (
        ("detection: 0.3", "detection: 1.3"),
        "indicators.talks_reported.detection",
        "1.3 is out of range; must be at most 1",
    ),
    "unknown mode": (
        ("mode: reaches", "mode: reach"),
        "questions.signed_in_a_year.mode",
        "unknown value 'reach'; write reaches, is, reported or sum",
    ),
    "unknown kind": (
        ("kind: count", "kind: counts"),
        "indicators.clashes.kind",
        "unknown kind 'counts'; write presence, count or value",
    ),
    "list for an indicator": (
        ("  gauge:\n", "  extra: [1]\n  gauge:\n"),
        "indicators.extra",
        "[1] stands where a mapping should",
    ),
    "bad name": (
        ("  gauge:\n", "  River-Gauge:\n"),
        "indicators.River-Gauge",
        "'River-Gauge' is not a name; use a-z, 0-9 and _, beginning with a letter",
    ),
    "one state": (
        ("states: [none, drafted, signed]", "states: [signed]"),
        "nodes.treaty.states",
        "['signed'] has too few entries; at least 2",
    ),
    "state and states": (
        ("treaty, state: signed, rarer", "treaty, state: signed, states: [signed], rarer"),
        "indicators.treaty_signed.points_at[0]",
        "give 'state' or 'states', not both",
    ),
    "list for a mapping": (
        ("grid: {step: 7, horizon: 6 months}", "grid: [7]"),
        "grid",
        "[7] stands where a mapping should",
    ),
    "unknown headline": (
        ("headline: [signed]", "headline: [singed]"),
        "nodes.treaty.headline",
        "unknown state 'singed' of treaty; did you mean 'signed'?",
    ),
    "headline of every state": (
        ("headline: [signed]", "headline: [none, drafted, signed]"),
        "nodes.treaty.headline",
        "names every state of treaty, which says nothing",
    ),
    "repeated state": (
        ("states: [none, drafted, signed]", "states: [none, drafted, drafted, signed]"),
        "nodes.treaty.states",
        "'drafted' stands more than once",
    ),
    "unknown hazard state": (
        ("from: none, to: drafted,", "from: none, to: draft,"),
        "nodes.treaty.hazards[0].to",
        "unknown state 'draft' of treaty; did you mean 'drafted'?",
    ),
    "hazard to itself": (
        ("from: none, to: drafted,", "from: none, to: none,"),
        "nodes.treaty.hazards[0]",
        "leads from 'none' to itself",
    ),
    "hazard twice": (
        ("from: drafted, to: signed, within", "from: none, to: drafted, within"),
        "nodes.treaty.hazards[1]",
        "hazard from 'none' to 'drafted' already stands as hazards[0]",
    ),
    "unknown initial state": (
        ("{none: 0.6, drafted: 0.35,", "{none: 0.6, drafter: 0.35,"),
        "nodes.treaty.initial.probabilities.drafter",
        "unknown state 'drafter' of treaty; did you mean 'drafted'?",
    ),
    "missing initial state": (
        ("{none: 0.6, drafted: 0.35, signed: 0.05}", "{none: 0.6, signed: 0.4}"),
        "nodes.treaty.initial.probabilities",
        "state 'drafted' of treaty is missing",
    ),
    "initial sum": (
        ("{none: 0.6, drafted: 0.35,", "{none: 0.6, drafted: 0.25,"),
        "nodes.treaty.initial.probabilities",
        "sum to 0.9; must sum to 1",
    ),
    "initial certainty": (
        ('probabilities: {"no": 0.9, "yes": 0.1}', 'probabilities: {"no": 1.0, "yes": 0.0}'),
        "nodes.drought.initial.probabilities.yes",
        "0 is not strictly between 0 and 1",
    ),
    "unknown node": (
        ('parent: {node: drought, states: ["yes"]}', 'parent: {node: draught, states: ["yes"]}'),
        "couplings.thirst_brings_agreement.parent.node",
        "unknown node 'draught'; did you mean 'drought'?",
    ),
    "coupling to itself": (
        ('parent: {node: drought, states: ["yes"]}', "parent: {node: treaty, states: [none]}"),
        "couplings.thirst_brings_agreement",
        "couples 'treaty' to itself",
    ),
    "coupling without hazard": (
        ("child: {node: treaty, to: signed}", "child: {node: treaty, from: none, to: signed}"),
        "couplings.thirst_brings_agreement.child",
        "no hazard from 'none' to 'signed' that could be multiplied; its hazards are: drafted to",
    ),
    "unknown state pointed at": (
        ("treaty, state: signed, rarer", "treaty, state: sign, rarer"),
        "indicators.treaty_signed.points_at[0].states",
        "unknown state 'sign' of treaty; did you mean 'signed'?",
    ),
    "ratio for a missing state": (
        ('rarer: {"no": [1.1, 2]}', 'rarer: {"maybe": [1.1, 2]}'),
        "indicators.talks_reported.points_at[1].rarer.maybe",
        "unknown other state 'maybe' of drought; each other state is one of no",
    ),
    "more frequent elsewhere": (
        ('rarer: {"no": [1.1, 2]}', 'rarer: {"no": [0.1, 0.5]}'),
        "indicators.talks_reported.points_at[1].rarer.no",
        "[0.1, 0.5] would make it more frequent in the other states",
    ),
    "points twice at a node": (
        (
            'node: drought, state: "yes", rarer: {"no": [1.1, 2]}',
            "node: treaty, state: none, rarer: [1.1, 2]",
        ),
        "indicators.talks_reported.points_at",
        "'treaty' stands more than once",
    ),
    "missing level": (
        ('states: {"no": [3, 5], "yes": [0.5, 2]}', 'states: {"no": [3, 5]}'),
        "indicators.gauge.levels.states",
        "state 'yes' of drought is missing; give every state a value",
    ),
    "value on several nodes": (
        ("    kind: value\n", "    kind: value\n    points_at: []\n"),
        "indicators.gauge.points_at",
        "unknown key 'points_at'",
    ),
    "unknown node implied": (
        ("then: {node: treaty, states", "then: {node: treat, states"),
        "implications.signing_needs_rain.then.node",
        "unknown node 'treat'; did you mean 'treaty'?",
    ),
    "question about an unknown state": (
        ("    states: [signed]\n    mode: reaches", "    states: [singed]\n    mode: reaches"),
        "questions.signed_in_a_year.states",
        "unknown state 'singed' of treaty; did you mean 'signed'?",
    ),
    "question before the brief": (
        ("by: 2022-03-01", "by: 2021-03-01"),
        "questions.signed_in_a_year.by",
        "is to be resolved by 2021-03-01, not after the brief's date 2021-03-01",
    ),
    "question opens too early": (
        ("by: 2022-03-01", "by: 2022-03-01\n    opens: 2021-02-01"),
        "questions.signed_in_a_year.opens",
        "opens on 2021-02-01; must open from 2021-03-01 and before 2022-03-01",
    ),
    "joint state too large": (
        ("horizon: 6 months}", "horizon: 6 months, max_joint_states: 5}"),
        "grid.max_joint_states",
        "6 joint states of treaty (3), drought (2), which couplings or indicators tie together",
    ),
}


@pytest.mark.parametrize(("change", "where", "said"), CASES.values(), ids=CASES.keys())
def test_a_problem_is_reported_where_it_stands(edited, change, where, said):
    path = edited(change)
    found = {problem.where: problem for problem in problems(path)}
    assert where in found, [str(p) for p in found.values()]
    problem = found[where]
    assert said in str(problem)
    assert problem.file == str(path)
    # The line is one the change touched, or, for what is missing, the one it should follow.
    leaf = re.split(r"[.\[]", where)[-1].rstrip("]")
    changed = path.read_text().splitlines()
    assert 1 <= problem.line <= len(changed)
    if not leaf.isdigit() and "missing" not in problem.came and leaf != "states":
        assert leaf in changed[problem.line - 1]


@pytest.mark.parametrize(("change", "where", "said"), CASES.values(), ids=CASES.keys())
def test_one_mistake_does_not_raise_a_flood_of_messages(edited, change, where, said):
    assert len(problems(edited(change))) <= 2 + ("zzz" in said)


def test_a_misspelt_scale_does_not_put_every_word_in_doubt(edited):
    path = edited(
        ("scale: icd203", "scale: ipc"),
        ("probability: unlikely", "probability: more likely than not"),
    )
    assert [problem.where for problem in problems(path)] == ["brief.scale"]


def test_a_list_with_a_bad_entry_is_not_also_called_too_short(edited):
    path = edited(('states: ["no", "yes"]', "states: [null]"))
    assert [problem.where for problem in problems(path)] == ["nodes.drought.states[0]"]


def test_ten_mistakes_are_reported_at_once_each_with_its_line(edited):
    """Shape and meaning alike: a wrong type does not hide an unknown name."""
    mistakes = [
        ("scale: icd203", "scale: icd2003"),
        ("    label: Drought", "    lable: Drought"),
        ("headline: [signed]", "headline: [singed]"),
        ("        rationale: the brief's own word\n", ""),
        ("{none: 0.6, drafted: 0.35,", "{none: 0.6, drafted: 0.25,"),
        ("from: none, to: drafted, within: 12 months", "from: none, to: drafted, within: 12 moons"),
        ("probability: [0.3, 0.7]", "probability: [0.7, 0.3]"),
        ('parent: {node: drought, states: ["yes"]}', 'parent: {node: draught, states: ["yes"]}'),
        ("detection: 0.3", "detection: 1.3"),
        ("    kind: value\n", "    kind: value\n    kind: value\n"),
        ("by: 2022-03-01", "by: 2020-03-01"),
    ]
    path = edited(*mistakes)
    found = problems(path)
    expected = {
        "brief.scale": "scale: icd2003",
        "nodes.drought.lable": "lable: Drought",
        "nodes.drought.label": "  drought:",
        "nodes.treaty.headline": "singed",
        "nodes.treaty.judgements[0].rationale": '- quote: "a treaty is likely"',
        "nodes.treaty.initial.probabilities": "drafted: 0.25",
        "nodes.treaty.hazards[0].within": "12 moons",
        "nodes.treaty.hazards[1].probability": "[0.7, 0.3]",
        "couplings.thirst_brings_agreement.parent.node": "draught",
        "indicators.talks_reported.detection": "detection: 1.3",
        "indicators.gauge.kind": None,
        "questions.signed_in_a_year.by": "by: 2020-03-01",
    }
    assert {problem.where for problem in found} == set(expected)
    assert found == sorted(found)
    for problem in found:
        if text := expected[problem.where]:
            assert problem.line == line_of(path, text), problem


def test_loading_raises_one_error_that_carries_all_problems(edited):
    path = edited(("detection: 0.3", "detection: 1.3"), ("detection: 0.9", "detection: -1"))
    with pytest.raises(BeliefsError) as caught:
        load(path)
    assert len(caught.value.problems) == 2
    assert str(caught.value) == f"{caught.value.problems[0]} (and 1 more)"
    assert "\n" not in str(caught.value)


def test_a_key_given_twice_names_both_lines(edited):
    path = edited(("    label: Drought\n", "    label: Drought\n    label: Dry\n"))
    line = line_of(path, "label: Drought")
    assert problems(path) == [
        Problem(
            str(path),
            line + 1,
            "nodes.drought.label",
            f"key 'label' already stands on line {line}",
            "keep one of them",
        )
    ]


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"", 0, "is empty"),
        (b"# nothing\n", 0, "is empty"),
        (b"- a\n- b\n", 0, "is not a mapping at the top"),
        (b"a: 1\nb: [1, 2\n", 3, "is not readable YAML"),
        (b"a: 1\n\tb: 2\n", 2, "is not readable YAML"),
        (b"a: *b\n", 1, "undefined alias"),
        (b"a: !python/object:os.system 1\n", 1, "could not determine a constructor"),
        (b"a: !!float x\n", 0, "could not convert"),
        (b"a: 1\n---\nb: 1\n", 2, "another document"),
        (b"a: 1\nb: \x07\n", 2, "special characters"),
        (b"a: 1\nb: \xff\n", 2, "is not UTF-8"),
        (b"[" * 50_000, 0, "nested too deeply"),  # other libraries raise the limit
    ],
)
def test_an_unreadable_file_is_one_problem(tmp_path, content, line, said):
    path = tmp_path / "priors.yaml"
    path.write_bytes(content)
    beliefs, found = inspect(path)
    assert beliefs is None
    assert [problem.line for problem in found] == [line]
    assert said in str(found[0])


def test_a_missing_file_is_one_problem(tmp_path):
    with pytest.raises(BeliefsError, match=r"priors\.yaml: cannot be read \(No such file"):
        load(tmp_path / "priors.yaml")


def test_a_file_with_a_byte_order_mark_is_read(river_path, tmp_path, river):
    path = tmp_path / "priors.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + river_path.read_bytes())
    assert load(path) == river


def test_a_node_nothing_points_at_is_refused(values, tmp_path):
    from ruamel.yaml import YAML

    for name in ("clashes", "gauge"):
        del values["indicators"][name]
    values["indicators"]["talks_reported"]["points_at"].pop()
    path = tmp_path / "priors.yaml"
    YAML().dump(values, path)
    assert [(p.where, p.came) for p in problems(path)] == [
        ("nodes.drought", "no indicator points at this node, so no report could ever move it")
    ]


def test_cycles_between_nodes_are_allowed(edited):
    back = """couplings:
  agreement_ends_drought:
    parent: {node: treaty, states: [signed]}
    child: {node: drought, to: "no"}
    ratio: [1, 2]
    source: invented
    rationale: invented
"""
    assert problems(edited(("couplings:\n", back))) == []


def test_a_judgement_below_the_start_is_pointed_out(edited):
    path = edited(
        ("{none: 0.6, drafted: 0.35, signed: 0.05}", "{none: 0.1, drafted: 0.05, signed: 0.85}")
    )
    assert problems(path) == []
    (warning,) = problems(path, "warning")
    assert "'a treaty is likely' says at most 80% within 12 months" in warning.came
    assert "at the start with 85%" in warning.came
    assert load(path).nodes["treaty"].initial.probabilities["signed"] == 0.85


SAME = {
    "a comment": ("# An invented brief", "# Another comment on an invented brief"),
    "another spelling of a period": (
        "from: drafted, to: signed, within: 1 year",
        "from: drafted, to: signed, within: 12 months",
    ),
    "a default written out": ("horizon: 6 months}", "horizon: 6 months, max_joint_states: 2048}"),
    "flow for block": ("    headline: [signed]\n", "    headline:\n      - signed\n"),
    "order of keys": (
        "to: signed}\n    ratio: [1.5, 4]\n    source: invented",
        "to: signed}\n    source: invented\n    ratio: [1.5, 4]",
    ),
    "one state or a list": ("treaty, state: signed, rarer", "treaty, states: [signed], rarer"),
}
OTHER = {
    "a number": ("ratio: [1.5, 4]", "ratio: [1.5, 4.5]"),
    "a word": ("        probability: unlikely", "        probability: very unlikely"),
    "a date": ("as_of: 2021-03-01", "as_of: 2021-02-01"),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME.keys())
def test_the_fingerprint_does_not_see_how_the_file_is_written(edited, river, change):
    assert fingerprint(load(edited(change))) == fingerprint(river)


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER.keys())
def test_the_fingerprint_sees_every_change_of_belief(edited, river, change):
    changed = load(edited(change))
    assert fingerprint(changed) != fingerprint(river)
    assert fingerprint(changed, texts=False) != fingerprint(river, texts=False)


def test_a_rationale_is_part_of_the_beliefs_and_not_of_the_mathematics(edited, river):
    changed = load(edited(("rationale: the brief's own word", "rationale: its own word")))
    assert fingerprint(changed) != fingerprint(river)
    assert fingerprint(changed, texts=False) == fingerprint(river, texts=False)


def test_the_fingerprint_sees_the_order_of_nodes_and_no_other_order(river):
    def turned(mapping):
        return dict(reversed(mapping.items()))

    indicators = river.model_copy(update={"indicators": turned(river.indicators)})
    nodes = river.model_copy(update={"nodes": turned(river.nodes)})
    assert fingerprint(indicators) == fingerprint(river)
    assert fingerprint(nodes) != fingerprint(river)
