"""What a part of the building says of the power in it beside its rating, and the section ``redundancy``.

Every number that is declared may be a range (``90-96 %``): what nobody knows exactly is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from dcim.catalogue import UNITS
from dcim.flow import Battery, Engine, Facts, Interval, Limit, Terms
from dcim.graph import Node, NodeKind, Wiring
from dcim.graph.node import STORES, TRANSFER
from dcim.record import dataclass, field
from dcim.yaml import Section, found

_RANGE: Final = re.compile(
    r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(?: ?- ?([0-9]{1,9}(?:\.[0-9]{1,6})?))? ?([A-Za-z/%]{1,5})"
)
_LITRE: Final = 1000.0
"""Litres of a cubic metre."""

Range: TypeAlias = tuple[float, float, str]
"""At least, at most, and the base unit."""


def _range_of(*units: str, example: str) -> Callable[[object], Range]:
    """Return what reads an amount or a range of it in one of these base units."""

    def read(written: object) -> Range:
        form = _RANGE.fullmatch(written) if isinstance(written, str) else None
        unit = UNITS.get(form[3]) if form else None
        if form is None or unit is None or unit.base not in units:
            msg = f"expected an amount such as {example}, found {found(written)}"
            raise ValueError(msg)
        low, high = unit.to_base(float(form[1])), unit.to_base(float(form[2] or form[1]))
        if low > high:
            msg = "a range begins with the smaller number"
            raise ValueError(msg)
        return low, high, unit.base

    return read


def _share(written: object) -> float:
    low, high, _ = _SHARES(written)
    if low != high or not 0 < low <= _MOST:
        msg = f"expected a share such as 80 %, found {found(written)}"
        raise ValueError(msg)
    return low


def _burns(written: object) -> tuple[float, float]:
    text = written.removesuffix("l/kWh").rstrip() + " l" if isinstance(written, str) else written
    try:
        low, high, _ = _LITRES(text)
    except ValueError:
        msg = f"expected a consumption such as 0.24-0.3 l/kWh, found {found(written)}"
        raise ValueError(msg) from None
    return low * _LITRE, high * _LITRE


def _within_one(written: object) -> Range:
    low, high, unit = _SHARES(written)
    if not 0 < high <= 1:
        msg = f"expected a share above 0 % and of at most 100 %, found {found(written)}"
        raise ValueError(msg)
    return low, high, unit


def _divisor(written: object) -> Range:
    """Return a share that something is divided by: no end of it is nothing."""
    low, high, unit = _within_one(written)
    if low <= 0:
        msg = f"expected a share above 0 % and of at most 100 %, found {found(written)}"
        raise ValueError(msg)
    return low, high, unit


def _listed(written: Any) -> Any:
    return [written] if isinstance(written, str) else written


_MOST: Final = 20.0
_SHARES: Final = _range_of("ratio", example="94 % or 90-96 %")
_LITRES: Final = _range_of("cubic_meters", example="400 l")

Share = Annotated[float, BeforeValidator(_share)]
Part = Annotated[Range, BeforeValidator(_within_one)]
Divisor = Annotated[Range, BeforeValidator(_divisor)]
Taken = Annotated[Range, BeforeValidator(_range_of("watts", "voltamperes", example="2 kW or 1-3 kVA"))]
Stored = Annotated[Range, BeforeValidator(_range_of("joules", example="12 kWh"))]
Waited = Annotated[Range, BeforeValidator(_range_of("seconds", example="10 s or 8-15 s"))]
Litres = Annotated[Range, BeforeValidator(_LITRES)]
Burns = Annotated[tuple[float, float], BeforeValidator(_burns)]
Connected = Annotated[tuple[Literal["L1", "L2", "L3"], ...], BeforeValidator(_listed)]


class PowerShape(Section):
    """The section ``power`` of a device or part. ``shares`` and ``connected`` are by what feeds it."""

    warn: Share | None = None
    trip: Share | Literal["never"] | None = None
    volts: Annotated[float, Field(ge=12, le=1000)] | None = None
    efficiency: Divisor | None = None
    idle: Taken | None = None
    takes: Taken | None = None
    modules: Annotated[int, Field(ge=1, le=64)] = 1
    battery: Stored | None = None
    starts_in: Waited | None = None
    fuel: Litres | None = None
    burns: Burns | None = None
    shares: dict[str, Part] = Field(default_factory=dict)
    connected: dict[str, Connected] = Field(default_factory=dict)
    prefers: str = ""


class RedundancyShape(Section):
    """The section ``redundancy``: what holds for every part that says nothing else."""

    check: Literal["on", "off"] = "on"
    warn: Share | None = None
    trip: Share | None = None
    volts: Annotated[float, Field(ge=12, le=1000)] | None = None
    power_factor: Divisor | None = None
    tolerance: Share | None = None


@dataclass(frozen=True, slots=True)
class Redundancy:
    """What is declared of power: ``terms`` for the flow, which source a switch prefers, litres of tanks.

    ``on``: whether it is asked all the time what would be if something were lost.
    """

    on: bool = True
    terms: Terms = field(default_factory=Terms)
    prefers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tanks: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def facts_of(node: Node, shape: PowerShape, terms: Terms) -> Facts:
    """Return what a part declares as the flow takes it."""
    warn = shape.warn if shape.warn is not None else terms.warn
    rating = node.rating
    never = Limit(rating.amperes, rating.voltamperes, rating.watts, warn, None)
    return Facts(
        limit=never if shape.trip == "never" else None,
        warn=shape.warn,
        trip=None if shape.trip == "never" else shape.trip,
        volts=shape.volts,
        efficiency=_interval(shape.efficiency),
        idle=_apparent(shape.idle, terms),
        modules=shape.modules,
        battery=Battery(Interval(*shape.battery[:2])) if shape.battery else None,
        engine=_engine(shape, terms),
        demand=_apparent(shape.takes, terms),
        shares=MappingProxyType({name: Interval(*one[:2]) for name, one in shape.shares.items()}),
        connected=MappingProxyType(dict(shape.connected)),
    )


def _interval(one: Range | None) -> Interval | None:
    return None if one is None else Interval(one[0], one[1])


def _apparent(one: Range | None, terms: Terms) -> Interval | None:
    """Return voltamperes; of watts, those at every power factor that may be."""
    if one is None:
        return None
    low, high, unit = one
    factor = terms.power_factor if unit == "watts" else Interval(1.0, 1.0)
    return Interval(low / factor.hi, high / factor.lo)


def _engine(shape: PowerShape, terms: Terms) -> Engine | None:
    if shape.starts_in is None and shape.fuel is None and shape.burns is None:
        return None
    usual = terms.engine
    return Engine(
        starts=_interval(shape.starts_in) or usual.starts,
        litres=Interval(0.0, shape.fuel[1] * _LITRE) if shape.fuel else usual.litres,
        burns=Interval(*shape.burns) if shape.burns else usual.burns,
    )


def tank_of(shape: PowerShape) -> float | None:
    """Return the litres of a generator's full tank; None where nobody has said."""
    return shape.fuel[1] * _LITRE if shape.fuel else None


