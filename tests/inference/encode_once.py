"""Encode the bundled case in a process of its own and print a fingerprint of every number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from hashlib import sha256

import numpy as np

from forecast.beliefs import load, read_events
from forecast.inference.encoding import encode
from forecast.inference.observations import observe
from tests.inference.samples import ROOT


def numbers(value: object) -> Iterator[bytes]:
    """Give the bytes of every array and number in nested dataclasses and sequences."""
    if isinstance(value, (float, int, np.ndarray)):
        yield np.ascontiguousarray(value).tobytes()
    elif is_dataclass(value):
        for field in fields(value):
            yield from numbers(getattr(value, field.name))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, dict):
        yield from numbers([*value.values()])


def encoded() -> str:
    """SHA-256 of priors, structure and evidence of the bundled case."""
    beliefs = load(ROOT / "priors.yaml")
    encoding = encode(beliefs)
    reports, coverage = read_events(ROOT / "events", beliefs=beliefs)
    seen = observe(encoding, reports, coverage, as_of=dt.date(2024, 12, 31))
    parts = numbers([encoding.priors, [c.tables for c in encoding.components], seen])
    return sha256(b"".join(parts)).hexdigest()


if __name__ == "__main__":
    print(encoded())
