"""How far the telling of each incident has come: first step, later steps, repeats, until somebody takes it.

              acknowledged          acknowledgement over
    running ────────────────▶ held ─────────────────────▶ running again, from its first step
       │     all of it muted    │       mute over
       └──────── cleared ───────┴──────▶ ended; whoever was told is told

A course is kept with its incident, so that a restart goes on where it stood. Times are UTC seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from heapq import heappop, heappush
from typing import Any, Final

from dcim.model.fact import Json
from dcim.record import acyclic, dataclass, replace
from dcim.routing.match import Case
from dcim.routing.routes import Route, Routes, Step


@dataclass(frozen=True, slots=True)
@acyclic
class Course:
    """Where the telling of one incident along one route stands.

    ``since``: when it was raised, or lost its acknowledgement. ``done``: steps taken. ``told_at``: when
    anybody was last told. ``told``: the names that were, in the order in which they were first. ``over``: the
    incident is, and only waits for the digest to mention it. ``muted``: it is held because all that stands
    of it was muted when a step or repeat was due.
    """

    incident: str
    route: str
    since: float
    told_at: float
    done: int = 0
    held: bool = False
    told: tuple[str, ...] = ()
    over: bool = False
    muted: bool = False

    def body(self) -> dict[str, Json]:
        """Return it as the store keeps it."""
        return {**{name: getattr(self, name) for name in _COURSE}, "told": list(self.told)}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Course:
        """Return what a body was made from."""
        return cls(**{**body, "told": tuple(body["told"])})


_COURSE: Final = tuple(one.name for one in fields(Course))


@dataclass(frozen=True, slots=True)
class Reminder:
    """Names to tell of an incident now: ``level`` 1 is the first step, 0 a repeat to those told before."""

    incident: str
    route: str
    level: int
    to: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Digest:
    """Names to tell, in one message, of incidents that nobody was told of yet."""

    to: tuple[str, ...]
    incidents: tuple[str, ...]


def _loud(_incident: str) -> bool:
    return False


class Courses:
    """The courses of all open incidents."""

    def __init__(self, routes: Routes, courses: Iterable[Course] = ()) -> None:
        self._routes = routes
        self._courses: dict[str, dict[str, Course]] = {}
        self._turns: list[
            tuple[float, str]
        ] = []  # a heap: when a step or repeat of which incident may be due
        self._muted: dict[str, None] = {}
        for course in courses:
            self._put(self._courses.setdefault(course.incident, {}), course)
            if course.muted:
                self._muted[course.incident] = None

    @property
    def muted(self) -> tuple[str, ...]:
        """Return the incidents that are held because all that stands of them is muted."""
        return tuple(self._muted)

    def of(self, incident: str) -> tuple[Course, ...]:
        """Return the courses of an incident."""
        return tuple(self._courses.get(incident, {}).values())

    def __iter__(self) -> Iterator[Course]:
        """Yield every course."""
        return (course for found in self._courses.values() for course in found.values())

    def begin(self, incident: str, case: Case, at: float) -> list[Reminder]:
        """Start telling of an incident, or of one that grew worse along more routes; say whom to tell now."""
        mine = self._courses.setdefault(incident, {})
        held = any(course.held for course in mine.values())
        muted = any(course.muted for course in mine.values())
        found: list[Reminder] = []
        for route in self._routes.of(case, at):
            if route.name not in mine or mine[route.name].over:
                self._put(mine, Course(incident, route.name, at, at, held=held, muted=muted))
                found += self._due(mine, mine[route.name], at)
        return found

    def tick(self, now: float, muted: Callable[[str], bool] = _loud) -> list[Reminder]:
        """Return whom to tell because a step or a repeat is due by ``now``.

        ``muted`` says whether all that stands of an incident is: then it is held, until any of it is not.
        """
        again = [found for one in self.muted if not muted(one) for found in self.resume(one, now)]
        return [*again, *self._told_by(now, muted)]

    def _told_by(self, now: float, muted: Callable[[str], bool]) -> list[Reminder]:
        due: set[str] = set()
        while self._turns and self._turns[0][0] <= now:
            incident = heappop(self._turns)[1]
            if not self._is_due(incident, now):  # most are of a step that was taken when it was planned
                continue
            if muted(incident):
                self._hold(incident, muted=True)
            else:
                due.add(incident)
        if not due:
            return []
        return [
            reminder
            for incident, mine in self._courses.items()
            if incident in due
            for course in list(mine.values())
            for reminder in self._due(mine, course, now)
        ]

    def _is_due(self, incident: str, now: float) -> bool:
        nexts = [self.next_at(course) for course in self.of(incident)]
        return any(at is not None and at <= now for at in nexts)

    def hold(self, incident: str) -> tuple[str, ...]:
        """Tell nobody else: somebody takes care. Return who was told so far."""
        self._hold(incident, muted=False)
        return self.told(incident)

    def _hold(self, incident: str, *, muted: bool) -> None:
        mine = self._courses.get(incident, {})
        for name, course in mine.items():
            mine[name] = replace(course, held=True, muted=muted)
        self._muted.pop(incident, None)
        if muted:
            self._muted[incident] = None

    def resume(self, incident: str, at: float) -> list[Reminder]:
        """Begin again from the first step: the acknowledgement is over, or the mute. Say whom to tell now."""
        self._muted.pop(incident, None)
        mine = self._courses.get(incident, {})
        found: list[Reminder] = []
        for name, course in list(mine.items()):
            if course.held:
                self._put(mine, replace(course, since=at, told_at=at, done=0, held=False, muted=False))
                found += self._due(mine, mine[name], at)
        return found

    def end(self, incident: str) -> tuple[str, ...]:
        """Forget an incident that is over; return who was told of it, and so is told that it is over."""
        told = self.told(incident)
        self._muted.pop(incident, None)
        left = {name: replace(one, over=True) for name, one in self._courses.pop(incident, {}).items()}
        waiting = {name: one for name, one in left.items() if self._waits(one)}
        if waiting:
            self._courses[incident] = waiting
        return told

    def gather(self, at: float) -> list[Digest]:
        """Return what the digests of this hour say; it counts as told, and what is over is forgotten."""
        lists: dict[tuple[str, ...], list[str]] = {}
        for incident, mine in list(self._courses.items()):
            for course in [one for one in mine.values() if self._waits(one)]:
                to = _names(self._routes[course.route].steps)
                lists.setdefault(to, []).append(incident)
                mine[course.route] = replace(course, done=1, told_at=at, told=to)
            self._courses[incident] = {name: one for name, one in mine.items() if not one.over}
            if not self._courses[incident]:
                del self._courses[incident]
        return [Digest(to, tuple(incidents)) for to, incidents in lists.items()]

    def _waits(self, course: Course) -> bool:
        return self._routes[course.route].digest and not course.done

    def told(self, incident: str) -> tuple[str, ...]:
        """Return the names that were told of an incident."""
        mine = self._courses.get(incident, {})
        return tuple(dict.fromkeys(name for course in mine.values() for name in course.told))

    def wake_at(self) -> float | None:
        """Return when the next step or repeat is due; None: none is."""
        times = (self._next(course, self._routes[course.route]) for course in self)
        return min((at for at in times if at is not None), default=None)

    def next_at(self, course: Course) -> float | None:
        """Return when the next step or repeat of a course is due; None: none is."""
        return self._next(course, self._routes[course.route])

    def _next(self, course: Course, route: Route) -> float | None:
        if course.held or course.over or route.digest:
            return None
        if course.done < len(route.steps):
            return course.since + route.steps[course.done].after
        return None if route.repeat is None else course.told_at + route.repeat

    def _put(self, mine: dict[str, Course], course: Course) -> None:
        """Keep a course, and plan its next turn; one that is held or over meanwhile lets it pass."""
        mine[course.route] = course
        at = self.next_at(course)
        if at is not None:
            heappush(self._turns, (at, course.incident))

    def _due(self, mine: dict[str, Course], course: Course, now: float) -> list[Reminder]:
        """Take the steps of a course that are due. Of several that are late the last one counts for all."""
        route = self._routes[course.route]
        at = self._next(course, route)
        if at is None or at > now:
            return []
        steps = [step for step in route.steps[course.done :] if course.since + step.after <= now]
        if steps:
            level, to = course.done + len(steps), _names(steps)
        else:
            level, to = 0, course.told
        told = tuple(dict.fromkeys((*course.told, *to)))
        done = course.done + len(steps)
        self._put(mine, replace(course, done=done, told_at=now, told=told))
        return [Reminder(course.incident, course.route, level, to, now)]


def _names(steps: Iterable[Step]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for step in steps for name in step.to))
