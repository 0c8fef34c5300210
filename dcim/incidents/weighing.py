"""Where alerts belong whose cause may have gone (I5): looked at again, so many in one turn of the loop. Pure.

a cause has cleared ─▶ what hung on it ─▶ does it hold, was it asked since? ─▶ where it belongs now
                             └▶ of thousands: the rest with the next ticks
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Final, Protocol

from dcim.alerts import Change
from dcim.graph import State, Topology
from dcim.incidents.case import Case
from dcim.incidents.desk import Desk, Moment
from dcim.incidents.groups import Groups
from dcim.incidents.incident import Member, Reason
from dcim.incidents.place import Because, Place
from dcim.incidents.sight import Sight
from dcim.incidents.trouble import HEALS, Trouble
from dcim.record import replace

PER_TURN: Final = 1000
"""Alerts that are weighed in one turn: tens of milliseconds."""

_RECOVERED: Final = 60.0
"""Seconds with voltage after which a root that no alert shows explains nothing any more."""


class Admit(Protocol):
    """Puts an alert into the incident of its cause, or opens one; ``out_of``: that whose cause has gone."""

    def __call__(self, change: Change, place: Place, desk: Desk, out_of: Case | None = None) -> None:
        """Have it told with that incident."""
        ...


class Weighing:
    """Looks again where alerts belong, ``per_turn`` in one turn. ``wait``: seconds that a message gathers."""

    def __init__(
        self, topology: Topology, groups: Groups, wait: float, admit: Admit, per_turn: int = PER_TURN
    ) -> None:
        self.since = inf
        """Since when alerts wait to be weighed (monotonic seconds); ``inf``: none does."""
        self._topology = topology
        self._groups = groups
        self._wait = wait
        self._admit = admit
        self._per_turn = per_turn
        self._waiting: dict[str, Reason] = {}  # by key, with the reason that is in doubt

    def weigh(self, case: Case, member: Member, desk: Desk) -> None:
        """Look again where an alert belongs; beyond so many in one moment, with the next ticks."""
        if desk.weighed < self._per_turn:
            desk.weighed += 1
            self._weigh(case, member, desk)
        else:
            self._waiting[member.key] = member.reason
            self.since = min(self.since, desk.moment.now)

    def go_on(self, desk: Desk) -> None:
        """Weigh those that wait, so many: not who has cleared, or stands for another reason by now."""
        while self._waiting and desk.weighed < self._per_turn:
            key = next(iter(self._waiting))
            reason, case = self._waiting.pop(key), self._groups.alerts.case_of(key)
            if case is not None and case.members[key].reason == reason:
                self.weigh(case, case.members[key], desk)
                desk.touch(case)
        if not self._waiting:
            self.since = inf

    def recovered(self, case: Case, nodes: Iterable[str], desk: Desk) -> frozenset[str]:
        """Return those parts that have had voltage for long enough."""
        now, back = desk.moment.now, set()
        for node in nodes:
            if unheard := self._unheard(node, desk.moment.sight):
                desk.asks.update(dict.fromkeys(unheard))
            elif desk.moment.sight.state(node) is not State.UP:
                case.live_since.pop(node, None)
            elif now - case.live_since.setdefault(node, now) >= _RECOVERED:
                back.add(node)
        return frozenset(back)

    def _weigh(self, case: Case, member: Member, desk: Desk) -> None:
        """Look again where an alert belongs whose cause may have gone; one that is about to clear stays."""
        moment = desk.moment
        holds = moment.sight.holds(member.alert)
        if holds is State.DOWN:
            return
        unheard = self._unheard(member.reason.node, moment.sight)
        if moment.sight.asked(member.alert.asset) < case.cleared_at:  # what it said before proves nothing now
            unheard.append(member.alert.asset)
        desk.asks.update(dict.fromkeys(unheard))
        if unheard or holds is State.UNKNOWN or _may_be_booting(case, member, moment):
            case.put(replace(member, reason=replace(member.reason, cause="")))  # no alert shows it any more
            case.to_weigh = True
            return
        found = self._groups.find(member.change, member.place, moment.now, moment.sight, out_of=case)
        if found.root.because is Because.ITSELF and self._groups.may_stand(case, member, moment.sight):
            case.put(replace(member, reason=replace(member.reason, cause="")))
        elif found.case is case and found.reason.suppresses:
            desk.put(case, replace(member, reason=found.reason))
        elif member.place.trouble in HEALS and found.root.because is Because.ITSELF:
            self._leave_over(case, member, desk)
        else:
            self._groups.leave(case, member)
            self._admit(member.change, member.place, desk, out_of=case)
            desk.touch(case)

    def _unheard(self, node: str, sight: Sight) -> list[str]:
        """Return who shows how a part is, and was not asked yet since the daemon started."""
        return [name for name in (node, *self._topology.meters(node)) if sight.asked(name) == -inf]

    def _leave_over(self, case: Case, member: Member, desk: Desk) -> None:
        """Keep in its incident what takes its time to heal, and say that it is what remains."""
        desk.put(case, replace(member, reason=Reason(Because.REMAINS, member.place.node)))
        self._groups.settle_for(case, member)
        now = desk.moment.now
        self._groups.owe(case, now if len(case.left) == 1 else case.free_at(now, self._wait), "remains")
        desk.touch(case)


def _may_be_booting(case: Case, member: Member, moment: Moment) -> bool:
    """Whether a device may be silent still because it, or what it is reached through, starts again."""
    if member.place.trouble is not Trouble.SILENT or not member.reason.suppresses:
        return False
    rule = member.change.rule
    silent = moment.sight.answers(member.alert.asset) is State.DOWN
    return silent and moment.now - case.cleared_at < (rule.on_delay if rule else 0.0)
