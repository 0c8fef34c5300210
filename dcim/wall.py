"""What stands on the wall of a site, and which moment that was: an hour a year is shown twice, one never."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo


def on_wall(read: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment at which a wall showed a time; one that carries an offset is that moment already.

    A midnight that is shown twice is the first, one that is left out is when the wall goes on: so days begin.
    Raise ``ValueError`` for any other time that was never shown, or twice: nobody knows which was meant.
    """
    if read.tzinfo:
        return read
    first, second = (read.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset() or read.time() == time.min:
        return first
    if not twice(first):
        msg = f"{_said(read)!r} was on no wall of {zone}: the clocks were put forward over it"
        raise ValueError(msg)
    both = " or ".join(repr(_said(one)) for one in (first, second))
    msg = f"{_said(read)!r} was on the wall of {zone} twice: the clocks were put back; say {both}"
    raise ValueError(msg)


def twice(shown: datetime) -> bool:
    """Whether the wall shows at another moment what it shows at this one, which has a zone."""
    other = shown.replace(fold=1 - shown.fold)
    return other.utcoffset() != shown.utcoffset() and _back(shown) == _back(other)


def _back(shown: datetime) -> datetime:
    """Return what the wall really shows at a moment: something else where it was never shown."""
    return shown.astimezone(UTC).astimezone(shown.tzinfo).replace(tzinfo=None, fold=0)


def _said(read: datetime) -> str:
    short = not (read.second or read.microsecond)
    return read.isoformat(" ", "minutes" if short else "auto")