_ONLY: Final[Mapping[str, tuple[frozenset[NodeKind], str]]] = {
    "battery": (STORES, "stores nothing: only a ups, a dc_plant or a battery does"),
    "starts_in": (frozenset({NodeKind.GENSET}), "is no genset: nothing starts"),
    "fuel": (frozenset({NodeKind.GENSET}), "is no genset: nothing burns fuel"),
    "burns": (frozenset({NodeKind.GENSET}), "is no genset: nothing burns fuel"),
    "prefers": (TRANSFER | STORES, "does not choose between its feeds: only an ats, a sts or a ups does"),
}
"""Keys that only some kinds may have, and what is said of others."""


def wrong(node: Node, shape: PowerShape, wiring: Wiring) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what makes no sense of this part: the key under ``power``, and what is wrong."""
    for key, (kinds, what) in _ONLY.items():
        if key in shape.model_fields_set and node.kind not in kinds:
            yield (key,), f"a {node.kind} {what}"
    yield from _of_feeds(node, shape, wiring)
    warn, trip = shape.warn, shape.trip
    if warn is not None and isinstance(trip, float) and warn > trip:
        yield ("warn",), "a warning comes before the trip: expected at most what `trip` says"
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


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def _of_feeds(node: Node, shape: PowerShape, wiring: Wiring) -> Iterator[tuple[tuple[str, ...], str]]:
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
    for name, phases in shape.connected.items():
        own = len(node.phases) or 3
        if len(phases) != own:
            yield ("connected", name), f"expected {own} phases, those that its own are connected to"
