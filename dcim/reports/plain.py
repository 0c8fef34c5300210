"""Frozen dataclasses as JSON and back, by their annotations: exact shares stay exact, zones stay zones. Pure.

For what the configuration says and a description of the site keeps: contracts, tariffs, envelopes.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

T = TypeVar("T")
_SIMPLE: Final = (str, int, float, bool, type(None))


def plain(value: Any) -> Any:
    """Return a value as JSON has it. Raises TypeError for what has no form there."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value) if field.init}
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, _SIMPLE):
        return value
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tzinfo):
        return _zone_text(value)
    return _several(value)


def _several(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(one) for key, one in value.items()}
    if isinstance(value, AbstractSet):
        return sorted(map(plain, value))
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    msg = f"a {type(value).__name__} has no plain form"
    raise TypeError(msg)


def _zone_text(zone: tzinfo) -> str:
    if isinstance(zone, ZoneInfo):
        return zone.key
    offset = zone.utcoffset(None)
    return str(round(offset.total_seconds())) if offset is not None else "UTC"


def whole(kind: type[T], held: Any) -> T:
    """Return the value of a type that ``plain`` wrote. Raises ValueError or TypeError for anything else."""
    made: T = _whole(kind, held)
    return made


def _whole(kind: Any, held: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _either(get_args(kind), held)
    if origin is Literal or kind is Any:
        return held
    if origin is not None:
        return _container(origin, get_args(kind), held)
    return _single(kind, held)


def _either(kinds: tuple[Any, ...], held: Any) -> Any:
    if held is None:
        return None
    return _whole(next(one for one in kinds if one is not type(None)), held)


def _container(origin: Any, inner: tuple[Any, ...], held: Any) -> Any:
    if issubclass(origin, Mapping):
        return {_whole(inner[0], key): _whole(inner[1], one) for key, one in held.items()}
    if issubclass(origin, AbstractSet):
        return frozenset(_whole(inner[0], one) for one in held)
    if len(inner) == 2 and inner[1] is not Ellipsis:
        return tuple(_whole(one, each) for one, each in zip(inner, held, strict=True))
    return tuple(_whole(inner[0], one) for one in held)


def _single(kind: Any, held: Any) -> Any:
    if is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        return kind(**{name: _whole(hints[name], one) for name, one in held.items()})  # type: ignore[operator]
    if kind is date:
        return date.fromisoformat(held)
    if kind is tzinfo:
        return timezone(timedelta(seconds=int(held))) if held.lstrip("-").isdecimal() else ZoneInfo(held)
    return kind(held)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def listed(kind: type[T], held: Iterable[Any]) -> tuple[T, ...]:
    """Return several values of a type."""
    return tuple(whole(kind, one) for one in held)
