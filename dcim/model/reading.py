"""Values and gaps, and the batch in which they travel.

A poll of 60 points makes one ``Batch``: an array of float64 over a shared, immutable ``Layout``.
Nothing is allocated per reading on the way from the wire to the store; ``Batch.reading`` makes the
object that people and rare paths want.

    layout   points[0] points[1] points[2] ...      made once, when the device was understood
    batch    values[0] values[1] NaN       ...      one a poll; NaN where there is a gap
             gaps              {2: absent}
"""

from __future__ import annotations

import dataclasses
import math
from array import array
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias
from zlib import crc32

from dcim.model.point import Point, Points
from dcim.record import acyclic, dataclass, field


class GapReason(StrEnum):
    """Why there is no value where one is promised."""

    ABSENT = "absent"  # the device says it has no such reading
    OUT_OF_RANGE = "out_of_range"  # a number that no such sensor can produce
    UNKNOWN_CODE = "unknown_code"  # a code or bit that the profile does not name
    MALFORMED = "malformed"  # bytes that are no value of the expected type
    REFUSED = "refused"  # the device answered this part with an error
    DEADLINE = "deadline"  # the answer to this part did not come in time
    NO_ANSWER = "no_answer"  # the device said nothing at all


class Health(StrEnum):
    """What a state means for the engineer, after the manual."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


class Lane(StrEnum):
    """How often a point is asked."""

    FAST = "fast"  # state and power: every beat
    SLOW = "slow"  # minutes
    STATIC = "static"  # identity and ratings: hours, and after the agent restarted


@dataclass(frozen=True, slots=True)
class Gap:
    """A value that should be here and is not, why, and what stood in its place."""

    reason: GapReason
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One state of a point: its word and its health."""

    word: str
    health: Health | None = None


def state_code(word: str) -> float:
    """Return the number that stands for a state's word in arrays and files: its CRC-32.

    The same on every machine and for every vendor, exact in a float64, and free of any list whose
    order would have to be kept for ever. History keeps the words beside the points.
    """
    return float(crc32(word.encode()))


States: TypeAlias = Mapping[float, Meaning]
NO_GAPS: Final[Mapping[int, Gap]] = MappingProxyType({})
"""Those of a batch that has none; to give it is quicker than to leave it out."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The points of one lane of one asset, in slot order. Compared by identity: a new one means re-discovery.

    ``states[slot]`` maps codes to meanings for points that carry states, else None. ``sources[slot]``
    says where the value stands in the device (an OID, a register) for people who check. ``points`` is a
    tuple, or ``Points`` where many devices have the same. ``own``: made
    by the daemon about the device (its reach), beside what the device itself says in the same lane.
    """

    asset: str
    lane: Lane
    points: Sequence[Point]
    states: tuple[States | None, ...]
    sources: tuple[str, ...]
    own: bool = False
    ids: array[int] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        """Check the columns against each other and that no point stands twice."""
        if not len(self.points) == len(self.states) == len(self.sources):
            msg = "points, states and sources differ in length"
            raise ValueError(msg)
        ids = array("Q", [point.id for point in self.points])
        if len(set(ids)) != len(ids):
            msg = f"{self.asset}: a point stands twice in one layout"
            raise ValueError(msg)
        object.__setattr__(self, "ids", ids)

    def __len__(self) -> int:
        """Return the number of slots."""
        return len(self.ids)

    @property
    def metrics(self) -> Sequence[str]:
        """Return the metric of each slot; who looks for slots by their metric needs no points made."""
        points = self.points
        if isinstance(points, Points):
            return [metric for metric, _ in points.measured]
        return [point.metric for point in points]

    @property
    def maker(self) -> str:
        """Return who of the daemon makes it, by its source: lanes of its own stand beside each other."""
        return self.sources[0] if self.own and self.sources else ""


@dataclass(frozen=True, slots=True)
@acyclic
class Reading:
    """The value of a point at a time, or the gap in its place. ``at`` is UTC seconds since 1970."""

    point: Point
    at: float
    value: float | None  # in the metric's base unit; None for states and gaps
    state: str | None
    health: Health | None
    gap: Gap | None
    source: str


@dataclass(slots=True, eq=False)
@acyclic
class Batch:
    """What one poll said of one layout: a float64 per slot, NaN exactly where ``gaps`` has the slot.

    ``at`` is UTC seconds since 1970, when the answer came. State slots hold ``state_code(word)``.
    Never changed once it is made. Not frozen: a frozen one takes five times as long to make.
    """

    layout: Layout
    at: float
    values: array[float]
    gaps: Mapping[int, Gap] = field(default_factory=lambda: NO_GAPS)

    def reading(self, slot: int) -> Reading:
        """Return one slot as people see it."""
        value = self.values[slot]
        meanings = self.layout.states[slot]
        meaning = meanings.get(value) if meanings else None
        number = None if meanings is not None or math.isnan(value) else value
        return Reading(
            point=self.layout.points[slot],
            at=self.at,
            value=number,
            state=meaning.word if meaning else None,
            health=meaning.health if meaning else None,
            gap=self.gaps.get(slot),
            source=self.layout.sources[slot],
        )
