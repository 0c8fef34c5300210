"""Small networks of which one can compute everything by hand."""

from __future__ import annotations

from collections.abc import Mapping

from dcim.flow import (
    PHASES,
    UNKNOWN,
    Battery,
    Element,
    Feed,
    Interval,
    Limit,
    Network,
    Reading,
    Rule,
    Situation,
    exactly,
)
from dcim.graph import NodeKind as K

VOLTS = 230.0


def network(*elements: Element) -> Network:
    return Network({one.id: one for one in elements})


def bus(name: str, *sources: str, kind: K = K.SWITCHBOARD, amperes: float | None = None) -> Element:
    return Element(name, kind, tuple(map(Feed, sources)), limit=Limit(amperes=amperes))


def pdu(name: str, source: str, amperes: float | None = 32.0, phases: tuple[str, ...] = ()) -> Element:
    return Element(name, K.PDU, (Feed(source),), phases=phases, limit=Limit(amperes=amperes))


def rack(name: str, *sources: str, phases: tuple[str, ...] = ()) -> Element:
    return Element(name, K.RACK, tuple(map(Feed, sources)), phases=phases, demand=UNKNOWN)


def ups(name: str, source: str, gain: float = 1.0, modules: int = 1, kva: float | None = None) -> Element:
    return Element(
        name,
        K.UPS,
        (Feed(source),),
        Rule.SELECT,
        limit=Limit(voltamperes=kva * 1000 if kva else None),
        gain=exactly(gain),
        balances=True,
        modules=modules,
        battery=Battery(exactly(3.6e6)),
    )


def amps(*values: float, tolerance: float = 0.0, phases: tuple[str, ...] = PHASES) -> tuple[Reading, ...]:
    return tuple(
        Reading(phase, amperes=value, tolerance=tolerance)
        for phase, value in zip(phases, values, strict=True)
    )


def measured(readings: Mapping[str, tuple[Reading, ...]]) -> Situation:
    return Situation(readings=dict(readings))


def two_paths(amperes: float | None = 32.0) -> Network:
    """Return one rack on two PDUs, a path each."""
    return network(
        Element("utility-a", K.UTILITY),
        Element("utility-b", K.UTILITY),
        bus("board-a", "utility-a"),
        bus("board-b", "utility-b"),
        pdu("pdu-a", "board-a", amperes),
        pdu("pdu-b", "board-b", amperes),
        rack("rack", "pdu-a", "pdu-b"),
    )


def about(span: Interval, value: float) -> bool:
    """Whether an interval is a value, to what rounding leaves."""
    slack = 1e-6 * (1.0 + abs(value))
    return abs(span.lo - value) <= slack and abs(span.hi - value) <= slack
