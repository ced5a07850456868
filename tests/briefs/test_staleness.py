"""What a check says of the files: what a run would see, also what is only in the ledger."""

import pytest

from tests.briefs.test_round_trip import first_report

ADDED = (
    "events", "add", "--indicator", "shelling_reported", "--occurred", "2024-06-10",
    "--reported", "2024-06-11", "--grade", "B2", "--event", "E-shelling-2",
    "--lineage", "monitors", "--summary", "Monitors counted three impacts",
    "--source-title", "Example monitors' report (invented)",
)  # fmt: skip


def issue(forecast):
    done = forecast("run", "--draws", 400, "--no-charts")
    assert done.code == 0, done.err


@pytest.mark.parametrize("kind", ["added", "corrected", "retracted"])
def test_what_was_told_to_the_ledger_alone_is_no_difference_once_it_is_issued(
    kind, project, forecast
):
    """A report added, corrected or retracted by hand is neither gone nor new nor revised."""
    first = first_report(project)
    words = {
        "added": ADDED,
        "corrected": ("events", "add", "--correct", first, "--grade", "C3"),
        "retracted": ("events", "retract", first, "--reason", "a hoax (invented)"),
    }[kind]
    assert forecast("brief", "new", "brief.md").code == 0
    done = forecast(*words)
    assert done.code == 0, done.err
    stale = forecast("brief", "check", "brief.md")
    assert stale.code == 1, stale.out
    said = {"added": "is new", "corrected": "was revised", "retracted": "is gone"}[kind]
    assert said in stale.out
    issue(forecast)
    assert forecast("brief", "new", "brief.md", "--force").code == 0
    done = forecast("brief", "check", "brief.md")
    assert (done.code, done.err) == (0, ""), done.out


def test_a_report_that_was_retracted_and_stands_again_gives_the_issue_before(project, forecast):
    """Which is not issued a second time, and is what a renewed document agrees with."""
    first = first_report(project)
    for word in ("retract", "restore"):
        assert forecast("events", word, first, "--reason", "invented").code == 0
        issue(forecast)
        assert forecast("brief", "new", "brief.md", "--force").code == 0
        done = forecast("brief", "check", "brief.md")
        assert done.code == 0, done.out
