"""Where samples come from: a protocol of one question, and the columns in which it is answered. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from dcim.model import Labels
from dcim.promql.tree import Matcher
from dcim.record import dataclass

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
Truth = NDArray[np.bool_]

_STALE_BITS: Final = 0x7FF0000000000002
STALE: Final = float(np.array([_STALE_BITS], dtype=np.int64).view(np.float64)[0])
"""The NaN by which Prometheus says that a series ends here: nothing is looked up behind it.

A Python float keeps its bits; arithmetic does not, so it is only ever copied.
"""


def is_stale(values: Numbers) -> Truth:
    """Say which values are the mark of an end, and no number."""
    stale: Truth = np.ascontiguousarray(values).view(np.int64) == _STALE_BITS
    return stale


@dataclass(frozen=True, slots=True)
class Selection:
    """Which series, and from when to when samples are wanted: [first, last] in UTC milliseconds.

    What is answered at ``last`` and every ``every`` ms before (0: at once) looks at the ``window`` ms before
    each, of which with ``newest`` only the newest sample counts. More may be given than is wanted.
    """

    matchers: tuple[Matcher, ...]
    first: int
    last: int
    every: int = 0
    window: int = 0
    newest: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Samples of many series in one row: those of series ``i`` stand from ``starts[i]`` to ``starts[i + 1]``.

    ``at`` (UTC ms) grows within a series. Labels are sorted by name, none is empty, no two series share all.
    """

    labels: Sequence[Labels]
    starts: Whole
    at: Whole
    values: Numbers

    def __len__(self) -> int:
        """Return the number of series."""
        return len(self.labels)

    @classmethod
    def of(cls, series: Sequence[tuple[Labels, Whole, Numbers]]) -> Samples:
        """Put series one behind the other."""
        lengths = [len(at) for _, at, _ in series]
        return cls(
            [labels for labels, _, _ in series],
            np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64),
            np.concatenate([np.empty(0, dtype=np.int64), *(at for _, at, _ in series)]),
            np.concatenate([np.empty(0), *(values for _, _, values in series)]),
        )

    def living(self) -> Samples:
        """Return the samples without the marks of ends."""
        kept = ~is_stale(self.values)
        if kept.all():
            return self
        before = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
        return Samples(self.labels, before[self.starts], self.at[kept], self.values[kept])


class Source(Protocol):
    """Whoever has samples."""

    def select(self, wanted: Selection) -> Samples:
        """Return the series that match, with their samples in the time that is wanted.

        Raise Unanswerable when they are more than can be held.
        """
        ...
