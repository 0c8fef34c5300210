"""What the building promises, as facts: each service when it is new or another, the whole by its hash. Pure.

A report says what "available" meant: k of which n parts, in which version of the building, and how long a
change may last unseen. All of it is in the ledger, so that nobody needs the configuration of that day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Final

from dcim.graph import Node, Service, ServiceKind, Topology
from dcim.ledger import Entry, canonical
from dcim.model.fact import Body, Fact, FactKind
from dcim.record import dataclass, field

LISTED: Final = 100
"""Names that a fact of the building lists as added, removed or changed."""

LOOKS: Final = 1.0
"""Seconds between two looks whether what was said has grown too old, with what the loop may be late."""

_BOUND: Final = "bound"


@dataclass(frozen=True, slots=True)
class Promises:
    """What the ledger knows: the newest definition of each service, the newest version of the building."""

    site: str = ""
    defined: Mapping[str, str] = field(default_factory=dict)  # canonical bodies by service
    building: str = ""  # sha256

    @classmethod
    def of(cls, site: str, defined: Iterable[Entry], building: Entry | None) -> Promises:
        """Take the newest facts of each."""
        known = {entry.subject: entry.body for entry in defined}
        return cls(site, known, str(building.read()["sha256"]) if building else "")

    def facts(self, topology: Topology, lasts: Mapping[str, float], now: float) -> Iterator[Fact]:
        """Yield the version of the building if it is new, and the definitions that are not as before.

        ``lasts``: for how many seconds what each device says counts. Nothing without a site.
        """
        if not self.site:
            return
        told = {
            service.id: definition(service, topology, lasts)
            for service in topology.services.values()
            if service.kind is not ServiceKind.FEED
        }
        there = {name for name, body in self.defined.items() if not json.loads(body).get("removed")}
        fresh = [name for name, body in told.items() if self.defined.get(name) != canonical(body)]
        gone = sorted(there - told.keys())
        version = version_of(topology, told)
        if version != self.building:
            body: Body = {
                "sha256": version,
                "before": self.building or None,
                "nodes": len(topology.nodes),
                "services": len(told),
                "added": [name for name in fresh if name not in there][:LISTED],
                "changed": [name for name in fresh if name in there][:LISTED],
                "removed": gone[:LISTED],
            }
            yield Fact(FactKind.TOPOLOGY, now, self.site, body)
        for name in fresh:
            yield Fact(FactKind.SERVICE_DEFINED, now, name, told[name])
        for name in gone:
            yield Fact(FactKind.SERVICE_DEFINED, now, name, {"removed": True})


def definition(service: Service, topology: Topology, lasts: Mapping[str, float]) -> Body:
    """Return what a service promises; a change that lasts shorter than ``bound`` (seconds) may go unseen."""
    return {
        "kind": str(service.kind),
        "name": service.name,
        "needs": service.needs,
        "parts": list(service.parts),
        "room": service.room,
        "rack": service.rack,
        "tenant": service.tenant,
        _BOUND: round(max(_bounds(service, topology, lasts), default=0.0) + LOOKS, 6),
    }


def _bounds(service: Service, topology: Topology, lasts: Mapping[str, float]) -> Iterator[float]:
    """Yield for how long what is said of each part counts; where nobody polls it, what is said of any."""
    for part in service.parts:
        if part in topology.services:
            yield from _bounds(topology.services[part], topology, lasts)
        elif part in lasts:
            yield lasts[part]
        else:
            yield from lasts.values()


def version_of(topology: Topology, told: Mapping[str, Body]) -> str:
    """Return the SHA-256 of the building: a canonical line for each part and each service, by their ids."""
    lines = [canonical({"node": node.id, **_said_of(node)}) for _, node in sorted(topology.nodes.items())]
    for name, body in sorted(told.items()):
        kept = {key: value for key, value in body.items() if key != _BOUND}
        lines.append(canonical({"service": name, **kept}))
    return sha256("\n".join(lines).encode()).hexdigest()


def _said_of(node: Node) -> Body:
    return {
        "kind": str(node.kind),
        "fed_by": list(node.fed_by),
        "needs_all": node.needs_all,
        "cooled_by": list(node.cooled_by),
        "measures": node.measures,
        "phases": list(node.phases),
        "rating": [node.rating.amperes, node.rating.watts, node.rating.voltamperes],
        "place": [node.room, node.rack, node.tenant, node.feed],
        "polled": node.polled,
    }
