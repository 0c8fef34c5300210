"""A story before the daemon's own core, on a virtual clock: nothing is sent, nothing waits.

actors ─▶ polls ─▶ Core (watch, building, causes, record) ─▶ what stands, incidents, messages
  ▲                   └── ask_now: the device is asked at once ◀──┘

A poll takes no time; every device is asked at 0 and on each of its beats. Time goes in steps of half a
second at least, as the daemon's own.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import count
from math import inf, nan
from types import MappingProxyType
from typing import Final

from dcim.alerts import SHELVE_MOST, Language, MuteRefused, RuleSet, Watch
from dcim.collect import Collected
from dcim.daemon.core import Core, Told
from dcim.daemon.services.building import Building
from dcim.daemon.services.causes import Causes
from dcim.daemon.services.pairs import Pairs
from dcim.daemon.stormlog import StormLog
from dcim.graph import Wiring, first_switches
from dcim.model import (
    Asset,
    BadAnswer,
    Batch,
    Gap,
    Lane,
    Layout,
    Meaning,
    NoAnswer,
    Point,
    PollError,
    Refused,
    state_code,
)
from dcim.model.fact import FactKind
from dcim.notify import Site
from dcim.poll import Pace, Polled, Presence, Reach
from dcim.record import dataclass, field
from dcim.ruletest.notation import Course, Word
from dcim.ruletest.story import Act, Actor, Story
from dcim.series import Freshness, Newest
from dcim.store import Work

STEP: Final = 0.5
"""Seconds between two ticks of the daemon's core, at least."""

CALM: Final = 10.0
"""Seconds between two ticks while nothing waits for its time."""

BEGINS: Final = 1_764_547_200.0
"""UTC seconds at which every story begins: midnight, 2025-12-01, so that a time of day can be read."""

_FAILURES: Final[Mapping[str, PollError]] = MappingProxyType(
    {
        Reach.SILENT: NoAnswer("silence"),
        Reach.REFUSED: Refused("refused"),
        Reach.NONSENSE: BadAnswer("nonsense"),
    }
)
_RAISES: Final = frozenset({"raised", "raised_untold"})
_AGAIN: Final = 20  # questions at one moment: each may lead to the next, and none for ever


@dataclass(slots=True)
class VirtualClock:
    """A clock that stands until somebody moves it. ``at``: seconds since the story began."""

    at: float = 0.0

    def now(self) -> float:
        """Return UTC seconds."""
        return BEGINS + self.at

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return self.at


@dataclass(frozen=True, slots=True)
class Place:
    """Where a story plays: the rules, and of a site's configuration its devices and what feeds what."""

    rules: RuleSet
    assets: Sequence[Asset] = ()
    wiring: Wiring = field(default_factory=Wiring)


@dataclass(slots=True)
class _Books:
    """Stands where a daemon's books are: hands on what would be written."""

    note: Callable[[Work], None]


