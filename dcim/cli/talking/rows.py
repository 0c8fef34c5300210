"""Rows of text in columns that are as wide as what stands in them: nothing is cut, folded or joined."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

_BETWEEN = "  "


class Side(StrEnum):
    """Where a text stands in its column."""

    LEFT = "left"
    RIGHT = "right"


def print_rows(
    console: Console, head: Sequence[str], rows: Sequence[Sequence[Text]], right: frozenset[int] = frozenset()
) -> None:
    """Print rows below their head. A pipe and a narrow terminal get every character of a row, on one line.

    ``right`` are the columns, counted from 0, whose texts stand at the right: numbers.
    """
    every = [[Text(name, style="bold") for name in head], *rows]
    widths = [max(cell_len(row[place].plain) for row in every) for place in range(len(head))]
    for row in every:
        sides = [Side.RIGHT if place in right else Side.LEFT for place in range(len(head))]
        line = Text(_BETWEEN).join(map(_padded, row, widths, sides))
        line.rstrip()
        console.print(line, soft_wrap=True)


def _padded(cell: Text, width: int, side: Side) -> Text:
    blanks = Text(" " * (width - cell_len(cell.plain)))
    return blanks + cell if side is Side.RIGHT else cell + blanks
