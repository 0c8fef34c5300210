"""What the building promises, as facts: each service when it is new or another, the whole by its hash. Pure.

A report says what "available" meant: k of which n parts, in which version of the building, and how long a
change may last unseen. All of it is in the ledger, so that nobody needs the configuration of that day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from dcim.evidence.drawing import drawing, promised, version_of
from dcim.graph import Service, ServiceKind, Topology
from dcim.ledger import Entry, canonical
from dcim.model.fact import Body, Fact, FactKind
from dcim.record import dataclass, field

LISTED: Final = 100
"""Names that a fact of the building lists as added, removed or changed."""

_BOUND: Final = "bound"
LOOKS: Final = 1.0
"""Seconds between two looks whether what was said has grown too old, with what the loop may be late."""


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
        version = version_of(drawing(topology))
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
        **promised(service),
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
