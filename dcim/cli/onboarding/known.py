"""What a configuration, and the file that a sweep writes, know already: nobody is found twice.

an address that is known                      is not asked again
a line of which units are known by number     is asked who else is behind it; the known ones are left out
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from dcim import plugins
from dcim.cli.onboarding.attempts import Attempt
from dcim.cli.onboarding.sweep import PORTS, Answer
from dcim.collect import CollectorPlugin, TellsEndpoints, host_form
from dcim.model import Address
from dcim.record import dataclass, field
from dcim.settings import Settings
from dcim.settings.values.written import device_address
from dcim.yaml import Document, parse

Place: TypeAlias = tuple[str, str, int]
"""Protocol, host and port."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who needs no asking: units by place, where "" is a device that has its place for itself; ids in use."""

    places: Mapping[Place, frozenset[str]] = field(default_factory=dict)
    ids: frozenset[str] = frozenset()

    def has(self, host: Address, ways: Sequence[Attempt]) -> bool:
        """Whether a device is there already in any of the protocols: it would be the same one again."""
        return any(_place(way.plugin.name, host) in self.places for way in ways)

    def lines(
        self, hosts: Sequence[Address], ways: Sequence[Attempt]
    ) -> Iterator[tuple[list[Address], list[Attempt]]]:
        """Yield where there may be others behind those known, by protocol, and how to ask there.

        All that is known of such a line are units by their numbers.
        """
        for name in dict.fromkeys(way.plugin.name for way in ways):
            units = ((host, self.places.get(_place(name, host), frozenset())) for host in hosts)
            shared = [host for host, known in units if known and "" not in known]
            if shared:
                yield shared, [way for way in ways if way.plugin.name == name]

    def is_new(self, answer: Answer) -> bool:
        """Whether who answers on a line is another than those known, and says which unit it is."""
        unit = _unit(answer.way.plugin, answer.address, _options(answer))
        return unit not in self.places.get(_place(answer.way.plugin.name, answer.address), ()) and bool(unit)


def known_of(settings: Settings | None, output: Path | None) -> tuple[Known, tuple[str, Document | None]]:
    """Return what configuration and output hold already, and the output as it is."""
    places: dict[Place, set[str]] = {}
    ids = set[str]()
    known = plugins.collectors()
    for asset in settings.assets if settings else ():
        unit = _unit(known.get(asset.collector), asset.address, asset.options)
        places.setdefault(_place(asset.collector, asset.address), set()).add(unit)
        ids.add(asset.id)
    text, document = "", None
    if output is not None and output.is_file():
        text = output.read_text(encoding="utf-8")
        document = parse(text, str(output))
        for collector, address, name, unit in _devices(document, known):
            places.setdefault(_place(collector, address), set()).add(unit)
            ids.add(name)
    found = {place: frozenset(units) for place, units in places.items()}
    return Known(found, frozenset(ids)), (text, document)


def _devices(
    document: Document, known: Mapping[str, CollectorPlugin]
) -> Iterator[tuple[str, Address, str, str]]:
    """Yield protocol, address, id and unit of each device that can be read."""
    devices = document.data.get("devices") if isinstance(document.data, dict) else None
    for one in devices if isinstance(devices, list) else ():
        try:
            collector, address, name = str(one["collector"]), device_address(one["address"]), str(one["id"])
        except (ValueError, KeyError, TypeError):
            continue
        plugin = known.get(collector)
        yield collector, address, name, _unit(plugin, address, _shaped(plugin, one.get(collector)))


def _shaped(plugin: CollectorPlugin | None, section: Any) -> BaseModel | None:
    try:
        return plugin.options_type.model_validate(section or {}) if plugin is not None else None
    except ValidationError:
        return None


def _options(answer: Answer) -> BaseModel | None:
    own = answer.way.asset.options
    said = own.model_dump(exclude_unset=True) if own is not None else {}
    return _shaped(answer.way.plugin, said | dict(answer.options))


def _unit(plugin: CollectorPlugin | None, address: Address, options: BaseModel | None) -> str:
    """Return the unit that a device is behind its address; empty for one that has it for itself.

    That is who is found where no unit is said.
    """
    if options is None or not isinstance(plugin, TellsEndpoints):
        return ""
    try:
        unit = plugin.endpoint(address, options).unit
        return "" if unit == plugin.endpoint(address, plugin.options_type()).unit else unit
    except ValueError:
        return ""


def _place(collector: str, address: Address) -> Place:
    return collector, host_form(address.host), address.port or PORTS.get(collector, 0)
