"""An incident as it stands, and a change of it: what the store keeps and people are told."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Final

from dcim.alerts import Alert, Change, Severity
from dcim.graph import Standing, State
from dcim.incidents.place import EXPLAINED, Because, Place
from dcim.record import acyclic, dataclass, field

_EVIDENT: Final = frozenset({Because.POWER, Because.BETWEEN})
"""Causes that no alert need show: evidence does, and evidence that they are gone."""

RANK: Final = {severity: place for place, severity in enumerate(Severity)}
"""The place of each severity, the worst first."""


def incident_id(site: str, alert: str, opened_at: float) -> str:
    """Return the name of an incident, on every machine and through restarts: 64 hex digits.

    SHA-256 over the site, the key of its first alert and the milliseconds of UTC at which it was opened:
    when that alert was raised, or, of one that outlived its cause, when it was seen to.
    """
    return sha256(f"{len(site)}:{site}{alert}{round(opened_at * 1000)}".encode()).hexdigest()


class IncidentKind(StrEnum):
    """What happened to an incident. The words are in the ledger for ever."""

    OPENED = "opened"  # nobody is told yet: those are asked who may show the cause
    RAISED = "raised"  # told for the first time
    UPDATED = "updated"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"
    MERGED = "merged"  # into another one, before anybody was told


@dataclass(frozen=True, slots=True)
@acyclic
class Reason:
    """Why an alert stands where it does: the part at which its cause is, and the alert that shows it."""

    because: Because
    node: str
    cause: str = ""

    @property
    def suppresses(self) -> bool:
        """Whether the alert has no message of its own: it is a mere consequence."""
        return self.because in EXPLAINED


@dataclass(frozen=True, slots=True)
@acyclic
class Member:
    """One alert of an incident. ``change`` is the newest of it, ``apart``: it was told by itself too (I8)."""

    change: Change
    place: Place
    reason: Reason
    apart: bool = False
    raised: float = 0.0  # monotonic seconds

    @property
    def alert(self) -> Alert:
        """Return the alert."""
        return self.change.alert

    @property
    def key(self) -> str:
        """Return the key of the alert."""
        return self.change.alert.key

    @property
    def open(self) -> bool:
        """Whether the alert stands."""
        return self.change.alert.open

    def goes_on_as(self, other: Member) -> bool:
        """Whether another alert of its incident is the same trouble of the same part: another phase of it."""
        same = self.place.node == other.place.node and self.place.trouble is other.place.trouble
        return same and other.reason.cause == self.key and not self.reason.suppresses


@dataclass(frozen=True, slots=True)
@acyclic
class Hit:
    """What an incident hits. ``devices`` are ids; ``racks`` are parts, those that any of it reaches.

    ``dark`` are racks that have no power left, ``doubtful`` those of which nobody knows; ``feeds`` are those
    on which the others live. ``services`` are those that are down or have lost something, as they stand.
    ``back`` are racks that had no power in it and have it again, ``again`` services that were down and work.
    ``known`` are racks that have power, of which nobody knew in it for a while; none of them was seen dark.
    ``works``: there are roots, each is a part of the building, and by evidence newer than the incident every
    one works again.
    """

    devices: tuple[str, ...] = ()
    racks: tuple[str, ...] = ()
    dark: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    services: Mapping[str, Standing] = field(default_factory=dict)
    works: bool = False
    back: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    known: tuple[str, ...] = ()

    @property
    def down(self) -> frozenset[str]:
        """Return the services that do not work at all."""
        return frozenset(name for name, one in self.services.items() if one.function is State.DOWN)


@dataclass(frozen=True, slots=True)
@acyclic
class Reached:
    """What an incident has hit from its beginning: devices and racks in the order they came, and tenants.

    ``dark`` are racks that had no power at a look at it, ``doubtful`` those of which nobody knew at one, and
    ``down`` services that did not work at one.
    """

    devices: tuple[str, ...] = ()
    racks: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    dark: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    down: tuple[str, ...] = ()

    @property
    def lost(self) -> tuple[tuple[str, ...], ...]:
        """Return what was lost altogether, or may have been, if only for a while."""
        return self.dark, self.doubtful, self.down

    def and_by(self, hit: Hit) -> Reached:
        """Return it with what is hit now."""
        known = self.devices, self.racks, self.tenants, *self.lost
        if known == (hit.devices, hit.racks, hit.tenants, hit.dark, hit.doubtful, tuple(sorted(hit.down))):
            return self
        return Reached(
            tuple(dict.fromkeys((*self.devices, *hit.devices))),
            tuple(dict.fromkeys((*self.racks, *hit.racks))),
            tuple(sorted({*self.tenants, *hit.tenants})),
            tuple(dict.fromkeys((*self.dark, *hit.dark))),
            tuple(dict.fromkeys((*self.doubtful, *hit.doubtful))),
            tuple(sorted({*self.down, *hit.down})),
        )


@dataclass(frozen=True, slots=True)
class Unseen:
    """What nobody knows any more of an incident.

    ``devices`` do not answer, ``alerts`` are keys of those that may hold or not, since ``since`` (UTC
    seconds). ``only``: the cause is over, and nothing else of the incident is known to stand; without it
    ``devices`` are those that had told of trouble themselves.
    """

    devices: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    since: float = 0.0
    only: bool = False

    def __bool__(self) -> bool:
        """Whether anything is not known."""
        return self.only or bool(self.devices)


@dataclass(frozen=True, slots=True)
class Incident:
    """Alerts that share one cause. Times are UTC seconds.

    ``roots`` are the parts of the building at which the cause stands: one, or both feeds of a site. ``root``
    is the alert that names it best. ``members`` are all alerts it has had, those that stand first, then the
    worst first; ``severity`` is that of the worst it ever had. ``number`` counts the messages. ``head``:
    power enters the building at a root. ``into``: where a merged one went. ``owed``: why people are to be
    told more of it, empty where they know all. ``told_at``: when they were last told, 0 before that.
    ``unseen``: what nobody knows any more; ``unknown``: people were told that of all that remains;
    ``silent``: devices of which they were told that they do not answer. ``calling`` are alerts that stand and
    call for something of their own to be done; ``calls``: troubles of such that were told. ``fading``: keys
    of alerts at the roots that stand and whose condition holds no more: their off-delay runs. ``hit`` is what
    it hits now, and of one that is over all that it has ``reached``.
    """

    id: str
    opened_at: float
    severity: Severity
    roots: tuple[str, ...]
    root: Member
    members: tuple[Member, ...]
    because: Because
    head: bool = False
    told: bool = False
    number: int = 0
    acknowledged: str = ""
    note: str = ""
    hit: Hit = Hit()
    reached: Reached = Reached()
    safe: tuple[tuple[str, str], ...] = ()  # devices and troubles of safety that it was named after
    into: str = ""
    owed: str = ""
    told_at: float = 0.0
    unseen: Unseen = Unseen()
    unknown: bool = False
    silent: tuple[str, ...] = ()
    calling: tuple[Member, ...] = ()
    calls: tuple[str, ...] = ()
    fading: frozenset[str] = frozenset()

    @property
    def open(self) -> bool:
        """Whether any of its alerts stands."""
        return bool(self.members) and self.members[0].open

    @property
    def standing(self) -> int:
        """Return how many of its alerts stand; they come first."""
        return bisect_left(self.members, True, key=lambda member: not member.open)

    @property
    def over(self) -> bool:
        """Whether it only stands because its consequences take their time.

        Its roots show no alert any more, or none that holds; or what shows that they had lost their power,
        which no alert said, shows that they have it again.
        """
        if not self.open or self.because is Because.REMAINS:
            return self.open
        roots = frozenset(self.roots)
        told = self.because in _EVIDENT and self.hit.works
        for member in self.members:  # those that stand come first
            if member.place.node in roots or member.place.device in roots:
                if member.open and member.key not in self.fading:
                    return False
                told = True
        return told


@dataclass(frozen=True, slots=True)
class IncidentChange:
    """What happened to an incident at ``at`` (UTC seconds), by whom (empty: by itself) and why."""

    kind: IncidentKind
    incident: Incident
    at: float
    who: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Apart:
    """A change of an alert that is told by itself, whatever its incident does (I8)."""

    change: Change
    incident: str


@dataclass(frozen=True, slots=True)
class AskNow:
    """Ask this device at once: what it says decides what people are told."""

    device: str


@dataclass(frozen=True, slots=True)
@acyclic
class Belongs:
    """Where an alert belongs from now on. ``moved``: it stood in another incident before."""

    incident: str
    member: Member
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows at ``at`` (UTC seconds): changes of incidents, alerts told apart, and whom to ask.

    ``places`` says where every alert belongs that was changed or put elsewhere, by its key. ``owing``: the
    incidents of which more, or nothing more, is to be told than a restart would know.
    """

    changes: tuple[IncidentChange, ...] = ()
    apart: tuple[Apart, ...] = ()
    places: Mapping[str, Belongs] = field(default_factory=dict)
    effects: tuple[AskNow, ...] = ()
    at: float = 0.0
    owing: tuple[Incident, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything follows."""
        return bool(self.changes or self.apart or self.places or self.effects or self.owing)
