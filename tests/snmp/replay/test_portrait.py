"""A portrait is whole: what a device was understood from, and what of it was not heard."""

from __future__ import annotations

import pytest

from collectors.snmp.answers.recording import parse
from collectors.snmp.devices.device import Device
from collectors.snmp.devices.stored import Stored
from collectors.snmp.engine import oid
from collectors.snmp.replay import portrait

CELLS = "1.3.6.1.4.1.5.1.0|2|75\n1.3.6.1.4.1.5.2.0|4|rack\n"


def test_a_portrait_says_which_cells_were_not_heard_and_one_of_before_says_none(asset):
    """Pains: A5: a replay understands the rows that were understood then, and no more."""
    device = Device(asset(), profiles=())
    cells = parse(CELLS)
    cells.unheard = (oid.encode("1.3.6.1.4.1.5.3"),)
    device._stored = Stored.of(cells)
    said = portrait.read(drawn := portrait.write(device, 1, b""))
    assert said.cells.by_oid.keys() == cells.by_oid.keys()
    assert said.cells.unheard == cells.unheard
    earlier = drawn.replace(b'"unheard"', b'"others"')
    assert portrait.read(earlier).cells.unheard == ()


def test_a_portrait_is_read_packed_or_not_and_what_is_cut_or_changed_is_none(asset):
    device = Device(asset(), profiles=())
    device._stored = Stored.of(parse(CELLS))
    drawn = portrait.write(device, 1, b"")
    kept = portrait.packed(drawn)
    assert portrait.read(kept) == portrait.read(drawn)
    for wrong in (b"", kept[:-1], kept[: len(kept) // 2], b"x" + kept, portrait.packed(b"\xff")):
        with pytest.raises(ValueError, match=r".+"):
            portrait.read(wrong)
