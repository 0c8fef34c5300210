"""What the air of several inlets was by the quarter of an hour: the hottest, humidity, dew point. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf
from typing import Final, NamedTuple

from dcim.record import dataclass, field
from dcim.thermal.envelope import dew_point
from dcim.thermal.series import Air

QUARTER: Final = 900_000
"""Milliseconds: hours of every zone begin with one."""


class Band(NamedTuple):
    """The lowest, the mean over time and inlets, and the highest of a quantity."""

    low: float
    mean: float
    high: float


@dataclass(slots=True)
class _Sum:
    low: float = inf
    high: float = -inf
    whole: float = 0.0
    lasted: int = 0

    def take(self, value: float, lasted: int) -> None:
        self.low, self.high = min(self.low, value), max(self.high, value)
        self.whole += value * lasted
        self.lasted += lasted

    def join(self, other: _Sum) -> None:
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.whole += other.whole
        self.lasted += other.lasted


@dataclass(slots=True)
class _Quarter:
    celsius: _Sum = field(default_factory=_Sum)
    humidity: _Sum = field(default_factory=_Sum)
    dew: _Sum = field(default_factory=_Sum)


class Climate:
    """Gathers the air of one inlet after the other; where nothing was read there is nothing."""

    def __init__(self) -> None:
        self._quarters: dict[int, _Quarter] = {}

    def take(self, stretches: Iterable[Air]) -> None:
        """Take what the air at one inlet was."""
        for one in stretches:
            dew = None if one.humidity is None else dew_point(one.celsius, max(one.humidity, 1e-4))
            at = one.start
            while at < one.end:
                until = min(one.end, at - at % QUARTER + QUARTER)
                quarter = self._quarters.setdefault(at // QUARTER, _Quarter())
                quarter.celsius.take(one.celsius, until - at)
                if one.humidity is not None and dew is not None:
                    quarter.humidity.take(one.humidity, until - at)
                    quarter.dew.take(dew, until - at)
                at = until

    def celsius(self, start: int, end: int) -> Band | None:
        """Return the temperature in [start, end), ms UTC on quarters of an hour; None: nothing was read."""
        return _band(one.celsius for one in self._within(start, end))

    def humidity(self, start: int, end: int) -> Band | None:
        """Return the relative humidity, a share of 1."""
        return _band(one.humidity for one in self._within(start, end))

    def dew(self, start: int, end: int) -> Band | None:
        """Return the dew point in degrees Celsius."""
        return _band(one.dew for one in self._within(start, end))

    def _within(self, start: int, end: int) -> Iterator[_Quarter]:
        for number in range(start // QUARTER, -(-end // QUARTER)):
            if (found := self._quarters.get(number)) is not None:
                yield found


def _band(sums: Iterable[_Sum]) -> Band | None:
    whole = _Sum()
    for one in sums:
        whole.join(one)
    return Band(whole.low, whole.whole / whole.lasted, whole.high) if whole.lasted else None
