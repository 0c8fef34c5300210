"""Where on the way to a device nobody answers: what is silent there, or hides those behind it. Pure."""

from __future__ import annotations

from typing import Final

from dcim.graph import State, Topology, Via
from dcim.incidents.place import Because, Place, Root
from dcim.incidents.sight import Sight

_ENOUGH: Final = 2  # silent devices that make something between them and us suspect


class Path:
    """Looks along what devices are reached through; what it finds of one part is kept for a moment."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._silent: dict[str, bool] = {}

    def anew(self) -> None:
        """Forget what was found out: a new moment has begun."""
        self._silent.clear()

    def silent(self, place: Place, sight: Sight) -> Root | None:
        """Follow the path towards us while nobody on it answers."""
        found: Root | None = None
        for name in self._topology.network_path(place.device):
            node = self._topology.nodes.get(name)
            if node is not None and node.polled:
                if sight.answers(name) is not State.DOWN:
                    break
                found = Root(name, Because.NETWORK)
            elif self._all_silent(name, sight):
                found = Root(name, Because.BEHIND)
            else:
                break
        return found

    def _all_silent(self, name: str, sight: Sight) -> bool:
        if name not in self._silent:
            self._silent[name] = self._are_silent(name, sight)
        return self._silent[name]

    def _are_silent(self, name: str, sight: Sight) -> bool:
        silent = 0
        for behind in self._topology.descendants(name, Via.NETWORK):
            node = self._topology.nodes[behind]
            if node.polled:
                answers = sight.answers(behind)
                if answers is State.UP:
                    return False
                silent += answers is State.DOWN
        return silent >= _ENOUGH
