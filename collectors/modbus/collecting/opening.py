"""A collector with the transport that its lines need."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from collectors.modbus.collecting.collector import ModbusCollector
from collectors.modbus.collecting.telling import TellingCollector
from collectors.modbus.known.library import Library
from collectors.modbus.transport.contract import Link, Transport
from collectors.modbus.transport.pymodbus import PymodbusTransport
from collectors.modbus.transport.tap import tapped
from dcim.clock import SystemClock


def collector(library: Library, tap: Callable[[str], None] | None = None) -> ModbusCollector:
    """Return a collector bound to the running event loop. ``tap`` is told every answer."""
    make: Callable[[Link], Transport] = PymodbusTransport
    if tap is not None:
        make = partial(tapped, tap)
    return TellingCollector(library, make, SystemClock())
