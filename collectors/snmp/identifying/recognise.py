"""Asking a device what tells its family: few questions, the likely ones first."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.dialect.profile import SYS_OBJECT_ID, SnmpProfile
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.value import Absence
from collectors.snmp.identifying.identify import Greeting, Recognition
from collectors.snmp.identifying.identity import makers
from collectors.snmp.questions.asking import Asking
from dcim.model import Gap, GapReason, NoAnswer, PollError

_TOGETHER: Final = 20
"""Columns looked for in one question: the answers fit one Ethernet frame."""


async def recognise(asking: Asking, greeting: Greeting, profiles: Sequence[SnmpProfile]) -> Recognition:
    """Return what is known of a device once nothing more would change it. Raise what the transport raises.

    What did not come is in ``cells.unheard``: where it is not empty, another answer may tell another family.
    """
    recognition = Recognition(profiles, greeting, Cells())
    while names := recognition.questions():
        await _ask(asking, names, recognition.cells)
    return recognition


async def cells_of(asking: Asking, names: Sequence[bytes]) -> Cells:
    """Return what a device says to these instances."""
    cells = Cells()
    await _get(asking, names, cells)
    return cells


async def signs_of_maker(
    asking: Asking, greeted: Cells, profiles: Sequence[SnmpProfile]
) -> dict[bytes, Cell]:
    """Return the cells that tell who made a device: its number, or where it answers if that is anybody's.

    There are none where its family tells it. Raise what the transport raises, and NoAnswer where a tree is
    silent: of two trees the one that is heard would tell a maker that it is not of.
    """
    if profiles and not profiles[0].generic:
        return {}
    signs = Cells({SYS_OBJECT_ID: cell} if (cell := greeted.get(SYS_OBJECT_ID)) is not None else {})
    if Greeting.of(greeted).tells_no_maker:
        await _begin(asking, makers(), signs)
    if signs.unheard:
        msg = "it does not say in whose tree it answers"
        raise NoAnswer(msg)
    return signs.by_oid


async def beginnings(asking: Asking, columns: Sequence[bytes]) -> Cells:
    """Return the first cell below each of these names, as far as the time of ``asking`` goes."""
    cells = Cells()
    with suppress(PollError):
        await _begin(asking, columns, cells)
    return cells


async def _ask(asking: Asking, names: Sequence[bytes], cells: Cells) -> None:
    """Ask instances by GET and what is none, or not there, by what follows it."""
    await _get(asking, names, cells)
    await _begin(asking, [name for name in names if name[-1] and cells.get(name) is None], cells)


async def _begin(asking: Asking, columns: Sequence[bytes], cells: Cells) -> None:
    """Keep the first cell of each column, a few columns in one question."""
    for start in range(0, len(columns), _TOGETHER):
        await _follow(asking, columns[start : start + _TOGETHER], cells)


async def _get(asking: Asking, names: Sequence[bytes], cells: Cells) -> None:
    sheet = await asking.get(names)
    for name, value, tag in zip(names, sheet.values, sheet.tags, strict=True):
        if not isinstance(value, Gap):
            cells.put(name, Cell(tag, value))
        elif value.reason is not GapReason.REFUSED:
            cells.unheard += (name,)


async def _follow(asking: Asking, columns: Sequence[bytes], cells: Cells) -> None:
    """Keep the first cell of each column. Columns asked together that get no good answer are asked alone.

    An answer under the very name that was asked lies not beyond it: it is none.
    """
    try:
        answer = await asking.ask(Request.next(columns))
    except NoAnswer:
        if asking.left <= 0 or not asking.heard:
            raise
        answer = None
    if answer is None or answer.error_status or len(answer.oids) != len(columns):
        for column in columns if len(columns) > 1 else ():
            await _follow(asking, [column], cells)
        if len(columns) == 1 and answer is None:
            cells.unheard += tuple(columns)
        return
    for column, name, value, tag in zip(columns, answer.oids, answer.values, answer.tags, strict=True):
        if name.startswith(column) and name != column and not isinstance(value, Absence):
            cells.put(name, Cell(tag, value))
