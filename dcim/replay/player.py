"""Plays a recording: each poll as it ended then, decoded and taken by the core as the daemon would now.

    event ─▶ clock goes on, the core looks after the time ─▶ poll ─▶ decode ─▶ Core ─▶ Work ─▶ log

The polls are those that were made then: where other rules would have asked a device once more, the next poll
that was recorded decides.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeAlias

from dcim.alerts import Deed, Doing, MuteRefused, Target
from dcim.daemon.core import Core
from dcim.daemon.services.losses import Losses
from dcim.daemon.watching.agents import Agents
from dcim.daemon.watching.checking import TURNS, Checks
from dcim.history import History
from dcim.model import Asset, DcimError
from dcim.poll import Polled, Presence
from dcim.record import dataclass, field
from dcim.recording.folder import Recording
from dcim.recording.tape import Act, Drawn, Poll
from dcim.recording.tape import Event as Taped
from dcim.replay.ahead import Ahead, worth
from dcim.replay.decoder import Decoder, Mark, Said, began
from dcim.replay.log import Log
from dcim.replay.scene import Scene
from dcim.replay.virtual import VirtualClock, VirtualLoop
from dcim.replay.wire import Event, Noted
from dcim.store import Work
from dcim.windows import Window
from dcim.windows.body import window_of

TICK: Final = 0.5
"""Seconds between two looks of the core after the time, as the daemon's."""

SOMEBODY: Final = "somebody"
"""Who did what was done: a recording keeps no name of theirs."""

_CHECKS: Final = 60.0
"""Seconds between two looks at what cannot be true: at all devices at once, which is cheaper."""
_AGAIN: Final = 1000  # messages of a storm that are made at one moment


@dataclass(slots=True)
class Played:
    """What a replay came to. ``otherwise``: polls that decode to other values than then, by device."""

    log: Log = field(default_factory=Log)
    polls: int = 0
    seconds: float = 0.0
    otherwise: Counter[str] = field(default_factory=Counter)
    undecided: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


Follow: TypeAlias = Callable[[float, Log], None]
"""Hears of the monotonic seconds as they pass, and of the log up to then."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Who is told beside the log: of every work, of every reading, and of the time as it passes (seconds).

    ``clock`` is the one that the replay goes by, where somebody else reads it too. ``ahead``: so many
    processes decode the recording beside this one; None: as many as that is worth here. What is told is the
    same however many they are.
    """

    note: Callable[[Work], None] = lambda _work: None
    history: History | None = None
    follow: Follow | None = None
    clock: VirtualClock | None = None
    ahead: int | None = None


def play(scene: Scene, beside: Beside | None = None) -> Played:
    """Replay a recording from its beginning to its end. Raise ``Damaged``, ``NotReplayable``."""
    beside = beside or Beside()
    clock = beside.clock or VirtualClock()
    loop = VirtualLoop(clock)
    was = gc.isenabled()
    try:
        gc.disable()  # nothing here makes circles, and there are millions of objects to be looked through
        return loop.run_until_complete(_play(scene, clock, beside))
    finally:
        loop.close()
        if was:
            gc.enable()


async def _play(scene: Scene, clock: VirtualClock, beside: Beside) -> Played:
    played = Played(notes=list(scene.notes))
    first = next(scene.recording.events(), None)
    if first is None:
        return played
    clock.reach(*began(first, scene.recording.begins))

    def written(work: Work) -> None:
        played.log.note(work)
        beside.note(work)

    core = scene.core(clock, written, beside.history)
    player = _Player(scene, clock, core, played)
    losses = scene.losses(core, written, clock)
    player.losses = losses if losses.on else None
    player.follow = beside.follow
    start = clock.at
    count = worth(scene.recording) if beside.ahead is None else beside.ahead
    if not count:
        player.decoder = Decoder(scene.assets, scene.settings, scene.collectors, clock)
    with _stretches(scene.recording, count) as stretches:
        for stretch in stretches:
            player.take(stretch)
    played.seconds = clock.at - start
    played.notes += scene.recording.notes
    return played


@contextmanager
def _stretches(recording: Recording, count: int) -> Iterator[Iterator[Sequence[Event | Taped]]]:
    """Give what is played, stretch by stretch: decoded by so many processes, or by none yet."""
    if not count:
        yield ((event,) for event in recording.events())
        return
    ahead = Ahead(recording, count)
    try:
        yield ahead.stretches()
    finally:
        ahead.close()


