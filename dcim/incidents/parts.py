"""What a service is made of. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dcim.graph import Topology


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
