"""The one loop that asks: a heap of beats, one poll a device at a time, a slow one delays nobody."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, cast

from dcim.clock import Clock
from dcim.collect import Ask, BeginsPolls, Collected, Collector, Outcome
from dcim.model import Asset, Lane, NoAnswer, PollError
from dcim.poll.beat import Beat, Pace
from dcim.poll.device import Device, Flight
from dcim.poll.polled import AT_A_TURN, All, Counts, Polled, Sink, hand_on, late_lanes, nobody
from dcim.poll.presence import Presence, Reach

_ALL: Final = frozenset(Lane)
_STUCK: Final = "the collector did not come back by its deadline"
_CHEAP_WINDOW: Final = 64
"""Most cheap questions to silent devices under way at once; the others wait for their next beat."""

_TOGETHER: Final = 0.1
_TOGETHER_AT_FIRST: Final = 0.02
"""Seconds between two wakings of the loop: beats that fall in between wait, as those of intervals may that
share no moments (see ``Beat``). Less while devices are asked for the first time, a few on each waking. Less
than a moment in any case: else a waking that was late once would make all later ones late."""

_BEHIND: Final = 0.1
_AT_ONCE: Final = 4
_GIVE_WAY: Final = 0.25
"""The first poll of a device is dear. While the loop is ``_BEHIND`` seconds behind, and behind ``_AT_ONCE``
others that are first asked on the same beat, it gives way for one or two times ``_GIVE_WAY`` seconds, at most
so often as a device's ``TIMES``."""

_PATIENCE: Final = 2
"""Intervals after which a poll that ignores its deadline is given up."""


