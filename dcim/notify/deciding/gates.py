"""How many messages each channel bears: the rest is withheld, and told together when it bears more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from dcim.clock import Clock
from dcim.notify.deciding.heard import Heard
from dcim.routing import Gate, Limit

_ANY: Final = Limit(1_000_000, 1.0)
"""What a channel bears that no limit is known of."""


class Gates:
    """One gate a channel that has a limit. ``limits`` are those of channels, by name."""

    def __init__(self, limits: Mapping[str, Limit], clock: Clock) -> None:
        self._clock = clock
        now = clock.monotonic()
        self._gates = {name: Gate(limit, now) for name, limit in limits.items()}

    def hold(self, key: str, channels: Iterable[str]) -> None:
        """Hold back what was held back before; a channel that has no limit any more gets it soon."""
        for name in channels:
            self._gates.setdefault(name, Gate(_ANY, self._clock.monotonic())).hold(key)

    def forget(self, key: str) -> None:
        """Hold nothing of an incident that is over: nobody was told that it began."""
        for gate in self._gates.values():
            gate.forget(key)

    def passed(self, heard: Heard, channels: Iterable[str]) -> tuple[str, ...]:
        """Return which of these channels bear one more message of an incident, and count it there."""
        notice, now = heard.notice, self._clock.monotonic()
        return tuple(
            name
            for name in dict.fromkeys(channels)
            if (gate := self._gates.get(name)) is None
            or gate.lets_pass(notice.key, notice.severity, now, first=name not in heard.channels)
        )

    def withheld(self, key: str) -> tuple[str, ...]:
        """Return the channels that do not bear the first message of an incident now."""
        return tuple(name for name, gate in self._gates.items() if key in gate.held)

    def released(self, open_keys: Collection[str]) -> Iterator[tuple[str, list[str]]]:
        """Yield each channel that bears more again with what it may be told of, of these incidents."""
        for name, gate in self._gates.items():
            if keys := [key for key in gate.release(self._clock.monotonic()) if key in open_keys]:
                yield name, keys
