"""A device that stands twice under two names, and a line that is described in two ways. Pains: J1, C5."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = """\
format: 1
site: { id: cas1 }
groups: { same: { kind: crac, collector: modbus, address: "10.0.0.9:502" } }
devices:
"""


def device(name: str, unit: int, framing: str = "tcp", address: str = "10.0.0.9:502") -> str:
    options = f"{{ unit: {unit}, framing: {framing} }}"
    return f'  - {{ id: {name}, kind: crac, collector: modbus, address: "{address}", modbus: {options} }}\n'


def test_the_same_unit_of_an_address_twice_is_told_at_the_second_device(config: Any) -> None:
    read, problems = config(HEAD + device("a", 1) + device("b", 2) + device("c", 1))
    assert problems == [
        "dcim.yaml:7:54: devices[2].address: 10.0.0.9:502 unit 1 is device 'a' (dcim.yaml:5) already"
    ]
    assert [asset.id for asset in read.assets] == ["a", "b"]


def test_it_is_told_across_files_and_beside_other_mistakes(config: Any) -> None:
    first = HEAD.replace("devices:", "include: more.yaml\ndevices:") + device("a", 1)
    second = "devices:\n" + device("b", 1).replace("crac,", "crack,", 1)
    _, problems = config(first, more_yaml=second)
    assert len(problems) == 2
    assert "10.0.0.9:502 unit 1 is device 'a' (dcim.yaml:6) already" in problems[1]


def test_an_address_of_a_group_is_told_at_the_device(config: Any) -> None:
    two = "  - { id: a, group: same, modbus: { unit: 1 } }\n  - { id: b, group: same, modbus: { unit: 1 } }\n"
    _, problems = config(HEAD + two)
    assert problems == [
        "dcim.yaml:6:11: devices[1].id: 10.0.0.9:502 unit 1 is device 'a' (dcim.yaml:5) already"
    ]


@pytest.mark.parametrize("units", [(0, 1), (1, 0)])
def test_devices_that_share_a_line_must_each_name_their_unit(config: Any, units: tuple[int, int]) -> None:
    _, (problem,) = config(HEAD + device("a", units[0]) + device("b", units[1]))
    assert (
        "devices[1].address: 10.0.0.9:502 is that of device 'a' (dcim.yaml:5) too: where devices share"
        in problem
    )


def test_a_line_is_described_in_one_way(config: Any) -> None:
    _, (problem,) = config(HEAD + device("a", 1) + device("b", 2, "rtu"))
    assert "10.0.0.9:502 is tcp for device 'a' (dcim.yaml:5), and rtu here" in problem


def test_devices_at_other_addresses_or_of_plug_ins_that_do_not_tell_are_let_be(config: Any) -> None:
    snmp = '  - { id: %s, kind: ups, collector: snmp, address: "10.0.0.9:502" }\n'
    bad = device("e", 1, address="no where")
    read, problems = config(
        HEAD + device("a", 1) + device("b", 1, "rtu", "10.0.0.8:502") + snmp % "c" + snmp % "d" + bad
    )
    assert len(problems) == 1
    assert [asset.id for asset in read.assets] == ["a", "b", "c", "d"]


def test_a_device_is_not_asked_more_often_than_its_family_stands(config: Any, plugins: Any) -> None:
    """Pains: A3."""
    plugins["snmp"].least = 30.0
    text = """\
format: 1
site: { id: cas1 }
devices:
  - { id: a, kind: ups, collector: snmp, address: "10.0.0.1:161", profile: apc_rpdu2, interval: 29s }
  - { id: b, kind: ups, collector: snmp, address: "10.0.0.2:161", profile: apc_rpdu2 }
  - { id: c, kind: ups, collector: snmp, address: "10.0.0.3:161", profile: apc_rpdu2, interval: 30s }
  - { id: d, kind: ups, collector: snmp, address: "10.0.0.4:161", profile: apc_rpdu2, interval: soon }
"""
    read, problems = config(text)
    least = "but profile 'apc_rpdu2' allows none below 30 s"
    assert problems[0].endswith(f"devices[0].interval: the interval is 29 s, {least}")
    assert problems[1].endswith(f"devices[1].profile: the interval is 10 s, {least}")
    assert "devices[3].interval: expected a time" in problems[2]
    assert len(problems) == 3
    assert [asset.id for asset in read.assets] == ["c"]


def test_a_proxy_agent_tells_devices_at_one_address_apart_by_their_credentials(config: Any) -> None:
    access = "credentials:\n" + "".join(
        f"  {name}: {{ protocol: modbus, token: 'env:TOKEN' }}\n" for name in ("context-a", "context-b")
    )
    text = HEAD.replace("devices:\n", access + "devices:\n")
    one = device("a", 1).replace("kind: crac,", "kind: crac, credential: context-a,")
    two = device("b", 1).replace("kind: crac,", "kind: crac, credential: context-b,")
    read, problems = config(text + one + two)
    assert problems == []
    assert [asset.id for asset in read.assets] == ["a", "b"]
