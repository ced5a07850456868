"""Sharing: several nodes or indicators with one set of rates, learnt from all of them together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forecast.beliefs.indicators import CountIndicator, Indicator, ValueIndicator
from forecast.beliefs.places import Finding, Location
from forecast.beliefs.schema import Beliefs, Node
from forecast.names import nearest

__all__ = ["shared_names", "sharing"]

#: What an indicator may say otherwise than the one whose rates it has.
_OWN = {
    *("label", "description", "source", "rationale", "rates_like"),
    *("detection", "recurs", "open"),
}
_TEXTS = {"source", "rationale"}


def shared_names(beliefs: Beliefs) -> dict[str, dict[str, str]]:
    """Name the parameter that stands for another, block by block.

    Returns
    -------
    dict of str to dict of str to str
        Block of parameters, then the name that has no parameter of its own, then that of the
        parameter in its place.
    """
    blocks = ("log_hazard", "log_rate", "rarity", "log_dispersion", "level", "log_spread")
    out: dict[str, dict[str, str]] = {block: {} for block in blocks}
    for name, node in beliefs.nodes.items():
        if node.moves_like is not None:
            for h in node.hazards:
                move = f"{h.from_state} > {h.to_state}"
                out["log_hazard"][f"{name}: {move}"] = f"{node.moves_like}: {move}"
    for name, indicator in beliefs.indicators.items():
        if indicator.rates_like is not None:
            _share(out, beliefs, name, indicator.rates_like)
    return out


def _share(out: dict[str, dict[str, str]], beliefs: Beliefs, name: str, other: str) -> None:
    indicator, like = beliefs.indicators[name], beliefs.indicators[other]
    if isinstance(indicator, ValueIndicator) and isinstance(like, ValueIndicator):
        out["log_spread"][name] = other
        for state in indicator.levels.states:
            own = f"{name} | {indicator.levels.node}.{state}"
            out["level"][own] = f"{other} | {like.levels.node}.{state}"
        return
    out["log_rate"][name] = other
    if isinstance(indicator, CountIndicator):
        out["log_dispersion"][name] = other
    pairs = zip(beliefs.pointed(name).items(), beliefs.pointed(other), strict=True)
    for (node, ratios), there in pairs:
        for state in ratios:
            out["rarity"][f"{name} | {node}.{state}"] = f"{other} | {there}.{state}"


def sharing(beliefs: Beliefs) -> Iterator[Finding]:
    """Find what shares rates with something that does not exist, or says otherwise than it."""
    for name, node in beliefs.nodes.items():
        if node.moves_like is not None:
            at: Location = ("nodes", name, "moves_like")
            likes = {key: each.moves_like for key, each in beliefs.nodes.items()}
            wrong = _reference(name, node.moves_like, likes, at, what="node")
            if wrong is not None:
                yield wrong
            elif _moves(node) != _moves(beliefs.nodes[node.moves_like]):
                yield _unlike(at, "states or hazards", node.moves_like, (("nodes", name),))
    for name, indicator in beliefs.indicators.items():
        if indicator.rates_like is not None:
            at = ("indicators", name, "rates_like")
            alike = {key: each.rates_like for key, each in beliefs.indicators.items()}
            wrong = _reference(name, indicator.rates_like, alike, at, what="indicator")
            other = indicator.rates_like
            if wrong is not None:
                yield wrong
            elif _rates(beliefs, indicator) != _rates(beliefs, beliefs.indicators[other]):
                yield _unlike(at, "kind, numbers or states", other, (("indicators", name),))


def _reference(
    name: str, other: str, likes: dict[str, str | None], at: Location, *, what: str
) -> Finding | None:
    if other not in likes:
        hint = nearest(other, likes) or f"the {what}s are {', '.join(likes)}"
        return Finding(at, f"unknown {what} {other!r}", hint)
    if other == name:
        return Finding(at, f"{name!r} shares with itself", f"name another {what}")
    if likes[other] is not None:
        came = f"{other!r} has none of its own"
        return Finding(at, came, f"name the one it shares with: {likes[other]}")
    return None


def _unlike(at: Location, what: str, other: str, relies: tuple[Location, ...]) -> Finding:
    came = f"states other {what} than {other!r}"
    return Finding(at, came, f"give the same as {other}, or do not share", relies)


def _moves(node: Node) -> tuple[object, ...]:
    hazards = [h.model_dump(mode="json", exclude=_TEXTS) for h in node.hazards]
    return node.states, hazards


def _rates(beliefs: Beliefs, indicator: Indicator) -> tuple[object, ...]:
    """Everything an indicator states of its rates, and the states it speaks of, without names."""
    values: dict[str, Any] = indicator.model_dump(mode="json", exclude=_OWN)
    places = values.get("points_at") or [values.get("levels", {})]
    nodes = [place.pop("node", "") for place in places]
    known = (beliefs.nodes.get(node) for node in nodes)
    return values, [node.states for node in known if node is not None]