class _Player:
    """Takes one event after the other."""

    def __init__(self, scene: Scene, clock: VirtualClock, core: Core, played: Played) -> None:
        self._clock = clock
        self._core = core
        self._played = played
        self._scene = scene
        self._assets = {asset.id: asset for asset in scene.assets}
        self._presence = dict.fromkeys(self._assets, Presence()) | scene.presence()
        self._tick_at = self._checked_at = clock.at
        newest, assets = core.newest, scene.settings.assets
        checked = scene.settings.plausibility
        self._checks = (Checks(newest, assets), Agents(newest, assets)) if checked else ()
        self.decoder: Decoder | None = None
        """Of what is not decoded yet; None: all is."""
        self.follow: Follow | None = None
        self.losses: Losses | None = None
        self._looks_at = clock.at

    def take(self, stretch: Sequence[Event | Taped]) -> None:
        """Take what happened next; of several events no two are polls of one device, and all are decoded."""
        self._look_ahead(stretch)
        polls: list[tuple[Asset, Said]] = []
        for event in stretch:
            if not isinstance(event, Said | Poll):
                self._take_polls(polls)
                self._happened(event)
                continue
            if event.ended >= self._tick_at:
                self._take_polls(polls)
                self._pass(event.ended)
            asset = self._assets.get(event.asset)
            if isinstance(event, Poll) or asset is None:
                self._take_polls(polls)
                self._clock.reach(event.ended, event.at)
            if asset is not None:
                polls.append((asset, event if isinstance(event, Said) else self._decoding.said(asset, event)))
        self._take_polls(polls)

    def _look_ahead(self, stretch: Sequence[Event | Taped]) -> None:
        """See all at once what of polls that are about to be taken may change an alert: that is cheaper."""
        said = [event.collected for event in stretch if isinstance(event, Said)]
        self._core.watch.glance([batch for one in said if one is not None for batch in one.batches])

    def _happened(self, event: Drawn | Noted | Act) -> None:
        match event:
            case Drawn():
                if (asset := self._assets.get(event.asset)) is not None:
                    self._played.notes += self._decoding.portray(asset, event.portrait)
            case Noted():
                self._played.notes.append(event.text)
            case Act():
                self._pass(event.at)
                self._clock.reach(event.at)
                self._act(event)

    @property
    def _decoding(self) -> Decoder:
        assert self.decoder is not None  # noqa: S101  only what is not decoded yet asks for it
        return self.decoder

    # time

    def _pass(self, until: float) -> None:
        """Let time do what it does up to a moment: ticks of the core, and looks at what cannot be true."""
        while self._tick_at <= until:
            self._clock.reach(self._tick_at)
            self._look(self._tick_at)
            self._try_losses(self._tick_at)
            self._tick()
            self._tick_at += TICK
            if self.follow is not None:
                self.follow(self._clock.at, self._played.log)

    def _tick(self) -> None:
        self._core.tick()
        for _ in range(_AGAIN):
            if not self._core.causes.due:
                return
            self._core.tick()

    def _look(self, now: float) -> None:
        if not self._checks:
            return
        checks, agents = self._checks
        while self._checked_at + _CHECKS <= now:
            self._checked_at += _CHECKS
            at = self._clock.now()
            found = [batch for turn in range(TURNS) for batch in checks.turn(turn, at)]
            found += [batch for turn in range(TURNS) for batch in agents.turn(turn)]
            self._core.all_checked(found)

    def _try_losses(self, now: float) -> None:
        if self.losses is not None and self._looks_at <= now:
            self._looks_at = now + self.losses.every
            _through(self.losses.look())

    # polls

    def _take_polls(self, polls: list[tuple[Asset, Said]]) -> None:
        """Take polls between which nothing else happens, and none of which is left then."""
        if not polls:
            return
        at, timed = self._clock.at, []
        for asset, said in polls:
            at = max(at, said.ended)
            timed.append((at, self._polled(asset, said)))
        done = 0
        while True:
            done += self._core.calm(timed[done:])
            _, said = polls[min(done, len(polls) - 1)]
            self._clock.reach(said.ended, said.at)
            if done == len(polls):
                break
            self._core.polled(timed[done][1])
            done += 1
        self._played.polls += len(polls)
        polls.clear()

    def _polled(self, asset: Asset, said: Said) -> Polled:
        if said.mark is Mark.OTHERWISE:
            self._played.otherwise[asset.id] += 1
        elif said.mark is Mark.UNDECIDED:
            self._played.undecided[asset.id] += 1
        before = self._presence[asset.id]
        after = self._presence[asset.id] = before.after(said.failure, said.at)
        told = said.collected, said.failure, said.cheap
        return Polled(asset, said.at, said.late, said.lasted, before, after, *told)

    # people

    def _act(self, act: Act) -> None:
        body = act.body
        try:
            if body.get("deed") is not None:
                deed = _deed(body["deed"], self._core, self._assets)
                self._core.act(deed, self._scene.settings.alerts.shelve_most)
            elif body.get("window") is not None:
                self._core.announced(_window(body["window"]))
            elif body.get("asked"):  # what was due then, by a tick between two of ours
                self._tick()
        except (MuteRefused, DcimError) as why:
            self._played.notes.append(f"what somebody did then is refused now: {why}")


def _through(looking: Coroutine[Any, Any, None]) -> None:
    """Take a look to its end: it gives others their turn on the way, and waits for nothing."""
    with suppress(StopIteration):
        while True:
            looking.send(None)


def _deed(body: Mapping[str, Any], core: Core, assets: Collection[str]) -> Deed:
    about = str(body["about"])
    incident = core.causes.incidents.named(about) is not None
    target = Target("" if incident else about, rule=str(body["rule"] or ""))
    if not incident and about not in assets:
        target = Target("", key=about)
    return Deed(
        Doing(body["doing"]),
        target,
        SOMEBODY,
        str(body["note"] or ""),
        body["seconds"],
        str(body["ticket"] or ""),
        incident=about if incident else "",
    )


def _window(body: dict[str, Any]) -> Window:
    return window_of(str(body["id"]), body["body"])