class _Mouth:
    """What one device says when it is asked, a layout a lane."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.presence = Presence()
        self._layouts = {
            lane: (_layout(actor.asset.id, lane, points), tuple(points.values()))
            for lane, points in actor.says.items()
        }
        self._asked: dict[Lane, float] = {}

    def poll(self, now: float, at: float) -> tuple[PollError | None, tuple[Batch, ...]]:
        said = self.actor.answers.at(now)
        failure = _FAILURES.get(said.word) if isinstance(said, Word) else None
        if failure is not None:
            return failure, ()
        return None, tuple(
            _batch(layout, courses, now, at)
            for lane, (layout, courses) in self._layouts.items()
            if self._due(lane, now)
        )

    def _due(self, lane: Lane, now: float) -> bool:
        interval = self.actor.asset.interval
        every = Pace().lasts(lane, interval)
        if lane is not Lane.FAST and now - self._asked.get(lane, -inf) < every - interval / 2:
            return False
        self._asked[lane] = now
        return True


class Stage:
    """Plays one story. ``told`` counts messages, ``stood`` are the alerts that did: by rule and device.

    ``refused`` are the deeds that were not allowed, with why.
    """

    def __init__(self, story: Story, place: Place) -> None:
        self.clock = VirtualClock()
        self.rules = place.rules
        self.told = 0
        self.stood: set[tuple[str, str]] = set()
        self.refused: list[tuple[Act, str]] = []
        self._story = story
        self._books = _Books(self._written)
        self._acts = list(story.acts)
        self._turn = count()
        self._beats: list[tuple[float, int, str]] = []
        self._now: list[str] = []
        self._mouths = {actor.asset.id: _Mouth(actor) for actor in story.actors}
        mine = {actor.asset.id: actor.asset for actor in story.actors}
        self.assets = {asset.id: mine.get(asset.id, asset) for asset in place.assets} | mine
        self.core = self._core(place)
        for name in self._mouths:
            heappush(self._beats, (0.0, next(self._turn), name))

    def _core(self, place: Place) -> Core:
        """Wire a core as the daemon does."""
        assets = tuple(self.assets.values())
        pace, newest = Pace(), Newest()
        building = Building(place.wiring, assets, newest, Freshness(pace), lambda _facts: None)
        building.log = StormLog("changes of services", self.clock.monotonic)
        self.assets |= {asset.id: asset for asset in building.assets}
        watched, feeds = tuple(self.assets.values()), partial(first_switches, building.topology)
        watch = Watch(place.rules, watched, "story", pace.lasts, newest.batches, feeds)
        told = Told(Site("story", "Story", "UTC", Language.EN), ("story",))
        core = Core(told, watch, self._books, None, newest, self.clock)  # type: ignore[arg-type]
        core.building = building
        core.pairs = Pairs(building.topology, assets, newest, Freshness(pace))
        core.causes = Causes("story", building.services, watch, self.clock)
        core.ask_now = self._now.append
        core.expect(actor.asset for actor in self._story.actors)
        return core

    def _written(self, work: Work) -> None:
        self.told += len(work.outbox)
        for fact in work.facts:
            if fact.kind is FactKind.ALERT and fact.body["change"] in _RAISES:
                self.stood.add((str(fact.body["rule"]), str(fact.body["asset"])))

    def play(self) -> Iterator[float]:
        """Play the story; yield each moment at which something is expected, when all of it has happened."""
        for moment in sorted({one.at for one in self._story.expected}):
            self._until(moment)
            yield moment

    def _until(self, moment: float) -> None:
        """Let time pass up to and with a moment."""
        while True:
            deed = self._acts[0].at if self._acts else inf
            ahead = min(moment, self._tick_at(), self._beats[0][0], deed)
            self.clock.at = max(ahead, self.clock.at)
            self._happen()
            if self.clock.at >= moment:
                return

    def _tick_at(self) -> float:
        """Return when the core is worth a tick: when it waits for a moment, and now and then."""
        waits = (self.core.watch.wake_at, self.core.causes.incidents.wake_at)
        soon = min((one for one in waits if one is not None), default=inf)
        return max(self.clock.at + STEP, min(soon, self.clock.at + CALM))

    def _happen(self) -> None:
        """Do what is due now: beats, deeds, and what the core wants to know at once."""
        while self._beats[0][0] <= self.clock.at:
            due, _, name = heappop(self._beats)
            heappush(self._beats, (due + self.assets[name].interval, next(self._turn), name))
            self._poll(name)
        while self._acts and self._acts[0].at <= self.clock.at:
            self._act(self._acts.pop(0))
        self.core.tick()
        for _ in range(_AGAIN):
            if not self._now:
                return
            asked = dict.fromkeys(self._now)
            self._now.clear()
            for name in asked:
                self._poll(name)

    def _act(self, act: Act) -> None:
        try:
            self.core.act(act.deed, SHELVE_MOST)
        except MuteRefused as why:
            self.refused.append((act, str(why)))

    def _poll(self, name: str) -> None:
        mouth = self._mouths.get(name)
        if mouth is None:
            return  # of the site, but not in this story
        now, at = self.clock.at, self.clock.now()
        failure, batches = mouth.poll(now, at)
        before, asset = mouth.presence, mouth.actor.asset
        mouth.presence = before.after(failure, at)
        said = None if failure else Collected(batches)
        self.core.polled(Polled(asset, at, 0.0, 0.0, before, mouth.presence, said, failure, cheap=False))


def _layout(asset: str, lane: Lane, points: Mapping[Point, Course]) -> Layout:
    states = tuple(_states(course) for course in points.values())
    return Layout(asset, lane, tuple(points), states, ("story",) * len(points))


def _states(course: Course) -> Mapping[float, Meaning] | None:
    """Return the words of a course with the health that is told of each anywhere in it."""
    words = [one.what for one in course.stretches if isinstance(one.what, Word)]
    if not words:
        return None
    healths = {word.word: word.health for word in words if word.health is not None}
    return {state_code(one.word): Meaning(one.word, healths.get(one.word)) for one in words}


def _batch(layout: Layout, courses: Sequence[Course], now: float, at: float) -> Batch:
    said = [course.at(now) for course in courses]
    gaps = {slot: one for slot, one in enumerate(said) if isinstance(one, Gap)}
    return Batch(layout, at, array("d", map(_number, said)), gaps)


def _number(said: Word | float | Gap) -> float:
    if isinstance(said, Word):
        return state_code(said.word)
    return nan if isinstance(said, Gap) else said
