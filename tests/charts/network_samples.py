"""A made-up network; every number is invented."""

from __future__ import annotations

from forecast.charts.ring import Coupling, Network, Node, Pointer

from . import samples

NODES = (
    Node("arms", "Arms trade", "sustained", 0.97, ("none", "token", "sustained")),
    Node("tech", "Technology transfer", "advanced", 0.24, ("none", "limited", "advanced")),
    Node("pact", "Partnership", "strategic", 0.9, ("transactional", "strategic")),
)
COUPLINGS = (
    Coupling("arms", "tech", "sustained", "advanced", 1.2, 4.0, "raises"),
    Coupling("arms", "tech", "sustained", "limited", 1.3, 4.5, "raises", "none"),
    Coupling("pact", "arms", "strategic", "sustained", 1.2, 4.0, "raises"),
    Coupling("arms", "pact", "sustained", "strategic", 0.4, 1.0, "lowers"),
    Coupling("pact", "tech", "strategic", "advanced", 0.5, 2.0, "either"),
)
POINTERS = (
    Pointer("delivery", "Arms deliveries", "arms", 3.0, 30.0),
    Pointer("treaty", "Mutual-defence treaty", "pact", 8.0, 50.0),
    Pointer("treaty", "Mutual-defence treaty", "arms", 1.2, 3.3),
    Pointer("launch", "Satellite launched", "tech", 1.0, 2.8),
    Pointer("tonnage", "Tonnage through the port", "arms"),
)


def network(**changes) -> Network:
    given = {"nodes": NODES, "couplings": COUPLINGS, "pointers": POINTERS, **changes}
    return Network("all", "A network", samples.AS_OF, **given)


def ring(count: int) -> Network:
    """Nodes that each act on the next two."""
    nodes = tuple(Node(f"n{n}", f"Node number {n}", "yes", 0.5) for n in range(count))
    names = [node.name for node in nodes]
    couplings = tuple(
        Coupling(names[n], names[(n + far) % count], "yes", "yes", 1.1, 3.0, "raises")
        for n in range(count)
        for far in (1, 2)
        if count > far
    )
    pointers = tuple(
        Pointer(f"i{n}", f"Indicator number {n} of its node", names[n % count], 1.1, 2.0 + n)
        for n in range(12 * count)
    )
    return network(nodes=nodes, couplings=couplings, pointers=pointers)
