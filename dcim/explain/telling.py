"""The lines about the way of an alert to people: incident and cause, route, limits, delivery. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dcim.explain.answer import Line, Topic
from dcim.explain.said import Teller
from dcim.explain.story import Course, Delivery, Placed, State, Story
from dcim.notify.posting.waits import BEHIND

_SHORT = 8  # digits of an incident


def told_lines(story: Story, teller: Teller) -> Iterator[Line]:
    """Yield what became of the alert on its way to people."""
    if story.placed is not None:
        yield from cause(story.placed, teller)
    elif story.raised_at is not None and not story.mutes:
        yield Line(Topic.CAUSE, teller("cause.none"))
    if story.along:
        yield Line(Topic.ROUTE, teller("along", ", ".join(story.along)))
    for rota, person in story.duty:
        yield Line(Topic.ROUTE, teller("duty", rota, person))
    yield from way(story.courses, story.limited, story.deliveries, teller)


def way(
    courses: Iterable[Course], limited: Iterable[str], sent: Iterable[Delivery], teller: Teller
) -> Iterator[Line]:
    """Yield routes, limits and deliveries of an incident or of an alert that is told by itself."""
    courses = tuple(courses)
    otherwise = "route.beside" if any(course.route for course in courses) else "route.otherwise"
    for course in courses:
        yield Line(
            Topic.ROUTE,
            _route(course, otherwise, teller),
            holds=course.muted or (course.digest and not course.done),
        )
    for channel in limited:
        yield Line(Topic.LIMITS, teller("limited", channel), holds=True)
    for one in sent:
        yield Line(Topic.DELIVERY, _delivery(one, teller), holds=one.state is not State.DELIVERED)


def cause(placed: Placed, teller: Teller) -> Iterator[Line]:
    """Say to which incident an alert belongs, why, how that is known, and whether people were told of it."""
    because = teller(f"because.{placed.because}", placed.part) if placed.part else placed.because
    text = teller("cause", placed.id[:_SHORT], placed.headline[teller.said.language], because)
    held = placed.suppresses and not placed.apart
    yield Line(Topic.CAUSE, text, holds=held)
    if placed.cause:
        yield Line(Topic.EVIDENCE, teller("shown_by", placed.cause))
    if placed.evidence:
        yield Line(Topic.EVIDENCE, teller("evidence", placed.part, placed.evidence))
    yield from remains(placed, teller)
    if placed.apart:
        yield Line(Topic.CAUSE, teller("apart"))
    if not placed.told:
        yield _waiting(placed, teller)


def remains(placed: Placed, teller: Teller) -> Iterator[Line]:
    """Say that the cause is over, and since when nobody knows what goes on of it."""
    if placed.over:
        yield Line(Topic.CAUSE, teller("cause.over"))
    if placed.unknown_since is not None:
        yield Line(Topic.CAUSE, teller("cause.unknown", teller.moment(placed.unknown_since)))


def _waiting(placed: Placed, teller: Teller) -> Line:
    if not placed.waits_for:
        return Line(Topic.CAUSE, teller("not_told_yet"), holds=True)
    names = ", ".join(placed.waits_for[:5]) + (" …" if len(placed.waits_for) > 5 else "")
    return Line(Topic.CAUSE, teller("asking", names, teller.moment(placed.due)), holds=True)


def _route(course: Course, otherwise: str, teller: Teller) -> str:
    """Say how far the telling along a route has come, and what follows; ``otherwise``: why by none."""
    name = teller("route", course.route) if course.route else teller(otherwise)
    if course.digest and not course.done:
        return name + teller("route.digest", teller.moment(course.digest_at))
    text = name + teller("route.step", course.done, course.steps, ", ".join(course.to) or "—")
    if course.muted:
        return text + teller("route.muted")
    if course.held:
        return text + teller("route.unknown" if course.unknown else "route.held")
    if course.next_at is None:
        return text + teller("route.last")
    return text + teller("route.next", teller.moment(course.next_at), ", ".join(course.next_to))


def _delivery(one: Delivery, teller: Teller) -> str:
    """Say what became of a message to a channel."""
    what = teller(f"what.{one.what}")
    match one.state:
        case State.DELIVERED:
            text = teller("delivered", one.channel, what, teller.moment(one.at))
        case State.PENDING if one.note == BEHIND:
            return teller("behind", one.channel, what)
        case State.PENDING if one.attempts:
            text = teller("retried", one.channel, what, one.attempts, teller.moment(one.due))
        case State.PENDING:
            text = teller("pending", one.channel, what, teller.moment(one.created))
        case _:
            text = teller(str(one.state), one.channel, what, teller.moment(one.at))
    return f"{text}{teller.said('colon')} {one.note}" if one.note else text
