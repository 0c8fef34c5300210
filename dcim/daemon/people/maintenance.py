"""Maintenance at work: windows open and close, mute what they lie over, and are told.

configuration, people ─▶ Calendar ─▶ start: devices out of service ─▶ end: back, and what is wrong is told
                                        └────────── a fact and a message ────────┘
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from types import MappingProxyType
from typing import Any, Final, NoReturn

import structlog

from dcim.alerts import Change, Lying, Mute, MuteKind, Target, Watch
from dcim.clock import Clock
from dcim.daemon.people.planned import PLANNED, planned
from dcim.graph import Topology
from dcim.model import Asset, DcimError, Kind, Memory
from dcim.model.fact import Body, Fact, FactKind, Json
from dcim.record import dataclass
from dcim.windows import MUTED_BY, Calendar, Once, Scope, Span, Turn, TurnKind, Window
from dcim.windows.body import body_of, said_of, window_of
from dcim.yaml import unknown

log = structlog.get_logger()

ROOM: Final = "maintenance"
"""Room of the memories of windows that people announced, and of those that were told to be open."""

LONGEST: Final = 31 * 86400.0
_WINDOW, _OPEN = "window ", "open "


class WindowRefused(DcimError):
    """Somebody announced work that makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Turned:
    """What a window that started or ended brings: changes of alerts, and the facts of it.

    ``told``: people are told; not of one that was taken back before it began.
    """

    turn: Turn
    changes: tuple[Change, ...]
    facts: tuple[Fact, ...]
    told: bool = True


