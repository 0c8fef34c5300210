"""What the plug-in tells the core beside readings."""

from __future__ import annotations

import pytest

from collectors.snmp import plugin
from collectors.snmp.options import SnmpOptions
from dcim.collect import TellsEndpoints
from dcim.model import Address


@pytest.mark.parametrize(
    ("address", "unit", "endpoint"),
    [
        (Address("10.0.0.1"), 1, "10.0.0.1:161 unit 1"),
        (Address("PDU.example.", 161), 2, "pdu.example:161 unit 2"),
        (Address("FD00:0::1", 1161), 1, "[fd00::1]:1161 unit 1"),
    ],
)
def test_one_device_is_told_however_its_address_is_written(
    address: Address, unit: int, endpoint: str
) -> None:
    """Pains: J1."""
    assert isinstance(plugin, TellsEndpoints)
    assert str(plugin.endpoint(address, SnmpOptions(unit=unit))) == endpoint


def test_the_engine_is_no_part_of_who_answers() -> None:
    """Pains: J1."""
    own, other = (SnmpOptions(engine=engine) for engine in ("own", "pysnmp"))
    assert plugin.endpoint(Address("a"), own) == plugin.endpoint(Address("a"), other)
