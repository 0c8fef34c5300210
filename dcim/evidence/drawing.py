"""The building as its version counts it: a line a part and a service, whose hash is the fact ``topology``.

No names of people, no contracts: what feeds what, where it stands, whose it is. An auditor finds from it the
supplies of a tenant (``verifier/supplies.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from dcim.evidence.issued import is_digest
from dcim.graph import Node, Service, ServiceKind, Topology
from dcim.history.durable import sync_directory, sync_file
from dcim.ledger import canonical
from dcim.model.fact import Body, FactKind
from dcim.store import Reads

FOLDER: Final = "site"
_PAGE: Final = 1000


def drawing(topology: Topology) -> str:
    """Return a canonical line for each part and each service that people are told of, by their ids."""
    lines = [canonical({"node": node.id, **_said_of(node)}) for _, node in sorted(topology.nodes.items())]
    told = (one for _, one in sorted(topology.services.items()) if one.kind is not ServiceKind.FEED)
    lines += [canonical({"service": one.id, **promised(one)}) for one in told]
    return "\n".join(lines)


def promised(service: Service) -> Body:
    """Return what a service promises, but for how quickly its devices are asked."""
    return {
        "kind": str(service.kind),
        "name": service.name,
        "needs": service.needs,
        "parts": list(service.parts),
        "room": service.room,
        "rack": service.rack,
        "tenant": service.tenant,
    }


def version_of(text: str) -> str:
    """Return the SHA-256 of a drawing, as facts name it."""
    return sha256(text.encode()).hexdigest()


def keep(text: str, state: Path) -> None:
    """Keep a drawing in the state directory, on the disk before this returns. Raises ``OSError``."""
    folder = state / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{version_of(text)}.ndjson"
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8", newline="")
        sync_file(fresh)
        fresh.replace(path)
        sync_directory(folder)


def drawings(directory: Path, reads: Reads, claims: Iterable[tuple[str, str]], last: int) -> Iterator[str]:
    """Yield every drawing that a fact up to ``last`` names, where claims rest on one; none that is not it."""
    if not any('"claim":"demand"' in text or '"parts":' in text for _, text in claims):
        return
    seen: set[str] = set()
    at = 0
    while found := reads.facts(at, (FactKind.TOPOLOGY,), _PAGE):
        for entry in found:
            digest = str(entry.read().get("sha256"))
            if entry.sequence <= last and is_digest(digest) and digest not in seen:
                seen.add(digest)
                yield from _kept(directory, digest)
        at = found[-1].sequence


def _kept(directory: Path, digest: str) -> Iterator[str]:
    try:
        text = (directory / FOLDER / f"{digest}.ndjson").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return  # of before drawings were kept: the auditor is told that supplies are not proven
    if version_of(text) == digest:
        yield text


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
