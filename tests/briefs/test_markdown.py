"""Markdown: what belongs to the forecast is filled, and nothing else is touched."""

import re
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.briefs.facts import Watched
from forecast.briefs.markdown import fill
from forecast.briefs.regions import evaluate, scan, unfilled
from forecast.errors import DocumentError
from tests.briefs.samples import facts, judgement, report, vocabulary

WORDS = vocabulary()
OURS = re.compile(r"<span data-forecast='[^']*'>[^<]*</span>")
OURS_ALONE = re.compile(r"<!-- forecast\.[^>]*-->.*?<!-- /forecast -->", re.DOTALL)


def filled(text, words=WORDS, **options):
    options = {"name": "brief.md", "folder": "brief_files", **options}
    return fill(text, partial(evaluate, vocabulary=words), **options)


# text that holds none of our markers and opens no code that would swallow them
PROSE = st.text(st.characters(exclude_characters="`~{}<>", exclude_categories=["Cs"])).filter(
    lambda text: "\r" not in text.replace("\r\n", "")
)
ASKED = st.sampled_from(
    [
        'forecast.probability("talks")',
        'forecast.word("talks", "open", "broken")',
        'forecast.sentence("talks")',
        'forecast.change_sentence("talks")',
        "forecast.stamp()",
    ]
)


@given(st.lists(st.tuples(PROSE, ASKED), min_size=1, max_size=5), PROSE)
def test_text_outside_the_regions_stays_byte_for_byte(pairs, last):
    text = "".join(f"{prose}{{{{ {asked} }}}}" for prose, asked in pairs) + last
    done = filled(text).text
    left = OURS_ALONE.sub("", OURS.sub("", done))
    assert left.encode() == ("".join(prose for prose, _ in pairs) + last).encode()


@given(st.lists(st.tuples(PROSE, ASKED), min_size=1, max_size=5), PROSE)
def test_filling_again_changes_nothing(pairs, last):
    text = "".join(f"{prose}{{{{ {asked} }}}}" for prose, asked in pairs) + last
    once = filled(text)
    again = filled(once.text)
    assert again.text == once.text
    assert (again.changed, again.waiting) == ([], [])
    assert len(once.waiting) == len(pairs)


@given(st.lists(st.tuples(PROSE, ASKED), min_size=1, max_size=4), PROSE, st.floats(0.02, 0.98))
def test_another_forecast_changes_only_the_regions(pairs, last, p):
    text = "".join(f"{prose}{{{{ {asked} }}}}" for prose, asked in pairs) + last
    old, other = filled(text), vocabulary(facts(judgement(p=p)))
    new = filled(old.text, other)
    assert new.text == filled(text, other).text
    assert unfilled(new.text, scan(new.text, name="x")) == unfilled(
        old.text, scan(old.text, name="x")
    )


def test_a_placeholder_in_a_sentence_becomes_a_span():
    done = filled('We say {{ forecast.probability("talks") }}.').text
    assert done == "We say <span data-forecast='forecast.probability(\"talks\")'>68%</span>."


def test_a_placeholder_alone_becomes_a_region_of_its_own():
    done = filled('Before.\n\n{{ forecast.sentence("talks") }}\n\nAfter.\n').text
    assert done.startswith('Before.\n\n<!-- forecast.sentence("talks") -->\n\nAs of 30 June 2024')
    assert done.endswith("\n\n<!-- /forecast -->\n\nAfter.\n")


def test_curly_quotation_marks_are_understood():
    assert ">68%<" in filled("We say {{ forecast.probability(“talks”) }}.").text


def test_windows_line_ends_stay_and_are_used():
    done = filled('A.\r\n\r\n{{ forecast.sentence("talks") }}\r\n\r\nB.\r\n').text
    assert "\n" not in done.replace("\r\n", "")
    assert filled(done).changed == []


