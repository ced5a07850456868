import json
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import LedgerError
from forecast.ledger.hashing import canonical_json, content_hash, file_hash, plain, text_hash

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    scalars | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)


class Use(StrEnum):
    PRIOR = "prior"


@dataclass(frozen=True)
class Row:
    name: str
    line: int = field(default=0, compare=False)


@given(values)
def test_canonical_json_reads_back_as_the_same_value(value):
    assert json.loads(canonical_json(value)) == value


@given(values)
def test_writing_what_was_read_changes_nothing(value):
    text = canonical_json(value)
    assert canonical_json(json.loads(text)) == text


@given(st.dictionaries(texts, scalars), st.randoms())
def test_the_order_of_keys_changes_nothing(mapping, random):
    items = list(mapping.items())
    random.shuffle(items)
    assert content_hash(dict(items)) == content_hash(mapping)


@given(values, values)
def test_equal_texts_mean_equal_values(one, other):
    if canonical_json(one) == canonical_json(other):
        assert one == other


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (date(2024, 6, 19), "2024-06-19"),
        (datetime(2024, 6, 19, 12, tzinfo=UTC), "2024-06-19T12:00:00+00:00"),
        (Use.PRIOR, "prior"),
        (np.float64(0.25), 0.25),
        (np.int32(3), 3),
        (np.array([[1.0, 2.0]]), [[1.0, 2.0]]),
        (("a", "b"), ["a", "b"]),
        (frozenset({"b", "a"}), ["a", "b"]),
        (Row("x", line=7), {"name": "x"}),
    ],
)
def test_what_json_cannot_say_is_said_plainly(value, said):
    found = plain(value)
    assert found == said
    assert type(found) is type(said)


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"a": [1.0, float("nan")]}, r"content\.a\[1\]: cannot record the number nan"),
        ({"a": np.inf}, r"content\.a: cannot record the number inf"),
        ({1: "x"}, "cannot record the key 1"),
        ({"a": object()}, r"content\.a: cannot record a object"),
    ],
)
def test_what_has_no_json_form_is_refused_by_place(value, where):
    with pytest.raises(LedgerError, match=where):
        canonical_json(value)


def test_half_a_character_is_refused():
    with pytest.raises(LedgerError, match="half character"):
        content_hash({"summary": "\ud800"})


def test_the_hash_of_a_text_is_sha256():
    """The digest of "abc" is printed in FIPS 180-4."""
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert text_hash("abc") == digest


def test_the_hash_of_a_file_is_what_sha256sum_prints(tmp_path):
    file = tmp_path / "draws"
    file.write_bytes(bytes(range(256)) * 10_000)
    printed = subprocess.run(["sha256sum", file], capture_output=True, text=True, check=True)
    assert printed.stdout.split()[0] == file_hash(file)
