"""Which readings of a device tell how power flows: their places once, then an array of numbers a look. Pure.

layouts of the devices ─▶ slots, once for a layout ─▶ values, as often as wished; NaN where nothing counts
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Final

from dcim.graph import Node, NodeKind, Topology
from dcim.model import Layout, Point
from dcim.record import dataclass
from dcim.thermal.terms import ThermalTerms

PHASES: Final = ("L1", "L2", "L3")
_WHOLES: Final = frozenset({"", "mean", "all"})
_ONE_PHASE: Final = frozenset({NodeKind.PDU, NodeKind.ATS, NodeKind.UPS})
_AIR: Final = "sensor_temperature_celsius"
_MAY_LABEL: Final = frozenset({"phase", "inlet"})


@dataclass(frozen=True, slots=True)
class Sign:
    """What a metric tells: of which side of an element, and which quantity."""

    side: str  # output, input, state, rating
    what: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of the array: the element, what is told of it, by which device, and in which phase.

    ``words``: the meanings of codes, of a state.
    """

    element: str
    device: str
    side: str
    what: str
    phase: str = ""
    words: Mapping[float, str] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a slot's value stands in the batches of its device."""

    batch: int
    number: int


@lru_cache(1 << 14)
def _place(batch: int, number: int) -> Place:
    """Return the one object for a place: all devices of a family have the same."""
    return Place(batch, number)


def _read() -> dict[str, Sign]:
    text = resources.files("dcim.redundancy").joinpath("signs.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {metric: Sign(side, what) for metric, side, what in rows}


SIGNS: Final = _read()


def tellers(topology: Topology) -> dict[str, str]:
    """Return which element each device tells of: itself, or what it measures."""
    found = {}
    for node in topology.nodes.values():
        if node.polled:
            found[node.id] = node.measures or node.id
    return found


def inlets_of(
    device: str, room: str, layouts: Sequence[Layout], terms: ThermalTerms
) -> Iterator[tuple[Slot, Place]]:
    """Yield what a device tells of the air at the inlets in its room."""
    for batch, layout in enumerate(layouts):
        for number, point in enumerate(layout.points):
            probe = f"{device}/{dict(point.labels).get('sensor', '')}"
            if point.metric != _AIR or layout.own or {device, probe} & set(terms.without):
                continue
            if not terms.inlets or {device, probe} & set(terms.inlets):
                yield Slot(f"room/{room}", device, "air", "celsius", probe), _place(batch, number)


def slots_of(device: str, element: str, layouts: Sequence[Layout]) -> Iterator[tuple[Slot, Place]]:
    """Yield what a device tells of an element; of a unit with several inlets none says the whole."""
    inlets = {dict(point.labels).get("inlet") for layout in layouts for point in layout.points} - {None}
    for batch, layout in enumerate(layouts):
        if layout.own:
            continue
        for number, point in enumerate(layout.points):
            sign, phase = SIGNS.get(point.metric), _phase(point, several=len(inlets) > 1)
            if sign is None or phase is None:
                continue
            meanings = layout.states[number]
            words = {code: one.word for code, one in meanings.items()} if meanings else None
            yield Slot(element, device, sign.side, sign.what, phase, words), _place(batch, number)


def _phase(point: Point, *, several: bool) -> str | None:
    """Return the phase of a point, empty for the whole; None where it is something else (the neutral)."""
    labels = dict(point.labels)
    if not labels.keys() <= _MAY_LABEL or ("inlet" in labels and several):
        return None
    phase = labels.get("phase", "")
    return phase if phase in PHASES else "" if phase in _WHOLES else None


def single_phased(nodes: Mapping[str, Node], slots: Iterable[Slot]) -> frozenset[str]:
    """Return the strips, rack switches and UPS that show a single phase while nobody said which it is."""
    shown: dict[str, set[str]] = {}
    for slot in slots:
        if slot.side == "output" and slot.phase:
            shown.setdefault(slot.element, set()).add(slot.phase)
    return frozenset(
        name
        for name, phases in shown.items()
        if len(phases) == 1 and name in nodes and nodes[name].kind in _ONE_PHASE and not nodes[name].phases
    )
