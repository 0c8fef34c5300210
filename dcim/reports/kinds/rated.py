"""Which readings of a part are held against what it is rated for. Pure.

amperes of each phase       against amperes
watts, VA of the whole      against watts, VA
where only phases are told  watts added up, VA each against an equal part: a phase beyond that opens
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from dcim.graph import Node, NodeKind
from dcim.graph.node import SUPPLIES
from dcim.model import Point

CURRENTS: Final = (
    "pdu_inlet_phase_current_amperes",
    "pdu_phase_current_amperes",
    "pdu_current_amperes",
    "ups_output_current_amperes",
    "ats_output_current_amperes",
    "meter_current_amperes",
    "genset_current_amperes",
)
"""The metrics that are the current of a phase of the whole device."""

POWERS: Final = {
    "watts": (
        (
            "pdu_power_watts",
            "ups_output_power_watts",
            "ats_output_power_watts",
            "meter_power_watts",
            "genset_power_watts",
        ),
        (
            "pdu_phase_power_watts",
            "ups_output_phase_power_watts",
            "meter_phase_power_watts",
            "genset_phase_power_watts",
        ),
    ),
    "voltamperes": (
        (
            "pdu_apparent_power_voltamperes",
            "ups_output_apparent_power_voltamperes",
            "meter_apparent_power_voltamperes",
            "genset_apparent_power_voltamperes",
        ),
        (
            "pdu_phase_apparent_power_voltamperes",
            "ups_output_phase_apparent_power_voltamperes",
            "ats_output_apparent_power_voltamperes",
            "meter_phase_apparent_power_voltamperes",
            "genset_phase_apparent_power_voltamperes",
        ),
    ),
}
"""By unit the metrics that are the power of the whole device, and those that are of a phase of it."""


_CARRY: Final = SUPPLIES | {NodeKind.TRANSFORMER, NodeKind.SWITCHBOARD, NodeKind.FLOOR_PDU, NodeKind.GENSET}


class Feeds:
    """Which parts carry a load together with another feed."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._of: dict[tuple[str, str], set[str]] = {}
        for node in nodes:
            if node.kind in _CARRY and (node.feed or node.rack):
                self._of.setdefault(_place(node), set()).add(node.feed)

    def shares(self, node: Node) -> bool:
        """Whether a part is one of several feeds: of its rack, else of what is of its kind."""
        return bool(node.feed) and len(self._of.get(_place(node), ())) > 1


def _place(node: Node) -> tuple[str, str]:
    return (node.room, node.rack) if node.rack else ("", node.kind)


class Rated(NamedTuple):
    """A point and what it is held against, in the same unit; ``added``: together with the other phases."""

    point: Point
    rating: float
    unit: str
    added: bool = False


def rated(part: Node, told: Collection[Point]) -> Iterator[Rated]:
    """Yield what of a part's points is held against its rating: its current, else its power in each unit."""
    rating = part.rating
    if rating.amperes is not None:
        yield from (Rated(point, rating.amperes, "amperes") for point in told if point.metric in CURRENTS)
        return
    for unit, amount in (("watts", rating.watts), ("voltamperes", rating.voltamperes)):
        if amount is None:
            continue
        whole, phases = ([point for point in told if point.metric in metrics] for metrics in POWERS[unit])
        yield from (Rated(point, amount, unit) for point in whole)
        if whole:
            continue
        number = 1 if unit == "watts" else max(len(part.phases), len({point.labels for point in phases}))
        yield from (Rated(point, amount / number, unit, added=unit == "watts") for point in phases)
