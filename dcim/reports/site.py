"""The site as the configuration described it, in one file beside the ledger: what facts call by ids.

The file is named by the SHA-256 of its bytes, and that hash is a fact: a report of last year uses the names,
rooms, tenants and services of last year, and an auditor can hold the file against the ledger. Pure, but for
``keep`` and ``kept``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from msgspec import to_builtins

from dcim.alerts import Language, Rule
from dcim.graph import Node, NodeKind, Rating, Service, Topology, Wiring
from dcim.graph.node import ServiceKind
from dcim.history.durable import sync_directory, sync_file
from dcim.model import Asset, Kind
from dcim.reports.model import Name, Texts, Value

FOLDER: Final = "site"
_FORMAT: Final = "dcim site 1"


@dataclass(frozen=True, slots=True)
class Thing:
    """A device: what people call it, where it stands, by what it is read, how often (seconds)."""

    id: str
    name: str
    kind: Kind
    room: str = ""
    rack: str = ""
    tenant: str = ""
    collector: str = ""
    profiles: tuple[str, ...] = ()
    interval: float = 0.0


@dataclass(frozen=True)
class Described:
    """A site: its names, its devices, its wiring, and what its rules are called in both languages.

    ``more`` holds what other parts of a report are told by the configuration, as JSON: contracts, meters,
    calibrations. ``digest`` is the SHA-256 of the file; empty where nothing was kept and only ids are known.
    """

    id: str
    name: str = ""
    zone: str = "UTC"
    language: Language = Language.EN
    rooms: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    things: Mapping[str, Thing] = field(default_factory=lambda: MappingProxyType({}))
    wiring: Wiring = field(default_factory=Wiring)
    rules: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    more: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    digest: str = ""

    def service(self, service_id: str) -> Service | None:
        """Return a service of the site, or None."""
        return self._services.get(service_id)

    def called(self, subject: str) -> Value:
        """Return what people call a device, service or part of the building; its id where nobody named it.

        A part without a name that a meter measures is called by the meter, as in messages.
        """
        if thing := self.things.get(subject):
            return Name(thing.name or thing.id)
        if service := self.service(subject):
            return Name(service.name or service.subject or service.id)
        return Name(self._named(subject) or self.rooms.get(subject, subject))

    def rule(self, name: str) -> Value:
        """Return what a rule is called; its name where its rule is gone."""
        title = self.rules.get(name)
        return Texts(*title) if title else Name(name)

    @cached_property
    def topology(self) -> Topology:
        """Return the building as it is wired, for whoever asks what stands on what."""
        return Topology(self.wiring)

    def _named(self, part: str) -> str:
        """Return the name of a part of the building, or of its first meter; empty where neither has one."""
        node = self._nodes.get(part)
        if node is None or node.name not in ("", part):
            return node.name if node else ""
        return next((self._nodes[one].name for one in self.topology.meters(part)), "")

    @cached_property
    def _services(self) -> Mapping[str, Service]:
        return {one.id: one for one in self.wiring.services}

    @cached_property
    def _nodes(self) -> Mapping[str, Node]:
        return {one.id: one for one in self.wiring.nodes}

    def of_tenant(self, tenant: str) -> frozenset[str]:
        """Return the devices, parts and services that are one tenant's and nobody else's."""
        return frozenset(self._by_tenant.get(tenant, ()))

    @cached_property
    def _by_tenant(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for thing in self.things.values():
            found[thing.tenant].add(thing.id)
        for node in self.wiring.nodes:
            found[node.tenant].add(node.id)
        for service in self.wiring.services:
            found[service.tenant].add(service.id)
            if service.kind is ServiceKind.TENANT:
                found[service.subject].add(service.id)
        return found

    @property
    def tenants(self) -> tuple[str, ...]:
        """Return the tenants by name."""
        named = {one.tenant for one in self.wiring.services} | {one.tenant for one in self.things.values()}
        named |= {one.subject for one in self.wiring.services if one.kind is ServiceKind.TENANT}
        return tuple(sorted(named - {""}))


def describe(
    site: tuple[str, str, str, Language],
    rooms: Mapping[str, str],
    assets: Iterable[Asset],
    wiring: Wiring,
    rules: Iterable[Rule],
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Described:
    """Return the description of a site from its configuration; ``site``: id, name, time zone, language."""
    things = {
        one.id: Thing(
            one.id,
            one.name,
            one.kind,
            one.room,
            one.rack,
            one.tenant,
            one.collector,
            one.profiles,
            one.interval,
        )
        for one in assets
    }
    titles = {one.name: (one.title[Language.EN], one.title[Language.FR]) for one in rules}
    return Described(*site, dict(rooms), things, wiring, titles, more)


def text_of(described: Described) -> str:
    """Return the description in one fixed spelling."""
    body = {
        "format": _FORMAT,
        "id": described.id,
        "name": described.name,
        "zone": described.zone,
        "language": str(described.language),
        "rooms": dict(described.rooms),
        "things": [_short(to_builtins(one)) for one in described.things.values()],
        "nodes": [_short(to_builtins(one)) for one in described.wiring.nodes],
        "services": [_short(to_builtins(one)) for one in described.wiring.services],
        "rules": {name: list(title) for name, title in described.rules.items()},
        "more": dict(described.more),
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """Return the SHA-256 of a description as it is kept, in lower-case hex."""
    return sha256(text.encode()).hexdigest()


def _short(held: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is empty: a description of thousands of devices stays small."""
    return {key: _short(value) if isinstance(value, dict) else value for key, value in held.items() if value}


def read(text: str) -> Described:
    """Return the description that ``text_of`` wrote. Raises ValueError for anything else."""
    body = json.loads(text)
    if not isinstance(body, dict) or body.get("format") != _FORMAT:
        msg = f"no description of a site: expected {_FORMAT!r}"
        raise ValueError(msg)
    try:
        return _described(body, digest_of(text))
    except (KeyError, TypeError) as wrong:
        msg = f"the description of the site cannot be read: {wrong}"
        raise ValueError(msg) from wrong


def _described(body: Mapping[str, Any], digest: str) -> Described:
    things = [Thing(**{**_tuples(one), "kind": Kind(one["kind"])}) for one in body["things"]]
    nodes = [
        Node(**{**_tuples(one), "kind": NodeKind(one["kind"]), "rating": Rating(**one.get("rating", {}))})
        for one in body["nodes"]
    ]
    services = [Service(**{**_tuples(one), "kind": ServiceKind(one["kind"])}) for one in body["services"]]
    return Described(
        body["id"],
        body["name"],
        body["zone"],
        Language(body["language"]),
        body["rooms"],
        {one.id: one for one in things},
        Wiring(tuple(nodes), tuple(services)),
        {name: (title[0], title[1]) for name, title in body["rules"].items()},
        body["more"],
        digest,
    )


def _tuples(held: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in held.items()}


def keep(text: str, state: Path) -> str:
    """Keep a description in the state directory, on the disk before this returns; return its digest."""
    digest = digest_of(text)
    folder = state / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{digest}.json"
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        sync_file(fresh)
        fresh.replace(path)
        sync_directory(folder)
        sync_directory(state)
    return digest


def kept(state: Path, digest: str) -> Described | None:
    """Return the description of a digest; None when it is not there. ValueError when it was changed."""
    try:
        text = (state / FOLDER / f"{digest}.json").read_text(encoding="utf-8")
    except OSError:
        return None
    if digest_of(text) != digest:
        msg = f"{digest}.json does not hold what the ledger says: it was changed"
        raise ValueError(msg)
    return read(text)
