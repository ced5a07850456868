"""What was looked for in vain: how much it was expected, and what its silence did."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.analysis.explanation import quiet, unlooked, unseen
from forecast.inference.observations import observe
from forecast.inference.tracking import appraise
from tests.inference.lighthouse import lighthouse
from tests.inference.samples import day, harbour, report, window

DETECTION = 0.6  # of patrols, in the file
STEPS = 12


def test_the_chance_of_a_report_is_that_of_silent_steps_by_hand() -> None:
    """A lamp always lit: nothing in n steps has (1 - d (1 - exp(-7 rate)))^n, weighed by draw."""
    encoding = lighthouse()
    evidence = observe(encoding, [], [window(1, 7 * STEPS, "patrols")], as_of=day(7 * STEPS))
    draws = encoding.priors.draw(700, seed=2)
    silent = (1.0 + DETECTION * np.expm1(-7.0 * np.exp(draws.log_rate[0]))) ** (STEPS - 4)
    seen = appraise(encoding, draws, evidence).log_likelihood
    weights = np.exp(seen) / np.exp(seen).sum()
    (found,) = unseen(encoding, draws, evidence, [0], since=4, weights=weights)
    assert found.indicator == "patrols"
    assert found.chance == pytest.approx(1.0 - 1.0 / (weights @ (1.0 / silent)), rel=1e-4)
    assert found.effect == pytest.approx(0.0, abs=1e-4)


def test_the_effect_is_the_judgement_with_its_silence_less_that_without() -> None:
    """One draw, so that nothing is weighed: two runs of the filter."""
    rows = [report("patrols", 3), report("freight", 9, value=6.0)]
    evidence = observe(harbour(), rows, [window(1, 28)], as_of=day(28))
    one = harbour().priors.draw(1, seed=4)
    looked = quiet(harbour(), evidence, since=1)
    for found in unseen(harbour(), one, evidence, looked, since=1, weights=np.ones(1)):
        number = harbour().indicators.index(found.indicator)
        without = observe(harbour(), rows, [window(1, 28), window(8, 28, found.indicator, 0.0)],
                          as_of=day(28))  # fmt: skip
        change = appraise(harbour(), one, evidence).probability[:, 0]
        change = change - appraise(harbour(), one, without).probability[:, 0]
        assert found.effect == pytest.approx(change, abs=1e-12)
        assert 0.0 < found.chance < 1.0
        less = unlooked(evidence, number, range(1, evidence.steps))
        assert less.detection.shape[0] == 2 * len(evidence.detection)
        assert (less.detection[less.pattern][1:, number] == 0.0).all()
        assert (less.detection[less.pattern][0] == evidence.detection[evidence.pattern][0]).all()


def test_what_was_reported_or_never_looked_for_is_not_quiet() -> None:
    rows = [report("patrols", 3), report("communique", 17)]
    evidence = observe(harbour(), rows, [window(1, 28, "patrols")], as_of=day(28))
    names = [harbour().indicators[k] for k in quiet(harbour(), evidence, since=1)]
    assert names == ["patrols"]
    early = [harbour().indicators[k] for k in quiet(harbour(), evidence, since=0)]
    assert "patrols" not in early
