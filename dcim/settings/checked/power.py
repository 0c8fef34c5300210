"""What a part of the building says of the power in it beside its rating, and the section ``redundancy``.

Every number that is declared may be a range (``90-96 %``): what nobody knows exactly is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from dcim.catalogue import UNITS
from dcim.flow import Battery, Engine, Facts, Interval, Limit, Terms
from dcim.graph import Node
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


def _some(*units: str, example: str) -> Callable[[object], Range]:
    """Return what reads an amount, or a range of it, that is not nothing."""
    read = _range_of(*units, example=example)

    def some(written: object) -> Range:
        low, high, unit = read(written)
        if high <= 0.0:
            msg = f"expected more than nothing, such as {example}, found {found(written)}"
            raise ValueError(msg)
        return low, high, unit

    return some


def _tolerance(written: object) -> float:
    low, high, _ = _SHARES(written)
    if low != high or not 0 < low < 1:
        msg = f"expected a share above 0 % and below 100 %, such as 2 %, found {found(written)}"
        raise ValueError(msg)
    return low


def _listed(written: Any) -> Any:
    return [written] if isinstance(written, str) else written


_MOST: Final = 20.0
_SHARES: Final = _range_of("ratio", example="94 % or 90-96 %")
_LITRES: Final = _some("cubic_meters", example="400 l")

Share = Annotated[float, BeforeValidator(_share)]
Part = Annotated[Range, BeforeValidator(_within_one)]
Divisor = Annotated[Range, BeforeValidator(_divisor)]
Taken = Annotated[Range, BeforeValidator(_range_of("watts", "voltamperes", example="2 kW or 1-3 kVA"))]
Stored = Annotated[Range, BeforeValidator(_some("joules", example="12 kWh"))]
Waited = Annotated[Range, BeforeValidator(_range_of("seconds", example="10 s or 8-15 s"))]
Litres = Annotated[Range, BeforeValidator(_LITRES)]
Burns = Annotated[tuple[float, float], BeforeValidator(_burns)]
Tolerance = Annotated[float, BeforeValidator(_tolerance)]
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
    tolerance: Tolerance | None = None


@dataclass(frozen=True, slots=True)
class Redundancy:
    """What is declared of power: ``terms`` for the flow, which source a switch prefers, litres of tanks.

    ``limits``: by the device that tells of a part (empty: of the whole site), the share of a rating that is
    too much for long, and the one that opens (None: nothing does).
    ``warns``: by part (empty: of the whole site) the share that is too much for long, where somebody says it.
    ``on``: whether it is asked all the time what would be if something were lost.
    """

    on: bool = True
    terms: Terms = field(default_factory=Terms)
    prefers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tanks: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    limits: Mapping[str, tuple[float, float | None]] = field(default_factory=lambda: MappingProxyType({}))
    warns: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


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
