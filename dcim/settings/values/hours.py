"""Hours and days as people write them: on the wall of the site unless they say otherwise."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator

from dcim.windows import Days
from dcim.yaml import found

_HOUR: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def hour(written: object) -> time:
    """Return an hour of the day such as ``02:30``."""
    if isinstance(written, time):
        return written
    form = _HOUR.fullmatch(written) if isinstance(written, str) else None
    if form is None:
        msg = f"expected an hour such as 02:30, found {found(written)}"
        raise ValueError(msg)
    return time(int(form[1]), int(form[2]))


def day(written: object) -> date:
    """Return a day such as ``2026-12-01``."""
    if isinstance(written, date):
        return written
    try:
        return date.fromisoformat(written if isinstance(written, str) else "")
    except ValueError:
        msg = f"expected a day such as 2026-12-01, found {found(written)}"
        raise ValueError(msg) from None


def moment(written: object) -> datetime:
    """Return a moment such as ``2026-12-01 22:00``; without an offset it has no zone yet."""
    if isinstance(written, datetime):
        return written
    text = written if isinstance(written, str) else ""
    try:
        if len(text) < len("2026-12-01 22:00"):
            raise ValueError
        return datetime.fromisoformat(text)
    except ValueError:
        msg = f"expected a day and an hour such as 2026-12-01 22:00, found {found(written)}"
        raise ValueError(msg) from None


def days(written: object) -> tuple[Days, ...]:
    """Return one or several of what ``Days`` understands."""
    several = written if isinstance(written, list | tuple) else (written,)
    if not several:
        msg = "expected at least one day"
        raise ValueError(msg)
    return tuple(each if isinstance(each, Days) else Days(str(each)) for each in several)


def weekdays(written: object) -> frozenset[int]:
    """Return the numbers of weekdays, Monday 0: ``friday``, ``[sat, sun]``, ``mon-fri``."""
    if isinstance(written, frozenset):
        return written
    several = written if isinstance(written, list) else (written,)
    numbers = frozenset(number for each in several for number in _stretch(str(each)))
    if not numbers:
        msg = "expected at least one day of the week"
        raise ValueError(msg)
    return numbers


def _stretch(text: str) -> list[int]:
    first, dash, last = text.lower().partition("-")
    begin, end = _number(first, text), _number(last if dash else first, text)
    return [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]


def _number(word: str, text: str) -> int:
    for number, name in enumerate(_WEEK):
        if word.strip() in (name, name[:3]):
            return number
    msg = f"expected days of the week such as friday or mon-fri, found {found(text)}"
    raise ValueError(msg)


Hour: TypeAlias = Annotated[time, BeforeValidator(hour)]
Day: TypeAlias = Annotated[date, BeforeValidator(day)]
Moment: TypeAlias = Annotated[datetime, BeforeValidator(moment)]
EveryDays: TypeAlias = Annotated[tuple[Days, ...], BeforeValidator(days)]
Weekdays: TypeAlias = Annotated[frozenset[int], BeforeValidator(weekdays)]
