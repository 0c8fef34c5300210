"""Every way in which a small building may stand, one by one. It shares no code with ``dcim.graph``.

A world says of each part whether there is voltage at its output, and of each feed of each part whether any arrives
there. It is possible where nothing has voltage from nowhere: a source and what stores may have it or not, all else only
from a feed from which it arrives (from each, where all are needed), and nothing arrives from what has none. What is
true in every possible world that agrees with all readings is known, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

FREE = frozenset({"utility", "genset", "ups"})
"""Kinds that may have voltage whatever feeds them."""


@dataclass(frozen=True)
class Part:
    """A part with its feeds; ``needs_all``: it has voltage only if it arrives from each."""

    kind: str
    feeds: tuple[str, ...] = ()
    needs_all: bool = False


@dataclass(frozen=True)
class Reading:
    """What a device says of its part: voltage at its output, and what arrives from a feed by number; None: nothing."""

    output: bool | None
    inputs: Mapping[int, bool]


def worlds(parts: Mapping[str, Part]) -> Iterator[tuple[Mapping[str, bool], Mapping[tuple[str, int], bool]]]:
    """Yield every possible world: voltage by part, and what arrives by part and feed."""
    for bits in product((False, True), repeat=len(parts)):
        volts = dict(zip(parts, bits, strict=True))
        ways = [(name, number) for name, part in parts.items() for number in range(len(part.feeds))]
        open_ = [way for way in ways if volts[parts[way[0]].feeds[way[1]]]]
        for arriving in product((False, True), repeat=len(open_)):
            arrives = dict.fromkeys(ways, False) | dict(zip(open_, arriving, strict=True))
            if all(_possible(name, part, volts, arrives) for name, part in parts.items()):
                yield volts, arrives


def _possible(
    name: str, part: Part, volts: Mapping[str, bool], arrives: Mapping[tuple[str, int], bool]
) -> bool:
    if not volts[name] or part.kind in FREE or not part.feeds:
        return True
    fed = [arrives[name, number] for number in range(len(part.feeds))]
    return all(fed) if part.needs_all else any(fed)


def known(parts: Mapping[str, Part], said: Mapping[str, Reading]) -> Mapping[str, bool] | None:
    """Return of which parts it is known whether they have voltage; None where no world agrees with what is said."""
    found: list[Mapping[str, bool]] = [
        volts
        for volts, arrives in worlds(parts)
        if all(_agrees(name, said[name], volts, arrives) for name in said)
    ]
    if not found:
        return None
    return {name: found[0][name] for name in parts if _same([volts[name] for volts in found])}


def _same(states: Sequence[bool]) -> bool:
    return len(set(states)) == 1


def _agrees(
    name: str, said: Reading, volts: Mapping[str, bool], arrives: Mapping[tuple[str, int], bool]
) -> bool:
    if said.output is not None and volts[name] is not said.output:
        return False
    return all(arrives[name, number] is state for number, state in said.inputs.items())
