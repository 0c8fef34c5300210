"""A probe that says the same for hours while its siblings move. Pure: time comes with the values."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from dcim.model import Batch, Point
from dcim.plausible.judge import Verdict
from dcim.record import dataclass

WATCHED: Final = frozenset(
    {
        "sensor_temperature_celsius",
        "sensor_humidity_ratio",
        "crac_return_air_temperature_celsius",
        "crac_supply_air_temperature_celsius",
        "crac_return_air_humidity_ratio",
        "crac_supply_air_humidity_ratio",
        "ups_battery_temperature_celsius",
    }
)
"""Metrics of analog probes: real air always moves a little."""


@dataclass(slots=True)
class _Seen:
    value: float
    since: float
    moves: list[float]  # when it moved, oldest first, within the window


class Stuck:
    """Judges probes by their siblings: the same metric in the same group (a device, or a room).

    A probe is stuck when it has said one value for ``window`` seconds while at least ``least`` siblings, and
    at least half of them, moved ``moves`` times or more in the same time. With fewer, nothing is known.
    """

    def __init__(self, window: float = 6 * 3600.0, moves: int = 6, least: int = 2) -> None:
        self._window = window
        self._moves = moves
        self._least = least
        self._seen: dict[str, dict[Point, _Seen]] = defaultdict(dict)

    def take(self, group: str, batches: Iterable[Batch]) -> None:
        """Note the values of a device's newest batches under a group."""
        seen = self._seen[group]
        for batch in batches:
            for slot, metric in enumerate(batch.layout.metrics):
                if metric in WATCHED:
                    self._note(seen, batch.layout.points[slot], batch.at, batch.values[slot])

    def _note(self, seen: dict[Point, _Seen], point: Point, at: float, value: float) -> None:
        if math.isnan(value):
            seen.pop(point, None)
            return
        before = seen.get(point)
        if before is None:
            seen[point] = _Seen(value, at, [])
            return
        if value != before.value:
            before.value, before.since = value, at
            before.moves.append(at)
        while before.moves and before.moves[0] < at - self._window:
            before.moves.pop(0)

    def verdicts(self, group: str, now: float) -> tuple[tuple[Point, Verdict], ...]:
        """Return each watched point of a group with whether it moves as its siblings do."""
        watched = self._seen.get(group)
        if not watched:
            return ()
        by_metric: dict[str, list[tuple[Point, _Seen]]] = defaultdict(list)
        for point, seen in watched.items():
            by_metric[point.metric].append((point, seen))
        return tuple(
            (
                point,
                Verdict(f"moves_{metric}", point.labels, self._alive(seen, moving, len(siblings) - 1, now)),
            )
            for metric, siblings in by_metric.items()
            for moving in [sum(self._moves_enough(seen) for _, seen in siblings)]
            for point, seen in siblings
        )

    def _moves_enough(self, seen: _Seen) -> bool:
        return len(seen.moves) >= self._moves

    def _alive(self, own: _Seen, moving: int, others: int, now: float) -> bool | None:
        """Judge a probe: ``moving`` of its metric move, itself included; ``others`` are all but it."""
        if now - own.since < self._window:
            return True
        moving -= self._moves_enough(own)
        enough = moving >= self._least and moving * 2 >= others
        return False if enough else None
