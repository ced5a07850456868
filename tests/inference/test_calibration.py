"""Simulation-based calibration of the whole engine (Talts et al. 2018, arXiv:1804.06788).

Rates are drawn from the priors of the file, a world from the rates, and the engine, from rows and
coverage to answers, is asked what it believes. Then the rank of each true rate among 99 nearly
independent posterior draws is uniform, and what happens does so as often as it was forecast.

Worlds: 400, seeds 0 to 399. Posterior: one compiled model, two chains of 500 draws after 300,
every tenth kept, 99 of them. Quantities: every rate; the log-likelihood, which would notice a
posterior that ignores the data (Modrak et al. 2023, arXiv:2211.02383); every headline state at the
as-of date and eight steps ahead; both questions. Tests: chi-square on ten bins and z of the mean
for ranks, z of outcomes less forecasts for events; Holm over all of them at 0.001.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
import xarray as xr

from forecast.analysis.readout import read_out
from forecast.inference.encoding import Encoding
from forecast.inference.sampling import posterior_parameters
from forecast.inference.tracking import knowledge, log_likelihood
from forecast.network import Parameters
from forecast.validation.assessing import holm, place_p_value, shape_p_value, z_of_outcomes
from forecast.validation.simulating import RANKS as DRAWS
from forecast.validation.simulating import World
from forecast.validation.worlds import reached
from tests.inference.generative import AHEAD, STEPS, coverage, draw_world
from tests.inference.intervals import BLOCKS
from tests.inference.samples import day, harbour

WORLDS = 400
LEVEL = 0.001


def sample(compiled: Any, evidence: Any, seed: int) -> xr.DataTree:
    """99 nearly independent draws of the posterior."""
    import nutpie

    from forecast.inference.model import evidence_arrays

    tree = nutpie.sample(
        compiled.with_data(**evidence_arrays(evidence)),
        draws=500,
        tune=300,
        chains=2,
        cores=2,
        seed=seed,
        target_accept=0.9,
        progress_bar=False,
        save_warmup=False,
    )
    posterior = tree["posterior"].to_dataset().isel(draw=slice(None, None, 10))
    assert posterior.sizes["chain"] * posterior.sizes["draw"] == DRAWS + 1
    return xr.DataTree.from_dict(
        {"posterior": posterior, "sample_stats": tree["sample_stats"].to_dataset()}
    )


def true_parameters(encoding: Encoding, world: World) -> Parameters:
    """The rates of the world, as the engine numbers them."""
    values = {name: block.names for name, (_, block) in encoding.priors.blocks.items()}
    values["initial"] = encoding.priors.node_states
    columns = {
        block: np.array([[world.rates[block][name]] for name in names])
        for block, names in values.items()
    }
    return encoding.priors.parameters(columns)


def ranks_of(encoding: Encoding, world: World, tree: xr.DataTree, evidence: Any) -> dict[str, int]:
    """How many of the draws lie below the truth, for each rate and for the log-likelihood."""
    out = {}
    posterior = tree["posterior"]
    labels = {block: encoding.priors.blocks[block][1].names for block in BLOCKS}
    first = {f"{name}.{node.states[0]}" for name, node in encoding.beliefs.nodes.items()}
    labels["initial"] = encoding.priors.node_states
    for block, names in labels.items():
        draws = posterior[block].values.reshape(DRAWS + 1, -1)[:DRAWS]
        for number, name in enumerate(names):
            if name not in first:  # the first share of a node is what the others leave
                out[f"{block} {name}"] = int((draws[:, number] < world.rates[block][name]).sum())
    found = log_likelihood(encoding, posterior_parameters(encoding, tree), evidence)[:DRAWS]
    truth = log_likelihood(encoding, true_parameters(encoding, world), evidence)[0]
    return out | {"log likelihood": int((found < truth).sum())}


def events_of(
    encoding: Encoding, world: World, tree: xr.DataTree, known: Any, seed: int
) -> dict[str, Any]:
    """Forecast probability and outcome of each headline, now and later, and of each question."""
    parameters = posterior_parameters(encoding, tree)
    reading = read_out(
        encoding, parameters, known, as_of=day(7 * STEPS), horizon=day(7 * (STEPS + AHEAD)), seed=1
    )
    out: dict[str, Any] = {}
    for name, node in encoding.beliefs.nodes.items():
        for at in (STEPS, STEPS + AHEAD):
            p = reading.headline[name].probability[at]
            out[f"{name} at step {at}"] = p, world.path[at][name] in node.headline
    rng = np.random.default_rng([seed, 1])  # its own, so that worlds do not depend on it
    for each in reading.answers:
        asked = encoding.beliefs.questions[each.name]
        last = (asked.by - day(0)).days // 7
        assert day(7 * last) == asked.by
        yes = world.path[last][asked.node] in asked.states
        if asked.mode == "reaches":
            yes = reached(encoding.beliefs, world.path, world.moves, asked, rng)
        out[each.name] = each.band.probability, yes
    return out


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_whole_engine_is_calibrated(compiled: Any) -> None:
    """Ranks are uniform and events as probable as forecast, in 400 worlds."""
    encoding = harbour()
    looked = coverage(encoding.beliefs)
    ranks: dict[str, list[int]] = {}
    events: dict[str, list[Any]] = {}
    divergent = 0
    for seed in range(WORLDS):
        world = draw_world(encoding.beliefs, seed)
        known = knowledge(encoding, world.rows, looked, as_of=day(7 * STEPS), steps=STEPS)
        tree = sample(compiled, known[-1], seed)
        divergent += int(tree["sample_stats"]["diverging"].sum())
        for name, rank in ranks_of(encoding, world, tree, known[-1]).items():
            ranks.setdefault(name, []).append(rank)
        for name, event in events_of(encoding, world, tree, known, seed).items():
            events.setdefault(name, []).append(event)
    found: dict[str, float] = {}
    for name, values in ranks.items():
        found[f"{name}: shape"] = shape_p_value(values, most=DRAWS)
        found[f"{name}: place"] = place_p_value(values, most=DRAWS)
    for name, pairs in events.items():
        z = z_of_outcomes([p for p, _ in pairs], [happened for _, happened in pairs])
        found[f"{name}: frequency"] = 2 * float(scipy.stats.norm.sf(abs(z)))
    adjusted = dict(zip(found, holm(list(found.values())), strict=True))
    report = "\n".join(
        f"{p:8.4f} {adjusted[name]:8.4f} {name}"
        for name, p in sorted(found.items(), key=lambda x: x[1])
    )
    print(f"p-value, adjusted, quantity; {divergent} divergent draws\n{report}")
    assert min(adjusted.values()) > LEVEL, report
    assert divergent < 0.001 * 1000 * WORLDS
