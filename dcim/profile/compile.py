"""Checks a point against the catalogue and makes the value that decodes it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from fractions import Fraction
from functools import lru_cache

from dcim.catalogue import METRICS, UNITS, Metric, Shape, Unit
from dcim.model import Health, Meaning, Problem, state_code
from dcim.profile.shapes import PointShape, meaning
from dcim.profile.value import HIGHEST, LOWEST, Alarm, Alarms, Condition, Quantity, Ratio, Raw, States, Value
from dcim.record import dataclass
from dcim.yaml import Loc, Marked, nearest

_EXACT = 2**53
_BELONGS = {
    Shape.GAUGE: ("unit", "scale", "offset", "range"),
    Shape.COUNTER: ("unit", "scale", "offset", "range"),
    Shape.STATE: ("states",),
    Shape.ALARM: ("states", "bits"),
}
_SHAPED = ("unit", "scale", "offset", "range", "states", "bits")
_CLEAR, _SET = "clear", "set"


def _as_is(raw: Raw) -> Raw:
    return raw


class _Point:
    """One point being checked: where it stands, and the list that mistakes go to."""

    def __init__(self, document: Marked, loc: Loc, shape: PointShape) -> None:
        self._document = document
        self._loc = loc
        self.shape = shape
        self.problems: list[Problem] = []

    def wrong(self, what: str, *loc: int | str, key: bool = False) -> None:
        """Note a mistake under this point."""
        self.problems.append(self._document.problem((*self._loc, *loc), what, key=key))


@dataclass(frozen=True, slots=True)
class Around:
    """What a dialect knows about a point beside its own keys.

    ``labels`` are the names of all labels that the point will have; ``absent`` is what its table says, used
    unless the point has its own; ``fold`` turns an absent value as the manual prints it (0xffff) into the raw
    value that the decoder will hand over (-1). ``unit`` stands for the point's own: a symbol that the dialect
    took from elsewhere (the device says which), and where under the point it is written.
    """

    labels: Collection[str] = ()
    absent: Iterable[Raw] = ()
    fold: Callable[[Raw], Raw] = _as_is
    unit: tuple[str, Loc] | None = None


_ALONE = Around()


def compile_value(
    document: Marked, loc: Loc, point: PointShape, around: Around = _ALONE
) -> tuple[Value | None, list[Problem]]:
    """Return the value of the point that stands at ``loc``, or None and every mistake in it."""
    at = _Point(document, loc, point)
    metric = METRICS.get(point.metric)
    if metric is None:
        at.wrong(f"no canonical metric {point.metric!r}{nearest(point.metric, METRICS)}", "metric")
        return None, at.problems
    _check_keys(at, metric)
    _check_labels(at, metric, around.labels)
    none = frozenset(around.fold(raw) for raw in (around.absent if point.absent is None else point.absent))
    match metric.shape:
        case Shape.STATE:
            value: Value | None = _states(at, metric, none)
        case Shape.ALARM if point.bits is not None:
            value = _alarms(at, metric, none)
        case Shape.ALARM:
            value = _condition(at, metric, none)
        case _:
            value = _quantity(at, metric, none, *(around.unit or (point.unit, ("unit",))))
    return (None if at.problems else value), at.problems


def _check_keys(at: _Point, metric: Metric) -> None:
    """Refuse keys that make no sense for a metric of this shape."""
    fits = _BELONGS[metric.shape]
    for key in _SHAPED:
        if key in at.shape.model_fields_set and key not in fits:
            at.wrong(f"{metric.name} is a {metric.shape}: it takes {' or '.join(fits)}", key, key=True)
    if at.shape.states and at.shape.bits:
        at.wrong("states or bits, not both", "bits", key=True)


def _check_labels(at: _Point, metric: Metric, labels: Collection[str]) -> None:
    made = {"alarm"} if at.shape.bits is not None else set()
    for name in metric.labels:
        if name not in labels and name not in made:
            at.wrong(f"{metric.name} needs the label {name!r}{nearest(name, labels)}", "labels")
    for name in made.intersection(labels):
        at.wrong(f"the label {name!r} is made from the bits", "labels", name)


def _quantity(
    at: _Point, metric: Metric, absent: frozenset[Raw], symbol: str | None, written: Loc
) -> Quantity | None:
    unit = _unit(at, metric, symbol, written)
    low, high = at.shape.range or (LOWEST, HIGHEST)
    if low >= high:
        at.wrong(f"expected [low, high], found [{low:g}, {high:g}]", "range")
    if at.shape.scale == 0:
        at.wrong("a scale of 0 makes every value 0", "scale")
    if unit is None:
        return None
    factor = exact(at.shape.scale) * exact(unit.factor)
    offset = float(exact(at.shape.offset) * exact(unit.factor) + exact(unit.offset))
    up, down = float(factor.numerator), float(factor.denominator)
    if max(abs(up), down) > _EXACT:
        up, down = float(factor), 1.0
    low, high = _bounds(at.shape.range, unit)
    if metric.shape is Shape.COUNTER and at.shape.range is None:
        low = 0.0  # it counts up from nothing: -1 is a card's word for having none
    return Quantity(metric.name, unit.base, up, down, offset, absent, low, high)


def _unit(at: _Point, metric: Metric, symbol: str | None, written: Loc) -> Unit | None:
    if symbol is None and not metric.unit:
        return UNITS["count"]
    unit = UNITS.get(symbol) if symbol is not None else None
    if unit is not None and unit.base == metric.unit:
        return unit
    fitting = ", ".join(name for name, unit in UNITS.items() if unit.base == metric.unit)
    if symbol is None:
        at.wrong(f"missing; {metric.name} is in {metric.unit}: {fitting}", *written)
    elif unit is None:
        at.wrong(f"unknown unit {symbol!r}{nearest(symbol, UNITS)}; for {metric.name}: {fitting}", *written)
    else:
        is_in = f"is in {metric.unit}" if metric.unit else "is a bare number"
        at.wrong(f"{symbol!r} is {unit.base or 'a bare number'}, but {metric.name} {is_in}", *written)
    return None


@lru_cache(4096)
def exact(number: float) -> Fraction:
    """Return the fraction that a person meant: 0.1 is 1/10 and 0.5555555555555556 is 5/9."""
    near = Fraction(number).limit_denominator(10**7)
    return near if float(near) == number else Fraction(repr(number))


def ratio(scale: float) -> Ratio:
    """Return a scale as two numbers, whole ones where it is a decimal fraction."""
    made = exact(scale)
    return float(made.numerator), float(made.denominator)


def _bounds(limits: tuple[float, float] | None, unit: Unit) -> tuple[float, float]:
    """Return a range in base units, each end a billionth of itself wider: rounding never drops it.

    An end that is 0 has a billionth of the unit: the -1 of a card that counts nothing stays outside.
    """
    if limits is None:
        return LOWEST, HIGHEST
    low, high = sorted(unit.to_base(limit) for limit in limits)
    least = 1e-9 * unit.factor
    return low - (1e-9 * abs(low) or least), high + (1e-9 * abs(high) or least)


def _states(at: _Point, metric: Metric, absent: frozenset[Raw]) -> States | None:
    if at.shape.states is None:
        at.wrong(f"missing; {metric.name} is a state", "states")
        return None
    codes: dict[int | str, tuple[float, Meaning]] = {}
    for code, state in at.shape.states.items():
        means = meaning(state)
        if metric.words and means.word not in metric.words:
            known = f"; known: {', '.join(metric.words)}"
            hint = nearest(means.word, metric.words) or known
            at.wrong(f"{metric.name} has no state {means.word!r}{hint}", "states", code)
        codes[code] = (state_code(means.word), means)
    _check_meanings(at, codes)
    return States(metric.name, codes, absent)


def _check_meanings(at: _Point, codes: dict[int | str, tuple[float, Meaning]]) -> None:
    """Refuse two meanings that would be one number in the array."""
    seen: dict[float, Meaning] = {}
    for code, (number, means) in codes.items():
        first = seen.setdefault(number, means)
        if first.word != means.word:
            at.wrong(
                f"{means.word!r} and {first.word!r} have the same CRC-32; choose another word", "states", code
            )
        elif first.health != means.health:
            at.wrong(f"{means.word!r} has another health above; a word has one", "states", code)


def _condition(at: _Point, metric: Metric, absent: frozenset[Raw]) -> Condition:
    if at.shape.states is None:
        return Condition(metric.name, absent=absent)
    active: set[int | str] = set()
    clear: set[int | str] = set()
    healths: set[Health | None] = set()
    for code, state in at.shape.states.items():
        means = meaning(state)
        if means.word == _SET:
            active.add(code)
            healths.add(means.health)
        elif means.word == _CLEAR:
            clear.add(code)
        else:
            at.wrong(f"the states of an alarm are {_SET} and {_CLEAR}, found {means.word!r}", "states", code)
    if len(healths) > 1:
        at.wrong(f"an alarm has one health; {_SET!r} has {len(healths)}", "states")
    health = next(iter(healths), None)
    return Condition(metric.name, frozenset(active), frozenset(clear), health, absent)


def _alarms(at: _Point, metric: Metric, absent: frozenset[Raw]) -> Alarms:
    alarms: list[Alarm] = []
    words: set[str] = set()
    for bit, state in (at.shape.bits or {}).items():
        means = meaning(state)
        if means.word in words:
            at.wrong(f"{means.word!r} names two bits", "bits", bit)
        words.add(means.word)
        alarms.append(Alarm(bit, means.word, means.health))
    return Alarms(metric.name, tuple(alarms), absent)
