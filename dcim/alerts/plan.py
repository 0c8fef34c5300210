"""The rules on the slots of one layout: which slots of a batch are worth a look, all compared at once.

A slot's quiet range holds the values that can change none of its alerts: between the limits while nothing
is wrong, the same code again for a state, nothing at all while a delay runs. So a quiet building costs
one comparison a slot, whatever the number of rules, and no alert of it takes memory: cells are made for a
look, and kept only where there is something to remember.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import accumulate
from math import isnan
from types import MappingProxyType
from typing import Final, TypeAlias

from dcim.alerts.cell import ANY, NEVER_QUIET, Cell, fears_loss
from dcim.alerts.rule import Rule
from dcim.late import np
from dcim.model import Batch, Layout
from dcim.record import dataclass, field

_WORTH_NUMPY: Final = 12
"""Slots from which comparing all at once is cheaper than one after the other."""

_NO_CELLS: Final[Mapping[int, tuple[Cell, ...]]] = MappingProxyType({})
_NO_RATINGS: Final[Mapping[int, str]] = MappingProxyType({})
"""What nearly all of a site's layouts have; an empty dictionary of its own takes 64 bytes, twice a layout."""

_MOST_SHARED: Final = 512
"""Quiet ranges that plans may have in common; beyond, sharing begins anew."""

Ranges: TypeAlias = "dict[bytes, tuple[array[float], array[float]]]"
"""The lowest and the highest quiet values that several plans have, by what stands in them."""

SlotRules: TypeAlias = tuple[tuple[Rule, ...], ...]
"""The rules on each slot of a layout, paced: one object for all devices of a family."""