@pytest.mark.parametrize(
    "text",
    [
        '`{{ forecast.nothing("x") }}` and {{ forecast.issue() }}',
        '```\n{{ forecast.nothing("x") }}\n```\n\n{{ forecast.issue() }}\n',
        "~~~ {.r}\n{{ forecast.x() }}\n<!-- /forecast -->\n~~~\n\nAs {{ forecast.issue() }}",
        "{{ page.title }} {{< include x >}} {{ forecast.issue() }}",
    ],
)
def test_code_and_the_placeholders_of_others_are_left_alone(text):
    done = filled(text)
    assert len(done.regions) == 1
    assert OURS_ALONE.sub("", OURS.sub("", done.text)) == text.replace("{{ forecast.issue() }}", "")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("{{ forecast.wrod('talks') }}", "did you mean 'word'?"),
        ("{{ forcast.word('talks') }}", "is no placeholder"),
        ("{{ forecast.word() }}", 'write forecast.word("NODE"'),
        ("{{ forecast.word('talsk') }}", "did you mean 'talks'?"),
        ("{{ forecast.word('talks', 'brokn') }}", "did you mean 'broken'?"),
        ("{{ forecast.answer('ceasefire_by_june') }}", "did you mean 'ceasefire_by_may'?"),
        ("{{ forecast.word(open('/etc/passwd')) }}", "is no placeholder"),
        ("{{ forecast.facts }}", "unknown placeholder forecast.facts"),
        ("{{ forecast.__class__ }}", "unknown placeholder"),
        ("{{ forecast.evidence(most='all') }}", "most=10"),
        ("a {{ forecast.judgements() }} b", "leave an empty line"),
        ("<!-- forecast.stamp() --> x", "is not closed"),
        ("x <!-- /forecast -->", "closes nothing"),
        ("<span data-forecast='forecast.issue()'>x", "is not closed"),
        ("<!-- forecast.stamp() -->\n<!-- forecast.issue() -->\n<!-- /forecast -->", "another"),
    ],
)
def test_what_cannot_be_filled_is_refused_with_its_line(asked, said):
    with pytest.raises(DocumentError) as caught:
        filled(f"First line.\n\n{asked}\n")
    assert caught.value.problems[0].line == 3
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_problem_of_a_document_is_told_at_once():
    with pytest.raises(DocumentError) as caught:
        filled("{{ forecast.one() }}\n{{ forecast.issue() }}\n{{ forecast.two() }}")
    assert [problem.line for problem in caught.value.problems] == [1, 3]


def test_a_changed_region_is_told_with_old_and_new():
    text = filled('x {{ forecast.probability("talks") }} y {{ forecast.issue() }}').text
    new = filled(text.replace(">68%<", ">54%<"))
    assert [(c.line, c.old, c.new) for c in new.changed] == [(1, "54%", "68%")]


def test_markup_in_the_words_of_a_report_is_escaped():
    done = filled("{{ forecast.title() }}").text
    assert r"Talks \& a \*ceasefire\*" in done


def test_notes_are_cited_where_they_are_listed_and_only_there():
    asked = '{{ forecast.change_sentence("talks") }}'
    assert "[^" not in filled(asked).text
    listed = filled(f"{asked}\n\n{{{{ forecast.notes() }}}}").text
    assert re.findall(r"\[\^(r-\w+)\](?!:)", listed) == re.findall(
        r"^\[\^(r-\w+)\]:", listed, re.MULTILINE
    )
    assert "[^r-R3]: “Talks go on: day 3,” example.org, 3 May 2024" in listed


def test_quarto_gets_its_own_attributes():
    text = '{{ forecast.figure("talks") }}'
    assert "fig-alt=" in filled(text, quarto=True).text
    assert "{" not in filled(text).text


CAPTIONS = """\
{{ forecast.figure("talks") }}

{{ forecast.judgements() }}

{{ forecast.panel() }}

{{ forecast.evidence() }}
"""


def test_figures_and_tables_are_numbered_each_for_itself_as_they_stand():
    said = filled(CAPTIONS).text
    assert re.findall(r"^\*(Figure \d|Table \d)\. ", said, re.MULTILINE) == [
        "Figure 1", "Table 1", "Figure 2", "Table 2",
    ]  # fmt: skip
    swapped = filled("{{ forecast.evidence() }}\n\n{{ forecast.judgements() }}\n").text
    assert re.search(r"^\*Table 1\. Evidence", swapped, re.MULTILINE)


def test_a_figure_taken_out_renumbers_the_rest_when_filled_again():
    whole = filled(CAPTIONS).text
    first = scan(whole, name="brief.md")[0]
    again = filled(whole[: first.start] + whole[first.end :])
    assert [change.wanted for change in again.changed] == ["forecast.panel()"]
    assert "*Figure 1. " in again.text
    assert "Figure 2" not in again.text


def test_quarto_numbers_by_labels_of_its_own():
    said = filled(CAPTIONS, quarto=True).text
    labels = re.findall(r"#(?:fig|tbl)-forecast-\d", said)
    assert labels == ["#fig-forecast-1", "#tbl-forecast-1", "#fig-forecast-2", "#tbl-forecast-2"]
    assert not re.search(r"(Figure|Table) \d", said)


def test_a_lineage_goes_by_the_name_of_its_source_where_it_has_one():
    held = facts(reports=(report(1), report(2, lineage="us-gov", source_label="US government")))
    said = filled("{{ forecast.evidence() }}\n", words=vocabulary(held)).text
    assert "| US government |" in said
    assert "us-gov" not in said
    assert f"| {report(1).lineage} |" in said


def test_the_watch_list_says_who_looks_and_what_came_last():
    one = Watched("envoys", "Envoys meet", "talks", "this spring", 0.5, 0.6, 0.4,
                  collection="looked for", status="never")  # fmt: skip
    said = filled(
        "{{ forecast.watch() }}\n", words=vocabulary(replace(facts(), watched=(one,)))
    ).text
    assert "| If not seen | Collection | Last reported |" in said
    assert "| 40% | looked for | never |" in said
