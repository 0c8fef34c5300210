"""What can be wrong between who is told and what that names, read from what is written, whatever its shape.

A route whose repeat cannot be read still names a channel that is not there: both are told in one run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from dcim.settings.values.written import seconds
from dcim.yaml import Document, Loc, unknown

Wrong: TypeAlias = Iterator[tuple[Loc, str]]
"""Places below ``notify``, and what is wrong there."""

_WHO: Final = "channel, person or rota"


class Written:
    """The section as it stands in the file."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def at(self, *loc: int | str) -> Any:
        """Return what stands at a place below ``notify``; None where nothing does."""
        whole = ("notify", *loc)
        return self._document.at(whole) if self._document.has(whole) else None

    def mapping(self, *loc: int | str) -> Mapping[Any, Any]:
        """Return a mapping; an empty one where something else stands."""
        data = self.at(*loc)
        return data if isinstance(data, dict) else {}

    def items(self, *loc: int | str) -> list[Any]:
        """Return a list; an empty one where something else stands."""
        data = self.at(*loc)
        return data if isinstance(data, list) else []

    def names(self, *loc: int | str) -> Iterator[tuple[Loc, str]]:
        """Yield one name or the names of a list, each with its place."""
        data = self.at(*loc)
        if isinstance(data, str):
            yield loc, data
        for number, name in enumerate(data if isinstance(data, list) else ()):
            if isinstance(name, str):
                yield (*loc, number), name


def wrong(document: Document) -> Wrong:
    """Yield where a name means nothing or two things, and routes that contradict themselves."""
    written = Written(document)
    listed = [each for each in written.items("channels") if isinstance(each, dict)]
    channels = {each["name"]: each for each in listed if isinstance(each.get("name"), str)}
    people, rotas = written.mapping("people"), written.mapping("rotas")
    yield from _names(written, channels, people, rotas)
    known = {*channels, *_texts(people), *_texts(rotas)}
    silent = {name for name, one in channels.items() if one.get("type") == "heartbeat"}
    mute = {name for name in _texts(people) if not written.mapping("people", name).get("channels")}
    before: set[str] = set()
    for number, route in enumerate(written.items("routes")):
        if isinstance(route, dict):
            yield from _route(written, ("routes", number), known, silent, mute)
            name = route.get("name")
            if isinstance(name, str) and name in before:
                yield ("routes", number, "name"), "a route before it has this name too"
            before.add(str(name))


def unmatched(document: Document, known: Mapping[str, Collection[str]]) -> Wrong:
    """Yield names that a route looks for and that nothing has; ``known`` says what there is, by list."""
    written = Written(document)
    for number in range(len(written.items("routes"))):
        for what, names in known.items():
            yield from _strangers(written.names("routes", number, "match", what), what[:-1], names)


def _texts(names: Iterable[Any]) -> list[str]:
    return [name for name in names if isinstance(name, str)]


def _names(
    written: Written, channels: Collection[str], people: Mapping[Any, Any], rotas: Mapping[Any, Any]
) -> Wrong:
    for name in _texts(people):
        if name in rotas or name in channels:
            yield ("people", name), "a rota or a channel has this name too"
        yield from _person(written, name, channels)
    for name in _texts(rotas):
        if name in channels:
            yield ("rotas", name), "a channel has this name too"
        yield from _rota(written, name, people)
    for name in _texts(written.mapping("limits")):
        if name not in channels:
            yield ("limits", name), unknown("channel", name, channels)


def _person(written: Written, name: str, channels: Collection[str]) -> Wrong:
    yield from _strangers(written.names("people", name, "channels"), "channel", channels)
    one = written.at("people", name)
    if isinstance(one, dict) and not one.get("channels") and "token" not in one:
        yield ("people", name), "expected `channels` that reach them, or a `token` by which they are known"


def _rota(written: Written, name: str, people: Mapping[Any, Any]) -> Wrong:
    yield from _strangers(written.names("rotas", name, "people"), "person", people)
    for loc, person in written.names("rotas", name, "people"):
        if person in people and not written.mapping("people", person).get("channels"):
            yield loc, f"{person!r} has no channels: nothing would reach them"


def _route(
    written: Written, at: Loc, known: Collection[str], silent: Collection[str], mute: Collection[str]
) -> Wrong:
    steps = [(*at, "escalate", number) for number in range(len(written.items(*at, "escalate")))]
    for to in ((*at, "to"), *((*step, "to") for step in steps)):
        yield from _strangers(written.names(*to), _WHO, known)
        for loc, name in written.names(*to):
            if name in silent:
                yield loc, f"channel {name!r} only says that we live: it tells no alert"
            if name in mute:
                yield loc, f"{name!r} has no channels: nothing would reach them"
    earlier = 0.0
    for step in steps:
        after = _seconds(written.mapping(*step).get("after"))
        if after is not None and after <= earlier:
            yield (*step, "after"), "not later than the step before it"
        earlier = earlier if after is None else after
    route = written.mapping(*at)
    if route.get("digest") is True and (route.get("escalate") or route.get("repeat")):
        yield (*at, "digest"), "what waits for the digest is neither escalated nor repeated"


def _seconds(written: Any) -> float | None:
    try:
        return seconds(written)
    except ValueError:
        return None


def _strangers(named: Iterable[tuple[Loc, str]], what: str, known: Iterable[Any]) -> Wrong:
    names = frozenset(_texts(known))
    for loc, name in named:
        if name not in names:
            yield loc, unknown(what, name, names)
