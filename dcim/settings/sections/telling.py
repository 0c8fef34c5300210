"""Who is told: people, their rotas and the routes of messages, in the section ``notify``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import time
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field

from dcim.model import Kind, Severity
from dcim.routing import Hours, Limit, Match, Person, Rota, Route, Step, Telling
from dcim.secret import SecretRef
from dcim.settings.checked.settings import Referring
from dcim.settings.reading.files import Files
from dcim.settings.reading.layers import Layered, Part
from dcim.settings.reading.shapes import Names, Opaque
from dcim.settings.sections.whom import Written, wrong
from dcim.settings.values.hours import Hour, Moment, Weekdays
from dcim.settings.values.written import Id, Line, Seconds
from dcim.yaml import Loc, Section

M = TypeVar("M", bound=Section)

_DAY: Final = 86400.0
_MIDNIGHT: Final = time(0)


class PersonShape(Section):
    """Somebody: the channels that reach them on call, and the token by which the daemon knows them."""

    name: Line = Field(min_length=1, max_length=200)
    channels: Names = ()
    token: SecretRef | None = None


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

    severity: Annotated[tuple[Severity, ...], Field(min_length=1)] = ()
    rules: Annotated[Names, Field(min_length=1)] = ()
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)] = ()
    rooms: Annotated[Names, Field(min_length=1)] = ()
    tenants: Annotated[Names, Field(min_length=1)] = ()
    services: Annotated[Names, Field(min_length=1)] = ()
    tags: Annotated[Names, Field(min_length=1)] = ()
    hours: Annotated[tuple[HoursShape, ...], Field(min_length=1)] = ()


class EscalateShape(Section):
    """Who is told beside the others when nobody has acknowledged ``after`` a time."""

    after: Annotated[Seconds, Field(ge=30, le=7 * _DAY)]
    to: Annotated[Names, Field(min_length=1)]


class RouteShape(Section):
    """One way of telling."""

    name: Line = Field(min_length=1, max_length=80)
    match: MatchShape = Field(default_factory=MatchShape)
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
    """Where messages go. Every part is read on its own, so that a mistake in one hides no other."""

    channels: list[Opaque] = Field(default=[])
    people: dict[Id, Opaque] = Field(default_factory=dict)
    rotas: dict[Id, Opaque] = Field(default_factory=dict)
    routes: list[Opaque] = Field(default=[])
    digest: tuple[Hour, ...] = (time(8),)
    limits: dict[str, Opaque] = Field(default_factory=dict)
    hand_over: Literal["on", "off"] = "on"


def telling(files: Files, zone: str) -> tuple[Telling, tuple[Referring, ...]]:
    """Return who is told, and the people who have a token; what is wrong is noted.

    Where anything is wrong nobody in particular is told: such a configuration is never used.
    """
    before = len(files.reader.problems)
    top = files.section("notify", TellingShape)
    written = Written(files.main)
    people = dict(_people(files, written))
    rotas = dict(_each(files, written, "rotas", RotaShape))
    limits = dict(_each(files, written, "limits", LimitShape))
    routes = [
        route
        for number in range(len(written.items("routes")))
        if (route := files.reader.part(files.main, RouteShape, ("notify", "routes", number))) is not None
    ]
    files.reader.note(*(files.main.problem(("notify", *loc), what) for loc, what in wrong(files.main)))
    referring = tuple(_referring(files, name, one) for name, one in people.items() if one.token is not None)
    if top is None or len(files.reader.problems) > before:
        return Telling(), referring
    return _made(top, people, rotas, routes, limits, ZoneInfo(zone)), referring


def _people(files: Files, written: Written) -> Iterator[tuple[str, PersonShape]]:
    """Yield every person that is right; a token that somebody wrote down in clear is not shown."""
    for name in written.mapping("people"):
        loc: Loc = ("notify", "people", name)
        hides = isinstance(files.main.at(loc), dict)
        source = Layered([Part(files.main, loc)]) if hides else files.main
        shape = files.reader.part(source, PersonShape, () if hides else loc, hide=hides)
        if shape is not None:
            yield name, shape


def _each(files: Files, written: Written, key: str, model: type[M]) -> Iterator[tuple[str, M]]:
    """Yield every part of a mapping that is right, with its name."""
    for name in written.mapping(key):
        if (shape := files.reader.part(files.main, model, ("notify", key, name))) is not None:
            yield name, shape


def _referring(files: Files, name: str, shape: PersonShape) -> Referring:
    place = files.main.problem(("notify", "people", name, "token"), "")
    return Referring(name, "person", shape, MappingProxyType({"token": place}))


def _made(
    top: TellingShape,
    people: Mapping[str, PersonShape],
    rotas: Mapping[str, RotaShape],
    routes: Iterable[RouteShape],
    limits: Mapping[str, LimitShape],
    zone: ZoneInfo,
) -> Telling:
    return Telling(
        people=MappingProxyType({name: Person(name, one.name, one.channels) for name, one in people.items()}),
        rotas=MappingProxyType({name: _rota(name, one, zone) for name, one in rotas.items()}),
        routes=tuple(_route(one, zone) for one in routes),
        digest=top.digest,
        limits=MappingProxyType({name: Limit(one.messages, one.per) for name, one in limits.items()}),
        hand_over=top.hand_over == "on",
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