class Poller:
    """Asks every device on its beat and hands each outcome to ``sink``.

    ``sink`` is called on the loop and must be quick. Of several each takes all polls that ended in one turn
    of the loop before the next one does: so code and data of one stay in the processor's caches for all.
    ``ahead`` is shown all of them before the first takes one, so that it may look at them at once, ``after``
    when the last has taken them: what follows from all of them need not be found out once a poll.
    An exception that is not a ``PollError`` is a bug in a collector: it is handed to ``on_bug`` and counts as
    a failed poll, so that one device's bug never stops the others.
    """

    def __init__(
        self,
        collectors: Mapping[str, Collector],
        sink: Sink | Sequence[Sink],
        clock: Clock,
        pace: Pace,
        on_bug: Callable[[Asset, Exception], None],
        ahead: All = nobody,
    ) -> None:
        self.counts = Counts()
        self._collectors = collectors
        self._sinks = (sink,) if callable(sink) else tuple(sink)
        self._ahead = ahead
        self.after: All = nobody
        self._landings: list[tuple[Flight, Outcome]] = []
        self._clock = clock
        self._pace = pace
        self._on_bug = on_bug
        self._devices: dict[str, Device] = {}
        self._heap: list[tuple[float, int, Device]] = []
        self._pushed = 0
        self._cheap = 0
        self._new = 0  # devices that were never asked
        self._rang = 0.0  # when beats were last looked at
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, assets: Iterable[Asset]) -> None:
        """Begin to ask these devices, each first on its own beat. Call on the running loop."""
        self._loop = asyncio.get_running_loop()
        for asset in assets:
            self.add(asset)

    def add(self, asset: Asset) -> None:
        """Begin to ask one more device. One of the same id is replaced and keeps its phase."""
        self.remove(asset.id)
        collector = self._collectors[asset.collector]
        begins = isinstance(collector, BeginsPolls)
        device = Device(asset, collector, Beat.of(asset.id, asset.interval), begins)
        self._devices[asset.id] = device
        self._new += 1
        self._push(device, device.beat.due(self._monotonic()))
        self._arm()

    def remove(self, asset_id: str) -> None:
        """Stop asking a device; a poll under way is cancelled."""
        device = self._devices.pop(asset_id, None)
        if device is not None:
            device.gone = True
            device.flight = None
            self._met(device)
            if device.task is not None:
                device.task.cancel()

    def ask_now(self, asset_id: str) -> None:
        """Ask a device at once, everything but identity; its beat stays as it is.

        A beat that comes while it answers is made up for afterwards: nothing is seen later than without this.
        """
        device = self._devices.get(asset_id)
        if device is None:
            return
        if device.busy:
            device.again = True
            return
        self._begin_between(device)

    def presence(self, asset_id: str) -> Presence:
        """Return what is known of a device's reach."""
        device = self._devices.get(asset_id)
        return device.presence if device else Presence()

    async def aclose(self) -> None:
        """Stop asking, hand on what has come, and wait until every poll under way is cancelled."""
        while self._landings:
            self._settle_landed()
        if self._timer is not None:
            self._timer.cancel()
        tasks = [device.task for device in self._devices.values() if device.task is not None]
        for asset_id in list(self._devices):
            self.remove(asset_id)
        await asyncio.gather(*tasks, return_exceptions=True)

    # the heap

    def _monotonic(self) -> float:
        assert self._loop is not None, "start the poller first"  # noqa: S101  a programming error
        return self._loop.time()

    def _push(self, device: Device, due: float) -> None:
        self._pushed += 1
        heapq.heappush(self._heap, (due, self._pushed, device))

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._heap and self._loop is not None:
            due = self._heap[0][0]
            together = _TOGETHER_AT_FIRST if self._new else _TOGETHER
            self._timer = self._loop.call_at(max(due, self._rang + together), self._ring)

    def _ring(self) -> None:
        """Begin every poll that is due, then sleep until the next beat, but for ``_TOGETHER`` at least."""
        self._timer = None
        now = self._monotonic()
        if self._heap and self._heap[0][0] <= now:  # else the timer rang a little early
            self._rang = now
        first = 0
        while self._heap and self._heap[0][0] <= now:
            due, _, device = heapq.heappop(self._heap)
            if device.gone:
                continue
            if device.gives_way and (now - due > _BEHIND or first >= _AT_ONCE):
                device.gives_way -= 1
                self._push(device, now + _GIVE_WAY * (1 + self._pushed % 16 / 16))  # apart: no herd
                continue
            first += device.gives_way > 0
            self._on_beat(device, due, now)
            self._push(device, device.beat.due(max(now, due)))
        self._arm()

    def _on_beat(self, device: Device, due: float, now: float) -> None:
        if device.busy:
            self.counts.overruns += 1
            device.again = device.again or device.between
            if due - device.began > _PATIENCE * device.asset.interval and not device.stuck:
                device.stuck = True
                self._give_up(device)
            return
        there = device.presence.reach is Reach.REFUSED  # it understood, and costs no timeouts
        cheap = device.presence.misses >= self._pace.misses and not there
        if cheap and self._cheap >= _CHEAP_WINDOW:
            self.counts.deferred += 1
            return
        self._begin(device, due, now, cheap=cheap)

    # one poll

    def _begin_between(self, device: Device) -> None:
        now = self._monotonic()
        self._begin(device, now, now, cheap=False)
        device.between = device.busy

    def _begin(self, device: Device, due: float, started: float, *, cheap: bool) -> None:
        late = started - due
        counts = self.counts
        counts.polls += 1
        if late > counts.late_max:
            counts.late_max = late
        device.between = device.stuck = False
        device.began = started
        if device.gives_way:
            self._met(device)
        if cheap or not self._take_off(device, late, started):
            self._start(device, late, started, cheap=cheap)

    def _met(self, device: Device) -> None:
        """Count a device as one that is not asked for the first time any more."""
        self._new -= device.gives_way > 0
        device.gives_way = 0

    def _take_off(self, device: Device, late: float, started: float) -> bool:
        """Begin a poll without a task. False if the collector does not offer that, or not for this poll."""
        collector, asset = device.collector, device.asset
        if not device.begins:
            return False
        lanes = device.beat.lanes(started, self._pace)
        flight = device.flight = Flight(device, lanes, late, started, self._landed)
        ask = Ask(lanes, started + asset.interval * self._pace.share)
        begun = False
        try:
            begun = cast("BeginsPolls", collector).begin(asset, ask, flight.over)
        except Exception as bug:  # noqa: BLE001  one device's bug never stops the others
            self._on_bug(asset, bug)
        if not begun:
            device.flight = None
        return begun

    def _landed(self, flight: Flight, outcome: Outcome) -> None:
        """Take the outcome of a poll that was begun without a task; those of a turn are settled in a row."""
        self._landings.append((flight, outcome))
        if len(self._landings) == 1:
            self._settle_soon()

    def _settle_soon(self) -> None:
        if self._landings and self._loop is not None:
            self._loop.call_soon(self._settle_landed)

    def _settle_landed(self) -> None:
        landings, self._landings = self._landings[:AT_A_TURN], self._landings[AT_A_TURN:]
        self._settle_soon()
        settled: list[Device] = []
        polls: list[Polled] = []
        for flight, outcome in landings:
            device = flight.device
            if device.flight is not flight:
                continue  # the device was removed meanwhile
            device.flight = None
            if outcome is None:
                self._start(device, flight.late, flight.started, cheap=False)
                continue
            settled.append(device)
            if isinstance(outcome, Collected):
                polls += self._settle(device, flight, outcome, None)
            else:
                polls += self._settle(device, flight, None, self._as_failure(device.asset, outcome))
        self._hand_on(polls)
        for device in settled:
            self._again(device)

    def _hand_on(self, polls: Sequence[Polled]) -> None:
        if polls:
            hand_on(polls, self._sinks, self._on_bug, self._ahead, self.after)

    def _give_up(self, device: Device) -> None:
        """End a poll whose collector ignored its deadline."""
        if device.task is not None:
            device.task.cancel()
        elif device.flight is not None:
            device.flight.over(NoAnswer(_STUCK))

    def _start(self, device: Device, late: float, started: float, *, cheap: bool) -> None:
        assert self._loop is not None  # noqa: S101  start() has been called: a beat rang
        self._cheap += cheap
        device.task = self._loop.create_task(self._poll(device, late, started, cheap), name=device.asset.id)

    async def _poll(self, device: Device, late: float, started: float, cheap: bool) -> None:
        try:
            await self._ask(device, late, started, cheap)
        finally:
            device.task = None
            self._cheap -= cheap
        self._again(device)

    def _again(self, device: Device) -> None:
        """Ask at once if somebody wished so while a poll was under way.

        Who took the outcome may have had the device asked already: that poll is the answer to both.
        """
        if device.again and not device.gone:
            device.again = False
            if not device.busy:
                self._begin_between(device)

    async def _ask(self, device: Device, late: float, started: float, cheap: bool) -> None:
        lanes = device.beat.lanes(started, self._pace)
        ask = Ask(lanes, started + device.asset.interval * self._pace.share, cheap)
        collected, failure = await self._outcome(device, ask)
        flight = Flight(device, lanes, late, started, self._landed)
        self._hand_on(self._settle(device, flight, collected, failure, cheap))

    def _settle(
        self,
        device: Device,
        flight: Flight,
        collected: Collected | None,
        failure: PollError | None,
        cheap: bool = False,
    ) -> Sequence[Polled]:
        """Note what a poll brought; return it to be handed on."""
        if collected is not None and not collected.asked:
            return ()  # nothing was asked: presence and beat stay, the lanes that are due stay due
        ended, beat = self._monotonic(), device.beat
        before, at = device.presence, self._clock.now()
        if collected is None or not cheap:  # a cheap answer promises no value: the whole poll after it says
            device.presence = before.after(failure or device.worth.trouble(collected), at)
        if collected is not None:
            if cheap:
                device.beat, device.again = beat.anew(), True
            else:
                asked = _ALL if collected.restarted else flight.lanes
                device.beat = beat.answered(asked, ended, late_lanes(collected))
        else:
            self.counts.failures[device.presence.reach] += 1
        lasted = ended - flight.started
        return (
            Polled(device.asset, at, flight.late, lasted, before, device.presence, collected, failure, cheap),
        )

    async def _outcome(self, device: Device, ask: Ask) -> tuple[Collected | None, PollError | None]:
        try:
            return await device.collector.collect(device.asset, ask), None
        except asyncio.CancelledError:
            if not device.stuck or device.gone:
                raise
            return None, NoAnswer(_STUCK)
        except Exception as bug:  # noqa: BLE001  one device's bug never stops the others
            return None, self._as_failure(device.asset, bug)

    def _as_failure(self, asset: Asset, error: Exception) -> PollError:
        """Return the error of a failed poll; what no collector may raise is told as a bug."""
        if isinstance(error, PollError):
            return error
        self._on_bug(asset, error)
        return PollError(f"bug: {error!r}")


__all__ = ["Counts", "Polled", "Poller", "Reach"]
