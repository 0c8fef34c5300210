"""The shapes that all voices share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias
from zlib import crc32

from dcim.simulator.plant.network import PHASES, POWER_FACTOR, SHARES, Node

Said: TypeAlias = "float | str | tuple[str, ...]"
"""A number in the metric's base unit, a state as a word or as words of which the first known one is meant."""
Marks: TypeAlias = "Mapping[str, str]"
"""The labels of a point."""
Say: TypeAlias = "Callable[[Marks], Said | None]"
"""Gives the value of a point now, or None if the plant has nothing to say about it."""
Vocabulary: TypeAlias = "dict[str, Say]"
"""What can be said, by metric."""

_NEUTRAL: Final = 0.02
"""What the unequal phases leave in the neutral."""


class Phases:
    """Tells the load of a node by as many phases as a device shows; a device with one shows all of it there.

    Without a load they are as where nobody says.
    """

    def __init__(self, shown: frozenset[str], node: Node | None = None) -> None:
        self._shown = [number for number, phase in enumerate(PHASES) if phase in shown]
        self._node = node
        self.count = max(1, len(self._shown))

    def share(self, marks: Marks) -> float:
        """Return the part of the load on the phase that a point is about: all of it where there is one."""
        phase = marks.get("phase", "")
        if phase == "N":
            return _NEUTRAL
        if phase not in PHASES or len(self._shown) < 2:
            return 1.0
        of = (
            self._node.by_phase if self._node is not None and self._node.watts > 0 else tuple(SHARES.values())
        )
        total = sum(of[number] for number in self._shown)
        return of[PHASES.index(phase)] / total if total else 1.0 / self.count

    def even(self, marks: Marks) -> float:
        """Return the part of what a rectifier takes on a phase: the same on each."""
        return 1.0 / self.count if marks.get("phase", "") in PHASES else 1.0


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
