"""What waits packed comes back as it was."""

from __future__ import annotations

from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.devices.stored import Stored
from collectors.snmp.engine.value import Absence, IpAddress, Malformed, Oid, Opaque, Tag, Value

VALUES: list[Value] = [
    0,
    -1,
    2**64 - 1,
    1.5,
    b"",
    b"PDU 7",
    None,
    *Absence,
    Oid(b"\x2b\x06\x01"),
    IpAddress(b"\xc0\x00\x02\x01"),
    Opaque(b"\x9f"),
    Malformed(Tag.INTEGER, b""),
]


def _cells(names: list[bytes]) -> Cells:
    return Cells({name: Cell(int(Tag.INTEGER), value) for name, value in zip(names, VALUES, strict=True)})


def test_cells_of_every_kind_come_back_as_they_were_and_in_their_order():
    """Pains: B2."""
    before = _cells([bytes((0x2B, 6, 1, at)) for at in range(len(VALUES))])
    after = Stored.of(before).cells()
    assert list(after.by_oid.items()) == list(before.by_oid.items())
    assert [type(cell.value) for cell in after.by_oid.values()] == [type(value) for value in VALUES]
    assert [cell.there for cell in after.by_oid.values()] == [cell.there for cell in before.by_oid.values()]


def test_devices_with_the_same_objects_hold_their_names_once():
    one, other = (Stored.of(_cells([b"%cnames" % at for at in range(len(VALUES))])) for _ in range(2))
    assert one.names is other.names


def test_what_was_never_stored_is_empty():
    assert Stored().cells().by_oid == {}
