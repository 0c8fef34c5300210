"""Periods as people write them, on the wall of the site. Pure.

    2026-10   2026-W47   2026-Q3   2026   2026-11-25   last-month   last-week   last-quarter   last-year
    yesterday   today   this-month   this-week   this-year
    mois-dernier   semaine-derniere   trimestre-dernier   annee-derniere   hier   aujourd'hui   ce-mois   ...

or a start and an end: a day, or a day and a time; the end is not part of it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, cast
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

from dcim.availability import moment as microseconds
from dcim.availability import named, period_of
from dcim.contracts.contract import Every
from dcim.reports.model import Microseconds, Period
from dcim.wall import on_wall

_RELATIVE: Final = re.compile(r"(last|this)-(day|week|month|quarter|year)")
_DAYS: Final = {"yesterday": "last-day", "today": "this-day"}
FRENCH: Final = {
    "mois-dernier": "last-month",
    "ce-mois": "this-month",
    "semaine-derniere": "last-week",
    "cette-semaine": "this-week",
    "hier": "yesterday",
    "aujourd'hui": "today",
    "trimestre-dernier": "last-quarter",
    "ce-trimestre": "this-quarter",
    "annee-derniere": "last-year",
    "cette-annee": "this-year",
}
"""The same words in French, as they are typed: accents and a curly apostrophe may be there."""

EXAMPLES: Final = (
    "2026-10, 2026-W47, 2026-Q3, 2026, 2026-11-25, last-month, last-week, yesterday, this-month, today"
)


_YEARS: Final = 10
LONGEST: Final = (_YEARS * 365 + 3) * 86_400_000_000
"""Microseconds: the longest period of a report, ten years of the calendar."""


class NoPeriod(ValueError):
    """A text that names no period; the text of the error says what would."""


def begun(found: Period, now: Microseconds) -> Period:
    """Return a period that a report can be made of. Raises ``NoPeriod`` for one to come, or of many years."""
    if found.since >= now:
        msg = "the period has not begun yet: nothing is recorded of it"
        raise NoPeriod(msg)
    if min(found.until, now) - found.since > LONGEST:
        msg = f"the period is longer than {_YEARS} years: ask for parts of it"
        raise NoPeriod(msg)
    if now - found.since > LONGEST:
        msg = f"the period begins more than {_YEARS} years ago: a report goes back at most {_YEARS} years"
        raise NoPeriod(msg)
    return found


def period(text: str, zone: str, now: Microseconds) -> Period:
    """Return the period that a text names. Raises ``NoPeriod``."""
    where = ZoneInfo(zone)
    text = FRENCH.get(_typed(text), text)
    text = _DAYS.get(text, text)
    if found := _RELATIVE.fullmatch(text):
        every = cast("Every", found[2])
        today = local(now, where).date()
        this = period_of(every, today, where)
        if found[1] == "last":
            this = period_of(every, local(this.start - 1, where).date(), where)
        return Period(*this, zone)
    try:
        return Period(*named(_ascii(text), where), zone)
    except ValueError:
        msg = f"{text!r} is no period: expected one like {EXAMPLES}"
        raise NoPeriod(msg) from None


def between(start: str, end: str, zone: str) -> Period:
    """Return the period from one moment to before another. Raises ``NoPeriod``."""
    since, until = moment(start, zone), moment(end, zone)
    if since >= until:
        msg = f"the period ends ({end}) before it begins ({start})"
        raise NoPeriod(msg)
    return Period(since, until, zone)


def moment(text: str, zone: str) -> Microseconds:
    """Return a moment on the wall of the site, or with the offset it carries. Raises ``NoPeriod``."""
    try:
        read = datetime.fromisoformat(_ascii(text))
    except ValueError:
        msg = f"{text!r} is no moment: expected 2026-11-25 or '2026-11-25 08:30'"
        raise NoPeriod(msg) from None
    try:
        return microseconds(on_wall(read, ZoneInfo(zone)))
    except ValueError as wrong:
        raise NoPeriod(str(wrong)) from None


def _typed(text: str) -> str:
    """Return a word without accents, its apostrophe straight."""
    parts = normalize("NFD", text.replace("’", "'"))
    return "".join(letter for letter in parts if not combining(letter))


def _ascii(text: str) -> str:
    """Return a text whose digits are the ones that everybody reads alike. Raises ``ValueError``."""
    if not text.isascii():
        msg = f"{text!r} holds other digits than 0 to 9"
        raise ValueError(msg)
    return text


def midnight(day: date, zone: ZoneInfo) -> Microseconds:
    """Return when a day begins on the wall of the site."""
    return period_of("day", day, zone).start


def local(at: Microseconds, zone: ZoneInfo) -> datetime:
    """Return a moment on the wall of the site."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(zone)
