"""What a rule asks of its inputs, and the answer in three values: true, false, unknown. Pure.

Unknown is never up and never down: an input that is missing, a gap, or older than its max-age makes
the answer unknown, and so does a state that the device itself calls unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from math import inf
from typing import Final, TypeAlias

from dcim.model import GapReason, Health, Reading
from dcim.record import acyclic, dataclass

THE_POINT: Final = "point"
"""Name of the input that a rule over one point looks at."""


class Truth(StrEnum):
    """Whether a condition holds, as far as anybody can tell."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
@acyclic
class Observation:
    """One input as it stands: its newest reading, when that came and how long it counts.

    ``came_at`` is on the monotonic scale of ``now``, in seconds; ``reading.at`` is UTC for people.
    ``measured``: the point had a value before, since somebody watches. ``lowest`` is its lowest value within
    the time that a rate of change looks back, and ``rating`` what its value is a share of.
    """

    reading: Reading
    came_at: float
    max_age: float = inf
    measured: bool = False
    lowest: float | None = None
    rating: float | None = None


Snapshot: TypeAlias = Mapping[str, Observation]
"""The inputs of an expression by name; a rule over one point has the one input ``THE_POINT``."""


@dataclass(frozen=True, slots=True)
class Outside:
    """True while a number lies below ``low`` or above ``high``, in the metric's base unit."""

    low: float = -inf
    high: float = inf
    of: str = THE_POINT


@dataclass(frozen=True, slots=True)
class Share:
    """``Outside`` over the value as a share of its rating; unknown without a rating above 0."""

    limits: Outside
    of: str = THE_POINT


@dataclass(frozen=True, slots=True)
class Rises:
    """True while a number is more than ``by`` above its lowest of the last ``within`` seconds."""

    by: float
    within: float
    of: str = THE_POINT


@dataclass(frozen=True, slots=True)
class InState:
    """True while a state is one of ``words``; with ``negated``, while it is none of them.

    The word ``unknown`` makes it unknown, unless it is one of ``words``.
    """

    words: frozenset[str]
    negated: bool = False
    of: str = THE_POINT


@dataclass(frozen=True, slots=True)
class HasHealth:
    """True while a state is as bad as one of ``healths``.

    Where the profile tells no health it is ``untold``; None: unknown.
    """

    healths: frozenset[Health]
    untold: Health | None = None
    of: str = THE_POINT


@dataclass(frozen=True, slots=True)
class IsSet:
    """True while an alarm bit of the device is set."""

    of: str = THE_POINT


@dataclass(frozen=True, slots=True)
class HasGap:
    """True while there is a gap for one of ``reasons`` where a value should be, false while there is a value.

    A gap for any other reason makes it unknown. With ``lost`` also unknown unless the point had a value
    before: what a device never had is no loss.
    """

    reasons: frozenset[GapReason]
    lost: bool = False
    of: str = THE_POINT


BY_MEASURE: Final = (Share, Rises)
"""What is held against more than the value itself: a rating, or what it was before."""

Expression: TypeAlias = Outside | Share | Rises | InState | HasHealth | IsSet | HasGap


@dataclass(frozen=True, slots=True)
@acyclic
class Seen:
    """What a look at the inputs said, and the inputs that said it."""

    truth: Truth
    evidence: tuple[Observation, ...] = ()


def evaluate(expression: Expression, snapshot: Snapshot, now: float) -> Seen:
    """Say whether an expression holds at ``now``; inputs older than their max-age are unknown."""
    observed = snapshot.get(expression.of)
    return Seen(Truth.UNKNOWN) if observed is None else see(expression, observed, now)


def see(expression: Expression, observed: Observation, now: float) -> Seen:
    """Say whether an expression over one point holds by an observation of it, as ``evaluate`` does."""
    if now - observed.came_at > observed.max_age:
        return Seen(Truth.UNKNOWN, (observed,))
    if isinstance(expression, HasGap):
        return Seen(_judge_gap(expression, observed), (observed,))
    if observed.reading.gap is not None:
        return Seen(Truth.UNKNOWN, (observed,))
    if isinstance(expression, BY_MEASURE):
        return Seen(_truth(_is_beyond(expression, observed)), (observed,))
    return Seen(_judge(expression, observed.reading), (observed,))


def _judge_gap(expression: HasGap, observed: Observation) -> Truth:
    gap = observed.reading.gap
    if gap is None:
        return Truth.FALSE
    counts = gap.reason in expression.reasons and (observed.measured or not expression.lost)
    return Truth.TRUE if counts else Truth.UNKNOWN


def _judge(expression: Outside | InState | HasHealth | IsSet, reading: Reading) -> Truth:
    match expression:
        case Outside():
            return _truth(_is_outside(expression, reading.value))
        case InState():
            return _truth(_is_in(expression, reading.state))
        case HasHealth():
            health = _health(reading, expression.untold)
            return _truth(None if health in (None, Health.UNKNOWN) else health in expression.healths)
        case IsSet():
            return _truth(_is_set(reading))


def _is_beyond(expression: Share | Rises, observed: Observation) -> bool | None:
    value = observed.reading.value
    if value is None:
        return None
    if isinstance(expression, Rises):
        return None if observed.lowest is None else value - observed.lowest > expression.by
    rating = observed.rating
    return None if rating is None or rating <= 0 else _is_outside(expression.limits, value / rating)


def _truth(holds: bool | None) -> Truth:
    if holds is None:
        return Truth.UNKNOWN
    return Truth.TRUE if holds else Truth.FALSE


def _is_outside(limits: Outside, value: float | None) -> bool | None:
    return None if value is None else not limits.low <= value <= limits.high


def _is_in(condition: InState, word: str | None) -> bool | None:
    if word is None or (word == "unknown" and word not in condition.words):
        return None
    return (word in condition.words) is not condition.negated


def _health(reading: Reading, untold: Health | None) -> Health | None:
    if reading.value is None and reading.state is None:
        return None
    return reading.health or (untold if _is_set(reading) is not False else Health.OK)


def _is_set(reading: Reading) -> bool | None:
    """Say whether an alarm is set: a word other than ``clear``, or a number other than 0."""
    if reading.state is not None:
        return reading.state != "clear"
    return None if reading.value is None else reading.value != 0
