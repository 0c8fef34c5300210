"""What the pages and the API may see of the daemon: a read-only seam, so that both are tested without one.

daemon ──implements──▶ View ◀──asks── api, pages, live
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from dcim.alerts import Alert, Change, Deed, Language, Lying, Rule, Text
from dcim.collect import Heard, Stranger
from dcim.explain import Answer, Unknown
from dcim.graph import Part as ServicePart
from dcim.graph import Service, Standing
from dcim.incidents import Incident, Reason
from dcim.model import Address, Asset, Batch, Identity, Point, Reading
from dcim.poll import Presence
from dcim.record import dataclass, field
from dcim.routing import Override
from dcim.series import Quality
from dcim.web.view.acting import Caller, LinkView
from dcim.web.view.channels import ChannelView
from dcim.windows import Span, Window


@dataclass(frozen=True, slots=True)
class SiteView:
    """The site as people know it. Times are shown in ``zone``."""

    id: str
    name: str
    zone: ZoneInfo
    language: str  # "fr" or "en": what is shown to who has no preference
    rooms: Mapping[str, str] = field(default_factory=dict)  # id: name
    grafana: str = ""  # where people reach Grafana; empty: nobody has said

    def room(self, room_id: str) -> str:
        """Return a room as people call it."""
        return self.rooms.get(room_id, room_id)


@dataclass(frozen=True, slots=True)
class AlertView:
    """An open alert, its rule (None when the rule is gone), the newest reading of its point and its quality.

    ``observed`` is false when the device answers without the point: the alert is open and cannot be judged.
    ``returning``: it stands, its condition is gone and its off-delay runs: the newest reading looks fine.
    """

    alert: Alert
    asset: Asset | None
    rule: Rule | None
    reading: Reading | None
    quality: Quality = Quality.FRESH
    observed: bool = True
    incident: str = ""  # id; empty where it belongs to none
    reason: Reason | None = None  # why it belongs there
    returning: bool = False


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An open incident, itself in one sentence, and ``name``: what people call a part of the building."""

    incident: Incident
    headline: Text
    name: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Hardware of an asset that is another since ``at`` (UTC seconds), and what stood there before."""

    at: float
    before: Identity
    after: Identity


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is heard of devices that send unasked: where, what became of how much, and who is a stranger."""

    addresses: tuple[Address, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    strangers: Sequence[Stranger] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the daemon and how it is: ``ok``, or not, and why in words.

    ``needed``: whether the daemon is not ready without it.
    """

    name: str
    ok: bool
    why: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True)
class HealthView:
    """How the daemon itself is. Times are UTC seconds, durations seconds.

    ``blind_from``: when the daemon was last known to watch before this start, or None on the first start.
    ``parts``: poll loop, store, history, and one a channel. ``ready`` once every
    device has had its first beat.
    """

    version: str
    started_at: float
    blind_from: float | None
    ready: bool
    parts: tuple[Part, ...]
    points: int
    polls: int
    late_max: float
    outbox_pending: int
    channels: tuple[ChannelView, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service, how it stands since when (UTC seconds; 0: not told yet), and its parts as they stand."""

    service: Service
    standing: Standing
    since: float
    parts: Sequence[ServicePart]


@dataclass(frozen=True, slots=True)
class DutyView:
    """Who is on call of a rota, until when at least (UTC seconds), and who stands in now or later."""

    rota: str
    person: str
    name: str
    until: float
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class WindowView:
    """Announced work, the time it is open now or next, and the devices and services it lies over."""

    window: Window
    span: Span
    open: bool
    covers: tuple[str, ...]


class Subscription:
    """The ids of devices that changed and that its reader has not taken yet: bounded by their number."""

    def __init__(self) -> None:
        self._changed: set[str] = set()
        self._some = asyncio.Event()

    def note(self, asset_id: str) -> None:
        """Add a device."""
        self._changed.add(asset_id)
        self._some.set()

    async def take(self, patience: float) -> set[str]:
        """Return what changed, at once if anything has; empty when nothing did for ``patience`` seconds."""
        try:
            async with asyncio.timeout(patience):
                await self._some.wait()
        except TimeoutError:
            return set()
        self._some.clear()
        changed, self._changed = self._changed, set()
        return changed


class View(Protocol):
    """The running daemon, read-only. All calls are made on the daemon's loop and are quick."""

    @property
    def site(self) -> SiteView:
        """Return the site."""
        ...

    def now(self) -> float:
        """Return UTC seconds."""
        ...

    def assets(self) -> Sequence[Asset]:
        """Return every device of the configuration, in its order."""
        ...

    def asset(self, asset_id: str) -> Asset | None:
        """Return one device."""
        ...

    def name(self, part: str) -> str:
        """Return what people call a device, a service or a part of the building."""
        ...

    def presence(self, asset_id: str) -> Presence:
        """Return whether the device answers, and since when."""
        ...

    def identity(self, asset_id: str) -> Identity:
        """Return what the device says it is; all empty when it has not said."""
        ...

    def exchange(self, asset_id: str) -> Exchange | None:
        """Return the newest exchange of the device's hardware; None when there was none."""
        ...

    def hearing(self) -> Hearing:
        """Return where devices are heard, and what became of all that came."""
        ...

    def heard(self, asset_id: str = "") -> Sequence[Heard]:
        """Return the newest messages that a device sent unasked, or of all devices; the newest first."""
        ...

    def batches(self, asset_id: str) -> Sequence[tuple[Batch, Quality]]:
        """Return the newest batch of each lane, and whether it still counts."""
        ...

    def point(self, point_id: int) -> Point | None:
        """Return a point by its id, or None when no device has said it."""
        ...

    async def states(self, point_id: int) -> Mapping[float, str] | None:
        """Return all words that a state ever had, by the numbers of the history; None of what is no state."""
        ...

    def alerts(self) -> Sequence[AlertView]:
        """Return the alerts that stand, are muted or wait to be seen; worst first, then oldest first."""
        ...

    def incidents(self) -> Sequence[IncidentView]:
        """Return the open incidents, worst first, then oldest first."""
        ...

    async def explain(self, name: str, at: float | None, language: Language) -> Answer | Unknown:
        """Return why a device, service, alert or incident pages or does not, at ``at`` (UTC; None: now)."""
        ...

    def mutes(self) -> Sequence[Lying]:
        """Return what is muted, with its ends in UTC seconds."""
        ...

    async def act(self, deed: Deed) -> tuple[Sequence[Change], bool]:
        """Do to alerts what a person wishes; return what changed, and whether it is on disk.

        Raise MuteRefused when it is not allowed.
        """
        ...

    @property
    def has_tokens(self) -> bool:
        """Whether people have tokens: then nobody does anything without one."""
        ...

    def person_of(self, token: str) -> str:
        """Return whose token this is; empty: nobody's."""
        ...

    def link(self, text: str) -> LinkView:
        """Return how a link from a message stands. Changes nothing."""
        ...

    async def follow(self, text: str, note: str) -> tuple[LinkView, bool]:
        """Acknowledge by a link, once; return how it stands then, and whether that is on disk."""
        ...

    def on_call(self) -> Sequence[DutyView]:
        """Return who is on call, by rota."""
        ...

    async def on_call_at(self, at: float) -> Mapping[str, str]:
        """Return who was on call at a time (UTC seconds) by what is on record, or will be; by rota."""
        ...

    async def stand_in(self, rota: str, override: Override, caller: Caller) -> None:
        """Let somebody stand in, on record; raise DcimError for what makes no sense."""
        ...

    def recording_of(self, incident: str) -> str:
        """Return the recording of raw answers around an incident; empty: there is none to be had."""
        ...

    def windows(self) -> Sequence[WindowView]:
        """Return the maintenance that is open or comes, the soonest first."""
        ...

    async def announce(self, window: Window, caller: Caller) -> None:
        """Take work that somebody announces, on record; raise DcimError for what makes no sense."""
        ...

    async def withdraw(self, window_id: str, caller: Caller) -> None:
        """End announced work or take it back, on record; raise DcimError if that is impossible."""
        ...

    def services(self) -> Sequence[ServiceView]:
        """Return every service that people are told of, those that others need first."""
        ...

    def service(self, service_id: str) -> ServiceView | None:
        """Return one service, also a feed that a rack is made of; None when there is none."""
        ...

    def health(self) -> HealthView:
        """Return how the daemon itself is."""
        ...

    async def history(
        self, point_ids: Sequence[int], start: float, end: float, step: float | None
    ) -> Mapping[int, Sequence[tuple[float, float | None]]]:
        """Return (UTC seconds, value or None for a gap) of points in a time range, oldest first.

        With ``step`` (seconds): the mean of each step, at its beginning; of states and alarms the last.
        """
        ...

    def metrics(self, *, openmetrics: bool = False) -> AsyncIterator[bytes]:
        """Give the Prometheus exposition piece by piece."""
        ...

    def subscribe(self) -> Subscription:
        """Return what collects the ids of devices whose readings, presence or alerts change."""
        ...

    def unsubscribe(self, subscription: Subscription) -> None:
        """Tell a subscription nothing more."""
        ...
