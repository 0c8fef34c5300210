"""Devices: each one checked on its own, over its group and the defaults, then against what it names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, create_model

from dcim.collect import CollectorPlugin, ProfileSummary, TellsEndpoints
from dcim.model import Asset, ConfigError, Problem
from dcim.settings.endpoints import Endpoints
from dcim.settings.layers import Layered, Part
from dcim.settings.reader import Reader
from dcim.settings.shapes import DeviceShape, Template
from dcim.settings.written import device_address, seconds
from dcim.yaml import Document, Loc, found, nearest, unknown


@dataclass(frozen=True)
class Known:
    """What devices may name. ``protocols`` are those of the credentials, whether or not they are right."""

    plugins: Mapping[str, CollectorPlugin]
    protocols: Mapping[str, str]
    rooms: Collection[str]
    groups: Mapping[str, Part]
    defaults: Part | None
    profile_dirs: tuple[Path, ...]
    _profiles: dict[str, Mapping[str, ProfileSummary]] = field(default_factory=dict)

    @cached_property
    def device_type(self) -> type[DeviceShape]:
        """Return the shape of a device, with room for each collector's own section."""
        return create_model("Device", __base__=DeviceShape, **self._sections)

    @cached_property
    def template_type(self) -> type[Template]:
        """Return the shape of a group or of the defaults, likewise."""
        return create_model("Template", __base__=Template, **self._sections)

    @property
    def _sections(self) -> dict[str, Any]:
        return {name: (dict[str, Any], {}) for name in self.plugins}

    def profiles(self, collector: str) -> Mapping[str, ProfileSummary]:
        """Return the profiles of a collector by name. One that cannot be read raises ConfigError, once."""
        if collector not in self._profiles:
            self._profiles[collector] = {}
            summaries = self.plugins[collector].profiles(self.profile_dirs)
            self._profiles[collector] = {summary.name: summary for summary in summaries}
        return self._profiles[collector]


@dataclass(frozen=True, slots=True)
class Entry:
    """One device as written, laid over its group and the defaults."""

    own: Part
    layered: Layered

    def text(self, key: str) -> str | None:
        """Return the text at a key if there is one, whatever else is wrong with the device."""
        value = self.layered.data.get(key)
        return value if isinstance(value, str) else None

    def texts(self, key: str) -> Iterator[tuple[Loc, str]]:
        """Yield the texts at a key that takes one or several, each with its place."""
        value = self.layered.data.get(key)
        if isinstance(value, str):
            yield (key,), value
        elif isinstance(value, list):
            yield from (((key, at), text) for at, text in enumerate(value) if isinstance(text, str))


class Devices:
    """Reads every device of every file. What is right becomes an asset; what is not, a problem."""

    def __init__(self, reader: Reader, known: Known, site: str) -> None:
        self._reader = reader
        self._known = known
        self._site = site
        self._first: dict[str, Entry] = {}
        self._endpoints = {name: Endpoints() for name in known.plugins}

    def templates(self) -> None:
        """Check the groups and the defaults on their own: a group without a device is read too."""
        for part in filter(None, (self._known.defaults, *self._known.groups.values())):
            self._reader.part(part.document, self._known.template_type, part.loc)
            for name, plugin in self._known.plugins.items():
                self._options_keys(part, name, plugin)

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
        for check in _CHECKS:
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
            endpoint = plugin.endpoint(device_address(address), options)
        except ValueError:
            return
        yield from self._endpoints[plugin.name].add(endpoint, entry.text("id") or "", entry.layered)

    def _fits(self, credential: str, collector: str) -> bool:
        """Whether a credential is of the device's protocol: those of the defaults need not be."""
        return self._known.protocols[credential] == collector

    def _asset(self, device: DeviceShape, options: BaseModel) -> Asset:
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
            tags=frozenset(device.tags),
            interval=device.interval,
            timeout=device.timeout,
            credentials=tuple(name for name in device.credential if self._fits(name, device.collector)),
            options=options,
            labels=MappingProxyType(dict(device.labels)),
        )


def _group(entry: Entry, known: Known) -> Iterator[Problem]:
    name = entry.text("group")
    if name is not None and name not in known.groups:
        yield entry.layered.problem(("group",), unknown("group", name, known.groups))


def _collector(entry: Entry, known: Known) -> Iterator[Problem]:
    name = entry.text("collector")
    if name is None:
        return
    if name not in known.plugins:
        yield entry.layered.problem(("collector",), unknown("collector", name, known.plugins))
    for other in entry.own.data:
        if other in known.plugins and other != name:
            yield entry.layered.problem((other,), f"the collector of this device is {found(name)}", key=True)


def _credentials(entry: Entry, known: Known) -> Iterator[Problem]:
    """A credential must be there; one that the device names itself must be for its collector."""
    collector = entry.text("collector")
    for loc, name in entry.texts("credential"):
        protocol = known.protocols.get(name)
        own = entry.own.document.has((*entry.own.loc, *loc))
        if protocol is None:
            yield entry.layered.problem(loc, unknown("credential", name, known.protocols))
        elif own and protocol != collector and {protocol, collector} <= known.plugins.keys():
            what = f"credential {found(name)} is for {protocol}, but the collector is {collector}"
            yield entry.layered.problem(loc, what)


def _profiles(entry: Entry, known: Known) -> Iterator[Problem]:
    collector = entry.text("collector")
    if collector is None or collector not in known.plugins:
        return
    for loc, name in entry.texts("profile"):
        try:
            names = known.profiles(collector)
        except ConfigError as exc:
            yield from exc.problems
            return
        if names and name not in names:
            yield entry.layered.problem(loc, unknown(f"{collector} profile", name, names))
        elif name in names:
            yield from _hasty(entry, names[name])


def _hasty(entry: Entry, profile: ProfileSummary) -> Iterator[Problem]:
    """A device must not be asked more often than its family stands."""
    try:
        interval = seconds(entry.layered.data.get("interval", DeviceShape.model_fields["interval"].default))
    except ValueError:
        return
    if interval < profile.least_interval:
        key = "interval" if entry.layered.has(("interval",)) else "profile"
        least = f"profile {found(profile.name)} allows none below {profile.least_interval:g} s"
        yield entry.layered.problem((key,), f"the interval is {interval:g} s, but {least}")


def _room(entry: Entry, known: Known) -> Iterator[Problem]:
    name = entry.text("room")
    if name and known.rooms and name not in known.rooms:
        yield entry.layered.problem(("room",), unknown("room", name, known.rooms))


def _times(entry: Entry, known: Known) -> Iterator[Problem]:
    """A poll must be over before the next one is due."""
    del known
    written = {key: entry.layered.data.get(key, DeviceShape.model_fields[key].default) for key in _PACE}
    try:
        interval, timeout = (seconds(written[key]) for key in _PACE)
    except ValueError:
        return
    if timeout >= interval:
        key = "timeout" if entry.layered.has(("timeout",)) else "interval"
        yield entry.layered.problem(
            (key,), f"the timeout ({timeout:g} s) is not shorter than the interval ({interval:g} s)"
        )


_PACE: Final = ("interval", "timeout")
_CHECKS: Final[tuple[Callable[[Entry, Known], Iterator[Problem]], ...]] = (
    _group,
    _collector,
    _credentials,
    _profiles,
    _room,
    _times,
)
