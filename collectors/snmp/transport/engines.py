"""Which v3 engine answers where: what changes and what is there twice is counted and told.

An engine id is no secret and no proof: a report without a signature names it (RFC 3414 gives no other way),
and real networks have cards with cloned ids, which still answer rightly, each with its own keys. So a change
or a twin is not refused: that would blind us to a device that was replaced or cloned, and a signature is
needed for every value all the same. But it may also be one device that answers in another's place, so a
person is told: once for each change, and once for each id that two addresses have.
"""

from __future__ import annotations

from typing import Final

import structlog

from collectors.snmp.transport.contract import Stats
from collectors.snmp.transport.wire import SocketAddress

_MOST: Final = 1 << 16


class Engines:
    """The engines met by one transport, by where they answer."""

    __slots__ = ("_log", "_places", "_stats", "_told")

    def __init__(self, stats: Stats) -> None:
        self._stats = stats
        self._places: dict[bytes, SocketAddress] = {}
        self._told: set[bytes] = set()
        self._log = structlog.get_logger("collectors.snmp")

    def learned(self, why: str, place: SocketAddress, before: bytes, now: bytes) -> None:
        """Count what a session has learned, and tell when an engine changed or stands at two places."""
        self._stats.learn(why)
        if why == "engine_change":
            self._log.warning("engine_changed", address=_text(place), before=before.hex(), now=now.hex())
        if why in ("engine", "engine_change"):
            self._met(place, now)

    def _met(self, place: SocketAddress, engine: bytes) -> None:
        if len(self._places) >= _MOST:
            self._places.clear()
            self._told.clear()
        other = self._places.setdefault(engine, place)
        if other == place or engine in self._told:
            return
        self._told.add(engine)
        self._stats.learn("engine_shared")
        self._log.warning("engine_shared", engine=engine.hex(), addresses=[_text(other), _text(place)])


def _text(place: SocketAddress) -> str:
    return f"{place[0]}:{place[1]}"