class Maintenance:
    """Carries windows from the calendar to the alerts. ``assets``: devices and services."""

    def __init__(
        self,
        windows: Iterable[Window],
        assets: Sequence[Asset],
        topology: Topology,
        watch: Watch,
        clock: Clock,
    ) -> None:
        self._configured = {window.id: window for window in windows}
        self._assets = {asset.id: asset for asset in assets}
        self._topology = topology
        self._watch = watch
        self._clock = clock
        self._announced: dict[str, Window] = {}
        self._since: dict[str, float] = {}  # when each window was announced
        self._facts: tuple[Fact, ...] = ()
        self._calendar = Calendar(self._configured.values())
        self._memories: dict[str, Memory] = {}
        self._next = -inf

    # what there is

    @property
    def open(self) -> Mapping[str, Span]:
        """Return the windows that are open, UTC seconds."""
        return self._calendar.open

    def windows(self) -> list[tuple[Window, Span]]:
        """Return every window that is open or comes, with its next span, the soonest first."""
        return self._calendar.upcoming(self._clock.now())

    def covered(self, window: Window) -> list[Asset]:
        """Return the devices and services that a window lies over.

        A service brings what it is made of, also through other services, as far as that is polled.
        """
        under = set(self._under(window.scope.services))
        return [asset for asset in self._assets.values() if window.scope.covers(asset) or asset.id in under]

    def _under(self, services: Iterable[str]) -> Iterator[str]:
        waiting = list(services)
        for name in waiting:  # grows while it is walked
            yield name
            service = self._topology.services.get(name)
            if service is not None:
                waiting += [part for part in service.parts if part not in waiting]

    # people

    def announce(self, window: Window) -> Fact:
        """Take a window that somebody announces; raise WindowRefused for what makes no sense."""
        now = self._clock.now()
        span = self._check(window, now)
        self._announced[window.id] = window
        self._since[window.id] = now
        self._calendar.add(window)
        body = {**body_of(window, span), "announced": now}
        self._memories[_WINDOW + window.id] = Memory(ROOM, _WINDOW + window.id, body)
        self._next = -inf
        return _fact(window, "announced", now, window.by, span)

    def _check(self, window: Window, now: float) -> Span:
        if not isinstance(window.when, Once):
            _refuse("work that comes again and again stands in the configuration")
        span = window.when.span
        if span.end <= max(span.start, now):
            _refuse("it ends before it starts, or is over already")
        if span.end - span.start > LONGEST:
            _refuse(f"no window is open for longer than {LONGEST / 86400:g} days")
        if not window.by.strip() or not window.reason.strip():
            _refuse("say who you are and why")
        if window.id in self._calendar.windows:
            _refuse(f"there is a window {window.id!r} already")
        self._check_names(window.scope)
        if not window.scope or not self.covered(window):
            _refuse("it lies over nothing: name devices, services, rooms or tags that there are")
        return span

    def _check_names(self, scope: Scope) -> None:
        """Refuse a name that means nothing: what it was meant for would not be muted."""
        assets = self._assets.values()
        known = {
            "device": (scope.devices, set(self._assets)),
            "service": (scope.services, {*self._topology.services, *self._assets}),
            "room with devices": (scope.rooms, {asset.room for asset in assets}),
            "tag of a device": (scope.tags, {tag for asset in assets for tag in asset.tags}),
        }
        for what, (names, those) in known.items():
            for name in sorted(names - those):
                _refuse(unknown(what, name, those - {""}))

    def withdraw(self, window_id: str, who: str) -> Turned:
        """End or take back a window that somebody announced; raise WindowRefused if that is impossible."""
        window = self._announced.get(window_id)
        if window is None:
            known = ", ".join(sorted(self._announced)) or "none"
            _refuse(f"nobody announced a window {window_id!r} here; announced: {known}")
        if not who.strip():
            _refuse("say who you are")
        now = self._clock.now()
        del self._announced[window.id]
        self._memories[_WINDOW + window.id] = Memory(ROOM, _WINDOW + window.id, None)
        span = window.when.span if isinstance(window.when, Once) else Span(now, now)
        turn = self._calendar.remove(window.id, now)
        if turn is None:
            facts = (_fact(window, "withdrawn", now, who, span),)
            return Turned(Turn(TurnKind.ENDED, window, span), (), facts, told=False)
        return self._ended(turn, who)

    # time

    def tick(self) -> list[Turned]:
        """Open and close what the time has come for."""
        now = self._clock.now()
        if now < self._next and not self._clock_went_back(now):
            return []
        turned = [
            self._started(turn) if turn.kind is TurnKind.STARTED else self._ended(turn)
            for turn in self._calendar.turn(now)
        ]
        self._next = self._calendar.wake_at(now) or inf
        return turned

    def _clock_went_back(self, now: float) -> bool:
        return any(now < span.start for span in self._calendar.open.values())

    def _started(self, turn: Turn) -> Turned:
        window, at, now = turn.window, self._clock.now(), self._clock.monotonic()
        body: dict[str, Json] = {"start": turn.span.start, "end": turn.span.end}
        self._memories[_OPEN + window.id] = Memory(ROOM, _OPEN + window.id, body)
        mute = self._mute(window, turn.span, at, now)
        changes = [
            change
            for asset in self.covered(window)
            if self._is_ours_to_mute(asset.id, mute)
            for change in self._watch.mute(Target(asset.id), mute, at, now)
        ]
        log.info("maintenance begins", window=window.id, reason=window.reason, until=turn.span.end)
        return Turned(turn, tuple(changes), (self._begun(window, turn.span, at),))

    def _begun(self, window: Window, span: Span, at: float) -> Fact:
        """Return the fact of a window that opens: all that a report needs to explain lost time by it."""
        covered = () if window.scope.everything else self.covered(window)
        services = tuple(sorted(asset.id for asset in covered if asset.kind is Kind.SERVICE))
        more: dict[str, Json] = {"covered": services, "announced": self._since.get(window.id, at)}
        return _fact(window, "started", at, window.by, span, more)

    def _ended(self, turn: Turn, who: str = "") -> Turned:
        window, at, now = turn.window, self._clock.now(), self._clock.monotonic()
        self._memories[_OPEN + window.id] = Memory(ROOM, _OPEN + window.id, None)
        if window.id in self._announced:
            del self._announced[window.id]
            self._memories[_WINDOW + window.id] = Memory(ROOM, _WINDOW + window.id, None)
            self._calendar.remove(window.id, at)
        changes: list[Change] = []
        for asset in self.covered(window):
            changes += self._restore(asset, window, who, at, now)
        log.info("maintenance is over", window=window.id, reason=window.reason)
        return Turned(turn, tuple(changes), (_fact(window, "ended", at, who, turn.span),))

    def _restore(self, asset: Asset, window: Window, who: str, at: float, now: float) -> list[Change]:
        """Take a window's mute off a device, unless another one lies over it too."""
        lying = self._lying(asset.id)
        if lying is not None and lying.mute.by != MUTED_BY + window.id:
            return []
        others = [
            (self._calendar.windows[name], span)
            for name, span in self._calendar.open.items()
            if name != window.id and asset in self.covered(self._calendar.windows[name])
        ]
        if others:
            other, span = max(others, key=lambda each: each[1].end)
            return self._watch.mute(Target(asset.id), self._mute(other, span, at, now), at, now)
        if lying is None:
            return []
        why = f"maintenance {window.id} is over"
        return self._watch.unmute(Target(asset.id), MuteKind.OUT_OF_SERVICE, who, why, at, now)

    def _mute(self, window: Window, span: Span, at: float, now: float) -> Mute:
        """Return the mute of a window; it ends with it even if nobody takes it off."""
        until = now + max(0.0, span.end - at)
        ticket = window.ticket or window.id
        return Mute(MuteKind.OUT_OF_SERVICE, MUTED_BY + window.id, window.reason, until, ticket)

    def _is_ours_to_mute(self, asset_id: str, mute: Mute) -> bool:
        """Whether nothing of the same kind lies there that lasts longer: a person's, another window's."""
        lying = self._lying(asset_id)
        to_utc = self._clock.now() - self._clock.monotonic()
        return lying is None or lying.mute.until < mute.until + to_utc

    def _lying(self, asset_id: str) -> Lying | None:
        found = (one for one in self._watch.mutes if one.target == Target(asset_id))
        return next((one for one in found if one.mute.kind is MuteKind.OUT_OF_SERVICE), None)

    # a restart

    def recall(self, memories: Iterable[Memory]) -> None:
        """Take over the windows that people announced, and those that were told to be open."""
        told: dict[str, Span] = {}
        kept: dict[str, Body] = {}
        for memory in memories:
            if memory.room != ROOM or memory.body is None:
                continue
            body: Mapping[str, Any] = memory.body
            if memory.key.startswith(_WINDOW):
                window = window_of(memory.key.removeprefix(_WINDOW), body)
                if window.id not in self._configured:
                    self._announced[window.id] = window
                    self._since[window.id] = body.get("announced", self._clock.now())
            elif memory.key.startswith(PLANNED):
                kept[memory.key] = memory.body
            elif memory.key.startswith(_OPEN):
                told[memory.key.removeprefix(_OPEN)] = Span(body["start"], body["end"])
        self._plan(kept)
        self._forget_missed(told)
        self._calendar = Calendar((*self._configured.values(), *self._announced.values()), told)

    def _plan(self, kept: Mapping[str, Body]) -> None:
        """Note since when the configured windows are announced."""
        found = planned(ROOM, self._configured.values(), kept, self._clock.now())
        self._since.update(found.since)
        self._memories.update({memory.key: memory for memory in found.memories})
        self._facts = found.facts

    def _forget_missed(self, told: Mapping[str, Span]) -> None:
        """Forget work that was announced and went by while nobody watched: it muted nothing."""
        now = self._clock.now()
        for window in list(self._announced.values()):
            over = isinstance(window.when, Once) and window.when.span.end <= now
            if over and window.id not in told:
                del self._announced[window.id]
                self._memories[_WINDOW + window.id] = Memory(ROOM, _WINDOW + window.id, None)
                log.warning("maintenance went by while nobody watched", window=window.id)

    def unsaved(self) -> tuple[Memory, ...]:
        """Return what must be on disk, once."""
        found, self._memories = tuple(self._memories.values()), {}
        return found

    def news(self) -> tuple[Fact, ...]:
        """Return what must be recorded of configured work, once."""
        found, self._facts = self._facts, ()
        return found


def _refuse(why: str) -> NoReturn:
    raise WindowRefused(why)


def _fact(
    window: Window, change: str, at: float, who: str, span: Span, more: Body = MappingProxyType({})
) -> Fact:
    body = {"change": change, "who": who, **said_of(window), "start": span.start, "end": span.end, **more}
    return Fact(FactKind.MAINTENANCE, at, window.id, body)
