"""The section ``redundancy``, and ``power`` of every device and part: read over the finished building."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from dcim.flow import Facts, Terms
from dcim.graph import Node, Wiring
from dcim.record import replace
from dcim.settings.checked.power import (
    PowerShape,
    Redundancy,
    RedundancyShape,
    facts_of,
    tank_of,
)
from dcim.settings.checked.sense import late, wrong
from dcim.settings.reading.files import Files
from dcim.settings.reading.layers import Layered
from dcim.settings.sections.building import drawn
from dcim.settings.sections.devices import Devices

_Shares: TypeAlias = tuple[float, float | None]


def redundancy(files: Files, devices: Devices, wiring: Wiring) -> Redundancy:
    """Return what is declared of power; what is wrong is noted, and left out. Call it after ``building``."""
    shape = files.section("redundancy", RedundancyShape) or RedundancyShape()
    terms = _terms(shape)
    if terms.warn > terms.trip:
        which, why = late(terms, warned=shape.warn is not None)
        files.reader.note(files.main.problem(("redundancy", which), why))
    facts: dict[str, Facts] = {}
    prefers: dict[str, str] = {}
    tanks: dict[str, float] = {}
    for node, place, power in _powers(files, devices):
        for key, what in wrong(node, power, wiring, terms):
            files.reader.note(place.problem(("power", *key), what))
        facts[node.id] = facts_of(node, power, terms)
        if power.prefers:
            prefers[node.id] = power.prefers
        if (tank := tank_of(power)) is not None:
            tanks[node.id] = tank
    return Redundancy(
        shape.check == "on",
        replace(terms, facts=MappingProxyType(facts)),
        MappingProxyType(prefers),
        MappingProxyType(tanks),
        MappingProxyType({"": (terms.warn, terms.trip), **dict(_limits(facts, wiring, terms))}),
        MappingProxyType(dict(_warns(facts, shape))),
    )


def _warns(facts: Mapping[str, Facts], shape: RedundancyShape) -> Iterator[tuple[str, float]]:
    """Yield the share that is too much for long, of the site and of parts, where somebody says it."""
    if shape.warn is not None:
        yield "", shape.warn
    yield from ((part, said.warn) for part, said in facts.items() if said.warn is not None)


def _limits(facts: Mapping[str, Facts], wiring: Wiring, terms: Terms) -> Iterator[tuple[str, _Shares]]:
    """Yield what a part says of its limits, by the device that tells of it: its own, else meters on it."""
    for node in wiring.nodes:
        said = facts.get(node.measures or node.id)
        if said is not None and (said.warn, said.trip, said.limit) != (None, None, None):
            never = said.limit is not None and said.limit.trip is None
            yield node.id, (said.warn or terms.warn, None if never else said.trip or terms.trip)


def _terms(shape: RedundancyShape) -> Terms:
    usual = Terms()
    said = {
        name: value
        for name in ("warn", "trip", "volts", "tolerance")
        if (value := getattr(shape, name)) is not None
    }
    if shape.power_factor is not None:
        low, high, _ = shape.power_factor
        said["power_factor"] = usual.power_factor._replace(lo=low, hi=high)
    return replace(usual, **said)


def _powers(files: Files, devices: Devices) -> Iterator[tuple[Node, Layered, PowerShape]]:
    """Yield every part that says something of its power, with its place."""
    for node, place in (*devices.nodes.values(), *drawn(files)):
        if not place.has(("power",)):
            continue
        power = files.reader.part(place, PowerShape, ("power",))
        if power is not None:
            yield node, place, power
