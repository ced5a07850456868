"""Damage to good input: bytes, rows, cells and lines, drawn by hypothesis."""

import re

from hypothesis import strategies as st

__all__ = [
    "apply_edits",
    "damaged",
    "damaged_cells",
    "damaged_lines",
    "edits",
    "like",
    "nasty",
    "of_each",
]

#: What has broken programs that read text: numbers, dates, markup, escapes, names, and sheer size.
DATES = (
    *("2024-02-30", "0000-00-00", "9999-12-31", "0001-01-01", "31-12-2024", "03/04/2024", "45352"),
    *("2024-03-01T00:00:00Z", "2024-W05", "tomorrow", "20240301", "1.3.24", "-2024-01-01", "2024"),
    *("2024-02-29", "2023-02-29", "29 février 2024", "12 Mar 2024", "2024-03-01 24:00", "1e3"),
)
NUMBERS = (
    *("nan", "inf", "-inf", "1e999", "-1e999", "9" * 400, "1e-400", "0x1p3", "0/0", "1/0", "3:1"),
    *("1:0", "5%", "30-60%", "0,5", "1,250", "1.250,5", "-0", "007", "1_000", "²", "٣", "½", "-1"),
    *("1e308", "99999999999999999999", "0.1 / 0.2", "1 / 2 / 3 / 4", "100%", "0", "1", "\u22125"),
)
TEXTS = (
    *("", " ", "\0", "\ufeff", "\u200b", "\u202e", "\x1b[31mred", "\x1b]8;;x\x07", "\x85"),
    *("=1+1", "+1", "-1", "@x", "\t", "\r", "\n", "\r\n", '"', '""', "'", ";", ",", "|", ":", ": "),
    *("true", "no", "null", "~", "NaN", "None", "[]", "{}", "[[", "{{", "{%", "{{ 7*7 }}", "{#"),
    *("[" * 3000, "{" * 3000, "(" * 300, "((((", "and and", "not", "<!--", "-->", "<![CDATA["),
    *("<script>x</script>", "<img src=x onerror=x>", "![x](/etc/passwd)", "javascript:x", "```"),
    *("&a [*a, *a]", "*a", "!!python/object:os.system x", "? ", "- ", "#", "%", "%s", "%n", "{0}"),
    *("../../x", "/", "\\", "C:\\x", "file:///etc/passwd", "A" * 5000, "é" * 100, "e\u0301", "ﬀ"),
    *("교전", "ضربة", "\U0001f600", "\uff21", "\u0430", "\ud7ff", "\ue000", "\uffff", "\U0010ffff"),
)  # fmt: skip
NASTY = (*DATES, *NUMBERS, *TEXTS)

nasty = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))
_dates, _numbers, _texts = map(st.sampled_from, (DATES, NUMBERS, TEXTS))
#: One of each kind, for a place of which the kind is known.
of_each = st.tuples(_dates, _numbers, st.one_of(_texts, _texts, st.text(max_size=12)))
_DAY = re.compile(r"\d{4}-\d\d|\d{8}|\d{1,2} \w+ \d{4}")
_NUMBER = re.compile(r"[-+]?[\d.]+(%| to |:|e\d| / )?.*")


def like(held: object, each: tuple[str, str, str]) -> str:
    """Choose what is wrong in the way of what stands there."""
    date, number, text = each
    said = str(held)
    return date if _DAY.match(said) else number if _NUMBER.match(said) else text


_junk = st.one_of(
    nasty.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=8),
    st.sampled_from([b"\xff\xfe", b"\xed\xa0\x80", b"\x00", b"\xc3\x28", b"\x93", b"\x80"]),
)
#: One to four edits of bytes.
edits = st.lists(
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


def apply_edits(held: bytes, some) -> bytes:
    """Edit bytes, one place after the other."""
    for edit in some:
        held = _edit(held, *edit)
    return held


def damaged(*held: bytes) -> st.SearchStrategy[bytes]:
    """One of some files after one to four edits anywhere in it."""
    return st.builds(apply_edits, st.sampled_from(held), edits)


#: UTF-8 mostly; what spreadsheets write; and what nobody should.
_encodings = st.sampled_from(
    ["utf-8"] * 5 + ["utf-8-sig", "utf-16", "cp1252", "utf-16-le", "utf-32", "shift-jis", "utf-7"]
)


def _reshaped(table: list[list[str]], way: str, at: int) -> list[list[str]]:
    """Change the shape of a table; the first row is its heading."""
    row, column = at % len(table), at % len(table[0])
    match way:
        case "short row":
            table[row] = table[row][:column]
        case "long row":
            table[row] = table[row] * 3
        case "no column":
            table = [cells[:column] + cells[column + 1 :] for cells in table]
        case "column twice":
            table = [[*cells, cells[column % len(cells)]] for cells in table]
        case "no row":
            table = table[:row] + table[row + 1 :]
        case "row twice":
            table = [*table, table[row]]
        case "row above":
            table = [["Downloaded from example.org"], [], *table]
        case "wide":
            table = [[*cells, *[""] * 300] for cells in table]
    return table


_shapes = st.sampled_from(
    ["as it is"] * 12
    + ["short row", "long row", "no column", "column twice", "no row", "row twice", "row above"]
    + ["wide"]
)


def damaged_cells(text: str, *, delimiter: str = ",") -> st.SearchStrategy[bytes]:
    """A table with one to three cells exchanged, and now and then of another shape.

    Quotes stay right, so that values are reached.
    """
    rows = [line.split(delimiter) for line in text.splitlines() if '"' not in line]

    def apply(changes, shape: str, at: int, ending: str, encoding: str) -> bytes:
        table = [list(row) for row in rows]
        for row, column, how, value, each in changes:
            cells = table[row % len(table)]
            place = column % len(cells)
            if how == "other":  # what stands in this column elsewhere: still of its kind
                other = table[(row * 7 + column) % len(table)]
                cells[place] = other[place % len(other)]
            else:
                said = like(cells[place], each) if how == "like" else value
                cells[place] = '"{}"'.format(said.replace('"', '""'))
        lines = (delimiter.join(row) for row in _reshaped(table, shape, at))
        return (ending.join(lines) + ending).encode(encoding, "replace")

    how = st.sampled_from(["other", "like", "like", "like", "any"])
    change = st.tuples(st.integers(0, 30), st.integers(0, 30), how, nasty, of_each)
    return st.builds(
        apply,
        st.lists(change, min_size=1, max_size=3),
        _shapes,
        st.integers(0, 400),
        st.sampled_from(["\n", "\r\n", "\r"]),
        _encodings,
    )


def damaged_lines(text: str) -> st.SearchStrategy[bytes]:
    """A file of ``key: value`` lines with one to three values exchanged."""
    lines = text.splitlines()

    def apply(changes) -> bytes:
        made = list(lines)
        for at, value, each in changes:
            key, colon, held = made[at].partition(":")
            made[at] = f"{key}{colon} {value or like(held.strip(), each)}"
        return "\n".join([*made, ""]).encode("utf-8", "surrogatepass")

    change = st.tuples(st.integers(0, len(lines) - 1), st.one_of(st.just(""), nasty), of_each)
    return st.builds(apply, st.lists(change, min_size=1, max_size=3))
