"""Beliefs as the ledger holds them, read at one door."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from forecast.beliefs import Beliefs
from forecast.errors import LedgerError

__all__ = ["held_beliefs"]


def held_beliefs(content: Mapping[str, object] | None) -> Beliefs:
    """Read what a model fingerprint stands for.

    Raises
    ------
    LedgerError
        If the ledger does not hold it, or holds what this version cannot read.
    """
    if content is None:
        raise LedgerError(
            "the ledger does not hold the beliefs of this forecast; run: forecast run"
        )
    try:
        return Beliefs.model_validate(content)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise LedgerError(
            f"the beliefs of this forecast cannot be read ({place}: {error.errors()[0]['msg']}); "
            "they were recorded by another version of forecast; make them anew with: forecast run"
        ) from None
