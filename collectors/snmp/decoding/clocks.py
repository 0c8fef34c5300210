"""How far the clock of a device is off, by what it tells at the moment we hear it. Pure.

    DateAndTime (RFC 2579), 11 octets    with its difference from UTC: exact to its tenth of a second
                             8 octets    local time, of a zone that nobody knows
    text                                 2026-11-26 03:41:05, T and a zone (Z, +01:00) if it has one

Zones are whole quarters of an hour, so a clock without one is held against the nearest: what is off by more
than seven and a half minutes looks like less, unless it is off by more than any zone can be.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from dcim.model import Gap, GapReason

_QUARTER: Final = 900.0
FURTHEST: Final = 15 * 3600.0
"""Seconds beyond which no zone and no summer time explains a difference."""

_TEXT: Final = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)[T ,]+(\d\d?):(\d\d):(\d\d)(?:\.\d+)?\s*(Z|UTC|[+-]\d\d:?\d\d)?"
)


def clock_of(value: object) -> datetime | None:
    """Return the time that a cell tells, without a zone where it names none; None: it tells no time."""
    if not isinstance(value, bytes):
        return None
    try:
        return _octets(value) if len(value) in {8, 11} and value[0] < 0x20 else _text(value)
    except (ValueError, OverflowError):
        return None


def _octets(value: bytes) -> datetime:
    year, second = int.from_bytes(value[:2], "big"), min(value[6], 59)  # 60 is a leap second
    month, day, hour, minute = value[2:6]
    told = datetime(year, month, day, hour, minute, second, value[7] * 100_000)  # noqa: DTZ001  no zone yet
    if len(value) == 8:
        return told
    sign = {ord("+"): 1, ord("-"): -1}.get(value[8], 0)
    if not sign:
        raise ValueError
    return told.replace(tzinfo=timezone(sign * timedelta(hours=value[9], minutes=value[10])))


def _text(value: bytes) -> datetime | None:
    found = _TEXT.fullmatch(value.decode("ascii").strip("\0 \r\n"))
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    told = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  it names no zone yet
    zone = found[7]
    if zone is None:
        return told
    if zone in {"Z", "UTC"}:
        return told.replace(tzinfo=UTC)
    digits = zone[1:].replace(":", "")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return told.replace(tzinfo=timezone(-ahead if zone[0] == "-" else ahead))


def skew(value: object, at: float) -> float | Gap:
    """Return by how many seconds a clock is before ours, which says ``at`` (UTC seconds).

    Gap ``absent``: the device has no such cell, or it is a recording: nobody knows when that was heard.
    """
    if isinstance(value, Gap):
        return value
    if not isinstance(value, bytes | int | float):
        return Gap(GapReason.ABSENT)
    told = clock_of(value)
    if told is None:
        return Gap(GapReason.MALFORMED, (value.hex() if isinstance(value, bytes) else str(value))[:64])
    if at <= 0:
        return Gap(GapReason.ABSENT, told.isoformat())
    if told.tzinfo is not None:
        return told.timestamp() - at
    off = told.replace(tzinfo=UTC).timestamp() - at
    return off if abs(off) > FURTHEST else (off + _QUARTER / 2) % _QUARTER - _QUARTER / 2
