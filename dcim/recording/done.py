"""What a recording says that people or the daemon did, checked field by field: anybody may make one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from dcim.alerts.deeds import Doing

_Text: TypeAlias = Annotated[str, Field(max_length=4000)]
_Seconds: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class _Deed:
    about: _Text
    doing: Doing
    rule: _Text | None
    note: _Text | None
    seconds: _Seconds | None
    ticket: _Text | None


@dataclass(frozen=True, slots=True)
class _Announced:
    devices: tuple[_Text, ...]
    services: tuple[_Text, ...]
    rooms: tuple[_Text, ...]
    tags: tuple[_Text, ...]
    everything: bool
    start: _Seconds
    end: _Seconds
    reason: _Text
    ticket: _Text
    by: _Text


@dataclass(frozen=True, slots=True)
class _Window:
    id: _Text
    body: _Announced


@dataclass(frozen=True, slots=True)
class _Body:
    deed: _Deed | None = None
    window: _Window | None = None
    asked: bool | None = None


def check_act(body: object) -> None:
    """Raise ValueError, with the field, for what ``acts_of`` never yields and is not ``ASKED``."""
    try:
        _reader().validate_python(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        msg = f"what somebody did: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise ValueError(msg) from None


@cache
def _reader() -> TypeAdapter[_Body]:
    return TypeAdapter(_Body)
