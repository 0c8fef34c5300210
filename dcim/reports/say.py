"""Values as people of a language and a time zone read them. Pure.

French as printers set it: a narrow no-break space between thousands, before ``%``, ``;``, ``!``, ``?`` and
inside « », a no-break space before a colon, a comma for decimals. A name in Arabic is wrapped in directional
isolates (Unicode UAX 9) so that it cannot turn what stands around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final
from unicodedata import bidirectional
from zoneinfo import ZoneInfo

from dcim.alerts import Language
from dcim.reports.model import (
    Code,
    Date,
    Length,
    List,
    Microseconds,
    Moment,
    Name,
    Number,
    Period,
    Ratio,
    Say,
    Texts,
    Value,
    Word,
)
from dcim.words import Words, words

UNITS: Final = {
    "": "",
    "watts": "W",
    "kilowatts": "kW",
    "kilowatt_hours": "kWh",
    "amperes": "A",
    "volts": "V",
    "celsius": "°C",
    "kelvin": "K",
    "kelvin_per_hour": "K/h",
    "percent": "%",
    "seconds": "s",
    "minutes": "min",
    "hours": "h",
    "cubic_meters": "m³",
    "bytes": "B",
}
"""Unit of a number in a report and its sign."""

NARROW: Final = "\u202f"
NO_BREAK: Final = "\u00a0"
DASH: Final = "–"
MINUS: Final = "−"
_ISOLATE, _END = "\u2068", "\u2069"
_SECOND: Final = 1_000_000
_BEFORE: Final = re.compile(r" (?=[;!?»]|%(?!s))")
_DEPTH: Final = 8


class Writer:
    """Writes values in one language; moments in the zone of the period, with their offset if it changes."""

    def __init__(self, language: Language, period: Period) -> None:
        self.language = language
        self.words: Words = words(language)
        self.zone = ZoneInfo(period.zone)
        self._offsets = len(set(_offsets(period, self.zone))) > 1
        self._french = language is Language.FR

    def __call__(self, value: Value) -> str:
        """Return a value as text: a dash where there is none."""
        if value is None:
            return DASH
        match value:
            case Say():
                return self.say(value)
            case Word():
                return self.words.word(value.kind, value.word)
            case Name():
                return isolated(value.text)
            case Texts():
                return value.fr if self._french else value.en
            case Code():
                return value.text
            case List():
                return ", ".join(self(one) for one in value.values) or DASH
            case _:
                return self._measured(value)

    def say(self, text: Say) -> str:
        """Return a text with its values put in."""
        template = self.words.text(text.key)
        if self._french:
            template = _french(template)
        return template % tuple(map(self, text.values)) if text.values else template

    def _measured(self, value: Number | Ratio | Moment | Date | Length) -> str:
        match value:
            case Number():
                return self._number(value)
            case Ratio():
                return self._ratio(value)
            case Moment():
                bound = f" ±{NARROW}{self.length(value.bound)}" if value.bound else ""
                return f"{self.moment(value.at)}{bound}"
            case Date():
                return self.date(date.fromisoformat(value.day))
            case Length():
                return self.length(value.lasts)

    def _number(self, number: Number) -> str:
        exact = Decimal(repr(number.value)).quantize(Decimal(1).scaleb(-number.digits), ROUND_HALF_EVEN)
        text = self.decimal(exact + 0 if exact else abs(exact))
        sign = UNITS[number.unit]
        return f"{text}{NARROW if self._french else NO_BREAK}{sign}" if sign else text

    def _ratio(self, ratio: Ratio) -> str:
        if ratio.whole == 0:
            return DASH
        step = Decimal(1).scaleb(-ratio.digits)
        share = (Decimal(ratio.part * 100) / Decimal(ratio.whole)).quantize(step, ROUND_FLOOR)
        return f"{self.decimal(share)}{NARROW if self._french else ''}%"

    def decimal(self, number: Decimal) -> str:
        """Write a decimal number with its thousands apart, and a minus that is one."""
        text = f"{number:,}".replace("-", MINUS)
        return text.replace(",", NARROW).replace(".", ",") if self._french else text

    def local(self, at: Microseconds) -> datetime:
        """Return a moment on the wall of the site."""
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(self.zone)

    def moment(self, at: Microseconds) -> str:
        """Write a moment to the second, cut off."""
        there = self.local(at)
        text = there.strftime("%d/%m/%Y %H:%M:%S" if self._french else "%Y-%m-%d %H:%M:%S")
        return f"{text} {there.strftime('%z')}" if self._offsets else text

    def day(self, at: Microseconds) -> str:
        """Write the day of a moment."""
        return self.date(self.local(at))

    def date(self, day: date) -> str:
        """Write a day."""
        return day.strftime("%d/%m/%Y" if self._french else "%Y-%m-%d")

    def length(self, lasts: Microseconds) -> str:
        """Write a length of time in its two or three largest units, below a minute with tenths."""
        if lasts < 0:
            return f"{MINUS}{self.length(-lasts)}"
        if lasts < 60 * _SECOND:
            tenths = (Decimal(lasts) / _SECOND).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
            if lasts and not tenths:  # something is not nothing
                return f"<{NO_BREAK}{self.decimal(Decimal('0.1'))}{NO_BREAK}s"
            text = self.decimal(tenths if tenths % 1 else Decimal(int(tenths)))
            return f"{text}{NO_BREAK}s"
        minutes, seconds = divmod(round(lasts / _SECOND), 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        day = self.words.text("d")
        parts = [(days, day), (hours, "h"), (minutes, "min"), (seconds, "s")]
        first = next(place for place, (number, _) in enumerate(parts) if number)
        shown = parts[first : first + 3]
        return " ".join(f"{number}{NO_BREAK}{unit}" for number, unit in shown if number)


def isolated(text: str) -> str:
    """Return a name so that its direction stays inside it; one with no letter from right to left as it is."""
    if any(bidirectional(letter) in ("R", "AL") for letter in text):
        return f"{_ISOLATE}{text}{_END}"
    return text


def bare(text: str) -> str:
    """Return a text without the isolates: for machines."""
    return text.replace(_ISOLATE, "").replace(_END, "")


def _french(text: str) -> str:
    spaced = _BEFORE.sub(NARROW, text).replace("« ", f"«{NARROW}")
    return spaced.replace(" :", f"{NO_BREAK}:")


def _offsets(period: Period, zone: ZoneInfo) -> Iterator[timedelta | None]:
    day = 86_400 * _SECOND
    for at in (*range(period.since, period.until, day), period.until):
        yield datetime.fromtimestamp(at / _SECOND, zone).utcoffset()
