"""The ledger and the history of a replay in a directory of its own, for reports. Nothing waits to be sent.

Work ─▶ facts, alerts, memories, messages ─▶ Store, on the virtual clock
                               each message ─▶ dropped: that nothing left is on record
readings ─▶ History, see ``readings``
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from dcim import __version__
from dcim.daemon.plan import Plan
from dcim.daemon.records.described import describing
from dcim.model import legible
from dcim.model.fact import Body, Json
from dcim.notify.posting.settle import settled
from dcim.record import replace
from dcim.recording.folder import Recording
from dcim.replay.apart import Apart
from dcim.replay.log import Log
from dcim.replay.player import Beside, Follow
from dcim.replay.readings import Readings
from dcim.replay.scene import Scene
from dcim.store import Attempt, Store, Work
from dcim.store import Outcome as MessageOutcome

_NONE: Final[Any] = MappingProxyType({})


_NOTHING_LEAVES: Final = "it was replayed: nothing leaves"


def unfit(state: Path, recording: Recording) -> str:
    """Return why a ledger cannot be kept there, empty where it can: nothing on record is added to."""
    if state.resolve().is_relative_to(recording.folder.resolve()):
        return "is within the recording, which would be another then"
    if state.exists() and (not state.is_dir() or any(state.iterdir())):
        return "is not empty, or no folder: expected one that is new or empty"
    return ""


def said_of(scene: Scene) -> dict[str, Json]:
    """Return what a ledger says of the replay that it is of: recording, its site, rules in place of its own.

    Raise OSError for a file of rules that is not there any more.
    """
    manifest = scene.recording.manifest
    said: dict[str, Json] = {"recording": legible(manifest.name), "site": legible(manifest.site)}
    if scene.instead is not None:
        said["rules"] = [
            {"file": legible(path.name), "sha256": sha256(path.read_bytes()).hexdigest()}
            for path in scene.instead
        ]
    return said


@contextmanager
def keeping(scene: Scene, state: Path, beside: Follow | None = None) -> Iterator[Beside]:
    """Keep what a replay records in ``state``, which is new or empty.

    Raise StoreError, HistoryError, OSError. ``beside`` hears of the time as it passes, too.
    """
    settings = replace(scene.settings, state=state)
    clock = scene.clock()
    about: Body = {"version": __version__, "replay": said_of(scene)}
    store = Store.open(state, settings.site.id, clock, about=about)
    plan = Plan(settings, cast("Any", None), scene.rules, _NONE, _NONE, _NONE)
    apart = Apart()
    beats = _Beats(store, settings.heartbeat, apart)

    def note(work: Work) -> None:
        for number in store.commit_now(work).outbox:
            queued = store.message(number)
            assert queued is not None  # noqa: S101  it has just been put there
            dropped = Attempt(number, MessageOutcome.DROPPED, queued.created, _NOTHING_LEAVES)
            store.commit_now(settled(queued, dropped))

    with ExitStack() as stack:
        stack.callback(apart.close)
        ending = stack.enter_context(_ending(beats))
        readings = Readings(settings, store, clock, apart) if settings.retention.enabled else None
        if readings is not None:
            stack.callback(readings.close)

        def follow(at: float, log: Log) -> None:
            beats.follow(at)
            if readings is not None:
                readings.follow(at)
            if beside is not None:
                beside(at, log)

        note(Work(facts=describing(plan, store, clock)))
        yield Beside(note, readings.history if readings else None, follow, clock)
        ending.append("the recording ends")


@contextmanager
def _ending(beats: _Beats) -> Iterator[list[str]]:
    """Record the end at the end: why, as was said last."""
    why = ["the replay was ended before the recording"]
    try:
        yield why
    finally:
        beats.stop(why[-1])


class _Beats:
    """Heartbeats, as the daemon makes them: without, a ledger knows of no time that was watched."""

    def __init__(self, store: Store, every: float, apart: Apart) -> None:
        self._store, self._every, self._apart = store, every, apart
        self._due = -inf

    def follow(self, at: float) -> None:
        """Beat when it is time; blocks until that is on disk."""
        if at >= self._due:
            self._due = at + self._every
            self._apart.do(self._store.heartbeat(self._every))

    def stop(self, why: str) -> None:
        """Record the end, and let the directory go."""
        self._apart.do(self._store.stop(why))
