"""What a service is made of, and what is told of that. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from dcim.graph import Topology
from dcim.incidents.place import Because, Root
from dcim.incidents.trouble import Trouble


def made_of(topology: Topology, service: str) -> Iterator[str]:
    """Yield the parts of a service that are none themselves."""
    names, seen = [service], {service}
    for name in names:  # grows while it is walked
        known = topology.services.get(name)
        if known is None:
            yield name
            continue
        names += [part for part in known.parts if part not in seen]
        seen.update(known.parts)


def told_before(
    topology: Topology,
    opened: Mapping[str, Mapping[str, Trouble]],
    service: str,
    troubles: Collection[Trouble],
) -> Root | None:
    """Find an open alert of such a trouble on a part of a service, or on what the part depends on."""
    for part in made_of(topology, service):
        for name in (part, *topology.ancestors(part)):
            for key, trouble in opened.get(name, {}).items():
                if trouble in troubles:
                    return Root(name, Because.PARTS, key)
    return None
