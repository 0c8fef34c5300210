"""Loads that take nothing on one of their cords while they take all on others: columns, made once. Pure.

Such a cord is plugged elsewhere or switched off, or what hangs on it stands by. What was declared of it goes
before: a cord of which `shares` says something is as it should be within that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dcim.flow.now.cells import Cells
from dcim.flow.now.equations import Numbers
from dcim.flow.values.interval import ANY
from dcim.flow.values.model import Rule
from dcim.late import np

NOTHING_OF: Final = 0.01
"""Share of what a load takes that is nothing: below the resolution of a strip beside a whole rack."""
LEAST: Final = 100.0
"""VA from which a load takes enough for that to say something: strips count tenths of an ampere, 23 VA."""


class Cords:
    """The cords of loads that have several, none of them with a declared share."""

    def __init__(self, cells: Cells) -> None:
        self._cords = [
            (at, feed)
            for at, place in enumerate(cells.places)
            if place.element.is_load and place.element.rule is Rule.SHARE and len(place.element.feeds) > 1
            if all(feed.share == ANY for feed in place.element.feeds)
            for feed in range(len(place.element.feeds))
        ]
        places = cells.places
        self._through = np.array([places[at].through[feed] for at, feed in self._cords], dtype=np.int64)
        self._takes = np.array([places[at].takes for at, _ in self._cords], dtype=np.int64)

    def unused(self, low: Numbers, high: Numbers) -> Iterator[tuple[int, int]]:
        """Yield place and feed of those that surely carry nothing of what their load surely takes."""
        taken = low[self._takes]
        idle = (taken >= LEAST) & (high[self._through] <= NOTHING_OF * taken)
        yield from (self._cords[one] for one in np.flatnonzero(idle).tolist())
