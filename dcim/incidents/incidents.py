"""From changes of alerts to incidents: one cause, one incident, one message that names it. Pure.

raised ─▶ root ─▶ the incident of that root, or a new one ─▶ AskNow(what is above it, what is beside it)
                                                               │ all answered, or 5 s
cleared ─▶ was it a cause? who is still bad stands for itself  ▼
                                             raised, updated, cleared: one message each
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from math import inf
from typing import Final

from dcim.alerts import Change, ChangeKind
from dcim.graph import State, Topology
from dcim.incidents.asking import MOST, Asking
from dcim.incidents.case import Case
from dcim.incidents.desk import Desk, Moment
from dcim.incidents.feeds import OtherFeeds
from dcim.incidents.groups import Groups
from dcim.incidents.incident import Apart, AskNow, Belongs, Incident, IncidentKind, Member, Outcome, Reason
from dcim.incidents.memory import unhang
from dcim.incidents.place import Place, place_of
from dcim.incidents.telling import AT_ONCE, LOOK, Telling
from dcim.incidents.trouble import TROUBLES, Troubles
from dcim.incidents.weighing import PER_TURN, Weighing
from dcim.record import replace

WAIT: Final = 5.0
"""Seconds that the first message waits at most for the answers of those that were asked."""


class Incidents:
    """Keeps the open incidents of a site. It holds back messages, never alerts or clearances (I1, I2)."""

    def __init__(
        self,
        topology: Topology,
        site: str,
        *,
        troubles: Troubles = TROUBLES,
        wait: float = WAIT,
        at_once: int = AT_ONCE,
        per_turn: int = PER_TURN,
    ) -> None:
        self.topology = topology
        self._troubles = troubles
        self._wait = wait
        feeds = OtherFeeds(topology)
        self._groups = Groups(topology, site, feeds)
        self._asking = Asking(topology, feeds)
        self._telling = Telling(topology, self._groups, wait, at_once)
        self._weighing = Weighing(topology, self._groups, wait, self._admit, per_turn)
        self._turns: list[tuple[float, str]] = []  # a heap: when which incident is looked after

    @property
    def open(self) -> tuple[Incident, ...]:
        """Return the incidents that stand, in the order they were opened."""
        return tuple(case.shown() for case in self._groups.cases.values())

    @property
    def untold(self) -> int:
        """Return how many incidents stand of which nobody was told yet."""
        return sum(not case.told for case in self._groups.cases.values())

    @property
    def wake_at(self) -> float | None:
        """Return when ``tick`` is worth calling next (monotonic seconds); None while nothing is open."""
        if not self._groups.cases:
            return None
        look_at = self._turns[0][0] if self._turns else inf
        planned = min(self._groups.agenda.next_at(), self._telling.pause_at)
        return min(planned, look_at, self._weighing.since)

    def of(self, key: str) -> Incident | None:
        """Return the incident of an alert that is open, or has cleared in it."""
        case = self._groups.home_of(key)
        return case.shown() if case else None

    def named(self, incident: str) -> Incident | None:
        """Return an open incident by its id."""
        case = self._groups.cases.get(incident)
        return case.shown() if case else None

    def id_of(self, key: str) -> str:
        """Return the id of the incident of an alert that is open, or has cleared in it; empty without one."""
        case = self._groups.home_of(key)
        return case.id if case else ""

    def keys_of(self, incident: str) -> frozenset[str]:
        """Return the alerts of an open incident: those that stand, and those that cleared in it."""
        case = self._groups.cases.get(incident)
        members = case.members.values() if case else ()
        return frozenset(one.key for one in members if one.open or not self._groups.alerts.case_of(one.key))

    def muted(self, key: str) -> bool:
        """Whether all that stands of an incident is muted, or an alert that is told by itself."""
        case = self._groups.cases.get(key)
        if case is not None:
            return case.muted
        home = self._groups.alerts.case_of(key)
        return home is not None and bool(home.members[key].alert.mutes)

    def reason(self, key: str) -> Reason | None:
        """Return why an alert stands where it does (I7)."""
        case = self._groups.home_of(key)
        return case.members[key].reason if case else None

    def waiting(self, incident: str) -> tuple[tuple[str, ...], float | None]:
        """Return whose answers the next message waits for, and when it goes out at the latest (monotonic)."""
        case = self._groups.cases.get(incident)
        return (tuple(sorted(case.waits_for)), case.due) if case else ((), None)

    # events

    def take(self, changes: Iterable[Change], moment: Moment) -> Outcome:
        """Take changes of alerts, all of one moment."""
        desk = Desk(moment)
        self._groups.begin()
        for change in changes:
            match change.kind:
                case ChangeKind.RAISED:
                    self._raise(change, desk)
                case ChangeKind.CLEARED | ChangeKind.CLEARED_UNTOLD:
                    self._clear(change, desk)
                case _:
                    self._note(change, desk)
        self._telling.settle(desk.touched.values(), desk)
        return desk.outcome()

    def awaits(self, device: str) -> bool:
        """Whether a device was asked for an incident, and has not answered yet."""
        return device in self._asking

    def answered(self, device: str, began: float, moment: Moment) -> Outcome:
        """Take it that a poll which began at ``began`` (monotonic) is over, with an answer or without.

        Who gave none is asked once more, unless it is known to be silent: a single answer may be lost.
        """
        if self._is_newly_silent(device, moment) and self._asking.again(device, began, moment.now):
            return Outcome(effects=(AskNow(device),), at=moment.at)
        waiting = [
            case
            for name in self._asking.answered(device, began)
            if (case := self._groups.cases.get(name)) is not None and not case.told
        ]
        for case in waiting:
            case.waits_for.discard(device)
        ready = [case for case in waiting if not case.waits_for]
        if not ready:
            return Outcome()
        desk = Desk(moment)
        self._groups.begin()
        self._telling.settle(ready, desk)
        return desk.outcome()

    def _is_newly_silent(self, device: str, moment: Moment) -> bool:
        """Whether a device did not answer of which no alert says so."""
        return moment.sight.answers(device) is State.DOWN and not self._groups.alerts.is_silent(device)

    def tick(self, moment: Moment, most: int = 100) -> Outcome:
        """Send what is due, and look after incidents whose causes no alert shows: so many at once.

        What is due at one moment goes out in the order of ``Case.turn``, which a restart leaves alone.
        """
        desk = Desk(moment)
        self._groups.begin()
        self._asking.forget(moment.now - 2 * self._wait)
        self._weighing.go_on(desk)
        now = moment.now
        self._telling.resume(now, most)
        for case in self._groups.agenda.due(now, most):
            desk.touch(case)
        for _ in range(most):
            if not self._turns or self._turns[0][0] > now:
                break
            look_at, name = heappop(self._turns)
            standing = self._groups.cases.get(name)
            if standing is not None and standing.look_at == look_at:
                self._look(standing, desk)
                self._follow(standing, now)
        self._telling.settle(desk.touched.values(), desk)
        return desk.outcome()

    def _follow(self, case: Case, now: float) -> None:
        """Plan the next look, on a beat that began when the incident did: a restart goes on in it."""
        case.look_at = now + LOOK - (now - case.opened) % LOOK
        heappush(self._turns, (case.look_at, case.id))

    def restore(self, kept: Iterable[Case], now: float) -> None:
        """Take over the incidents that were open before a restart; the untold ones are told soon.

        Whether those alerts still hang on a cause that no alert shows now is looked at again: it may have
        gone just before, or while nobody watched.
        """
        cases = sorted(kept, key=Case.turn)
        for case in cases:
            self._groups.restore(case)
            self._follow(case, now)
            if case.owed or not case.told:
                self._groups.owe(case, now + self._wait, case.owed)
        for case in cases:
            unhang(case, self._groups.alerts.shows, now)

    # one alert

    def place(self, change: Change, now: float) -> Place:
        """Return where an alert stands in the building, what it tells of, and since when at the latest."""
        return place_of(change, now, self.topology, self._troubles)

    def _raise(self, change: Change, desk: Desk) -> None:
        self._telling.raised(desk.moment.now)
        known = self._groups.alerts.case_of(change.alert.key)
        if known is not None:
            self._renew(known, change, desk)
            desk.touch(known)
            return
        self._admit(change, self.place(change, desk.moment.now), desk)

    def _renew(self, case: Case, change: Change, desk: Desk) -> Member:
        """Keep the newest change of an alert."""
        member = replace(case.members[change.alert.key], change=change)
        desk.put(case, member)
        return member

    def _admit(self, change: Change, place: Place, desk: Desk, out_of: Case | None = None) -> None:
        """Put an alert into the incident of its cause, or open one. ``out_of``: that whose cause has gone."""
        now, sight = desk.moment.now, desk.moment.sight
        found = self._groups.find(change, place, now, sight, out_of=out_of)
        case, moved = found.case, out_of is not None
        if case is None:
            at = desk.moment.at if moved else change.alert.raised_at
            case = self._groups.open(change, found, at, now)
            self._follow(case, now)
            desk.new.add(case.id)
        before = tuple(case.roots)
        member = Member(change, place, found.reason, raised=now)
        self._groups.join(case, found, member, sight)
        desk.places[change.alert.key] = Belongs(case.id, member, moved)
        self._telling.merge(found.absorbed, case, desk)
        desk.touch(case)
        self._plan(case, before, desk, moved=moved)
        if found.lower and case.told and self._groups.ease(case, member):
            self._groups.owe(case, case.free_at(now, self._wait), "eased")
        if not moved and not case.told and len(case.waits_for) < MOST:
            asked, waits = self._asking.ask(case.id, place, now)
            desk.asks.update(dict.fromkeys(asked))
            case.waits_for |= waits

    def _plan(self, case: Case, before: tuple[str, ...], desk: Desk, *, moved: bool) -> None:
        """Plan the message that a new member calls for: the first one, or that the root is another."""
        now = desk.moment.now
        if not case.told:
            self._groups.owe(case, now if moved else now + self._wait, "")
        elif before != tuple(case.roots):
            self._groups.owe(case, now + self._wait, "root")

    def _clear(self, change: Change, desk: Desk) -> None:
        case = self._groups.alerts.case_of(change.alert.key)
        if case is None:
            return
        gone = self._renew(case, replace(change, alert=replace(change.alert, open=False)), desk)
        self._groups.closed(case, gone)
        desk.touch(case)
        if gone.apart:
            desk.apart.append(Apart(change, case.id))
        case.to_weigh, case.cleared_at = True, desk.moment.now
        for member in case.hung_on(gone.key, gone.place.node, gone.place.device):
            if gone.goes_on_as(member):
                desk.put(case, replace(member, reason=gone.reason))
            else:
                self._weighing.weigh(case, member, desk)

    def _note(self, change: Change, desk: Desk) -> None:
        """Take what people did about an alert, or what else became of it."""
        case = self._groups.alerts.case_of(change.alert.key)
        if case is None:
            return
        muted = change.kind is ChangeKind.UNMUTED and case.muted
        self._renew(case, change, desk)
        if muted and case.told and not case.muted and not case.acknowledged:
            self._groups.owe(case, desk.moment.now, "unmuted")
            desk.touch(case)
        elif change.kind is ChangeKind.ACKNOWLEDGED and case.taken(change.alert):
            desk.say(case, IncidentKind.ACKNOWLEDGED, who=case.acknowledged)
        elif change.kind is ChangeKind.UNACKNOWLEDGED and case.acknowledged and not case.looked_after:
            case.acknowledged = case.note = ""
            self._groups.owe(case, desk.moment.now, "unacknowledged")
            desk.touch(case)

    # when a cause has gone (I5)

    def _look(self, case: Case, desk: Desk) -> None:
        """Look after an incident: has it hit more, and do its causes that no alert shows still stand?"""
        desk.touch(case)
        case.measured = -inf
        hanging = case.hung_on("")
        back = self._weighing.recovered(case, {one.reason.node for one in hanging}, desk)
        weighs, case.to_weigh = case.to_weigh, False
        for member in hanging:
            if weighs or member.reason.node in back:
                self._weighing.weigh(case, member, desk)
