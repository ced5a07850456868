"""Damage that leaves the form right: trees of YAML and JSON, markup, archives, a database."""

import copy
import io
import json
import re
import sqlite3
import warnings
import zipfile
from contextlib import closing

import yaml
from hypothesis import strategies as st
from lxml import etree, html

from forecast.ledger.schema import SEALED
from tests.fuzz.damage import apply_edits, damaged, edits, like, nasty, of_each

__all__ = [
    "WRONG",
    "damaged_archive",
    "damaged_database",
    "damaged_lines_of_json",
    "damaged_page",
    "damaged_pdf",
    "damaged_yaml",
]

_plain = st.one_of(
    nasty,
    st.none(),
    st.booleans(),
    st.integers(-5, 400),
    st.integers(),
    st.sampled_from([0.0, 1.0, -1.0, 1e-300, 1e300, 10**30, -(2**63), 10**400]),
    st.floats(),
)
#: A value of another kind than was asked for.
WRONG = st.one_of(
    _plain,
    _plain,
    st.lists(_plain, max_size=3),
    st.dictionaries(nasty, _plain, max_size=2),
)
_dated = st.one_of(WRONG, st.dates(), st.datetimes(), st.binary(max_size=4))
_at = st.floats(0, 1, exclude_max=True)
_ways = st.sampled_from(
    [*["like"] * 5, *["put"] * 4, "remove", "rename", "swap", "wrap", "repeat", "scalar"]
)


def _places(value, path=()):
    """Give the way to everything in a tree."""
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in items:
        yield (*path, key)
        yield from _places(inner, (*path, key))


def _found(tree, path):
    for key in path:
        tree = tree[key]
    return tree


def _one_of(things, at):
    return things[int(at * len(things))]


def _change(tree, at, way, junk, other, each):
    """Change one place of a tree."""
    places = list(_places(tree))
    if not places:
        return
    *road, last = _one_of(places, at)
    holder = _found(tree, road)
    match way:
        case "like" if not isinstance(holder[last], dict | list):
            holder[last] = like(holder[last], each)
        case "scalar" if isinstance(tree, list):
            tree[int(other * len(tree))] = junk
        case "remove":
            del holder[last]
        case "rename" if isinstance(holder, dict):
            holder[junk if isinstance(junk, str) else f"{last}x"] = holder.pop(last)
        case "swap":
            holder[last] = copy.deepcopy(_found(tree, _one_of(places, other)))
        case "wrap":
            holder[last] = [holder[last]] if other < 0.5 else {last: holder[last]}
        case "repeat" if isinstance(holder, list):
            holder.extend(copy.deepcopy(holder[last]) for _ in range(20))
        case _:
            holder[last] = junk


def damaged_yaml(text: str) -> st.SearchStrategy[bytes]:
    """YAML of which one to three values, at any depth, are of another kind, gone or elsewhere."""
    held = yaml.safe_load(text)

    def apply(changes) -> bytes:
        tree = copy.deepcopy(held)
        for change in changes:
            _change(tree, *change)
        return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode()

    change = st.tuples(_at, _ways, _dated, _at, of_each)
    return st.lists(change, min_size=1, max_size=3).map(apply)


def damaged_lines_of_json(rows: list[dict]) -> st.SearchStrategy[bytes]:
    """JSON Lines, or one document, of which values are of another kind, gone or elsewhere."""

    def apply(changes, sign: str) -> bytes:
        tree = copy.deepcopy(rows)
        for change in changes:
            _change(tree, *change)
        if sign == "\n":
            return b"".join(json.dumps(row).encode() + b"\n" for row in tree)
        return json.dumps(tree if sign == "[" else {"data": tree}).encode()

    change = st.tuples(_at, _ways, WRONG, _at, of_each)
    lines = st.sampled_from(["\n"] * 8 + ["[", "{"])
    return st.builds(apply, st.lists(change, min_size=1, max_size=3), lines)


#: What no XML may hold.
_UNSAYABLE = str.maketrans("", "", "".join(map(chr, range(32))) + "\ufffe\uffff")


def _worded(one, said, at):
    one.text = said


def _followed(one, said, at):
    one.tail = said


def _described(one, said, at):
    if one.attrib:
        name = _one_of(sorted(one.attrib), at)
        if said:
            one.set(name, said)
        else:
            del one.attrib[name]


def _nested(one, said, at):
    for _ in range(200):
        one = etree.SubElement(one, one.tag)


def _removed(one, other):
    one.getparent().remove(one)


def _repeated(one, other):
    for _ in range(3):
        one.addnext(copy.deepcopy(one))


def _renamed(one, other):
    one.tag = other.tag


def _moved(one, other):
    if one not in (other, *other.iterancestors()):
        other.append(one)


_INSIDE = (_worded, _worded, _followed, _described, _described, _nested)
_AROUND = (_removed, _repeated, _renamed, _moved)
_turns = st.sampled_from([*_INSIDE, *_AROUND])


def _turn(root, at, way, junk, other):
    """Change one element of a tree of markup."""
    every = [each for each in root.iter() if isinstance(each.tag, str)]
    one = _one_of(every, at)
    if way in _INSIDE:
        way(one, junk.translate(_UNSAYABLE), other)
    elif one is not root:
        way(one, _one_of(every, other))


