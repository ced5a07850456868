"""YAML composed by libyaml is what ruamel.yaml would have composed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from forecast.beliefs import words

ROOT = Path(__file__).parents[2]
SCALARS = [
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "true",
    "True",
    "FALSE",
    "~",
    "null",
    "Null",
    "1",
    "012",
    "0o14",
    "0x1F",
    "0b11",
    "1_000",
    "1e3",
    ".5",
    "-.5",
    "1.5e-3",
    ".inf",
    ".NaN",
    "12:30",
    "2023-09-27",
    "2023-09-27T10:00:00Z",
    "<<",
    "=",
    "plain",
    "'it''s'",
    '"a\\nb"',
    '""',
    "''",
    "a:b",
    "a#b",
    "-1",
    "+1",
    "-",
    "?",
    "&x",
    "*x",
    "!!str",
    "!own",
    "!",
    "!!int",
    "|",
    "",
    ">",
    "---",
    "...",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "#",
    "%",
    "@",
    "`",
]


def _plain():
    return YAML(typ="safe", pure=True)


def _laid_out(node, seen):
    """Lay a node out as plain values: tags, values, places and what is shared."""
    if id(node) in seen:
        return seen[id(node)]
    seen[id(node)] = ("seen", len(seen))
    # an empty value stands nowhere: libyaml says after its key, ruamel.yaml before the next one
    where = (node.start_mark.line, node.start_mark.column) if node.value else None
    if isinstance(node.value, str):
        return (type(node).__name__, node.tag, where, node.value)
    items = [
        tuple(_laid_out(each, seen) for each in item)
        if isinstance(item, tuple)
        else _laid_out(item, seen)
        for item in node.value
    ]
    return (type(node).__name__, node.tag, where, items)


def _same(text):
    """Compare both ways on one text, and say whether the quick one was taken."""
    quick = words._quickly(text)
    if quick is None:
        return False
    try:
        slow = _plain().compose(text)
    except YAMLError:  # libyaml also reads a block scalar's header followed by #, and the like
        return True
    assert _laid_out(quick, {}) == _laid_out(slow, {})
    return True


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(ROOT.glob("**/*.yaml"))
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    ],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_every_yaml_file_of_the_repository_is_composed_quickly_and_alike(path):
    assert _same(path.read_text(encoding="utf-8"))


@given(st.lists(st.tuples(st.sampled_from(SCALARS), st.sampled_from(SCALARS)), max_size=4))
def test_scalars_and_signs_of_yaml_mean_the_same_both_ways(pairs):
    text = "".join(f"k{number}: {a} {b}\n" for number, (a, b) in enumerate(pairs))
    _same(text)
    _same("".join(f"- [{a}, {{{b}: {a}}}]\n" for a, b in pairs))
    _same("".join(f"{a}: {b}\n" for a, b in pairs))


@given(st.text(alphabet=" \n-:?[]{},&*!|>'\"%@`#abc~019.<=\\", max_size=40))
def test_any_text_means_the_same_both_ways(text):
    _same(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: |\n  one\n  two\n",
        "# only\na: >-\n  this & that\n\n  and why?\n",
        "---\na: [x, 'y: z']\n",
    ],
)
def test_what_an_analyst_writes_is_composed_quickly(text):
    assert _same(text)


@pytest.mark.parametrize(
    "text",
    [
        "%YAML 1.1\n---\na: yes\n",
        "a:\t1\n",
        "a: !own 1\n",
        "a: &a [1]\nb: *a\n",
        "? a\n: b\n",
        "- " * 3000 + "a",
        "",
    ],
)
def test_what_is_not_plain_is_left_to_ruamel(text):
    assert words._quickly(text) is None


def test_text_that_cannot_be_read_is_refused_with_the_words_of_ruamel():
    with pytest.raises(YAMLError, match="while parsing a flow sequence"):
        words.compose(_plain(), "a: [1\nb: 2\n")
