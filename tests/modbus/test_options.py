"""A device's own ``modbus:`` section, and the plug-in as the core sees it."""

from __future__ import annotations

import re

import pytest

from collectors.modbus import plugin
from collectors.modbus.asking.options import ModbusOptions, NoCredential
from collectors.modbus.collecting.collector import ModbusCollector
from collectors.modbus.known.library import Library, UnknownProfile
from collectors.modbus.transport.contract import Framing, Link
from dcim.model import Address, ConfigError
from dcim.plugins import collectors
from dcim.yaml import parse, shape


def options(text: str):
    return shape(parse(text, "site.yaml"), ModbusOptions)


@pytest.mark.parametrize("framing", ["serial", "rtu_over_tcp"])
def test_a_unit_is_mandatory_where_others_share_the_connection(framing):
    """Pains: C5."""
    model, (problem,) = options(f"framing: {framing}\n")
    assert model is None
    assert "unit is missing" in str(problem)
    assert options(f"framing: {framing}\nunit: 7\n")[0].unit == 7


def test_links():
    tcp, _ = options("unit: 1\n")
    assert tcp.link(Address("10.0.0.9")) == Link("10.0.0.9", 502)
    assert tcp.link(Address("10.0.0.9", 1502)).port == 1502
    line, _ = options("{ framing: serial, unit: 3, baudrate: 9600, parity: N, stop_bits: 2 }\n")
    assert line.link(Address("/dev/ttyS1", 7)) == Link("/dev/ttyS1", 0, Framing.SERIAL, 9600, "N", 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unit: 256", "at most 255"),
        ("unit: -1", "at least 0"),
        ("parity: X", "parity"),
        ("baudrate: 12", "at least 300"),
        ("framming: tcp", "did you mean 'framing'?"),
        ("pause: -1", "at least 0"),
        ("address_offset: 2", "at most 1"),
    ],
)
def test_mistakes_are_said_in_the_files_own_terms(text, expected):
    _, problems = options(text + "\n")
    assert any(expected in str(problem) for problem in problems)


def test_modbus_has_no_credentials():
    _, problems = shape(parse("password: env:X\n", "site.yaml"), NoCredential)
    assert problems


async def test_the_plug_in_is_found_and_opens_a_collector():
    found = collectors()["modbus"]
    assert (found.name, found.options_type, found.credential_type) == ("modbus", ModbusOptions, NoCredential)
    collector = plugin.open({})
    assert isinstance(collector, ModbusCollector)
    await collector.aclose()


def test_a_users_profile_wins_and_profiles_of_other_protocols_are_passed_over(tmp_path):
    body = "format: 1\nkind: meter\nvendor: Mine\ntitle: Mine\n"
    point = "points: [{ metric: meter_frequency_hertz, holding: 0, unit: Hz }]\n"
    for name, text in {
        "schneider_pm5000": f"profile: schneider_pm5000\n{body}modbus: {{}}\n{point}",
        "some_snmp": f"profile: some_snmp\n{body}snmp: {{}}\n",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "profile.yaml").write_text(text)
    library = Library((tmp_path,))
    assert library.get("schneider_pm5000").vendor == "Mine"
    assert "some_snmp" not in library.names()
    with pytest.raises(UnknownProfile, match="did you mean 'socomec_jbus'"):
        library.get("socomec")


def test_a_broken_users_profile_is_every_mistake_at_once(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "profile.yaml").write_text("profile: mine\nmodbus: {}\npoints: []\n")
    with pytest.raises(ConfigError) as caught:
        Library((tmp_path,)).get("mine")
    assert len(caught.value.problems) >= 4


def test_a_file_that_is_no_yaml_costs_no_other_family(tmp_path):
    """Pains: B6."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "profile.yaml").write_text("a: [\n")
    library = Library((tmp_path,))
    assert "broken" in library.names()
    assert {family.name for family in library.heads()} == set(library.names()) - {"broken"}
    with pytest.raises(ConfigError):
        library.get("broken")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("unit: 1", "plc.example:502"), ("{ unit: 1, framing: rtu_over_tcp }", "PLC.example.:502")),
        (("unit: 1", "fd00::1"), ("unit: 1", "FD00:0::1")),
        (("{ unit: 3, framing: serial }", "/dev/ttyS1"), ("{ unit: 3, framing: serial }", "/dev//./ttyS1")),
    ],
)
def test_one_unit_is_told_however_its_address_is_written(one, two):
    """Pains: J1."""
    first, second = (plugin.endpoint(_address(at), options(text + "\n")[0]) for text, at in (one, two))
    assert (first.line, first.unit) == (second.line, second.unit)


def _address(text):
    host, _, port = text.rpartition(":")
    return Address(host, int(port)) if port.isdigit() and "::" not in text else Address(text)


def test_an_endpoint_tells_unit_and_line():
    """Pains: C5."""
    tcp = plugin.endpoint(Address("10.0.0.9"), options("{}\n")[0])
    assert (str(tcp), tcp.how) == ("10.0.0.9:502", "tcp")
    line = plugin.endpoint(Address("/dev/ttyS1"), options("{ unit: 3, framing: serial }\n")[0])
    assert (str(line), line.how) == ("/dev/ttyS1 unit 3", "serial, 19200 baud, parity E, 1 stop bit(s)")


@pytest.mark.parametrize(
    ("text", "at", "why"),
    [
        ("{ unit: 3, framing: serial }", Address("ttyS0"), "framing serial, and 'ttyS0' is a host"),
        (
            "{ unit: 3, framing: serial }",
            Address("10.0.0.9", 502),
            "framing serial, and '10.0.0.9:502' is a host",
        ),
        ("{ unit: 3 }", Address("/dev/ttyS0"), "framing tcp, and '/dev/ttyS0' is the path of a serial line"),
    ],
)
def test_a_serial_line_is_no_host_and_a_host_no_serial_line(text, at, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        plugin.endpoint(at, options(text + "\n")[0])


def write(folder, name, metric, vendor="V"):
    path = folder / name
    path.mkdir(parents=True)
    (path / "profile.yaml").write_text(
        f"profile: {name}\nformat: 1\nkind: meter\nvendor: {vendor}\ntitle: T\n"
        "modbus: { match: { vendor: V } }\n"
        f"points: [ {{ metric: {metric}, holding: 1, unit: Hz, range: [0, 100] }} ]\n"
    )


def test_of_a_tested_family_the_top_alone_is_read_until_a_device_needs_it(tmp_path):
    write(tmp_path, "wrong", "no_such_metric")
    library = Library(shipped=tmp_path)
    assert [family.name for family in library.heads()] == ["wrong"]
    with pytest.raises(ConfigError, match="no_such_metric"):
        library.get("wrong")


def test_a_users_family_is_checked_whole_before_anything_is_recognised_by_it(tmp_path):
    write(tmp_path, "wrong", "no_such_metric")
    write(tmp_path, "right", "meter_frequency_hertz")
    names = {family.name for family in Library((tmp_path,)).heads()}
    assert "right" in names
    assert "wrong" not in names


def test_the_first_of_two_folders_wins(tmp_path):
    write(tmp_path / "a", "mine", "meter_frequency_hertz", vendor="First")
    write(tmp_path / "b", "mine", "meter_frequency_hertz", vendor="Second")
    assert Library((tmp_path / "a", tmp_path / "b")).get("mine").vendor == "First"
