"""Where every key and value of a document stands: found again in its nodes when a message needs it."""

from __future__ import annotations

from typing import TypeAlias

import yaml

from dcim.yaml import core

Loc: TypeAlias = "tuple[int | str, ...]"
"""The way from the top of a file to a value: keys and list positions."""

Pair: TypeAlias = "tuple[yaml.Node, yaml.Node]"
"""A key's node and its value's; in a list the value's twice."""


def key_of(node: yaml.Node) -> int | str | None:
    """Return what a key node says, or None when it is no proper key: text or a whole number."""
    if not isinstance(node, yaml.ScalarNode):
        return None
    try:
        value = core.value_of(node.tag, node.value)
    except (KeyError, core.NoScalar):
        return None
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


class Marks:
    """The nodes of a document. Mappings are indexed when they are first asked for."""

    def __init__(self, root: yaml.Node) -> None:
        self._root = root
        self._indexes: dict[int, dict[int | str, Pair]] = {}  # by id: the root keeps every node alive

    def find(self, loc: Loc) -> tuple[yaml.Node, yaml.Node, bool]:
        """Return key and value node at ``loc`` or at its nearest parent, and whether it is there."""
        key = value = self._root
        for part in loc:
            step = self._step(value, part)
            if step is None:
                return key, value, False
            key, value = step
        return key, value, True

    def _step(self, node: yaml.Node, part: int | str) -> Pair | None:
        if isinstance(node, yaml.MappingNode):
            return self._index(node).get(part)
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and 0 <= part < len(node.value):
            return node.value[part], node.value[part]
        return None

    def _index(self, node: yaml.MappingNode) -> dict[int | str, Pair]:
        """Return the pairs of a mapping by key; of a key that stands twice the first, as in the data."""
        index = self._indexes.get(id(node))
        if index is None:
            index = {}
            for pair in node.value:
                key = key_of(pair[0])
                if key is not None:
                    index.setdefault(key, pair)
            self._indexes[id(node)] = index
        return index
