"""Damage to good input: bytes, rows, cells, and members of archives, drawn by hypothesis."""

import io
import json
import zipfile

from hypothesis import strategies as st

__all__ = [
    "damaged",
    "damaged_archive",
    "damaged_cells",
    "damaged_lines",
    "damaged_values",
]

#: What has broken programs that read text: numbers, dates, markup, escapes, names, and sheer size.
NASTY = (
    *("", " ", "\0", "\ufeff", "\u200b", "\u202e", "\x1b[31mred", "\x1b]8;;x\x07", "\x85"),
    *("=1+1", "+1", "-1", "@x", "\t", "\r", "\n", "\r\n", '"', '""', "'", ";", ",", "|", ":", ": "),
    *("nan", "inf", "-inf", "1e999", "-1e999", "9" * 400, "1e-400", "0x1p3", "0/0", "1/0", "3:1"),
    *("1:0", "5%", "30-60%", "0,5", "1,250", "1.250,5", "-0", "007", "1_000", "²", "٣", "½"),
    *("2024-02-30", "0000-00-00", "9999-12-31", "0001-01-01", "31-12-2024", "03/04/2024", "45352"),
    *("2024-03-01T00:00:00Z", "2024-W05", "tomorrow", "20240301", "1.3.24", "-2024-01-01"),
    *("true", "no", "null", "~", "NaN", "None", "[]", "{}", "[[", "{{", "{%", "{{ 7*7 }}", "{#"),
    *("[" * 3000, "{" * 3000, "(" * 300, "((((", "and and", "not", "<!--", "-->", "<![CDATA["),
    *("<script>x</script>", "<img src=x onerror=x>", "![x](/etc/passwd)", "javascript:x", "```"),
    *("&a [*a, *a]", "*a", "!!python/object:os.system x", "? ", "- ", "#", "%", "%s", "%n", "{0}"),
    *("../../x", "/", "\\", "C:\\x", "file:///etc/passwd", "A" * 5000, "é" * 100, "e\u0301", "ﬀ"),
    *("교전", "ضربة", "\U0001f600", "\uff21", "\u0430", "\ud7ff", "\ue000", "\uffff", "\U0010ffff"),
)  # fmt: skip

nasty = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))
_junk = st.one_of(
    nasty.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=8),
    st.sampled_from([b"\xff\xfe", b"\xed\xa0\x80", b"\x00", b"\xc3\x28", b"\x93", b"\x80"]),
)
_edits = st.lists(
    st.tuples(
        st.sampled_from(["put", "replace", "drop", "repeat", "cut", "swap"]),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 40),
        _junk,
    ),
    min_size=1,
    max_size=4,
)


def _edit(held: bytes, action: str, at: float, length: int, junk: bytes) -> bytes:
    here = int(at * (len(held) + 1))
    there = min(len(held), here + length)
    inside = held[here:there]
    match action:
        case "put":
            inside = junk + inside
        case "replace":
            inside = junk
        case "drop":
            inside = b""
        case "repeat":
            inside = inside * 50
        case "cut":
            return held[:here]
        case "swap":
            return held[there:] + inside + held[:here]
    return held[:here] + inside + held[there:]


def damaged(*held: bytes) -> st.SearchStrategy[bytes]:
    """One of some files after one to four edits anywhere in it."""

    def apply(one: bytes, edits) -> bytes:
        for edit in edits:
            one = _edit(one, *edit)
        return one

    return st.builds(apply, st.sampled_from(held), _edits)


def damaged_cells(text: str, *, delimiter: str = ",") -> st.SearchStrategy[bytes]:
    """A table with one to four cells exchanged; quotes stay right, so that values are reached."""
    rows = [line.split(delimiter) for line in text.splitlines() if '"' not in line]

    def apply(changes, ending: str, encoding: str) -> bytes:
        table = [list(row) for row in rows]
        for row, column, value in changes:
            cells = table[row % len(table)]
            quoted = value.replace('"', '""')
            cells[column % len(cells)] = f'"{quoted}"'
        lines = (delimiter.join(row) for row in table)
        return (ending.join(lines) + ending).encode(encoding, "replace")

    change = st.tuples(st.integers(0, 30), st.integers(0, 30), nasty)
    return st.builds(
        apply,
        st.lists(change, min_size=1, max_size=4),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    )


def damaged_lines(text: str) -> st.SearchStrategy[bytes]:
    """A file of ``key: value`` lines with one to three values exchanged."""
    lines = text.splitlines()

    def apply(changes) -> bytes:
        made = list(lines)
        for at, value in changes:
            key, colon, _ = made[at].partition(":")
            made[at] = f"{key}{colon} {value}"
        return "\n".join([*made, ""]).encode("utf-8", "surrogatepass")

    change = st.tuples(st.integers(0, len(lines) - 1), nasty)
    return st.builds(apply, st.lists(change, min_size=1, max_size=3))


def damaged_values(rows: list[dict[str, str]]) -> st.SearchStrategy[bytes]:
    """JSON Lines of which one value, or a key, is another in every line."""
    value = st.one_of(
        nasty, st.integers(), st.floats(), st.none(), st.booleans(), st.lists(nasty, max_size=2)
    )
    row = st.builds(
        lambda old, key, new: {**old, key: new},
        st.sampled_from(rows),
        st.one_of(st.sampled_from(sorted(rows[0])), nasty),
        value,
    )
    written = row.map(lambda one: json.dumps(one) + "\n")
    return st.lists(written, min_size=1, max_size=3).map(lambda lines: "".join(lines).encode())


def damaged_archive(held: bytes) -> st.SearchStrategy[bytes]:
    """An archive (Word, Excel) with a member edited or left out; or its own bytes edited."""
    with zipfile.ZipFile(io.BytesIO(held)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    names = sorted(members)

    def apply(name: str, action: str, edits) -> bytes:
        changed = members[name]
        for edit in edits:
            changed = _edit(changed, *edit)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                if member != name:
                    archive.writestr(member, content)
                elif action != "without":
                    archive.writestr(member, changed)
        return out.getvalue()

    of_a_member = st.builds(
        apply, st.sampled_from(names), st.sampled_from(["edit", "edit", "edit", "without"]), _edits
    )
    return st.one_of(of_a_member, of_a_member, damaged(held))
