"""The number of a question is explained in parts that add up, what was stated among them."""

import datetime as dt
import json

import pytest

from forecast.analysis.explanation import decibans
from forecast.issue.issued import recall
from forecast.project.project import Project
from forecast.study.explain import explain
from tests.cli.projects import edit

QUESTION = """questions:
  {name}:
    text: Will the envoys meet again by {by}?
    node: talks
    states: [moving]
    mode: reported
    indicator: envoys_meet
    by: {by}
    criteria: Yes if a meeting is reported.
    fallback: No if none is.
    source: Invented.
    share: 0.5{prior}
"""
PRIOR = "\n    prior: {probability: [0.6, 0.9], source: Invented., rationale: Invented.}"
ANNOUNCED = """\
announcement_id,indicator,question,class,told_on,from,to,reliability,credibility,source_title
N1,envoys_meet,,undated,2023-12-20,,,A,1,Gazette
N2,envoys_meet,envoys_by_august,dated,2024-06-30,2024-07-10,2024-07-20,A,1,Gazette
"""
CROWD = """\
question,date,probability,source
envoys_by_august,2024-05-15,0.4,Market
broken_by_end_2024,2024-05-15,0.4,Market
"""
SINCE = dt.date(2024, 5, 20)
KINDS = {"prior": PRIOR, "announced": ANNOUNCED, "crowd": CROWD}


@pytest.fixture(autouse=True)
def _no_fit(monkeypatch):
    """Nothing here may sample: draws are weighed anew for what was announced."""

    def refuse(*_arguments, **_options):
        raise AssertionError("sampled")

    monkeypatch.setattr("forecast.inference.sampling.fit", refuse)


@pytest.fixture
def stated(project, forecast):
    """Ask about the envoys with what is named; gives the questions of the forecast, by name."""

    def issue(*kinds):
        prior = PRIOR if "prior" in kinds else ""
        asked = QUESTION.format(name="envoys_by_august", by="2024-08-31", prior=prior)
        edit(project / "priors.yaml", "questions:\n", asked)
        for name, kind in (("announcements", "announced"), ("crowd", "crowd")):
            if kind in kinds:
                (project / "events" / f"{name}.csv").write_text(KINDS[kind], "utf-8")
        assert forecast("update", "--issue").code == 0
        return {row["question"]: row for row in recall(Project(project)).payload["questions"]}

    return issue


@pytest.mark.parametrize(
    "kinds",
    [(), ("prior",), ("announced",), ("crowd",), ("prior", "announced", "crowd")],
    ids="-".join,
)
@pytest.mark.parametrize(
    "since", [{}, {"since": SINCE}, {"since_issue": True}], ids=["brief", "day", "issue"]
)
def test_the_parts_add_up_to_the_number_of_the_forecast(project, stated, kinds, since):
    rows = stated(*kinds)
    for name in ("envoys_by_august", "broken_by_end_2024"):
        found = explain(Project(project), name, **since)
        total = sum(part.decibans for part in found.parts)
        assert total == pytest.approx(found.decibans, abs=1e-9)
        assert total == pytest.approx(decibans(found.before, found.after), abs=1e-9)
        assert found.parts[-1].probability == pytest.approx(found.after, abs=1e-9)
        assert found.after == pytest.approx(rows[name]["probability"], abs=2e-6)
        assert found.question == name


def test_what_was_announced_and_stated_are_parts_of_their_own(project, stated):
    """From the brief on, the prior ends at what it and the model say together on its day."""
    rows = stated("prior", "announced")
    found = explain(Project(project), "envoys_by_august")
    kinds = [part.kind for part in found.parts]
    assert kinds[:3] == ["announced", "prior", "rates"]
    assert "announced" in kinds[3:]
    anchor = rows["envoys_by_august"]["anchor"]
    opened, stood = found.parts[0].probability, found.parts[1].probability
    assert found.before < opened
    assert opened == pytest.approx(anchor["model_then"], abs=1e-6)
    assert stood == pytest.approx(anchor["pooled"], abs=1e-5)
    explained = [part.kind for part in explain(Project(project), "broken_by_end_2024").parts]
    assert explained[0] == "rates"
    assert not {"prior", "crowd"} & set(explained)


