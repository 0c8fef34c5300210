from __future__ import annotations

import pytest

from collectors.snmp.answers import recording
from collectors.snmp.answers.writing import line
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Absence, IpAddress, Malformed, Oid, Tag, Value

NAME = oid.encode("1.3.6.1.4.1.318.1.1.1.2.2.1.0")


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (Tag.INTEGER, -17),
        (Tag.COUNTER64, 2**63),
        (Tag.TIME_TICKS, 540_600),
        (Tag.OCTET_STRING, "Baie n°1 | A\n".encode()),
        (Tag.OCTET_STRING, bytes(range(256))),
        (Tag.OBJECT_IDENTIFIER, Oid(oid.encode("1.3.6.1.4.1.318"))),
        (Tag.IP_ADDRESS, IpAddress(b"\xc0\x00\x02\x01")),
        (Tag.OPAQUE, 23.75),
        (Tag.NULL, None),
    ],
)
def test_what_is_recorded_reads_back_as_it_was_said(tag: int, value: Value) -> None:
    """Pains: A7."""
    written = line(NAME, tag, value)
    assert written is not None
    cells = recording.parse(written)
    assert cells.by_oid[NAME].value == value


def test_what_is_not_there_is_not_recorded() -> None:
    assert line(NAME, Tag.NO_SUCH_OBJECT, Absence.NO_SUCH_OBJECT) is None


def test_bytes_that_are_no_value_are_kept_as_bytes() -> None:
    assert line(NAME, Tag.INTEGER, Malformed(Tag.INTEGER, b"\x01" * 9)) == (
        "1.3.6.1.4.1.318.1.1.1.2.2.1.0|2x|" + "01" * 9
    )
