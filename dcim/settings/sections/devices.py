"""Devices: each one checked on its own, over its group and the defaults, then against what it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from dcim.collect import CollectorPlugin, TellsEndpoints
from dcim.graph import Node, NodeKind, Rating
from dcim.model import Asset, Problem
from dcim.settings.reading.layers import Layered, Part
from dcim.settings.reading.reader import Reader
from dcim.settings.reading.shapes import DeviceShape
from dcim.settings.sections.checks import CHECKS
from dcim.settings.sections.endpoints import Endpoints
from dcim.settings.sections.known import Entry, Known
from dcim.settings.values.written import device_address
from dcim.yaml import Document, found, nearest

_NO_LABELS: Final[Mapping[str, str]] = MappingProxyType({})


class Devices:
    """Reads every device of every file. What is right becomes an asset; what is not, a problem."""

    def __init__(self, reader: Reader, known: Known, site: str) -> None:
        self._reader = reader
        self._known = known
        self._site = site
        self._first: dict[str, Entry] = {}
        self._tags: dict[tuple[str, ...], frozenset[str]] = {}  # most devices have the same few, or none
        self._bare: dict[type[BaseModel], BaseModel] = {}  # options of devices that write none
        self.nodes: dict[str, tuple[Node, Layered]] = {}
        """Each device as a part of the building, whatever else is wrong with it, and where it stands."""
        self._endpoints = {name: Endpoints() for name in known.plugins}

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the id of every device, also of those that could not be read."""
        return tuple(self._first)

    def lines(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield every line (a serial server, a gateway) that several devices share, with their ids."""
        for endpoints in self._endpoints.values():
            yield from endpoints.lines()

    def templates(self) -> None:
        """Check the groups and the defaults on their own: a group without a device is read too."""
        for part in filter(None, (self._known.defaults, *self._known.groups.values())):
            self._reader.part(part.document, self._known.template_type, part.loc)
            for name in self._known.plugins:
                if name in part.data:
                    self._options_keys(part, name, self._known.plugins[name])

    def _options_keys(self, part: Part, name: str, plugin: CollectorPlugin) -> None:
        """Refuse unknown keys of a collector's section in a template; the rest shows in the devices."""
        section = part.data.get(name)
        known = {field.alias or key for key, field in plugin.options_type.model_fields.items()}
        for key in section if isinstance(section, dict) else ():
            if key not in known:
                what = f"unknown key{nearest(str(key), known)}"
                self._reader.note(part.document.problem((*part.loc, name, key), what, key=True))

    def read(self, document: Document) -> Iterator[Asset]:
        """Yield the assets of one file."""
        if not document.has(("devices",)) or not isinstance(document.at(("devices",)), list):
            return
        for number, data in enumerate(document.at(("devices",))):
            if not isinstance(data, dict):
                self._reader.part(document, DeviceShape, ("devices", number))
                continue
            if (asset := self._device(Part(document, ("devices", number)))) is not None:
                yield asset

    def _device(self, own: Part) -> Asset | None:
        group = own.data.get("group")
        below = self._known.groups.get(group) if isinstance(group, str) else None
        entry = Entry(own, Layered([part for part in (own, below, self._known.defaults) if part is not None]))
        device = self._reader.part(entry.layered, self._known.device_type)
        options = self._options(entry)
        wrong = [*self._cross(entry), *self._shared(entry, options)]
        self._reader.note(*wrong)
        if device is not None:
            self.nodes.setdefault(device.id, (_node(device), entry.layered))
        if device is None or options is None or wrong:
            return None
        return self._asset(device, options)

    def _options(self, entry: Entry) -> BaseModel | None:
        """Check the device's own section of its collector."""
        name = entry.text("collector")
        plugin = self._known.plugins.get(name) if name is not None else None
        if name is None or plugin is None:
            return None
        section = entry.layered.data.setdefault(name, {})
        if not isinstance(section, dict):
            return None
        return self._reader.part(entry.layered, plugin.options_type, (name,))

    def _cross(self, entry: Entry) -> Iterator[Problem]:
        """Yield what is wrong between the device and what it names."""
        for check in CHECKS:
            yield from check(entry, self._known)
        yield from self._twice(entry)

    def _twice(self, entry: Entry) -> Iterator[Problem]:
        name = entry.text("id")
        if name is None:
            return
        before = self._first.setdefault(name, entry)
        if before is not entry:
            first = before.layered.problem(("id",), "")
            what = f"device {found(name)} stands twice; the first one is in {first.path}:{first.line}"
            yield entry.layered.problem(("id",), what)

    def _shared(self, entry: Entry, options: BaseModel | None) -> Iterator[Problem]:
        """Yield what is wrong between the device and those before it at the same address."""
        collector, address = entry.text("collector"), entry.text("address")
        plugin = self._known.plugins.get(collector) if collector else None
        if options is None or address is None or not isinstance(plugin, TellsEndpoints):
            return
        try:
            where = device_address(address)
        except ValueError:
            return  # told with the device itself
        try:
            endpoint = plugin.endpoint(where, options)
        except ValueError as why:
            yield entry.layered.problem(("address",), str(why))
            return
        access = " ".join(text for _, text in entry.texts("credential"))
        yield from self._endpoints[plugin.name].add(endpoint, entry.text("id") or "", access, entry.layered)

    def _fits(self, credential: str, collector: str) -> bool:
        """Whether a credential is of the device's protocol: those of the defaults need not be."""
        return self._known.protocols[credential] == collector

    def _asset(self, device: DeviceShape, options: BaseModel) -> Asset:
        if not options.model_fields_set:
            options = self._bare.setdefault(type(options), options)
        return Asset(
            id=device.id,
            name=device.name or device.id,
            kind=device.kind,
            collector=device.collector,
            address=device.address,
            profiles=device.profile,
            site=self._site,
            room=device.room,
            row=device.row,
            rack=device.rack,
            tenant=device.tenant,
            feed=device.feed,
            tags=self._tags.setdefault(device.tags, frozenset(device.tags)),
            interval=device.interval,
            timeout=device.timeout,
            credentials=tuple(name for name in device.credential if self._fits(name, device.collector)),
            options=options,
            labels=MappingProxyType(dict(device.labels)) if device.labels else _NO_LABELS,
        )


def _node(device: DeviceShape) -> Node:
    return Node(
        id=device.id,
        kind=NodeKind(device.kind),
        name=device.name or device.id,
        fed_by=device.fed_by,
        needs_all=device.needs == "all",
        cooled_by=device.cooled_by,
        reached_through=device.reached_through,
        measures=device.measures,
        phases=device.phases,
        rating=device.rating or Rating(),
        room=device.room,
        rack=device.rack,
        tenant=device.tenant,
        feed=device.feed,
        polled=True,
    )
