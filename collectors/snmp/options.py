"""A device's own section ``snmp:`` in the config file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dcim.yaml import Section


class SnmpOptions(Section):
    """How one device is asked. Times are seconds; ``timeout`` is that of the first attempt.

    ``engine``: our own, or pysnmp for a device that needs it. ``unit``: which PDU of a chain behind one
    address this device is, 1 for the first.
    """

    engine: Literal["own", "pysnmp"] = "own"
    timeout: float | None = Field(default=None, gt=0, le=60)
    retries: int = Field(default=2, ge=0, le=10)
    max_varbinds: int | None = Field(default=None, ge=1, le=500)
    unit: int = Field(default=1, ge=1, le=255)
