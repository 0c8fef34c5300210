"""Finds the voice of a device: what it measures decides, not the protocol it speaks."""

from __future__ import annotations

from collections.abc import Iterable

from dcim.simulator.plant import DeviceShape, Plant
from dcim.simulator.plant.genset import Genset
from dcim.simulator.plant.network import Bus, Changeover, Ups
from dcim.simulator.voice.cooling import CracVoice, RoomVoice
from dcim.simulator.voice.meter import GensetVoice, MeterVoice
from dcim.simulator.voice.pdu import PARTS, AtsVoice, PduVoice
from dcim.simulator.voice.ups import UpsVoice
from dcim.simulator.voice.words import Marks, Phases, Said, Say, Vocabulary

__all__ = ["Marks", "Said", "Say", "voice"]

Point = tuple[str, tuple[tuple[str, str], ...]]
"""A metric and its labels."""


def voice(plant: Plant, device: DeviceShape, points: Iterable[Point]) -> Vocabulary:
    """Return what a device can say about its part of the plant. ``points``: what it can be asked."""
    asked = tuple(points)
    phases = Phases(_shown(asked, "phase"), plant.nodes.get(device.of))
    probes = _room_of(plant, device, sorted(_shown(asked, "sensor")))
    if device.of in plant.cracs:
        unit = plant.cracs[device.of]
        return probes | CracVoice(device.id, unit, plant.rooms[unit.room]).vocabulary()
    node = plant.nodes.get(device.of)
    match node:
        case Ups():
            return probes | UpsVoice(device.id, node, phases).vocabulary()
        case Changeover():
            return probes | AtsVoice(node).vocabulary()
        case Genset():
            mains = plant.nodes.get(device.sees[0]) if device.sees else None
            return probes | GensetVoice(device.id, node, mains, phases).vocabulary()
        case Bus() if device.kind == "pdu":
            parts = {part: _shown(asked, part) for part in PARTS}
            return probes | PduVoice(device.id, node, phases, parts).vocabulary()
        case None:
            return probes
        case _:
            return probes | MeterVoice(device.id, node, phases).vocabulary()


def _room_of(plant: Plant, device: DeviceShape, probes: list[str]) -> Vocabulary:
    """Return the voice of the probes at a device, if it stands in a room with air."""
    room = plant.rooms.get(device.of) or plant.rooms.get(device.room or "")
    return RoomVoice(device.id, room, probes).vocabulary() if room else {}


def _shown(points: Iterable[Point], label: str) -> frozenset[str]:
    return frozenset(value for _, labels in points for name, value in labels if name == label)
