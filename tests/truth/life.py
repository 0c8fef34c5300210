"""One life of the site on a virtual clock: the plant, its agents, and a daemon that is killed and started.

plan ─▶ Stage (physics, agents) ─▶ Mouth ─▶ Core (building, maintenance, books) ─▶ Store on a real disk
  └───▶ daemon killed, stopped, stalled; clock put wrong; work announced

Nothing waits and no socket is opened: a poll takes no time. Everything else is the daemon's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from dcim.alerts import Language, RuleSet, Watch
from dcim.collect import Collected
from dcim.daemon.core import Core, Told
from dcim.daemon.people.maintenance import ROOM, Maintenance
from dcim.daemon.records.books import MOST, Books
from dcim.daemon.records.heart import Heart
from dcim.daemon.records.states import standing_work
from dcim.daemon.services.building import Building
from dcim.daemon.services.promises import Promises
from dcim.daemon.watching.agents import Agents
from dcim.daemon.watching.checking import turn_of
from dcim.daemon.watching.clockwatch import ClockWatch, Kernel
from dcim.evidence.custody import Custody
from dcim.evidence.keyfile import Pen
from dcim.ledger.life import LATE
from dcim.model import NoAnswer
from dcim.model.fact import FactKind
from dcim.notify import Site
from dcim.poll import Pace, Polled, Presence
from dcim.series import Freshness, Newest
from dcim.settings import Settings
from dcim.simulator.plant import Plant
from dcim.simulator.scenario import Event, Verb
from dcim.simulator.stage import Stage
from dcim.store import Receipt, Store, StoreFull, Work
from dcim.windows import Once, Scope, Span, Window

from .faults import MINUTE, TICK, Act
from .site import blueprint, mouths

T0: Final = 1_764_547_200.0
"""UTC seconds at which every life begins: 2025-12-01."""

LOOK: Final = 30.0
"""Seconds between two looks of the daemon after the time; the daemon proper takes half a second."""

CALM: Final = 60.0
"""Seconds of the plant's ticks while nothing has happened for ``_SETTLES``: nothing can change by itself then."""

_SETTLES: Final = 600.0
_VERBS: Final = frozenset(map(str, Verb))
_PATIENCE: Final = 30.0


@dataclass(slots=True)
class Clock:
    """Two clocks: ``t`` only grows, the wall is ``ahead`` of it by what somebody put it forward."""

    t: float = 0.0
    ahead: float = 0.0

    def now(self) -> float:
        """Return UTC seconds as the machine shows them."""
        return T0 + self.t + self.ahead

    def monotonic(self) -> float:
        """Return the seconds of the life."""
        return self.t


@dataclass(slots=True)
class Log:
    """What the campaign itself did, by the seconds of the life: what the daemon could not have known."""

    dead: list[tuple[float, float]] = field(default_factory=list)
    stalls: list[tuple[float, float]] = field(default_factory=list)  # too short for a heartbeat to be late
    steps: list[tuple[float, float]] = field(default_factory=list)  # at, how far ahead from then on
    announced: list[tuple[Window, float]] = field(default_factory=list)  # with the wall's time of saying so
    polls: int = 0


class Disk:
    """The store, on a disk that takes nothing while it is ``full``."""

    def __init__(self, store: Store) -> None:
        self.full = False
        self._store = store

    async def commit(self, work: Work) -> Receipt:
        """Write a work, if there is space."""
        if self.full:
            msg = "no space left"
            raise StoreFull(msg)
        return await self._store.commit(work)


