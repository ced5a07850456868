"""A mistake is answered with the same words and the same exit code as before."""

import shutil
from pathlib import Path

import pytest

from tests.frozen.keep import spoken, typed
from tests.frozen.test_verbs import ADD, GIVEN

#: What is typed, by the name of the mistake, in the template project that was run.
MISTAKES = {
    "no-verb": "forcast",
    "no-option": "run --chain 3",
    "no-value": "run --draws few",
    "too-few-draws": "run --draws 10",
    "bad-day": "run --as-of 2024-02-30",
    "day-before-the-brief": "run --as-of 2023-01-01",
    "bad-horizon": "run --horizon soon",
    "no-project": "run --project nowhere",
    "day-not-issued": "ask broken_by_end_2024 --as-of 2024-05-05",
    "question-unknown": "ask broken_by_end_2042",
    "question-bad-node": "ask 'ceasfire reaches broken by 2024-12-31'",
    "question-bad-state": "ask 'ceasefire reaches brokn by 2024-12-31'",
    "question-bad-indicator": "ask 'at least 2 reports of envoy_meets by 2024-12-31'",
    "question-bad-day": "ask 'ceasefire reaches broken by 2024-31-12'",
    "question-bad-words": "ask 'will it rain'",
    "question-too-far": "ask 'ceasefire reaches broken by 2034-12-31'",
    "question-missing": "ask",
    "explain-bad-node": "explain ceasfire",
    "explain-bad-day": "explain ceasefire --since 2023-01-01",
    "watch-bad-name": "watch talk",
    "watch-bad-grade": "watch --grade Z9",
    "watch-bad-period": "watch --within 0d",
    "sensitivity-bad-node": "sensitivity talk",
    "whatif-nothing": "whatif",
    "whatif-no-scenario": "whatif chna",
    "whatif-bad-node": "whatif --do talk=moving@2024-07-01",
    "whatif-bad-state": "whatif --do talks=movin@2024-07-01",
    "whatif-bad-form": "whatif --do talks",
    "whatif-bad-grade": "whatif --observe envoys_meet@2024-07-10/Z9",
    "whatif-bad-file": "whatif given/wrong_name.yaml",
    "whatif-contradiction": "whatif --do talks=moving@2024-07-01 --do talks=stalled@2024-07-01",
    "chart-bad-kind": "chart trajectry ceasefire",
    "chart-bad-node": "chart trajectory ceasfire",
    "chart-fan-bad-node": "chart fan ceasfire",
    "chart-no-node": "chart trajectory",
    "chart-too-many": "chart panel ceasefire",
    "chart-bad-question": "chart icons broken_by_end_2042",
    "chart-bad-size": "chart panel --size a3",
    "chart-bad-format": "chart panel --format gif",
    "chart-refused-sum": "chart sum broken_by_end_2024",
    "chart-refused-reliability": "chart reliability",
    "chart-refused-scenarios": "chart scenarios ceasefire",
    "events-bad-indicator": ADD.replace("envoys_meet", "envoys_met"),
    "events-bad-grade": ADD.replace("B2", "Q7"),
    "events-no-id": "events retract R999 --reason Invented.",
    "events-correct-no-id": "events add --correct R999 --grade C3",
    "events-list-bad-indicator": "events list --indicator shelling",
    "events-list-bad-node": "events list --node talk",
    "events-export-there": "events export priors.yaml",
    "import-no-mapping": "events import given/acled.csv --format acled --mapping nowhere.yaml",
    "import-other-format": "events import given/acled.csv --format icews",
    "update-no-file": "update nowhere.csv",
    "update-bad-rows": "update given/wrong.csv",
    "update-no-table": "update given/acled.yaml",
    "sources-no-report": "sources confirm R999 --reason Invented.",
    "resolve-bad-question": "resolve broken_by_end_2042 yes --source Invented",
    "resolve-bad-outcome": "resolve broken_by_end_2024 maybe",
    "resolve-no-source": "resolve broken_by_end_2024 yes --on 2024-12-31",
    "resolve-came": "resolve broken_by_end_2024 no --note Invented. --came holds",
    "resolve-bad-file": "resolve --from given/wrong_outcomes.csv",
    "score-nothing": "score --as-of 2024-02-01",
    "half-life-too-short": "half-life",
    "backtest-backwards": "backtest --from 2024-06-30 --to 2024-01-31",
    "elicit-nothing": "elicit",
    "elicit-bad-answers": "elicit --answers given/wrong_answers.csv",
    "brief-there": "brief new priors.md",
    "brief-bad-ending": "brief new brief.odt",
    "brief-bad-name": "brief render given/wrong_template.md out.md",
    "brief-not-ours": "brief check priors.md",
    "report-there": "report given",
    "check-bad-block": "check --fit --block log_hazrd",
    "init-there": "init .",
    "init-no-numbers": "init new --from-series given/crowd.csv",
    "update-watch-missing": "update --watch nowhere --once",
}

