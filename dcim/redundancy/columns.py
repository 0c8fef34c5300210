"""What parts keep, as columns: where only numbers moved, they take the places of the look before. Pure.

rows ─▶ least, most, left of every row at once ─▶ in the order of the points, asset after asset ─▶ batches
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Final, TypeAlias

from dcim.late import np
from dcim.model import Batch, Gap, GapReason, Layout
from dcim.model.reading import NO_GAPS
from dcim.redundancy.rows import Rows
from dcim.redundancy.verdict import ServiceVerdict, Survival

if TYPE_CHECKING:
    from numpy.typing import NDArray

Numbers: TypeAlias = "NDArray[np.float64]"
Flags: TypeAlias = "NDArray[np.bool_]"
Limited: TypeAlias = tuple[str, str]
"""A part and a phase."""
Place: TypeAlias = tuple[int, int]
"""Where a slot takes its number from: the row, and which of its columns; of the row ``CODES``, a code."""

CODES: Final = -1
MOST, LEAST, LEFT, AMPERES = COLUMNS = range(4)
CLOSE: Final = 0.2
"""Share of a limit between least and most up to which a load after a loss is known."""

AGAIN: Final = 30.0
"""Seconds after which the same words are told again: how services stand is told as often."""

GAP: Final = Gap(GapReason.NO_ANSWER)
_BYTES: Final = 8


class Columns:
    """The rows and services of one look, and for each asset its layout and the places of its slots.

    ``over``: the limits beyond which a part surely would be, when that was last known.
    """

    def __init__(
        self,
        rows: Rows,
        services: Mapping[str, ServiceVerdict],
        assets: Sequence[tuple[Layout, Sequence[Place]]],
        codes: Sequence[float],
        over: Collection[Limited],
    ) -> None:
        self._limits, self._lost = rows.limits, rows.lost
        self._services = services
        self._survival = _survival(services)
        self._layouts = [layout for layout, _ in assets]
        self._sizes = [len(layout) for layout in self._layouts]
        self._told: list[tuple[bytes, array[float], float]] = [(b"", array("d"), -inf)] * len(self._layouts)
        """Of each asset what was told last, and when: what is told again is the same object."""
        self._words = [all(row == CODES for row, _ in mine) for _, mine in assets]
        """Whether only words are told of an asset, as of services: the same ones not at every look."""
        first = len(rows) * len(COLUMNS)
        places = [
            first + at if row == CODES else row * len(COLUMNS) + at for _, mine in assets for row, at in mine
        ]
        self._places = np.array(places, dtype=np.int64)
        self._codes = np.array(codes, dtype=np.float64)
        keys = zip(rows.limits.part, rows.limits.phase, strict=True)
        self._over = np.array([key in over for key in keys], dtype=np.bool_)

    def fits(self, rows: Rows, services: Mapping[str, ServiceVerdict]) -> bool:
        """Whether the points of another look are these, and all words too; what is again is soon compared."""
        same = services is self._services or _survival(services) == self._survival
        if not (same and rows.limits.is_of(self._limits) and rows.lost == self._lost):
            return False
        self._limits, self._lost, self._services = rows.limits, rows.lost, services
        return True

    @property
    def over(self) -> set[Limited]:
        """Return the limits beyond which a part surely would be, when that was last known."""
        keys = zip(self._limits.part, self._limits.phase, strict=True)
        return {key for key, over in zip(keys, self._over, strict=True) if over}

    def batches(self, rows: Rows, at: float) -> Iterator[Batch]:
        """Yield the batches of such a look; not words that were told in the last half minute."""
        found, self._over = numbers_of(rows, self._over)
        numbers = np.concatenate((found.ravel(), self._codes))[self._places]
        gaps = np.isnan(numbers)
        some = bool(gaps.any())
        data, end = numbers.tobytes(), 0
        told = self._told
        for asset, (layout, size) in enumerate(zip(self._layouts, self._sizes, strict=True)):
            start, end = end, end + size
            said = data[start * _BYTES : end * _BYTES]
            before, values, when = told[asset]
            if said != before:
                values = array("d", said)
            elif self._words[asset] and 0.0 <= at - when < AGAIN:
                continue
            told[asset] = said, values, at
            if some and gaps[start:end].any():
                yield Batch(layout, at, values, {int(slot): GAP for slot in np.flatnonzero(gaps[start:end])})
            else:
                yield Batch(layout, at, values, NO_GAPS)


def _survival(services: Mapping[str, ServiceVerdict]) -> list[tuple[str, Survival]]:
    return [(name, one.survival) for name, one in services.items()]


def numbers_of(rows: Rows, over: Flags) -> tuple[Numbers, Flags]:
    """Return of each row what is carried at most and at least, what is left, and how many amperes that is.

    NaN where that would be a bound and no load, or it is not known on which side of a limit it is; and where
    a part is surely overloaded as it is: no loss is the reason, and other rules tell of it. Beside it which
    rows would surely be beyond what opens, or were when that was last known (``over`` until now): of the
    others the least is told also where it is open whether that would open.
    """
    least, most, now, warn = rows.after[:, 0], rows.after[:, 1], rows.now[:, 0], rows.limits.warn
    opens = ~np.isnan(rows.limits.trip)
    trip, full = np.where(opens, rows.limits.trip, warn), np.where(opens, rows.limits.trip, 1.0)
    with np.errstate(invalid="ignore"):
        known = ((most <= warn) | (most - least <= CLOSE)) & (np.abs(most) < inf)
        over = (least > trip) | (over & (most > trip))
        decided = ((least > warn) == (most > warn)) & ((least > trip) | ~over)
        said = decided & ~(now >= np.minimum(1.0, full)) & (np.abs(least) < inf)
        found = np.empty((len(rows), len(COLUMNS)))
        found[:, MOST] = np.where(known, most, np.nan)
        found[:, LEAST] = np.where(said, least, np.nan)
        found[:, LEFT] = 1.0 - found[:, MOST]
        found[:, AMPERES] = found[:, LEFT] * rows.limits.limit
    return found, over
