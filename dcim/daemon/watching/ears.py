"""What devices send unasked: each is asked at once, and it is kept who sent what and when.

Ear ─▶ Heard ─▶ Wishes: a device at most every ``AGAIN`` seconds, all together so many a second ─▶ ask_now
           └─▶ the newest of each device, a log line

Nothing that is heard sets a state: what a device then answers does. A storm of traps is no storm of polls.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Final

import structlog

from dcim.clock import Clock
from dcim.collect import Collector, Ear, Heard, Listens, Stranger
from dcim.daemon.plan import Plan
from dcim.daemon.ports.listening import hear_on
from dcim.model import Address

log = structlog.get_logger()

AGAIN: Final = 5.0
"""Seconds between two questions to a device because of what it sends; its last message is always followed."""

PACE: Final = 20.0
"""Devices a second that are asked because of what they send; the others wait their turn, in order."""

KEPT: Final = 500
"""Messages kept of all devices together."""

OWN_KEPT: Final = 20
"""Messages kept of one device."""

_SAID_AGAIN: Final = 60.0  # seconds after which the same message of a device is logged again


async def open_ears(
    plan: Plan, collectors: Mapping[str, Collector], ears: Ears, stack: AsyncExitStack
) -> None:
    """Listen where the configuration says so, with the collector that can. Raise ``PortTaken``."""
    settings = plan.settings
    if settings.traps.listen is None:
        return
    for name, collector in collectors.items():
        if isinstance(collector, Listens):
            wire = hear_on(settings.traps.listen)
            stack.callback(wire.close)
            own = [asset for asset in settings.assets if asset.collector == name]
            ears.add(await collector.listen(wire, own, settings.traps.relays, ears.heard))
            stack.push_async_callback(ears.aclose)
            return
    log.warning("nothing is heard: no device is of a protocol in which devices send unasked")


class Wishes:
    """When to ask whom. Pure: times are seconds of any one clock."""

    def __init__(self, again: float = AGAIN, pace: float = PACE) -> None:
        self._again = again
        self._gap = 1.0 / pace
        self._asked: dict[str, float] = {}
        self._waiting: dict[str, float] = {}  # when each may be asked, in the order of their wishes
        self._next = 0.0

    def wish(self, asset: str, now: float) -> None:
        """Have a device asked as soon as may be; one that waits already waits on."""
        if asset not in self._waiting:
            self._waiting[asset] = max(now, self._asked.get(asset, -self._again) + self._again)

    def due(self, now: float) -> list[str]:
        """Return whom to ask now; they wait no longer."""
        found: list[str] = []
        for asset, at in list(self._waiting.items()):
            if self._next > now:
                break
            if at <= now:
                del self._waiting[asset]
                self._asked[asset] = now
                self._next = max(self._next, now - 1.0) + self._gap
                found.append(asset)
        return found

    @property
    def wake_at(self) -> float | None:
        """Return when ``due`` is worth asking next; None while nobody waits."""
        return max(self._next, min(self._waiting.values())) if self._waiting else None


class Ears:
    """Takes what is heard, and carries the wishes to whoever asks devices."""

    def __init__(self, ask_now: Callable[[str], None], clock: Clock) -> None:
        self.heard_of: Counter[str] = Counter()
        self.asked = 0
        self._ask_now = ask_now
        self._clock = clock
        self._ears: list[Ear] = []
        self._wishes = Wishes()
        self._recent: deque[Heard] = deque(maxlen=KEPT)
        self._own: dict[str, deque[Heard]] = {}
        self._logged: dict[tuple[str, str], float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, ear: Ear) -> None:
        """Take an ear that is open; it is closed with this."""
        self._ears.append(ear)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Return where is listened."""
        return tuple(ear.address for ear in self._ears)

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many messages came, by what became of them."""
        counts: Counter[str] = Counter()
        for ear in self._ears:
            counts.update(ear.counts)
        return counts

    def strangers(self) -> Sequence[Stranger]:
        """Return unknown senders, those that were last heard first."""
        found = [stranger for ear in self._ears for stranger in ear.strangers()]
        return sorted(found, key=lambda stranger: -stranger.last)

    def recent(self, asset: str = "") -> Sequence[Heard]:
        """Return the newest messages of a device, or of all; the newest first."""
        kept = self._own.get(asset, ()) if asset else self._recent
        return tuple(reversed(kept))

    def heard(self, heard: Heard) -> None:
        """Take a message. Quick: called on the loop."""
        self.heard_of[heard.asset] += 1
        self._recent.append(heard)
        self._own.setdefault(heard.asset, deque(maxlen=OWN_KEPT)).append(heard)
        now = self._clock.monotonic()
        self._log(heard, now)
        if heard.ask:
            self._wishes.wish(heard.asset, now)
            self._turn()

    async def aclose(self) -> None:
        """Hear nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
        for ear in self._ears:
            await ear.aclose()
        self._ears.clear()

    def _turn(self) -> None:
        """Ask who is due, and come back when the next is."""
        now = self._clock.monotonic()
        for asset in self._wishes.due(now):
            self.asked += 1
            self._ask_now(asset)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wake_at = self._wishes.wake_at
        if wake_at is not None:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, wake_at - now), self._turn)

    def _log(self, heard: Heard, now: float) -> None:
        key = heard.asset, heard.what
        if now - self._logged.get(key, -_SAID_AGAIN) < _SAID_AGAIN:
            return
        if len(self._logged) >= KEPT:
            self._logged.clear()
        self._logged[key] = now
        log.info(
            "a device sent word", device=heard.asset, trap=heard.name or heard.what, how=heard.how,
            sender=heard.sender,
        )  # fmt: skip
