"""Evidence on parts through an answer that comes too late: what was known just before stands in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dcim.graph import Evidence, State


class Bridge:
    """Remembers what was known of each part. ``lasts``: seconds for which that stands in for not knowing.

    Only what is not known is bridged: a part that is known to be down is down at once.
    """

    def __init__(self, lasts: float) -> None:
        self._lasts = lasts
        self._known: dict[str, tuple[float, Evidence]] = {}

    def over(self, evidence: Iterable[tuple[str, Evidence]], now: float) -> Iterator[tuple[str, Evidence]]:
        """Yield every part with what counts at ``now`` (UTC seconds)."""
        for name, found in evidence:
            if found.works is not State.UNKNOWN:
                self._known[name] = now, found
                yield name, found
                continue
            at, before = self._known.get(name, (0.0, found))
            yield name, (before if 0.0 <= now - at <= self._lasts else found)
