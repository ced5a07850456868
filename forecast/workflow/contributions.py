"""What every report in a strip of indicators is worth to a judgement, and every silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.analysis.explanation import Reader, decibans, without_each
from forecast.analysis.silence import unlooked
from forecast.inference.tracking import appraise
from forecast.network import Evidence
from forecast.workflow.progress import Reporter, Silent
from forecast.workflow.standing import Standing

__all__ = ["contributions"]

_DRAWS = 1000  # enough for a tenth of a deciban; each cell takes a pass of the filter
_SILENCE = -1


def contributions(standing: Standing, *, reporter: Reporter | None = None) -> dict[str, Any]:
    """Weigh each cell of reports and the silence of each indicator, in decibans.

    A cell is worth ``10 log10 (odds / odds without it)`` of each judgement today, where "without
    it" is the same evidence as if nobody had looked for the indicator in that step and nothing had
    been reported, the rates as they are learnt from everything. Silence is worth the same for all
    the steps of an indicator in which somebody looked and nothing was reported, taken together, and
    what it says of the rates goes with it. What is worth something only together is in none of
    these alone, so they do not add up to the change.

    Parameters
    ----------
    standing : Standing
        The forecast.
    reporter : Reporter, optional

    Returns
    -------
    dict
        ``draws``, how many were read; ``reports``, by indicator, step and node; ``silence``, by
        indicator and node. None where the draws do not allow it to be told.
    """
    told = reporter or Silent()
    told.stage("weighing every report")
    encoding, evidence = standing.encoding, standing.evidence
    thin = slice(None, None, max(1, standing.parameters.draws // _DRAWS))
    some = standing.parameters.take(thin)
    weights = standing.weights.weights[thin] / standing.weights.weights[thin].sum()
    appraised = cache(partial(appraise, encoding, some))
    now = appraised(evidence)
    reports: dict[str, dict[str, Any]] = {name: {} for name in encoding.indicators}
    silence: dict[str, Any] = {}
    asked = list(_asked(evidence))
    for done, (number, step, steps) in enumerate(asked, 1):
        less = {"": unlooked(evidence, number, steps)}
        found = {}
        for node in encoding.beliefs.nodes:
            rows = encoding.headline_rows(node)
            reader = Reader(appraised, weights, now.log_likelihood, rows)
            at, _ = reader.read(evidence, relearn=False)
            if step == _SILENCE:
                worth = without_each(reader, less, now=at)[""]
            else:
                # learnt anew, a report would teach that its kind is frequent, and what was silent
                # since then would count against it: an attack would seem to speak for peace
                worth = decibans(reader.read(less[""], relearn=False)[0], at)
            found[node] = None if worth is None else round(worth, 3)
        name = encoding.indicators[number]
        if step == _SILENCE:
            silence[name] = found
        else:
            reports[name][str(step)] = found
        told.progress(done, len(asked))
    return {"draws": some.draws, "reports": reports, "silence": silence}


def _asked(evidence: Evidence) -> Iterator[tuple[int, int, Sequence[int]]]:
    """List what is left out in turn: an indicator, its step, and the steps taken as unlooked."""
    cells = zip(evidence.cell_indicator.tolist(), evidence.cell_step.tolist(), strict=True)
    reported: dict[int, list[int]] = {}
    for number, step in cells:
        reported.setdefault(number, []).append(step)
        yield number, step, [step]
    looked: npt.NDArray[np.bool_] = evidence.detection[evidence.pattern] > 0.0
    for number in range(looked.shape[1]):
        quiet = np.setdiff1d(np.flatnonzero(looked[:, number]), reported.get(number, []))
        if quiet.size:
            yield number, _SILENCE, quiet.tolist()
