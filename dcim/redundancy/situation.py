"""From numbers that devices told to how the network stands: readings, switches, engines, fuel. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence, Set
from types import MappingProxyType
from typing import Final

from dcim.flow import Interval, Network, Reading, Situation, about, exactly, is_engine
from dcim.graph import NodeKind
from dcim.record import dataclass, replace
from dcim.redundancy.seen import Slot
from dcim.redundancy.ways import Read, Way, Ways

AMPERES: Final = 0.05
VOLTAMPERES: Final = 10.0
"""Half of the last digit that strips and meters tell: 0.1 A, 20 VA or W."""
RUNTIME: Final = 0.2
"""How far a UPS may be off with the time that it says to have left."""

ABSOLUTE: Final = {"amperes": AMPERES, "watts": VOLTAMPERES, "voltamperes": VOLTAMPERES}
_EXACT: Final = ("amperes", "voltamperes", "watts")
"""The quantities that tell a load, the most exact first."""
_SOURCES: Final = {"source_a": 0, "source_b": 1, "a": 0, "b": 1}
_OF_UPS: Final = {"normal": 0, "booster": 0, "reducer": 0, "bypass": 1}
"""The number of the feed that carries, by what a switch says and by what a UPS says."""
_RUNS: Final = frozenset({"running", "cooling_down"})
_FOLLOWS: Final = frozenset({NodeKind.RACK, NodeKind.LOAD, NodeKind.ATS})
_LITRES: Final = 1000.0
_NONE: Final = 9
"""A number that no feed has."""
_FLOWS: Final = 0.2
"""Amperes from which current flows, as in ``dcim.graph``."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was told at ``at`` (UTC seconds): ``values`` in the order of ``slots``, NaN where nothing counts.

    ``down`` and ``doubtful``: parts that are known not to work, and of which nobody knows; ``reduced`` and
    ``open``: those that work with something missing behind them, or perhaps.
    """

    at: float
    slots: Sequence[Slot]
    values: Sequence[float]
    down: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    reduced: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()


def stands(look: Look) -> tuple[frozenset[str], ...]:
    """Return how parts stand by a look, whatever they carry."""
    return look.down, look.doubtful, look.reduced, look.open


def situation(
    network: Network,
    look: Look,
    *,
    tolerance: float = 0.02,
    tanks: Mapping[str, float] = MappingProxyType({}),
    ways: Ways | None = None,
) -> Situation:
    """Return how a network stands by a look at it. ``tanks``: litres of full tanks.

    ``ways`` of the slots of the look, where they were made before.

    What an element tells of itself goes before what a device tells that measures it.
    """
    ways = ways if ways is not None else Ways(look.slots)
    values = look.values
    told = ways.states(values, network.elements)
    positions, running, runtimes, litres = _states(network, told, tanks)
    running |= _carrying_a_switch(network, positions, told, look.down)
    positions |= _declared(network, ways.switches)
    readings = _side(network, ways.output, ways.output_read, values, tolerance)
    inputs = _side(network, ways.input, ways.input_read, values, tolerance)
    down = look.down & network.elements.keys()
    still = {
        name
        for name, said in told.items()
        if name not in running and is_engine(network.elements[name]) and _tells(said, "engine")
    }
    working = _working(network, _carrying(readings), _carrying(inputs), down | still)
    return Situation(
        readings=readings,
        inputs=inputs,
        down=down,
        doubtful=(look.doubtful & network.elements.keys()) - working,
        positions=positions,
        discharging=_discharging(network, told),
        running=running,
        runtimes=runtimes,
        litres=litres,
    )


def _carrying_a_switch(
    network: Network,
    positions: Mapping[str, str],
    told: Mapping[str, Sequence[tuple[Slot, float]]],
    down: Set[str],
) -> frozenset[str]:
    """Return the engines that say nothing themselves and on which a switch that works says that it stands."""
    return frozenset(
        source
        for name, source in positions.items()
        if is_engine(network.elements[source])
        and name not in down
        and not _tells(told.get(source, ()), "engine")
    )


def _declared(network: Network, told: Container[str]) -> dict[str, str]:
    """Return where switches stand by what was declared, if no device tells: on the source that they prefer.

    Where a device could say it and does not, it may have moved.
    """
    return {name: one.prefers for name, one in network.elements.items() if one.prefers and name not in told}


def _carrying(readings: Mapping[str, Iterable[Reading]]) -> set[str]:
    """Return what is known to work because current flows through it."""
    return {name for name, said in readings.items() if any((one.amperes or 0.0) > _FLOWS for one in said)}


def _tells(said: Iterable[tuple[Slot, float]], what: str) -> bool:
    return any(slot.what == what for slot, _ in said)


def _working(network: Network, carrying: set[str], fed: set[str], dead: Set[str]) -> set[str]:
    """Return what carries current, and what must work since it does: the one source that is not dead.

    A store of energy proves by what it takes, not by what it gives.
    """
    found = set(carrying)
    proofs = fed | {name for name in carrying if network.elements[name].battery is None}
    waiting = sorted(proofs)
    for name in waiting:  # grows while it is walked
        sources = {feed.source for feed in network.elements[name].feeds} - dead
        if len(sources) == 1 and not sources <= found:
            found |= sources
            waiting += [one for one in sources if network.elements[one].battery is None]
    return found


def _side(
    network: Network, told: Mapping[str, Sequence[Way]], read: Read, values: Sequence[float], tolerance: float
) -> dict[str, tuple[Reading, ...]]:
    """Return what is read of one side; of values as before, the very readings that were ``read`` then."""
    found: dict[str, tuple[Reading, ...]] = {}
    for element, said in told.items():
        drawn = network.elements.get(element)
        if drawn is None:
            continue
        mine, lines = [values[place] for place, _, _ in said], drawn.lines
        before = read.get(element)
        if before is None or before[0] != mine or before[1] != lines:
            before = read[element] = mine, lines, _readings(said, mine, lines, tolerance)
        if before[2]:
            found[element] = before[2]
    return found


def _readings(
    said: Sequence[Way], values: Sequence[float], lines: Sequence[str], tolerance: float
) -> tuple[Reading, ...]:
    """Return the readings of an element; of two values of one quantity and phase the first counts."""
    mine: dict[str, dict[str, float]] = {}
    for (_, phase, quantity), value in zip(said, values, strict=True):
        if value == value:
            mine.setdefault(phase, {}).setdefault(quantity, value)
    readings = tuple([one for phase, what in mine.items() if (one := _reading(phase, what, tolerance))])
    return _of_one(lines, readings) if readings else ()


def _of_one(lines: Sequence[str], readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """Return the readings of an element: of one phase that is told by its name, that one."""
    if len(lines) == 1 and any(one.phase == lines[0] for one in readings):
        return tuple(one for one in readings if one.phase == lines[0])
    return readings


def most_exact(phase: str, what: Container[str]) -> str:
    """Return which of these quantities tells most exactly what a phase carries; empty where none does."""
    most = next((name for name in _EXACT if name in what and (phase or name != "amperes")), "")
    return most or ("amperes" if "amperes" in what else "")


def _reading(phase: str, what: Mapping[str, float], tolerance: float) -> Reading | None:
    """Return the reading of a phase by its most exact quantity; a negative load is one that flows back."""
    if not (most := most_exact(phase, what)):
        return None
    value = abs(what[most])
    off = min(1.0, tolerance + (ABSOLUTE[most] / value if value else 0.0))
    return Reading(
        phase,
        amperes=value if most == "amperes" else None,
        volts=what.get("volts"),
        watts=value if most == "watts" else None,
        voltamperes=value if most == "voltamperes" else None,
        tolerance=off,
    )


def _states(
    network: Network, told: Mapping[str, Sequence[tuple[Slot, float]]], tanks: Mapping[str, float]
) -> tuple[dict[str, str], frozenset[str], dict[str, Interval], dict[str, Interval]]:
    positions: dict[str, str] = {}
    running: set[str] = set()
    runtimes: dict[str, Interval] = {}
    litres: dict[str, Interval] = {}
    for element, said in told.items():
        feeds = [feed.source for feed in network.elements[element].feeds]
        for slot, value in said:
            match slot.what:
                case "position" | "mode" if (number := _feed(slot, value)) < len(feeds):
                    positions[element] = feeds[number]
                case "engine" if _word(slot, value) in _RUNS:
                    running.add(element)
                case "runtime":
                    runtimes[element] = about(value, RUNTIME)
                case "volume":
                    litres[element] = exactly(value * _LITRES)
                case "level" if element in tanks and element not in litres:
                    litres[element] = exactly(value * tanks[element])
                case _:
                    pass
    return positions, frozenset(running), runtimes, litres


def _discharging(network: Network, told: Mapping[str, Sequence[tuple[Slot, float]]]) -> frozenset[str]:
    """Return the UPS that say that what they give comes from their battery."""
    return frozenset(
        element
        for element, said in told.items()
        if network.elements[element].battery is not None
        and any(slot.what == "mode" and _word(slot, value) == "battery" for slot, value in said)
    )


def _feed(slot: Slot, value: float) -> int:
    """Return the number of the feed on which a switch stands, or a UPS, by its word."""
    words = _SOURCES if slot.what == "position" else _OF_UPS
    return words.get(_word(slot, value), _NONE)


def _word(slot: Slot, value: float) -> str:
    return (slot.words or {}).get(value, "")


def preferring(network: Network, prefers: Mapping[str, str]) -> Network:
    """Return the network with the source that each switch prefers."""
    changed = dict(network.elements)
    for name in prefers.keys() & changed.keys():
        changed[name] = replace(changed[name], prefers=prefers[name])
    return Network(changed)


def ratings(look: Look, ways: Ways | None = None) -> dict[str, dict[str, float]]:
    """Return what devices say that they may carry, by element and unit: of several phases the least."""
    found: dict[str, dict[str, float]] = {}
    for place, slot in (ways or Ways(look.slots)).ratings:
        value = look.values[place]
        if value > 0:
            mine = found.setdefault(slot.element, {})
            mine[slot.what] = min(value, mine.get(slot.what, value))
    return found


def on_bypass(look: Look, ways: Ways | None = None) -> frozenset[str]:
    """Return what says that its output comes from its bypass."""
    modes = (ways or Ways(look.slots)).modes
    return frozenset(slot.element for place, slot in modes if _word(slot, look.values[place]) == "bypass")


def bypassed(network: Network, names: Iterable[str]) -> Network:
    """Return the network in which these UPS take what they give phase by phase, and lose at most as usual.

    Neither rectifier nor inverter work: what those would lose is more than is lost on the bypass.
    """
    passing = {
        name: replace(
            one, gain=Interval(1.0, max(1.0, one.gain.hi)), idle=Interval(0.0, one.idle.hi), balances=False
        )
        for name in names
        if (one := network.elements.get(name)) is not None and one.battery is not None
    }
    return Network({**network.elements, **passing}) if passing else network


def rated(network: Network, said: Mapping[str, Mapping[str, float]]) -> Network:
    """Return the network with ratings that devices tell where nobody has declared one."""
    changed = dict(network.elements)
    for name, limits in said.items():
        one = changed.get(name)
        if one is not None and not one.limit and not one.is_load:
            changed[name] = replace(one, limit=replace(one.limit, **limits))
    return Network(changed)


def on_one_phase(network: Network, names: Iterable[str]) -> Network:
    """Return the network with these elements on a single phase that nobody has named."""
    single = {
        name: replace(network.elements[name], phases=("",)) for name in names if name in network.elements
    }
    return Network({**network.elements, **single})


def as_fed(network: Network) -> Network:
    """Return the network in which what hangs on strips of one phase alone has one phase too.

    It is theirs where that is the same, else one that nobody has named.
    """
    changed = dict(network.elements)
    for name in network.order:
        one = changed[name]
        lines = {changed[feed.source].phases for feed in one.feeds}
        if one.phases or one.kind not in _FOLLOWS or not lines or any(len(each) != 1 for each in lines):
            continue
        changed[name] = replace(one, phases=next(iter(lines)) if len(lines) == 1 else ("",))
    return Network(changed)
