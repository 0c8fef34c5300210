"""Who makes the answers of a device: code written by hand from its manual, or its profile read backwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from dcim.catalogue import UP_TIME
from dcim.model import ConfigError, Labels, Problem
from dcim.plugins import collectors
from dcim.simulator.cells import Cell, Oid, Place, SaysCells, SaysWords, Space
from dcim.simulator.handmade_crac import Stulz
from dcim.simulator.handmade_ups import SmartUps
from dcim.simulator.plant import DeviceShape, Plant
from dcim.simulator.stage import PROBES, Agent
from dcim.simulator.tampered import tampered
from dcim.simulator.voice import Said, Say, voice

T = TypeVar("T")
Key = tuple[str, Labels]
"""A metric and its labels."""

IMAGES: Final = Path(__file__).parent / "images"
UPTIME: Final = (UP_TIME, ())
HAND_MADE_SNMP: Final[Mapping[str, Callable[[Plant, DeviceShape], SaysCells]]] = {"apc_smartups": SmartUps}
HAND_MADE_MODBUS: Final[Mapping[str, Callable[[Plant, DeviceShape], SaysWords]]] = {"stulz_c7000": Stulz}


class Encodes(Protocol):
    """What a collector's plug-in gives for ``encode(profile, image)``: the inverse of its decoding."""

    points: frozenset[Key]

    def image(self, identity: Mapping[str, str]) -> Mapping[Any, Any]:
        """Return what does not move, with this device's own serial number and name."""
        ...

    def encode(self, said: Mapping[Key, Said]) -> Mapping[Any, Any]:
        """Return what says these values."""
        ...


class _Encoded:
    """A device that says through its profile what its voice says about the plant."""

    def __init__(self, plant: Plant, device: DeviceShape, encoder: Encodes) -> None:
        self._encoder = encoder
        self._still = encoder.image({"serial": _serial(device.id), "name": device.id})
        vocabulary = voice(plant, device, encoder.points)
        self._says: list[tuple[Key, Say, dict[str, str]]] = [
            (key, vocabulary[key[0]], dict(key[1])) for key in sorted(encoder.points) if key[0] in vocabulary
        ]

    def now(self, more: Mapping[Key, Said]) -> dict[Any, Any]:
        """Return everything the device answers now."""
        said = dict(more)
        for key, say, marks in self._says:
            value = say(marks)
            if value is not None:
                said[key] = value
        return {**self._still, **self._encoder.encode(said)}


class EncodedCells(_Encoded):
    """An SNMP device through its profile."""

    def cells(self, uptime: float) -> Mapping[Oid, Cell]:
        """Return every cell."""
        return {name: Cell(*cell) for name, cell in self.now({UPTIME: uptime}).items()}


class EncodedWords(_Encoded):
    """A Modbus device through its profile."""

    def words(self) -> Mapping[Place, int]:
        """Return every register and bit."""
        return {(Space(space), at): word for (space, at), word in self.now({}).items()}


def _serial(name: str) -> str:
    """Return a number for a device, the same every time: nine digits, as most makers print them."""
    return f"{sum(ord(letter) * 131**place for place, letter in enumerate(name)) % 10**9:09d}"


def snmp_answers(plant: Plant, device: DeviceShape) -> SaysCells:
    """Return what answers for an SNMP device. Raise ConfigError if nothing can."""
    if device.made == "hand":
        return _by_hand(HAND_MADE_SNMP, plant, device)
    return EncodedCells(plant, device, _encoder(device))


def said(answers: SaysCells, agent: Agent, now: float) -> Mapping[Oid, Cell]:
    """Return every cell that an agent answers with now, whatever befell it."""
    cells = answers.cells(agent.uptime(now))
    return tampered(cells, agent.shift, failed=agent.failed) if agent.device.speaks in PROBES else cells


def modbus_answers(plant: Plant, device: DeviceShape) -> SaysWords:
    """Return what answers for a Modbus device. Raise ConfigError if nothing can."""
    if device.made == "hand":
        return _by_hand(HAND_MADE_MODBUS, plant, device)
    return EncodedWords(plant, device, _encoder(device))


def _by_hand(makers: Mapping[str, Callable[[Plant, DeviceShape], T]], plant: Plant, device: DeviceShape) -> T:
    if device.speaks not in makers:
        what = f"nobody wrote {device.speaks!r} by hand; written: {', '.join(makers)}"
        raise ConfigError((Problem(device.id, 0, 0, "made", what),))
    return makers[device.speaks](plant, device)


def _encoder(device: DeviceShape) -> Encodes:
    """Return the inverse of a device's profile, from the plug-in of its protocol."""
    plugin = collectors().get(device.protocol)
    encode = getattr(plugin, "encode", None)
    if encode is None:
        what = f"no installed collector can encode {device.protocol}"
        raise ConfigError((Problem(device.id, 0, 0, "protocol", what),))
    try:
        return _inverse(encode, device.speaks, _image(device.image))
    except LookupError as exc:
        raise ConfigError((Problem(device.id, 0, 0, "speaks", str(exc)),)) from exc


@lru_cache(maxsize=64)
def _inverse(encode: Callable[[str, str], Encodes], profile: str, image: str) -> Encodes:
    """Return the inverse, made once for all devices of a kind: it holds nothing of any one of them."""
    return encode(profile, image)


def _image(name: str) -> str:
    """Return where one of our own images stands (``rack_probes.snmprec``), or the name of the profile's."""
    return str(IMAGES / name) if "." in name else name
