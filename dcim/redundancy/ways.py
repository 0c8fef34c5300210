"""Where in the array of a look each element is told of, found once for its slots. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Final, TypeAlias

from dcim.flow import Reading
from dcim.redundancy.seen import Slot

Way: TypeAlias = tuple[int, str, str]
"""The place of a value, its phase, its quantity."""
Read: TypeAlias = dict[str, tuple[Sequence[float], Sequence[str], tuple[Reading, ...]]]
"""By element the values that were read last, its lines then, and the readings that they are."""
_STATES: Final = frozenset({"position", "mode", "engine", "runtime", "volume", "level"})
_POSITIONS: Final = frozenset({"position", "mode"})


class Ways:
    """By element, where its ``output`` and its ``input`` are told, and its states.

    ``ratings``: what devices say of themselves that they may carry; ``air``: what they say of the inlets;
    ``modes``: where UPS say that their output comes from; ``switches``: elements of which a device tells
    which of their feeds carries, or should.
    What an element tells of itself comes before what a device tells that measures it.
    """

    def __init__(self, slots: Sequence[Slot]) -> None:
        self.output: dict[str, list[Way]] = {}
        self.input: dict[str, list[Way]] = {}
        self._states: dict[str, list[tuple[int, Slot]]] = {}
        self.ratings: list[tuple[int, Slot]] = []
        self.air: list[tuple[int, Slot]] = []
        self.modes: list[tuple[int, Slot]] = []
        self.switches = frozenset(slot.element for slot in slots if slot.what in _POSITIONS)
        self.output_read: Read = {}
        self.input_read: Read = {}
        sides = {"output": self.output, "input": self.input}
        for place, slot in sorted(enumerate(slots), key=lambda pair: pair[1].device != pair[1].element):
            if slot.side in sides:
                sides[slot.side].setdefault(slot.element, []).append((place, slot.phase, slot.what))
        for place, slot in enumerate(slots):
            if slot.side == "rating" and slot.device == slot.element:
                self.ratings.append((place, slot))
            if slot.what == "mode":
                self.modes.append((place, slot))
            if slot.side == "air":
                self.air.append((place, slot))
            if slot.what in _STATES:
                self._states.setdefault(slot.element, []).append((place, slot))

    def states(
        self, values: Sequence[float], elements: Container[str]
    ) -> Mapping[str, Sequence[tuple[Slot, float]]]:
        """Return the states that are told of these elements now."""
        found = {}
        for element, places in self._states.items():
            said = [(slot, values[place]) for place, slot in places if values[place] == values[place]]
            if said and element in elements:
                found[element] = said
        return found