class Daemon:
    """A daemon as far as availability needs it, over the state directory that the one before left."""

    def __init__(
        self, folder: Path, settings: Settings, clock: Clock, beats: float, most: int = MOST
    ) -> None:
        self.store = Store.open(folder, settings.site.id, clock, "c0ffee", {"version": "campaign"})
        self.pen: Pen = Custody(folder, self.store, clock).begin()
        self.disk = Disk(self.store)
        self.books = Books(self.disk, lambda _work: None, most=most)
        self.heart = Heart(self.store, self.books, beats)
        pace, newest = Pace(), Newest()
        self.building = Building(settings.wiring, settings.assets, newest, Freshness(pace), self._note)
        assets = (*settings.assets, *self.building.assets)
        watch = Watch(RuleSet({}), assets, settings.site.id, pace.lasts, newest.batches)
        told = Told(Site(settings.site.id, settings.site.name, "UTC", Language.EN), ())
        self.core = Core(told, watch, self.books, None, newest, clock)
        self.core.building = self.building
        self.store.looks(self.building.looked)
        defined = self.store.newest_of_each(FactKind.SERVICE_DEFINED)
        version = self.store.newest_fact((FactKind.TOPOLOGY,))
        self.building.promises = Promises.of(settings.site.id, defined, version)
        self.core.maintenance = Maintenance((), assets, self.building.topology, watch, clock)
        self.core.maintenance.recall(self.store.memories(ROOM))
        self.core.expect(settings.assets)
        self.presence = dict.fromkeys((asset.id for asset in settings.assets), Presence())
        self.heart.standing = lambda: standing_work(
            self.building.restate(clock.now()), settings.assets, self.presence.__getitem__, clock.now()
        )
        self.clocks = ClockWatch(clock, lambda: Kernel(None))
        self._agents = Agents(newest, settings.assets)
        self._turns = sorted({turn_of(asset.id) for asset in settings.assets})

    def _note(self, facts: Any) -> None:
        self.books.note(Work(facts=tuple(facts)))

    def look_at_agents(self) -> None:
        """Look whether any agent is frozen, as once a minute."""
        for turn in self._turns:
            self.core.all_checked([*self._agents.turn(turn)])

    async def beat(self) -> None:
        """Have it on record that somebody watches."""
        self.heart.beat()
        await self.write()

    async def write(self) -> None:
        """Have everything on disk that was noted, if the disk takes anything."""
        if self.disk.full:
            return
        if self.books.waiting and not await self.books.flush(_PATIENCE):
            msg = "the disk is too slow"
            raise TimeoutError(msg)


class Ground(Plant):
    """A plant whose ticks are long while nothing happens."""

    def pace(self, tick: float) -> None:
        """Go on in ticks of another length; now is a whole tick of both."""
        self.tick, self._ticks = tick, round(self.now / tick)

    def _set(self, target: str, *, lost: bool) -> None:
        """Break or mend something; what does not wait for the next tick is true at once."""
        super()._set(target, lost=lost)
        self._note()


