"""A story as it is played: devices that say things over time, deeds, and what is expected when."""

from __future__ import annotations

from collections.abc import Mapping

from dcim.alerts import Deed
from dcim.model import Asset, Lane, Point, Problem
from dcim.record import dataclass
from dcim.ruletest.notation import Course
from dcim.ruletest.shapes import Is


@dataclass(frozen=True, slots=True)
class Actor:
    """One device of a story. ``answers`` says over time whether it does; ``says`` what, by lane and point."""

    asset: Asset
    answers: Course
    says: Mapping[Lane, Mapping[Point, Course]]


@dataclass(frozen=True, slots=True)
class Act:
    """What a person does ``at`` so many seconds after the beginning. ``place`` is where it is written."""

    at: float
    deed: Deed
    place: Problem


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be so at ``at``; fields that are None are not looked at. ``place`` is where it is written."""

    at: float
    place: Problem
    alert: str | None = None
    device: str | None = None
    labels: Mapping[str, str] | None = None
    is_: Is | None = None
    stands: tuple[str, ...] | None = None
    incidents: int | None = None
    messages: int | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One story. Times are seconds since its beginning."""

    name: str
    place: Problem
    actors: tuple[Actor, ...]
    acts: tuple[Act, ...]
    expected: tuple[Expected, ...]

    @property
    def lasts(self) -> float:
        """Return when the last thing is looked at."""
        return max(one.at for one in self.expected)
