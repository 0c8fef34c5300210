"""What the estimate before worked out of readings and states, for those that are the same again. Pure.

Two of three looks find a strip with the very currents of the look before: its readings are the same object
then, and what follows from them alone is not worked out again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from dcim.flow.drawing.caps import Cap, caps_of
from dcim.flow.drawing.measured import loads
from dcim.flow.now.cells import Cells
from dcim.flow.now.live import Live
from dcim.flow.values.interval import Interval
from dcim.flow.values.model import Element, Reading, Situation
from dcim.record import dataclass

Readings: TypeAlias = Sequence[Reading]
_NONE: Final[Readings] = ()


@dataclass(frozen=True, slots=True)
class Stood:
    """Of each place whether it could be live, whether it is, and which of its feeds carry.

    ``odd``: places that are dead, or of which some feed is, or that live on what they store.
    """

    own: Sequence[Live]
    live: Sequence[Live]
    modes: Sequence[tuple[Live, ...]]
    odd: Sequence[int]


class Kept:
    """Of one network; made once for it. ``stood``: how places stood at the estimate before."""

    def __init__(self, cells: Cells) -> None:
        self._elements = [place.element for place in cells.places]
        self._caps: list[tuple[Readings, tuple[Cap, ...]]] = [
            (_NONE, caps_of(element, _NONE)) for element in self._elements
        ]
        self._loads: dict[int, tuple[Readings, Mapping[str, Interval]]] = {}
        self._key: tuple[object, ...] = ()
        self._stood: Stood | None = None

    def caps(self, readings: Mapping[str, Readings]) -> list[tuple[Cap, ...]]:
        """Return the limits of each place by what is read of its output."""
        caps = self._caps
        for at, element in enumerate(self._elements):
            said = readings.get(element.id, _NONE)
            if caps[at][0] is not said:
                caps[at] = said, caps_of(element, said)
        return [found for _, found in caps]

    def loads(self, at: int, element: Element, said: Readings) -> Mapping[str, Interval]:
        """Return what the output of a place is read to carry."""
        before = self._loads.get(at)
        if before is None or before[0] is not said:
            before = self._loads[at] = said, loads(element, said)
        return before[1]

    def stood(self, situation: Situation) -> Stood | None:
        """Return how places stood where the states that count are those of the estimate before."""
        return self._stood if self._stood is not None and self._key == _states(situation) else None

    def stand(self, situation: Situation, stood: Stood) -> Stood:
        """Remember how places stand."""
        self._key, self._stood = _states(situation), stood
        return stood


def _states(situation: Situation) -> tuple[object, ...]:
    standing = situation.down, situation.doubtful, situation.running, situation.discharging
    return *standing, dict(situation.positions)
