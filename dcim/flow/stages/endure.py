"""How long a battery or a tank lasts at a load. Pure."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from dcim.flow.values.interval import UNKNOWN, WHOLE, Interval
from dcim.flow.values.model import Element
from dcim.standards.registry import number

_JOULES_PER_KWH = 3.6e6
_NAUGHT = 1e-6
"""VA that are nothing: what rounding leaves of loads that went elsewhere."""


class Lasting(NamedTuple):
    """How long a full battery lasts: what it stores times the seconds that each part of that gives."""

    store: Interval
    pace: Interval

    @property
    def seconds(self) -> Interval:
        """Return the seconds from full to empty."""
        return self.store.times(self.pace)


def battery(
    element: Element, load: Interval, before: Interval, more: Interval, runtime: Interval | None
) -> Lasting:
    """Return how long the battery of a UPS lasts at an output of ``load`` VA.

    ``runtime``: what it says for the load ``before``, scaled by Peukert's law with an exponent between the
    bounds of the standards. ``more``: by how much ``load`` is more than ``before``. Without a runtime from
    the energy that was declared, with the losses of the inverter; else unknown.
    """
    load = Interval(load.lo if load.lo > _NAUGHT else 0.0, load.hi)
    if load.hi <= _NAUGHT and runtime is not None:  # no longer than its own losses let it, which nobody knows
        return Lasting(runtime, Interval(1.0, inf))
    if load.hi <= _NAUGHT and element.idle.hi <= 0.0:
        return Lasting(WHOLE, Interval(inf, inf))
    if runtime is not None and (before.lo > 0.0 or more == (0.0, 0.0)):
        least = max(before.lo / load.hi, _as_much(before, more.hi, least=True))
        most = min(before.hi / load.lo if load.lo > 0.0 else inf, _as_much(before, more.lo, least=False))
        return Lasting(runtime, Interval(_peukert(least, least=True), _peukert(most, least=False)))
    if element.battery is None or not element.battery.joules.known:
        return Lasting(UNKNOWN, WHOLE)
    return Lasting(element.battery.joules, WHOLE.over(drawn(element, load)))


def _as_much(before: Interval, more: float, *, least: bool) -> float:
    """Return what was carried as a share of that and ``more``: the least, or the most."""
    if more == 0.0:
        return 1.0
    was = before.lo if least == (more > 0.0) else before.hi
    return was / (was + more) if 0.0 < was + more < inf else 0.0 if least else inf


def _peukert(ratio: float, *, least: bool) -> float:
    if ratio == 1.0:
        return 1.0
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
    if burnt.hi <= 0.0:  # it runs idle, and what it burns then is no share of what it gives
        return UNKNOWN
    return there.over(Interval(burnt.lo / _JOULES_PER_KWH, burnt.hi / _JOULES_PER_KWH))
