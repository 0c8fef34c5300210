"""What a channel could not take: what waits of each trouble, until when, when it may come sooner. Pure."""

from __future__ import annotations

from collections.abc import Collection
from math import inf
from typing import Final

from dcim.record import dataclass, replace

BEHIND: Final = "waits for an earlier message of its alert"
"""The last error of a message that was not tried, because an earlier one of its trouble waits."""

PROBE: Final = 60.0
"""Seconds: a channel that fails is tried at least so often, by one of the messages that wait for it."""

BETWEEN: Final = 15.0
"""Seconds that lie at least between two tries of one message whose wait was cut short."""


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits ``until`` then (UTC seconds). ``not_before``: what the far side asked for."""

    message: int
    until: float
    tried: float = -inf
    not_before: float = -inf


class Waits:
    """The messages of one channel that wait for another try, by dedup key.

    Each has a back-off of its own, which grows while the channel is away. So that no trouble waits out a long
    one once the channel is back, one message is tried every ``PROBE`` seconds, and as soon as the channel has
    taken anything all are due.
    """

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}

    def hold(self, key: str, held: Held) -> float:
        """Let a message wait; return until when: sooner, where no other tries the channel by then."""
        probe = max(held.tried + PROBE, held.not_before)
        if probe < held.until and not any(
            one.until <= probe for other, one in self._held.items() if other != key
        ):
            held = replace(held, until=probe)
        self._held[key] = held
        return held.until

    def take_over(self, key: str, message: int, until: float) -> None:
        """Note the oldest message of a key that waited already when the daemon started."""
        self._held.setdefault(key, Held(message, until))

    def drop(self, key: str) -> None:
        """Forget what waited of a trouble: it was settled."""
        self._held.pop(key, None)

    def hasten(self, now: float) -> None:
        """Let all come now, as the channel is back; but none twice in a moment, and none before it may."""
        for key, held in self._held.items():
            soon = max(now, held.tried + BETWEEN, held.not_before)
            if soon < held.until:
                self._held[key] = replace(held, until=soon)

    def due(self, key: str, due: float) -> float:
        """Return when a message is due that was told to wait until ``due``: sooner, if its trouble is."""
        held = self._held.get(key)
        return due if held is None else min(due, held.until)

    def before(self, key: str, message: int) -> float | None:
        """Return until when a message waits for an earlier one of its trouble, if it does."""
        held = self._held.get(key)
        return held.until if held is not None and held.message < message else None

    def any_but(self, aside: Collection[int]) -> bool:
        """Say whether anything waits that will be tried again."""
        return any(held.message not in aside for held in self._held.values())
