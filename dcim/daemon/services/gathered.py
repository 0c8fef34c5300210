"""What devices say of how power flows, gathered for a look, and what of it counts: in columns.

newest ─▶ the batches of all, end to end ─▶ the value of each slot, or the last there was while that counts

Where a slot stands in the batches is found once, and again when a layout comes, goes or freezes.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf, nan
from typing import TYPE_CHECKING, Final, TypeAlias

from dcim.late import np
from dcim.model import Batch, Layout
from dcim.record import dataclass
from dcim.redundancy.seen import Place, Slot, inlets_of, slots_of
from dcim.series import Freshness, Newest
from dcim.series.newest import Where
from dcim.thermal.terms import ThermalTerms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]
    Places: TypeAlias = NDArray[np.int64]

_AT_ONCE: Final = 2000
"""Batches that are gathered before others get their turn: a fraction of a millisecond."""
_TRIES: Final = 2
"""Times that a layout may come or go meanwhile before all is gathered without giving others their turn."""


@dataclass(slots=True)
class _Known:
    """A device whose layouts were gone through, and the last value of each of its places with its time.

    ``lasts``: for how many seconds a batch of each layout counts; ``frozen``: whether it says what once was.
    """

    layouts: list[Layout]
    lasts: tuple[float, ...]
    places: tuple[Place, ...]
    slots: tuple[Slot, ...]
    values: Numbers
    ats: Numbers
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class _Columns:
    """All batches in their order, and for how long each counts; of each slot its batch and number.

    ``values`` and ``ats`` are those of the devices: the last value of each slot, and when that came.
    """

    where: Sequence[Where]
    lasts: Numbers
    batch: Places
    number: Places
    values: Numbers
    ats: Numbers


class Gathered:
    """Gathers what devices tell of. ``tells``: of which element each of them does; ``rooms``: where it is.

    ``interval`` says how often it is asked (seconds). ``anew``: slots came or went since that was last set.
    """

    def __init__(
        self,
        newest: Newest,
        freshness: Freshness,
        tells: Mapping[str, str],
        interval: Callable[[str], float],
        rooms: Mapping[str, str],
        thermal: ThermalTerms,
    ) -> None:
        self.anew = True
        self._newest = newest
        self._freshness = freshness
        self._tells = tells
        self._interval = interval
        self._rooms = rooms
        self._thermal = thermal
        self._known: dict[str, _Known] = {}
        self._columns: _Columns | None = None
        self._version = -1

    def slots(self) -> Iterator[Slot]:
        """Yield what the values that were gathered last tell of, in their order."""
        for device in self._tells:
            yield from self._known[device].slots

    async def values(self, now: float) -> array[float]:
        """Gather what counts at ``now`` (UTC seconds), NaN where nothing does; others get their turn."""
        tried = 0
        while True:
            columns, version = self._arranged(), self._version
            batches: list[Batch] = []
            for begin in range(0, len(columns.where), _AT_ONCE):
                if begin and tried < _TRIES:
                    await asyncio.sleep(0)
                    if self._newest.version != version:
                        break
                batches += self._newest.at(columns.where[begin : begin + _AT_ONCE])
            else:
                return array("d", _counted(columns, batches, now).tobytes())
            tried += 1

    def _arranged(self) -> _Columns:
        """Return the columns, made again after some layout came, went or froze."""
        if self._columns is None or self._version != self._newest.version:
            self._version = self._newest.version
            for device in self._tells:
                self._renew(device)
            self._columns = self._arrange([self._known[device] for device in self._tells])
        return self._columns

    def _renew(self, device: str) -> None:
        layouts = [one.layout for one in self._newest.batches(device) if not one.layout.own]
        known = self._known.get(device)
        if known is None or known.layouts != layouts:
            known = self._known[device] = self._met(device, layouts)
        known.frozen = self._newest.is_frozen(device)

    def _met(self, device: str, layouts: list[Layout]) -> _Known:
        inlets = inlets_of(device, self._rooms.get(device, ""), layouts, self._thermal)
        pairs = (*slots_of(device, self._tells[device], layouts), *inlets)
        self.anew = True
        interval = self._interval(device)
        lasts = tuple(self._freshness.lasts(layout.lane, interval) for layout in layouts)
        places, slots = tuple(place for _, place in pairs), tuple(slot for slot, _ in pairs)
        return _Known(layouts, lasts, places, slots, np.full(len(pairs), nan), np.full(len(pairs), -inf))

    def _arrange(self, known: Sequence[_Known]) -> _Columns:
        lasts: list[float] = []
        batch: list[int] = []
        number: list[int] = []
        begins = 0
        for one in known:
            starts = []
            for layout in one.layouts:
                starts.append(begins)
                begins += len(layout)
            batch += [len(lasts) + place.batch for place in one.places]
            number += [starts[place.batch] + place.number for place in one.places]
            lasts += [-inf if one.frozen else last for last in one.lasts]
        found = _Columns(
            self._newest.where(layout for one in known for layout in one.layouts),
            np.array(lasts, dtype=np.float64),
            np.array(batch, dtype=np.int64),
            np.array(number, dtype=np.int64),
            np.concatenate([np.empty(0), *(one.values for one in known)]),
            np.concatenate([np.empty(0), *(one.ats for one in known)]),
        )
        end = 0
        for one in known:  # what a device said last is in the columns from now on
            begin, end = end, end + len(one.places)
            one.values, one.ats = found.values[begin:end], found.ats[begin:end]
        return found


def _counted(columns: _Columns, batches: Sequence[Batch], now: float) -> Numbers:
    """Return the value of each slot: one answer may come too late, then the last before it counts."""
    data = b"".join([batch.values for batch in batches])
    said = (np.frombuffer(data) if data else np.empty(0))[columns.number]
    came = np.array([batch.at for batch in batches], dtype=np.float64)
    values, ats = columns.values, columns.ats
    there = ~np.isnan(said)
    values[there], ats[there] = said[there], came[columns.batch[there]]
    most = np.where(np.abs(now - came) <= columns.lasts, columns.lasts, -inf)
    counted: Numbers = np.where(now - ats <= most[columns.batch], values, nan)
    return counted
