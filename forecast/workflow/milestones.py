"""Milestones of the last fit, kept beside its draws so that an update starts near its end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from forecast.errors import LedgerError
from forecast.ledger import PosteriorRecord
from forecast.ledger.posterior_files import written

if TYPE_CHECKING:
    from forecast.inference.encoding import Encoding
    from forecast.network import Evidence, Parameters

__all__ = ["keep_milestones", "milestones_of"]


def milestones_of(record: PosteriorRecord) -> Path:
    """Give the file of the milestones of a fit, whether it is there or not."""
    return record.path.parent.with_name("milestones") / f"{record.id}.npz"


def keep_milestones(
    record: PosteriorRecord, encoding: Encoding, parameters: Parameters, evidence: Evidence
) -> None:
    """Lay the milestones of a fit in place of those of earlier fits, if they are not there yet.

    Where they cannot be written, an update filters from the start.

    Parameters
    ----------
    record : PosteriorRecord
        The fit.
    encoding, parameters
        The model and the draws of the fit.
    evidence : Evidence
        What the fit saw.
    """
    from forecast.inference.milestones import lay_milestones, write_milestones

    file = milestones_of(record)
    if file.is_file():
        return
    laid = lay_milestones(encoding, parameters, evidence)
    try:
        with written(
            file.parent, lambda passing: write_milestones(passing, laid), suffix=file.suffix
        ) as passing:
            passing.replace(file)
        for other in file.parent.glob(f"*{file.suffix}"):
            if other != file:
                other.unlink(missing_ok=True)
    except (LedgerError, OSError):
        return  # an update filters from the start
