"""The newest batch of every lane of every device.

layout ──▶ where ──▶ asset ── batches: fast, slow, static, those of the daemon apart by who makes them

take() swaps the batch: one dictionary look-up, whatever the number of points. A new layout on a lane replaces
the old one with all its points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from dcim.late import np
from dcim.model import Batch, Lane, Layout, Point, Reading
from dcim.record import dataclass, field

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Place: TypeAlias = tuple[Lane, bool, str]


@lru_cache(1 << 10)
def _kept(lane: Lane, own: bool, maker: str) -> _Place:
    """Return a place: one object for all devices."""
    return lane, own, maker


@dataclass(slots=True, eq=False)
class _Device:
    """The lanes of a device in the order in which they came; what is of one lane has one number in all.

    ``turns`` count batches as they are taken: wall clocks may be put back.
    """

    places: list[_Place] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)


Where: TypeAlias = tuple[_Device, int]
"""A device and the number of one of its lanes."""
_NONE: Final = _Device()


@dataclass(frozen=True, slots=True)
class _Index:
    """Where every point stands: ``ids`` sorted, and for each the layout and the slot in it."""

    ids: NDArray[np.uint64]
    layouts: NDArray[np.uint32]
    slots: NDArray[np.uint32]
    where: tuple[Where, ...]


class Newest:
    """Keeps the newest batch of each (asset, lane); the daemon's own points are a lane beside the device's.

    Batches must come as they are polled: the one taken last is the newest, whatever the wall clock did.
    Late data belongs to history, not here.
    """

    def __init__(self) -> None:
        self._where: dict[Layout, Where] = {}
        self._devices: dict[str, _Device] = {}
        self._index: _Index | None = None
        self._turns = 0
        self._points = 0
        self.version = 0
        """Grows when a layout comes or goes, or freezes: until then batches keep their order."""
        self._frozen: set[str] = set()

    def take(self, batch: Batch) -> None:
        """Make a batch the newest of its lane. Constant time, no work per reading."""
        self.take_all((batch,))

    def take_all(self, batches: Iterable[Batch]) -> None:
        """Make batches the newest of their lanes, one after the other."""
        turn = before = self._turns
        for turn, batch in enumerate(batches, before + 1):
            where = self._where.get(batch.layout)
            if where is None:
                self._turns = turn
                self._place(batch)
            else:
                device, number = where
                device.batches[number] = batch
                device.turns[number] = turn
        self._turns = turn

    def _place(self, batch: Batch) -> None:
        layout = batch.layout
        device = self._devices.setdefault(layout.asset, _Device())
        place = _kept(layout.lane, layout.own, layout.maker)
        if place in device.places:
            number = device.places.index(place)
            before = device.batches[number].layout
            del self._where[before]
            self._points -= len(before)
            device.batches[number], device.turns[number] = batch, self._turns
        else:
            number = len(device.places)
            device.places.append(place)
            device.batches.append(batch)
            device.turns.append(self._turns)
        self._where[layout] = (device, number)
        self._points += len(layout)
        self._changed()

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
        return tuple(self._devices)

    def batches(self, asset: str) -> tuple[Batch, ...]:
        """Return the newest batch of each lane of a device; none when it is not known."""
        return tuple(self._devices.get(asset, _NONE).batches)

    def where(self, layouts: Iterable[Layout]) -> Sequence[Where]:
        """Return where the newest batches of layouts are as long as ``version`` is the same; see ``at``."""
        return [self._where[layout] for layout in layouts]

    @staticmethod
    def at(where: Iterable[Where]) -> list[Batch]:
        """Return the newest batches there."""
        return [device.batches[number] for device, number in where]

    def spoken(self, asset: str) -> int:
        """Return what grows with each batch that a device itself says; 0 as long as it has said nothing."""
        device = self._devices.get(asset, _NONE)
        turns = zip(device.turns, device.places, strict=True)
        return max([turn for turn, (_, own, _) in turns if not own], default=0)

    def of(self, layout: Layout) -> Batch | None:
        """Return the newest batch of a layout; None when another took its place, or it never came."""
        where = self._where.get(layout)
        return None if where is None else where[0].batches[where[1]]

    def __iter__(self) -> Iterator[Batch]:
        """Go through the newest batch of each lane of each device."""
        return iter(self.at(self._where.values()))

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
        answered = any(not own for _, own, _ in self._devices.get(point.asset, _NONE).places)
        return answered and self.find(point.id) is None

    def find(self, point_id: int) -> tuple[Batch, int] | None:
        """Return the newest batch that carries a point and its slot there; of two lanes, that taken last."""
        index = self._index
        if index is None:
            index = self._index = self._build()
        wanted = np.uint64(point_id)
        first = int(np.searchsorted(index.ids, wanted, side="left"))
        last = int(np.searchsorted(index.ids, wanted, side="right"))
        hits = [(*index.where[index.layouts[row]], int(index.slots[row])) for row in range(first, last)]
        if not hits:
            return None
        device, number, slot = max(hits, key=lambda hit: hit[0].turns[hit[1]])
        return device.batches[number], slot

    def _build(self) -> _Index:
        """Index every point. The first look-up after a discovery pays for it: 30 ms for 300,000 points."""
        lengths = np.array([len(layout) for layout in self._where], dtype=np.int64)
        ids = np.frombuffer(b"".join(layout.ids for layout in self._where), dtype=np.uint64)
        layouts = np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths)
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
        slots = (np.arange(len(ids)) - starts).astype(np.uint32)
        order = np.argsort(ids, kind="stable")
        return _Index(ids[order], layouts[order], slots[order], tuple(self._where.values()))
