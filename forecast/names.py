"""Names that somebody misspelt: the nearest of those there are, in one wording everywhere."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from forecast.errors import BeliefsError

__all__ = ["folded", "missing", "nearest", "require_known"]


_MOST = 4  # names with one beginning that are told apart; of more the beginning says too little


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Suggestion for a misspelt name: ``did you mean 'breaks'?``, the names it begins, or nothing.

    Examples
    --------
    >>> nearest("braeks", ["complies", "breaks"]), nearest("Tech-Transfr", ["tech_transfer"])
    ("did you mean 'breaks'?", "did you mean 'tech_transfer'?")
    >>> nearest("tech", ["tech_transfer", "arms", "tech_ban"])
    "did you mean 'tech_transfer' or 'tech_ban'?"
    """
    known = {folded(name): name for name in reversed(list(allowed))}
    found = difflib.get_close_matches(folded(word), list(reversed(known)), n=1, cutoff=0.6)
    begun = [name for key, name in reversed(known.items()) if word and key.startswith(folded(word))]
    meant = [known[found[0]]] if found else begun if len(begun) <= _MOST else []
    if not meant:
        return ""
    *others, last = map(repr, meant)
    return f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?"


def missing(what: str, name: str, known: Iterable[str], *, where: str = "") -> str:
    """Say that a name is not among those there are, with the nearest, or else with all of them.

    Examples
    --------
    >>> missing("node", "tlaks", ["talks"])
    "there is no node 'tlaks'; did you mean 'talks'?"
    >>> missing("node", "x", ["arms", "talks"], where="here")
    "there is no node 'x' here; there are: arms, talks"
    """
    names = list(known)
    hint = nearest(name, names) or f"there are: {', '.join(names) or 'none'}"
    said = f"there is no {what} {name!r}" if name else f"no {what} is named"
    return f"{said}{f' {where}' if where else ''}; {hint}"


def require_known(name: str, known: Iterable[str], *, what: str, where: str = "") -> None:
    """Refuse a name that is not among those there are.

    Raises
    ------
    BeliefsError
        If it is not; the message is that of `missing`.
    """
    names = list(known)
    if name not in names:
        raise BeliefsError(missing(what, name, names, where=where))


def folded(name: str) -> str:
    """Return what names have in common that are spelt with other capitals or hyphens."""
    return name.casefold().replace("-", "_")
