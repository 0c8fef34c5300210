"""Cells that wait for the next survey, a quarter of an hour away: packed, since a site has millions."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Final

from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.decoding.kept import kept

_NOTHING: Final = pickle.dumps([])


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """The cells of one device in a tenth of their room: names are held once for all devices of a family."""

    names: tuple[bytes, ...] = ()
    packed: bytes = _NOTHING
    unheard: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, cells: Cells) -> Stored:
        """Pack cells."""
        packed = pickle.dumps([tuple(cell) for cell in cells.by_oid.values()], pickle.HIGHEST_PROTOCOL)
        return cls(kept(tuple(cells.by_oid)), packed, cells.unheard)

    def cells(self) -> Cells:
        """Return the cells, in the order in which they came."""
        found = pickle.loads(self.packed)  # noqa: S301  packed above, in this process
        cells = {name: Cell(*cell) for name, cell in zip(self.names, found, strict=True)}
        return Cells(cells, self.unheard)
