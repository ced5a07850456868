"""A text, a page and a PDF agree only with the numbers that a reader sees in them."""

import datetime as dt
import json
import re

import pytest

from forecast.briefs import pdf_reading, stamps, typeset, web_reading
from forecast.briefs.text_reading import concealed

SPAN = "<span data-forecast='forecast.as_of()'>8%</span>"
HIDDEN = [
    f"<!-- {SPAN} -->",
    f"<div hidden>\n\n{SPAN}\n\n</div>",
    f"<p style='display:none'>{SPAN}</p>",
    f"<template>{SPAN}</template>",
    f"<details><summary>x</summary>{SPAN}</details>",
    f'::: {{.content-hidden when-format="html"}}\n\n{SPAN}\n\n:::',
    f"<div hidden>\n{SPAN}",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_region_that_a_text_hides_is_told(text):
    (said,) = concealed(f"# T\n\n{text}\n", name="b.md")
    assert said.startswith("forecast.as_of() is hidden")


@pytest.mark.parametrize(
    "text", [f"5{SPAN}", f"**5**{SPAN}", f"&#53;{SPAN}", f"{SPAN}5", f"5.{SPAN}"]
)
def test_a_digit_beside_a_region_of_a_text_is_told(text):
    (said,) = concealed(text, name="b.md")
    assert "joined by digits" in said


@pytest.mark.parametrize(
    "text", [f"5 {SPAN}", f"10-{SPAN}", f"`<div hidden>` {SPAN}", f"::: {{.note}}\n{SPAN}\n:::"]
)
def test_a_region_in_plain_sight_is_left_alone(text):
    assert concealed(f"# T\n\n{text}\n", name="b.md") == []


@pytest.fixture
def brief(project, forecast):
    assert forecast("brief", "new", "b.md").code == 0
    return project / "b.md"


def test_a_text_without_stamp_and_record_never_agrees(project, forecast):
    (project / "t.md").write_text("x <span data-forecast='forecast.reports()'>1</span>\n")
    assert forecast("brief", "refresh", "t.md").code == 0
    assert forecast("brief", "check", "t.md").code == 0
    (project / "t_files" / "run.json").unlink()
    done = forecast("brief", "check", "t.md")
    assert (done.code, "is not known" in done.out) == (1, True)


def test_regions_of_a_text_that_changed_places_are_named(brief, forecast):
    said = brief.read_text("utf-8")
    one, two = (
        re.search(rf"<!-- forecast\.{name}\(\) -->.*?<!-- /forecast -->", said, re.DOTALL)[0]
        for name in ("method", "evidence_base")
    )
    brief.write_text(said.replace(one, "@").replace(two, one).replace("@", two), "utf-8")
    done = forecast("brief", "check", "b.md")
    assert (done.code, "another place" in done.out) == (1, True)
    assert forecast("brief", "refresh", "b.md").code == 0
    once = brief.read_bytes()
    assert forecast("brief", "refresh", "b.md").code == 0
    assert (brief.read_bytes(), forecast("brief", "check", "b.md").code) == (once, 0)


def test_a_text_with_the_stamp_of_another_issue_never_agrees(brief, forecast):
    record = brief.parent / "b_files" / "run.json"
    held = json.loads(record.read_text("utf-8"))
    record.write_text(json.dumps(held | {"issue": "0" * 16}), "utf-8")
    done = forecast("brief", "check", "b.md")
    assert (done.code, "two stamps" in done.out) == (1, True)


@pytest.mark.parametrize(
    "harm",
    [
        lambda s: s.replace("<main>", '<main style="display:none">'),
        lambda s: s.replace("<main>", "<main hidden>"),
        lambda s: s.replace("<main>", "<details>").replace("</main>", "</details>"),
        lambda s: s.replace("</style>", "p{font-size:0}</style>"),
        lambda s: s.replace("</main>", "</main><p style='position:fixed'>58%</p>"),
        lambda s: s.replace("</main>", "</main><script>document.body.innerText='58%'</script>"),
        lambda s: s.replace("<p>", '<p class="scroll">', 1),
        lambda s: s.replace("<p>", "<p><font color=white>", 1),
        lambda s: s.replace("<main>", "<main><template>").replace("</main>", "</template></main>"),
        lambda s: re.sub(r"(<span data-forecast=.forecast.as_of)", r"2\1", s, count=1),
        lambda s: re.sub(r"(\d\d%)", r"<sup>5</sup>\1", s, count=1),
    ],
)  # fmt: skip
def test_a_page_that_could_hide_what_it_says_never_agrees(harm, project, forecast):
    assert forecast("brief", "new", "b.html").code == 0
    path = project / "b.html"
    whole = path.read_text("utf-8")
    record = whole.index("</head>")
    path.write_text(harm(whole) if "style>" in harm(whole[:record]) != whole[:record]
                    else whole[:record] + harm(whole[record:]), "utf-8")  # fmt: skip
    assert path.read_text("utf-8") != whole
    assert forecast("brief", "check", "b.html").code == 1


def test_words_of_the_author_and_plain_markup_are_no_other_looks():
    page = "<main><p>a</p></main>"
    more = "<main><h2>b</h2><p>c <em>d</em> <a href='https://example.org'>e</a></p></main>"
    assert web_reading.seen(page).looks == web_reading.seen(more).looks


def test_numbers_exchanged_or_joined_in_a_pdf_are_missed_in_their_region():
    regions = [("a", "58%"), ("b", "24% of *it*, at 9-42%"), ("c", "[^r-1]: A note of 8%.")]
    assert pdf_reading.unseen(regions, ["A 58%, B 24% of it, at 9\u00ad42%.\nA note of 8%."]) == {}
    assert list(pdf_reading.unseen(regions, ["A 24%, B 58% of it. A note of 8%."])) == [0, 1] or (
        list(pdf_reading.unseen(regions, ["A 24%, B 58% of it. A note of 8%."])) == [1]
    )
    assert list(pdf_reading.unseen([("a", "8%")], ["A 58%."])) == [0]
    assert pdf_reading.unseen([("a", "one two three")], ["x one two\n1", "y three"]) == {}


def test_a_pdf_set_anew_with_a_falsified_number_and_its_own_record_is_found(brief, forecast):
    """The record says what the pages say; the regions do not."""
    assert forecast("brief", "render", "b.md", "b.pdf").code == 0
    path = brief.with_suffix(".pdf")
    stamp, regions = stamps.from_record(typeset.record_of(path.read_bytes()))
    said = brief.read_text("utf-8")
    place = re.search(r"\((\d\d)%", said)
    text = said[: place.start(1)] + "5" + said[place.start(1) :]

    def made(shown):
        record = stamps.record(stamp, regions, shown)
        image = (brief.parent / "b_files").glob("*.png")
        png = next(image).read_bytes()
        return typeset.pdf(text, image=lambda _: png, record=record, date=dt.date(2024, 1, 2))

    path.write_bytes(made(typeset.shown(made(stamps.Shown()))))
    done = forecast("brief", "check", "b.pdf")
    assert (done.code, "gone from the document" in done.out) == (1, True)


@pytest.mark.parametrize("name", ["a b (1).html", "a'b.html", "50% #1.pdf"])
def test_the_chart_of_a_brief_stands_in_it_under_any_name(name, project, forecast):
    assert forecast("brief", "new", name).code == 0
    assert forecast("brief", "check", name).code == 0
    if name.endswith(".html"):
        assert len(web_reading.seen((project / name).read_text("utf-8")).pictures) == 1
    assert forecast("brief", "new", name.partition(".")[0] + ".md").code == 0
    assert forecast("brief", "render", name.partition(".")[0] + ".md", "out.html").code == 0
