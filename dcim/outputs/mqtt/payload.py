"""The payload of Sparkplug B 3.0 (``sparkplug_b.proto``) as bytes: what of it births and data need. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from dcim.outputs.remotewrite.encode import varint
from dcim.record import dataclass

INT64: Final = 4
DOUBLE: Final = 10
BOOLEAN: Final = 11
STRING: Final = 12


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. ``value`` None: it has none now. Births have ``name`` and ``unit``; data need not."""

    value: float | int | bool | str | None
    at: int  # UTC milliseconds
    datatype: int = DOUBLE
    name: str = ""
    alias: int | None = None
    historical: bool = False
    unit: str = ""


def _field(number: int, raw: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def _number(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def payload(at: int, metrics: Iterable[Metric], seq: int | None = None) -> bytes:
    """Return a payload made at ``at`` (UTC ms); ``seq`` counts the messages of a session, 0 to 255."""
    parts = [_number(1, at), *(_field(2, metric_bytes(one)) for one in metrics)]
    if seq is not None:
        parts.append(_number(3, seq))
    return b"".join(parts)


def metric_bytes(one: Metric) -> bytes:
    """Return one metric."""
    parts = []
    if one.name:
        parts.append(_field(1, one.name.encode("utf-8", "replace")))
    if one.alias is not None:
        parts.append(_number(2, one.alias))
    parts += [_number(3, one.at), _number(4, one.datatype)]
    if one.historical:
        parts.append(_number(5, 1))
    if one.value is None:
        parts.append(_number(7, 1))
    if one.unit:
        parts.append(_field(9, _unit(one.unit)))
    if one.value is not None:
        parts.append(_value(one.datatype, one.value))
    return b"".join(parts)


def _value(datatype: int, value: float | int | bool | str) -> bytes:
    if datatype == DOUBLE:
        return varint(13 << 3 | 1) + struct.pack("<d", value)
    if datatype == STRING:
        return _field(15, str(value).encode("utf-8", "replace"))
    return _number(14 if datatype == BOOLEAN else 11, int(value))


def _unit(unit: str) -> bytes:
    """Return a property set with the unit, under the name that hosts look for."""
    return _field(1, b"engUnit") + _field(2, _number(1, STRING) + _field(8, unit.encode()))
