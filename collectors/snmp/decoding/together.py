"""Answers that come together are understood together: the numbers of one family in one go. Pure.

program, cells of each ──▶ by arithmetic: rows ──▶ numbers of all rows ──▶ batch of each
                      └──▶ few cells, or odd ones ──▶ one after the other ──────┘
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from collectors.snmp.decoding.arithmetic import WORTH_NUMPY, Arithmetic, Numbers
from collectors.snmp.decoding.program import Cells, Program
from dcim.model import Batch


class Arrival(NamedTuple):
    """The answers of one plan, and the program that reads them; ``row``: see ``Answer.cells``."""

    program: Program
    cells: Cells
    tags: bytes
    row: bytes = b""


def decode_all(arrivals: Sequence[Arrival], at: float) -> list[Batch | Exception]:
    """Return the batch that each makes, or what went wrong with it alone; ``at`` is UTC seconds."""
    numbers = _numbers(arrivals)
    found: list[Batch | Exception] = []
    for one, known in zip(arrivals, numbers, strict=True):
        try:
            found.append(one.program.decode(one.cells, one.tags, at, known))
        except Exception as bug:  # noqa: BLE001  one device's bug never stops the others
            found.append(bug)
    return found


def _numbers(arrivals: Sequence[Arrival]) -> list[Numbers | None]:
    """Return the numbers of each where they are worked out together; None where it is to do so itself."""
    found: list[Numbers | None] = [None] * len(arrivals)
    if len(arrivals) == 1 and len(arrivals[0].program.arithmetic) < WORTH_NUMPY:
        return found
    families: defaultdict[Arithmetic, list[int]] = defaultdict(list)
    for number, one in enumerate(arrivals):
        families[one.program.arithmetic].append(number)
    for family, members in families.items():
        if len(family) * len(members) < WORTH_NUMPY:
            continue
        rows = {number: row for number in members if (row := _row(arrivals[number])) is not None}
        if rows:
            for number, numbers in zip(rows, family.of_all(list(rows.values())), strict=True):
                found[number] = numbers
    return found


def _row(one: Arrival) -> bytes | None:
    """Return the cells that numbers are made of, if all of them are numbers or known to be none."""
    program = one.program
    if one.row and program.takes_as_they_are(one.tags):
        return program.arithmetic.row_of(one.row)
    try:
        return program.arithmetic.row(program.numeric(one.cells, one.tags))
    except struct.error:  # malformed bytes under the tag of a number
        return None
