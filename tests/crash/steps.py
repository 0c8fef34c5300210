"""One story of a small site on a virtual clock, and the daemon's rooms stopped dead at every step of it.

story ─▶ rooms as the daemon opens them ─▶ works ─▶ store ─▶ postman ─▶ boxes
                 a still of the disk and of the boxes: before a commit, after it, sent but not confirmed, confirmed
still ─▶ new rooms from that disk ─▶ the rest of the story
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from dcim.alerts import MuteRefused
from dcim.collect import Collected
from dcim.daemon.people.maintenance import WindowRefused
from dcim.daemon.plan import Plan
from dcim.daemon.rooms import Rooms, open_rooms
from dcim.model import Batch, NoAnswer, state_code
from dcim.notify.channel import Letter
from dcim.poll import Polled
from dcim.poll.presence import Presence
from dcim.store import DATABASE, MessageState, Receipt, StoreFull, Work

from .smallsite import CHANNELS, FINE, INTERVAL, Box, Story, VirtualClock, layout_of

STEP: Final = 2.0
DEAD: Final = 3.0  # seconds from a kill to the next start
PATIENCE: Final = 60.0
SHORT: Final = 0.05


@dataclass(frozen=True)
class Still:
    """What a kill at one moment leaves: the disk, what the boxes have, how many deeds were answered."""

    what: str
    at: float
    disk: Mapping[str, bytes]
    letters: Mapping[str, tuple[Letter, ...]]
    deeds: int

    @property
    def same(self) -> tuple[Any, ...]:
        """Return what tells it from another still but for the time that has passed."""
        return self.deeds, tuple(map(len, self.letters.values())), tuple(self.disk.values())


class Life:
    """The rooms of one daemon, from a start to a kill or to the end of the story."""

    def __init__(self, story: Story, plan: Plan, state: Path, still: Still | None = None) -> None:
        self.stills: dict[tuple[Any, ...], Still] = {}
        self.state = state
        self.deeds = still.deeds if still else 0
        self.story = story
        self._again = still is not None
        born = still.at + DEAD if still else 0.0
        self.clock = VirtualClock(born, born)
        self.boxes = {name: Box(name, took=lambda: self._keep("sent")) for name in CHANNELS}
        if still is not None:
            state.mkdir(parents=True)
            for name, content in still.disk.items():
                (state / name).write_bytes(content)
            for name, letters in still.letters.items():
                self.boxes[name].letters[:] = letters
        self._plan = replace(plan, settings=replace(plan.settings, state=state), channels=self.boxes)
        self._presence = dict.fromkeys(FINE, Presence())
        self._layouts = {device: layout_of(device) for device in FINE}
        self._next = {device: born + number for number, device in enumerate(FINE)}
        self.full = False  # the disk takes nothing
        self.rooms: Rooms

    async def play(self, keep: bool = False) -> None:
        """Go on to the end of the story. ``keep``: with a still at every step."""
        self._keeps = keep
        async with AsyncExitStack() as stack:
            self.rooms = await open_rooms(self._plan, self.clock, stack)
            self._commit = self.rooms.store.commit
            self.rooms.store.commit = self._try  # type: ignore[method-assign]
            self.rooms.core.ask_now = lambda device: self._next.update({device: self.clock.at})
            await self._settle(at_start=True)
            while self.clock.at < self.story.lasts:
                self.clock.at += STEP
                await self._people()
                for device, due in self._next.items():
                    if due <= self.clock.at:
                        self._next[device] = self.clock.at + INTERVAL
                        self._poll(device)
                self.rooms.core.tick()
                await self._settle()
            self._after()

    async def _try(self, work: Work) -> Receipt:
        """Commit, unless the disk takes nothing."""
        if self.full:
            msg = "no space left on device"
            raise StoreFull(msg)
        return await self._commit(work)

    def _poll(self, device: str) -> None:
        before, now = self._presence[device], self.clock.now()
        said = self.story.said(device, self.clock.at)
        failure = NoAnswer("nothing came back") if said is None else None
        after = self._presence[device] = before.after(failure, now)
        collected = None
        if said is not None:
            value = float(said) if device == "main-a" else state_code(said)
            collected = Collected((Batch(self._layouts[device], now, array("d", (value,))),))
        asset = next(asset for asset in self._plan.settings.assets if asset.id == device)
        self.rooms.core.polled(Polled(asset, now, 0.0, 0.0, before, after, collected, failure, cheap=False))

    async def _people(self) -> None:
        """Let people do what is due; who got no answer before a kill does it again."""
        while self.deeds < len(self.story.deeds) and self.story.deeds[self.deeds][0] <= self.clock.at:
            deed = self.story.deeds[self.deeds][1]
            with suppress(*((MuteRefused, WindowRefused) if self._again else ())):
                deed(self.rooms)
            await self._write()
            self.deeds += 1
            await self._settle()

    async def _write(self) -> bool:
        """Bring to the disk what was noted; say whether there was anything."""
        if not self.rooms.books.waiting:
            return False
        self._keep("not on disk")
        if self.full:
            assert not await self.rooms.books.flush(SHORT)
            return False
        assert await self.rooms.books.flush(PATIENCE)
        self._keep("on disk")
        return True

    async def _settle(self, *, at_start: bool = False) -> None:
        wrote = await self._write()
        if at_start or (wrote and self.rooms.store.outbox((MessageState.PENDING,), limit=1)):
            await self.rooms.postman.deliver_due()
            self._keep("confirmed")

    def _keep(self, what: str) -> None:
        """Keep what a kill now would leave. The later of two stills that are the same is kept."""
        if not self._keeps:
            return
        names = (DATABASE, f"{DATABASE}-wal")
        disk = {name: (self.state / name).read_bytes() for name in names if (self.state / name).exists()}
        letters = {name: tuple(box.letters) for name, box in self.boxes.items()}
        still = Still(what, self.clock.at, disk, letters, self.deeds)
        self.stills[still.same] = still

    def _after(self) -> None:
        """Nothing is wrong any more, so nothing is remembered of it, in memory or on disk."""
        rooms = self.rooms
        assert rooms.store.outbox((MessageState.PENDING,), 1) == []
        assert (rooms.watch.listed, rooms.watch.mutes, rooms.core.causes.incidents.open) == ((), (), ())
        assert rooms.store.open_alerts() == []
        left = [memory for room in ROOMS for memory in rooms.store.memories(room)]
        assert left == []

    @property
    def letters(self) -> Mapping[str, Sequence[Letter]]:
        """Return what each box has."""
        return {name: box.letters for name, box in self.boxes.items()}


ROOMS: Final = ("alert", "mute", "incident", "telling", "maintenance")
"""Rooms of memories in which nothing may be left once all is well."""


# what boxes have


def once(letters: Iterable[Letter]) -> list[Letter]:
    """Return each letter once, in the order in which they first came."""
    return list({letter.id: letter for letter in reversed(list(letters))}.values())[::-1]


def in_words(letters: Iterable[Letter]) -> list[list[str]]:
    """Return what letters say of each key, the same in every run: what happened, and to what."""
    found: dict[str, list[str]] = {}
    for one in once(letters):
        said = f"{one.notice.kind} {one.notice.rule} {one.notice.asset}"
        found.setdefault(one.dedup_key, []).append(said)
    return sorted(found.values())
