"""Which open incident an alert belongs to, and what a common root makes of several. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import takewhile
from typing import Final

from dcim.alerts import Change
from dcim.graph import NodeKind, State, Topology, Via
from dcim.incidents.case import Case
from dcim.incidents.found import Found
from dcim.incidents.incident import Member, Reason, incident_id
from dcim.incidents.open_alerts import OpenAlerts
from dcim.incidents.place import Because, Place, Root
from dcim.incidents.seek import STOPS, Seeker
from dcim.incidents.sight import Sight
from dcim.incidents.trouble import CAUSES, Trouble

SAME_TIME: Final = 60.0
"""Seconds within which alerts of one device are one story."""

TOGETHER: Final = 30.0
"""Seconds within which losses of several feeds of a site are one."""

_POWER: Final = frozenset({Trouble.POWER_LOST, Trouble.SOURCE_LOST})
_EVERY: Final = tuple(Via)
_COLD: Final = frozenset({NodeKind.CRAC, NodeKind.CHILLER, NodeKind.ROOM})

_BY_SILENCE: Final = frozenset({Because.NETWORK, Because.BEHIND})
"""Reasons that rest on nobody answering: one answer refutes them."""

_SHOWS: Final = CAUSES - {Trouble.HAZARD}
"""Troubles that show what an incident at the same part was concluded from."""


class Groups:
    """The open incidents, found by alert, root and device. Times are monotonic seconds."""

    def __init__(self, topology: Topology, site: str) -> None:
        self.cases: dict[str, Case] = {}
        self.alerts = OpenAlerts()
        self._topology = topology
        self._site = site
        self._by_root: defaultdict[str, dict[str, Case]] = defaultdict(dict)
        self._heads: dict[str, Case] = {}
        self._otherwise: dict[str, tuple[Case, Member]] = {}
        self._seeker = Seeker(topology, self.alerts.troubles)

    def begin(self) -> None:
        """Begin a new moment."""
        self._seeker.anew()

    def home_of(self, key: str) -> Case | None:
        """Return the open incident that an alert belongs to, or belonged to when it cleared."""
        case = self.alerts.case_of(key)
        if case is not None:
            return case
        return next((one for one in reversed(self.cases.values()) if key in one.members), None)

    # finding

    def find(
        self, change: Change, place: Place, now: float, sight: Sight, *, out_of: Case | None = None
    ) -> Found:
        """Return where an alert belongs by what is seen now.

        ``out_of``: the incident whose cause has gone; being on the same device is no reason to stay in it.
        """
        root = self._seeker.root(place, sight)
        every = change.rule.every if change.rule else 0.0
        if root.because is Because.ITSELF:
            same = self._same(place, change, now, sight)
            if same is not None and same.case is not out_of:
                return same
        else:
            known = self._explaining(root, sight)
            if known is not None:
                cause = root.cause or self._cause_at(known, root.node, sight)
                return Found(known, Reason(root.because, root.node, cause), root, tuple(known.roots))
        reason = Reason(root.because, root.node, "" if root.because is Because.ITSELF else root.cause)
        below = self._below(place, root, now, 2 * every, sight)
        if below:
            case = min(below, key=lambda one: (not one.told, one.opened))
            roots = (root.node, *(name for name in case.roots if not self._is_below(name, root.node)))
            absorbed = tuple(one for one in below if one is not case and not one.told)
            return Found(case, reason, root, tuple(dict.fromkeys(roots)), absorbed, renamed=True)
        other = self._together(place, root, now, every, sight)
        if other is not None:
            if root.because is Because.ITSELF:
                reason = Reason(Because.TOGETHER, root.node)
            return Found(other, reason, root, (*other.roots, root.node))
        return Found(None, reason, root, (root.node,))

    def _same(self, place: Place, change: Change, now: float, sight: Sight) -> Found | None:
        """Find the incident of the same part or device that an alert without another cause belongs to."""
        here = Root(place.node, Because.ITSELF, place.key)
        at_root = self._by_root.get(place.node) if place.trouble in _SHOWS else None
        if at_root:
            case = next(iter(at_root.values()))
            known = set(self.alerts.on_part(place.node).values())
            if Trouble.SILENT in (place.trouble, *known):
                return Found(case, Reason(Because.FOLLOWS, place.node), here, tuple(case.roots))
            if not any(self._seeker.shows(trouble, place.node, sight) for trouble in known):
                # evidence had named this part before its own alert does
                return Found(case, Reason(Because.ITSELF, place.node), here, tuple(case.roots))
        return None if place.trouble in CAUSES else self._beside(place, change, here, now)

    def _beside(self, place: Place, change: Change, here: Root, now: float) -> Found | None:
        """Find the incident of the same device, or the one that was concluded to stand at this part."""
        own = self.alerts.on_device(place.device)
        before = list(takewhile(lambda key: key != place.key, own))
        for key in reversed(before):
            case, other = own[key], own[key].members[key]
            if now - other.raised <= SAME_TIME or other.alert.rule == change.alert.rule:
                reason = Reason(Because.SAME_DEVICE, place.node, key)
                return Found(case, reason, here, tuple(case.roots))
        for case in self._by_root.get(place.node, {}).values():  # concluded here from what others told
            if now - case.opened <= SAME_TIME:
                return Found(case, Reason(Because.SAME_DEVICE, place.node), here, tuple(case.roots))
        return None

    def _explaining(self, root: Root, sight: Sight) -> Case | None:
        """Return the open incident whose cause stands at a root."""
        if root.cause:
            return self.alerts.case_of(root.cause)
        at_root = self._by_root.get(root.node)
        if at_root:
            return next(iter(at_root.values()))
        for key, trouble in self.alerts.on_part(root.node).items():
            if self._seeker.shows(trouble, root.node, sight):
                return self.alerts.case_of(key)
        return None

    def _cause_at(self, case: Case, node: str, sight: Sight) -> str:
        for key, trouble in self.alerts.on_part(node).items():
            if key in case.members and self._seeker.shows(trouble, node, sight):
                return key
        return ""

    def _below(self, place: Place, root: Root, now: float, late: float, sight: Sight) -> list[Case]:
        """Return the incidents that turn out to come from a new root: young ones, and untold ones."""
        names = [name for name in self._under(root.node) if name in self._by_root]
        cases = {case: None for name in names for case in self._by_root[name].values()}
        young = [case for case in cases if not case.told or now - case.opened <= TOGETHER + late]
        lacks = self._topology.services_on((place.node,)) if place.trouble in STOPS else ()
        return [case for case in young if self._comes_from(root.node, case.root().place, place, lacks, sight)]

    def _comes_from(
        self, root: str, earlier: Place, later: Place, lacks: Iterable[str], sight: Sight
    ) -> bool:
        """Whether the cause of an earlier alert stands at the root that was found for a later one.

        What was seen to work only before the later one proves nothing of either.
        """
        now = replace(earlier, since=max(earlier.since, later.since))
        return earlier.node in lacks or self._seeker.root(now, sight).node == root

    def _under(self, root: str) -> tuple[str, ...]:
        """Return the parts below a root and the services on any of them."""
        below = self._topology.descendants(root, *_EVERY)
        return (*below, *self._topology.services_on((root, *below)))

    def _is_below(self, name: str, root: str) -> bool:
        return name == root or name in self._under(root)

    def _together(
        self, place: Place, root: Root, now: float, every: float, sight: Sight, but: Case | None = None
    ) -> Case | None:
        """Return the incident of another feed of the site that was lost at the same time."""
        if not self._is_head(place, root, sight):
            return None
        for case in self._heads.values():
            young = now - case.opened <= TOGETHER + every
            if young and case is not but and root.node not in case.roots:
                return case
        return None

    def _is_head(self, place: Place, root: Root, sight: Sight) -> bool:
        """Whether power is lost at a root, and nothing is known above it."""
        lost = place.trouble in _POWER if root.node == place.node else self._is_dead(root.node, sight)
        return lost and self._seeker.is_head(root.node, sight, place.since)

    def _is_dead(self, part: str, sight: Sight) -> bool:
        node = self._topology.nodes.get(part)
        cold = node is not None and node.kind in _COLD
        return not cold and self._seeker.state(part, sight) is State.DOWN

    # changing

    def open(self, change: Change, found: Found, at: float, now: float) -> Case:
        """Open an incident for an alert that belongs to none. ``at`` is UTC seconds."""
        name = incident_id(self._site, change.alert.key, at)
        self.cases[name] = Case(name, at, now, found.root.because, change.alert.severity)
        return self.cases[name]

    def restore(self, case: Case) -> None:
        """Take over an incident that was open before a restart."""
        self.cases[case.id] = case
        if case.head:
            self._heads[case.id] = case
        roots, case.roots = tuple(case.roots), []
        self._set_roots(case, roots)
        for member in list(case.members.values()):
            self._put(case, member)

    def join(self, case: Case, found: Found, member: Member, sight: Sight) -> None:
        """Put an alert into an incident, which has the roots that were found from now on."""
        self._set_roots(case, found.roots)
        self._put(case, member)
        if found.renamed:
            case.because = found.root.because
            self._give_reasons(case, sight)
        if self._is_head(member.place, found.root, sight):
            self._make_head(case)

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
        found = self.find(lead.change, lead.place, now, sight)
        if found.root.because is Because.ITSELF and self._is_in_doubt(lead.reason, sight):
            return case, ()
        if found.case is None or found.case is case:
            if found.root.node not in case.roots or found.renamed:
                self._rename(case, lead, found)
            if self._is_head(lead.place, found.root, sight):
                self._make_head(case)
            every = lead.change.rule.every if lead.change.rule else 0.0
            other = self._together(lead.place, found.root, now, every, sight, but=case)
            if other is None:
                return case, tuple(one for one in found.absorbed if one is not case)
            self._set_roots(other, (*other.roots, *case.roots))
            return other, (*(one for one in found.absorbed if one is not other), case)
        self._set_roots(found.case, found.roots)
        if found.renamed:
            found.case.because = found.root.because
            self._give_reasons(found.case, sight)
        swallowed = dict.fromkeys((*found.absorbed, case))  # this one may be among the absorbed
        return found.case, tuple(one for one in swallowed if one is not found.case)

    def _is_in_doubt(self, reason: Reason, sight: Sight) -> bool:
        """Whether a cause was concluded from evidence that only grew too old: unknown refutes nothing."""
        concluded = reason.suppresses and reason.because not in _BY_SILENCE
        return concluded and self._seeker.state(reason.node, sight) is State.UNKNOWN

    def _make_head(self, case: Case) -> None:
        case.head = True
        self._heads[case.id] = case

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
        self._set_roots(case, found.roots if found.renamed else kept)
        case.because = found.root.because
        case.put(replace(lead, reason=found.reason))

    def settle_for(self, case: Case, members: Iterable[Member]) -> None:
        """Name an incident after what remains of it."""
        self._set_roots(case, (member.place.node for member in members))
        case.because = Because.REMAINS

    def leave(self, case: Case, member: Member) -> None:
        """Take an alert out of an incident, which counts it as over from now on."""
        over = replace(member.change, alert=replace(member.alert, open=False))
        self.closed(case, replace(member, change=over))

    def closed(self, case: Case, member: Member) -> None:
        """Note that an alert no longer stands; its incident still tells of it."""
        case.put(member)
        self.alerts.drop(member)

    def _put(self, case: Case, member: Member) -> None:
        case.put(member)
        if member.open:
            self.alerts.put(member, case)

    def _set_roots(self, case: Case, roots: Iterable[str]) -> None:
        for name in case.roots:
            self._by_root[name].pop(case.id, None)
            if not self._by_root[name]:
                del self._by_root[name]
        case.roots = list(dict.fromkeys(roots))
        for name in case.roots:
            self._by_root[name][case.id] = case

    def end(self, case: Case) -> None:
        """Forget an incident that is over, or that is one with another."""
        self._set_roots(case, ())
        self._heads.pop(case.id, None)
        del self.cases[case.id]
        for key in case.open:
            self.alerts.drop(case.members[key])
