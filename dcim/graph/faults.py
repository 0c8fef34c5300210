"""What can be wrong with a building that somebody wrote: one function a question. Pure.

A fault says at which part and key it stands; who read the file knows the line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from dcim.graph.node import CARRIERS, SOURCES, TRANSFER, Node, NodeKind, Service, Via
from dcim.record import dataclass
from dcim.yaml import found, nearest, unknown

_FEEDING: Final = frozenset(
    {
        *SOURCES, *TRANSFER, NodeKind.TRANSFORMER, NodeKind.SWITCHBOARD, NodeKind.UPS, NodeKind.FLOOR_PDU,
        NodeKind.PDU, NodeKind.DC_PLANT, NodeKind.BATTERY, NodeKind.METER,
    }
)  # fmt: skip
"""What can feed something."""

_ON_THE_WAY: Final = frozenset(
    {*TRANSFER, *SOURCES, NodeKind.TRANSFORMER, NodeKind.SWITCHBOARD, NodeKind.FLOOR_PDU}
)
"""What is there only to feed something: where it feeds nothing, the drawing ends too early."""

MUTE: Final = CARRIERS | {
    NodeKind.SENSOR, NodeKind.LEAK, NodeKind.SMOKE, NodeKind.DOOR, NodeKind.IO, NodeKind.FUEL_TANK,
}  # fmt: skip
"""What says nothing about whether power or cooling is there."""

_GIVERS: Final[Mapping[Via, tuple[frozenset[NodeKind], str]]] = {
    Via.POWER: (_FEEDING, "it feeds nothing"),
    Via.COOLING: (frozenset({NodeKind.CHILLER, NodeKind.CRAC}), "it cools nothing"),
    Via.NETWORK: (CARRIERS, "devices are reached through a switch, a router or a gateway"),
}
KEYS: Final[Mapping[Via, str]] = {
    Via.POWER: "fed_by",
    Via.COOLING: "cooled_by",
    Via.NETWORK: "reached_through",
}
"""The key of a part under which each way of depending on others is written."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: at which part or service, under which key, at which place of a list, and what it is."""

    at: str
    key: str
    number: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The parts and services that were written, and further names that exist but could not be read.

    ``made`` are the parts and services that follow from them: they may be named like any other.
    """

    nodes: Mapping[str, Node]
    services: Mapping[str, Service]
    made: Mapping[str, Node | Service]
    broken: Collection[str] = ()

    def find(self, name: str) -> Node | Service | None:
        """Return what is called so."""
        return self.nodes.get(name) or self.services.get(name) or self.made.get(name)


def faults(drawing: Drawing) -> Iterator[Fault]:
    """Yield every mistake in a building."""
    for check in _CHECKS:
        yield from check(drawing)


def _names(drawing: Drawing) -> Iterator[Fault]:
    """Everything that is named must be there, once, and of a kind that can do it."""
    for node in drawing.nodes.values():
        for via, key in KEYS.items():
            seen: set[str] = set()
            for number, name in enumerate(node.before(via)):
                if what := _misnamed(drawing, name, via) or ("stands twice" if name in seen else ""):
                    yield Fault(node.id, key, number, what)
                seen.add(name)
        if node.measures and (what := _misnamed(drawing, node.measures, None)):
            yield Fault(node.id, "measures", None, what)


def _misnamed(drawing: Drawing, name: str, via: Via | None) -> str:
    """Say what is wrong with naming this, or nothing."""
    other = drawing.find(name)
    if name in drawing.broken and other is None:
        return ""
    if not isinstance(other, Node):
        return unknown("device or part", name, {*drawing.nodes, *drawing.broken})
    if via is not None and other.kind not in _GIVERS[via][0]:
        return f"{found(name)} is of kind {other.kind}: {_GIVERS[via][1]}"
    return ""


def _kinds(drawing: Drawing) -> Iterator[Fault]:
    """Water cools cooling units and rooms; nothing feeds the utility."""
    for node in drawing.nodes.values():
        if node.cooled_by and node.kind not in (NodeKind.CRAC, NodeKind.ROOM):
            yield Fault(
                node.id,
                "cooled_by",
                None,
                f"only a crac or a room is cooled, and this is of kind {node.kind}",
            )
        if node.fed_by and node.kind in (NodeKind.UTILITY, NodeKind.ROOM):
            yield Fault(node.id, "fed_by", None, f"nothing feeds a {node.kind}")
        if node.measures == node.id:
            yield Fault(node.id, "measures", None, "what a device is need not be said: it measures itself")


def _loops(drawing: Drawing) -> Iterator[Fault]:
    """Nothing may feed itself in the end. Each loop is told once."""
    for via, key in KEYS.items():
        links = {node.id: node.before(via) for node in drawing.nodes.values()}
        for loop in _circles(links):
            number = links[loop[0]].index(loop[1]) if len(loop) > 1 else links[loop[0]].index(loop[0])
            yield Fault(loop[0], key, number, f"a loop: {' <- '.join((*loop, loop[0]))}")
    parts = {service.id: service.parts for service in drawing.services.values()}
    for loop in _circles(parts):
        number = parts[loop[0]].index(loop[1] if len(loop) > 1 else loop[0])
        yield Fault(loop[0], "of", number, f"a service that needs itself: {' <- '.join((*loop, loop[0]))}")


def _circles(links: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Yield loops, each part in at most one of them; found by walking depth first, without recursion."""
    done: set[str] = set()
    for start in links:
        path: list[str] = []
        ways = [iter((start,))]
        while ways:
            name = next(ways[-1], None)
            if name is None:
                ways.pop()
                if path:
                    done.add(path.pop())
            elif name in path:
                loop = tuple(path[path.index(name) :])
                if done.isdisjoint(loop):
                    yield loop
                done.add(name)
            elif name not in done and name in links:
                path.append(name)
                ways.append(iter(links[name]))


