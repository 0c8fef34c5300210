"""The open incidents and their alerts: opened, joined, merged, named after another root, ended. Pure."""

from __future__ import annotations

from typing import Final

from dcim.alerts import Change
from dcim.graph import State, Topology
from dcim.incidents.agenda import Agenda
from dcim.incidents.case import Case
from dcim.incidents.feeds import OtherFeeds
from dcim.incidents.finder import Finder
from dcim.incidents.found import Found
from dcim.incidents.incident import RANK, Member, Reason, incident_id
from dcim.incidents.open_alerts import OpenAlerts
from dcim.incidents.open_cases import OpenCases
from dcim.incidents.place import Because, Place
from dcim.incidents.seek import Seeker
from dcim.incidents.sight import Sight
from dcim.record import replace

_BY_SILENCE: Final = frozenset({Because.NETWORK, Because.BEHIND})
"""Reasons that rest on nobody answering: one answer refutes them."""

_BY_POWER: Final = frozenset({Because.POWER, Because.BETWEEN})
"""Reasons that rest on no voltage coming in."""


class Groups:
    """The open incidents, by id in the order they were opened. Times are monotonic seconds."""

    def __init__(self, topology: Topology, site: str, feeds: OtherFeeds) -> None:
        self.alerts = OpenAlerts()
        self._opened = OpenCases()
        self.cases = self._opened.by_id
        self.agenda = Agenda(self.cases)
        self._site = site
        self._otherwise: dict[str, tuple[Case, Member]] = {}
        self._seeker = Seeker(topology, self.alerts.troubles, self.alerts.placed)
        self._finder = Finder(topology, self.alerts, self._opened, self._seeker, feeds)

    def begin(self) -> None:
        """Begin a new moment."""
        self._seeker.anew()
        self.alerts.begin()

    def home_of(self, key: str) -> Case | None:
        """Return the open incident that an alert belongs to, or belonged to when it cleared."""
        case = self.alerts.case_of(key)
        if case is not None:
            return case
        return next((one for one in reversed(self.cases.values()) if key in one.members), None)

    def find(
        self, change: Change, place: Place, now: float, sight: Sight, *, out_of: Case | None = None
    ) -> Found:
        """Return where an alert belongs by what is seen now, as ``Finder.find`` does."""
        return self._finder.find(change, place, now, sight, out_of=out_of)

    def open(self, change: Change, found: Found, at: float, now: float) -> Case:
        """Open an incident for an alert that belongs to none. ``at`` is UTC seconds."""
        name = incident_id(self._site, change.alert.key, at)
        self.cases[name] = Case(name, at, now, found.root.because, change.alert.severity)
        return self.cases[name]

    def owe(self, case: Case, when: float, why: str) -> None:
        """Plan a message of an incident, not later than one that is planned."""
        if case.owe(when, why):
            self.agenda.plan(case)

    def restore(self, case: Case) -> None:
        """Take over an incident that was open before a restart."""
        self.cases[case.id] = case
        if case.head:
            self._opened.make_head(case)
        roots, case.roots = tuple(case.roots), []
        self._opened.set_roots(case, roots)
        for member in list(case.members.values()):
            self._put(case, member)

    def join(self, case: Case, found: Found, member: Member, sight: Sight) -> None:
        """Put an alert into an incident, which has the roots that were found from now on."""
        self._opened.set_roots(case, found.roots)
        self._put(case, member)
        if found.renamed:
            case.because = found.root.because
            self._give_reasons(case, sight)
        if not case.head and self._finder.is_head(member.place, found.root, sight):
            self._opened.make_head(case)

    def otherwise(self) -> list[tuple[Case, Member]]:
        """Return the alerts that have another reason than before to be in their incident, once."""
        found, self._otherwise = list(self._otherwise.values()), {}
        return found

    def merge(self, other: Case, case: Case, sight: Sight) -> list[Member]:
        """Move the alerts of an incident that nobody knows of into another one; return them."""
        moved = []
        for member in list(other.members.values()):
            if member.key in case.members and not member.open:
                continue  # it left the other one for this one
            root = self._seeker.root(member.place, sight)
            reason = member.reason
            if not reason.suppresses and root.because is not Because.ITSELF:
                reason = Reason(root.because, root.node, root.cause)
            moved.append(replace(member, reason=reason))
        self.end(other)
        for member in moved:
            self._put(case, member)
        return moved

    def reroot(self, case: Case, now: float, sight: Sight) -> tuple[Case, tuple[Case, ...]]:
        """Look once more for the root of an incident that is about to be told.

        Return the incident that its alerts belong to, and those that are to be merged into that one.
        """
        lead = case.root()
        found = self._finder.find(lead.change, lead.place, now, sight)
        if found.root.because is Because.ITSELF and self._is_in_doubt(lead.reason, sight):
            return case, ()
        if found.case is None or found.case is case:
            if found.root.node not in case.roots or found.renamed:
                self._rename(case, lead, found)
            if not case.head and self._finder.is_head(lead.place, found.root, sight):
                self._opened.make_head(case)
            every = lead.change.rule.every if lead.change.rule else 0.0
            other = self._finder.together(lead.place, found.root, now, every, sight, but=case)
            if other is None:
                return case, tuple(one for one in found.absorbed if one is not case)
            self._opened.set_roots(other, (*other.roots, *case.roots))
            return other, (*(one for one in found.absorbed if one is not other), case)
        self._opened.set_roots(found.case, found.roots)
        if found.renamed:
            found.case.because = found.root.because
            self._give_reasons(found.case, sight)
        swallowed = dict.fromkeys((*found.absorbed, case))  # this one may be among the absorbed
        return found.case, tuple(one for one in swallowed if one is not found.case)

    def complete(self, case: Case, sight: Sight) -> None:
        """Name all feeds that evidence shows to be lost, where an incident is the loss of one."""
        if case.head:
            self._opened.set_roots(case, self._finder.lost_at_once(case, sight))

    def may_stand(self, case: Case, member: Member, sight: Sight) -> bool:
        """Whether the cause of an alert may stand yet: nobody reads it now, and nothing says it is over.

        What says so: the alert that called it lost has ended, or what feeds the part itself has voltage.
        """
        reason = member.reason
        if reason.node in case.seen_back or not self._is_in_doubt(reason, sight):
            return False
        return reason.because not in _BY_POWER or not self._finder.is_fed(member.place.node, sight)

    def _is_in_doubt(self, reason: Reason, sight: Sight) -> bool:
        """Whether a cause was concluded from evidence that only grew too old: unknown refutes nothing."""
        concluded = reason.suppresses and reason.because not in _BY_SILENCE
        return concluded and self._seeker.state(reason.node, sight) is State.UNKNOWN

    def _give_reasons(self, case: Case, sight: Sight) -> None:
        """Say of the alerts of an incident that has another root why they are in it."""
        for key in list(case.open):
            member = case.members[key]
            root = self._seeker.root(member.place, sight)
            if not member.reason.suppresses and root.because is not Because.ITSELF:
                anew = replace(member, reason=Reason(root.because, root.node, root.cause))
                case.put(anew)
                self._otherwise[key] = case, anew

    def _rename(self, case: Case, lead: Member, found: Found) -> None:
        """Give an incident the root that its alert was found to have."""
        node = found.root.node
        kept = (node if name == lead.reason.node else name for name in case.roots)
        self._opened.set_roots(case, found.roots if found.renamed else kept)
        case.because = found.root.because
        anew = replace(lead, reason=found.reason)
        case.put(anew)
        self._otherwise[lead.key] = case, anew

    def settle_for(self, case: Case, newest: Member) -> None:
        """Name an incident after what remains of it, ``newest`` at last; there may be thousands of them."""
        number = len(case.left)
        if case.because is Because.REMAINS and _are(case.named_for, case.roots, number - 1):
            self._opened.add_root(case, newest.place.node)
        else:
            self._opened.set_roots(case, (case.members[key].place.node for key in case.left))
        case.because, case.named_for = Because.REMAINS, (case.roots, number)

    def ease(self, case: Case, lower: Member) -> bool:
        """Name an incident after a lower step, once nothing worse stands in it; return whether it was."""
        standing = [case.members[key] for key in case.open]
        if any(RANK[one.alert.severity] < RANK[lower.alert.severity] for one in standing):
            return False
        self._opened.set_roots(case, (one.place.node for one in standing if not one.reason.suppresses))
        case.because = Because.ITSELF
        return True

    def leave(self, case: Case, member: Member) -> None:
        """Take an alert out of an incident, which counts it as over from now on."""
        over = replace(member.change, alert=replace(member.alert, open=False))
        self.closed(case, replace(member, change=over))

    def closed(self, case: Case, member: Member) -> None:
        """Note that an alert no longer stands; its incident still tells of it."""
        case.put(member)
        self.alerts.end(member, case)
        self._seeker.turned(member.place)

    def _put(self, case: Case, member: Member) -> None:
        case.put(member)
        if member.open:
            self.alerts.put(member, case)
            self._seeker.turned(member.place)

    def end(self, case: Case) -> None:
        """Forget an incident that is over, or that is one with another."""
        self._opened.end(case)
        for key in case.open:
            self.alerts.drop(case.members[key])
            self._seeker.turned(case.members[key].place)


def _are(named_for: tuple[list[str], int] | None, roots: list[str], number: int) -> bool:
    """Whether these very roots were given for so many alerts that were left."""
    return named_for is not None and named_for[0] is roots and named_for[1] == number
