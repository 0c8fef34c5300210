"""What an agent with probes answers once something befell it: rows under other numbers, a broken probe. Pure.

ENTITY-MIB           1.3.6.1.2.1.47.1.1.1.1.<column>.<row>      entPhysicalTable
ENTITY-SENSOR-MIB    1.3.6.1.2.1.99.1.1.1.<column>.<row>        entPhySensorTable
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcim.simulator.cells import Cell, Oid, Tag, oid

_TABLES: Final = (oid("1.3.6.1.2.1.47.1.1.1.1"), oid("1.3.6.1.2.1.99.1.1.1"))
_CONTAINED_IN: Final = oid("1.3.6.1.2.1.47.1.1.1.1.4")
_VALUE: Final = oid("1.3.6.1.2.1.99.1.1.1.4")
_STATUS: Final = oid("1.3.6.1.2.1.99.1.1.1.5")
_NONOPERATIONAL: Final = 3  # RFC 3433, EntitySensorStatus
_BY: Final = 100
"""What is added to the number of a row: more than any of these agents has."""


def tampered(cells: Mapping[Oid, Cell], shift: int, *, failed: bool) -> Mapping[Oid, Cell]:
    """Return what the agent answers after ``shift`` renumberings; ``failed``: its first probe is broken."""
    if failed:
        cells = _failing(cells)
    return (
        {_moved(name, shift): _pointing(name, cell, shift) for name, cell in cells.items()}
        if shift
        else cells
    )


def _failing(cells: Mapping[Oid, Cell]) -> dict[Oid, Cell]:
    """Return the cells with the first row that measures said not to: its value stands at nothing."""
    rows = sorted(name[-1] for name in cells if name[:-1] == _STATUS)
    made = dict(cells)
    if rows:
        made[(*_STATUS, rows[0])] = Cell(Tag.INTEGER, _NONOPERATIONAL)
        made[(*_VALUE, rows[0])] = Cell(Tag.INTEGER, 0)
    return made


def _moved(name: Oid, shift: int) -> Oid:
    return (*name[:-1], name[-1] + _BY * shift) if name[:10] in _TABLES or name[:11] in _TABLES else name


def _pointing(name: Oid, cell: Cell, shift: int) -> Cell:
    """Return a cell that names another row with the number that this has now."""
    if name[:-1] == _CONTAINED_IN and isinstance(cell.value, int) and cell.value:
        return Cell(cell.tag, cell.value + _BY * shift)
    return cell
