"""The collector as a daemon runs it: whoever keeps recordings is told every answer. Fulfils ``TellsRaw``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from collectors.snmp.collecting.collector import OpenTransport, SnmpCollector
from collectors.snmp.config.options import options_of
from collectors.snmp.devices.device import Device
from collectors.snmp.dialect.library import Library
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.request import Request
from collectors.snmp.replay import portrait
from collectors.snmp.transport.contract import Seen, ShowsAnswers, Target, Transport
from dcim.clock import Clock
from dcim.collect import Credential
from dcim.model import Asset, PollError
from dcim.record import dataclass
from dcim.witness import Fault, Witness, fault_of


class TellingCollector(SnmpCollector):
    """Asks as ``SnmpCollector`` does. An engine that does not show its bytes (``pysnmp``) tells nothing."""

    def __init__(
        self,
        open_transport: OpenTransport,
        credentials: Mapping[str, Credential],
        library: Library,
        clock: Clock,
    ) -> None:
        super().__init__(open_transport, credentials, library, clock)
        self._told: Witness | None = None
        self._drawn: dict[str, _Drawn] = {}

    @property
    def is_watched(self) -> bool:
        """Return whether somebody keeps raw answers."""
        return self._told is not None

    def witness(self, told: Witness | None) -> None:
        """Tell every exchange from now on, or no more of them."""
        self._told = told
        for transport in self.stats().values():
            self._show(transport)

    def _transport(self, asset: Asset) -> Transport:
        known = len(self.stats())
        transport = super()._transport(asset)
        if len(self.stats()) != known:
            self._show(transport)
        return transport

    def _show(self, transport: Transport) -> None:
        if isinstance(transport, ShowsAnswers):
            transport.seen = None if self._told is None else _seen(self._told, asyncio.get_running_loop())

    def portrait(self, asset: Asset) -> bytes:
        """Return what is known of a device; the same object as long as nothing of it has changed."""
        device = self._devices.get(asset.id)
        if device is None or device.profiles is None:
            return b""
        kept = self._drawn.get(asset.id)
        if kept is None or not kept.holds(device):
            options = options_of(asset)
            drawn = portrait.packed(portrait.write(device, options.unit, self.pins.engine(asset.id)))
            same = kept is not None and kept.drawn == drawn
            kept = self._drawn[asset.id] = _Drawn.of(device, kept.drawn if kept and same else drawn)
        return kept.drawn


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A portrait, packed, and what it was drawn from."""

    drawn: bytes
    profiles: object
    known: object
    stored: object
    version: int

    @classmethod
    def of(cls, device: Device, drawn: bytes) -> _Drawn:
        return cls(drawn, device.profiles, device.known, device._stored, device.learned.version)

    def holds(self, device: Device) -> bool:
        return (
            self.known is device.known
            and self.stored is device._stored
            and self.profiles is device.profiles
            and self.version == device.learned.version
        )


def _seen(told: Witness, loop: asyncio.AbstractEventLoop) -> Seen:
    now, well = loop.time, Fault.NONE

    def seen(target: Target, request: Request, began: float, raw: bytes, outcome: Answer | PollError) -> None:
        if isinstance(outcome, PollError):
            told(target.name, (request.words, raw, began, now(), fault_of(outcome), str(outcome)))
        else:
            told(target.name, (request.words, raw, began, now(), well, ""))

    return seen
