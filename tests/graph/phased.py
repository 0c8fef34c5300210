"""Every way in which a small building may stand by phase, one by one. It shares no code with ``dcim.graph``.

A world says of each part on which phases it really is, one or all three, and which of these have voltage. Where phases are
declared they are those; else nobody knows. A phase has voltage only from a feed that has it, but for sources and what
stores. A device on one phase calls it L1 wherever it hangs, one on three tells each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from .worlds import FREE

THREE = ("L1", "L2", "L3")
Phases: TypeAlias = tuple[str, ...]
World: TypeAlias = Mapping[str, tuple[Phases, frozenset[str]]]
"""The phases of each part, and those of them that have voltage."""
Words: TypeAlias = Mapping[str, bool]
"""What a device says: by the name that it gives a phase, whether there is voltage."""


@dataclass(frozen=True)
class Part:
    """A part with its feeds, each enough; ``declared``: its phases, empty where nobody has said."""

    kind: str
    feeds: tuple[str, ...] = ()
    declared: Phases = ()


def words(true: Phases, volts: frozenset[str]) -> dict[str, bool]:
    """What a device says of a part that is on these phases."""
    return {"L1": bool(volts)} if len(true) == 1 else {phase: phase in volts for phase in THREE}


def worlds(parts: Mapping[str, Part], said: Mapping[str, Words]) -> Iterator[World]:
    """Yield every possible world in which devices would say this."""
    yield from _worlds(list(parts.items()), said, {})


def _worlds(
    left: list[tuple[str, Part]], said: Mapping[str, Words], found: dict[str, tuple[Phases, frozenset[str]]]
) -> Iterator[World]:
    if not left:
        yield dict(found)
        return
    (name, part), *rest = left
    for true in [part.declared] if part.declared else [*((phase,) for phase in THREE), THREE]:
        for volts in _subsets(true):
            if name in said and words(true, volts) != said[name]:
                continue
            if part.kind in FREE or not part.feeds or volts <= _arrives(part, found):
                yield from _worlds(rest, said, {**found, name: (true, volts)})


def _subsets(phases: Phases) -> Iterator[frozenset[str]]:
    for count in range(len(phases) + 1):
        yield from map(frozenset, combinations(phases, count))


def _arrives(part: Part, found: World) -> frozenset[str]:
    return frozenset().union(*[found[feed][1] for feed in part.feeds])
