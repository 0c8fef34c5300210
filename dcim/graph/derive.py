"""The racks, rooms and services that the topology says by itself, so that nobody has to write them. Pure.

    PDUs, transfer switches in a rack   rack/NAME, fed by them;  power/NAME: any of its feeds
    cooling units in a room             room/ID, cooled by them; cooling/ID: all but one of them, at least one
    devices of a tenant                 tenant/NAME: the power of all its racks

A service that somebody wrote under the same name stands instead of the derived one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from dcim.graph.feeds import FEEDS
from dcim.graph.node import COOLERS, SUPPLIES, TRANSFER, Node, NodeKind, Service, ServiceKind, Wiring
from dcim.record import dataclass, replace

_Key: TypeAlias = tuple[str, str]
"""Room and name of a rack."""


@dataclass(frozen=True, slots=True)
class _Rack:
    node: Node
    supplies: tuple[Node, ...]
    tenants: tuple[str, ...]


def derive(nodes: Sequence[Node], rooms: Mapping[str, str], written: Sequence[Service] = ()) -> Wiring:
    """Return the building of these parts: with its racks and rooms, and with every service.

    ``rooms`` are names by id; services that are ``written`` may have none. Racks of one name in two rooms are
    called ``rack/ROOM/NAME``.
    """
    racks = list(_racks(nodes))
    spaces = list(_rooms(nodes, rooms))
    made = {node.id: node for node in (*nodes, *(rack.node for rack in racks), *spaces)}
    services = {
        service.id: service for service in (*_power(racks), *_cooling(spaces), *_tenants(racks, nodes))
    }
    services |= {service.id: _named(service, services.get(service.id)) for service in written}
    return Wiring(tuple(made.values()), _ordered(services))


def _named(service: Service, usual: Service | None) -> Service:
    """Return a service that somebody wrote; without a name it has that of the one that it stands for."""
    if service.name:
        return service
    return replace(service, name=usual.name if usual is not None else service.subject or service.id)


# racks


def _racks(nodes: Sequence[Node]) -> Iterator[_Rack]:
    """Yield the racks that anything supplies, in the order in which they are first named."""
    explicit = {node.id: node for node in nodes if node.kind is NodeKind.RACK}
    members = _members(nodes)
    ambiguous = _ambiguous(members)
    for (room, name), inside in members.items():
        rack_id = f"rack/{room}/{name}" if name in ambiguous else f"rack/{name}"
        said = explicit.pop(rack_id, Node(rack_id, NodeKind.RACK, name, rack=name, room=room))
        supplies = _supplies(inside)
        fed_by = said.fed_by or tuple(node.id for node in supplies)
        if fed_by:
            tenants = tuple(dict.fromkeys(node.tenant for node in (*inside, said) if node.tenant))
            node = replace(said, fed_by=fed_by, room=said.room or room, tenant=tenants[0] if tenants else "")
            yield _Rack(node, () if said.fed_by else supplies, tenants)
    for said in explicit.values():
        yield _Rack(said, (), (said.tenant,) if said.tenant else ())


def _members(nodes: Sequence[Node]) -> dict[_Key, list[Node]]:
    """Return what stands in each rack; what does not say its room is in the one that the others say."""
    rooms: dict[str, set[str]] = {}
    for node in nodes:
        if node.rack and node.room:
            rooms.setdefault(node.rack, set()).add(node.room)
    found: dict[_Key, list[Node]] = {}
    for node in nodes:
        if node.rack and node.kind is not NodeKind.RACK:
            known = rooms.get(node.rack, set())
            room = node.room or (next(iter(known)) if len(known) == 1 else "")
            found.setdefault((room, node.rack), []).append(node)
    return found


def _ambiguous(members: Iterable[_Key]) -> set[str]:
    names = [name for _, name in members]
    return {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()


def _supplies(inside: Sequence[Node]) -> tuple[Node, ...]:
    """Return what servers in a rack are plugged into.

    A UPS or PDU that feeds another one in the rack is behind it; a transfer switch counts for itself,
    whether it feeds the PDUs or hangs on them.
    """
    supplies = [node for node in inside if node.kind in SUPPLIES]
    feeding = {feed for node in supplies if node.kind not in TRANSFER for feed in node.fed_by}
    return tuple(node for node in supplies if node.kind in TRANSFER or node.id not in feeding)


def _power(racks: Iterable[_Rack]) -> Iterator[Service]:
    for rack in racks:
        for service in _of_rack(rack):
            yield replace(service, room=rack.node.room, rack=rack.node.rack, tenant=rack.node.tenant)


def _of_rack(rack: _Rack) -> Iterator[Service]:
    """Yield the power of a rack, after the feeds that it is made of."""
    name = rack.node.id.removeprefix("rack/")
    switches = [node.id for node in rack.supplies if node.kind in TRANSFER]
    feeds, groups = _feeds(name, [node for node in rack.supplies if node.kind not in TRANSFER])
    yield from groups
    if not feeds and not switches:
        feeds = list(rack.node.fed_by)
    needs = len(feeds) if rack.node.needs_all else 1
    if switches and feeds:
        yield Service(f"power/{name}{FEEDS}", ServiceKind.FEED, needs, tuple(feeds), name, derived=True)
        feeds, needs = [f"power/{name}{FEEDS}"], 1
    yield Service(
        id=f"power/{name}",
        kind=ServiceKind.POWER,
        needs=len(switches) + (needs if feeds else 0),
        parts=(*feeds, *switches),
        name=rack.node.name or name,
        subject=name,
        derived=True,
    )


def _feeds(name: str, supplies: Sequence[Node]) -> tuple[list[str], list[Service]]:
    """Return the feeds of a rack: PDUs that say the same feed are one, and all of them are needed."""
    if not all(node.feed for node in supplies):
        return [node.id for node in supplies], []
    by_feed: dict[str, list[str]] = {}
    for node in supplies:
        by_feed.setdefault(node.feed, []).append(node.id)
    groups = {
        feed: Service(
            f"power/{name}/{feed}", ServiceKind.FEED, len(ids), tuple(ids), f"{name} {feed}", derived=True
        )
        for feed, ids in by_feed.items()
        if len(ids) > 1
    }
    return [groups[feed].id if feed in groups else ids[0] for feed, ids in by_feed.items()], list(
        groups.values()
    )


# rooms and tenants


def _rooms(nodes: Sequence[Node], rooms: Mapping[str, str]) -> Iterator[Node]:
    explicit = {node.id: node for node in nodes if node.kind is NodeKind.ROOM}
    units: dict[str, list[str]] = {}
    for node in nodes:
        if node.kind in COOLERS and node.room:
            units.setdefault(node.room, []).append(node.id)
    for room, ids in units.items():
        space = explicit.pop(
            f"room/{room}", Node(f"room/{room}", NodeKind.ROOM, rooms.get(room, room), room=room)
        )
        yield replace(space, cooled_by=space.cooled_by or tuple(ids))
    yield from (space for space in explicit.values() if space.cooled_by)


def _cooling(spaces: Iterable[Node]) -> Iterator[Service]:
    for space in spaces:
        room, parts = space.id.removeprefix("room/"), space.cooled_by
        yield Service(
            id=f"cooling/{room}",
            kind=ServiceKind.COOLING,
            needs=max(1, len(parts) - 1),
            parts=parts,
            name=space.name,
            subject=room,
            room=room,
            derived=True,
        )


def _tenants(racks: Sequence[_Rack], nodes: Sequence[Node]) -> Iterator[Service]:
    parts: dict[str, list[str]] = {}
    for rack in racks:
        for tenant in rack.tenants:
            parts.setdefault(tenant, []).append(f"power/{rack.node.id.removeprefix('rack/')}")
    for node in nodes:
        if node.tenant and not node.rack and node.kind in SUPPLIES:
            parts.setdefault(node.tenant, []).append(node.id)
    for tenant, ids in parts.items():
        yield Service(
            id=f"tenant/{tenant}",
            kind=ServiceKind.TENANT,
            needs=len(ids),
            parts=tuple(ids),
            name=tenant,
            subject=tenant,
            tenant=tenant,
            derived=True,
        )


def _ordered(services: Mapping[str, Service]) -> tuple[Service, ...]:
    """Return services after those they need; what stands in a loop is left out, and told elsewhere."""
    done: dict[str, Service] = {}
    left = dict(services)
    while left:
        ready = [one for one in left.values() if not any(part in left for part in one.parts)]
        if not ready:
            break
        for one in ready:
            done[one.id] = left.pop(one.id)
    return tuple(done.values())
