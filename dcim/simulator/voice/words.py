"""The shapes that all voices share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias
from zlib import crc32

from dcim.simulator.plant.network import Node

Said: TypeAlias = "float | str | tuple[str, ...]"
"""A number in the metric's base unit, a state as a word or as words of which the first known one is meant."""
Marks: TypeAlias = "Mapping[str, str]"
"""The labels of a point."""
Say: TypeAlias = "Callable[[Marks], Said | None]"
"""Gives the value of a point now, or None if the plant has nothing to say about it."""
Vocabulary: TypeAlias = "dict[str, Say]"
"""What can be said, by metric."""

POWER_FACTOR: Final = 0.95
"""Of everything in the plant: typical of servers behind corrected power supplies."""
_SHARES: Final = {"L1": 0.35, "L2": 0.33, "L3": 0.32}
_NEUTRAL: Final = 0.02
"""What the unequal phases leave in the neutral."""


class Phases:
    """Spreads one load over as many phases as a device shows."""

    def __init__(self, shown: frozenset[str]) -> None:
        self._total = sum(_SHARES.get(phase, 0.0) for phase in shown)
        self.count = max(1, len(shown & _SHARES.keys()))

    def share(self, marks: Marks) -> float:
        """Return the part of the load on the phase that a point is about: all of it where there is one."""
        phase = marks.get("phase", "")
        if phase == "N":
            return _NEUTRAL
        part = _SHARES.get(phase, 0.0)
        return part / self._total if part and self._total else 1.0


def volts(node: Node, marks: Marks) -> float:
    """Return the voltage of a phase: to neutral, or between two (``L1-L2``)."""
    wide = (
        math.sqrt(3.0) if len(marks.get("phase", "").split("-")) == 2 and "N" not in marks["phase"] else 1.0
    )
    skew = {"L2": -0.4, "L3": 0.3}.get(marks.get("phase", "")[:2], 0.0)
    return max(0.0, node.volts + skew) * wide if node.live else 0.0


def amperes(watts: float, node: Node) -> float:
    """Return the current of a load at a node's voltage."""
    return watts / POWER_FACTOR / node.volts if node.volts > 0 else 0.0


def before(name: str, most: float) -> float:
    """Return what a counter had reached when the simulation began: up to ``most``, by the device's name."""
    return crc32(name.encode()) / 2**32 * most


def flag(*, there: bool) -> float:
    """Return an alarm as it is said."""
    return 1.0 if there else 0.0
