"""What is said of phases, and of the whole of a part, put together. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from dcim.graph.node import Node
from dcim.graph.observe import PHASES, WHOLE, Places
from dcim.graph.sign import State

NONE: Final[frozenset[str]] = frozenset()
SOME: Final = frozenset((WHOLE,))


@lru_cache(1 << 10)
def once(phases: frozenset[str]) -> frozenset[str]:
    """Return the first phases equal to these: what is known of a part stays, and mostly has the same."""
    return phases


def is_none(places: Places) -> bool:
    """Whether it is said of all phases that there is nothing."""
    down = where(places, State.DOWN)
    return WHOLE in down or down >= frozenset(PHASES)


def merged(states: Iterable[State]) -> State:
    """Return down if anything is, up if everything is."""
    said = set(states)
    return State.DOWN if State.DOWN in said else State.UP if said == {State.UP} else State.UNKNOWN


def where(places: Places, state: State) -> frozenset[str]:
    """Return the phases that stand like this."""
    return frozenset([place for place, said in places.items() if said is state])


def placed(node: Node, places: Places) -> Places:
    """Return what is said of the only phase of a part as said of that phase, whatever its device calls it.

    A strip on one phase says L1 wherever it hangs.
    """
    if len(node.phases) == 1 == len(places) and WHOLE not in places:
        return dict.fromkeys(node.phases, next(iter(places.values())))
    return places


def spread(node: Node, phases: frozenset[str]) -> frozenset[str]:
    """Return phases with what is said of the whole said of each phase that is connected."""
    return (phases - {WHOLE}) | frozenset(node.phases) if WHOLE in phases and node.phases else phases


def as_some(node: Node, phases: frozenset[str]) -> frozenset[str]:
    """Return what is said of a single phase as said of some: a strip on one calls it L1 wherever it hangs."""
    return SOME if len(phases) == 1 and not node.phases else phases


def of_own(node: Node, phases: frozenset[str]) -> frozenset[str]:
    """Return those phases that a part has; with a single one there is no doubt which was meant."""
    if not node.phases:
        return phases
    if len(node.phases) == 1 and phases:
        return frozenset(node.phases) if WHOLE in phases or node.phases[0] in phases else NONE
    return phases & frozenset(node.phases)


def overall(node: Node, up: frozenset[str], down: frozenset[str]) -> State:
    """Return up if every phase is, down if one is; where nobody named the phases they must agree."""
    if node.phases:
        if down:
            return State.DOWN
        return State.UP if up >= frozenset(node.phases) else State.UNKNOWN
    if bool(up) is bool(down):
        return State.UNKNOWN
    return State.UP if up else State.DOWN
