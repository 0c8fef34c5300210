"""A collector with the transports that its devices need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from random import SystemRandom

from collectors.snmp.collecting.collector import SnmpCollector
from collectors.snmp.dialect.library import Library
from collectors.snmp.replay.telling import TellingCollector
from collectors.snmp.transport.contract import Transport
from collectors.snmp.transport.tap import Tapped
from dcim.clock import SystemClock
from dcim.collect import Credential


def collector(
    credentials: Mapping[str, Credential], library: Library, tap: Callable[[str], None] | None = None
) -> SnmpCollector:
    """Return a collector bound to the running event loop. ``tap`` is told every answer."""
    opening = open_transport if tap is None else partial(_open_tapped, tap)
    return TellingCollector(opening, credentials, library, SystemClock())


def open_transport(engine: str) -> Transport:
    """Open the transport of an engine on the running loop; pysnmp is imported only when it is wanted."""
    if engine == "pysnmp":
        from collectors.snmp.transport.pysnmp.transport import PysnmpTransport

        return PysnmpTransport()
    from collectors.snmp.transport.udp.transport import UdpTransport

    return UdpTransport(SystemRandom())


def _open_tapped(tap: Callable[[str], None], engine: str) -> Transport:
    return Tapped(open_transport(engine), tap)