#: What is wrong with the project, by the name of the mistake: a file, what is replaced, by what.
PRIORS, REPORTS = "priors.yaml", "events/reports.csv"
FAULTS = {
    "yaml-unclosed": (PRIORS, "states: [holds, broken]", "states: [holds, broken"),
    "yaml-tab": (PRIORS, "  title:", "\ttitle:"),
    "key-unknown": (PRIORS, "  proposition:", "  propositon:"),
    "state-unknown": (
        PRIORS,
        "{from: holds, to: broken, within",
        "{from: holds, to: brokn, within",
    ),
    "node-unknown": (PRIORS, "node: talks, states", "node: talk, states"),
    "probability-above-one": (PRIORS, "[0.10, 0.40]", "[0.10, 1.40]"),
    "interval-backwards": (PRIORS, "[0.20, 0.60]", "[0.60, 0.20]"),
    "word-unknown": (PRIORS, "probability: likely", "probability: quite likely"),
    "source-missing": (PRIORS, "    source: Example.\n", ""),
    "day-impossible": (PRIORS, "as_of: 2024-01-01", "as_of: 2024-02-30"),
    "scale-unknown": (PRIORS, "scale: icd203", "scale: icd23"),
    "implied-too-unlikely": (PRIORS, "[0.20, 0.45]", "[0.90, 0.99]"),
    "report-day": (REPORTS, "2024-02-06", "2024-02-36"),
    "report-indicator": (REPORTS, "envoys_meet", "envoys_met"),
    "report-grade": (REPORTS, ",A,1,", ",H,1,"),
    "report-column": (REPORTS, "occurred_on", "occured_on"),
    "report-twice": (REPORTS, "\nR002,", "\nR001,"),
    "report-empty": (REPORTS, None, ""),
    "priors-empty": (PRIORS, None, ""),
    "priors-no-text": (PRIORS, None, "\x00\x01"),
    "ledger-damaged": (".forecast/ledger.sqlite", None, "no database\n" * 100),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_as_before(name, project, keep):
    shutil.copytree(GIVEN, project("template") / "given")
    Path("priors.md").write_text("# No brief of ours\n", "utf-8")
    done = typed(MISTAKES[name], screen=True)
    keep.text(f"messages/{name}.txt", spoken(MISTAKES[name], done))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_a_file_is_answered_as_before(name, project, keep):
    file, old, new = FAULTS[name]
    path = project("template") / file
    text = new if old is None else path.read_text("utf-8").replace(old, new, 1)
    assert old is None or text != path.read_text("utf-8")
    path.write_text(text, "utf-8")
    lines = ("check", "run --no-charts --draws 250", "check --ledger")
    pages = [spoken(line, typed(line, screen=True)) for line in lines]
    keep.text(f"messages/files/{name}.txt", "\n".join(pages))


@pytest.mark.parametrize("line", ["ask broken_by_end_2024", "watch", "chart panel", "check --fit"])
def test_what_needs_a_forecast_says_so_without_one(line, project, keep):
    shutil.rmtree(project("template") / ".forecast")
    keep.text(f"messages/none/{line.split()[0]}.txt", spoken(line, typed(line, screen=True)))


def test_every_kept_message_belongs_to_a_test(keep):
    names = {f"{name}.txt" for name in MISTAKES} | {f"files/{name}.txt" for name in FAULTS}
    names |= {f"none/{verb}.txt" for verb in ("ask", "watch", "chart", "check")}
    keep.none_left_over("messages", names)
