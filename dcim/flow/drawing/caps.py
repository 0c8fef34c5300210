"""What an element may carry, as limits in VA. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import NamedTuple

from dcim.flow.drawing.measured import volts
from dcim.flow.values.model import Element, Reading


class Cap(NamedTuple):
    """One limit in VA: of a phase (``line``), or of all (-1). ``warn`` and ``trip`` are shares of ``rated``.

    What is carried in VA times ``low`` to ``high`` is what ``rated`` is held against; ``amount`` in ``unit``.
    """

    line: int
    rated: float
    warn: float
    trip: float
    low: float
    high: float
    amount: float
    unit: str


def caps_of(element: Element, readings: Sequence[Reading]) -> tuple[Cap, ...]:
    """Return the limits of an element: amperes by phase at its voltage, VA also in equal parts by phase."""
    return tuple(_caps(element, readings))


def _caps(element: Element, readings: Sequence[Reading]) -> Iterator[Cap]:
    limit, lines = element.limit, element.lines
    warn, trip = limit.warn, limit.trip if limit.trip is not None else inf
    if limit.amperes is not None:
        for line, phase in enumerate(lines):
            rated = limit.amperes * volts(element, readings, phase)
            yield Cap(line, rated, warn, trip, 1.0, 1.0, limit.amperes, "A")
    if limit.voltamperes is not None:
        part = limit.voltamperes / len(lines)
        if len(lines) > 1:
            yield from (Cap(line, part, warn, trip, 1.0, 1.0, part, "VA") for line in range(len(lines)))
        yield Cap(-1, limit.voltamperes, warn, trip, 1.0, 1.0, limit.voltamperes, "VA")
    if limit.watts is not None:
        low, high = element.power_factor
        yield Cap(-1, limit.watts, warn, trip, low, high, limit.watts, "W")
