"""The sections ``topology`` and ``services``, and what devices say of their place: one checked building.

Mistakes are found by ``dcim.graph`` and told where they were written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dcim.graph import Node, NodeKind, Rating, Service, ServiceKind, Wiring
from dcim.graph.derive import derive
from dcim.graph.faults import Drawing, Fault, faults
from dcim.model import Problem
from dcim.record import dataclass, replace
from dcim.settings.reading.files import Files
from dcim.settings.reading.layers import Layered
from dcim.settings.reading.shapes import PartOfBuilding, ServiceShape
from dcim.settings.sections.devices import Devices
from dcim.yaml import Loc, found

_PREFIXED = {NodeKind.RACK: "rack/", NodeKind.ROOM: "room/"}
_WAYS = ("all", "any", "of")


@dataclass(frozen=True, slots=True)
class _Written:
    """What stands in the files, and where."""

    nodes: dict[str, Node]
    services: dict[str, Service]
    places: dict[str, Layered]


def building(files: Files, devices: Devices, rooms: Mapping[str, str]) -> Wiring:
    """Return the building that all files together describe, or an empty one where that makes no sense.

    Call it when every device has been read.
    """
    written = _Written({}, {}, {})
    for name, (node, place) in devices.nodes.items():
        written.nodes[name], written.places[name] = node, place
    for name, node, place in _parts(files):
        if name in written.nodes or name in devices.ids:
            files.reader.note(place.problem((), f"a device is called {found(name)} already", key=True))
        written.nodes.setdefault(name, node)
        written.places.setdefault(name, place)
    for service, place in _services(files):
        written.services[service.id], written.places[service.id] = service, place
    nodes = tuple(_through_gateways(written.nodes, devices.lines()))
    wiring = derive(nodes, rooms, tuple(written.services.values()))
    made: dict[str, Node | Service] = {part.id: part for part in wiring.nodes}
    made.update((service.id, service) for service in wiring.services)
    broken = frozenset((*devices.ids, *files.named("topology"), *files.named("services")))
    drawing = Drawing(written.nodes, written.services, made, broken)
    problems = [_problem(fault, written) for fault in faults(drawing)]
    files.reader.note(*problems)
    return Wiring() if problems else wiring


def drawn(files: Files) -> Iterator[tuple[Node, Layered]]:
    """Yield the parts that nobody polls, each with its place."""
    for _, node, place in _parts(files):
        yield node, place


def _parts(files: Files) -> Iterator[tuple[str, Node, Layered]]:
    for name, part in files.named("topology").items():
        shape = files.reader.part(part.document, PartOfBuilding, part.loc)
        if shape is not None:
            node = _node(name, shape)
            yield node.id, node, Layered([part])


def _node(name: str, part: PartOfBuilding) -> Node:
    """Return a part; of a rack the name is what devices in it say, of a room its id."""
    return Node(
        id=_PREFIXED.get(part.kind, "") + name,
        kind=part.kind,
        name=part.name or name,
        fed_by=part.fed_by,
        needs_all=part.needs == "all",
        cooled_by=part.cooled_by,
        reached_through=part.reached_through,
        phases=part.phases,
        rating=part.rating or Rating(),
        room=name if part.kind is NodeKind.ROOM else part.room,
        rack=name if part.kind is NodeKind.RACK else part.rack,
        tenant=part.tenant,
        feed=part.feed,
    )


def _services(files: Files) -> Iterator[tuple[Service, Layered]]:
    for name, part in files.named("services").items():
        shape = files.reader.part(part.document, ServiceShape, part.loc)
        if shape is None:
            continue
        place = Layered([part])
        ways = [way for way in _WAYS if getattr(shape, way) is not None]
        if len(ways) != 1 or ("of" in ways) is (shape.at_least is None):
            what = "expected one of `all: [...]`, `any: [...]`, or `at_least: k` with `of: [...]`"
            files.reader.note(place.problem((), what, key=True))
            continue
        parts: tuple[str, ...] = getattr(shape, ways[0])
        needs = {"all": len(parts), "any": 1}.get(ways[0], shape.at_least or 0)
        yield _service(name, shape.name, needs, parts), place


def _service(name: str, title: str, needs: int, parts: tuple[str, ...]) -> Service:
    """Return a service that somebody wrote; one with the name of a derived one is for the same subject."""
    kind, _, subject = name.partition("/")
    if not subject:
        return Service(name, ServiceKind.OTHER, needs, parts, title)
    return Service(
        id=name,
        kind=ServiceKind(kind),
        needs=needs,
        parts=parts,
        name=title,
        subject=subject,
        room=subject if kind == ServiceKind.COOLING else "",
        rack=subject if kind == ServiceKind.POWER else "",
        tenant=subject if kind == ServiceKind.TENANT else "",
    )


def _through_gateways(
    nodes: Mapping[str, Node], lines: Iterable[tuple[str, tuple[str, ...]]]
) -> Iterator[Node]:
    """Yield the parts; devices that share a line are reached through it, and nobody has to say so."""
    made: dict[str, Node] = {}
    behind: dict[str, str] = {}
    for line, names in lines:
        here = [nodes[name] for name in names if name in nodes]
        named = {name for node in here for name in node.reached_through}
        if any(name in nodes and nodes[name].kind is NodeKind.GATEWAY for name in named):
            continue  # somebody has drawn it
        through = here[0].reached_through if here else ()
        gateway = Node(f"gateway/{line}", NodeKind.GATEWAY, line, reached_through=through)
        made[gateway.id] = gateway
        behind.update(dict.fromkeys((node.id for node in here), gateway.id))
    for node in nodes.values():
        through = (behind[node.id],) if node.id in behind else node.reached_through
        yield replace(node, reached_through=through)
    yield from made.values()


def _problem(fault: Fault, written: _Written) -> Problem:
    """Return a fault where it was written."""
    place = written.places[fault.at]
    key = fault.key
    if key == "of":
        key = next(way for way in _WAYS if place.has((way,)))
    loc: Loc = (key,) if key else ()
    if fault.number is not None and place.has((*loc, fault.number)):
        loc = (*loc, fault.number)
    return place.problem(loc, fault.what, key=not key)
