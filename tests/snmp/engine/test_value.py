import pytest

from collectors.snmp.engine import oid
from collectors.snmp.engine.value import IpAddress, Malformed, Oid, Opaque, value_of


def test_names_and_addresses_print_as_people_write_them():
    assert str(Oid(oid.encode("1.3.6.1.4.1.318"))) == "1.3.6.1.4.1.318"
    assert str(IpAddress(bytes((192, 0, 2, 1)))) == "192.0.2.1"


@pytest.mark.parametrize(
    ("tag", "content", "wanted"),
    [
        (0x02, b"\xff", -1),
        (0x02, b"\x00\xff", 255),
        (0x02, b"\x80\x00\x00\x00\x00\x00\x00\x00", -(2**63)),
        (0x41, b"\xff\xff\xff\xff", 2**32 - 1),  # agents that leave the leading zero out
        (0x46, b"\x00" + b"\xff" * 8, 2**64 - 1),
        (0x42, b"\x00" * 12 + b"\x07", 7),
        (0x03, b"\x00\x80", b"\x00\x80"),
        (0x45, b"\x49", b"\x49"),
        (0x99, b"strange", Opaque(b"strange")),
        (0x44, b"\x9f\x78\x04\x41", Opaque(b"\x9f\x78\x04\x41")),
    ],
)
def test_content_becomes_a_value(tag, content, wanted):
    value = value_of(tag, content)
    assert (value, type(value)) == (wanted, type(wanted))


def test_a_malformed_value_keeps_what_stood_there():
    assert value_of(0x40, b"abc") == Malformed(0x40, b"abc")
