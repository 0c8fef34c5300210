"""Plays a recording: each poll as it ended then, decoded and taken by the core as the daemon would now.

    event ─▶ clock goes on, the core looks after the time ─▶ poll ─▶ decode ─▶ Core ─▶ Work ─▶ log

The polls are those that were made then: where other rules would have asked a device once more, the next poll
that was recorded decides.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from typing import Any, Final

from dcim.alerts import Deed, Doing, MuteRefused, Target
from dcim.collect import Ask, BeginsPolls, Collected, Outcome
from dcim.daemon.core import Core
from dcim.daemon.services.losses import Losses
from dcim.daemon.watching.agents import Agents
from dcim.daemon.watching.checking import TURNS, Checks
from dcim.history import History
from dcim.model import Asset, DcimError, PollError
from dcim.poll import Polled, Presence
from dcim.record import dataclass, field
from dcim.recording.recorder import check_of
from dcim.recording.tape import Act, Drawn, Poll
from dcim.replay.log import Log
from dcim.replay.scene import Scene
from dcim.replay.virtual import VirtualClock, VirtualLoop
from dcim.store import Work
from dcim.windows import Window
from dcim.windows.body import window_of
from dcim.witness import Fault, PlayedCollector, Replays, Script, error_of

TICK: Final = 0.5
"""Seconds between two looks of the core after the time, as the daemon's."""

SOMEBODY: Final = "somebody"
"""Who did what was done: a recording keeps no name of theirs."""

_CHECK: Final = 60.0 / TURNS
_AGAIN: Final = 1000  # messages of a storm that are made at one moment
_ANY_TIME: Final = 3600.0


class NotReplayable(DcimError):
    """A recording needs what is not here: a collector, or one that can be replayed."""


@dataclass(slots=True)
class Played:
    """What a replay came to. ``otherwise``: polls that decode to other values than then, by device."""

    log: Log = field(default_factory=Log)
    polls: int = 0
    seconds: float = 0.0
    otherwise: Counter[str] = field(default_factory=Counter)
    undecided: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Beside:
    """Who is told beside the log: of every work, of every reading, and of the time as it passes (seconds).

    ``clock`` is the one that the replay goes by, where somebody else reads it too.
    """

    note: Callable[[Work], None] = lambda _work: None
    history: History | None = None
    follow: Callable[[float, Log], None] | None = None
    clock: VirtualClock | None = None


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
    events = scene.recording.events()
    first = next(events, None)
    if first is None:
        return played
    _begin(clock, first, scene)

    def written(work: Work) -> None:
        played.log.note(work)
        beside.note(work)

    core = scene.core(clock, written, beside.history)
    player = _Player(scene, clock, core, played)
    losses = scene.losses(core, written, clock)
    player.losses = losses if losses.on else None
    player.follow = beside.follow
    began = clock.at
    for event in chain((first,), events):
        player.take(event)
    played.seconds = clock.at - began
    played.notes += scene.recording.notes
    return played


def _begin(clock: VirtualClock, first: Drawn | Poll | Act, scene: Scene) -> None:
    at = first.ended if isinstance(first, Poll) else first.at
    clock.reach(at, first.at if isinstance(first, Poll) else scene.recording.manifest.start)


