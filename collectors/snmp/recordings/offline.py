"""Recordings read as if they were the device: the same rows, the same programs, no network. Pure.

The daemon reads one cell for each point. Who looks at a recording or probes a device is also shown the cells
that say it again, which a profile understands but has a better one for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from collectors.snmp.answers.cells import Cells
from collectors.snmp.decoding.slots import Named, Partly, RaisedSlot, names_in
from collectors.snmp.devices.plan import LanePlan, lane_plan, understood
from collectors.snmp.dialect.library import Library
from collectors.snmp.dialect.profile import SnmpProfile
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Absence, Tag
from collectors.snmp.identifying.identify import Greeting, Recognition
from collectors.snmp.identifying.identity import identity_of
from collectors.snmp.identifying.number import number_of
from collectors.snmp.questions.asking import Said
from collectors.snmp.tables.rows import Candidate
from dcim.collect import Decoded
from dcim.model import Batch, Labels, Lane

ASSET: Final = "recording"
"""The asset id that points of a recording carry."""


def decode_cells(cells: Cells, library: Library, names: Sequence[str] = (), unit: int = 1) -> Decoded:
    """Return what recorded cells say, through the same decoder as a poll. ``names`` empty: identify."""
    greeting = Greeting.of(cells)
    number = number_of(library.above(), greeting, cells)
    recognition = Recognition(library.heads(number), greeting, cells)
    found = recognition.matches()
    names = names or recognition.chosen()
    profiles = [library.profile(name, number, unit) for name in names]
    known, others = understood(ASSET, profiles, cells)
    return Decoded(
        profile=names[0] if names else None,
        identity=identity_of(profiles, cells),
        batches=tuple(read_cells(plan, cells) for plan in known.plans),
        reason=next((match.reason for match in found if match.profile in names), ""),
        greeting=greeting.said,
        superseded=superseded(ASSET, known.plans, others, cells),
    )


def profiles_for(cells: Cells, library: Library, names: Sequence[str] = ()) -> list[SnmpProfile]:
    """Return the profiles with these names, or those that recorded cells are recognised by."""
    greeting = Greeting.of(cells)
    number = number_of(library.above(), greeting, cells)
    names = names or Recognition(library.heads(number), greeting, cells).chosen()
    return [library.profile(name, number) for name in names]


def superseded(
    asset: str, plans: Iterable[LanePlan], others: Iterable[Candidate], cells: Cells
) -> tuple[Batch, ...]:
    """Return what the candidates say that were not chosen, in batches of which none has a point twice.

    There are no gaps, and no cell that is read already: one cell is never two numbers.
    """
    taken = {
        source
        for plan in plans
        for source, slot in zip(plan.program.layout.sources, plan.program.slots, strict=True)
        if not isinstance(slot, RaisedSlot)
    }
    found = list(_beside(others, taken, cells))
    batches: list[Batch] = []
    while found:
        first: dict[tuple[str, Labels], Candidate] = {}
        later = [one for one in found if first.setdefault((one.metric, one.labels), one) is not one]
        plan = lane_plan(asset, Lane.FAST, [(one, False) for one in first.values()])
        batches.append(read_cells(plan, cells))
        found = later
    return tuple(batches)


def _beside(others: Iterable[Candidate], taken: set[str], cells: Cells) -> Iterator[Candidate]:
    measured: set[bytes] = set()
    for one in others:
        if oid.text(one.oids[0]) in taken or one.measured in measured or not one.present(cells):
            continue
        measured |= {one.measured} - {b""}
        yield one


def read_cells(plan: LanePlan, cells: Cells, at: float = 0.0) -> Batch:
    """Read a plan from recorded cells instead of from a device."""
    found = [cells.by_oid.get(name) for name in plan.oids]
    values: list[Said | Named | Partly] = [
        Absence.NO_SUCH_INSTANCE if cell is None else cell.value for cell in found
    ]
    tags = bytearray(Tag.NO_SUCH_INSTANCE if cell is None else cell.tag for cell in found)
    for raised in plan.raised:
        count = values[raised.count] if raised.count is not None else None
        rows = (row.cell.value for row in cells.rows(raised.column))
        values.append(frozenset() if count == 0 else names_in(rows, count))
        tags.append(0)
    return plan.program.decode(values, bytes(tags), at)
