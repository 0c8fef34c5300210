"""Who is told: people, their rotas and the routes of messages, in the section ``notify``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import time
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field

from dcim.model import Kind, Severity
from dcim.routing import Hours, Limit, Match, Person, Rota, Route, Step, Telling
from dcim.settings.files import Files
from dcim.settings.hours import Hour, Moment, Weekdays
from dcim.settings.shapes import Names, Opaque
from dcim.settings.written import Id, Line, Seconds
from dcim.yaml import Loc, Section, unknown

_DAY: Final = 86400.0
_MIDNIGHT: Final = time(0)


class PersonShape(Section):
    """Somebody who is on call, and the channels that reach them."""

    name: Line = Field(min_length=1, max_length=200)
    channels: Annotated[Names, Field(min_length=1)]


class RotaShape(Section):
    """People in the order of their turns; ``first`` is a hand-over to the first of them."""

    people: Annotated[Names, Field(min_length=1)]
    first: Moment
    days: int = Field(default=7, ge=1, le=366)


class HoursShape(Section):
    """A part of the day; it may go over midnight. Left out: the whole day, every day."""

    start: Hour = Field(default=_MIDNIGHT, alias="from")
    end: Hour = Field(default=_MIDNIGHT, alias="to")
    days: Weekdays = frozenset(range(7))


class MatchShape(Section):
    """Which incidents: every key that is there must name something of it."""

    severity: tuple[Severity, ...] = ()
    rules: Names = ()
    kinds: tuple[Kind, ...] = ()
    rooms: Names = ()
    tenants: Names = ()
    services: Names = ()
    tags: Names = ()
    hours: tuple[HoursShape, ...] = ()


class EscalateShape(Section):
    """Who is told beside the others when nobody has acknowledged ``after`` a time."""

    after: Annotated[Seconds, Field(ge=30, le=7 * _DAY)]
    to: Annotated[Names, Field(min_length=1)]


class RouteShape(Section):
    """One way of telling."""

    name: Line = Field(min_length=1, max_length=80)
    match: MatchShape = MatchShape()
    to: Annotated[Names, Field(min_length=1)]
    escalate: tuple[EscalateShape, ...] = ()
    repeat: Annotated[Seconds, Field(ge=60, le=7 * _DAY)] | None = None
    digest: bool = False
    go_on: bool = False


class LimitShape(Section):
    """At most so many ``messages`` of a channel at once, and as many more in every ``per``."""

    messages: int = Field(ge=1, le=10_000)
    per: Annotated[Seconds, Field(ge=1, le=_DAY)]


class TellingShape(Section):
    """Where messages go. The channels are read on their own, each in the shape that its type has."""

    channels: list[Opaque] = Field(default_factory=list)
    people: dict[Id, PersonShape] = Field(default_factory=dict)
    rotas: dict[Id, RotaShape] = Field(default_factory=dict)
    routes: tuple[RouteShape, ...] = ()
    digest: tuple[Hour, ...] = (time(8),)
    limits: dict[str, LimitShape] = Field(default_factory=dict)
    hand_over: Literal["on", "off"] = "on"


def telling(files: Files, zone: str) -> Telling:
    """Return who is told, or nobody in particular where something in it is wrong; that is noted."""
    shape = files.section("notify", TellingShape)
    if shape is None:
        return Telling()
    problems = [files.main.problem(("notify", *loc), what) for loc, what in _wrong(shape)]
    files.reader.note(*problems)
    return Telling() if problems else _made(shape, ZoneInfo(zone))


_Wrong: TypeAlias = Iterator[tuple[Loc, str]]


def _wrong(shape: TellingShape) -> _Wrong:
    """Yield where a name means nothing or two things, and routes that contradict themselves."""
    channels = {each["name"] for each in shape.channels if isinstance(each, dict) and "name" in each}
    yield from _wrong_names(shape, channels)
    names = {*channels, *shape.people, *shape.rotas}
    for number, route in enumerate(shape.routes):
        yield from _wrong_route(("routes", number), route, names)
        if route.name in (other.name for other in shape.routes[:number]):
            yield ("routes", number, "name"), "a route before it has this name too"
    yield from _silent(shape)


def _silent(shape: TellingShape) -> _Wrong:
    """Yield routes to channels that carry no alert."""
    silent = {each["name"] for each in shape.channels if isinstance(each, dict) and _only_beats(each)}
    for number, route in enumerate(shape.routes):
        named = {*route.to, *(name for step in route.escalate for name in step.to)}
        for name in sorted(silent & named):
            yield ("routes", number, "to"), f"channel {name!r} only says that we live: it tells no alert"


def _only_beats(channel: Mapping[str, object]) -> bool:
    return channel.get("type") == "heartbeat" and "name" in channel


def _wrong_names(shape: TellingShape, channels: Collection[str]) -> _Wrong:
    for name in shape.people.keys() & {*shape.rotas, *channels}:
        yield ("people", name), "a rota or a channel has this name too"
    for name in shape.rotas.keys() & {*channels}:
        yield ("rotas", name), "a channel has this name too"
    for name, person in shape.people.items():
        yield from _strangers(("people", name, "channels"), "channel", person.channels, channels)
    for name, rota in shape.rotas.items():
        yield from _strangers(("rotas", name, "people"), "person", rota.people, shape.people)
    for name in shape.limits.keys() - {*channels}:
        yield ("limits", name), unknown("channel", name, channels)


def _wrong_route(at: Loc, route: RouteShape, names: Iterable[str]) -> _Wrong:
    who = "channel, person or rota"
    yield from _strangers((*at, "to"), who, route.to, names)
    earlier = 0.0
    for number, step in enumerate(route.escalate):
        here: Loc = (*at, "escalate", number)
        yield from _strangers((*here, "to"), who, step.to, names)
        if step.after <= earlier:
            yield (*here, "after"), "not later than the step before it"
        earlier = step.after
    if route.digest and (route.escalate or route.repeat):
        yield (*at, "digest"), "what waits for the digest is neither escalated nor repeated"


def _strangers(at: Loc, what: str, named: Iterable[str], known: Iterable[str]) -> _Wrong:
    names = frozenset(known)
    for number, name in enumerate(named):
        if name not in names:
            yield (*at, number), unknown(what, name, names)


def _made(shape: TellingShape, zone: ZoneInfo) -> Telling:
    return Telling(
        people=MappingProxyType(
            {name: Person(name, one.name, one.channels) for name, one in shape.people.items()}
        ),
        rotas=MappingProxyType({name: _rota(name, one, zone) for name, one in shape.rotas.items()}),
        routes=tuple(_route(one, zone) for one in shape.routes),
        digest=shape.digest,
        limits=MappingProxyType({name: Limit(one.messages, one.per) for name, one in shape.limits.items()}),
        hand_over=shape.hand_over == "on",
    )


def _rota(name: str, shape: RotaShape, zone: ZoneInfo) -> Rota:
    first = shape.first.replace(tzinfo=zone) if shape.first.tzinfo is None else shape.first.astimezone(zone)
    return Rota(name, shape.people, first, shape.days)


def _route(shape: RouteShape, zone: ZoneInfo) -> Route:
    steps = (Step(0.0, shape.to), *(Step(one.after, one.to) for one in shape.escalate))
    return Route(shape.name, _match(shape.match, zone), steps, shape.repeat, shape.digest, shape.go_on)


def _match(shape: MatchShape, zone: ZoneInfo) -> Match:
    return Match(
        severities=frozenset(shape.severity),
        rules=frozenset(shape.rules),
        kinds=frozenset(map(str, shape.kinds)),
        rooms=frozenset(shape.rooms),
        tenants=frozenset(shape.tenants),
        services=frozenset(shape.services),
        tags=frozenset(shape.tags),
        hours=tuple(Hours(one.start, one.end, zone, one.days) for one in shape.hours),
    )
