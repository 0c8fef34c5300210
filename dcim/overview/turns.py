"""Whose turn it is to be said again: each once in a round, and at once what was never said. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice


class Turns:
    """Names in as many shares as a round has turns; those never said come first, as far as there is room."""

    def __init__(self, round_of: int, names: Iterable[str] = ()) -> None:
        self._shares: list[dict[str, None]] = [{} for _ in range(round_of)]
        self._of: dict[str, int] = {}
        self._unsaid: dict[str, None] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Have a name said from now on; nothing happens when it is already."""
        if name not in self._of:
            share = self._of[name] = len(self._of) % len(self._shares)
            self._shares[share][name] = None
            self._unsaid[name] = None

    def remove(self, name: str) -> None:
        """Have a name said no more."""
        if (share := self._of.pop(name, None)) is not None:
            del self._shares[share][name]
            self._unsaid.pop(name, None)

    def begin_again(self) -> None:
        """Have every name said as if it never was."""
        self._unsaid = dict.fromkeys(self._of)

    def due(self, turn: int) -> list[str]:
        """Return the share of a turn, which counts as said."""
        share = list(self._shares[turn % len(self._shares)])
        for name in share:
            self._unsaid.pop(name, None)
        return share

    def unsaid(self, room: int) -> Iterator[str]:
        """Yield at most so many that were never said, which count as said."""
        for name in tuple(islice(self._unsaid, room)):
            del self._unsaid[name]
            yield name
