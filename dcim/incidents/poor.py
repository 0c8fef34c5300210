"""Where poor voltage or frequency comes from: down the feeds, from the highest part that shows it. Pure.

A part that somebody reads, and of which no such alert stands, is fine: what is poor below it begins there.
One that nobody reads lets through what comes. What stores power makes its own voltage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from dcim.graph import State, Topology, Via
from dcim.graph.node import STORES
from dcim.incidents.place import Because, Place, Root
from dcim.incidents.trouble import Trouble

_OF_POOR: Final = frozenset({Trouble.POWER_POOR, Trouble.SOURCE_LOST})
"""Troubles that poor voltage or frequency above explains."""

StateOf: TypeAlias = Callable[[str], State]
"""Gives whether a part has power."""


class Poor:
    """Finds the highest part of a path that is poor. ``opened``: troubles by part and key of their alert."""

    def __init__(self, topology: Topology, opened: Mapping[str, Mapping[str, Trouble]]) -> None:
        self._topology = topology
        self._opened = opened

    def above(self, place: Place, state: StateOf, told: Place | None = None, feed: str = "") -> Root | None:
        """Return the highest part above an alert that is poor. ``told``: one that is told only now.

        A source that is refused may have voltage, and poor one; ``feed``: the one that such an alert names.
        """
        if place.trouble not in _OF_POOR:
            return None
        found = self._at(feed, state, told) if feed else self._above(place.node, state, told)
        return Root(found[0], Because.POOR, found[1]) if found else None

    def _above(self, part: str, state: StateOf, told: Place | None) -> tuple[str, str] | None:
        """Return part and alert. Where several feeds may give, all must be poor: who knows which one does."""
        giving = [feed for feed in self._topology.parents(part, Via.POWER) if state(feed) is not State.DOWN]
        found = [self._at(feed, state, told) for feed in giving]
        return found[0] if found and all(found) else None

    def _at(self, feed: str, state: StateOf, told: Place | None) -> tuple[str, str] | None:
        """Return where what a feed gives became poor; None: it is fine, or nobody knows."""
        node = self._topology.nodes.get(feed)
        if node is None or node.kind in STORES:
            return None
        key = self._shown(feed, told)
        if not key and (node.polled or self._topology.meters(feed)):
            return None
        return self._above(feed, state, told) or ((feed, key) if key else None)

    def _shown(self, part: str, told: Place | None) -> str:
        if told is not None and told.node == part and told.trouble is Trouble.POWER_POOR:
            return told.key
        troubles = self._opened.get(part, {})
        return next((key for key, trouble in troubles.items() if trouble is Trouble.POWER_POOR), "")
