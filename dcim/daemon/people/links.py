"""The links in mails: made for a message and its reader, looked at by anybody, used once.

message ─▶ of(notice, who) ─▶ https://dcim.example.net/acknowledge/…
GET     ─▶ look ─▶ how it stands; nothing changes, whoever or whatever opens it
POST    ─▶ take ─▶ the alerts are acknowledged, the link is used up, both in one transaction
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from dcim.alerts import Alert, Deed, Doing, MuteRefused, Watch
from dcim.alerts import Proof as How
from dcim.alerts import Target as Meant
from dcim.clock import Clock
from dcim.graph import Topology
from dcim.incidents import Incident, Incidents
from dcim.links import Claim, Expired, Forged, Target, read, sealed
from dcim.model import Memory
from dcim.notify import Notice
from dcim.notify.notices.headline import headline
from dcim.notify.notices.told import Subject
from dcim.record import dataclass
from dcim.web.view.acting import LINKS, LinkState, LinkView

ROOM: Final = "links"
"""Room of the memories of links that were used, by their names, until their time is over anyhow."""

_NEAR: Final = 0.002  # seconds: a link keeps milliseconds


@dataclass(frozen=True, slots=True)
class Sealing:
    """How links are made: where people reach the page, for how many seconds they hold, and the key."""

    url: str
    lasts: float
    key: bytes


@dataclass(frozen=True, slots=True)
class Around:
    """What links are about."""

    watch: Watch
    incidents: Callable[[], tuple[Incidents, Topology]]
    title: Callable[[Alert], Mapping[Any, str]]


class Links:
    """Makes links, and knows which were used. ``None`` for the sealing: there are no links here."""

    def __init__(self, sealing: Sealing | None, clock: Clock) -> None:
        self._sealing = sealing
        self._clock = clock
        self._used: dict[str, float] = {}  # name: when its time is over

    def recall(self, memories: Iterable[Memory]) -> None:
        """Take over which were used before a restart."""
        for memory in memories:
            body: Any = memory.body
            if memory.room == ROOM and body is not None:
                self._used[memory.key] = float(body["until"])

    def of(self, notice: Notice, who: str, channel: str) -> str:
        """Return the link of a message for one of its readers; nothing where there are no links."""
        sealing = self._sealing
        if sealing is None or notice.subject not in (Subject.INCIDENT, Subject.ALERT):
            return ""
        target = Target.INCIDENT if notice.subject is Subject.INCIDENT else Target.ALERT
        until = notice.at + sealing.lasts
        claim = Claim(target, notice.key, notice.raised_at, until, who, channel)
        return f"{sealing.url}{LINKS}{sealed(claim, sealing.key)}"

    def claim(self, text: str) -> tuple[Claim | None, LinkState]:
        """Return what a link says, and whether it can be used; no claim where it is none of ours."""
        if self._sealing is None:
            return None, LinkState.WRONG
        try:
            claim = read(text, self._sealing.key, self._clock.now())
        except Forged:
            return None, LinkState.WRONG
        except Expired:
            return None, LinkState.EXPIRED
        return claim, LinkState.USED if claim.name in self._used else LinkState.OPEN

    def use(self, claim: Claim) -> tuple[Memory, ...]:
        """Use a link up; return what must be on disk with what it did."""
        now = self._clock.now()
        over = [name for name, until in self._used.items() if until < now]
        for name in over:
            del self._used[name]
        self._used[claim.name] = claim.until
        used = Memory(ROOM, claim.name, {"until": claim.until, "at": now})
        return (used, *(Memory(ROOM, name, None) for name in over))


def deed_of(claim: Claim, note: str) -> Deed:
    """Return what the reader of a link wishes."""
    incident = claim.key if claim.target is Target.INCIDENT else ""
    key = "" if incident else claim.key
    return Deed(Doing.ACKNOWLEDGE, Meant("", key=key), claim.who, note, proof=How.LINK, incident=incident)


def look(links: Links, text: str, around: Around) -> tuple[LinkView, Claim | None]:
    """Say how a link and what it is about stand. Changes nothing."""
    claim, state = links.claim(text)
    if claim is None:
        return LinkView(state), None
    seen = _incident(claim, around) if claim.target is Target.INCIDENT else _alert(claim, around)
    shown = LinkView(
        state if state is not LinkState.OPEN else seen.state, seen.headline, seen.severity, seen.since,
        claim.who, seen.by,
    )  # fmt: skip
    return shown, claim


def _incident(claim: Claim, around: Around) -> LinkView:
    incidents, topology = around.incidents()
    incident = incidents.named(claim.key)
    if incident is None or abs(incident.opened_at - claim.raised_at) > _NEAR:
        return LinkView(LinkState.OVER)
    keys = {member.key for member in incident.members if member.open}
    waits = any(not alert.acknowledged for alert in around.watch.listed if alert.key in keys)
    state = LinkState.OPEN if waits and not incident.acknowledged else LinkState.TAKEN
    return _shown(state, incident, topology)


def _shown(state: LinkState, incident: Incident, topology: Topology) -> LinkView:
    said = headline(incident, topology)
    return LinkView(state, said, str(incident.severity), incident.opened_at, by=incident.acknowledged)


def _alert(claim: Claim, around: Around) -> LinkView:
    for alert in around.watch.listed:
        if alert.key == claim.key and abs(alert.raised_at - claim.raised_at) <= _NEAR:
            state = LinkState.TAKEN if alert.acknowledged else LinkState.OPEN
            said = around.title(alert)
            return LinkView(state, said, str(alert.severity), alert.raised_at, by=alert.acknowledged)
    return LinkView(LinkState.OVER)


def take(
    links: Links, text: str, note: str, around: Around, act: Callable[[Deed, tuple[Memory, ...]], object]
) -> LinkView:
    """Acknowledge what a link is about, if it and that still stand; return how it stands then."""
    before, claim = look(links, text, around)
    if claim is None or before.state is not LinkState.OPEN:
        return before
    try:
        act(deed_of(claim, note), links.use(claim))
    except MuteRefused:  # over between the look and the deed
        return LinkView(LinkState.OVER, before.headline, before.severity, before.since, claim.who)
    return LinkView(LinkState.DONE, before.headline, before.severity, before.since, claim.who, claim.who)