def test_a_crowd_takes_over_from_the_prior_on_its_day(project, stated):
    stated("prior", "crowd")
    found = explain(Project(project), "envoys_by_august")
    said = [(part.kind, part.label) for part in found.parts if part.kind in {"prior", "crowd"}]
    assert said == [("prior", "Prior, of 2024-01-01"), ("crowd", "Crowd, of 2024-05-15")]
    later = explain(Project(project), "envoys_by_august", since=SINCE)
    assert not {"prior", "crowd"} & {part.kind for part in later.parts}


def test_the_table_begins_at_the_model_alone(stated, forecast):
    stated()
    said = forecast("explain", "envoys_by_august", "--no-charts").out
    assert "On 2024-01-01 by the model alone" in said
    assert "Nothing is stated for the question itself" in said


def test_what_a_number_is_made_of_stands_beside_it(stated, forecast):
    stated("prior")
    said = " ".join(forecast("explain", "envoys_by_august", "--no-charts").out.split())
    assert "(model alone" in said
    assert "Nothing is stated" not in said


def test_the_weights_of_a_question_are_drawn(project, stated, forecast):
    stated("prior")
    done = forecast("explain", "envoys_by_august", "--out", "told")
    assert done.code == 0, done.err
    assert (project / "told" / "envoys_by_august__weights.svg").is_file()


def test_a_question_past_its_deadline_without_an_answer_is_one_line(project, forecast):
    asked = QUESTION.format(name="envoys_by_june", by="2024-06-15", prior="")
    edit(project / "priors.yaml", "questions:\n", asked)
    forecast("run", "--no-charts")
    done = forecast("explain", "envoys_by_june", "--no-charts")
    assert done.code == 1
    assert done.err.startswith("forecast: envoys_by_june is past its deadline (2024-06-15)")
    assert len(done.err.splitlines()) == 1


TYPED = "at least 1 reports of envoys_meet by 2024-08-15"


def test_what_is_alike_takes_the_number_of_the_one_it_was_stated_for(project, forecast):
    """In the file and as typed; every answer names the question."""
    head, _, later = QUESTION.replace("share: 0.5", "opens: 2024-06-30").partition("questions:\n")
    both = later.format(name="envoys_by_august", by="2024-08-31", prior=PRIOR)
    both += later.format(name="envoys_by_july", by="2024-07-31", prior="")
    edit(project / "priors.yaml", "questions:\n", f"{head}questions:\n{both}")
    shown = " ".join(forecast("run", "--no-charts").out.split())
    assert "prior 79% of envoys_by_august)" in shown
    said = explain(Project(project), "envoys_by_july")
    assert "Prior of envoys_by_august, of 2024-01-01" in [part.label for part in said.parts]
    found = json.loads(forecast("ask", TYPED, "--no-charts", "--json").out)
    assert found["anchor"]["question"] == "envoys_by_august"
    assert found["anchor"]["model_alone"] < found["probability"]
    assert "parts" not in found
    assert "of envoys_by_august)" in " ".join(forecast("ask", TYPED, "--no-charts").out.split())
    many = TYPED.replace("1 reports", "2 reports")
    assert json.loads(forecast("ask", many, "--no-charts", "--json").out)["anchor"]
    for pair in (
        f"{TYPED} and talks is moving on 2024-08-31",
        f"talks reaches moving by 2024-08-31 given {TYPED}",
    ):
        told = json.loads(forecast("ask", pair, "--no-charts", "--json").out)
        assert told["anchor"]["kappa"] == found["anchor"]["kappa"]
        assert told["anchor"]["question"] == "envoys_by_august"
