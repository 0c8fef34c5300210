"""What makes no sense of the power of a part, told with what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from dcim.flow import LOADS, Terms
from dcim.graph import Node, NodeKind, Wiring
from dcim.graph.node import STORES, TRANSFER
from dcim.settings.checked.power import PowerShape
from dcim.yaml import found

Wrong: TypeAlias = tuple[tuple[str, ...], str]
"""The key under ``power``, and what is wrong."""

_ONLY: Final[Mapping[str, tuple[frozenset[NodeKind], str]]] = {
    "battery": (STORES, "stores nothing: only a ups, a dc_plant or a battery does"),
    "starts_in": (frozenset({NodeKind.GENSET}), "is no genset: nothing starts"),
    "fuel": (frozenset({NodeKind.GENSET}), "is no genset: nothing burns fuel"),
    "burns": (frozenset({NodeKind.GENSET}), "is no genset: nothing burns fuel"),
    "prefers": (TRANSFER | STORES, "does not choose between its feeds: only an ats, a sts or a ups does"),
    "takes": (
        LOADS,
        "passes on what hangs on it: `takes` is of loads, `idle` what it takes itself",
    ),
}
"""Keys that only some kinds may have, and what is said of others."""

_NEVER: Final[Mapping[str, tuple[frozenset[NodeKind], str]]] = {
    "shares": (TRANSFER | STORES, "takes from one feed at a time: `prefers` says from which"),
    "efficiency": (LOADS, "passes nothing on: `takes` is what it takes"),
    "idle": (LOADS, "passes nothing on: `takes` is what it takes"),
    "warn": (LOADS, "has no breaker of its own: say it of what feeds it"),
    "trip": (LOADS, "has no breaker of its own: say it of what feeds it"),
}
"""Keys that some kinds may not have, and what is said of these."""


def wrong(node: Node, shape: PowerShape, wiring: Wiring, terms: Terms) -> Iterator[Wrong]:
    """Yield what makes no sense of this part. ``terms``: what holds where it says nothing itself."""
    for key in sorted(shape.model_fields_set & (_ONLY.keys() | _NEVER.keys())):
        only, never = _ONLY.get(key), _NEVER.get(key)
        if only is not None and node.kind not in only[0]:
            yield (key,), f"a {node.kind} {only[1]}"
        if never is not None and node.kind in never[0]:
            yield (key,), f"a {node.kind} {never[1]}"
    yield from _of_feeds(node, shape, wiring)
    yield from _of_limits(shape, terms)
    if shape.modules > 1 and not node.rating:
        yield ("modules",), "say in `rating` what all modules give together"


def late(terms: Terms, *, warned: bool) -> tuple[str, str]:
    """Return the key by which a site warns above what trips, and what is said; ``warned``: it says `warn`."""
    if warned:
        return "warn", f"a warning comes before the trip: expected at most {_percent(terms.trip)}"
    return (
        "trip",
        f"a warning comes before the trip: expected at least {_percent(terms.warn)}, or a `warn` below it",
    )


def _of_limits(shape: PowerShape, terms: Terms) -> Iterator[Wrong]:
    """Yield where a part would trip before it warns, by what it says or by what holds for the site."""
    warn, trip = shape.warn, shape.trip
    if isinstance(trip, float):
        if warn is not None and warn > trip:
            yield ("warn",), "a warning comes before the trip: expected at most what `trip` says"
        if warn is None and terms.warn > trip:
            key, why = late(terms, warned=False)
            yield (key,), why
    if trip is None and warn is not None and warn > terms.trip:
        yield ("warn",), f"{late(terms, warned=True)[1]}, or a `trip` above it"


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def _of_feeds(node: Node, shape: PowerShape, wiring: Wiring) -> Iterator[Wrong]:
    feeds = next((one.fed_by for one in wiring.nodes if one.id == node.id), node.fed_by)
    named = [("shares", name) for name in shape.shares] + [("connected", name) for name in shape.connected]
    for key, name in named:
        if name not in feeds:
            yield (key, name), f"{found(name)} does not feed it; known: {', '.join(feeds) or 'nothing'}"
    if shape.prefers and shape.prefers not in feeds:
        yield ("prefers",), f"{found(shape.prefers)} does not feed it; known: {', '.join(feeds) or 'nothing'}"
    if sum(low for low, _, _ in shape.shares.values()) > 1.0 + 1e-9:
        yield ("shares",), "together more than 100 %"
    if feeds and feeds == tuple(shape.shares) and sum(one[1] for one in shape.shares.values()) < 1.0 - 1e-9:
        yield ("shares",), "together less than 100 %"
    phases_of = {one.id: one.phases for one in wiring.nodes}
    for name, phases in shape.connected.items():
        if why := _unconnected(phases, len(node.phases) or 3, phases_of.get(name, ())):
            yield ("connected", name), why


def _unconnected(phases: tuple[str, ...], own: int, there: tuple[str, ...]) -> str:
    """Return why so many phases cannot be connected to these; empty: they can."""
    if len(phases) != own:
        return f"expected {own} phase{'s' * (own > 1)}, those that its own are connected to"
    twice = next((phase for phase in phases if phases.count(phase) > 1), "")
    if twice:
        return f"{twice} stands there twice: each of its own phases is on another one"
    missing = next((phase for phase in phases if there and phase not in there), "")
    return f"what feeds it has no {missing}: expected of {', '.join(there)}" if missing else ""
