"""Counters that are full. Pure.

The largest INTEGER, 2147483647, is no count: an agent that sends its counters in this type stays there when
they are full, or means that it does not know. In Counter32 and Gauge32 it is a number like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from collectors.snmp.answers.cells import Cell
from collectors.snmp.engine.value import Tag
from dcim.catalogue import METRICS, Shape
from dcim.profile import Quantity
from dcim.record import replace

_FULL: Final = 2**31 - 1


def as_counted(metric: str, cell: Cell | None) -> Callable[[Quantity], Quantity]:
    """Return how a quantity of this metric is taken from a cell: of a counter, a full INTEGER is absent."""
    if cell is None or cell.tag != Tag.INTEGER or METRICS[metric].shape is not Shape.COUNTER:
        return _as_it_is
    return _without_full


def _as_it_is(quantity: Quantity) -> Quantity:
    return quantity


def _without_full(quantity: Quantity) -> Quantity:
    return replace(quantity, absent=quantity.absent | {_FULL})
