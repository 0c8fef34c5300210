"""The polls of a recording decoded by the collectors' own decoding.

    Poll, what was answered in it ─▶ Script ─▶ collector ─▶ Said: what the poll came to

It depends on nothing that follows from a poll, so that others may do it ahead: see ``ahead``.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from dcim.clock import Clock
from dcim.collect import Ask, BeginsPolls, Collected, CollectorPlugin, Outcome
from dcim.model import Asset, DcimError, PollError
from dcim.recording.folder import Recording
from dcim.recording.tape import Act, Drawn, Poll, check_of
from dcim.settings import Settings
from dcim.witness import Fault, PlayedCollector, PlaysTogether, Recorded, Replays, Script, error_of

_ANY_TIME: Final = 3600.0


class NotReplayable(DcimError):
    """A recording needs what is not here: a collector, or one that can be replayed."""


class Mark(StrEnum):
    """How a poll decodes: to what it came to then, to other values, or not without asking more."""

    SAME = "same"
    OTHERWISE = "otherwise"
    UNDECIDED = "undecided"


class Said(NamedTuple):
    """What a poll came to; the times are those of its ``Poll``."""

    asset: str
    ended: float
    at: float
    late: float
    lasted: float
    cheap: bool
    collected: Collected | None
    failure: PollError | None
    mark: Mark = Mark.SAME


class Waiting(NamedTuple):
    """A poll that waits to be decoded with others; ``now``: the UTC seconds of the clock when it came."""

    asset: Asset
    poll: Poll
    now: float


def recorded(recording: Recording, settings: Settings) -> tuple[Asset, ...]:
    """Return the devices of a configuration that are in a recording."""
    named = frozenset(recording.manifest.devices)
    return tuple(asset for asset in settings.assets if asset.id in named)


def began(first: Drawn | Poll | Act, start: float) -> tuple[float, float]:
    """Return when a recording begins by its first event: monotonic seconds, and UTC; else at ``start``."""
    return (first.ended, first.at) if isinstance(first, Poll) else (first.at, start)


class Decoder:
    """Decodes polls in their order; ``clock`` has reached the end of each. Made on the loop that runs then.

    Raise NotReplayable where a collector is not there.
    """

    def __init__(
        self,
        assets: Sequence[Asset],
        settings: Settings,
        collectors: Mapping[str, CollectorPlugin],
        clock: Clock,
    ) -> None:
        self._script = Script()
        self._clock = clock
        self._collectors = dict(self._open({asset.collector for asset in assets}, settings, collectors))
        self._begins = {name: one for name, one in self._collectors.items() if isinstance(one, BeginsPolls)}
        self._together = {
            name: one for name, one in self._collectors.items() if isinstance(one, PlaysTogether)
        }
        self._portrayed: set[str] = set()
        self._outcome: Outcome = None

    def _open(
        self, names: Iterable[str], settings: Settings, collectors: Mapping[str, CollectorPlugin]
    ) -> Iterator[tuple[str, PlayedCollector]]:
        for name in sorted(names):
            plugin: Any = collectors.get(name)
            if not isinstance(plugin, Replays):
                msg = f"the collector {name!r} is not installed, or its recordings cannot be replayed"
                raise NotReplayable(msg)
            known = {
                key: one.fields.model_dump() for key, one in settings.credentials.items() if one.type == name
            }
            yield name, plugin.played(self._script, self._clock, known, settings.profile_dirs)

    def portray(self, asset: Asset, portrait: bytes) -> Sequence[str]:
        """Know of a device from now on what a portrait says; return what is to be noted of it."""
        try:
            self._collectors[asset.collector].portray(asset, portrait)
        except (ValueError, RecursionError) as why:
            return (f"{asset.id}: what was known of it cannot be used here: {why}",)
        self._portrayed.add(asset.id)
        return ()

    def said(self, asset: Asset, poll: Poll) -> Said:
        """Decode what came; a poll that failed then failed."""
        if poll.fault is not Fault.NONE:
            return _said(poll, None, error_of(poll.fault, poll.why))
        if poll.cheap or not poll.lanes:
            return _said(poll, Collected(requests=poll.requests, retries=poll.retries))
        outcome = self._decoded(asset, poll) if asset.id in self._portrayed else None
        if not isinstance(outcome, Collected):
            nothing = Collected(requests=poll.requests, retries=poll.retries)
            return _said(poll, nothing, mark=Mark.UNDECIDED)
        return _decided(poll, outcome)

    def may_wait(self, asset: Asset, poll: Poll) -> bool:
        """Whether a poll may be decoded together with others that came with it."""
        odd = poll.fault is not Fault.NONE or poll.cheap or poll.restarted or poll.identity
        return (
            not odd and bool(poll.lanes) and asset.collector in self._together and asset.id in self._portrayed
        )

    def said_together(self, polls: Sequence[Waiting]) -> list[Said | None]:
        """Decode polls that may wait, of one device each; None: ``said`` is to decode it, at its time."""
        found: list[Said | None] = [None] * len(polls)
        for name, collector in self._together.items():
            mine = [number for number, one in enumerate(polls) if one.asset.collector == name]
            asked = [
                Recorded(one.asset, one.poll.lanes, one.poll.exchanges, one.now)
                for one in (polls[number] for number in mine)
            ]
            for number, outcome in zip(mine, collector.together(asked) if asked else (), strict=True):
                if outcome is not None:
                    found[number] = _decided(polls[number].poll, outcome)
        return found

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


def untold(poll: Poll) -> Said:
    """Return a poll of which nothing is told: time passes with it."""
    return _said(poll, None)


def _said(
    poll: Poll, collected: Collected | None, failure: PollError | None = None, mark: Mark = Mark.SAME
) -> Said:
    return Said(poll.asset, poll.ended, poll.at, poll.late, poll.lasted, poll.cheap, collected, failure, mark)


def _decided(poll: Poll, outcome: Collected) -> Said:
    """Return a poll that decodes to this."""
    outcome.restarted, outcome.requests, outcome.retries = poll.restarted, poll.requests, poll.retries
    other = poll.check and check_of(outcome) != poll.check
    return _said(poll, outcome, mark=Mark.OTHERWISE if other else Mark.SAME)


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
