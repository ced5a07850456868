"""Which keys came before, among tens of millions, in eight bytes each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Seen", "hashed"]


def hashed(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Hash texts to 64 bits (BLAKE2b).

    Among n keys two share a hash with a probability of about n² / 2**65: 3e-6 for ten million.
    """
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, np.uint64)


class Seen:
    """A growing set of hashes as sorted runs that are merged when they reach a like length.

    Examples
    --------
    >>> seen = Seen()
    >>> [bool(new) for new in seen.first(hashed(["a", "b", "a"]))]
    [True, True, False]
    >>> [bool(new) for new in seen.first(hashed(["c", "b"]))]
    [True, False]
    """

    def __init__(self) -> None:
        self._runs: list[npt.NDArray[np.uint64]] = []

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    def first(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        """Tell which keys come for the first time, and remember them."""
        new = np.zeros(len(keys), np.bool_)
        new[np.unique(keys, return_index=True)[1]] = True
        new &= ~self.known(keys)
        self.add(keys[new])
        return new

    def known(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        """Tell which keys were remembered before."""
        found = np.zeros(len(keys), np.bool_)
        for run in self._runs:
            place = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            found |= run[place] == keys
        return found

    def add(self, keys: npt.NDArray[np.uint64]) -> None:
        """Remember keys that are not remembered yet."""
        if not len(keys):
            return
        run = np.unique(keys)
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate((self._runs.pop(), run)), kind="stable")
        self._runs.append(run)
