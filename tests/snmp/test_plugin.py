"""What the plug-in tells the core beside readings."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.snmp import plugin
from collectors.snmp.config.options import SnmpOptions
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


def test_snmp_has_no_serial_lines() -> None:
    with pytest.raises(ValueError, match="'/dev/ttyS0' is the path of one"):
        plugin.endpoint(Address("/dev/ttyS0"), SnmpOptions())


def test_the_engine_is_no_part_of_who_answers() -> None:
    """Pains: J1."""
    own, other = (SnmpOptions(engine=engine) for engine in ("own", "pysnmp"))
    assert plugin.endpoint(Address("a"), own) == plugin.endpoint(Address("a"), other)


def test_a_family_says_how_often_it_may_be_asked(tmp_path: Path) -> None:
    """Pains: A3."""
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "profile.yaml").write_text(
        "profile: slow\nformat: 1\nkind: ups\nvendor: V\ntitle: T\nsnmp: { least_interval: 30, match_descr: [slow] }\n"
        "points: [ { metric: ups_battery_packs, oid: 1.3.6.1.4.1.5.1.0 } ]\n"
    )
    least = {summary.name: summary.least_interval for summary in plugin.profiles([tmp_path])}
    assert (least["slow"], least["rfc1628_ups"]) == (30.0, 0.0)