@dataclass(slots=True, eq=False)
class Plan:
    """The rules on the slots of one layout; ``gone``: points of the layouts before it whose loss matters.
    ``vanished``: cells of points of those layouts that no layout has any more, and whose alerts stood.

    Of each slot: its rules, the lowest and the highest quiet value, whether a gap is quiet too, and whether
    the point has had a value. ``kept``: the cells of slots whose alerts have something to remember.
    """

    layout: Layout
    rules: SlotRules
    low: array[float]
    high: array[float]
    gap_is_quiet: bytearray
    measured: bytearray
    kept: Mapping[int, tuple[Cell, ...]] = field(default_factory=lambda: _NO_CELLS)
    gone: tuple[Cell, ...] = ()
    vanished: tuple[Cell, ...] = ()
    ratings: Mapping[int, str] = field(default_factory=lambda: _NO_RATINGS)
    """The slots whose values others are a share of."""
    glanced: tuple[Batch, Sequence[int]] | None = None
    """A batch that is about to be taken, and its loud slots; None once other values are quiet."""
    shares: bool = False
    """Whether other plans hold the same quiet ranges: then they are copied before they are changed."""

    @classmethod
    def of(cls, layout: Layout, rules: SlotRules, ratings: Container[str] = ()) -> Plan:
        """Return a plan in which every slot that has rules is looked at first of all.

        Slots of ``ratings`` are looked at whenever they change.
        """
        rated = {slot: metric for slot, metric in enumerate(layout.metrics) if metric in ratings}
        ranges = [NEVER_QUIET if each or slot in rated else ANY for slot, each in enumerate(rules)]
        low, high = array("d", [low for low, _ in ranges]), array("d", [high for _, high in ranges])
        quiet = bytearray(not each for each in rules)
        return cls(layout, rules, low, high, quiet, bytearray(len(rules)), ratings=rated or _NO_RATINGS)

    def loud(self, values: array[float]) -> Sequence[int]:
        """Return the slots with a value, or a gap, that may change an alert."""
        if len(values) < _WORTH_NUMPY:
            for value, low, high in zip(values, self.low, self.high, strict=True):
                if not low <= value <= high:
                    break
            else:
                return ()
            ranges = zip(values, self.low, self.high, strict=True)
            outside = [slot for slot, (value, low, high) in enumerate(ranges) if not low <= value <= high]
        else:
            said = np.frombuffer(values)
            inside = (said >= np.frombuffer(self.low)) & (said <= np.frombuffer(self.high))
            if b"\0" not in inside.tobytes():
                return ()
            outside = np.flatnonzero(~inside).tolist()
        return self._without_gaps(outside, values)

    def _without_gaps(self, outside: Sequence[int], values: array[float]) -> Sequence[int]:
        """Return those of some slots where there is a value, or a gap that is not quiet."""
        return [slot for slot in outside if not (self.gap_is_quiet[slot] and isnan(values[slot]))]

    @staticmethod
    def all_loud(looks: Sequence[tuple[Plan, array[float]]]) -> Sequence[Sequence[int]]:
        """Return what ``loud`` does of many plans, each with its values, in one comparison of all of them.

        Of each there must be as many values as slots.
        """
        said = np.frombuffer(b"".join([values for _, values in looks]))
        lowest = np.frombuffer(b"".join([plan.low for plan, _ in looks]))
        highest = np.frombuffer(b"".join([plan.high for plan, _ in looks]))
        inside = (said >= lowest) & (said <= highest)
        if b"\0" not in inside.tobytes():
            return ((),) * len(looks)
        ends = list(accumulate([len(values) for _, values in looks]))
        outside: list[list[int]] = [[] for _ in looks]
        at = 0
        for place in np.flatnonzero(~inside).tolist():
            while place >= ends[at]:
                at += 1
            outside[at].append(place - ends[at] + len(looks[at][1]))
        return [
            plan._without_gaps(slots, values) if slots else ()
            for slots, (plan, values) in zip(outside, looks, strict=True)
        ]

    def listen(self, slot: int, cells: tuple[Cell, ...], value: float) -> None:
        """Note which values of a slot, after a look at ``value``, change none of its alerts.

        Its cells are kept if there is something to remember of them.
        """
        self._part()
        if len(cells) == 1 and slot not in self.ratings:  # as mostly
            cell = cells[0]
            minds_gaps, remembers = cell.minds_gaps, cell.remembers
            self.low[slot], self.high[slot] = NEVER_QUIET if isnan(value) else cell.quiet(value)
        else:
            minds_gaps = True in [cell.minds_gaps for cell in cells]
            remembers = True in [cell.remembers for cell in cells]
            self.low[slot], self.high[slot] = self._quiet(slot, cells, value)
        self.gap_is_quiet[slot] = not minds_gaps
        if remembers:
            kept = self.kept if isinstance(self.kept, dict) else {}
            kept[slot] = cells
            self.kept = kept
        elif isinstance(self.kept, dict):
            self.kept.pop(slot, None)

    def _quiet(self, slot: int, cells: tuple[Cell, ...], value: float) -> tuple[float, float]:
        """Return the values of a slot that are quiet for all its alerts; of a rating that one alone."""
        ranges = [NEVER_QUIET] if isnan(value) else [cell.quiet(value) for cell in cells]
        if not ranges or slot in self.ratings:
            ranges.append((value, value))
        return max([low for low, _ in ranges]), min([high for _, high in ranges])

    def wake_rated(self, rating: str) -> None:
        """Look anew at what is a share of a rating that has changed."""
        for slot, rules in enumerate(self.rules):
            if any(rating in rule.ratio_to for rule in rules):
                self._wake(slot)

    def wake(self, cell: Cell) -> None:
        """Look at a cell's slot whatever it says next: no reading has moved its alert."""
        _, point = cell.name
        if point in self.layout.ids:
            self._wake(self.layout.ids.index(point))

    def share(self, ranges: Ranges) -> None:
        """Hold the quiet ranges in common with the plans that have the same: all of a family that works."""
        if self.shares:
            return
        held = self.low.tobytes() + self.high.tobytes()
        if held not in ranges and len(ranges) >= _MOST_SHARED:
            ranges.clear()
        self.low, self.high = ranges.setdefault(held, (self.low, self.high))
        self.shares = True

    def _part(self) -> None:
        """Have quiet ranges of its own, which are about to change: what was glanced at before is void."""
        self.glanced = None
        if self.shares:
            self.low, self.high = self.low[:], self.high[:]
            self.shares = False

    def _wake(self, slot: int) -> None:
        self._part()
        self.low[slot], self.high[slot] = NEVER_QUIET
        self.gap_is_quiet[slot] = 0

    @property
    def losable(self) -> Iterator[tuple[int, Rule]]:
        """Yield the slots and their rules that tell of a loss."""
        for slot, rules in enumerate(self.rules):
            for rule in rules:
                if fears_loss(rule):
                    yield slot, rule
