"""Ways up dead paths that were followed in this moment: in a storm a thousand parts hang on one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from dcim.incidents.place import Root
from dcim.incidents.trouble import Trouble

OpenTroubles: TypeAlias = Mapping[str, Mapping[str, Trouble]]
"""The troubles of open alerts by part, each by the key of its alert."""


class Ways:
    """What was found out of want of power, until a moment is over or an alert says otherwise.

    ``starved``: why a part has no power, by part and since when; ``dead``: the root of the first dead path
    through some feeds, by feeds, since when, and whether no voltage below is proven.
    """

    def __init__(self) -> None:
        self.starved: dict[tuple[str, float], Root | None] = {}
        self.dead: dict[tuple[tuple[str, ...], float, bool], Root | None] = {}
        self._passed: set[str] = set()

    def anew(self) -> None:
        """Forget everything: a new moment has begun."""
        self.starved.clear()
        self.dead.clear()
        self._passed.clear()

    def passing(self, parts: Iterable[str]) -> None:
        """Note that what is found of dead paths rests on how these parts are."""
        self._passed.update(parts)

    def turned(self, node: str) -> None:
        """Forget what rests on a part that an alert says something else of now."""
        self.starved.clear()
        if node in self._passed:
            self.dead.clear()
            self._passed.clear()