class Life:
    """Lives through a plan. ``stage.plant.truth`` and ``log`` say afterwards what really was."""

    def __init__(
        self, folder: Path, settings: Settings, acts: Sequence[Act], beats: float, seed: int
    ) -> None:
        self.clock, self.log = Clock(), Log()
        self.stage = Stage(blueprint(), seed, TICK)
        self.stage.plant = self._ground = Ground(blueprint(), seed, TICK)
        self.daemon: Daemon | None = None
        self._folder, self._settings, self.beats = folder, settings, beats
        self._mouths = mouths(self.stage)
        self._assets = {asset.id: asset for asset in settings.assets}
        self._turn = count()
        self._due: list[tuple[float, int, str, Any]] = []
        self._until = 0.0  # nobody runs before
        self._full_since: float | None = None
        self.most = MOST
        """Records that wait in memory at most while the disk is full."""
        self._stalled = False
        self._touched = 0.0  # when anything was last done to the plant
        self._lost: set[str] = set()
        for act in acts:
            self._push(act.at, "act", act)
        for name, asset in self._assets.items():
            self._push(crc32(name.encode()) / 2**32 * asset.interval, "poll", name)
        self._push(0.0, "start", None)
        self._push(0.0, "look", None)
        self._push(0.0, "beat", None)
        self._push(30.0, "agents", None)

    def _push(self, at: float, what: str, about: Any) -> None:
        heappush(self._due, (at, next(self._turn), what, about))

    async def live(self, until: float) -> None:
        """Let time pass; the daemon is left running, with everything on disk."""
        while self._due[0][0] <= until:
            at, _, what, about = heappop(self._due)
            self.clock.t = at
            await self._happen(what, about)
        self.clock.t = until
        self._live(until)
        if self.daemon is not None:
            await self.daemon.write()
            await self.daemon.beat()

    def close(self) -> None:
        """Let go of the state directory, whatever happened."""
        if self.daemon is not None:
            self.daemon.store.close()

    async def _happen(self, what: str, about: Any) -> None:
        match what:
            case "poll":
                self._push(self.clock.t + self._assets[about].interval, what, about)
                self._poll(about)
            case "look":
                self._push(self.clock.t + LOOK, what, about)
                await self._look()
            case "beat":
                self._push(self.clock.t + self.beats, what, about)
                if self._runs:
                    await self._awake.beat()
            case "agents":
                self._push(self.clock.t + MINUTE, what, about)
                if self._runs:
                    self._awake.look_at_agents()
            case "start":
                await self._start()
            case _:
                await self._act(about)

    @property
    def _runs(self) -> bool:
        return self.daemon is not None and not self._stalled

    @property
    def _awake(self) -> Daemon:
        if self.daemon is None:
            msg = "nobody runs"
            raise RuntimeError(msg)
        return self.daemon

    # the daemon

    async def _start(self) -> None:
        """Start what was killed or go on where it stood still, unless that came again since."""
        if self.clock.t < self._until:
            return
        self._stalled = False
        if self.daemon is None:
            self.daemon = Daemon(self._folder, self._settings, self.clock, self.beats, self.most)
            self.daemon.disk.full = self._full_since is not None
        await self.daemon.beat()

    async def _look(self) -> None:
        if self._runs:
            self._awake.core.tick()
            await self._awake.write()
            self._awake.clocks.look()
            if self._awake.clocks.jump.is_set():
                self._awake.clocks.jump.clear()
                await self._awake.beat()

    def _poll(self, name: str) -> None:
        if not self._runs:
            return
        self._advance()
        daemon, at = self._awake, self.clock.now()
        batch = self._mouths[name].batch(self.clock.t, at)
        failure = None if batch is not None else NoAnswer("silence")
        before = daemon.presence[name]
        after = daemon.presence[name] = before.after(failure, at)
        said = None if batch is None else Collected((batch,))
        daemon.core.polled(
            Polled(self._assets[name], at, 0.0, 0.0, before, after, said, failure, cheap=False)
        )
        self.log.polls += 1

    # the plant

    def _advance(self) -> None:
        """Let the plant live up to now, in long ticks while nothing happens."""
        calm = not self._lost and self.clock.t - self._touched > _SETTLES
        if calm and self._ground.tick == TICK and self._ground.now % CALM == 0.0:
            self._ground.pace(CALM)
        self._live(self.clock.t)

    def _live(self, to: float) -> None:
        tick = self._ground.tick
        self.stage.advance(to // tick * tick)

    def _break(self, act: Act) -> None:
        """Do something to the plant or to an agent, after the short ticks up to now."""
        self._live(act.at)
        self._ground.pace(TICK)
        self._live(act.at)
        amount = act.amount if act.do == Verb.DRAIN else None
        self.stage.perform(Event(do=Verb(act.do), target=act.target, amount=amount))
        self._touched = act.at
        if act.do == Verb.LOSE:
            self._lost.add(act.target)
        elif act.do == Verb.RESTORE:
            self._lost.discard(act.target)

    # what people and machines do to the daemon

    async def _act(self, act: Act) -> None:
        match act.do:
            case "kill" | "stop" | "stall":
                await self._fell(act)
            case "step":
                self.clock.ahead += act.amount or 0.0
                self.log.steps.append((self.clock.t, self.clock.ahead))
            case "announce":
                await self._announce(act)
            case "full" | "free":
                self._full_since = self.clock.t if act.do == "full" else None
                if self.daemon is not None:
                    self.daemon.disk.full = act.do == "full"
            case _:
                self._break(act)

    async def _fell(self, act: Act) -> None:
        """Have nobody run for a while. Who is killed takes with it what was noted since the last look."""
        until = self._until = max(self._until, act.at + (act.amount or 0.0))
        noticed = act.do != "stall" or until - act.at > self.beats + LATE or not self._runs
        (self.log.dead if noticed else self.log.stalls).append((act.at, until))
        self._push(until, "start", None)
        if self.daemon is None:
            return
        if act.do != "stall" and self._full_since is not None:  # what waited is lost with it
            self.log.dead.append((self._full_since, act.at))
        if act.do == "stall":
            self._stalled = True
            return
        if act.do == "stop" and not self._stalled:
            await self.daemon.write()
            if self.daemon.disk.full:
                self.daemon.store.end_unclean()
            await self.daemon.store.stop("asked to stop")
        else:
            self.daemon.store.close()
        self.daemon = None

    async def _announce(self, act: Act) -> None:
        """Announce work, if there is anybody to be told."""
        if not self._runs:
            return
        now = self.clock.now()
        span = Span(now + act.ahead, now + act.ahead + (act.amount or 0.0))
        everything = act.target == "everything"
        scope = Scope(everything=True) if everything else Scope(services=frozenset({act.target}))
        name = f"work-{len(self.log.announced)}"
        window = Window(name, scope, Once(span), "works", by="Amina")
        self._awake.core.announced(window)
        await self._awake.write()
        self.log.announced.append((window, now))