_turned = st.lists(st.tuples(_at, _turns, nasty, _at), min_size=1, max_size=4)


def _markup(content: bytes, turns) -> bytes:
    try:
        root = etree.fromstring(content)
    except etree.XMLSyntaxError:
        return content
    for turn in turns:
        _turn(root, *turn)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def damaged_page(held: bytes) -> st.SearchStrategy[bytes]:
    """A web page of which elements are changed, gone or elsewhere; or its bytes edited."""

    def apply(turns) -> bytes:
        root = html.document_fromstring(held)
        for turn in turns:
            _turn(root, *turn)
        return html.tostring(root, encoding="utf-8", doctype="<!doctype html>")

    return st.one_of(_turned.map(apply), _turned.map(apply), damaged(held))


def damaged_pdf(held: bytes) -> st.SearchStrategy[bytes]:
    """A PDF of which an object is edited outside its streams, or a stream; or any of its bytes."""
    pieces = re.split(rb"(stream\r?\n.*?endstream)", held, flags=re.DOTALL)

    def apply(number: int, some) -> bytes:
        edited = apply_edits(pieces[number], some)
        return b"".join([*pieces[:number], edited, *pieces[number + 1 :]])

    outside = st.builds(apply, st.sampled_from(range(0, len(pieces), 2)), edits)
    anywhere = st.builds(apply, st.sampled_from(range(len(pieces))), edits)
    return st.one_of(outside, outside, anywhere, damaged(held))


#: Declarations that a reader of XML must not follow.
_DECLARED = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
)


def _declared(content: bytes, declaration: bytes) -> bytes:
    head, ended, rest = content.partition(b"?>")
    return head + ended + declaration + rest if ended else declaration + content


def _archive(members: dict[str, bytes], doubled: str = "") -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore", UserWarning)  # a name that stands twice is meant
        for member, content in members.items():
            archive.writestr(member, content)
        if doubled:
            archive.writestr(doubled, b"<x/>")
    return out.getvalue()


def _packed(members: dict[str, bytes], name: str, way: str, junk: str) -> bytes:
    """Damage an archive as a whole."""
    others = {member: content for member, content in members.items() if member != name}
    held = members[name]
    match way:
        case "without":
            return _archive(others)
        case "named":
            return _archive({**others, junk.replace("\0", "") or "x": held})
        case "twice":
            return _archive(members, name)
        case "empty":
            return _archive({**members, name: b""})
        case "swollen":
            return _archive({**members, name: held + b" " * 20_000_000})
    return _archive({**members, name: _declared(held, _DECLARED[way == "outside"])})


_packings = st.sampled_from(["without", "named", "twice", "empty", "swollen", "bomb", "outside"])


def damaged_archive(held: bytes) -> st.SearchStrategy[bytes]:
    """An archive (Word, Excel) with a member changed, left out or named otherwise; or its bytes."""
    with zipfile.ZipFile(io.BytesIO(held)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def edited(name: str, some) -> bytes:
        return _archive({**members, name: apply_edits(members[name], some)})

    def turned(name: str, turns) -> bytes:
        return _archive({**members, name: _markup(members[name], turns)})

    any_name = st.sampled_from(sorted(members))
    markup = [name for name in sorted(members) if name.endswith((".xml", ".rels"))] or [*members]
    by_turns = st.builds(turned, st.sampled_from(markup), _turned)
    by_edits = st.builds(edited, any_name, edits)
    as_a_whole = st.builds(_packed, st.just(members), any_name, _packings, nasty)
    return st.one_of(by_turns, by_turns, by_edits, as_a_whole, damaged(held))


#: What a cell may hold after a disk or a person has been at it.
_CELLS = (
    *(b"\xff\xfe\x80", "", "{", "[]", "null", "0", "{}", '{"a": NaN}', "\x00", 7, -1.5, "zzz"),
    *(b"", "[" * 100_000, '"x"', 2**60, "2024-02-30", "9999-12-31T23:59:59", "\x1b[31m", None),
)


def damaged_database(held: bytes) -> st.SearchStrategy[bytes]:
    """A database of which a column was changed with its guards off; or its bytes edited."""
    held = held[:18] + b"\1\1" + held[20:]  # without a log beside it
    columns = sorted((table.name, column.name) for table in SEALED for column in table.columns)

    def apply(place: tuple[str, str], value: object, *, one: bool) -> bytes:
        table, column = place
        with closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(held)
            for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                database.execute(f"DROP TRIGGER {name}")
            database.execute("PRAGMA foreign_keys = OFF")
            rows = f" WHERE rowid = (SELECT max(rowid) FROM {table})" if one else ""
            said = "CAST(? AS TEXT)" if isinstance(value, bytes) else "?"
            try:
                database.execute(f"UPDATE OR IGNORE {table} SET {column} = {said}{rows}", (value,))
            except sqlite3.IntegrityError:
                return held
            database.commit()
            return database.serialize()

    cells = st.builds(apply, st.sampled_from(columns), st.sampled_from(_CELLS), one=st.booleans())
    return st.one_of(cells, cells, damaged(held))
