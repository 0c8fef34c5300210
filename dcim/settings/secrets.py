"""References to secrets become secrets: once, on request, every one that leads nowhere reported together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

from dcim.collect import Credential
from dcim.model import ConfigError, Problem
from dcim.record import replace
from dcim.secret import SecretRef, Unresolved, resolve
from dcim.settings.checked.settings import Referring, Settings

TOKEN_LEAST: Final = 20
"""Characters of the token of a person, at least: 20 of base64 are 120 bits."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the references of a config lead to. Never printed.

    ``credentials`` are by name, their fields plain; ``values`` holds the secret of every reference, for
    channels, whose settings keep the reference.
    """

    credentials: Mapping[str, Credential] = field(repr=False)
    values: Mapping[SecretRef, str] = field(repr=False)


def resolve_secrets(settings: Settings, environ: Mapping[str, str]) -> Secrets:
    """Return every secret. Raise one ConfigError with every reference that leads to none, and its place."""
    values: dict[SecretRef, str] = {}
    problems: list[Problem] = []
    parts = (
        *settings.credentials.values(),
        *settings.channels,
        *settings.outputs,
        *settings.peers,
        *settings.people,
    )
    alone = [part for part in (settings.database, settings.metrics) if part is not None]
    for part in (*parts, *alone):
        for key, ref in references(part.fields):
            try:
                values.setdefault(ref, "")
                values[ref] = resolve(ref, environ)
            except Unresolved as exc:
                problems.append(_problem(part, key, str(exc)))
    problems += _weak(settings.people, values)
    if problems:
        raise ConfigError(tuple(sorted(problems)))
    credentials = {
        name: Credential(name, part.type, MappingProxyType(_plain(part.fields, values)))
        for name, part in settings.credentials.items()
    }
    return Secrets(MappingProxyType(credentials), MappingProxyType(values))


def _weak(people: Iterable[Referring], values: Mapping[SecretRef, str]) -> Iterator[Problem]:
    """Yield tokens that do not tell who somebody is: short enough to be guessed, or another's too."""
    owners: dict[str, str] = {}
    for part in people:
        for key, ref in references(part.fields):
            token = values[ref]
            if token and len(token) < TOKEN_LEAST:
                yield _problem(part, key, f"{ref}: a token of fewer than {TOKEN_LEAST} characters is guessed")
            elif token and owners.setdefault(token, part.name) != part.name:
                yield _problem(part, key, f"{ref}: {owners[token]!r} has the same token")


def _problem(part: Referring, key: str, what: str) -> Problem:
    place = part.places.get(key) or next(iter(part.places.values()))
    return replace(place, what=what)


def references(fields: BaseModel) -> Iterator[tuple[str, SecretRef]]:
    """Yield every reference in a plug-in's settings with the key, at its top, under which it stands."""
    for name, shape in type(fields).model_fields.items():
        for ref in _inside(getattr(fields, name)):
            yield shape.alias or name, ref


def _inside(value: object) -> Iterator[SecretRef]:
    match value:
        case SecretRef():
            yield value
        case BaseModel():
            yield from (ref for _, ref in references(value))
        case Mapping():
            yield from (ref for inner in value.values() for ref in _inside(inner))
        case list() | tuple():
            yield from (ref for inner in value for ref in _inside(inner))
        case _:
            return


def _plain(fields: BaseModel, values: Mapping[SecretRef, str]) -> dict[str, Any]:
    """Return a plug-in's settings as plain values, references replaced by their secrets."""
    return {name: _replaced(getattr(fields, name), values) for name in type(fields).model_fields}


def _replaced(value: Any, values: Mapping[SecretRef, str]) -> Any:
    match value:
        case SecretRef():
            return values[value]
        case BaseModel():
            return _plain(value, values)
        case Mapping():
            return {key: _replaced(inner, values) for key, inner in value.items()}
        case list() | tuple():
            return tuple(_replaced(inner, values) for inner in value)
        case _:
            return value
