"""A device as the poll loop sees it, and a poll of it that is under way without a task."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from dcim.collect import Collector, Outcome
from dcim.model import Asset, Lane
from dcim.poll.beat import Beat
from dcim.poll.presence import Presence
from dcim.poll.worth import Worth
from dcim.record import dataclass, field

TIMES: Final = 400
"""How often the first poll of a device may give way to others."""


@dataclass(slots=True, eq=False)
class Device:
    """One device: its beat, its presence, and the poll under way."""

    asset: Asset
    collector: Collector
    beat: Beat
    begins: bool  # the collector can begin polls without a task
    presence: Presence = field(default_factory=Presence)
    task: asyncio.Task[None] | None = None  # the poll under way, as ``collect`` makes it
    flight: Flight | None = None  # or one that the collector began without a task
    began: float = 0.0  # when the poll under way began
    again: bool = False  # asked for while a poll was under way
    between: bool = False  # the poll under way began between two beats, because somebody asked for it
    gives_way: int = TIMES  # how often it still may; 0 once it was asked
    stuck: bool = False  # the poll under way was given up: its collector ignored the deadline
    gone: bool = False
    worth: Worth = field(default_factory=Worth)  # whether what it answers tells anything of it

    @property
    def busy(self) -> bool:
        """Whether a poll is under way."""
        return self.task is not None or self.flight is not None


class Flight:
    """One poll that its collector has begun without a task."""

    __slots__ = ("device", "is_over", "landed", "lanes", "late", "started")

    def __init__(
        self,
        device: Device,
        lanes: frozenset[Lane],
        late: float,
        started: float,
        landed: Callable[[Flight, Outcome], None],
    ) -> None:
        self.device = device
        self.lanes = lanes
        self.late = late
        self.started = started
        self.landed = landed
        self.is_over = False

    def over(self, outcome: Outcome) -> None:
        """Take the outcome; what comes after the poll was given up, or twice, is nobody's."""
        if not self.is_over:
            self.is_over = True
            self.landed(self, outcome)
