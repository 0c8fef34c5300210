"""What a point last said before a moment that is past, from the history. Call it from a thread."""

from __future__ import annotations

from array import array
from typing import Final

from dcim.history import GAP_REASONS, GAP_UNSAID, History
from dcim.model import Batch, Gap, Lane, Layout, Point, Reading

BACK: Final = 3_600.0
"""Seconds before the moment in which a reading is looked for: the slow lanes of a device take minutes."""


def read_at(history: History, point: Point, at: float) -> Reading | None:
    """Return the newest reading of a point at ``at`` (UTC seconds), or its gap; None: nothing is kept."""
    described = history.describe(point.id)
    found = history.query([point.id], at - BACK, at + 1e-3).select("at", "value", "gap")
    if described is None or not found.height:
        return None
    when, value, gap = found.row(-1)
    if gap == GAP_UNSAID:
        return None
    layout = Layout(point.asset, Lane.FAST, (point,), (described.states,), (described.source,))
    gaps = {0: Gap(GAP_REASONS[gap])} if gap else {}
    return Batch(layout, when / 1000.0, array("d", [value]), gaps).reading(0)
