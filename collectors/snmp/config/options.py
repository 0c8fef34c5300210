"""A device's own section ``snmp:`` in the config file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dcim.model import Asset
from dcim.yaml import Section


class SnmpOptions(Section):
    """How one device is asked. Times are seconds; ``timeout`` is that of the first attempt.

    ``engine``: our own, or pysnmp for a device that needs it. ``unit``: which PDU of a chain behind one
    address this device is, 1 for the first. ``engine_id``: the only v3 engine that may answer, in hex digits.
    ``trap_sources``: further addresses that it sends traps from.
    """

    engine: Literal["own", "pysnmp"] = "own"
    timeout: float | None = Field(default=None, gt=0, le=60)
    retries: int = Field(default=2, ge=0, le=10)
    max_varbinds: int | None = Field(default=None, ge=1, le=500)
    unit: int = Field(default=1, ge=1, le=255)
    engine_id: str = Field(default="", pattern=r"^([0-9A-Fa-f]{2}){5,32}$")
    trap_sources: tuple[str, ...] = ()


def options_of(asset: Asset) -> SnmpOptions:
    """Return the own section of a device; that of one without is empty."""
    return asset.options if isinstance(asset.options, SnmpOptions) else SnmpOptions()
