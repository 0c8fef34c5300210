"""Chooses the channels of every message, and says what is told later: to more people, again, or in a list.

notice ─▶ course of its incident ─▶ names ─▶ who is on call ─▶ channels ─▶ gate ─▶ these
                                                                            └▶ withheld: told together later
tick ─▶ steps, repeats, digests, hand-overs, what was withheld ─▶ messages
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from dcim.clock import Clock
from dcim.ledger import digest
from dcim.model import Memory
from dcim.model.fact import Body, Fact, FactKind, Json
from dcim.notify.deciding.duty import ROOM as DUTY
from dcim.notify.deciding.duty import Duty
from dcim.notify.deciding.gates import Gates
from dcim.notify.deciding.heard import Heard
from dcim.notify.deciding.present import AsNow, aged
from dcim.notify.deciding.summary import Listed, ListKind, listing
from dcim.notify.deciding.turn import KEY as OVER
from dcim.notify.deciding.turn import Turns
from dcim.notify.notices.notice import Notice, Site
from dcim.notify.notices.told import NoticeKind, Subject
from dcim.record import replace
from dcim.routing import Case, Course, Courses, Reminder, Route, Routes, Telling
from dcim.store import Message, Work

ROOM: Final = "telling"
"""Room of the memories of who was told of what is open, by dedup key."""

_UNKNOWN: Final = "unknown"  # a key of ``words.NEWS``: nothing is known of what remains
_UNTAKEN: Final = "untaken"  # a key of ``words.NEWS``


class Dispatch:
    """Who hears of what, as it goes on. Call it with each notice; it is told what goes out.

    ``tags`` gives the tags of a device. What it must remember over a restart it gives with ``unsaved``.
    """

    def __init__(
        self,
        telling: Telling,
        channels: Sequence[str],
        site: Site,
        clock: Clock,
        tags: Callable[[str], frozenset[str]] = lambda _asset: frozenset(),
        keepers: Collection[str] = (),
    ) -> None:
        self.duty = Duty(telling, site, clock)
        self._channels = tuple(channels)
        self._telling = telling
        self._site = site
        self._clock = clock
        self._tags = tags
        self._keepers = frozenset(keepers)
        self._routes = Routes(telling.routes, channels)
        self._courses = Courses(self._routes)
        self._heard: dict[str, Heard] = {}
        self._turns = Turns(telling.rotas if telling.hand_over else ())
        limits = {name: limit for name, limit in telling.limits.items() if name not in self._keepers}
        self._gates = Gates(limits, clock)
        self._unsaved: dict[str, None] = {}
        self._along: tuple[str, tuple[str, ...]] = ("", ())

    # a restart

    def recall(self, memories: Iterable[Memory]) -> None:
        """Take over what was so before a restart."""
        memories = tuple(memories)
        self.duty.recall(memories)
        courses: list[Course] = []
        for memory in memories:
            if memory.room == DUTY and memory.key == OVER:
                self._turns.recall(memory)
            if memory.room == ROOM and memory.body is not None:
                body: Mapping[str, Any] = memory.body
                self._heard[memory.key] = Heard.of(body)
                courses += [Course.of(one) for one in body["courses"]]
                withheld = body.get("withheld", ())
                self._gates.hold(memory.key, (name for name in self._channels if name in withheld))
        self._courses = Courses(self._routes, courses)

    def unsaved(self) -> tuple[Memory, ...]:
        """Return what must be on disk with the messages chosen so far, once."""
        found = [Memory(ROOM, key, self._body(key)) for key in self._unsaved]
        self._unsaved.clear()
        return (*found, *self.duty.unsaved(), *self._turns.unsaved(DUTY))

    def _body(self, key: str) -> dict[str, Any] | None:
        heard = self._heard.get(key)
        if heard is None:
            return None
        return {
            **heard.body(),
            "withheld": list(self.withheld(key)),
            "courses": [course.body() for course in self._courses.of(key)],
        }

    # messages

    def __call__(self, notice: Notice) -> tuple[str, ...]:
        """Return the channels that a message goes to now."""
        before = self._routes_of(notice.key)
        told = self._choose(notice)
        self._along = notice.key, self._routes_of(notice.key) or before
        return told

    def along(self, key: str) -> tuple[str, ...]:
        """Return the names of the routes by which the newest message of an incident goes out."""
        return self._along[1] if self._along[0] == key else self._routes_of(key)

    def said(self, notice: Notice) -> Body:
        """Return a notice as ``Notice.body`` does, once for the message and for what is remembered."""
        heard = self._heard.get(notice.key)
        return heard.said() if heard is not None and heard.notice is notice else notice.body()

    def _routes_of(self, key: str) -> tuple[str, ...]:
        return tuple(course.route for course in self._courses.of(key) if course.route)

    def _choose(self, notice: Notice) -> tuple[str, ...]:
        self._unsaved[notice.key] = None
        match notice.kind:
            case NoticeKind.RAISED:
                return self._raised(notice)
            case NoticeKind.CLEARED:
                return self._cleared(notice)
            case NoticeKind.ACKNOWLEDGED:
                self._courses.hold(notice.key)
                return self._told_before(notice)
            case _:
                return self._updated(notice)

    def _raised(self, notice: Notice) -> tuple[str, ...]:
        heard = self._heard[notice.key] = Heard(notice)
        names = self._names(self._courses.begin(notice.key, self._case(notice), notice.at))
        return self._let_through(heard, self.channels(names, notice.at))

    def _updated(self, notice: Notice) -> tuple[str, ...]:
        heard = self._heard.get(notice.key)
        if heard is None:  # told by a version that kept no record of it
            return self._raised(notice)
        reminders = self._courses.begin(notice.key, self._case(notice), notice.at)
        if notice.why == _UNKNOWN:  # it claims no fault: nobody is called to it again until more is known
            self._courses.hold(notice.key)
        elif not notice.acknowledged:
            reminders += self._courses.resume(notice.key, notice.at)
        heard.notice = notice
        more = self.channels(self._names(reminders), notice.at)
        return self._let_through(heard, [*heard.channels, *more])

    def _told_before(self, notice: Notice) -> tuple[str, ...]:
        heard = self._heard.get(notice.key)
        if heard is None:
            return self._channels
        heard.notice = notice
        return self._let_through(heard, heard.channels)

    def _cleared(self, notice: Notice) -> tuple[str, ...]:
        heard = self._heard.get(notice.key)
        self._gates.forget(notice.key)
        self._courses.end(notice.key)
        self._turns.ended(notice)
        if heard is None:
            return self._channels
        heard.notice, heard.over = notice, True
        if not self._courses.of(notice.key):
            del self._heard[notice.key]
        return tuple(heard.channels)

    def _let_through(self, heard: Heard, channels: Iterable[str]) -> tuple[str, ...]:
        """Return the channels that bear one more message, and note that they hear of it."""
        passed = self._gates.passed(heard, channels)
        heard.add(passed)
        return passed

    def channels(self, names: Iterable[str], at: float) -> list[str]:
        """Return the channels that names of channels, people and rotas mean at ``at`` (UTC seconds).

        Names that lead nowhere any more mean every channel.
        """
        meant = self._telling.channels(names, at, self.duty.overrides)
        return [name for name in meant if name in self._channels] or ([*self._channels] if meant else [])

    def _names(self, reminders: Iterable[Reminder]) -> list[str]:
        return [name for reminder in reminders for name in reminder.to]

    def _case(self, notice: Notice) -> Case:
        return Case(
            notice.severity,
            notice.rule,
            notice.device_kind,
            frozenset({notice.room} - {""}),
            frozenset(notice.tenants),
            frozenset(one.id for one in notice.services),
            self._tags(notice.asset),
        )

    def way(self, key: str) -> tuple[tuple[Course, Route, float | None], ...]:
        """Return how far the telling of an incident has come: course, route, when its next step is due."""
        courses = self._courses
        return tuple((one, self._routes[one.route], courses.next_at(one)) for one in courses.of(key))

    def withheld(self, key: str) -> tuple[str, ...]:
        """Return the channels that do not bear the first message of an incident now."""
        return self._gates.withheld(key)

    # what time brings

    def tick(self, as_now: AsNow = aged, muted: Callable[[str], bool] = lambda _key: False) -> Work:
        """Return what is told because time went on, with the facts of it.

        ``as_now`` gives what a kept notice would say now; without it only its values grow older. ``muted``
        says whether all that stands of an incident is: then nobody else is told, and nobody again.
        """
        at = self._clock.now()
        said = [
            *self._reminders(at, as_now, muted),
            *self._digests(at, as_now),
            *self._released(at, as_now),
            *self._handed_over(at, as_now),
        ]
        facts = tuple(_fact(notice, channels) for notice, channels in said)
        messages = tuple(_message(notice, name) for notice, channels in said for name in channels)
        return Work(facts=(*facts, *self.duty.facts()), memories=self.unsaved(), outbox=messages)

    def announce(self, notice: Notice) -> Work:
        """Return the work that tells of what is planned: those who are told first of what is no trouble."""
        routes = self._routes.of(self._case(notice), notice.at)
        channels = tuple(self.channels([name for route in routes for name in route.steps[0].to], notice.at))
        messages = tuple(_message(notice, name) for name in channels)
        return Work(facts=(_fact(notice, channels),), outbox=messages)

    def _reminders(
        self, at: float, as_now: AsNow, muted: Callable[[str], bool]
    ) -> Iterator[tuple[Notice, tuple[str, ...]]]:
        before = self._courses.muted
        reminders = self._courses.tick(at, muted)
        self._unsaved.update(dict.fromkeys({*before} ^ {*self._courses.muted}))
        for reminder in reminders:
            heard = self._heard.get(reminder.incident)
            if heard is None:
                continue
            self._unsaved[reminder.incident] = None
            heard.reminders += 1
            told = self._let_through(heard, self.channels(reminder.to, at))
            if told:
                notice = replace(
                    as_now(heard.notice, at),
                    kind=NoticeKind.REMINDED,
                    at=at,
                    number=heard.reminders,
                    why=_UNTAKEN,
                    routes=(reminder.route,) if reminder.route else (),
                )
                yield notice, told

    def _digests(self, at: float, as_now: AsNow) -> Iterator[tuple[Notice, tuple[str, ...]]]:
        if not self.duty.digest_is_due(at):
            return
        for gathered in self._courses.gather(at):
            told = tuple(self.channels(gathered.to, at))
            for key in gathered.incidents:
                yield from self._each(key, (name for name in told if name in self._keepers), at)
            told = tuple(name for name in told if name not in self._keepers)
            listed = [self._listed(key) for key in gathered.incidents if key in self._heard]
            for key in gathered.incidents:
                self._hear(key, told)
            if listed and told:
                yield listing(ListKind.DIGEST, listed, self._site, at, "|".join(told), as_now), told

    def _each(self, key: str, names: Iterable[str], at: float) -> Iterator[tuple[Notice, tuple[str, ...]]]:
        """Tell channels whose far side keeps troubles of one by itself, if it is not over: a list is none."""
        heard = self._heard.get(key)
        if (
            heard is None
            or heard.over
            or not (told := tuple(name for name in names if name not in heard.channels))
        ):
            return
        notice = replace(heard.notice, at=at)
        self._hear(key, told)
        yield notice, told

    def _hear(self, key: str, told: tuple[str, ...]) -> None:
        self._unsaved[key] = None
        heard = self._heard.get(key)
        if heard is None:
            return
        heard.add(told)
        if heard.over and not self._courses.of(key):
            del self._heard[key]

    def _released(self, at: float, as_now: AsNow) -> Iterator[tuple[Notice, tuple[str, ...]]]:
        for name, keys in self._gates.released(self._heard):
            if name in self._keepers:
                for key in keys:
                    yield from self._each(key, (name,), at)
            else:
                listed = [self._listed(key) for key in keys]
                for key in keys:
                    self._hear(key, (name,))
                yield listing(ListKind.WITHHELD, listed, self._site, at, name, as_now), (name,)

    def _handed_over(self, at: float, as_now: AsNow) -> Iterator[tuple[Notice, tuple[str, ...]]]:
        for rota, person in self.duty.handed_over(at):
            told = tuple(self.channels([person], at))
            over, more = self._turns.handed_over(rota, at)
            listed = [Listed(one.notice) for one in self._heard.values() if not one.over]
            listed += [Listed(notice, over=True) for notice in over]
            if told:
                yield listing(ListKind.HAND_OVER, listed, self._site, at, rota, as_now, more), told

    def _listed(self, key: str) -> Listed:
        heard = self._heard[key]
        return Listed(heard.notice, heard.over)


def _message(notice: Notice, channel: str) -> Message:
    return Message(channel, notice.key, notice.message_id, notice.body(), created=notice.at, due=notice.at)


_KINDS: Final = {Subject.LIST: FactKind.SUMMARY, Subject.WORK: FactKind.MAINTENANCE}


def _fact(notice: Notice, told: tuple[str, ...]) -> Fact:
    said: dict[str, Json] = {
        "what": notice.rule,
        "number": notice.number,
        "incidents": [child.key for child in notice.children],
        "digest": digest(notice.body()),
        "message_id": notice.message_id,
        "told": told,
        "routes": notice.routes,
    }
    kind = _KINDS.get(notice.subject, FactKind.REMINDER)
    return Fact(kind, notice.at, notice.key, said)
