"""Levels that move, from the file to rates: priors, sharing, slopes, and the sampler's density."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from forecast.beliefs import Beliefs
from forecast.beliefs.coherence import coherence
from forecast.inference.diagnostics import diagnose, require_sound
from forecast.inference.encoding import encode
from forecast.inference.laplace import _log_density, _Scale, approximate
from forecast.inference.levels import motion_names
from forecast.inference.model import build_model
from forecast.inference.quick import fleet, levels_alone, seen_by
from forecast.inference.sampling import Settings, fit, posterior_parameters
from forecast.network import Evidence

TEXT = """
brief: {title: t, house: h, as_of: 2020-01-05, window: 26 weeks, source: s, rationale: r}
grid: {step: 7, horizon: 26 weeks}
nodes:
  north_level: {label: North, proposition: p, level: {grid: 6, range: [0.1, 20.0], high: 3.0}}
  tide_level:
    {label: Tide, proposition: p, level: {grid: 5, speeds: 1, range: [-4.0, 4.0], scale: plain}}
indicators:
  north: {kind: count, label: n, description: n, per: 1 week, follows: north_level,
          dispersion: [1.0, 20.0], source: s, rationale: r}
  tide: {kind: value, label: t, description: t, follows: tide_level, spread: [0.3, 3.0],
         source: s, rationale: r}
