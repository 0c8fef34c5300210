"""Times, addresses and time zones as people write them."""

from __future__ import annotations

import sys
from contextlib import suppress
from unicodedata import bidirectional, category
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.model import Address
from dcim.settings.values.written import device_address, endpoint, line, seconds, zone


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("10s", 10.0),
        ("10 s", 10.0),
        ("250ms", 0.25),
        ("5m", 300.0),
        ("5 min", 300.0),
        ("1.5h", 5400.0),
        ("30d", 2592000.0),
        (10, 10.0),
        (0.5, 0.5),
    ],
)
def test_a_time_has_a_unit_or_is_in_seconds(written: object, expected: float) -> None:
    assert seconds(written) == expected


@pytest.mark.parametrize(
    "written", ["", "10", "s", "-5s", "5 weeks", "1h30m", True, None, [1], "9" * 20 + "s"]
)
def test_what_is_no_time_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="expected a time such as 10s"):
        seconds(written)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("127.0.0.1:8480", Address("127.0.0.1", 8480)),
        ("[::1]:0", Address("::1", 0)),
        ("[fe80::1%eth0]:161", Address("fe80::1%eth0", 161)),
        ("ups-a.noc.example:161", Address("ups-a.noc.example", 161)),
        ("localhost:65535", Address("localhost", 65535)),
        (Address("a", 1), Address("a", 1)),
    ],
)
def test_an_endpoint_is_a_host_and_a_port(written: object, expected: Address) -> None:
    assert endpoint(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "127.0.0.1", "127.0.0.1:", ":80", "::1:80", "[::1]", "[x]:80", "256.0.0.1:80", "10.0.0:80", "1.2.3.4.5:80",
        "a:65536", "a:-1", "a:8 0", "a b:80", "a:１２", "-a:80", "http://a:80", "a" * 64 + ":80", 80, None, "",
        ".".join(["a" * 60] * 5) + ":80",
    ],
)  # fmt: skip
def test_what_is_no_endpoint_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="expected host:port"):
        endpoint(written)


def test_a_device_is_at_a_host_an_endpoint_or_on_a_serial_line() -> None:
    assert device_address("10.0.0.5:161") == Address("10.0.0.5", 161)
    assert device_address("10.0.0.5") == Address("10.0.0.5", 0)
    assert device_address("ups-a.example.net") == Address("ups-a.example.net", 0)
    assert device_address("[2001:db8::5]") == Address("2001:db8::5", 0)
    assert device_address("/dev/serial/by-id/usb-FTDI-0") == Address("/dev/serial/by-id/usb-FTDI-0")
    for written in (
        "10.0.0.5:0",
        "10.0.0.500",
        "2001:db8::5",
        "[10.0.0.5]",
        "a:b",
        "dev/ttyS0",
        "/dev/tty S0",
        "",
        None,
    ):
        with pytest.raises(ValueError, match="the path of a serial line"):
            device_address(written)


def test_a_time_zone_is_one_of_the_database() -> None:
    assert zone("Africa/Casablanca") == "Africa/Casablanca"
    for written in ("Africa", "../etc/passwd", "", "Africa/Casablanka"):
        with pytest.raises(ValueError, match="no time zone"):
            zone(written)


def test_what_is_a_time_zone_is_what_the_database_lists() -> None:
    listed = available_timezones()
    near = {
        "posix/UTC",
        "right/UTC",
        "posixrules",
        "/etc/localtime",
        "Africa/../UTC",
        "africa/casablanca",
        "UTC\0",
    }
    assert near.isdisjoint(listed)
    taken = set()
    for name in listed | near:
        with suppress(ValueError):
            taken.add(zone(name))
    assert taken == listed


@settings(deadline=None)
@given(st.text(max_size=40) | st.text("0123456789.:[]-ab", max_size=30))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for read in (endpoint, device_address, seconds):
        try:
            read(text)
        except ValueError as refused:
            assert str(refused).startswith("expected")  # noqa: PT017


@pytest.mark.parametrize("text", ["", "Onduleur A – salle n° 1", "غرفة ١", "电源", "a\u200db", "🔥"])
def test_a_name_is_one_line_of_any_script(text: str) -> None:
    assert line(text) == text


@pytest.mark.parametrize(
    ("char", "why"),
    [
        *((char, "is a control character or a line end") for char in "\0\t\n\r\x1b\x7f\x85\x9b\u2028\u2029"),
        *((char, "turns the direction of the text") for char in "\u061c\u200e\u200f\u202a\u202e\u2066\u2069"),
    ],
)
def test_a_name_shows_as_it_is_written(char: str, why: str) -> None:
    """Pains: J1."""
    with pytest.raises(ValueError, match=f"^people see this text: U.{ord(char):04X} in it {why}$") as told:
        line(f"UPS {char}A")
    assert char not in str(told.value)


def test_no_character_that_breaks_or_turns_a_line_passes_for_one_that_is_printed() -> None:
    turns = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    every = map(chr, range(sys.maxunicode + 1))
    wrong = [one for one in every if category(one) in ("Cc", "Zl", "Zp") or bidirectional(one) in turns]
    assert len(wrong) > 70
    for one in wrong:
        with pytest.raises(ValueError, match="people see this text"):
            line(f"UPS {one}A")
