"""A collector with the transport that its lines need."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from collectors.modbus.collector import ModbusCollector
from collectors.modbus.library import Library
from collectors.modbus.tap import tapped
from collectors.modbus.telling import TellingCollector
from collectors.modbus.transport import Link, Transport
from collectors.modbus.transport_pymodbus import PymodbusTransport
from dcim.clock import SystemClock


def collector(library: Library, tap: Callable[[str], None] | None = None) -> ModbusCollector:
    """Return a collector bound to the running event loop. ``tap`` is told every answer."""
    make: Callable[[Link], Transport] = PymodbusTransport
    if tap is not None:
        make = partial(tapped, tap)
    return TellingCollector(library, make, SystemClock())
