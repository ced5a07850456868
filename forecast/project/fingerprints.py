"""Fingerprints of the code, so that what an older program worked out is not taken for its own."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import resources

__all__ = ["code_fingerprint", "engine_fingerprint"]


@cache
def engine_fingerprint() -> str:
    """Fingerprint of the code that decides a forecast, so that no stale one is shown for it."""
    return code_fingerprint("beliefs", "network", "inference", "analysis")


def code_fingerprint(*packages: str) -> str:
    """Fingerprint of the code of some packages of `forecast`."""
    digest = sha256()
    for package in packages:
        folder = resources.files("forecast") / package
        for file in sorted(folder.iterdir(), key=lambda f: f.name):
            if file.name.endswith(".py"):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
