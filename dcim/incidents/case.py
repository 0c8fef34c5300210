"""An incident while it is open: its members, whom it waits for, what people know of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain
from math import inf
from typing import Final

from dcim.alerts import Alert, Severity
from dcim.incidents.incident import RANK, Hit, Incident, Member, Reached, Unseen
from dcim.incidents.place import Because
from dcim.incidents.trouble import CALLS, CAUSES, STOPS, Trouble
from dcim.record import dataclass, field

TOLD_GAP: Final = 30.0
"""Seconds between two messages of one incident; worse, or with another root, it does not wait for them."""


@dataclass(slots=True, eq=False)
class Case:
    """One open incident. Times are monotonic seconds unless they say UTC.

    ``due`` is when the next message goes out, None where none is owed; ``owed`` says why, ``kept`` what of
    that a restart would know, and ``kept_lost`` what of what was lost. ``waits_for`` are
    the devices whose answers the first message waits for. ``live_since``: since when a root that no alert
    shows has voltage again. ``open``, ``safety`` and ``hanging`` are indexes of the members by key, in the
    order they came: those that stand, those of safety among them, those that are ``calling`` for something to
    be done by their trouble, those that hang on an alert or a part, by part and device those that stand
    there, and what is ``left`` of a cause that has gone. ``named_for``: the roots as they were given for so
    many alerts that were left, while none of those has gone. What is made of all of them is kept until one
    changes.
    """

    id: str
    opened_at: float  # UTC
    opened: float
    because: Because
    severity: Severity
    roots: list[str] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)
    open: dict[str, None] = field(default_factory=dict)
    safety: dict[str, None] = field(default_factory=dict)
    calling: defaultdict[Trouble, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    hanging: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    placed: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    left: dict[str, None] = field(default_factory=dict)
    named_for: tuple[list[str], int] | None = None
    head: bool = False  # power enters the building at a root of it, as far as anybody sees
    told: bool = False
    number: int = 0
    due: float | None = None
    owed: str = ""
    kept: str = ""
    kept_lost: tuple[tuple[str, ...], ...] = Reached().lost
    told_last: float = -inf
    told_at: float = 0.0  # UTC of that message; 0 before the first
    told_severity: Severity | None = None
    told_services: frozenset[str] = frozenset()
    told_down: frozenset[str] = frozenset()  # services that were told to be down, here or in another one
    told_safety: set[tuple[str, str]] = field(default_factory=set)
    told_calls: frozenset[Trouble] = frozenset()  # what calls for something to be done, and was told
    told_silent: frozenset[str] = frozenset()  # devices that were told not to answer any more
    told_unknown: bool = False  # people were told that nothing is known of what remains
    acknowledged: str = ""
    note: str = ""
    unseen: Unseen = Unseen()
    fading: frozenset[str] = frozenset()  # alerts at the roots whose off-delay runs
    hit: Hit = field(default_factory=Hit)
    reached: Reached = Reached()
    measured: float = -inf
    look_at: float = 0.0
    waits_for: set[str] = field(default_factory=set)
    live_since: dict[str, float] = field(default_factory=dict)
    seen_back: set[str] = field(default_factory=set)  # parts that an alert called lost, and no longer does
    to_weigh: bool = False  # something has cleared: do the others still hang on a cause?
    cleared_at: float = -inf  # when something cleared last
    _sorted: tuple[Member, ...] = ()
    _root: tuple[list[str], int, Member] | None = None  # with the roots it was found for, and how many

    def put(self, member: Member) -> None:
        """Take an alert in, or what is new of it."""
        alert, place = member.change.alert, member.place
        key, stands = alert.key, alert.open
        if key in self.members:
            self.drop(key)
        self.members[key] = member
        self._sorted, self._root = (), None
        if stands:
            self._index(key, member)
        if place.trouble in STOPS:
            (self.seen_back.discard if stands else self.seen_back.add)(place.node)
        if RANK[alert.severity] < RANK[self.severity]:
            self.severity = alert.severity

    def _index(self, key: str, member: Member) -> None:
        """Find an alert that stands by what is asked of it."""
        place, reason = member.place, member.reason
        self.open[key] = None
        self.placed[place.node][key] = self.placed[place.device][key] = None
        if place.safety:
            self.safety[key] = None
        if place.trouble in CALLS and member.alert.severity is Severity.CRITICAL:
            self.calling[place.trouble][key] = None
        if reason.because is Because.REMAINS:
            self.left[key] = None
        if reason.suppresses:
            self.hanging[reason.node][key] = None
            self.hanging[reason.cause][key] = None

    def drop(self, key: str) -> None:
        """Let go of an alert."""
        member = self.members.pop(key, None)
        if member is not None:
            self._sorted, self._root = (), None
            self.open.pop(key, None)
            for index in (member.place.node, member.place.device):
                self.placed[index].pop(key, None)
            self.safety.pop(key, None)
            if member.place.trouble in CALLS:
                self.calling[member.place.trouble].pop(key, None)
            if key in self.left:
                del self.left[key]
                self.named_for = None
            for index in (member.reason.node, member.reason.cause):
                self.hanging[index].pop(key, None)

    def hung_on(self, *names: str) -> list[Member]:
        """Return the alerts that stand where they do because of these alerts or parts."""
        keys = dict.fromkeys(chain.from_iterable([self.hanging.get(name, ()) for name in names]))
        return [self.members[key] for key in keys]

    def owe(self, when: float, why: str) -> bool:
        """Plan a message, not later than one that is planned; return whether it is one now."""
        planned = self.due is None or when < self.due
        if planned:
            self.due, self.owed = when, why
        return planned

    def free_at(self, now: float, wait: float) -> float:
        """Return when the next message may go out: after it has gathered, and not soon after the last."""
        return max(now + wait, self.told_last + TOLD_GAP)

    def turn(self) -> tuple[float, list[str], str]:
        """Return its place among incidents that are due at one moment: the oldest first, then by roots.

        Nothing of it depends on what was put in first, so that a restart and a replay keep the order.
        """
        return self.opened_at, self.roots, self.id

    @property
    def looked_after(self) -> bool:
        """Whether somebody has acknowledged any of its alerts."""
        return any(self.members[key].alert.acknowledged for key in self.open)

    @property
    def muted(self) -> bool:
        """Whether all of its alerts that stand are muted: nobody is told of more of it."""
        return bool(self.open) and all(self.members[key].alert.mutes for key in self.open)

    @property
    def calls(self) -> frozenset[Trouble]:
        """Return the troubles that call for something of their own to be done, of those that stand."""
        return frozenset([trouble for trouble, keys in self.calling.items() if keys])

    def taken(self, alert: Alert) -> bool:
        """Note who looks after it now, as an alert of it says; return whether that is news."""
        known = self.acknowledged, self.note
        self.acknowledged, self.note = alert.acknowledged, alert.note
        return known != (self.acknowledged, self.note)

    def root(self) -> Member:
        """Return the alert that names the incident: a cause at its root, else the worst, else the first."""
        known = self._root
        if known is not None and known[0] is self.roots and known[1] == len(self.roots):
            return known[2]
        keys = dict.fromkeys(chain.from_iterable([self.placed.get(name, ()) for name in self.roots]))
        roots = frozenset(self.roots)  # there may be thousands of both
        some = [self.members[key] for key in keys or self.open] or self._at(roots) or self.members.values()
        found = min(some, key=lambda member: self._rank(member, roots))
        self._root = self.roots, len(self.roots), found
        return found

    def _at(self, roots: frozenset[str]) -> list[Member]:
        """Return the alerts at its roots, whether they stand or not."""
        places = ((one.place, one) for one in self.members.values())
        return [one for place, one in places if place.node in roots or place.device in roots]

    def _rank(self, member: Member, roots: frozenset[str]) -> tuple[bool, bool, bool, bool, int, float]:
        at_root = member.place.node in roots or member.place.device in roots
        return (
            member.key not in self.open,
            not (at_root and member.place.trouble in CAUSES),
            not at_root,
            member.reason.suppresses,
            RANK[member.alert.severity],
            member.raised,
        )

    @property
    def _tells_unseen(self) -> bool:
        """Whether what is not known is to be said: not of what is over, nor of a single lost answer."""
        return bool(self.open) and (self.told_unknown or not self.unseen.only)

    def shown(self) -> Incident:
        """Return it as it stands."""
        self._sorted = self._sorted or tuple(_worst_first(self.members.values()))
        return Incident(
            id=self.id,
            opened_at=self.opened_at,
            severity=self.severity,
            roots=tuple(self.roots),
            root=self.root(),
            members=self._sorted,
            because=self.because,
            head=self.head,
            told=self.told,
            number=self.number,
            acknowledged=self.acknowledged,
            note=self.note,
            hit=self.hit,
            reached=self.reached,
            safe=tuple(sorted(self.told_safety)),
            owed=self.owed,
            told_at=self.told_at,
            unseen=self.unseen if self._tells_unseen else Unseen(),
            fading=self.fading,
            unknown=self.told_unknown,
            silent=tuple(sorted(self.told_silent)),
            calling=tuple([self.members[key] for keys in self.calling.values() for key in keys]),
            calls=tuple(sorted(self.told_calls)),
        )


def _worst_first(members: Iterable[Member]) -> list[Member]:
    """Return those that stand first, then the worst first, then by when they were raised.

    Alike ones are laid together before they are sorted: there may be tens of thousands, mostly in order.
    """
    alike: defaultdict[tuple[bool, int], list[Member]] = defaultdict(list)
    for member in members:
        alert = member.change.alert
        alike[not alert.open, RANK[alert.severity]].append(member)
    return [one for how_bad in sorted(alike) for one in sorted(alike[how_bad], key=_raised_at)]


def _raised_at(member: Member) -> float:
    return member.change.alert.raised_at