def _unread(drawing: Drawing) -> set[str]:
    """Return the names of what could not be read; racks and rooms are written without what stands before."""
    known = {*drawing.nodes, *drawing.services, *drawing.made}
    return set(drawing.broken) - known - {name.partition("/")[2] for name in known}


def _ends(drawing: Drawing) -> Iterator[Fault]:
    """What only feeds must feed something; where the utility is drawn, every feed comes from a source.

    That something feeds nothing is said of a drawing that could be read whole: else what it feeds may be what
    could not.
    """
    whole = not _unread(drawing)
    parts = (*drawing.nodes.values(), *drawing.services.values(), *drawing.made.values())
    used = {name for part in parts for name in _needed(part)}
    measured = {node.measures for node in drawing.nodes.values()}
    complete = any(node.kind is NodeKind.UTILITY for node in drawing.nodes.values())
    for node in drawing.nodes.values():
        drawn = not node.polled or bool(node.fed_by)
        if node.id in used or not drawn or not whole:
            pass
        elif node.kind in _ON_THE_WAY and not (node.kind is NodeKind.GENSET and node.polled):
            yield Fault(
                node.id, "", None, f"this {node.kind} feeds nothing: name it in fed_by of what it feeds"
            )
        elif not node.polled and _alone(node) and node.id not in measured:
            yield Fault(node.id, "", None, "stands alone: nothing names it, and it names nothing")
        if complete and not node.fed_by and node.id in used and _must_be_fed(node):
            what = "is where a feed ends that comes from no utility and no generator: say what feeds it"
            yield Fault(node.id, "", None, what)


def _needed(part: Node | Service) -> Iterator[str]:
    """Yield what a part or a service names."""
    if isinstance(part, Service):
        yield from part.parts
    else:
        yield from (name for via in KEYS for name in part.before(via))


def _alone(node: Node) -> bool:
    return not any(node.before(via) for via in KEYS) and not node.measures and not node.rack and not node.room


def _must_be_fed(node: Node) -> bool:
    return node.kind in _FEEDING and node.kind not in SOURCES and node.kind is not NodeKind.BATTERY


def _promises(drawing: Drawing) -> Iterator[Fault]:
    """A service needs some of what there is, and no more than there is."""
    for service in drawing.services.values():
        if service.id in drawing.nodes:
            yield Fault(service.id, "", None, "a device or part has this name already")
        if not service.parts:
            yield Fault(service.id, "of", None, "a service of nothing")
        elif not 1 <= service.needs <= len(service.parts):
            what = (
                f"expected 1 to {len(service.parts)} of the {len(service.parts)} named, found {service.needs}"
            )
            yield Fault(service.id, "at_least", None, what)
        seen: set[str] = set()
        for number, name in enumerate(service.parts):
            if what := _unpromising(drawing, name) or ("stands twice" if name in seen else ""):
                yield Fault(service.id, "of", number, what)
            seen.add(name)


def _unpromising(drawing: Drawing, name: str) -> str:
    """Say why this can be no part of a service, or nothing."""
    part = drawing.find(name)
    if part is None:
        if name in drawing.broken:
            return ""
        known = [*drawing.nodes, *drawing.services, *drawing.made]
        return f"no device, part or service {found(name)}{nearest(name, known)}"
    if isinstance(part, Node) and part.kind in MUTE:
        return (
            f"{found(name)} is of kind {part.kind}: it says nothing about whether power or cooling is there"
        )
    return ""


_CHECKS: Final[tuple[Callable[[Drawing], Iterator[Fault]], ...]] = (_names, _kinds, _loops, _ends, _promises)
