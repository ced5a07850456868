"""The report page: one file, nothing from outside, drawn by a real browser where there is one."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from forecast.briefs.report_page import report_page
from tests.briefs.samples import facts, report
from tests.cli.projects import rewrite
from tests.cli.terminal import without_traceback

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


class Asked(HTMLParser):
    """Collects what a page would load, and the labels of its controls."""

    def __init__(self):
        super().__init__()
        self.loads, self.ids, self.headers = [], set(), []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids.add(values.get("id"))
        if tag in {"script", "img", "link", "iframe", "source"}:
            self.loads += [values[name] for name in ("src", "href") if values.get(name)]
        if tag == "th":
            self.headers.append(values.get("scope"))


@pytest.fixture(scope="module")
def page(issued, tmp_path_factory):
    from click.testing import CliRunner

    from forecast.cli import forecast as door

    out = tmp_path_factory.mktemp("page") / "report.html"
    done = CliRunner().invoke(
        door, ["report", str(out), "--project", str(issued)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return out


def test_the_page_is_under_three_megabytes_and_loads_nothing(page):
    text = page.read_text("utf-8")
    asked = Asked()
    asked.feed(text)
    assert page.stat().st_size < 3_000_000
    assert asked.loads == []
    assert "default-src 'none'" in text


def test_every_link_inside_the_page_leads_somewhere_and_tables_have_scopes(page):
    text = page.read_text("utf-8")
    body = text[text.index("<body>") : text.index("</main>")]
    asked = Asked()
    asked.feed(body)
    assert set(re.findall(r'href="#([^"]+)"', body)) <= asked.ids
    assert set(asked.headers) == {"col"}


def test_the_page_holds_every_judgement_report_and_watched_indicator(page, issued, forecast):
    text = page.read_text("utf-8")
    value = json.loads(
        forecast("run", "--project", issued, "--draws", 400, "--no-charts", "--json").out
    )
    for row in value["judgements"]:
        assert f'id="node-{row["node"]}"' in text
    assert len(re.findall(r'<tr id="report-', text)) == value["evidence"]["reports"]
    assert 'id="watch"' in text


def test_words_of_a_report_cannot_become_markup(project, forecast):
    said = "<script>alert(1)</script>"
    rewrite(project / "events" / "reports.csv", lambda row: {**row, "summary": said})
    assert forecast("run", "--draws", 400, "--no-charts").code == 0
    assert forecast("report", "p.html", "--no-watch").code == 0
    text = (project / "p.html").read_text("utf-8")
    body = text[text.index("<body>") : text.index("</main>")]
    assert said not in body
    assert "&lt;script&gt;alert(1)" in body


def test_an_unknown_scenario_is_one_line_and_writes_nothing(project, forecast):
    done = forecast("report", "p.html", "--no-watch", "--scenario", "nope")
    assert done.code == 1
    assert "nope" in without_traceback(done)
    assert not (project / "p.html").exists()


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")
def test_a_browser_draws_every_chart_under_the_pages_own_policy(page):
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=9000",
         "--enable-logging=stderr", "--dump-dom", page.as_uri()],
        capture_output=True, timeout=120, check=False, text=True,
    )  # fmt: skip
    assert "Content Security Policy" not in done.stderr
    assert "Uncaught" not in done.stderr
    assert len(re.findall(r"of \d+ reports", done.stdout)) == 1
    assert done.stdout.count('class="bk-Figure') == done.stdout.count("data-root-id") == 2


def made(held):
    """The page of a forecast without charts."""
    return report_page(held, [], scripts="", record="{}")


def test_indicators_go_by_their_names_and_a_word_without_end_may_be_broken():
    rows = report(1, sign="Envoys meet"), report(2), report(3, summary="x" * 80)
    said = made(facts(reports=rows))
    assert 'data-label="Indicator">Envoys meet</td>' in said
    assert said.count('class="long"') == 1
    assert "2\N{NO-BREAK SPACE}May\N{NO-BREAK SPACE}2024" in said


def test_a_record_without_reports_and_questions_says_so_in_a_sentence():
    said = made(replace(facts(), reports=(), questions=()))
    assert "No credible report is held" in said
    assert 'id="reports"' not in said
    assert 'href="#questions"' not in said
    assert said.count("<table") == 1  # the judgements
    assert "if (reports) {" in said


def test_every_link_of_a_page_with_little_in_it_leads_somewhere():
    said = made(replace(facts(), reports=(), questions=()))
    assert set(re.findall(r'href="#([^"]+)"', said)) - set(re.findall(r'id="([^"]+)"', said)) == {
        f"node-{one.node}"
        for one in facts().judgements  # whose charts are left out here
    }
