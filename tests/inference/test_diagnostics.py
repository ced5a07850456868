"""A fit that fails a check is refused, with every check it failed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from forecast.errors import StatisticsError
from forecast.inference.diagnostics import Diagnostics, diagnose, require_sound


def tree(
    *, chains: int = 4, draws: int = 1000, diverging: int = 0, seed: int = 0, **changes: Any
) -> xr.DataTree:
    """Independent draws of two variables, before something is done to them."""
    rng = np.random.default_rng(seed)
    values = {
        "log_rate": (("chain", "draw", "indicator"), rng.standard_normal((chains, draws, 2))),
        "rarity": (("chain", "draw", "ratio"), rng.gamma(3.0, size=(chains, draws, 3))),
    }
    values |= {name: (values[name][0], change(values[name][1])) for name, change in changes.items()}
    coords = {"indicator": ["patrols", "accord"], "ratio": ["a", "b", "c"]}
    flags = np.zeros((chains, draws), dtype=bool)
    flags.flat[:diverging] = True
    stats = xr.Dataset({"diverging": (("chain", "draw"), flags)})
    posterior = xr.Dataset(values, coords=coords)
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})


def disagreeing(values: Any) -> Any:
    """The last chain of the second entry lives elsewhere."""
    values[-1, :, 1] += 3.0
    return values


def sticky(values: Any) -> Any:
    """A slow walk: each draw stays near the one before."""
    out = np.empty_like(values)
    out[:, 0] = values[:, 0]
    for n in range(1, values.shape[1]):
        out[:, n] = 0.98 * out[:, n - 1] + np.sqrt(1 - 0.98**2) * values[:, n]
    return out


def test_independent_draws_pass() -> None:
    """Nothing is wrong with four chains of a thousand independent draws."""
    found = diagnose(tree())
    assert found.problems == []
    assert (found.divergences, found.draws) == (0, 4000)
    assert 0.99 < found.r_hat < 1.01
    assert min(found.ess_bulk, found.ess_tail) > 2000
    require_sound(found)


def test_chains_that_disagree_are_refused_by_name() -> None:
    """R-hat fails, and the parameter with the largest is named."""
    found = diagnose(tree(log_rate=disagreeing))
    assert found.worst == "log_rate[accord]"
    assert found.r_hat > 1.2
    with pytest.raises(StatisticsError, match=r"R-hat 1\.\d+ > 1\.01 at log_rate\[accord\]"):
        require_sound(found)


def test_one_divergence_is_refused() -> None:
    """And it is the only thing that is named."""
    found = diagnose(tree(diverging=1))
    assert found.problems == ["1 divergent transitions"]
    with pytest.raises(StatisticsError, match="1 divergent"):
        require_sound(found)


def test_too_few_draws_are_refused() -> None:
    """Eighty independent draws are not four hundred: bulk and tail are both named."""
    found = diagnose(tree(draws=20))
    assert any(text.startswith("bulk ESS") for text in found.problems)
    assert any(text.startswith("tail ESS") for text in found.problems)
    with pytest.raises(StatisticsError, match=r"bulk ESS \d+ < 400; tail ESS \d+ < 400"):
        require_sound(found)


def test_the_smallest_effective_sample_size_decides() -> None:
    """One sticky variable among good ones is enough."""
    found = diagnose(tree(rarity=sticky))
    assert found.ess_bulk < 400
    assert diagnose(tree()).ess_bulk > 2000


def test_every_failed_check_is_named() -> None:
    """Disagreement, few draws and divergences at once: four problems in one message."""
    found = diagnose(tree(draws=30, diverging=4, log_rate=disagreeing))
    assert len(found.problems) == 4
    with pytest.raises(StatisticsError) as caught:
        require_sound(found)
    for text in ("R-hat", "bulk ESS", "tail ESS", "4 divergent", "--tune", "--draws"):
        assert text in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # ArviZ divides 0 by 0
@pytest.mark.parametrize("spoilt", ["constant", "nan"])
def test_an_r_hat_that_is_no_number_counts_as_failed(spoilt: str) -> None:
    """A parameter that never moves, or is not a number, is the worst there is."""

    def spoil(values: Any) -> Any:
        values[..., 2] = 1.0 if spoilt == "constant" else np.nan
        return values

    found = diagnose(tree(rarity=spoil))
    assert np.isnan(found.r_hat)
    assert found.worst == "rarity[c]"
    with pytest.raises(StatisticsError, match=r"R-hat nan > 1\.01 at rarity\[c\]"):
        require_sound(found)


@pytest.mark.parametrize("name", ["r_hat", "ess_bulk", "ess_tail"])
def test_no_check_passes_without_a_number(name: str) -> None:
    """NaN fails each of the checks, one at a time."""
    good = {"r_hat": 1.0, "ess_bulk": 900.0, "ess_tail": 900.0}
    given = Diagnostics(**{**good, name: float("nan")}, divergences=0, worst="x", draws=1)
    assert len(given.problems) == 1
    assert given.as_dict()["problems"] == given.problems


def test_the_limits_themselves_pass() -> None:
    """R-hat 1.01 and an effective sample size of 400 are good enough; a hair more is not."""
    at = Diagnostics(1.01, 400.0, 400.0, 0, "x", 4000)
    assert at.problems == []
    past = Diagnostics(1.0101, 399.9, 399.9, 0, "x", 4000)
    assert len(past.problems) == 3
