"""What was computed is shown again only while all that it comes from says the same."""

from importlib import import_module
from types import SimpleNamespace

import pytest

from forecast.beliefs import fingerprint
from forecast.briefs.facts import Watched
from forecast.issue import fit
from forecast.issue.issued import recall
from forecast.issue.run import run
from forecast.ledger import evidence_fingerprint
from forecast.project.project import Record
from forecast.publish import gather
from forecast.publish.figures import behind
from forecast.study.last_issue import held_issue
from tests.cli.projects import edit
from tests.docs.test_schema import priors_as_posterior
from tests.project.program import Program


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A copy of the package that may be edited; fingerprints and data are read from it."""
    return Program.copied(tmp_path, monkeypatch)


@pytest.fixture
def fits(monkeypatch):
    """Stand in for the sampler, and count what it is asked for."""
    asked = []

    def sampled(encoding, evidence, settings, **_):
        asked.append(evidence)
        return priors_as_posterior(encoding, evidence, settings)

    monkeypatch.setattr("forecast.inference.sampling.fit", sampled)
    monkeypatch.setattr("forecast.inference.diagnostics.require_sound", lambda _: None)
    return asked


@pytest.fixture
def project(fresh, program, fits):
    """A project that was run once."""
    del program
    assert run(fresh).fresh
    assert len(fits) == 1
    return fresh


def numbers(issue):
    return [row["probability"] for row in issue.payload["judgements"]]


def test_an_edit_of_the_admiralty_table_gives_new_numbers(project, program, fits):
    before = run(project)
    assert not before.fresh
    program.edit("beliefs/data/admiralty.yaml", "B: [0.87, 0.74,", "B: [0.97, 0.94,")
    after = run(project)
    assert after.fresh
    assert numbers(after) != numbers(before)
    assert len(fits) == 2


def test_an_edit_of_the_table_that_no_report_feels_costs_no_fit(project, program, fits):
    before = run(project)
    program.edit("beliefs/data/admiralty.yaml", "E: [0.72,", "E: [0.71,")
    after = run(project)
    assert after.fresh
    assert numbers(after) == numbers(before)
    assert len(fits) == 1


def test_an_edit_of_the_scales_gives_new_words_and_costs_no_fit(project, program, fits):
    program.edit("beliefs/data/scales.yaml", "word: very unlikely", "word: hardly to be expected")
    after = run(project)
    assert after.fresh
    assert "hardly to be expected" in str(after.issued.payload)
    assert "very unlikely" not in str(after.issued.payload)
    assert len(fits) == 1


def test_an_issue_of_another_table_says_that_it_is_behind_until_the_next_run(project, program):
    assert behind(project, recall(project)) == []
    program.edit("beliefs/data/admiralty.yaml", "E: [0.72,", "E: [0.71,")
    (said,) = behind(project, recall(project))
    assert said == "the program, or its table of grades or scales of words, has changed"
    run(project)
    assert behind(project, recall(project)) == []


def test_draws_of_another_table_are_not_read_with_this_one(project, program):
    program.edit("beliefs/data/admiralty.yaml", "B: [0.87, 0.74,", "B: [0.97, 0.94,")
    with pytest.raises(Exception, match="fit anew with: forecast run"):
        held_issue(project)


@pytest.mark.parametrize("file", ["analysis/watch_list.py", "network/kernels.py", "issue/run.py"])
def test_a_comment_computes_nothing_anew(project, program, fits, file):
    program.edit(file, '"""\n\nfrom', ' Said otherwise."""\n\n# a comment\nfrom')
    assert not run(project).fresh
    assert len(fits) == 1


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [("analysis/readout.py", "_DIGITS = 6", "_DIGITS = 5"),
     ("beliefs/values.py", "\n    return ", "\n    return 1 and "),
     ("inference/tracking.py", "\n    return ", "\n    return 1 and ")],
)  # fmt: skip
def test_a_change_outside_of_what_makes_draws_is_read_out_anew_without_a_fit(
    project, program, fits, file, old, new
):
    program.edit(file, old, new)
    assert run(project).fresh
    assert len(fits) == 1


@pytest.mark.parametrize("file", ["network/kernels.py", "inference/model.py"])
def test_a_change_of_what_makes_draws_is_fitted_anew(project, program, fits, file):
    program.edit(file, "\n    return ", "\n    return 1 and ")
    assert run(project).fresh
    assert len(fits) == 2


def test_another_numerical_library_is_fitted_anew(project, program, fits, monkeypatch):
    real = import_module("importlib.metadata").version
    monkeypatch.setattr(
        "forecast.fingerprints.version", lambda name: "99" if name == "nutpie" else real(name)
    )
    program.forget()
    assert run(project).fresh
    assert len(fits) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [("label: Ceasefire", "label: Another"), ("headline: [moving]", "headline: [stalled]")],
)
def test_a_change_of_the_beliefs_that_changes_no_array_costs_no_fit(project, fits, old, new):
    edit(project.priors, old, new)
    assert run(project).fresh
    assert len(fits) == 1


def test_draws_do_not_depend_on_the_order_of_indicators(fresh):
    from forecast.inference.encoding import encode
    from forecast.inference.observations import observe
    from forecast.inference.sampling import encoded_fingerprint, observed_fingerprint

    beliefs, found = fresh.beliefs(), fresh.folder(fresh.beliefs())
    turned = beliefs.model_copy(update={"indicators": dict(reversed(beliefs.indicators.items()))})
    prints = set()
    for one in (beliefs, turned):
        encoding = encode(one)
        seen = observe(encoding, found.reports, found.coverage, as_of=found.reports[-1].reported_on)
        prints.add((encoded_fingerprint(encoding), observed_fingerprint(encoding, seen)))
    assert len(prints) == 1
    nodes = beliefs.model_copy(update={"nodes": dict(reversed(beliefs.nodes.items()))})
    assert encoded_fingerprint(encode(nodes)) not in {model for model, _ in prints}


def test_a_change_of_the_watch_list_is_worked_out_anew_without_a_fit(
    project, program, fits, monkeypatch
):
    made = []

    def ranked(*_):
        made.append("ranked")
        return (Watched("shelling", "Shelling", "talks", "90 days", 0.1, 0.2, 0.05),)

    monkeypatch.setattr(gather, "_ranked", ranked)
    issue = run(project)
    look = gather.looker(project, SimpleNamespace(stamp=SimpleNamespace(issue=issue.issued.id)),
                           issue)  # fmt: skip
    assert look() == look()
    program.edit("analysis/watch_list.py", '"""\n\nfrom', '"""\n\n# a comment\nfrom')
    look()
    assert len(made) == 1
    program.edit("analysis/watch_list.py", "\n    return ", "\n    return 1 and ")
    look()
    assert len(made) == 2
    assert not run(project).fresh
    assert len(fits) == 1


def test_a_fit_that_an_earlier_version_recorded_is_still_read(fresh, fits, monkeypatch):
    """It is known by the numbers of the beliefs and the rows of the evidence."""
    beliefs = fresh.beliefs()

    def earlier(ledger, encoding, evidence, key):
        found = identity(ledger, encoding, evidence, key)
        return {
            "model_fingerprint": fit.record_model(ledger, beliefs, texts=False),
            "evidence_fingerprint": key["evidence_fingerprint"],
            "settings": {**found["settings"], "engine": "0123456789abcdef"},
        }

    identity = fit._identity
    with monkeypatch.context() as patch:
        patch.setattr(fit, "_identity", earlier)
        issued = run(fresh).issued
    with fresh.ledger() as ledger:
        record = Record.synchronise(fresh, beliefs, ledger)
        (kept,) = ledger.posteriors.whole()
    assert kept.model_fingerprint == fingerprint(beliefs, texts=False)
    assert kept.evidence_fingerprint == evidence_fingerprint(
        record.reports, record.coverage, as_of=issued.as_of
    )
    assert not run(fresh).fresh
    held = held_issue(fresh)
    assert held.weights.weights.min() == held.weights.weights.max()
    assert len(fits) == 1
