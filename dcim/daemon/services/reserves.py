"""How much UPSs had left when their outputs went: one that dies on a full battery has not run empty.

poll that shows a live output ─▶ runtime and charge that it told ─┐
first poll after it that shows none ──────────────────────────────┴─▶ far from empty, near it, or not known
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isnan
from typing import Final

from dcim.graph import Node, State
from dcim.graph.node import STORES
from dcim.model import Batch, Layout
from dcim.poll import Polled
from dcim.record import dataclass

RUNTIME_LEFT: Final = 120.0
"""Seconds that a UPS must have had left by its own word: below that most call their battery low."""

LEAST_CHARGE: Final = 0.2
"""Share of the charge below which no runtime is believed: as rule ``ups_battery_charge_critical`` has it."""

HALF_CHARGE: Final = 0.5
SOON: Final = 60.0
"""Where no runtime is told: so much charge, and the output gone within so many seconds of it."""

_RUNTIME: Final = "ups_battery_runtime_seconds"
_CHARGE: Final = "ups_battery_charge_ratio"


@dataclass(slots=True)
class _Reserve:
    """What a UPS told when its output was last seen alive (monotonic seconds), and when it was not."""

    at: float
    runtime: float | None
    charge: float | None
    gone: float | None = None


class Reserves:
    """Remembers what UPSs had left. After a restart nothing is known until each was seen to work again."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._stores = frozenset(name for name, node in nodes.items() if node.kind in STORES)
        self._slots: dict[Layout, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        self._known: dict[str, _Reserve] = {}

    def __contains__(self, name: str) -> bool:
        """Whether this is a part that stores power."""
        return name in self._stores

    def take(self, polled: Polled, state: State, now: float) -> None:
        """Take a poll of a device whose output stands like this by evidence; silence shows no live output."""
        name = polled.asset.id
        if name not in self._stores:
            return
        known = self._known.get(name)
        if polled.collected is None or state is not State.UP:
            if known is not None and known.gone is None:
                known.gone = now
            return
        runtime, charge = self._told(polled.collected.batches)
        if runtime is not None or charge is not None:
            self._known[name] = _Reserve(now, runtime, charge)
        elif known is not None and known.gone is not None:  # it is back, and has not said yet what it has
            del self._known[name]

    def _told(self, batches: Iterable[Batch]) -> tuple[float | None, float | None]:
        found: tuple[list[float], list[float]] = ([], [])
        for batch in batches:
            slots = self._slots.get(batch.layout)
            if slots is None:
                slots = self._slots[batch.layout] = (_of(batch.layout, _RUNTIME), _of(batch.layout, _CHARGE))
            for values, places in zip(found, slots, strict=True):
                values += [batch.values[at] for at in places if not isnan(batch.values[at])]
        return min(found[0], default=None), min(found[1], default=None)

    def held(self, name: str) -> State:
        """Return whether a UPS was far from empty when its output went (up), or near it (down)."""
        known = self._known.get(name)
        if known is None or known.gone is None:
            return State.UNKNOWN
        passed = known.gone - known.at
        if known.runtime is not None:
            left = known.runtime - passed >= RUNTIME_LEFT
            return State.UP if left and (known.charge is None or known.charge >= LEAST_CHARGE) else State.DOWN
        if passed > SOON or known.charge is None:
            return State.UNKNOWN
        return State.UP if known.charge >= HALF_CHARGE else State.DOWN


def _of(layout: Layout, metric: str) -> tuple[int, ...]:
    return tuple(slot for slot, one in enumerate(layout.metrics) if one == metric)
