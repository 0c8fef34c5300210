"""What comes of polls: each one's outcome, and the counts of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from dcim.collect import Collected
from dcim.model import Asset, GapReason, Lane, PollError
from dcim.poll.presence import Presence
from dcim.record import dataclass, field

AT_A_TURN: Final = 32
"""Polls at most that are handed on together: in a storm each costs the loop a millisecond or two."""

_NO_LANE: Final[frozenset[Lane]] = frozenset()


@dataclass(slots=True, eq=False)
class Polled:
    """One poll, over; not to be changed. ``at`` is UTC seconds; ``late`` and ``duration`` are seconds.

    Not frozen: a frozen one takes five times as long to make, thousands of times a second.
    """

    asset: Asset
    at: float
    late: float
    duration: float
    before: Presence
    presence: Presence
    collected: Collected | None  # None: it failed, ``failure`` says how
    failure: PollError | None
    cheap: bool


Sink: TypeAlias = Callable[[Polled], None]
"""Takes a poll that is over."""

All: TypeAlias = Callable[[Sequence[Polled]], None]
"""Is shown the polls of a moment all at once: before the first sink takes one of them, or after the last."""


@dataclass(slots=True)
class Counts:
    """What the loop counts, for its own metrics."""

    polls: int = 0
    overruns: int = 0  # the beat came while the last poll was still under way: skipped
    deferred: int = 0  # a cheap question that found no room in its window
    late_max: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)


def late_lanes(collected: Collected) -> frozenset[Lane]:
    """Return the lanes of which a part did not come by the deadline."""
    batches = [batch for batch in collected.batches if batch.gaps]
    if not batches:
        return _NO_LANE
    return frozenset(
        batch.layout.lane
        for batch in batches
        if any(gap.reason is GapReason.DEADLINE for gap in batch.gaps.values())
    )


def nobody(_polls: Sequence[Polled]) -> None:
    """Look at nothing."""


def hand_on(
    polls: Sequence[Polled],
    sinks: Sequence[Sink],
    on_bug: Callable[[Asset, Exception], None],
    ahead: All = nobody,
    after: All = nobody,
) -> None:
    """Hand polls that are over to each sink; what one cannot take keeps no other from being taken.

    ``ahead`` is shown all of them before the first sink, ``after`` once the last has taken them.
    """
    _show(polls, ahead, on_bug)
    for sink in sinks:
        for polled in polls:
            try:
                sink(polled)
            except Exception as bug:  # noqa: BLE001  one device's bug never stops the others
                on_bug(polled.asset, bug)
    _show(polls, after, on_bug)


def _show(polls: Sequence[Polled], look: All, on_bug: Callable[[Asset, Exception], None]) -> None:
    try:
        look(polls)
    except Exception as bug:  # noqa: BLE001  who looks at all of them stops no sink
        on_bug(polls[0].asset, bug)
