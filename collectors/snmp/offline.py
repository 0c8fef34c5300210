"""Recordings read as if they were the device: the same rows, the same programs, no network. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from collectors.snmp.asking import Said
from collectors.snmp.cells import Cells
from collectors.snmp.engine.value import Absence, Tag
from collectors.snmp.identify import Greeting, Recognition
from collectors.snmp.identity import identity_of
from collectors.snmp.library import Library
from collectors.snmp.plan import LanePlan, understand
from collectors.snmp.slots import Named, names_in
from dcim.collect import Decoded
from dcim.model import Batch

ASSET: Final = "recording"
"""The asset id that points of a recording carry."""


def decode_cells(cells: Cells, library: Library, names: Sequence[str] = (), unit: int = 1) -> Decoded:
    """Return what recorded cells say, through the same decoder as a poll. ``names`` empty: identify."""
    greeting = Greeting.of(cells)
    recognition = Recognition(library.heads(greeting.dotted), greeting, cells)
    found = recognition.matches()
    names = names or recognition.chosen()
    profiles = [library.profile(name, greeting.dotted, unit) for name in names]
    plans = understand(ASSET, profiles, cells).plans
    batches = tuple(read_cells(plan, cells) for plan in plans)
    reason = next((match.reason for match in found if match.profile in names), "")
    identity = identity_of(profiles, cells)
    return Decoded(names[0] if names else None, identity, batches, reason, greeting.said)


def read_cells(plan: LanePlan, cells: Cells, at: float = 0.0) -> Batch:
    """Read a plan from recorded cells instead of from a device."""
    found = [cells.by_oid.get(name) for name in plan.oids]
    values: list[Said | Named] = [Absence.NO_SUCH_INSTANCE if cell is None else cell.value for cell in found]
    tags = bytearray(Tag.NO_SUCH_INSTANCE if cell is None else cell.tag for cell in found)
    for raised in plan.raised:
        none = raised.count is not None and values[raised.count] == 0
        rows = (row.cell.value for row in cells.rows(raised.column))
        values.append(frozenset() if none else names_in(rows))
        tags.append(0)
    return plan.program.decode(values, bytes(tags), at)
