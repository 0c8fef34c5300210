"""What an incident hits: devices, racks, tenants and services, as they stand now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from math import inf
from typing import Final

from dcim.graph import Redundancy, ServiceKind, Standing, State, Topology, Via
from dcim.graph.node import CARRIERS
from dcim.incidents.incident import Hit, Reached
from dcim.incidents.sight import Sight
from dcim.record import replace

_NOTHING: Final = Reached()


def hit(
    topology: Topology,
    roots: Iterable[str],
    places: Iterable[str],
    sight: Sight,
    since: float = -inf,
    reached: Reached = _NOTHING,
) -> Hit:
    """Return what is hit by trouble at these roots and these parts, which is known ``since`` then.

    Hit are the parts themselves and everything below the roots that is down or, behind a gateway, silent. A
    service counts when it is down or has lost something that should be there; a rack when one of its feeds
    is hit, and one that lost its power in what was ``reached``, or may have, until it is known to have it.
    """
    roots = tuple(roots)
    below = dict.fromkeys(chain.from_iterable(map(topology.descendants, roots)))
    state = sight.state
    dead = [name for name in below if state(name) is State.DOWN]
    parts = tuple(dict.fromkeys((*roots, *places, *dead, *_mute(topology, roots, sight))))
    standing = {name: sight.standing(name) for name in topology.services_on(parts)}
    touched = {name: one for name, one in standing.items() if suffers(one)}
    lost = _known((*reached.dark, *reached.doubtful), topology)
    dark = [name for name in lost if state(name) is not State.UP]
    racks = dict.fromkeys((*chain.from_iterable(map(topology.racks_at, parts)), *dark))
    found = Hit(
        devices=tuple([name for name in parts if _is_device(topology, name)]),
        racks=tuple(racks),
        tenants=_tenants(topology, touched),
        services=touched,
        works=bool(roots) and all(_works(topology, root, sight, since) for root in roots),
    )
    return _as_it_is(topology, found, reached, sight)


def over(topology: Topology, last: Hit, reached: Reached, sight: Sight) -> Hit:
    """Return all that an incident hit that is over, with how it all is now. ``last``: the last look."""
    every = replace(
        last,
        devices=reached.devices,
        racks=reached.racks,
        tenants=reached.tenants,
        services={name: sight.standing(name) for name in last.services},
    )
    return _as_it_is(topology, every, reached, sight)


def _as_it_is(topology: Topology, found: Hit, reached: Reached, sight: Sight) -> Hit:
    """Return it with how its racks are now, and what of all that was lost is back."""
    doubted = dict.fromkeys(reached.doubtful).keys() - reached.dark
    services = (name for name in reached.down if name in topology.services)
    racks = _known(found.racks, topology)
    states = {name: sight.state(name) for name in racks}
    return replace(
        found,
        dark=tuple([name for name, state in states.items() if state is State.DOWN]),
        doubtful=tuple([name for name, state in states.items() if state is State.UNKNOWN]),
        feeds=tuple(sorted(_feeds(topology, racks, sight))),
        back=tuple([name for name in _known(reached.dark, topology) if sight.state(name) is State.UP]),
        known=tuple([name for name in _known(sorted(doubted), topology) if sight.state(name) is State.UP]),
        again=tuple([name for name in services if sight.standing(name).function is State.UP]),
    )


def _known(racks: Iterable[str], topology: Topology) -> list[str]:
    """Return those that are in the building still: it may have been described anew since they were hit."""
    nodes = topology.nodes
    return [name for name in racks if name in nodes]


def _works(topology: Topology, root: str, sight: Sight, since: float) -> bool:
    """Whether a root works again: what it said before it was lost does not say so."""
    return root in topology.nodes and sight.state(root, since) is State.UP


def _mute(topology: Topology, roots: Iterable[str], sight: Sight) -> Iterator[str]:
    """Yield what does not answer behind roots that only stand between us and devices."""
    for root in roots:
        node = topology.nodes.get(root)
        if node is not None and node.kind in CARRIERS:
            behind = topology.descendants(root, Via.NETWORK)
            yield from (name for name in behind if sight.answers(name) is State.DOWN)


def suffers(standing: Standing) -> bool:
    """Whether a service is down or has lost something."""
    return standing.function is State.DOWN or standing.redundancy is Redundancy.REDUCED


def _is_device(topology: Topology, name: str) -> bool:
    """Whether a part is polled; what no topology knows is a device that has an alert."""
    node = topology.nodes.get(name)
    return node.polled if node is not None else name not in topology.services


def _feeds(topology: Topology, racks: Iterable[str], sight: Sight) -> Iterator[str]:
    """Yield the feeds that racks still have: of one that is silent nobody knows, whatever it said before.

    Those of one that says none of its own are not told.
    """
    found = {
        topology.nodes[feed].feed
        for rack in racks
        for feed in topology.parents(rack, Via.POWER)
        if sight.state(feed) is State.UP and sight.answers(feed) is not State.DOWN
    }
    yield from (feed for feed in found if feed)


def _tenants(topology: Topology, services: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in services:
        service = topology.services[name]
        tenant = service.subject if service.kind is ServiceKind.TENANT else service.tenant
        if tenant:
            found[tenant] = None
    return tuple(sorted(found))
