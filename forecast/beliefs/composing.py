"""Compose YAML text to nodes: by libyaml where it can, by the slower ruamel.yaml where it must.

libyaml is many times as fast. The scalars are typed by ruamel.yaml's own rules (YAML 1.2), so
that both ways give the same nodes; what libyaml refuses, or what is not plain YAML 1.2, is left
to ruamel.yaml, whose messages a user sees. A little that ruamel.yaml refuses is read.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import yaml as libyaml
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.resolver import implicit_resolvers

__all__ = ["compose", "read_plain"]

_DEEPEST = 5000
#: Directives, tabs, anchors, aliases, tags and complex keys: here the two differ in corners.
_LEADING = re.compile(r"^[-?: ]*", re.MULTILINE)
_SPECIAL = re.compile(r"\t|^%|(?:^|[\s,\[{:-])(?:[&*](?! )|!|\?(?:\s|$))", re.MULTILINE)


def compose(yaml: YAML, text: str) -> Node | None:
    """Compose one document to the nodes that ``yaml.compose(text)`` gives.

    Parameters
    ----------
    yaml : ruamel.yaml.YAML
        A pure, safe one.
    text : str
        YAML 1.2.

    Returns
    -------
    ruamel.yaml.nodes.Node or None
        None if the text is empty.

    Raises
    ------
    ruamel.yaml.error.YAMLError
        If it is not readable.

    Examples
    --------
    >>> compose(YAML(typ="safe", pure=True), "due: yes").value[0][1].tag
    'tag:yaml.org,2002:str'
    """
    found = _quickly(text)
    root: Node | None = yaml.compose(text) if found is None else found
    return root


def read_plain(text: str) -> Any:
    """Read a YAML file of our own as plain values.

    Examples
    --------
    >>> read_plain("letters: [A, B]")
    {'letters': ['A', 'B']}
    """
    yaml = YAML(typ="safe", pure=True)
    return yaml.constructor.construct_document(compose(yaml, text))


def _quickly(text: str) -> Node | None:
    """Compose by libyaml, or give None if that is not for certain the same."""
    plain = _SPECIAL.search(text) is None
    # libyaml's composer overruns the stack of the processor where nesting has no bound
    leading = max(len(one[0]) for one in _LEADING.finditer(text))
    deepest = text.count("[") + text.count("{") + 2 * leading
    if not (libyaml.__with_libyaml__ and plain and deepest < _DEEPEST):
        return None
    try:
        root = libyaml.compose(text, Loader=_loader())
        return None if root is None else _converted(root)
    except libyaml.YAMLError:
        return None


@cache
def _loader() -> Any:
    """Give a class that parses with libyaml and types scalars as ruamel.yaml does."""

    class Loader(libyaml.cyaml.CParser, libyaml.resolver.BaseResolver):  # type: ignore[misc]
        def __init__(self, stream: str) -> None:
            libyaml.cyaml.CParser.__init__(self, stream)
            libyaml.resolver.BaseResolver.__init__(self)

    for versions, tag, pattern, first in implicit_resolvers:
        if (1, 2) in versions:
            Loader.add_implicit_resolver(tag, pattern, first)
    return Loader


def _converted(node: Any) -> Node:
    """Turn a node of PyYAML into one of ruamel.yaml."""
    place = (node.start_mark, node.end_mark)
    if isinstance(node, libyaml.ScalarNode):
        return ScalarNode(node.tag, node.value, *place, node.style)
    if isinstance(node, libyaml.MappingNode):
        pairs = [(_converted(key), _converted(value)) for key, value in node.value]
        return MappingNode(node.tag, pairs, *place, node.flow_style)
    return SequenceNode(node.tag, [_converted(item) for item in node.value], *place)
