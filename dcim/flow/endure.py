"""How long a battery or a tank lasts at a load. Pure."""

from __future__ import annotations

from math import inf

from dcim.flow.interval import UNKNOWN, Interval
from dcim.flow.model import Element
from dcim.standards.registry import number

_JOULES_PER_KWH = 3.6e6


def battery(element: Element, load: Interval, before: Interval, runtime: Interval | None) -> Interval:
    """Return the seconds that the battery of a UPS lasts at an output of ``load`` VA.

    ``runtime``: what it says for the load ``before``, scaled by Peukert's law with an exponent between the
    bounds of the
    standards. Without it from the energy that was declared, with the losses of the inverter; else unknown.
    """
    if load.hi <= 0.0:
        return Interval(inf, inf)
    if runtime is not None and before.lo > 0.0:
        return Interval(
            runtime.lo * _peukert(before.lo / load.hi, least=True),
            runtime.hi * _peukert(before.hi / load.lo, least=False) if load.lo > 0.0 else inf,
        )
    if element.battery is None or not element.battery.joules.known:
        return UNKNOWN
    return element.battery.joules.over(drawn(element, load))


def _peukert(ratio: float, *, least: bool) -> float:
    slow, fast = ratio ** number("peukert_low"), ratio ** number("peukert_high")
    return float(min(slow, fast) if least else max(slow, fast))


def drawn(element: Element, load: Interval) -> Interval:
    """Return the watts that a UPS takes from its battery for an output of ``load`` VA."""
    return load.times(element.power_factor).times(element.gain).plus(element.idle)


def fuel(element: Element, load: Interval, litres: Interval | None) -> Interval:
    """Return the seconds that the fuel of a generator lasts at ``load`` VA."""
    if element.engine is None:
        return UNKNOWN
    there = litres if litres is not None else element.engine.litres
    if not there.known:
        return UNKNOWN
    watts = load.times(element.power_factor)
    burnt = watts.times(element.engine.burns)
    return there.over(Interval(burnt.lo / _JOULES_PER_KWH, burnt.hi / _JOULES_PER_KWH))
