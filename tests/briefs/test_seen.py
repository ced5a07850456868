"""A text, a page and a PDF agree only with the numbers that a reader sees in them."""

import datetime as dt
import json
import re

import pytest

from forecast.briefs import pdf, stamps, text_reading
from forecast.briefs.text_reading import concealed, looks

SPAN = "<span data-forecast='forecast.as_of()'>8%</span>"
HIDDEN = [
    f"<!-- {SPAN} -->",
    f"<div hidden>\n\n{SPAN}\n\n</div>",
    f"<p style='display:none'>{SPAN}</p>",
    f"<template>{SPAN}</template>",
    f"<details><summary>x</summary>{SPAN}</details>",
    f'::: {{.content-hidden when-format="html"}}\n\n{SPAN}\n\n:::',
    f"<div hidden>\n{SPAN}",
    *(f"<{tag}>\n\n{SPAN}\n\n</{tag}>" for tag in ("select", "object", "video", "canvas", "del")),
    f"<div class='d-none'>\n\n{SPAN}\n\n</div>",
    f"![{SPAN}](a.png)",
    f'[x]: y "{SPAN}"',
    f"[^never]: {SPAN}",
    f"    {SPAN}",
    f"```{{=html}}\n<div hidden>\n```\n\n{SPAN}",
    f"`<b hidden>`{{=html}} {SPAN}",
    f"\\\\<b hidden>{SPAN}</b>",
    f"<div>\n\\<b hidden>{SPAN}</b>\n</div>",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_region_that_a_text_hides_is_told(text):
    (said,) = concealed(f"# T\n\n{text}\n", name="b.md")
    assert said.startswith("forecast.as_of() is hidden")


@pytest.mark.parametrize(
    "text",
    [
        f"5{SPAN}", f"**5**{SPAN}", f"&#53;{SPAN}", f"{SPAN}5", f"5.{SPAN}", f"l{SPAN}",
        f"\u2075{SPAN}", f"\u2464{SPAN}", f"\U0001d7d3{SPAN}", f"1\u202f{SPAN}", f"0\u00b7{SPAN}",
        f"5\u200b{SPAN}", f"{SPAN}\u0336", f"{SPAN}o", SPAN.replace("8%", "8") + "O",
        "un" + SPAN.replace("8%", "likely"),
    ],
)  # fmt: skip
def test_a_digit_beside_a_region_of_a_text_is_told(text):
    (said,) = concealed(text, name="b.md")
    assert "joined by digits" in said


@pytest.mark.parametrize(
    "text",
    [
        f"5 {SPAN}", f"10-{SPAN}", f"`<div hidden>` {SPAN}", f"::: {{.note}}\n{SPAN}\n:::",
        f"| a |\n|---|\n|{SPAN}|", f"A note[^1].\n\n[^1]: {SPAN}", f"\u7ea6{SPAN}",
        f"<https://example.org> <a@example.org> {SPAN}",
        f"\\<svg onload=x\\> \\<!-- {SPAN}",
        f"\u202e\u202c {SPAN}", f"\u202b\n\n{SPAN}", SPAN.replace("8%", "7") + "th",
    ],
)  # fmt: skip
def test_a_region_in_plain_sight_is_left_alone(text):
    assert concealed(f"# T\n\n{text}\n", name="b.md") == []


@pytest.mark.parametrize(
    "marks", ["\u202e", "\u2067a ", "&#x202e;", "\u202b\u2067\u2069", "\u200f"]
)
def test_a_region_turned_round_by_marks_of_direction_is_told(marks):
    (said,) = concealed(f"# T\n\nA {marks}{SPAN}\n", name="b.md")
    assert "turned round" in said
    page = f"<main><p>A {marks}<b>{SPAN}</b></p></main>"
    assert text_reading.seen(page).disturbed == [said]


def test_a_note_of_ours_that_is_written_twice_is_told():
    text = (
        "<!-- forecast.notes() -->\n\n[^r-F1]: True.\n\n<!-- /forecast -->\n\n> [^R-F1]: False.\n"
    )
    (said,) = concealed(text, name="b.md")
    assert said == "the note R-F1 is written a second time; take it out"


PLAIN = f"# T\n\nA {SPAN} $9 [a](b) `<s>`.\n\n- b\n"


@pytest.mark.parametrize(
    "harm",
    [
        "<style>span{font-size:0}</style>\n\n" + PLAIN,
        PLAIN + "\n<script>x</script>\n",
        "---\ncss: x.css\n---\n\n" + PLAIN,
        PLAIN.replace("A ", "\\iffalse A "),
        PLAIN.replace("A ", "[A ").replace("$9", "$9]{style='display:none'}"),
        PLAIN.replace("A ", "`<b hidden>`{=html} A "),
        PLAIN.replace("A ", "~~A "),
        PLAIN + "\n{{< include x.html >}}\n",
        PLAIN + "\n```{python}\nx\n```\n",
        PLAIN + "\n::: {.b}\n:::\n",
        PLAIN + "\n<p\nstyle='position:fixed'>58%</p>\n",
        PLAIN + "\n<base href=x>\n",
    ],
)
def test_what_could_change_the_look_of_a_text_is_in_its_fingerprint(harm):
    assert looks(harm, name="") != looks(PLAIN, name="")


@pytest.mark.parametrize(
    "edit",
    [
        PLAIN.replace("A ", "Another *word*, <b>b</b> <https://example.org> & 3 < 4 at $5 "),
        PLAIN + "\n## More\n\n| a | b |\n|---|---|\n| 1 | `{=x}` |\n",
        PLAIN.replace("8%", "9%"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN + "\n<!-- a remark -->\n",
    ],
)
def test_words_of_the_author_are_not_in_it(edit):
    assert looks(edit, name="") == looks(PLAIN, name="")


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
        lambda s: s.replace("<p>", '<p aria-label="58%">', 1),
        lambda s: s.replace("<p>", '<p title="58%">', 1),
        lambda s: s.replace("<main>", "<main><![CDATA[ > 58% ]]>"),
        lambda s: s.replace("<main>", "<main><!-- --!> 58% -->"),
        lambda s: s.replace('<img src="', '<img src="data:image/png;base64,AAAA" src="'),
        lambda s: s.replace('<img src="', '<img alt="58%" src="'),
        lambda s: s.replace("<ol>", '<ol start="9">'),
        lambda s: re.sub(r'"#note-1">1<', '"#note-2">2<', s, count=1),
        lambda s: re.sub(r"(<span data-forecast.*?</span>)", r"<title></b>\1</title>", s, count=1),
        lambda s: s.replace("<p>", "<p>A \u202e", 1),
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


def test_the_policy_and_the_encoding_of_a_page_stay(project, forecast):
    assert forecast("brief", "new", "b.html").code == 0
    path = project / "b.html"
    whole = path.read_text("utf-8")
    for old, new in (("default-src 'none'", "default-src *"), ("utf-8", "iso-2022-jp")):
        path.write_text(whole.replace(old, new, 1), "utf-8")
        assert forecast("brief", "check", "b.html").code == 1


def test_words_of_the_author_and_plain_markup_are_no_other_looks():
    page = "<main><p>a</p></main>"
    more = "<main><h2>b</h2><p>c <em>d</em> <a href='https://example.org'>e</a></p></main>"
    assert text_reading.seen(page).looks == text_reading.seen(more).looks


def test_the_number_of_a_page_is_not_joined_to_the_number_that_ends_its_last_sentence():
    said = [("a", "8 June 2024"), ("b", "24%")]
    assert pdf.unseen(said, ["Issued 8 June 2024.\n1", "9\n-24%.\n2"]) == {}
    assert list(pdf.unseen(said, ["Issued 8 June 2024.1", "9.24%"])) == [0, 1]


@pytest.mark.parametrize(
    "said",
    [
        "Said by \u05de\u05db\u05d1\u05d9 \u05ea\u05dc \u05d0\u05d1\u05d9\u05d1, 8% of it",
        "\u0642\u0627\u0644 \u0645\u062d\u0645\u062f \u0639\u0644\u064a 8% of it",
        "\u05e9\u05dc\u05d5\u05dd 8% (\u05d1-2024) \u05e2\u05d5\u05dc\u05dd, likely",
        "A \u00ab\u05e7\u05d8\u05df\u00bb \u2013 \u05d2\u05d3\u05d5\u05dc: 8%.",
    ],
)
def test_a_name_written_from_right_to_left_is_found_in_a_pdf(said):
    """pypdf gives its words in another order and loses blanks between them."""
    day = dt.date(2024, 1, 2)
    body = pdf.pdf(f"# T\n\n{said}\n", image=lambda _: b"", record="{}", date=day)
    pages = pdf.shown(body).pages
    assert pdf.unseen([("a", said)], pages) == {}
    assert list(pdf.unseen([("a", said.replace("8%", "9%"))], pages)) == [0]
    letters = [letter for letter in said if letter >= "\u0590" and letter.isalpha()]
    other = said.replace(letters[0], "\u05e7\u05e7", 1)
    assert list(pdf.unseen([("a", other)], pages)) == [0]


def test_numbers_exchanged_or_joined_in_a_pdf_are_missed_in_their_region():
    regions = [("a", "58%"), ("b", "24% of *it*, at 9-42%"), ("c", "[^r-1]: A note of 8%.")]
    assert pdf.unseen(regions, ["A 58%, B 24% of it, at 9\u00ad42%.\nA note of 8%."]) == {}
    assert list(pdf.unseen(regions, ["A 24%, B 58% of it. A note of 8%."])) == [0, 1] or (
        list(pdf.unseen(regions, ["A 24%, B 58% of it. A note of 8%."])) == [1]
    )
    assert list(pdf.unseen([("a", "8%")], ["A 58%."])) == [0]
    assert pdf.unseen([("a", "one two three")], ["x one two\n1", "y three"]) == {}


def test_a_pdf_set_anew_with_a_falsified_number_and_its_own_record_is_found(brief, forecast):
    """The record says what the pages say; the regions do not."""
    assert forecast("brief", "render", "b.md", "b.pdf").code == 0
    path = brief.with_suffix(".pdf")
    stamp, regions = stamps.from_record(pdf.record_of(path.read_bytes()))
    said = brief.read_text("utf-8")
    place = re.search(r"\((\d\d)%", said)
    text = said[: place.start(1)] + "5" + said[place.start(1) :]

    def made(shown):
        record = stamps.record(stamp, regions, shown)
        image = (brief.parent / "b_files").glob("*.png")
        png = next(image).read_bytes()
        return pdf.pdf(text, image=lambda _: png, record=record, date=dt.date(2024, 1, 2))

    path.write_bytes(made(pdf.shown(made(stamps.Shown()))))
    done = forecast("brief", "check", "b.pdf")
    assert (done.code, "gone from the document" in done.out) == (1, True)


@pytest.mark.parametrize("name", ["a b (1).html", "a'b.html", "50% #1.pdf"])
def test_the_chart_of_a_brief_stands_in_it_under_any_name(name, project, forecast):
    assert forecast("brief", "new", name).code == 0
    assert forecast("brief", "check", name).code == 0
    if name.endswith(".html"):
        assert len(text_reading.seen((project / name).read_text("utf-8")).pictures) == 1
    assert forecast("brief", "new", name.partition(".")[0] + ".md").code == 0
    assert forecast("brief", "render", name.partition(".")[0] + ".md", "out.html").code == 0


def test_two_texts_of_one_name_keep_a_record_each(project, forecast):
    assert forecast("brief", "new", "b.md").code == 0
    (project / "b.qmd").write_text("As of {{ forecast.as_of() }}.\n", "utf-8")
    assert forecast("brief", "refresh", "b.qmd").code == 0
    assert [forecast("brief", "check", name).code for name in ("b.md", "b.qmd")] == [0, 0]
    assert forecast("brief", "provenance", "b.qmd").code == 0


def test_the_bytes_of_a_chart_beside_a_text_are_compared(brief, forecast):
    chart = next((brief.parent / "b_files").glob("*.png"))
    chart.write_bytes(chart.read_bytes()[:-12] + b"\0" + chart.read_bytes()[-12:])
    done = forecast("brief", "check", "b.md")
    assert (done.code, "another than was put there" in done.out) == (1, True)


def _annotated(writer):
    from pypdf.annotations import FreeText

    writer.add_annotation(0, FreeText(text="58%", rect=(50, 50, 300, 300)))


def _cropped(writer):
    writer.pages[0].cropbox.upper_right = (10, 10)


def _layered(writer):
    from pypdf.generic import DictionaryObject, NameObject

    writer.root_object[NameObject("/OCProperties")] = DictionaryObject()


def _formed(writer):
    from pypdf.generic import DictionaryObject, NameObject

    writer.root_object[NameObject("/AcroForm")] = DictionaryObject()


def _drawn_over(writer):
    from pypdf.generic import DecodedStreamObject, NameObject

    stream = DecodedStreamObject()
    stream.set_data(b"1 g 0 0 900 900 re f")
    page = writer.pages[0]
    page[NameObject("/Contents")] = writer._add_object(stream)


@pytest.mark.parametrize("harm", [None, _annotated, _cropped, _layered, _formed, _drawn_over])
def test_what_is_laid_over_or_taken_from_the_pages_of_a_pdf_is_found(harm, project, forecast):
    """A PDF that another program only writes anew, and nothing else, agrees."""
    from pypdf import PdfReader, PdfWriter

    assert forecast("brief", "new", "b.pdf").code == 0
    writer = PdfWriter(clone_from=PdfReader(project / "b.pdf"))
    if harm is not None:
        harm(writer)
    writer.write(project / "b.pdf")
    assert forecast("brief", "check", "b.pdf").code == (0 if harm is None else 1)


def test_a_link_of_a_note_or_a_region_is_part_of_what_is_said():
    page = (
        "<p><span data-forecast='x'>8% <a href='{}'>b</a><sup><a href='#note-1'>1</a></sup></span>"
        "</p><section class='notes'><ol><li id='note-1'>A. <a href='{}'>b</a></li></ol></section>"
    )
    (said,) = text_reading.seen(page.format("c", "d")).regions
    assert said == ("x", "8% <c> b [A. <d> b]")


@pytest.mark.parametrize(
    ("title", "hides"),
    [(r"A \<ceasefire\> & more", False), (r"A \\<ceasefire> & more", True), ("A <x> b", True)],
)
def test_an_escaped_sign_begins_no_element_that_could_hide_a_region(title, hides):
    text = f"# {title}\n\nIt is <span data-forecast='forecast.issue()'>8</span> now.\n"
    assert bool(concealed(text, name="b.md")) is hides
