"""When people are told of an incident, and of what beside it: one message a change, not an alert. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from math import inf
from typing import Final

from dcim.graph import State, Topology
from dcim.incidents.case import Case
from dcim.incidents.desk import Desk
from dcim.incidents.groups import Groups
from dcim.incidents.hit import hit, over
from dcim.incidents.incident import RANK, Apart, Belongs, IncidentKind, Member
from dcim.incidents.sight import Sight
from dcim.incidents.trouble import Trouble
from dcim.incidents.unseen import SURE, look
from dcim.record import replace

_FUNCTION: Final = "service_function_state"

LOOK: Final = 5.0
"""Seconds between two looks at what an open incident hits and whether its causes still stand."""


AT_ONCE: Final = 200
"""First messages of one second that wait for nothing; in a storm the facts of all the others go first."""

PUT_OFF: Final = 4.0
"""Seconds that a first message beyond those waits at most: less than it would wait for answers."""

PAUSE: Final = 0.25
"""Seconds without a new alert after which a storm makes a pause, and what was put off waits no longer."""


class Telling:
    """Decides which messages the touched incidents call for. ``wait``: seconds that a message gathers."""

    def __init__(self, topology: Topology, groups: Groups, wait: float, at_once: int = AT_ONCE) -> None:
        self._topology = topology
        self._groups = groups
        self._wait = wait
        self._at_once = at_once
        self._second = 0.0
        self._first = 0  # messages in this second
        self._put_off: dict[str, None] = {}  # incidents whose first message waits for a pause, in order
        self._raised = -inf  # when an alert was raised last

    def raised(self, now: float) -> None:
        """Take it that an alert was raised: a storm that is under way goes on."""
        self._raised = now

    @property
    def pause_at(self) -> float:
        """Return when what was put off may be told because the storm pauses; ``inf``: nothing was."""
        return self._raised + PAUSE if self._put_off else inf

    def resume(self, now: float, most: int) -> None:
        """Plan for now what was put off, so many at once, if the storm makes a pause."""
        if now < self.pause_at:
            return
        for name in list(islice(self._put_off, most)):
            del self._put_off[name]
            case = self._groups.cases.get(name)
            if case is not None and not case.told and not case.waits_for:
                self._groups.owe(case, now, "")

    def settle(self, cases: Iterable[Case], desk: Desk) -> None:
        """Lay down the messages of these incidents."""
        for case in list(cases):
            if self._groups.cases.get(case.id) is case:
                self._settle(case, desk)
        for case, member in self._groups.otherwise():
            if case.members.get(member.key) is member:
                desk.places[member.key] = Belongs(case.id, member)

    def merge(self, others: Iterable[Case], case: Case, desk: Desk) -> None:
        """Merge incidents that nobody knows of into another one."""
        for other in others:
            desk.merged(other, case)
            for member in self._groups.merge(other, case, desk.moment.sight):
                desk.places[member.key] = Belongs(case.id, member, moved=True)

    def _settle(self, case: Case, desk: Desk) -> None:
        if not case.told and self._may_tell(case, desk):
            case = self._reroot(case, desk)
        if case.told:
            self._tell_more(case, desk)
        elif self._may_tell(case, desk):
            self._first += 1
            self._measure(case, desk)
            self._tell(case, IncidentKind.RAISED, desk)
        elif case.id in desk.new:
            desk.say(case, IncidentKind.OPENED)
            desk.new.discard(case.id)
        self._tell_apart(case, desk)
        if case.told and not case.open:
            case.hit = over(self._topology, case.hit, case.reached, desk.moment.sight)
            desk.say(case, IncidentKind.CLEARED)
            desk.owing.pop(case.id, None)
            self._groups.end(case)
        else:
            desk.keep(case)

    def _may_tell(self, case: Case, desk: Desk) -> bool:
        """Whether an incident is told now: everybody answered, the wait is over, or it is one of safety."""
        now = desk.moment.now
        if not case.open or case.safety or (case.due is not None and case.due <= now):
            return True
        if case.waits_for:
            return False
        if now - self._second >= 1.0:
            self._second, self._first = now, 0
        if self._first < self._at_once:
            return True
        self._put_off[case.id] = None
        self._groups.owe(case, now + min(PUT_OFF, self._wait), "")
        return False

    def _reroot(self, case: Case, desk: Desk) -> Case:
        target, swallowed = self._groups.reroot(case, desk.moment.now, desk.moment.sight)
        self.merge(swallowed, target, desk)
        if target is not case and target.told:
            self._groups.owe(target, desk.moment.now + self._wait, "root")
        elif not target.told:
            self._groups.complete(target, desk.moment.sight)
        return target

    def _tell_more(self, case: Case, desk: Desk) -> None:
        """Tell of an incident again once it got worse, or hits a service that it had not hit.

        Worse is a higher severity, and also what was told to have lost its reserve only and is down now.
        """
        if not case.open:
            return
        now = desk.moment.now
        if case.told_severity is not None and RANK[case.severity] < RANK[case.told_severity]:
            self._groups.owe(case, now + self._wait, "worse")
        if not case.calls <= case.told_calls:
            self._groups.owe(case, now + self._wait, "calls")
        looks = now - case.measured >= LOOK
        if looks:
            self._measure(case, desk)
            self._weigh_hit(case, now)
            self._weigh_unseen(case, desk)
        if case.due is not None and case.due <= now:
            if case.muted:  # nobody is told of more until something that stands is not
                why, case.due = case.owed, None
                self._groups.owe(case, now + LOOK, why)
                return
            if not looks:
                self._measure(case, desk)
            self._tell(case, IncidentKind.UPDATED, desk)

    def _weigh_hit(self, case: Case, now: float) -> None:
        """Plan a message where what was measured just now is worse than what people know.

        What is foretold hits nothing: what falls is told with what was lost.
        """
        if case.root().place.trouble is Trouble.FORETOLD:
            return
        if self._fallen(case):  # the first to fall does not wait for the pause between two messages
            self._groups.owe(
                case, case.free_at(now, self._wait) if case.told_down else now + self._wait, "worse"
            )
        elif not case.told_services.issuperset(case.hit.services):
            self._groups.owe(case, case.free_at(now, self._wait), "services")

    def _weigh_unseen(self, case: Case, desk: Desk) -> None:
        """Plan a message where people are to know that something is not known any more, or is again.

        One that tells that nothing is known of what remains ends all that claims a fault.
        """
        unseen, now = case.unseen, desk.moment.now
        if unseen.only:
            if not case.told_unknown and desk.moment.at - unseen.since >= SURE:
                case.told_unknown = True
                self._groups.owe(case, now, "unknown")
        elif case.told_unknown:
            if any(desk.moment.sight.holds(case.members[key].alert) is State.UP for key in case.open):
                case.told_unknown = False
                self._groups.owe(case, now, "known")
        elif not case.told_silent.issuperset(unseen.devices):
            self._groups.owe(case, case.free_at(now, self._wait), "silent")

    def _fallen(self, case: Case) -> bool:
        """Whether a service is down of which nobody is told: neither here, nor where its alert stands."""
        fallen = case.hit.down - case.told_down
        telling = {name: self._tell_end(name) for name in fallen}
        elsewhere = {name for name, cases in telling.items() if cases and case not in cases}
        case.told_down = case.told_down.union(elsewhere)
        return elsewhere != fallen

    def _tell_end(self, service: str) -> list[Case]:
        """Return the incidents in which an alert stands that says that a service is down."""
        standing = self._groups.alerts.on_device(service).items()
        return [case for key, case in standing if case.members[key].alert.point.metric == _FUNCTION]

    def _tell(self, case: Case, kind: IncidentKind, desk: Desk) -> None:
        """Tell of an incident as it was measured in this moment."""
        why, lead = case.owed, case.root()
        if lead.place.safety:
            case.told_safety.add(_what(lead))
        case.told, case.told_severity = True, case.severity
        case.told_last, case.told_at = desk.moment.now, desk.moment.at
        case.told_services = case.told_services.union(case.hit.services)
        case.told_down = case.told_down.union(case.hit.down)
        case.told_calls |= case.calls
        if not case.unseen.only:
            case.told_silent = case.told_silent.union(case.unseen.devices)
        case.due, case.owed = None, ""
        case.waits_for.clear()
        self._put_off.pop(case.id, None)
        desk.new.discard(case.id)
        desk.say(case, kind, why=why)

    def _measure(self, case: Case, desk: Desk) -> None:
        places = dict.fromkeys([case.members[key].place.node for key in case.open])
        case.measured = desk.moment.now
        case.hit = hit(self._topology, case.roots, places, desk.moment.sight, case.opened, case.reached)
        case.reached = case.reached.and_by(case.hit)
        case.fading = frozenset(_fading(case, desk.moment.sight))
        case.unseen = look(case, self._topology, desk.moment.sight, desk.moment.at)

    # safety (I8)

    def _tell_apart(self, case: Case, desk: Desk) -> None:
        """Tell by itself what waits for no cause, once a device, unless the incident was named after it."""
        if not case.told or not case.safety:
            case.told_safety.clear()
            return
        members = [case.members[key] for key in sorted(case.safety, key=lambda key: case.members[key].raised)]
        case.told_safety &= {_what(one) for one in members}
        told = case.told_safety | {_what(one) for one in members if one.apart}
        for member in members:
            if _what(member) not in told:
                told.add(_what(member))
                apart = replace(member, apart=True)
                case.put(apart)
                desk.apart.append(Apart(member.change, case.id))
                before = desk.places.get(member.key)
                desk.places[member.key] = Belongs(case.id, apart, moved=before is None or before.moved)


def _fading(case: Case, sight: Sight) -> Iterator[str]:
    """Yield the alerts at the roots whose condition does not hold any more."""
    for key in dict.fromkeys(key for root in case.roots for key in case.placed.get(root, ())):
        if sight.ends(case.members[key].alert):
            yield key


def _what(member: Member) -> tuple[str, str]:
    return member.place.device, member.place.trouble
