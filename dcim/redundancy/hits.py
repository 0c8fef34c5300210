"""What losses do to services, kept while all parts stand as they do: loads alone change nothing of it. Pure.

lost, dead and doubtful as before  ─▶  what was found then
anything else                      ─▶  the services are judged anew
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dcim.flow import Before, Outcome, suffering_after
from dcim.graph import Evidence, Standing, State, Topology


class Hit(NamedTuple):
    """Services that worked and are ``down`` with a loss or ``unknown``, and how many are reduced.

    ``dead`` and ``doubtful``: the parts that are so at the end of it.
    """

    dead: frozenset[str]
    doubtful: frozenset[str]
    down: tuple[str, ...]
    unknown: tuple[str, ...]
    reduced: int


class Hits:
    """Judges losses while the parts stand as ``evidence`` says. ``standing``: how services stand now."""

    def __init__(self, topology: Topology, evidence: Mapping[str, Evidence]) -> None:
        self._stood = Before(topology, evidence)
        self.standing: Mapping[str, Standing] = self._stood.services
        self._known: dict[tuple[str, ...], Hit] = {}

    def of(self, outcome: Outcome) -> Hit:
        """Return what a loss does to services once nothing more trips and the batteries are empty."""
        known, end = self._known.get(outcome.lost), outcome.settled
        if known is None or known.dead != end.dead or known.doubtful != end.doubtful:
            known = self._known[outcome.lost] = self._judged(outcome)
        return known

    def _judged(self, outcome: Outcome) -> Hit:
        end = outcome.settled
        hit = suffering_after(self._stood, outcome.lost, end)
        down = tuple(name for name in hit.down if self._worked(name))
        unknown = tuple(name for name in hit.unknown if self._worked(name))
        return Hit(end.dead, end.doubtful, down, unknown, len(hit.reduced))

    def _worked(self, service: str) -> bool:
        return self.standing[service].function is State.UP
