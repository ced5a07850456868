"""A model of few rates, and a posterior by weighing draws from the priors: no gradient or chain."""

from __future__ import annotations

from functools import cache

import numpy as np

from forecast.beliefs import Beliefs
from forecast.inference.encoding import Encoding, encode
from forecast.inference.tracking import log_likelihood
from forecast.network import Evidence
from forecast.validation.simulating import RANKS, Drawn

TEXT = {"source": "invented", "rationale": "invented"}
MANY = 1500


@cache
def beacon() -> Encoding:
    """One node that is dark or lit, and one presence that is frequent while it is lit."""
    brief = {"title": "The beacon", "house": "Invented", "as_of": "2020-01-06"}
    brief |= {"scale": "icd203", "window": "26 weeks"}
    hazards = [
        {"from": "dark", "to": "lit", "within": "8 weeks", "probability": [0.2, 0.6], **TEXT},
        {"from": "lit", "to": "dark", "within": "8 weeks", "probability": [0.2, 0.6], **TEXT},
    ]
    node = {
        "label": "Beacon",
        "proposition": "The beacon is lit.",
        "states": ["dark", "lit"],
        "headline": ["lit"],
        "initial": {
            "probabilities": {"dark": 0.5, "lit": 0.5},
            "effective_sample_size": 6,
            **TEXT,
        },
        "hazards": hazards,
    }
    sightings = {
        "label": "Sightings",
        "description": "Ships that tell of its light.",
        "points_at": [{"node": "lamp", "state": "lit", "rarer": [2, 20]}],
        "within": "1 week",
        "probability": [0.3, 0.95],
        "detection": 0.7,
        **TEXT,
    }
    values = {
        "brief": {**brief, **TEXT},
        "grid": {"step": 7, "horizon": "26 weeks"},
        "nodes": {"lamp": node},
        "indicators": {"sightings": sightings},
    }
    return encode(Beliefs.model_validate(values))


class Weighed:
    """Draws from the priors, drawn again by their likelihood (Rubin 1988)."""

    def __init__(self, encoding: Encoding, *, heed: float = 1.0) -> None:
        self.encoding = encoding
        self.heed = heed  # power of the likelihood; 1 is the posterior, 0 the prior

    def __call__(self, evidence: Evidence, *, seed: int) -> Drawn:
        """Draw 99 times."""
        prior = self.encoding.priors.draw(MANY, seed=seed + 1_000_000)
        found = self.heed * log_likelihood(self.encoding, prior, evidence)
        weight = np.exp(found - found.max())
        weight /= weight.sum()
        chosen = np.random.default_rng(seed).choice(MANY, RANKS, p=weight)
        return Drawn(prior.take(chosen), 0, RANKS, float(1 / (weight**2).sum()), lengthened=False)