class _Player:
    """Takes one event after the other."""

    def __init__(self, scene: Scene, clock: VirtualClock, core: Core, played: Played) -> None:
        self._clock = clock
        self._core = core
        self._played = played
        self._scene = scene
        self._script = Script()
        self._assets = {asset.id: asset for asset in scene.assets}
        self._collectors = dict(self._open())
        self._presence = dict.fromkeys(self._assets, Presence()) | scene.presence()
        self._portrayed: set[str] = set()
        self._tick_at = self._checked_at = clock.at
        self._turn = 0
        newest, assets = core.newest, scene.settings.assets
        checked = scene.settings.plausibility
        self._checks = (Checks(newest, assets), Agents(newest, assets)) if checked else ()
        self._outcome: Outcome = None
        self.follow: Callable[[float, Log], None] | None = None
        self.losses: Losses | None = None
        self._looks_at = clock.at
        self._begins = {name: one for name, one in self._collectors.items() if isinstance(one, BeginsPolls)}

    def _open(self) -> Iterator[tuple[str, PlayedCollector]]:
        scene = self._scene
        for name in sorted({asset.collector for asset in scene.assets}):
            plugin: Any = scene.collectors.get(name)
            if not isinstance(plugin, Replays):
                msg = f"the collector {name!r} is not installed, or its recordings cannot be replayed"
                raise NotReplayable(msg)
            known = {
                key: one.fields.model_dump()
                for key, one in scene.settings.credentials.items()
                if one.type == name
            }
            yield name, plugin.played(self._script, self._clock, known, scene.settings.profile_dirs)

    def take(self, event: Drawn | Poll | Act) -> None:
        """Take what happened next."""
        match event:
            case Poll():
                self._pass(event.ended)
                self._clock.reach(event.ended, event.at)
                if (asset := self._assets.get(event.asset)) is not None:
                    self._poll(asset, event)
            case Drawn():
                if (asset := self._assets.get(event.asset)) is not None:
                    self._portray(asset, event.portrait)
            case Act():
                self._pass(event.at)
                self._clock.reach(event.at)
                self._act(event)

    def _portray(self, asset: Asset, portrait: bytes) -> None:
        try:
            self._collectors[asset.collector].portray(asset, portrait)
        except ValueError as why:
            self._played.notes.append(f"{asset.id}: what was known of it cannot be used here: {why}")
        else:
            self._portrayed.add(asset.id)

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
        while self._checked_at + _CHECK <= now:
            self._checked_at += _CHECK
            for batch in chain(checks.turn(self._turn, self._clock.now()), agents.turn(self._turn)):
                self._core.checked(batch)
            self._turn += 1

    def _try_losses(self, now: float) -> None:
        if self.losses is not None and self._looks_at <= now:
            self._looks_at = now + self.losses.every
            _through(self.losses.look())

    # polls

    def _poll(self, asset: Asset, poll: Poll) -> None:
        collected, failure = self._said(asset, poll)
        before = self._presence[asset.id]
        after = self._presence[asset.id] = before.after(failure, poll.at)
        self._core.polled(
            Polled(asset, poll.at, poll.late, poll.lasted, before, after, collected, failure, poll.cheap)
        )
        self._played.polls += 1

    def _said(self, asset: Asset, poll: Poll) -> tuple[Collected | None, PollError | None]:
        """Decode what came; a poll that failed then failed."""
        if poll.fault is not Fault.NONE:
            return None, error_of(poll.fault, poll.why)
        if poll.cheap or not poll.lanes:
            return Collected(requests=poll.requests, retries=poll.retries), None
        outcome = self._decoded(asset, poll) if asset.id in self._portrayed else None
        if not isinstance(outcome, Collected):
            self._played.undecided[asset.id] += 1
            return Collected(requests=poll.requests, retries=poll.retries), None
        outcome.restarted, outcome.requests, outcome.retries = poll.restarted, poll.requests, poll.retries
        if poll.check and check_of(outcome) != poll.check:
            self._played.otherwise[asset.id] += 1
        return outcome, None

    def _decoded(self, asset: Asset, poll: Poll) -> Outcome:
        self._script.play(poll.exchanges, restarted=poll.restarted)
        ask = Ask(poll.lanes, poll.ended + _ANY_TIME)
        begins = self._begins.get(asset.collector)
        self._outcome = None
        begun = begins is not None and not poll.identity and begins.begin(asset, ask, self._over)
        if begun and self._outcome is not None:
            return self._outcome
        return _at_once(self._collectors[asset.collector].collect(asset, ask))

    def _over(self, outcome: Outcome) -> None:
        self._outcome = outcome

    # people

    def _act(self, act: Act) -> None:
        body = act.body
        try:
            if "deed" in body:
                deed = _deed(body["deed"], self._core, self._assets)
                self._core.act(deed, self._scene.settings.alerts.shelve_most)
            elif "window" in body:
                self._core.announced(_window(body["window"]))
        except (MuteRefused, DcimError) as why:
            self._played.notes.append(f"what somebody did then is refused now: {why}")


def _at_once(asking: Coroutine[Any, Any, Collected]) -> Collected | PollError:
    """Return what a poll comes to that waits for nothing."""
    try:
        asking.send(None)
    except StopIteration as done:
        said: Collected = done.value
        return said
    except PollError as error:
        return error
    asking.close()
    msg = "a collector waits while it is replayed: that is a bug of it"
    raise NotReplayable(msg)


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