"""


def model(**changes):
    """Two streams; changes are of their levels."""
    content = yaml.safe_load(TEXT)
    for name, more in changes.items():
        content["nodes"][f"{name}_level"]["level"] |= more
    return Beliefs.model_validate(content)


def seen(steps=30):
    """One number of each a step."""
    rng = np.random.default_rng(4)
    numbers = np.stack([rng.negative_binomial(2, 0.4, steps), rng.normal(0, 1.5, steps)], axis=1)
    return Evidence(
        np.zeros(steps), np.zeros((1, 2)), np.repeat(np.arange(steps), 2),
        np.tile([0, 1], steps), numbers.ravel(), np.ones(2 * steps),
    )  # fmt: skip


def test_a_level_has_few_parameters_and_no_start_to_learn():
    """Six with a burst and four without, beside one of each stream; and nothing else."""
    priors = encode(model()).priors
    assert len(priors.motion) == 6 + 4
    assert priors.learnt == []
    assert sum(len(block) for _, block in priors.blocks.values()) == 12
    assert priors.motion.names[:2] == ["north_level: mean", "north_level: volatility"]


def test_the_mean_of_a_count_is_the_level_with_its_burst():
    """In every joint state, to rounding, in counts a week."""
    from forecast.network.filtering import count_means
    from forecast.network.levels import UNITS

    encoding = encode(model())
    drawn = encoding.priors.draw(3, seed=1)
    component, _ = encoding.place("north_level")
    found = count_means(component.tables, drawn, 0, step=7.0).reshape(6, 5, 3)
    level = np.array(encoding.beliefs.nodes["north_level"].level.points)
    burst = np.exp(drawn.motion[4])
    expected = level[:, None, None] + UNITS[:, None] * burst
    np.testing.assert_allclose(np.log(found), expected, atol=1e-12)


def test_the_quick_posterior_and_the_sampler_have_the_same_slopes():
    """Those pulled back by hand are those that PyTensor finds of the same formulas."""
    encoding, evidence = encode(model()), seen()
    built = build_model(encoding, evidence)
    function = built.logp_dlogp_function(ravel_inputs=True)
    function.set_extra_values({})
    start = built.initial_point()
    names = [variable.name for variable in built.value_vars]
    assert set(names) == {"log_dispersion", "log_spread", "motion"}
    _, found = function(np.concatenate([np.ravel(start[name]) for name in names]))
    scale = _Scale(encoding)
    point = np.concatenate([start[name] for name in ("log_dispersion", "log_spread", "motion")])
    _, slopes = _log_density(scale, [evidence], point[:, None])
    own = {name: slopes[scale.slices[name], 0] for name in names}
    np.testing.assert_allclose(found, np.concatenate([own[name] for name in names]), rtol=1e-9)


def test_the_slopes_are_those_of_the_density():
    """Against central differences."""
    scale, evidence = _Scale(encode(model())), seen()
    middle = scale.middle()
    _, slopes = _log_density(scale, [evidence], middle[:, None])
    for row in range(scale.size):
        ends = []
        for way in (1e-5, -1e-5):
            moved = middle.copy()
            moved[row] += way
            ends.append(_log_density(scale, [evidence], moved[:, None])[0][0])
        slope = (ends[0] - ends[1]) / 2e-5
        assert slopes[row, 0] == pytest.approx(slope, rel=1e-5, abs=1e-5)


def test_a_file_of_levels_is_fitted_without_the_sampler():
    """200 independent draws of every parameter, which pass their checks; the same from one seed."""
    encoding, evidence = encode(model()), seen()
    assert levels_alone(encoding.beliefs)
    tree = fit(encoding, evidence, Settings(seed=3))
    require_sound(diagnose(tree))
    drawn = posterior_parameters(encoding, tree)
    assert drawn.draws == 200
    assert drawn.motion.shape == (10, 200)
    again = posterior_parameters(encoding, fit(encoding, evidence, Settings(seed=3)))
    np.testing.assert_array_equal(drawn.motion, again.motion)


def test_streams_are_learnt_apart():
    """What one stream says of itself is the same beside another."""
    whole, evidence = encode(model()), seen()
    parts = fleet(whole.beliefs)
    assert [list(part.nodes) for part in parts] == [["north_level"], ["tide_level"]]
    alone = encode(parts[0])
    mode = approximate(alone, seen_by(alone, whole, evidence)).mode
    together = approximate(whole, evidence)
    values = _Scale(whole).values(together.mode[:, None])
    own = _Scale(alone).values(mode[:, None])
    np.testing.assert_allclose(own["motion"], values["motion"][:6], atol=2e-3)


def test_levels_that_share_their_parameters_are_fitted_together():
    """Names stand once, and both levels have the same hazards."""
    content = yaml.safe_load(TEXT)
    like = content["nodes"]["north_level"] | {"moves_like": "north_level"}
    content["nodes"]["south_level"] = like
    content["indicators"]["south"] = content["indicators"]["north"] | {
        "follows": "south_level", "rates_like": "north",
    }  # fmt: skip
    beliefs = Beliefs.model_validate(content)
    assert list(coherence(beliefs)) == []
    encoding = encode(beliefs)
    assert len(encoding.priors.motion) == 10
    drawn = encoding.priors.draw(2, seed=1)
    one, other = (level for level in encoding.priors.levels if level.node != 1)
    size = len(one.hazards)
    np.testing.assert_array_equal(
        drawn.log_hazard[one.hazard : one.hazard + size],
        drawn.log_hazard[other.hazard : other.hazard + size],
    )
    assert len(fleet(beliefs)) == 2


def test_priors_that_are_stated_are_taken():
    """Times are days, changes are of a period, and the mean is in the units of the stream."""
    stated = {
        "mean": [1.0, 4.0], "volatility": [0.1, 0.4], "within": ["10 days", "1000 days"],
        "jumps": ["100 days", "10000 days"], "burst": [0.2, 0.8], "fade": ["5 days", "20 days"],
    }  # fmt: skip
    beliefs = model(north=stated)
    motion = encode(beliefs).priors.motion
    assert motion.names[:6] == motion_names("north_level", beliefs.nodes["north_level"].level)
    middles = [
        np.log(2.0),
        np.log(0.2 / 7**0.5),
        -np.log(100),
        -np.log(1000),
        np.log(0.4),
        np.log(10),
    ]
    np.testing.assert_allclose(motion.mean[:6], middles)


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ({"range": [0.0, 5.0]}, "above 0"),
        ({"range": [0.1, 5.0], "high": 9.0}, "within the range"),
        ({"range": [0.1, 5.0], "speeds": 1, "fade": ["1 day", "2 days"]}, "two speeds"),
        ({"range": [0.1, 5.0], "scale": "asinh"}, "'unit' goes with"),
        ({"range": [0.1, 5.0], "grid": 2}, "grid"),
    ],
)
def test_a_level_that_cannot_be_is_refused(level, said):
    """In one line."""
    content = yaml.safe_load(TEXT)
    content["nodes"]["north_level"]["level"] = level
    with pytest.raises(ValueError, match=said):
        Beliefs.model_validate(content)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("indicators", "north", "follows"), "elsewhere", "unknown node"),
        (("indicators", "north", "follows"), "tide_level", "on the scale plain"),
        (("indicators", "tide", "asinh"), 3.0, "on the scale plain"),
    ],
)
def test_what_follows_no_fitting_level_is_found(path, value, said):
    """With the scale it needs; a level that nothing follows is found too."""
    content = yaml.safe_load(TEXT)
    holder = content
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    found = [finding.came for finding in coherence(Beliefs.model_validate(content))]
    assert any(said in came for came in found), found


def test_states_do_not_stand_beside_a_level():
    """A level has its own; what a file of beliefs writes out again is read back."""
    beliefs = model()
    again = Beliefs.model_validate(beliefs.model_dump(mode="json", by_alias=True))
    assert again == beliefs
    content = yaml.safe_load(TEXT)
    content["nodes"]["north_level"]["states"] = ["low", "high"]
    with pytest.raises(ValueError, match="stands beside level"):
        Beliefs.model_validate(content)
