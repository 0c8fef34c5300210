"""What people mean by a name that is none of a part: a whole feed, or a room as it is called. Pure."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from dcim.graph import Topology, Via

_ROOM: Final = "room/"


def feed_of(topology: Topology, losable: Container[str], name: str) -> tuple[str, ...]:
    """Return the parts of a feed (``A``) that nothing else of it feeds: with them all of it is lost."""
    folded = name.strip().casefold()
    mine = {
        node.id
        for node in topology.nodes.values()
        if node.feed and node.feed.casefold() == folded and node.id in losable
    }
    return tuple(sorted(one for one in mine if mine.isdisjoint(topology.ancestors(one, Via.POWER))))


def room_of(topology: Topology, name: str) -> str:
    """Return the id of the room that people call so; the name itself where none is."""
    if any(node.room == name for node in topology.nodes.values()):
        return name
    folded = name.strip().casefold()
    for node in topology.nodes.values():
        if node.id.startswith(_ROOM) and node.name.casefold() == folded:
            return node.id.removeprefix(_ROOM)
    return name
