"""What the ids in the history stand for, as columns: read at once from the dictionary of points."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dcim.late import np
from dcim.model import Point, canonical
from dcim.plausible.steps import COUNTERS
from dcim.record import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LINE: Final = re.compile(
    rb'^\{"id":"([0-9a-f]{16})","asset":("(?:[^"\\]|\\.)*"),"metric":("(?:[^"\\]|\\.)*"),'
    rb'"labels":(\{.*?\}),"source":',
    re.MULTILINE,
)

MICRO: Final = 1_000_000
_ENERGIES: Final = ("_joules_total", "_volt_ampere_seconds_total", "_var_seconds_total")
_PARTED: Final = ("_cubic_meters_total", "_amperehours_total")
"""Counters whose devices count in parts of the unit (a litre, 0.01 Ah): kept in millionths, as all else."""
_MOST: Final = 100_000_000
"""Watts: the limit of an energy counter that ``counters.tsv`` does not know: no site of ours takes more."""
_FASTEST: Final = 1_000_000_000
"""A second: the limit of a counter of other things."""


def scale_of(metric: str) -> int:
    """Return how many whole numbers a unit of a metric is kept in."""
    whole = metric.endswith("_total") and not metric.endswith(_PARTED)
    return 1 if whole else MICRO


def limit_of(metric: str) -> int:
    """Return how many whole units a second a counter rises at most."""
    if metric in COUNTERS:
        return round(COUNTERS[metric].most)
    return _MOST if metric.endswith(_ENERGIES) else _FASTEST


@dataclass(frozen=True, slots=True)
class Names:
    """Points by id, sorted: texts, scale, and whether each is a counter or a state."""

    ids: NDArray[np.uint64]
    assets: tuple[str, ...]
    metrics: tuple[str, ...]
    labels: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Names:
        """Read the dictionary (``points.jsonl``). Raise OSError."""
        found: dict[int, tuple[str, str, str]] = {}
        texts: dict[bytes, str] = {}

        def text(raw: bytes) -> str:
            if raw not in texts:
                texts[raw] = json.loads(raw)
            return texts[raw]

        for id_, asset, metric, labels in _LINE.findall(path.read_bytes()):
            found[int(id_, 16)] = (text(asset), text(metric), labels.decode())
        ids = np.array(sorted(found), dtype=np.uint64)
        rows = [found[each] for each in ids.tolist()]
        columns = tuple(zip(*rows, strict=True)) if rows else ((), (), ())
        return cls(ids, *columns)

    def places(self, points: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the row of each of these points; -1 for one that the dictionary does not have."""
        if not len(self.ids):
            return np.full(len(points), -1, dtype=np.int64)
        rows = np.minimum(np.searchsorted(self.ids, points), len(self.ids) - 1)
        return np.where(self.ids[rows] == points, rows, -1).astype(np.int64)

    def chosen(self, assets: Collection[str] | None, metrics: Collection[str] | None) -> list[int]:
        """Return the ids of the points of some devices and metrics; None: of all."""
        some, which = _set(assets), _set(metrics)
        return [
            point
            for point, asset, metric in zip(self.ids.tolist(), self.assets, self.metrics, strict=True)
            if (some is None or asset in some) and (which is None or metric in which)
        ]

    def points(self) -> Iterator[Point]:
        """Yield every point."""
        for asset, metric, labels in zip(self.assets, self.metrics, self.labels, strict=True):
            yield Point(asset, metric, canonical(json.loads(labels)))


def _set(names: Collection[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)
