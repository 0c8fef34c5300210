"""Which v3 engine answers for which device: pinned when it first signs, so that no exchange passes unseen.

A v3 user's keys are made from the engine id (RFC 3414 2.6). Where several devices share a user, whoever
stands between us and device A can let device B answer in its place: every signature holds, and the values are
B's. Only the engine id tells. So each device's is remembered, and two alarms of the device say:

    snmp_engine_id_changed   since less than a day another engine answers: a new card, or another device
    snmp_engine_id_shared    another device, at another address, answers with the same id: both have it

Ids are kept over a restart of the daemon, so that a change in between is one.

Neither is refused by itself: cards are exchanged, and real ones have cloned ids. Where that must not be, the
configuration names the id (``snmp: { engine_id: ... }``): then answers of any other engine are refused.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from random import SystemRandom
from types import MappingProxyType
from typing import Final

from dcim.model import Asset, Batch, Health, Lane, Layout, Meaning, Point, Refused, state_code
from dcim.model.fact import Body
from dcim.record import dataclass

CHANGED_FOR: Final = 86_400.0
"""Seconds for which a change is shown."""

CHANGED: Final = "snmp_engine_id_changed"
SHARED: Final = "snmp_engine_id_shared"
_KEY: Final = "engine of "
"""What stands before an asset id where its engine is kept."""

_OWN: Final = "own engine"
_FORMAT: Final = bytes.fromhex("80004fb805")
_MOST_BOOTS: Final = 2**31 - 1  # RFC 3414 2.2.1

_CLEAR, _SET = state_code("clear"), state_code("set")
_STATES: Final = MappingProxyType({_CLEAR: Meaning("clear", Health.OK), _SET: Meaning("set", Health.WARNING)})
_SOURCE: Final = "snmpEngineID"


@dataclass(slots=True)
class _Pin:
    engine: bytes
    place: str
    layout: Layout
    changed: float | None = None  # UTC seconds


class Pins:
    """The engines of all devices of one collector."""

    def __init__(self) -> None:
        self._pins: dict[str, _Pin] = {}
        self._by_engine: dict[bytes, set[str]] = {}
        self._kept: dict[str, Body] = {}
        self._keep: Callable[[str, Body], None] = lambda _key, _body: None

    def recall(self, kept: Mapping[str, Body], keep: Callable[[str, Body], None]) -> None:
        """Take over what was kept, and where to keep. It counts once the device answers again."""
        self._kept, self._keep = dict(kept), keep

    def engine(self, asset: str) -> bytes:
        """Return the id of the engine that last answered for a device, now or before the start."""
        pin = self._pins.get(asset)
        return pin.engine if pin is not None else _kept(self._kept.get(_KEY + asset))[0]

    def own(self) -> tuple[bytes, int]:
        """Return the id of our own engine, and how often it has started with this: for those who inform us.

        It is drawn once and kept (RFC 3411 5: format 5 is the administrator's own octets; the number in front
        is that of pysnmp, which answers).
        """
        kept = self._kept.get(_OWN, {})
        try:
            engine, boots = bytes.fromhex(str(kept.get("engine", ""))), int(str(kept.get("boots", 0)))
        except ValueError:
            engine, boots = b"", 0
        if not 5 <= len(engine) <= 32 or not 0 <= boots < _MOST_BOOTS:
            engine, boots = _FORMAT + SystemRandom().randbytes(12), 0
        body: Body = {"engine": engine.hex(), "boots": boots + 1}
        self._kept[_OWN] = body
        self._keep(_OWN, body)
        return engine, boots + 1

    def seen(self, asset: Asset, engine: bytes, wanted: str, at: float) -> Batch:
        """Take note of the engine that has signed for a device; return its alarms at ``at`` (UTC seconds).

        Raises ``Refused`` when the configuration wants another one.
        """
        if wanted and engine.hex() != wanted.lower():
            msg = f"{asset.address}: engine {engine.hex()} answers, the configuration wants {wanted.lower()}"
            raise Refused(msg)
        pin = self._pins.get(asset.id)
        if pin is None:
            before, changed_at = _kept(self._kept.pop(_KEY + asset.id, None))
            pin = self._pins[asset.id] = _Pin(before, "", _layout(asset.id), changed_at)
        if pin.engine != engine:
            self._by_engine.get(pin.engine, set()).discard(asset.id)
            pin.engine, pin.changed = engine, at if pin.engine else None
            self._keep(_KEY + asset.id, {"engine": engine.hex(), "changed": pin.changed})
        pin.place = str(asset.address)
        self._by_engine.setdefault(engine, set()).add(asset.id)
        changed = pin.changed is not None and 0 <= at - pin.changed < CHANGED_FOR
        said = (_SET if changed else _CLEAR, _SET if self._is_shared(pin) else _CLEAR)
        return Batch(pin.layout, at, array("d", said))

    def _is_shared(self, pin: _Pin) -> bool:
        """Whether this engine answers at another address; one address may have several devices behind it."""
        return any(self._pins[other].place != pin.place for other in self._by_engine[pin.engine])


def _layout(asset: str) -> Layout:
    points = tuple(Point(asset, "device_alarm", (("alarm", name),)) for name in (CHANGED, SHARED))
    return Layout(asset, Lane.SLOW, points, (_STATES, _STATES), (_SOURCE, _SOURCE), own=True)


def _kept(body: Body | None) -> tuple[bytes, float | None]:
    """Return the engine and the time of its change from what was kept; nothing where that is not readable."""
    try:
        engine, changed = bytes.fromhex(str((body or {}).get("engine", ""))), (body or {}).get("changed")
    except ValueError:
        return b"", None
    return engine, float(changed) if isinstance(changed, int | float) else None
