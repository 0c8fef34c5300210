"""The newest batch of every lane of every device.

asset ── fast  ── layout ── batch        take() swaps the batch: one dictionary look-up,
      ├─ slow  ── layout ── batch        whatever the number of points. A new layout on a
      └─ own   ── layout ── batch        lane replaces the old one with all its points;
                                         those of the daemon are apart by who makes them
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from dcim.late import np
from dcim.model import Batch, Lane, Layout, Point, Reading
from dcim.record import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Place: TypeAlias = tuple[Lane, bool, str]


@dataclass(slots=True, eq=False)
class _Held:
    batch: Batch
    turn: int  # counts batches as they are taken: wall clocks may be put back


_batch_of: Final = attrgetter("batch")  # thousands of times a second


@dataclass(frozen=True, slots=True)
class _Index:
    """Where every point stands: ``ids`` sorted, and for each the layout and the slot in it."""

    ids: NDArray[np.uint64]
    layouts: NDArray[np.uint32]
    slots: NDArray[np.uint32]
    held: tuple[_Held, ...]


class Newest:
    """Keeps the newest batch of each (asset, lane); the daemon's own points are a lane beside the device's.

    Batches must come as they are polled: the one taken last is the newest, whatever the wall clock did.
    Late data belongs to history, not here.
    """

    def __init__(self) -> None:
        self._by_layout: dict[Layout, _Held] = {}
        self._by_asset: dict[str, dict[_Place, _Held]] = {}
        self._index: _Index | None = None
        self._turns = 0
        self._points = 0
        self.version = 0
        """Grows when a layout comes or goes, or freezes: until then batches keep their order."""
        self._frozen: set[str] = set()

    def take(self, batch: Batch) -> None:
        """Make a batch the newest of its lane. Constant time, no work per reading."""
        self._turns += 1
        held = self._by_layout.get(batch.layout)
        if held is None:
            self._place(batch)
        else:
            held.batch = batch
            held.turn = self._turns

    def _place(self, batch: Batch) -> None:
        layout = batch.layout
        places = self._by_asset.setdefault(layout.asset, {})
        place = (layout.lane, layout.own, layout.maker)
        before = places.get(place)
        if before is not None:
            self._drop(before)
        held = _Held(batch, self._turns)
        places[place] = held
        self._by_layout[layout] = held
        self._points += len(layout)
        self._changed()

    def _drop(self, held: _Held) -> None:
        layout = held.batch.layout
        del self._by_layout[layout]
        self._points -= len(layout)

    def _changed(self) -> None:
        self._index = None
        self.version += 1

    def freeze(self, asset: str, frozen: bool) -> None:
        """Note whether a device answers with what once was: its own words then say nothing of now."""
        if frozen != (asset in self._frozen):
            (self._frozen.add if frozen else self._frozen.discard)(asset)
            self.version += 1

    def frozen(self, layout: Layout) -> bool:
        """Whether what stands in this layout is what a device once said; what the daemon says is not."""
        return not layout.own and layout.asset in self._frozen

    def is_frozen(self, asset: str) -> bool:
        """Whether a device answers with what once was."""
        return asset in self._frozen

    def assets(self) -> tuple[str, ...]:
        """Return the ids of all devices that have said anything, in the order of their first batch."""
        return tuple(self._by_asset)

    def batches(self, asset: str) -> tuple[Batch, ...]:
        """Return the newest batch of each lane of a device; none when it is not known."""
        places = self._by_asset.get(asset)
        return () if places is None else tuple(map(_batch_of, places.values()))

    def of(self, layout: Layout) -> Batch | None:
        """Return the newest batch of a layout; None when another took its place, or it never came."""
        held = self._by_layout.get(layout)
        return None if held is None else held.batch

    def __iter__(self) -> Iterator[Batch]:
        """Go through the newest batch of each lane of each device."""
        return iter([held.batch for held in self._by_layout.values()])

    def __len__(self) -> int:
        """Return the number of points."""
        return self._points

    def reading(self, point_id: int) -> Reading | None:
        """Return the newest reading of a point, or None when no lane carries it now."""
        found = self.find(point_id)
        return found[0].reading(found[1]) if found else None

    def vanished(self, point: Point) -> bool:
        """Whether a device has answered without this point: nothing reads it any more.

        A device that has not answered since the start has lost nothing yet.
        """
        answered = any(not place[1] for place in self._by_asset.get(point.asset, ()))
        return answered and self.find(point.id) is None

    def find(self, point_id: int) -> tuple[Batch, int] | None:
        """Return the newest batch that carries a point and its slot there; of two lanes, that taken last."""
        index = self._index
        if index is None:
            index = self._index = self._build()
        wanted = np.uint64(point_id)
        first = int(np.searchsorted(index.ids, wanted, side="left"))
        last = int(np.searchsorted(index.ids, wanted, side="right"))
        hits = [(index.held[index.layouts[row]], int(index.slots[row])) for row in range(first, last)]
        if not hits:
            return None
        held, slot = max(hits, key=lambda hit: hit[0].turn)
        return held.batch, slot

    def _build(self) -> _Index:
        """Index every point. The first look-up after a discovery pays for it: 30 ms for 300,000 points."""
        lengths = np.array([len(layout) for layout in self._by_layout], dtype=np.int64)
        ids = np.frombuffer(b"".join(layout.ids for layout in self._by_layout), dtype=np.uint64)
        layouts = np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths)
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
        slots = (np.arange(len(ids)) - starts).astype(np.uint32)
        order = np.argsort(ids, kind="stable")
        return _Index(ids[order], layouts[order], slots[order], tuple(self._by_layout.values()))
