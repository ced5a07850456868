"""Text of others stays text in every document."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import docx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.token import Token

from forecast.briefs.blocks import Note, page, parsed, pieces
from forecast.briefs.markdown import Filled, inline
from forecast.briefs.report_page import Chart, Move, Scenario, report_page
from forecast.briefs.word_file import as_word
from forecast.briefs.word_places import holds_loops
from forecast.charts import interactive
from forecast.errors import DocumentError
from forecast.publish.exports import images
from tests.briefs import samples
from tests.briefs.test_word import document, filled, text
from tests.charts.samples import node

NASTY = [
    *("<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "a\n\n# heading", "- item"),
    *("1. item", "![x](/etc/passwd)", "[x](javascript:alert(1))", "[^1]: note", "```\ncode"),
    *("{{< include /etc/passwd >}}", "{{ forecast.notes() }}", "<!-- forecast: x -->", "==="),
    *('#read("x")', "$x$", "> quote", "| a | b |", "a\x1b[2Jb", "a\u202eb", "&lt;b&gt;", "~~x~~"),
]
_TEXT = {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "link_open"}
_SIGNS = "".join(sorted(set("".join(NASTY)))) + "abc1.)+-=*_`"


def _kinds(tokens: list[Token]) -> set[str]:
    inner = [child for token in tokens for child in token.children or []]
    return {token.type for token in [*tokens, *inner]}


@pytest.mark.parametrize("text", NASTY)
def test_a_nasty_text_is_one_paragraph_of_plain_text(text: str) -> None:
    tokens = parsed(inline((text,))).tokens
    assert _kinds(tokens) <= _TEXT - {"link_open"}
    assert all(piece.kind == "text" for piece in pieces(tokens[1]))
    shown = "".join(piece.text for piece in pieces(tokens[1])).replace("\u2060", "")
    assert "".join(shown.split()) == "".join(text.replace("\x1b", "").replace("\u202e", "").split())


@given(st.text(st.sampled_from(_SIGNS + "\n "), min_size=1, max_size=40))
def test_any_text_makes_no_markup(text: str) -> None:
    assert _kinds(parsed(inline((text,))).tokens) <= _TEXT


@pytest.mark.parametrize("text", NASTY)
def test_an_id_of_an_old_ledger_makes_a_plain_label(text: str) -> None:
    note = Note(text, "A source.")
    label = inline(("said", note), cited=[note]).removeprefix("said")
    document = parsed(f"said{label}\n\n{label}: A source.")
    assert list(document.notes.values()) == ["A source."]
    assert not set('<>&"(){}! ') & set(label)


def test_a_page_forbids_scripts_and_requests() -> None:
    made = page("# T\n\nText.", image=lambda _: b"", record="{}")
    assert "default-src 'none'; img-src data:;" in made
    assert "script-src" not in made


@pytest.mark.parametrize(
    "path",
    ["../out.png", "/etc/passwd", "%2e%2e/out.png", "file:///etc/passwd", "link.png", "http://x/y"],
)
def test_no_file_outside_the_folder_of_a_document_goes_inside(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (tmp_path / "out.png").write_bytes(b"secret")
    (folder / "link.png").symlink_to(tmp_path / "out.png")
    (folder / "my image.png").write_bytes(b"<svg/>")
    image = images(Filled(), folder / "brief.md", vector=False)
    assert image("my%20image.png") == b"<svg/>"
    with pytest.raises(DocumentError, match="no file in its folder"):
        image(path)


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
INJECTED = (
    "<img src=x onerror=\"document.title='ran'\"><svg onload=\"document.title='ran'\"></svg>"
    "<script>document.title='ran'</script><a href=\"javascript:document.title='ran'\">x</a>"
)


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")
def test_a_script_in_the_text_of_a_document_does_not_run(tmp_path: Path) -> None:
    """Not even one that an author of the document put there as raw HTML."""
    made = page(f"# Kept\n\nText.\n\n{INJECTED}\n", image=lambda _: b"", record="{}")
    assert INJECTED[:8] in made
    assert "<title>Kept</title>" in browsed(made, tmp_path)
    policy = made[made.index("<meta http-equiv") :].splitlines()[0]
    assert "<title>ran</title>" in browsed(made.replace(policy, ""), tmp_path)


#: Where a text stands in a page: between tags, in an attribute, in a script, in a template of ours.
ANYWHERE = (
    f"</title></script>\"'>{INJECTED}<script>document.title='ran'</script>"
    "<img src=http://127.0.0.1:9/asked.png>@{text}{safe}{{ x }}"
)


def _injected_report() -> str:
    bad = ANYWHERE
    reports = tuple(
        samples.report(
            n, report_id=f"R{n}{bad}", event_id=bad, lineage=bad, indicator=bad, summary=bad,
            source_title=bad, source_url=address, verified=bad, source_label=bad, publisher=bad,
        )
        for n, address in enumerate(("javascript:document.title='ran'", f"https://x/{bad}", bad), 1)
    )  # fmt: skip
    held = samples.facts(replace(samples.judgement(), label=bad, proposition=bad), reports=reports)
    question = replace(held.questions[0], text=bad, name=bad)
    held = replace(
        held, title=bad, house=bad, scale_title=bad, questions=(question,),
        stamp=replace(held.stamp),
    )  # fmt: skip
    marks = [interactive.Pointed(np.datetime64("2024-06-19"), bad, bad)]
    script, elements = interactive.components([(node(bad, bad, bad), marks)])
    chart = Chart("talks", elements[0], bad, [Move("2024-06-19", bad, 0.1, f"R1{bad}")], [])
    scenario = Scenario(bad, bad, bad, [(bad, "2024-06-19", 0.1, 0.2)])
    return report_page(
        held, [chart], scripts=interactive.script() + script, record=f'{{"x": "{bad!r}"}}',
        scenarios=[scenario],
    )  # fmt: skip


def test_a_text_in_any_place_of_the_report_page_makes_no_element() -> None:
    class Elements(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[tuple[str, dict[str, str | None]]] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.append((tag, dict(attrs)))

    reader = Elements()
    reader.feed(_injected_report())
    assert not {"img", "svg"} & {tag for tag, _ in reader.found}
    for _, attributes in reader.found:
        assert not [name for name in attributes if name.startswith("on")]
        assert not (attributes.get("href") or "").lower().startswith("javascript")


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")
def test_a_script_in_any_text_of_the_report_page_does_not_run(tmp_path: Path) -> None:
    """With its policy and without: the texts are escaped, and the policy is a second wall."""
    made = _injected_report()
    policy = made[made.index("<meta http-equiv") :].splitlines()[0]
    for body in (made, made.replace(policy, "")):
        shown = browsed(body, tmp_path)
        assert "<title>ran</title>" not in shown
        assert "<img" not in shown.lower()


def browsed(text: str, tmp_path: Path) -> str:
    """What Chromium makes of a page."""
    place = tmp_path / "page.html"
    place.write_text(text, "utf-8")
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         f"--user-data-dir={tmp_path / 'browser'}", "--dump-dom", place.as_uri()],
        capture_output=True, timeout=120, check=False, text=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("loop", ["{% x %}", "{%tr for row in forecast.judgements %}", "{# x #}"])
def test_no_text_is_a_loop_of_word(loop: str) -> None:
    made = as_word(f"# A {loop} title\n\n{loop}\n\n    {loop}\n", image=lambda _: b"")
    assert not holds_loops(docx.Document(io.BytesIO(made)))


def test_a_placeholder_or_a_loop_in_a_report_stays_its_text_in_word() -> None:
    said = "{{ forecast.nope() }} {% x %} {{ forecast.reports() }}"
    held = samples.facts(
        reports=tuple(samples.report(n, summary=said, source_title=said) for n in (1, 2, 3))
    )
    asked = document("{{ forecast.evidence() }}", "{{ forecast.as_of() }}")
    body, _ = filled(asked, held)
    again, found = filled(body, held)
    assert (found.changed, found.faults, text(again)) == ([], [], text(body))
