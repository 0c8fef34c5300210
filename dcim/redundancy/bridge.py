"""Evidence on parts through an answer that comes too late: what was known just before stands in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from dcim.graph import Evidence, Redundancy, State

Parts: TypeAlias = tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]
"""The parts that are down, of which nobody knows, that work with less behind them, or perhaps."""


class Bridge:
    """Remembers what was known of each part. ``lasts``: seconds for which that stands in for not knowing.

    Only what is not known is bridged: a part that is known to be down is down at once.
    """

    def __init__(self, lasts: float) -> None:
        self._lasts = lasts
        self._known: dict[str, tuple[float, Evidence]] = {}
        self._unknown = True
        """Whether anything was not known when it was last asked for."""
        self._since: float | None = None
        """When all was last known to be as it was when it was last asked for."""
        self._evidence: Sequence[Evidence] = ()
        self._parts: Parts = (frozenset(),) * 4

    def parts(self, evidence: Mapping[str, Evidence], now: float) -> Parts:
        """Sort the parts by how they stand at ``now``: as last time while the same is known of them."""
        known = list(evidence.values())
        if known != self._evidence or not self.goes_on(now):
            self._evidence, self._parts = known, _sorted(self.over(evidence.items(), now))
        return self._parts

    def goes_on(self, now: float) -> bool:
        """Take what is known at ``now`` for what it was when it was last asked for, if all was known then."""
        if self._unknown:
            return False
        self._since = now
        return True

    def over(self, evidence: Iterable[tuple[str, Evidence]], now: float) -> Iterator[tuple[str, Evidence]]:
        """Yield every part with what counts at ``now`` (UTC seconds)."""
        if self._since is not None:
            self._known = {name: (self._since, found) for name, (_, found) in self._known.items()}
        self._since, self._unknown = None, False
        for name, found in evidence:
            if found.works is not State.UNKNOWN:
                self._known[name] = now, found
                yield name, found
                continue
            self._unknown = True
            at, before = self._known.get(name, (0.0, found))
            yield name, (before if 0.0 <= now - at <= self._lasts else found)


def _sorted(evidence: Iterable[tuple[str, Evidence]]) -> Parts:
    down, doubtful, reduced, open_ = set(), set(), set(), set()
    for name, known in evidence:
        if known.works is State.DOWN:
            down.add(name)
        elif known.works is State.UNKNOWN:
            doubtful.add(name)
        elif known.redundancy is Redundancy.REDUCED:
            reduced.add(name)
        elif known.redundancy is Redundancy.UNKNOWN:
            open_.add(name)
    return frozenset(down), frozenset(doubtful), frozenset(reduced), frozenset(open_)
